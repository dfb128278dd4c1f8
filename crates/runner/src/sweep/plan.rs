//! From a draft to the cells: every configuration in every cell of the axes as a checked scenario.
//!
//! Changes are applied in the order `set`, axes, configuration, point, so that the later one wins. The base is read once; each
//! setting is a copy of its tree with the changes put in and checked like any scenario, and a mistake is reported once, where
//! it was written. Invariants: settings are in the order of configurations, then axes, the last axis fastest; names are unique;
//! a plan is a function of the files and words alone. Not here: seeds beyond their list, running.

use super::cell::{self, Job};
use super::draft::{Choice, Draft};
use super::file::columns;
use super::points::{Assign, Point};
use super::resolved::{AxisMeta, CellMeta, ConfigMeta, Meta};
use crate::failure::Failure;
use crate::scenario::id::is_id;
use crate::scenario::nearest::nearest;
use crate::scenario::problem::{Code, Problem, Problems, Span, grouped, shortened};
use crate::scenario::span::{Node, Value};
use crate::scenario::{self, Scenario, overrides};
use crate::wiring::{Base, Header};
use das_core::config::Detail;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Most settings (configurations × cells of the axes) of a sweep.
pub const SETTINGS_MAX: u128 = 20_000;

/// Most runs of a sweep.
pub const CELLS_MAX: u128 = 200_000;

/// What is compared where neither sweep nor scenario says.
const METRICS: [&str; 4] = [
    "toxicity_rate",
    "true_harm_rate",
    "quality_gap",
    "true_welfare",
];

/// A configuration in a cell of the axes.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Number of the configuration.
    pub config: usize,
    /// Name of the level of each axis.
    pub levels: Vec<String>,
    /// Value of each varied key, as text.
    pub values: Vec<Option<String>>,
    /// The changes as overrides: `das run` with them, the seed and the detail gives the log of a cell.
    pub overrides: Vec<String>,
    /// The scenario, with the first seed.
    pub header: Arc<Header>,
    /// Its [`cell::hash`].
    pub hash: String,
}

/// A sweep, resolved.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the directory and the tables say of it.
    pub meta: Meta,
    /// The settings.
    pub settings: Vec<Setting>,
    /// Where the base lies.
    pub base_path: PathBuf,
    /// What is allowed and odd.
    pub warnings: Vec<String>,
}

impl Plan {
    /// Resolves a draft; `seeds` wins over its own number.
    pub fn of(mut draft: Draft, seeds: Option<u32>) -> Result<Self, Failure> {
        let configs = configurations(&mut draft);
        let seeds = seeds.unwrap_or(draft.seeds);
        check_names(&mut draft, &configs);
        check_paths(&mut draft, &configs);
        check_size(&mut draft, configs.len(), seeds);
        if !draft.reading.problems.is_empty() {
            return Err(scenario::errors(draft.reading).into());
        }
        let plain = resolve(&mut draft, &[]);
        let first = match plain {
            Some(scenario) if draft.reading.problems.is_empty() => scenario.simulation.seed,
            _ => return Err(scenario::errors(draft.reading).into()),
        };
        let last = first.checked_add(u64::from(seeds) - 1).ok_or_else(|| {
            Failure::Usage(format!("{seeds} seeds from {first} on go beyond 64 bits"))
        })?;
        let (keys, settings) = settings(&mut draft, &configs)?;
        let metrics = metrics(&draft, &settings);
        let (baseline, controls) = controls(&mut draft, &configs);
        if !draft.reading.problems.is_empty() {
            return Err(scenario::errors(draft.reading).into());
        }
        let bases = draft.reading.files.iter();
        let meta = Meta {
            sweep_id: draft.sweep_id,
            description: draft.description,
            base: draft.base_name,
            files: bases
                .map(|file| Base {
                    name: file.named.clone(),
                    sha256: file.sha256.clone(),
                })
                .collect(),
            engine: das_core::log::ENGINE_REVISION,
            seeds: (first..=last).collect(),
            axes: draft
                .axes
                .iter()
                .map(|(name, _, levels)| AxisMeta {
                    name: name.clone(),
                    levels: levels.iter().map(|level| level.name.clone()).collect(),
                })
                .collect(),
            keys,
            configurations: configs
                .iter()
                .map(|config| ConfigMeta {
                    name: config.name.clone(),
                    against: controls.get(&config.name).cloned(),
                })
                .collect(),
            baseline,
            metrics,
            claims: draft.claims,
            morris: draft.morris,
            failures: draft.failures,
            cells: settings
                .iter()
                .map(|setting| CellMeta {
                    config: configs[setting.config].name.clone(),
                    axes: setting.levels.clone(),
                    hash: setting.hash.clone(),
                    overrides: setting.overrides.clone(),
                })
                .collect(),
        };
        Ok(Self {
            meta,
            settings,
            base_path: draft.base_path,
            warnings: draft.warnings,
        })
    }

    /// Jobs of all runs, each scenario and seed once, in the order of settings and seeds.
    pub fn jobs(&self) -> Vec<Job> {
        let mut seen = BTreeSet::new();
        let mut jobs = Vec::new();
        for setting in &self.settings {
            // Two names of one scenario share its runs.
            if seen.insert(&setting.hash) {
                jobs.extend(self.meta.seeds.iter().map(|seed| Job {
                    hash: setting.hash.clone(),
                    header: setting.header.clone(),
                    seed: *seed,
                    failures: self.meta.failures,
                    log: None,
                }));
            }
        }
        jobs
    }

    /// The scenarios, in the order of settings, with the first seed.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.settings.iter().map(|setting| &setting.header.scenario)
    }
}

/// A configuration at a point: what a row of results is named by.
struct Config {
    /// Name of the configuration alone.
    of: String,
    /// Name of the point alone.
    point: String,
    name: String,
    at: Span,
    sets: Vec<Assign>,
    /// Values of the varied keys.
    varied: BTreeMap<String, String>,
    against: Option<(String, Span)>,
}

/// A value as it stands in a name, a column and an override: YAML in one line.
fn written(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scenario::scalar::Scalar::Text(text), _) => {
            let plain = is_id(text)
                && matches!(
                    scenario::scalar::resolve(text),
                    scenario::scalar::Scalar::Text(_)
                );
            if plain {
                text.clone()
            } else {
                Json::from(text.as_str()).to_string()
            }
        }
        Value::Scalar(scenario::scalar::Scalar::Int(x), _) => x.to_string(),
        Value::Scalar(scenario::scalar::Scalar::Float(x), _) => x.to_string(),
        Value::Scalar(scenario::scalar::Scalar::Bool(x), _) => x.to_string(),
        Value::Scalar(_, text) => text.clone(),
        Value::Reported => String::new(),
        Value::List(nodes) => {
            let parts: Vec<String> = nodes.iter().map(written).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Map(entries) => {
            let part = |e: &scenario::span::Entry| format!("{}: {}", e.key, written(&e.node));
            let parts: Vec<String> = entries.iter().map(part).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// Names of paths, short where that is clear: the last key, for agents the type as well.
fn short_names(paths: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let short = |path: &str| match path.strip_prefix("agents.") {
        Some(rest) => rest.to_owned(),
        None => path.rsplit('.').next().unwrap_or(path).to_owned(),
    };
    paths
        .iter()
        .map(|path| {
            let own = short(path);
            let shared = paths.iter().filter(|other| short(other) == own).count() > 1;
            (
                (*path).to_owned(),
                if shared { (*path).to_owned() } else { own },
            )
        })
        .collect()
}

/// Configurations × points.
fn configurations(draft: &mut Draft) -> Vec<Config> {
    let unnamed = || Choice {
        name: String::new(),
        at: Span::default(),
        sets: Vec::new(),
        against: None,
    };
    let choices = if draft.configurations.is_empty() {
        vec![unnamed()]
    } else {
        std::mem::take(&mut draft.configurations)
    };
    let sets = draft
        .dimensions
        .iter()
        .flatten()
        .flat_map(|point| &point.sets);
    let paths: BTreeSet<&str> = sets.map(|set| set.path.as_str()).collect();
    let short = short_names(&paths);
    let most = SETTINGS_MAX as usize + 1;
    let mut points: Vec<Vec<&Point>> = vec![Vec::new()];
    for dimension in &draft.dimensions {
        let mut crossed = Vec::new();
        for so_far in &points {
            for point in dimension {
                if crossed.len() < most {
                    crossed.push(so_far.iter().copied().chain([point]).collect());
                }
            }
        }
        points = crossed;
    }
    let mut configs = Vec::new();
    for choice in &choices {
        for parts in &points {
            let label = |point: &&Point| {
                let pair = |s: &Assign| format!("{}={}", short[&s.path], written(&s.value));
                let pairs = || point.sets.iter().map(pair).collect::<Vec<_>>().join(" ");
                point.name.clone().unwrap_or_else(pairs)
            };
            let point = parts.iter().map(label).collect::<Vec<_>>().join(" ");
            let sets = || parts.iter().flat_map(|point| &point.sets);
            if configs.len() < most {
                configs.push(Config {
                    name: joined(&choice.name, &point),
                    of: choice.name.clone(),
                    point,
                    at: choice.at,
                    sets: choice.sets.iter().chain(sets()).cloned().collect(),
                    varied: sets()
                        .map(|s| (s.path.clone(), written(&s.value)))
                        .collect(),
                    against: choice.against.clone(),
                });
            }
        }
    }
    configs
}

/// Configuration and point as one name.
fn joined(config: &str, point: &str) -> String {
    match (config, point) {
        ("", "") => "base".to_owned(),
        ("", name) | (name, "") => name.to_owned(),
        (config, point) => format!("{config}, {point}"),
    }
}

fn fail(draft: &mut Draft, code: Code, at: Span, message: String) {
    draft
        .reading
        .problems
        .push(Problem::new(code, at, "", message));
}

/// Names that are given twice, or stand for two things in the table of results.
fn check_names(draft: &mut Draft, configs: &[Config]) {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for config in configs {
        if !seen.insert(&config.name) {
            let message = format!("the configuration `{}` is there twice", config.name);
            wrong.push((Code::DuplicateKey, config.at, message));
        }
    }
    let taken: BTreeSet<&str> = columns().chain(["config", "seed"]).collect();
    for (name, at, levels) in &draft.axes {
        if !is_id(name) {
            let message = format!(
                "`{}` is no name of an axis, expected 1 to 64 of a-z 0-9 _ . -",
                shortened(name)
            );
            wrong.push((Code::BadId, *at, message));
        } else if taken.contains(name.as_str()) {
            let message =
                format!("an axis cannot be called `{name}`: results have a column of that name");
            wrong.push((Code::BadId, *at, message));
        }
        if levels.is_empty() {
            wrong.push((Code::Counts, *at, format!("the axis `{name}` is empty")));
        }
        let mut seen = BTreeSet::new();
        for level in levels {
            if !seen.insert(&level.name) {
                let message = format!("`axes.{name}` has `{}` twice", level.name);
                wrong.push((Code::DuplicateKey, level.at, message));
            }
        }
    }
    for (code, at, message) in wrong {
        fail(draft, code, at, message);
    }
}

/// Paths that two dimensions vary, or that the sweep sets itself.
fn check_paths(draft: &mut Draft, configs: &[Config]) {
    let mut wrong = Vec::new();
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, dimension) in draft.dimensions.iter().enumerate() {
        for set in dimension.iter().take(1).flat_map(|point| &point.sets) {
            if by.insert(&set.path, number).is_some() {
                let message = format!("`{}` is varied twice", set.path);
                wrong.push((Code::DuplicateKey, set.at, message));
            }
        }
    }
    let levels = draft.axes.iter().flat_map(|(_, _, levels)| levels);
    let varied = levels.flat_map(|level| &level.sets);
    let mut seen = BTreeSet::new();
    for set in varied.chain(configs.iter().flat_map(|c| &c.sets)) {
        let own = match set.path.as_str() {
            "simulation.seed" => "every cell has the same seeds (`seeds`)",
            "scenario_id" => "cells are told apart by configuration and axes",
            path if path == "outputs" || path.starts_with("outputs.") => {
                "a sweep writes what `das sweep` says"
            }
            _ => continue,
        };
        if seen.insert((set.at, &set.path)) {
            let message = format!("`{}` cannot be varied: {own}", set.path);
            wrong.push((Code::Override, set.at, message));
        }
    }
    for (code, at, message) in wrong {
        fail(draft, code, at, message);
    }
}

fn check_size(draft: &mut Draft, configs: usize, seeds: u32) {
    let axes = draft.axes.iter().map(|(_, _, levels)| levels.len() as u128);
    let settings = axes.fold(configs as u128, u128::saturating_mul);
    let cells = settings.saturating_mul(seeds.into());
    if settings > SETTINGS_MAX || cells > CELLS_MAX {
        let message = format!(
            "at least {} settings × {seeds} seeds are more than the {} settings and {} runs a sweep may have",
            grouped(settings),
            grouped(SETTINGS_MAX),
            grouped(CELLS_MAX)
        );
        fail(
            draft,
            Code::Counts,
            Span {
                source: 0,
                line: 1,
                column: 1,
                length: 0,
            },
            message,
        );
    }
}

/// The base with `set` and then these changes. Problems that were reported before are not added again.
fn resolve(draft: &mut Draft, changes: &[&Assign]) -> Option<Scenario> {
    let before = std::mem::take(&mut draft.reading.problems);
    let mut tree = draft.base.clone();
    for set in draft.set.iter().chain(changes.iter().copied()) {
        overrides::put(
            &mut tree,
            &set.path,
            set.at,
            set.value.clone(),
            &mut draft.reading,
        );
    }
    let mut odd = Problems::default();
    let scenario = scenario::checked(tree, &mut draft.reading.problems, &mut odd);
    let own = std::mem::replace(&mut draft.reading.problems, before);
    let all = &mut draft.reading.problems;
    all.more += own.more;
    for problem in own.list {
        if !all.list.contains(&problem) {
            all.push(problem);
        }
    }
    for line in scenario::lines(&odd, &draft.reading) {
        if !draft.warnings.contains(&line) && draft.warnings.len() < 20 {
            draft.warnings.push(line);
        }
    }
    scenario
}

/// Every configuration in every cell of the axes, and the varied keys in their order.
fn settings(draft: &mut Draft, configs: &[Config]) -> Result<(Vec<String>, Vec<Setting>), Failure> {
    let mut keys: Vec<String> = Vec::new();
    for set in draft
        .dimensions
        .iter()
        .filter_map(|d| d.first())
        .flat_map(|point| &point.sets)
    {
        keys.push(set.path.clone());
    }
    let mut cells: Vec<Vec<usize>> = vec![Vec::new()];
    for (_, _, levels) in &draft.axes {
        let with = |cell: &Vec<usize>| -> Vec<Vec<usize>> {
            (0..levels.len())
                .map(|level| cell.iter().copied().chain([level]).collect())
                .collect()
        };
        cells = cells.iter().flat_map(with).collect();
    }
    let bases: Vec<Base> = draft
        .reading
        .files
        .iter()
        .skip(1)
        .map(|file| Base {
            name: file.named.clone(),
            sha256: file.sha256.clone(),
        })
        .collect();
    let axes = draft.axes.clone();
    let detail = if draft.failures {
        Detail::Full
    } else {
        Detail::Epochs
    };
    let mut settings = Vec::new();
    for (number, config) in configs.iter().enumerate() {
        for cell in &cells {
            let levels = || {
                cell.iter()
                    .zip(&axes)
                    .map(|(level, (_, _, all))| &all[*level])
            };
            let mut changes: Vec<&Assign> = levels().flat_map(|level| &level.sets).collect();
            changes.extend(&config.sets);
            let Some(mut scenario) = resolve(draft, &changes) else {
                if draft.reading.problems.is_full() {
                    return Err(scenario::errors(std::mem::take(&mut draft.reading)).into());
                }
                continue;
            };
            scenario.outputs.event_log = None;
            scenario.outputs.detail = detail;
            let pair = |set: &Assign| format!("{}={}", set.path, written(&set.value));
            let header = Header::with(scenario, bases.clone())?;
            settings.push(Setting {
                config: number,
                levels: levels().map(|level| level.name.clone()).collect(),
                values: keys
                    .iter()
                    .map(|key| config.varied.get(key).cloned())
                    .collect(),
                overrides: draft.set.iter().chain(changes).map(pair).collect(),
                hash: cell::hash(&header),
                header: Arc::new(header),
            });
        }
    }
    if draft.reading.problems.is_empty() {
        Ok((keys, settings))
    } else {
        Err(scenario::errors(std::mem::take(&mut draft.reading)).into())
    }
}

fn metrics(draft: &Draft, settings: &[Setting]) -> Vec<String> {
    if !draft.metrics.is_empty() {
        return draft.metrics.clone();
    }
    let tracked = settings
        .first()
        .map(|s| &s.header.scenario.metrics_to_track);
    match tracked {
        Some(tracked) if !tracked.is_empty() => tracked.clone(),
        _ => METRICS.map(str::to_owned).to_vec(),
    }
}

/// The baseline, and for each configuration that is compared with something else, that. A name that is one of a configuration
/// alone means the one at the same point.
fn controls(draft: &mut Draft, configs: &[Config]) -> (Option<String>, BTreeMap<String, String>) {
    let names: BTreeSet<&str> = configs.iter().map(|config| config.name.as_str()).collect();
    let alone: BTreeSet<&str> = configs.iter().map(|config| config.of.as_str()).collect();
    let full = |name: &str| names.contains(name);
    let bare = |name: &str| !name.is_empty() && alone.contains(name);
    let unknown = |what: &str, name: &str, at: Span| {
        let message = format!(
            "`{what}` names `{}`: there is no such configuration",
            shortened(name)
        );
        Problem::new(Code::UnknownName, at, what, message)
            .suggest(nearest(name, names.union(&alone).copied()))
    };
    let mut wrong = Vec::new();
    if let Some((name, at)) = &draft.baseline
        && !full(name)
        && !bare(name)
    {
        wrong.push(unknown("baseline", name, *at));
    }
    for config in configs {
        if let Some((name, at)) = &config.against
            && !full(name)
            && !bare(name)
        {
            wrong.push(unknown("against", name, *at));
        }
    }
    for problem in wrong {
        if !draft.reading.problems.list.contains(&problem) {
            draft.reading.problems.push(problem);
        }
    }
    let sampled = draft
        .dimensions
        .iter()
        .flatten()
        .any(|point| point.name.is_some());
    let named = match (&draft.baseline, configs.first()) {
        (Some((name, _)), _) => name.clone(),
        (None, Some(first)) if !first.of.is_empty() => first.of.clone(),
        (None, Some(first)) if !sampled => first.name.clone(),
        // Points of a sample have no natural baseline.
        (None, _) => return (None, BTreeMap::new()),
    };
    let at_point = |name: &str, config: &Config| {
        if full(name) {
            name.to_owned()
        } else {
            joined(name, &config.point)
        }
    };
    let Some(first) = configs.first() else {
        return (None, BTreeMap::new());
    };
    let baseline = at_point(&named, first);
    let mut controls = BTreeMap::new();
    for config in configs {
        let own = match &config.against {
            Some((name, _)) => at_point(name, config),
            None => at_point(&named, config),
        };
        if own != baseline && own != config.name {
            controls.insert(config.name.clone(), own);
        }
    }
    (Some(baseline), controls)
}
