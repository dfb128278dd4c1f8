//! The city as readable files: one JSON file a part of the state, keys sorted, one ward, post, border or corridor a line.
//!
//! `Invariant: read(files(state)) is the state, bit for bit` (`tests/it/vault.rs`). Columns are written as rows, so that a diff shows
//! which ward changed; a row's own number must be its place. What the files must agree on is checked on reading (`check`), and a
//! mistake names file and field. Not here: files on a disk, accounts, agents and their hashes (the runner's).

mod check;
mod rows;
mod text;

use crate::state::State;
use crate::state::borders::{Borders, Posts};
use crate::state::map::Traffic;
use crate::state::stores::Stores;
use crate::state::wards::Wards;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use thiserror::Error;

/// Version of the files' shape.
pub const FORMAT: u64 = 1;
/// The file of everything that has no file of its own: the day, and [`FORMAT`].
pub const CITY: &str = "city.json";

/// What is wrong with the files of a city.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {field}: {message}")]
pub struct VaultError {
    /// File.
    pub file: String,
    /// Path within it; `(file)` for the whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl VaultError {
    fn new(file: &str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            field: field.into(),
            message: message.into(),
        }
    }
}

/// How a part of the state is written.
#[derive(Clone, Copy)]
enum Shape {
    /// As serde has it.
    Plain,
    /// Columns as rows, each numbered under this key.
    Rows(&'static str, fn() -> Value),
    /// Rows of wards, profiles and changes.
    Wards,
    /// Rows of ward and good.
    Stores,
}

fn default<T: Default + Serialize>() -> Value {
    value(&T::default())
}

/// (file, field of the state, shape), by file.
const PARTS: &[(&str, &str, Shape)] = &[
    (
        "borders.json",
        "borders",
        Shape::Rows("border", default::<Borders>),
    ),
    ("calendar.json", "calendar", Shape::Plain),
    ("figures.json", "figures", Shape::Plain),
    ("flows.json", "flows", Shape::Plain),
    ("lists.json", "lists", Shape::Plain),
    ("map.json", "map", Shape::Plain),
    ("offices.json", "offices", Shape::Plain),
    ("phase.json", "phase", Shape::Plain),
    ("posts.json", "posts", Shape::Rows("post", default::<Posts>)),
    ("shipments.json", "shipments", Shape::Plain),
    ("smuggling.json", "factions", Shape::Plain),
    ("stores.json", "stores", Shape::Stores),
    ("terms.json", "terms", Shape::Plain),
    (
        "traffic.json",
        "corridors",
        Shape::Rows("corridor", default::<Traffic>),
    ),
    ("wards.json", "wards", Shape::Wards),
];

#[expect(
    clippy::expect_used,
    reason = "state has no maps by other keys than strings and no serialisation of its own that fails"
)]
fn value<T: Serialize>(it: &T) -> Value {
    serde_json::to_value(it).expect("plain data serialises")
}

/// All files of a city, by name.
pub fn files(state: &State) -> Vec<(&'static str, String)> {
    let mut all = match value(state) {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    let mut files: Vec<(&'static str, String)> = PARTS
        .iter()
        .map(|&(file, field, shape)| {
            let part = all.remove(field).unwrap_or_default();
            let shaped = match shape {
                Shape::Plain => part,
                Shape::Rows(id, _) => rows::to_rows(part, id),
                Shape::Wards => rows::wards_to_rows(part),
                Shape::Stores => rows::stores_to_rows(part),
            };
            (file, text::pretty(&shaped))
        })
        .collect();
    all.insert("format".to_owned(), FORMAT.into());
    files.push((CITY, text::pretty(&Value::Object(all))));
    files.sort_unstable();
    files
}

/// The city in these files, by name; others may be among them.
pub fn read(files: &BTreeMap<String, String>) -> Result<State, VaultError> {
    let parse = |file: &str| -> Result<Value, VaultError> {
        let text = files
            .get(file)
            .ok_or_else(|| VaultError::new(file, "(file)", "is missing"))?;
        serde_json::from_str(text).map_err(|e| VaultError::new(file, "(file)", e.to_string()))
    };
    let Value::Object(mut all) = parse(CITY)? else {
        return Err(VaultError::new(CITY, "(file)", "is no object"));
    };
    match all.remove("format") {
        Some(format) if format == FORMAT => {}
        Some(format) => {
            let message = format!("this reads format {FORMAT}, not {format}");
            return Err(VaultError::new(CITY, "format", message));
        }
        None => return Err(VaultError::new(CITY, "format", "is missing")),
    }
    for &(file, field, shape) in PARTS {
        let shaped = parse(file)?;
        let part = match shape {
            Shape::Plain => Ok(shaped),
            Shape::Rows(id, like) => rows::from_rows(shaped, id, &like()),
            Shape::Wards => rows::wards_from_rows(shaped, &default::<Wards>()),
            Shape::Stores => rows::stores_from_rows(shaped, &value(&Stores::new(0))),
        };
        let part = part.map_err(|(path, message)| VaultError::new(file, path, message))?;
        if all.insert(field.to_owned(), part).is_some() {
            return Err(VaultError::new(CITY, field, format!("belongs into {file}")));
        }
    }
    let all = Value::Object(all);
    check::places(&all)?;
    let state: State = serde_path_to_error::deserialize(&all).map_err(|error| {
        let (file, field) = locate(&error.path().to_string());
        VaultError::new(file, field, error.inner().to_string())
    })?;
    if let Some(path) = text::unknown(&all, &value(&state)) {
        let (file, field) = locate(&path);
        return Err(VaultError::new(file, field, "is not known"));
    }
    check::check(&state)?;
    Ok(state)
}

/// File and path within it of a path within the state.
fn locate(path: &str) -> (&'static str, String) {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (field, rest) = path.split_at(end);
    let rest = rest.trim_start_matches('.');
    let file = PARTS.iter().find(|(_, f, _)| *f == field);
    match file {
        Some((file, ..)) if rest.is_empty() => (file, "(file)".to_owned()),
        Some((file, ..)) => (file, rest.to_owned()),
        None => (CITY, path.to_owned()),
    }
}
