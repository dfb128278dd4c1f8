//! From parsed arguments to the command that does the work.

use crate::cli::{CheckArgs, Command, ListFamily, LogCommand, NewCommand, ScoreArgs};
use crate::commands::{
    check, completions, explain, list, log, new, replay, resume, run, schema, score,
};
use crate::console::Console;
use crate::failure::{Failure, OK};
use crate::log_file::RunLock;
use crate::rundir::RunDir;
use crate::scenario::{Style, load_scoring};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Does what was asked for; the exit code.
pub fn dispatch(command: &Command, console: &mut Console) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run::run(args, console),
        Command::Resume(args) => resume::resume(args, console),
        Command::Replay(args) => replay::replay(args, console),
        Command::Score(args) => scored(args),
        Command::Log(command) => logged(command, console),
        Command::Check(args) => checked(args, console),
        Command::Schema => written(|out, _| schema::schema(out)),
        Command::New(NewCommand::Scenario {
            name,
            out: folder,
            force,
        }) => written(|out, err| new::new_scenario(name, folder, *force, out, err)),
        Command::List(args) => {
            let json = console.json;
            match written(|out, _| list::list(family(args.family), &args.folder, json, out)) {
                Err(Failure::Io { source, .. }) if args.family == ListFamily::Scenarios => {
                    Err(Failure::reading(&args.folder)(source))
                }
                outcome => outcome,
            }
        }
        Command::Explain(args) => written(|out, err| explain::explain(&args.name, out, err)),
        Command::Completions(args) => Ok(completions::completions(args.shell, console)),
    }
}

/// Calls a command with stdout and stderr. A reader that went away is no mistake.
fn written(
    work: impl FnOnce(&mut dyn Write, &mut dyn Write) -> io::Result<u8>,
) -> Result<u8, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome =
        work(&mut out, &mut io::stderr().lock()).and_then(|code| out.flush().map(|()| code));
    piped(outcome, OK)
}

fn piped<T>(outcome: io::Result<T>, quiet: T) -> Result<T, Failure> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(quiet),
        outcome => outcome.map_err(Failure::writing(Path::new("stdout"))),
    }
}

fn family(family: ListFamily) -> list::Family {
    match family {
        ListFamily::Scenarios => list::Family::Scenarios,
        ListFamily::Environments => list::Family::Environments,
        ListFamily::Agents => list::Family::Agents,
        ListFamily::Levers => list::Family::Levers,
        ListFamily::Metrics => list::Family::Metrics,
        ListFamily::Events => list::Family::Events,
    }
}

fn checked(args: &CheckArgs, console: &Console) -> Result<u8, Failure> {
    let is_file = |word: &&String| !word.contains('=') || Path::new(word).is_file();
    let files: Vec<PathBuf> = args
        .words
        .iter()
        .filter(is_file)
        .map(PathBuf::from)
        .collect();
    let words: Vec<String> = args
        .words
        .iter()
        .filter(|word| !is_file(word))
        .cloned()
        .collect();
    if files.is_empty() {
        return Err(Failure::Usage(
            "which scenario? das check SCENARIO.yaml …".to_owned(),
        ));
    }
    let style = if console.json {
        Style::Json
    } else {
        console.style()
    };
    written(|out, err| check::check(&files, &args.change.all(&words), style, out, err))
}

fn input(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).map_err(Failure::reading(path))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

fn scored(args: &ScoreArgs) -> Result<u8, Failure> {
    let config = match &args.config {
        Some(path) => {
            let (payoff, proxy) = load_scoring(path)?;
            Some(score::ScoreConfig { payoff, proxy })
        }
        None => None,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match score::score(
        input(&args.input)?,
        config,
        args.each,
        args.relabel,
        &mut out,
    ) {
        Ok(()) => Ok(OK),
        Err(score::ScoreError::Write(error)) => piped(Err(error), OK),
        Err(score::ScoreError::Read(error)) => Err(Failure::reading(&args.input)(error)),
        Err(error) => Err(Failure::Input {
            path: args.input.clone(),
            what: error.to_string(),
        }),
    }
}

fn logged(command: &LogCommand, console: &Console) -> Result<u8, Failure> {
    let format = if console.json {
        log::Format::Json
    } else {
        log::Format::Human
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let (path, outcome) = match command {
        LogCommand::Overview { log: path } => (
            path,
            log::overview(&path.display().to_string(), input(path)?, format, &mut out).map(|_| OK),
        ),
        LogCommand::Events {
            log: path,
            kind,
            of,
            agent,
            epoch,
            only,
            event,
            limit,
        } => {
            let usage = |error: log::FilterError| Failure::Usage(error.to_string());
            let filter = log::EventFilter {
                types: kind.clone(),
                agent: agent.clone(),
                epochs: epoch
                    .as_deref()
                    .map(log::epochs)
                    .transpose()
                    .map_err(usage)?,
                kind: of.clone(),
                comparisons: only
                    .iter()
                    .map(|text| text.parse())
                    .collect::<Result<_, _>>()
                    .map_err(usage)?,
                numbers: event.clone(),
                limit: *limit,
            };
            (
                path,
                log::events(input(path)?, &filter, &mut out).map(|_| OK),
            )
        }
        LogCommand::Agents { log: path, sort } => {
            let by = match sort {
                None => log::SortBy::default(),
                Some(name) => log::SortBy::named(name).ok_or_else(|| {
                    Failure::Usage(format!("--sort {name}: there is no such column"))
                })?,
            };
            (
                path,
                log::agents(input(path)?, by, format, &mut out).map(|()| OK),
            )
        }
        LogCommand::Check { log: path } => (
            path,
            log::check(&path.display().to_string(), input(path)?, format, &mut out),
        ),
        LogCommand::Repair { log: path } => {
            let side = RunDir::found(path).side;
            let directory = if side.is_dir() {
                side
            } else {
                path.parent()
                    .filter(|p| !p.as_os_str().is_empty())
                    .unwrap_or(Path::new("."))
                    .to_owned()
            };
            let _lock = RunLock::acquire(&directory)?;
            (path, log::repair(path, format, &mut out).map(|()| OK))
        }
    };
    match outcome {
        Ok(code) => piped(out.flush(), ()).map(|()| code),
        Err(log::LogError::Write(error)) => piped(Err(error), OK),
        Err(log::LogError::Read(error)) => Err(Failure::log(path, error)),
        Err(log::LogError::File(error)) => Err(error.into()),
        Err(error @ log::LogError::Event(_)) => Err(Failure::Damaged {
            path: path.clone(),
            what: error.to_string(),
        }),
    }
}
