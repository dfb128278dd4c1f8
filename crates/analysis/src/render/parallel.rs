//! Parallel coordinates (Inselberg, The Visual Computer 1, 1985): an axis a measure, a line a row.

use super::forest::cut;
use super::number::{extent, place, short};
use super::{Figure, Html, colour};
use das_core::view::{Cell, Table};
use std::fmt::Write as _;

const STEP: f64 = 112.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 48.0;
const HEIGHT: f64 = 274.0;

/// Draws a table of a name and measures. Every axis goes from the least to the greatest value of its own column; the first row
/// stands out. Where a row has no number its line is broken.
pub fn parallel(view: &Table) -> Html {
    let axes = view.columns.len().saturating_sub(1);
    let value = |row: &[Cell], at: usize| match row.get(at + 1) {
        Some(Cell::Number(x)) if x.is_finite() => Some(*x),
        Some(Cell::Whole(x)) => Some(*x as f64),
        _ => None,
    };
    let ranges: Vec<(f64, f64)> = (0..axes)
        .map(|at| extent(view.rows.iter().filter_map(|row| value(row, at)), false))
        .collect();
    let x = |at: usize| LEFT + at as f64 * STEP;
    let y = |at: usize, value: f64| {
        HEIGHT - 24.0 - super::frame::share(value, ranges[at]) * (HEIGHT - 24.0 - TOP)
    };
    let width = LEFT + axes.saturating_sub(1) as f64 * STEP + RIGHT;
    let mut drawing = Html::default();
    let region = [
        ("class", "scroll"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", view.title.as_str()),
    ];
    drawing.open("div", &region);
    let size = format!("0 0 {} {}", place(width), place(HEIGHT));
    let attributes = [
        ("viewBox", size.as_str()),
        ("class", "broad"),
        ("role", "img"),
        ("aria-label", &view.title),
    ];
    drawing.open("svg", &attributes);
    for (at, name) in view.columns.iter().skip(1).enumerate() {
        let (across, top, foot) = (place(x(at)), place(TOP), place(HEIGHT - 24.0));
        let line = [
            ("x1", across.as_str()),
            ("x2", &across),
            ("y1", &top),
            ("y2", &foot),
            ("class", "axis"),
        ];
        drawing.leaf("line", &line, "");
        // Names of neighbours stand at two heights, so that long ones do not meet.
        let head = if at % 2 == 0 { "11" } else { "24" };
        drawing.leaf(
            "text",
            &[("x", &across), ("y", head), ("text-anchor", "middle")],
            name,
        );
        let (low, under) = (short(Some(ranges[at].0)), place(HEIGHT - 10.0));
        drawing.leaf(
            "text",
            &[("x", &across), ("y", &under), ("text-anchor", "middle")],
            &low,
        );
        let (high, above) = (short(Some(ranges[at].1)), place(TOP - 5.0));
        drawing.leaf(
            "text",
            &[("x", &across), ("y", &above), ("text-anchor", "middle")],
            &high,
        );
    }
    for (n, row) in view.rows.iter().enumerate() {
        let name = match row.first() {
            Some(Cell::Text(name)) => name.as_str(),
            _ => "",
        };
        let (mut path, mut on, mut end) = (String::new(), false, None);
        for at in 0..axes {
            let Some(value) = value(row, at) else {
                on = false;
                continue;
            };
            let verb = if on { 'L' } else { 'M' };
            let _ = write!(path, "{verb}{} {}", place(x(at)), place(y(at, value)));
            on = true;
            end = Some((at, value));
        }
        let class = if n == 0 {
            "line first".to_owned()
        } else {
            format!("line {}", colour('s', n))
        };
        drawing.open("path", &[("d", &path), ("class", &class)]);
        drawing.leaf("title", &[], name).close("path");
        if let Some((at, value)) = end.filter(|(at, _)| at + 1 == axes) {
            let (beside, level) = (place(x(at) + 6.0), place(y(at, value) + 4.0));
            drawing.leaf("text", &[("x", &beside), ("y", &level)], &cut(name));
        }
    }
    drawing.close("svg").close("div");
    let legend = view.rows.iter().enumerate().map(|(n, row)| {
        let class = if n == 0 {
            "line first".to_owned()
        } else {
            format!("line {}", colour('s', n))
        };
        let name = match row.first() {
            Some(Cell::Text(name)) => name.clone(),
            _ => String::new(),
        };
        (class, name)
    });
    Figure {
        title: &view.title,
        wide: true,
        drawing,
        legend: legend.collect(),
        note: view.note.as_deref(),
        figures: Some(view.clone()),
    }
    .html()
}
