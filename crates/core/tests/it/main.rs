//! Integration tests of the core, one binary.

mod golden;
mod log;
mod metrics;
mod score;

mod orchestrator;
mod toy;
