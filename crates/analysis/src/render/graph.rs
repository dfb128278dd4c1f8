//! Nodes at their places, directed edges between them.

use super::number::{place, short};
use super::{Figure, Html, colour, number};
use das_core::detmath::{fmax, sin_cos};
use das_core::view::{Cell, Graph, Table};
use std::collections::BTreeSet;

/// Side of the drawing, and what its nodes keep clear of it.
const SIZE: f64 = 480.0;
const MARGIN: f64 = 34.0;

/// Nodes up to which all have their names beside them; of more the heaviest do.
const NAMED_ALL: usize = 40;
const NAMED: usize = 25;

pub(super) fn graph(view: &Graph) -> Html {
    let count = view.nodes.len() as f64;
    let at: Vec<[f64; 2]> = (view.nodes.iter().enumerate())
        .map(|(n, node)| {
            // A node without a place stands on a circle.
            let (sine, cosine) = sin_cos(n as f64 / count * std::f64::consts::TAU);
            let [x, y] = node.place.unwrap_or([0.5 + 0.5 * cosine, 0.5 + 0.5 * sine]);
            [x, y].map(|x| MARGIN + x * (SIZE - 2.0 * MARGIN))
        })
        .collect();
    let groups: BTreeSet<&str> = view.nodes.iter().map(|node| node.group.as_str()).collect();
    let class = |group: &str| colour('f', groups.iter().position(|g| *g == group).unwrap_or(0));
    let most = view
        .edges
        .iter()
        .fold(1e-9, |most, edge| fmax(most, edge.weight));
    let heaviest = view
        .nodes
        .iter()
        .fold(1e-9, |most, node| fmax(most, node.weight));
    let mut drawing = Html::default();
    let size = format!("0 0 {SIZE} {SIZE}");
    let label = format!(
        "{}: {} nodes, {} edges",
        view.title,
        view.nodes.len(),
        view.edges.len()
    );
    if view.nodes.is_empty() {
        drawing.leaf("p", &[("class", "note")], "Nobody dealt with anybody.");
    } else {
        let attributes = [
            ("viewBox", size.as_str()),
            ("class", "graph"),
            ("role", "img"),
            ("aria-label", &label),
        ];
        drawing.open("svg", &attributes);
        for edge in &view.edges {
            let (a, b) = (at[edge.from as usize], at[edge.to as usize]);
            // Bent to one side, so that both directions of a pair can be told apart.
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let bend = [
                f64::midpoint(a[0], b[0]) - dy * 0.12,
                f64::midpoint(a[1], b[1]) + dx * 0.12,
            ];
            let [a, bend, b] = [a, bend, b].map(|p| format!("{} {}", place(p[0]), place(p[1])));
            let tone = match edge.value {
                None => "edge s6",
                Some(value) if value < 0.5 => "edge s1",
                Some(_) => "edge s0",
            };
            let path = format!("M{a}Q{bend} {b}");
            let width = place(0.6 + 4.4 * edge.weight / most);
            drawing.open(
                "path",
                &[("d", &path), ("class", tone), ("stroke-width", &width)],
            );
            let [from, to] = [edge.from, edge.to].map(|n| &view.nodes[n as usize].name);
            let mean = edge
                .value
                .map_or(String::new(), |x| format!(", mean {}", short(Some(x))));
            let text = format!("{from} → {to}: {}{mean}", short(Some(edge.weight)));
            drawing.leaf("title", &[], &text).close("path");
        }
        let mut weights: Vec<f64> = view.nodes.iter().map(|node| node.weight).collect();
        weights.sort_unstable_by(|a, b| b.total_cmp(a));
        let named = if weights.len() <= NAMED_ALL {
            0.0
        } else {
            weights[NAMED]
        };
        for (node, [x, y]) in view.nodes.iter().zip(&at) {
            let r = 4.0 + 8.0 * (node.weight / heaviest).sqrt();
            let (cx, cy, radius) = (place(*x), place(*y), place(r));
            let class = format!("dot {}", class(&node.group));
            drawing.open(
                "circle",
                &[("cx", &cx), ("cy", &cy), ("r", &radius), ("class", &class)],
            );
            let text = format!(
                "{} ({}): {}",
                node.name,
                node.group,
                short(Some(node.weight))
            );
            drawing.leaf("title", &[], &text).close("circle");
            if node.weight >= named {
                let above = place(y - r - 3.0);
                let attributes = [("x", cx.as_str()), ("y", &above), ("text-anchor", "middle")];
                drawing.leaf("text", &attributes, &node.name);
            }
        }
        drawing.close("svg");
    }
    let mut edges: Vec<_> = view.edges.iter().collect();
    edges.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then((a.from, a.to).cmp(&(b.from, b.to)))
    });
    let name = |n: u32| Cell::Text(view.nodes[n as usize].name.clone());
    let row = |edge: &das_core::view::Edge| {
        vec![
            name(edge.from),
            name(edge.to),
            Cell::Number(edge.weight),
            number(edge.value),
        ]
    };
    let mut note = view.note.clone().unwrap_or_default();
    if !note.is_empty() {
        note += "; ";
    }
    note += "thick: many; blue: mean 0.5 or more; orange: below";
    Figure {
        title: &view.title,
        wide: true,
        drawing,
        legend: groups
            .iter()
            .map(|group| (class(group), (*group).to_owned()))
            .collect(),
        note: Some(&note),
        figures: Some(Table {
            title: view.title.clone(),
            columns: ["from", "to", "weight", "mean"].map(str::to_owned).to_vec(),
            rows: edges.into_iter().map(row).collect(),
            note: None,
        }),
    }
    .html()
}
