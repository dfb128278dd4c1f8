//! The directory of a sweep.
//!
//! ```text
//! sweeps/<sweep_id>/   sweep.resolved.yaml   results.csv   results.parquet   summary.md
//!                      cells/<first 16 digits of the hash>/s<seed>/   metrics.csv   summary.json   [events.jsonl]
//! ```
//! A cell is finished once its `summary.json` is there: it is written last, whole, and renamed into place. It holds the sha256 of
//! `metrics.csv`. Cells are not synced, which would cost as much as some cells take: what a power cut kept from the disk does not
//! have its hash, and is made again. Invariants: a finished cell is never written again; nothing here depends on the order in which
//! cells end; killed at any moment, the directory lacks only cells that were being run. Not here: what is in the files.

use super::cell::{Job, Record};
use crate::failure::Failure;
use crate::rundir::{write_file, write_unsynced};
use das_core::log::hex;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What was run, resolved.
pub const RESOLVED: &str = "sweep.resolved.yaml";
/// The table of all runs.
pub const RESULTS: &str = "results.csv";
/// The same for programs.
pub const PARQUET: &str = "results.parquet";
/// What it came to.
pub const SUMMARY: &str = "summary.md";

/// The figures of a cell by epoch.
const FIGURES: &str = "metrics.csv";
/// What a cell came to.
const RECORD: &str = "summary.json";

/// A sweep's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The directory.
    pub root: PathBuf,
}

impl Store {
    /// A file of the sweep.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The directory of a cell.
    pub fn cell(&self, hash: &str, seed: u64) -> PathBuf {
        let short = hash.get(..16).unwrap_or(hash);
        self.root.join("cells").join(short).join(format!("s{seed}"))
    }

    /// The record of a finished cell. A file that is no record of this very cell and its figures is as none.
    pub fn finished(&self, hash: &str, seed: u64) -> Option<Record> {
        let folder = self.cell(hash, seed);
        let record: Record =
            serde_json::from_slice(&std::fs::read(folder.join(RECORD)).ok()?).ok()?;
        let figures = std::fs::read(folder.join(FIGURES)).ok()?;
        let whole = record.metrics_sha256 == hex(&Sha256::digest(figures));
        (whole && record.hash == hash && record.seed == seed.to_string()).then_some(record)
    }

    /// Keeps what a cell came to.
    pub fn keep(&self, job: &Job, record: &Record, metrics: &[u8]) -> Result<(), Failure> {
        let folder = self.cell(&job.hash, job.seed);
        std::fs::create_dir_all(&folder).map_err(Failure::writing(&folder))?;
        write_unsynced(&folder.join(FIGURES), metrics)?;
        let text = serde_json::to_string_pretty(record)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        write_unsynced(&folder.join(RECORD), (text + "\n").as_bytes())
    }

    /// Makes the directory ready for the plan whose resolved text this is. The same plan goes on where it was; another one needs
    /// `resume` (finished cells are kept, the results become those of this plan) or `force` (everything begins again).
    pub fn prepare(&self, resolved: &str, resume: bool, force: bool) -> Result<(), Failure> {
        if force {
            self.clear()?;
        }
        let path = self.file(RESOLVED);
        match std::fs::read_to_string(&path) {
            Ok(text) if text == resolved || resume => {}
            Ok(_) => {
                return Err(Failure::Usage(format!(
                    "{} holds another sweep (its {RESOLVED} differs); --resume keeps its finished cells and goes on with this one, \
                     --force begins again, --out DIR goes elsewhere",
                    self.root.display()
                )));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.is_free()?;
                std::fs::create_dir_all(&self.root).map_err(Failure::writing(&self.root))?;
            }
            Err(error) => return Err(Failure::reading(&path)(error)),
        }
        write_file(&path, resolved.as_bytes())
    }

    /// A directory with anything in it that is no sweep is left alone.
    fn is_free(&self) -> Result<(), Failure> {
        let entries = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Failure::reading(&self.root))?,
        };
        let others = entries
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            // What a sweep that was killed at its very start may have left.
            .filter(|name| name != "cells" && *name != format!("{RESOLVED}.tmp"));
        match others.min() {
            None => Ok(()),
            Some(there) => Err(Failure::Usage(format!(
                "{} is not empty and no sweep (it has {there}); --out DIR goes elsewhere",
                self.root.display()
            ))),
        }
    }

    /// Removes what a sweep wrote, by name.
    fn clear(&self) -> Result<(), Failure> {
        let gone = |path: &Path, result: std::io::Result<()>| match result {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::writing(path)(error)),
            _ => Ok(()),
        };
        for name in [RESULTS, PARQUET, SUMMARY] {
            let path = self.file(name);
            gone(&path, std::fs::remove_file(&path))?;
        }
        let cells = self.file("cells");
        gone(&cells, std::fs::remove_dir_all(&cells))?;
        // Last: until then the directory is known to be a sweep's.
        let path = self.file(RESOLVED);
        gone(&path, std::fs::remove_file(&path))
    }

    /// Writes a file of results, unless it is there with these bytes.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.file(name);
        match std::fs::read(&path) {
            Ok(there) if there == bytes => Ok(()),
            _ => write_file(&path, bytes),
        }
    }
}
