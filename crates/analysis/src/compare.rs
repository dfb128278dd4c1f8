//! A sweep's results against a baseline: what each configuration changes, by how much, how surely.
//!
//! Rows (configuration, seed, metric, value) become, per metric, the mean of each configuration and, for each other than the
//! baseline, the paired difference over common seeds (configuration − baseline) with t and BCa interval, t and signed-rank p,
//! effect sizes and p corrected over the family. Invariants: every seed that occurs anywhere is expected of every
//! configuration and metric, and what is missing is listed by seed, never dropped in silence; every member of a family counts
//! in it, also one that could not be tested (as p = 1); the order of rows changes no figure (configurations and metrics are
//! listed in the order in which they first occur); a configuration that others are compared with is a control: it is compared with
//! nothing itself and costs the family nothing; resamples are keyed by the names of metric and configuration, so that one
//! more configuration leaves the intervals of the others as they were. Invariant: no figure here knows which
//! direction is good; [`Sense`] says it to whoever draws them, and [`claims`] takes lower for better of the measures it is given.
//! Not here: reading results, what a metric means.

pub mod claims;
mod effect;
mod error;
mod sense;
mod tables;

pub use effect::{Difference, Effect, Level};
pub use error::CompareError;
pub use sense::Sense;

use crate::stats::bootstrap::{RESAMPLES, bca};
use crate::stats::effect::{cohen_dz, hedges_gz, rank_biserial};
use crate::stats::interval::{first_unusable, is_open_unit, mean_interval};
use crate::stats::multiple::{benjamini_hochberg, holm};
use crate::stats::paired::{PairedError, paired_figures};
use crate::stats::wilcoxon::signed_rank;
use das_core::rng::{Domain, Draws, hash_name};
use std::collections::{BTreeMap, BTreeSet};

const BCA: Domain = Domain::new("analysis.compare.bca");

/// One figure of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name of the configuration.
    pub config: String,
    /// Seed of the run.
    pub seed: u64,
    /// Name of the metric.
    pub metric: String,
    /// Its value; `None` where the run has none (a gap without a rejected offer, a failed cell).
    pub value: Option<f64>,
}

/// Which p is corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Test {
    /// The paired t test.
    #[default]
    T,
    /// The signed-rank test.
    Wilcoxon,
}

/// What is corrected together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// All configurations and metrics of the comparison.
    #[default]
    All,
    /// The configurations of each metric.
    Metric,
}

/// How to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The configuration that the others are compared with.
    pub baseline: String,
    /// Configurations that are compared with another one than the baseline, each with that one.
    pub controls: BTreeMap<String, String>,
    /// Level of all intervals, between 0 and 1.
    pub level: f64,
    /// Resamples of a BCa interval, at least 100.
    pub resamples: u32,
    /// Seed of the resampling.
    pub seed: u64,
    /// Which p is corrected.
    pub test: Test,
    /// What is corrected together.
    pub family: Family,
}

impl Options {
    /// 95 %, 10,000 resamples, seed 0, the t test, one family.
    pub fn against(baseline: impl Into<String>) -> Self {
        Self {
            baseline: baseline.into(),
            controls: BTreeMap::new(),
            level: 0.95,
            resamples: RESAMPLES,
            seed: 0,
            test: Test::default(),
            family: Family::default(),
        }
    }
}

impl Options {
    /// What a configuration is compared with; `None` for a control.
    pub fn against_of(&self, config: &str) -> Option<&str> {
        let is_control = config == self.baseline || self.controls.values().any(|c| c == config);
        let own = || self.controls.get(config).unwrap_or(&self.baseline).as_str();
        (!is_control).then(own)
    }
}

/// A sweep against its baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// How it was compared.
    pub options: Options,
    /// Configurations, the baseline first.
    pub configs: Vec<String>,
    /// Metrics.
    pub metrics: Vec<String>,
    /// Every configuration of every metric, by metric.
    pub levels: Vec<Level>,
    /// Every configuration but the controls, of every metric, by metric.
    pub effects: Vec<Effect>,
}

/// Values by seed of one configuration and metric.
type Column = BTreeMap<u64, f64>;

/// Compares all configurations with the baseline.
pub fn compare(rows: &[Row], options: &Options) -> Result<Comparison, CompareError> {
    if !is_open_unit(options.level) {
        return Err(PairedError::Level {
            level: options.level,
        }
        .into());
    }
    let (mut configs, metrics) = (in_order(rows, |r| &r.config), in_order(rows, |r| &r.metric));
    let place = |name: &String| configs.iter().position(|c| c == name);
    for control in options.controls.values() {
        if place(control).is_none() {
            return Err(CompareError::NoBaseline {
                baseline: control.clone(),
                known: configs,
            });
        }
    }
    let Some(at) = place(&options.baseline) else {
        return Err(CompareError::NoBaseline {
            baseline: options.baseline.clone(),
            known: configs,
        });
    };
    configs[..=at].rotate_right(1);
    let seeds: BTreeSet<u64> = rows.iter().map(|r| r.seed).collect();
    let columns = columns(rows)?;
    let nothing = Column::new();

    let (mut levels, mut effects) = (Vec::new(), Vec::new());
    for metric in &metrics {
        let column = |config| columns.get(&(config, metric.as_str())).unwrap_or(&nothing);
        for config in &configs {
            let values = column(config.as_str());
            levels.push(level(config, metric, values, &seeds, options.level));
            if let Some(against) = options.against_of(config) {
                let pair = [column(against), values];
                effects.push(effect(config, against, metric, pair, &seeds, options)?);
            }
        }
    }
    correct(&mut effects, options)?;
    Ok(Comparison {
        options: options.clone(),
        configs,
        metrics,
        levels,
        effects,
    })
}

/// Names in the order in which they first occur.
fn in_order<'a>(rows: &'a [Row], name: impl Fn(&'a Row) -> &'a String) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = rows.iter().map(name);
    names.filter(|n| seen.insert(*n)).cloned().collect()
}

/// Values by configuration and metric; rows are checked on the way.
fn columns(rows: &[Row]) -> Result<BTreeMap<(&str, &str), Column>, CompareError> {
    let mut columns: BTreeMap<(&str, &str), Column> = BTreeMap::new();
    let mut runs = BTreeSet::new();
    for row in rows {
        let (config, metric) = (row.config.as_str(), row.metric.as_str());
        if !runs.insert((config, metric, row.seed)) {
            return Err(CompareError::Twice {
                config: row.config.clone(),
                seed: row.seed,
                metric: row.metric.clone(),
            });
        }
        if let Some(value) = row.value {
            if first_unusable(&[value]).is_some() {
                return Err(CompareError::Value {
                    config: row.config.clone(),
                    seed: row.seed,
                    metric: row.metric.clone(),
                });
            }
            columns
                .entry((config, metric))
                .or_default()
                .insert(row.seed, value);
        }
    }
    Ok(columns)
}

fn level(config: &str, metric: &str, values: &Column, seeds: &BTreeSet<u64>, at: f64) -> Level {
    let all: Vec<f64> = values.values().copied().collect();
    let missing = seeds.iter().filter(|s| !values.contains_key(s));
    Level {
        config: config.to_owned(),
        metric: metric.to_owned(),
        n: all.len() as u64,
        mean: mean_interval(&all, at),
        missing: missing.copied().collect(),
    }
}

/// The effect with its p values uncorrected.
fn effect(
    config: &str,
    against: &str,
    metric: &str,
    [baseline, values]: [&Column; 2],
    seeds: &BTreeSet<u64>,
    options: &Options,
) -> Result<Effect, CompareError> {
    let (mut differences, mut unpaired) = (Vec::new(), Vec::new());
    for seed in seeds {
        match (baseline.get(seed), values.get(seed)) {
            (Some(before), Some(after)) => differences.push(after - before),
            _ => unpaired.push(*seed),
        }
    }
    let difference = if differences.len() < 2 {
        None
    } else {
        let keys = [hash_name(metric), hash_name(config)];
        let mut rng = Draws::new(options.seed).stream(BCA, &keys);
        let bca = bca(&differences, options.level, options.resamples, &mut rng);
        Some(Difference {
            paired: paired_figures(&differences, options.level)?,
            bca: bca
                .map_err(|source| CompareError::Bootstrap {
                    config: config.to_owned(),
                    metric: metric.to_owned(),
                    source,
                })?
                .interval,
            wilcoxon: signed_rank(&differences)?,
            // Values and number are checked above: what is left is that there is no spread, or two pairs.
            dz: cohen_dz(&differences).ok(),
            gz: hedges_gz(&differences).ok(),
            rank_biserial: rank_biserial(&differences).unwrap_or_default(),
        })
    };
    Ok(Effect {
        config: config.to_owned(),
        against: against.to_owned(),
        metric: metric.to_owned(),
        pairs: differences.len() as u64,
        unpaired,
        difference,
        holm: 1.0,
        benjamini_hochberg: 1.0,
        family: 0,
    })
}

/// Corrects p within each family. A member without p counts as 1: leaving it out would make the others look surer.
fn correct(effects: &mut [Effect], options: &Options) -> Result<(), CompareError> {
    let together = |a: &Effect, b: &Effect| options.family == Family::All || a.metric == b.metric;
    for family in effects.chunk_by_mut(together) {
        let raw = family.iter().map(|e| e.raw_p(options.test).unwrap_or(1.0));
        let raw: Vec<f64> = raw.collect();
        let (holm, false_share) = (holm(&raw)?, benjamini_hochberg(&raw)?);
        let members = family.len() as u64;
        for (effect, (holm, share)) in family.iter_mut().zip(holm.into_iter().zip(false_share)) {
            effect.holm = holm;
            effect.benjamini_hochberg = share;
            effect.family = members;
        }
    }
    Ok(())
}
