//! `das log convert`: a log packed, unpacked, or packed otherwise.
//!
//! What is written is read back and compared with the log before it gets its name. Not here: the formats ([`crate::log_file`]).

use super::{Format, LogError};
use crate::failure::Failure;
use crate::log_file::{Packing, open_log, pack, sha256_of};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufWriter, Write};
use std::path::Path;

/// How a file of this name is packed; a name that says nothing is a mistake.
fn packing_for(file: &Path) -> Result<Packing, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    match Packing::named(file) {
        Packing::Plain if !name.ends_with(".jsonl") => Err(Failure::Usage(format!(
            "-o {}: the name says how the log is packed: FILE.jsonl, FILE.jsonl.gz or FILE.jsonl.zst",
            file.display()
        ))),
        packing => Ok(packing),
    }
}

/// Writes the log that `open` gives to `file`.
pub fn convert<'r>(
    name: &str,
    open: &dyn Fn() -> Result<Box<dyn BufRead + 'r>, Failure>,
    file: &Path,
    force: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let packing = packing_for(file)?;
    if !force && file.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!(
            "{} exists already; --force writes over it",
            file.display()
        )));
    }
    let unfinished = file.with_added_extension("tmp");
    let written = written(open, &unfinished, packing, Path::new(name));
    let outcome = written.and_then(|facts| {
        std::fs::rename(&unfinished, file).map_err(Failure::writing(file))?;
        Ok(facts)
    });
    let (bytes, packed, sha256) = outcome.inspect_err(|_| {
        drop(std::fs::remove_file(&unfinished));
    })?;
    let said = if format == Format::Json {
        let value = json!({
            "log": name, "file": file.display().to_string(), "packing": packing.name(),
            "log_bytes": bytes, "file_bytes": packed, "log_sha256": sha256,
        });
        writeln!(out, "{value}")
    } else {
        writeln!(
            out,
            "{}: {}, {packed} bytes for a log of {bytes} bytes, read back and compared\n  sha256 of the log {sha256}",
            file.display(),
            packing.name()
        )
    };
    match said.map_err(LogError::Write) {
        Err(LogError::Write(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::writing(Path::new("stdout"))(error))
        }
        _ => Ok(()),
    }
}

/// Bytes of the log, bytes of the file, sha256 of the log.
fn written<'r>(
    open: &dyn Fn() -> Result<Box<dyn BufRead + 'r>, Failure>,
    unfinished: &Path,
    packing: Packing,
    log: &Path,
) -> Result<(u64, u64, String), Failure> {
    let writing = |error| Failure::writing(unfinished)(error);
    // The log is read once for its hash first: what fails while it is packed is then a matter of the file written.
    let sha256 = sha256_of(open()?).map_err(Failure::reading(log))?;
    let mut to = BufWriter::with_capacity(1 << 16, File::create(unfinished).map_err(writing)?);
    let bytes = pack(&mut open()?, &mut to, packing).map_err(writing)?;
    let file = to
        .into_inner()
        .map_err(|error| writing(error.into_error()))?;
    file.sync_all().map_err(writing)?;
    let packed = file.metadata().map_err(writing)?.len();
    let back = open_log(unfinished).and_then(sha256_of);
    match back {
        Ok(back) if back == sha256 => Ok((bytes, packed, sha256)),
        Ok(_) => Err(Failure::Input {
            path: log.to_owned(),
            what: "changed while it was packed; nothing was written".to_owned(),
        }),
        Err(error) => Err(Failure::reading(unfinished)(error)),
    }
}
