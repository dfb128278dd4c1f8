//! Rows under columns.

use super::Html;
use super::number::{full, short};
use das_core::view::{Cell, Table};

/// Rows beyond which a table scrolls in a window of its own.
const TALL: usize = 14;

/// A table as a panel of its own.
pub(super) fn table(view: &Table) -> Html {
    let mut html = Html::default();
    html.open("div", &[("class", "panel wide")]);
    html.leaf("h3", &[], &view.title);
    if !view.rows.is_empty() {
        html.append(&bare(view));
    }
    if let Some(note) = &view.note {
        html.leaf("p", &[("class", "note")], note);
    }
    html.close("div");
    html
}

/// The rows alone.
pub(super) fn bare(view: &Table) -> Html {
    let numeric: Vec<bool> = (0..view.columns.len())
        .map(|at| {
            view.rows
                .iter()
                .all(|row| !matches!(row[at], Cell::Text(_)))
        })
        .collect();
    let mut html = Html::default();
    let class = if view.rows.len() > TALL {
        "scroll tall"
    } else {
        "scroll"
    };
    let region = [
        ("class", class),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", &view.title),
    ];
    html.open("div", &region)
        .open("table", &[])
        .open("thead", &[])
        .open("tr", &[]);
    for (name, numeric) in view.columns.iter().zip(&numeric) {
        let class = if *numeric { "n" } else { "" };
        html.leaf("th", &[("scope", "col"), ("class", class)], name);
    }
    html.close("tr").close("thead").open("tbody", &[]).line();
    for row in &view.rows {
        html.open("tr", &[]);
        for ((at, cell), numeric) in row.iter().enumerate().zip(&numeric) {
            let class = if *numeric { "n" } else { "" };
            match cell {
                Cell::Text(text) if at == 0 => html.leaf("th", &[("scope", "row")], text),
                Cell::Text(text) => html.leaf("td", &[], text),
                Cell::Whole(count) => html.leaf("td", &[("class", class)], &count.to_string()),
                Cell::Empty => html.leaf("td", &[("class", class)], "-"),
                Cell::Number(x) => html.leaf(
                    "td",
                    &[("class", class), ("title", &full(*x))],
                    &short(Some(*x)),
                ),
            };
        }
        html.close("tr").line();
    }
    html.close("tbody").close("table").close("div");
    html
}
