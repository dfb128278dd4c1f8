//! `das check SCENARIO…`: every mistake of every file, without running anything.

use crate::scenario::{self, Loaded, Style};
use crate::terminal::plain;
use std::io::{self, Write};
use std::path::PathBuf;

/// Checks files, each with the same overrides. One line for each good file to `out`; problems and warnings to `err`, or, as
/// JSON, one object a file to `out`. Returns the exit code: 0, 3 if a scenario is invalid, 74 if a file could not be read.
pub fn check(
    files: &[PathBuf],
    overrides: &[String],
    style: Style,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut code = 0;
    let mut bad = 0;
    for file in files {
        match scenario::load(file, overrides) {
            Ok(loaded) if style == Style::Json => {
                let line = serde_json::json!({
                    "file": file.display().to_string(), "ok": true, "warnings": loaded.warnings,
                });
                writeln!(out, "{line}")?;
            }
            Ok(loaded) => {
                writeln!(out, "ok  {}  {}", file.display(), summary(&loaded))?;
                for warning in &loaded.warnings {
                    writeln!(err, "{}", plain(warning))?;
                }
            }
            Err(errors) => {
                bad += 1;
                // An invalid scenario outweighs an unreadable one: it is what the user can mend at once.
                if code != 3 {
                    code = errors.exit_code();
                }
                let text = scenario::render(&errors, style);
                if style == Style::Json {
                    out.write_all(text.as_bytes())?;
                } else {
                    err.write_all(text.as_bytes())?;
                }
            }
        }
    }
    if bad > 0 && files.len() > 1 && style != Style::Json {
        writeln!(err, "{bad} of {} files have mistakes", files.len())?;
    }
    Ok(code)
}

/// What a scenario is, in one line.
fn summary(loaded: &Loaded) -> String {
    let scenario = &loaded.scenario;
    let simulation = &scenario.simulation;
    let agents = match scenario.agent_count() {
        Some(agents) => format!("{agents} agents"),
        None => "agents of its world".to_owned(),
    };
    format!(
        "{}: {agents}, {} epochs × {} steps, seed {}",
        scenario.scenario_id, simulation.epochs, simulation.steps_per_epoch, simulation.seed
    )
}
