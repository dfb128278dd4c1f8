//! The systems of the city, one file each, called by `day` in the order of the day.
//!
//! Each reads the state and its own block of the configuration, draws by its own domains and writes through ledger, stores and
//! checked setters. A disabled system draws nothing, and leaves the draws of all others as they were. Not here: decisions of
//! agents (`policies`).

pub mod audits;
pub mod conservation;
pub mod crackdown;
pub mod customs;
pub mod drift;
#[cfg(test)]
pub(crate) mod fixture;
pub mod learning;
pub mod logistics;
pub mod markets;
pub mod patrols;
pub mod phases;
pub mod production;
pub mod public_money;
pub mod scores;
pub mod smuggling;
pub mod telemetry;
pub mod trade;
