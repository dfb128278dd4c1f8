//! Vaults: a run between two epochs as a directory of readable files, for another run to go on from.
//!
//! ```text
//! vaults/NAME/   manifest.json   engine revision, moment, sha256 of each file
//!                run.json agents.json levers.json rails.json society.json ledger.json   all but the world
//!                …               the world's own files
//! ```
//! Invariants: what a run is taken up from stands in line 0 of its log, file by file with its sha256, and another file is refused
//! (`tests/it/vault.rs`); no clock and no path is in a vault. Not here: what the world's files hold (its crate), and which parts of
//! a run there are ([`SavedRun`]).

use crate::failure::Failure;
use crate::rundir::write_file;
use crate::scenario::Scenario;
use crate::wiring::Base;
use das_core::environment::Environment;
use das_core::interaction::Moment;
use das_core::log::{ENGINE_REVISION, SCHEMA, hex};
use das_core::orchestrator::SavedRun;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where `--save-vault NAME` puts a vault.
pub const FOLDER: &str = "vaults";

/// The file that names all others.
pub const MANIFEST: &str = "manifest.json";

/// Version of the manifest and of the files below.
const FORMAT: u32 = 1;

/// Largest file that is read, in bytes.
const FILE_MAX: u64 = 1 << 30;

/// Parts of a [`SavedRun`] with a file of their own.
const PARTS: [&str; 4] = ["agents", "levers", "rails", "society"];

/// The file of all other parts.
const RUN: &str = "run.json";

/// The file of the society's money.
const LEDGER: &str = "ledger.json";

/// Columns of the society, and what they are called in the row of an agent.
const AGENT_ROWS: &[(&str, &str)] = &[
    ("names", "name"),
    ("keys", "key"),
    ("kinds", "kind"),
    ("roles", "role"),
    ("tools", "tools"),
    ("accounts", "account"),
    ("stakes", "stake"),
    ("reputation", "reputation"),
    ("frozen_until", "frozen_until"),
    ("live", "live"),
    ("counters", "counters"),
    ("payoff", "payoff"),
];

/// Columns of the ledger, and what they are called in the row of an account.
const ACCOUNT_ROWS: &[(&str, &str)] = &[
    ("names", "name"),
    ("kinds", "kind"),
    ("balances", "micro_credits"),
];

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    schema: u32,
    engine: u32,
    /// The world.
    pub world: String,
    scenario_id: String,
    /// Seed of the run.
    pub seed: String,
    /// Epochs that were lived.
    pub epochs: u32,
    /// Steps of an epoch.
    pub steps_per_epoch: u32,
    /// sha256 of each file.
    files: BTreeMap<String, String>,
}

/// A run as it was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The moment to go on from.
    pub moment: Moment,
    /// Name and text of every file but the manifest.
    pub files: Vec<(String, String)>,
}

fn input(path: &Path, what: impl Into<String>) -> Failure {
    Failure::Input {
        path: path.to_owned(),
        what: what.into(),
    }
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let metadata = std::fs::metadata(path).map_err(Failure::reading(path))?;
    if !metadata.is_file() {
        return Err(input(path, "is no file"));
    }
    let length = metadata.len();
    if length > FILE_MAX {
        return Err(input(
            path,
            format!("{length} bytes are no file of a vault"),
        ));
    }
    std::fs::read_to_string(path).map_err(Failure::reading(path))
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

// ------------------------------------------------------------------------------------------------------------------ reading

/// Reads the manifest of a vault. One of another engine revision gives [`Failure::Foreign`].
pub fn manifest(vault: &Path) -> Result<Manifest, Failure> {
    let path = vault.join(MANIFEST);
    let text = text_of(&path)?;
    let value: Value =
        serde_json::from_str(&text).map_err(|error| input(&path, error.to_string()))?;
    let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
    let found = ["format", "schema", "engine"].map(number);
    let ours = [FORMAT, SCHEMA, ENGINE_REVISION].map(u64::from);
    if found != ours {
        let words = |[format, schema, engine]: [u64; 3]| {
            format!("format {format}, schema {schema} and engine revision {engine}")
        };
        return Err(Failure::Foreign {
            path,
            what: format!(
                "the vault has {}; this program {}",
                words(found),
                words(ours)
            ),
        });
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| input(&path, error.to_string()))?;
    let plain = |name: &String| !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
    if !manifest.files.keys().all(plain) {
        return Err(input(&path, "names a file that is not in the vault"));
    }
    Ok(manifest)
}

/// The files of a vault as line 0 names them, each with the sha256 of its bytes, which is the manifest's.
pub fn references(vault: &Path) -> Result<Vec<Base>, Failure> {
    let name = |file: &str| format!("{}/{file}", vault.display());
    let manifest = manifest(vault)?;
    let own = sha256(&text_of(&vault.join(MANIFEST))?);
    let mut all = vec![Base {
        name: name(MANIFEST),
        sha256: own,
    }];
    all.extend(manifest.files.into_iter().map(|(file, sha256)| Base {
        name: name(&file),
        sha256,
    }));
    read(&all).map(|_| all)
}

/// Reads the files that line 0 names: by file name, their texts. A missing or changed one is named.
pub fn read(references: &[Base]) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    for reference in references {
        let path = Path::new(&reference.name);
        let text = text_of(path)?;
        let found = sha256(&text);
        if found != reference.sha256 {
            let what = format!(
                "the vault was changed: this file has sha256 {found}, it was saved with {}",
                reference.sha256
            );
            return Err(input(path, what));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        texts.insert(name.into_owned(), text);
    }
    Ok(texts)
}

/// Whether a scenario can go on from its vault. `new_seed` says that the seed was asked for.
pub fn fits(vault: &Path, scenario: &Scenario, new_seed: bool) -> Result<(), Failure> {
    let saved = manifest(vault)?;
    let simulation = &scenario.simulation;
    let path = vault.join(MANIFEST);
    if saved.world != scenario.environment.name() {
        return Err(input(&path, format!("is of the world `{}`", saved.world)));
    }
    if saved.steps_per_epoch != simulation.steps_per_epoch {
        return Err(input(
            &path,
            format!(
                "its epochs have {} steps, simulation.steps_per_epoch is {}",
                saved.steps_per_epoch, simulation.steps_per_epoch
            ),
        ));
    }
    if saved.epochs >= simulation.epochs {
        return Err(input(
            &path,
            format!(
                "has lived {0} epochs, simulation.epochs is {1}: these are counted from the beginning of its history, so {0} and \
                 as many as are to come",
                saved.epochs, simulation.epochs
            ),
        ));
    }
    let seed = simulation.seed.to_string();
    if saved.seed != seed && !new_seed {
        return Err(input(
            &path,
            format!(
                "was saved with seed {}, simulation.seed is {seed}: --new-seed {seed} begins a new history from it",
                saved.seed
            ),
        ));
    }
    Ok(())
}

/// Puts the parts of a run together again.
pub fn join<E: Environment>(
    texts: &BTreeMap<String, String>,
    at: &Path,
) -> Result<SavedRun<E>, Failure> {
    let parse = |name: &str| -> Result<Value, Failure> {
        let path = at.join(name);
        let text = texts
            .get(name)
            .ok_or_else(|| input(&path, "is missing in the manifest"))?;
        serde_json::from_str(text).map_err(|error| input(&path, error.to_string()))
    };
    let mut run = parse(RUN)?;
    for part in PARTS {
        run[part] = parse(&format!("{part}.json"))?;
    }
    let mut ledger = parse(LEDGER)?;
    to_columns(&mut ledger, "accounts", ACCOUNT_ROWS);
    to_columns(&mut run["society"], "agents", AGENT_ROWS);
    run["society"]["ledger"] = ledger;
    serde_json::from_value(run).map_err(|error| {
        let what = format!("the files of the run do not fit together: {error}");
        input(at, what)
    })
}

// ------------------------------------------------------------------------------------------------------------------ writing

/// Takes a run apart: its files, with those of its world.
pub fn split<E: Environment>(
    saved: &SavedRun<E>,
    world: Vec<(String, String)>,
) -> Result<Left, Failure> {
    let broken = |error: serde_json::Error| Failure::Internal(error.to_string());
    let mut run = serde_json::to_value(saved).map_err(broken)?;
    let mut take = |from: &str| match &mut run {
        Value::Object(map) => map.remove(from).unwrap_or_default(),
        _ => Value::Null,
    };
    let mut parts: Vec<(String, Value)> = PARTS
        .map(|part| (format!("{part}.json"), take(part)))
        .into();
    for (_, society) in parts.iter_mut().filter(|(name, _)| name == "society.json") {
        to_rows(society, "agents", AGENT_ROWS);
    }
    let mut ledger = parts
        .iter_mut()
        .find_map(|(_, part)| part.as_object_mut()?.remove("ledger"))
        .unwrap_or_default();
    to_rows(&mut ledger, "accounts", ACCOUNT_ROWS);
    parts.push((LEDGER.to_owned(), ledger));
    parts.push((RUN.to_owned(), run));
    let mut files: Vec<(String, String)> = parts
        .into_iter()
        .map(|(name, part)| (name, lines(&part)))
        .chain(world)
        .collect();
    files.sort();
    if files.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Failure::Internal(
            "two files of a vault have one name".to_owned(),
        ));
    }
    Ok(Left {
        moment: saved.moment,
        files,
    })
}

/// The directory of a name; a name that is none, or one that is taken, is refused.
pub fn claim(name: &str, force: bool) -> Result<PathBuf, Failure> {
    if !crate::scenario::id::is_id(name) {
        return Err(Failure::Usage(format!(
            "--save-vault {name}: a vault's name is 1 to 64 of a-z 0-9 _ . -, and no path"
        )));
    }
    let vault = Path::new(FOLDER).join(name);
    let there = vault.symlink_metadata().is_ok();
    let replaceable = force && vault.join(MANIFEST).is_file();
    if there && !replaceable {
        let help = if force {
            "it is no vault"
        } else {
            "--force overwrites it"
        };
        return Err(Failure::Usage(format!(
            "{} exists; {help}",
            vault.display()
        )));
    }
    Ok(vault)
}

/// Writes a vault whole: beside its place first, then renamed.
pub fn write(vault: &Path, scenario: &Scenario, left: &Left) -> Result<(), Failure> {
    let manifest = Manifest {
        format: FORMAT,
        schema: SCHEMA,
        engine: ENGINE_REVISION,
        world: scenario.environment.name().to_owned(),
        scenario_id: scenario.scenario_id.clone(),
        seed: scenario.simulation.seed.to_string(),
        epochs: left.moment.epoch,
        steps_per_epoch: scenario.simulation.steps_per_epoch,
        files: (left.files.iter())
            .map(|(name, text)| (name.clone(), sha256(text)))
            .collect(),
    };
    let manifest =
        serde_json::to_value(&manifest).map_err(|error| Failure::Internal(error.to_string()))?;
    let mut beside = vault.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    let absent = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    let remove = |directory: &Path| match std::fs::remove_dir_all(directory) {
        Err(error) if !absent(&error) => Err(Failure::writing(directory)(error)),
        _ => Ok(()),
    };
    remove(&beside)?;
    std::fs::create_dir_all(&beside).map_err(Failure::writing(&beside))?;
    for (name, text) in &left.files {
        write_file(&beside.join(name), text.as_bytes())?;
    }
    write_file(&beside.join(MANIFEST), lines(&manifest).as_bytes())?;
    remove(vault)?;
    std::fs::rename(&beside, vault).map_err(Failure::writing(vault))
}

// ------------------------------------------------------------------------------------------------------------------ shape

/// Columns of one length become rows under `name`.
fn to_rows(table: &mut Value, name: &str, columns: &[(&str, &str)]) {
    let Some(map) = table.as_object_mut() else {
        return;
    };
    let lists: Vec<(&str, Vec<Value>)> = columns
        .iter()
        .filter_map(|(column, key)| match map.remove(*column) {
            Some(Value::Array(list)) => Some((*key, list)),
            _ => None,
        })
        .collect();
    let length = lists.first().map_or(0, |(_, list)| list.len());
    let row = |at: usize| -> Value {
        let cells = lists
            .iter()
            .map(|(key, list)| ((*key).to_owned(), list.get(at).cloned().unwrap_or_default()));
        cells.collect::<Map<_, _>>().into()
    };
    map.insert(name.to_owned(), (0..length).map(row).collect());
}

/// The reverse of [`to_rows`].
fn to_columns(table: &mut Value, name: &str, columns: &[(&str, &str)]) {
    let Some(map) = table.as_object_mut() else {
        return;
    };
    let Some(Value::Array(rows)) = map.remove(name) else {
        return;
    };
    for (column, key) in columns {
        let cells = rows
            .iter()
            .map(|row| row.get(key).cloned().unwrap_or_default());
        map.insert((*column).to_owned(), cells.collect());
    }
}

/// JSON with sorted keys, an entry of a list a line, so that two vaults can be compared line by line.
fn lines(value: &Value) -> String {
    let mut text = String::new();
    put(&mut text, value, 0);
    text.push('\n');
    text
}

fn put(text: &mut String, value: &Value, depth: usize) {
    let (open, close) = match value {
        Value::Object(map) if depth < 2 && !map.is_empty() => ('{', '}'),
        Value::Array(list) if !list.is_empty() => ('[', ']'),
        other => {
            let _ = write!(text, "{other}");
            return;
        }
    };
    text.push(open);
    let mut first = true;
    let mut begin = |text: &mut String| {
        text.push_str(if first { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        first = false;
    };
    for (key, entry) in value.as_object().into_iter().flatten() {
        begin(text);
        let _ = write!(text, "{}: ", json!(key));
        put(text, entry, depth + 1);
    }
    for entry in value.as_array().into_iter().flatten() {
        begin(text);
        let _ = write!(text, "{entry}");
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_the_same_table() {
        // Columns become rows and columns again; what is no column stays.
        let given =
            json!({"names": ["a", "b"], "kinds": [1, 2], "balances": [5, -3], "postings": 7});
        let mut table = given.clone();
        to_rows(&mut table, "accounts", ACCOUNT_ROWS);
        assert_eq!(
            table["accounts"][1],
            json!({"name": "b", "kind": 2, "micro_credits": -3})
        );
        assert_eq!(table["postings"], 7);
        to_columns(&mut table, "accounts", ACCOUNT_ROWS);
        assert_eq!(table, given);
    }

    #[test]
    fn a_row_is_a_line() {
        // Maps are opened, an entry of a list stays on its line; the text reads back as it was, floats to the bit.
        let value = json!({"b": [{"x": [1, 2]}, {"x": []}], "a": 0.1, "c": {}});
        let text = lines(&value);
        assert_eq!(
            text,
            "{\n  \"a\": 0.1,\n  \"b\": [\n    {\"x\":[1,2]},\n    {\"x\":[]}\n  ],\n  \"c\": {}\n}\n"
        );
        let hard = json!([0.1 + 0.2, -0.0, 1e-300, u64::MAX, i64::MIN]);
        let back: Value = serde_json::from_str(&lines(&hard)).unwrap();
        assert_eq!(back.to_string(), hard.to_string());
    }
}
