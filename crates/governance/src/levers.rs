//! The levers, one file each, and the order they act in.
//!
//! A new one is a file here and two lines below, its module and its row, beside its keys in [`crate::config`]; `das new lever NAME`
//! writes the file and prints the lines. Why each row stands where it does is the table of [`crate::engine`].

pub mod admission;
pub mod bandwidth_cap;
pub mod circuit_breaker;
pub mod collusion;
pub mod moderator;
pub mod random_audit;
pub mod reputation_decay;
pub mod staking;
pub mod transaction_tax;
pub mod transparency;
pub mod vote_normalisation;

use crate::config::GovernanceConfig;
use das_core::describe::Descriptor;
use das_core::lever::GovernanceLever;

/// A lever as the engine knows it: a row of [`ALL`].
#[derive(Clone, Copy, Debug)]
pub struct Lever {
    /// What it is.
    pub descriptor: Descriptor,
    /// The lever of a configuration; none where it is at its null value.
    pub build: fn(&GovernanceConfig) -> Option<Box<dyn GovernanceLever>>,
}

/// The row of a lever: its module's `DESCRIPTOR` and its type's `from_config`.
macro_rules! lever {
    ($module:ident::$lever:ident) => {
        Lever {
            descriptor: $module::DESCRIPTOR,
            build: |config| {
                let lever = $module::$lever::from_config(config)?;
                Some(Box::new(lever))
            },
        }
    };
}

/// All levers, in the order they are built and asked.
pub const ALL: &[Lever] = &[
    lever!(transaction_tax::TransactionTax),
    lever!(reputation_decay::ReputationDecay),
    lever!(vote_normalisation::VoteNormalisation),
    lever!(bandwidth_cap::BandwidthCap),
    lever!(admission::Admission),
    lever!(staking::Staking),
    lever!(random_audit::RandomAudit),
    lever!(circuit_breaker::CircuitBreaker),
    lever!(transparency::Transparency),
    lever!(collusion::Collusion),
    lever!(moderator::Moderation),
];

/// Descriptors of all levers, in the same order.
pub const LEVERS: &[Descriptor] = &{
    let mut all = [ALL[0].descriptor; ALL.len()];
    let mut i = 1;
    while i < all.len() {
        all[i] = ALL[i].descriptor;
        i += 1;
    }
    all
};
