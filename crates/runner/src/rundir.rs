//! Where the files of a run lie, and `run.json`, the only one that holds wall clock, host, versions and paths.
//!
//! ```text
//! runs/<scenario_id>-s<seed>/   events.jsonl scenario.yaml scenario.resolved.yaml metrics.csv summary.json checkpoints/ run.json
//! FILE.jsonl + FILE.jsonl.d/    the same with the log beside it
//! ```
//! While it is written the log is called `….part`. Invariant: nothing of an earlier run is overwritten unless forced; where
//! the place was not named on the command line, a number is added. Not here: what is in the files.

use crate::clock::{Stopwatch, unix_seconds};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Name of the log in a run directory.
pub const LOG_NAME: &str = "events.jsonl";

/// What a run writes beside its log and its checkpoints.
const RUN_FILES: [&str; 5] = [
    "scenario.yaml",
    "scenario.resolved.yaml",
    "metrics.csv",
    "summary.json",
    "run.json",
];

/// Most numbers that are tried before a directory is given up.
const NUMBERS_MAX: u32 = 100_000;

/// The files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    /// The finished log.
    pub log: PathBuf,
    /// Where everything else lies.
    pub side: PathBuf,
}

/// Where a run is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A directory of its own below `runs`.
    Own,
    /// `--out DIR`.
    Directory(PathBuf),
    /// `--output FILE`.
    Log(PathBuf),
    /// `outputs.event_log` of the scenario: not typed, so a number may be added.
    LogOfScenario(PathBuf),
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

impl RunDir {
    /// A run whose log lies in the directory.
    pub fn in_directory(side: PathBuf) -> Self {
        Self {
            log: side.join(LOG_NAME),
            side,
        }
    }

    /// A run whose log lies beside its directory.
    pub fn of_log(log: PathBuf) -> Self {
        Self {
            side: with_suffix(&log, ".d"),
            log,
        }
    }

    /// The run somebody means by a directory, a log or an unfinished log.
    pub fn found(path: &Path) -> Self {
        if path.is_dir() {
            return Self::in_directory(path.to_owned());
        }
        let text = path.to_string_lossy();
        let log = text
            .strip_suffix(".part")
            .map_or_else(|| path.to_owned(), PathBuf::from);
        let beside = Self::of_log(log.clone());
        match (log.file_name(), log.parent()) {
            (Some(name), Some(parent)) if name == LOG_NAME && !beside.side.is_dir() => {
                Self::in_directory(parent.to_owned())
            }
            _ => beside,
        }
    }

    /// The log somebody means by a path: of a directory the log in it, finished or not, packed or not.
    pub fn log_in(path: &Path) -> PathBuf {
        if !path.is_dir() {
            return path.to_owned();
        }
        let beside = path.to_string_lossy();
        let run = match beside.trim_end_matches('/').strip_suffix(".d") {
            Some(log) if !path.join(LOG_NAME).exists() => Self::of_log(PathBuf::from(log)),
            _ => Self::in_directory(path.to_owned()),
        };
        if run.log.exists() {
            return run.log;
        }
        // Unfinished, or put away packed.
        let others = [".part", ".gz", ".zst"].map(|suffix| with_suffix(&run.log, suffix));
        let there = others.into_iter().find(|path| path.exists());
        there.unwrap_or(run.log)
    }

    /// The log while it is written.
    pub fn part(&self) -> PathBuf {
        with_suffix(&self.log, ".part")
    }

    /// A file of the run by name.
    pub fn file(&self, name: &str) -> PathBuf {
        self.side.join(name)
    }

    /// Where checkpoints lie.
    pub fn checkpoints(&self) -> PathBuf {
        self.file("checkpoints")
    }

    /// How somebody names this run to `das resume`.
    pub fn name(&self) -> PathBuf {
        if self.log.parent() == Some(&self.side) {
            self.side.clone()
        } else {
            self.part()
        }
    }

    fn exists(&self) -> bool {
        self.log.exists() || self.part().exists()
    }

    fn numbered(
        make: impl Fn(u32) -> Self,
        create: impl Fn(&Self) -> std::io::Result<bool>,
    ) -> Result<Self, Failure> {
        for number in 1..=NUMBERS_MAX {
            let run = make(number);
            if create(&run).map_err(Failure::writing(&run.side))? {
                return Ok(run);
            }
        }
        Err(Failure::Usage(format!(
            "there are {NUMBERS_MAX} runs of this scenario and seed already"
        )))
    }

    /// Finds the place and makes its directory. With `force` what lies there is overwritten.
    pub fn claim(place: Place, scenario_id: &str, seed: u64, force: bool) -> Result<Self, Failure> {
        let run = match place {
            Place::Own if force => {
                Self::in_directory(PathBuf::from(format!("runs/{scenario_id}-s{seed}")))
            }
            Place::Own => {
                let make = |number| {
                    Self::in_directory(PathBuf::from(format!(
                        "runs/{scenario_id}-s{seed}{}",
                        suffix(number)
                    )))
                };
                std::fs::create_dir_all("runs").map_err(Failure::writing(Path::new("runs")))?;
                return Self::numbered(make, |run| match std::fs::create_dir(&run.side) {
                    Ok(()) => Ok(true),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
                    Err(error) => Err(error),
                });
            }
            Place::LogOfScenario(log) if !force => {
                let make = |number| Self::of_log(numbered_file(&log, number));
                return Self::numbered(make, |run| {
                    if run.exists() || anything(&run.side)?.is_some() {
                        return Ok(false);
                    }
                    std::fs::create_dir_all(&run.side).map(|()| true)
                });
            }
            Place::Directory(side) => Self::in_directory(side),
            Place::Log(log) | Place::LogOfScenario(log) => Self::of_log(log),
        };
        if !force {
            run.is_free()?;
            if let Some(there) = anything(&run.side).map_err(Failure::reading(&run.side))? {
                return Err(Failure::Usage(format!(
                    "{} is not empty (it has {there}); --force writes a run's files there and leaves all others alone",
                    run.side.display()
                )));
            }
        }
        std::fs::create_dir_all(&run.side).map_err(Failure::writing(&run.side))?;
        Ok(run)
    }

    /// Whether no log is there. Asked again with the lock held: another run may have begun and ended in between.
    pub fn is_free(&self) -> Result<(), Failure> {
        if !self.exists() {
            return Ok(());
        }
        let (there, also) = if self.log.exists() {
            (self.log.clone(), String::new())
        } else {
            let name = self.name();
            (
                self.part(),
                format!(", das resume {} finishes it", name.display()),
            )
        };
        Err(Failure::Usage(format!(
            "{} exists; --force overwrites it{also}",
            there.display()
        )))
    }

    /// The file that ends a run of a scenario with a kill switch.
    pub fn stop_file(&self) -> PathBuf {
        self.file("STOP")
    }

    /// Removes what an earlier run left, by name. Called with the lock held. A `STOP` file stays: it is the user's.
    pub fn clear(&self) -> Result<(), Failure> {
        let files = RUN_FILES.iter().map(|name| self.file(name)).chain([
            self.log.clone(),
            self.part(),
            with_suffix(&self.part(), ".broken"),
        ]);
        for path in files {
            gone(std::fs::remove_file(&path)).map_err(Failure::writing(&path))?;
        }
        let checkpoints = self.checkpoints();
        gone(std::fs::remove_dir_all(&checkpoints)).map_err(Failure::writing(&checkpoints))
    }
}

/// A name in a directory, if there is any; nothing where there is no directory.
fn anything(directory: &Path) -> std::io::Result<Option<String>> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names.into_iter().next())
}

fn gone(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn suffix(number: u32) -> String {
    if number == 1 {
        String::new()
    } else {
        format!("-{number}")
    }
}

/// `run.jsonl`, `run-2.jsonl`, …
fn numbered_file(log: &Path, number: u32) -> PathBuf {
    let stem = log.file_stem().unwrap_or_default().to_string_lossy();
    let extension = log
        .extension()
        .map(|e| format!(".{}", e.to_string_lossy()))
        .unwrap_or_default();
    log.with_file_name(format!("{stem}{}{extension}", suffix(number)))
}

/// Writes a small file whole: to a temporary name, synced, then renamed.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put_file(path, bytes, true)
}

/// [`write_file`] without waiting for the disk, of what is known to be whole when it is read and can be made again.
pub fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put_file(path, bytes, false)
}

fn put_file(path: &Path, bytes: &[u8], synced: bool) -> Result<(), Failure> {
    let temporary = with_suffix(path, ".tmp");
    let write = || {
        let mut file = std::fs::File::create(&temporary)?;
        // In pieces: for one large write the kernel takes large pages, which on a virtual machine are often not there yet (137 kB: 0.4 ms
        // in one piece, 0.08 ms in these).
        for piece in bytes.chunks(1 << 13) {
            file.write_all(piece)?;
        }
        if synced {
            file.sync_data()?;
        }
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        // Half a file is of no use to anybody.
        drop(std::fs::remove_file(&temporary));
        Failure::writing(path)(error)
    })
}

/// `run.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunInfo {
    /// `running`, `completed`, `stopped` or `interrupted`.
    pub status: String,
    /// Version of this program.
    pub version: String,
    /// Commit it was built from, if that is known.
    pub git_commit: String,
    /// Engine revision.
    pub engine: u32,
    /// Operating system and processor.
    pub platform: String,
    /// Name of the machine.
    pub host: String,
    /// Working directory.
    pub directory: PathBuf,
    /// Arguments.
    pub arguments: Vec<String>,
    /// The log.
    pub log: PathBuf,
    /// Files the scenario was made from.
    pub scenario_files: Vec<PathBuf>,
    /// Files it was layered on, as line 0 names them: what a run that was killed before its line 0 is taken up from.
    pub bases: Vec<crate::wiring::Base>,
    /// Beginning, in seconds since 1970.
    pub started_unix_s: f64,
    /// Time spent in this and earlier sittings, in seconds.
    pub wall_s: f64,
    /// How often it was resumed.
    pub resumed: u32,
    #[serde(skip)]
    begun: Option<Stopwatch>,
}

impl RunInfo {
    /// About the run that begins now.
    pub fn begin(run: &RunDir, scenario_files: Vec<PathBuf>) -> Self {
        Self {
            status: "running".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_commit: option_env!("DAS_GIT_COMMIT")
                .unwrap_or("unknown")
                .to_owned(),
            engine: das_core::log::ENGINE_REVISION,
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            host: std::fs::read_to_string("/proc/sys/kernel/hostname")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            directory: std::env::current_dir().unwrap_or_default(),
            arguments: std::env::args().collect(),
            log: run.log.clone(),
            scenario_files,
            bases: Vec::new(),
            started_unix_s: unix_seconds(),
            wall_s: 0.0,
            resumed: 0,
            begun: Some(Stopwatch::start()),
        }
    }

    /// About a run that is taken up again; what was written before is kept where it can be read.
    pub fn resume(run: &RunDir) -> Self {
        let fresh = Self::begin(run, Vec::new());
        let before = std::fs::read(run.file("run.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        match before {
            Some(before) => Self {
                status: fresh.status,
                resumed: before.resumed + 1,
                begun: fresh.begun,
                ..before
            },
            None => Self {
                resumed: 1,
                ..fresh
            },
        }
    }

    /// Writes it with a status.
    pub fn write(&mut self, run: &RunDir, status: &str) -> Result<(), Failure> {
        status.clone_into(&mut self.status);
        let before = self.wall_s;
        self.wall_s += self.begun.map_or(0.0, Stopwatch::seconds);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        self.wall_s = before;
        write_file(&run.file("run.json"), format!("{text}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_by_every_name_it_has() {
        // Directory, log and unfinished log lead to the same files.
        let inside = RunDir::found(Path::new("x/events.jsonl.part"));
        assert_eq!(inside, RunDir::in_directory(PathBuf::from("x")));
        assert_eq!(inside.name(), PathBuf::from("x"));
        let beside = RunDir::found(Path::new("x/run.jsonl.part"));
        assert_eq!(beside.side, PathBuf::from("x/run.jsonl.d"));
        assert_eq!(beside, RunDir::found(Path::new("x/run.jsonl")));
        assert_eq!(beside.name(), PathBuf::from("x/run.jsonl.part"));
    }

    #[test]
    fn numbers_go_before_the_extension() {
        // The first has none.
        assert_eq!(
            numbered_file(Path::new("a/b.jsonl"), 1),
            PathBuf::from("a/b.jsonl")
        );
        assert_eq!(
            numbered_file(Path::new("a/b.jsonl"), 2),
            PathBuf::from("a/b-2.jsonl")
        );
    }
}
