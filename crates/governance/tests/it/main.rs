//! Tests of the governance crate, in one binary.

mod admission;
mod collusion;
mod config;
mod golden;
mod inspection;
mod levers;
mod properties;
mod stage;
mod transparency;
