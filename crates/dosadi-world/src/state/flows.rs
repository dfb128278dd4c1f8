//! Sources and sinks of goods: the only ways in and out of the world.
//!
//! For every kind, each day: `stock + under way + duds under way + black market + custody + stashes = genesis + produced +
//! converted_in − consumed − spoiled − converted_out`. Checked in every step of every run (`systems::conservation`).

use crate::goods::KINDS;
use serde::{Deserialize, Serialize};

/// Units so far, by kind (legal goods, then contraband).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flows {
    /// There at the start.
    pub genesis: [i64; KINDS],
    /// Made.
    pub produced: [i64; KINDS],
    /// Came from another kind: contraband made of goods, stolen goods from robbed cargo, goods returned from custody.
    pub converted_in: [i64; KINDS],
    /// Used up by people.
    pub consumed: [i64; KINDS],
    /// Spoiled, duds among it.
    pub spoiled: [i64; KINDS],
    /// Turned into another kind, robbed, or destroyed from custody.
    pub converted_out: [i64; KINDS],
}

impl Flows {
    /// What must be in the world.
    pub fn expected(&self, kind: usize) -> i64 {
        self.genesis[kind] + self.produced[kind] + self.converted_in[kind]
            - self.consumed[kind]
            - self.spoiled[kind]
            - self.converted_out[kind]
    }
}
