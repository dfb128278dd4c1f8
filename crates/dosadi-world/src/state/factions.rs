//! Factions: one record for every kind, and what the smuggling network of each knows.
//!
//! `Invariant: a network tracks at most [`EDGES_MAX`] corridors` (asserted by `systems::learning`). The network state is saved with
//! the world and exported as `smuggling.json`. Not here: choices (`policies::smuggler`), learning (`systems::learning`).

use crate::goods::CONTRABAND;
use das_core::detmath::clamp;
use serde::{Deserialize, Serialize};

/// Corridors a network tracks at most (`smuggling.border_topk` may ask for fewer).
pub const EDGES_MAX: usize = 24;
/// Outcomes a network remembers.
pub const OUTCOMES_MAX: usize = 32;
/// Pairs of wards whose last route a network remembers.
pub const CHOSEN_MAX: usize = 32;
/// Wards farther than this are as good as absent: presence is exp(−hops/4).
pub const PRESENCE_HOPS: f64 = 4.0;

/// What a faction is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FactionKind {
    /// The regime's own.
    State,
    /// Guild.
    Guild,
    /// Raiders: robbed less, and robbed cargo is theirs.
    Raiders,
    /// Cult.
    Cult,
    /// Mercenaries.
    Mercenary,
}

impl FactionKind {
    /// Name in logs and vaults.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Guild => "guild",
            Self::Raiders => "raiders",
            Self::Cult => "cult",
            Self::Mercenary => "mercenary",
        }
    }
}

/// Estimates about one corridor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EdgeStat {
    /// Corridor.
    pub corridor: u32,
    /// Estimated probability of loss, 0..=1.
    pub risk: f64,
    /// Estimated cost as a share of cargo value, 0..=1.
    pub cost: f64,
    /// Uses, ×0.995 at each use of it.
    pub uses: f64,
    /// Day of the last update.
    pub last_day: u32,
}

/// How a shipment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Arrived.
    Delivered,
    /// Taken by customs or a patrol.
    Seized,
    /// Robbed on the way.
    Robbed,
}

/// One remembered outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// Day it ended.
    pub day: u32,
    /// Contraband kind.
    pub kind: u8,
    /// Units.
    pub units: i64,
    /// What it cost and brought, micro-credits.
    pub profit: i64,
    /// How it ended.
    pub fate: Fate,
}

/// The route a network took last between two wards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Source ward.
    pub source: u32,
    /// Destination ward.
    pub destination: u32,
    /// Corridors, first one first.
    pub corridors: Vec<u32>,
    /// Day it was chosen last.
    pub day: u32,
}

/// What a smuggling network knows and has done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Preference by contraband kind.
    pub prefs: [f64; CONTRABAND],
    /// Tracked corridors, by id.
    pub edges: Vec<EdgeStat>,
    /// Share of cash that is the bribe budget of a day.
    pub bribe_fraction: f64,
    /// Last day it planned.
    pub last_run_day: u32,
    /// Last outcomes, oldest first.
    pub outcomes: Vec<Remembered>,
    /// Units of stolen goods at home.
    pub stash: i64,
    /// Shipments sent, since genesis.
    pub sent: u64,
    /// Shipments delivered.
    pub delivered: u64,
    /// Shipments seized.
    pub seized: u64,
    /// Shipments robbed.
    pub robbed: u64,
    /// Bribes paid, micro-credits.
    pub bribes: i64,
    /// Income from deliveries, micro-credits.
    pub income: i64,
    /// Money spent on goods, freight, bribes and crew, micro-credits.
    pub spent: i64,
    /// Spent on the home ward out of plenty, micro-credits; neither cost nor profit.
    pub handed_on: i64,
    /// Put in by the home ward when the working capital was gone, micro-credits; neither income nor profit.
    pub staked: i64,
    /// Routes evaluated today, over all slots.
    pub evaluated_today: u32,
    /// Shipments sent today.
    pub sent_today: u32,
    /// Bribes set aside today, micro-credits.
    pub placed_today: i64,
    /// Routes taken last, by pair: at most [`CHOSEN_MAX`], the longest unused goes first.
    pub chosen: Vec<Chosen>,
    /// Shipments sent, by kind, since genesis.
    pub sent_by_kind: [u64; CONTRABAND],
}

impl Network {
    /// The estimate about a corridor, if it is tracked.
    #[inline]
    pub fn edge(&self, corridor: u32) -> Option<&EdgeStat> {
        let at = self.edges.binary_search_by_key(&corridor, |e| e.corridor);
        at.ok().map(|at| &self.edges[at])
    }
}

/// A faction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Faction {
    /// Name, unique.
    pub name: Box<str>,
    /// What it is.
    pub kind: FactionKind,
    /// Home ward.
    pub home: u32,
    /// Presence by ward: exp(−hops/4) from home.
    pub presence: Vec<f64>,
    /// Crew wage a day, micro-credits.
    pub crew: i64,
    /// Its smuggling network.
    pub network: Network,
}

/// All smuggling factions; the place is the faction's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Factions {
    /// By id.
    pub list: Vec<Faction>,
}

/// Risk or cost a faction expects: what it learned, forgotten towards the prior over the days.
#[inline]
pub fn forgotten(prior: f64, stored: f64, forget: f64, days: u32) -> f64 {
    clamp(
        prior + (stored - prior) / (1.0 + forget * f64::from(days)),
        0.0,
        1.0,
    )
}
