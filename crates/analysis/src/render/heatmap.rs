//! A value for each pair of a row and a column, as depth of colour: blue above 0, orange below.

use super::number::{extent, full, short};
use super::{Figure, Html};
use das_core::view::Heatmap;

/// Drawn as a table, so that rows and columns keep their names at any width and every value can be read.
pub(super) fn heatmap(view: &Heatmap) -> Html {
    let values = || view.values.iter().flatten().flatten().copied();
    let (low, high) = extent(values(), true);
    let most = if -low > high { -low } else { high };
    let mut drawing = Html::default();
    let region = [
        ("class", "scroll"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", view.title.as_str()),
    ];
    drawing
        .open("div", &region)
        .open("table", &[("class", "heat")]);
    drawing
        .open("thead", &[])
        .open("tr", &[])
        .leaf("th", &[], "");
    for name in &view.columns {
        drawing.leaf("th", &[("scope", "col")], name);
    }
    drawing.close("tr").close("thead").open("tbody", &[]).line();
    for (name, values) in view.rows.iter().zip(&view.values) {
        drawing
            .open("tr", &[])
            .leaf("th", &[("scope", "row")], name);
        for value in values {
            match value {
                None => drawing.leaf("td", &[], ""),
                Some(x) => {
                    // Eleven depths of each side are as many as can be told apart.
                    let depth = (x.abs() / most * 10.0).round() as u32;
                    let class = format!("{}{depth}", if *x < 0.0 { 'm' } else { 'h' });
                    let attributes = [("class", class.as_str()), ("title", &full(*x))];
                    drawing.leaf("td", &attributes, &short(Some(*x)))
                }
            };
        }
        drawing.close("tr").line();
    }
    drawing.close("tbody").close("table").close("div");
    Figure {
        title: &view.title,
        wide: true,
        drawing,
        legend: Vec::new(),
        note: Some("blue: above 0; orange: below; the deeper, the further from it"),
        figures: None,
    }
    .html()
}
