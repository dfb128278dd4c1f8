//! `das log check` and `das log repair`.

use super::{Format, LogError};
use crate::log_file;
use das_core::log::{Class, Depth, Report};
use serde_json::json;
use std::io::{BufRead, Write};
use std::path::Path;

/// One word for the class, and a sentence.
fn words(report: &Report) -> (&'static str, String) {
    match &report.class {
        Class::Complete {
            status,
            file_sha256,
            ..
        } => (
            "complete",
            format!(
                "every seal and the last line fit; the run {}; sha256 {file_sha256}",
                status.as_str()
            ),
        ),
        Class::Incomplete { tail_bytes, fault } => (
            "incomplete",
            match fault {
                Some((line, what)) => {
                    format!("{tail_bytes} bytes behind the last seal; line {line}: {what}")
                }
                None => format!("{tail_bytes} bytes behind the last seal"),
            },
        ),
        Class::Damaged { line, offset, what } => {
            ("damaged", format!("line {line} (byte {offset}): {what}"))
        }
        Class::Foreign { schema, engine } => (
            "foreign",
            format!(
                "written with schema {schema}, engine revision {engine}; this program has schema {}, revision {}",
                das_core::log::SCHEMA,
                das_core::log::ENGINE_REVISION
            ),
        ),
    }
}

/// Says what a log is worth; the exit code is that of its class (0, 21, 22, 23).
pub fn check(
    name: &str,
    from: impl BufRead,
    format: Format,
    out: &mut dyn Write,
) -> Result<u8, LogError> {
    let report = das_core::log::check(from, Depth::Json).map_err(das_core::log::ReadError::Io)?;
    let (class, text) = words(&report);
    let sealed = &report.sealed;
    if format == Format::Json {
        let mut value = json!({
            "log": name, "class": class, "exit_code": report.exit_code(), "what": text,
            "lines": report.lines, "bytes": report.bytes,
            "sealed": {"lines": sealed.lines, "bytes": sealed.bytes, "seals": sealed.seals,
                       "epoch": sealed.epoch, "step": sealed.step},
            "counts": report.counts,
        });
        if let (
            Class::Complete {
                body_sha256,
                file_sha256,
                ..
            },
            Some(map),
        ) = (&report.class, value.as_object_mut())
        {
            map.insert("body_sha256".to_owned(), json!(body_sha256));
            map.insert("file_sha256".to_owned(), json!(file_sha256));
        }
        writeln!(out, "{value}")?;
        return Ok(report.exit_code());
    }
    writeln!(out, "{name}: {}", class.to_uppercase())?;
    writeln!(out, "  {text}")?;
    writeln!(
        out,
        "  sealed: {} of {} lines, {} of {} bytes, {} seals, up to epoch {} step {}",
        sealed.lines,
        report.lines,
        sealed.bytes,
        report.bytes,
        sealed.seals,
        sealed.epoch,
        sealed.step
    )?;
    if matches!(report.class, Class::Complete { .. }) && report.exit_code() != 0 {
        writeln!(
            out,
            "  written by engine revision {}; this program has {} and cannot execute it again",
            report.engine.unwrap_or_default(),
            das_core::log::ENGINE_REVISION
        )?;
    }
    let next = match report.class {
        Class::Complete { .. } => format!("verify  das replay {name} --verify"),
        Class::Incomplete { .. } => format!("go on   das resume {name}"),
        Class::Damaged { .. } | Class::Foreign { .. } => {
            format!("look    das log events {name} --limit 1")
        }
    };
    writeln!(out, "{next}")?;
    Ok(report.exit_code())
}

/// Sets the torn end of an incomplete log aside. The caller holds the run's lock.
pub fn repair(file: &Path, format: Format, out: &mut dyn Write) -> Result<(), LogError> {
    let done = log_file::repair(file)?;
    let sealed = &done.report.sealed;
    let name = file.display();
    if format == Format::Json {
        let value = json!({
            "log": name.to_string(),
            "sealed": {"lines": sealed.lines, "bytes": sealed.bytes, "epoch": sealed.epoch, "step": sealed.step},
            "cut_bytes": done.broken.as_ref().map(|_| done.report.bytes - sealed.bytes).unwrap_or_default(),
            "broken": done.broken.as_ref().map(|path| path.display().to_string()),
        });
        writeln!(out, "{value}")?;
        return Ok(());
    }
    match &done.broken {
        Some(broken) => writeln!(
            out,
            "{name}: {} bytes behind the last seal went to {}",
            done.report.bytes - sealed.bytes,
            broken.display()
        )?,
        None => writeln!(out, "{name}: ends with a seal, nothing to cut")?,
    }
    writeln!(
        out,
        "  good: {} lines, {} bytes, up to epoch {} step {}\ngo on   das resume {name}",
        sealed.lines, sealed.bytes, sealed.epoch, sealed.step
    )?;
    Ok(())
}
