//! Smuggled cargo under way: a slab, and a heap of what is due.
//!
//! A shipment moves one corridor a day. The heap holds (day, sequence number, slot), so the order within a day is that of sending,
//! whatever slot was reused. Not here: what happens on the way (`systems::logistics`, `systems::customs`).

use das_core::id::InteractionId;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Why a route was chosen: the parts of the winner's score and of the runner-up's. Money in micro-credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    /// Source ward.
    pub source: u32,
    /// Destination ward.
    pub destination: u32,
    /// Index of the route among the candidates of the pair.
    pub route: u8,
    /// Hops.
    pub hops: u16,
    /// Sum of estimated risks.
    pub risk: f64,
    /// Sum of estimated costs, share of value.
    pub cost: f64,
    /// Freight.
    pub freight: i64,
    /// Expected revenue 0.85·q·price.
    pub value: i64,
    /// Expected profit: value − inputs − value·(risk + cost) − freight.
    pub expected: f64,
}

/// A choice with its runner-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What was chosen.
    pub best: Considered,
    /// Second best, if a second was evaluated.
    pub second: Option<Considered>,
    /// Routes evaluated.
    pub evaluated: u32,
}

/// A bribe set aside for a border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// Border.
    pub border: u32,
    /// At most this much, micro-credits.
    pub amount: i64,
}

/// Cargo under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shipment {
    /// Sequence number over the run: the key of its draws.
    pub number: u64,
    /// Event that announced it.
    pub created_event: u64,
    /// Faction.
    pub faction: u16,
    /// Contraband kind.
    pub kind: u8,
    /// Units.
    pub units: i64,
    /// From.
    pub source: u32,
    /// To.
    pub destination: u32,
    /// Corridors still to take, next one last.
    pub ahead: Vec<u32>,
    /// Ward it is in.
    pub at: u32,
    /// Expected revenue, micro-credits.
    pub value: i64,
    /// Paid for its inputs at the source.
    pub bought: i64,
    /// Paid for freight.
    pub freight: i64,
    /// Units of input destroyed for it, and which good.
    pub input: (u8, i64),
    /// Bribes set aside, by border.
    pub bids: Vec<Bid>,
    /// Bribes paid so far.
    pub paid: i64,
    /// Re-inspections so far.
    pub delays: u8,
    /// Reroutes so far.
    pub reroutes: u8,
    /// Day it was sent.
    pub sent_day: u32,
    /// Why this route.
    pub choice: Choice,
    /// Its last crossing, to be the parent of the next.
    pub last_crossing: Option<InteractionId>,
}

/// All shipments under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shipments {
    slots: Vec<Option<Shipment>>,
    free: Vec<u32>,
    due: BinaryHeap<Reverse<(u32, u64, u32)>>,
    /// Number of the next shipment.
    pub next_number: u64,
}

impl PartialEq for Shipments {
    fn eq(&self, other: &Self) -> bool {
        self.next_number == other.next_number
            && self.under_way().eq(other.under_way())
            && self.due.clone().into_sorted_vec() == other.due.clone().into_sorted_vec()
    }
}

impl Shipments {
    /// Sends a shipment; it takes its first corridor on `day`.
    pub fn send(&mut self, mut shipment: Shipment, day: u32) -> u64 {
        shipment.number = self.next_number;
        self.next_number += 1;
        let number = shipment.number;
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(shipment);
            slot
        } else {
            self.slots.push(Some(shipment));
            self.slots.len() as u32 - 1
        };
        self.due.push(Reverse((day, number, slot)));
        number
    }

    /// Takes the next shipment that is due by `day`, with its slot.
    pub fn next_due(&mut self, day: u32) -> Option<(u32, Shipment)> {
        let Reverse((due, _, slot)) = *self.due.peek()?;
        if due > day {
            return None;
        }
        self.due.pop();
        self.slots[slot as usize].take().map(|s| (slot, s))
    }

    /// Puts a shipment back into its slot, due on `day`.
    pub fn wait(&mut self, slot: u32, shipment: Shipment, day: u32) {
        self.due.push(Reverse((day, shipment.number, slot)));
        self.slots[slot as usize] = Some(shipment);
    }

    /// Frees the slot of a shipment that has ended.
    pub fn end(&mut self, slot: u32) {
        self.free.push(slot);
    }

    /// Sets the bids of a shipment that is under way.
    pub fn set_bids(&mut self, number: u64, bids: Vec<Bid>) {
        let mut all = self.slots.iter_mut().flatten();
        if let Some(shipment) = all.find(|s| s.number == number) {
            shipment.bids = bids;
        }
    }

    /// Everything under way, by slot.
    pub fn under_way(&self) -> impl Iterator<Item = &Shipment> {
        self.slots.iter().flatten()
    }
}
