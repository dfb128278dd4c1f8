//! The `das` command line as a library: scenario files and the commands, each a function that writes to given writers.
//!
//! The binary parses arguments and wires terminals; what it does is here, so that tests call it without a process. No model
//! logic: worlds, policies and levers come from their crates.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod console;
pub mod failure;
pub mod folds;
pub mod hold;
pub mod log_file;
pub mod notable;
pub mod progress;
pub mod recompute;
pub mod recorded;
pub mod report;
pub mod rundir;
pub mod scenario;
pub mod signals;
pub mod sweep;
pub mod tables;
pub mod terminal;
pub mod vault;
pub mod verify;
pub mod wiring;
