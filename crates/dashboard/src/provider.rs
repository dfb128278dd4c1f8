//! What the page is told about worlds by the program it is part of.

use crate::held::{Order, Standing};
use das_analysis::compare::Sense;
use das_core::view::{Explanation, View};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A view a world has of its logs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ViewName {
    /// Name, unique in its world.
    pub name: String,
    /// One line.
    pub summary: String,
}

/// A figure a log may hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MetricName {
    /// Name.
    pub name: String,
    /// One line.
    pub summary: String,
    /// Formula; empty if there is none.
    pub formula: String,
    /// Whether it is computed from the truth, which nobody in the society knows.
    pub hidden: bool,
}

/// What a configuration of a sweep changes of a metric, paired by seed with what it is compared with.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Effect {
    /// The configuration.
    pub config: String,
    /// What it is compared with.
    pub against: String,
    /// The metric.
    pub metric: String,
    /// Pairs of runs with the same seed.
    pub pairs: u64,
    /// Mean difference.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Holm's p over the family the table of the sweep names.
    pub holm: f64,
}

/// Where a configuration of a sweep stands, whatever it is compared with.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Level {
    /// The configuration.
    pub config: String,
    /// The metric.
    pub metric: String,
    /// Runs that have a value of it.
    pub runs: u64,
    /// Their mean.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The effects in one cell of a sweep's axes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Effects {
    /// The cell in words; empty where there are no axes.
    pub cell: String,
    /// Configurations, in their order.
    pub effects: Vec<Effect>,
    /// Means of all configurations, those included that the others are compared with.
    pub levels: Vec<Level>,
    /// Which direction of a metric is good, where one is.
    pub senses: BTreeMap<String, Sense>,
    /// Which of them help, by the rule of the sweep.
    pub helps: Option<View>,
}

/// Worlds, metrics and file names, as the page needs them. Calls may come from several threads at once.
pub trait Provider: Send + Sync + 'static {
    /// Metrics of all worlds.
    fn metrics(&self) -> Vec<MetricName>;
    /// Views of the world that wrote a log.
    fn views(&self, log: &Path) -> Result<Vec<ViewName>, String>;
    /// A view of a log, up to the end of an epoch if one is given.
    fn view(&self, log: &Path, name: &str, until: Option<u32>) -> Result<Vec<View>, String>;
    /// What an event of a log came from and what came of it. Some of it only the simulator knows.
    fn why(&self, log: &Path, event: u64) -> Result<Explanation, String>;
    /// What the configurations of a sweep change; nothing where it has no baseline.
    fn effects(&self, _sweep: &Path) -> Result<Vec<Effects>, String> {
        Ok(Vec::new())
    }
    /// The file whose presence ends the run that writes this log.
    fn stop_file(&self, log: &Path) -> PathBuf;
    /// Where the run stands that writes this log, if this program makes it and can hold it between two steps.
    fn standing(&self, _log: &Path) -> Option<Standing> {
        None
    }
    /// Tells such a run what to do; where it stands then, or why it does not.
    fn order(&self, _log: &Path, _order: Order) -> Result<Standing, String> {
        Err("no run can be held here".to_owned())
    }
}
