//! Lines over an axis, with marks.

use super::frame::{BOTTOM, Frame, HEIGHT, TOP};
use super::number::{extent, full, place, short};
use super::{Figure, Html, colour, number};
use das_core::view::{Cell, Line, Series, Table};
use std::fmt::Write as _;

/// Most values of a line that are drawn as dots as well.
const DOTS_MAX: usize = 40;

/// More marks than this are ticks at the top, so that lines stay in sight.
const MARKS_MAX: usize = 12;

pub(super) fn series(view: &Series) -> Html {
    let x = match (view.x.first(), view.x.last()) {
        (Some(first), Some(last)) => extent([*first, *last], false),
        _ => (0.0, 1.0),
    };
    let x = match view.x.as_slice() {
        [first, .., last] => (*first, *last),
        _ => x,
    };
    let values = view
        .lines
        .iter()
        .flat_map(|line| line.values.iter().flatten());
    let frame = Frame::new(x, extent(values.copied(), false));
    let mut drawing = Html::default();
    frame.open(
        &mut drawing,
        &said(view),
        view.axis == "epoch" || view.axis == "day",
    );
    let foot = if view.marks.len() > MARKS_MAX {
        TOP + 7.0
    } else {
        HEIGHT - BOTTOM
    };
    for mark in view
        .marks
        .iter()
        .filter(|mark| x.0 <= mark.x && mark.x <= x.1)
    {
        let (at, top, foot) = (place(frame.x(mark.x)), place(TOP - 6.0), place(foot));
        drawing.open(
            "line",
            &[
                ("x1", &at),
                ("x2", &at),
                ("y1", &top),
                ("y2", &foot),
                ("class", "event-mark"),
            ],
        );
        drawing.leaf(
            "title",
            &[],
            &format!("{} {}: {}", view.axis, full(mark.x), mark.label),
        );
        drawing.close("line");
    }
    for (at, line) in view.lines.iter().enumerate() {
        drawn(&mut drawing, &frame, view, line, at);
    }
    drawing.close("svg");
    let legend = view.lines.iter().enumerate().map(|(at, line)| {
        let hidden = if line.hidden { " (hidden truth)" } else { "" };
        (class(at, line), format!("{}{hidden}", line.name))
    });
    let mut note = view.axis.clone();
    if let Some(line) = view.lines.first().filter(|_| view.lines.len() == 1) {
        let hidden = if line.hidden { "; hidden truth" } else { "" };
        note = format!("{} by {}{hidden}", line.name, view.axis);
    }
    if !view.marks.is_empty() {
        let _ = write!(note, "; upright lines: governance");
    }
    Figure {
        title: &view.title,
        wide: false,
        drawing,
        legend: legend.collect(),
        note: Some(&note),
        figures: Some(figures(view)),
    }
    .html()
}

fn class(at: usize, line: &Line) -> String {
    let hidden = if line.hidden { " hidden-truth" } else { "" };
    format!("line {}{hidden}", colour('s', at))
}

fn drawn(drawing: &mut Html, frame: &Frame, view: &Series, line: &Line, at: usize) {
    let (mut path, mut on) = (String::new(), false);
    let points = || view.x.iter().zip(&line.values);
    for (x, y) in points() {
        if let Some(y) = y {
            let verb = if on { 'L' } else { 'M' };
            let _ = write!(path, "{verb}{} {}", place(frame.x(*x)), place(frame.y(*y)));
        }
        on = y.is_some();
    }
    drawing.leaf("path", &[("d", &path), ("class", &class(at, line))], "");
    if line.values.iter().flatten().count() > DOTS_MAX {
        return;
    }
    for (x, y) in points() {
        let Some(y) = y else { continue };
        let (cx, cy) = (place(frame.x(*x)), place(frame.y(*y)));
        drawing.open(
            "circle",
            &[
                ("cx", &cx),
                ("cy", &cy),
                ("r", "2.4"),
                ("class", &colour('f', at)),
            ],
        );
        let text = format!("{} {}: {} {}", view.axis, full(*x), line.name, full(*y));
        drawing.leaf("title", &[], &text).close("circle");
    }
}

/// What the drawing says to those who do not see it.
fn said(view: &Series) -> String {
    let last = |line: &Line| {
        let last = line.values.iter().rev().flatten().next();
        format!("{}, last {}", line.name, short(last.copied()))
    };
    let lines: Vec<String> = view.lines.iter().map(last).collect();
    format!("{}: {}", view.title, lines.join("; "))
}

fn figures(view: &Series) -> Table {
    let mut columns = vec![view.axis.clone()];
    columns.extend(view.lines.iter().map(|line| line.name.clone()));
    let row = |(at, x): (usize, &f64)| {
        let mut row = vec![if *x == x.trunc() && x.abs() < 1e15 {
            Cell::Whole(*x as i64)
        } else {
            Cell::Number(*x)
        }];
        row.extend(view.lines.iter().map(|line| number(line.values[at])));
        row
    };
    Table {
        title: view.title.clone(),
        columns,
        rows: view.x.iter().enumerate().map(row).collect(),
        note: None,
    }
}
