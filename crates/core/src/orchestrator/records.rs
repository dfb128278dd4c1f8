//! The core's own event lines, field by field in the order they are written.

use crate::id::InteractionId;
use crate::interaction::Truth;
use crate::units::MicroCredits;
use serde::{Serialize, Serializer};

/// The number of an interaction as the log shows it: `"i17"`.
#[derive(Clone, Copy)]
pub(super) struct IdText(pub(super) InteractionId);

impl Serialize for IdText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // "i" and 20 digits at most: formatted on the stack.
        let mut text = [0u8; 21];
        let mut at = text.len();
        let mut rest = self.0.0;
        loop {
            at -= 1;
            text[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        at -= 1;
        text[at] = b'i';
        to.serialize_str(std::str::from_utf8(&text[at..]).unwrap_or("i"))
    }
}

/// Money as the log shows it: credits.
#[derive(Clone, Copy)]
pub(super) struct Credits(MicroCredits);

impl Credits {
    /// Always written.
    pub(super) fn of(amount: MicroCredits) -> Self {
        Self(amount)
    }

    /// Left out if zero.
    pub(super) fn some(amount: MicroCredits) -> Option<Self> {
        (amount.0 != 0).then_some(Self(amount))
    }
}

impl Serialize for Credits {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0.credits())
    }
}

/// A figure that is left out if zero.
pub(super) fn some_figure(x: f64) -> Option<f64> {
    (x != 0.0).then_some(x)
}

#[derive(Serialize)]
pub(super) struct AgentRegistered<'a> {
    pub agent: &'a str,
    pub kind: &'a str,
    pub role: &'a str,
}

#[derive(Serialize)]
pub(super) struct AgentRetired<'a> {
    pub agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct AgentFault<'a> {
    pub agent: &'a str,
    pub during: &'a str,
    pub message: &'a str,
    pub faults: u32,
}

#[derive(Serialize)]
pub(super) struct AgentQuarantined<'a> {
    pub agent: &'a str,
    pub faults: u32,
}

#[derive(Serialize)]
pub(super) struct AgentState<'a> {
    pub agent: &'a str,
    pub kind: &'a str,
    pub reputation: f64,
    pub balance: Credits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stake: Option<Credits>,
    pub payoff: f64,
    pub accepted: u32,
    pub rejected: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
}

/// A refusal by a rail, a lever or the world.
#[derive(Serialize)]
pub(super) struct Refused<'a> {
    pub agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lever: Option<&'a str>,
    pub tool: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<&'a str>,
    pub reason: &'a str,
    pub detail: &'a str,
}

#[derive(Serialize)]
pub(super) struct InteractionLine<'a> {
    pub id: IdText,
    pub kind: &'a str,
    pub opened: u64,
    pub initiator: &'a str,
    pub counterparty: &'a str,
    pub accepted: bool,
    pub task_progress_delta: f64,
    pub rework_count: u32,
    pub verifier_rejections: u32,
    pub tool_misuse_flags: u32,
    pub counterparty_engagement_delta: f64,
    pub v_hat: f64,
    pub p: f64,
    pub tau: Credits,
    pub c_a: f64,
    pub c_b: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_a: Option<Credits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_b: Option<Credits>,
    pub r_a: f64,
    pub r_b: f64,
    pub pi_a: f64,
    pub pi_b: f64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub levers: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deception: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub governance_cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground_truth: Option<Truth>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub causal_parents: &'a [IdText],
}

#[derive(Serialize)]
pub(super) struct TruthRevealed {
    pub id: IdText,
    pub p: f64,
    pub accepted: bool,
    pub ground_truth: Truth,
}

/// One act of a lever: `governance_fee`, `governance_reputation`, `governance_freeze`, `governance_unfreeze`,
/// `governance_slash`, `governance_stake`.
#[derive(Serialize)]
pub(super) struct LeverAct<'a> {
    pub lever: &'a str,
    pub agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<IdText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Credits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_epoch: Option<u32>,
}

/// A lever punished an agent. The acts that came of it have lines of their own, but for a fine on an interaction, which is in its fees.
#[derive(Serialize)]
pub(super) struct LeverSanction<'a> {
    pub lever: &'a str,
    pub agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<IdText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Credits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Hidden: its conduct was honest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub clean: bool,
    pub reason: &'a str,
}

/// What a lever did to everybody at once: one line in place of one an agent.
#[derive(Serialize)]
pub(super) struct LeverSweep<'a> {
    pub lever: &'a str,
    pub agents: u32,
    pub total: f64,
}

/// What a lever found, and about whom.
#[derive(Serialize)]
pub(super) struct LeverNote<'a> {
    pub lever: &'a str,
    pub agents: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<IdText>,
    pub reason: &'a str,
}

/// What can be read about an agent from here on.
#[derive(Serialize)]
pub(super) struct LeverPublished<'a> {
    pub lever: &'a str,
    pub agent: &'a str,
    pub good: f64,
    pub bad: f64,
}

/// Resources a lever used up at a hook.
#[derive(Serialize)]
pub(super) struct LeverCost<'a> {
    pub lever: &'a str,
    pub governance_cost: f64,
}

#[derive(Serialize)]
pub(super) struct Dividend {
    pub agents: u32,
    pub each: Credits,
}

#[derive(Serialize)]
pub(super) struct InputLine<'a> {
    pub kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<&'a str>,
}
