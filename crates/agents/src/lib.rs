//! The inhabitants of the commons: four policies, five roles, one body.
//!
//! What is here: what agents believe ([`belief`]), what a deal is worth to them ([`appraisal`]), how they learn
//! ([`learning`]), what levers are expected to cost them ([`governance`]), whom they approach ([`candidates`]), what they do in the feed, with tasks and in the market ([`market`]), the roles ([`roles`]) and the
//! policies ([`policies`]). What is not: what conduct leads to (that is the world's) and what it costs beyond that (that is
//! the levers'). A policy sees its view and its own outcomes; there is no way to another agent's kind, conduct or truth.
//!
//! A step of an agent takes O(1) time: candidates, memory, arms and posts looked at are bounded. Its state is at most about
//! 1 KB.

pub mod appraisal;
pub mod belief;
pub mod candidates;
pub mod conduct;
mod feed;
pub mod governance;
mod identity;
pub mod learning;
pub mod lens;
pub mod market;
pub mod member;
pub mod parameters;
pub mod policies;
pub mod registry;
pub mod ring;
pub mod roles;
mod tasks;

pub use appraisal::Stakes;
pub use registry::CommonsRegistry;

use das_core::orchestrator::{Observer, Orchestrator, RunEnd, RunError};
use das_env::Commons;

/// Runs a commons to its end: [`Orchestrator::run`], instantiated in this crate, which is optimised for it.
pub fn go(
    run: &mut Orchestrator<Commons>,
    observer: &mut dyn Observer,
) -> Result<RunEnd, RunError> {
    run.run(observer)
}
