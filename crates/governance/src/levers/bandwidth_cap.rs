//! Bandwidth cap: an agent that has made `cap` actions and offers in an epoch is refused every further one.
//!
//! Source: plan, lever table (limit actions per epoch). It sees the public count of actions applied and offers made, which
//! starts again each epoch. What was itself refused does not count. Answering an offer is free, so a busy agent can still
//! be asked.
//!
//! Not here: the rails' own limits on posts and interactions, which hold with or without this lever.

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::environment::Refusal;
use das_core::id::{AgentId, Tool};
use das_core::lever::GovernanceLever;
use das_core::society::Society;

/// What the bandwidth cap is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "bandwidth_cap",
    family: "lever",
    summary: "Limits the actions and offers of an agent in an epoch.",
    formula: "refused if actions this epoch ≥ cap",
    params: &[Param {
        name: "bandwidth_cap",
        range: "0..=1000000000",
        default: "none",
        doc: "actions and offers an agent may make in an epoch; absent, there is no cap",
    }],
    source: "plan, lever table: Bandwidth Cap",
};

/// Whether an agent with so many actions this epoch may make another one.
#[inline]
pub fn within(actions: u32, cap: u32) -> bool {
    actions < cap
}

/// The bandwidth cap.
#[derive(Clone, Debug)]
pub struct BandwidthCap {
    cap: u32,
}

impl BandwidthCap {
    /// The cap of this configuration, if there is one.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        config.bandwidth_cap.map(|cap| Self { cap })
    }

    fn check(&self, who: AgentId, society: &Society) -> Result<(), Refusal> {
        let actions = society.counters(who).epoch_actions;
        if within(actions, self.cap) {
            return Ok(());
        }
        Err(Refusal::new(
            DESCRIPTOR.name,
            format!("{actions} of {} actions of this epoch are used", self.cap),
        ))
    }
}

impl GovernanceLever for BandwidthCap {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn admit_action(&self, who: AgentId, _tool: Tool, society: &Society) -> Result<(), Refusal> {
        self.check(who, society)
    }

    fn admit(&self, from: AgentId, _to: AgentId, society: &Society) -> Result<(), Refusal> {
        self.check(from, society)
    }
}
