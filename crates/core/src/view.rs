//! Views: what a page or a report may show, as plain data.
//!
//! A world folds its log into views and names them in its descriptors; whatever renders them knows these ten shapes and no
//! world. Invariants ([`View::check`]): lengths agree, every index points at something, every number is finite. Text is text:
//! it is never markup. Not here: colours, sizes, rendering, and where the figures come from.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One value of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// A count or an event number.
    Whole(i64),
    /// A measure.
    Number(f64),
    /// A word.
    Text(String),
}

/// Rows under named columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of its columns, with units where they have one.
    pub columns: Vec<String>,
    /// Rows in the order to be shown, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A line of a [`Series`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// A value for each x; absent where it is not defined.
    pub values: Vec<Option<f64>>,
    /// Whether it is computed from what only the simulator knows.
    #[serde(default)]
    pub hidden: bool,
}

/// Something that happened at a place of the x axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What.
    pub label: String,
}

/// Lines over a common axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it shows.
    pub title: String,
    /// Name of the axis, e.g. `epoch`.
    pub axis: String,
    /// Places on the axis, ascending.
    pub x: Vec<f64>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Vertical marks.
    #[serde(default)]
    pub marks: Vec<Mark>,
}

/// Counts of one group in the bins of a [`Histogram`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// The group.
    pub name: String,
    /// A count for each bin.
    pub counts: Vec<u64>,
}

/// Counts between edges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// What it shows.
    pub title: String,
    /// What is counted, with its unit.
    pub axis: String,
    /// Edges, ascending; one more than there are bins. A bin holds its lower edge.
    pub edges: Vec<f64>,
    /// Groups, stacked.
    pub groups: Vec<Counts>,
}

/// A value for each pair of a row and a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heatmap {
    /// What it shows.
    pub title: String,
    /// Names of columns.
    pub columns: Vec<String>,
    /// Names of rows.
    pub rows: Vec<String>,
    /// Values, row by row; absent where nothing is known.
    pub values: Vec<Vec<Option<f64>>>,
}

/// A node of a [`Graph`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What it is grouped and coloured by.
    pub group: String,
    /// Size, not negative.
    pub weight: f64,
    /// Place in the unit square, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<[f64; 2]>,
}

/// A directed edge between nodes, by their positions in the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// From which node.
    pub from: u32,
    /// To which node.
    pub to: u32,
    /// Width, not negative.
    pub weight: f64,
    /// A value that colours it, 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// Who deals with whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// What it shows.
    pub title: String,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Edges.
    pub edges: Vec<Edge>,
    /// What a reader should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// An area of a [`Map`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// Its corners in the unit square, in order.
    pub outline: Vec<[f64; 2]>,
}

/// One way to fill the areas of a [`Map`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// What it shows, with its unit.
    pub name: String,
    /// A value for each area; absent where nothing is known.
    pub values: Vec<Option<f64>>,
}

/// A way through a [`Map`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// What goes there.
    pub name: String,
    /// Areas it passes, by their positions in the list.
    pub areas: Vec<u32>,
    /// Width, not negative.
    pub weight: f64,
    /// A value that colours it, 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// Areas with fills to switch between, and routes over them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// What it shows.
    pub title: String,
    /// Areas.
    pub areas: Vec<Area>,
    /// Fills; the first is shown first.
    pub fills: Vec<Fill>,
    /// Routes.
    #[serde(default)]
    pub routes: Vec<Route>,
}

/// A stretch of a [`Timeline`] in which a status held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Row it belongs to, by its position in the list.
    pub row: u32,
    /// Where it begins.
    pub from: f64,
    /// Where it ends, not before it begins.
    pub to: f64,
    /// The status.
    pub status: String,
    /// Event that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
}

/// Which status held when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// What it shows.
    pub title: String,
    /// Name of the axis.
    pub axis: String,
    /// Names of rows.
    pub rows: Vec<String>,
    /// Stretches.
    pub stretches: Vec<Stretch>,
}

/// A rung of a [`Ladder`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Its name.
    pub name: String,
    /// Who stands on it.
    pub who: Vec<String>,
}

/// Steps of escalation or rank, lowest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// What it shows.
    pub title: String,
    /// Rungs.
    pub rungs: Vec<Rung>,
}

/// A flow between two columns of an [`Alluvial`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Column it leaves, by its position; it arrives in the next one.
    pub column: u32,
    /// Group it leaves.
    pub from: String,
    /// Group it joins.
    pub to: String,
    /// How much, not negative.
    pub weight: f64,
}

/// How groups join, split and merge over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alluvial {
    /// What it shows.
    pub title: String,
    /// Names of columns, in time.
    pub columns: Vec<String>,
    /// Flows.
    pub flows: Vec<Flow>,
}

/// A reason, and the reasons behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What, in a sentence.
    pub text: String,
    /// The figure it comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Event that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// What it follows from.
    #[serde(default)]
    pub because: Vec<Reason>,
}

/// Why something is as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// What it shows.
    pub title: String,
    /// The root.
    pub reason: Reason,
}

/// Anything that can be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "view", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is the struct it holds")]
pub enum View {
    Table(Table),
    Series(Series),
    Histogram(Histogram),
    Heatmap(Heatmap),
    Graph(Graph),
    Map(Map),
    Timeline(Timeline),
    Ladder(Ladder),
    Alluvial(Alluvial),
    Explanation(Explanation),
}

/// Deepest tree of reasons that is shown.
pub const REASONS_MAX: usize = 32;

/// A view contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("view `{title}`: {what}")]
pub struct ViewError {
    /// Title of the view.
    pub title: String,
    /// What is wrong with it.
    pub what: &'static str,
}

fn finite<'a>(values: impl IntoIterator<Item = &'a Option<f64>>) -> bool {
    values.into_iter().flatten().all(|value| value.is_finite())
}

fn weight(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn ascending(values: &[f64]) -> bool {
    values.iter().all(|x| x.is_finite()) && values.windows(2).all(|pair| pair[0] < pair[1])
}

fn reasons(reason: &Reason, left: usize) -> bool {
    left > 0
        && finite([&reason.value])
        && reason.because.iter().all(|below| reasons(below, left - 1))
}

impl View {
    /// What it shows.
    pub fn title(&self) -> &str {
        match self {
            Self::Table(view) => &view.title,
            Self::Series(view) => &view.title,
            Self::Histogram(view) => &view.title,
            Self::Heatmap(view) => &view.title,
            Self::Graph(view) => &view.title,
            Self::Map(view) => &view.title,
            Self::Timeline(view) => &view.title,
            Self::Ladder(view) => &view.title,
            Self::Alluvial(view) => &view.title,
            Self::Explanation(view) => &view.title,
        }
    }

    /// Whether it can be drawn as it stands; the first rule it breaks.
    pub fn check(&self) -> Result<(), ViewError> {
        let rules: &[(bool, &'static str)] = match self {
            Self::Table(view) => &[
                (
                    view.rows.iter().all(|row| row.len() == view.columns.len()),
                    "a row has not a cell for each column",
                ),
                (
                    (view.rows.iter().flatten())
                        .all(|cell| !matches!(cell, Cell::Number(x) if !x.is_finite())),
                    "a cell is not finite",
                ),
            ],
            Self::Series(view) => &[
                (ascending(&view.x), "its axis does not ascend"),
                (
                    view.lines
                        .iter()
                        .all(|line| line.values.len() == view.x.len()),
                    "a line has not a value for each place",
                ),
                (
                    view.lines.iter().all(|line| finite(&line.values)),
                    "a value is not finite",
                ),
                (
                    view.marks.iter().all(|mark| mark.x.is_finite()),
                    "a mark is nowhere",
                ),
            ],
            Self::Histogram(view) => &[
                (ascending(&view.edges), "its edges do not ascend"),
                (
                    (view.groups.iter()).all(|group| group.counts.len() + 1 == view.edges.len()),
                    "a group has not a count for each bin",
                ),
            ],
            Self::Heatmap(view) => &[
                (view.values.len() == view.rows.len(), "a row has no values"),
                (
                    (view.values.iter()).all(|row| row.len() == view.columns.len()),
                    "a row has not a value for each column",
                ),
                (view.values.iter().all(finite), "a value is not finite"),
            ],
            Self::Graph(view) => &[
                (
                    (view.edges.iter()).all(|e| (e.from.max(e.to) as usize) < view.nodes.len()),
                    "an edge leads nowhere",
                ),
                (
                    view.nodes.iter().all(|node| weight(node.weight))
                        && view
                            .edges
                            .iter()
                            .all(|e| weight(e.weight) && finite([&e.value])),
                    "a weight is negative or not finite",
                ),
                (
                    (view.nodes.iter().filter_map(|node| node.place).flatten())
                        .all(|x| (0.0..=1.0).contains(&x)),
                    "a node is off the unit square",
                ),
            ],
            Self::Map(view) => &[
                (
                    (view.fills.iter())
                        .all(|f| f.values.len() == view.areas.len() && finite(&f.values)),
                    "a fill has not a finite value for each area",
                ),
                (
                    (view.areas.iter().flat_map(|area| &area.outline).flatten())
                        .all(|x| (0.0..=1.0).contains(x)),
                    "an area is off the unit square",
                ),
                (
                    (view.routes.iter()).all(|route| {
                        weight(route.weight)
                            && finite([&route.value])
                            && route.areas.iter().all(|a| (*a as usize) < view.areas.len())
                    }),
                    "a route leads nowhere",
                ),
            ],
            Self::Timeline(view) => &[(
                (view.stretches.iter()).all(|s| {
                    (s.row as usize) < view.rows.len()
                        && s.from.is_finite()
                        && s.to.is_finite()
                        && s.from <= s.to
                }),
                "a stretch has no row, or ends before it begins",
            )],
            Self::Ladder(_) => &[],
            Self::Alluvial(view) => &[(
                (view.flows.iter())
                    .all(|f| (f.column as usize) + 1 < view.columns.len() && weight(f.weight)),
                "a flow leads nowhere",
            )],
            Self::Explanation(view) => &[(
                reasons(&view.reason, REASONS_MAX),
                "its reasons are nested too deep or not finite",
            )],
        };
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, what)) => Err(ViewError {
                title: self.title().to_owned(),
                what,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_survive_json_and_say_what_is_wrong() {
        // Each shape goes to JSON and back unchanged; a row that is too short, an edge to nowhere, a timeline that runs
        // backwards and a NaN are each refused with the rule they break.
        let table = View::Table(Table {
            title: "t".into(),
            columns: vec!["a".into(), "b".into()],
            rows: vec![
                vec![Cell::Whole(1), Cell::Text("x".into())],
                vec![Cell::Number(0.5), Cell::Empty],
            ],
            note: None,
        });
        let text = serde_json::to_string(&table).unwrap();
        assert!(text.starts_with(r#"{"view":"table""#), "{text}");
        assert_eq!(serde_json::from_str::<View>(&text).unwrap(), table);
        assert_eq!(table.check(), Ok(()));
        let wrong = [
            View::Table(Table {
                columns: vec!["a".into()],
                rows: vec![vec![]],
                ..Table::default()
            }),
            View::Graph(Graph {
                edges: vec![Edge::default()],
                ..Graph::default()
            }),
            View::Timeline(Timeline {
                rows: vec!["r".into()],
                stretches: vec![Stretch {
                    from: 2.0,
                    to: 1.0,
                    ..Stretch::default()
                }],
                ..Timeline::default()
            }),
            View::Series(Series {
                x: vec![0.0],
                lines: vec![Line {
                    values: vec![Some(f64::NAN)],
                    ..Line::default()
                }],
                ..Series::default()
            }),
            View::Series(Series {
                x: vec![1.0, 1.0],
                ..Series::default()
            }),
            View::Histogram(Histogram {
                groups: vec![Counts::default()],
                edges: vec![0.0, 1.0],
                ..Histogram::default()
            }),
            View::Heatmap(Heatmap {
                rows: vec!["r".into()],
                ..Heatmap::default()
            }),
            View::Map(Map {
                fills: vec![Fill {
                    values: vec![None],
                    ..Fill::default()
                }],
                ..Map::default()
            }),
            View::Alluvial(Alluvial {
                flows: vec![Flow::default()],
                ..Alluvial::default()
            }),
            View::Explanation(Explanation {
                reason: (0..REASONS_MAX).fold(Reason::default(), |below, _| Reason {
                    because: vec![below],
                    ..Reason::default()
                }),
                ..Explanation::default()
            }),
        ];
        for view in wrong {
            assert!(view.check().is_err(), "{view:?}");
        }
    }
}
