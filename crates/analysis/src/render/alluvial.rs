//! Flows between columns of groups: a band for each, as wide as it is heavy.

use super::number::{place, short};
use super::{Figure, Html, colour};
use das_core::detmath::fmax;
use das_core::view::{Alluvial, Cell, Table};
use std::collections::BTreeMap;

const WIDTH: f64 = 780.0;
/// Room for the names of the last column.
const RIGHT: f64 = 210.0;
/// Of a drawing with few groups.
const HEIGHT: f64 = 320.0;
/// Width of a group, and what it keeps clear of the next one.
const BAR: f64 = 10.0;
const GAP: f64 = 12.0;
const TOP: f64 = 22.0;

/// Where a group stands in its column, and how much of it is taken by flows already, on both sides.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    weight: f64,
    top: f64,
    arrived: f64,
    left: f64,
}

pub(super) fn alluvial(view: &Alluvial) -> Html {
    let mut columns: Vec<BTreeMap<&str, Group>> = vec![BTreeMap::new(); view.columns.len()];
    for flow in view.flows.iter().filter(|flow| flow.weight > 0.0) {
        let at = flow.column as usize;
        columns[at].entry(&flow.from).or_default().left += flow.weight;
        columns[at + 1].entry(&flow.to).or_default().arrived += flow.weight;
    }
    let most = columns.iter().map(BTreeMap::len).max().unwrap_or(0);
    let height = fmax(HEIGHT, TOP + 2.0 * GAP * most as f64);
    let mut scale = f64::INFINITY;
    for column in &mut columns {
        let mut all = 0.0;
        for group in column.values_mut() {
            group.weight = fmax(group.left, group.arrived);
            (group.left, group.arrived) = (0.0, 0.0);
            all += group.weight;
        }
        let room = height - TOP - GAP * column.len() as f64;
        if all > 0.0 && room / all < scale {
            scale = room / all;
        }
    }
    for column in &mut columns {
        let mut order: Vec<(&str, f64)> =
            column.iter().map(|(name, g)| (*name, g.weight)).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        let mut top = TOP;
        for (name, weight) in order {
            column.entry(name).or_default().top = top;
            top += weight * scale + GAP;
        }
    }
    let drawing = if scale.is_finite() {
        drawn(view, columns, scale, height)
    } else {
        Html::default()
    };
    let row = |flow: &das_core::view::Flow| {
        let at = flow.column as usize;
        vec![
            Cell::Text(flow.from.clone()),
            Cell::Text(flow.to.clone()),
            Cell::Text(format!("{} to {}", view.columns[at], view.columns[at + 1])),
            Cell::Number(flow.weight),
        ]
    };
    Figure {
        title: &view.title,
        wide: true,
        drawing,
        legend: Vec::new(),
        note: Some(if scale.is_finite() {
            "wide: much"
        } else {
            "Nothing flowed."
        }),
        figures: Some(Table {
            title: view.title.clone(),
            columns: ["from", "to", "columns", "weight"]
                .map(str::to_owned)
                .to_vec(),
            rows: view.flows.iter().map(row).collect(),
            note: None,
        }),
    }
    .html()
}

fn drawn<'v>(
    view: &'v Alluvial,
    mut columns: Vec<BTreeMap<&'v str, Group>>,
    scale: f64,
    height: f64,
) -> Html {
    let last = columns.len() - 1;
    let x = |at: usize| at as f64 / last.max(1) as f64 * (WIDTH - BAR - RIGHT);
    let mut drawing = Html::default();
    let region = [
        ("class", "scroll"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", view.title.as_str()),
    ];
    drawing.open("div", &region);
    let size = format!("0 0 {} {}", place(WIDTH), place(height));
    let attributes = [
        ("viewBox", size.as_str()),
        ("class", "broad"),
        ("role", "img"),
        ("aria-label", &view.title),
    ];
    drawing.open("svg", &attributes);
    // A band keeps the colour of the group it begins with: further on, of the heaviest one that came into its group.
    let mut tones: Vec<BTreeMap<&str, (f64, usize)>> = vec![BTreeMap::new(); columns.len()];
    for (tone, name) in columns[0].keys().enumerate() {
        tones[0].insert(name, (0.0, tone));
    }
    for at in 0..last {
        for flow in view.flows.iter().filter(|flow| flow.column as usize == at) {
            let tone = tones[at]
                .get(flow.from.as_str())
                .map_or(6, |(_, tone)| *tone);
            let known = tones[at + 1].entry(&flow.to).or_insert((flow.weight, tone));
            if flow.weight > known.0 {
                *known = (flow.weight, tone);
            }
        }
    }
    for flow in view.flows.iter().filter(|flow| flow.weight > 0.0) {
        let at = flow.column as usize;
        let high = flow.weight * scale;
        let from = columns[at].entry(&flow.from).or_default();
        let a = from.top + from.left;
        from.left += high;
        let to = columns[at + 1].entry(&flow.to).or_default();
        let b = to.top + to.arrived;
        to.arrived += high;
        let (left, right) = (x(at) + BAR, x(at + 1));
        let bend = f64::midpoint(left, right);
        let p = |x: f64, y: f64| format!("{} {}", place(x), place(y));
        let path = format!(
            "M{}C{} {} {}L{}C{} {} {}Z",
            p(left, a),
            p(bend, a),
            p(bend, b),
            p(right, b),
            p(right, b + high),
            p(bend, b + high),
            p(bend, a + high),
            p(left, a + high)
        );
        let tone = tones[at]
            .get(flow.from.as_str())
            .map_or(6, |(_, tone)| *tone);
        let class = format!("band {}", colour('f', tone));
        drawing.open("path", &[("d", &path), ("class", &class)]);
        let text = format!("{} → {}: {}", flow.from, flow.to, short(Some(flow.weight)));
        drawing.leaf("title", &[], &text).close("path");
    }
    for (at, column) in columns.iter().enumerate() {
        let (left, wide) = (place(x(at)), place(BAR));
        let beside = place(x(at) + BAR + 5.0);
        drawing.leaf(
            "text",
            &[("x", &left), ("y", "11"), ("class", "head")],
            &view.columns[at],
        );
        for (name, group) in column {
            let high = group.weight * scale;
            let (top, text) = (place(group.top), place(group.top + high / 2.0 + 4.0));
            let high = place(fmax(high, 1.0));
            let bar = [
                ("x", left.as_str()),
                ("width", &wide),
                ("y", &top),
                ("height", &high),
                ("class", "bar"),
            ];
            drawing.leaf("rect", &bar, "");
            let words = format!("{name} {}", short(Some(group.weight)));
            drawing.leaf("text", &[("x", &beside), ("y", &text)], &words);
        }
    }
    drawing.close("svg").close("div");
    drawing
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::view::Flow;

    #[test]
    fn many_groups_stand_upright() {
        // Sixty groups in a column, more than the height of a few has room for: each has a bar with a height, all below the heading.
        let flow = |n: u32| Flow {
            column: 0,
            from: format!("g{n}"),
            to: format!("h{n}"),
            weight: 1.0,
        };
        let html = alluvial(&Alluvial {
            title: "many".to_owned(),
            columns: vec!["one".to_owned(), "two".to_owned()],
            flows: (0..60).map(flow).collect(),
        });
        let page = html.into_string();
        let bars: Vec<&str> = page.split("<rect ").skip(1).collect();
        assert_eq!(bars.len(), 120);
        let of = |bar: &str, name: &str| -> f64 {
            let rest = bar.split_once(&format!(" {name}=\"")).unwrap().1;
            rest.split('"').next().unwrap().parse().unwrap()
        };
        for bar in bars {
            assert!(of(bar, "height") >= 1.0 && of(bar, "y") >= TOP, "{bar}");
        }
        assert!(!page.contains("=\"-"), "nothing is negative");
    }
}
