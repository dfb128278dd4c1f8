//! What an agent believes of a partner: Beta counts of its own evidence on top of reputation as a prior.
//!
//! Invariants: at most [`SLOTS`] partners are remembered; counts are finite and not negative; a mean lies in (0, 1). Counts are
//! kept as `f32`, because a population of 100,000 keeps 1.6 million of them; the arithmetic is `f64`. Not here: what
//! somebody does with a belief ([`crate::appraisal`], [`crate::candidates`]).

use das_core::detmath;
use das_core::id::AgentId;
use das_core::society::Published;
use serde::{Deserialize, Serialize};

/// Partners an agent remembers.
pub const SLOTS: usize = 16;

/// Observations that a published record counts for at most (`w_L` of the model page, section 3).
const LEDGER_WEIGHT: f64 = 10.0;

/// How evidence and reputation are weighed. All from the policy's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Weight of reputation, as a number of observations (n0).
    pub weight: f64,
    /// P(v = +1) expected of somebody of standing 0 (μ0).
    pub base: f64,
    /// What full standing adds to it (μr).
    pub slope: f64,
    /// What is left of earlier counts when new evidence of the same partner comes (λ).
    pub forgetting: f64,
    /// Weight of the proxy's p (wp).
    pub weight_now: f64,
    /// Weight of the aftermath y (wy).
    pub weight_late: f64,
}

impl Prior {
    /// What reputation alone says of somebody: `clamp(μ0 + μr·ρ, .02, .98)` (model page, section 3).
    #[inline]
    pub fn of_standing(&self, standing: f64) -> f64 {
        detmath::clamp(self.base + self.slope * standing, 0.02, 0.98)
    }
}

/// Own evidence of up to [`SLOTS`] partners.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    partners: [u32; SLOTS],
    good: [f32; SLOTS],
    bad: [f32; SLOTS],
    met: [u8; SLOTS],
    len: u8,
}

impl Memory {
    /// Something of each of its cache lines, see [`das_core::agent::BaseAgent::touch`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        u64::from(self.partners[0] ^ self.good[0].to_bits() ^ self.bad[0].to_bits())
            ^ u64::from(self.met[0])
    }

    #[inline]
    fn slot(&self, who: AgentId) -> Option<usize> {
        self.partners[..usize::from(self.len)]
            .iter()
            .position(|&id| id == who.0)
    }

    /// m = (n0·μ + α) / (n0 + α + β): the probability that an interaction with `who` turns out well. μ is the prior of its standing
    /// (model page, section 3).
    #[inline]
    pub fn mean(&self, who: AgentId, standing: f64, prior: &Prior) -> f64 {
        let mu = prior.of_standing(standing);
        match self.slot(who) {
            None => mu,
            Some(i) => {
                let (a, b) = (f64::from(self.good[i]), f64::from(self.bad[i]));
                (prior.weight * mu + a) / (prior.weight + a + b)
            }
        }
    }

    /// The same with a published record as w = min(10, good + bad) further observations of its share:
    /// m = (n0·μ + α + w·good/(good + bad)) / (n0 + α + β + w) (model page, section 3).
    pub fn mean_with(
        &self,
        who: AgentId,
        standing: f64,
        prior: &Prior,
        published: Published,
    ) -> f64 {
        let deals = published.good + published.bad;
        if deals <= 0.0 {
            return self.mean(who, standing, prior);
        }
        let w = detmath::fmin(deals, LEDGER_WEIGHT);
        let (a, b) = (self.slot(who)).map_or((0.0, 0.0), |i| {
            (f64::from(self.good[i]), f64::from(self.bad[i]))
        });
        let good = prior.weight * prior.of_standing(standing) + a + w * published.good / deals;
        good / (prior.weight + a + b + w)
    }

    /// Interactions with `who` since it was last forgotten, at most 255.
    #[inline]
    pub fn met(&self, who: AgentId) -> u8 {
        self.slot(who).map_or(0, |i| self.met[i])
    }

    /// Adds evidence `x` in 0..=1 of weight `w`: α ← λα + wx, β ← λβ + w(1−x). A stranger takes a free slot or that of the
    /// partner of whom least is known; of equals, the earliest.
    pub fn observe(&mut self, who: AgentId, x: f64, w: f64, prior: &Prior) {
        let i = self.slot(who).unwrap_or_else(|| self.make_room(who));
        self.good[i] = (prior.forgetting * f64::from(self.good[i]) + w * x) as f32;
        self.bad[i] = (prior.forgetting * f64::from(self.bad[i]) + w * (1.0 - x)) as f32;
    }

    /// Evidence of an interaction that just closed: the proxy's p, and one more meeting.
    pub fn observe_now(&mut self, who: AgentId, p: f64, prior: &Prior) {
        self.observe(who, p, prior.weight_now, prior);
        if let Some(i) = self.slot(who) {
            self.met[i] = self.met[i].saturating_add(1);
        }
    }

    /// Evidence of an aftermath.
    pub fn observe_late(&mut self, who: AgentId, good: bool, prior: &Prior) {
        let x = if good { 1.0 } else { 0.0 };
        self.observe(who, x, prior.weight_late, prior);
    }

    fn make_room(&mut self, who: AgentId) -> usize {
        let i = if usize::from(self.len) < SLOTS {
            self.len += 1;
            usize::from(self.len) - 1
        } else {
            let mut least = 0;
            for i in 1..SLOTS {
                if self.good[i] + self.bad[i] < self.good[least] + self.bad[least] {
                    least = i;
                }
            }
            least
        };
        self.partners[i] = who.0;
        self.good[i] = 0.0;
        self.bad[i] = 0.0;
        self.met[i] = 0;
        i
    }

    /// Everybody remembered, with α and β, in the order of the slots.
    pub fn partners(&self) -> impl Iterator<Item = (AgentId, f64, f64)> + '_ {
        (0..usize::from(self.len)).map(|i| {
            (
                AgentId(self.partners[i]),
                f64::from(self.good[i]),
                f64::from(self.bad[i]),
            )
        })
    }

    /// The partner with the most own evidence in its favour, α/(α+β) shrunk by the prior of standing 0: needs no look-up of
    /// anybody's standing. Of equals, the earliest slot; `None` with an empty memory or if nobody passes `keep`.
    pub fn best(&self, prior: &Prior, keep: impl Fn(AgentId) -> bool) -> Option<AgentId> {
        // Numerator, denominator: fractions are compared crosswise, since this runs for every offer and sixteen divisions show.
        let mut best: Option<(f64, f64, AgentId)> = None;
        for (who, a, b) in self.partners() {
            let (good, all) = (prior.weight * prior.base + a, prior.weight + a + b);
            if best.is_none_or(|(most_good, most_all, _)| good * most_all > most_good * all)
                && keep(who)
            {
                best = Some((good, all, who));
            }
        }
        best.map(|(_, _, who)| who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) const PRIOR: Prior = Prior {
        weight: 2.0,
        base: 0.55,
        slope: 0.30,
        forgetting: 0.95,
        weight_now: 0.25,
        weight_late: 1.0,
    };

    #[test]
    fn strangers_are_judged_by_standing_alone() {
        // No evidence: m is the prior, held within .02..=.98 whatever the standing.
        let memory = Memory::default();
        assert_eq!(memory.mean(AgentId(3), 0.0, &PRIOR), 0.55);
        assert!((memory.mean(AgentId(3), 0.5, &PRIOR) - 0.70).abs() < 1e-12);
        let steep = Prior {
            slope: 3.0,
            ..PRIOR
        };
        assert_eq!(memory.mean(AgentId(3), 0.9, &steep), 0.98);
        assert_eq!(memory.mean(AgentId(3), -0.9, &steep), 0.02);
    }

    #[test]
    fn a_published_record_counts_for_ten_observations_at_most() {
        // 30 deals, 24 of them good, of a stranger: (2·.55 + 10·.8)/(2 + 10); one deal weighs one; none changes nothing.
        let memory = Memory::default();
        let says = |good, bad| memory.mean_with(AgentId(3), 0.0, &PRIOR, Published { good, bad });
        assert!((says(24.0, 6.0) - (1.1 + 8.0) / 12.0).abs() < 1e-12);
        assert!((says(0.0, 1.0) - 1.1 / 3.0).abs() < 1e-12);
        assert_eq!(says(0.0, 0.0), memory.mean(AgentId(3), 0.0, &PRIOR));
    }

    #[test]
    fn counts_follow_the_formula_with_forgetting() {
        // p = .8 at once, then y = 1 later, worked by hand from section 3.
        let mut memory = Memory::default();
        memory.observe_now(AgentId(7), 0.8, &PRIOR);
        memory.observe_late(AgentId(7), true, &PRIOR);
        let (a, b) = (0.95 * 0.25 * 0.8 + 1.0, 0.95 * 0.25 * 0.2);
        let expected = (2.0 * 0.55 + a) / (2.0 + a + b);
        assert!((memory.mean(AgentId(7), 0.0, &PRIOR) - expected).abs() < 1e-7);
        assert_eq!(memory.met(AgentId(7)), 1);
        assert_eq!(memory.met(AgentId(8)), 0);
    }

    #[test]
    fn evidence_converges_and_stays_bounded() {
        // λ < 1 bounds the counts at w/(1−λ), so a partner that turns bad is found out again.
        let mut memory = Memory::default();
        for _ in 0..200 {
            memory.observe_late(AgentId(1), true, &PRIOR);
        }
        let trusted = memory.mean(AgentId(1), 0.0, &PRIOR);
        assert!(trusted > 0.95 && trusted < 1.0, "{trusted}");
        for _ in 0..20 {
            memory.observe_late(AgentId(1), false, &PRIOR);
        }
        assert!(memory.mean(AgentId(1), 0.0, &PRIOR) < 0.45);
    }

    #[test]
    fn a_full_memory_forgets_whom_it_knows_least() {
        // 16 partners with rising evidence: the first goes, and nobody else.
        let mut memory = Memory::default();
        for id in 0..SLOTS as u32 {
            for _ in 0..=id {
                memory.observe_late(AgentId(id), true, &PRIOR);
            }
        }
        memory.observe_now(AgentId(99), 0.5, &PRIOR);
        let known: Vec<u32> = memory.partners().map(|(who, _, _)| who.0).collect();
        assert_eq!(known.len(), SLOTS);
        assert_eq!(known[0], 99);
        assert_eq!(&known[1..], (1..SLOTS as u32).collect::<Vec<_>>());
        assert_eq!(memory.met(AgentId(99)), 1, "a slot starts clean");
    }

    #[test]
    fn the_best_partner_passes_the_filter() {
        // The best by evidence is skipped when it is not eligible; an empty memory has none.
        let mut memory = Memory::default();
        assert_eq!(memory.best(&PRIOR, |_| true), None);
        memory.observe_late(AgentId(1), false, &PRIOR);
        memory.observe_late(AgentId(2), true, &PRIOR);
        memory.observe_now(AgentId(3), 0.9, &PRIOR);
        assert_eq!(memory.best(&PRIOR, |_| true), Some(AgentId(2)));
        assert_eq!(memory.best(&PRIOR, |who| who.0 != 2), Some(AgentId(3)));
        assert_eq!(memory.best(&PRIOR, |_| false), None);
    }

    #[test]
    fn a_memory_stays_small() {
        // 100,000 agents keep one each; the budget for a whole agent is about 1 KB.
        assert!(size_of::<Memory>() <= 212, "{}", size_of::<Memory>());
    }
}
