//! Sinks that hold a replayed log against the recorded one, byte for byte, in constant memory.

use super::FileSink;
use das_core::log::MAX_LINE;
use das_core::ports::{EventSink, SinkError};
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The first difference between two logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Number of the line, from 0.
    pub line: u64,
    /// Byte at which the line begins.
    pub offset: u64,
    /// The recorded line without its LF; `None` when the recorded log has ended before.
    pub recorded: Option<String>,
    /// The replayed line without its LF; `None` when the replayed log has ended before.
    pub replayed: Option<String>,
}

/// What a comparing sink has seen. Clones share it, so the caller keeps one while the log's writer owns the sink.
#[derive(Clone)]
pub struct Comparison(Arc<Mutex<State>>);

struct State {
    recorded: Box<dyn BufRead + Send>,
    line: u64,
    offset: u64,
    divergence: Option<Divergence>,
}

impl std::fmt::Debug for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("Comparison")
            .field("line", &state.line)
            .field("offset", &state.offset)
            .field("divergence", &state.divergence)
            .finish_non_exhaustive()
    }
}

impl Comparison {
    /// A comparison with `recorded`, whose next byte begins line number `line` at byte `offset` of its log.
    fn new(recorded: Box<dyn BufRead + Send>, line: u64, offset: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            recorded,
            line,
            offset,
            divergence: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the state half changed: it is set whole, at the end of a batch.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lines found equal so far, counted from the beginning of the log.
    pub fn lines(&self) -> u64 {
        self.lock().line
    }

    /// The first difference, if one was met.
    pub fn divergence(&self) -> Option<Divergence> {
        self.lock().divergence.clone()
    }

    /// To be called when the replayed log has ended: the first difference, with what the recorded log has beyond that end
    /// counted as one.
    pub fn finish(&self) -> io::Result<Option<Divergence>> {
        let mut state = self.lock();
        if state.divergence.is_none() {
            let recorded = rest_of_line(&mut state.recorded)?;
            if !recorded.is_empty() {
                state.divergence = Some(Divergence {
                    line: state.line,
                    offset: state.offset,
                    recorded: Some(shown(&recorded)),
                    replayed: None,
                });
            }
        }
        Ok(state.divergence.clone())
    }
}

impl State {
    fn take(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        if self.divergence.is_some() {
            return Err(SinkError::Diverged);
        }
        let mut done = 0;
        while done < lines.len() {
            let chunk = match self.recorded.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let length = chunk.len().min(lines.len() - done);
            if length == 0 || chunk[..length] != lines[done..done + length] {
                let equal = chunk
                    .iter()
                    .zip(&lines[done..])
                    .take_while(|(recorded, replayed)| recorded == replayed)
                    .count();
                self.recorded.consume(equal);
                return Err(self.diverged(lines, done + equal)?);
            }
            self.recorded.consume(length);
            done += length;
        }
        self.line += count_lines(lines);
        self.offset += lines.len() as u64;
        Ok(())
    }

    /// Keeps the first differing line; `at` is the first byte of the batch that differs, and the next one of `recorded`.
    fn diverged(&mut self, lines: &[u8], at: usize) -> io::Result<SinkError> {
        let begin = lines[..at]
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |lf| lf + 1);
        let end = lines[at..]
            .iter()
            .position(|b| *b == b'\n')
            .map_or(lines.len(), |lf| at + lf);
        let mut recorded = lines[begin..at].to_vec();
        recorded.extend(rest_of_line(&mut self.recorded)?);
        self.line += count_lines(&lines[..begin]);
        self.offset += begin as u64;
        self.divergence = Some(Divergence {
            line: self.line,
            offset: self.offset,
            recorded: (!recorded.is_empty()).then(|| shown(&recorded)),
            replayed: Some(shown(&lines[begin..end])),
        });
        Ok(SinkError::Diverged)
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Up to the next LF, that included, or as much of a line as a log may have.
fn rest_of_line(from: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    Read::take(from, MAX_LINE as u64).read_until(b'\n', &mut line)?;
    Ok(line)
}

fn shown(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}

/// For `replay --verify`: takes the replayed log and compares it with the recorded one.
#[derive(Debug)]
pub struct CompareSink(Comparison);

impl CompareSink {
    /// A sink, and the handle on what it sees. `recorded` is read from the log's first byte.
    pub fn new(recorded: Box<dyn BufRead + Send>) -> (Self, Comparison) {
        let comparison = Comparison::new(recorded, 0, 0);
        (Self(comparison.clone()), comparison)
    }
}

impl EventSink for CompareSink {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        self.0.lock().take(lines)
    }
}

/// For `resume`: compares what is sealed already, then appends to the `.part`.
#[derive(Debug)]
pub struct CompareThenAppend {
    comparison: Comparison,
    /// Sealed bytes that are still to be compared.
    left: u64,
    file: FileSink,
}

impl CompareThenAppend {
    /// A sink, and the handle on its comparison. `recorded` is the log from byte `offset`, where line number `line` begins;
    /// its part before `sealed` is compared, then `file` (which ends there) is written.
    pub fn new(
        recorded: Box<dyn BufRead + Send>,
        line: u64,
        offset: u64,
        sealed: u64,
        file: FileSink,
    ) -> (Self, Comparison) {
        let comparison = Comparison::new(recorded, line, offset);
        let sink = Self {
            comparison: comparison.clone(),
            left: sealed.saturating_sub(offset),
            file,
        };
        (sink, comparison)
    }
}

impl EventSink for CompareThenAppend {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        let known = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(lines.len());
        let (known, new) = lines.split_at(known);
        if !known.is_empty() {
            self.comparison.lock().take(known)?;
            self.left -= known.len() as u64;
        }
        if new.is_empty() {
            Ok(())
        } else {
            self.file.write(new)
        }
    }

    fn sync(&mut self) -> Result<(), SinkError> {
        self.file.sync()
    }
}
