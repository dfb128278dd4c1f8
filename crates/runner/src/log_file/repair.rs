//! Sets the torn end of an incomplete log aside, so that it ends with its last good seal.

use super::{LogFileError, sync_parent};
use das_core::log::{Class, Depth, Report, check};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What [`repair`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// What the log was worth before.
    pub report: Report,
    /// Where its torn end went; `None` when it ended with a seal.
    pub broken: Option<PathBuf>,
}

/// Copies what stands behind the last good seal of `file` to `file.broken` and cuts it off: copy, sync, cut, sync. Refuses
/// any log that is not merely incomplete: damage is never repaired. The caller holds the run's lock.
pub fn repair(file: &Path) -> Result<Repaired, LogFileError> {
    let mut log = OpenOptions::new()
        .read(true)
        .write(true)
        .open(file)
        .map_err(LogFileError::io("open", file))?;
    let report =
        check(BufReader::new(&log), Depth::Seals).map_err(LogFileError::io("read", file))?;
    let Class::Incomplete { tail_bytes, .. } = report.class else {
        return Err(LogFileError::NotTorn(file.to_owned()));
    };
    if tail_bytes == 0 {
        return Ok(Repaired {
            report,
            broken: None,
        });
    }
    let (broken, mut copy) = new_broken(file)?;
    let mut save = || {
        log.seek(SeekFrom::Start(report.sealed.bytes))?;
        io::copy(&mut log.by_ref().take(tail_bytes), &mut copy)?;
        copy.sync_all()
    };
    save().map_err(LogFileError::io("write", &broken))?;
    sync_parent(&broken)?;
    log.set_len(report.sealed.bytes)
        .and_then(|()| log.sync_all())
        .map_err(LogFileError::io("cut", file))?;
    Ok(Repaired {
        report,
        broken: Some(broken),
    })
}

/// A file of a name that was free: `FILE.broken`, `FILE.broken.2`, …
fn new_broken(file: &Path) -> Result<(PathBuf, File), LogFileError> {
    let mut n = 1_u32;
    loop {
        let mut name = file.as_os_str().to_owned();
        name.push(".broken");
        if n > 1 {
            name.push(format!(".{n}"));
        }
        let path = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(copy) => return Ok((path, copy)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => n += 1,
            Err(error) => return Err(LogFileError::io("create", &path)(error)),
        }
    }
}
