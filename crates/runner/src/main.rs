//! The `das` binary: reads the arguments, calls the command, turns its outcome into an exit code.
//!
//! A panic in an agent's code is caught by the core, logged as `agent_fault` and shown at `-v`; so the panic hook only takes
//! notes, and a panic that nobody catches is printed here, with exit code 1.

use clap::Parser;
use das_runner::cli::{Cli, Color, Format};
use das_runner::commands::dispatch::dispatch;
use das_runner::console::{Console, warn};
use das_runner::failure::Failure;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use tracing_subscriber::EnvFilter;

/// The last panic: text and place.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        tracing::debug!(panic = %text, "panic");
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }));
    let outcome = std::panic::catch_unwind(work);
    let code = outcome.unwrap_or_else(|_| {
        let text = PANIC
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .unwrap_or_default();
        warn(&format!("internal error: {text}"));
        1
    });
    ExitCode::from(code)
}

fn work() -> u8 {
    let cli = Cli::parse();
    let color = match cli.global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
    };
    trace(cli.global.verbose, cli.global.quiet);
    let mut console = Console::new(cli.global.quiet, cli.global.format == Format::Json, color);
    match dispatch(&cli.command, &mut console) {
        Ok(code) => code,
        Err(failure) => {
            report(&failure, &console);
            failure.exit_code()
        }
    }
}

/// Traces go to stderr: warnings, more with `-v`, or what `DAS_LOG` says.
fn trace(verbose: u8, quiet: bool) {
    let default = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_env("DAS_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time();
    subscriber.init();
}

fn report(failure: &Failure, console: &Console) {
    match failure {
        Failure::Scenario(errors) => {
            let text = das_runner::scenario::render(errors, console.style());
            warn(text.trim_end());
        }
        other => warn(&format!("error: {}", other.text())),
    }
}
