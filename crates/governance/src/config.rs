//! The scenario's `governance:` block.
//!
//! Every key is optional and starts at its null value, where its lever is not built. Ranges are in the schema; whoever
//! reads a scenario checks them there, so the levers take their values as they are. A key that belongs to no lever of this
//! version is an error, never ignored. Keys of inspections, admission, transparency, collusion and moderation are written only where they are
//! not at their default, so that the resolved scenario of a society without these levers stays the same bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `governance:` which levers act, and how strongly. The default is no lever at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GovernanceConfig {
    /// Tax on each side of an accepted interaction, as a share of the absolute transfer; 0 is no tax.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub transaction_tax_rate: f64,
    /// Factor on every reputation at the end of an epoch; 1 is no decay.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reputation_decay: f64,
    /// M of vote normalisation: after M votes in an epoch the next one weighs half; absent, every vote weighs 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1e6))]
    pub vote_weight_cap: Option<f64>,
    /// Actions and offers an agent may make in an epoch; absent, there is no cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub bandwidth_cap: Option<u32>,
    /// Deposit in credits, half of which is needed to take part; 0 is no deposit.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub staking_required: f64,
    /// Share of the stake that a misuse flag burns.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub stake_slash_rate: f64,
    /// Probability that a scored interaction is audited; 0 is no audit.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub audit_probability: f64,
    /// Penalty of an audit, in credits and reputation points per unit of p below the threshold; 0 is no audit.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub audit_penalty: f64,
    /// p below which an audit finds fault.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub audit_threshold: f64,
    /// Real cost of looking at one interaction, in utility.
    #[serde(skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub audit_cost: f64,
    /// Sensitivity of audits that inspect both sides of accepted interactions; 0: audits read p.
    #[serde(skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub audit_sensitivity: f64,
    /// Reputation points that an inspection which finds fault costs; the fine is the penalty, in credits.
    #[serde(skip_serializing_if = "is::<500>")]
    #[schemars(range(min = 0.0, max = 40.0))]
    pub audit_reputation: f64,
    /// Mean toxicity of an initiator's last ten interactions that counts as a violation; absent, nobody is frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub circuit_breaker_threshold: Option<f64>,
    /// Violations after which the initiator is frozen.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub circuit_breaker_violations: u32,
    /// Epochs a freeze lasts.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub circuit_breaker_epochs: u32,
    /// Credits locked on entry, given back after probation and lost on leaving before; 0 is no bond.
    #[serde(skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub admission_bond: f64,
    /// Share of the bond that a misuse flag burns.
    #[serde(skip_serializing_if = "is::<200>")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub admission_bond_slash: f64,
    /// Epochs an agent is on probation from its entry on; 0 is no probation.
    #[serde(skip_serializing_if = "counts::<0>")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub admission_probation_epochs: u32,
    /// Actions and offers of an agent on probation in an epoch.
    #[serde(skip_serializing_if = "counts::<10>")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub admission_probation_actions: u32,
    /// Whether everybody can read how the deals of an initiator looked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub transparency: bool,
    /// Reputation points of the initiator per unit of p above the threshold.
    #[serde(skip_serializing_if = "is::<100>")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub transparency_bonus_rate: f64,
    /// p above which transparency rewards and below which it costs reputation.
    #[serde(skip_serializing_if = "is::<500>")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub transparency_threshold: f64,
    /// Score from which on a pair of agents may belong to a ring; absent, nobody looks for rings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub collusion_threshold: Option<f64>,
    /// z of a pair's number of deals at which that part of its score is full.
    #[serde(skip_serializing_if = "is::<2000>")]
    #[schemars(range(min = 0.001, max = 1e6))]
    pub collusion_frequency: f64,
    /// Epochs that are looked back on, at most.
    #[serde(skip_serializing_if = "counts::<10>")]
    #[schemars(range(min = 2, max = 1_000_000))]
    pub collusion_window: u32,
    /// Fine in credits for each member of a ring, each epoch it is found.
    #[serde(skip_serializing_if = "is::<1000>")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub collusion_fine: f64,
    /// Reputation points that each member loses, each epoch it is found.
    #[serde(skip_serializing_if = "is::<500>")]
    #[schemars(range(min = 0.0, max = 40.0))]
    pub collusion_reputation: f64,
    /// Epochs that members are frozen; 0 is no freeze.
    #[serde(skip_serializing_if = "counts::<0>")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub collusion_freeze_epochs: u32,
    /// Real cost of looking into one community, in utility.
    #[serde(skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub collusion_cost: f64,
    /// Moderators that the society appoints: agents of policy and role `moderator`, beside those of `agents:`; 0 is none.
    #[serde(skip_serializing_if = "counts::<0>")]
    #[schemars(range(min = 0, max = 1000))]
    pub moderators: u32,
    /// Closed interactions a moderator may look into in a step.
    #[serde(skip_serializing_if = "counts::<4>")]
    #[schemars(range(min = 1, max = 4))]
    pub moderator_reviews: u32,
    /// Sensitivity of a moderator's look.
    #[serde(skip_serializing_if = "is::<600>")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub moderator_sensitivity: f64,
    /// Fine in credits for each side with whom a moderator finds fault.
    #[serde(skip_serializing_if = "is::<500>")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub moderator_fine: f64,
    /// Reputation points that such a side loses.
    #[serde(skip_serializing_if = "is::<250>")]
    #[schemars(range(min = 0.0, max = 40.0))]
    pub moderator_reputation: f64,
    /// Real cost of one look, in utility.
    #[serde(skip_serializing_if = "is::<20>")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub moderator_cost: f64,
}

/// Whether a key is so many thousandths.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is<const THOUSANDTHS: u32>(value: &f64) -> bool {
    *value == f64::from(THOUSANDTHS) / 1000.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn counts<const N: u32>(value: &u32) -> bool {
    *value == N
}

impl Default for GovernanceConfig {
    fn default() -> Self {
        Self {
            transaction_tax_rate: 0.0,
            reputation_decay: 1.0,
            vote_weight_cap: None,
            bandwidth_cap: None,
            staking_required: 0.0,
            stake_slash_rate: 0.1,
            audit_probability: 0.0,
            audit_penalty: 0.0,
            audit_threshold: 0.5,
            audit_cost: 0.0,
            audit_sensitivity: 0.0,
            audit_reputation: 0.5,
            circuit_breaker_threshold: None,
            circuit_breaker_violations: 3,
            circuit_breaker_epochs: 2,
            admission_bond: 0.0,
            admission_bond_slash: 0.2,
            admission_probation_epochs: 0,
            admission_probation_actions: 10,
            transparency: false,
            transparency_bonus_rate: 0.1,
            transparency_threshold: 0.5,
            collusion_threshold: None,
            collusion_frequency: 2.0,
            collusion_window: 10,
            collusion_fine: 1.0,
            collusion_reputation: 0.5,
            collusion_freeze_epochs: 0,
            collusion_cost: 0.0,
            moderators: 0,
            moderator_reviews: 4,
            moderator_sensitivity: 0.6,
            moderator_fine: 0.5,
            moderator_reputation: 0.25,
            moderator_cost: 0.02,
        }
    }
}
