//! Reads a log line by line in constant memory, from bytes nobody vouches for.
//!
//! Every limit is checked before memory is taken: a line is at most [`MAX_LINE`] bytes. A line passes when it ends in LF,
//! is UTF-8 without control bytes, begins with its canonical head, has the number of its place, ends in `}` and is nested
//! at most [`MAX_NESTING`] deep. What the rest of it says is left to the caller ([`Line::parse`]); whether it is what was
//! written is left to [`super::check()`].

use super::{MAX_INTEGER, MAX_LINE, MAX_NESTING, is_kind};
use crate::interaction::Moment;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read};
use thiserror::Error;

/// What is wrong with the form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// The file ends within the line.
    #[error("the line has no end")]
    Torn,
    /// More bytes than a line may have.
    #[error("the line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// A byte that stands in no line.
    #[error("byte {0:#04x} in a line")]
    Control(u8),
    /// Not text.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Not `{"seq":N,"type":"…","epoch":E,"step":S` and `}` at the end.
    #[error("the line does not begin and end as a line of a log does")]
    NotALine,
    /// Deeper than any line is.
    #[error("the line is nested deeper than {MAX_NESTING} levels")]
    TooDeep,
    /// Lines are missing, doubled or out of order.
    #[error("the line has number {found} and stands at {expected}")]
    Gap {
        /// Number of its place.
        expected: u64,
        /// Number it carries.
        found: u64,
    },
}

/// A log could not be read on.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file system said no.
    #[error("the log cannot be read")]
    Io(#[from] io::Error),
    /// A line is not a line of a log.
    #[error("line {number} (byte {offset}): {what}")]
    Malformed {
        /// Number of the line, from 0.
        number: u64,
        /// Byte at which it begins.
        offset: u64,
        /// What is wrong with it.
        what: Malformed,
    },
}

/// The beginning every line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// Number of the line, from 0.
    pub seq: u64,
    /// Type of the line.
    pub kind: &'a str,
    /// Epoch and step.
    pub now: Moment,
    /// Number of the event; seals and the last line have none.
    pub event: Option<u64>,
}

/// A line of a log, well formed.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Byte at which it begins.
    pub offset: u64,
    /// Its beginning.
    pub head: Head<'a>,
    /// The whole line without its LF.
    pub text: &'a str,
    /// Bytes the head takes.
    head_length: usize,
}

impl<'a> Line<'a> {
    /// What follows the head: `,"field":…}` or `}`.
    pub fn rest(&self) -> &'a str {
        &self.text[self.head_length..]
    }

    /// The line as a typed struct; fields the struct does not have are skipped.
    pub fn parse<T: Deserialize<'a>>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text)
    }

    /// The line as a JSON value.
    pub fn value(&self) -> Result<serde_json::Value, serde_json::Error> {
        self.parse()
    }
}

/// Reads a log.
#[derive(Debug)]
pub struct LogReader<R> {
    from: R,
    /// Bytes of `from` that the last line took where it lay.
    lent: usize,
    /// The last line if it was put together from pieces; the memory is used again.
    line: Vec<u8>,
    next_number: u64,
    next_offset: u64,
}

impl<R: BufRead> LogReader<R> {
    /// Reads from the beginning of a log.
    pub fn new(from: R) -> Self {
        Self::starting_at(from, 0, 0)
    }

    /// Reads from line `number`, which begins at byte `offset` and at the next byte of `from`.
    pub fn starting_at(from: R, number: u64, offset: u64) -> Self {
        Self {
            from,
            lent: 0,
            line: Vec::new(),
            next_number: number,
            next_offset: offset,
        }
    }

    /// Number of the line that comes next.
    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Byte at which the next line begins.
    pub fn next_offset(&self) -> u64 {
        self.next_offset
    }

    /// The next line; `None` at the end. After a malformed line reading may go on with the one behind it.
    #[expect(
        clippy::should_implement_trait,
        reason = "lines borrow the reader's buffer, which an Iterator cannot express"
    )]
    pub fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        Ok(match self.next_raw()? {
            None => None,
            Some(raw) => Some(raw.checked()?),
        })
    }

    /// The next line as it stands, whatever it is.
    pub(crate) fn next_raw(&mut self) -> io::Result<Option<Raw<'_>>> {
        let (number, offset) = (self.next_number, self.next_offset);
        self.from.consume(std::mem::take(&mut self.lent));
        let end = loop {
            match self.from.fill_buf() {
                Ok(chunk) => break memchr::memchr(b'\n', chunk),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        // Most lines lie whole in the buffer.
        if let Some(end) = end.filter(|end| *end <= MAX_LINE) {
            self.lent = end + 1;
            self.next_number += 1;
            self.next_offset += self.lent as u64;
            return Ok(Some(Raw {
                number,
                offset,
                bytes: &self.from.fill_buf()?[..=end],
                ended: true,
                too_long: false,
            }));
        }
        self.line.clear();
        let limit = MAX_LINE as u64 + 1;
        let mut taken = Read::take(&mut self.from, limit).read_until(b'\n', &mut self.line)? as u64;
        if taken == 0 {
            return Ok(None);
        }
        let ended = self.line.last() == Some(&b'\n');
        let too_long = !ended && taken == limit;
        if too_long {
            taken += skip_line(&mut self.from)?;
        }
        self.next_number += 1;
        self.next_offset += taken;
        Ok(Some(Raw {
            number,
            offset,
            bytes: &self.line,
            ended,
            too_long,
        }))
    }
}

/// Skips to the end of the line without keeping it; says how many bytes that took.
fn skip_line<R: BufRead>(from: &mut R) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let chunk = match from.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            return Ok(skipped);
        }
        let end = chunk.iter().position(|b| *b == b'\n');
        let used = end.map_or(chunk.len(), |at| at + 1);
        from.consume(used);
        skipped += used as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

/// Bytes between two LFs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) number: u64,
    pub(crate) offset: u64,
    /// With the LF, if there is one; cut at the limit if the line is too long.
    pub(crate) bytes: &'a [u8],
    pub(crate) ended: bool,
    pub(crate) too_long: bool,
}

impl<'a> Raw<'a> {
    /// The line, if it is one.
    pub(crate) fn checked(self) -> Result<Line<'a>, ReadError> {
        self.line().map_err(|what| ReadError::Malformed {
            number: self.number,
            offset: self.offset,
            what,
        })
    }

    pub(crate) fn line(self) -> Result<Line<'a>, Malformed> {
        if self.too_long {
            return Err(Malformed::TooLong);
        }
        if !self.ended {
            return Err(Malformed::Torn);
        }
        let bytes = &self.bytes[..self.bytes.len() - 1];
        // A minimum over all bytes has no early exit: the compiler makes wide instructions of it.
        let least = bytes.iter().fold(u8::MAX, |least, b| least.min(*b));
        if least < 0x20 {
            return Err(Malformed::Control(least));
        }
        let text = str::from_utf8(bytes).map_err(|_| Malformed::NotUtf8)?;
        let (head, head_length) = parse_head(text).ok_or(Malformed::NotALine)?;
        if !text.ends_with('}') {
            return Err(Malformed::NotALine);
        }
        if nesting(bytes) > MAX_NESTING {
            return Err(Malformed::TooDeep);
        }
        if head.seq != self.number {
            return Err(Malformed::Gap {
                expected: self.number,
                found: head.seq,
            });
        }
        Ok(Line {
            offset: self.offset,
            head,
            text,
            head_length,
        })
    }
}

/// The head of a line and how many bytes it takes.
pub(crate) fn parse_head(text: &str) -> Option<(Head<'_>, usize)> {
    let mut rest = text.strip_prefix("{\"seq\":")?;
    let seq = take_number(&mut rest)?;
    rest = rest.strip_prefix(",\"type\":\"")?;
    let quote = rest.find('"')?;
    let kind = &rest[..quote];
    if !is_kind(kind.as_bytes()) {
        return None;
    }
    rest = rest[quote..].strip_prefix("\",\"epoch\":")?;
    let epoch = u32::try_from(take_number(&mut rest)?).ok()?;
    rest = rest.strip_prefix(",\"step\":")?;
    let step = u32::try_from(take_number(&mut rest)?).ok()?;
    let event = match rest.strip_prefix(",\"event\":") {
        Some(after) => {
            rest = after;
            Some(take_number(&mut rest)?)
        }
        None => None,
    };
    if !rest.starts_with([',', '}']) {
        return None;
    }
    let head = Head {
        seq,
        kind,
        now: Moment { epoch, step },
        event,
    };
    Some((head, text.len() - rest.len()))
}

/// Takes a decimal number as the writer spells it: no sign, no leading zero, at most 2⁵³.
pub(crate) fn take_number(rest: &mut &str) -> Option<u64> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    if digits == 0 || digits > 16 || (digits > 1 && number.starts_with('0')) {
        return None;
    }
    let number = number.parse().ok().filter(|n| *n <= MAX_INTEGER)?;
    *rest = after;
    Some(number)
}

/// How deep brackets are nested outside strings.
pub(crate) fn nesting(bytes: &[u8]) -> usize {
    // Few opening brackets cannot nest deeply, wherever they stand. Counted in blocks whose count fits a byte, so that the
    // loop is as wide as the registers are.
    let opening: usize = bytes
        .chunks(255)
        .map(|block| {
            // At most one a byte, so nothing wraps; a checked sum would be as narrow as its check.
            let count = block.iter().fold(0_u8, |n, b| {
                n.wrapping_add(u8::from(matches!(b, b'{' | b'[')))
            });
            usize::from(count)
        })
        .sum();
    if opening <= MAX_NESTING {
        return opening;
    }
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The sha256 fed with the first `length` bytes, as [`super::LogWriter::resume`] needs it.
pub fn hash_prefix<R: Read>(from: R, length: u64) -> io::Result<Sha256> {
    let mut hasher = Sha256::new();
    let mut from = from.take(length);
    let mut chunk = vec![0_u8; 64 << 10];
    let mut left = length;
    while left > 0 {
        match from.read(&mut chunk) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                hasher.update(&chunk[..read]);
                left -= read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hasher)
}
