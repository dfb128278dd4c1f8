//! Admission: whoever comes in locks a bond, and is on probation for some epochs.
//!
//! *Entry* is the first hook (start of an epoch, end of a step) that finds the agent there with a balance that covers the bond, which
//! is then locked; until then the agent can neither act nor offer nor be asked. So a newcomer waits out its first step. Those who are
//! there from the start enter in epoch 0, under the same rule as everybody.
//!
//! *Probation* lasts `admission_probation_epochs` from the epoch of entry on. Meanwhile the agent may make
//! `admission_probation_actions` actions and offers an epoch; answering stays free.
//!
//! *The bond* goes three ways. A misuse flag on the agent's side of an accepted interaction, however many, burns
//! `bond · admission_bond_slash` as long as something is left, and is not made up for. Who leaves loses what is left, also when it
//! comes back under a new name, which must lock a bond of its own: this is what a name costs. What is left when probation is over is
//! given back at the start of an epoch; without probation the bond stays locked as long as the agent stays.
//!
//! Source: plan, section 2.2 (admission: staking, bonds, probation) for what there is; bond on every entry and a limit on probation
//! from the commons model, section 4 (bond 3; one attempt a step, which is ten actions in an epoch of ten steps). The model page
//! limits prices on probation too; a lever does not see an offer's price, so this one does not. It sees the public balance, stake and
//! count of actions, and the flags of a scored interaction.
//!
//! Bond and deposit ([staking](super::staking)) lie in one account. Admission stands before staking, so a bond that is given back is
//! made up for by the deposit at the same hook; a slash of the deposit may leave less than the bond, and then less is given back.
//!
//! Not here: who a new name belonged to. Nobody knows.

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::environment::Refusal;
use das_core::id::{AgentId, Tool};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// What admission is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "admission",
    family: "lever",
    summary: "Newcomers lock a bond, lose it by misuse or by leaving, and may do little while on probation.",
    formula: "takes part once the bond is locked; flagged: bond −= bond·slash; on probation: refused if actions this epoch ≥ limit",
    params: &[
        Param {
            name: "admission_bond",
            range: "0..=1000000000",
            default: "0",
            doc: "credits locked on entry, given back after probation; 0 is no bond",
        },
        Param {
            name: "admission_bond_slash",
            range: "0..=1",
            default: "0.2",
            doc: "share of the bond that a misuse flag burns",
        },
        Param {
            name: "admission_probation_epochs",
            range: "0..=1000000",
            default: "0",
            doc: "epochs an agent is on probation from its entry on; 0 is no probation",
        },
        Param {
            name: "admission_probation_actions",
            range: "0..=1000000000",
            default: "10",
            doc: "actions and offers of an agent on probation in an epoch",
        },
    ],
    source: "plan, section 2.2: admission; commons model, lever table: bond, probation",
};

/// Whether probation that began in epoch `since` and lasts `epochs` still holds in `now`.
#[inline]
pub fn on_probation(since: u32, epochs: u32, now: u32) -> bool {
    now < since.saturating_add(epochs)
}

/// An agent that has entered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Member {
    /// Epoch of entry.
    since: u32,
    /// Whether the bond has been locked.
    bonded: bool,
    /// What is left of it.
    left: MicroCredits,
}

/// Admission.
#[derive(Clone, Debug)]
pub struct Admission {
    bond: MicroCredits,
    burnt: MicroCredits,
    epochs: u32,
    actions: u32,
    /// By agent.
    members: Vec<Member>,
}

impl Admission {
    /// The admission of this configuration; none without bond and probation.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        let bond = MicroCredits::saturating(config.admission_bond);
        let epochs = config.admission_probation_epochs;
        (bond != MicroCredits::ZERO || epochs > 0).then(|| Self {
            bond,
            burnt: MicroCredits::saturating(config.admission_bond * config.admission_bond_slash),
            epochs,
            actions: config.admission_probation_actions,
            members: Vec::new(),
        })
    }

    /// Whether the bond is locked, if there is one.
    fn bonded(&self, who: AgentId, society: &Society) -> Result<(), Refusal> {
        let bonded = self.members.get(who.index()).is_some_and(|m| m.bonded);
        if bonded || self.bond == MicroCredits::ZERO {
            return Ok(());
        }
        Err(Refusal::new(
            "bond_required",
            format!(
                "{} has not locked the bond of {} yet",
                society.name(who),
                self.bond.credits()
            ),
        ))
    }

    /// Whether the agent may do something more this epoch.
    fn check(&self, who: AgentId, society: &Society) -> Result<(), Refusal> {
        self.bonded(who, society)?;
        let since = self
            .members
            .get(who.index())
            .map_or(society.epoch(), |m| m.since);
        let actions = society.counters(who).epoch_actions;
        if actions < self.actions || !on_probation(since, self.epochs, society.epoch()) {
            return Ok(());
        }
        Err(Refusal::new(
            "probation",
            format!(
                "{actions} of {} actions of this epoch are used, on probation until epoch {}",
                self.actions,
                since.saturating_add(self.epochs)
            ),
        ))
    }

    /// Takes in who is new, and locks the bonds that can be locked.
    fn take_in(&mut self, society: &Society) -> Vec<Act> {
        let newcomer = Member {
            since: society.epoch(),
            bonded: self.bond == MicroCredits::ZERO,
            left: MicroCredits::ZERO,
        };
        self.members
            .resize(society.len().max(self.members.len()), newcomer);
        let mut acts = Vec::new();
        for (who, member) in society.ids().zip(&mut self.members) {
            if !member.bonded && society.is_live(who) && society.balance(who) >= self.bond {
                member.bonded = true;
                member.since = society.epoch();
                member.left = self.bond;
                acts.push(Act::LockStake(who, self.bond));
            }
        }
        acts
    }

    /// Burns so much of what is left of a bond.
    fn burn(&mut self, who: AgentId, amount: MicroCredits, society: &Society) -> Option<Act> {
        let member = self.members.get_mut(who.index())?;
        let lost = amount.min(member.left).min(society.stake(who));
        member.left = member.left - lost;
        (lost > MicroCredits::ZERO).then_some(Act::Slash(who, lost))
    }
}

impl GovernanceLever for Admission {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn punishes(&self) -> Option<&'static str> {
        Some("misuse was flagged: part of the bond is burnt")
    }

    fn admit_action(&self, who: AgentId, _tool: Tool, society: &Society) -> Result<(), Refusal> {
        self.check(who, society)
    }

    fn admit(&self, from: AgentId, to: AgentId, society: &Society) -> Result<(), Refusal> {
        self.check(from, society)?;
        self.bonded(to, society)
    }

    fn review(&mut self, scored: &Scored, society: &Society, _draws: &Draws) -> Effect {
        if !scored.accepted || scored.flags == [0, 0] {
            return Effect::none();
        }
        let mut effect = Effect::none();
        for (who, flags) in [scored.initiator, scored.counterparty]
            .into_iter()
            .zip(scored.flags)
        {
            if flags > 0 {
                effect.acts.extend(self.burn(who, self.burnt, society));
            }
        }
        effect
    }

    fn on_epoch_start(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let mut acts = self.take_in(society);
        for (who, member) in society.ids().zip(&mut self.members) {
            let over = self.epochs > 0 && !on_probation(member.since, self.epochs, society.epoch());
            if over && member.left > MicroCredits::ZERO && society.is_live(who) {
                acts.push(Act::ReleaseStake(who, member.left));
                member.left = MicroCredits::ZERO;
            }
        }
        Effect {
            acts,
            ..Effect::default()
        }
    }

    fn on_step(&mut self, society: &Society, _draws: &Draws) -> Effect {
        Effect {
            acts: self.take_in(society),
            ..Effect::default()
        }
    }

    fn on_leave(&mut self, who: AgentId, society: &Society) -> Effect {
        let mut effect = Effect::none();
        effect.acts.extend(self.burn(who, self.bond, society));
        effect
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.members);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.members = from.take()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probation_covers_the_epochs_from_entry_on() {
        // The edge: entered in epoch 3 for two epochs, on probation in 3 and 4; never for none, and no overflow.
        for (now, on) in [(3, true), (4, true), (5, false)] {
            assert_eq!(on_probation(3, 2, now), on, "{now}");
        }
        assert!(!on_probation(3, 0, 3));
        assert!(on_probation(u32::MAX - 1, 5, u32::MAX - 1));
    }
}
