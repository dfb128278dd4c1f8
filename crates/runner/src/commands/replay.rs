//! `das replay`: the metrics of a log once more from its lines, or, with `--verify`, the whole log once more.

use crate::cli::ReplayArgs;
use crate::console::Console;
use crate::failure::{DAMAGED, DIVERGED, Failure, INCOMPLETE, INTERRUPTED, OK};
use crate::log_file::{open_log, sha256_of};
use crate::recompute::{Difference as Figure, Recomputation, RecomputeError, recompute};
use crate::rundir::RunDir;
use crate::signals::Interrupts;
use crate::tables::Columns;
use crate::verify::{self, Difference, Executed};
use das_core::config::Detail;
use das_core::log::{Class, Depth, check};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// Most metrics named that did not come back.
const FIGURES_MAX: usize = 10;

/// Floats further apart than this are no rounding of each other: the distance says nothing then.
const ULPS_MAX: u64 = 1 << 20;

/// Longest line of a log that is shown, in characters.
const LINE_MAX: usize = 240;

/// Replays a log. Returns 0, 20 (differs), 21 (damaged), 22 (foreign), 23 (incomplete) or 130.
pub fn replay(args: &ReplayArgs, console: &mut Console) -> Result<u8, Failure> {
    let args = &ReplayArgs {
        log: RunDir::log_in(&args.log),
        ..args.clone()
    };
    let log = &args.log;
    if !args.verify && matches!(args.until, Some((_, Some(_)))) {
        return Err(Failure::Usage(
            "metrics are of whole epochs: --until EPOCH, or EPOCH:STEP with --verify".to_owned(),
        ));
    }
    if let Some(expected) = &args.expect
        && let Some(code) = unexpected(log, expected, console)?
    {
        return Ok(code);
    }
    if args.verify {
        crate::commands::run::set_threads(args.threads)?;
        return verified(args, console);
    }
    let from = open_log(log).map_err(Failure::reading(log))?;
    let report = check(from, Depth::Seals).map_err(Failure::reading(log))?;
    // An unfinished log has figures too; whatever else is wrong ends here.
    let incomplete = matches!(report.class, Class::Incomplete { .. });
    if !incomplete && !matches!(report.class, Class::Complete { .. }) {
        verify::classified(log, &report)?;
    }
    if args.until.is_some() {
        verify::within(args.until, &verify::header(log)?)?;
    }
    let found = recomputed(log)?;
    let code = figures(args, &found, console)?;
    if incomplete {
        console.hint(&format!(
            "{} ends early: das resume finishes it",
            log.display()
        ));
    }
    Ok(if code == OK && incomplete {
        INCOMPLETE
    } else {
        code
    })
}

/// Compares the file's hash with the one that was kept; `None` if they are the same.
fn unexpected(log: &Path, expected: &str, console: &mut Console) -> Result<Option<u8>, Failure> {
    let expected = expected.to_ascii_lowercase();
    if expected.len() != 64 || !expected.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Failure::Usage(
            "--expect needs the 64 hexadecimal digits of a sha256".to_owned(),
        ));
    }
    let found = open_log(log)
        .and_then(sha256_of)
        .map_err(Failure::reading(log))?;
    if found == expected {
        return Ok(None);
    }
    if console.json {
        console.print(&format!("{}\n", json!({"result": "unexpected", "exit_code": DAMAGED, "expected": expected, "sha256": found})));
    } else {
        console.print(&format!(
            "NOT the expected log\n  expected  {expected}\n  sha256    {found}\n"
        ));
    }
    Ok(Some(DAMAGED))
}

fn recomputed(log: &Path) -> Result<Recomputation, Failure> {
    let from = open_log(log).map_err(Failure::reading(log))?;
    recompute(from).map_err(|error| match error {
        RecomputeError::Read(error) => Failure::log(log, error),
        other => Failure::Damaged {
            path: log.to_owned(),
            what: other.to_string(),
        },
    })
}

/// Re-execution, then the metrics a second way.
fn verified(args: &ReplayArgs, console: &mut Console) -> Result<u8, Failure> {
    let log = &args.log;
    let interrupts = Interrupts::listen();
    // The metrics come from the lines alone: they are folded beside the re-execution, on a thread of their own.
    let (executed, found) = std::thread::scope(|scope| {
        let found = args
            .until
            .is_none()
            .then(|| scope.spawn(|| recomputed(log)));
        let executed = verify::execute(log, args.until, &interrupts);
        let joined = found.map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        (executed, joined)
    });
    let ended = match executed? {
        Executed::Interrupted => return Ok(INTERRUPTED),
        Executed::Differs(difference) => {
            let text = if console.json {
                format!(
                    "{}\n",
                    json!({"result": "diverged", "exit_code": DIVERGED, "difference": difference})
                )
            } else {
                words(&difference)
            };
            console.print(&text);
            return Ok(DIVERGED);
        }
        Executed::SameUntil(lines) => {
            let text = if console.json {
                format!(
                    "{}\n",
                    json!({"result": "verified", "until": args.until, "exit_code": OK, "lines": lines})
                )
            } else {
                format!("VERIFIED bytes of the first {lines} lines; the rest was not run\n")
            };
            console.print(&text);
            return Ok(OK);
        }
        Executed::Same(ended) => ended,
    };
    let found = match found {
        Some(found) => found?,
        None => recomputed(log)?,
    };
    if !found.differences.is_empty() {
        return figures(args, &found, console);
    }
    let metrics = if found.detail == Detail::Epochs {
        "not recomputed (detail epochs)"
    } else {
        "recomputed, identical"
    };
    let text = if console.json {
        let value = json!({
            "result": "verified", "exit_code": OK, "lines": ended.log.lines, "events": ended.log.events, "epochs": found.epochs.len(),
            "seals": ended.seals, "metrics": metrics, "not_recomputed": found.not_recomputed, "sha256": ended.log.file_sha256,
        });
        format!("{value}\n")
    } else {
        format!(
            "VERIFIED bytes + state\n  {} lines, {} events, {} epochs, {} seals\n  metrics {metrics}\n  sha256 {}\n",
            ended.log.lines,
            ended.log.events,
            found.epochs.len(),
            ended.seals,
            ended.log.file_sha256
        )
    };
    console.print(&text);
    Ok(OK)
}

/// The metrics as recomputed, and whether they are those of the log.
fn figures(args: &ReplayArgs, found: &Recomputation, console: &mut Console) -> Result<u8, Failure> {
    let wanted = |epoch: u32| args.until.is_none_or(|(last, _)| epoch <= last);
    let differences: Vec<&Figure> = found
        .differences
        .iter()
        .filter(|difference| difference.epoch.map_or(args.until.is_none(), wanted))
        .collect();
    let code = if differences.is_empty() { OK } else { DIVERGED };
    let identical = found.detail > Detail::Epochs && differences.is_empty();
    if console.json {
        let epochs: Vec<_> = found
            .epochs
            .iter()
            .filter(|period| wanted(period.epoch))
            .map(|period| json!({"epoch": period.epoch, "metrics": period.recomputed.as_ref().unwrap_or(&period.recorded)}))
            .collect();
        let run = found
            .run
            .as_ref()
            .filter(|_| args.until.is_none())
            .map(|run| run.recomputed.as_ref().unwrap_or(&run.recorded));
        let differences: Vec<_> = differences
            .iter()
            .map(|d| json!({"metric": d.metric, "epoch": d.epoch, "recorded": d.recorded, "recomputed": d.recomputed}))
            .collect();
        let value = json!({
            "recomputed": found.detail > Detail::Epochs, "identical": identical, "exit_code": code,
            "not_recomputed": found.not_recomputed, "differences": differences, "epochs": epochs, "run": run,
        });
        console.print(&format!("{value}\n"));
        return Ok(code);
    }
    let header = verify::header(&args.log)?;
    let columns = Columns::of(&header.scenario);
    let mut text = columns.head();
    for period in found.epochs.iter().filter(|period| wanted(period.epoch)) {
        if period.partial || crate::folds::is_shown(period.epoch, header.scenario.simulation.epochs)
        {
            let metrics = period.recomputed.as_ref().unwrap_or(&period.recorded);
            text += &columns.row(&period.epoch.to_string(), |name| metrics.get(name));
        }
    }
    if let Some(run) = found.run.as_ref().filter(|_| args.until.is_none()) {
        let metrics = run.recomputed.as_ref().unwrap_or(&run.recorded);
        text += &columns.row("run", |name| metrics.get(name));
    }
    text.push('\n');
    if found.detail == Detail::Epochs {
        text += "recorded metrics, not recomputed: the log has detail `epochs`\n";
    } else if differences.is_empty() {
        text += "recomputed from the lines: identical with the recorded metrics\n";
        if !found.not_recomputed.is_empty() {
            let _ = writeln!(
                text,
                "not recomputed at this detail: {}",
                found.not_recomputed.join(", ")
            );
        }
    } else {
        let _ = writeln!(
            text,
            "{} metrics are not what the lines give",
            differences.len()
        );
        for difference in differences.iter().take(FIGURES_MAX) {
            let place = difference
                .epoch
                .map_or("run".to_owned(), |epoch| format!("epoch {epoch}"));
            let shown = |value: Option<f64>| value.map_or("absent".to_owned(), |x| x.to_string());
            let _ = writeln!(
                text,
                "  {place}, {}: recorded {}, recomputed {}",
                difference.metric,
                shown(difference.recorded),
                shown(difference.recomputed)
            );
        }
    }
    console.print(&text);
    Ok(code)
}

/// A difference for people.
fn words(difference: &Difference) -> String {
    let mut text = format!(
        "DIVERGED at line {} (byte {}): {}, epoch {}, step {}",
        difference.line, difference.offset, difference.kind, difference.epoch, difference.step
    );
    if let Some(agent) = &difference.agent {
        let _ = write!(text, ", {agent}");
    }
    text.push('\n');
    let shown = |value: &Option<String>| value.as_deref().map_or("absent".to_owned(), cut);
    for (at, field) in difference.fields.iter().enumerate() {
        if at == FIGURES_MAX {
            let _ = writeln!(text, "  … and {} more fields", difference.fields.len() - at);
            break;
        }
        let name = if field.field.is_empty() {
            "(the line)"
        } else {
            &field.field
        };
        let distance = field
            .ulps
            .filter(|ulps| *ulps <= ULPS_MAX)
            .map_or(String::new(), |ulps| format!("  ({ulps} ulp apart)"));
        let _ = writeln!(
            text,
            "  {name}: recorded {}, replayed {}{distance}",
            shown(&field.recorded),
            shown(&field.replayed)
        );
    }
    for line in &difference.context {
        let _ = writeln!(text, "  before: {}", cut(line));
    }
    text
}

fn cut(line: &str) -> String {
    if line.chars().count() <= LINE_MAX {
        return line.to_owned();
    }
    line.chars().take(LINE_MAX - 1).chain(['…']).collect()
}
