//! A buying ward: takes an offer that is worth its price, and remembers whose goods were duds.
//!
//! It hears the share of duds of each delivery with the name of the guild that sold it, and keeps one exponential mean a guild.
//! `Invariant: at most one number a polity is kept`. Not here: how much a ward can pay (`systems::trade` offers no more).

use crate::act::{Action, News, Response, Terms};
use crate::view::DosadiView;
use crate::world::Dosadi;
use das_core::agent::{BaseAgent, Decision, Offer, Phase, Turn};
use das_core::describe::{Descriptor, Param};
use das_core::state::{LoadError, Loader, Saver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The policy as listings and help show it.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "buying_ward",
    family: "agent",
    summary: "buys what it lacks at a price that what arrives is worth; remembers whose deliveries were duds",
    formula: "accepts if unit price <= patience * own price * (1 - d_guild); d_guild += learning * (share of duds - d_guild) at each \
              delivery, from `suspicion`",
    params: &[
        Param {
            name: "patience",
            range: "0..=10",
            default: "1.0",
            doc: "What it pays at most over its own price of the goods that it expects to be sound.",
        },
        Param {
            name: "learning",
            range: "0..=1",
            default: "0.1",
            doc: "Speed at which a delivery changes what it expects of a guild.",
        },
        Param {
            name: "suspicion",
            range: "0..=1",
            default: "0.0",
            doc: "Share of duds it expects of a guild it has never bought from.",
        },
    ],
    source: "Dosadi model page, sections 3 (stage 4) and 4",
};

/// Parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BuyingWardParams {
    /// What it pays at most over its own price.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub patience: f64,
    /// Speed of learning about a guild.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub learning: f64,
    /// Duds it expects of a guild it does not know.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub suspicion: f64,
}

impl Default for BuyingWardParams {
    fn default() -> Self {
        Self {
            patience: 1.0,
            learning: 0.1,
            suspicion: 0.0,
        }
    }
}

/// The policy.
#[derive(Clone, Debug)]
pub struct BuyingWard {
    params: BuyingWardParams,
    /// Expected share of duds by guild; guilds beyond the end are unknown.
    duds: Vec<f64>,
}

impl BuyingWard {
    /// A fresh agent.
    pub fn new(params: BuyingWardParams) -> Self {
        Self {
            params,
            duds: Vec::new(),
        }
    }

    /// Share of duds it expects of a guild.
    fn expected(&self, guild: u16) -> f64 {
        let known = self.duds.get(usize::from(guild));
        known.copied().unwrap_or(self.params.suspicion)
    }

    fn is_worth(&self, unit_price: i64, own_price: i64, guild: u16) -> bool {
        let worth = self.params.patience * own_price as f64 * (1.0 - self.expected(guild));
        unit_price as f64 <= worth
    }

    fn learn(&mut self, guild: u16, duds: f64) {
        let at = usize::from(guild);
        if at >= self.duds.len() {
            self.duds.resize(at + 1, self.params.suspicion);
        }
        self.duds[at] += self.params.learning * (duds - self.duds[at]);
    }
}

impl BaseAgent<Dosadi> for BuyingWard {
    fn kind(&self) -> &'static str {
        DESCRIPTOR.name
    }

    /// It only answers.
    fn takes_turns(&self, _phase: Phase) -> bool {
        false
    }

    fn select_action(&mut self, _seen: &DosadiView<'_>, _turn: Turn<'_>) -> Option<Action> {
        None
    }

    fn accept_interaction(
        &mut self,
        offer: &Offer<'_, Dosadi>,
        seen: &DosadiView<'_>,
        _turn: Turn<'_>,
    ) -> Decision<Dosadi> {
        let Terms::Sale(sale) = offer.terms else {
            return Decision::reject();
        };
        let (Some(guild), Some(own)) =
            (seen.guild_of(offer.from), seen.price(sale.buyer, sale.good))
        else {
            return Decision::reject();
        };
        if self.is_worth(sale.unit_price, own, guild) {
            Decision::accept(Response::default(), 0)
        } else {
            Decision::reject()
        }
    }

    fn hear(&mut self, news: &News) {
        let News::Delivered { guild, duds } = *news;
        self.learn(guild, duds);
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.duds);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.duds = from.take()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duds_spoil_a_thin_bargain() {
        // At first 95 is fine for goods worth 100; after deliveries with a tenth of duds only 90 is, and only from that guild.
        let mut ward = BuyingWard::new(BuyingWardParams::default());
        assert!(ward.is_worth(95, 100, 2));
        (0..200).for_each(|_| ward.learn(2, 0.1));
        assert!(!ward.is_worth(95, 100, 2));
        assert!(ward.is_worth(89, 100, 2));
        assert!(
            ward.is_worth(95, 100, 0),
            "another guild, passed over in the table"
        );
        assert!(ward.is_worth(95, 100, 3), "another guild, never heard of");
        (0..200).for_each(|_| ward.learn(2, 0.0));
        assert!(ward.is_worth(95, 100, 2), "trust comes back");
    }

    #[test]
    fn patience_and_suspicion_move_the_limit() {
        // The limit is patience · price · (1 − suspicion), inclusive.
        let ward = BuyingWard::new(BuyingWardParams {
            patience: 1.5,
            suspicion: 0.2,
            ..BuyingWardParams::default()
        });
        assert!(ward.is_worth(120, 100, 0) && !ward.is_worth(121, 100, 0));
    }

    #[test]
    fn what_it_learned_survives_a_save() {
        // Saved and loaded into a fresh agent, the expectations are the same.
        let mut ward = BuyingWard::new(BuyingWardParams::default());
        ward.learn(3, 0.5);
        let mut saver = Saver::new();
        BaseAgent::save(&ward, &mut saver);
        let bytes = saver.into_bytes();
        let mut other = BuyingWard::new(BuyingWardParams::default());
        BaseAgent::load(&mut other, &mut Loader::new(&bytes)).unwrap();
        assert_eq!(other.duds, ward.duds);
    }
}
