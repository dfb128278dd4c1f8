//! `das completions SHELL`: the completion script of a shell, made from the parser.

use crate::cli::Cli;
use crate::console::Console;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the script.
pub fn completions(shell: Shell, console: &mut Console) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "das", &mut script);
    console.print(&String::from_utf8_lossy(&script));
    crate::failure::OK
}
