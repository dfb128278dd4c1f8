//! `das resume`: finishes a run that was interrupted or killed, byte for byte what it would have been.
//!
//! The sealed part of the log is kept, its torn end set aside; the newest checkpoint that lies in the sealed part (or line 0)
//! is taken up, the rest of that part executed again and compared, and from there on the log is written.

use crate::cli::ResumeArgs;
use crate::commands::run::{close, ended, failed, interrupted, save, storage, threads, vault_of};
use crate::console::{Console, warn};
use crate::failure::Failure;
use crate::log_file::{
    CheckpointDir, CompareThenAppend, Comparison, FileSink, Found, RunLock, publish, repair,
    unpublish,
};
use crate::progress::Progress;
use crate::recorded::{Recorded, RecordedInputs};
use crate::rundir::{RunDir, RunInfo};
use crate::scenario;
use crate::signals::{Interrupts, LiveControl, RecordedControl};
use crate::tables::{self, Columns};
use crate::verify;
use crate::wiring::{self, Header, Start};
use das_core::log::{Class, Depth, ENGINE_REVISION, SCHEMA, check};
use das_core::orchestrator::{Ports, RunEnd, RunError};
use das_core::ports::{Control, NoInputs, Signal, SinkError};
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};

/// Finishes a run. Returns what `das run` would.
pub fn resume(args: &ResumeArgs, console: &mut Console) -> Result<u8, Failure> {
    let run = RunDir::found(&args.run);
    if !run.log.exists() && !run.part().exists() && !run.file("run.json").exists() {
        return Err(Failure::Usage(format!(
            "{}: there is no run",
            args.run.display()
        )));
    }
    // What is no log, or damaged, is refused before anything is made beside it.
    let early = run.log.exists() && ends_early(&run)?;
    std::fs::create_dir_all(&run.side).map_err(Failure::writing(&run.side))?;
    let _lock = RunLock::acquire(&run.side)?;
    threads(&args.how)?;
    let mut info = RunInfo::resume(&run);
    let judge = !args.no_criteria;
    if early {
        unpublish(&run.log)?;
        console.hint(&format!(
            "{} ends early: it goes on in {} and gets its name back when it is whole",
            run.log.display(),
            run.part().display()
        ));
    } else if run.log.exists() {
        if args.save_vault.is_some() {
            return Err(Failure::Usage(format!(
                "{} is finished: a vault is saved when a run ends, das run … --save-vault",
                run.log.display()
            )));
        }
        let report = verify::whole(&run.log)?;
        console.hint(&format!("{} is finished", run.log.display()));
        return finish(&run, &report.class, &mut info, judge, console);
    }
    let part = run.part();
    if !part.exists() {
        // Killed before the log was begun.
        return go_on(args, &run, None, 0, &mut info, console);
    }
    let file = File::open(&part).map_err(Failure::reading(&part))?;
    let report = check(BufReader::new(file), Depth::Seals).map_err(Failure::reading(&part))?;
    match &report.class {
        Class::Complete { .. } => {
            verify::classified(&part, &report)?;
            publish(&run.log)?;
            finish(&run, &report.class, &mut info, judge, console)
        }
        Class::Incomplete { .. } => {
            if let Some(broken) = repair(&part)?.broken {
                console.hint(&format!(
                    "the unsealed end of the log was set aside: {}",
                    broken.display()
                ));
            }
            if report.sealed.bytes == 0 {
                std::fs::remove_file(&part).map_err(Failure::writing(&part))?;
                return go_on(args, &run, None, 0, &mut info, console);
            }
            let checkpoints = CheckpointDir::open(&run.checkpoints())?;
            let found = checkpoints.newest_within(&part, report.sealed.bytes)?;
            let sealed = (report.sealed.bytes, report.sealed.lines, found);
            go_on(
                args,
                &run,
                Some(sealed),
                report.counts.get("input").copied().unwrap_or(0),
                &mut info,
                console,
            )
        }
        _ => verify::classified(&part, &report).map(|()| crate::failure::OK),
    }
}

/// Whether what has the name of a finished log ends early: a copy of a part, or one that was cut. Anything but that or a whole log is a failure.
fn ends_early(run: &RunDir) -> Result<bool, Failure> {
    match verify::whole(&run.log) {
        Ok(_) => Ok(false),
        // One that is packed is not gone on with.
        Err(Failure::Incomplete { path, what }) => {
            let file = File::open(&run.log).map_err(Failure::reading(&run.log))?;
            let report =
                check(BufReader::new(file), Depth::Seals).map_err(Failure::reading(&run.log))?;
            match report.class {
                Class::Incomplete { .. } if report.sealed.bytes == 0 => Err(Failure::Incomplete {
                    path,
                    what:
                        "has no seal yet, so there is nothing to go on from: run its scenario again"
                            .to_owned(),
                }),
                Class::Incomplete { .. } => match report.engine {
                    Some(engine) if engine != u64::from(ENGINE_REVISION) => {
                        Err(wiring::foreign(&run.log, u64::from(SCHEMA), engine))
                    }
                    _ => Ok(true),
                },
                _ => Err(Failure::Incomplete { path, what }),
            }
        }
        Err(failure) => Err(failure),
    }
}

/// Folds and closing words of a log that has all its lines.
fn finish(
    run: &RunDir,
    class: &Class,
    info: &mut RunInfo,
    judge: bool,
    console: &mut Console,
) -> Result<u8, Failure> {
    match class {
        Class::Complete { file_sha256, .. } => {
            close(run, file_sha256.clone(), info, judge, false, console)
        }
        _ => Err(Failure::Internal(
            "a log that was not complete was taken for one".to_owned(),
        )),
    }
}

/// Line 0 of the run: from its log, or, where that was never begun, from the files beside it.
fn header(run: &RunDir, begun: bool, info: &RunInfo) -> Result<Header, Failure> {
    if begun {
        return verify::header(&run.part());
    }
    let loaded = scenario::load(&run.file("scenario.resolved.yaml"), &[])?;
    Header::with(loaded.scenario, info.bases.clone())
}

/// Executes the rest. `sealed` is what the log has: bytes, lines and a checkpoint in them; `inputs` how many replies.
fn go_on(
    args: &ResumeArgs,
    run: &RunDir,
    sealed: Option<(u64, u64, Option<Found>)>,
    inputs: u64,
    info: &mut RunInfo,
    console: &mut Console,
) -> Result<u8, Failure> {
    let header = header(run, sealed.is_some(), info)?;
    let scenario = &header.scenario;
    let saved_to = vault_of(args.save_vault.as_deref(), scenario, false)?;
    info.write(run, "running")?;
    let part = run.part();
    let (bytes, lines, found) = sealed.unwrap_or_default();
    let (offset, line) = found.as_ref().map_or((0, 0), |f| {
        (f.checkpoint.position.offset, f.checkpoint.position.seq)
    });
    let recorded = if inputs > 0 {
        Recorded::read(&part, bytes, line, scenario.simulation.steps_per_epoch)?
    } else {
        Recorded::default()
    };
    let file = if bytes == 0 {
        // Checkpoints of a log that is begun anew would outlive those of the new one.
        clear_checkpoints(run)?;
        FileSink::create(&run.log)?
    } else {
        FileSink::append(&run.log, bytes)?
    };
    let mut known = File::open(&part).map_err(Failure::reading(&part))?;
    known
        .seek(SeekFrom::Start(offset))
        .map_err(Failure::reading(&part))?;
    let (sink, comparison) =
        CompareThenAppend::new(Box::new(BufReader::new(known)), line, offset, bytes, file);
    let live = LiveControl::new(
        Interrupts::listen(),
        run.stop_file(),
        scenario.safety.kill_switch_enabled,
    );
    let ports = Ports {
        sink: Box::new(sink),
        control: Box::new(RecordedControl::new(
            recorded.stop_at,
            None,
            AfterPrefix {
                comparison: comparison.clone(),
                lines,
                live,
            },
        )),
        inputs: Box::new(RecordedInputs::new(recorded.replies, Box::new(NoInputs))),
        storage: storage(run, args.how.checkpoint_every)?,
    };
    let mut orchestrator = match found {
        Some(found) => {
            console.hint(&format!("taken up at line {line} from a checkpoint"));
            let start = Start::Checkpoint(Box::new(found));
            match wiring::begin(&header, ports, start, None) {
                Ok(orchestrator) => orchestrator,
                Err(error) => {
                    // Re-execution from line 0 gives the same run.
                    warn(&format!(
                        "the checkpoint cannot be taken up ({}); starting from line 0",
                        error.text()
                    ));
                    return go_on(args, run, Some((bytes, lines, None)), inputs, info, console);
                }
            }
        }
        None => wiring::begin(&header, ports, Start::Line0, None)?,
    };
    console.say(&tables::title(scenario, orchestrator.agents(), console));
    let simulation = &scenario.simulation;
    let mut progress = Progress::new(
        simulation.epochs,
        simulation.steps_per_epoch,
        Columns::of(scenario),
        console,
    )
    .without_rows();
    let end = orchestrator.run(&mut progress);
    progress.finish();
    let end = match end {
        Err(RunError::Sink(SinkError::Diverged)) => return Err(diverged(run, &comparison, info)),
        end => end.map_err(|error| failed(error, run, info))?,
    };
    if end == RunEnd::Interrupted {
        return interrupted(run, info, console);
    }
    let sha256 = ended(orchestrator.result())?;
    let left = saved_to.as_ref().map(|_| orchestrator.leave_off());
    drop(orchestrator);
    publish(&run.log)?;
    let code = close(run, sha256, info, !args.no_criteria, false, console)?;
    save(saved_to, left, scenario, console)?;
    Ok(code)
}

fn clear_checkpoints(run: &RunDir) -> Result<(), Failure> {
    let checkpoints = run.checkpoints();
    match std::fs::remove_dir_all(&checkpoints) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::writing(&checkpoints)(error))
        }
        _ => Ok(()),
    }
}

fn diverged(run: &RunDir, comparison: &Comparison, info: &mut RunInfo) -> Failure {
    if let Err(error) = info.write(run, "failed") {
        warn(&error.text());
    }
    let line = comparison
        .divergence()
        .map_or(comparison.lines(), |found| found.line);
    Failure::Diverged {
        path: run.part(),
        what: format!(
            "re-execution gives another line {line} than the recorded one; the log is as it was"
        ),
    }
}

/// The kill switch counts only behind what is recorded: the recorded part was not stopped.
struct AfterPrefix {
    comparison: Comparison,
    /// Lines of the recorded part.
    lines: u64,
    live: LiveControl,
}

impl Control for AfterPrefix {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        match self.live.poll(step) {
            Some(Signal::Stop) if self.comparison.lines() < self.lines => None,
            signal => signal,
        }
    }
}
