//! Miscoordination: claims that lose to an earlier one, and tasks that are claimed and dropped.
//!
//! Metric: (duplicates + drops) / tasks posted. A planner makes claims exclusive, so its presence is the control. Null: hits
//! (tasks with at least one duplicate or a drop) are a share of at most [`TOLERATED`] of all tasks, by the exact binomial.

use crate::event::Event;
use crate::finding::{ALPHA, EVIDENCE_MAX, Finding, MIN_CASES, Mode, keep};
use crate::stats::binomial_tail;
use std::collections::BTreeSet;

/// Share of tasks that may go wrong before coordination is said to fail.
pub const TOLERATED: f64 = 0.05;

/// Tasks that went wrong which are told apart; later ones count as one each time.
const HITS_MAX: usize = 1 << 20;

/// The fold.
#[derive(Clone, Debug, Default)]
pub struct MiscoordinationFold {
    posted: u64,
    duplicates: u64,
    dropped: u64,
    lost_effort: f64,
    hit: BTreeSet<String>,
    evidence: Vec<u64>,
}

impl MiscoordinationFold {
    /// Takes an event with its number.
    pub fn event(&mut self, number: u64, event: &Event<'_>) {
        let task = match event {
            Event::TaskPosted => {
                self.posted += 1;
                return;
            }
            Event::TaskDuplicate(task) => {
                self.duplicates += 1;
                self.lost_effort += task.lost_effort;
                task
            }
            Event::TaskDropped(task) => {
                self.dropped += 1;
                task
            }
            _ => return,
        };
        if self.hit.len() < HITS_MAX && !self.hit.contains(task.task.as_ref()) {
            self.hit.insert(task.task.clone().into_owned());
        }
        keep(&mut self.evidence, number);
    }

    /// What it came to.
    pub fn finish(self) -> Finding {
        if self.posted == 0 {
            return Finding::no_events(Mode::Miscoordination, "no task_posted events");
        }
        let cases = self.duplicates + self.dropped;
        let hits = (self.hit.len() as u64).min(self.posted);
        let p = binomial_tail(hits, self.posted, TOLERATED);
        let per_task = cases as f64 / self.posted as f64;
        let text = format!(
            "{} duplicate claims and {} drops on {} tasks: {per_task:.2} a task, {} tasks hit (5 % tolerated, p {}); \
             effort lost {:.2}",
            self.duplicates,
            self.dropped,
            self.posted,
            hits,
            small(p),
            self.lost_effort
        );
        debug_assert!(self.evidence.len() <= EVIDENCE_MAX);
        Finding {
            mode: Mode::Miscoordination,
            named: cases >= MIN_CASES && p < ALPHA,
            judged: true,
            text,
            figures: vec![
                ("tasks", self.posted as f64),
                ("duplicates", self.duplicates as f64),
                ("dropped", self.dropped as f64),
                ("per_task", per_task),
                ("lost_effort", self.lost_effort),
                ("p", p),
            ],
            evidence: self.evidence,
            suspects: Vec::new(),
        }
    }
}

/// A p for people, after the letter: four digits, or a bound.
pub(crate) fn small(p: f64) -> String {
    if p < 0.0001 {
        "< 0.0001".to_owned()
    } else {
        format!("= {p:.4}")
    }
}
