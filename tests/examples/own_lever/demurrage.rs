//! Demurrage: at the end of an epoch everybody pays a share of its balance, `fee = rate·balance`.
//!
//! It sees balances, which the society keeps; nothing of any deal. The fee is rounded to the nearest micro-credit, halves away
//! from zero. Not here: what becomes of it (`environment.treasury`).

// ANCHOR: imports
use das_core::describe::{Descriptor, Param};
use das_core::lever::{Act, Effect, GovernanceLever};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::units::MicroCredits;
// ANCHOR_END: imports

// ANCHOR: descriptor
/// What `das explain demurrage` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "demurrage",
    family: "lever",
    summary: "Everybody pays a share of its balance at the end of each epoch.",
    formula: "balance −= rate·balance",
    params: &[Param {
        name: "demurrage_rate",
        range: "0..=1",
        default: "0",
        doc: "share of the balance paid at the end of an epoch; 0 is none",
    }],
    source: "docs/src/guides/write-a-lever.md",
};
// ANCHOR_END: descriptor

// ANCHOR: formula
/// What is due on a balance, `rate·balance`, to the nearest micro-credit; nothing on a debt.
#[inline]
pub fn due(rate: f64, balance: MicroCredits) -> MicroCredits {
    MicroCredits((rate * balance.0.max(0) as f64).round() as i64)
}
// ANCHOR_END: formula

// ANCHOR: lever
/// The demurrage.
#[derive(Clone, Debug)]
pub struct Demurrage {
    rate: f64,
}

impl Demurrage {
    /// The demurrage of this rate in 0..=1; none at 0.
    pub fn new(rate: f64) -> Option<Self> {
        (rate != 0.0).then_some(Self { rate })
    }
}

impl GovernanceLever for Demurrage {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn on_epoch_end(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let acts = (society.ids().filter(|&who| society.is_live(who)))
            .map(|who| (who, due(self.rate, society.balance(who))))
            .filter(|(_, fee)| *fee != MicroCredits::ZERO)
            .map(|(who, fee)| Act::Fee(who, fee))
            .collect();
        Effect {
            acts,
            ..Effect::default()
        }
    }
}
// ANCHOR_END: lever

// ANCHOR: tests
#[cfg(test)]
mod tests {
    use super::*;
    use das_core::id::{AgentId, ToolSet};

    #[test]
    fn what_is_due_is_a_share_rounded_half_away_from_zero() {
        assert_eq!(due(0.1, MicroCredits(2_000_000)), MicroCredits(200_000));
        assert_eq!(due(0.5, MicroCredits(3)), MicroCredits(2));
        assert_eq!(due(0.5, MicroCredits(-3)), MicroCredits::ZERO);
    }

    #[test]
    fn it_is_not_there_at_its_null_value() {
        // A run with a lever that is off must be byte-identical to one without it.
        assert!(Demurrage::new(0.0).is_none());
        assert!(Demurrage::new(0.1).is_some());
    }

    #[test]
    fn everybody_who_has_money_pays_at_the_end_of_an_epoch() {
        // 100 credits at a rate of .02: 2 credits; who has nothing pays nothing.
        let mut society = Society::new();
        let rich = society.register("a.1", "honest", "worker", ToolSet::ALL);
        society.register("b.1", "honest", "worker", ToolSet::ALL);
        society.fund(rich, MicroCredits(100_000_000));
        let mut lever = Demurrage::new(0.02).unwrap();
        let effect = lever.on_epoch_end(&society, &Draws::new(1));
        assert_eq!(effect.acts, [Act::Fee(AgentId(0), MicroCredits(2_000_000))]);
    }
}
// ANCHOR_END: tests
