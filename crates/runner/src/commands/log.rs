//! `das log`: what happened in a log and why, its lines, its agents, what it is worth, and how it is packed.
//!
//! Works on the log of any world and on unfinished ones (`.part`): what a log does not have is said to be absent. Every
//! function reads from the reader and writes to the writer it is given. Not here: verification by re-execution, and what
//! the failure modes are ([`das_analysis`]).

mod agents;
mod convert;
mod events;
mod overview;
mod why;
mod worth;

pub use agents::{AgentRow, SortBy, agents};
pub use convert::convert;
pub use events::{Comparison, EventFilter, FilterError, epochs, events};
pub use overview::{OverviewText, overview};
pub use why::{WhyError, explain, why};
pub use worth::{check, repair};

use crate::log_file::LogFileError;
use das_analysis::event::EventError;
use das_core::log::{LogReader, Malformed, ReadError};
use std::io::{self, BufRead};
use thiserror::Error;

/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text of at most 80 columns.
    #[default]
    Human,
    /// One JSON object.
    Json,
}

/// A log command could not do its work.
#[derive(Debug, Error)]
pub enum LogError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line lacks its fields.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The file could not be dealt with.
    #[error(transparent)]
    File(#[from] LogFileError),
    /// The result cannot be written.
    #[error("the result cannot be written")]
    Write(#[from] io::Error),
}

impl LogError {
    /// Exit code of its class: 21 a line that is none · 74 the file system.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Read(ReadError::Malformed { .. }) | Self::Event(_) => 21,
            Self::File(LogFileError::NotTorn(_)) => 2,
            Self::Read(ReadError::Io(_)) | Self::File(_) | Self::Write(_) => 74,
        }
    }
}

/// Calls `each` for every whole line; says whether the log ends within one.
///
/// A line that is none, or lacks its fields, is passed over: what can be read is shown, and what the log is worth is another
/// question, which the caller asks [`das_core::log::check()`]. Only where no line at all can be read is that an error.
pub(super) fn each_line<R: BufRead>(
    from: R,
    mut each: impl FnMut(&das_core::log::Line<'_>) -> Result<Go, LogError>,
) -> Result<bool, LogError> {
    let mut reader = LogReader::new(from);
    let (mut read, mut broken) = (0_u64, None);
    let torn = loop {
        let outcome = match reader.next() {
            Ok(Some(line)) => each(&line),
            Ok(None) => break false,
            Err(ReadError::Malformed {
                what: Malformed::Torn,
                ..
            }) => break true,
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(Go::On) => read += 1,
            Ok(Go::Stop) => return Ok(false),
            Err(error @ (LogError::Read(ReadError::Malformed { .. }) | LogError::Event(_))) => {
                broken.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    };
    match broken {
        Some(error) if read == 0 => Err(error),
        _ => Ok(torn),
    }
}

/// Whether to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Go {
    On,
    Stop,
}
