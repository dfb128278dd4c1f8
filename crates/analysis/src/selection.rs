//! Adverse selection and silent collapse, epoch by epoch.
//!
//! *Adverse selection*: the quality gap E[p | accepted] − E[p | rejected] is below 0 in two epochs running. The interactions of
//! such a stretch are pooled and held against no gap by a one-sided Welch test; at least ten rejections.
//! *Silent collapse*: true welfare is below 0 while the mean soft payoff is above 0, two epochs running. Both are exact sums,
//! and luck alone pushes the truth below 0 for a while; silent it is if more of the accepted turned out harmful than their p
//! says: harm ≤ Binomial(n, mean of 1 − p), whose tail bounds that of unequal chances (Hoeffding 1956); at least ten accepted
//! of known truth.
//!
//! A stretch is picked for the sign that its test looks at, so its own p is too small. Both tests are therefore held against
//! the union bound over every stretch there could have been: with E epochs, E(E − 1)/2 stretches of two or more, each p
//! times that number. Memory: constant but for the runs.

use crate::event::{Completed, Event};
use crate::finding::{ALPHA, Finding, MIN_CASES, Mode, keep};
use crate::miscoordination::small;
use crate::stats::{Sample, binomial_tail, welch_above};
use das_core::interaction::Truth;

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
    known: Known,
    evidence: Vec<u64>,
}

/// Accepted interactions of known truth.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    n: u64,
    harmful: u64,
    /// Sum of 1 − p: how many were to be expected.
    expected: f64,
}

impl Known {
    fn add(&mut self, p: f64, truth: Truth) {
        self.n += 1;
        self.harmful += u64::from(truth == Truth::Harmful);
        self.expected += 1.0 - p;
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.harmful += other.harmful;
        self.expected += other.expected;
    }

    /// P of so many harmful ones if p is right.
    fn p(&self) -> f64 {
        if self.n == 0 {
            return 1.0;
        }
        binomial_tail(self.harmful, self.n, self.expected / self.n as f64)
    }
}

/// `p` held against every stretch of two or more among `epochs`.
fn bounded(p: f64, epochs: u64) -> f64 {
    let stretches = epochs as f64 * (epochs as f64 - 1.0) / 2.0;
    let p = p * stretches;
    if p > 1.0 { 1.0 } else { p }
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
    known: Known,
    adverse_streaks: u64,
    /// The surest streak.
    worst: Option<(f64, Streak)>,
    collapse: Streak,
    longest: u64,
    /// The surest one; the first of equals.
    surest: Option<(f64, Streak)>,
    collapsed_epochs: u64,
}

impl SelectionFold {
    /// Takes an event with its number and epoch.
    pub fn event(&mut self, number: u64, epoch: u32, event: &Event<'_>) {
        match event {
            Event::Interaction(x) if x.accepted => {
                self.accepted.add(x.p);
                if let Some(truth) = x.ground_truth {
                    self.known.add(x.p, truth);
                }
            }
            Event::Interaction(x) => self.rejected.add(x.p),
            Event::EpochCompleted(done) => self.epoch((epoch, number), done),
            _ => {}
        }
    }

    fn epoch(&mut self, at: (u32, u64), done: &Completed) {
        let accepted = std::mem::take(&mut self.accepted);
        let rejected = std::mem::take(&mut self.rejected);
        let known = std::mem::take(&mut self.known);
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
                self.collapse.known.merge(&known);
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
        if streak.epochs > self.longest {
            self.longest = streak.epochs;
        }
        if streak.epochs < EPOCHS_MIN {
            return;
        }
        let p = streak.known.p();
        if self.surest.as_ref().is_none_or(|(least, _)| p < *least) {
            self.surest = Some((p, streak));
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
        let p = bounded(*p, self.epochs);
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
            suspects: Vec::new(),
        }
    }

    fn silent_collapse(&self) -> Finding {
        let mode = Mode::SilentCollapse;
        if self.welfare_known == 0 {
            return Finding::no_events(mode, "no epoch with known true welfare");
        }
        let share = self.collapsed_epochs as f64 / self.welfare_known as f64;
        let below = format!(
            "true welfare below 0 under a positive soft payoff in {} of {} epochs",
            self.collapsed_epochs, self.welfare_known
        );
        let mut figures = vec![
            ("epochs", self.collapsed_epochs as f64),
            ("share", share),
            ("longest", self.longest as f64),
        ];
        let Some((p, streak)) = &self.surest else {
            return Finding {
                judged: true,
                figures,
                ..Finding::no_events(mode, format!("{below}, never two running"))
            };
        };
        let known = streak.known;
        if known.n == 0 {
            return Finding {
                figures,
                evidence: streak.evidence.clone(),
                ..Finding::no_events(
                    mode,
                    format!("{below}; no interaction events to judge it by"),
                )
            };
        }
        let p = bounded(*p, self.welfare_known);
        figures.extend([
            ("accepted", known.n as f64),
            ("harmful", known.harmful as f64),
            ("harmful_expected", known.expected),
            ("p", p),
        ]);
        Finding {
            mode,
            named: known.n >= MIN_CASES && p < ALPHA,
            judged: true,
            text: format!(
                "{below}; in epochs {}..{} {} of {} accepted were harmful, {:.1} by their p (p {})",
                streak.first,
                streak.last,
                known.harmful,
                known.n,
                known.expected,
                small(p)
            ),
            figures,
            evidence: streak.evidence.clone(),
            suspects: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Epochs with both welfares as given; in each, `n` accepted at `p`, every `nth` of them harmful, and `rejected` at 0.9.
    fn log(epochs: u64, n: u64, p: f64, nth: u64, rejected: u64) -> [Finding; 2] {
        use crate::event::Event;
        use das_core::log::LogReader;
        let mut fold = SelectionFold::default();
        let mut seq = 0;
        for epoch in 0..epochs {
            let mut take = |rest: String| {
                let line = format!(r#"{{"seq":{seq},{rest}"#);
                let mut reader = LogReader::starting_at(line.as_bytes(), seq, 0);
                let line = reader.next().unwrap().unwrap();
                let event = Event::of(&line).unwrap();
                fold.event(line.head.event.unwrap(), epoch as u32, &event);
                seq += 1;
            };
            let deal = |at: u64, accepted: bool, p: f64, truth: i8| {
                format!(
                    "\"type\":\"interaction\",\"epoch\":{epoch},\"step\":0,\"event\":{at},\"kind\":\"deal\",\
                     \"initiator\":\"a\",\"counterparty\":\"b\",\"accepted\":{accepted},\"p\":{p},\"tau\":0,\"c_a\":0,\
                     \"c_b\":0,\"pi_a\":0,\"pi_b\":0,\"ground_truth\":{truth}}}\n"
                )
            };
            for at in 0..n {
                // A little spread, so that there is a variance.
                let p = p + 0.001 * (at % 3) as f64;
                take(deal(at, true, p, if at % nth == 0 { -1 } else { 1 }));
            }
            for at in 0..rejected {
                take(deal(at, false, 0.9 + 0.001 * (at % 3) as f64, 1));
            }
            take(format!(
                "\"type\":\"epoch_completed\",\"epoch\":{epoch},\"step\":0,\"event\":0,\"metrics\":{{\"n_interactions\":0,\
                 \"n_accepted\":0,\"n_refused\":0,\"n_posts\":0,\"n_votes\":0,\"quality_gap\":-0.1,\"true_welfare\":-1,\
                 \"total_welfare\":1}}}}\n"
            ));
        }
        fold.finish()
    }

    #[test]
    fn harm_that_p_shows_is_no_silent_collapse_and_harm_it_hides_is() {
        // Forty accepted at p 0.75, true welfare below 0 in both epochs: ten harmful are what p says, twenty are not.
        let [_, luck] = log(2, 20, 0.75, 4, 0);
        assert!(luck.judged && !luck.named, "{luck:?}");
        let [_, hidden] = log(2, 20, 0.75, 2, 0);
        assert!(hidden.named, "{hidden:?}");
        assert_eq!(
            (hidden.figure("harmful"), hidden.figure("accepted")),
            (Some(20.0), Some(40.0))
        );
        // One epoch is no pattern, however bad.
        let [_, once] = log(1, 40, 0.75, 1, 0);
        assert!(
            !once.named && once.text.contains("never two running"),
            "{once:?}"
        );
    }

    #[test]
    fn the_bound_counts_every_stretch_there_could_have_been() {
        // Ten epochs have 45 stretches of two or more; one epoch has none; it never exceeds 1.
        assert_eq!(bounded(0.001, 10), 0.001 * 45.0);
        assert_eq!((bounded(0.5, 10), bounded(0.5, 1)), (1.0, 0.0));
    }

    #[test]
    fn better_offers_that_are_turned_down_are_adverse_selection() {
        // Accepted at 0.5, rejected at 0.9, epoch after epoch; three rejections in all are too few to say so.
        let [many, _] = log(3, 10, 0.5, 4, 5);
        assert!(many.named, "{many:?}");
        let [few, _] = log(3, 10, 0.5, 4, 1);
        assert!(few.judged && !few.named, "{few:?}");
    }
}
