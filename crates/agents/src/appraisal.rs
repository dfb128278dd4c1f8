//! What a deal is worth to an agent before it is struck: expected surplus, own payoff, cost of conduct.
//!
//! Everything here is an expectation under the agent's own belief m; nothing knows the truth or the other's conduct.
//! What levers are expected to take of it is [`Deal::charge`], from [`crate::governance`].

use crate::belief::Prior;
use crate::conduct::Price;
use crate::governance::{Adaptation, Notice};
use crate::learning::Rates;
use crate::parameters::Activity;
use das_core::interaction::Side;
use das_core::score::payoff::PayoffConfig;

/// The part of the payoff rule that everybody knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stakes {
    /// Surplus of a good interaction (s₊).
    pub s_plus: f64,
    /// Loss of a bad one (s₋).
    pub s_minus: f64,
    /// Share of the initiator (θ).
    pub theta: f64,
    /// Worth of a reputation point (`w_rep`).
    pub w_rep: f64,
}

impl From<&PayoffConfig> for Stakes {
    fn from(payoff: &PayoffConfig) -> Self {
        Self {
            s_plus: payoff.s_plus,
            s_minus: payoff.s_minus,
            theta: payoff.theta,
            w_rep: payoff.w_rep,
        }
    }
}

impl Stakes {
    /// E\[S\] = m·s₊ − (1−m)·s₋: surplus expected by somebody who believes m.
    #[inline]
    pub fn surplus(&self, m: f64) -> f64 {
        m * self.s_plus - (1.0 - m) * self.s_minus
    }

    /// Share of the surplus that goes to a side: θ or 1−θ.
    #[inline]
    pub fn share(&self, side: Side) -> f64 {
        match side {
            Side::Initiator => self.theta,
            Side::Counterparty => 1.0 - self.theta,
        }
    }
}

/// Habits of mind and routine that every policy has: parameters and the payoff rule, nothing learned.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Rates of its routine.
    pub activity: Activity,
    /// Weights of evidence.
    pub prior: Prior,
    /// Rates of learning.
    pub rates: Rates,
    /// The payoff rule.
    pub stakes: Stakes,
    /// The low price it asks, in credits.
    pub price_low: f64,
    /// The high price it asks, in credits.
    pub price_high: f64,
    /// How it answers to its experience.
    pub adaptation: Adaptation,
    /// The published rules, where levers are on and it weighs them.
    pub notice: Option<Notice>,
}

impl Habits {
    /// A customary price in credits; `bait` is what a baiting initiator pays.
    #[inline]
    pub fn price(&self, price: Price, bait: f64) -> f64 {
        match price {
            Price::Free => 0.0,
            Price::Low => self.price_low,
            Price::High => self.price_high,
            Price::Bait => -bait,
        }
    }

    /// Expected own payoff of a deal: share·E\[S\] + gain − cost − charge.
    #[inline]
    pub fn own_payoff(&self, deal: &Deal) -> f64 {
        self.stakes.share(deal.side) * self.stakes.surplus(deal.m) + deal.gain
            - deal.cost
            - deal.charge
    }

    /// What a reputation point to come is worth, as a share of one that lasts: below 1 where reputation decays.
    pub fn persistence(&self) -> f64 {
        self.notice.as_ref().map_or(1.0, Notice::persistence)
    }
}

/// What is being dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A trade.
    Trade,
    /// A task: the worker proposes, the poster screens.
    Task,
    /// A reply.
    Reply,
}

/// A deal as one side appraises it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deal {
    /// What it is about.
    pub occasion: Occasion,
    /// The side of the one who appraises.
    pub side: Side,
    /// Its belief in the other.
    pub m: f64,
    /// Credits it gains by the terms (negative: pays).
    pub gain: f64,
    /// Cost of its own conduct.
    pub cost: f64,
    /// What levers are expected to take of it, in its own utility; 0 without levers.
    pub charge: f64,
}
