//! JSON for reading and comparing: sorted keys, a line for each thing that has parts, what has only plain values on one line.

use serde_json::Value;

/// What fits a line although its parts have parts.
const LINE: usize = 160;

/// The text of a file, with a line feed at its end.
pub(super) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    put(value, 0, &mut out);
    out.push('\n');
    out
}

fn put(value: &Value, depth: usize, out: &mut String) {
    let compact = compact(value);
    let whole = depth == 0 && value.is_object();
    if !whole && (is_flat(value) || compact.len() <= LINE) {
        out.push_str(&compact);
        return;
    }
    let indent = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    };
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                indent(out, depth + 1);
                put(item, depth + 1, out);
            }
            indent(out, depth);
            out.push(']');
        }
        Value::Object(_) => {
            out.push('{');
            for (at, (key, item)) in sorted(value).into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                indent(out, depth + 1);
                out.push_str(&Value::from(key).to_string());
                out.push_str(": ");
                put(item, depth + 1, out);
            }
            indent(out, depth);
            out.push('}');
        }
        _ => out.push_str(&compact),
    }
}

/// Whether none of its parts has parts.
fn is_flat(value: &Value) -> bool {
    let plain = |v: &Value| !v.is_array() && !v.is_object();
    match value {
        Value::Array(items) => items.iter().all(plain),
        Value::Object(items) => items.values().all(plain),
        _ => true,
    }
}

/// Keys sorted whatever the map's own order is: it depends on features that other crates of a build may turn on.
fn sorted(value: &Value) -> Vec<(&str, &Value)> {
    let mut rows: Vec<(&str, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.as_str(), v)).collect(),
        _ => Vec::new(),
    };
    rows.sort_unstable_by_key(|(key, _)| *key);
    rows
}

fn compact(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(compact).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(_) => {
            let items: Vec<String> = sorted(value)
                .into_iter()
                .map(|(key, item)| format!("{}:{}", Value::from(key), compact(item)))
                .collect();
            format!("{{{}}}", items.join(","))
        }
        plain => plain.to_string(),
    }
}

/// Path of the first key that was given and that nothing took up.
pub(super) fn unknown(given: &Value, taken: &Value) -> Option<String> {
    match (given, taken) {
        (Value::Object(given), Value::Object(taken)) => given.iter().find_map(|(key, value)| {
            let below = match taken.get(key) {
                Some(taken) => unknown(value, taken)?,
                None => String::new(),
            };
            let dot = if below.is_empty() || below.starts_with('[') {
                ""
            } else {
                "."
            };
            Some(format!("{key}{dot}{below}"))
        }),
        (Value::Array(given), Value::Array(taken)) => {
            given
                .iter()
                .zip(taken)
                .enumerate()
                .find_map(|(at, (given, taken))| {
                    let below = unknown(given, taken)?;
                    let dot = if below.starts_with('[') { "" } else { "." };
                    Some(format!("[{at}]{dot}{below}"))
                })
        }
        _ => None,
    }
}
