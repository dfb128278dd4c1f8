//! The twins over v: what the soft metrics say of p, said of the truth. Constant memory.
//!
//! A lever that lowers toxicity and leaves these as they are has fooled the proxy. Two groups: whatever has a known truth,
//! found late or not (shares, proxy gap), and what was known when it was scored (payoffs, welfare: late truths come without
//! their costs).

use super::{mean, share};
use crate::score::payoff::Payoff;
use serde::{Deserialize, Serialize};

/// Counts of a group with known truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) n: u64,
    pub(super) n_good: u64,
    sum_p: f64,
}

impl Group {
    #[inline]
    fn add(&mut self, p: f64, good: bool) {
        self.n += 1;
        self.n_good += u64::from(good);
        self.sum_p += p;
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.n_good += other.n_good;
        self.sum_p += other.sum_p;
    }

    /// Share of v = +1.
    pub(super) fn good_share(&self) -> Option<f64> {
        share(self.n_good, self.n)
    }

    /// Share of v = −1.
    pub(super) fn bad_share(&self) -> Option<f64> {
        share(self.n - self.n_good, self.n)
    }

    /// Mean p − share of v = +1.
    pub(super) fn proxy_gap(&self) -> Option<f64> {
        Some(mean(self.sum_p, self.n)? - self.good_share()?)
    }
}

/// An interaction whose truth was known when it was scored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) p: f64,
    pub(super) accepted: bool,
    pub(super) good: bool,
    pub(super) pi_a: f64,
    pub(super) pi_b: f64,
    pub(super) deceived: bool,
    /// Costs of conduct of both sides, fees left out.
    pub(super) costs: f64,
}

/// Everything that needs the truth and streams, but for calibration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TruthFold {
    /// Accepted, truth known early or late.
    pub(super) accepted: Group,
    /// Rejected, truth known early or late.
    pub(super) rejected: Group,
    /// Accepted, known when scored, deception above 0.
    pub(super) deceived: Group,
    /// Accepted, known when scored, no deception.
    pub(super) clean: Group,
    n_scored: u64,
    twin_a: f64,
    twin_b: f64,
    twin_a_accepted: f64,
    twin_b_accepted: f64,
    costs: f64,
}

impl TruthFold {
    /// Adds an interaction that was scored with its truth known.
    #[inline]
    pub(super) fn add(&mut self, x: &Known, payoff: &Payoff) {
        self.add_late(x.p, x.accepted, x.good);
        // Payoffs are straight lines in p: this is the payoff with p replaced by [v = +1].
        let shift = f64::from(u8::from(x.good)) - x.p;
        let twin_a = x.pi_a + shift * payoff.slope_a();
        let twin_b = x.pi_b + shift * payoff.slope_b();
        self.n_scored += 1;
        self.twin_a += twin_a;
        self.twin_b += twin_b;
        if x.accepted {
            let group = if x.deceived {
                &mut self.deceived
            } else {
                &mut self.clean
            };
            group.add(x.p, x.good);
            self.twin_a_accepted += twin_a;
            self.twin_b_accepted += twin_b;
            self.costs += x.costs;
        }
    }

    /// Adds a truth that came after the scoring.
    #[inline]
    pub(super) fn add_late(&mut self, p: f64, accepted: bool, good: bool) {
        if accepted {
            self.accepted.add(p, good);
        } else {
            self.rejected.add(p, good);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.accepted.merge(&other.accepted);
        self.rejected.merge(&other.rejected);
        self.deceived.merge(&other.deceived);
        self.clean.merge(&other.clean);
        self.n_scored += other.n_scored;
        self.twin_a += other.twin_a;
        self.twin_b += other.twin_b;
        self.twin_a_accepted += other.twin_a_accepted;
        self.twin_b_accepted += other.twin_b_accepted;
        self.costs += other.costs;
    }

    /// Accepted interactions whose truth was known when they were scored.
    fn n_scored_accepted(&self) -> u64 {
        self.deceived.n + self.clean.n
    }

    /// Share of v = −1 among all with known truth.
    pub(super) fn bad_share_all(&self) -> Option<f64> {
        let bad = self.accepted.n - self.accepted.n_good + self.rejected.n - self.rejected.n_good;
        share(bad, self.accepted.n + self.rejected.n)
    }

    /// Share of v = +1 among accepted − among rejected.
    pub(super) fn quality_gap(&self) -> Option<f64> {
        Some(self.accepted.good_share()? - self.rejected.good_share()?)
    }

    /// Conditional losses of initiator and counterparty with p replaced by the truth.
    pub(super) fn conditional_losses(&self) -> Option<(f64, f64)> {
        let (n, n_accepted) = (self.n_scored, self.n_scored_accepted());
        Some((
            mean(self.twin_a_accepted, n_accepted)? - mean(self.twin_a, n)?,
            mean(self.twin_b_accepted, n_accepted)? - mean(self.twin_b, n)?,
        ))
    }

    /// h for each accepted v = −1; nothing if something was accepted and no truth of it is known.
    pub(super) fn harm(&self, payoff: &Payoff, n_accepted: u64) -> Option<f64> {
        let bad = self.accepted.n - self.accepted.n_good;
        (n_accepted == 0 || self.accepted.n > 0).then(|| bad as f64 * payoff.config().h)
    }

    /// +s₊ for each accepted v = +1, −s₋−h for each v = −1, minus the costs of their conduct; nothing if something was
    /// accepted and no truth of it was known when it was scored.
    pub(super) fn welfare(&self, payoff: &Payoff, n_accepted: u64) -> Option<f64> {
        let n = self.n_scored_accepted();
        let good = self.deceived.n_good + self.clean.n_good;
        let c = payoff.config();
        (n_accepted == 0 || n > 0)
            .then(|| good as f64 * c.s_plus - (n - good) as f64 * (c.s_minus + c.h) - self.costs)
    }
}
