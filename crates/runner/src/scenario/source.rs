//! The texts a scenario comes from: files and overrides, checked as bytes before anything parses them.
//!
//! A file is UTF-8 of at most [`MAX_BYTES`]; a UTF-8 byte-order mark at its start is accepted and skipped (editors on Windows
//! write one), UTF-16 and control characters are not. A tab may stand within a line, never in its indentation. Nothing here
//! knows YAML.

use super::problem::{Code, Problem, Problems, Span, grouped};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest scenario file, in bytes.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, by the path it was reached by.
    File(PathBuf),
    /// An override as given, e.g. `governance.audit_probability=0.1`.
    Override(String),
}

/// A text that spans point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// The text, without byte-order mark; empty if it could not be read as text.
    pub text: Arc<str>,
}

impl Source {
    /// How messages call it: the path, or `override 'k=v'`.
    pub fn label(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Override(word) => {
                format!("override '{}'", super::problem::shortened(word))
            }
        }
    }

    /// One line of the text, from 1, without its break; `None` beyond the end.
    pub fn line(&self, number: u32) -> Option<&str> {
        let mut rest: &str = &self.text;
        for _ in 1..number {
            rest = &rest[next_break(rest)?..];
        }
        let end = next_break(rest).unwrap_or(rest.len());
        Some(rest[..end].trim_end_matches(['\n', '\r']))
    }
}

/// Bytes up to and with the next line break (LF, CR LF or CR, as in YAML).
fn next_break(text: &str) -> Option<usize> {
    let at = text.find(['\n', '\r'])?;
    let long = text[at..].starts_with("\r\n");
    Some(at + if long { 2 } else { 1 })
}

/// A file as it was read.
pub struct FileText {
    /// The text without byte-order mark.
    pub text: Arc<str>,
    /// sha256 of the bytes of the file, in hexadecimal.
    pub sha256: String,
}

/// Reads a file and checks it as bytes. Never reads more than the limit and one byte.
pub fn read(path: &Path, source: u32, problems: &mut Problems) -> Option<FileText> {
    let whole = Span {
        source,
        line: 1,
        column: 1,
        length: 0,
    };
    let mut bytes = Vec::new();
    let result = std::fs::metadata(path).and_then(|facts| {
        if !facts.is_file() && !facts.is_dir() {
            // A pipe may never end and a device never has an end: only regular files are scenarios.
            return Err(std::io::Error::other("not a regular file"));
        }
        let file = std::fs::File::open(path)?;
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)
    });
    if let Err(error) = result {
        let (code, message) = if error.kind() == std::io::ErrorKind::NotFound {
            (Code::NoSuchFile, "there is no such file".to_owned())
        } else {
            (Code::Unreadable, format!("cannot be read: {error}"))
        };
        problems.push(
            Problem::new(code, whole, "", message)
                .suggest(neighbour(path).filter(|_| code == Code::NoSuchFile)),
        );
        return None;
    }
    if bytes.len() > MAX_BYTES {
        problems.push(
            Problem::new(
                Code::TooLarge,
                whole,
                "",
                format!(
                    "the file is larger than {} bytes",
                    grouped(MAX_BYTES as u128)
                ),
            )
            .help("a scenario has a few kB: is this a log?"),
        );
        return None;
    }
    let sha256 = hex(&Sha256::digest(&bytes));
    let text = check_bytes(&bytes, source, problems)?;
    Some(FileText {
        text: text.into(),
        sha256,
    })
}

/// The nearest file name beside a path that does not exist.
fn neighbour(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .take(1000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|e| e == "yaml" || e == "yml")
        })
        .collect();
    names.sort();
    let near = super::nearest::nearest(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}

fn check_bytes<'t>(bytes: &'t [u8], source: u32, problems: &mut Problems) -> Option<&'t str> {
    let place = |before: &str| {
        let mut span = end_of(before);
        span.source = source;
        span
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        problems.push(
            Problem::new(
                Code::Encoding,
                place(""),
                "",
                "the file is UTF-16, expected UTF-8",
            )
            .help("save it as UTF-8"),
        );
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let good = good.strip_prefix('\u{feff}').unwrap_or(good);
            let byte = bytes[error.valid_up_to()];
            problems.push(
                Problem::new(
                    Code::Encoding,
                    place(good),
                    "",
                    format!("byte 0x{byte:02x} is not UTF-8"),
                )
                .help("save the file as UTF-8"),
            );
            return None;
        }
    };
    // YAML's printable set; the parser below would take some of the others as text.
    let forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}'))
            || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if let Some(at) = text.find(forbidden) {
        let found = text[at..].chars().next().unwrap_or_default();
        problems.push(Problem::new(
            Code::Encoding,
            place(&text[..at]),
            "",
            format!(
                "the character U+{:04X} is not allowed in YAML",
                u32::from(found)
            ),
        ));
        return None;
    }
    // Directives have no use here, and two megabytes of them take the parser long.
    let directive = text.starts_with('%').then_some(0);
    if let Some(at) = directive.or_else(|| text.find("\n%").map(|at| at + 1)) {
        let message = "directives (lines that begin with `%`) are not allowed";
        problems.push(Problem::new(Code::Syntax, place(&text[..at]), "", message));
        return None;
    }
    if let Some(at) = indentation_tab(text) {
        problems.push(
            Problem::new(
                Code::Tab,
                place(&text[..at]),
                "",
                "a tab in the indentation",
            )
            .help("YAML indents with spaces"),
        );
        return None;
    }
    Some(text)
}

/// Offset of the first tab that stands before anything else on its line.
fn indentation_tab(text: &str) -> Option<usize> {
    let mut indenting = true;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\t' if indenting => return Some(at),
            b'\n' | b'\r' => indenting = true,
            b' ' => {}
            _ => indenting = false,
        }
    }
    None
}

/// The place right after a text.
fn end_of(text: &str) -> Span {
    let (mut rest, mut line) = (text, 1);
    while let Some(at) = next_break(rest) {
        rest = &rest[at..];
        line += 1;
    }
    Span {
        source: 0,
        line,
        column: rest.chars().count() as u32 + 1,
        length: 1,
    }
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}
