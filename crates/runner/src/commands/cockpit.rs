//! `das cockpit`: what a world's own views make of a log.
//!
//! A view is folded from the lines alone, by the crate of the world that wrote them. Not here: what the views show.

use crate::commands::log::LogError;
use crate::failure::Failure;
use crate::folds::short;
use crate::scenario::nearest::nearest;
use crate::scenario::vocabulary::{self, WORLDS, WorldNames};
use crate::vault;
use crate::wiring::Base;
use das_core::log::{LogReader, Malformed, ReadError};
use dosadi_world::cockpit::{Cell, CockpitError, Fold, Table};
use dosadi_world::state::State;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::path::Path;

/// The world that wrote a log, by its line 0.
pub fn world_of(log: impl BufRead) -> Result<&'static WorldNames, LogError> {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Start {
        scenario: Part,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Part {
        environment: Kind,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Kind {
        kind: String,
    }
    let mut reader = LogReader::new(log);
    let start: Start = match reader.next()? {
        Some(line) => line.parse().unwrap_or_default(),
        None => Start::default(),
    };
    let kind = start.scenario.environment.kind;
    Ok(vocabulary::world(&kind).unwrap_or(&WORLDS[0]))
}

/// Lists the views of a world.
pub fn list(world: &WorldNames, json: bool, out: &mut dyn Write) -> io::Result<()> {
    let views = (world.views)();
    if json {
        let items: Vec<_> = views
            .iter()
            .map(|view| json!({"name": view.name, "family": view.family, "summary": view.summary}))
            .collect();
        return writeln!(out, "{}", serde_json::Value::Array(items));
    }
    if views.is_empty() {
        return writeln!(
            out,
            "no views: the world `{}` has none (das log overview shows what happened)",
            world.name()
        );
    }
    let width = views.iter().map(|view| view.name.len()).max().unwrap_or(0);
    for view in views {
        writeln!(out, "{:width$}  {}", view.name, view.summary)?;
    }
    Ok(())
}

/// A view of a world, to be filled; a name it does not have is a mistake of the user's.
pub fn open(world: &WorldNames, name: &str) -> Result<Fold, Failure> {
    let names: Vec<&str> = (world.views)().iter().map(|view| view.name).collect();
    if names.is_empty() {
        return Err(Failure::Usage(format!(
            "the world `{}` has no views",
            world.name()
        )));
    }
    if !names.contains(&name) {
        let near = nearest(name, names.iter().copied());
        let meant = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
        return Err(Failure::Usage(format!(
            "no view is called `{name}`{meant} There are {}",
            names.join(", ")
        )));
    }
    Fold::new(name).map_err(|error| Failure::Usage(error.to_string()))
}

/// Tells views of a world that went on from a vault where things lie in it, which its log does not hold: the vault that line 0 names
/// is read, file by file with its sha256; without it the views say why they have no map.
pub fn take_up<'f>(start: &Value, views: impl IntoIterator<Item = &'f mut Fold>) {
    let environment = &start["scenario"]["environment"];
    let Some(vault) = environment["vault"].as_str() else {
        return;
    };
    let saved = saved(Path::new(vault), &start["vault"]);
    for view in views {
        view.went_on_from(saved.as_ref().map_err(Clone::clone));
    }
}

fn saved(vault: &Path, named: &Value) -> Result<State, String> {
    let named: Vec<Base> =
        serde_json::from_value(named.clone()).map_err(|error| error.to_string())?;
    // A log that anybody wrote may name any file.
    if !named
        .iter()
        .all(|base| Path::new(&base.name).parent() == Some(vault))
    {
        return Err(format!(
            "line 0 names files that are not in {}",
            vault.display()
        ));
    }
    let texts = vault::read(&named).map_err(|error| error.text())?;
    dosadi_world::vault::read(&texts).map_err(|error| error.to_string())
}

/// Fills a view from a log, as far as the log can be read: its tables.
pub fn fill(mut view: Fold, path: &Path, log: impl BufRead) -> Result<Vec<Table>, Failure> {
    let mut reader = LogReader::new(log);
    loop {
        let line = match reader.next() {
            Ok(Some(line)) => line,
            // What can be read is shown; what the log is worth is another question.
            Ok(None)
            | Err(ReadError::Malformed {
                what: Malformed::Torn,
                ..
            }) => return Ok(view.tables()),
            Err(error) => return Err(Failure::log(path, error)),
        };
        view.line(line.text).map_err(|error| match error {
            CockpitError::Line { line, message } => Failure::Damaged {
                path: path.to_owned(),
                // The view counts from 1, `seq` from 0.
                what: format!("line {}: {message}", line.saturating_sub(1)),
            },
            other @ CockpitError::Unknown { .. } => Failure::Usage(other.to_string()),
        })?;
    }
}

/// Writes tables: for people, or as one JSON object.
pub fn show(view: &str, tables: &[Table], json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json {
        return writeln!(out, "{}", json!({"view": view, "tables": tables}));
    }
    for (at, table) in tables.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        out.write_all(drawn(table).as_bytes())?;
    }
    Ok(())
}

fn drawn(table: &Table) -> String {
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let is_text = |column: usize| {
        (table.rows.iter()).any(|row| matches!(row.get(column), Some(Cell::Text(_))))
    };
    let widths: Vec<usize> = (table.columns.iter().enumerate())
        .map(|(at, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|text| text.chars().count()).max().unwrap_or(0);
            widest.max(heading.chars().count())
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (at, cell) in cells.enumerate() {
            let width = widths[at];
            let _ = if is_text(at) {
                write!(text, "  {cell:<width$}")
            } else {
                write!(text, "  {cell:>width$}")
            };
        }
        text.trim_end().to_owned() + "\n"
    };
    let mut text = format!("{}\n", table.title);
    if !rows.is_empty() {
        text += &line(&mut table.columns.iter().copied());
    }
    for row in &rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    if let Some(note) = &table.note {
        let _ = writeln!(text, "  ({note})");
    }
    text
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Whole(number) => number.to_string(),
        Cell::Number(number) => short(Some(*number)),
    }
}
