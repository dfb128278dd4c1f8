//! A forest plot (Lewis and Clarke, BMJ 322, 2001): a mark and its interval a row, against a line of no effect.

use super::number::{extent, place, short, ticks};
use super::{Figure, Html};
use crate::compare::Sense;
use das_core::view::{Cell, Table};

const WIDTH: f64 = 400.0;
const LEFT: f64 = 160.0;
const ROW: f64 = 20.0;

/// Draws a table of the columns name, value, lower end, upper end; further columns stand in its figures alone. Rows without
/// numbers are named and left empty. Colours say which side of no effect is the better one, if `sense` does.
pub fn forest(view: &Table, sense: Option<Sense>) -> Html {
    let value = |row: &[Cell], at: usize| match row.get(at) {
        Some(Cell::Number(x)) if x.is_finite() => Some(*x),
        Some(Cell::Whole(x)) => Some(*x as f64),
        _ => None,
    };
    let rows: Vec<(String, Option<[f64; 3]>)> = view
        .rows
        .iter()
        .map(|row| {
            let name = match row.first() {
                Some(Cell::Text(name)) => name.clone(),
                _ => String::new(),
            };
            let all = value(row, 1).zip(value(row, 2)).zip(value(row, 3));
            (name, all.map(|((mean, low), high)| [mean, low, high]))
        })
        .collect();
    let ends = rows.iter().filter_map(|(_, all)| *all).flatten();
    let range = extent(ends.chain([0.0]), true);
    let x = |at: f64| LEFT + super::frame::share(at, range) * (WIDTH - LEFT - 14.0);
    let foot = rows.len() as f64 * ROW + 4.0;
    let mut drawing = Html::default();
    let size = format!("0 0 {} {}", place(WIDTH), place(foot + 18.0));
    let attributes = [
        ("viewBox", size.as_str()),
        ("role", "img"),
        ("aria-label", view.title.as_str()),
    ];
    drawing.open("svg", &attributes);
    for (at, text) in ticks(range.0, range.1, 4) {
        let class = if at == 0.0 { "axis" } else { "gridline" };
        let (at, foot, under) = (place(x(at)), place(foot), place(foot + 14.0));
        let line = [
            ("x1", at.as_str()),
            ("x2", &at),
            ("y1", "0"),
            ("y2", &foot),
            ("class", class),
        ];
        drawing.leaf("line", &line, "");
        drawing.leaf(
            "text",
            &[("x", &at), ("y", &under), ("text-anchor", "middle")],
            &text,
        );
    }
    for (at, (name, all)) in rows.iter().enumerate() {
        let middle = at as f64 * ROW + ROW / 2.0 + 2.0;
        let (y, base, edge) = (place(middle), place(middle + 4.0), place(LEFT - 8.0));
        drawing.leaf(
            "text",
            &[("x", &edge), ("y", &base), ("text-anchor", "end")],
            &cut(name),
        );
        let Some([mean, low, high]) = all else {
            continue;
        };
        // What lies on one side of no effect stands out; blue is better, orange is worse, black neither.
        let tone = match (sense, *low > 0.0, *high < 0.0) {
            (Some(Sense::More), true, _) | (Some(Sense::Less), _, true) => 0,
            (Some(_), true, _) | (Some(_), _, true) => 1,
            (None, true, _) | (None, _, true) => 7,
            _ => 6,
        };
        let [left, right, at] = [low, high, mean].map(|v| place(x(*v)));
        let class = format!("line s{tone}");
        let line = [
            ("x1", left.as_str()),
            ("x2", &right),
            ("y1", &y),
            ("y2", &y),
            ("class", &class),
        ];
        drawing.leaf("line", &line, "");
        let class = format!("f{tone}");
        drawing.open(
            "circle",
            &[("cx", &at), ("cy", &y), ("r", "4"), ("class", &class)],
        );
        let [mean, low, high] = [mean, low, high].map(|x| short(Some(*x)));
        let text = format!("{name}: {mean} [{low}, {high}]");
        drawing.leaf("title", &[], &text).close("circle");
    }
    drawing.close("svg");
    Figure {
        title: &view.title,
        wide: false,
        drawing,
        legend: Vec::new(),
        note: view.note.as_deref(),
        figures: Some(view.clone()),
    }
    .html()
}

/// A name as long as fits beside the plot; all of it stands in the figures.
pub(super) fn cut(name: &str) -> String {
    const MOST: usize = 26;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(MOST - 1).collect();
    kept + "…"
}
