//! A log that somebody looks at: read once in the background, then followed while it grows.
//!
//! A thread of its own feeds [`Index`] and [`Fold`] line by line; what is there already is shown meanwhile, and for a finished
//! log the ends of epochs come from its seals at once ([`crate::tail`]). News go into a queue of fixed size: who is too slow
//! misses some and is told so. Invariants: the file is only read; the thread ends when nobody holds the log any more. Not
//! here: what is sent to whom ([`crate::live`]).

use crate::index::Index;
use crate::tail::{self, Ending, Start};
use das_analysis::fold::{EpochRow, Fold};
use das_core::log::{ENDED, LogReader, Malformed, ReadError};
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock, RwLockReadGuard, Weak};
use std::time::Duration;
use tokio::sync::broadcast;

/// News that wait for a slow reader; older ones are dropped.
pub(crate) const QUEUE: usize = 64;

/// Time between two looks at a log that is being written.
const PAUSE: Duration = Duration::from_millis(200);

/// Lines taken under one lock.
const BATCH: usize = 256;

/// How far a log has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct News {
    /// Lines read.
    pub(crate) lines: u64,
    /// Events so far.
    pub(crate) events: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Bytes there are.
    pub(crate) size: u64,
    /// Epochs that ended.
    pub(crate) epochs: usize,
    /// Whether the last line was read.
    pub(crate) ended: bool,
    /// Why reading stopped, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// What is known of a log.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) index: Index,
    pub(crate) fold: Fold,
    pub(crate) news: News,
}

/// A log that is looked at.
pub(crate) struct Run {
    /// Name in addresses.
    pub(crate) id: String,
    /// The finished log's name.
    log: PathBuf,
    /// Line 0.
    pub(crate) start: Start,
    /// Last line and ends of epochs, where the log was finished when it was opened.
    pub(crate) ending: Option<(Ending, Vec<EpochRow>)>,
    state: RwLock<State>,
    pub(crate) sender: broadcast::Sender<News>,
}

/// The file a log is in now: finished, or still written.
pub(crate) fn current(log: &Path) -> PathBuf {
    if log.exists() {
        return log.to_owned();
    }
    let mut part = log.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

impl Run {
    /// Opens a log and begins to read it.
    pub(crate) fn open(id: &str, log: &Path) -> std::io::Result<Arc<Self>> {
        let mut file = File::open(current(log))?;
        let start = Start::read(&file).unwrap_or_default();
        let ending =
            tail::ending(&mut file).and_then(|ending| Some((ending, tail::epochs(&mut file)?)));
        let run = Arc::new(Self {
            id: id.to_owned(),
            log: log.to_owned(),
            start,
            ending,
            state: RwLock::default(),
            sender: broadcast::channel(QUEUE).0,
        });
        let held = Arc::downgrade(&run);
        std::thread::Builder::new()
            .name("das-log".to_owned())
            .spawn(move || follow(&held))?;
        Ok(run)
    }

    /// The file it is in now.
    pub(crate) fn path(&self) -> PathBuf {
        current(&self.log)
    }

    /// The name it has when it is finished.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// What is known so far. A thread that panicked while it wrote leaves what it had.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Ends of epochs: by the seals until all lines were read.
    pub(crate) fn with_epochs<T>(&self, then: impl FnOnce(&State, &[EpochRow]) -> T) -> T {
        let state = self.state();
        match &self.ending {
            Some((_, epochs)) if !state.news.ended => then(&state, epochs),
            _ => then(&state, &state.fold.epochs),
        }
    }
}

/// Reads a log to its end, and on while it grows.
fn follow(held: &Weak<Run>) {
    let (mut number, mut offset) = (0, 0);
    loop {
        let Some(run) = held.upgrade() else { return };
        let outcome = read_on(&run, number, offset);
        let (news, over) = {
            let mut state = run
                .state
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            match outcome {
                // A resumed run cuts its log back: begin again.
                Ok(None) => {
                    *state = State::default();
                    (number, offset) = (0, 0);
                }
                Ok(Some(at)) => (number, offset) = at,
                Err(error) => state.news.error = Some(error.to_string()),
            }
            (
                state.news.clone(),
                state.news.ended || state.news.error.is_some(),
            )
        };
        // Nobody listening is no mistake.
        drop(run.sender.send(news));
        if over {
            return;
        }
        drop(run);
        std::thread::sleep(PAUSE);
    }
}

/// Reads all whole lines from a place on; where that ended, or `None` if the log has become shorter.
fn read_on(run: &Run, number: u64, offset: u64) -> Result<Option<(u64, u64)>, ReadError> {
    let mut file = File::open(run.path())?;
    let size = file.metadata()?.len();
    if size < offset {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut reader =
        LogReader::starting_at(BufReader::with_capacity(1 << 18, file), number, offset);
    let mut at = (number, offset);
    loop {
        let mut state = run
            .state
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let epochs = state.fold.epochs.len();
        let mut more = true;
        for _ in 0..BATCH {
            let line = match reader.next() {
                Ok(Some(line)) => line,
                Ok(None)
                | Err(ReadError::Malformed {
                    what: Malformed::Torn,
                    ..
                }) => {
                    more = false;
                    break;
                }
                Err(error) => return Err(error),
            };
            state.index.line(&line);
            state.fold.line(&line);
            state.news.ended |= line.head.kind == ENDED;
            at = (line.head.seq + 1, line.offset + line.text.len() as u64 + 1);
        }
        state.news = News {
            lines: state.index.lines,
            events: state.index.events,
            bytes: state.index.bytes,
            size: size.max(state.index.bytes),
            epochs: state.fold.epochs.len(),
            ..std::mem::take(&mut state.news)
        };
        let news = (state.fold.epochs.len() > epochs).then(|| state.news.clone());
        drop(state);
        if let Some(news) = news {
            drop(run.sender.send(news));
        }
        if !more {
            return Ok(Some(at));
        }
    }
}
