//! What is made from a finished log: `metrics.csv`, `summary.json`, and the facts the closing words are written from.
//!
//! Everything here is a fold over the log's bytes, so a resumed run gives the same files as one that was never interrupted,
//! and they can be made again at any time. Seals are the index: `prev_at` leads back from the end, and only the stretches in
//! which epochs end are read. Invariant: nothing but the log's bytes enters these files: no clock, no path
//! (`tests/it/run.rs`). Not here: recomputing metrics from interactions.

use crate::failure::Failure;
use crate::rundir::RunDir;
use crate::scenario::{Criterion, Scenario};
use crate::wiring::Header;
pub use das_analysis::render::short;
use das_analysis::tidy::{self, push_row};
use das_core::log::{LogReader, MAX_LINE};
use das_core::metrics::epoch::Metrics;
use das_core::metrics::levers::LeverRecord;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Agents beyond which `metrics.csv` has no rows for single agents: their lines are in the log.
pub const AGENT_ROWS_MAX: u64 = 200;

/// Most epochs the closing table shows; of more it shows an even sample.
pub const ROWS_MAX: u32 = 12;

/// Means over the live agents of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Live agents.
    pub agents: u32,
    /// Mean of booked payoffs, in utility.
    pub payoff: f64,
    /// Mean reputation in points.
    pub reputation: f64,
    /// Mean balance in credits.
    pub balance: f64,
}

/// An `epoch_completed` line.
#[derive(Clone, Debug, Deserialize)]
pub struct EpochLine {
    /// Number of the line's event.
    pub event: u64,
    /// Epoch.
    pub epoch: u32,
    /// Whether it was cut short.
    #[serde(default)]
    pub partial: bool,
    /// Its metrics.
    pub metrics: Metrics,
    /// The world's own figures.
    #[serde(default)]
    pub env: BTreeMap<String, f64>,
}

impl EpochLine {
    /// A metric or figure of the world by name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.metrics
            .get(name)
            .or_else(|| self.env.get(name).copied())
    }
}

#[derive(Deserialize)]
struct AgentLine {
    epoch: u32,
    agent: String,
    reputation: f64,
    balance: f64,
    payoff: f64,
}

/// The last line.
#[derive(Clone, Debug, Deserialize)]
pub struct LastLine {
    seq: u64,
    /// `completed` or `stopped`.
    pub status: String,
    /// Lines by type.
    counts: BTreeMap<String, u64>,
    /// Events that happened.
    pub events: u64,
    /// Metrics pooled over the run.
    pub metrics: Metrics,
    /// Live agents by kind.
    pub kinds: BTreeMap<String, Kind>,
    /// What each lever took, used up and punished.
    #[serde(default)]
    pub levers: BTreeMap<String, LeverRecord>,
    /// Interactions that are open still.
    pub open_interactions: u64,
    /// What the treasury holds, in credits.
    pub treasury: f64,
    /// Money moved, by reason, in credits.
    pub moved: BTreeMap<String, f64>,
    /// sha256 of the lines before.
    pub body_sha256: String,
}

impl LastLine {
    /// Agents at the start; where the world makes them, all that were ever registered.
    fn agents(&self, scenario: &Scenario) -> u64 {
        let registered = || self.counts.get("agent_registered").copied().unwrap_or(0);
        scenario.agent_count().unwrap_or_else(registered)
    }
}

/// How one success criterion came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The metric.
    pub metric: String,
    /// Least value that passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest value that passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether every epoch is judged.
    pub per_epoch: bool,
    /// The value that was judged: pooled, or of the worst epoch. Absent: not defined in this run, which fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Distance to the nearer bound, negative beyond it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// The worst epoch, where epochs are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Whether it passed.
    pub pass: bool,
}

impl Verdict {
    fn open(metric: &str, criterion: &Criterion) -> Self {
        Self {
            metric: metric.to_owned(),
            min: criterion.min,
            max: criterion.max,
            per_epoch: criterion.per_epoch,
            value: None,
            margin: None,
            epoch: None,
            pass: false,
        }
    }

    /// Takes a value if it is the worst so far.
    fn take(&mut self, criterion: &Criterion, value: f64, epoch: Option<u32>) {
        let below = criterion.max.map(|max| max - value);
        let above = criterion.min.map(|min| value - min);
        let margin = match (below, above) {
            (Some(a), Some(b)) => {
                if a < b {
                    a
                } else {
                    b
                }
            }
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return,
        };
        if self.margin.is_none_or(|worst| margin < worst) {
            *self = Self {
                value: Some(value),
                margin: Some(margin),
                epoch,
                pass: criterion.passes(value),
                ..self.clone()
            };
        }
    }
}

/// What a finished log says, as far as the closing words need it.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Line 0.
    pub header: Header,
    /// Epochs that are shown, at most [`ROWS_MAX`].
    pub rows: Vec<EpochLine>,
    /// Number of epochs.
    pub epochs: u32,
    /// The last line.
    pub last: LastLine,
    /// Criteria in the order of their names.
    pub verdicts: Vec<Verdict>,
    /// sha256 of the whole log.
    pub sha256: String,
    /// Lines of the log.
    pub lines: u64,
    /// Bytes of the log.
    pub bytes: u64,
}

impl Facts {
    /// Whether every criterion passed.
    pub fn passed(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.pass)
    }
}

/// Whether the table shows an epoch: all of few, else an even sample that holds the last.
pub fn is_shown(epoch: u32, epochs: u32) -> bool {
    let every = epochs.div_ceil(ROWS_MAX);
    every <= 1 || (epochs - 1 - epoch.min(epochs - 1)).is_multiple_of(every)
}

#[derive(Deserialize)]
struct SealLine {
    seq: u64,
    epoch: u32,
    step: u32,
    prev_at: u64,
    lines: u64,
}

/// A stretch of whole lines: first line's number, first byte, byte behind.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    number: u64,
    from: u64,
    to: u64,
}

/// A line that begins at `at`, without its LF.
fn line_at(file: &mut File, at: u64, most: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::with_capacity(most as usize);
    file.take(most).read_to_end(&mut bytes)?;
    let end = bytes
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(bytes.len());
    bytes.truncate(end);
    Ok(bytes)
}

/// Byte at which the line begins that ends (with its LF) at `end`.
pub(crate) fn line_start(file: &mut File, end: u64) -> std::io::Result<u64> {
    let most = end.min(MAX_LINE as u64 + 2);
    file.seek(SeekFrom::Start(end - most))?;
    let mut bytes = vec![0; most as usize];
    file.read_exact(&mut bytes)?;
    let body = &bytes[..bytes.len().saturating_sub(1)];
    Ok(end - most
        + body
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at as u64 + 1))
}

/// The stretches in which epochs end, in order. `end` is where the last line begins. With `agents` that is all of an epoch's
/// last step, else the end of it: `epoch_completed` is the last line of an epoch that is no seal, and behind that of the last
/// epoch stands `run_completed`.
fn epoch_ends(file: &mut File, end: u64, agents: bool) -> std::io::Result<Vec<Stretch>> {
    let mut stretches = Vec::new();
    let mut at = line_start(file, end)?;
    let mut last: Option<(u32, u32)> = None;
    let mut missing = 0_u64;
    loop {
        let line = line_at(file, at, 1024)?;
        let seal: SealLine = serde_json::from_slice(&line)?;
        if last.is_none_or(|(epoch, _)| seal.epoch != epoch) {
            missing = if last.is_none() { 2 } else { 1 };
            last = Some((seal.epoch, seal.step));
        }
        let wanted = missing > 0 || agents && last == Some((seal.epoch, seal.step));
        missing = missing.saturating_sub(seal.lines);
        if seal.prev_at == 0 {
            return Ok(stretches.into_iter().rev().collect());
        }
        let before = line_at(file, seal.prev_at, 1024)?;
        if wanted {
            let number = serde_json::from_slice::<SealLine>(&before)?.seq + 1;
            stretches.push(Stretch {
                number,
                from: seal.prev_at + before.len() as u64 + 1,
                to: at,
            });
        }
        at = seal.prev_at;
    }
}

fn epoch_rows(rows: &mut Vec<u8>, line: &EpochLine) {
    for (name, value) in line.metrics.entries() {
        push_row(rows, line.epoch, name, "", value);
    }
    for (name, value) in &line.env {
        push_row(rows, line.epoch, name, "", *value);
    }
}

fn agent_rows(rows: &mut Vec<u8>, line: &AgentLine) {
    let figures = [
        ("agent_reputation", line.reputation),
        ("agent_balance", line.balance),
        ("agent_payoff", line.payoff),
    ];
    for (name, value) in figures {
        push_row(rows, line.epoch, name, &line.agent, value);
    }
}

/// Folds a finished log; rows of `metrics.csv` go to `table`. `sha256` is that of the whole log.
pub fn fold(log: &Path, sha256: String, mut table: impl Write) -> Result<Facts, Failure> {
    let reading = |source| Failure::reading(log)(source);
    let mut file = File::open(log).map_err(reading)?;
    let bytes = file.metadata().map_err(reading)?.len();
    let header = {
        let mut reader = LogReader::new(BufReader::new(&file));
        let line = reader.next().map_err(|error| Failure::log(log, error))?;
        let line = line.ok_or_else(|| Failure::Damaged {
            path: log.to_owned(),
            what: "the log is empty".to_owned(),
        })?;
        Header::read(&line, log)?
    };
    let end = line_start(&mut file, bytes).map_err(reading)?;
    let last = line_at(&mut file, end, MAX_LINE as u64 + 1).map_err(reading)?;
    let broken = |error: serde_json::Error| Failure::Damaged {
        path: log.to_owned(),
        what: error.to_string(),
    };
    let last: LastLine = serde_json::from_slice(&last).map_err(broken)?;
    let scenario = &header.scenario;
    let mut verdicts: Vec<Verdict> = scenario
        .success_criteria
        .iter()
        .map(|(metric, criterion)| Verdict::open(metric, criterion))
        .collect();
    let mut rows = Vec::new();
    let mut epochs = 0;
    let unwritten = |error| Failure::writing(&log.with_file_name("metrics.csv"))(error);
    table
        .write_all(tidy::HEADING.as_bytes())
        .map_err(unwritten)?;
    let mut lines = Vec::new();
    let agents = last.agents(scenario) <= AGENT_ROWS_MAX;
    for stretch in epoch_ends(&mut file, end, agents).map_err(reading)? {
        file.seek(SeekFrom::Start(stretch.from)).map_err(reading)?;
        let part = BufReader::with_capacity(1 << 16, Read::take(&file, stretch.to - stretch.from));
        let mut reader = LogReader::starting_at(part, stretch.number, stretch.from);
        while let Some(line) = reader.next().map_err(|error| Failure::log(log, error))? {
            match line.head.kind {
                "epoch_completed" => {
                    let epoch: EpochLine = line.parse().map_err(broken)?;
                    epoch_rows(&mut lines, &epoch);
                    judge_epoch(scenario, &epoch, &mut verdicts);
                    epochs += 1;
                    if epoch.partial || is_shown(epoch.epoch, scenario.simulation.epochs) {
                        rows.push(epoch);
                    }
                }
                "agent_state" if agents => {
                    agent_rows(&mut lines, &line.parse().map_err(broken)?);
                }
                _ => {}
            }
        }
        table.write_all(&lines).map_err(unwritten)?;
        lines.clear();
    }
    judge_run(scenario, &last.metrics, &mut verdicts);
    Ok(Facts {
        header,
        rows,
        epochs,
        lines: last.seq + 1,
        last,
        verdicts,
        sha256,
        bytes,
    })
}

fn judge_epoch(scenario: &Scenario, epoch: &EpochLine, verdicts: &mut [Verdict]) {
    for (verdict, (metric, criterion)) in verdicts.iter_mut().zip(&scenario.success_criteria) {
        if criterion.per_epoch
            && let Some(value) = epoch.get(metric)
        {
            verdict.take(criterion, value, Some(epoch.epoch));
        }
    }
}

fn judge_run(scenario: &Scenario, metrics: &Metrics, verdicts: &mut [Verdict]) {
    for (verdict, (metric, criterion)) in verdicts.iter_mut().zip(&scenario.success_criteria) {
        if !criterion.per_epoch
            && let Some(value) = metrics.get(metric)
        {
            verdict.take(criterion, value, None);
        }
    }
}

#[derive(Serialize)]
struct Summary<'f> {
    scenario_id: &'f str,
    seed: String,
    status: &'f str,
    epochs: u32,
    agents: u64,
    metrics: &'f Metrics,
    kinds: &'f BTreeMap<String, Kind>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    levers: &'f BTreeMap<String, LeverRecord>,
    criteria: &'f [Verdict],
    passed: bool,
    open_interactions: u64,
    treasury: f64,
    moved: &'f BTreeMap<String, f64>,
    log: SummaryLog<'f>,
}

#[derive(Serialize)]
struct SummaryLog<'f> {
    lines: u64,
    bytes: u64,
    events: u64,
    body_sha256: &'f str,
    sha256: &'f str,
}

/// The text of `summary.json`.
pub fn summary(facts: &Facts) -> Result<String, Failure> {
    let Facts { header, last, .. } = facts;
    let summary = Summary {
        scenario_id: &header.scenario.scenario_id,
        seed: header.scenario.simulation.seed.to_string(),
        status: &last.status,
        epochs: facts.epochs,
        agents: last.agents(&header.scenario),
        metrics: &last.metrics,
        kinds: &last.kinds,
        levers: &last.levers,
        criteria: &facts.verdicts,
        passed: facts.passed(),
        open_interactions: last.open_interactions,
        treasury: last.treasury,
        moved: &last.moved,
        log: SummaryLog {
            lines: facts.lines,
            bytes: facts.bytes,
            events: last.events,
            body_sha256: &last.body_sha256,
            sha256: &facts.sha256,
        },
    };
    let text = serde_json::to_string_pretty(&summary)
        .map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// Writes `metrics.csv` and `summary.json` of a finished log.
pub fn write(run: &RunDir, sha256: String) -> Result<Facts, Failure> {
    let path = run.file("metrics.csv");
    let temporary = run.file("metrics.csv.tmp");
    let file = File::create(&temporary).map_err(Failure::writing(&temporary))?;
    let mut table = BufWriter::new(file);
    let facts = fold(&run.log, sha256, &mut table)?;
    let finish = || {
        table
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_data()?;
        std::fs::rename(&temporary, &path)
    };
    finish().map_err(Failure::writing(&path))?;
    crate::rundir::write_file(&run.file("summary.json"), summary(&facts)?.as_bytes())?;
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_epochs_are_all_shown_and_many_are_sampled() {
        // 12 of 12; of more at most 12, the last among them.
        for epochs in 1..300 {
            let shown: Vec<u32> = (0..epochs).filter(|e| is_shown(*e, epochs)).collect();
            assert!(shown.len() <= ROWS_MAX as usize, "{epochs}");
            assert!(shown.contains(&(epochs - 1)));
            assert_eq!(shown.len() == epochs as usize, epochs <= ROWS_MAX);
        }
    }

    #[test]
    fn the_worst_epoch_is_judged() {
        // Margin is the distance to the nearer bound; the smallest one stays.
        let criterion = Criterion {
            min: Some(0.0),
            max: Some(1.0),
            per_epoch: true,
        };
        let mut verdict = Verdict::open("m", &criterion);
        for (epoch, value) in [(0, 0.5), (1, 0.9), (2, 0.3)] {
            verdict.take(&criterion, value, Some(epoch));
        }
        assert_eq!(
            (verdict.epoch, verdict.value, verdict.pass),
            (Some(1), Some(0.9), true)
        );
        verdict.take(&criterion, -0.1, Some(3));
        assert_eq!(
            (verdict.epoch, verdict.margin, verdict.pass),
            (Some(3), Some(-0.1), false)
        );
    }
}
