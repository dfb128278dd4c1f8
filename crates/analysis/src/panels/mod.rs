//! What a log comes to as views: the panels every log has, whatever its world, as of any epoch.
//!
//! Every function takes the [`Fold`] of a log and gives plain data, the same for the live page and for a report; `truth` says
//! whether what only the simulator knows is shown. Not here: what a world shows of itself, and rendering.

mod agents;
mod distributions;
mod governance;
mod incidents;
mod network;
mod resources;

pub use agents::{agent_charts, agents, partners};
pub use distributions::distributions;
pub use governance::governance;
pub use incidents::{incidents, targets};
pub use network::network;
pub use resources::lorenz;

use crate::fold::{EpochRow, Fold, RARE};
use das_core::view::{Cell, Line, Mark, Series, Table, View};
use std::collections::{BTreeMap, BTreeSet};

/// Most places on the axis of a chart.
const PLACES_MAX: usize = 600;

/// Charts of a run: title and figures.
pub const CHARTS: [(&str, &[&str]); 6] = [
    ("Harm", &["toxicity_rate", "true_harm_rate"]),
    ("Quality gap", &["quality_gap", "true_quality_gap"]),
    ("Welfare", &["total_welfare", "true_welfare"]),
    ("Participation", &["participation", "uncertain_fraction"]),
    (
        "Payoffs",
        &["avg_initiator_payoff", "avg_counterparty_payoff"],
    ),
    (
        "Inequality",
        &["influence_gini", "activity_gini", "wealth_gini"],
    ),
];

/// Figures shown large.
pub const HEADLINE: [&str; 8] = [
    "toxicity_rate",
    "quality_gap",
    "total_welfare",
    "participation",
    "influence_gini",
    "true_harm_rate",
    "true_welfare",
    "proxy_gap",
];

/// An even sample of places that holds the last one.
pub fn thinned(length: usize) -> Vec<usize> {
    let every = length.div_ceil(PLACES_MAX).max(1);
    (0..length)
        .filter(|at| (length - 1 - at).is_multiple_of(every))
        .collect()
}

pub(crate) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub(crate) fn number(value: Option<f64>) -> Cell {
    value
        .filter(|x| x.is_finite())
        .map_or(Cell::Empty, Cell::Number)
}

pub(crate) fn whole(value: impl Into<u64>) -> Cell {
    Cell::Whole(value.into() as i64)
}

pub(crate) fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Who gained: *hidden*, since it goes by policy.
pub fn kinds(epochs: &[EpochRow]) -> Table {
    let rows = epochs.last().map(|row| &row.kinds).into_iter().flatten();
    Table {
        title: "Who gained, by policy".to_owned(),
        columns: columns(&[
            "policy",
            "agents",
            "mean payoff",
            "mean reputation",
            "mean balance",
        ]),
        rows: rows
            .map(|(kind, k)| {
                vec![
                    text(kind),
                    whole(k.agents),
                    number(Some(k.payoff)),
                    number(Some(k.reputation)),
                    number(Some(k.balance)),
                ]
            })
            .collect(),
        note: None,
    }
}

/// Governance as marks on the axis of epochs.
fn marks(fold: &Fold) -> Vec<Mark> {
    let mut labels: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for ((epoch, lever, act), acts) in &fold.acts {
        if RARE.contains(&act.as_str()) {
            labels
                .entry(*epoch)
                .or_default()
                .push(format!("{} × {act} ({lever})", acts.count));
        }
    }
    (labels.into_iter())
        .map(|(epoch, labels)| Mark {
            x: f64::from(epoch),
            label: labels.join(", "),
        })
        .collect()
}

/// Charts over epochs; with `own` the world's own figures, one a chart.
pub fn series(
    fold: &Fold,
    epochs: &[EpochRow],
    hidden: &BTreeSet<String>,
    truth: bool,
    own: bool,
) -> Vec<View> {
    let at = thinned(epochs.len());
    let x: Vec<f64> = at.iter().map(|at| f64::from(epochs[*at].epoch)).collect();
    let marks = marks(fold);
    let line = |name: &str| Line {
        name: name.to_owned(),
        values: at
            .iter()
            .map(|at| epochs[*at].get(name).filter(|x| x.is_finite()))
            .collect(),
        hidden: hidden.contains(name),
    };
    let chart = |title: &str, names: &mut dyn Iterator<Item = &str>| {
        let lines: Vec<Line> = names
            .filter(|name| truth || !hidden.contains(*name))
            .map(line)
            .filter(|line| line.values.iter().any(Option::is_some))
            .collect();
        (!lines.is_empty()).then(|| {
            View::Series(Series {
                title: title.to_owned(),
                axis: "epoch".to_owned(),
                x: x.clone(),
                lines,
                marks: marks.clone(),
            })
        })
    };
    if !own {
        return CHARTS
            .iter()
            .filter_map(|(title, names)| chart(title, &mut names.iter().copied()))
            .collect();
    }
    // The world's own figures, one chart a name: they have no common unit.
    let names: BTreeSet<&str> = epochs
        .last()
        .into_iter()
        .flat_map(|row| row.env.keys())
        .map(String::as_str)
        .collect();
    names
        .into_iter()
        .filter_map(|name| chart(name, &mut std::iter::once(name)))
        .collect()
}

/// Whether a chart has anything to show.
pub(crate) fn drawn(view: &View) -> bool {
    match view {
        View::Series(series) => series
            .lines
            .iter()
            .any(|line| line.values.iter().any(Option::is_some)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_thinned_to_a_sample_that_holds_its_end() {
        // Never more than fit, always the last epoch, everything where all fit.
        for length in [0, 1, 2, 599, 600, 601, 1_200, 10_007] {
            let at = thinned(length);
            assert!(at.len() <= PLACES_MAX, "{length}");
            assert_eq!(at.last().copied(), length.checked_sub(1));
            assert!(length > PLACES_MAX || at.len() == length);
        }
    }
}
