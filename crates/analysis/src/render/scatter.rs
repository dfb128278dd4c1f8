//! Named points over two measures, with those that no other beats in both.

use super::forest::cut;
use super::frame::Frame;
use super::number::{extent, place, short};
use super::{Figure, Html};
use crate::compare::Sense;
use das_core::view::{Cell, Table};

/// Which of the points no other point beats: at least as good in both measures and better in one (Pareto).
pub(super) fn frontier(points: &[[f64; 2]], senses: [Sense; 2]) -> Vec<bool> {
    let good: Vec<[f64; 2]> = points
        .iter()
        .map(|[x, y]| [senses[0].turned(*x), senses[1].turned(*y)])
        .collect();
    let beats = |a: &[f64; 2], b: &[f64; 2]| a[0] >= b[0] && a[1] >= b[1] && a != b;
    good.iter()
        .map(|own| !good.iter().any(|other| beats(other, own)))
        .collect()
}

/// Draws a table of the columns name, x, y as points. Those on the frontier are joined; the figures say which they are. Rows
/// without both numbers are left out.
pub fn scatter(view: &Table, senses: [Sense; 2]) -> Html {
    let named: Vec<(&str, [f64; 2])> = view
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Cell::Text(name), Cell::Number(x), Cell::Number(y), ..]
                if x.is_finite() && y.is_finite() =>
            {
                Some((name.as_str(), [*x, *y]))
            }
            _ => None,
        })
        .collect();
    let points: Vec<[f64; 2]> = named.iter().map(|(_, point)| *point).collect();
    let best = frontier(&points, senses);
    let range = |axis: usize| {
        let (low, high) = extent(points.iter().map(|p| p[axis]), false);
        let margin = (high - low) * 0.06;
        (low - margin, high + margin)
    };
    let frame = Frame::new(range(0), range(1));
    let mut drawing = Html::default();
    frame.open(&mut drawing, &view.title, false);
    let mut joined: Vec<[f64; 2]> = points
        .iter()
        .zip(&best)
        .filter(|(_, best)| **best)
        .map(|(p, _)| *p)
        .collect();
    joined.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let corner = |p: &[f64; 2]| format!("{},{}", place(frame.x(p[0])), place(frame.y(p[1])));
    let corners: Vec<String> = joined.iter().map(corner).collect();
    drawing.leaf(
        "polyline",
        &[("points", &corners.join(" ")), ("class", "line s2")],
        "",
    );
    let mut beside_last = false;
    for ((name, [x, y]), best) in named.iter().zip(&best) {
        let (cx, cy) = (place(frame.x(*x)), place(frame.y(*y)));
        let class = if *best { "dot f2" } else { "dot f6" };
        drawing.open(
            "circle",
            &[("cx", &cx), ("cy", &cy), ("r", "4.5"), ("class", class)],
        );
        let text = format!("{name}: {}, {}", short(Some(*x)), short(Some(*y)));
        drawing.leaf("title", &[], &text).close("circle");
        if *best {
            let right = frame.x(*x) > super::frame::WIDTH / 2.0;
            let (anchor, beside) = if right { ("end", -7.0) } else { ("start", 7.0) };
            // Names go above and below by turns, since neighbours on the frontier are near each other.
            let level = if beside_last { 13.0 } else { -5.0 };
            beside_last = !beside_last;
            let (at, above) = (place(frame.x(*x) + beside), place(frame.y(*y) + level));
            drawing.leaf(
                "text",
                &[("x", &at), ("y", &above), ("text-anchor", anchor)],
                &cut(name),
            );
        }
    }
    drawing.close("svg");
    let rows = named.iter().zip(&best).map(|((name, [x, y]), best)| {
        let word = if *best { "yes" } else { "" };
        vec![
            Cell::Text((*name).to_owned()),
            Cell::Number(*x),
            Cell::Number(*y),
            Cell::Text(word.to_owned()),
        ]
    });
    let mut columns = view.columns.clone();
    columns.truncate(3);
    columns.push("on the frontier".to_owned());
    Figure {
        title: &view.title,
        wide: false,
        drawing,
        legend: Vec::new(),
        note: view.note.as_deref(),
        figures: Some(Table {
            title: view.title.clone(),
            columns,
            rows: rows.collect(),
            note: None,
        }),
    }
    .html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontier_is_what_nobody_beats() {
        // Less harm and more welfare: (1, 5) and (2, 9) stay; (2, 7) is beaten by (2, 9), (3, 9) by it too; twins both stay.
        let points = [[1.0, 5.0], [2.0, 9.0], [2.0, 7.0], [3.0, 9.0], [1.0, 5.0]];
        let found = frontier(&points, [Sense::Less, Sense::More]);
        assert_eq!(found, [true, true, false, false, true]);
        let turned = frontier(&points, [Sense::More, Sense::More]);
        assert_eq!(turned, [false, false, false, true, false]);
    }
}
