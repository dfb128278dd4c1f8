//! What a sweep's directory says of itself: `sweep.resolved.yaml`.
//!
//! Everything the tables need beside `results.csv`, so that they can be made again from the directory alone. Invariant: a function
//! of the plan: no clock, no machine, no path beyond those that files name.

use super::file::{Claims, Morris};
use crate::failure::Failure;
use crate::wiring::Base;
use das_analysis::compare::Sense;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// An axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisMeta {
    /// Its name.
    pub name: String,
    /// Names of its levels.
    pub levels: Vec<String>,
}

/// A configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigMeta {
    /// Its name.
    pub name: String,
    /// What it is compared with, if not the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
}

/// A configuration in a cell of the axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellMeta {
    /// The configuration.
    pub config: String,
    /// The level of each axis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<String>,
    /// sha256 of line 0 without the seed.
    pub hash: String,
    /// The changes to the base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

/// The whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Meta {
    /// Name of the sweep.
    pub sweep_id: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The base, as the sweep names it.
    pub base: String,
    /// The base and the files it is layered on.
    #[serde(default)]
    pub files: Vec<Base>,
    /// Revision of the engine.
    pub engine: u32,
    /// The configuration that the others are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// What is compared.
    pub metrics: Vec<String>,
    /// What makes a configuration help.
    pub claims: Claims,
    /// Whether failure modes were looked for.
    pub failures: bool,
    /// The design of elementary effects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub morris: Option<Morris>,
    /// Axes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<AxisMeta>,
    /// Keys that grids, ranges and samples vary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Configurations.
    pub configurations: Vec<ConfigMeta>,
    /// Seeds of every cell.
    pub seeds: Vec<u64>,
    /// Cells, each run with every seed.
    pub cells: Vec<CellMeta>,
}

impl Meta {
    /// Which direction of a metric is good: lower, of those the sweep makes a claim of; of others what they say of themselves.
    pub fn sense(&self, metric: &str) -> Option<Sense> {
        let claims = &self.claims;
        let claimed = claims.guard == metric || claims.measures.iter().any(|name| name == metric);
        claimed.then_some(Sense::Less).or_else(|| Sense::of(metric))
    }

    /// As the file has it.
    pub fn text(&self) -> Result<String, Failure> {
        let text =
            serde_yaml::to_string(self).map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(format!(
            "# What das sweep ran. Made by it; not to be edited.\n{text}"
        ))
    }

    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
        serde_yaml::from_str(&text).map_err(|error| Failure::Input {
            path: path.to_owned(),
            what: format!("is not what das sweep writes: {error}"),
        })
    }

    /// Runs of the whole sweep.
    pub fn runs(&self) -> usize {
        self.cells.len() * self.seeds.len()
    }
}
