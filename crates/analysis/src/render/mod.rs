//! Views as HTML and SVG that need no program to be seen: one file a shape.
//!
//! [`draw`] gives the markup of any [`View`]; [`Page`] is the document around it. Invariants: text of whatever origin becomes
//! text, because all markup goes through [`Html`], which escapes in one place and takes names of elements and attributes from
//! the source alone; a view that contradicts itself is not drawn but named; every drawing has its figures as a table below it;
//! the same view gives the same bytes. Groups are told apart by the colours of Okabe and Ito (Color Universal Design, 2008) and
//! by their legend; light and dark follow the reader's system. Not here: what is shown, and the page that is live.

mod alluvial;
mod explanation;
mod forest;
mod frame;
mod graph;
mod heatmap;
mod histogram;
mod html;
mod ladder;
mod map;
mod number;
mod page;
mod parallel;
mod scatter;
mod series;
mod table;
mod timeline;

pub use forest::forest;
pub use html::Html;
pub use number::short;
pub use page::Page;
pub use parallel::parallel;
pub use scatter::scatter;

use das_core::view::{Cell, Table, View};

/// Colours there are; further groups begin again.
const COLOURS: usize = 8;

/// The markup of a view.
pub fn draw(view: &View) -> Html {
    if let Err(error) = view.check() {
        let mut html = Html::default();
        html.leaf("p", &[("class", "error")], &format!("not shown: {error}"));
        return html;
    }
    match view {
        View::Table(view) => table::table(view),
        View::Series(view) => series::series(view),
        View::Histogram(view) => histogram::histogram(view),
        View::Heatmap(view) => heatmap::heatmap(view),
        View::Graph(view) => graph::graph(view),
        View::Map(view) => map::map(view),
        View::Timeline(view) => timeline::timeline(view),
        View::Ladder(view) => ladder::ladder(view),
        View::Alluvial(view) => alluvial::alluvial(view),
        View::Explanation(view) => explanation::explanation(view),
    }
}

/// The class of a group: `f` fills, `s` strokes.
fn colour(of: char, at: usize) -> String {
    format!("{of}{}", at % COLOURS)
}

/// A drawing with its title, what stands below it, and its figures.
struct Figure<'f> {
    title: &'f str,
    wide: bool,
    drawing: Html,
    legend: Vec<(String, String)>,
    note: Option<&'f str>,
    figures: Option<Table>,
}

impl Figure<'_> {
    fn html(&self) -> Html {
        let mut html = Html::default();
        let class = if self.wide { "panel wide" } else { "panel" };
        html.open("figure", &[("class", class)]);
        html.leaf("h3", &[], self.title);
        html.append(&self.drawing);
        if self.legend.len() > 1 {
            html.open("ul", &[("class", "legend")]);
            for (class, name) in &self.legend {
                html.open("li", &[]);
                html.open("svg", &[("viewBox", "0 0 22 10"), ("aria-hidden", "true")]);
                if class.starts_with("line") {
                    let at = [("x1", "1"), ("x2", "21"), ("y1", "5"), ("y2", "5")];
                    html.leaf("line", &[&at[..], &[("class", class)]].concat(), "");
                } else {
                    let at = [("width", "22"), ("height", "10")];
                    html.leaf("rect", &[&at[..], &[("class", class)]].concat(), "");
                }
                html.close("svg").text(name).close("li");
            }
            html.close("ul");
        }
        if let Some(note) = self.note {
            html.leaf("figcaption", &[], note);
        }
        if let Some(figures) = self.figures.as_ref().filter(|table| !table.rows.is_empty()) {
            html.open("details", &[]).leaf("summary", &[], "Figures");
            html.append(&table::bare(figures));
            html.close("details");
        }
        html.close("figure");
        html
    }
}

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::Empty, Cell::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::view::{
        Alluvial, Area, Counts, Edge, Explanation, Fill, Flow, Graph, Heatmap, Histogram, Ladder,
        Line, Map, Mark, Node, Reason, Route, Rung, Series, Stretch, Timeline,
    };

    /// One view of every shape in which every text is `t`.
    fn shapes(t: &str) -> Vec<View> {
        let t = || t.to_owned();
        vec![
            View::Table(Table {
                title: t(),
                columns: vec![t(), t()],
                rows: vec![
                    vec![Cell::Text(t()), Cell::Number(0.25)],
                    vec![Cell::Empty, Cell::Whole(3)],
                ],
                note: Some(t()),
            }),
            View::Series(Series {
                title: t(),
                axis: t(),
                x: vec![0.0, 1.0, 2.0],
                lines: vec![
                    Line {
                        name: t(),
                        values: vec![Some(1.0), None, Some(-2.0)],
                        hidden: true,
                    },
                    Line {
                        name: t(),
                        values: vec![None; 3],
                        hidden: false,
                    },
                ],
                marks: vec![Mark { x: 1.0, label: t() }],
            }),
            View::Histogram(Histogram {
                title: t(),
                axis: t(),
                edges: vec![0.0, 1.0, 3.0],
                groups: vec![
                    Counts {
                        name: t(),
                        counts: vec![2, 0],
                    },
                    Counts {
                        name: t(),
                        counts: vec![1, 5],
                    },
                ],
            }),
            View::Heatmap(Heatmap {
                title: t(),
                columns: vec![t(), t()],
                rows: vec![t()],
                values: vec![vec![Some(-1.0), None]],
            }),
            View::Graph(Graph {
                title: t(),
                nodes: vec![
                    Node {
                        name: t(),
                        group: t(),
                        weight: 2.0,
                        place: Some([0.1, 0.9]),
                    },
                    Node {
                        name: t(),
                        group: "other".into(),
                        weight: 0.0,
                        place: None,
                    },
                ],
                edges: vec![
                    Edge {
                        from: 0,
                        to: 1,
                        weight: 3.0,
                        value: Some(0.2),
                    },
                    Edge {
                        from: 1,
                        to: 0,
                        weight: 1.0,
                        value: None,
                    },
                ],
                note: Some(t()),
            }),
            View::Map(Map {
                title: t(),
                areas: vec![
                    Area {
                        name: t(),
                        outline: vec![[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]],
                    },
                    Area {
                        name: t(),
                        outline: vec![[0.5, 0.5], [1.0, 0.5], [1.0, 1.0]],
                    },
                ],
                fills: vec![Fill {
                    name: t(),
                    values: vec![Some(2.0), None],
                }],
                routes: vec![Route {
                    name: t(),
                    areas: vec![0, 1],
                    weight: 1.0,
                    value: Some(0.5),
                }],
            }),
            View::Timeline(Timeline {
                title: t(),
                axis: t(),
                rows: vec![t()],
                stretches: vec![Stretch {
                    row: 0,
                    from: 1.0,
                    to: 1.0,
                    status: t(),
                    event: Some(7),
                }],
            }),
            View::Ladder(Ladder {
                title: t(),
                rungs: vec![Rung {
                    name: t(),
                    who: vec![t(), t()],
                }],
            }),
            View::Alluvial(Alluvial {
                title: t(),
                columns: vec![t(), t()],
                flows: vec![Flow {
                    column: 0,
                    from: t(),
                    to: t(),
                    weight: 2.0,
                }],
            }),
            View::Explanation(Explanation {
                title: t(),
                reason: Reason {
                    text: t(),
                    value: Some(0.5),
                    event: Some(3),
                    because: vec![Reason {
                        text: t(),
                        ..Reason::default()
                    }],
                },
            }),
        ]
    }

    #[test]
    fn every_shape_is_drawn_and_text_stays_text() {
        // With a text that is markup each shape has exactly the elements it has with a harmless one, whole and closed.
        for (plain, hostile) in shapes("a")
            .iter()
            .zip(&shapes("</td><b x=\"' onload=1>&amp;"))
        {
            assert_eq!(hostile.check(), Ok(()));
            let (plain, hostile) = (draw(plain).into_string(), draw(hostile).into_string());
            let count = |text: &str, of: &str| text.matches(of).count();
            assert_eq!(count(&plain, "<"), count(&hostile, "<"), "{hostile}");
            assert_eq!(count(&plain, "\""), count(&hostile, "\""), "{hostile}");
            assert!(
                !hostile.contains("<b") && hostile.contains("&lt;b x="),
                "{hostile}"
            );
        }
    }

    #[test]
    fn empty_views_are_drawn_and_broken_ones_named() {
        // Nothing to show is no reason to fail, and a view that breaks its own rules is not drawn at all.
        for view in [
            View::Table(Table::default()),
            View::Series(Series::default()),
            View::Histogram(Histogram {
                edges: vec![0.0],
                ..Histogram::default()
            }),
            View::Heatmap(Heatmap::default()),
            View::Graph(Graph::default()),
            View::Map(Map::default()),
            View::Timeline(Timeline::default()),
            View::Ladder(Ladder::default()),
            View::Alluvial(Alluvial::default()),
            View::Explanation(Explanation::default()),
        ] {
            assert_eq!(view.check(), Ok(()), "{view:?}");
            let text = draw(&view).into_string();
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
        let broken = View::Heatmap(Heatmap {
            rows: vec!["r".into()],
            ..Heatmap::default()
        });
        assert!(draw(&broken).into_string().contains("not shown"));
    }
}
