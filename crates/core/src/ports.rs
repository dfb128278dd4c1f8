//! The ports: the only ways in and out of a simulation.
//!
//! The core does no I/O. The runner stands behind these with files, signals and processes; replay stands behind them with
//! the recorded log.

use crate::agent::{Question, Reply};
use std::io;
use thiserror::Error;

/// A line could not be taken.
#[derive(Debug, Error)]
pub enum SinkError {
    /// The file system said no. The log's file is named by whoever opened it.
    #[error("the event log cannot be written")]
    Io(#[from] io::Error),
    /// A comparing sink met a line that differs from the recorded one. The sink keeps the details.
    #[error("the replayed line differs from the recorded one")]
    Diverged,
}

/// Takes finished bytes of the log: whole lines, each ending in LF, a batch per seal.
pub trait EventSink: Send {
    /// Takes a batch of whole lines.
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError>;
    /// Makes everything written durable.
    fn sync(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Throws everything away.
#[derive(Debug, Default)]
pub struct NullSink;

impl EventSink for NullSink {
    fn write(&mut self, _lines: &[u8]) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Collects the log in memory, for tests and small runs.
#[derive(Clone, Debug, Default)]
pub struct MemorySink(pub std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl EventSink for MemorySink {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        if let Ok(mut bytes) = self.0.lock() {
            bytes.extend_from_slice(lines);
        }
        Ok(())
    }
}

/// Where checkpoints go.
pub trait Storage: Send {
    /// Keeps a checkpoint; durable when it returns.
    fn checkpoint(&mut self, at_line: u64, bytes: &[u8]) -> io::Result<()>;
}

/// What came from outside while a step ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The kill switch: part of the run, recorded, ends the log with `status: stopped`.
    Stop,
    /// Ctrl-C: not part of the run; checkpoint and leave.
    Interrupt,
}

/// Polled once a step, before the step begins.
pub trait Control: Send {
    /// Anything from outside? `step` counts from 0 over the whole run.
    fn poll(&mut self, step: u64) -> Option<Signal>;
}

/// Never stops.
#[derive(Debug, Default)]
pub struct NoControl;

impl Control for NoControl {
    fn poll(&mut self, _step: u64) -> Option<Signal> {
        None
    }
}

/// Answers questions of agents outside this program. A batch belongs to one phase of one step; the answers come in its order.
pub trait Inputs: Send {
    /// Asks; each question is with the name of the agent that asks.
    fn ask(&mut self, questions: &[(String, Question)]) -> Vec<Reply>;
}

/// There is nobody outside: every reply is empty.
#[derive(Debug, Default)]
pub struct NoInputs;

impl Inputs for NoInputs {
    fn ask(&mut self, questions: &[(String, Question)]) -> Vec<Reply> {
        questions
            .iter()
            .map(|_| Reply {
                payload: String::new(),
            })
            .collect()
    }
}
