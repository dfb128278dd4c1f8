//! Staking: whoever takes part has a deposit locked, and a misuse flag burns a share of it.
//!
//! At the start of an epoch the part that is missing up to `staking_required` moves from balance to stake, if the balance
//! covers all of it; otherwise nothing moves and the agent goes on with the stake it has. An agent acts, offers and is asked
//! only while its stake is at least *half* of the requirement: that is [`can_act`] with half of the requirement as the
//! minimum, so that one slash does not shut an agent out before the next top-up. A newcomer takes part from the next epoch on.
//!
//! A bond of [admission](super::admission) lies in the same account and counts as deposit while it is there.
//!
//! A side of an accepted interaction that was flagged for tool misuse, however often, loses [`slash`] of its stake. A
//! rejected offer was never carried out, so nothing is slashed for it.
//!
//! Source: plan, lever table (Staking: require deposit to participate); minimum and slash as in the public reference
//! package; half rule and slashing on a flag from the commons model. It sees the public stake and balance and the flags of a
//! scored interaction, never what was done.
//!
//! Not here: giving stake back to an agent that leaves (the hub's).

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::environment::Refusal;
use das_core::id::{AgentId, Tool};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::units::MicroCredits;

/// What staking is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "staking",
    family: "lever",
    summary: "Taking part needs a locked deposit; a misuse flag burns a share of it.",
    formula: "takes part if stake ≥ required/2; flagged: stake −= stake·slash_rate",
    params: &[
        Param {
            name: "staking_required",
            range: "0..=1000000000",
            default: "0",
            doc: "deposit in credits, topped up at the start of an epoch; 0 is no deposit",
        },
        Param {
            name: "stake_slash_rate",
            range: "0..=1",
            default: "0.1",
            doc: "share of the stake that a flagged side loses",
        },
    ],
    source: "plan, lever table: Staking; commons model, lever table: staking, slashing",
};

/// Whether so much is enough to act: `resources ≥ min_stake`, both in credits.
#[inline]
pub fn can_act(resources: f64, min_stake: f64) -> bool {
    resources >= min_stake
}

/// Change of a stake that is slashed, `−resources·rate`, in credits.
#[inline]
pub fn slash(resources: f64, rate: f64) -> f64 {
    -resources * rate
}

/// Staking.
#[derive(Clone, Debug)]
pub struct Staking {
    required: MicroCredits,
    // Half of the requirement, in credits: what `can_act` asks for.
    minimum: f64,
    slash_rate: f64,
}

impl Staking {
    /// The staking of this configuration; none if nothing is required.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        let required = MicroCredits::saturating(config.staking_required);
        (required != MicroCredits::ZERO).then(|| Self {
            required,
            minimum: required.credits() / 2.0,
            slash_rate: config.stake_slash_rate,
        })
    }

    fn check(&self, who: AgentId, society: &Society) -> Result<(), Refusal> {
        let stake = society.stake(who).credits();
        if can_act(stake, self.minimum) {
            return Ok(());
        }
        Err(Refusal::new(
            "stake_required",
            format!(
                "stake of {} is {stake}, at least {} is needed to take part",
                society.name(who),
                self.minimum
            ),
        ))
    }

    fn burnt(&self, who: AgentId, flags: u32, society: &Society) -> Option<Act> {
        if flags == 0 {
            return None;
        }
        let lost = MicroCredits::saturating(-slash(society.stake(who).credits(), self.slash_rate));
        (lost != MicroCredits::ZERO).then_some(Act::Slash(who, lost))
    }
}

impl GovernanceLever for Staking {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn punishes(&self) -> Option<&'static str> {
        Some("misuse was flagged: part of the stake is burnt")
    }

    fn admit_action(&self, who: AgentId, _tool: Tool, society: &Society) -> Result<(), Refusal> {
        self.check(who, society)
    }

    fn admit(&self, from: AgentId, to: AgentId, society: &Society) -> Result<(), Refusal> {
        self.check(from, society)?;
        self.check(to, society)
    }

    fn review(&mut self, scored: &Scored, society: &Society, _draws: &Draws) -> Effect {
        if !scored.accepted || scored.flags == [0, 0] {
            return Effect::none();
        }
        let sides = [scored.initiator, scored.counterparty];
        Effect {
            acts: (sides.into_iter().zip(scored.flags))
                .filter_map(|(who, flags)| self.burnt(who, flags, society))
                .collect(),
            ..Effect::default()
        }
    }

    fn on_epoch_start(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let acts = society
            .ids()
            .filter(|&who| society.is_live(who))
            .filter_map(|who| {
                let missing = self.required - society.stake(who);
                (missing > MicroCredits::ZERO && society.balance(who) >= missing)
                    .then_some(Act::LockStake(who, missing))
            })
            .collect();
        Effect {
            acts,
            ..Effect::default()
        }
    }
}
