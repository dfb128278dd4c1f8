//! Writes a log: numbers events, spells their lines, seals them and hands whole batches to the sink.
//!
//! Lines gather in one buffer, which leaves in one write when a seal closes it; so what the sink holds always ends with a
//! seal. One sha256 runs over all bytes and is fed once a buffer. A failing sink stops the log and never the caller in the
//! middle of a step: the error is kept and returned by [`LogWriter::seal`], [`LogWriter::sync`] and [`LogWriter::end`].
//! Which lines are written depends on the detail level; event numbers do not.

use super::canonical::{append, append_fields, append_u64};
use super::reader::nesting;
use super::seal::{LastLine, Seal, append_head, append_last, append_seal};
use super::{
    ENGINE_REVISION, MAX_LINE, MAX_NESTING, RUN_COMPLETED, SCHEMA, SEAL, SEAL_BYTES, SEAL_LINES,
    STARTED, hex, is_kind,
};
use crate::config::Detail;
use crate::interaction::Moment;
use crate::ports::{EventSink, SinkError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use thiserror::Error;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All its epochs ran.
    Completed,
    /// The kill switch ended it.
    Stopped,
}

impl Status {
    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Stopped => "stopped",
        }
    }

    /// The status of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Completed, Self::Stopped]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// Where a log stands: all a writer needs to go on from there, but for the bytes the sink already has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPosition {
    /// Number of the next line, lines in `pending` counted.
    pub seq: u64,
    /// Bytes handed to the sink. They end with a seal's LF (or there are none).
    pub offset: u64,
    /// Hexadecimal sha256 of those bytes.
    pub prefix_sha256: String,
    /// Number of the next event.
    pub event: u64,
    /// Byte offset of the last seal's line, 0 when there is none.
    pub last_seal_at: u64,
    /// Lines since the last seal, all of them in `pending`.
    pub lines_since_seal: u64,
    /// Lines by type so far.
    pub counts: BTreeMap<String, u64>,
    /// Whole lines that no seal has closed yet; empty right after a seal.
    pub pending: Vec<u8>,
}

/// A position does not fit the bytes before it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the log's first {offset} bytes have sha256 {found}, the position to go on from has {expected}"
)]
pub struct PositionError {
    /// Length of the prefix.
    pub offset: u64,
    /// Hash in the position.
    pub expected: String,
    /// Hash of the bytes.
    pub found: String,
}

/// What the last line sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Lines in the log, the last one included.
    pub lines: u64,
    /// Bytes in the log, the last line included.
    pub bytes: u64,
    /// Events that happened, written or not.
    pub events: u64,
    /// Hexadecimal sha256 of all lines but the last.
    pub body_sha256: String,
    /// Hexadecimal sha256 of the whole log, as `sha256sum` prints it.
    pub file_sha256: String,
}

/// Writes a log into a sink.
pub struct LogWriter {
    sink: Box<dyn EventSink>,
    detail: Detail,
    /// Lines since the last seal.
    buffer: Vec<u8>,
    /// Fed with every byte the sink was given.
    hasher: Sha256,
    seq: u64,
    offset: u64,
    event: u64,
    last_seal_at: u64,
    lines_since_seal: u64,
    /// Lines by type, in the order of their first line: a dozen kinds, found faster than in a tree.
    counts: Vec<(String, u64)>,
    failed: Option<SinkError>,
    ended: bool,
}

impl std::fmt::Debug for LogWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogWriter")
            .field("seq", &self.seq)
            .field("offset", &self.offset)
            .field("event", &self.event)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl LogWriter {
    /// A writer at the beginning of a log. `detail` decides which lines are written.
    pub fn new(sink: Box<dyn EventSink>, detail: Detail) -> Self {
        Self {
            sink,
            detail,
            buffer: Vec::with_capacity(64 << 10),
            hasher: Sha256::new(),
            seq: 0,
            offset: 0,
            event: 0,
            last_seal_at: 0,
            lines_since_seal: 0,
            counts: Vec::new(),
            failed: None,
            ended: false,
        }
    }

    /// A writer that goes on where another stood. `prefix` has been fed with exactly the first `position.offset` bytes of
    /// the log.
    pub fn resume(
        sink: Box<dyn EventSink>,
        detail: Detail,
        position: LogPosition,
        prefix: Sha256,
    ) -> Result<Self, PositionError> {
        let found = hex(&prefix.clone().finalize());
        if found != position.prefix_sha256 {
            return Err(PositionError {
                offset: position.offset,
                expected: position.prefix_sha256,
                found,
            });
        }
        Ok(Self {
            buffer: position.pending,
            hasher: prefix,
            seq: position.seq,
            offset: position.offset,
            event: position.event,
            last_seal_at: position.last_seal_at,
            lines_since_seal: position.lines_since_seal,
            counts: position.counts.into_iter().collect(),
            ..Self::new(sink, detail)
        })
    }

    /// Where the log stands, for a checkpoint. At any moment between two events; right after a seal `pending` is empty.
    pub fn position(&self) -> LogPosition {
        LogPosition {
            seq: self.seq,
            offset: self.offset,
            prefix_sha256: hex(&self.hasher.clone().finalize()),
            event: self.event,
            last_seal_at: self.last_seal_at,
            lines_since_seal: self.lines_since_seal,
            counts: self.counts.iter().cloned().collect(),
            pending: self.buffer.clone(),
        }
    }

    /// Events so far, written or not: the number the next one gets.
    #[inline]
    pub fn events(&self) -> u64 {
        self.event
    }

    /// Goes on with this number where another log ended; numbers never fall.
    pub(crate) fn number_from(&mut self, event: u64) {
        self.event = self.event.max(event);
    }

    /// Whether a seal has closed all lines so far.
    pub fn is_sealed(&self) -> bool {
        self.buffer.is_empty() && self.seq > 0
    }

    /// The detail level.
    #[inline]
    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// Writes line 0, `simulation_started`, with schema, engine revision and the fields of `header`, and seals it, so that
    /// whatever holds a seal also says what was run. The header alone may hold explicit nulls. A failure is kept for the
    /// next seal.
    ///
    /// Panics when the log has begun already.
    pub fn start<T: Serialize + ?Sized>(&mut self, header: &T) {
        assert!(self.seq == 0 && self.event == 0, "the log begins once");
        let now = Moment { epoch: 0, step: 0 };
        append_head(&mut self.buffer, 0, STARTED, now);
        self.buffer.extend_from_slice(b",\"event\":0,\"schema\":");
        append_u64(&mut self.buffer, u64::from(SCHEMA));
        self.buffer.extend_from_slice(b",\"engine\":");
        append_u64(&mut self.buffer, u64::from(ENGINE_REVISION));
        let at = self.buffer.len();
        if let Err(error) = append(&mut self.buffer, header, true) {
            self.refuse(0, format!("line 0 cannot be written: {error}"));
        } else {
            splice(&mut self.buffer, at, STARTED);
            if nesting(&self.buffer) > MAX_NESTING {
                self.refuse(
                    0,
                    format!("line 0 is nested deeper than {MAX_NESTING} levels"),
                );
            } else {
                self.finish_line(0, STARTED, now);
            }
        }
        self.event = 1;
        self.write_seal(now, None);
    }

    /// Gives an event its number and, when the log's detail is at least `least`, writes its line. `least` is
    /// [`Detail::Epochs`] for what every log holds. Fields that have no value must be left out, not null.
    ///
    /// Panics when `fields` is not a struct or map with names, or holds a number that is not finite, an integer beyond ±2⁵³
    /// or a null: such a value must not have entered the run.
    #[inline]
    pub fn event<T: Serialize + ?Sized>(
        &mut self,
        least: Detail,
        kind: &str,
        now: Moment,
        fields: &T,
    ) -> u64 {
        self.event_made(least, kind, now, || fields)
    }

    /// [`LogWriter::event`] with fields that are made only when the line is written.
    #[inline]
    pub fn event_made<T: Serialize>(
        &mut self,
        least: Detail,
        kind: &str,
        now: Moment,
        make: impl FnOnce() -> T,
    ) -> u64 {
        let number = self.event;
        self.event += 1;
        if self.detail >= least && self.failed.is_none() {
            self.write_event(number, kind, now, &make());
        }
        number
    }

    fn write_event<T: Serialize + ?Sized>(
        &mut self,
        number: u64,
        kind: &str,
        now: Moment,
        fields: &T,
    ) {
        assert!(!self.ended, "no event `{kind}` after the last line");
        let start = self.buffer.len();
        append_head(&mut self.buffer, self.seq, kind, now);
        self.buffer.extend_from_slice(b",\"event\":");
        append_u64(&mut self.buffer, number);
        if let Err(error) = append_fields(&mut self.buffer, fields) {
            panic!("event `{kind}` holds what no line may hold: {error}");
        }
        self.finish_line(start, kind, now);
        if self.lines_since_seal >= SEAL_LINES || self.buffer.len() as u64 >= SEAL_BYTES {
            self.write_seal(now, None);
        }
    }

    /// Ends the line that begins at `start` of the buffer.
    #[inline]
    fn finish_line(&mut self, start: usize, kind: &str, now: Moment) {
        let length = self.buffer.len() - start;
        if length > MAX_LINE {
            let text = format!(
                "event `{kind}` at epoch {} step {} takes {length} bytes, a line {MAX_LINE} at most",
                now.epoch, now.step
            );
            self.refuse(start, text);
            return;
        }
        self.buffer.push(b'\n');
        self.seq += 1;
        self.lines_since_seal += 1;
        self.count(kind);
    }

    /// Takes back a line that cannot be written, and stops the log.
    #[cold]
    fn refuse(&mut self, start: usize, text: String) {
        self.buffer.truncate(start);
        self.failed = Some(io::Error::new(io::ErrorKind::InvalidData, text).into());
    }

    #[inline]
    fn count(&mut self, kind: &str) {
        if let Some((_, lines)) = self.counts.iter_mut().find(|(known, _)| known == kind) {
            *lines += 1;
        } else {
            assert!(is_kind(kind.as_bytes()), "`{kind}` is no event type");
            self.counts.push((kind.to_owned(), 1));
        }
    }

    /// Seals what was written since the last seal and hands it to the sink in one write. `state` is the hexadecimal
    /// sha256 of the saved state where one was taken. Called after every step; at detail `epochs` a call without a state
    /// does nothing but report an earlier failure.
    pub fn seal(&mut self, now: Moment, state: Option<&str>) -> Result<(), SinkError> {
        if self.detail > Detail::Epochs || state.is_some() {
            self.write_seal(now, state);
        }
        self.outcome()
    }

    fn write_seal(&mut self, now: Moment, state: Option<&str>) {
        if self.failed.is_some() {
            return;
        }
        assert!(!self.ended, "no seal after the last line");
        self.hasher.update(&self.buffer);
        let prefix = hex(&self.hasher.clone().finalize());
        let at = self.buffer.len();
        append_seal(
            &mut self.buffer,
            &Seal {
                seq: self.seq,
                now,
                prefix_sha256: &prefix,
                prev_at: self.last_seal_at,
                lines: self.lines_since_seal,
                state_sha256: state,
            },
        );
        self.hasher.update(&self.buffer[at..]);
        self.last_seal_at = self.offset + at as u64;
        self.lines_since_seal = 0;
        self.seq += 1;
        self.count(SEAL);
        self.hand_over();
    }

    fn hand_over(&mut self) {
        match self.sink.write(&self.buffer) {
            Ok(()) => self.offset += self.buffer.len() as u64,
            Err(error) => self.failed = Some(error),
        }
        self.buffer.clear();
    }

    /// Makes everything handed over so far durable. Before a checkpoint: seal, sync, then store.
    pub fn sync(&mut self) -> Result<(), SinkError> {
        if self.failed.is_none() {
            // After a failed sync nothing more is written: a second try would report success for lost pages.
            if let Err(error) = self.sink.sync() {
                self.failed = Some(error);
            }
        }
        self.outcome()
    }

    /// Ends the log: the event `run_completed` with `status` and the fields of `summary` (the pooled metrics), a seal with
    /// `state`, and the last line `simulation_ended`, which repeats status and fields and adds `counts` (lines of the body
    /// by type, seals included), `events` (that happened, written or not), `bytes` (of the body) and `body_sha256`: names
    /// that `summary` must leave alone. Then a sync. Nobody else writes these three lines.
    ///
    /// Panics as [`LogWriter::event`] does, and when the log has ended already.
    pub fn end<T: Serialize + ?Sized>(
        &mut self,
        status: Status,
        now: Moment,
        summary: &T,
        state: Option<&str>,
    ) -> Result<Ended, SinkError> {
        self.outcome()?;
        assert!(!self.ended, "the log ends once");
        let mut text = Vec::new();
        if let Err(error) = append(&mut text, summary, false) {
            panic!("the summary of the run holds what no line may hold: {error}");
        }
        splice(&mut text, 0, RUN_COMPLETED);
        let start = self.buffer.len();
        append_head(&mut self.buffer, self.seq, RUN_COMPLETED, now);
        self.buffer.extend_from_slice(b",\"event\":");
        append_u64(&mut self.buffer, self.event);
        self.buffer.extend_from_slice(b",\"status\":\"");
        self.buffer.extend_from_slice(status.as_str().as_bytes());
        self.buffer.push(b'"');
        self.buffer.extend_from_slice(&text);
        self.event += 1;
        self.finish_line(start, RUN_COMPLETED, now);
        self.write_seal(now, state);
        self.outcome()?;

        let body_sha256 = hex(&self.hasher.clone().finalize());
        append_last(
            &mut self.buffer,
            &LastLine {
                seq: self.seq,
                now,
                status: status.as_str(),
                counts: &self.counts.iter().cloned().collect(),
                events: self.event,
                bytes: self.offset,
                summary: &text[..text.len() - 1],
                body_sha256: &body_sha256,
            },
        );
        if self.buffer.len() > MAX_LINE {
            self.refuse(0, format!("the last line takes more than {MAX_LINE} bytes"));
            self.outcome()?;
        }
        self.hasher.update(&self.buffer);
        self.seq += 1;
        self.ended = true;
        self.hand_over();
        self.sync()?;
        Ok(Ended {
            lines: self.seq,
            bytes: self.offset,
            events: self.event,
            body_sha256,
            file_sha256: hex(&self.hasher.clone().finalize()),
        })
    }

    /// The first failure, each time anew.
    fn outcome(&self) -> Result<(), SinkError> {
        match &self.failed {
            None => Ok(()),
            Some(SinkError::Diverged) => Err(SinkError::Diverged),
            Some(SinkError::Io(error)) => Err(SinkError::Io(match error.raw_os_error() {
                Some(code) if error.get_ref().is_none() => io::Error::from_raw_os_error(code),
                _ => io::Error::new(error.kind(), error.to_string()),
            })),
        }
    }
}

/// Joins the object that begins at `at` to the head before it: its `{` becomes a comma.
#[inline]
fn splice(buffer: &mut Vec<u8>, at: usize, kind: &str) {
    assert!(
        buffer[at] == b'{',
        "the fields of `{kind}` have no names: a struct is needed"
    );
    if buffer[at + 1] == b'}' {
        buffer.remove(at);
    } else {
        buffer[at] = b',';
    }
}
