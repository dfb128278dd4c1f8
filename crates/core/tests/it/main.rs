//! Integration tests of the core, one binary.

mod golden;
mod levers;
mod log;
mod metrics;
mod score;

mod orchestrator;
mod saved;
mod toy;
