//! The state of the city: dense columns, one file a thing.
//!
//! Everything that is not configuration is in [`State`]; it is saved, hashed and restored as a whole by serde. Indices of a
//! ward lie in 0..=1 and change only through [`wards::Wards::set`], which wants a reason. Not here: rules (`systems`).

pub mod borders;
pub mod calendar;
pub mod factions;
pub mod flows;
pub mod map;
pub mod offices;
pub mod phase;
pub mod shipments;
pub mod stores;
pub mod wards;

use crate::metrics::Figures;
use serde::{Deserialize, Serialize};

/// Everything that is not configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Days since genesis: the day that is being lived, from 0.
    pub day: u32,
    /// Wards, corridors, borders as a graph, and the version of it.
    pub map: map::Map,
    /// People and indices by ward.
    pub wards: wards::Wards,
    /// Stocks and prices by ward and good.
    pub stores: stores::Stores,
    /// What moves on the corridors today, and how risky they are.
    pub corridors: map::Traffic,
    /// Telemetry of the borders, and crackdowns.
    pub borders: borders::Borders,
    /// Customs posts, two a border.
    pub posts: borders::Posts,
    /// Smuggling factions with their networks.
    pub factions: factions::Factions,
    /// Smuggled cargo under way.
    pub shipments: shipments::Shipments,
    /// Legal cargo under way, by day of arrival.
    pub calendar: calendar::Calendar,
    /// Sources and sinks of goods so far.
    pub flows: flows::Flows,
    /// Terms the guilds trade on, by polity.
    pub terms: Vec<crate::systems::trade::GuildTerms>,
    /// Weekly lists of sources and destinations of contraband.
    pub lists: crate::systems::scores::Lists,
    /// World phase and its hysteresis.
    pub phase: phase::PhaseState,
    /// Who sits where: agents and accounts.
    pub offices: offices::Offices,
    /// Counts of the epoch.
    pub figures: Figures,
}
