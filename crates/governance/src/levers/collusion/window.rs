//! What is remembered of deals: sums by pair and by agent, over a window of epochs.
//!
//! Two panes of half a window each: one is filled, the other is the one before. At an epoch's end they cover more than half of the
//! window and at most all of it; nothing is ever subtracted. Memory: at most [`PAIRS_MAX`] pairs of about 100 bytes a pane, and 24
//! bytes an agent. When a pane is full, the half of its pairs with the fewest interactions is forgotten (they still count in the
//! agents' own sums), so it is the busiest pairs that are known exactly.
//!
//! Not here: what the sums mean.

use das_core::detmath::{clamp, fmax};
use das_core::lever::Scored;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pairs of a pane.
pub const PAIRS_MAX: usize = 1 << 16;

/// Two agents by id, the lower first.
pub type Pair = (u32, u32);

/// Moments of p over accepted interactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deals {
    /// How many.
    pub n: u32,
    /// Sum of p.
    pub p: f64,
    /// Sum of p².
    pub squares: f64,
}

impl Deals {
    fn add(&mut self, p: f64) {
        self.n = self.n.saturating_add(1);
        self.p += p;
        self.squares += p * p;
    }

    /// With others.
    pub fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.p += other.p;
        self.squares += other.squares;
    }

    /// Without some of them.
    #[must_use]
    pub fn without(&self, some: &Self) -> Self {
        Self {
            n: self.n.saturating_sub(some.n),
            p: self.p - some.p,
            squares: self.squares - some.squares,
        }
    }

    /// Mean p; 0 of none.
    pub fn mean(&self) -> f64 {
        if self.n == 0 {
            0.0
        } else {
            self.p / f64::from(self.n)
        }
    }

    /// Population variance of p; 0 of none.
    pub fn variance(&self) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let mean = self.mean();
        fmax(self.squares / f64::from(self.n) - mean * mean, 0.0)
    }
}

/// What two agents did with each other. Side 0 is the lower id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Interactions that were answered, either way.
    pub answered: u32,
    /// Those that were accepted.
    pub deals: Deals,
    /// Epoch of the last of these.
    pub last: u32,
    /// Sums of what each side gained in them, of the squares, and of the product.
    gains: [f64; 2],
    squares: [f64; 2],
    product: f64,
}

impl Tally {
    fn merge(&mut self, other: &Self) {
        self.answered = self.answered.saturating_add(other.answered);
        self.deals.merge(&other.deals);
        self.last = self.last.max(other.last);
        for side in 0..2 {
            self.gains[side] += other.gains[side];
            self.squares[side] += other.squares[side];
        }
        self.product += other.product;
    }

    /// Share of the answered interactions that were accepted; 0 of none.
    pub fn acceptance(&self) -> f64 {
        if self.answered == 0 {
            0.0
        } else {
            f64::from(self.deals.n) / f64::from(self.answered)
        }
    }

    /// Pearson correlation of what the two gained; 0 if one of them always gained the same, up to rounding.
    pub fn correlation(&self) -> f64 {
        let n = f64::from(self.deals.n);
        if self.deals.n < 2 {
            return 0.0;
        }
        let [a, b] = self.gains.map(|sum| sum / n);
        let [va, vb] = [(0, a), (1, b)].map(|(side, mean)| self.squares[side] / n - mean * mean);
        if va < 1e-12 || vb < 1e-12 {
            return 0.0;
        }
        clamp((self.product / n - a * b) / (va * vb).sqrt(), -1.0, 1.0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Pane {
    pairs: BTreeMap<Pair, Tally>,
    /// By agent.
    totals: Vec<Deals>,
}

impl Pane {
    fn tally(&mut self, pair: Pair) -> &mut Tally {
        if self.pairs.len() >= PAIRS_MAX && !self.pairs.contains_key(&pair) {
            let mut by_use: Vec<(u32, Pair)> = self
                .pairs
                .iter()
                .map(|(&pair, tally)| (tally.answered, pair))
                .collect();
            by_use.sort_unstable_by_key(|&(answered, pair)| (std::cmp::Reverse(answered), pair));
            for (_, pair) in &by_use[PAIRS_MAX / 2..] {
                self.pairs.remove(pair);
            }
        }
        self.pairs.entry(pair).or_default()
    }

    fn total(&mut self, who: u32) -> &mut Deals {
        let at = who as usize;
        if at >= self.totals.len() {
            self.totals.resize(at + 1, Deals::default());
        }
        &mut self.totals[at]
    }
}

/// The panes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    before: Pane,
    now: Pane,
    /// First epoch of the pane that is filled.
    since: u32,
}

impl Window {
    /// Takes in an interaction. What a side gains is its payoff at the plan's constants (θ = ½, s₊ = 2, s₋ = 1, weight 1 of
    /// reputation), up to what is the same every time: `1.5·p ∓ τ + r`.
    pub fn add(&mut self, scored: &Scored) {
        let (a, b) = (scored.initiator.0, scored.counterparty.0);
        let tally = self.now.tally((a.min(b), a.max(b)));
        tally.answered = tally.answered.saturating_add(1);
        if !scored.accepted {
            return;
        }
        tally.deals.add(scored.p);
        tally.last = scored.now.epoch;
        let (share, tau) = (1.5 * scored.p, scored.tau.credits());
        let mut gains = [share - tau + scored.r[0], share + tau + scored.r[1]];
        if a > b {
            gains.reverse();
        }
        for (side, gain) in gains.into_iter().enumerate() {
            tally.gains[side] += gain;
            tally.squares[side] += gain * gain;
        }
        tally.product += gains[0] * gains[1];
        self.now.total(a).add(scored.p);
        self.now.total(b).add(scored.p);
    }

    /// Both panes in one: sums by pair and by agent.
    pub fn merged(&self) -> (BTreeMap<Pair, Tally>, Vec<Deals>) {
        let mut pairs = self.before.pairs.clone();
        for (pair, tally) in &self.now.pairs {
            pairs.entry(*pair).or_default().merge(tally);
        }
        let mut totals = self.before.totals.clone();
        totals.resize(totals.len().max(self.now.totals.len()), Deals::default());
        for (total, more) in totals.iter_mut().zip(&self.now.totals) {
            total.merge(more);
        }
        (pairs, totals)
    }

    /// The epoch is over: a pane of half a window is put aside.
    pub fn end_epoch(&mut self, epoch: u32, window: u32) {
        let next = epoch.saturating_add(1);
        if next.saturating_sub(self.since) >= (window / 2).max(1) {
            self.before = std::mem::take(&mut self.now);
            self.since = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::id::{AgentId, InteractionId, Kind};
    use das_core::interaction::{Moment, Observables};
    use das_core::units::MicroCredits;

    fn deal(initiator: u32, counterparty: u32, p: f64, tau: i64, accepted: bool) -> Scored {
        Scored {
            id: InteractionId(0),
            key: 0,
            kind: Kind(0),
            now: Moment::default(),
            initiator: AgentId(initiator),
            counterparty: AgentId(counterparty),
            accepted,
            observables: Observables::default(),
            flags: [0, 0],
            v_hat: 0.0,
            p,
            tau: MicroCredits(tau),
            r: [0.0, 0.0],
        }
    }

    #[test]
    fn sums_are_by_pair_whoever_asks() {
        // Benefits go by agent, not by role: a transfer now one way and now the other is a loss and a gain of the same agent.
        let mut window = Window::default();
        window.add(&deal(4, 2, 0.5, 1_000_000, true));
        window.add(&deal(2, 4, 0.5, 1_000_000, true));
        window.add(&deal(2, 4, 0.9, 0, false));
        let (pairs, totals) = window.merged();
        let tally = pairs[&(2, 4)];
        assert_eq!((tally.answered, tally.deals.n), (3, 2));
        assert_eq!(tally.acceptance(), 2.0 / 3.0);
        assert_eq!(tally.gains, [1.5, 1.5]);
        assert_eq!(tally.correlation(), -1.0);
        assert_eq!((totals[2].n, totals[3].n, totals[4].n), (2, 0, 2));
        // Without transfers both gain and lose with p: together.
        let mut window = Window::default();
        for p in [0.2, 0.9, 0.4] {
            window.add(&deal(0, 1, p, 0, true));
        }
        assert!((window.merged().0[&(0, 1)].correlation() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_epoch_leaves_the_window_after_at_most_its_length() {
        // One deal in each of 30 epochs: what is seen at an end is more than half a window and at most one.
        for length in [2, 3, 10] {
            let mut window = Window::default();
            for epoch in 0..30 {
                window.add(&deal(0, 1, 0.5, 0, true));
                let seen = window.merged().0[&(0, 1)].answered;
                assert!(seen <= length, "{seen} of {length}");
                assert!(seen > (length / 2).min(epoch), "{seen} of {length}");
                window.end_epoch(epoch, length);
            }
        }
    }

    #[test]
    fn a_full_pane_forgets_its_idlest_pairs() {
        // Twice the room in single deals around a pair with two: the bound holds, and the busy pair survives.
        let mut window = Window::default();
        for _ in 0..2 {
            window.add(&deal(0, 1, 0.5, 0, true));
        }
        for other in 0..2 * PAIRS_MAX as u32 {
            window.add(&deal(2, other + 3, 0.5, 0, true));
            assert!(window.now.pairs.len() <= PAIRS_MAX);
        }
        assert_eq!(window.merged().0[&(0, 1)].answered, 2);
        assert_eq!(window.merged().1[2].n, 2 * PAIRS_MAX as u32);
    }
}
