//! Areas, one small map for each fill, with routes over them.

use super::number::{extent, place, short};
use super::{Figure, Html, number};
use das_core::detmath::fmax;
use das_core::view::{Area, Cell, Fill, Map, Table};

/// Side of a small map.
const SIZE: f64 = 300.0;

/// Areas up to which all have their names in them.
const NAMED: usize = 48;

pub(super) fn map(view: &Map) -> Html {
    let plain = [Fill {
        name: String::new(),
        values: vec![None; view.areas.len()],
    }];
    let fills = if view.fills.is_empty() {
        &plain[..]
    } else {
        &view.fills
    };
    let mut drawing = Html::default();
    drawing.open("div", &[("class", "maps")]);
    for fill in fills {
        drawing.open("div", &[]);
        small(&mut drawing, view, fill);
        drawing
            .leaf("p", &[("class", "note")], &said(fill))
            .close("div");
    }
    drawing.close("div");
    let mut columns = vec!["area".to_owned()];
    columns.extend(view.fills.iter().map(|fill| fill.name.clone()));
    let rows = view.areas.iter().enumerate().map(|(at, area)| {
        let mut row = vec![Cell::Text(area.name.clone())];
        row.extend(view.fills.iter().map(|fill| number(fill.values[at])));
        row
    });
    let note = "thick: many; blue: half or more got through; orange: less";
    Figure {
        title: &view.title,
        wide: true,
        drawing,
        legend: Vec::new(),
        note: Some(note).filter(|_| view.routes.iter().any(|route| route.value.is_some())),
        figures: Some(Table {
            title: view.title.clone(),
            columns,
            rows: rows.collect(),
            note: None,
        }),
    }
    .html()
}

/// What the depth of colour means.
fn said(fill: &Fill) -> String {
    let known: Vec<f64> = fill.values.iter().flatten().copied().collect();
    if known.is_empty() {
        return fill.name.clone();
    }
    let (low, high) = known.iter().fold((known[0], known[0]), |(low, high), x| {
        (if *x < low { *x } else { low }, fmax(high, *x))
    });
    format!(
        "{}: {} to {}",
        fill.name,
        short(Some(low)),
        short(Some(high))
    )
}

fn middle(area: &Area) -> [f64; 2] {
    let count = area.outline.len().max(1) as f64;
    let sum = (area.outline.iter()).fold([0.0, 0.0], |sum, [x, y]| [sum[0] + x, sum[1] + y]);
    sum.map(|x| x / count * SIZE)
}

fn small(drawing: &mut Html, view: &Map, fill: &Fill) {
    let range = extent(fill.values.iter().flatten().copied(), false);
    let size = format!("0 0 {SIZE} {SIZE}");
    let label = format!("{}: {}", view.title, fill.name);
    let attributes = [
        ("viewBox", size.as_str()),
        ("class", "map"),
        ("role", "img"),
        ("aria-label", &label),
    ];
    drawing.open("svg", &attributes);
    // Routes have the colours; what lies under them is grey.
    let under = if view.routes.is_empty() {
        "area"
    } else {
        "area under"
    };
    for (area, value) in view.areas.iter().zip(&fill.values) {
        let corner = |[x, y]: &[f64; 2]| format!("{},{}", place(x * SIZE), place(y * SIZE));
        let corners: Vec<String> = area.outline.iter().map(corner).collect();
        let depth = value.map_or(0.03, |x| 0.08 + 0.82 * super::frame::share(x, range));
        let opacity = format!("{depth:.2}");
        drawing.open(
            "polygon",
            &[
                ("points", &corners.join(" ")),
                ("class", under),
                ("fill-opacity", &opacity),
            ],
        );
        let text = match value {
            Some(x) => format!("{}: {} {}", area.name, fill.name, short(Some(*x))),
            None => area.name.clone(),
        };
        drawing.leaf("title", &[], &text).close("polygon");
    }
    let most = view
        .routes
        .iter()
        .fold(1e-9, |most, route| fmax(most, route.weight));
    for route in &view.routes {
        let point = |at: &u32| {
            let [x, y] = middle(&view.areas[*at as usize]);
            format!("{},{}", place(x), place(y))
        };
        let points: Vec<String> = route.areas.iter().map(point).collect();
        let class = match route.value {
            None => "edge s4",
            Some(value) if value < 0.5 => "edge s1",
            Some(_) => "edge s0",
        };
        let width = place(1.0 + 5.0 * route.weight / most);
        let points = points.join(" ");
        drawing.open(
            "polyline",
            &[
                ("points", &points),
                ("class", class),
                ("stroke-width", &width),
            ],
        );
        let share = route.value.map_or(String::new(), |x| {
            format!(", {} got through", short(Some(x)))
        });
        let text = format!("{}: {}{share}", route.name, short(Some(route.weight)));
        drawing.leaf("title", &[], &text).close("polyline");
    }
    if view.areas.len() <= NAMED {
        for area in &view.areas {
            let [x, y] = middle(area);
            let (x, y) = (place(x), place(y + 3.0));
            let attributes = [("x", x.as_str()), ("y", &y), ("text-anchor", "middle")];
            drawing.leaf("text", &attributes, &area.name);
        }
    }
    drawing.close("svg");
}
