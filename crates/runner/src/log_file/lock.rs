//! One writer a run: an advisory lock on the run's directory.
//!
//! The lock is on the directory itself, so nothing is left behind when a process dies; the system releases it.

use super::LogFileError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held while a run is written; released when dropped.
#[derive(Debug)]
pub struct RunLock {
    dir: File,
}

impl RunLock {
    /// Locks an existing directory, or says who holds it.
    pub fn acquire(dir: &Path) -> Result<Self, LogFileError> {
        let file = File::open(dir).map_err(LogFileError::io("open", dir))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { dir: file }),
            Err(TryLockError::WouldBlock) => Err(LogFileError::Busy {
                dir: dir.to_owned(),
                pid: holder_of(&file),
            }),
            Err(TryLockError::Error(error)) => Err(LogFileError::io("lock", dir)(error)),
        }
    }
}

impl Drop for RunLock {
    /// Unlocks by name: closing alone leaves the lock with whoever shares the open directory, and a process that is being
    /// started shares it from its fork to its exec.
    fn drop(&mut self) {
        // If it cannot be unlocked, closing it is what is left.
        let _ = self.dir.unlock();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_lock_is_free_though_the_open_directory_is_shared() {
        let dir = std::env::temp_dir();
        let dir = dir.join(format!("das-lock-{}", std::process::id()));
        std::fs::create_dir(&dir).unwrap();
        let held = RunLock::acquire(&dir).unwrap();
        // What a process just forked holds, until its exec closes it.
        let shared = held.dir.try_clone().unwrap();
        assert!(matches!(
            RunLock::acquire(&dir),
            Err(LogFileError::Busy { .. })
        ));
        drop(held);
        assert!(RunLock::acquire(&dir).is_ok());
        drop(shared);
        std::fs::remove_dir(&dir).unwrap();
    }
}
