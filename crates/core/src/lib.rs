//! The core of DAS: what is scored, how, and in which order; and the log that proves it.
//!
//! A run is a pure function of scenario, seed and recorded inputs; its value is the event log. This crate holds that
//! function: ids, draws, portable mathematics, money, scoring, metrics, the three model traits
//! ([`environment::Environment`], [`agent::BaseAgent`], [`lever::GovernanceLever`]), the orchestrator, the safety rails, the
//! log and its checkpoints. It does no I/O but through its [`ports`]; it reads no clock, no environment variable, no argv.

pub mod agent;
pub mod checkpoint;
pub mod config;
pub mod describe;
pub mod detmath;
pub mod environment;
pub mod id;
pub mod interaction;
pub mod ledger;
pub mod lever;
pub mod log;
pub mod metrics;
mod names;
pub mod orchestrator;
pub mod ports;
pub mod rails;
pub mod rng;
pub mod score;
pub mod society;
pub mod state;
pub mod units;
pub mod view;
