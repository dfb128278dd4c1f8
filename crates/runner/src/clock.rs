//! Wall clock, for `run.json` alone. Nothing it says reaches a log or a file that is compared.
#![expect(
    clippy::disallowed_types,
    reason = "run.json is where wall clock belongs"
)]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Measures how long something took.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since the beginning.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Seconds since 1970, now.
pub fn unix_seconds() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
