//! `das list`: the names one can use, each with one line.

use super::events_table::ENGINE_EVENTS;
use crate::scenario;
use crate::scenario::vocabulary::{self, WORLDS, WorldNames};
use das_core::describe::Descriptor;
use serde_json::json;
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

    /// What is in the family, each with the world it belongs to; nothing for scenarios, which are files.
    pub fn entries(self) -> Vec<(Option<&'static str>, &'static Descriptor)> {
        let common = |d: &'static Descriptor| (None, d);
        let own = |of: fn(&'static WorldNames) -> Vec<&'static Descriptor>| {
            WORLDS
                .iter()
                .flat_map(move |world| of(world).into_iter().map(|d| (Some(world.name()), d)))
        };
        match self {
            Self::Scenarios => Vec::new(),
            Self::Environments => WORLDS.iter().map(|w| common(&w.environment)).collect(),
            Self::Agents => own(|w| w.policies.iter().chain(w.roles).collect()).collect(),
            Self::Levers => vocabulary::levers().map(common).collect(),
            Self::Metrics => vocabulary::metrics()
                .map(common)
                .chain(own(|w| w.figures.iter().collect()))
                .collect(),
            Self::Events => ENGINE_EVENTS
                .iter()
                .map(common)
                .chain(own(|w| w.events.iter().collect()))
                .collect(),
        }
    }

    /// Descriptors of the family, of all worlds.
    pub fn descriptors(self) -> Vec<&'static Descriptor> {
        self.entries().into_iter().map(|(_, d)| d).collect()
    }
}

/// A line of a listing.
struct Row {
    name: String,
    family: &'static str,
    world: Option<&'static str>,
    summary: String,
}

/// Lists a family; scenarios are those of `folder`. As JSON: one array of `{name, family, world?, summary}`.
pub fn list(family: Family, folder: &Path, json: bool, out: &mut dyn Write) -> io::Result<u8> {
    let rows: Vec<Row> = if family == Family::Scenarios {
        scenarios(folder)?
    } else {
        let row = |(world, d): (Option<&'static str>, &'static Descriptor)| Row {
            name: d.name.to_owned(),
            family: d.family,
            world,
            summary: d.summary.to_owned(),
        };
        family.entries().into_iter().map(row).collect()
    };
    if json {
        let items: Vec<_> = rows
            .iter()
            .map(|row| {
                let mut item =
                    json!({"name": row.name, "family": row.family, "summary": row.summary});
                if let Some(world) = row.world {
                    item["world"] = world.into();
                }
                item
            })
            .collect();
        writeln!(out, "{}", serde_json::Value::Array(items))?;
        return Ok(0);
    }
    let longest = |text: fn(&Row) -> &str| rows.iter().map(|r| text(r).chars().count()).max();
    let width = longest(|row| &row.name).unwrap_or(0);
    let of_worlds = longest(|row| row.world.unwrap_or_default()).unwrap_or(0);
    let several = rows.iter().any(|row| row.family != rows[0].family);
    for row in &rows {
        write!(out, "{:width$}  ", row.name)?;
        if of_worlds > 0 {
            write!(out, "{:of_worlds$}  ", row.world.unwrap_or_default())?;
        }
        if several {
            write!(out, "{:7}  ", row.family)?;
        }
        writeln!(out, "{}", row.summary)?;
    }
    Ok(0)
}

fn scenarios(folder: &Path) -> io::Result<Vec<Row>> {
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
        Row {
            name: path.display().to_string(),
            family: "scenario",
            world: None,
            summary,
        }
    };
    Ok(paths.iter().map(row).collect())
}
