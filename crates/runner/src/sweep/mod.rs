//! Sweeps: one scenario, many settings, the same seeds for all of them.
//!
//! ```text
//! sweep file | scenario + words | calls ─ draft ─► plan ─ cells ─► executor ─► store ─► results ─► summary
//! ```
//! [`draft`] keeps what was asked for with its places ([`mod@file`], [`points`]), [`plan`] resolves it to checked scenarios,
//! [`cell`] runs one, [`executor`] decides where, [`store`] keeps what is finished, [`results`] and [`summary`] say what came of
//! it. Invariants: all cells have the same seeds, so differences are paired; files of results follow from plan and cells alone,
//! for any number of workers and any interruption; a finished cell is never run again. Not here: the words on the terminal
//! ([`crate::commands::sweep`]).

pub mod cell;
pub mod draft;
pub mod executor;
pub mod file;
pub mod live;
pub mod plan;
pub mod points;
pub mod resolved;
pub mod results;
pub mod store;
pub mod summary;

use crate::failure::Failure;
use crate::scenario::{Scenario, ScenarioErrors};
use crate::signals::Interrupts;
use cell::{Job, Outcome, Record};
use draft::Draft;
use executor::{Executor, Threads};
use plan::Plan;
use resolved::Meta;
use results::{Records, Results};
use store::Store;

/// A run that has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Hash of its scenario.
    pub hash: String,
    /// Its seed.
    pub seed: u64,
    /// Why.
    pub cause: String,
}

/// What is said of a sweep while it runs.
pub trait Watch {
    /// So many runs are finished already, and so many are to be made.
    fn begin(&mut self, _finished: usize, _jobs: usize) {}
    /// A run has ended, and is kept.
    fn done(&mut self, _job: &Job, _record: &Record) {}
    /// A run has failed.
    fn failed(&mut self, _broken: &Broken) {}
}

/// Says nothing.
#[derive(Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// What was made of a plan.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Finished runs, those that were there before included.
    pub records: Records,
    /// Runs that failed, by hash and seed.
    pub broken: Vec<Broken>,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
}

/// Makes all runs of a plan that the store does not have.
pub fn make(
    plan: &Plan,
    store: Option<&Store>,
    keep_logs: bool,
    executor: &dyn Executor,
    interrupts: &Interrupts,
    watch: &mut dyn Watch,
) -> Made {
    let mut made = Made::default();
    let mut jobs = Vec::new();
    for mut job in plan.jobs() {
        if let Some(record) = store.and_then(|store| store.finished(&job.hash, job.seed)) {
            made.records.add(&job.hash, job.seed, &record.metrics);
        } else {
            let folder = store
                .filter(|_| keep_logs)
                .map(|s| s.cell(&job.hash, job.seed));
            job.log = folder.map(|folder| folder.join(crate::rundir::LOG_NAME));
            jobs.push(job);
        }
    }
    watch.begin(made.records.len(), jobs.len());
    let work = |job: &Job| cell::run(job, interrupts);
    executor.execute(&jobs, &work, &mut |job, outcome| {
        let outcome = match outcome {
            Outcome::Done(record, metrics) => match store.map(|s| s.keep(job, &record, &metrics)) {
                Some(Err(failure)) => Err(failure.text()),
                _ => Ok(record),
            },
            Outcome::Failed(cause) => Err(cause),
            Outcome::Interrupted => {
                made.interrupted = true;
                return;
            }
        };
        match outcome {
            Ok(record) => {
                watch.done(job, &record);
                made.records.add(&job.hash, job.seed, &record.metrics);
            }
            Err(cause) => {
                let broken = Broken {
                    hash: job.hash.clone(),
                    seed: job.seed,
                    cause,
                };
                watch.failed(&broken);
                made.broken.push(broken);
            }
        }
    });
    // An executor that gave up without a word has been interrupted too.
    made.interrupted |= interrupts.any();
    made.broken
        .sort_by(|a, b| (&a.hash, a.seed).cmp(&(&b.hash, b.seed)));
    made
}

/// The table of what was made.
pub fn table(plan: &Plan, made: &Made) -> Results {
    let keys: Vec<_> = plan
        .settings
        .iter()
        .map(|setting| setting.values.clone())
        .collect();
    Results::of(&plan.meta, &keys, &made.records)
}

/// A sweep from code.
///
/// ```
/// use das_runner::scenario::Scenario;
/// use das_runner::sweep::ParameterSweep;
///
/// let base: Scenario = serde_yaml::from_str(
///     "{scenario_id: few, agents: [{type: honest, count: 3}, {type: deceptive, count: 1}],
///       environment: {kind: commons}, simulation: {epochs: 2, steps_per_epoch: 3, seed: 1}}",
/// )?;
/// let mut sweep = ParameterSweep::new(&base)?;
/// sweep.add_variation("governance.transaction_tax_rate", [0.0, 0.1])?;
/// sweep.add_variation("agents.deceptive.count", [1, 2])?;
/// sweep.seeds(2);
/// assert_eq!(sweep.generate_scenarios()?.len(), 4);
/// let results = sweep.run_sweep(2)?;
/// assert_eq!(results.table.runs.len(), 8);
/// let toxicity = results.values("transaction_tax_rate=0.1 deceptive.count=2", "toxicity_rate");
/// assert_eq!(toxicity.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ParameterSweep {
    base: Scenario,
    variations: Vec<String>,
    seeds: u32,
}

impl ParameterSweep {
    /// A sweep of this scenario, with one run a setting.
    pub fn new(base: &Scenario) -> Result<Self, ScenarioErrors> {
        Draft::of_scenario(base)?;
        Ok(Self {
            base: base.clone(),
            variations: Vec::new(),
            seeds: 1,
        })
    }

    /// Varies the value at a path, as in an override; several variations are crossed.
    pub fn add_variation<V: Into<serde_json::Value>>(
        &mut self,
        path: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<&mut Self, Failure> {
        let values: Vec<serde_json::Value> = values.into_iter().map(Into::into).collect();
        if values.is_empty() {
            return Err(Failure::Usage(format!(
                "`{path}` is to be varied over no values"
            )));
        }
        let values = serde_json::Value::Array(values);
        self.variations.push(format!("{path}={values}"));
        Ok(self)
    }

    /// Runs of each setting: with the seed of the scenario, the next one, and so on.
    pub fn seeds(&mut self, seeds: u32) -> &mut Self {
        self.seeds = seeds;
        self
    }

    /// The settings, resolved and checked.
    pub fn plan(&self) -> Result<Plan, Failure> {
        if self.seeds == 0 {
            return Err(Failure::Usage(
                "a sweep without seeds runs nothing".to_owned(),
            ));
        }
        let mut draft = Draft::of_scenario(&self.base)?;
        for word in &self.variations {
            draft.word(word);
        }
        Plan::of(draft, Some(self.seeds))
    }

    /// All combinations, in the order in which variations and values were given, the last variation fastest.
    pub fn generate_scenarios(&self) -> Result<Vec<Scenario>, Failure> {
        Ok(self.plan()?.scenarios().cloned().collect())
    }

    /// Runs all of them with all seeds, on so many threads, and keeps nothing on disk.
    pub fn run_sweep(&self, workers: usize) -> Result<SweepResults, Failure> {
        let plan = self.plan()?;
        let threads = Threads(workers.max(1));
        let made = make(
            &plan,
            None,
            false,
            &threads,
            &Interrupts::default(),
            &mut Unwatched,
        );
        Ok(SweepResults {
            table: table(&plan, &made),
            broken: made.broken,
            meta: plan.meta,
        })
    }
}

/// What a sweep from code came to.
#[derive(Clone, Debug)]
pub struct SweepResults {
    /// What was run.
    pub meta: Meta,
    /// All runs that ended well.
    pub table: Results,
    /// Those that did not.
    pub broken: Vec<Broken>,
}

impl SweepResults {
    /// Values of a metric of a configuration by seed, `None` where a run has none.
    pub fn values(&self, config: &str, metric: &str) -> Vec<Option<f64>> {
        let Some(column) = self.table.metrics.iter().position(|name| name == metric) else {
            return Vec::new();
        };
        let of = self
            .table
            .runs
            .iter()
            .filter(|run| self.meta.cells[run.cell].config == config);
        of.map(|run| run.values[column]).collect()
    }

    /// The page of tables, in Markdown.
    pub fn summary(&self) -> Result<String, Failure> {
        let body = summary::body(&self.meta, &self.table)?;
        Ok(summary::page(&self.meta, &self.table, &body))
    }
}
