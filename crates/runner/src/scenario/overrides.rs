//! `k.path=value` on top of a scenario.
//!
//! A path names keys, joined by dots; an entry of a list is named by its index (`agents.0.count`), or by the `name` or `type` of
//! the entry (`agents.deceptive.count`); `*` stands for every entry (`agents.*.role`). The value is YAML under the same limits as a file. Overrides are applied in order, so
//! the last one wins, and are checked with the scenario: a mistake in one points into it.

use super::layers::Reading;
use super::nearest::nearest;
use super::problem::{Code, Problem, Span, shortened};
use super::scalar::Scalar;
use super::source::Origin;
use super::span::{self, Base, Entry, Node, Value};

/// Longest override, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// A part of a path with its place in the override.
#[derive(Clone, Debug)]
struct Segment<'w> {
    text: &'w str,
    at: Span,
}

/// Applies one override; what is wrong with it is in `reading.problems`.
pub fn apply(tree: &mut Node, word: &str, reading: &mut Reading) {
    let source = reading.add(Origin::Override(word.to_owned()), word);
    let whole = Span {
        source,
        line: 1,
        column: 1,
        length: word.chars().count().min(MAX_BYTES) as u32,
    };
    let mut fail = |at: Span, path: &str, message: String, help: &str| {
        reading
            .problems
            .push(Problem::new(Code::Override, at, path, message).help(help));
    };
    if word.len() > MAX_BYTES {
        return fail(
            whole,
            "",
            format!("an override is at most {MAX_BYTES} bytes long"),
            "",
        );
    }
    let Some((path, value)) = word.split_once('=') else {
        let message = format!("`{}` is neither a file nor `k.path=value`", shortened(word));
        return fail(
            whole,
            "",
            message,
            "an override looks like `simulation.epochs=20`",
        );
    };
    let segments = segments(path, source);
    if segments
        .iter()
        .any(|s| s.text.is_empty() || s.text.contains(char::is_whitespace))
    {
        let message = format!("`{}` is no path of keys", shortened(path));
        return fail(
            whole,
            "",
            message,
            "write keys joined by dots, e.g. `simulation.epochs=20`",
        );
    }
    if path == "extends" || path.starts_with("extends.") {
        return fail(
            whole,
            path,
            "`extends` cannot be overridden".to_owned(),
            "it is about files; write a file",
        );
    }
    let base = Base {
        source,
        columns: path.chars().count() as u32 + 1,
    };
    if let Some(value) = span::parse(value, base, &mut reading.problems) {
        let mut place = Place {
            reading,
            walked: String::new(),
        };
        place.set(tree, &segments, value);
    }
}

/// Sets the value at a path that stands at `at`, in whatever source; what is wrong with the path is in `reading.problems`.
pub(crate) fn put(tree: &mut Node, path: &str, at: Span, value: Node, reading: &mut Reading) {
    let segments = segments_at(path, at);
    let blank = |s: &Segment<'_>| s.text.is_empty() || s.text.contains(char::is_whitespace);
    if segments.iter().any(blank) || segments[0].text == "extends" {
        let message = format!("`{}` is no path of keys", shortened(path));
        let help = "write keys joined by dots, e.g. `simulation.epochs`";
        let problem = Problem::new(Code::Override, at, shortened(path), message);
        reading.problems.push(problem.help(help));
        return;
    }
    let mut place = Place {
        reading,
        walked: String::new(),
    };
    place.set(tree, &segments, value);
}

fn segments(path: &str, source: u32) -> Vec<Segment<'_>> {
    let start = Span {
        source,
        line: 1,
        column: 1,
        length: 0,
    };
    segments_at(path, start)
}

fn segments_at(path: &str, start: Span) -> Vec<Segment<'_>> {
    let Span { source, line, .. } = start;
    let mut column = start.column;
    path.split('.')
        .map(|text| {
            let length = text.chars().count() as u32;
            let at = Span {
                source,
                line,
                column,
                length,
            };
            column += length + 1;
            Segment { text, at }
        })
        .collect()
}

struct Place<'r> {
    reading: &'r mut Reading,
    /// Path so far.
    walked: String,
}

impl Place<'_> {
    fn step(&mut self, segment: &str) {
        if !self.walked.is_empty() {
            self.walked.push('.');
        }
        self.walked.push_str(segment);
    }

    fn fail(&mut self, at: Span, message: String, suggestion: Option<String>, help: String) {
        let problem = Problem::new(Code::Override, at, self.walked.clone(), message);
        self.reading
            .problems
            .push(problem.suggest(suggestion).help(help));
    }

    fn set(&mut self, node: &mut Node, path: &[Segment<'_>], value: Node) {
        let Some((first, rest)) = path.split_first() else {
            *node = value;
            return;
        };
        if matches!(node.value, Value::Scalar(Scalar::Null, _) | Value::Reported) {
            *node = Node {
                value: Value::Map(Vec::new()),
                at: first.at,
            };
        }
        match &mut node.value {
            Value::Map(entries) => {
                self.step(first.text);
                let at = entries.iter().position(|entry| entry.key == first.text);
                let at = at.unwrap_or_else(|| {
                    entries.push(Entry {
                        key: first.text.to_owned(),
                        key_at: first.at,
                        node: Node {
                            value: Value::Map(Vec::new()),
                            at: first.at,
                        },
                    });
                    entries.len() - 1
                });
                entries[at].key_at = first.at;
                self.set(&mut entries[at].node, rest, value);
            }
            Value::List(nodes) if first.text == "*" => {
                let walked = self.walked.clone();
                for (index, node) in nodes.iter_mut().enumerate() {
                    self.walked = format!("{walked}.{index}");
                    self.set(node, rest, value.clone());
                }
            }
            Value::List(nodes) => {
                if let Some((index, used)) = self.pick(nodes, path) {
                    self.step(&index.to_string());
                    self.set(&mut nodes[index], &path[used..], value);
                }
            }
            _ => {
                let message = format!(
                    "`{}` is a single value, it has no key `{}`",
                    self.walked,
                    shortened(first.text)
                );
                self.fail(first.at, message, None, String::new());
            }
        }
    }

    /// The entry of a list that a path begins with, and how many segments name it (names may have dots).
    fn pick(&mut self, nodes: &[Node], path: &[Segment<'_>]) -> Option<(usize, usize)> {
        let first = &path[0];
        if let Ok(index) = first.text.parse::<usize>() {
            if index < nodes.len() {
                return Some((index, 1));
            }
            let message = match nodes.len() {
                0 => format!("`{}` is empty", self.walked),
                n => format!(
                    "`{}` has no entry {index}, only 0 to {}",
                    self.walked,
                    n - 1
                ),
            };
            self.fail(first.at, message, None, String::new());
            return None;
        }
        for key in ["name", "type"] {
            for used in 1..=path.len() {
                let wanted = path[..used]
                    .iter()
                    .map(|s| s.text)
                    .collect::<Vec<_>>()
                    .join(".");
                let found: Vec<usize> = (0..nodes.len())
                    .filter(|i| nodes[*i].get(key).and_then(Node::text) == Some(&wanted))
                    .collect();
                match found.as_slice() {
                    [] => {}
                    [one] => return Some((*one, used)),
                    [one, other, ..] => {
                        let message =
                            format!("`{}` has several entries of {key} `{wanted}`", self.walked);
                        let help = format!("use an index: {0}.{one} or {0}.{other}", self.walked);
                        self.fail(first.at, message, None, help);
                        return None;
                    }
                }
            }
        }
        let names: Vec<&str> = nodes
            .iter()
            .flat_map(|node| [node.get("name"), node.get("type")])
            .filter_map(|node| node?.text())
            .collect();
        let near = nearest(first.text, names.iter().copied());
        let message = format!("`{}` has no entry `{}`", self.walked, shortened(first.text));
        let help = if near.is_none() && !names.is_empty() && names.len() <= 12 {
            format!("it has: {}", names.join(", "))
        } else {
            String::new()
        };
        self.fail(first.at, message, near, help);
        None
    }
}
