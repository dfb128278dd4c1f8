//! What agents of the city do to each other: actions, terms, conduct. Plain data, shared by the world and the policies.

use crate::state::shipments::{Bid, Choice};
use das_core::id::{Kind, Tool};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// Kinds of interaction; the position is the [`Kind`].
pub const KINDS: &[&str] = &[
    "shipment_offer",
    "bribed_crossing",
    "crossing",
    "seizure",
    "crackdown",
];
/// Legal trade: merchant guild → buying ward.
pub const SHIPMENT_OFFER: Kind = Kind(0);
/// A bribe at a border: smuggler → customs post. A refused bribe is a rejected offer; the cargo then comes to an ordinary crossing.
pub const BRIBED_CROSSING: Kind = Kind(1);
/// Smuggled cargo at a border without a bribe: smuggler → customs post.
pub const CROSSING: Kind = Kind(2);
/// Smuggled cargo taken: customs post → smuggler.
pub const SEIZURE: Kind = Kind(3);
/// A crackdown on a border: patrol command → customs post. Closed on its last day.
pub const CRACKDOWN: Kind = Kind(4);

/// Tools; the position is the [`Tool`].
pub const TOOLS: &[&str] = &[
    "trade",
    "smuggle",
    "bribe",
    "inspect",
    "seize",
    "crackdown",
    "patrol",
];
/// Post trading terms, sell to wards.
pub const TOOL_TRADE: Tool = Tool(0);
/// Send contraband.
pub const TOOL_SMUGGLE: Tool = Tool(1);
/// Offer a bribe.
pub const TOOL_BRIBE: Tool = Tool(2);
/// Handle cargo at a border.
pub const TOOL_INSPECT: Tool = Tool(3);
/// Seize cargo.
pub const TOOL_SEIZE: Tool = Tool(4);
/// Order a crackdown.
pub const TOOL_CRACKDOWN: Tool = Tool(5);
/// Deploy patrols.
pub const TOOL_PATROL: Tool = Tool(6);

/// Contraband to be sent, as a smuggler plans it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Contraband kind.
    pub kind: u8,
    /// Units.
    pub units: i64,
    /// Corridors from source to destination, first one first.
    pub route: Vec<u32>,
    /// Why: source, destination, parts of the score, runner-up.
    pub choice: Choice,
}

/// Bribes of a day, as a smuggler sets them aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allotment {
    /// (How-manieth shipment of the day, bids by border.)
    pub bids: Vec<(u32, Vec<Bid>)>,
    /// Routes evaluated today that no plan has counted: those of shipments that were not worth sending.
    pub evaluated: u32,
}

/// What an agent may do in ACT.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Merchant guild: the terms it trades on from tomorrow.
    TradeTerms {
        /// Share of the price gap it keeps as margin, 0..=1.
        share: f64,
        /// Least gap worth a trade, as a share of the base price.
        least_gap: f64,
        /// Route risk from which it pays for an escort.
        escort_from: f64,
    },
    /// Smuggler: send a shipment.
    Ship(Plan),
    /// Smuggler: today's bribes for today's shipments.
    Bribes(Allotment),
    /// Patrol command: a crackdown from now on.
    Crackdown {
        /// Border.
        border: u32,
        /// Intensity 0..=1.
        intensity: f64,
        /// Days.
        days: u32,
    },
    /// Patrol command: patrols for the week.
    Patrols(Vec<u32>),
}

/// A legal offer: public terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sale {
    /// Selling ward.
    pub source: u32,
    /// Buying ward.
    pub buyer: u32,
    /// Legal good.
    pub good: u8,
    /// Units.
    pub units: i64,
    /// Price a unit, all included, micro-credits.
    pub unit_price: i64,
    /// Days to arrival.
    pub days: u32,
}

/// Cargo at a border: what the post can see.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Border.
    pub border: u32,
    /// Shipment number.
    pub shipment: u64,
    /// Declared value, micro-credits.
    pub value: i64,
    /// Bribe on the table, micro-credits; 0 is none. Of a crossing: the bribe that was refused just before.
    pub bid: i64,
}

/// Public terms of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Terms {
    /// [`SHIPMENT_OFFER`].
    Sale(Sale),
    /// [`BRIBED_CROSSING`].
    Bribe(Passage),
    /// [`CROSSING`].
    Crossing(Passage),
    /// [`SEIZURE`].
    Seizure(Passage),
    /// [`CRACKDOWN`].
    Crackdown {
        /// Border.
        border: u32,
        /// Intensity 0..=1.
        intensity: f64,
        /// Days.
        days: u32,
    },
}

impl Terms {
    /// Kind of the interaction.
    #[inline]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Sale(_) => SHIPMENT_OFFER,
            Self::Bribe(_) => BRIBED_CROSSING,
            Self::Crossing(_) => CROSSING,
            Self::Seizure(_) => SEIZURE,
            Self::Crackdown { .. } => CRACKDOWN,
        }
    }

    /// Tool of the initiator.
    #[inline]
    pub fn tool(&self) -> Tool {
        match self {
            Self::Sale(_) => TOOL_TRADE,
            Self::Bribe(_) => TOOL_BRIBE,
            Self::Crossing(_) => TOOL_SMUGGLE,
            Self::Seizure(_) => TOOL_SEIZE,
            Self::Crackdown { .. } => TOOL_CRACKDOWN,
        }
    }

    /// The most money that may leave initiator and counterparty by it.
    #[inline]
    pub fn outlay(&self) -> [MicroCredits; 2] {
        match self {
            Self::Sale(sale) => [
                MicroCredits::ZERO,
                MicroCredits(sale.units * sale.unit_price),
            ],
            Self::Bribe(passage) => [MicroCredits(passage.bid), MicroCredits::ZERO],
            _ => [MicroCredits::ZERO; 2],
        }
    }
}

/// Hidden conduct of the initiator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conduct {
    /// Duds among the units of a legal offer.
    pub duds: i64,
}

/// A yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Customs post: whether it opens the cargo.
    pub inspect: bool,
}

/// Late news to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum News {
    /// To a buying ward: a delivery came, with this share of duds, from this guild.
    Delivered {
        /// Polity of the guild.
        guild: u16,
        /// Share of duds 0..=1.
        duds: f64,
    },
}
