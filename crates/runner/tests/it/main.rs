//! Tests of the command line as a library.

mod bad_city;
mod bad_input;
mod cities;
mod events;
mod export;
mod golden;
mod held;
mod log_commands;
mod log_file;
mod new_source;
mod reference;
mod replay;
mod report;
mod run;
mod support;
mod sweep;
mod terminal;
mod vault;
mod why;
