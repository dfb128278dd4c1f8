//! Proof by re-execution: a log is run again from its line 0 and compared byte for byte.
//!
//! Three questions: does the engine give these bytes for this line 0; if not, is the file damaged (framing, numbers, seals, last
//! line: [`das_core::log::check()`]) or does the engine differ; do the lines give these metrics. What it proves is that the log is
//! what its line 0 produces; that it is *your* run needs the hash you kept. Not here: words and exit codes of the command.

use crate::failure::Failure;
use crate::folds::line_start;
use crate::log_file::{
    CompareSink, Comparison, Divergence, FieldDiff, Packing, diff_lines, open_log, packing_of,
};
use crate::recorded::{Recorded, RecordedInputs};
use crate::signals::{InterruptControl, Interrupts, RecordedControl};
use crate::wiring::{self, Header, Start};
use das_core::log::{
    Class, Depth, ENDED, Ended, Line, LogReader, MAX_LINE, ReadError, Report, SEAL, check, hex,
};
use das_core::orchestrator::{NoObserver, Ports, RunEnd, RunError};
use das_core::ports::{NoInputs, SinkError};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Lines shown before a difference.
const CONTEXT: usize = 2;

/// Checks framing and seals. What is not complete is a failure of its class.
pub fn whole(log: &Path) -> Result<Report, Failure> {
    let from = open_log(log).map_err(Failure::reading(log))?;
    let report = check(from, Depth::Seals).map_err(Failure::reading(log))?;
    classified(log, &report)?;
    Ok(report)
}

/// The failure of a report that is not of a complete log of this engine.
pub fn classified(log: &Path, report: &Report) -> Result<(), Failure> {
    let path = log.to_owned();
    match &report.class {
        Class::Complete { .. } => match report.engine {
            Some(engine) if engine != u64::from(das_core::log::ENGINE_REVISION) => Err(
                wiring::foreign(log, u64::from(das_core::log::SCHEMA), engine),
            ),
            _ => Ok(()),
        },
        Class::Foreign { schema, engine } => Err(wiring::foreign(log, *schema, *engine)),
        Class::Damaged { line, offset, what } => Err(Failure::Damaged {
            path,
            what: format!("damaged at line {line} (byte {offset}): {what}"),
        }),
        Class::Incomplete { tail_bytes, .. } => Err(Failure::Incomplete {
            path,
            what: format!(
                "ends early: its first {} lines are sealed (up to epoch {}, step {}), {tail_bytes} bytes behind that; das resume finishes it",
                report.sealed.lines, report.sealed.epoch, report.sealed.step
            ),
        }),
    }
}

/// The header of a log.
pub fn header(log: &Path) -> Result<Header, Failure> {
    let mut reader = LogReader::new(open_log(log).map_err(Failure::reading(log))?);
    let line = reader.next().map_err(|error| Failure::log(log, error))?;
    let line = line.ok_or_else(|| Failure::Incomplete {
        path: log.to_owned(),
        what: "the log is empty".to_owned(),
    })?;
    Header::read(&line, log)
}

/// Where re-execution left the recorded log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Number of the line, from 0.
    pub line: u64,
    /// Byte at which it begins.
    pub offset: u64,
    /// Type of the recorded line; of the replayed one where there is none.
    pub kind: String,
    /// Epoch.
    pub epoch: u64,
    /// Step.
    pub step: u64,
    /// Who is in the line, if anybody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Fields that differ.
    pub fields: Vec<Field>,
    /// Lines before it, as they stand.
    pub context: Vec<String>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// Its path.
    pub field: String,
    /// As it was recorded; absent, it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// As re-execution gives it; absent, it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replayed: Option<String>,
    /// Distance in representable numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ulps: Option<u64>,
}

/// Fields that name who acts in a line.
const ACTORS: [&str; 6] = ["agent", "initiator", "voter", "author", "worker", "poster"];

/// What a difference is, for people.
pub fn explain(log: &Path, found: &Divergence) -> Result<Difference, Failure> {
    let parse = |text: &Option<String>| {
        text.as_deref()
            .and_then(|t| serde_json::from_str::<serde_json::Value>(t).ok())
    };
    let (left, right) = (parse(&found.recorded), parse(&found.replayed));
    let head = left
        .as_ref()
        .or(right.as_ref())
        .cloned()
        .unwrap_or_default();
    let number = |name: &str| {
        head.get(name)
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_default()
    };
    let text = |name: &str| {
        head.get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    let fields = match (&found.recorded, &found.replayed) {
        (Some(recorded), Some(replayed)) => diff_lines(recorded, replayed)
            .into_iter()
            .map(field)
            .collect(),
        (recorded, replayed) => vec![Field {
            field: String::new(),
            recorded: recorded.clone(),
            replayed: replayed.clone(),
            ulps: None,
        }],
    };
    Ok(Difference {
        line: found.line,
        offset: found.offset,
        kind: text("type").unwrap_or_default(),
        epoch: number("epoch"),
        step: number("step"),
        agent: ACTORS.iter().find_map(|name| text(name)),
        fields,
        context: context(log, found.offset).map_err(Failure::reading(log))?,
    })
}

fn field(diff: FieldDiff) -> Field {
    Field {
        field: diff.field,
        recorded: diff.recorded,
        replayed: diff.replayed,
        ulps: diff.ulps,
    }
}

/// The lines before byte `at`.
fn context(log: &Path, at: u64) -> std::io::Result<Vec<String>> {
    if packing_of(log)? != Packing::Plain {
        let mut last = lines_of(log, CONTEXT, |line| line.offset < at)?;
        return Ok(last.drain(..).collect());
    }
    let mut file = File::open(log)?;
    let mut from = at;
    for _ in 0..CONTEXT {
        if from > 0 {
            from = line_start(&mut file, from)?;
        }
    }
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(at - from).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes)
        .lines()
        .map(str::to_owned)
        .collect())
}

/// A log that came out again byte for byte.
#[derive(Clone, Debug)]
pub struct Whole {
    /// What its last line sealed.
    pub log: Ended,
    /// Seals in it.
    pub seals: u64,
}

/// What re-execution came to.
#[derive(Debug)]
pub enum Executed {
    /// Every line is the same; what the last one sealed.
    Same(Whole),
    /// The same up to the point that was asked for: so many lines.
    SameUntil(u64),
    /// Not the same.
    Differs(Difference),
    /// Ctrl-C.
    Interrupted,
}

/// Whether line 0 is the one that was sealed: only then is anything executed.
fn begins_sealed(log: &Path) -> Result<bool, Failure> {
    let mut reader = LogReader::new(open_log(log).map_err(Failure::reading(log))?);
    let Ok(Some(line)) = reader.next() else {
        return Ok(false);
    };
    let mut hasher = Sha256::new();
    hasher.update(line.text);
    hasher.update(b"\n");
    let prefix = hex(&hasher.finalize());
    let Ok(Some(seal)) = reader.next() else {
        return Ok(false);
    };
    Ok(seal.head.kind == SEAL && seal.text.contains(&prefix))
}

/// The last `most` lines of a packed log that are well formed and of which this holds; it cannot be read from behind.
fn lines_of(
    log: &Path,
    most: usize,
    holds: impl Fn(&Line<'_>) -> bool,
) -> std::io::Result<VecDeque<String>> {
    let mut reader = LogReader::new(open_log(log)?);
    let mut last = VecDeque::new();
    loop {
        match reader.next() {
            Ok(None) => return Ok(last),
            Ok(Some(line)) if holds(&line) => {
                if last.len() == most {
                    last.pop_front();
                }
                last.push_back(line.text.to_owned());
            }
            Ok(Some(_)) | Err(ReadError::Malformed { .. }) => {}
            Err(ReadError::Io(error)) => return Err(error),
        }
    }
}

/// The last line, whatever it is; of a packed log the last that is well formed.
fn last_line(log: &Path) -> std::io::Result<String> {
    if packing_of(log)? != Packing::Plain {
        let last = lines_of(log, 1, |_| true)?.pop_back();
        return Ok(last.unwrap_or_default());
    }
    let mut file = File::open(log)?;
    let bytes = file.metadata()?.len();
    let from = line_start(&mut file, bytes)?;
    file.seek(SeekFrom::Start(from))?;
    let mut last = Vec::new();
    file.take(MAX_LINE as u64).read_to_end(&mut last)?;
    Ok(String::from_utf8_lossy(&last).into_owned())
}

/// Whether the last line counts `input` lines, or is none.
fn may_hold_inputs(log: &Path) -> std::io::Result<bool> {
    let last = last_line(log)?;
    Ok(!last.contains(ENDED) || last.contains("\"input\":"))
}

/// Seals that the last line counts.
fn counted_seals(log: &Path) -> std::io::Result<u64> {
    #[derive(serde::Deserialize)]
    struct Last {
        counts: std::collections::BTreeMap<String, u64>,
    }
    let last: Last = serde_json::from_str(&last_line(log)?)?;
    Ok(last.counts.get(SEAL).copied().unwrap_or_default())
}

/// How far to go: to the end of an epoch or of a step in it, or all the way.
pub type Until = Option<(u32, Option<u32>)>;

/// Runs a log again and compares.
///
/// Bytes that re-execution gives again are sealed rightly, so the seals are looked at apart only where something differs (to
/// tell damage from divergence) and where a part is not executed.
pub fn execute(log: &Path, until: Until, interrupts: &Interrupts) -> Result<Executed, Failure> {
    if until.is_some() || !begins_sealed(log)? {
        whole(log)?;
    }
    let header = header(log)?;
    within(until, &header)?;
    let simulation = &header.scenario.simulation;
    let until = until.map(|until| step_after(until, simulation.steps_per_epoch));
    let recorded = if may_hold_inputs(log).map_err(Failure::reading(log))? {
        whole(log)?;
        Recorded::read(log, u64::MAX, 0, simulation.steps_per_epoch)?
    } else {
        Recorded::default()
    };
    let recorded_log = open_log(log).map_err(Failure::reading(log))?;
    let (sink, comparison) = CompareSink::new(recorded_log);
    let ports = Ports {
        sink: Box::new(sink),
        control: Box::new(RecordedControl::new(
            recorded.stop_at,
            until,
            InterruptControl(interrupts.clone()),
        )),
        inputs: Box::new(RecordedInputs::new(recorded.replies, Box::new(NoInputs))),
        storage: None,
    };
    let mut run =
        wiring::begin(&header, ports, Start::Line0, None).map_err(|failure| match failure {
            Failure::Setup(error) => Failure::Diverged {
                path: log.to_owned(),
                what: format!("line 0 cannot be run: {error}"),
            },
            other => other,
        })?;
    match run.run(&mut NoObserver) {
        Err(RunError::Sink(SinkError::Diverged)) => differs(log, &comparison),
        Err(RunError::Sink(SinkError::Io(source))) => Err(Failure::reading(log)(source)),
        Err(broken) => Err(Failure::run(broken, log, log)),
        Ok(RunEnd::Interrupted) if interrupts.any() => Ok(Executed::Interrupted),
        Ok(RunEnd::Interrupted) => match comparison.divergence() {
            Some(_) => differs(log, &comparison),
            None => Ok(Executed::SameUntil(comparison.lines())),
        },
        Ok(RunEnd::Completed | RunEnd::Stopped) => {
            if comparison
                .finish()
                .map_err(Failure::reading(log))?
                .is_some()
            {
                return differs(log, &comparison);
            }
            let ended = run.result().and_then(|record| record.log.clone());
            let ended = ended.ok_or_else(|| {
                Failure::Internal("the run ended without its last line".to_owned())
            })?;
            let seals = counted_seals(log).map_err(Failure::reading(log))?;
            Ok(Executed::Same(Whole { log: ended, seals }))
        }
    }
}

fn differs(log: &Path, comparison: &Comparison) -> Result<Executed, Failure> {
    // A log that was not what its seals say is damaged, whatever re-execution makes of it.
    whole(log)?;
    match comparison.divergence() {
        Some(found) => Ok(Executed::Differs(explain(log, &found)?)),
        None => Err(Failure::Internal(
            "a difference was met and not kept".to_owned(),
        )),
    }
}

/// Whether the run has that epoch and step.
pub fn within(until: Until, header: &Header) -> Result<(), Failure> {
    let simulation = &header.scenario.simulation;
    let (epochs, steps) = (simulation.epochs, simulation.steps_per_epoch);
    match until {
        Some((epoch, step)) if epoch >= epochs || step.is_some_and(|step| step >= steps) => {
            let step = step.map_or(String::new(), |step| format!(":{step}"));
            Err(Failure::Usage(format!(
                "--until {epoch}{step}: the run has the epochs 0 to {}, each with the steps 0 to {}",
                epochs.saturating_sub(1),
                steps.saturating_sub(1)
            )))
        }
        _ => Ok(()),
    }
}

/// The step before which to leave, from `EPOCH[:STEP]`, both from 0 and executed whole.
fn step_after((epoch, step): (u32, Option<u32>), steps_per_epoch: u32) -> u64 {
    let (epoch, steps) = (u64::from(epoch), u64::from(steps_per_epoch));
    match step {
        None => (epoch + 1) * steps,
        Some(step) => epoch * steps + u64::from(step) + 1,
    }
}
