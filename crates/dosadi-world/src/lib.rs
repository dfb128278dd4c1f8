//! Dosadi: a closed city economy on the traits of `das-core`, in which smugglers, customs posts, merchants, wards and patrol
//! commands are policy agents.
//!
//! A step is a day. Money is in the core's ledger, goods in dense columns; both are conserved every day. Smuggled cargo meets
//! customs in the middle of the world's own tick, is asked and scored by the one scoring path, and teaches its sender. Not here:
//! files, the command line, and anything the core does for every world (draws, scoring, levers, logs).

pub mod act;
pub mod cockpit;
pub mod config;
pub mod day;
pub mod environment;
pub mod events;
pub mod generate;
pub mod goods;
pub mod metrics;
pub mod policies;
pub mod registry;
pub mod routes;
pub mod state;
pub mod suppression;
pub mod systems;
pub mod vault;
pub mod verdicts;
pub mod view;
pub mod welfare;
pub mod why;
pub mod world;

pub use config::DosadiConfig;
pub use environment::ENVIRONMENT;
pub use registry::DosadiRegistry;
pub use world::Dosadi;

use das_core::orchestrator::{Observer, Orchestrator, RunEnd, RunError};

/// Runs a city to its end: [`Orchestrator::run`], instantiated in this crate, which is optimised for it.
pub fn go(run: &mut Orchestrator<Dosadi>, observer: &mut dyn Observer) -> Result<RunEnd, RunError> {
    run.run(observer)
}
