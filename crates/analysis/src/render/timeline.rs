//! Which status held when: a bar for each stretch.

use super::number::{extent, full, place, ticks};
use super::{Figure, Html, colour};
use das_core::view::{Cell, Table, Timeline};
use std::collections::BTreeSet;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 130.0;
const ROW: f64 = 20.0;
/// Narrowest bar.
const BAR: f64 = 2.0;

pub(super) fn timeline(view: &Timeline) -> Html {
    let range = extent(view.stretches.iter().flat_map(|s| [s.from, s.to]), false);
    let kinds: BTreeSet<&str> = view.stretches.iter().map(|s| s.status.as_str()).collect();
    let class = |status: &str| colour('f', kinds.iter().position(|k| *k == status).unwrap_or(0));
    let x = |at: f64| LEFT + super::frame::share(at, range) * (WIDTH - LEFT - 12.0);
    let foot = view.rows.len() as f64 * ROW;
    let mut drawing = Html::default();
    if !view.stretches.is_empty() {
        let size = format!("0 0 {} {}", place(WIDTH), place(foot + 20.0));
        let label = format!("{}: {} stretches", view.title, view.stretches.len());
        let region = [
            ("class", "scroll"),
            ("tabindex", "0"),
            ("role", "region"),
            ("aria-label", &view.title),
        ];
        drawing.open("div", &region);
        let attributes = [
            ("viewBox", size.as_str()),
            ("class", "broad"),
            ("role", "img"),
            ("aria-label", &label),
        ];
        drawing.open("svg", &attributes);
        for (at, text) in ticks(range.0, range.1, 8) {
            let (at, foot, under) = (place(x(at)), place(foot), place(foot + 15.0));
            let line = [
                ("x1", at.as_str()),
                ("x2", &at),
                ("y1", "0"),
                ("y2", &foot),
                ("class", "gridline"),
            ];
            drawing.leaf("line", &line, "");
            drawing.leaf(
                "text",
                &[("x", &at), ("y", &under), ("text-anchor", "middle")],
                &text,
            );
        }
        for (row, name) in view.rows.iter().enumerate() {
            let y = place(row as f64 * ROW + 13.0);
            let at = place(LEFT - 6.0);
            drawing.leaf(
                "text",
                &[("x", &at), ("y", &y), ("text-anchor", "end")],
                name,
            );
        }
        for s in &view.stretches {
            let (left, right) = (x(s.from), x(s.to));
            let wide = place(if right - left < BAR {
                BAR
            } else {
                right - left
            });
            let (left, top) = (place(left), place(f64::from(s.row) * ROW + 2.0));
            let high = place(ROW - 5.0);
            drawing.open(
                "rect",
                &[
                    ("x", &left),
                    ("width", &wide),
                    ("y", &top),
                    ("height", &high),
                    ("class", &class(&s.status)),
                ],
            );
            let event = s
                .event
                .map_or(String::new(), |event| format!(" (event {event})"));
            let name = &view.rows[s.row as usize];
            let (from, to) = (full(s.from), full(s.to));
            let text = format!("{name}: {}, {} {from} to {to}{event}", s.status, view.axis);
            drawing.leaf("title", &[], &text).close("rect");
        }
        drawing.close("svg").close("div");
    }
    let row = |s: &das_core::view::Stretch| {
        vec![
            Cell::Text(view.rows[s.row as usize].clone()),
            Cell::Number(s.from),
            Cell::Number(s.to),
            Cell::Text(s.status.clone()),
            s.event
                .map_or(Cell::Empty, |event| Cell::Whole(event as i64)),
        ]
    };
    let nothing = "Nothing of the kind happened.";
    Figure {
        title: &view.title,
        wide: true,
        drawing,
        legend: kinds
            .iter()
            .map(|kind| (class(kind), (*kind).to_owned()))
            .collect(),
        note: Some(if view.stretches.is_empty() {
            nothing
        } else {
            &view.axis
        }),
        figures: Some(Table {
            title: view.title.clone(),
            columns: ["row", "from", "to", "status", "event"]
                .map(str::to_owned)
                .to_vec(),
            rows: view.stretches.iter().map(row).collect(),
            note: None,
        }),
    }
    .html()
}
