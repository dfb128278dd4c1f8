//! The `das` binary: reads the arguments, calls the command, turns its outcome into an exit code.
//!
//! A panic in an agent's code is caught by the core, logged as `agent_fault` and shown at `-v`; so the panic hook only takes
//! notes, and a panic that nobody catches is printed here, with exit code 1.

use clap::Parser;
use das_runner::cli::{Cli, Color, Format};
use das_runner::commands::dispatch::dispatch;
use das_runner::console::{Console, drawn, warn};
use das_runner::failure::Failure;
use das_runner::terminal::plain;
use std::borrow::Cow;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
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

/// Help, or what is wrong with the arguments, which are repeated there: only where they are plain with the colours of a terminal.
fn refused(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    if matches!(plain(&text), Cow::Borrowed(_)) {
        error.exit();
    }
    warn(text.trim_end());
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Traces go to stderr: warnings, more with `-v`, or what `DAS_LOG` says (`das_core=debug,warn`).
fn trace(verbose: u8, quiet: bool) {
    let default = match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::DEBUG,
    };
    let asked = std::env::var("DAS_LOG")
        .ok()
        .and_then(|text| text.parse::<Targets>().ok());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time();
    tracing_subscriber::registry()
        .with(lines)
        .with(asked.unwrap_or_else(|| Targets::new().with_default(default)))
        .init();
}

fn report(failure: &Failure, console: &Console) {
    match failure {
        Failure::Scenario(errors) => {
            let text = das_runner::scenario::render(errors, console.style());
            drawn(text.trim_end());
        }
        other => warn(&format!("error: {}", other.text())),
    }
}
