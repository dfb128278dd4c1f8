//! `das compare`: a sweep's directory, or runs, against a baseline, paired by seed.
//!
//! A sweep is read from `sweep.resolved.yaml` and `results.csv`, so its tables are those of `summary.md`. Runs are grouped by what
//! line 0 of their logs says but for seed and detail; a group is called by its directory. Not here: the tables
//! ([`crate::sweep::summary`]).

use crate::cli::CompareArgs;
use crate::console::Console;
use crate::failure::{Failure, OK};
use crate::folds::short;
use crate::log_file::open_log;
use crate::rundir::RunDir;
use crate::scenario::nearest::nearest;
use crate::sweep::file::Claims;
use crate::sweep::resolved::{CellMeta, ConfigMeta, Meta};
use crate::sweep::results::{Results, Run};
use crate::sweep::store::{RESOLVED, RESULTS, Store};
use crate::sweep::summary::{self, Form};
use das_core::log::{LogReader, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Most single runs that are set side by side.
const SINGLE_MAX: usize = 6;

/// Compares. Returns 0.
pub fn compare(args: &CompareArgs, console: &mut Console) -> Result<u8, Failure> {
    let sweep = |path: &&PathBuf| path.join(RESOLVED).is_file();
    let (mut meta, results) = match args.paths.as_slice() {
        [only] if sweep(&only) => read(only)?,
        [] => {
            return Err(Failure::Usage(
                "what? das compare SWEEPDIR|RUN RUN …".to_owned(),
            ));
        }
        paths => {
            if let Some(path) = paths.iter().find(sweep) {
                return Err(Failure::Usage(format!(
                    "{} is a sweep: compare one sweep, or runs",
                    path.display()
                )));
            }
            runs(paths)?
        }
    };
    choose(args, &mut meta, &results)?;
    if console.json {
        console.print(&format!("{}\n", object(&meta, &results)?));
        return Ok(OK);
    }
    let few = results.runs.len() == meta.configurations.len() && results.runs.len() <= SINGLE_MAX;
    let single = few && meta.axes.is_empty();
    let mut text = unpaired(&meta, &results);
    if args.claims {
        text += &summary::claims(&meta, &results)?.to(Form::Text);
    } else if single {
        text += &values(&meta, &results);
    } else {
        text += &summary::body(&meta, &results)?.to(Form::Text);
    }
    console.print(&text);
    Ok(OK)
}

/// A sweep's plan and its results.
pub(crate) fn read(sweep: &Path) -> Result<(Meta, Results), Failure> {
    let store = Store {
        root: sweep.to_owned(),
    };
    let meta = Meta::read(&store.file(RESOLVED))?;
    let path = store.file(RESULTS);
    if !path.is_file() {
        return Err(Failure::Input {
            path: sweep.to_owned(),
            what: format!("has no {RESULTS}: the sweep is not finished; das sweep goes on with it"),
        });
    }
    let results = Results::read(&path, &meta)?;
    Ok((meta, results))
}

/// What the arguments say instead of the sweep.
fn choose(args: &CompareArgs, meta: &mut Meta, results: &Results) -> Result<(), Failure> {
    if let Some(name) = &args.baseline {
        let known = || {
            meta.configurations
                .iter()
                .map(|config| config.name.as_str())
        };
        // Of runs, the path of one of them does as well.
        let path = Path::new(name)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let path = without_seed(&path);
        let found = known()
            .find(|known| known == name)
            .or_else(|| known().find(|known| *known == path));
        let Some(found) = found.map(str::to_owned) else {
            let near = nearest(name, known()).map(|near| format!("; did you mean `{near}`?"));
            let names: Vec<&str> = known().take(20).collect();
            return Err(Failure::Usage(format!(
                "--baseline {name}: there is no such configuration, only: {}{}",
                names.join(", "),
                near.unwrap_or_default()
            )));
        };
        for config in &mut meta.configurations {
            config.against = None;
        }
        meta.baseline = Some(found);
    }
    if !args.metric.is_empty() {
        for name in &args.metric {
            if !results.metrics.contains(name) {
                let near = nearest(name, results.metrics.iter().map(String::as_str));
                return Err(Failure::Usage(format!(
                    "--metric {name}: no run has such a metric{}",
                    near.map(|near| format!("; did you mean `{near}`?"))
                        .unwrap_or_default()
                )));
            }
        }
        meta.metrics.clone_from(&args.metric);
    }
    Ok(())
}

/// One finished run.
struct Found {
    label: String,
    hash: String,
    seed: u64,
    metrics: BTreeMap<String, f64>,
    tracked: Vec<String>,
}

/// A directory's name without what `das run` adds for the seed.
fn without_seed(name: &str) -> String {
    let seeded = |name: &str| {
        let (of, seed) = name.rsplit_once("-s")?;
        let digits = seed
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        (digits && !of.is_empty()).then(|| of.to_owned())
    };
    seeded(name).unwrap_or_else(|| name.to_owned())
}

fn found(path: &Path) -> Result<Found, Failure> {
    let unfit = |what: String| Failure::Input {
        path: path.to_owned(),
        what,
    };
    let run = RunDir::found(path);
    let file = run.file("summary.json");
    if !path.exists() && !run.log.exists() {
        return Err(unfit("there is no run".to_owned()));
    }
    if !file.is_file() {
        return Err(unfit(
            "is no finished run: it has no summary.json (das resume finishes one)".to_owned(),
        ));
    }
    let bytes = std::fs::read(&file).map_err(Failure::reading(&file))?;
    let summary: Value =
        serde_json::from_slice(&bytes).map_err(|error| unfit(format!("summary.json: {error}")))?;
    let metrics = summary
        .get("metrics")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let seed = summary
        .get("seed")
        .and_then(Value::as_str)
        .and_then(|seed| seed.parse().ok());
    let mut reader = LogReader::new(open_log(&run.log).map_err(Failure::reading(&run.log))?);
    let line = reader
        .next()
        .map_err(|error| Failure::log(&run.log, error))?;
    let mut line: Value = match line {
        Some(line) => line
            .parse()
            .map_err(|error: serde_json::Error| unfit(error.to_string()))?,
        None => return Err(unfit("its log is empty".to_owned())),
    };
    let tracked = line
        .pointer("/scenario/metrics_to_track")
        .and_then(Value::as_array);
    let tracked = tracked
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    for (block, key) in [
        ("", "seed"),
        ("/scenario", "detail"),
        ("/scenario", "heavy"),
        ("/scenario/simulation", "seed"),
    ] {
        if let Some(map) = line.pointer_mut(block).and_then(Value::as_object_mut) {
            map.remove(key);
        }
    }
    let place = if run.log.parent() == Some(&run.side) {
        &run.side
    } else {
        &run.log
    };
    let place = std::fs::canonicalize(place).unwrap_or_else(|_| place.clone());
    let name = if place.is_dir() {
        place.file_name()
    } else {
        place.file_stem()
    };
    let name = name.unwrap_or_default().to_string_lossy();
    Ok(Found {
        label: without_seed(&name),
        hash: hex(&Sha256::digest(line.to_string())),
        seed: seed.ok_or_else(|| unfit("summary.json has no seed".to_owned()))?,
        metrics: metrics
            .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
            .collect(),
        tracked,
    })
}

/// Runs as if a sweep had made them.
fn runs(paths: &[PathBuf]) -> Result<(Meta, Results), Failure> {
    let all = paths
        .iter()
        .map(|path| found(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<(String, String)> = Vec::new();
    for run in &all {
        if !names.iter().any(|(hash, _)| *hash == run.hash) {
            let taken = names.iter().any(|(_, name)| *name == run.label);
            let name = if taken {
                format!("{} ({})", run.label, &run.hash[..6])
            } else {
                run.label.clone()
            };
            names.push((run.hash.clone(), name));
        }
    }
    if names.len() < 2 {
        return Err(Failure::Usage(
            "these runs are of one scenario and differ in nothing but their seeds: there is nothing to compare them with".to_owned(),
        ));
    }
    let metrics: Vec<String> = {
        let known: BTreeSet<&String> = all.iter().flat_map(|run| run.metrics.keys()).collect();
        known.into_iter().cloned().collect()
    };
    let seeds: BTreeSet<u64> = all.iter().map(|run| run.seed).collect();
    let mut seen = BTreeMap::new();
    let mut rows = Vec::new();
    for (path, run) in paths.iter().zip(&all) {
        let cell = names
            .iter()
            .position(|(hash, _)| *hash == run.hash)
            .unwrap_or_default();
        if let Some(other) = seen.insert((cell, run.seed), path) {
            return Err(Failure::Usage(format!(
                "{} and {} are runs of one scenario and seed {}",
                other.display(),
                path.display(),
                run.seed
            )));
        }
        rows.push(Run {
            cell,
            seed: run.seed,
            keys: Vec::new(),
            values: metrics
                .iter()
                .map(|name| run.metrics.get(name).copied())
                .collect(),
        });
    }
    rows.sort_by_key(|run| (run.cell, run.seed));
    let tracked = all[0]
        .tracked
        .iter()
        .filter(|name| metrics.contains(name))
        .cloned()
        .collect::<Vec<_>>();
    let shown = [
        "toxicity_rate",
        "true_harm_rate",
        "quality_gap",
        "true_welfare",
    ]
    .map(str::to_owned)
    .to_vec();
    let meta = Meta {
        sweep_id: "runs".to_owned(),
        description: None,
        base: String::new(),
        files: Vec::new(),
        engine: das_core::log::ENGINE_REVISION,
        baseline: Some(names[0].1.clone()),
        metrics: if tracked.is_empty() { shown } else { tracked },
        claims: Claims::default(),
        failures: false,
        morris: None,
        axes: Vec::new(),
        keys: Vec::new(),
        configurations: names
            .iter()
            .map(|(_, name)| ConfigMeta {
                name: name.clone(),
                against: None,
            })
            .collect(),
        seeds: seeds.into_iter().collect(),
        cells: names
            .iter()
            .map(|(hash, name)| CellMeta {
                config: name.clone(),
                axes: Vec::new(),
                hash: hash.clone(),
                overrides: Vec::new(),
            })
            .collect(),
    };
    Ok((
        meta,
        Results {
            metrics,
            runs: rows,
        },
    ))
}

/// Says which seeds have no pair.
fn unpaired(meta: &Meta, results: &Results) -> String {
    let mut of: BTreeMap<(&str, &[String]), BTreeSet<u64>> = BTreeMap::new();
    for run in &results.runs {
        let cell = &meta.cells[run.cell];
        of.entry((&cell.config, &cell.axes))
            .or_default()
            .insert(run.seed);
    }
    let mut text = String::new();
    let nothing = BTreeSet::new();
    for cell in &meta.cells {
        let config = meta
            .configurations
            .iter()
            .find(|config| config.name == cell.config);
        let against = config
            .and_then(|config| config.against.as_ref())
            .or(meta.baseline.as_ref());
        let Some(against) = against.filter(|against| **against != cell.config) else {
            continue;
        };
        let own = of
            .get(&(cell.config.as_str(), cell.axes.as_slice()))
            .unwrap_or(&nothing);
        let other = of
            .get(&(against.as_str(), cell.axes.as_slice()))
            .unwrap_or(&nothing);
        let alone: Vec<String> = own
            .symmetric_difference(other)
            .map(u64::to_string)
            .collect();
        if !alone.is_empty() {
            let common = own.intersection(other).count();
            let _ = writeln!(
                text,
                "note: {} and {against} have {common} seeds in common; without a pair: {}",
                cell.config,
                alone.join(" ")
            );
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Single runs side by side: values and differences, of which nothing more can be said.
fn values(meta: &Meta, results: &Results) -> String {
    use das_analysis::table::{Cell, Column, Kind, Table};
    let baseline = meta.baseline.as_deref().unwrap_or_default();
    let mut columns = vec![Column::new("metric", Kind::Text)];
    let mut order: Vec<&Run> = results.runs.iter().collect();
    order.sort_by_key(|run| (meta.cells[run.cell].config != baseline, run.cell, run.seed));
    for (at, run) in order.iter().enumerate() {
        let name = &meta.cells[run.cell].config;
        columns.push(Column::new(format!("{name} s{}", run.seed), Kind::Text));
        if at > 0 {
            columns.push(Column::new("difference", Kind::Text));
        }
    }
    let mut table = Table::new(columns);
    for metric in &meta.metrics {
        let Some(column) = results.metrics.iter().position(|m| m == metric) else {
            continue;
        };
        let mut cells = vec![Cell::from(metric.as_str())];
        let first = order.first().and_then(|run| run.values[column]);
        for (at, run) in order.iter().enumerate() {
            let value = run.values[column];
            cells.push(Cell::Text(short(value)));
            if at > 0 {
                let change = value.zip(first).map(|(after, before)| after - before);
                cells.push(Cell::Text(short(change)));
            }
        }
        // Cells are made beside their columns.
        if table.push(cells).is_err() {
            break;
        }
    }
    let mut text = table.to_text();
    text += "\nSingle runs: how sure a difference is takes several seeds (das sweep).\n";
    text
}

/// Everything as one JSON object.
fn object(meta: &Meta, results: &Results) -> Result<Value, Failure> {
    let mut cells = Vec::new();
    for axes in summary::axis_cells(meta) {
        let rows = results.rows(meta, &axes, &meta.metrics);
        let Some(baseline) = &meta.baseline else {
            continue;
        };
        let comparison = das_analysis::compare::compare(&rows, &summary::options(meta, baseline));
        let comparison = comparison.map_err(|error| Failure::Internal(error.to_string()))?;
        let effects = comparison.effects.iter().map(|effect| {
            let difference = effect.difference.as_ref().map(|d| {
                json!({
                    "mean": d.bca.mean, "low": d.bca.low, "high": d.bca.high, "sd": d.paired.sd,
                    "t_low": d.paired.low, "t_high": d.paired.high, "p_t": d.paired.t.map(|t| t.p),
                    "p_wilcoxon": d.wilcoxon.p, "d_z": d.dz, "g_z": d.gz, "rank_biserial": d.rank_biserial,
                })
            });
            json!({
                "config": effect.config, "against": effect.against, "metric": effect.metric, "pairs": effect.pairs,
                "unpaired": effect.unpaired.iter().map(u64::to_string).collect::<Vec<_>>(),
                "difference": difference, "p_holm": effect.holm, "p_bh": effect.benjamini_hochberg, "family": effect.family,
            })
        });
        let levels = comparison.levels.iter().map(|level| {
            json!({
                "config": level.config, "metric": level.metric, "n": level.n,
                "mean": level.mean.map(|i| i.mean), "low": level.mean.map(|i| i.low), "high": level.mean.map(|i| i.high),
            })
        });
        cells.push(json!({
            "axes": meta.axes.iter().zip(&axes).map(|(axis, level)| (axis.name.clone(), json!(level))).collect::<serde_json::Map<_, _>>(),
            "levels": levels.collect::<Vec<_>>(),
            "effects": effects.collect::<Vec<_>>(),
        }));
    }
    Ok(json!({"sweep_id": meta.sweep_id, "baseline": meta.baseline, "cells": cells}))
}
