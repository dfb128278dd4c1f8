//! One writer a run: an advisory lock on the run's directory.
//!
//! The lock is on the directory itself, so nothing is left behind when a process dies; the system releases it.

use super::LogFileError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held while a run is written; released when dropped.
#[derive(Debug)]
pub struct RunLock {
    _dir: File,
}

impl RunLock {
    /// Locks an existing directory, or says who holds it.
    pub fn acquire(dir: &Path) -> Result<Self, LogFileError> {
        let file = File::open(dir).map_err(LogFileError::io("open", dir))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _dir: file }),
            Err(TryLockError::WouldBlock) => Err(LogFileError::Busy {
                dir: dir.to_owned(),
                pid: holder_of(&file),
            }),
            Err(TryLockError::Error(error)) => Err(LogFileError::io("lock", dir)(error)),
        }
    }
}

/// Process that holds a lock on the file, by the system's own table.
#[cfg(target_os = "linux")]
fn holder_of(file: &File) -> Option<u32> {
    use std::os::linux::fs::MetadataExt;
    let inode = format!(":{}", file.metadata().ok()?.st_ino());
    // `1: FLOCK  ADVISORY  WRITE 708 08:01:9338 0 EOF`
    std::fs::read_to_string("/proc/locks")
        .ok()?
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|fields| {
            fields.get(1) == Some(&"FLOCK")
                && fields.get(5).is_some_and(|place| place.ends_with(&inode))
        })
        .and_then(|fields| fields.get(4)?.parse().ok())
}

#[cfg(not(target_os = "linux"))]
fn holder_of(_file: &File) -> Option<u32> {
    None
}
