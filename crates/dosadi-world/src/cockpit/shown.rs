//! Tables as pictures: a chart a column where rows are epochs, a graph where they lead from place to place.
//!
//! Whatever renders views shows both, so nothing is said in a picture that no table says. Not here: the pictures that need a
//! map ([`super::place`]); each view makes its own.

use super::{Cell, Table};
use das_core::detmath::sin_cos;
use das_core::view::{self, Edge, Graph, Line, Node, Series, View};
use std::collections::BTreeMap;

/// A table with the pictures that follow from its columns.
pub(super) fn views_of(from: &Table) -> Vec<View> {
    let table = view::Table {
        title: from.title.clone(),
        columns: from.columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: from
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
        note: from.note.clone(),
    };
    let mut views = charts(&table);
    views.extend(graph(&table));
    views.push(View::Table(table));
    views
}

fn cell(cell: &Cell) -> view::Cell {
    match cell {
        Cell::Text(text) => view::Cell::Text(text.clone()),
        Cell::Whole(whole) => view::Cell::Whole(*whole),
        Cell::Number(number) if number.is_finite() => view::Cell::Number(*number),
        Cell::Empty | Cell::Number(_) => view::Cell::Empty,
    }
}

fn number(cell: &view::Cell) -> Option<f64> {
    match cell {
        view::Cell::Whole(whole) => Some(*whole as f64),
        view::Cell::Number(number) => Some(*number),
        _ => None,
    }
}

/// One chart a column of a table whose rows are epochs: the columns have no common unit.
fn charts(table: &view::Table) -> Vec<View> {
    let x: Vec<f64> = table
        .rows
        .iter()
        .filter_map(|row| number(&row[0]))
        .collect();
    let ascends = x.len() == table.rows.len() && x.windows(2).all(|pair| pair[0] < pair[1]);
    if table.columns.first().is_none_or(|name| name != "epoch") || x.len() < 2 || !ascends {
        return Vec::new();
    }
    let chart = |at: usize| {
        let values: Vec<Option<f64>> = table.rows.iter().map(|row| number(&row[at])).collect();
        values.iter().any(Option::is_some).then(|| {
            View::Series(Series {
                title: table.columns[at].clone(),
                axis: "epoch".to_owned(),
                x: x.clone(),
                lines: vec![Line {
                    name: table.columns[at].clone(),
                    values,
                    hidden: false,
                }],
                marks: Vec::new(),
            })
        })
    };
    // The second column of such a table is its last day.
    (1..table.columns.len())
        .filter(|at| table.columns[*at] != "last day")
        .filter_map(chart)
        .collect()
}

/// A graph of a table with the columns `from`, `to` and `sent`.
fn graph(table: &view::Table) -> Option<View> {
    let column = |name: &str| table.columns.iter().position(|known| known == name);
    let (from, to, sent) = (column("from")?, column("to")?, column("sent")?);
    let seized = column("seized");
    let mut numbers: BTreeMap<&str, f64> = BTreeMap::new();
    let mut sums: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
    for row in &table.rows {
        let (view::Cell::Text(a), view::Cell::Text(b)) = (&row[from], &row[to]) else {
            continue;
        };
        let weight = number(&row[sent]).unwrap_or(0.0);
        let lost = seized.and_then(|at| number(&row[at])).unwrap_or(0.0);
        *numbers.entry(a).or_default() += weight;
        *numbers.entry(b).or_default() += weight;
        let sum = sums.entry((a, b)).or_default();
        *sum = (sum.0 + weight, sum.1 + lost);
    }
    if sums.is_empty() {
        return None;
    }
    let place = |name: &str| numbers.keys().position(|known| *known == name).unwrap_or(0) as u32;
    let count = numbers.len() as f64;
    let nodes = numbers.iter().enumerate().map(|(at, (name, weight))| {
        // On a circle in the order of their names.
        let (sine, cosine) = sin_cos(at as f64 / count * std::f64::consts::TAU);
        Node {
            name: (*name).to_owned(),
            group: "place".to_owned(),
            weight: *weight,
            place: Some([0.5 + 0.45 * cosine, 0.5 + 0.45 * sine]),
        }
    });
    let edges = sums.iter().map(|((a, b), (weight, lost))| Edge {
        from: place(a),
        to: place(b),
        weight: *weight,
        value: (*weight > 0.0).then(|| (1.0 - lost / weight).clamp(0.0, 1.0)),
    });
    Some(View::Graph(Graph {
        title: format!("{}: cargo between places", table.title),
        nodes: nodes.collect(),
        edges: edges.collect(),
        note: Some("width: shipments sent; colour: share that was not seized".to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_over_epochs_is_also_a_chart_and_one_of_routes_a_graph() {
        // Views of a table follow from its columns; a table of neither stays a table.
        let table = |columns: Vec<&'static str>, rows| Table {
            title: "t".to_owned(),
            columns,
            rows,
            note: None,
        };
        let row = |a: u64, b: f64| vec![Cell::from(a), Cell::from(b)];
        let over = views_of(&table(
            vec!["epoch", "unrest"],
            vec![row(0, 0.1), row(1, 0.2)],
        ));
        assert!(matches!(over[0], View::Series(_)) && matches!(over[1], View::Table(_)));
        let route = vec!["a".into(), "b".into(), 3_u64.into()];
        let between = views_of(&table(vec!["from", "to", "sent"], vec![route]));
        assert!(matches!(&between[0], View::Graph(graph) if graph.edges.len() == 1));
        assert_eq!(views_of(&table(vec!["x", "y"], vec![row(0, 0.1)])).len(), 1);
        assert!(over.iter().chain(&between).all(|view| view.check().is_ok()));
    }
}
