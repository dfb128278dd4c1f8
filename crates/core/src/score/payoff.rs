//! Payoffs of both sides from p, transfer, costs and reputation.
//!
//! ```text
//! S = p·s₊ − (1−p)·s₋        E = (1−p)·h
//! π_a = θ·S − τ − c_a − ρ_a·E + w_rep·r_a        π_b = (1−θ)·S + τ − c_b − ρ_b·E + w_rep·r_b
//! ```
//!
//! Payoffs are utility, never money. E is the harm to everybody else: it is in a side's payoff only as far as ρ makes it so.
//! Terms are evaluated in the order they are written, so that the same inputs give the same bits anywhere.

use super::{Checks, ParameterError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A parameter of the payoff is out of its range.
pub type PayoffError = ParameterError;

/// The largest surplus, loss or harm that is accepted: sums over a run stay finite.
const STAKE_MAX: f64 = 1e9;

/// `payoff:` what an interaction is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PayoffConfig {
    /// s₊: surplus if beneficial.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub s_plus: f64,
    /// s₋: loss if harmful.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub s_minus: f64,
    /// h: harm to everybody else if harmful.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub h: f64,
    /// θ: the initiator's share of the surplus.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub theta: f64,
    /// ρ_a: the part of the harm that the initiator bears.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rho_a: f64,
    /// ρ_b: the part of the harm that the counterparty bears.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rho_b: f64,
    /// w_rep: worth of one point of reputation.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub w_rep: f64,
}

impl Default for PayoffConfig {
    fn default() -> Self {
        Self {
            s_plus: 2.0,
            s_minus: 1.0,
            h: 2.0,
            theta: 0.5,
            rho_a: 0.0,
            rho_b: 0.0,
            w_rep: 1.0,
        }
    }
}

impl PayoffConfig {
    /// Every value that is out of its range.
    pub fn problems(&self) -> Vec<ParameterError> {
        let mut checks = Checks::default();
        for (field, value) in [
            ("s_plus", self.s_plus),
            ("s_minus", self.s_minus),
            ("h", self.h),
        ] {
            let holds = (0.0..=STAKE_MAX).contains(&value);
            checks.require(holds, field, value, "between 0 and 1e9");
        }
        for (field, value) in [
            ("theta", self.theta),
            ("rho_a", self.rho_a),
            ("rho_b", self.rho_b),
        ] {
            let holds = (0.0..=1.0).contains(&value);
            checks.require(holds, field, value, "between 0 and 1");
        }
        let holds = (0.0..=100.0).contains(&self.w_rep);
        checks.require(holds, "w_rep", self.w_rep, "between 0 and 100");
        checks.problems
    }
}

/// What the payoffs of one interaction depend on. Everything in credits or utility, all finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// P(v = +1).
    pub p: f64,
    /// Transfer from initiator to counterparty.
    pub tau: f64,
    /// Costs of the initiator.
    pub c_a: f64,
    /// Costs of the counterparty.
    pub c_b: f64,
    /// Reputation the initiator gained.
    pub r_a: f64,
    /// Reputation the counterparty gained.
    pub r_b: f64,
}

/// What an interaction came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Payoffs {
    /// S: expected surplus.
    pub s_soft: f64,
    /// E: expected harm.
    pub e_soft: f64,
    /// π_a: payoff of the initiator.
    pub pi_a: f64,
    /// π_b: payoff of the counterparty.
    pub pi_b: f64,
}

impl Payoffs {
    /// π_a + π_b.
    #[inline]
    pub fn total_welfare(&self) -> f64 {
        self.pi_a + self.pi_b
    }

    /// S − E.
    #[inline]
    pub fn social_surplus(&self) -> f64 {
        self.s_soft - self.e_soft
    }
}

/// A payoff term by term: total = surplus share + transfer − governance cost − externality cost + reputation bonus.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Breakdown {
    /// S of the interaction.
    pub expected_surplus: f64,
    /// E of the interaction.
    pub expected_harm: f64,
    /// This side's share of S.
    pub surplus_share: f64,
    /// What this side received: −τ for the initiator, +τ for the counterparty.
    pub transfer: f64,
    /// This side's costs, a positive amount.
    pub governance_cost: f64,
    /// The harm this side bears, a positive amount.
    pub externality_cost: f64,
    /// w_rep·r.
    pub reputation_bonus: f64,
    /// The payoff; the same bits as [`Payoff::payoffs`] gives.
    pub total: f64,
}

/// The payoff functions with checked parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PayoffConfig", into = "PayoffConfig")]
pub struct Payoff(PayoffConfig);

impl TryFrom<PayoffConfig> for Payoff {
    type Error = PayoffError;
    fn try_from(config: PayoffConfig) -> Result<Self, PayoffError> {
        Self::new(&config)
    }
}

impl From<Payoff> for PayoffConfig {
    fn from(payoff: Payoff) -> Self {
        payoff.0
    }
}

impl Payoff {
    /// Checks every parameter; the error is the first that is out of range ([`PayoffConfig::problems`] has all).
    pub fn new(config: &PayoffConfig) -> Result<Self, PayoffError> {
        match config.problems().first() {
            Some(problem) => Err(*problem),
            None => Ok(Self(*config)),
        }
    }

    /// The parameters.
    pub fn config(&self) -> &PayoffConfig {
        &self.0
    }

    /// S = p·s₊ − (1−p)·s₋.
    #[inline]
    pub fn surplus(&self, p: f64) -> f64 {
        p * self.0.s_plus - (1.0 - p) * self.0.s_minus
    }

    /// E = (1−p)·h.
    #[inline]
    pub fn harm(&self, p: f64) -> f64 {
        (1.0 - p) * self.0.h
    }

    /// π_a = θ·S − τ − c_a − ρ_a·E + w_rep·r_a.
    #[inline]
    pub fn pi_a(&self, terms: &Terms) -> f64 {
        self.payoffs(terms).pi_a
    }

    /// π_b = (1−θ)·S + τ − c_b − ρ_b·E + w_rep·r_b.
    #[inline]
    pub fn pi_b(&self, terms: &Terms) -> f64 {
        self.payoffs(terms).pi_b
    }

    /// S, E and both payoffs.
    #[inline]
    pub fn payoffs(&self, terms: &Terms) -> Payoffs {
        let c = &self.0;
        let s_soft = self.surplus(terms.p);
        let e_soft = self.harm(terms.p);
        Payoffs {
            s_soft,
            e_soft,
            pi_a: c.theta * s_soft - terms.tau - terms.c_a - c.rho_a * e_soft + c.w_rep * terms.r_a,
            pi_b: (1.0 - c.theta) * s_soft + terms.tau - terms.c_b - c.rho_b * e_soft
                + c.w_rep * terms.r_b,
        }
    }

    /// The initiator's payoff term by term.
    pub fn breakdown_a(&self, terms: &Terms) -> Breakdown {
        let c = &self.0;
        breakdown(
            &self.payoffs(terms),
            c.theta,
            -terms.tau,
            terms.c_a,
            c.rho_a,
            c.w_rep * terms.r_a,
        )
    }

    /// The counterparty's payoff term by term.
    pub fn breakdown_b(&self, terms: &Terms) -> Breakdown {
        let c = &self.0;
        breakdown(
            &self.payoffs(terms),
            1.0 - c.theta,
            terms.tau,
            terms.c_b,
            c.rho_b,
            c.w_rep * terms.r_b,
        )
    }

    /// p at which S = 0: s₋ / (s₊ + s₋); 0.5 if both are 0.
    pub fn break_even_p(&self) -> f64 {
        ratio_or_half(self.0.s_minus, self.0.s_plus)
    }

    /// p at which S = E: (s₋ + h) / (s₊ + s₋ + h); 0.5 if all are 0.
    pub fn social_break_even_p(&self) -> f64 {
        ratio_or_half(self.0.s_minus + self.0.h, self.0.s_plus)
    }

    /// dπ_a/dp = θ·(s₊ + s₋) + ρ_a·h: payoffs are straight lines in p, so this gives the payoff had the label been the truth.
    #[inline]
    pub fn slope_a(&self) -> f64 {
        self.0.theta * (self.0.s_plus + self.0.s_minus) + self.0.rho_a * self.0.h
    }

    /// dπ_b/dp = (1−θ)·(s₊ + s₋) + ρ_b·h.
    #[inline]
    pub fn slope_b(&self) -> f64 {
        (1.0 - self.0.theta) * (self.0.s_plus + self.0.s_minus) + self.0.rho_b * self.0.h
    }
}

fn breakdown(
    payoffs: &Payoffs,
    share: f64,
    transfer: f64,
    cost: f64,
    rho: f64,
    reputation_bonus: f64,
) -> Breakdown {
    let surplus_share = share * payoffs.s_soft;
    let externality_cost = rho * payoffs.e_soft;
    Breakdown {
        expected_surplus: payoffs.s_soft,
        expected_harm: payoffs.e_soft,
        surplus_share,
        transfer,
        governance_cost: cost,
        externality_cost,
        reputation_bonus,
        total: surplus_share + transfer - cost - externality_cost + reputation_bonus,
    }
}

/// bad / (good + bad), 0.5 where there is nothing to weigh.
fn ratio_or_half(bad: f64, good: f64) -> f64 {
    let total = good + bad;
    if total == 0.0 { 0.5 } else { bad / total }
}
