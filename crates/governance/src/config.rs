//! The scenario's `governance:` block.
//!
//! Every key is optional and starts at its null value, where its lever is not built. Ranges are in the schema; whoever
//! reads a scenario checks them there, so the levers take their values as they are. A key that belongs to no lever of this
//! version is an error, never ignored.

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
            circuit_breaker_threshold: None,
            circuit_breaker_violations: 3,
            circuit_breaker_epochs: 2,
        }
    }
}
