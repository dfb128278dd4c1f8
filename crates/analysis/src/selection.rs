//! Adverse selection and silent collapse, epoch by epoch.
//!
//! *Adverse selection*: the quality gap E[p | accepted] − E[p | rejected] is below 0 in two epochs running. With few
//! rejections that happens by chance, so a run of such epochs is named only if its interactions, pooled, have a gap below 0
//! by a one-sided Welch test with p under 1 % divided by the number of such runs, and at least ten rejections.
//! *Silent collapse*: true welfare is below 0 while the mean soft payoff is above 0. Both are exact sums, not estimates; it
//! is named if it lasts for two epochs running with at least ten accepted interactions. Memory: constant but for the runs.

use crate::event::{Completed, Event};
use crate::finding::{ALPHA, Finding, MIN_CASES, Mode, keep};
use crate::miscoordination::small;
use crate::stats::{Sample, welch_above};

/// Epochs that make a pattern.
pub const EPOCHS_MIN: u64 = 2;

/// Epochs in a row with one sign.
#[derive(Clone, Debug, Default)]
struct Streak {
    epochs: u64,
    first: u32,
    last: u32,
    accepted: Sample,
    rejected: Sample,
    evidence: Vec<u64>,
}

impl Streak {
    fn add(&mut self, (epoch, number): (u32, u64), accepted: &Sample, rejected: &Sample) {
        if self.epochs == 0 {
            self.first = epoch;
        }
        self.last = epoch;
        self.epochs += 1;
        self.accepted.merge(accepted);
        self.rejected.merge(rejected);
        keep(&mut self.evidence, number);
    }

    /// How sure it is that the rejected were the better ones.
    fn p(&self) -> f64 {
        welch_above(&self.rejected, &self.accepted)
    }
}

/// The fold.
#[derive(Clone, Debug, Default)]
pub struct SelectionFold {
    accepted: Sample,
    rejected: Sample,
    epochs: u64,
    welfare_known: u64,
    adverse: Streak,
    adverse_streaks: u64,
    /// The surest streak.
    worst: Option<(f64, Streak)>,
    collapse: Streak,
    longest: Option<Streak>,
    collapsed_epochs: u64,
}

impl SelectionFold {
    /// Takes an event with its number and epoch.
    pub fn event(&mut self, number: u64, epoch: u32, event: &Event<'_>) {
        match event {
            Event::Interaction(x) if x.accepted => self.accepted.add(x.p),
            Event::Interaction(x) => self.rejected.add(x.p),
            Event::EpochCompleted(done) => self.epoch((epoch, number), done),
            _ => {}
        }
    }

    fn epoch(&mut self, at: (u32, u64), done: &Completed) {
        let accepted = std::mem::take(&mut self.accepted);
        let rejected = std::mem::take(&mut self.rejected);
        let metrics = &done.metrics;
        self.epochs += 1;
        if metrics.quality_gap.is_some_and(|gap| gap < 0.0) {
            self.adverse.add(at, &accepted, &rejected);
        } else {
            self.end_adverse();
        }
        if let (Some(truth), Some(soft)) = (metrics.true_welfare, metrics.total_welfare) {
            self.welfare_known += 1;
            if truth < 0.0 && soft > 0.0 {
                self.collapse.add(at, &accepted, &rejected);
                self.collapse.accepted.n += u64::from(accepted.n == 0) * metrics.n_accepted;
                self.collapsed_epochs += 1;
                return;
            }
        }
        self.end_collapse();
    }

    fn end_adverse(&mut self) {
        let streak = std::mem::take(&mut self.adverse);
        if streak.epochs < EPOCHS_MIN {
            return;
        }
        self.adverse_streaks += 1;
        let p = streak.p();
        if self.worst.as_ref().is_none_or(|(least, _)| p < *least) {
            self.worst = Some((p, streak));
        }
    }

    fn end_collapse(&mut self) {
        let streak = std::mem::take(&mut self.collapse);
        let longest = self.longest.as_ref().map_or(0, |longest| longest.epochs);
        if streak.epochs > longest {
            self.longest = Some(streak);
        }
    }

    /// What the two came to: adverse selection, silent collapse.
    pub fn finish(mut self) -> [Finding; 2] {
        self.end_adverse();
        self.end_collapse();
        [self.adverse_selection(), self.silent_collapse()]
    }

    fn adverse_selection(&self) -> Finding {
        let mode = Mode::AdverseSelection;
        if self.epochs == 0 {
            return Finding::no_events(mode, "no epoch_completed events");
        }
        let Some((p, streak)) = &self.worst else {
            return Finding {
                judged: true,
                ..Finding::no_events(
                    mode,
                    format!(
                        "never two of {} epochs running with a quality gap below 0",
                        self.epochs
                    ),
                )
            };
        };
        if streak.accepted.n + streak.rejected.n == 0 {
            let text = format!(
                "quality gap below 0 in epochs {}..{}; no interaction events to judge it by",
                streak.first, streak.last
            );
            return Finding {
                evidence: streak.evidence.clone(),
                ..Finding::no_events(mode, text)
            };
        }
        // The surest of several streaks is sure by chance more often than one is.
        let p = p * self.adverse_streaks as f64;
        let p = if p > 1.0 { 1.0 } else { p };
        let gap = streak.accepted.mean() - streak.rejected.mean();
        Finding {
            mode,
            named: streak.rejected.n >= MIN_CASES && p < ALPHA,
            judged: true,
            text: format!(
                "quality gap below 0 in epochs {}..{}: {gap:+.3} over {} accepted and {} rejected (p {})",
                streak.first,
                streak.last,
                streak.accepted.n,
                streak.rejected.n,
                small(p)
            ),
            figures: vec![
                ("streaks", self.adverse_streaks as f64),
                ("epochs", streak.epochs as f64),
                ("quality_gap", gap),
                ("rejected", streak.rejected.n as f64),
                ("p", p),
            ],
            evidence: streak.evidence.clone(),
        }
    }

    fn silent_collapse(&self) -> Finding {
        let mode = Mode::SilentCollapse;
        if self.welfare_known == 0 {
            return Finding::no_events(mode, "no epoch with known true welfare");
        }
        let share = self.collapsed_epochs as f64 / self.welfare_known as f64;
        let Some(streak) = &self.longest else {
            return Finding {
                judged: true,
                ..Finding::no_events(
                    mode,
                    format!(
                        "true welfare below 0 under a positive soft payoff in none of {} epochs",
                        self.welfare_known
                    ),
                )
            };
        };
        Finding {
            mode,
            named: streak.epochs >= EPOCHS_MIN && streak.accepted.n >= MIN_CASES,
            judged: true,
            text: format!(
                "true welfare below 0 while the soft payoff is above 0 in {} of {} epochs, longest {}..{}",
                self.collapsed_epochs, self.welfare_known, streak.first, streak.last
            ),
            figures: vec![
                ("epochs", self.collapsed_epochs as f64),
                ("share", share),
                ("longest", streak.epochs as f64),
            ],
            evidence: streak.evidence.clone(),
        }
    }
}
