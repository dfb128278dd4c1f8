//! YAML text to a tree in which every key and value knows its line and column.
//!
//! The tree is built from parser events with limits ([`MAX_DEPTH`], [`MAX_NODES`]) that hold before anything else sees the text:
//! `serde_yaml` needs 22 s to refuse 100 kB of `[`. What YAML has and scenarios do not need is refused here: anchors and aliases,
//! tags, merge keys, several documents, duplicate keys, keys that are not text. What a value *should* be is not known here.

use super::problem::{Code, Problem, Problems, Span, shortened};
use super::scalar::{Scalar, resolve};
use saphyr_parser::{Event, Parser, ScalarStyle, Span as EventSpan};
use std::collections::BTreeMap;

/// Deepest nesting of lists and maps.
pub const MAX_DEPTH: usize = 64;

/// Most keys and values in one file.
pub const MAX_NODES: usize = 50_000;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands; for lists and maps, where they begin.
    pub at: Span,
}

/// The value of a [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar, and its text as written.
    Scalar(Scalar, String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<Entry>),
    /// Something that was already reported; nothing more is said about it.
    Reported,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_at: Span,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The entry of a key, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::Text(text), _) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn integer(&self) -> Option<i128> {
        match self.value {
            Value::Scalar(Scalar::Int(value), _) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is an integer or a float.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Scalar(Scalar::Int(value), _) => Some(value as f64),
            Value::Scalar(Scalar::Float(value), _) => Some(value),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    pub fn map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }
}

/// Shifts places of a text that is part of a longer one: the value of an override within `k.path=value`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Base {
    /// The source.
    pub source: u32,
    /// Characters before the first line.
    pub columns: u32,
}

impl Base {
    fn span(self, at: &EventSpan) -> Span {
        let (line, column) = (at.start.line() as u32, at.start.col() as u32);
        let shift = if line <= 1 { self.columns } else { 0 };
        let length = if at.end.line() == at.start.line() {
            at.end.col().saturating_sub(at.start.col()) as u32
        } else {
            1
        };
        Span {
            source: self.source,
            line: line.max(1),
            column: column + 1 + shift,
            length,
        }
    }
}

/// Parses one document. `None` if nothing of it can be used; the reasons are in `problems`. A text without content is null.
pub fn parse(text: &str, base: Base, problems: &mut Problems) -> Option<Node> {
    let mut parser = Parser::new_from_str(text);
    let mut tree = Tree::default();
    let mut documents = 0;
    loop {
        let (event, span) = match parser.next_event()? {
            Ok(next) => next,
            Err(error) => {
                let mark = *error.marker();
                let at = base.span(&EventSpan::empty(mark));
                problems.push(syntax(error.info(), at));
                return None;
            }
        };
        let at = base.span(&span);
        tree.nodes += 1;
        if tree.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} keys and values");
            problems.push(Problem::new(Code::TooManyValues, at, tree.path(), message));
            return None;
        }
        match event {
            Event::StreamEnd => break,
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    problems.push(
                        Problem::new(
                            Code::MultipleDocuments,
                            at,
                            "",
                            "a second document begins here",
                        )
                        .help("a scenario file holds one document"),
                    );
                    break;
                }
            }
            Event::Alias(_) => {
                problems.push(alias(at, tree.path()));
                tree.value(Value::Reported, at, problems);
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse(anchor, tag.as_deref(), at, &tree, problems);
                let scalar = if style == ScalarStyle::Plain {
                    resolve(&text)
                } else {
                    Scalar::Text(text.to_string())
                };
                // The parser writes `~` for a value that is not there.
                let written = if span.is_empty() {
                    String::new()
                } else {
                    text.into_owned()
                };
                tree.value(Value::Scalar(scalar, written), at, problems);
            }
            Event::SequenceStart(anchor, tag) => {
                refuse(anchor, tag.as_deref(), at, &tree, problems);
                tree.open(Frame::List(Vec::new(), at), at, problems)?;
            }
            Event::MappingStart(anchor, tag) => {
                refuse(anchor, tag.as_deref(), at, &tree, problems);
                tree.open(Frame::Map(MapFrame::new(at)), at, problems)?;
            }
            Event::SequenceEnd | Event::MappingEnd => tree.close(problems),
        }
    }
    Some(tree.root.unwrap_or(Node {
        value: Value::Scalar(Scalar::Null, String::new()),
        at: Span {
            source: base.source,
            line: 1,
            column: 1 + base.columns,
            length: 0,
        },
    }))
}

fn alias(at: Span, path: String) -> Problem {
    Problem::new(Code::Alias, at, path, "anchors and aliases are not allowed")
        .help("write the value out, or put what is shared in a file and name it with `extends:`")
}

fn syntax(info: &str, at: Span) -> Problem {
    if info.contains("anchor") || info.contains("alias") {
        return alias(at, String::new());
    }
    if info.contains("recursion limit") {
        let message = format!("nested more than {MAX_DEPTH} deep");
        return Problem::new(Code::TooDeep, at, "", message);
    }
    Problem::new(Code::Syntax, at, "", format!("this is not YAML: {info}"))
}

fn refuse(
    anchor: usize,
    tag: Option<&saphyr_parser::Tag>,
    at: Span,
    tree: &Tree,
    problems: &mut Problems,
) {
    if anchor > 0 {
        problems.push(alias(at, tree.path()));
    }
    if let Some(tag) = tag {
        let handle = if tag.is_yaml_core_schema() {
            "!!"
        } else {
            &tag.handle
        };
        let name = shortened(&format!("{handle}{}", tag.suffix));
        problems.push(
            Problem::new(
                Code::Tag,
                at,
                tree.path(),
                format!("the tag `{name}` is not allowed"),
            )
            .help("the type of each key is known: write the value alone"),
        );
    }
}

/// The tree under construction: open lists and maps from the outside in.
#[derive(Default)]
struct Tree {
    stack: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
}

enum Frame {
    List(Vec<Node>, Span),
    Map(MapFrame),
}

struct MapFrame {
    entries: Vec<Entry>,
    at: Span,
    /// Key whose value comes next; `None` inside for a key that was reported.
    pending: Option<(Option<String>, Span)>,
    /// Lines of the keys so far.
    seen: BTreeMap<String, u32>,
}

impl MapFrame {
    fn new(at: Span) -> Self {
        Self {
            entries: Vec::new(),
            at,
            pending: None,
            seen: BTreeMap::new(),
        }
    }
}

impl Tree {
    /// Dotted path of the place where the parser is.
    fn path(&self) -> String {
        let parts: Vec<String> = self
            .stack
            .iter()
            .filter_map(|frame| match frame {
                Frame::List(nodes, _) => Some(nodes.len().to_string()),
                Frame::Map(map) => map.pending.as_ref()?.0.as_deref().map(shortened),
            })
            .collect();
        parts.join(".")
    }

    fn open(&mut self, frame: Frame, at: Span, problems: &mut Problems) -> Option<()> {
        if self.stack.len() >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} deep");
            problems.push(Problem::new(Code::TooDeep, at, "", message));
            return None;
        }
        self.stack.push(frame);
        Some(())
    }

    fn close(&mut self, problems: &mut Problems) {
        match self.stack.pop() {
            Some(Frame::List(nodes, at)) => self.value(Value::List(nodes), at, problems),
            Some(Frame::Map(map)) => self.value(Value::Map(map.entries), map.at, problems),
            None => {}
        }
    }

    /// A finished value: an element, a key, the value of a key, or the root.
    fn value(&mut self, value: Value, at: Span, problems: &mut Problems) {
        let path = self.path();
        match self.stack.last_mut() {
            None => self.root = Some(Node { value, at }),
            Some(Frame::List(nodes, _)) => nodes.push(Node { value, at }),
            Some(Frame::Map(map)) => match map.pending.take() {
                None => map.pending = Some((key(&value, at, map, &path, problems), at)),
                Some((None, _)) => {}
                Some((Some(key), key_at)) => {
                    // A value that is not there has no place of its own: its key has.
                    let missing = matches!(&value, Value::Scalar(_, text) if text.is_empty())
                        && at.length == 0;
                    let at = if missing { key_at } else { at };
                    map.entries.push(Entry {
                        key,
                        key_at,
                        node: Node { value, at },
                    });
                }
            },
        }
    }
}

/// The text of a key, or `None` if it was reported.
fn key(
    value: &Value,
    at: Span,
    map: &mut MapFrame,
    path: &str,
    problems: &mut Problems,
) -> Option<String> {
    let text = match value {
        Value::Scalar(Scalar::Text(text), _) => text.clone(),
        Value::Scalar(scalar, written) if *scalar != Scalar::Null => written.clone(),
        Value::Reported => return None,
        _ => {
            let message = "a key must be text";
            problems.push(Problem::new(Code::Syntax, at, path, message));
            return None;
        }
    };
    let full = if path.is_empty() {
        shortened(&text)
    } else {
        format!("{path}.{}", shortened(&text))
    };
    if text == "<<" {
        problems.push(
            Problem::new(Code::MergeKey, at, full, "merge keys `<<` are not allowed")
                .help("use `extends:` to build on another file"),
        );
        return None;
    }
    if let Some(line) = map.seen.get(&text) {
        let message = format!(
            "the key `{}` is already given in line {line}",
            shortened(&text)
        );
        problems.push(Problem::new(Code::DuplicateKey, at, full, message));
        return None;
    }
    map.seen.insert(text.clone(), at.line);
    Some(text)
}
