//! From parsed arguments to the command that does the work.

use crate::cli::{
    CheckArgs, CockpitArgs, Command, ExportArgs, ListFamily, LogCommand, NewCommand, SchemaOf,
    ScoreArgs, SourceArgs,
};
use crate::commands::new::source::{Place, Source};
use crate::commands::{
    check, cockpit, compare, completions, dashboard, explain, export, list, log, new, reference,
    replay, report, resume, run, schema, score, sweep,
};
use crate::console::{Console, stdout, warn};
use crate::failure::{Failure, OK};
use crate::log_file::{RunLock, open_log, unpacked};
use crate::rundir::RunDir;
use crate::scenario::{Style, load_scoring};
use crate::terminal::Plain;
use crate::verify;
use das_core::log::{Class, Depth};
use std::fs::File;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Does what was asked for; the exit code.
pub fn dispatch(command: &Command, console: &mut Console) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run::run(args, console),
        Command::Resume(args) => resume::resume(args, console),
        Command::Sweep(args) => sweep::sweep(args, console),
        Command::Compare(args) => compare::compare(args, console),
        Command::Report(args) => report::report(args, console),
        Command::Replay(args) => replay::replay(args, console),
        Command::Score(args) => scored(args),
        Command::Log(command) => logged(command, console),
        Command::Cockpit(args) => viewed(args, console),
        Command::Export(args) => exported(args, console),
        Command::Dashboard(args) => {
            dashboard::dashboard(args.path.as_deref(), args.addr, args.allow_control, console)
        }
        Command::Check(args) => checked(args, console),
        Command::Schema { of } => written(true, |out, _| match of {
            SchemaOf::Scenario => schema::schema(out),
            SchemaOf::Sweep => schema::of_sweep(out),
            SchemaOf::Cockpit => schema::of_cockpit(out),
        }),
        Command::New(NewCommand::Scenario {
            name,
            random,
            out: folder,
            force,
        }) => {
            let name = name.clone().or(random.map(|seed| format!("random_{seed}")));
            let name = name.unwrap_or_default();
            written(false, |out, err| {
                new::new_scenario(&name, *random, folder, *force, out, err)
            })
        }
        Command::New(NewCommand::Policy(args)) => new_source(Source::Policy, args),
        Command::New(NewCommand::Lever(args)) => new_source(Source::Lever, args),
        Command::List(args) => {
            let json = console.json;
            match written(json, |out, _| {
                list::list(family(args.family), &args.folder, json, out)
            }) {
                Err(Failure::Io { source, .. }) if args.family == ListFamily::Scenarios => {
                    Err(Failure::reading(&args.folder)(source))
                }
                outcome => outcome,
            }
        }
        Command::Explain(args) => {
            let json = console.json;
            written(json, |out, err| {
                explain::explain(&args.name, json, out, err)
            })
        }
        Command::Completions(args) => Ok(completions::completions(args.shell, console)),
        Command::Reference { folder } => {
            reference::reference(folder).map_err(Failure::writing(folder))?;
            Ok(OK)
        }
    }
}

/// Writes a source file of one's own.
fn new_source(source: Source, args: &SourceArgs) -> Result<u8, Failure> {
    let place = Place {
        out: args.out.as_deref(),
        checkout: args.checkout.as_deref(),
        force: args.force,
    };
    written(false, |out, err| {
        new::source::new_source(source, &args.name, &place, out, err)
    })
}

/// Calls a command with stdout and stderr; `json` says that it writes JSON. A reader that went away is no mistake.
fn written(
    json: bool,
    work: impl FnOnce(&mut dyn Write, &mut dyn Write) -> io::Result<u8>,
) -> Result<u8, Failure> {
    let mut out = stdout(json);
    let mut err = Plain::new(io::stderr().lock(), json);
    let outcome = work(&mut out, &mut err).and_then(|code| out.flush().map(|()| code));
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
    let mut out = stdout(console.json);
    // Snippets are drawn in colours; what is in them was made plain where they were drawn.
    let mut err = io::stderr().lock();
    let outcome = check::check(&files, &args.change.all(&words), style, &mut out, &mut err);
    piped(outcome.and_then(|code| out.flush().map(|()| code)), OK)
}

/// A file that is read more than once: for what is in it, and for what it is worth.
struct Input {
    path: PathBuf,
    /// What came through a pipe, which gives its bytes once.
    piped: Option<Vec<u8>>,
}

impl Input {
    /// `-` is stdin.
    fn open(path: &Path) -> Result<Self, Failure> {
        let read = || -> io::Result<Option<Vec<u8>>> {
            let mut bytes = Vec::new();
            if path == Path::new("-") {
                io::stdin().read_to_end(&mut bytes)?;
                return Ok(Some(bytes));
            }
            let mut file = File::open(path)?;
            if file.metadata()?.is_file() {
                return Ok(None);
            }
            file.read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        Ok(Self {
            piped: read().map_err(Failure::reading(path))?,
            path: path.to_owned(),
        })
    }

    fn reader(&self) -> Result<Box<dyn BufRead + '_>, Failure> {
        let log = match &self.piped {
            Some(bytes) => unpacked(bytes.as_slice()),
            None => open_log(&self.path),
        };
        Ok(log.map_err(Failure::reading(&self.path))?)
    }

    /// Whether it begins as a log of this program does.
    fn is_log(&self) -> Result<bool, Failure> {
        let mut start = [0; 64];
        let mut filled = 0;
        let mut reader = self.reader()?;
        while filled < start.len() {
            match reader.read(&mut start[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) => return Err(Failure::reading(&self.path)(error)),
            }
        }
        let begins = format!("{{\"seq\":0,\"type\":\"{}\"", das_core::log::STARTED);
        Ok(start[..filled].starts_with(begins.as_bytes()))
    }

    /// Says on stderr what is wrong with a log; the exit code of its class. A whole log of another engine is good to read.
    fn worth(&self) -> Result<u8, Failure> {
        let report = das_core::log::check(self.reader()?, Depth::Seals)
            .map_err(Failure::reading(&self.path))?;
        if matches!(report.class, Class::Complete { .. }) {
            return Ok(OK);
        }
        match verify::classified(&self.path, &report) {
            Ok(()) => Ok(OK),
            Err(failure) => {
                let word = match failure {
                    Failure::Incomplete { .. } => "INCOMPLETE LOG",
                    _ => "DAMAGED LOG, what it says cannot be relied on",
                };
                warn(&format!("warning: {word}: {}", failure.text()));
                Ok(failure.exit_code())
            }
        }
    }
}

fn scored(args: &ScoreArgs) -> Result<u8, Failure> {
    let config = match &args.config {
        Some(path) => {
            let (payoff, proxy) = load_scoring(path)?;
            Some(score::ScoreConfig { payoff, proxy })
        }
        None => None,
    };
    let given = Input::open(&args.input)?;
    let mut out = stdout(true);
    match score::score(given.reader()?, config, args.each, args.relabel, &mut out) {
        Ok(()) => {
            // The figures are those of the lines, whoever wrote them: a damaged log is worth a word and no failure.
            if given.is_log()? {
                given.worth()?;
            }
            Ok(OK)
        }
        Err(score::ScoreError::Write(error)) => piped(Err(error), OK),
        Err(score::ScoreError::Read(error)) => Err(Failure::reading(&args.input)(error)),
        Err(error) => Err(Failure::Input {
            path: args.input.clone(),
            what: error.to_string(),
        }),
    }
}

fn viewed(args: &CockpitArgs, console: &Console) -> Result<u8, Failure> {
    let (view, log) = match args.words.as_slice() {
        [view, log] => (Some(view), log),
        [log] => (None, log),
        _ => return Err(Failure::Usage("das cockpit [VIEW] LOG|RUN".to_owned())),
    };
    let path = &RunDir::log_in(Path::new(log));
    let given = Input::open(path)?;
    let world = cockpit::world_of(given.reader()?).map_err(|error| match error {
        log::LogError::Read(error) => Failure::log(path, error),
        other => Failure::Damaged {
            path: path.clone(),
            what: other.to_string(),
        },
    })?;
    let json = console.json;
    let Some(view) = view else {
        return written(json, |out, _| cockpit::list(world, json, out).map(|()| OK));
    };
    let fold = cockpit::open(world, view)?;
    let tables = cockpit::fill(fold, path, given.reader()?)?;
    written(json, |out, _| {
        cockpit::show(view, &tables, json, out).map(|()| OK)
    })?;
    given.worth()
}

fn exported(args: &ExportArgs, console: &mut Console) -> Result<u8, Failure> {
    if export::is_sweep(&args.path) {
        return export::sweep(args, console);
    }
    let given = Input::open(&RunDir::log_in(&args.path))?;
    if !given.is_log()? {
        return Err(Failure::Input {
            path: given.path,
            what: "is neither a log nor the directory of a run or a sweep".to_owned(),
        });
    }
    export::log(args, given.reader()?, console)?;
    given.worth()
}

fn logged(command: &LogCommand, console: &Console) -> Result<u8, Failure> {
    let format = if console.json {
        log::Format::Json
    } else {
        log::Format::Human
    };
    // Lines of a log are JSON whatever is asked for.
    let mut out = stdout(console.json || matches!(command, LogCommand::Events { .. }));
    let path = match command {
        LogCommand::Overview { log }
        | LogCommand::Events { log, .. }
        | LogCommand::Agents { log, .. }
        | LogCommand::Why { log, .. }
        | LogCommand::Convert { log, .. }
        | LogCommand::Check { log }
        | LogCommand::Repair { log } => &RunDir::log_in(log),
    };
    let given = match command {
        LogCommand::Repair { .. } => None,
        _ => Some(Input::open(path)?),
    };
    let reader = || match &given {
        Some(given) => given.reader(),
        None => Ok(Box::new(io::empty()) as Box<dyn BufRead>),
    };
    let name = path.display().to_string();
    let outcome = match command {
        LogCommand::Overview { .. } => {
            log::overview(&name, reader()?, format, &mut out).map(|_| OK)
        }
        LogCommand::Events {
            kind,
            of,
            agent,
            epoch,
            only,
            event,
            limit,
            ..
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
            log::events(reader()?, &filter, &mut out).map(|printed| {
                if printed == 0 && *limit != Some(0) {
                    console.hint(
                        "no line is like that; what there is  das log overview, das log agents, das list events",
                    );
                }
                OK
            })
        }
        LogCommand::Agents { sort, .. } => {
            let by = match sort {
                None => log::SortBy::default(),
                Some(name) => log::SortBy::named(name).ok_or_else(|| {
                    Failure::Usage(format!("--sort {name}: there is no such column"))
                })?,
            };
            log::agents(reader()?, by, format, &mut out).map(|()| OK)
        }
        LogCommand::Why { event, depth, .. } => {
            match log::why(&reader, *event, *depth, format, &mut out) {
                Ok(()) => Ok(OK),
                Err(log::WhyError::Failure(failure)) => return Err(failure),
                Err(log::WhyError::Log(error)) => Err(error),
            }
        }
        LogCommand::Convert { output, force, .. } => {
            let mut nobody = io::sink();
            let said: &mut dyn Write = if console.quiet { &mut nobody } else { &mut out };
            log::convert(&name, &reader, output, *force, format, said)?;
            Ok(OK)
        }
        LogCommand::Check { .. } => log::check(&name, reader()?, format, &mut out),
        LogCommand::Repair { .. } => {
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
            log::repair(path, format, &mut out).map(|()| OK)
        }
    };
    match outcome {
        Ok(code) => {
            match out.flush() {
                // Nobody listens any more, so nobody asks.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(OK),
                outcome => outcome.map_err(Failure::writing(Path::new("stdout")))?,
            }
            match (command, &given) {
                (LogCommand::Check { .. } | LogCommand::Repair { .. }, _) | (_, None) => Ok(code),
                (_, Some(given)) => given.worth(),
            }
        }
        Err(log::LogError::Write(error)) => piped(Err(error), OK),
        Err(log::LogError::Read(error)) => Err(Failure::log(path, error)),
        Err(log::LogError::File(error)) => Err(error.into()),
        Err(error @ log::LogError::Event(_)) => Err(Failure::Damaged {
            path: path.clone(),
            what: error.to_string(),
        }),
    }
}
