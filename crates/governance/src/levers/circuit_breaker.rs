//! Circuit breaker: an initiator whose recent interactions were too toxic, too often, is frozen for some epochs.
//!
//! For each initiator the last ten toxicities `1 − p` are kept, accepted or not. After each interaction, if their mean is at
//! least the threshold, that is one violation; a violation that is not below the limit freezes the agent until the epoch
//! `now + epochs`. Another one while it is frozen (of an interaction that was still open) extends the freeze. At the start of an
//! epoch a freeze that is over ends and its violations are forgotten; the window of ten is kept, so who goes on as before is
//! soon frozen again.
//!
//! Source: plan, lever table (Circuit Breaker: freeze agent if toxicity > threshold); window, count and duration as in the
//! public reference package, at whose `≥` the threshold is read. It sees p, the gauge, not the truth.
//!
//! Invariant: the place in the ring follows from the number of interactions seen, so no saved state can point outside it.
//!
//! Not here: what being frozen means (the hub's: an agent that is frozen neither acts nor is asked).

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use serde::{Deserialize, Serialize};

/// Interactions of an initiator that its mean toxicity is taken over.
pub const WINDOW: usize = 10;

/// What the circuit breaker is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "circuit_breaker",
    family: "lever",
    summary: "Freezes an initiator whose last ten interactions were toxic on average, several times over.",
    formula: "violation if mean(1 − p) over the last 10 ≥ threshold; the limit-th and later ones freeze until epoch + duration",
    params: &[
        Param {
            name: "circuit_breaker_threshold",
            range: "0..=1",
            default: "none",
            doc: "mean toxicity that counts as a violation; absent, nobody is frozen",
        },
        Param {
            name: "circuit_breaker_violations",
            range: "1..=1000000000",
            default: "3",
            doc: "violations after which the initiator is frozen",
        },
        Param {
            name: "circuit_breaker_epochs",
            range: "1..=1000000",
            default: "2",
            doc: "epochs a freeze lasts",
        },
    ],
    source: "plan, lever table: Circuit Breaker",
};

/// Threshold, limit and duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Mean toxicity from which on it is a violation.
    pub threshold: f64,
    /// Violations from which on the agent is frozen.
    pub violations: u32,
    /// Epochs a freeze lasts.
    pub epochs: u32,
}

/// What is remembered of one initiator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breaker {
    /// A ring: the n-th toxicity stands at n mod 10.
    window: [f64; WINDOW],
    /// Interactions seen; as long as it is below ten, the ring is filled up to here.
    seen: u64,
    violations: u32,
    /// First epoch after the freeze; 0 if not frozen (a freeze lasts at least one epoch, so no freeze ends at 0).
    frozen_until: u32,
}

impl Breaker {
    /// Takes in one interaction with toxicity `1 − p`. If that trips the breaker: frozen until the start of this epoch.
    #[inline]
    pub fn observe(&mut self, p: f64, epoch: u32, rule: &Rule) -> Option<u32> {
        self.window[(self.seen % WINDOW as u64) as usize] = 1.0 - p;
        self.seen = self.seen.wrapping_add(1);
        if self.mean() < rule.threshold {
            return None;
        }
        self.violations = self.violations.saturating_add(1);
        if self.violations < rule.violations {
            return None;
        }
        self.frozen_until = epoch.saturating_add(rule.epochs);
        Some(self.frozen_until)
    }

    /// Start of an epoch: true if a freeze ends with it. Then the violations are forgotten, the window is not.
    #[inline]
    pub fn start_epoch(&mut self, epoch: u32) -> bool {
        let ends = self.frozen_until != 0 && epoch >= self.frozen_until;
        if ends {
            self.frozen_until = 0;
            self.violations = 0;
        }
        ends
    }

    /// Mean toxicity of the window, summed from the oldest to the newest; 0 if nothing was seen.
    #[inline]
    pub fn mean(&self) -> f64 {
        if self.seen == 0 {
            return 0.0;
        }
        let (newer, older) = if self.seen < WINDOW as u64 {
            (&self.window[..self.seen as usize], &[][..])
        } else {
            self.window.split_at((self.seen % WINDOW as u64) as usize)
        };
        let mut total = 0.0;
        for toxicity in older.iter().chain(newer) {
            total += toxicity;
        }
        total / (older.len() + newer.len()) as f64
    }

    /// Violations since the last freeze ended.
    pub fn violations(&self) -> u32 {
        self.violations
    }

    /// The epoch at whose start the freeze ends, if there is one.
    pub fn frozen_until(&self) -> Option<u32> {
        (self.frozen_until != 0).then_some(self.frozen_until)
    }
}

/// The circuit breaker.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    rule: Rule,
    /// By agent; grows when an agent initiates for the first time.
    breakers: Vec<Breaker>,
}

impl CircuitBreaker {
    /// The circuit breaker of this configuration; none without a threshold.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        config.circuit_breaker_threshold.map(|threshold| Self {
            rule: Rule {
                threshold,
                violations: config.circuit_breaker_violations,
                epochs: config.circuit_breaker_epochs,
            },
            breakers: Vec::new(),
        })
    }
}

impl GovernanceLever for CircuitBreaker {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn punishes(&self) -> Option<&'static str> {
        Some("mean toxicity of the last ten at the threshold or above, too often")
    }

    fn review(&mut self, scored: &Scored, _society: &Society, _draws: &Draws) -> Effect {
        let at = scored.initiator.index();
        if at >= self.breakers.len() {
            self.breakers.resize(at + 1, Breaker::default());
        }
        match self.breakers[at].observe(scored.p, scored.now.epoch, &self.rule) {
            Some(until) => Effect::none().and(Act::Freeze(scored.initiator, until)),
            None => Effect::none(),
        }
    }

    fn on_epoch_start(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let epoch = society.epoch();
        let mut effect = Effect::none();
        for (who, breaker) in society.ids().zip(&mut self.breakers) {
            // Another lever may have frozen the agent for longer; that freeze is not this one's to end.
            if breaker.start_epoch(epoch) && society.is_live(who) && !society.is_frozen(who) {
                effect.acts.push(Act::Unfreeze(who));
            }
        }
        effect
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.breakers);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.breakers = from.take()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Rule = Rule {
        threshold: 2.0,
        violations: 1,
        epochs: 1,
    };

    #[test]
    fn the_window_holds_the_last_ten() {
        // A toxic start counts a tenth after ten interactions, and nothing after the eleventh.
        let mut breaker = Breaker::default();
        assert_eq!(breaker.mean(), 0.0);
        breaker.observe(0.0, 0, &NEVER);
        for seen in 1..=30u32 {
            let expected = if seen <= 10 {
                1.0 / f64::from(seen)
            } else {
                0.0
            };
            assert_eq!(breaker.mean(), expected, "after {seen}");
            breaker.observe(1.0, 0, &NEVER);
        }
    }

    #[test]
    fn the_window_is_summed_from_the_oldest_to_the_newest() {
        // Bit for bit the plain sum of the last ten, wherever the ring begins: logs depend on the order of addition.
        let mut breaker = Breaker::default();
        let mut all = Vec::new();
        for n in 0..25u32 {
            let p = f64::from(n * n % 17) / 17.0;
            breaker.observe(p, 0, &NEVER);
            all.push(1.0 - p);
            let last = &all[all.len().saturating_sub(WINDOW)..];
            let mut total = 0.0;
            for toxicity in last {
                total += toxicity;
            }
            assert_eq!(breaker.mean(), total / last.len() as f64, "after {n}");
        }
    }

    #[test]
    fn a_mean_at_the_threshold_is_a_violation() {
        // 1 − 0.5 is exact, so this is the edge itself.
        let rule = Rule {
            threshold: 0.5,
            violations: 2,
            epochs: 3,
        };
        let mut breaker = Breaker::default();
        assert_eq!(breaker.observe(0.5, 4, &rule), None);
        assert_eq!(breaker.observe(0.5, 4, &rule), Some(7));
        assert_eq!(breaker.frozen_until(), Some(7));
    }
}
