//! What a JSON Schema says about one value: references, names, types, bounds. Reading only; [`super::schema_walk`] judges.

use super::problem::grouped;
use serde_json::Value as Json;

/// Follows `$ref`; the description beside a reference wins over the one it points to.
pub fn resolve<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    let mut at = schema;
    // References in a generated schema never form a cycle of references alone; the bound makes that no matter of trust.
    for _ in 0..16 {
        let Some(target) = at.get("$ref").and_then(Json::as_str) else {
            break;
        };
        match target
            .strip_prefix('#')
            .and_then(|pointer| root.pointer(pointer))
        {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// The JSON pointer that a schema refers to.
pub fn reference(schema: &Json) -> Option<String> {
    let target = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
    Some(target.to_owned())
}

/// The branch of a nullable schema that is not null, references followed.
pub fn concrete<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    let schema = resolve(schema, root);
    for keyword in ["anyOf", "oneOf"] {
        if let Some(branches) = schema.get(keyword).and_then(Json::as_array)
            && constants(schema).is_empty()
        {
            let mut rest = branches
                .iter()
                .filter(|b| b.get("type") != Some(&Json::from("null")));
            if let (Some(only), None) = (rest.next(), rest.next()) {
                return concrete(only, root);
            }
        }
    }
    if let Some([only]) = schema
        .get("allOf")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        && only.get("$ref").is_some()
    {
        return concrete(only, root);
    }
    schema
}

/// The names an enumeration allows: `enum`, `const`, or `oneOf` of these.
pub fn constants(schema: &Json) -> Vec<&str> {
    let mut names = Vec::new();
    if let Some(list) = schema.get("enum").and_then(Json::as_array) {
        names.extend(list.iter().filter_map(Json::as_str));
    }
    names.extend(schema.get("const").and_then(Json::as_str));
    if let Some(branches) = schema.get("oneOf").and_then(Json::as_array) {
        for branch in branches {
            names.extend(constants(branch));
        }
    }
    names
}

/// Whether null is one of the values. Where anything may stand (a value of a sweep), the scenario it goes into decides.
pub fn allows_null(schema: &Json, root: &Json) -> bool {
    let schema = resolve(schema, root);
    if *schema == Json::Bool(true) {
        return true;
    }
    let null = Json::from("null");
    match schema.get("type") {
        Some(Json::Array(types)) if types.contains(&null) => return true,
        Some(Json::String(one)) if one == "null" => return true,
        _ => {}
    }
    ["anyOf", "oneOf"].iter().any(|keyword| {
        let branches = schema.get(keyword).and_then(Json::as_array);
        branches.is_some_and(|b| b.iter().any(|branch| allows_null(branch, root)))
    })
}

/// First sentence of what the schema says a key is.
pub fn doc(schema: &Json, root: &Json) -> String {
    let text = schema
        .get("description")
        .or_else(|| concrete(schema, root).get("description"))
        .and_then(Json::as_str)
        .unwrap_or_default();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Dotted paths of all keys of a scenario with this name, nearest to the top first.
pub fn paths_of(root: &Json, key: &str) -> Vec<String> {
    fn look(
        schema: &Json,
        root: &Json,
        path: &str,
        depth: usize,
        key: &str,
        out: &mut Vec<String>,
    ) {
        let schema = concrete(schema, root);
        let Some(known) = schema.get("properties").and_then(Json::as_object) else {
            return;
        };
        for (name, sub) in known {
            let full = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            if name == key {
                out.push(full.clone());
            }
            if depth < 4 {
                look(sub, root, &full, depth + 1, key, out);
            }
        }
    }
    let mut out = Vec::new();
    look(root, root, "", 0, key, &mut out);
    out.sort_by_key(|path| (path.matches('.').count(), path.clone()));
    out
}

/// The schema of a dotted path of keys and indices.
pub fn at_path<'s>(root: &'s Json, path: &str) -> Option<&'s Json> {
    path.split('.').try_fold(root, |at, segment| {
        let here = concrete(at, root);
        match here.get("items") {
            Some(items) if segment.parse::<usize>().is_ok() => Some(items),
            _ => here.get("properties")?.get(segment),
        }
    })
}

/// Names of the types a schema allows.
pub fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The numeric bounds of a schema.
pub struct Bounds {
    low: Option<f64>,
    high: Option<f64>,
    above: Option<f64>,
    below: Option<f64>,
    /// Of the integer format, exact.
    pub format: Option<(i128, i128)>,
}

impl Bounds {
    /// The bounds of a schema.
    pub fn of(schema: &Json) -> Self {
        let number = |keyword| schema.get(keyword).and_then(Json::as_f64);
        let format = match schema.get("format").and_then(Json::as_str) {
            Some("uint8") => Some((0, u8::MAX.into())),
            Some("uint16") => Some((0, u16::MAX.into())),
            Some("uint32") => Some((0, u32::MAX.into())),
            Some("uint" | "uint64") => Some((0, u64::MAX.into())),
            Some("int32") => Some((i32::MIN.into(), i32::MAX.into())),
            Some("int" | "int64") => Some((i64::MIN.into(), i64::MAX.into())),
            _ => None,
        };
        Self {
            low: number("minimum"),
            high: number("maximum"),
            above: number("exclusiveMinimum"),
            below: number("exclusiveMaximum"),
            format,
        }
    }

    /// Whether a number is within them.
    pub fn contain(&self, value: f64) -> bool {
        self.low.is_none_or(|low| value >= low)
            && self.high.is_none_or(|high| value <= high)
            && self.above.is_none_or(|above| value > above)
            && self.below.is_none_or(|below| value < below)
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.low.is_some() || self.high.is_some() || self.above.is_some() || self.below.is_some()
    }

    /// As in "must be …".
    pub fn words(&self) -> String {
        // Of 64-bit integers the highest is no float: 2^64 − 1 would read 18446744073709552000.
        let high = match (self.high, self.format) {
            (Some(high), Some((_, most))) if high >= most as f64 => Some(exact(most)),
            (Some(high), _) => Some(plain(high)),
            (None, format) => format.map(|(_, most)| exact(most)),
        };
        match (self.low, self.above, high, self.below) {
            (Some(low), _, Some(high), _) => format!("between {} and {high}", plain(low)),
            (None, Some(above), Some(high), _) => {
                format!("above {} and at most {high}", plain(above))
            }
            (Some(low), _, None, Some(below)) => {
                format!("at least {} and below {}", plain(low), plain(below))
            }
            (None, Some(above), None, Some(below)) => {
                format!("above {} and below {}", plain(above), plain(below))
            }
            (Some(low), _, None, None) => format!("at least {}", plain(low)),
            (None, Some(above), None, None) => format!("above {}", plain(above)),
            (None, None, Some(high), _) => format!("at most {high}"),
            (None, None, None, Some(below)) => format!("below {}", plain(below)),
            (None, None, None, None) => "within 64 bits".to_owned(),
        }
    }
}

/// An integer as people write it.
fn exact(bound: i128) -> String {
    let sign = if bound < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(bound.unsigned_abs()))
}

/// A bound as people write it.
fn plain(bound: f64) -> String {
    if bound.fract() == 0.0 && bound.abs() < 1e18 {
        let sign = if bound < 0.0 { "-" } else { "" };
        format!("{sign}{}", grouped(bound.abs() as u128))
    } else {
        format!("{bound}")
    }
}
