//! From answers to a tree of reasons, and a tree as lines of text.

use super::query::{Known, Query};
use super::{Facts, Kinds, rules};
use das_core::view::{Explanation, Reason};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Builds a tree from what is known, and notes what it lacks.
pub struct Builder<'a> {
    pub(super) facts: &'a Facts,
    answers: &'a BTreeMap<Query, Vec<Known>>,
    pub(super) lacking: Vec<Query>,
    /// Events that stand in the tree with their reasons.
    followed: BTreeSet<u64>,
    left: usize,
    /// Rules of worlds.
    pub(super) worlds: &'a [Kinds],
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        facts: &'a Facts,
        answers: &'a BTreeMap<Query, Vec<Known>>,
        left: usize,
        worlds: &'a [Kinds],
    ) -> Self {
        Self {
            facts,
            answers,
            lacking: Vec::new(),
            followed: BTreeSet::new(),
            left,
            worlds,
        }
    }

    /// Steps of the run before a line, if line 0 says how many an epoch has.
    pub fn steps_before(&self, known: &Known) -> Option<u64> {
        self.facts.steps_before(known)
    }

    /// Lines that answer a question, as far as a pass has collected them.
    pub fn ask(&mut self, query: Query) -> &'a [Known] {
        if let Some(lines) = self.answers.get(&query) {
            return lines;
        }
        if !self.lacking.contains(&query) {
            self.lacking.push(query);
        }
        &[]
    }

    /// An event with its reasons, followed so many levels back.
    pub fn event(&mut self, known: &Known, depth: u32) -> Reason {
        let mut reason = self.leaf(known);
        if self.left == 0 {
            return reason;
        }
        if !self.followed.insert(known.event) {
            reason.text += " (see above)";
            return reason;
        }
        if depth == 0 {
            return reason;
        }
        reason.because = rules::reasons(self, known, depth - 1)
            .or_else(|| {
                let worlds = self.worlds;
                worlds
                    .iter()
                    .find_map(|kinds| (kinds.reasons)(self, known, depth - 1))
            })
            .unwrap_or_else(|| rules::unknown(self, known, depth - 1));
        reason
    }

    /// An event without its reasons.
    pub fn leaf(&mut self, known: &Known) -> Reason {
        self.left = self.left.saturating_sub(1);
        let of_world = || self.worlds.iter().find_map(|kinds| (kinds.sentence)(known));
        let text = rules::sentence(known).or_else(of_world);
        Reason {
            text: text.unwrap_or_else(|| rules::fields(known)),
            value: None,
            event: Some(known.event),
            because: Vec::new(),
        }
    }

    /// A heading over the events that answer a question, each followed; nothing if there are none.
    pub fn followed(&mut self, heading: &str, query: Query, depth: u32) -> Option<Reason> {
        let lines = self.ask(query);
        let because: Vec<Reason> = lines.iter().map(|known| self.event(known, depth)).collect();
        (!because.is_empty()).then(|| under(heading, because))
    }

    /// The same, without following them.
    pub fn listed(&mut self, heading: &str, query: Query) -> Option<Reason> {
        let lines = self.ask(query);
        let because: Vec<Reason> = lines.iter().map(|known| self.leaf(known)).collect();
        (!because.is_empty()).then(|| under(heading, because))
    }
}

/// A heading over reasons.
pub fn under(heading: &str, because: Vec<Reason>) -> Reason {
    Reason {
        text: heading.to_owned(),
        because,
        ..Reason::default()
    }
}

/// A reason that is said in words.
pub fn said(text: impl Into<String>) -> Reason {
    Reason {
        text: text.into(),
        ..Reason::default()
    }
}

/// A reason with its figure.
pub fn figure(text: impl Into<String>, value: Option<f64>) -> Reason {
    Reason {
        text: text.into(),
        value,
        ..Reason::default()
    }
}

/// What the log does not hold.
pub fn absent(what: &str) -> Reason {
    said(format!("not in the log: {what}"))
}

/// A tree as lines of text: what, its figure, its event; two columns further in a level.
pub fn lines_of(explanation: &Explanation) -> String {
    let mut text = format!("{}\n", explanation.title);
    push(&explanation.reason, 0, &mut text);
    text
}

fn push(reason: &Reason, level: usize, text: &mut String) {
    let mut line = format!("{:1$}", "", level * 2);
    if let Some(event) = reason.event {
        let _ = write!(line, "[{event}] ");
    }
    line += &reason.text;
    if let Some(value) = reason.value {
        let _ = write!(line, ": {}", short(value));
    }
    text.push_str(&line);
    text.push('\n');
    for below in &reason.because {
        push(below, level + 1, text);
    }
}

/// A number for people: four digits behind the point, fewer where they are zeros.
pub fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}
