//! From configuration to levers, in one order.
//!
//! The order is that of [`LEVERS`](crate::LEVERS): tax, reputation decay, vote normalisation, bandwidth cap, staking,
//! random audit, circuit breaker. It matters in two places. Fees are taken as far as there is money, so the tax comes
//! before the audit's penalty; and of several refusals the first is the one that is told, so a spent bandwidth is named
//! before a missing deposit. The circuit breaker is last because it only watches.
//!
//! Not here: what a lever does, and when its hooks are called.

use crate::config::GovernanceConfig;
use crate::levers::bandwidth_cap::BandwidthCap;
use crate::levers::circuit_breaker::CircuitBreaker;
use crate::levers::random_audit::RandomAudit;
use crate::levers::reputation_decay::ReputationDecay;
use crate::levers::staking::Staking;
use crate::levers::transaction_tax::TransactionTax;
use crate::levers::vote_normalisation::VoteNormalisation;
use das_core::lever::GovernanceLever;

/// The levers of this configuration, in the order they act. A lever at its null value is not among them.
///
/// Values must be in the ranges of the schema.
pub fn build(config: &GovernanceConfig) -> Vec<Box<dyn GovernanceLever>> {
    let levers: [Option<Box<dyn GovernanceLever>>; 7] = [
        boxed(TransactionTax::from_config(config)),
        boxed(ReputationDecay::from_config(config)),
        boxed(VoteNormalisation::from_config(config)),
        boxed(BandwidthCap::from_config(config)),
        boxed(Staking::from_config(config)),
        boxed(RandomAudit::from_config(config)),
        boxed(CircuitBreaker::from_config(config)),
    ];
    levers.into_iter().flatten().collect()
}

fn boxed<L: GovernanceLever + 'static>(lever: Option<L>) -> Option<Box<dyn GovernanceLever>> {
    lever.map(|lever| Box::new(lever) as Box<dyn GovernanceLever>)
}
