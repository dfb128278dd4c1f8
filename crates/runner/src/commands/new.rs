//! `das new scenario NAME`: a commented scenario that passes `das check` as it stands.

use crate::scenario::id::is_id;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Writes `<folder>/<name>.yaml`. Refuses names that are no ids (exit code 2) and files that exist, unless forced (74).
pub fn new_scenario(
    name: &str,
    folder: &Path,
    force: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let name = name.strip_suffix(".yaml").unwrap_or(name);
    if !is_id(name) {
        writeln!(
            err,
            "error: `{name}` is no scenario name, expected 1 to 64 of a-z 0-9 _ . -, and no path"
        )?;
        return Ok(2);
    }
    let path = folder.join(format!("{name}.yaml"));
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    match options.open(&path) {
        Ok(mut file) => file.write_all(template(name).as_bytes())?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            writeln!(
                err,
                "error: {} exists; --force overwrites it",
                path.display()
            )?;
            return Ok(74);
        }
        Err(error) => {
            writeln!(err, "error: {}: {error}", path.display())?;
            return Ok(74);
        }
    }
    writeln!(
        out,
        "wrote {0}\n  check it  das check {0}\n  run it    das run {0}",
        path.display()
    )?;
    Ok(0)
}

/// The text of a new scenario. Values that are written are the defaults, so that deleting a line changes nothing.
pub fn template(name: &str) -> String {
    include_str!("new_scenario.yaml").replace("NAME", name)
}
