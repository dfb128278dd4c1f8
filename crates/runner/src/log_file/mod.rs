//! Logs and checkpoints as files: written, finished, compared, repaired, packed; one writer at a time.
//!
//! A log is written to `FILE.part` and gets its name when its last line is on disk, so a file of that name is always a
//! finished one; nothing here ever replaces it. An error of the file system is an error once: nothing is retried, since after
//! a failed sync the system may have forgotten the bytes it could not write. What is in a log is not here: that is
//! [`das_core::log`].

mod checkpoints;
mod compare;
mod diff;
mod lock;
mod packed;
mod repair;
mod sink;

pub use checkpoints::{CheckpointDir, Found};
pub use compare::{CompareSink, CompareThenAppend, Comparison, Divergence};
pub use diff::{FieldDiff, diff_lines};
pub use lock::RunLock;
pub use packed::{
    PackedDamage, Packing, is_damage, open_log, pack, packing_of, sha256_of, unpacked,
};
pub use repair::{Repaired, repair};
pub use sink::{FileSink, part_of, publish, unpublish};

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file could not be dealt with. Every variant names it.
#[derive(Debug, Error)]
pub enum LogFileError {
    /// The log is there already, finished.
    #[error("{} exists already; a finished log is never replaced", .0.display())]
    Exists(PathBuf),
    /// An unfinished log is there.
    #[error("{} is an unfinished run: resume it, or remove it", .0.display())]
    Unfinished(PathBuf),
    /// Another process writes there.
    #[error("{} is being written by {}", dir.display(), holder(*pid))]
    Busy {
        /// The run's directory.
        dir: PathBuf,
        /// Who writes, where the system tells.
        pid: Option<u32>,
    },
    /// The log must not be cut.
    #[error("{} is not an incomplete log: there is no torn end to set aside", .0.display())]
    NotTorn(PathBuf),
    /// The file system said no.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}

impl LogFileError {
    /// For `map_err`: a failed operation on a file.
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}

/// Makes the names in the directory that holds `path` durable.
fn sync_parent(path: &Path) -> Result<(), LogFileError> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(LogFileError::io("sync the directory", dir))
}
