//! Transaction tax: each side of an accepted interaction pays `rate · |τ|`.
//!
//! Source: plan, lever table (`c_a += rate·|τ|`, `c_b += rate·|τ|`). It sees the transfer as it was paid and whether the
//! interaction was accepted; nothing else. Both sides pay the same, whoever received the transfer. The tax is rounded to the
//! nearest micro-credit, halves away from zero, and computed on micro-credits so that it is rounded once. The hub takes it
//! as far as there is money.
//!
//! Not here: what becomes of the treasury.

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::units::MicroCredits;

/// What the transaction tax is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "transaction_tax",
    family: "lever",
    summary: "Both sides of an accepted interaction pay a share of the transfer to the treasury.",
    formula: "c_a += rate·|τ|, c_b += rate·|τ|",
    params: &[Param {
        name: "transaction_tax_rate",
        range: "0..=1",
        default: "0",
        doc: "share of |τ| that each side pays; 0 is no tax",
    }],
    source: "plan, lever table: Transaction Tax",
};

/// Tax of one side, `rate·|τ|`, to the nearest micro-credit, halves away from zero.
#[inline]
pub fn tax(rate: f64, tau: MicroCredits) -> MicroCredits {
    MicroCredits((rate * tau.0.unsigned_abs() as f64).round() as i64)
}

/// The transaction tax.
#[derive(Clone, Debug)]
pub struct TransactionTax {
    rate: f64,
}

impl TransactionTax {
    /// The tax of this configuration; none at rate 0.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        (config.transaction_tax_rate != 0.0).then_some(Self {
            rate: config.transaction_tax_rate,
        })
    }
}

impl GovernanceLever for TransactionTax {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn review(&mut self, scored: &Scored, _society: &Society, _draws: &Draws) -> Effect {
        if !scored.accepted {
            return Effect::none();
        }
        let due = tax(self.rate, scored.tau);
        if due == MicroCredits::ZERO {
            return Effect::none();
        }
        Effect {
            acts: vec![
                Act::Fee(scored.initiator, due),
                Act::Fee(scored.counterparty, due),
            ],
            ..Effect::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_is_a_share_of_the_absolute_transfer_rounded_half_away_from_zero() {
        assert_eq!(tax(0.1, MicroCredits(2_000_000)), MicroCredits(200_000));
        assert_eq!(tax(0.1, MicroCredits(-2_000_000)), MicroCredits(200_000));
        assert_eq!(tax(0.5, MicroCredits(1)), MicroCredits(1));
        assert_eq!(tax(0.5, MicroCredits(-3)), MicroCredits(2));
        assert_eq!(tax(0.25, MicroCredits(1)), MicroCredits::ZERO);
        assert_eq!(
            tax(1.0, MicroCredits(das_core::units::MAX_MICROS)).0,
            das_core::units::MAX_MICROS
        );
    }
}
