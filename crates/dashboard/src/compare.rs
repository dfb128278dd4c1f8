//! Two runs side by side: figures with their difference, scenario keys that differ, and epochs on one axis.

use crate::library::texts;
use crate::open::Run;
use das_analysis::fold::EpochRow;
use das_analysis::panels::{CHARTS, thinned};
use das_core::view::{Cell, Line, Series, Table, View};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Keys listed.
const KEYS_MAX: usize = 300;

/// Every leaf of a scenario by its path.
fn leaves(value: &Value, path: &str, into: &mut BTreeMap<String, String>) {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| leaves(value, &below(key), into)),
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                leaves(value, &below(&at.to_string()), into);
            }
        }
        Value::String(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        other => {
            into.insert(path.to_owned(), other.to_string());
        }
    }
}

fn figures(run: &Run) -> BTreeMap<String, String> {
    match &run.ending {
        Some((ending, _)) => texts(&ending.metrics).into_iter().collect(),
        None => run.with_epochs(|state, epochs| {
            let last = state.fold.run.as_deref().or(epochs.last());
            last.map(|row| texts(&row.metrics).into_iter().collect())
                .unwrap_or_default()
        }),
    }
}

fn column(run: &Run, metric: &str, until: usize) -> Vec<Option<f64>> {
    run.with_epochs(|_, epochs: &[EpochRow]| {
        (0..until)
            .map(|at| epochs.get(at).and_then(|row| row.get(metric)))
            .collect()
    })
}

/// What the page of two runs shows.
pub(crate) fn page(a: &Run, b: &Run, hidden: &BTreeSet<String>) -> Value {
    let (mut first, mut second) = (BTreeMap::new(), BTreeMap::new());
    leaves(&a.start.scenario, "", &mut first);
    leaves(&b.start.scenario, "", &mut second);
    let keys: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let cell = |text: Option<&String>| text.map_or(Cell::Empty, |text| Cell::Text(text.clone()));
    for key in keys {
        if first.get(key) != second.get(key) && rows.len() < KEYS_MAX {
            rows.push(vec![
                Cell::Text(key.clone()),
                cell(first.get(key)),
                cell(second.get(key)),
            ]);
        }
    }
    let keys = View::Table(Table {
        title: "Scenario keys that differ".to_owned(),
        columns: vec!["key".to_owned(), a.id.clone(), b.id.clone()],
        note: rows
            .is_empty()
            .then(|| "the scenarios are the same".to_owned()),
        rows,
    });
    let (x, y) = (figures(a), figures(b));
    let names: BTreeSet<&String> = x
        .keys()
        .chain(y.keys())
        .filter(|name| !hidden.contains(*name))
        .collect();
    let metrics: Vec<Value> = names
        .into_iter()
        .map(|name| {
            let number = |text: Option<&String>| text.and_then(|t| t.parse::<f64>().ok());
            let difference = number(y.get(name))
                .zip(number(x.get(name)))
                .map(|(y, x)| y - x);
            json!({"name": name, "a": x.get(name), "b": y.get(name), "difference": difference})
        })
        .collect();
    let epochs = |run: &Run| run.with_epochs(|_, epochs| epochs.len());
    let length = epochs(a).max(epochs(b));
    let places = thinned(length);
    let charts: Vec<View> = CHARTS
        .iter()
        .flat_map(|(_, metrics)| metrics.iter())
        .filter(|metric| !hidden.contains(**metric))
        .map(|metric| {
            let line = |run: &Run| {
                let all = column(run, metric, length);
                Line {
                    name: run.id.clone(),
                    values: places.iter().map(|at| all[*at]).collect(),
                    hidden: false,
                }
            };
            View::Series(Series {
                title: (*metric).to_owned(),
                axis: "epoch".to_owned(),
                x: places.iter().map(|at| *at as f64).collect(),
                lines: vec![line(a), line(b)],
                marks: Vec::new(),
            })
        })
        .collect();
    json!({"a": a.id, "b": b.id, "keys": keys, "metrics": metrics, "charts": charts})
}
