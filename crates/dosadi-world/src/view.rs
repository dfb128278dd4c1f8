//! What agents of the city may see: lazily, of the day as it is.
//!
//! A view is a reference to the world with an agent's seat; making one allocates nothing. Prices, the map, who controls what and
//! announced crackdowns are public; a network sees its own estimates, a post its own officer, a patrol command the telemetry of
//! its own borders. Nobody sees hidden truth or cargo that was not found. Not here: decisions (`policies`).

mod smuggling;
mod trade;

use crate::state::offices::Seat;
use crate::world::Dosadi;
use das_core::id::AgentId;
use das_core::society::Society;
use serde::Serialize;
use serde::ser::SerializeStruct;

/// The view of one agent.
#[derive(Clone, Copy, Debug)]
pub struct DosadiView<'a> {
    pub(crate) world: &'a Dosadi,
    pub(crate) society: &'a Society,
    who: AgentId,
}

impl<'a> DosadiView<'a> {
    pub(crate) fn new(world: &'a Dosadi, society: &'a Society, who: AgentId) -> Self {
        Self {
            world,
            society,
            who,
        }
    }

    /// The agent that looks.
    pub fn me(&self) -> AgentId {
        self.who
    }

    /// The office it holds.
    pub fn seat(&self) -> Option<Seat> {
        self.world.state.offices.seat(self.who)
    }

    /// Days since genesis.
    pub fn day(&self) -> u32 {
        self.world.day()
    }

    /// World phase: 0, 1 or 2.
    pub fn phase(&self) -> u8 {
        self.world.state.phase.phase
    }

    /// Own money, micro-credits.
    pub fn cash(&self) -> i64 {
        self.society.balance(self.who).0
    }
}

impl Serialize for DosadiView<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut view = to.serialize_struct("DosadiView", 4)?;
        view.serialize_field("seat", &self.seat())?;
        view.serialize_field("day", &self.day())?;
        view.serialize_field("phase", &self.phase())?;
        view.serialize_field("cash", &self.cash())?;
        view.end()
    }
}
