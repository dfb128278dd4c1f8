//! From configuration to levers, in one order.
//!
//! The order is that of [`LEVERS`](crate::LEVERS). It matters where two levers want the same thing:
//!
//! | lever | why it stands here | its costs in the log |
//! |---|---|---|
//! | transaction tax | fees are taken as far as there is money: what is due on every deal comes first | `fee_a`, `fee_b` of the interaction |
//! | reputation decay | before what an epoch's end adds or takes, so that this counts whole | `governance_reputation_all` |
//! | vote normalisation | a factor; order does not matter | none |
//! | bandwidth cap | of several refusals the first is told: a spent bandwidth before a missing deposit | `governance_refused` |
//! | admission | a bond given back is there for the deposit at the same hook | `governance_stake`, `_release`, `_slash`, `_refused` |
//! | staking | after admission; slashes what is left in the common account | `governance_stake`, `_slash`, `_refused` |
//! | random audit | its penalty comes out of what the tax has left | `fee_a`, `governance_reputation`, `governance_cost` of the interaction |
//! | circuit breaker | only watches, and must not see less because of others | `governance_freeze`, `_unfreeze` |
//! | transparency | publishes after the fact | `governance_reputation`, `governance_published` |
//! | collusion | looks back on the whole epoch | `governance_finding`, `_fee`, `_reputation_all`, `_freeze`, `_cost` |
//! | moderator | keeps what has closed for agents to look into; acts on their reports, in ACT of the next step | `governance_fee`, `_reputation`, `_sanction`, `_cost`, each naming the interaction |
//!
//! Every line but the interaction's own names its lever; an interaction's lists all levers that did something to it. Slashed stake is
//! in the line's fees as well. Whoever a lever punishes has a `governance_sanction` line with amount and reason. So what each lever
//! took is a fold over the log: what sanctions took of an interaction's fees is in those lines, the rest is the tax.
//!
//! Not here: what a lever does, and when its hooks are called.

use crate::config::GovernanceConfig;
use crate::levers;
use das_core::lever::GovernanceLever;

/// The levers of this configuration, in the order they act. A lever at its null value is not among them.
///
/// Values must be in the ranges of the schema.
pub fn build(config: &GovernanceConfig) -> Vec<Box<dyn GovernanceLever>> {
    (levers::ALL.iter())
        .filter_map(|lever| (lever.build)(config))
        .collect()
}
