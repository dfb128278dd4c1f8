//! Why a command could not do its work, and the exit code that says so.
//!
//! Each variant is one class of the documented exit codes; the text names the file or argument. What went well and is bad
//! news all the same (a failed criterion, a difference) is no failure: the command reports it and returns its code.

use crate::log_file::{LogFileError, is_damage};
use crate::scenario::ScenarioErrors;
use das_core::log::ReadError;
use das_core::orchestrator::{RunError, SetupError};
use das_core::ports::SinkError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// All went well.
pub const OK: u8 = 0;
/// A success criterion was missed.
pub const CRITERIA_FAILED: u8 = 10;
/// Re-execution gave another line.
pub const DIVERGED: u8 = 20;
/// The log was changed.
pub const DAMAGED: u8 = 21;
/// The log is of another schema or engine.
pub const FOREIGN: u8 = 22;
/// The log ends early.
pub const INCOMPLETE: u8 = 23;
/// Some runs of a sweep failed.
pub const CELLS_FAILED: u8 = 30;
/// A file could not be read or written.
pub const IO: u8 = 74;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// A command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// The arguments do not make sense together.
    #[error("{0}")]
    Usage(String),
    /// The scenario or an override is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioErrors),
    /// The scenario was read and cannot be run.
    #[error("the scenario cannot be run")]
    Setup(#[from] SetupError),
    /// A file could not be read or written.
    #[error("{}: cannot {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `be written`, `be read` …
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The files of a log could not be dealt with.
    #[error(transparent)]
    LogFile(#[from] LogFileError),
    /// Data given to a command is not of the form it needs.
    #[error("{}: {what}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The log was changed or is none.
    #[error("{}: {what}", path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The log is of another schema or engine revision.
    #[error("{}: {what}", path.display())]
    Foreign {
        /// The log.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The log ends early.
    #[error("{}: {what}", path.display())]
    Incomplete {
        /// The log.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Re-execution did not give the recorded lines.
    #[error("{}: {what}", path.display())]
    Diverged {
        /// The log.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// A defect of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    /// The exit code of its class.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Internal(_) => 1,
            // Somebody else's run in the way is for the user to choose about, as a flag is.
            Self::Usage(_)
            | Self::LogFile(
                LogFileError::Exists(_)
                | LogFileError::Unfinished(_)
                | LogFileError::Busy { .. }
                | LogFileError::NotTorn(_),
            ) => 2,
            Self::Scenario(errors) => errors.exit_code(),
            Self::Setup(_) | Self::Input { .. } => 3,
            Self::Io { .. } | Self::LogFile(LogFileError::Io { .. }) => IO,
            Self::Damaged { .. } => DAMAGED,
            Self::Foreign { .. } => FOREIGN,
            Self::Incomplete { .. } => INCOMPLETE,
            Self::Diverged { .. } => DIVERGED,
        }
    }

    /// A file could not be read.
    pub fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| {
            let path = path.to_owned();
            if is_damage(&source) {
                let what = source.to_string();
                return Self::Damaged { path, what };
            }
            Self::Io {
                path,
                doing: "be read",
                source,
            }
        }
    }

    /// A file could not be written.
    pub fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            doing: "be written",
            source,
        }
    }

    /// A log could not be read on.
    pub fn log(path: &Path, error: ReadError) -> Self {
        match error {
            ReadError::Io(source) => Self::reading(path)(source),
            ReadError::Malformed {
                number,
                offset,
                what,
            } => Self::Damaged {
                path: path.to_owned(),
                what: format!("damaged at line {number} (byte {offset}): {what}"),
            },
        }
    }

    /// A run was given up; its log goes to `log`, its checkpoints to `checkpoints`.
    pub fn run(error: RunError, log: &Path, checkpoints: &Path) -> Self {
        match error {
            RunError::Sink(SinkError::Io(source)) => Self::writing(log)(source),
            RunError::Sink(SinkError::Diverged) => Self::Diverged {
                path: log.to_owned(),
                what: "re-execution gives another line than the recorded one".to_owned(),
            },
            RunError::Checkpoint(source) => Self::writing(checkpoints)(source),
            broken @ RunError::Conservation { .. } => Self::Internal(broken.to_string()),
        }
    }

    /// The text and what caused it, for people.
    pub fn text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
