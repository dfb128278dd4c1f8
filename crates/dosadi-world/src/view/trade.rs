//! What merchant guilds and buying wards see: public prices, who speaks for which guild, and a guild's own posted terms.

use super::DosadiView;
use crate::goods::GOODS;
use crate::state::offices::Seat;
use crate::state::stores::at;
use das_core::id::AgentId;

/// The public part of a guild's terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PostedTerms {
    /// Share of the price gap it keeps.
    pub share: f64,
    /// Least gap worth a trade, as a share of the base price.
    pub least_gap: f64,
    /// Route risk from which it pays for an escort.
    pub escort_from: f64,
}

impl DosadiView<'_> {
    /// Price of a legal good in a ward, micro-credits a unit.
    pub fn price(&self, ward: u32, good: u8) -> Option<i64> {
        let (ward, good) = (ward as usize, usize::from(good));
        let known = ward < self.world.wards() && good < GOODS;
        known.then(|| self.world.state.stores.price[at(ward, good)])
    }

    /// Polity of the guild an agent speaks for.
    pub fn guild_of(&self, agent: AgentId) -> Option<u16> {
        match self.world.state.offices.seat(agent) {
            Some(Seat::Guild(polity)) => Some(polity),
            _ => None,
        }
    }

    /// The terms that the guild of this seat trades on.
    pub fn own_terms(&self) -> Option<PostedTerms> {
        let Some(Seat::Guild(polity)) = self.seat() else {
            return None;
        };
        let terms = self.world.state.terms.get(usize::from(polity))?;
        Some(PostedTerms {
            share: terms.share,
            least_gap: terms.least_gap,
            escort_from: terms.escort_from,
        })
    }
}
