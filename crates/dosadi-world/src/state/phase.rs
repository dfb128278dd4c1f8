//! The world phase: P0 plenty, P1 strain, P2 crisis, and how long its indicators have held.

use serde::{Deserialize, Serialize};

/// Phase and hysteresis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseState {
    /// 0, 1 or 2.
    pub phase: u8,
    /// Day it began.
    pub since: u32,
    /// Days the conditions for the next phase have held.
    pub up_days: u32,
    /// Days the conditions for the phase before have held.
    pub down_days: u32,
    /// (day, phase) of the last changes, oldest first, at most [`PhaseState::HISTORY`].
    pub history: Vec<(u32, u8)>,
}

impl PhaseState {
    /// Changes kept.
    pub const HISTORY: usize = 64;

    /// The value of a triple for the current phase.
    #[inline]
    pub fn pick<T: Copy>(&self, by_phase: &[T; 3]) -> T {
        by_phase[usize::from(self.phase)]
    }
}
