//! The values a sweep varies: lists, ranges and samples as points, each a set of changes with a name.
//!
//! A [`Dimension`] is a list of points; dimensions are crossed. Every grid list and every range is one, a zip is one, a sample is
//! one. Computed values stand at the place of the key that asked for them, so that a value that does not fit is reported there.
//! Invariant: values follow from the file alone (samples from their own seed). Not here: named configurations and axes
//! ([`super::draft`]).

use super::file::{Bounds, Morris, Range, Sampling, Scale};
use crate::scenario::problem::{Code, Problem, Problems, Span};
use crate::scenario::scalar::Scalar;
use crate::scenario::span::{Entry, Node, Value};
use crate::scenario::typed;
use das_analysis::stats::morris::Design;
use das_analysis::stats::sample::{self, Parameter};
use das_core::detmath::{exp, ln};
use das_core::rng::Draws;
use std::collections::BTreeMap;

/// One change: a value at a path.
#[derive(Clone, Debug)]
pub struct Assign {
    /// Path, as in an override.
    pub path: String,
    /// Where the path stands.
    pub at: Span,
    /// The value.
    pub value: Node,
}

/// Values that go together.
#[derive(Clone, Debug)]
pub struct Point {
    /// Its name, where it does not follow from its values: `random.7`.
    pub name: Option<String>,
    /// The changes.
    pub sets: Vec<Assign>,
}

/// Alternatives of which each cell has one.
pub type Dimension = Vec<Point>;

/// The entries of a map, by key.
pub fn entries<'n>(tree: &'n Node, key: &str) -> &'n [Entry] {
    tree.get(key).and_then(Node::map).unwrap_or_default()
}

/// The changes of a `set:` map, in its order.
pub fn assigns(map: Option<&Node>) -> Vec<Assign> {
    let entries = map.and_then(Node::map).unwrap_or_default();
    let assign = |entry: &Entry| Assign {
        path: entry.key.clone(),
        at: entry.key_at,
        value: entry.node.clone(),
    };
    entries.iter().map(assign).collect()
}

/// A dimension of one path.
pub fn list(path: &str, at: Span, values: &[Node]) -> Dimension {
    let point = |value: &Node| Point {
        name: None,
        sets: vec![Assign {
            path: path.to_owned(),
            at,
            value: value.clone(),
        }],
    };
    values.iter().map(point).collect()
}

/// `grid`, `range`, `zip` and the samples of a checked file, in this order.
pub fn dimensions(tree: &Node, problems: &mut Problems) -> Vec<Dimension> {
    let mut all = Vec::new();
    for entry in entries(tree, "grid") {
        let values = entry.node.list().unwrap_or_default();
        if values.is_empty() {
            problems.push(wrong(
                entry.node.at,
                format!("`grid.{}` is empty", entry.key),
            ));
        }
        all.push(list(&entry.key, entry.key_at, values));
    }
    for entry in entries(tree, "range") {
        all.extend(range(entry, problems));
    }
    all.extend(zip(tree, problems));
    for (key, latin) in [("random", false), ("latin_hypercube", true)] {
        if let Some(node) = tree.get(key) {
            all.extend(sampled(key, node, latin, problems));
        }
    }
    if let Some(node) = tree.get("morris") {
        all.extend(trajectories(node, problems));
    }
    all
}

fn wrong(at: Span, message: impl Into<String>) -> Problem {
    Problem::new(Code::Counts, at, "", message)
}

fn range(entry: &Entry, problems: &mut Problems) -> Option<Dimension> {
    let range: Range = typed::read(&entry.node, problems)?;
    let Range {
        from,
        to,
        steps,
        scale,
        whole,
    } = range;
    if let Err(what) = ends(from, to, scale, from != to) {
        problems.push(wrong(
            entry.node.at,
            format!("`range.{}`: {what}", entry.key),
        ));
        return None;
    }
    let last = f64::from(steps - 1);
    let value = |i: u32| match (i, scale) {
        (0, _) => from,
        (i, _) if i == steps - 1 => to,
        (i, Scale::Linear) => from + (to - from) * f64::from(i) / last,
        (i, Scale::Log) => exp(ln(from) + (ln(to) - ln(from)) * f64::from(i) / last),
    };
    let values: Vec<f64> = (0..steps).map(|i| rounded(value(i))).collect();
    let all_whole = whole || values.iter().all(|x| x.fract() == 0.0);
    let nodes: Vec<Node> = values
        .into_iter()
        .map(|x| number(x, all_whole, entry.node.at))
        .collect();
    Some(list(&entry.key, entry.key_at, &nodes))
}

/// Twelve significant digits: 0.3, not 0.30000000000000004.
fn rounded(x: f64) -> f64 {
    format!("{x:.11e}").parse().unwrap_or(x)
}

fn ends(from: f64, to: f64, scale: Scale, fit: bool) -> Result<(), String> {
    if !(from.is_finite() && to.is_finite()) {
        return Err("`from` and `to` must be finite".to_owned());
    }
    if !fit {
        return Err(format!("`from` ({from}) must be below `to` ({to})"));
    }
    if scale == Scale::Log && (from <= 0.0 || to <= 0.0) {
        return Err("`scale: log` needs `from` and `to` above 0".to_owned());
    }
    Ok(())
}

/// A number as a file would have it.
fn number(x: f64, whole: bool, at: Span) -> Node {
    let value = if whole {
        let x = x.round();
        Value::Scalar(Scalar::Int(x as i128), format!("{x}"))
    } else {
        Value::Scalar(Scalar::Float(x), format!("{x}"))
    };
    Node { value, at }
}

fn zip(tree: &Node, problems: &mut Problems) -> Option<Dimension> {
    let lists = entries(tree, "zip");
    let length = lists.first()?.node.list().map_or(0, <[Node]>::len);
    if length == 0 {
        problems.push(wrong(
            lists[0].node.at,
            format!("`zip.{}` is empty", lists[0].key),
        ));
        return None;
    }
    for entry in lists {
        let own = entry.node.list().map_or(0, <[Node]>::len);
        if own != length {
            let message = format!(
                "`zip.{}` has {own} values and `zip.{}` {length}: they go together one by one",
                entry.key, lists[0].key
            );
            problems.push(wrong(entry.node.at, message));
            return None;
        }
    }
    let columns: Vec<Dimension> = lists
        .iter()
        .map(|entry| {
            list(
                &entry.key,
                entry.key_at,
                entry.node.list().unwrap_or_default(),
            )
        })
        .collect();
    let point = |at: usize| Point {
        name: None,
        sets: columns.iter().flat_map(|c| c[at].sets.clone()).collect(),
    };
    Some((0..length).map(point).collect())
}

/// A box to sample: parameters (of logarithms where the scale is), and how a coordinate becomes a value.
pub struct Space {
    /// Parameters by path, in the order of paths.
    pub parameters: Vec<Parameter>,
    bounds: Vec<Bounds>,
}

impl Space {
    /// The box of `over`; what is wrong with it, by path.
    pub fn of(over: &BTreeMap<String, Bounds>) -> Result<Self, (String, String)> {
        let mut space = Self {
            parameters: Vec::new(),
            bounds: Vec::new(),
        };
        for (path, bounds) in over {
            let fail = |what: String| (path.clone(), what);
            ends(
                bounds.from,
                bounds.to,
                bounds.scale,
                bounds.from < bounds.to,
            )
            .map_err(fail)?;
            let at = |x: f64| if bounds.scale == Scale::Log { ln(x) } else { x };
            let parameter = Parameter::new(path.clone(), at(bounds.from), at(bounds.to));
            space
                .parameters
                .push(parameter.map_err(|e| fail(e.to_string()))?);
            space.bounds.push(bounds.clone());
        }
        if space.parameters.is_empty() {
            return Err((String::new(), "names no parameter".to_owned()));
        }
        Ok(space)
    }

    fn points(&self, name: &str, over: &[Entry], rows: &[Vec<f64>]) -> Dimension {
        let place = |path: &str| {
            let entry = over.iter().find(|e| e.key == path);
            entry.map(|e| (e.key_at, e.node.at)).unwrap_or_default()
        };
        let set = |(parameter, (bounds, x)): (&Parameter, (&Bounds, &f64))| {
            let (at, value_at) = place(parameter.name());
            let x = if bounds.scale == Scale::Log {
                exp(*x)
            } else {
                *x
            };
            Assign {
                path: parameter.name().to_owned(),
                at,
                value: number(x, bounds.whole, value_at),
            }
        };
        rows.iter()
            .enumerate()
            .map(|(i, row)| Point {
                name: Some(format!("{name}.{}", i + 1)),
                sets: self
                    .parameters
                    .iter()
                    .zip(self.bounds.iter().zip(row))
                    .map(set)
                    .collect(),
            })
            .collect()
    }
}

fn space(
    key: &str,
    node: &Node,
    over: &BTreeMap<String, Bounds>,
    problems: &mut Problems,
) -> Option<Space> {
    match Space::of(over) {
        Ok(space) => Some(space),
        Err((path, what)) => {
            let place = node
                .get("over")
                .and_then(|o| o.get(&path))
                .or(node.get("over"));
            let at = place.map_or(node.at, |n| n.at);
            let dot = if path.is_empty() { "" } else { "." };
            problems.push(wrong(at, format!("`{key}.over{dot}{path}`: {what}")));
            None
        }
    }
}

fn sampled(key: &str, node: &Node, latin: bool, problems: &mut Problems) -> Option<Dimension> {
    let sampling: Sampling = typed::read(node, problems)?;
    let space = space(key, node, &sampling.over, problems)?;
    let draws = Draws::new(sampling.seed);
    let rows = if latin {
        sample::latin_hypercube(&space.parameters, sampling.samples, &draws)
    } else {
        sample::random(&space.parameters, sampling.samples, &draws)
    };
    match rows {
        Ok(rows) => Some(space.points(key, entries(node, "over"), &rows)),
        Err(error) => {
            problems.push(wrong(node.at, format!("`{key}`: {error}")));
            None
        }
    }
}

/// The design of `morris`; what is wrong with it.
pub fn design(morris: &Morris) -> Result<Design, String> {
    let space = Space::of(&morris.over).map_err(|(path, what)| format!("{path}: {what}"))?;
    let draws = Draws::new(morris.seed);
    Design::new(space.parameters, morris.levels, morris.trajectories, &draws)
        .map_err(|error| error.to_string())
}

fn trajectories(node: &Node, problems: &mut Problems) -> Option<Dimension> {
    let morris: Morris = typed::read(node, problems)?;
    let space = space("morris", node, &morris.over, problems)?;
    match design(&morris) {
        Ok(design) => Some(space.points("morris", entries(node, "over"), &design.points())),
        Err(what) => {
            let at = node.get("levels").map_or(node.at, |n| n.at);
            problems.push(wrong(at, format!("`morris`: {what}")));
            None
        }
    }
}
