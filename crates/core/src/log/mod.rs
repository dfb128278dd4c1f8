//! The event log: what a run wrote, sealed so that no byte of it can change unnoticed.
//!
//! A log is UTF-8 text, one JSON object a line, LF at the end of each. Every line begins with its canonical head
//! `{"seq":N,"type":"…","epoch":E,"step":S`; an event goes on with `,"event":M`. `seq` is the line's number from 0 without a
//! gap. Line 0 is `simulation_started` and names schema and engine revision; a `seal` line holds the sha256 of every byte
//! before it; `run_completed` is the last event, a seal follows it, and `simulation_ended` is the last line. Everything in the
//! last line follows from the lines before it, so [`check()`] rebuilds it and compares it byte for byte.
//!
//! [`LogWriter`] writes a log, [`LogReader`] reads one line by line, [`check()`] says whether it is
//! complete, incomplete or damaged. Files, renames and locks are not here: bytes leave through
//! [`crate::ports::EventSink`].

mod canonical;
mod check;
mod reader;
mod seal;
mod writer;

pub use canonical::micros;
pub use check::{Class, Damage, Depth, Report, Sealed, check};
pub use reader::{Head, Line, LogReader, Malformed, ReadError, hash_prefix};
pub use writer::{Ended, LogPosition, LogWriter, PositionError, Status};

/// Version of the format described here. Readers refuse what they do not know.
pub const SCHEMA: u32 = 1;

/// Revision of the engine: raised whenever the same scenario and seed give other bytes than before.
pub const ENGINE_REVISION: u32 = 3;

/// Longest line in bytes, LF not counted (1 MiB). Writer and reader both hold to it.
pub const MAX_LINE: usize = 1 << 20;

/// Deepest nesting of a line's JSON.
pub const MAX_NESTING: usize = 64;

/// Lines after the previous seal at which the writer seals by itself.
pub const SEAL_LINES: u64 = 1_024;

/// Bytes after the previous seal at which the writer seals by itself (1 MiB).
pub const SEAL_BYTES: u64 = 1 << 20;

/// Largest integer a line may hold, 2⁵³: beyond it some JSON readers lose digits.
pub const MAX_INTEGER: u64 = 1 << 53;

/// Kind of line 0.
pub const STARTED: &str = "simulation_started";
/// Kind of a seal.
pub const SEAL: &str = "seal";
/// Kind of the last event, which carries the pooled metrics.
pub const RUN_COMPLETED: &str = "run_completed";
/// Kind of the last line.
pub const ENDED: &str = "simulation_ended";

/// Lower-case hexadecimal of a hash.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

/// Whether `kind` may stand in a head: 1 to 64 of `a`–`z`, `0`–`9` and `_`.
pub(crate) fn is_kind(kind: &[u8]) -> bool {
    (1..=64).contains(&kind.len())
        && kind
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
}
