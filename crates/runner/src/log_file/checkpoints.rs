//! Checkpoints on disk: the last three of a run, each whole or absent.
//!
//! A checkpoint is written to a temporary file, synced, renamed and the directory synced; the log it stands behind is synced
//! before by the orchestrator, so no checkpoint speaks of bytes the disk does not have.

use super::LogFileError;
use das_core::checkpoint::Checkpoint;
use das_core::log::{hash_prefix, hex};
use das_core::ports::Storage;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Checkpoints that are kept.
const KEPT: usize = 3;

/// The checkpoints of one run.
#[derive(Debug)]
pub struct CheckpointDir {
    dir: PathBuf,
}

/// A checkpoint that fits the log.
#[derive(Debug)]
pub struct Found {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Fed with the log's bytes before it, as [`das_core::log::LogWriter::resume`] needs it.
    pub prefix: Sha256,
}

impl CheckpointDir {
    /// Checkpoints in this directory, which is made when it is not there.
    pub fn open(dir: &Path) -> Result<Self, LogFileError> {
        fs::create_dir_all(dir).map_err(LogFileError::io("make the directory", dir))?;
        Ok(Self {
            dir: dir.to_owned(),
        })
    }

    /// Files of checkpoints, oldest first.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(is_checkpoint) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// The newest checkpoint that lies in the first `sealed` bytes of `log` and whose prefix is the log's own. Checkpoints
    /// that are damaged, of another revision or of another log are passed over.
    pub fn newest_within(&self, log: &Path, sealed: u64) -> Result<Option<Found>, LogFileError> {
        let files = self
            .files()
            .map_err(LogFileError::io("list the checkpoints in", &self.dir))?;
        for path in files.iter().rev() {
            let bytes = fs::read(path).map_err(LogFileError::io("read", path))?;
            let checkpoint = match Checkpoint::decode(&bytes) {
                Ok(checkpoint) if checkpoint.position.offset <= sealed => checkpoint,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "checkpoint passed over");
                    continue;
                }
            };
            let prefix = File::open(log)
                .and_then(|log| hash_prefix(log, checkpoint.position.offset))
                .map_err(LogFileError::io("read", log))?;
            if hex(&prefix.clone().finalize()) == checkpoint.position.prefix_sha256 {
                return Ok(Some(Found { checkpoint, prefix }));
            }
        }
        Ok(None)
    }

    fn store(&self, at_line: u64, bytes: &[u8]) -> Result<(), (PathBuf, io::Error)> {
        let path = self.dir.join(format!("{at_line:016}.checkpoint"));
        let temporary = self.dir.join("checkpoint.tmp");
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(|error| (path, error))?;
        let prune = || {
            let files = self.files()?;
            for old in &files[..files.len().saturating_sub(KEPT)] {
                fs::remove_file(old)?;
            }
            Ok(())
        };
        prune().map_err(|error| (self.dir.clone(), error))
    }
}

impl Storage for CheckpointDir {
    fn checkpoint(&mut self, at_line: u64, bytes: &[u8]) -> io::Result<()> {
        self.store(at_line, bytes).map_err(|(path, error)| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })
    }
}

fn is_checkpoint(name: &str) -> bool {
    name.strip_suffix(".checkpoint")
        .is_some_and(|line| line.len() == 16 && line.bytes().all(|b| b.is_ascii_digit()))
}
