//! `das schema`: the JSON Schema of a scenario or a sweep, for editors.

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
