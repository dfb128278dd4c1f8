//! Columns as rows and back, on JSON values.

use crate::goods::{CONTRABAND, GOODS, ILLEGAL, LEGAL};
use crate::state::wards::{ALL, REASONS_ALL, Why};
use serde_json::{Map, Value};

/// Path and what is wrong there.
type Wrong = (String, String);
type Columns = Map<String, Value>;

fn columns(value: Value) -> Columns {
    match value {
        Value::Object(columns) => columns,
        _ => Columns::new(),
    }
}

fn wrong<T>(path: impl Into<String>, message: impl Into<String>) -> Result<T, Wrong> {
    Err((path.into(), message.into()))
}

/// Rows of columns of one length, each with its number under `id`.
pub(super) fn to_rows(value: Value, id: &str) -> Value {
    rows(columns(value), |at| {
        Map::from_iter([(id.to_owned(), at.into())])
    })
}

fn rows(columns: Columns, head: impl Fn(usize) -> Columns) -> Value {
    let mut rows: Vec<Columns> = Vec::new();
    for (key, column) in columns {
        let Value::Array(cells) = column else {
            continue;
        };
        for (at, cell) in cells.into_iter().enumerate() {
            if rows.len() <= at {
                rows.push(head(at));
            }
            rows[at].insert(key.clone(), cell);
        }
    }
    rows.into_iter().map(Value::Object).collect()
}

/// Columns of rows: those of `like`, each row with all of them and no other, numbered in order under `id`.
pub(super) fn from_rows(value: Value, id: &str, like: &Value) -> Result<Value, Wrong> {
    let keys = like.as_object().map(|o| o.keys().map(String::as_str));
    let keys: Vec<&str> = keys.into_iter().flatten().collect();
    let head = |at: usize| vec![(id, Value::from(at))];
    un_rows(value, "", &keys, head).map(Value::Object)
}

fn un_rows<'a>(
    value: Value,
    path: &str,
    keys: &[&str],
    head: impl Fn(usize) -> Vec<(&'a str, Value)>,
) -> Result<Columns, Wrong> {
    let Value::Array(rows) = value else {
        let path = if path.is_empty() { "(file)" } else { path };
        return wrong(path, "is no list of rows");
    };
    let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(rows.len()); keys.len()];
    for (at, row) in rows.into_iter().enumerate() {
        let Value::Object(mut row) = row else {
            return wrong(format!("{path}[{at}]"), "is no object");
        };
        for (key, expected) in head(at) {
            match row.remove(key) {
                Some(given) if given == expected => {}
                Some(given) => {
                    let message = format!("is {given}; a row's place makes it {expected}");
                    return wrong(format!("{path}[{at}].{key}"), message);
                }
                None => return wrong(format!("{path}[{at}].{key}"), "is missing"),
            }
        }
        for (key, column) in keys.iter().zip(&mut columns) {
            match row.remove(*key) {
                Some(cell) => column.push(cell),
                None => return wrong(format!("{path}[{at}].{key}"), "is missing"),
            }
        }
        if let Some(key) = row.keys().next() {
            return wrong(format!("{path}[{at}].{key}"), "is not known");
        }
    }
    let named = keys.iter().map(|k| (*k).to_owned());
    Ok(named.zip(columns.into_iter().map(Value::Array)).collect())
}

fn take(columns: &mut Columns, key: &str) -> Vec<Value> {
    match columns.remove(key) {
        Some(Value::Array(cells)) => cells,
        _ => Vec::new(),
    }
}

/// Wards: rows with a column an index and the reason of its last change; profiles; changes by index and reason.
pub(super) fn wards_to_rows(value: Value) -> Value {
    let mut columns = columns(value);
    let profiles = take(&mut columns, "profiles");
    let (indices, last) = (take(&mut columns, "indices"), take(&mut columns, "last"));
    let moved = take(&mut columns, "moved");
    for ((index, values), reasons) in ALL.into_iter().zip(indices).zip(last) {
        let named = |reason: &Value| {
            let at = reason.as_u64().unwrap_or(0) as usize;
            Value::from(REASONS_ALL[at.min(REASONS_ALL.len() - 1)].name())
        };
        let reasons: Vec<Value> = reasons
            .as_array()
            .into_iter()
            .flatten()
            .map(named)
            .collect();
        columns.insert(because(index.name()), reasons.into());
        columns.insert(index.name().to_owned(), values);
    }
    let profiles = profiles.into_iter().enumerate().map(|(at, profile)| {
        let mut row = Map::from_iter([("ward".to_owned(), Value::from(at))]);
        row.extend(self::columns(profile));
        Value::Object(row)
    });
    let moved = ALL.into_iter().zip(moved).map(|(index, sums)| {
        let sums = sums.as_array().cloned().unwrap_or_default();
        let row: Columns = REASONS_ALL
            .iter()
            .map(|r| r.name().to_owned())
            .zip(sums)
            .collect();
        (index.name().to_owned(), Value::Object(row))
    });
    let file = [
        ("moved", Value::Object(moved.collect())),
        ("profiles", profiles.collect()),
        (
            "wards",
            rows(columns, |at| {
                Map::from_iter([("ward".to_owned(), at.into())])
            }),
        ),
    ];
    Value::Object(file.map(|(k, v)| (k.to_owned(), v)).into_iter().collect())
}

fn because(index: &str) -> String {
    format!("{index}_because")
}

/// The inverse of [`wards_to_rows`].
pub(super) fn wards_from_rows(value: Value, like: &Value) -> Result<Value, Wrong> {
    let mut file = parts(value, &["moved", "profiles", "wards"])?;
    let mut keys: Vec<String> = like
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .filter(|k| !["profiles", "indices", "last", "moved"].contains(&k.as_str()))
        .cloned()
        .collect();
    for index in ALL {
        keys.extend([index.name().to_owned(), because(index.name())]);
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let head = |at: usize| vec![("ward", Value::from(at))];
    let mut columns = un_rows(
        file.remove("wards").unwrap_or_default(),
        "wards",
        &keys,
        head,
    )?;
    let (mut indices, mut last, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    let mut sums = columns_of(file.remove("moved").unwrap_or_default(), "moved")?;
    for index in ALL {
        let name = index.name();
        let values = take(&mut columns, name);
        for (at, value) in values.iter().enumerate() {
            if !value.as_f64().is_some_and(|x| (0.0..=1.0).contains(&x)) {
                let message = format!("is {value}, not a number from 0 to 1");
                return wrong(format!("wards[{at}].{name}"), message);
            }
        }
        indices.push(Value::Array(values));
        let mut reasons = Vec::new();
        for (at, given) in take(&mut columns, &because(name)).iter().enumerate() {
            let reason = REASONS_ALL.iter().find(|r| given == r.name());
            let Some(reason) = reason else {
                let known = REASONS_ALL.map(Why::name).join(", ");
                let message = format!("is {given}, not one of {known}");
                return wrong(format!("wards[{at}].{}", because(name)), message);
            };
            reasons.push(Value::from(*reason as u8));
        }
        last.push(Value::Array(reasons));
        let mut row = columns_of(
            sums.remove(name).unwrap_or_default(),
            &format!("moved.{name}"),
        )?;
        let mut cells = Vec::new();
        for reason in REASONS_ALL {
            let path = format!("moved.{name}.{}", reason.name());
            match row.remove(reason.name()) {
                Some(cell) if cell.is_number() => cells.push(cell),
                Some(cell) => return wrong(path, format!("is {cell}, not a number")),
                None => return wrong(path, "is missing"),
            }
        }
        if let Some(key) = row.keys().next() {
            return wrong(format!("moved.{name}.{key}"), "is not known");
        }
        moved.push(Value::Array(cells));
    }
    if let Some(key) = sums.keys().next() {
        return wrong(format!("moved.{key}"), "is not known");
    }
    let Value::Array(mut profiles) = file.remove("profiles").unwrap_or_default() else {
        return wrong("profiles", "is no list of rows");
    };
    for (at, profile) in profiles.iter_mut().enumerate() {
        let number = profile.as_object_mut().and_then(|row| row.remove("ward"));
        if number != Some(Value::from(at)) {
            return wrong(
                format!("profiles[{at}].ward"),
                format!("is missing or not its place, {at}"),
            );
        }
    }
    for (key, cells) in [
        ("profiles", profiles),
        ("indices", indices),
        ("last", last),
        ("moved", moved),
    ] {
        columns.insert(key.to_owned(), cells.into());
    }
    Ok(Value::Object(columns))
}

/// Columns of the stores that go by contraband kind; all others go by legal good.
const BY_KIND: [&str; 7] = [
    "market",
    "market_inbound",
    "custody",
    "market_price",
    "market_ln_price",
    "demand",
    "carry",
];

fn good_row(at: usize) -> Vec<(&'static str, Value)> {
    let name = LEGAL[at % GOODS].name;
    vec![("ward", (at / GOODS).into()), ("good", name.into())]
}

fn kind_row(at: usize) -> Vec<(&'static str, Value)> {
    let name = ILLEGAL[at % CONTRABAND].name;
    vec![("ward", (at / CONTRABAND).into()), ("kind", name.into())]
}

fn owned(head: Vec<(&str, Value)>) -> Columns {
    head.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Stores: rows of ward and legal good, rows of ward and contraband kind.
pub(super) fn stores_to_rows(value: Value) -> Value {
    let (illegal, legal): (Columns, Columns) = columns(value)
        .into_iter()
        .partition(|(key, _)| BY_KIND.contains(&key.as_str()));
    let file = [
        ("contraband", rows(illegal, |at| owned(kind_row(at)))),
        ("goods", rows(legal, |at| owned(good_row(at)))),
    ];
    Value::Object(file.map(|(k, v)| (k.to_owned(), v)).into_iter().collect())
}

/// The inverse of [`stores_to_rows`].
pub(super) fn stores_from_rows(value: Value, like: &Value) -> Result<Value, Wrong> {
    let mut file = parts(value, &["contraband", "goods"])?;
    let keys = like.as_object().into_iter().flat_map(Map::keys);
    let (illegal, legal): (Vec<&str>, Vec<&str>) = keys
        .map(String::as_str)
        .partition(|key| BY_KIND.contains(key));
    let contraband = file.remove("contraband").unwrap_or_default();
    let goods = file.remove("goods").unwrap_or_default();
    let mut columns = un_rows(contraband, "contraband", &illegal, kind_row)?;
    columns.extend(un_rows(goods, "goods", &legal, good_row)?);
    Ok(Value::Object(columns))
}

/// The named parts of a file, all of them and no other.
fn parts(value: Value, names: &[&str]) -> Result<Columns, Wrong> {
    let Value::Object(file) = value else {
        return wrong("(file)", "is no object");
    };
    if let Some(missing) = names.iter().find(|n| !file.contains_key(**n)) {
        return wrong(*missing, "is missing");
    }
    match file.keys().find(|k| !names.contains(&k.as_str())) {
        Some(key) => wrong(key, "is not known"),
        None => Ok(file),
    }
}

fn columns_of(value: Value, path: &str) -> Result<Columns, Wrong> {
    match value {
        Value::Object(columns) => Ok(columns),
        _ => wrong(path, "is missing or no object"),
    }
}
