//! Reputation decay: at the end of an epoch every reputation is multiplied by a factor, `R ← rate · R`.
//!
//! Source: plan, lever table (`r *= decay` each epoch). It sees the public reputation of the agents that are still there. The
//! change is given as the difference `R·(rate − 1)`, so that it is booked and logged like every other change a lever makes.
//! Good and bad names fade alike.
//!
//! Not here: what the community gives and takes (the environment's), and the limits of reputation (the society's).

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::lever::{Act, Effect, GovernanceLever};
use das_core::rng::Draws;
use das_core::society::Society;

/// What reputation decay is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "reputation_decay",
    family: "lever",
    summary: "Good and bad names fade: every reputation is multiplied by a factor at the end of an epoch.",
    formula: "R += R·(rate − 1)",
    params: &[Param {
        name: "reputation_decay",
        range: "0..=1",
        default: "1",
        doc: "factor on reputation per epoch; 1 is no decay",
    }],
    source: "plan, lever table: Reputation Decay",
};

/// Change of reputation `r` by one epoch's decay, `r·(rate − 1)`.
#[inline]
pub fn delta(r: f64, rate: f64) -> f64 {
    r * (rate - 1.0)
}

/// Reputation decay.
#[derive(Clone, Debug)]
pub struct ReputationDecay {
    rate: f64,
}

impl ReputationDecay {
    /// The decay of this configuration; none at factor 1.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        (config.reputation_decay != 1.0).then_some(Self {
            rate: config.reputation_decay,
        })
    }
}

impl GovernanceLever for ReputationDecay {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn on_epoch_end(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let acts = society
            .ids()
            .filter(|&who| society.is_live(who) && society.reputation(who) != 0.0)
            .map(|who| Act::Reputation(who, delta(society.reputation(who), self.rate)))
            .collect();
        Effect {
            acts,
            ..Effect::default()
        }
    }
}
