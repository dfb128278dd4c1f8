//! The levers, one file each.

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

use das_core::describe::Descriptor;

/// Descriptors of all levers, in the order they are built and asked.
pub const LEVERS: &[Descriptor] = &[
    transaction_tax::DESCRIPTOR,
    reputation_decay::DESCRIPTOR,
    vote_normalisation::DESCRIPTOR,
    bandwidth_cap::DESCRIPTOR,
    admission::DESCRIPTOR,
    staking::DESCRIPTOR,
    random_audit::DESCRIPTOR,
    circuit_breaker::DESCRIPTOR,
    transparency::DESCRIPTOR,
    collusion::DESCRIPTOR,
    moderator::DESCRIPTOR,
];
