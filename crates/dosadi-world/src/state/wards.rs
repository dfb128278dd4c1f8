//! Wards: people, indices, and the profile each was founded with.
//!
//! `Invariant: every index lies in 0..=1, at all times` ([`Wards::set`] is the only writer). `Invariant: every change of an index
//! has a reason` (the setter takes one and keeps the last, with sums over the city). Not here: stocks (`stores`), money (the
//! ledger), what moves the indices (`systems::drift`, `systems::production`, …).

use das_core::detmath::clamp;
use serde::{Deserialize, Serialize};

/// An index of a ward, 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Index {
    /// Smuggling norm: how normal it is to buy what is forbidden.
    Tolerance,
    /// Corruption of the ward's offices.
    Corruption,
    /// Legitimacy of the regime in the eyes of the ward.
    Legitimacy,
    /// Unrest.
    Unrest,
    /// Hardship h: exponential mean of [`Index::HardshipToday`].
    Hardship,
    /// Hardship of the day.
    HardshipToday,
    /// Harm done by contraband.
    Harm,
    /// Arms in the ward.
    Arms,
}

/// Number of indices.
pub const INDICES: usize = 8;

/// All indices, in order.
pub const ALL: [Index; INDICES] = [
    Index::Tolerance,
    Index::Corruption,
    Index::Legitimacy,
    Index::Unrest,
    Index::Hardship,
    Index::HardshipToday,
    Index::Harm,
    Index::Arms,
];

impl Index {
    /// Name in logs, vaults and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tolerance => "tolerance",
            Self::Corruption => "corruption",
            Self::Legitimacy => "legitimacy",
            Self::Unrest => "unrest",
            Self::Hardship => "hardship",
            Self::HardshipToday => "hardship_today",
            Self::Harm => "harm",
            Self::Arms => "arms",
        }
    }
}

/// Why an index changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Why {
    /// As founded.
    Genesis,
    /// Need met or not met today.
    Consumption,
    /// Contraband consumed.
    Contraband,
    /// Slow drift of norms.
    Culture,
    /// Slow drift of offices.
    Institutions,
    /// An audit found bribes.
    Audit,
}

/// Number of reasons.
pub const REASONS: usize = 6;

/// All reasons, in order.
pub const REASONS_ALL: [Why; REASONS] = [
    Why::Genesis,
    Why::Consumption,
    Why::Contraband,
    Why::Culture,
    Why::Institutions,
    Why::Audit,
];

impl Why {
    /// Name in logs, vaults and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Consumption => "consumption",
            Self::Contraband => "contraband",
            Self::Culture => "culture",
            Self::Institutions => "institutions",
            Self::Audit => "audit",
        }
    }
}

/// What a ward was founded with: place, air, resources, politics. All 0..=1. Static in this version of the city; later systems
/// change it through their own setters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Distance to the nearest well, scaled by the largest.
    pub dist_to_well: f64,
    /// Elevation: outer rings lie higher.
    pub elevation: f64,
    /// Share of shortest routes that pass here, scaled by the largest.
    pub corridor_centrality: f64,
    /// Soundness of the structures.
    pub structural_capacity: f64,
    /// Poison of the ruins.
    pub toxicity_ruin: f64,
    /// Heat.
    pub ambient_temp: f64,
    /// Control over the air.
    pub hvac_control_level: f64,
    /// How much dirty air gathers here.
    pub pollution_sink_index: f64,
    /// Water made here over water needed, capped at 1.
    pub water_quota: f64,
    /// Power granted.
    pub power_quota: f64,
    /// Power made here.
    pub local_generation: f64,
    /// Access to scrap.
    pub scrap_access: f64,
    /// Food stock over its cover, capped at 1.
    pub food_buffer: f64,
    /// People on the space.
    pub habitation_density: f64,
    /// People, scaled by the largest ward.
    pub population_scale: f64,
    /// How closely officials are watched.
    pub audit_intensity: f64,
    /// How rigid the law is.
    pub legal_rigidity: f64,
    /// Garrison.
    pub garrison_presence: f64,
    /// Skilled labour.
    pub skilled_labor_share: f64,
    /// Loyalty to the regime.
    pub loyalty_to_regime: f64,
    /// Black market.
    pub black_market_intensity: f64,
    /// Fear.
    pub fear_index: f64,
}

/// All wards, by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wards {
    /// Name, unique.
    pub names: Vec<Box<str>>,
    /// Ring of the city, 0 the centre.
    pub ring: Vec<u8>,
    /// Polity that controls it.
    pub polity: Vec<u16>,
    /// People.
    pub people: Vec<i64>,
    /// As founded.
    pub profiles: Vec<Profile>,
    /// Audits felt here: +0.15 each, −1.5 % a day.
    pub audit_pressure: Vec<f64>,
    /// Crackdowns felt here: decaying sum.
    pub crackdown_pressure: Vec<f64>,
    /// Bribes paid here: decaying sum, credits.
    pub bribe_pressure: Vec<f64>,
    indices: [Vec<f64>; INDICES],
    last: [Vec<u8>; INDICES],
    /// Sum of changes over the city by index and reason.
    moved: [[f64; REASONS]; INDICES],
}

impl Wards {
    /// Number of wards.
    #[inline]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether there is no ward.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Adds a ward with all indices 0.
    pub fn found(&mut self, name: &str, ring: u8, polity: u16, people: i64, profile: Profile) {
        self.names.push(name.into());
        self.ring.push(ring);
        self.polity.push(polity);
        self.people.push(people);
        self.profiles.push(profile);
        self.audit_pressure.push(0.0);
        self.crackdown_pressure.push(0.0);
        self.bribe_pressure.push(0.0);
        for column in &mut self.indices {
            column.push(0.0);
        }
        for column in &mut self.last {
            column.push(Why::Genesis as u8);
        }
    }

    /// An index of a ward.
    #[inline]
    pub fn get(&self, index: Index, ward: usize) -> f64 {
        self.indices[index as usize][ward]
    }

    /// An index of all wards.
    #[inline]
    pub fn column(&self, index: Index) -> &[f64] {
        &self.indices[index as usize]
    }

    /// Sets an index, held to 0..=1; NaN leaves it as it was.
    #[inline]
    pub fn set(&mut self, index: Index, ward: usize, value: f64, why: Why) {
        let i = index as usize;
        let before = self.indices[i][ward];
        let after = if value.is_nan() {
            before
        } else {
            clamp(value, 0.0, 1.0)
        };
        if after != before {
            self.indices[i][ward] = after;
            self.last[i][ward] = why as u8;
            self.moved[i][why as usize] += after - before;
        }
    }

    /// Moves an index towards a target by a share of the distance.
    #[inline]
    pub fn drift(&mut self, index: Index, ward: usize, target: f64, speed: f64, why: Why) {
        let now = self.get(index, ward);
        let target = clamp(target, 0.0, 1.0);
        self.set(index, ward, now + speed * (target - now), why);
    }

    /// The last reason an index of a ward changed.
    pub fn last_reason(&self, index: Index, ward: usize) -> Why {
        REASONS_ALL[usize::from(self.last[index as usize][ward])]
    }

    /// Sum of an index's changes over the city for a reason, since genesis.
    pub fn moved(&self, index: Index, why: Why) -> f64 {
        self.moved[index as usize][why as usize]
    }

    /// Shortage of a ward: what is felt as hardship, 0..=1.
    pub fn shortage_index(&self, ward: usize) -> f64 {
        self.get(Index::Hardship, ward)
    }
}
