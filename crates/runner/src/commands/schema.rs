//! `das schema`: the JSON Schema of a scenario, for editors.

use std::io::{self, Write};

/// Prints the schema; `schemas/scenario.schema.json` is this output, committed.
pub fn schema(out: &mut dyn Write) -> io::Result<u8> {
    out.write_all(crate::scenario::schema::text().as_bytes())?;
    Ok(0)
}
