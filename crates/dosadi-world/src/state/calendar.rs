//! Legal cargo under way, by day of arrival: a ring of daily buckets.

use serde::{Deserialize, Serialize};

/// Days a legal delivery takes at most; the ring has this many buckets.
pub const DAYS_MAX: u32 = 64;

/// One delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// To which ward.
    pub ward: u32,
    /// Which good.
    pub good: u8,
    /// Polity of the guild that sold it.
    pub guild: u16,
    /// Units that are what they should be.
    pub good_units: i64,
    /// Units that are not: booked as spoiled on arrival.
    pub duds: i64,
}

/// Deliveries by day of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    buckets: Vec<Vec<Arrival>>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            buckets: vec![Vec::new(); DAYS_MAX as usize],
        }
    }
}

impl Calendar {
    /// Books a delivery for a day after `today`, at most [`DAYS_MAX`] − 1 days ahead.
    pub fn book(&mut self, today: u32, days: u32, arrival: Arrival) {
        let days = days.clamp(1, DAYS_MAX - 1);
        self.buckets[((today + days) % DAYS_MAX) as usize].push(arrival);
    }

    /// Takes the deliveries of a day.
    pub fn take(&mut self, day: u32) -> Vec<Arrival> {
        std::mem::take(&mut self.buckets[(day % DAYS_MAX) as usize])
    }

    /// Gives a taken, emptied list back, so that its memory is used again.
    pub fn give_back(&mut self, day: u32, mut list: Vec<Arrival>) {
        let bucket = &mut self.buckets[(day % DAYS_MAX) as usize];
        if bucket.is_empty() {
            list.clear();
            *bucket = list;
        }
    }

    /// Everything under way.
    pub fn all(&self) -> impl Iterator<Item = &Arrival> {
        self.buckets.iter().flatten()
    }
}
