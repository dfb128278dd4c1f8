//! Where two lines of a log differ, field by field, for the report of a divergence.

use serde_json::{Map, Value};

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDiff {
    /// Its path: `p`, `metrics.toxicity_rate`, `levers[2].name`; empty when a line is no JSON object.
    pub field: String,
    /// Recorded value as JSON; `None` when the recorded line does not have the field.
    pub recorded: Option<String>,
    /// Replayed value as JSON; `None` when the replayed line does not have the field.
    pub replayed: Option<String>,
    /// For two floats: how many representable numbers lie between them, one end counted. A distance of 1 suggests another
    /// mathematical library, a large one other logic.
    pub ulps: Option<u64>,
}

/// The fields in which two lines differ, in the order in which the recorded line has them. Lines that differ in bytes but
/// not in any value give one difference: with the name of a number that is spelled in two ways, with an empty path where it
/// is white space or the order of fields.
pub fn diff_lines(recorded: &str, replayed: &str) -> Vec<FieldDiff> {
    let mut found = Vec::new();
    let parse = |line: &str| serde_json::from_str::<Map<String, Value>>(line).map(Value::Object);
    if let (Ok(left), Ok(right)) = (parse(recorded), parse(replayed)) {
        differ("", Some(&left), Some(&right), &mut found);
        found.sort_by_cached_key(|diff| {
            // A quoted key inside a string has its quotes escaped, so this finds a key.
            let key = diff.field.split(['.', '[']).next().unwrap_or_default();
            let key = format!("\"{key}\":");
            let place = recorded.find(&key).or_else(|| replayed.find(&key));
            (place, diff.field.clone())
        });
    }
    if found.is_empty() && recorded != replayed {
        found.push(spelled(recorded, replayed));
    }
    found
}

/// The difference of two lines whose values are the same, or which are no JSON: the last name before the first differing
/// byte with its text in both lines, or, if that text is the same or there is no name, both lines.
fn spelled(recorded: &str, replayed: &str) -> FieldDiff {
    let diff = |field: &str, recorded: &str, replayed: &str| FieldDiff {
        field: field.to_owned(),
        recorded: Some(recorded.to_owned()),
        replayed: Some(replayed.to_owned()),
        ulps: None,
    };
    let equal = recorded
        .bytes()
        .zip(replayed.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let named = || {
        let colon = recorded.get(..equal)?.rfind("\":")?;
        let name = &recorded[recorded[..colon].rfind('"')? + 1..colon];
        let text = |line: &'_ str| {
            let value = line.get(colon + 2..)?;
            Some(value[..value.find([',', '}']).unwrap_or(value.len())].to_owned())
        };
        let (left, right) = (text(recorded)?, text(replayed)?);
        (left != right).then(|| diff(name, &left, &right))
    };
    named().unwrap_or_else(|| diff("", recorded, replayed))
}

fn differ(path: &str, left: Option<&Value>, right: Option<&Value>, found: &mut Vec<FieldDiff>) {
    match (left, right) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let added = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(added) {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                differ(&path, left.get(key), right.get(key), found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for n in 0..left.len().max(right.len()) {
                differ(&format!("{path}[{n}]"), left.get(n), right.get(n), found);
            }
        }
        _ if left == right => {}
        _ => found.push(FieldDiff {
            field: path.to_owned(),
            recorded: left.map(Value::to_string),
            replayed: right.map(Value::to_string),
            ulps: ulps(left, right),
        }),
    }
}

/// Distance of two floats in representable numbers.
fn ulps(left: Option<&Value>, right: Option<&Value>) -> Option<u64> {
    let (Some(Value::Number(left)), Some(Value::Number(right))) = (left, right) else {
        return None;
    };
    if !(left.is_f64() || right.is_f64()) {
        return None;
    }
    Some(place(left.as_f64()?).abs_diff(place(right.as_f64()?)))
}

/// Number of the float on the line of all floats: neighbours differ by 1, both zeros are 0.
fn place(x: f64) -> i64 {
    let bits = x.to_bits() as i64;
    if bits < 0 { i64::MIN - bits } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_fields_come_in_the_order_of_the_line_with_their_distance() {
        let recorded =
            r#"{"seq":7,"p":0.6180339887498949,"a":1,"levers":[{"fee":0.5}],"m":{"x":-0.0,"y":1}}"#;
        let replayed = r#"{"seq":7,"p":0.6180339887498948,"a":2,"levers":[{"fee":0.5},{}],"m":{"x":5e-324,"z":1}}"#;
        let shown: Vec<_> = diff_lines(recorded, replayed)
            .into_iter()
            .map(|d| (d.field, d.recorded, d.replayed, d.ulps))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown,
            [
                (
                    "p".to_owned(),
                    some("0.6180339887498949"),
                    some("0.6180339887498948"),
                    Some(1)
                ),
                ("a".to_owned(), some("1"), some("2"), None),
                ("levers[1]".to_owned(), None, some("{}"), None),
                ("m.x".to_owned(), some("-0.0"), some("5e-324"), Some(1)),
                ("m.y".to_owned(), some("1"), None, None),
                ("m.z".to_owned(), None, some("1"), None),
            ]
        );
    }

    #[test]
    fn lines_that_are_no_objects_or_equal_in_value_still_differ() {
        assert_eq!(diff_lines("{}", "{}"), []);
        for (recorded, replayed) in [("{} ", "{}"), ("gar", "{}"), ("1", "2")] {
            let diffs = diff_lines(recorded, replayed);
            assert_eq!(diffs.len(), 1);
            assert_eq!(diffs[0].field, "");
            assert_eq!(diffs[0].recorded.as_deref(), Some(recorded));
        }
    }

    #[test]
    fn one_number_in_two_spellings_is_named() {
        // 17 digits and one digit off give the same float: no value differs, and the line all the same.
        let line = |c: &str| format!(r#"{{"seq":7,"m":{{"c_a":{c},"p":1}}}}"#);
        let (recorded, replayed) = (line("0.49100000000000006"), line("0.49100000000000005"));
        let found = diff_lines(&recorded, &replayed);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "c_a");
        assert_eq!(found[0].recorded.as_deref(), Some("0.49100000000000006"));
        assert_eq!(found[0].replayed.as_deref(), Some("0.49100000000000005"));
        let (recorded, replayed) = (r#"{"x":1,"a":1,"b":2}"#, r#"{"x":1,"b":2,"a":1}"#);
        assert_eq!(diff_lines(recorded, replayed)[0].field, "");
    }

    #[test]
    fn the_distance_of_floats_crosses_zero() {
        let distance = |a: f64, b: f64| place(a).abs_diff(place(b));
        assert_eq!(distance(1.0, 1.0 + f64::EPSILON), 1);
        assert_eq!(distance(-0.0, 0.0), 0);
        assert_eq!(distance(-5e-324, 5e-324), 2);
        assert_eq!(distance(f64::MIN, f64::MAX), 2 * place(f64::MAX) as u64);
    }
}
