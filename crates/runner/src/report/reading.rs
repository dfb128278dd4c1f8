//! A log as a report needs it: read once from the first line to the last that can be read.

use crate::commands::cockpit;
use crate::failure::Failure;
use crate::folds::{self, EpochLine, Facts};
use crate::scenario::vocabulary::WorldNames;
use das_analysis::cascades::CascadeFold;
use das_analysis::fold::Fold;
use das_core::describe::Descriptor;
use das_core::log::{Class, Depth, LogReader, STARTED};
use das_core::view::View;
use dosadi_world::cockpit as city;
use serde_json::Value;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// What a log says.
pub(super) struct Reading {
    /// Line 0.
    pub start: Value,
    /// The world that wrote it.
    pub world: &'static WorldNames,
    /// What every log has.
    pub fold: Fold,
    /// Trees of replies.
    pub cascades: CascadeFold,
    /// Its world's own views.
    pub views: Vec<(&'static Descriptor, Vec<View>)>,
    /// Lines that were read.
    pub lines: u64,
    /// Facts of a finished log of this engine: the source of `summary.json`.
    pub facts: Option<Facts>,
    /// What is missing or cannot be relied on.
    pub notes: Vec<String>,
    /// Whether its last line is there.
    pub complete: bool,
}

impl Reading {
    /// A text of line 0.
    pub(super) fn text(&self, path: &str) -> &str {
        self.start
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A whole number of line 0.
    pub(super) fn whole(&self, path: &str) -> Option<u64> {
        self.start.pointer(path)?.as_u64()
    }

    /// Whether the log keeps single interactions: without them much that a report shows would be empty, not 0.
    pub(super) fn has_interactions(&self) -> bool {
        let counted = |row: &das_analysis::fold::EpochRow| row.get("n_interactions") > Some(0.0);
        !self.fold.spreads.is_empty() || !self.fold.epochs.iter().any(counted)
    }

    /// Ends of epochs as the table of a run has them.
    pub(super) fn epochs(&self) -> Vec<EpochLine> {
        let line = |row: &das_analysis::fold::EpochRow| EpochLine {
            event: row.event,
            epoch: row.epoch,
            partial: false,
            metrics: row.metrics.clone(),
            env: row.env.clone(),
        };
        self.fold.epochs.iter().map(line).collect()
    }
}

fn open(log: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(log).map_err(Failure::reading(log))?;
    Ok(BufReader::with_capacity(1 << 18, file))
}

/// Whether a file begins as a log does.
fn is_log(log: &Path) -> Result<bool, Failure> {
    let begins = format!("{{\"seq\":0,\"type\":\"{STARTED}\"");
    let mut start = Vec::new();
    let most = begins.len() as u64;
    let read = open(log)?.take(most).read_to_end(&mut start);
    read.map_err(Failure::reading(log))?;
    Ok(start == begins.as_bytes())
}

/// Reads a log. One that was changed after it was written is refused; one that ends early, or is of another engine, is read as
/// far as it goes, with a note.
pub(super) fn read(log: &Path) -> Result<Reading, Failure> {
    if !is_log(log)? {
        return Err(Failure::Input {
            path: log.to_owned(),
            what:
                "is no log: das report takes a run's directory or its log, or a sweep's directory"
                    .to_owned(),
        });
    }
    let mut notes = Vec::new();
    let checked = das_core::log::check(open(log)?, Depth::Seals).map_err(Failure::reading(log))?;
    let complete = match &checked.class {
        Class::Complete { file_sha256, .. } => Some(file_sha256.clone()),
        Class::Damaged { .. } => {
            crate::verify::classified(log, &checked)?;
            None
        }
        Class::Foreign { schema, engine } => {
            notes.push(format!(
                "The log is of schema {schema} and engine revision {engine}: what this program knows of it is shown."
            ));
            None
        }
        Class::Incomplete { tail_bytes, .. } => {
            notes.push(format!(
                "The run is not finished: its log is sealed up to epoch {}, step {}, with {tail_bytes} bytes behind that. \
                 Figures are those of the last whole epoch, criteria are not judged.",
                checked.sealed.epoch, checked.sealed.step
            ));
            None
        }
    };
    let own = checked.engine == Some(u64::from(das_core::log::ENGINE_REVISION));
    let ended = !matches!(checked.class, Class::Incomplete { .. });
    let facts = match complete {
        Some(sha256) if own => Some(folds::fold(log, sha256, std::io::sink())?),
        Some(_) => {
            notes.push(format!(
                "The log is of engine revision {}: it can be read but not run again by this program; criteria are not judged.",
                checked.engine.unwrap_or_default()
            ));
            None
        }
        None => None,
    };
    let world = cockpit::world_of(open(log)?).map_err(|error| Failure::Damaged {
        path: log.to_owned(),
        what: error.to_string(),
    })?;
    let mut views = Vec::new();
    for view in (world.views)() {
        views.push((view, cockpit::open(world, view.name)?));
    }
    let mut reading = Reading {
        start: Value::Null,
        world,
        fold: Fold::default(),
        cascades: CascadeFold::default(),
        views: Vec::new(),
        lines: 0,
        facts,
        notes,
        complete: ended,
    };
    fill(log, &mut reading, &mut views)?;
    cockpit::take_up(&reading.start, views.iter_mut().map(|(_, fold)| fold));
    reading.views = views
        .into_iter()
        .map(|(view, fold)| (view, fold.views()))
        .collect();
    Ok(reading)
}

fn fill(
    log: &Path,
    reading: &mut Reading,
    views: &mut [(&'static Descriptor, city::Fold)],
) -> Result<(), Failure> {
    let mut lines = LogReader::new(open(log)?);
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            // A whole log was checked already: only an unfinished one ends in what cannot be read.
            Err(error) if reading.facts.is_none() => {
                reading
                    .notes
                    .push(format!("What follows cannot be read: {error}."));
                break;
            }
            Err(error) => return Err(Failure::log(log, error)),
        };
        if line.head.seq == 0 {
            reading.start = line.parse().unwrap_or_default();
        }
        reading.fold.line(&line);
        reading.cascades.line(&line);
        for (_, view) in &mut *views {
            view.line(line.text).map_err(|error| Failure::Damaged {
                path: log.to_owned(),
                what: error.to_string(),
            })?;
        }
        reading.lines += 1;
    }
    if !reading.has_interactions() {
        reading.notes.push(
            "The log keeps no single interactions (outputs.detail: epochs): what is made from them, acts of governance, agents' \
             deeds and failure modes is left out."
                .to_owned(),
        );
    }
    if reading.fold.unread > 0 {
        reading.notes.push(format!(
            "{} lines have fields that cannot be read.",
            reading.fold.unread
        ));
    }
    Ok(())
}
