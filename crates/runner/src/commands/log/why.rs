//! `das log why`: what an event came from, and what came of it.
//!
//! The tree is [`das_analysis::why`]'s, which is given the log as often as it asks. Not here: its rules.

use super::{Format, Go, LogError, each_line};
use crate::failure::Failure;
use crate::scenario::vocabulary::WORLDS;
use das_analysis::why::{Inquiry, lines_of};
use das_core::view::{Explanation, View};
use std::io::{BufRead, Write};

/// There is no tree, or it cannot be written.
#[derive(Debug)]
pub enum WhyError {
    /// The log cannot be opened, or has no such event.
    Failure(Failure),
    /// The log cannot be read, or the result not written.
    Log(LogError),
}

impl From<Failure> for WhyError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E: Into<LogError>> From<E> for WhyError {
    fn from(error: E) -> Self {
        Self::Log(error.into())
    }
}

/// The tree of an event, followed `depth` levels back.
pub fn explain<'r>(
    open: &dyn Fn() -> Result<Box<dyn BufRead + 'r>, Failure>,
    event: u64,
    depth: u32,
) -> Result<Explanation, WhyError> {
    let worlds = WORLDS.iter().filter_map(|world| world.why).collect();
    let mut inquiry = Inquiry::new(event, depth, worlds);
    while inquiry.wants_pass() {
        each_line(open()?, |line| {
            inquiry.line(line);
            Ok(Go::On)
        })?;
        inquiry.end_pass();
    }
    let explanation = inquiry.explanation();
    Ok(explanation.map_err(|error| Failure::Usage(error.to_string()))?)
}

/// Prints the tree of an event, followed `depth` levels back.
pub fn why<'r>(
    open: &dyn Fn() -> Result<Box<dyn BufRead + 'r>, Failure>,
    event: u64,
    depth: u32,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), WhyError> {
    let explanation = explain(open, event, depth)?;
    if format == Format::Json {
        let view = View::Explanation(explanation);
        view.check()
            .map_err(|error| Failure::Internal(error.to_string()))?;
        serde_json::to_writer(&mut *out, &view).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    out.write_all(lines_of(&explanation).as_bytes())?;
    Ok(())
}
