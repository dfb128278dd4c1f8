//! `das schema`: the JSON Schemas of what is read (scenarios, sweeps), for editors, and of what `das cockpit` prints, for programs.

use crate::scenario::vocabulary::WORLDS;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Prints the schema of a sweep; `schemas/sweep.schema.json` is this output, committed.
pub fn of_sweep(out: &mut dyn Write) -> io::Result<u8> {
    out.write_all(crate::sweep::file::schema_text().as_bytes())?;
    Ok(0)
}

/// Prints the schema; `schemas/scenario.schema.json` is this output, committed.
pub fn schema(out: &mut dyn Write) -> io::Result<u8> {
    out.write_all(crate::scenario::schema::text().as_bytes())?;
    Ok(0)
}

/// Prints the schema of `das cockpit --format json`; `schemas/cockpit.schema.json` is this output, committed.
pub fn of_cockpit(out: &mut dyn Write) -> io::Result<u8> {
    serde_json::to_writer_pretty(&mut *out, &cockpit())?;
    writeln!(out)?;
    Ok(0)
}

/// A view with its tables, or the list of views. JSON Schema cannot say that a row has a cell for each column: each has.
fn cockpit() -> Value {
    let views = || WORLDS.iter().flat_map(|world| (world.views)());
    let names: BTreeSet<&str> = views().map(|view| view.name).collect();
    let families: BTreeSet<&str> = views().map(|view| view.family).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "DAS cockpit",
        "description": "What das cockpit --format json prints: with a view its tables, without one the list of views.",
        "oneOf": [{"$ref": "#/$defs/filled"}, {"type": "array", "items": {"$ref": "#/$defs/listed"}}],
        "$defs": {
            "filled": {
                "description": "A view filled from a log.",
                "type": "object",
                "properties": {
                    "view": {"description": "Its name.", "enum": names},
                    "tables": {"type": "array", "items": {"$ref": "#/$defs/table"}},
                },
                "required": ["view", "tables"],
                "additionalProperties": false,
            },
            "table": {
                "type": "object",
                "properties": {
                    "title": {"description": "What it shows.", "type": "string"},
                    "columns": {"description": "Names of its columns, with units where they have one.", "type": "array", "items": {"type": "string"}},
                    "rows": {
                        "description": "A cell for each column in each row.",
                        "type": "array",
                        "items": {"type": "array", "items": {"$ref": "#/$defs/cell"}},
                    },
                    "note": {"description": "What was cut off, or which lines the log does not have.", "type": ["string", "null"]},
                },
                "required": ["title", "columns", "rows", "note"],
                "additionalProperties": false,
            },
            "cell": {"description": "A word, a count, an event number or a measure; null where there is nothing to say.", "type": ["string", "number", "null"]},
            "listed": {
                "description": "A view there is.",
                "type": "object",
                "properties": {
                    "name": {"enum": names},
                    "family": {"enum": families},
                    "summary": {"type": "string"},
                },
                "required": ["name", "family", "summary"],
                "additionalProperties": false,
            },
        },
    })
}
