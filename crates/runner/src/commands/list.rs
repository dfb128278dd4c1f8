//! `das list`: the names one can use, each with one line.

use super::events_table::events;
use crate::scenario::{self, vocabulary};
use das_core::describe::Descriptor;
use std::io::{self, Write};
use std::path::Path;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Scenario files of a folder.
    Scenarios,
    /// Worlds.
    Environments,
    /// Policies and roles.
    Agents,
    /// Governance levers.
    Levers,
    /// Metrics.
    Metrics,
    /// Kinds of log lines.
    Events,
}

impl Family {
    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scenarios => "scenarios",
            Self::Environments => "environments",
            Self::Agents => "agents",
            Self::Levers => "levers",
            Self::Metrics => "metrics",
            Self::Events => "events",
        }
    }

    /// The family of a name.
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Scenarios,
            Self::Environments,
            Self::Agents,
            Self::Levers,
            Self::Metrics,
            Self::Events,
        ]
        .into_iter()
        .find(|family| family.name() == name)
    }

    /// Descriptors of the family; none for scenarios, which are files.
    pub fn descriptors(self) -> Vec<&'static Descriptor> {
        match self {
            Self::Scenarios => Vec::new(),
            Self::Environments => vocabulary::environments().collect(),
            Self::Agents => vocabulary::policies().chain(vocabulary::roles()).collect(),
            Self::Levers => vocabulary::levers().collect(),
            Self::Metrics => vocabulary::metrics()
                .chain(vocabulary::world_figures())
                .collect(),
            Self::Events => events().collect(),
        }
    }
}

/// Lists a family; scenarios are those of `folder`. As JSON: one array of `{name, family, summary}`.
pub fn list(family: Family, folder: &Path, json: bool, out: &mut dyn Write) -> io::Result<u8> {
    let rows: Vec<[String; 3]> = if family == Family::Scenarios {
        scenarios(folder)?
    } else {
        let row = |d: &Descriptor| [d.name.to_owned(), d.family.to_owned(), d.summary.to_owned()];
        family.descriptors().into_iter().map(row).collect()
    };
    if json {
        let items: Vec<_> = rows
            .iter()
            .map(|[name, family, summary]| {
                serde_json::json!({"name": name, "family": family, "summary": summary})
            })
            .collect();
        writeln!(out, "{}", serde_json::Value::Array(items))?;
        return Ok(0);
    }
    let width = rows
        .iter()
        .map(|row| row[0].chars().count())
        .max()
        .unwrap_or(0);
    let several = rows.iter().any(|row| row[1] != rows[0][1]);
    for [name, family, summary] in &rows {
        if several {
            writeln!(out, "{name:width$}  {family:7}  {summary}")?;
        } else {
            writeln!(out, "{name:width$}  {summary}")?;
        }
    }
    Ok(0)
}

fn scenarios(folder: &Path) -> io::Result<Vec<[String; 3]>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?
        .collect::<io::Result<Vec<_>>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml" || e == "yml"))
        .collect();
    paths.sort();
    let row = |path: &std::path::PathBuf| {
        let summary = match scenario::load(path, &[]) {
            Ok(loaded) => loaded
                .scenario
                .description
                .unwrap_or_else(|| loaded.scenario.scenario_id.clone())
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            Err(errors) => {
                let count = errors.problems.len() + errors.more;
                format!("invalid, {count} mistakes: das check {}", path.display())
            }
        };
        [path.display().to_string(), "scenario".to_owned(), summary]
    };
    Ok(paths.iter().map(row).collect())
}
