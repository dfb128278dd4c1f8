//! Governance: the levers a society may pull, their configuration, and the order they act in.
//!
//! A lever is one file under [`levers`]: a formula as a pure function, a
//! [`GovernanceLever`](das_core::lever::GovernanceLever) that applies it, and a descriptor that help, listings and reference
//! pages are made from. [`config::GovernanceConfig`] is the scenario's `governance:` block, [`engine::build`] turns it into
//! the levers of a run.
//!
//! - Invariant: a lever acts through the trait alone: what it does is in the [`Effect`](das_core::lever::Effect) or
//!   [`Refusal`](das_core::environment::Refusal) it returns (`tests/it/properties.rs`).
//! - Invariant: a lever at its null value is not built, so a run with it is byte-identical to one without.
//! - Invariant: `review` allocates nothing unless it returns an act or meets an agent or pair for the first time; it is called once per
//!   scored interaction, and what a lever remembers is bounded (collusion: by pairs; all others: by agents).
//!
//! Not here: booking of effects, logging, and the order of hooks within a step (the orchestrator's); any knowledge of an
//! environment, of hidden conduct or of the truth of an interaction.

pub mod config;
pub mod engine;
pub mod levers;

pub use config::GovernanceConfig;
pub use engine::build;
pub use levers::LEVERS;
