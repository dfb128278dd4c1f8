//! Says what a log is worth, in one pass and constant memory: complete, incomplete or damaged.
//!
//! Every seal is built again from the bytes before it and compared byte for byte, and so is the last line, which follows
//! wholly from the body: there is no byte of a complete log that could differ and still pass. What this cannot show is that
//! the engine produces these lines (an editor may seal his edit anew): that takes re-execution.
//!
//! A log that merely ends early, whatever stands behind its last seal, is *incomplete*: crashes leave such tails and the
//! sealed part is good. Anything wrong before a later seal or before the last line is *damage*: no crash does that.

use super::reader::{Line, LogReader, Malformed, Raw, parse_head, take_number};
use super::seal::{LastLine, Seal, append_last, append_seal, split_completed};
use super::writer::Status;
use super::{ENDED, ENGINE_REVISION, RUN_COMPLETED, SCHEMA, SEAL, STARTED, hex};
use crate::interaction::Moment;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use thiserror::Error;

/// What is wrong at the first wrong line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Damage {
    /// A line has not the form of one.
    #[error("{0}")]
    Malformed(Malformed),
    /// The file does not begin as a log does.
    #[error("the file does not begin as a log does")]
    NoBeginning,
    /// Line 0 once more.
    #[error("the log begins a second time")]
    SecondBeginning,
    /// Neither a seal nor the last line, yet it has no event number; or a seal or last line that has one.
    #[error("the line's type and its event number do not go together")]
    NoEvent,
    /// An event number that is not above the one before.
    #[error("the event numbers do not rise")]
    EventOrder,
    /// The bytes before a seal are not those it sealed, or the seal itself was changed.
    #[error("the seal does not fit the bytes before it")]
    Seal,
    /// The last line is not what follows from the body.
    #[error("the last line does not follow from the lines before it")]
    LastLine,
    /// The last line without a sealed `run_completed` before it, or events after `run_completed`.
    #[error("the log does not end as a log does")]
    Ending,
    /// Bytes after the last line.
    #[error("there are bytes after the last line")]
    AfterTheEnd,
    /// A line is no JSON.
    #[error("the line is no JSON")]
    NotJson,
}

/// What a log is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Every seal and the last line are what the bytes before them give.
    Complete {
        /// How the run ended.
        status: Status,
        /// Hexadecimal sha256 of all lines but the last.
        body_sha256: String,
        /// Hexadecimal sha256 of the file.
        file_sha256: String,
    },
    /// The log ends early. What is sealed is good; what follows cannot be relied on.
    Incomplete {
        /// Bytes behind the last seal.
        tail_bytes: u64,
        /// What is wrong in that tail, if more than its being short: line (from 0) and fault.
        fault: Option<(u64, Damage)>,
    },
    /// Something was changed, removed or added.
    Damaged {
        /// First line (from 0) at which it shows.
        line: u64,
        /// Byte at which that line begins.
        offset: u64,
        /// What is wrong.
        what: Damage,
    },
    /// Written in a format this program does not know.
    Foreign {
        /// Its schema.
        schema: u64,
        /// Its engine revision.
        engine: u64,
    },
}

/// The part of a log that its last good seal covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Lines, the seal included.
    pub lines: u64,
    /// Bytes, the seal's LF included.
    pub bytes: u64,
    /// Byte at which the seal's line begins.
    pub seal_at: u64,
    /// Seals.
    pub seals: u64,
    /// Epoch and step of the seal.
    pub epoch: u32,
    /// Step of the seal.
    pub step: u32,
    /// State hash of the last seal that has one.
    pub state_sha256: Option<String>,
}

/// Result of [`check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the log is worth.
    pub class: Class,
    /// Lines seen, torn or wrong ones included.
    pub lines: u64,
    /// Bytes seen.
    pub bytes: u64,
    /// The good part.
    pub sealed: Sealed,
    /// Sealed lines by type, the last line not counted.
    pub counts: BTreeMap<String, u64>,
    /// Engine revision of line 0, when there is one.
    pub engine: Option<u64>,
}

impl Report {
    /// Exit code for the class: 0 complete · 21 damaged · 22 of another schema or engine revision · 23 incomplete.
    pub fn exit_code(&self) -> u8 {
        let foreign = self.engine.is_some_and(|e| e != u64::from(ENGINE_REVISION));
        match self.class {
            Class::Damaged { .. } => 21,
            Class::Foreign { .. } => 22,
            Class::Incomplete { .. } => 23,
            Class::Complete { .. } if foreign => 22,
            Class::Complete { .. } => 0,
        }
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Framing, numbers, seals, last line: enough to notice any change of a sealed log.
    Seals,
    /// And that every line is JSON.
    Json,
}

/// Checks a log from its first byte. Fails only when `from` cannot be read.
pub fn check<R: BufRead>(from: R, depth: Depth) -> io::Result<Report> {
    let mut reader = LogReader::new(from);
    let mut pass = Pass::new(depth);
    while let Some(raw) = reader.next_raw()? {
        pass.take(raw);
        if pass.decided {
            break;
        }
    }
    Ok(pass.report(reader.next_number(), reader.next_offset()))
}

/// State of the pass.
struct Pass {
    depth: Depth,
    hasher: Sha256,
    counts: BTreeMap<String, u64>,
    /// `counts` as of the last good seal.
    sealed_counts: BTreeMap<String, u64>,
    sealed: Sealed,
    lines_since_seal: u64,
    last_event: Option<u64>,
    engine: Option<u64>,
    /// The `run_completed` event: moment, status, summary.
    completed: Option<(Moment, String, Vec<u8>)>,
    /// First thing wrong since the last good seal: line, offset, what.
    fault: Option<(u64, u64, Damage)>,
    class: Option<Class>,
    /// Nothing that follows can change the class.
    decided: bool,
    /// Memory for lines that are built again.
    rebuilt: Vec<u8>,
}

impl Pass {
    fn new(depth: Depth) -> Self {
        Self {
            depth,
            hasher: Sha256::new(),
            counts: BTreeMap::new(),
            sealed_counts: BTreeMap::new(),
            sealed: Sealed::default(),
            lines_since_seal: 0,
            last_event: None,
            engine: None,
            completed: None,
            fault: None,
            class: None,
            decided: false,
            rebuilt: Vec::new(),
        }
    }

    fn damaged(&mut self, line: u64, offset: u64, what: Damage) {
        self.class = Some(Class::Damaged { line, offset, what });
        self.decided = true;
    }

    fn take(&mut self, raw: Raw<'_>) {
        if self.class.is_some() {
            self.damaged(raw.number, raw.offset, Damage::AfterTheEnd);
        } else if let Some((line, offset, what)) = self.fault {
            // Behind a fault only one thing matters: whether the log went on to a seal or to its end.
            if guards(raw.bytes) {
                self.damaged(line, offset, what);
            }
        } else if let Err(what) = self.line(raw) {
            if raw.number == 0 && !(what == Damage::Malformed(Malformed::Torn) && begins(raw.bytes))
                || what == Damage::Seal
                || (self.finished() && raw.ended)
                || (guards(raw.bytes) && raw.ended)
            {
                self.damaged(raw.number, raw.offset, what);
            } else {
                self.fault = Some((raw.number, raw.offset, what));
            }
        }
    }

    /// Whether only the last line is still to come.
    fn finished(&self) -> bool {
        self.completed.is_some() && self.lines_since_seal == 0
    }

    fn line(&mut self, raw: Raw<'_>) -> Result<(), Damage> {
        let line = raw.line().map_err(Damage::Malformed)?;
        if self.depth == Depth::Json && line.parse::<serde::de::IgnoredAny>().is_err() {
            return Err(Damage::NotJson);
        }
        if (line.head.seq == 0) != (line.head.kind == STARTED) {
            return Err(if line.head.seq == 0 {
                Damage::NoBeginning
            } else {
                Damage::SecondBeginning
            });
        }
        match line.head.kind {
            SEAL => self.seal(&line, raw)?,
            ENDED => return self.last_line(&line, raw),
            _ => self.event(&line)?,
        }
        self.hasher.update(raw.bytes);
        if let Some(lines) = self.counts.get_mut(line.head.kind) {
            *lines += 1;
        } else {
            self.counts.insert(line.head.kind.to_owned(), 1);
        }
        if line.head.kind == SEAL {
            self.sealed_counts.clone_from(&self.counts);
            self.lines_since_seal = 0;
        } else {
            self.lines_since_seal += 1;
        }
        Ok(())
    }

    fn event(&mut self, line: &Line<'_>) -> Result<(), Damage> {
        let number = line.head.event.ok_or(Damage::NoEvent)?;
        if self.last_event.is_some_and(|last| number <= last) {
            return Err(Damage::EventOrder);
        }
        if self.completed.is_some() {
            return Err(Damage::Ending);
        }
        if line.head.seq == 0 {
            self.beginning(line)?;
        }
        if line.head.kind == RUN_COMPLETED {
            let (status, summary) =
                split_completed(line.rest().as_bytes()).ok_or(Damage::Ending)?;
            Status::from_word(status).ok_or(Damage::Ending)?;
            self.completed = Some((line.head.now, status.to_owned(), summary.to_owned()));
        }
        self.last_event = Some(number);
        Ok(())
    }

    fn beginning(&mut self, line: &Line<'_>) -> Result<(), Damage> {
        let (schema, engine) = versions(line).ok_or(Damage::NoBeginning)?;
        if schema != u64::from(SCHEMA) {
            self.class = Some(Class::Foreign { schema, engine });
            self.decided = true;
        }
        self.engine = Some(engine);
        Ok(())
    }

    fn seal(&mut self, line: &Line<'_>, raw: Raw<'_>) -> Result<(), Damage> {
        if self.finished() {
            return Err(Damage::Ending);
        }
        // The state hash is the one thing that does not follow from the lines before; the next seal or the last line
        // covers it.
        let state = line
            .rest()
            .split_once(",\"state_sha256\":\"")
            .and_then(|(_, rest)| rest.strip_suffix("\"}"))
            .filter(|state| is_hash(state));
        self.rebuilt.clear();
        append_seal(
            &mut self.rebuilt,
            &Seal {
                seq: line.head.seq,
                now: line.head.now,
                prefix_sha256: &hex(&self.hasher.clone().finalize()),
                prev_at: self.sealed.seal_at,
                lines: self.lines_since_seal,
                state_sha256: state,
            },
        );
        if self.rebuilt != raw.bytes {
            return Err(Damage::Seal);
        }
        self.sealed = Sealed {
            lines: raw.number + 1,
            bytes: raw.offset + raw.bytes.len() as u64,
            seal_at: raw.offset,
            seals: self.sealed.seals + 1,
            epoch: line.head.now.epoch,
            step: line.head.now.step,
            state_sha256: state.map(str::to_owned).or(self.sealed.state_sha256.take()),
        };
        Ok(())
    }

    fn last_line(&mut self, line: &Line<'_>, raw: Raw<'_>) -> Result<(), Damage> {
        let (Some((now, status, summary)), true) = (&self.completed, self.finished()) else {
            return Err(Damage::Ending);
        };
        let body_sha256 = hex(&self.hasher.clone().finalize());
        self.rebuilt.clear();
        append_last(
            &mut self.rebuilt,
            &LastLine {
                seq: line.head.seq,
                now: *now,
                status,
                counts: &self.counts,
                events: self.last_event.map_or(0, |last| last + 1),
                bytes: raw.offset,
                summary,
                body_sha256: &body_sha256,
            },
        );
        if self.rebuilt != raw.bytes {
            return Err(Damage::LastLine);
        }
        self.hasher.update(raw.bytes);
        self.class = Some(Class::Complete {
            status: Status::from_word(status).ok_or(Damage::LastLine)?,
            body_sha256,
            file_sha256: hex(&self.hasher.clone().finalize()),
        });
        Ok(())
    }

    fn report(self, lines: u64, bytes: u64) -> Report {
        let class = self.class.unwrap_or(Class::Incomplete {
            tail_bytes: bytes - self.sealed.bytes,
            fault: self.fault.map(|(line, _, what)| (line, what)),
        });
        Report {
            class,
            lines,
            bytes,
            sealed: self.sealed,
            counts: self.sealed_counts,
            engine: self.engine,
        }
    }
}

/// Schema and engine revision of line 0.
fn versions(line: &Line<'_>) -> Option<(u64, u64)> {
    let mut rest = line.rest().strip_prefix(",\"schema\":")?;
    let schema = take_number(&mut rest)?;
    rest = rest.strip_prefix(",\"engine\":")?;
    let engine = take_number(&mut rest)?;
    Some((schema, engine))
}

/// Whether the bytes are those of a seal or of the last line, as far as their head says.
fn guards(bytes: &[u8]) -> bool {
    // Only the head is read: a damaged hash further on must not hide that this was a seal.
    let head = &bytes[..bytes.len().min(256)];
    head.utf8_chunks()
        .next()
        .and_then(|chunk| parse_head(chunk.valid()))
        .is_some_and(|(head, _)| head.kind == SEAL || head.kind == ENDED)
}

/// Whether torn bytes can be the beginning of line 0.
fn begins(bytes: &[u8]) -> bool {
    const BEGINNING: &[u8] = br#"{"seq":0,"type":"simulation_started","epoch":0,"step":0,"#;
    let common = bytes.len().min(BEGINNING.len());
    bytes[..common] == BEGINNING[..common]
}

fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
