//! `das run`: executes a scenario and says what came of it.

use crate::cli::{HowArgs, RunArgs};
use crate::commands::{dashboard, list};
use crate::console::{Console, warn};
use crate::failure::{Failure, INTERRUPTED};
use crate::hold::{HeldControl, Hold};
use crate::log_file::{CheckpointDir, FileSink, RunLock, publish};
use crate::progress::Progress;
use crate::rundir::{Place, RunDir, RunInfo, write_file};
use crate::scenario::{self, Loaded, Scenario};
use crate::signals::{Interrupts, LiveControl};
use crate::tables::Columns;
use crate::vault::{self, Left};
use crate::wiring::{self, Header, Start};
use crate::{folds, notable, tables};
use das_core::orchestrator::{Ports, RunEnd, RunRecord};
use das_core::ports::{Control, NoInputs, Storage};
use das_core::rng::DrawLog;
use std::path::{Path, PathBuf};

/// Runs a scenario. Returns 0, 10 (a criterion failed) or 130 (interrupted).
pub fn run(args: &RunArgs, console: &mut Console) -> Result<u8, Failure> {
    let Some((file, words)) = scenario_of(&args.words) else {
        return Err(no_scenario(&args.words));
    };
    if !file.exists() {
        let meant = Path::new("scenarios").join(&file).with_extension("yaml");
        if meant.is_file() {
            console.hint(&format!("did you mean  das run {}", meant.display()));
        }
    }
    let mut words = words.to_vec();
    if args.heavy {
        words.push("outputs.heavy=true".to_owned());
    }
    words.extend(args.new_seed.map(|seed| format!("simulation.seed={seed}")));
    let loaded = scenario::load(&file, &args.change.all(&words))?;
    for warning in &loaded.warnings {
        warn(warning);
    }
    threads(&args.how)?;
    let scenario = &loaded.scenario;
    let force = args.place.force;
    match scenario.environment.vault() {
        Some(vault) => vault::fits(Path::new(vault), scenario, args.new_seed.is_some())?,
        None if args.new_seed.is_some() => {
            return Err(Failure::Usage(
                "--new-seed begins a new history from environment.vault, which is absent; a run of its own takes --seed"
                    .to_owned(),
            ));
        }
        None => {}
    }
    let saved_to = vault_of(args.save_vault.as_deref(), scenario, force)?;
    let header = Header::of(&loaded)?;
    let run = RunDir::claim(
        place(args, scenario),
        &scenario.scenario_id,
        scenario.simulation.seed,
        force,
    )?;
    let _lock = RunLock::acquire(&run.side)?;
    let stop_file = run.stop_file();
    if scenario.safety.kill_switch_enabled && stop_file.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!(
            "{} is there: it would end this run before its first step; remove it first",
            stop_file.display()
        )));
    }
    let hold = args.dashboard.map(|_| {
        let stoppable = scenario.safety.kill_switch_enabled;
        Hold::new(scenario.simulation.steps_per_epoch, stoppable, args.paused)
    });
    let page = match (args.dashboard, &hold) {
        (Some(address), Some(hold)) => Some(dashboard::beside(&run, address, hold)?),
        _ => None,
    };
    if force {
        run.clear()?;
    } else {
        run.is_free()?;
    }
    let mut info = prepare(&run, &loaded, &header)?;
    let draws = args.draw_log.as_ref().map(|_| DrawLog::default());
    let interrupts = Interrupts::listen();
    let sink = FileSink::create(&run.log)?;
    let ports = Ports {
        sink: Box::new(sink),
        control: control(
            LiveControl::new(
                interrupts.clone(),
                stop_file,
                scenario.safety.kill_switch_enabled,
            ),
            hold.clone(),
        ),
        inputs: Box::new(NoInputs),
        storage: storage(&run, args.how.checkpoint_every)?,
    };
    let mut orchestrator = match wiring::begin(&header, ports, Start::Line0, draws.clone()) {
        Ok(orchestrator) => orchestrator,
        Err(error) => {
            // Nothing has run: leave no trace of it.
            run.clear()?;
            drop(std::fs::remove_dir(&run.side));
            return Err(error);
        }
    };
    if let Some(page) = page {
        dashboard::open(page)?;
    }
    console.say(&tables::title(scenario, orchestrator.agents(), console));
    let simulation = &scenario.simulation;
    let mut progress = Progress::new(
        simulation.epochs,
        simulation.steps_per_epoch,
        Columns::of(scenario),
        console,
    );
    let end = orchestrator.run(&mut progress);
    progress.finish();
    if let Some(hold) = &hold {
        hold.end();
    }
    if let (Some(path), Some(draws)) = (&args.draw_log, &draws) {
        write_draws(path, draws)?;
    }
    let end = end.map_err(|error| failed(error, &run, &mut info))?;
    if end == RunEnd::Interrupted {
        return interrupted(&run, &mut info, console);
    }
    let sha256 = ended(orchestrator.result())?;
    let left = saved_to.as_ref().map(|_| orchestrator.leave_off());
    drop(orchestrator);
    publish(&run.log)?;
    let code = close(&run, sha256, &mut info, !args.no_criteria, true, console)?;
    save(saved_to, left, scenario, console)?;
    if hold.is_some() {
        console.hint("the run has ended, its page stays: Ctrl-C ends it");
        interrupts.wait();
    }
    Ok(code)
}

/// What stands behind a run: `hold` before it, if somebody may hold it.
fn control(live: LiveControl, hold: Option<Hold>) -> Box<dyn Control> {
    match hold {
        Some(hold) => Box::new(HeldControl::new(hold, live)),
        None => Box::new(live),
    }
}

/// Where the vault goes that is to be saved at the end.
pub(crate) fn vault_of(
    name: Option<&str>,
    scenario: &Scenario,
    force: bool,
) -> Result<Option<PathBuf>, Failure> {
    match name {
        Some(_) if !scenario.environment.has_vaults() => Err(Failure::Usage(format!(
            "--save-vault: the world `{}` has no vaults",
            scenario.environment.name()
        ))),
        Some(name) => vault::claim(name, force).map(Some),
        None => Ok(None),
    }
}

/// Writes the vault of a run that has ended.
pub(crate) fn save(
    to: Option<PathBuf>,
    left: Option<Result<Option<Left>, Failure>>,
    scenario: &Scenario,
    console: &Console,
) -> Result<(), Failure> {
    let (Some(vault), Some(left)) = (to, left) else {
        return Ok(());
    };
    let left = left?.ok_or_else(|| {
        Failure::Usage(format!(
            "{} was not written: the run was stopped in the middle of an epoch",
            vault.display()
        ))
    })?;
    vault::write(&vault, scenario, &left)?;
    console.hint(&format!(
        "vault   {0}  (go on from it: environment.vault={0} and a higher simulation.epochs)",
        vault.display()
    ));
    Ok(())
}

/// The scenario and the words behind it.
fn scenario_of(words: &[String]) -> Option<(PathBuf, &[String])> {
    let (first, rest) = words.split_first()?;
    let file = PathBuf::from(first);
    (!first.contains('=') || file.is_file()).then_some((file, rest))
}

fn no_scenario(words: &[String]) -> Failure {
    let mut known = Vec::new();
    let listed = list::list(
        list::Family::Scenarios,
        Path::new("scenarios"),
        false,
        &mut known,
    );
    let mut text = match words.first() {
        Some(word) => format!("`{word}` comes before any scenario: das run SCENARIO.yaml {word}"),
        None => "which scenario?".to_owned(),
    };
    if listed.is_ok() && !known.is_empty() {
        text += "\n\n";
        text += &String::from_utf8_lossy(&known);
        text += "\ntry  das run scenarios/baseline.yaml";
    } else {
        text += "\ntry  das new scenario my_study";
    }
    Failure::Usage(text)
}

fn place(args: &RunArgs, scenario: &Scenario) -> Place {
    match (
        &args.place.output,
        &args.place.out,
        &scenario.outputs.event_log,
    ) {
        (Some(log), ..) => Place::Log(log.clone()),
        (None, Some(directory), _) => Place::Directory(directory.clone()),
        (None, None, Some(log)) => Place::LogOfScenario(PathBuf::from(log)),
        (None, None, None) => Place::Own,
    }
}

/// Sets the number of threads that decide in parallel.
pub(crate) fn set_threads(threads: Option<u16>) -> Result<(), Failure> {
    match threads {
        None => Ok(()),
        Some(n) => rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(n))
            .build_global()
            .map_err(|error| Failure::Usage(format!("--threads {n}: {error}"))),
    }
}

pub(crate) fn threads(how: &HowArgs) -> Result<(), Failure> {
    set_threads(how.threads)
}

/// Where checkpoints go, and after how many epochs each.
pub(crate) type EveryEpochs = (Box<dyn Storage>, u32);

/// Checkpoints every so many epochs; never but on Ctrl-C if nobody says how often.
pub(crate) fn storage(run: &RunDir, every: Option<u32>) -> Result<Option<EveryEpochs>, Failure> {
    let directory = CheckpointDir::open(&run.checkpoints())?;
    Ok(Some((Box::new(directory), every.unwrap_or(u32::MAX))))
}

/// Writes what is known before the first step.
fn prepare(run: &RunDir, loaded: &Loaded, header: &Header) -> Result<RunInfo, Failure> {
    write_file(&run.file("scenario.yaml"), loaded.given_text.as_bytes())?;
    write_file(
        &run.file("scenario.resolved.yaml"),
        resolved(&loaded.scenario).as_bytes(),
    )?;
    let files = loaded.files.iter().map(|file| file.path.clone()).collect();
    let mut info = RunInfo::begin(run, files);
    info.bases.clone_from(&header.bases);
    info.write(run, "running")?;
    Ok(info)
}

/// The resolved scenario without the path of its log: two runs in two places have the same.
fn resolved(scenario: &Scenario) -> String {
    let mut scenario = scenario.clone();
    scenario.outputs.event_log = None;
    scenario::typed::to_yaml(&scenario)
}

/// Notes a failure in `run.json`, as far as that is possible, and names the files.
pub(crate) fn failed(
    error: das_core::orchestrator::RunError,
    run: &RunDir,
    info: &mut RunInfo,
) -> Failure {
    let failure = Failure::run(error, &run.part(), &run.checkpoints());
    if info.write(run, "failed").is_err() {
        warn(&format!(
            "{} could not be written either",
            run.file("run.json").display()
        ));
    }
    failure
}

/// Says how to go on after Ctrl-C.
pub(crate) fn interrupted(
    run: &RunDir,
    info: &mut RunInfo,
    console: &Console,
) -> Result<u8, Failure> {
    info.write(run, "interrupted")?;
    console.hint(&format!(
        "interrupted; finish it with  das resume {}",
        run.name().display()
    ));
    Ok(INTERRUPTED)
}

/// sha256 of the log that was just ended.
pub(crate) fn ended(record: Option<&RunRecord>) -> Result<String, Failure> {
    record
        .and_then(|record| record.log.as_ref())
        .map(|log| log.file_sha256.clone())
        .ok_or_else(|| Failure::Internal("the run ended without its last line".to_owned()))
}

/// Writes the folds of a published log and the closing words. `seen` says that the table of epochs was shown already.
pub(crate) fn close(
    run: &RunDir,
    sha256: String,
    info: &mut RunInfo,
    judge: bool,
    seen: bool,
    console: &mut Console,
) -> Result<u8, Failure> {
    let facts = folds::write(run, sha256)?;
    info.write(run, &facts.last.status)?;
    if console.json {
        console.print(&folds::summary(&facts)?);
    } else if !console.quiet {
        let mut text = String::new();
        if !seen {
            text += &tables::epochs(&facts);
        }
        text += &tables::pooled(&facts);
        text.push('\n');
        text += &tables::kinds(&facts);
        text.push('\n');
        text += &tables::moments(&notable::find(&run.log, &facts.rows, notable::NAMED)?);
        text.push('\n');
        if judge && !facts.verdicts.is_empty() {
            text += &tables::criteria(&facts.verdicts, console);
            text.push('\n');
        }
        text += &tables::next(&facts, run);
        console.print(&text);
    }
    if facts.last.status == "stopped" {
        console.hint(&format!(
            "stopped by {} after {} epochs",
            run.file("STOP").display(),
            facts.epochs
        ));
    }
    if judge && !facts.passed() {
        let missed: Vec<&str> = facts
            .verdicts
            .iter()
            .filter(|v| !v.pass)
            .map(|v| v.metric.as_str())
            .collect();
        warn(&format!("success criteria failed: {}", missed.join(", ")));
        return Ok(crate::failure::CRITERIA_FAILED);
    }
    Ok(crate::failure::OK)
}

/// Writes every draw, sorted, one a line: domain, key, position, value.
fn write_draws(path: &Path, draws: &DrawLog) -> Result<(), Failure> {
    use std::fmt::Write;
    let mut draws = match draws.lock() {
        Ok(mut draws) => std::mem::take(&mut *draws),
        Err(_) => {
            return Err(Failure::Internal(
                "the draw log was left half written".to_owned(),
            ));
        }
    };
    draws.sort_unstable();
    let mut text = String::new();
    for draw in &draws {
        let _ = writeln!(
            text,
            "{} {:016x} {} {:016x}",
            draw.domain, draw.key, draw.position, draw.value
        );
    }
    std::fs::write(path, text).map_err(Failure::writing(path))
}
