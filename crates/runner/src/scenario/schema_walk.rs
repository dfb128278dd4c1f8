//! Checks a spanned tree against a JSON Schema and reports *every* difference with its place.
//!
//! It knows the keywords that `schemars` writes for our configuration structs and no others; a test holds the generated schema
//! to [`KEYWORDS`], so a keyword that would be ignored cannot slip in. Types are those of [`super::scalar`]: `3.0` is no
//! integer, `3` is a number. What spans several keys is in [`super::checks`].

use super::id::{as_id, is_id};
use super::nearest::nearest;
use super::problem::{Code, Problem, Problems, shortened};
use super::scalar::Scalar;
use super::schema_view::{Bounds, allows_null, concrete, constants, doc, paths_of, types};
use super::span::{Entry, Node, Value};
use serde_json::Value as Json;

/// Every keyword the walker obeys, or may ignore because it constrains nothing.
pub const KEYWORDS: &[&str] = &[
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "then",
    "title",
    "type",
];

/// Checks `node` against `schema`, a part of `root`.
pub fn walk(node: &Node, schema: &Json, root: &Json, path: &str, problems: &mut Problems) {
    let mut walk = Walk { root, problems };
    walk.node(node, schema, path, None);
}

struct Walk<'w> {
    root: &'w Json,
    problems: &'w mut Problems,
}

impl<'w> Walk<'w> {
    fn node(&mut self, node: &Node, given: &'w Json, path: &str, entry: Option<&Entry>) {
        let schema = concrete(given, self.root);
        let help = doc(given, self.root);
        match &node.value {
            Value::Reported => {}
            Value::Scalar(Scalar::Null, _) => {
                if !allows_null(given, self.root) {
                    self.null(node, given, schema, path, entry);
                }
            }
            Value::Scalar(Scalar::NotFinite, written) => {
                let message = format!(
                    "{} is {}, expected {}",
                    called(path),
                    shortened(written),
                    self.expected(schema)
                );
                self.push(Problem::new(Code::NotFinite, node.at, path, message).help(help));
            }
            Value::Scalar(Scalar::Ambiguous(why), written) => {
                let message = format!(
                    "{} is {}, {why}; expected {}",
                    called(path),
                    shortened(written),
                    self.expected(schema)
                );
                self.push(Problem::new(Code::WrongType, node.at, path, message).help(help));
            }
            Value::Scalar(scalar, written) => {
                self.scalar(node, scalar, written, schema, path, &help);
            }
            Value::List(nodes) => self.list(node, nodes, schema, path, &help),
            Value::Map(entries) => self.map(node, entries, schema, path, &help),
        }
    }

    fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn null(
        &mut self,
        node: &Node,
        given: &Json,
        schema: &Json,
        path: &str,
        entry: Option<&Entry>,
    ) {
        let default = given.get("default").or_else(|| schema.get("default"));
        let help = match default {
            Some(value) if !value.is_object() && !value.is_array() => {
                format!("leave the line out to get the default, {value}")
            }
            _ => String::new(),
        };
        let at = entry
            .filter(|_| node.at.length == 0)
            .map_or(node.at, |e| e.key_at);
        let message = format!(
            "{} has no value, expected {}",
            called(path),
            self.expected(schema)
        );
        self.push(Problem::new(Code::NullValue, at, path, message).help(help));
    }

    fn wrong_type(&mut self, node: &Node, schema: &Json, path: &str, help: &str) {
        let message = format!(
            "{} is {}, expected {}",
            called(path),
            described(&node.value),
            self.expected(schema)
        );
        let problem = Problem::new(Code::WrongType, node.at, path, message);
        let (hint, own) = hint(&node.value, schema);
        self.push(
            problem
                .suggest(hint)
                .help(if own.is_empty() { help } else { own }),
        );
    }

    fn scalar(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        written: &str,
        schema: &Json,
        path: &str,
        help: &str,
    ) {
        let names = constants(schema);
        if !names.is_empty() {
            match scalar {
                Scalar::Text(text) if names.contains(&text.as_str()) => {}
                Scalar::Text(text) => {
                    let message = format!(
                        "{} is `{}`, expected {}",
                        called(path),
                        shortened(text),
                        self.expected(schema)
                    );
                    let near = nearest(text, names.iter().copied());
                    self.push(
                        Problem::new(Code::UnknownName, node.at, path, message)
                            .suggest(near)
                            .help(help),
                    );
                }
                _ => self.wrong_type(node, schema, path, help),
            }
            return;
        }
        let fits = |name: &str| match scalar {
            Scalar::Bool(_) => name == "boolean",
            Scalar::Int(_) => name == "integer" || name == "number",
            Scalar::Float(_) => name == "number",
            Scalar::Text(_) => name == "string",
            _ => false,
        };
        if !types(schema).is_empty() && !types(schema).into_iter().any(fits) {
            self.wrong_type(node, schema, path, help);
            return;
        }
        match scalar {
            Scalar::Int(value) => self.range(
                node,
                *value as f64,
                Some(*value),
                written,
                schema,
                path,
                help,
            ),
            Scalar::Float(value) => self.range(node, *value, None, written, schema, path, help),
            Scalar::Text(text) => self.text(node, text, schema, path, help),
            _ => {}
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one number with its place, bounds and text"
    )]
    fn range(
        &mut self,
        node: &Node,
        value: f64,
        exact: Option<i128>,
        written: &str,
        schema: &Json,
        path: &str,
        help: &str,
    ) {
        let bounds = Bounds::of(schema);
        let whole = exact.is_none_or(|v| {
            bounds
                .format
                .is_none_or(|(low, high)| (low..=high).contains(&v))
        });
        if bounds.contain(value) && whole {
            return;
        }
        let message = format!(
            "{} must be {}, not {}",
            called(path),
            bounds.words(),
            shortened(written)
        );
        self.push(Problem::new(Code::OutOfRange, node.at, path, message).help(help));
    }

    fn text(&mut self, node: &Node, text: &str, schema: &Json, path: &str, help: &str) {
        if schema.get("pattern").is_some() && !is_id(text) {
            let message = format!(
                "{} is `{}`, expected 1 to 64 of a-z 0-9 _ . -, and no path",
                called(path),
                shortened(text)
            );
            let better = as_id(text);
            self.push(
                Problem::new(Code::BadId, node.at, path, message)
                    .suggest(better)
                    .help(help),
            );
            return;
        }
        let length = text.chars().count() as u64;
        let limit = |keyword| schema.get(keyword).and_then(Json::as_u64);
        let (low, high) = (
            limit("minLength").unwrap_or(0),
            limit("maxLength").unwrap_or(u64::MAX),
        );
        if !(low..=high).contains(&length) {
            let message = format!(
                "{} has {length} characters, expected {low} to {high}",
                called(path)
            );
            self.push(Problem::new(Code::OutOfRange, node.at, path, message).help(help));
        }
    }

    fn list(&mut self, node: &Node, nodes: &[Node], schema: &'w Json, path: &str, help: &str) {
        if !types(schema).is_empty() && !types(schema).contains(&"array") {
            self.wrong_type(node, schema, path, help);
            return;
        }
        let limit = |keyword| schema.get(keyword).and_then(Json::as_u64);
        let (low, high) = (
            limit("minItems").unwrap_or(0),
            limit("maxItems").unwrap_or(u64::MAX),
        );
        if !(low..=high).contains(&(nodes.len() as u64)) {
            let message = if nodes.is_empty() {
                format!("{} is empty", called(path))
            } else if high == 0 {
                format!(
                    "{} has {} entries, expected none",
                    called(path),
                    nodes.len()
                )
            } else {
                format!(
                    "{} has {} entries, expected {low} to {high}",
                    called(path),
                    nodes.len()
                )
            };
            let code = if path == "agents" {
                Code::Agents
            } else {
                Code::OutOfRange
            };
            self.push(Problem::new(code, node.at, path, message).help(help));
        }
        if let Some(items) = schema.get("items") {
            for (i, node) in nodes.iter().enumerate() {
                self.node(node, items, &format!("{path}.{i}"), None);
            }
        }
    }

    fn map(&mut self, node: &Node, entries: &[Entry], schema: &'w Json, path: &str, help: &str) {
        if !types(schema).is_empty() && !types(schema).contains(&"object") {
            self.wrong_type(node, schema, path, help);
            return;
        }
        let under = |key: &str| {
            if path.is_empty() {
                shortened(key)
            } else {
                format!("{path}.{}", shortened(key))
            }
        };
        let overlay = Self::overlay(node, schema);
        let known = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties");
        for entry in entries {
            let sub = overlay
                .and_then(|o| o.get("properties")?.get(&entry.key))
                .or_else(|| known.and_then(|k| k.get(&entry.key)));
            match (sub, others) {
                (Some(sub), _) => self.node(&entry.node, sub, &under(&entry.key), Some(entry)),
                (None, Some(Json::Bool(false))) => {
                    let names: Vec<&str> = known
                        .into_iter()
                        .flat_map(|k| k.keys().map(String::as_str))
                        .collect();
                    self.unknown_key(entry, &names, path, &under(&entry.key));
                }
                (None, Some(sub @ Json::Object(_))) => {
                    self.node(&entry.node, sub, &under(&entry.key), Some(entry));
                }
                (None, _) => {}
            }
        }
        for name in schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            let name = name.as_str().unwrap_or_default();
            // A key that was given twice or whose value was refused has been reported already.
            if node.entry(name).is_none() {
                let sub = known.and_then(|k| k.get(name)).unwrap_or(&Json::Null);
                let message = if path.is_empty() {
                    format!("the key `{name}` is missing")
                } else {
                    format!("`{path}` lacks the key `{name}`")
                };
                let help = doc(sub, self.root);
                self.push(Problem::new(Code::MissingKey, node.at, under(name), message).help(help));
            }
        }
    }

    /// The `then` of the first `if {properties: {k: {const: …}}}` in `allOf` that holds for this map.
    fn overlay(node: &Node, schema: &'w Json) -> Option<&'w Json> {
        schema.get("allOf")?.as_array()?.iter().find_map(|rule| {
            let conditions = rule.get("if")?.get("properties")?.as_object()?;
            conditions
                .iter()
                .all(|(key, wanted)| {
                    let text = node.get(key).and_then(Node::text);
                    text.is_some() && text == wanted.get("const").and_then(Json::as_str)
                })
                .then(|| rule.get("then"))?
        })
    }

    fn unknown_key(&mut self, entry: &Entry, names: &[&str], parent: &str, path: &str) {
        let place = if parent.is_empty() {
            match self.root.get("title").and_then(Json::as_str) {
                Some("DAS sweep") => "a sweep".to_owned(),
                _ => "a scenario".to_owned(),
            }
        } else {
            format!("`{parent}`")
        };
        let message = format!("unknown key `{}` in {place}", shortened(&entry.key));
        if self.problems.is_full() {
            self.push(Problem::new(Code::UnknownKey, entry.key_at, path, message));
            return;
        }
        // The same key in another section is nearer than another key in this one.
        let elsewhere = paths_of(self.root, &entry.key).into_iter().next();
        let suggestion = elsewhere.or_else(|| nearest(&entry.key, names.iter().copied()));
        let help = match (names.len(), suggestion.is_some()) {
            (0, _) => "it takes no keys".to_owned(),
            (1..=12, false) => format!("it has: {}", names.join(", ")),
            _ => String::new(),
        };
        self.push(
            Problem::new(Code::UnknownKey, entry.key_at, path, message)
                .suggest(suggestion)
                .help(help),
        );
    }

    /// What a schema wants, in words.
    fn expected(&self, schema: &Json) -> String {
        let names = constants(schema);
        if !names.is_empty() {
            return match names.as_slice() {
                [only] => format!("`{only}`"),
                names if names.len() <= 12 => format!("one of {}", names.join(", ")),
                names => format!("one of {} names", names.len()),
            };
        }
        let words: Vec<String> = types(schema)
            .into_iter()
            .filter(|name| *name != "null")
            .map(|name| match name {
                "boolean" => "true or false".to_owned(),
                "integer" | "number" => {
                    let noun = if name == "integer" {
                        "an integer"
                    } else {
                        "a number"
                    };
                    let bounds = Bounds::of(schema);
                    if bounds.any() {
                        format!("{noun} {}", bounds.words())
                    } else {
                        noun.to_owned()
                    }
                }
                "string" => "text".to_owned(),
                "array" => match schema.get("items") {
                    Some(items) => {
                        format!("a list, each {}", self.expected(concrete(items, self.root)))
                    }
                    None => "a list".to_owned(),
                },
                "object" => "a map of keys".to_owned(),
                other => other.to_owned(),
            })
            .collect();
        if words.is_empty() {
            "another value".to_owned()
        } else {
            words.join(" or ")
        }
    }
}

fn called(path: &str) -> String {
    if path.is_empty() {
        "the scenario".to_owned()
    } else {
        format!("`{path}`")
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Reported => "unusable".to_owned(),
        Value::Scalar(Scalar::Null, _) => "nothing".to_owned(),
        Value::Scalar(Scalar::Text(text), _) => format!("the text `{}`", shortened(text)),
        Value::Scalar(Scalar::Bool(_), written) => format!("the truth value {written}"),
        Value::Scalar(Scalar::Float(_), written) => {
            format!(
                "{}, a number with a fraction or exponent",
                shortened(written)
            )
        }
        Value::Scalar(_, written) => shortened(written),
    }
}

/// The value that was probably meant, and help that replaces the key's own.
fn hint(value: &Value, schema: &Json) -> (Option<String>, &'static str) {
    let wants = |name| types(schema).contains(&name);
    let number = wants("integer") || wants("number");
    match value {
        Value::Scalar(Scalar::Float(x), _)
            if wants("integer") && x.fract() == 0.0 && x.abs() < 1e15 =>
        {
            (Some(format!("{x:.0}")), "")
        }
        Value::Scalar(Scalar::Text(text), _) if wants("boolean") => {
            match text.to_lowercase().as_str() {
                "yes" | "on" | "y" => (Some("true".to_owned()), ""),
                "no" | "off" | "n" => (Some("false".to_owned()), ""),
                _ => (None, ""),
            }
        }
        Value::Scalar(Scalar::Text(text), _) if number => {
            let bare: String = text
                .chars()
                .filter(|c| !matches!(c, '_' | ',' | ' '))
                .collect();
            let is_number = matches!(
                super::scalar::resolve(&bare),
                Scalar::Int(_) | Scalar::Float(_)
            );
            if bare.len() <= 24 && is_number && !text.contains(", ") {
                (
                    Some(bare),
                    "a number is written without quotes and separators",
                )
            } else {
                (None, "")
            }
        }
        Value::Scalar(Scalar::Int(_) | Scalar::Float(_) | Scalar::Bool(_), written)
            if wants("string") =>
        {
            (Some(format!("\"{}\"", shortened(written))), "")
        }
        _ => (None, ""),
    }
}
