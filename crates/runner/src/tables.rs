//! The closing words of a run: tables for people, at most 80 columns wide and 40 lines in all for a dozen epochs.

use crate::console::Console;
use crate::folds::{Facts, Verdict, short};
use crate::notable::Moment;
use crate::rundir::RunDir;
use crate::scenario::Scenario;
use std::fmt::Write;

/// Widest line.
const WIDTH: usize = 80;

/// Width of a column with a metric.
const CELL: usize = 13;

/// Longest name of a metric that gets a column; longer ones get a line below the table.
const NAME_MAX: usize = CELL - 1;

/// The columns every table has: metric and heading.
const FIXED: [(&str, &str); 4] = [
    ("toxicity_rate", "toxicity"),
    ("true_harm_rate", "true harm"),
    ("quality_gap", "quality gap"),
    ("total_welfare", "welfare"),
];

/// Columns of the table of epochs.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Metric and heading.
    shown: Vec<(String, String)>,
    /// Tracked metrics without a column.
    rest: Vec<String>,
}

impl Columns {
    /// The fixed ones and, of the tracked, as many as fit.
    pub fn of(scenario: &Scenario) -> Self {
        let mut shown: Vec<(String, String)> = FIXED
            .iter()
            .map(|(m, h)| ((*m).to_owned(), (*h).to_owned()))
            .collect();
        let mut rest = Vec::new();
        for metric in &scenario.metrics_to_track {
            if shown.iter().any(|(name, _)| name == metric) || rest.contains(metric) {
                continue;
            }
            // A figure of a world is called `system.what`.
            let heading = metric
                .rsplit('.')
                .next()
                .unwrap_or(metric)
                .replace('_', " ");
            if heading.len() <= NAME_MAX && 5 + (shown.len() + 1) * CELL <= WIDTH {
                shown.push((metric.clone(), heading));
            } else {
                rest.push(metric.clone());
            }
        }
        Self { shown, rest }
    }

    /// The line with the headings.
    pub fn head(&self) -> String {
        let mut line = "epoch".to_owned();
        for (_, heading) in &self.shown {
            let _ = write!(line, "{heading:>CELL$}");
        }
        line + "\n"
    }

    /// A line of the table.
    pub fn row(&self, epoch: &str, get: impl Fn(&str) -> Option<f64>) -> String {
        let mut line = format!("{epoch:>5}");
        for (metric, _) in &self.shown {
            let _ = write!(line, "{:>CELL$}", short(get(metric)));
        }
        line + "\n"
    }
}

/// The line before the table, of a run that begins with so many agents.
pub fn title(scenario: &Scenario, agents: usize, console: &Console) -> String {
    let simulation = &scenario.simulation;
    format!(
        "{}  seed {}, {} agents, {} epochs × {} steps\n",
        console.bold(&scenario.scenario_id),
        simulation.seed,
        agents,
        simulation.epochs,
        simulation.steps_per_epoch
    )
}

/// The whole table, from a log: for a run whose epochs were not all seen.
pub fn epochs(facts: &Facts) -> String {
    let columns = Columns::of(&facts.header.scenario);
    let mut text = columns.head();
    for epoch in &facts.rows {
        text += &columns.row(&epoch.epoch.to_string(), |name| epoch.get(name));
    }
    text
}

/// The line under the table, and tracked metrics that have no column.
pub fn pooled(facts: &Facts) -> String {
    let columns = Columns::of(&facts.header.scenario);
    let mut text = columns.row("run", |name| facts.last.metrics.get(name));
    let mut line = String::new();
    for metric in &columns.rest {
        // The world's own figures are of epochs, and not pooled.
        let last = facts.rows.last();
        let own = last.and_then(|epoch| epoch.env.get(metric).map(|x| (*x, epoch.epoch)));
        let item = match own {
            Some((value, epoch)) => format!("{metric} {} (epoch {epoch})", short(Some(value))),
            None => format!("{metric} {}", short(facts.last.metrics.get(metric))),
        };
        if !line.is_empty() && line.chars().count() + item.len() + 3 > WIDTH {
            text += &line;
            text.push('\n');
            line.clear();
        }
        line += if line.is_empty() { "" } else { " · " };
        line += &item;
    }
    if !line.is_empty() {
        text += &line;
        text.push('\n');
    }
    text
}

/// Who gained: one line a kind, highest mean payoff first.
pub fn kinds(facts: &Facts) -> String {
    let mut kinds: Vec<_> = facts.last.kinds.iter().collect();
    kinds.sort_by(|a, b| b.1.payoff.total_cmp(&a.1.payoff).then_with(|| a.0.cmp(b.0)));
    let mut text = format!(
        "{:<18}{:>7}{:>14}{:>13}{:>13}\n",
        "who gained", "agents", "mean payoff", "reputation", "balance"
    );
    for (name, kind) in kinds {
        let _ = writeln!(
            text,
            "  {name:<16}{:>7}{:>14}{:>13}{:>13}",
            kind.agents,
            short(Some(kind.payoff)),
            short(Some(kind.reputation)),
            short(Some(kind.balance))
        );
    }
    text
}

/// Named events.
pub fn moments(moments: &[Moment]) -> String {
    let mut text = String::from("  event           worth a look\n");
    for moment in moments {
        text += &cut(&format!(
            "  {:>7}  epoch {:<3}  {}",
            moment.event, moment.epoch, moment.what
        ));
        text.push('\n');
    }
    text
}

/// PASS or FAIL for each criterion, with value and margin.
pub fn criteria(verdicts: &[Verdict], console: &Console) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let word = console.verdict(verdict.pass, if verdict.pass { "PASS" } else { "FAIL" });
        let bound = match (verdict.min, verdict.max) {
            (Some(min), Some(max)) => format!("in {min}..={max}"),
            (Some(min), None) => format!(">= {min}"),
            (None, Some(max)) => format!("<= {max}"),
            (None, None) => "has no bound".to_owned(),
        };
        let value = match (verdict.value, verdict.margin) {
            (Some(value), Some(margin)) => {
                format!("is {}, margin {}", short(Some(value)), short(Some(margin)))
            }
            _ => "is not defined in this run".to_owned(),
        };
        let place = match verdict.epoch {
            Some(epoch) => format!(", worst in epoch {epoch}"),
            None if verdict.per_epoch => ", in every epoch".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(text, "{word}  {} {bound}: {value}{place}", verdict.metric);
    }
    text
}

/// Where the log is, its hash, and the next two commands.
pub fn next(facts: &Facts, run: &RunDir) -> String {
    let log = run.log.display();
    format!(
        "log     {log}  ({} lines, {})\nsha256  {}\nverify  das replay {log} --verify\nlook    das log overview {log}\n",
        grouped(facts.lines),
        size(facts.bytes),
        facts.sha256
    )
}

fn cut(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    line.chars().take(WIDTH - 1).chain(['…']).collect()
}

fn grouped(number: u64) -> String {
    crate::scenario::problem::grouped(u128::from(number))
}

fn size(bytes: u64) -> String {
    let kilo = bytes as f64 / 1e3;
    if kilo < 1e3 {
        format!("{kilo:.1} kB")
    } else {
        format!("{:.1} MB", kilo / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_the_width() {
        // Two more columns fit beside the four; longer names go below, and no line is wider than 80.
        let mut scenario = Scenario::from_log_json(r#"{"scenario_id":"x","agents":[]}"#).unwrap();
        scenario.metrics_to_track = [
            "wealth_gini",
            "quality_gap",
            "conditional_loss_initiator",
            "spread",
        ]
        .map(str::to_owned)
        .to_vec();
        let columns = Columns::of(&scenario);
        assert_eq!((columns.shown.len(), columns.rest.len()), (5, 2));
        assert!(columns.head().trim_end().len() <= WIDTH);
        assert_eq!(
            columns.row("3", |_| Some(0.5)).trim_end().len(),
            columns.head().trim_end().len()
        );
        assert_eq!(cut(&"x".repeat(100)).chars().count(), WIDTH);
    }
}
