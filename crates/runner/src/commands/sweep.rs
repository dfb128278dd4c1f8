//! `das sweep`: runs a sweep, or goes on with one, and says what came of it.

use crate::cli::SweepArgs;
use crate::commands::run::set_threads;
use crate::console::{Console, warn};
use crate::failure::{CELLS_FAILED, Failure, INTERRUPTED, OK};
use crate::log_file::RunLock;
use crate::signals::Interrupts;
use crate::sweep::draft::Draft;
use crate::sweep::executor::Threads;
use crate::sweep::live::{Live, name_of};
use crate::sweep::plan::Plan;
use crate::sweep::store::{PARQUET, RESULTS, SUMMARY, Store};
use crate::sweep::summary::{self, Body, Form};
use crate::sweep::{Made, make, table};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Configurations × metrics × cells of the axes up to which the tables are printed.
const PRINTED_MAX: usize = 60;

/// Most settings a dry run lists.
const LISTED_MAX: usize = 100;

/// Runs a sweep. Returns 0, 30 (some runs failed) or 130 (interrupted).
pub fn sweep(args: &SweepArgs, console: &mut Console) -> Result<u8, Failure> {
    let (file, words) = match args.words.split_first() {
        Some((first, rest)) if !first.contains('=') || Path::new(first).is_file() => (first, rest),
        Some((word, _)) => {
            return Err(Failure::Usage(format!(
                "`{word}` comes before any file: das sweep SWEEP.yaml|SCENARIO.yaml {word}"
            )));
        }
        None => {
            return Err(Failure::Usage(
                "which sweep? das sweep SWEEP.yaml|SCENARIO.yaml [k.path=[a,b,c] …]".to_owned(),
            ));
        }
    };
    let draft = Draft::read(Path::new(file), &args.change.all(words))?;
    let plan = Plan::of(draft, args.seeds)?;
    for warning in &plan.warnings {
        warn(warning);
    }
    let root = args
        .out
        .clone()
        .unwrap_or_else(|| Path::new("sweeps").join(&plan.meta.sweep_id));
    let store = Store { root };
    if args.dry_run {
        dry(&plan, &store, console);
        return Ok(OK);
    }
    std::fs::create_dir_all(&store.root).map_err(Failure::writing(&store.root))?;
    let _lock = RunLock::acquire(&store.root)?;
    store.prepare(&plan.meta.text()?, args.resume, args.force)?;
    // What is left of the processors belongs to other cells.
    set_threads(Some(1))?;
    let workers = args
        .workers
        .map_or_else(Threads::all, |n| Threads(usize::from(n)));
    let interrupts = Interrupts::listen();
    let mut live = Live::new(&plan, console);
    let made = make(
        &plan,
        Some(&store),
        args.keep_logs,
        &workers,
        &interrupts,
        &mut live,
    );
    live.finish();
    if made.interrupted {
        console.hint(&format!(
            "interrupted with {} of {} runs finished; the same command goes on from there",
            made.records.len(),
            runs(&plan)
        ));
        return Ok(INTERRUPTED);
    }
    let results = table(&plan, &made);
    store.write(RESULTS, &results.csv(&plan.meta)?)?;
    store.write(PARQUET, &results.parquet(&plan.meta)?)?;
    let body = summary::body(&plan.meta, &results)?;
    let page = summary::page(&plan.meta, &results, &body);
    store.write(SUMMARY, page.as_bytes())?;
    report(&plan, &store, &made, &body, console);
    if made.broken.is_empty() {
        return Ok(OK);
    }
    warn(&format!(
        "{} of {} runs failed; the same command tries them again",
        made.broken.len(),
        runs(&plan)
    ));
    Ok(CELLS_FAILED)
}

/// Runs, each scenario and seed once.
fn runs(plan: &Plan) -> usize {
    let hashes: BTreeSet<&str> = plan.settings.iter().map(|s| s.hash.as_str()).collect();
    hashes.len() * plan.meta.seeds.len()
}

fn report(plan: &Plan, store: &Store, made: &Made, body: &Body, console: &mut Console) {
    let place = |name| store.file(name).display().to_string();
    if console.json {
        let broken = made.broken.iter().map(|b| {
            let setting = plan.settings.iter().position(|s| s.hash == b.hash);
            json!({
                "cell": setting.map(|s| name_of(plan, s)), "hash": b.hash, "seed": b.seed.to_string(), "cause": b.cause,
            })
        });
        let line = json!({
            "sweep_id": plan.meta.sweep_id,
            "directory": store.root.display().to_string(),
            "settings": plan.settings.len(),
            "runs": runs(plan),
            "finished": made.records.len(),
            "failed": broken.collect::<Vec<_>>(),
            "results": place(RESULTS),
            "summary": place(SUMMARY),
        });
        console.print(&format!("{line}\n"));
        return;
    }
    let axes = summary::axis_cells(&plan.meta).len();
    let rows = plan.meta.configurations.len() * plan.meta.metrics.len() * axes;
    let mut text = if rows <= PRINTED_MAX {
        body.to(Form::Text)
    } else {
        String::new()
    };
    let _ = writeln!(text, "results  {} (and {PARQUET})", place(RESULTS));
    let _ = writeln!(text, "tables   {}", place(SUMMARY));
    let _ = writeln!(
        text,
        "again    das compare {} --metric {}",
        store.root.display(),
        plan.meta.metrics.join(",")
    );
    if let Some(setting) = plan.settings.last() {
        let _ = writeln!(text, "one run  {}", command(plan, &setting.overrides));
    }
    console.say(&text);
}

/// The command that makes the log of a cell with the first seed.
fn command(plan: &Plan, overrides: &[String]) -> String {
    let mut text = format!("das run {}", quoted(&plan.base_path.display().to_string()));
    for word in overrides {
        let _ = write!(text, " {}", quoted(word));
    }
    let detail = if plan.meta.failures { "full" } else { "epochs" };
    let seed = plan.meta.seeds.first().copied().unwrap_or_default();
    let _ = write!(text, " --seed {seed} outputs.detail={detail}");
    text
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// What would be run.
fn dry(plan: &Plan, store: &Store, console: &mut Console) {
    let there = |hash: &str| {
        let seeds = plan.meta.seeds.iter();
        seeds
            .filter(|seed| store.finished(hash, **seed).is_some())
            .count()
    };
    let finished: usize = {
        let hashes: BTreeSet<&str> = plan.settings.iter().map(|s| s.hash.as_str()).collect();
        hashes.into_iter().map(there).sum()
    };
    if console.json {
        let cells = plan.meta.cells.iter();
        let line = json!({
            "sweep_id": plan.meta.sweep_id,
            "directory": store.root.display().to_string(),
            "runs": runs(plan),
            "finished": finished,
            "seeds": plan.meta.seeds.iter().map(u64::to_string).collect::<Vec<_>>(),
            "cells": cells.map(|cell| json!({
                "config": cell.config, "axes": cell.axes, "hash": cell.hash, "overrides": cell.overrides,
            })).collect::<Vec<_>>(),
        });
        console.print(&format!("{line}\n"));
        return;
    }
    let mut text = String::new();
    for (number, setting) in plan.settings.iter().enumerate().take(LISTED_MAX) {
        let short = setting.hash.get(..16).unwrap_or_default();
        let _ = writeln!(text, "{short}  {}", name_of(plan, number));
    }
    if plan.settings.len() > LISTED_MAX {
        let _ = writeln!(text, "… and {} more", plan.settings.len() - LISTED_MAX);
    }
    let _ = writeln!(
        text,
        "{} settings × {} seeds = {} runs, {finished} finished in {}",
        plan.settings.len(),
        plan.meta.seeds.len(),
        runs(plan),
        store.root.display()
    );
    console.print(&text);
}
