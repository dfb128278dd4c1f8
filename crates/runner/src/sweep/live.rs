//! What one sees while a sweep works: on a terminal a bar with the time left and a table that fills, else a line for each setting
//! that is done. Failures are said at once, with their cause. Everything here goes to stderr.

use super::cell::{Job, Record};
use super::plan::Plan;
use super::{Broken, Watch};
use crate::console::{Console, warn};
use crate::folds::short;
use crate::terminal::plain;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal;

/// Most rows of the table.
const ROWS_MAX: usize = 16;

/// How far a setting is.
#[derive(Default)]
struct Row {
    name: String,
    done: usize,
    sum: f64,
    values: usize,
}

/// Watches for people.
pub struct Live {
    bar: ProgressBar,
    terminal: bool,
    quiet: bool,
    /// Settings by hash.
    rows: BTreeMap<String, Row>,
    /// Hashes in the order in which something last happened to them.
    recent: Vec<String>,
    seeds: usize,
    metric: String,
    settings: usize,
    full: usize,
}

/// How people call a setting.
pub fn name_of(plan: &Plan, setting: usize) -> String {
    let cell = &plan.meta.cells[setting];
    let mut name = cell.config.clone();
    for (axis, level) in plan.meta.axes.iter().zip(&cell.axes) {
        let _ = write!(name, ", {}={level}", axis.name);
    }
    name
}

impl Live {
    /// For a plan.
    pub fn new(plan: &Plan, console: &Console) -> Self {
        let terminal = std::io::stderr().is_terminal() && !console.quiet;
        let mut rows = BTreeMap::new();
        for (number, setting) in plan.settings.iter().enumerate() {
            rows.entry(setting.hash.clone()).or_insert_with(|| Row {
                name: name_of(plan, number),
                ..Row::default()
            });
        }
        Self {
            bar: ProgressBar::hidden(),
            terminal,
            quiet: console.quiet,
            settings: rows.len(),
            rows,
            recent: Vec::new(),
            seeds: plan.meta.seeds.len(),
            metric: plan.meta.metrics.first().cloned().unwrap_or_default(),
            full: 0,
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn table(&self) -> String {
        let mut text = String::new();
        for hash in self.recent.iter().rev().take(ROWS_MAX) {
            let row = &self.rows[hash];
            let mean = (row.values > 0).then(|| row.sum / row.values as f64);
            let _ = write!(
                text,
                "\n  {:>6}/{:<6} {} {:<9} {}",
                row.done,
                self.seeds,
                self.metric,
                short(mean),
                row.name
            );
        }
        text
    }
}

impl Watch for Live {
    fn begin(&mut self, finished: usize, jobs: usize) {
        if !self.quiet && finished > 0 {
            warn(&format!(
                "{finished} runs are finished already, {jobs} to go"
            ));
        }
        if !self.terminal {
            return;
        }
        self.bar = ProgressBar::with_draw_target(Some(jobs as u64), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {eta} left{msg}")
        {
            self.bar.set_style(style);
        }
    }

    fn done(&mut self, job: &Job, record: &Record) {
        let value = record.metrics.get(&self.metric);
        if let Some(row) = self.rows.get_mut(&job.hash) {
            row.done += 1;
            row.sum += value.copied().unwrap_or_default();
            row.values += usize::from(value.is_some());
            if row.done == self.seeds {
                self.full += 1;
                if !self.terminal && !self.quiet {
                    let mean = (row.values > 0).then(|| row.sum / row.values as f64);
                    warn(&format!(
                        "{}/{}  {}: {} {}",
                        self.full,
                        self.settings,
                        row.name,
                        self.metric,
                        short(mean)
                    ));
                }
            }
        }
        if self.terminal {
            if self.recent.last() != Some(&job.hash) {
                self.recent.retain(|hash| *hash != job.hash);
                self.recent.push(job.hash.clone());
                let stale = self.recent.len().saturating_sub(ROWS_MAX);
                self.recent.drain(..stale);
            }
            self.bar.set_message(plain(&self.table()).into_owned());
            self.bar.inc(1);
        }
    }

    fn failed(&mut self, broken: &Broken) {
        let name = self
            .rows
            .get(&broken.hash)
            .map_or("", |row| row.name.as_str());
        let text = format!("error: {name}, seed {}: {}", broken.seed, broken.cause);
        self.bar.suspend(|| warn(&text));
        self.bar.inc(1);
    }
}
