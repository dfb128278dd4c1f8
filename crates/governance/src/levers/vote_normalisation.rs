//! Vote normalisation: the more an agent has voted in an epoch, the less its next vote weighs, `w = 1 / (1 + n/M)`.
//!
//! n is the number of votes the agent has already cast this epoch, M the `vote_weight_cap`: the first vote weighs 1, the
//! one after M votes one half, and n votes together about M·ln(1 + n/M). Source: plan, lever table (Vote Normalization) with
//! the formula of the public reference package (`(M/(1 + n/M))/M`). It sees the public count of votes.
//!
//! Not here: what a vote does to a post (the environment's).

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::id::AgentId;
use das_core::lever::GovernanceLever;
use das_core::society::Society;

/// What vote normalisation is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "vote_normalisation",
    family: "lever",
    summary: "Each further vote of an agent within an epoch weighs less.",
    formula: "w = 1 / (1 + n/M), n votes already cast this epoch",
    params: &[Param {
        name: "vote_weight_cap",
        range: "0.001..=1000000",
        default: "none",
        doc: "M: after M votes the next one weighs half; absent, every vote weighs 1",
    }],
    source: "plan, lever table: Vote Normalization",
};

/// Weight of the next vote after `votes` of them, `1 / (1 + votes/cap)`, in 0..=1. `cap` is above 0.
#[inline]
pub fn weight(votes: u32, cap: f64) -> f64 {
    1.0 / (1.0 + f64::from(votes) / cap)
}

/// Vote normalisation.
#[derive(Clone, Debug)]
pub struct VoteNormalisation {
    cap: f64,
}

impl VoteNormalisation {
    /// The normalisation of this configuration; none without a cap.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        config.vote_weight_cap.map(|cap| Self { cap })
    }
}

impl GovernanceLever for VoteNormalisation {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn vote_weight(&self, who: AgentId, society: &Society) -> f64 {
        weight(society.counters(who).epoch_votes, self.cap)
    }
}
