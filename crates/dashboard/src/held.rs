//! A run that the program around the page makes itself and holds between two steps when asked to.
//!
//! Invariants: nothing of it reaches the log (a step is executed or it is not, and which ones are decides the scenario); to stop is
//! no order but the run's `STOP` file, as for any other run. Not here: the run, and how it is held.

use serde::Serialize;

/// What a run in this program is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It goes from step to step.
    Running,
    /// It executes a step and will be held behind it.
    Stepping,
    /// It waits between two steps.
    Paused,
    /// It has ended: no step will follow.
    Ended,
}

/// Where a run in this program stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// What it does.
    pub doing: Doing,
    /// Epoch of the next step.
    pub epoch: u32,
    /// The next step within its epoch.
    pub step: u32,
    /// Steps begun, from the beginning of the run's history; where it waits or has ended, all of them are done.
    pub steps: u64,
    /// Whether its scenario has the kill switch, without which the `STOP` file is passed over.
    pub can_stop: bool,
}

/// What a run in this program is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Wait behind the step that is executed.
    Pause,
    /// Execute one step and wait again.
    Step,
    /// Go on.
    Go,
}
