//! `das report`: a run or a sweep as one page that needs nothing else.
//!
//! Not here: what is on the page ([`crate::report`]).

use crate::cli::ReportArgs;
use crate::commands::compare;
use crate::commands::sweep::quoted;
use crate::console::{Console, warn};
use crate::failure::{Failure, INCOMPLETE, OK};
use crate::report::{Made, of_run, of_sweep};
use crate::rundir::{RunDir, write_file};
use crate::sweep::store::RESOLVED;
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How a page begins; what begins otherwise is no report and never overwritten.
const BEGINS: &[u8] = b"<!doctype html>";

/// Writes the page. An unfinished run has its page too, and the exit code that says so.
pub fn report(args: &ReportArgs, console: &mut Console) -> Result<u8, Failure> {
    free(&args.output, args.force)?;
    let (made, code) = make(&args.path)?;
    for note in &made.notes {
        warn(&format!("note: {note}"));
    }
    write_file(&args.output, made.text.as_bytes())?;
    let place = args.output.display().to_string();
    if console.json {
        let made = json!({"report": place, "bytes": made.text.len(), "notes": made.notes});
        console.print(&format!("{made}\n"));
    } else {
        let kilo = made.text.len() as f64 / 1e3;
        let word = quoted(&place);
        console.say(&format!(
            "report  {place}  ({kilo:.1} kB, one file, no network)\nopen    xdg-open {word}\n"
        ));
    }
    Ok(code)
}

fn make(path: &Path) -> Result<(Made, u8), Failure> {
    if path.join(RESOLVED).is_file() {
        let (meta, results) = compare::read(path)?;
        return Ok((of_sweep(&meta, &results)?, OK));
    }
    let log = RunDir::log_in(path);
    if !log.exists() {
        let what = if path.exists() {
            "is no run and no sweep: it has neither events.jsonl nor sweep.resolved.yaml (runs of a sweep keep their logs with \
             das sweep --keep-logs)"
        } else {
            "is not there; das report takes a run's directory or its log, or a sweep's directory"
        };
        return Err(Failure::Input {
            path: path.to_owned(),
            what: what.to_owned(),
        });
    }
    let made = of_run(&log)?;
    let code = if made.finished { OK } else { INCOMPLETE };
    Ok((made, code))
}

/// Whether the page may be written there: nothing but an earlier report is ever overwritten, and that only when told so.
fn free(output: &Path, force: bool) -> Result<(), Failure> {
    if output.is_dir() {
        return Err(Failure::Usage(format!(
            "-o {}: is a directory; name the file, e.g. -o {}",
            output.display(),
            output.join("report.html").display()
        )));
    }
    let mut start = Vec::new();
    match File::open(output) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::reading(output)(error)),
        Ok(file) => file
            .take(BEGINS.len() as u64)
            .read_to_end(&mut start)
            .map_err(Failure::reading(output))?,
    };
    if start != BEGINS {
        return Err(Failure::Usage(format!(
            "-o {}: exists and is no report; name another file",
            output.display()
        )));
    }
    if !force {
        return Err(Failure::Usage(format!(
            "{} exists; --force overwrites it",
            output.display()
        )));
    }
    Ok(())
}
