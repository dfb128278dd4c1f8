//! Which logs and sweeps there are under the folder that is shown.
//!
//! A log's name in addresses is its folder's path below the root (`events.jsonl` in it), or its own. Invariant: what is asked
//! for is looked up among what was found, never made into a path, so no name leads out of the folder; links are not followed.

use crate::open::{Run, current};
use crate::tail::{Ending, Start, ending};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Name of the log in a folder of its own.
const LOG_NAME: &str = "events.jsonl";

/// Folders below the root that are looked into.
const DEPTH_MAX: usize = 5;

/// Entries looked at.
const ENTRIES_MAX: usize = 50_000;

/// Logs kept open at a time.
const OPEN_MAX: usize = 4;

/// A line of the list of runs.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Brief {
    pub(crate) id: String,
    pub(crate) scenario_id: String,
    pub(crate) seed: String,
    pub(crate) world: String,
    /// `completed`, `stopped` or `unfinished`.
    pub(crate) status: String,
    pub(crate) bytes: u64,
    /// Epochs the scenario has.
    pub(crate) epochs: Option<u64>,
    pub(crate) events: Option<u64>,
    /// Pooled figures, as in `summary.json`.
    pub(crate) metrics: BTreeMap<String, String>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
struct Found {
    /// Finished logs' names by name in addresses.
    logs: BTreeMap<String, PathBuf>,
    /// Folders of sweeps.
    sweeps: BTreeMap<String, PathBuf>,
}

/// The folder that is shown.
pub(crate) struct Library {
    root: PathBuf,
    found: Mutex<Found>,
    open: Mutex<Vec<Arc<Run>>>,
    briefs: Mutex<BTreeMap<String, (u64, Brief)>>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The figures of a run as `summary.json` has them, by name.
pub(crate) fn texts(metrics: &impl Serialize) -> Vec<(String, String)> {
    match serde_json::to_value(metrics) {
        Ok(Value::Object(map)) => map
            .into_iter()
            .map(|(name, value)| (name, value.to_string()))
            .collect(),
        _ => Vec::new(),
    }
}

impl Library {
    /// Shows what lies at a path: a folder, or one log.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            found: Mutex::default(),
            open: Mutex::default(),
            briefs: Mutex::default(),
        }
    }

    /// Looks again.
    fn look(&self) -> io::Result<Found> {
        let mut found = Found::default();
        if self.root.is_dir() {
            let mut left = ENTRIES_MAX;
            walk(&self.root, "", DEPTH_MAX, &mut left, &mut found)?;
        } else {
            let name = self.root.to_string_lossy();
            let log = name
                .strip_suffix(".part")
                .map_or_else(|| self.root.clone(), PathBuf::from);
            let id = log
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            found.logs.insert(id, log);
        }
        held(&self.found).clone_from(&found);
        Ok(found)
    }

    /// The list of runs whose name holds `text`, at most `limit`; how many there are in all, and the sweeps.
    pub(crate) fn list(
        &self,
        text: &str,
        limit: usize,
    ) -> io::Result<(Vec<Brief>, usize, Vec<String>)> {
        let found = self.look()?;
        let wanted: Vec<_> = found
            .logs
            .iter()
            .filter(|(id, _)| id.contains(text))
            .collect();
        let briefs = wanted
            .iter()
            .take(limit)
            .filter_map(|(id, log)| self.brief(id, log))
            .collect();
        Ok((briefs, wanted.len(), found.sweeps.into_keys().collect()))
    }

    fn brief(&self, id: &str, log: &Path) -> Option<Brief> {
        let mut file = File::open(current(log)).ok()?;
        let bytes = file.metadata().ok()?.len();
        if let Some((size, brief)) = held(&self.briefs).get(id)
            && *size == bytes
        {
            return Some(brief.clone());
        }
        let start = Start::read(&file).unwrap_or_default();
        let end = ending(&mut file);
        let brief = brief(id, bytes, &start, end.as_ref());
        held(&self.briefs).insert(id.to_owned(), (bytes, brief.clone()));
        Some(brief)
    }

    /// The name of the only run there is; `None` of none and of several.
    pub(crate) fn only_run(&self) -> io::Result<Option<String>> {
        let found = self.look()?;
        let mut names = found.logs.into_keys();
        Ok(match (names.next(), names.next()) {
            (name, None) if found.sweeps.is_empty() => name,
            _ => None,
        })
    }

    /// The log of a name, open; `None` if there is none of this name.
    pub(crate) fn run(&self, id: &str) -> io::Result<Option<Arc<Run>>> {
        let mut open = held(&self.open);
        if let Some(at) = open.iter().position(|run| run.id == id) {
            // Last used last.
            let run = open.remove(at);
            open.push(Arc::clone(&run));
            return Ok(Some(run));
        }
        let known = held(&self.found).logs.get(id).cloned();
        let Some(log) = known.or(self.look()?.logs.remove(id)) else {
            return Ok(None);
        };
        let run = Run::open(id, &log)?;
        if open.len() >= OPEN_MAX {
            open.remove(0);
        }
        open.push(Arc::clone(&run));
        Ok(Some(run))
    }

    /// The folder of a sweep.
    pub(crate) fn sweep(&self, id: &str) -> io::Result<Option<PathBuf>> {
        Ok(self.look()?.sweeps.remove(id))
    }
}

pub(crate) fn brief(id: &str, bytes: u64, start: &Start, end: Option<&Ending>) -> Brief {
    Brief {
        id: id.to_owned(),
        scenario_id: start
            .text("/scenario_id")
            .unwrap_or("(no scenario)")
            .to_owned(),
        seed: start.seed.clone(),
        world: start
            .text("/environment/kind")
            .unwrap_or("commons")
            .to_owned(),
        status: end.map_or("unfinished", |end| &end.status).to_owned(),
        bytes,
        epochs: start.whole("/simulation/epochs"),
        events: end.map(|end| end.events),
        metrics: end
            .map(|end| texts(&end.metrics).into_iter().collect())
            .unwrap_or_default(),
    }
}

fn walk(
    folder: &Path,
    id: &str,
    depth: usize,
    left: &mut usize,
    found: &mut Found,
) -> io::Result<()> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        if *left == 0 {
            break;
        }
        *left -= 1;
        let entry = entry?;
        // Names that are no text cannot be asked for.
        if let Ok(name) = entry.file_name().into_string() {
            entries.push((name, entry.file_type()?));
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    let below = |name: &str| {
        if id.is_empty() {
            name.to_owned()
        } else {
            format!("{id}/{name}")
        }
    };
    let own = || {
        if id.is_empty() {
            folder
                .canonicalize()
                .ok()
                .and_then(|f| f.file_name().map(|n| n.to_string_lossy().into_owned()))
                .unwrap_or_else(|| "run".to_owned())
        } else {
            id.to_owned()
        }
    };
    let has = |wanted: &str| {
        entries
            .iter()
            .any(|(name, kind)| name == wanted && kind.is_file())
    };
    if has("results.csv") {
        found.sweeps.insert(own(), folder.to_owned());
    }
    for (name, kind) in &entries {
        if kind.is_dir() && depth > 0 && name != "checkpoints" {
            // A folder that cannot be read is passed over.
            drop(walk(
                &folder.join(name),
                &below(name),
                depth - 1,
                left,
                found,
            ));
        } else if kind.is_file() {
            let log = name.strip_suffix(".part").unwrap_or(name);
            if log == LOG_NAME {
                found.logs.insert(own(), folder.join(log));
            } else if log.strip_suffix(".jsonl").is_some() && is_log(&folder.join(name)) {
                found.logs.insert(below(log), folder.join(log));
            }
        }
    }
    Ok(())
}

/// Whether a file begins as a log does.
fn is_log(path: &Path) -> bool {
    let mut bytes = [0; 40];
    let read = File::open(path).and_then(|mut file| io::Read::read(&mut file, &mut bytes));
    read.is_ok_and(|n| bytes[..n].starts_with(b"{\"seq\":0,\"type\":\"simulation_started\""))
}
