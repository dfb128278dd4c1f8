//! The two ends of a log, read without what lies between: line 0, the last line, and the ends of epochs by the chain of seals.
//!
//! Each seal says where the one before it lies, and the one behind an epoch holds the hash of the state; `epoch_completed`
//! stands right before it. So the overview of a log of any length costs a few reads an epoch. Invariant: nothing is guessed: a
//! log whose end is not there, or whose chain does not lead back, has no ending here and is read whole ([`crate::open`]).

use das_analysis::fold::EpochRow;
use das_core::log::{ENDED, LogReader, MAX_LINE, STARTED};
use das_core::metrics::epoch::Metrics;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Most seals that are followed back.
const SEALS_MAX: u32 = 1_000_000;

/// Line 0.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Start {
    /// Seed as text.
    #[serde(default)]
    pub(crate) seed: String,
    /// Engine revision.
    #[serde(default)]
    pub(crate) engine: u64,
    /// The resolved scenario.
    #[serde(default)]
    pub(crate) scenario: Value,
}

impl Start {
    /// Line 0 of a log, if it has one.
    pub(crate) fn read(file: &File) -> Option<Self> {
        let mut reader = LogReader::new(BufReader::with_capacity(1 << 13, file));
        let line = reader.next().ok()??;
        (line.head.kind == STARTED).then(|| line.parse().ok())?
    }

    /// A text of the scenario.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.scenario.pointer(path)?.as_str()
    }

    /// A whole number of the scenario.
    pub(crate) fn whole(&self, path: &str) -> Option<u64> {
        self.scenario.pointer(path)?.as_u64()
    }
}

/// The last line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ending {
    /// Number of the line.
    pub(crate) seq: u64,
    /// `completed` or `stopped`.
    pub(crate) status: String,
    /// Figures of the run.
    pub(crate) metrics: Metrics,
    /// Lines by type.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Events that happened.
    pub(crate) events: u64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Seal {
    prev_at: u64,
    #[serde(default)]
    state_sha256: Option<String>,
}

/// Byte at which the line begins that ends, with its LF, at `end`.
fn line_start(file: &mut File, end: u64) -> io::Result<u64> {
    let mut most = 4_096_u64;
    loop {
        let size = most.min(end);
        file.seek(SeekFrom::Start(end - size))?;
        let mut bytes = vec![0; size as usize];
        file.read_exact(&mut bytes)?;
        let body = &bytes[..bytes.len().saturating_sub(1)];
        match memchr::memrchr(b'\n', body) {
            Some(at) => return Ok(end - size + at as u64 + 1),
            None if size == end => return Ok(0),
            None if size > MAX_LINE as u64 => return Err(io::ErrorKind::InvalidData.into()),
            None => most *= 16,
        }
    }
}

fn bytes(file: &mut File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = vec![0; (to - from).min(MAX_LINE as u64 + 1) as usize];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The last line, if the log is finished.
pub(crate) fn ending(file: &mut File) -> Option<Ending> {
    let length = file.metadata().ok()?.len();
    let from = line_start(file, length).ok()?;
    let ending: Ending = serde_json::from_slice(&bytes(file, from, length).ok()?).ok()?;
    (ending.kind == ENDED).then_some(ending)
}

/// The ends of epochs of a finished log, by its seals.
pub(crate) fn epochs(file: &mut File) -> Option<Vec<EpochRow>> {
    let length = file.metadata().ok()?.len();
    let last = line_start(file, length).ok()?;
    let mut at = line_start(file, last).ok()?;
    let mut end = last;
    let mut rows: Vec<EpochRow> = Vec::new();
    for _ in 0..SEALS_MAX {
        let line = bytes(file, at, end.min(at + 4_096)).ok()?;
        let line = line.split(|b| *b == b'\n').next()?;
        let seal: Seal = serde_json::from_slice(line).ok()?;
        if seal.state_sha256.is_some() {
            // Behind the last epoch stands `run_completed`.
            let mut to = at;
            for _ in 0..2 {
                let from = line_start(file, to).ok()?;
                let text = bytes(file, from, to).ok()?;
                if memchr::memmem::find(&text[..text.len().min(80)], b"\"epoch_completed\"")
                    .is_some()
                {
                    rows.push(serde_json::from_slice(&text).ok()?);
                    break;
                }
                to = from;
            }
        }
        if seal.prev_at == 0 {
            rows.reverse();
            return Some(rows);
        }
        if seal.prev_at >= at {
            return None;
        }
        (end, at) = (at, seal.prev_at);
    }
    None
}
