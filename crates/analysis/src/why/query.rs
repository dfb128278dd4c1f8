//! Questions to a log: which lines, between which events, and how many of them.

use das_core::interaction::Moment;
use das_core::log::Line;
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// A line that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its event.
    pub event: u64,
    /// Its kind.
    pub kind: String,
    /// When.
    pub now: Moment,
    /// Its fields.
    pub fields: Map<String, Value>,
}

impl Known {
    /// A line with an event that can be read.
    pub fn of(line: &Line<'_>) -> Option<Self> {
        Some(Self {
            event: line.head.event?,
            kind: line.head.kind.to_owned(),
            now: line.head.now,
            fields: line.parse().ok()?,
        })
    }

    /// A field that is text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// A field that is a number.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.fields.get(field)?.as_f64()
    }

    /// A field that is a whole number from 0.
    pub fn whole(&self, field: &str) -> Option<u64> {
        self.fields.get(field)?.as_u64()
    }

    /// Whether a field is there and true.
    pub fn flag(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool) == Some(true)
    }
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Want {
    Text(String),
    Whole(u64),
    /// Above 0.
    Positive,
    /// A list of lists, one of which begins with this number.
    FirstOfOne(u64),
}

/// Which of the lines that fit are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keep {
    First(usize),
    Last(usize),
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    kinds: Vec<&'static str>,
    tests: Vec<(&'static str, Want)>,
    /// First and last event that count.
    from: u64,
    to: u64,
    pub(super) keep: Keep,
}

impl Query {
    /// The last lines of these kinds; the question is narrowed by what follows.
    pub fn last(most: usize, kinds: &[&'static str]) -> Self {
        Self {
            kinds: kinds.to_vec(),
            tests: Vec::new(),
            from: 0,
            to: u64::MAX,
            keep: Keep::Last(most.min(super::KEEP_MAX)),
        }
    }

    /// The first ones.
    pub fn first(most: usize, kinds: &[&'static str]) -> Self {
        Self {
            keep: Keep::First(most.min(super::KEEP_MAX)),
            ..Self::last(most, kinds)
        }
    }

    /// The line of an event.
    pub fn event(event: u64) -> Self {
        Self {
            from: event,
            to: event,
            ..Self::first(1, &[])
        }
    }

    /// Only where this field is this text.
    #[must_use]
    pub fn text(mut self, field: &'static str, text: &str) -> Self {
        self.tests.push((field, Want::Text(text.to_owned())));
        self
    }

    /// Only where this field is this whole number.
    #[must_use]
    pub fn whole(mut self, field: &'static str, number: u64) -> Self {
        self.tests.push((field, Want::Whole(number)));
        self
    }

    /// Only where this field is above 0.
    #[must_use]
    pub fn positive(mut self, field: &'static str) -> Self {
        self.tests.push((field, Want::Positive));
        self
    }

    /// Only where one of the lists in this field begins with this number.
    #[must_use]
    pub fn first_of_one(mut self, field: &'static str, number: u64) -> Self {
        self.tests.push((field, Want::FirstOfOne(number)));
        self
    }

    /// Only before this event.
    #[must_use]
    pub fn before(mut self, event: u64) -> Self {
        self.to = event.saturating_sub(1);
        self
    }

    /// Only up to this event, which counts.
    #[must_use]
    pub fn up_to(mut self, event: u64) -> Self {
        self.to = event;
        self
    }

    /// Only behind this event.
    #[must_use]
    pub fn after(mut self, event: u64) -> Self {
        self.from = event.saturating_add(1);
        self
    }

    /// What can be told without reading the line.
    pub(in crate::why) fn may_hold(&self, line: &Line<'_>) -> bool {
        let Some(event) = line.head.event else {
            return false;
        };
        (self.from..=self.to).contains(&event)
            && (self.kinds.is_empty() || self.kinds.contains(&line.head.kind))
            && self.tests.iter().all(|(_, want)| match want {
                Want::Text(text) => line.text.contains(text.as_str()),
                _ => true,
            })
    }

    pub(in crate::why) fn holds(&self, known: &Known) -> bool {
        self.tests.iter().all(|(field, want)| {
            let value = known.fields.get(*field);
            match want {
                Want::Text(text) => value.and_then(Value::as_str) == Some(text),
                Want::Whole(number) => value.and_then(Value::as_u64) == Some(*number),
                Want::Positive => value.and_then(Value::as_f64).is_some_and(|x| x > 0.0),
                Want::FirstOfOne(number) => {
                    let lists = value.and_then(Value::as_array).into_iter().flatten();
                    let mut firsts = lists.filter_map(|list| list.get(0)?.as_u64());
                    firsts.any(|first| first == *number)
                }
            }
        })
    }
}

/// Lines that fit, as they come.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    keep: Keep,
    lines: VecDeque<Known>,
}

impl Answer {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            keep,
            lines: VecDeque::new(),
        }
    }

    pub(super) fn take(&mut self, known: &Known) {
        match self.keep {
            Keep::First(most) if self.lines.len() < most => self.lines.push_back(known.clone()),
            Keep::First(_) => {}
            Keep::Last(most) => {
                if self.lines.len() == most {
                    self.lines.pop_front();
                }
                self.lines.push_back(known.clone());
            }
        }
    }

    pub(super) fn lines(self) -> Vec<Known> {
        self.lines.into()
    }
}
