//! What one sees while a run works: a bar on stderr if that is a terminal, and a line an epoch on stdout.

use crate::console::Console;
use crate::folds::{self, is_shown};
use crate::tables::Columns;
use das_core::interaction::Moment;
use das_core::orchestrator::{EpochRecord, Observer};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Watches a run for people.
pub struct Progress<'c> {
    bar: ProgressBar,
    epochs: u32,
    steps: u32,
    columns: Columns,
    console: &'c mut Console,
    head: bool,
    rows: bool,
}

impl<'c> Progress<'c> {
    /// Shows a run of so many epochs and steps.
    pub fn new(epochs: u32, steps: u32, columns: Columns, console: &'c mut Console) -> Self {
        let visible = std::io::stderr().is_terminal() && !console.quiet;
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(u64::from(epochs) * u64::from(steps)), target);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} steps, {eta} left  {msg}")
        {
            bar.set_style(style);
        }
        Self {
            bar,
            epochs,
            steps,
            columns,
            console,
            head: false,
            rows: true,
        }
    }

    /// The bar alone: the table comes when the run is over.
    #[must_use]
    pub fn without_rows(mut self) -> Self {
        self.rows = false;
        self
    }

    /// Takes the bar away and gives the console back.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress<'_> {
    fn step(&mut self, done: Moment) {
        self.bar
            .set_position(u64::from(done.epoch) * u64::from(self.steps) + u64::from(done.step) + 1);
    }

    fn epoch(&mut self, record: &EpochRecord) {
        self.bar.set_message(format!(
            "toxicity {}",
            folds::short(record.metrics.get("toxicity_rate"))
        ));
        if !self.rows || !(record.partial || is_shown(record.at.epoch, self.epochs)) {
            return;
        }
        let get = |name: &str| {
            let own = || {
                record
                    .env
                    .iter()
                    .find(|(figure, _)| *figure == name)
                    .map(|(_, value)| *value)
            };
            record.metrics.get(name).or_else(own)
        };
        let row = self.columns.row(&record.at.epoch.to_string(), get);
        let (head, console, columns) = (&mut self.head, &mut *self.console, &self.columns);
        self.bar.suspend(|| {
            if !*head {
                console.say(&columns.head());
                *head = true;
            }
            console.say(&row);
        });
    }
}
