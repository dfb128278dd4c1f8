//! The file a running log goes to, and the step that gives it its name.

use super::{LogFileError, sync_parent};
use das_core::ports::{EventSink, SinkError};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where a log is written until it is finished: its name with `.part` behind.
pub fn part_of(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// The beginning of a log that stays in the file cache: most logs are no longer, and are read again at once.
#[cfg(target_os = "linux")]
const CACHED: u64 = 128 << 20;
/// Beyond it, what this many bytes hold is handed to the disk at once and leaves the file cache once it is there.
#[cfg(target_os = "linux")]
const STRETCH: u64 = 8 << 20;

/// Appends batches to `FILE.part`, each in one write. After an error the file is cut back to the last whole batch, and
/// nothing more is written to it. A long log does not push everything else out of the file cache (and finding room there for
/// each of its pages would cost more than making them).
#[derive(Debug)]
pub struct FileSink {
    file: File,
    part: PathBuf,
    /// Bytes of whole batches.
    good: u64,
    failed: bool,
}

impl FileSink {
    /// Begins `log`: makes its `.part`. Refuses when the log or its `.part` exists.
    pub fn create(log: &Path) -> Result<Self, LogFileError> {
        let part = part_of(log);
        if log.symlink_metadata().is_ok() {
            return Err(LogFileError::Exists(log.to_owned()));
        }
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            Ok(file) => {
                // Else a checkpoint could outlive the log it belongs to.
                sync_parent(&part)?;
                Ok(Self {
                    file,
                    part,
                    good: 0,
                    failed: false,
                })
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(LogFileError::Unfinished(part))
            }
            Err(error) => Err(LogFileError::io("create", &part)(error)),
        }
    }

    /// Goes on with the `.part` of `log`, which must be exactly `length` bytes long ([`super::repair`] sees to that).
    pub fn append(log: &Path, length: u64) -> Result<Self, LogFileError> {
        let part = part_of(log);
        let open = || {
            let mut file = OpenOptions::new().write(true).open(&part)?;
            let found = file.seek(SeekFrom::End(0))?;
            if found != length {
                let text = format!("it has {found} bytes in place of {length}");
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            Ok(file)
        };
        let file = open().map_err(LogFileError::io("append to", &part))?;
        Ok(Self {
            file,
            part,
            good: length,
            failed: false,
        })
    }

    /// Lets the file cache go of what was written a while ago.
    ///
    /// `DONTNEED` begins to write what is not on disk yet and drops what is: a stretch is named once when it has just been
    /// written and twice more after that. It is advice: whatever comes of it changes nothing in the file.
    #[cfg(target_os = "linux")]
    fn uncache(&self, written: u64) {
        use rustix::fs::{Advice, fadvise};
        let end = self.good / STRETCH * STRETCH;
        if end <= CACHED || end + written <= self.good {
            return;
        }
        let from = CACHED.max(end.saturating_sub(3 * STRETCH));
        let length = std::num::NonZeroU64::new(end - from);
        let _ = fadvise(&self.file, from, length, Advice::DontNeed);
    }

    fn fail(&mut self, doing: &str, error: &io::Error) -> SinkError {
        self.failed = true;
        let text = format!(
            "{doing} behind byte {} of {}: {error}",
            self.good,
            self.part.display()
        );
        SinkError::Io(io::Error::new(error.kind(), text))
    }
}

impl EventSink for FileSink {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        if self.failed {
            return Err(self.fail("write", &io::Error::other("an earlier write failed")));
        }
        match self.file.write_all(lines) {
            Ok(()) => {
                self.good += lines.len() as u64;
                #[cfg(target_os = "linux")]
                self.uncache(lines.len() as u64);
                Ok(())
            }
            Err(error) => {
                // Half a batch is of no use. If it cannot be taken back either, `repair` does it later.
                drop(self.file.set_len(self.good));
                Err(self.fail("write", &error))
            }
        }
    }

    fn sync(&mut self) -> Result<(), SinkError> {
        if self.failed {
            return Err(self.fail("sync", &io::Error::other("an earlier write failed")));
        }
        match self.file.sync_data() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.fail("sync", &error)),
        }
    }
}

/// Gives a log with its last line its name: sync, rename without replacing, sync of the directory.
pub fn publish(log: &Path) -> Result<(), LogFileError> {
    let part = part_of(log);
    File::open(&part)
        .and_then(|file| file.sync_all())
        .map_err(LogFileError::io("sync", &part))?;
    match rename_new(&part, log) {
        Ok(()) => sync_parent(log),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(LogFileError::Exists(log.to_owned()))
        }
        Err(error) => Err(LogFileError::io("rename to its name", &part)(error)),
    }
}

/// Takes the name of a finished log away from one that ends early, so that it can be gone on with. Refuses where its `.part` exists.
pub fn unpublish(log: &Path) -> Result<(), LogFileError> {
    let part = part_of(log);
    match rename_new(log, &part) {
        Ok(()) => sync_parent(log),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(LogFileError::Unfinished(part))
        }
        Err(error) => Err(LogFileError::io("rename to go on with", log)(error)),
    }
}

/// Renames; fails with `AlreadyExists` in place of replacing.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system can do it; these are the ways they say so.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            outcome => return Ok(outcome?),
        }
    }
    // The run's lock keeps other writers of ours away between these two steps.
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}
