//! A cell of a sweep: one scenario, one seed, run in this process without a log on disk.
//!
//! A [`Job`] is data ([`Job::to_json`] and back), [`run`] a function of it, a [`Record`] data again; so whatever hands jobs to
//! threads, processes or machines ([`super::executor`]) never looks into one. The log that is not written is hashed all the
//! same: `das run` with the cell's overrides gives a file of exactly that sha256. Invariant: a record does not depend on who
//! ran it, when, or beside what. Not here: where records are kept ([`super::store`]).

use crate::failure::Failure;
use crate::log_file::{FileSink, publish};
use crate::scenario::Scenario;
use crate::signals::{InterruptControl, Interrupts};
use crate::wiring::{self, Base, Header, Start};
use das_analysis::event::Event;
use das_analysis::failures::FailureFold;
use das_analysis::finding::{Finding, Mode};
use das_analysis::tidy::{self, push_row};
use das_core::log::{ENGINE_REVISION, LogReader, SCHEMA, hex};
use das_core::metrics::levers::LeverRecord;
use das_core::orchestrator::{EpochRecord, Observer, Ports, RunEnd};
use das_core::ports::{EventSink, NoInputs, NullSink, SinkError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Columns that failure modes give, where a sweep looks for them: name, mode, and the figure (none: whether it is named, 1 or 0).
pub const FINDINGS: &[(&str, Mode, Option<&str>)] = &[
    ("collusion.named", Mode::Collusion, None),
    ("collusion.tied_pairs", Mode::Collusion, Some("tied_pairs")),
    (
        "collusion.suspected_groups",
        Mode::Collusion,
        Some("suspected_groups"),
    ),
    ("conflict.named", Mode::Conflict, None),
    ("miscoordination.named", Mode::Miscoordination, None),
    ("adverse_selection.named", Mode::AdverseSelection, None),
    ("silent_collapse.named", Mode::SilentCollapse, None),
];

/// Bytes that are set aside for the rows of an epoch (81 figures take 2.7 kB), and most for those of a run.
const ROWS_OF_AN_EPOCH: usize = 3 << 10;
const ROWS_ROOM_MAX: usize = 1 << 22;

/// One run to be made.
#[derive(Clone, Debug)]
pub struct Job {
    /// [`hash`] of the scenario.
    pub hash: String,
    /// The scenario, with whatever seed.
    pub header: Arc<Header>,
    /// The seed it is run with.
    pub seed: u64,
    /// Whether failure modes are looked for.
    pub failures: bool,
    /// Where its log goes, if it is kept.
    pub log: Option<PathBuf>,
}

/// [`Job`] as it travels.
#[derive(Deserialize)]
struct Shipped {
    scenario: Value,
    files: Vec<Base>,
    seed: String,
    failures: bool,
    log: Option<PathBuf>,
}

impl Job {
    /// The job as one JSON object, for an executor that ships it elsewhere.
    pub fn to_json(&self) -> Value {
        json!({
            "scenario": serde_json::to_value(self.header.scenario.log_value()).unwrap_or_default(),
            "files": self.header.bases,
            "seed": self.seed.to_string(),
            "failures": self.failures,
            "log": self.log,
        })
    }

    /// What [`Job::to_json`] wrote.
    pub fn from_json(value: &Value) -> Result<Self, Failure> {
        let unfit = |what: String| Failure::Internal(format!("a job cannot be read: {what}"));
        let shipped: Shipped =
            serde_json::from_value(value.clone()).map_err(|e| unfit(e.to_string()))?;
        let scenario = Scenario::from_log_json(&shipped.scenario.to_string())
            .map_err(|e| unfit(e.to_string()))?;
        let seed = shipped.seed.parse();
        let header = Header::with(scenario, shipped.files)?;
        Ok(Self {
            hash: hash(&header),
            header: Arc::new(header),
            seed: seed.map_err(|_| unfit("its seed is no number".to_owned()))?,
            failures: shipped.failures,
            log: shipped.log,
        })
    }
}

/// sha256 over line 0 of the log without its seed: resolved scenario, detail, files, schema and engine revision. In hexadecimal.
pub fn hash(header: &Header) -> String {
    let mut line = serde_json::to_value(header.written()).unwrap_or_default();
    if let Some(map) = line.as_object_mut() {
        map.remove("seed");
        map.insert("schema".to_owned(), SCHEMA.into());
        map.insert("engine".to_owned(), ENGINE_REVISION.into());
    }
    let simulation = line.pointer_mut("/scenario/simulation");
    if let Some(map) = simulation.and_then(Value::as_object_mut) {
        map.remove("seed");
    }
    hex(&Sha256::digest(line.to_string()))
}

/// Sizes and hashes of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFacts {
    /// Lines.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
    /// Events that happened, written or not.
    pub events: u64,
    /// sha256 of all lines but the last.
    pub body_sha256: String,
    /// sha256 of the whole log.
    pub sha256: String,
}

/// What a cell came to: its `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`hash`] of the scenario.
    pub hash: String,
    /// The scenario's id.
    pub scenario_id: String,
    /// The seed, as text: some readers of JSON lose digits of large numbers.
    pub seed: String,
    /// `completed`.
    pub status: String,
    /// Epochs.
    pub epochs: u32,
    /// Pooled metrics, means over epochs of the world's figures, findings of failure modes, and the accounts of levers
    /// ([`accounts`]), by name; what is not defined is left out.
    pub metrics: BTreeMap<String, f64>,
    /// sha256 of its `metrics.csv`.
    pub metrics_sha256: String,
    /// The log that was hashed.
    pub log: LogFacts,
}

/// How a job ended.
#[derive(Debug)]
pub enum Outcome {
    /// With a record, and its `metrics.csv`.
    Done(Box<Record>, Vec<u8>),
    /// With this cause.
    Failed(String),
    /// Ctrl-C: nothing is known of it.
    Interrupted,
}

/// Runs a job in this thread. A panic fails the job and nothing else.
pub fn run(job: &Job, interrupts: &Interrupts) -> Outcome {
    guarded(|| made(job, interrupts))
}

fn guarded(work: impl FnOnce() -> Result<Outcome, Failure>) -> Outcome {
    match std::panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(failure)) => Outcome::Failed(failure.text()),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Outcome::Failed(format!("panicked: {}", text.unwrap_or_default()))
        }
    }
}

fn made(job: &Job, interrupts: &Interrupts) -> Result<Outcome, Failure> {
    if interrupts.any() {
        return Ok(Outcome::Interrupted);
    }
    let mut header = (*job.header).clone();
    header.scenario.simulation.seed = job.seed;
    let finder = Finder::default();
    let under: Box<dyn EventSink> = match &job.log {
        Some(log) => Box::new(kept(log)?),
        None => Box::new(NullSink),
    };
    let ports = Ports {
        sink: if job.failures {
            let finder = finder.clone();
            Box::new(Watched { under, finder })
        } else {
            under
        },
        control: Box::new(InterruptControl(interrupts.clone())),
        inputs: Box::new(NoInputs),
        storage: None,
    };
    let mut epochs = Epochs::new(header.scenario.simulation.epochs);
    let mut running = wiring::begin(&header, ports, Start::Line0, None)?;
    let place = job.log.clone().unwrap_or_default();
    let end = running
        .run(&mut epochs)
        .map_err(|error| Failure::run(error, &place, &place))?;
    if end == RunEnd::Interrupted {
        return Ok(Outcome::Interrupted);
    }
    let unended = || Failure::Internal("the run ended without its last line".to_owned());
    let result = running.result().ok_or_else(unended)?.clone();
    let log = result.log.ok_or_else(unended)?;
    drop(running);
    if let Some(path) = &job.log {
        publish(path)?;
    }
    let mut metrics: BTreeMap<String, f64> = result
        .metrics
        .entries()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    metrics.extend(epochs.means());
    metrics.extend(accounts(&result.levers));
    if job.failures {
        metrics.extend(finder.finish()?);
    }
    let record = Record {
        hash: job.hash.clone(),
        scenario_id: header.scenario.scenario_id.clone(),
        seed: job.seed.to_string(),
        status: result.status.as_str().to_owned(),
        epochs: epochs.count,
        metrics,
        metrics_sha256: hex(&Sha256::digest(&epochs.rows)),
        log: LogFacts {
            lines: log.lines,
            bytes: log.bytes,
            events: log.events,
            body_sha256: log.body_sha256,
            sha256: log.file_sha256,
        },
    };
    Ok(Outcome::Done(Box::new(record), epochs.rows))
}

/// Columns of what each lever did over the run: `lever.<name>.taken` (credits), `.governance_cost` (utility), `.sanctions` and
/// `.false_sanctions`; none of a lever that did nothing.
pub fn accounts(
    levers: &BTreeMap<String, LeverRecord>,
) -> impl Iterator<Item = (String, f64)> + '_ {
    levers.iter().flat_map(|(name, account)| {
        [
            ("taken", account.taken),
            ("governance_cost", account.governance_cost),
            ("sanctions", account.sanctions as f64),
            ("false_sanctions", account.false_sanctions as f64),
        ]
        .map(|(figure, value)| (format!("lever.{name}.{figure}"), value))
    })
}

/// The file a log is kept in; what an interrupted attempt left of it is made again.
fn kept(log: &std::path::Path) -> Result<FileSink, Failure> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::writing(folder))?;
    }
    for path in [log.to_owned(), crate::log_file::part_of(log)] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::writing(&path)(error));
            }
            _ => {}
        }
    }
    Ok(FileSink::create(log)?)
}

/// Rows of `metrics.csv`, and the world's figures summed over epochs.
struct Epochs {
    count: u32,
    rows: Vec<u8>,
    /// Name, sum, and in how many epochs it is defined.
    figures: Vec<(&'static str, f64, u32)>,
}

impl Epochs {
    fn new(planned: u32) -> Self {
        // Room for all rows before the run: what grows or comes amid it is in the way of what the run lets grow.
        let room = (planned as usize).saturating_mul(ROWS_OF_AN_EPOCH);
        let mut rows = Vec::with_capacity(room.min(ROWS_ROOM_MAX));
        rows.extend_from_slice(tidy::HEADING.as_bytes());
        Self {
            count: 0,
            rows,
            figures: Vec::new(),
        }
    }

    /// Mean over the epochs that have the figure.
    fn means(&self) -> impl Iterator<Item = (String, f64)> {
        let means = self.figures.iter();
        means.map(|(name, sum, n)| ((*name).to_owned(), sum / f64::from(*n)))
    }
}

impl Observer for Epochs {
    fn epoch(&mut self, record: &EpochRecord) {
        self.count += 1;
        let figures = record.env.iter().copied();
        for (name, value) in record.metrics.entries().chain(figures) {
            push_row(&mut self.rows, record.at.epoch, name, "", value);
        }
        // A world names its figures in the same order in every epoch, but for those that are not defined.
        let mut place = 0;
        for (name, value) in &record.env {
            let known = |(at, _, _): &(&str, f64, u32)| at == name;
            let ahead = self.figures[place..].iter().position(known);
            let found = ahead
                .map(|at| place + at)
                .or_else(|| self.figures.iter().position(known));
            place = found.unwrap_or(self.figures.len());
            if found.is_none() {
                self.figures.push((name, 0.0, 0));
            }
            let (_, sum, n) = &mut self.figures[place];
            *sum += value;
            *n += 1;
            place += 1;
        }
    }
}

/// Failure modes, folded from lines as they pass.
#[derive(Clone, Default)]
struct Finder(Arc<Mutex<Found>>);

#[derive(Default)]
struct Found {
    fold: FailureFold,
    lines: u64,
    bytes: u64,
    broken: Option<String>,
}

impl Finder {
    fn take(&self, batch: &[u8]) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reader = LogReader::starting_at(batch, found.lines, found.bytes);
        loop {
            match reader.next() {
                Ok(None) => break,
                Ok(Some(line)) => {
                    found.lines += 1;
                    match Event::of(&line) {
                        Ok(event) => found.fold.line(&line.head, &event),
                        Err(error) => found.broken = Some(error.to_string()),
                    }
                }
                Err(error) => {
                    found.broken = Some(error.to_string());
                    break;
                }
            }
        }
        found.bytes += batch.len() as u64;
    }

    fn finish(&self) -> Result<Vec<(String, f64)>, Failure> {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = std::mem::take(&mut *found);
        if let Some(what) = found.broken {
            return Err(Failure::Internal(what));
        }
        let findings = found.fold.finish();
        let value = |finding: &Finding, figure: Option<&str>| match figure {
            None => Some(f64::from(u8::from(finding.named))),
            Some(figure) => finding.figure(figure),
        };
        let columns = FINDINGS.iter().filter_map(|(name, mode, figure)| {
            let finding = findings.iter().find(|f| f.mode == *mode && f.judged)?;
            Some(((*name).to_owned(), value(finding, *figure)?))
        });
        Ok(columns.collect())
    }
}

/// A sink that shows what passes to a [`Finder`].
struct Watched {
    under: Box<dyn EventSink>,
    finder: Finder,
}

impl EventSink for Watched {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        self.finder.take(lines);
        self.under.write(lines)
    }

    fn sync(&mut self) -> Result<(), SinkError> {
        self.under.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::ParameterSweep;
    use crate::sweep::executor::{Executor, Threads};

    #[test]
    fn a_panic_fails_one_job_and_says_why() {
        // Of six jobs on two threads the second and the fifth panic, one with a text, one with a formatted one: these fail with their
        // texts, the others end with a record.
        let base = serde_yaml::from_str(
            "{scenario_id: few, agents: [{type: honest, count: 3}], environment: {kind: commons}, \
              simulation: {epochs: 1, steps_per_epoch: 2, seed: 1}}",
        );
        let mut sweep = ParameterSweep::new(&base.unwrap()).unwrap();
        let jobs = sweep.seeds(6).plan().unwrap().jobs();
        let interrupts = Interrupts::default();
        let work = |job: &Job| {
            guarded(|| match job.seed {
                2 => panic!("out of luck"),
                5 => panic!("seed {}", job.seed),
                _ => made(job, &interrupts),
            })
        };
        let mut ended = BTreeMap::new();
        Threads(2).execute(&jobs, &work, &mut |job, outcome| {
            let text = match outcome {
                Outcome::Done(record, _) => record.status.clone(),
                Outcome::Failed(cause) => cause,
                Outcome::Interrupted => "interrupted".to_owned(),
            };
            ended.insert(job.seed, text);
        });
        let expected = [
            (1, "completed"),
            (2, "panicked: out of luck"),
            (3, "completed"),
            (4, "completed"),
            (5, "panicked: seed 5"),
            (6, "completed"),
        ];
        assert_eq!(
            ended,
            expected.map(|(seed, text)| (seed, text.to_owned())).into()
        );
    }
}
