//! Tests of the governance crate, in one binary.

mod config;
mod golden;
mod levers;
mod properties;
mod stage;
