//! Counts between edges, stacked by group. Bins of unequal width are drawn equally wide, with their edges below them.

use super::frame::{BOTTOM, Frame, HEIGHT};
use super::number::{place, short};
use super::{Figure, Html, colour};
use das_core::view::{Cell, Histogram, Table};

/// Most edges that are written under bins.
const EDGES_MAX: usize = 12;

pub(super) fn histogram(view: &Histogram) -> Html {
    let bins = view.edges.len().saturating_sub(1);
    let sum = |at: usize| {
        view.groups
            .iter()
            .map(|group| group.counts[at])
            .sum::<u64>()
    };
    let most = (0..bins).map(sum).max().unwrap_or(0).max(1);
    let ends = match view.edges.as_slice() {
        [first, .., last] => (*first, *last),
        _ => (0.0, 1.0),
    };
    let width = (ends.1 - ends.0) / bins.max(1) as f64;
    // Few bins of whole numbers have their numbers under them, not edges beside them.
    let counted = bins <= EDGES_MAX && view.edges.iter().all(|edge| *edge == edge.trunc());
    let even = !counted
        && view
            .edges
            .windows(2)
            .all(|pair| ((pair[1] - pair[0]) / width - 1.0).abs() < 1e-6);
    let x = if even { ends } else { (0.0, bins as f64) };
    let frame = Frame::new(x, (0.0, most as f64));
    let all: u64 = (0..bins).map(sum).sum();
    let label = format!("{}: {all} in {bins} bins", view.title);
    let mut drawing = Html::default();
    if even {
        frame.open(&mut drawing, &label, false);
    } else {
        let size = format!("0 0 {} {}", place(super::frame::WIDTH), place(HEIGHT));
        drawing.open(
            "svg",
            &[("viewBox", &size), ("role", "img"), ("aria-label", &label)],
        );
        frame.across(&mut drawing);
        for at in (0..=bins).step_by((bins / EDGES_MAX).max(1)) {
            let (middle, text) = match view.edges.get(at + 1) {
                Some(next) if counted => (0.5, bin(view.edges[at], *next)),
                None if counted => break,
                _ => (0.0, edge(view.edges[at])),
            };
            let at_x = place(frame.x(at as f64 + middle));
            let at_y = place(HEIGHT - BOTTOM + 16.0);
            let attributes = [
                ("x", at_x.as_str()),
                ("y", &at_y),
                ("text-anchor", "middle"),
            ];
            drawing.leaf("text", &attributes, &text);
        }
    }
    for at in 0..bins {
        let place_of = |n: usize| if even { view.edges[n] } else { n as f64 };
        let (left, right) = (frame.x(place_of(at)), frame.x(place_of(at + 1)));
        let mut below = 0;
        for (n, group) in view.groups.iter().enumerate() {
            let count = group.counts[at];
            if count == 0 {
                continue;
            }
            let top = frame.y((below + count) as f64);
            let height = frame.y(below as f64) - top;
            let wide = if right - left > 2.0 {
                right - left - 1.0
            } else {
                right - left
            };
            let at_x = place(left + 0.5);
            let (wide, top, height) = (place(wide), place(top), place(height));
            drawing.open(
                "rect",
                &[
                    ("x", &at_x),
                    ("width", &wide),
                    ("y", &top),
                    ("height", &height),
                    ("class", &colour('f', n)),
                ],
            );
            let (from, to) = (edge(view.edges[at]), edge(view.edges[at + 1]));
            let text = format!("{from} to {to}: {} {count}", group.name);
            drawing.leaf("title", &[], &text).close("rect");
            below += count;
        }
    }
    drawing.close("svg");
    let legend = view.groups.iter().enumerate();
    let mut columns = vec!["from".to_owned(), "to".to_owned()];
    columns.extend(view.groups.iter().map(|group| group.name.clone()));
    let row = |at: usize| {
        let mut row = vec![
            Cell::Number(view.edges[at]),
            Cell::Number(view.edges[at + 1]),
        ];
        row.extend(
            view.groups
                .iter()
                .map(|group| Cell::Whole(group.counts[at] as i64)),
        );
        row
    };
    Figure {
        title: &view.title,
        wide: false,
        drawing,
        legend: legend
            .map(|(n, group)| (colour('f', n), group.name.clone()))
            .collect(),
        note: Some(&view.axis),
        figures: Some(Table {
            title: view.title.clone(),
            columns,
            rows: (0..bins).map(row).collect(),
            note: None,
        }),
    }
    .html()
}

/// The whole numbers from one edge up to the next.
fn bin(from: f64, to: f64) -> String {
    if to - from > 1.0 {
        format!("{from:.0}–{:.0}", to - 1.0)
    } else {
        format!("{from:.0}")
    }
}

fn edge(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e7 {
        format!("{value:.0}")
    } else {
        short(Some(value))
    }
}
