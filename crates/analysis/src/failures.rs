//! One pass over a log for all failure modes.

use crate::collusion::CollusionFold;
use crate::conflict::ConflictFold;
use crate::event::{Event, Roster, StepClock};
use crate::finding::Finding;
use crate::miscoordination::MiscoordinationFold;
use crate::selection::SelectionFold;
use das_core::log::Head;

/// The folds of all modes.
#[derive(Clone, Debug, Default)]
pub struct FailureFold {
    clock: StepClock,
    roster: Roster,
    miscoordination: MiscoordinationFold,
    conflict: ConflictFold,
    collusion: CollusionFold,
    selection: SelectionFold,
}

impl FailureFold {
    /// Takes a line: its head and what it says.
    pub fn line(&mut self, head: &Head<'_>, event: &Event<'_>) {
        let step = self.clock.step(head.now);
        let Some(number) = head.event else {
            return;
        };
        self.miscoordination.event(number, event);
        let at = (head.now.epoch, step);
        self.conflict.event(number, at, event, &mut self.roster);
        self.collusion.event(number, event, &mut self.roster);
        self.selection.event(number, head.now.epoch, event);
    }

    /// A finding for each mode, in the order of [`crate::finding::Mode::ALL`].
    pub fn finish(self) -> Vec<Finding> {
        let [adverse, collapse] = self.selection.finish();
        vec![
            self.miscoordination.finish(),
            self.conflict.finish(&self.roster),
            self.collusion.finish(&self.roster),
            adverse,
            collapse,
        ]
    }
}
