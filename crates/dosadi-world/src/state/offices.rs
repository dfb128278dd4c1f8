//! Offices: which agent sits where, and which account is whose.
//!
//! The city names its agents (`ward.7`, `guild.1`, `faction.3`, `post.12a`, `patrol.0`); an agent takes its seat when it is registered.
//! `Invariant: seats are filled once, before the first day` (a world without an agent for an office leaves that office idle).

use das_core::id::AgentId;
use das_core::ledger::AccountId;
use serde::{Deserialize, Serialize};

/// What an agent is in the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Seat {
    /// Households and market of a ward.
    Ward(u32),
    /// Merchant guild of a polity.
    Guild(u16),
    /// Smuggling network of a faction.
    Faction(u16),
    /// Customs post.
    Post(u32),
    /// Patrol command of a polity; it holds the polity's treasury.
    Patrol(u16),
}

impl Seat {
    /// Name of the agent that sits here.
    pub fn agent_name(self) -> String {
        match self {
            Self::Ward(w) => format!("ward.{w}"),
            Self::Guild(p) => format!("guild.{p}"),
            Self::Faction(f) => format!("faction.{f}"),
            Self::Post(p) => format!("post.{}{}", p / 2, if p % 2 == 0 { 'a' } else { 'b' }),
            Self::Patrol(p) => format!("patrol.{p}"),
        }
    }

    /// The seat of an agent's name.
    pub fn of_name(name: &str) -> Option<Self> {
        let (office, rest) = name.split_once('.')?;
        Some(match office {
            "ward" => Self::Ward(rest.parse().ok()?),
            "guild" => Self::Guild(rest.parse().ok()?),
            "faction" => Self::Faction(rest.parse().ok()?),
            "patrol" => Self::Patrol(rest.parse().ok()?),
            "post" => {
                let side = u32::from(rest.ends_with('b'));
                let border: u32 = rest.strip_suffix(['a', 'b'])?.parse().ok()?;
                Self::Post(border.checked_mul(2)? + side)
            }
            _ => return None,
        })
    }

    /// Name of the account of its money.
    pub fn account_name(self) -> String {
        match self {
            Self::Ward(w) => format!("acct:ward:{w}"),
            Self::Guild(p) => format!("acct:fac:guild:{p}"),
            Self::Faction(f) => format!("acct:fac:{f}"),
            Self::Post(_) => format!("acct:shadow:{}", self.agent_name().replace('.', ":")),
            Self::Patrol(p) => format!("acct:state:{p}"),
        }
    }

    /// Policy of the agent.
    pub fn policy(self) -> &'static str {
        match self {
            Self::Ward(_) => "buying_ward",
            Self::Guild(_) => "merchant_guild",
            Self::Faction(_) => "smuggler",
            Self::Post(_) => "customs_post",
            Self::Patrol(_) => "patrol_command",
        }
    }
}

/// An agent and its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Agent.
    pub agent: AgentId,
    /// Account of its money.
    pub account: AccountId,
}

/// Agents and accounts by office.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offices {
    /// By ward.
    pub wards: Vec<Option<Holder>>,
    /// Officials' skim by ward: `acct:shadow:ward:*`.
    pub shadow: Vec<AccountId>,
    /// By polity.
    pub guilds: Vec<Option<Holder>>,
    /// By polity.
    pub patrols: Vec<Option<Holder>>,
    /// By faction.
    pub factions: Vec<Option<Holder>>,
    /// By post.
    pub posts: Vec<Option<Holder>>,
    /// `acct:state:treasury`.
    pub crown: Option<AccountId>,
    /// Seat by agent.
    pub seats: Vec<Option<Seat>>,
}

impl Offices {
    /// The seat of an agent.
    #[inline]
    pub fn seat(&self, who: AgentId) -> Option<Seat> {
        self.seats.get(who.index()).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_seats_are_one_to_one() {
        // A name gives its seat back, for every kind of office; other names give none.
        for seat in [
            Seat::Ward(7),
            Seat::Guild(1),
            Seat::Faction(3),
            Seat::Post(24),
            Seat::Post(25),
            Seat::Patrol(0),
        ] {
            assert_eq!(Seat::of_name(&seat.agent_name()), Some(seat));
        }
        for name in ["ward", "ward.x", "post.3", "post.c", "king.1"] {
            assert_eq!(Seat::of_name(name), None, "{name}");
        }
    }
}
