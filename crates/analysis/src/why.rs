//! Why an event of a log came to be: what it was chosen over, what led to it, what came of it.
//!
//! A tree of reasons ([`das_core::view::Explanation`]) built from the lines alone. Each kind of line has rules (`rules`, `interaction`, and those a world brings: [`Kinds`])
//! that say which facts of its own line explain it and which other lines do; those are followed back to a bounded depth. What the
//! log does not hold (what else an agent thought of, and how it scored that) is said and never guessed.
//!
//! The log is not held: an [`Inquiry`] is given it in passes, each of which collects the lines that the tree so far asks for, at most
//! [`KEEP_MAX`] for a question. There are at most two passes more than the depth has levels.
//!
//! ```text
//! let mut inquiry = Inquiry::new(event, DEPTH, worlds);
//! while inquiry.wants_pass() {
//!     for line in the log { inquiry.line(&line)?; }
//!     inquiry.end_pass();
//! }
//! let explanation = inquiry.explanation()?;
//! ```
//! Invariants: a function of the log, event and depth; every reason that rests on a line names its event; a line is followed once.
//! Not here: files, rendering, statistics: a cause is what the log says led to what, not what would have been otherwise.

mod interaction;
mod query;
mod rules;
mod tree;

pub use query::{Known, Query};
pub use rules::named;
pub use tree::{Builder, absent, figure, lines_of, said, short, under};

use das_core::log::{Line, STARTED};
use das_core::view::{Explanation, Reason};
use query::Answer;
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// Levels of events that are followed back unless another number is asked for.
pub const DEPTH: u32 = 4;

/// Deepest that is followed: a level of events takes two of the tree, which has [`das_core::view::REASONS_MAX`].
pub const DEPTH_MAX: u32 = 12;

/// Most lines that answer one question.
pub const KEEP_MAX: usize = 10;

/// Most lines in a tree.
const LINES_MAX: usize = 400;

/// There is no explanation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WhyError {
    /// The log has fewer events.
    #[error("there is no event {event}: the log has the events 0 to {last}")]
    Beyond {
        /// What was asked for.
        event: u64,
        /// The last one.
        last: u64,
    },
    /// The event was not written.
    #[error(
        "event {event} happened and has no line: the log is at detail `{detail}`, which leaves it out; the same scenario with \
         outputs.detail=full has it under the same number"
    )]
    LeftOut {
        /// What was asked for.
        event: u64,
        /// Detail of the log.
        detail: String,
    },
    /// The log has no event at all.
    #[error("the log has no events")]
    Empty,
}

/// What a world says of its own kinds of line.
#[derive(Clone, Copy, Debug)]
pub struct Kinds {
    /// A line in a sentence; `None` for kinds that need no more than their fields, or are not this world's.
    pub sentence: fn(&Known) -> Option<String>,
    /// The reasons of a line, those that are followed so many levels further; `None` for kinds that are not this world's.
    pub reasons: fn(&mut Builder<'_>, &Known, u32) -> Option<Vec<Reason>>,
    /// Kinds that name an interaction while it is open.
    pub openers: &'static [&'static str],
}

/// What is known of the log as a whole.
#[derive(Clone, Debug, Default)]
struct Facts {
    scenario: Value,
    last: Option<u64>,
}

impl Facts {
    fn number(&self, path: &str) -> Option<f64> {
        self.scenario.pointer(path)?.as_f64()
    }

    fn detail(&self) -> &str {
        let detail = self.scenario.get("detail").and_then(Value::as_str);
        detail.unwrap_or("full")
    }

    /// Steps since the start of the run.
    fn steps_before(&self, known: &Known) -> Option<u64> {
        let steps = self.number("/simulation/steps_per_epoch")? as u64;
        Some(u64::from(known.now.epoch) * steps + u64::from(known.now.step))
    }
}

/// A question about an event, on its way to an answer.
#[derive(Clone, Debug)]
pub struct Inquiry {
    event: u64,
    depth: u32,
    facts: Facts,
    /// The line itself.
    root: Option<Known>,
    /// Questions answered by earlier passes.
    answers: BTreeMap<Query, Vec<Known>>,
    /// Questions of this pass.
    asked: BTreeMap<Query, Answer>,
    passes: u32,
    worlds: Vec<Kinds>,
}

impl Inquiry {
    /// Asks about an event, followed back this many levels, by the rules of the commons and of these worlds.
    pub fn new(event: u64, depth: u32, worlds: Vec<Kinds>) -> Self {
        Self {
            event,
            depth: depth.clamp(1, DEPTH_MAX),
            facts: Facts::default(),
            root: None,
            answers: BTreeMap::new(),
            asked: BTreeMap::new(),
            passes: 0,
            worlds,
        }
    }

    /// Whether the log is to be given once more.
    pub fn wants_pass(&self) -> bool {
        self.passes == 0 || !self.asked.is_empty()
    }

    /// Takes a line of the log. A line that cannot be read answers nothing.
    pub fn line(&mut self, line: &Line<'_>) {
        let head = &line.head;
        if self.passes == 0 {
            if head.kind == STARTED
                && let Ok(mut value) = line.value()
                && let Some(scenario) = value.get_mut("scenario")
            {
                self.facts.scenario = scenario.take();
            }
            self.facts.last = self.facts.last.max(head.event);
            if head.event == Some(self.event) {
                self.root = Known::of(line);
            }
            return;
        }
        let mut known = None;
        for (query, answer) in &mut self.asked {
            if query.may_hold(line) {
                let known = known.get_or_insert_with(|| Known::of(line));
                if let Some(known) = known
                    && query.holds(known)
                {
                    answer.take(known);
                }
            }
        }
    }

    /// Ends a pass.
    pub fn end_pass(&mut self) {
        self.passes += 1;
        let asked = std::mem::take(&mut self.asked);
        self.answers.extend(
            asked
                .into_iter()
                .map(|(query, answer)| (query, answer.lines())),
        );
        // The tree asks for what it lacks.
        let (_, lacking) = self.tree();
        self.asked = lacking
            .into_iter()
            .map(|query| (query.clone(), Answer::new(query.keep)))
            .collect();
    }

    /// The tree as far as it is known; complete when no pass is wanted.
    pub fn explanation(&self) -> Result<Explanation, WhyError> {
        let Some(root) = &self.root else {
            let event = self.event;
            return Err(match self.facts.last {
                None => WhyError::Empty,
                Some(last) if event > last => WhyError::Beyond { event, last },
                Some(_) => WhyError::LeftOut {
                    event,
                    detail: self.facts.detail().to_owned(),
                },
            });
        };
        let title = format!("Why event {}: {}", self.event, root.kind);
        let (reason, _) = self.tree();
        Ok(Explanation { title, reason })
    }

    fn tree(&self) -> (Reason, Vec<Query>) {
        match &self.root {
            None => (Reason::default(), Vec::new()),
            Some(root) => {
                let mut builder = Builder::new(&self.facts, &self.answers, LINES_MAX, &self.worlds);
                let reason = builder.event(root, self.depth);
                (reason, builder.lacking)
            }
        }
    }
}
