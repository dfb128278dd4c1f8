//! `das explain NAME`: what a policy, role, lever, metric, event, world, scenario key or exit code is.

use super::events_table::{fields_of, rule_of};
use super::list::Family;
use crate::scenario::nearest::nearest;
use crate::scenario::schema;
use crate::scenario::schema_view::{concrete, constants, paths_of};
use crate::scenario::vocabulary::{self, WORLDS};
use das_core::describe::Descriptor;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Exit codes, with their meaning.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "ok"),
    (1, "internal error: please report it"),
    (2, "usage: flags or arguments"),
    (
        3,
        "invalid scenario or override: every mistake is printed with its place",
    ),
    (
        10,
        "the run ended and success criteria failed (--no-criteria ignores them)",
    ),
    (
        20,
        "replay diverged: the log is not what its line 0 produces",
    ),
    (
        21,
        "log damaged or tampered with: a seal or hash does not fit",
    ),
    (
        22,
        "log of another schema or engine revision: readable, not re-executable here",
    ),
    (
        23,
        "log incomplete: the run was interrupted; das resume finishes it",
    ),
    (
        30,
        "some runs of a sweep failed, each with its cause; the same command tries them again",
    ),
    (74, "input or output failed; the message names the file"),
    (
        130,
        "interrupted; das resume goes on, and so does the same das sweep",
    ),
];

/// Explains a name: every thing that is called so, as text or as one JSON array. Unknown names get the nearest ones and exit
/// code 2.
pub fn explain(name: &str, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let descriptors: Vec<_> = (all().into_iter())
        .filter(|(_, d)| d.name == name)
        .collect();
    let keys = keys_of(name);
    let every = matches!(name, "exit-codes" | "exit_codes");
    let codes: Vec<_> = EXIT_CODES
        .iter()
        .filter(|(code, _)| every || code.to_string() == name)
        .collect();
    if descriptors.len() + keys.len() + codes.len() > 0 {
        if json {
            let mut items: Vec<Value> = descriptors.into_iter().map(described).collect();
            items.extend(keys.iter().map(Key::as_json));
            items.extend(codes.iter().map(|(code, meaning)| {
                json!({"name": code.to_string(), "family": "exit code", "summary": meaning})
            }));
            writeln!(out, "{}", Value::Array(items))?;
            return Ok(0);
        }
        for (found, (world, descriptor)) in descriptors.iter().enumerate() {
            gap(found, out)?;
            describe(*world, descriptor, out)?;
        }
        for (found, key) in keys.iter().enumerate() {
            gap(found + descriptors.len(), out)?;
            key.write(out)?;
        }
        if !codes.is_empty() {
            gap(descriptors.len() + keys.len(), out)?;
        }
        for (code, meaning) in codes {
            if every {
                writeln!(out, "{code:>3}  {meaning}")?;
            } else {
                writeln!(out, "exit code {code}: {meaning}")?;
            }
        }
        return Ok(0);
    }
    let shown = crate::scenario::problem::shortened(name);
    writeln!(err, "error: nothing is called `{shown}`")?;
    let mut keys = Vec::new();
    for root in WORLDS.iter().map(schema::of) {
        every_key(root, root, "", 0, &mut keys);
    }
    let leaf = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let leaves: Vec<String> = keys.iter().map(|path| leaf(path)).collect();
    let names = all().into_iter().map(|(_, d)| d.name);
    let near = nearest(name, names).or_else(|| {
        let candidates: &[String] = if name.contains('.') { &keys } else { &leaves };
        nearest(name, candidates.iter().map(String::as_str))
    });
    match near {
        Some(near) => writeln!(err, "  help: did you mean `{near}`?")?,
        None => writeln!(
            err,
            "  help: das list environments | agents | levers | metrics | events"
        )?,
    }
    Ok(2)
}

fn gap(found: usize, out: &mut dyn Write) -> io::Result<()> {
    if found > 0 { writeln!(out) } else { Ok(()) }
}

fn all() -> Vec<(Option<&'static str>, &'static Descriptor)> {
    [
        Family::Environments,
        Family::Agents,
        Family::Levers,
        Family::Metrics,
        Family::Events,
    ]
    .into_iter()
    .flat_map(Family::entries)
    .collect()
}

fn describe(world: Option<&str>, d: &Descriptor, out: &mut dyn Write) -> io::Result<()> {
    let of = world.map_or(String::new(), |world| format!(" of {world}"));
    writeln!(out, "{} ({}{of})\n  {}", d.name, d.family, d.summary)?;
    let (fields, rule) = (fields_of(d), rule_of(d));
    if !fields.is_empty() {
        writeln!(out, "  fields: {fields}")?;
    }
    if !rule.is_empty() {
        writeln!(out, "  rule: {rule}")?;
    }
    let width = d.params.iter().map(|p| p.name.len()).max().unwrap_or(0);
    if !d.params.is_empty() {
        writeln!(out, "  parameters:")?;
    }
    for p in d.params {
        writeln!(
            out,
            "    {:width$}  [{}] {}: {}",
            p.name, p.default, p.range, p.doc
        )?;
    }
    if !d.source.is_empty() {
        writeln!(out, "  source: {}", d.source)?;
    }
    Ok(())
}

/// A descriptor as JSON; what it does not have is left out.
fn described((world, d): (Option<&'static str>, &'static Descriptor)) -> Value {
    let mut map = serde_json::Map::new();
    for (key, text) in [
        ("name", d.name),
        ("family", d.family),
        ("world", world.unwrap_or_default()),
        ("summary", d.summary),
        ("fields", fields_of(d)),
        ("rule", rule_of(d)),
        ("source", d.source),
    ] {
        if !text.is_empty() {
            map.insert(key.to_owned(), json!(text));
        }
    }
    if !d.params.is_empty() {
        let param = |p: &das_core::describe::Param| json!({"name": p.name, "default": p.default, "range": p.range, "doc": p.doc});
        let params: Vec<_> = d.params.iter().map(param).collect();
        map.insert("parameters".to_owned(), Value::Array(params));
    }
    Value::Object(map)
}

/// A scenario key.
struct Key {
    path: String,
    /// Worlds whose scenarios have it so; empty, all.
    worlds: Vec<&'static str>,
    root: &'static Value,
    given: &'static Value,
}

/// The keys a name may stand for: itself as a path, or every path that ends in it. A key that is not the same in all worlds is one
/// for each of them.
fn keys_of(name: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for world in WORLDS {
        let root = schema::of(world);
        let paths = if lookup(root, name).is_some() {
            vec![name.to_owned()]
        } else if name.contains('.') {
            Vec::new()
        } else {
            paths_of(root, name)
        };
        for path in paths {
            let Some(given) = lookup(root, &path) else {
                continue;
            };
            let same = keys.iter_mut().find(|key| {
                key.path == path
                    && key.given == given
                    && concrete(key.given, key.root) == concrete(given, root)
            });
            match same {
                Some(key) => key.worlds.push(world.name()),
                None => keys.push(Key {
                    path,
                    worlds: vec![world.name()],
                    root,
                    given,
                }),
            }
        }
    }
    for key in &mut keys {
        if key.worlds.len() == WORLDS.len() {
            key.worlds.clear();
        }
    }
    keys
}

/// The schema of a dotted path; entries of `agents` may be named by index, by policy, or left out.
fn lookup(root: &'static Value, path: &str) -> Option<&'static Value> {
    let mut at = root;
    let mut policy = None;
    for segment in path.split('.') {
        let mut here = concrete(at, root);
        if let Some(items) = here.get("items") {
            let named = vocabulary::policies().find(|p| p.name == segment);
            policy = policy.or(named.map(|p| p.name));
            here = concrete(items, root);
            if named.is_some() || segment.parse::<usize>().is_ok() {
                at = here;
                continue;
            }
        }
        at = match (segment, policy) {
            ("config", Some(policy)) => root.pointer(&format!("/$defs/Policy_{policy}"))?,
            _ => here.get("properties")?.get(segment)?,
        };
    }
    Some(at)
}

impl Key {
    /// Its place and its JSON Schema.
    fn as_json(&self) -> Value {
        let sub = concrete(self.given, self.root);
        let mut value = json!({"name": self.path, "family": "scenario key", "schema": sub});
        if !self.worlds.is_empty() {
            value["worlds"] = json!(self.worlds);
        }
        for (to, from) in [("summary", "description"), ("default", "default")] {
            if let Some(known) = self.given.get(from).or_else(|| sub.get(from)) {
                value[to] = known.clone();
            }
        }
        value
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let given = self.given;
        let sub = concrete(given, self.root);
        let of = if self.worlds.is_empty() {
            String::new()
        } else {
            format!(" of {}", self.worlds.join(", "))
        };
        writeln!(out, "{} (scenario key{of})", self.path)?;
        let text = given.get("description").or_else(|| sub.get("description"));
        if let Some(text) = text.and_then(Value::as_str) {
            writeln!(
                out,
                "  {}",
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            )?;
        }
        let names = constants(sub);
        let words = |value: &Value| match value {
            Value::Array(types) => types
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" or "),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if !names.is_empty() && names.len() <= 20 {
            writeln!(out, "  one of: {}", names.join(", "))?;
        } else if let Some(kind) = sub.get("type") {
            writeln!(out, "  type: {}", words(kind))?;
        }
        for (keyword, label) in [
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        ] {
            if let Some(bound) = sub.get(keyword) {
                writeln!(out, "  {label}: {bound}")?;
            }
        }
        let default = given.get("default").or_else(|| sub.get("default"));
        if let Some(value) = default.filter(|value| !value.is_object()) {
            writeln!(out, "  default: {value}")?;
        }
        if let Some(known) = sub.get("properties").and_then(Value::as_object) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            writeln!(out, "  keys: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// Every path of the schema, for guesses.
fn every_key(at: &Value, root: &Value, path: &str, depth: usize, out: &mut Vec<String>) {
    let here = concrete(at, root);
    for (name, sub) in here
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let full = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        if depth < 4 {
            every_key(sub, root, &full, depth + 1, out);
        }
        out.push(full);
    }
}
