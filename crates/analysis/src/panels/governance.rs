//! What levers did and what was refused.

use super::{columns, incidents, marks, targets, text, thinned, whole};
use crate::fold::Fold;
use das_core::view::{Line, Series, Table, View};
use std::collections::{BTreeMap, BTreeSet};

/// What levers did and what was refused, up to an epoch.
pub fn governance(fold: &Fold, until: u32) -> Vec<View> {
    let mut acts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for ((epoch, lever, act), more) in &fold.acts {
        if *epoch <= until {
            acts.entry((lever, act)).or_insert((0, more.first)).0 += more.count;
        }
    }
    let mut reasons: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((epoch, reason), more) in &fold.refusals {
        if *epoch <= until {
            reasons.entry(reason).or_insert((0, more.first)).0 += more.count;
        }
    }
    let none = |empty: bool, what: &str| empty.then(|| format!("no {what} so far"));
    let twice = "interactions are those it acted upon; what it did then, as a freeze, a fine or a loss of reputation, has lines of its own and is counted again";
    let beside = acts
        .keys()
        .any(|(_, act)| *act == "interactions")
        .then(|| twice.to_owned());
    let levers = View::Table(Table {
        title: "What levers did".to_owned(),
        note: none(acts.is_empty(), "act of a lever").or(beside),
        columns: columns(&["lever", "act", "times", "first event"]),
        rows: acts
            .iter()
            .map(|((lever, act), (n, first))| {
                vec![text(*lever), text(*act), whole(*n), whole(*first)]
            })
            .collect(),
    });
    let refusals = View::Table(Table {
        title: "What was refused".to_owned(),
        note: none(reasons.is_empty(), "refusal"),
        columns: columns(&["reason", "times", "first event"]),
        rows: reasons
            .iter()
            .map(|(reason, (n, first))| vec![text(*reason), whole(*n), whole(*first)])
            .collect(),
    });
    // Acts over time, a line a lever.
    let last = fold.epochs.last().map_or(0, |row| row.epoch).min(until);
    let at = thinned(last as usize + 1);
    let names: BTreeSet<&String> = fold.acts.keys().map(|(_, lever, _)| lever).collect();
    let lines = names.into_iter().map(|name| {
        let mut counts = vec![0_u64; last as usize + 1];
        for ((epoch, lever, _), acts) in &fold.acts {
            if lever == name && *epoch <= last {
                counts[*epoch as usize] += acts.count;
            }
        }
        Line {
            name: name.clone(),
            values: at.iter().map(|at| Some(counts[*at] as f64)).collect(),
            hidden: false,
        }
    });
    let chart = View::Series(Series {
        title: "Acts of levers an epoch".to_owned(),
        axis: "epoch".to_owned(),
        x: at.iter().map(|at| *at as f64).collect(),
        lines: lines.collect(),
        marks: Vec::new(),
    });
    let rare = || Some(fold).filter(|fold| !marks(fold).is_empty());
    [
        Some(chart).filter(|_| !acts.is_empty()),
        Some(levers),
        rare().map(|fold| View::Table(targets(fold, until))),
        rare().map(|fold| View::Table(incidents(fold, &fold.epochs, until))),
        Some(refusals),
    ]
    .into_iter()
    .flatten()
    .collect()
}
