//! What is scored: the record of one two-sided interaction.

use crate::id::{AgentId, InteractionId, Kind};
use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// A place in simulated time. What a step lasts is the world's business.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment {
    /// Epoch, from 0.
    pub epoch: u32,
    /// Step within the epoch, from 0.
    pub step: u32,
}

/// What everybody can observe of an interaction; the proxy reads nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observables {
    /// Progress of the task, −1..=1 (clamped by the proxy).
    pub task_progress_delta: f64,
    /// How often work was done again.
    pub rework_count: u32,
    /// How often a verifier said no.
    pub verifier_rejections: u32,
    /// Flags of tool misuse, both sides together.
    pub tool_misuse_flags: u32,
    /// Change of the counterparty's engagement, −1..=1 (clamped by the proxy).
    pub counterparty_engagement_delta: f64,
}

/// The hidden truth of an interaction, v ∈ {−1, +1}. In the log it is `ground_truth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "i8", try_from = "i8")]
pub enum Truth {
    /// v = −1.
    Harmful,
    /// v = +1.
    Beneficial,
}

impl Truth {
    /// `true` is +1.
    #[inline]
    pub fn from_good(good: bool) -> Self {
        if good {
            Self::Beneficial
        } else {
            Self::Harmful
        }
    }

    /// Whether v = +1.
    #[inline]
    pub fn is_good(self) -> bool {
        self == Self::Beneficial
    }
}

impl From<Truth> for i8 {
    fn from(v: Truth) -> i8 {
        if v.is_good() { 1 } else { -1 }
    }
}

impl TryFrom<i8> for Truth {
    type Error = String;
    fn try_from(v: i8) -> Result<Self, String> {
        match v {
            1 => Ok(Self::Beneficial),
            -1 => Ok(Self::Harmful),
            other => Err(format!("ground_truth is 1 or -1, not {other}")),
        }
    }
}

/// A side of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Who asked: `a` in the formulas.
    Initiator,
    /// Who answered: `b` in the formulas.
    Counterparty,
}

/// One scored interaction, as it is booked and logged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    /// Number given when it was asked.
    pub id: InteractionId,
    /// Kind, an index into the environment's table.
    pub kind: Kind,
    /// When it was asked; it is logged and counted when it is closed.
    pub opened: Moment,
    /// Who asked.
    pub initiator: AgentId,
    /// Who answered.
    pub counterparty: AgentId,
    /// Whether the answer was yes.
    pub accepted: bool,
    /// What could be seen.
    pub observables: Observables,
    /// Proxy score in −1..=1.
    pub v_hat: f64,
    /// P(v = +1) by the calibrated sigmoid.
    pub p: f64,
    /// Transfer from initiator to counterparty (negative: the other way).
    pub tau: MicroCredits,
    /// Costs of the initiator: its conduct's and what levers charged.
    pub c_a: f64,
    /// Costs of the counterparty.
    pub c_b: f64,
    /// The part of `c_a` that levers took in money: fees, fines, slashed stake.
    pub fee_a: MicroCredits,
    /// The part of `c_b` that levers took in money.
    pub fee_b: MicroCredits,
    /// Reputation the community gave the initiator.
    pub r_a: f64,
    /// Reputation the community gave the counterparty.
    pub r_b: f64,
    /// Payoff of the initiator.
    pub pi_a: f64,
    /// Payoff of the counterparty.
    pub pi_b: f64,
    /// Joint deception D = 1−(1−d_a)(1−d_b): for calibration by bucket, never shown to agents or levers.
    pub deception: f64,
    /// Hidden truth, if the environment knows it already.
    pub truth: Option<Truth>,
    /// Earlier interactions this one builds on.
    pub parents: [Option<InteractionId>; 2],
}
