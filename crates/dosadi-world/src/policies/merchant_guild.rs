//! A merchant guild: sells what its wards have to wards that pay more, and keeps a share of the gap.
//!
//! The world matches buyers and sources on the terms the guild has posted; all the guild decides is the terms. The share of the gap
//! is the one its polity was founded with, times a factor. What levers take of its margin it wants back from the gap: a tax
//! makes thin trades not worth while. Not here: matching (`systems::trade`), its rate of duds, which is hidden conduct of the world.

use crate::act::{Action, SHIPMENT_OFFER};
use crate::view::DosadiView;
use crate::world::Dosadi;
use das_core::agent::{BaseAgent, Decision, Offer, Outcome, Phase, Turn};
use das_core::describe::{Descriptor, Param};
use das_core::detmath::{clamp, fmin};
use das_core::interaction::Side;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The policy as listings and help show it.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "merchant_guild",
    family: "agent",
    summary: "sells goods between wards for a share of the price gap; levers that tax it make thin trades not worth while",
    formula: "share = founding share * share_factor; least gap = least_gap/(1 - min(.9, F/M)) of the base price, F and M sums of fees \
              and margins of its offers that fade by `memory`; terms are posted when they change by more than 1 %",
    params: &[
        Param {
            name: "share_factor",
            range: "0..=2",
            default: "1.0",
            doc: "Factor on the share of the gap that the guild was founded with.",
        },
        Param {
            name: "least_gap",
            range: "0..=10",
            default: "0.025",
            doc: "Least price gap worth a trade, as a share of the base price, when no lever takes anything.",
        },
        Param {
            name: "escort_from",
            range: "0..=10",
            default: "as environment.trade.escort_from",
            doc: "Route risk from which cargo is escorted; above 1, rarely.",
        },
        Param {
            name: "memory",
            range: "0..=0.999",
            default: "0.98",
            doc: "What is left of the sums of fees and margins at each offer.",
        },
    ],
    source: "Dosadi model page, section 3 (stage 4)",
};

/// Share of a margin that the guild assumes levers take at most.
const FEE_MAX: f64 = 0.9;
/// Relative change of terms that is worth posting.
const WORTH_POSTING: f64 = 0.01;

/// Parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MerchantGuildParams {
    /// Factor on the founding share of the gap.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub share_factor: f64,
    /// Least gap worth a trade, as a share of the base price, without fees.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub least_gap: f64,
    /// Route risk from which cargo is escorted; absent, as the environment has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub escort_from: Option<f64>,
    /// What is left of the sums of fees and margins at each offer.
    #[schemars(range(min = 0.0, max = 0.999))]
    pub memory: f64,
}

impl Default for MerchantGuildParams {
    fn default() -> Self {
        Self {
            share_factor: 1.0,
            least_gap: crate::systems::trade::LEAST_GAP,
            escort_from: None,
            memory: 0.98,
        }
    }
}

/// What a guild learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Ledgers {
    /// Fees that levers took, credits; fading sum.
    fees: f64,
    /// Margins of accepted offers, credits; fading sum.
    margins: f64,
    /// Share of the gap it was founded with: the first it saw of its terms.
    founding_share: Option<f64>,
}

/// The policy.
#[derive(Clone, Debug)]
pub struct MerchantGuild {
    params: MerchantGuildParams,
    state: Ledgers,
}

impl MerchantGuild {
    /// A fresh agent.
    pub fn new(params: MerchantGuildParams) -> Self {
        Self {
            params,
            state: Ledgers::default(),
        }
    }

    /// Least gap that leaves the net margin of the smallest untaxed trade.
    fn least_gap(&self) -> f64 {
        let taken = if self.state.margins > 0.0 {
            fmin(FEE_MAX, self.state.fees / self.state.margins)
        } else {
            0.0
        };
        self.params.least_gap / (1.0 - taken)
    }

    fn learn(&mut self, fee: f64, margin: f64) {
        let memory = self.params.memory;
        self.state.fees = memory * self.state.fees + fee;
        self.state.margins = memory * self.state.margins + margin;
    }
}

fn differs(a: f64, b: f64) -> bool {
    (a - b).abs() > WORTH_POSTING * b.abs()
}

impl BaseAgent<Dosadi> for MerchantGuild {
    fn kind(&self) -> &'static str {
        DESCRIPTOR.name
    }

    /// It acts, and makes no offers.
    fn takes_turns(&self, phase: Phase) -> bool {
        phase == Phase::Act
    }

    fn select_action(&mut self, seen: &DosadiView<'_>, turn: Turn<'_>) -> Option<Action> {
        if turn.attempt > 0 {
            return None;
        }
        let posted = seen.own_terms()?;
        let founding = *self.state.founding_share.get_or_insert(posted.share);
        let share = clamp(founding * self.params.share_factor, 0.0, 1.0);
        let least_gap = self.least_gap();
        let escort_from = self.params.escort_from.unwrap_or(posted.escort_from);
        let change = differs(share, posted.share)
            || differs(least_gap, posted.least_gap)
            || differs(escort_from, posted.escort_from);
        change.then_some(Action::TradeTerms {
            share,
            least_gap,
            escort_from,
        })
    }

    fn accept_interaction(
        &mut self,
        _offer: &Offer<'_, Dosadi>,
        _seen: &DosadiView<'_>,
        _turn: Turn<'_>,
    ) -> Decision<Dosadi> {
        // Nobody in the city has anything to offer a guild.
        Decision::reject()
    }

    fn update_state(&mut self, outcome: &Outcome<'_, Dosadi>) {
        if outcome.kind != SHIPMENT_OFFER || outcome.side != Side::Initiator {
            return;
        }
        // The mark of its offers is their margin in micro-credits; a fee may fall on a rejected one too.
        let margin = if outcome.accepted {
            MicroCredits(outcome.tag as i64).credits()
        } else {
            0.0
        };
        self.learn(outcome.fee, margin);
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.state);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.state = from.take()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_raises_the_least_gap() {
        // A lever that takes a fifth of every margin: the least gap grows to 1/(1 − .2) of the untaxed one, and falls back when the
        // tax goes; a fee without any margin leaves it as it was.
        let mut guild = MerchantGuild::new(MerchantGuildParams::default());
        assert_eq!(guild.least_gap(), 0.025);
        guild.learn(1.0, 0.0);
        assert_eq!(guild.least_gap(), 0.025);
        (0..2000).for_each(|_| guild.learn(2.0, 10.0));
        assert!((guild.least_gap() - 0.025 / 0.8).abs() < 1e-9);
        (0..2000).for_each(|_| guild.learn(0.0, 10.0));
        assert!((guild.least_gap() - 0.025).abs() < 1e-9);
    }

    #[test]
    fn a_ruinous_fee_is_bounded() {
        // Fees above the margin: the guild asks for ten times the gap and no more.
        let mut guild = MerchantGuild::new(MerchantGuildParams::default());
        guild.learn(100.0, 1.0);
        assert!((guild.least_gap() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn what_it_learned_survives_a_save() {
        // Saved and loaded into a fresh agent, the least gap is the same to the bit.
        let mut guild = MerchantGuild::new(MerchantGuildParams::default());
        guild.learn(0.3, 1.7);
        let mut saver = Saver::new();
        BaseAgent::save(&guild, &mut saver);
        let bytes = saver.into_bytes();
        let mut other = MerchantGuild::new(MerchantGuildParams::default());
        BaseAgent::load(&mut other, &mut Loader::new(&bytes)).unwrap();
        assert_eq!(other.least_gap().to_bits(), guild.least_gap().to_bits());
    }
}
