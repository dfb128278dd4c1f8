//! Levers at work: their effects are booked here and nowhere else.

use crate::config::{Detail, TreasuryPolicy};
use crate::environment::Environment;
use crate::id::{AgentId, InteractionId};
use crate::ledger::Reason;
use crate::lever::{Act, Effect, GovernanceLever, Note, Scored};
use crate::orchestrator::hub::Hub;
use crate::orchestrator::records::{
    Credits, Dividend, IdText, LeverAct, LeverCost, LeverNote, LeverPublished, LeverSweep,
};
use crate::rng::Draws;
use crate::society::Society;
use crate::units::MicroCredits;

/// What the levers did to one interaction.
#[derive(Debug, Default)]
pub(super) struct Governed {
    /// What levers took in money from initiator and counterparty: fees, fines and slashed stake, as posted.
    pub(super) fees: [MicroCredits; 2],
    /// Reputation changes of the two by levers.
    pub(super) penalties: [f64; 2],
    /// Levers that did something, in order.
    pub(super) levers: Vec<&'static str>,
    /// Resources the levers used up.
    pub(super) real_cost: f64,
    /// Acts other than fees, to be logged after the interaction's own line.
    acts: Vec<(&'static str, Act, InteractionId)>,
    /// Findings, likewise.
    notes: Vec<(&'static str, Note, InteractionId)>,
}

/// The hook of an epoch, a step or a departure that levers are called at.
#[derive(Clone, Copy)]
pub(super) enum Hook {
    EpochStart,
    Step,
    EpochEnd,
    Leave(AgentId),
}

impl<E: Environment> Hub<E> {
    pub(super) fn review(&mut self, scored: &Scored) -> Governed {
        let mut governed = Governed::default();
        let mut levers = std::mem::take(&mut self.levers);
        for lever in &mut levers {
            let effect = lever.review(scored, &self.society, &self.draws);
            if effect.acts.is_empty() && effect.real_cost == 0.0 && effect.notes.is_empty() {
                continue;
            }
            governed.levers.push(lever.name());
            governed.real_cost += effect.real_cost;
            for note in effect.notes {
                governed.notes.push((lever.name(), note, scored.id));
            }
            for act in effect.acts {
                let side = |who: AgentId| usize::from(who == scored.counterparty);
                match act {
                    Act::Fee(who, amount) => governed.fees[side(who)] += self.fee(who, amount),
                    Act::Publish(who, record) => self.society.publish(who, record),
                    other => {
                        if let Some(done) = self.enact(other) {
                            if let Act::Slash(who, burnt) = done {
                                governed.fees[side(who)] += burnt;
                            }
                            if let Act::Reputation(who, delta) = done {
                                governed.penalties[side(who)] += delta;
                            }
                            governed.acts.push((lever.name(), done, scored.id));
                        }
                    }
                }
            }
        }
        self.levers = levers;
        governed
    }

    fn fee(&mut self, who: AgentId, amount: MicroCredits) -> MicroCredits {
        let (from, to) = (self.society.account(who), self.society.treasury());
        self.society
            .ledger
            .post_up_to(from, to, amount, Reason::Fee)
    }

    /// Does one act and returns it as it was done; `None` if nothing came of it.
    fn enact(&mut self, act: Act) -> Option<Act> {
        let society = &mut self.society;
        match act {
            Act::Fee(who, amount) => {
                let paid = self.fee(who, amount);
                (paid > MicroCredits::ZERO).then_some(Act::Fee(who, paid))
            }
            Act::Reputation(who, delta) => {
                let done = society.add_reputation(who, delta);
                (done != 0.0).then_some(Act::Reputation(who, done))
            }
            Act::Freeze(who, until) => {
                let frozen = &mut society.frozen_until[who.index()];
                *frozen = until.max(*frozen);
                Some(Act::Freeze(who, until))
            }
            Act::Unfreeze(who) => {
                society.frozen_until[who.index()] = 0;
                Some(act)
            }
            Act::Slash(who, amount) => {
                let (from, to) = (society.stake_account(who), society.treasury());
                let burnt = society.ledger.post_up_to(from, to, amount, Reason::Slash);
                (burnt > MicroCredits::ZERO).then_some(Act::Slash(who, burnt))
            }
            Act::LockStake(who, amount) => {
                let (from, to) = (society.account(who), society.stake_account(who));
                let locked = society.ledger.post(from, to, amount, Reason::StakeLock);
                (locked.is_ok() && amount > MicroCredits::ZERO).then_some(act)
            }
            Act::ReleaseStake(who, amount) => {
                let (from, to) = (society.stake_account(who), society.account(who));
                let released = (society.ledger).post_up_to(from, to, amount, Reason::StakeRelease);
                (released > MicroCredits::ZERO).then_some(Act::ReleaseStake(who, released))
            }
            Act::Publish(who, record) => {
                let news = society.published(who) != record;
                society.publish(who, record);
                news.then_some(act)
            }
        }
    }

    pub(super) fn log_acts(&mut self, governed: &Governed) {
        for (lever, note, id) in &governed.notes {
            self.log_note(lever, note, Some(*id));
        }
        for (lever, act, id) in &governed.acts {
            self.log_act(lever, *act, Some(*id));
        }
    }

    fn log_act(&mut self, lever: &'static str, act: Act, interaction: Option<InteractionId>) {
        let (kind, who, amount, delta, until_epoch) = match act {
            Act::Fee(who, amount) => ("governance_fee", who, Some(amount), None, None),
            Act::Reputation(who, delta) => ("governance_reputation", who, None, Some(delta), None),
            Act::Freeze(who, until) => ("governance_freeze", who, None, None, Some(until)),
            Act::Unfreeze(who) => ("governance_unfreeze", who, None, None, None),
            Act::Slash(who, amount) => ("governance_slash", who, Some(amount), None, None),
            Act::LockStake(who, amount) => ("governance_stake", who, Some(amount), None, None),
            Act::ReleaseStake(who, amount) => ("governance_release", who, Some(amount), None, None),
            Act::Publish(who, record) => {
                let event = LeverPublished {
                    lever,
                    agent: self.society.name(who),
                    good: record.good,
                    bad: record.bad,
                };
                let kind = "governance_published";
                self.log.event(Detail::Interactions, kind, self.now, &event);
                return;
            }
        };
        let event = LeverAct {
            lever,
            agent: self.society.name(who),
            interaction: interaction.map(IdText),
            amount: amount.map(Credits::of),
            delta,
            until_epoch,
        };
        self.log.event(Detail::Interactions, kind, self.now, &event);
    }

    fn log_note(&mut self, lever: &str, note: &Note, interaction: Option<InteractionId>) {
        let event = LeverNote {
            lever,
            agents: (note.agents.iter())
                .map(|&who| self.society.name(who))
                .collect(),
            interaction: interaction.map(IdText),
            reason: &note.reason,
        };
        let kind = "governance_finding";
        self.log.event(Detail::Interactions, kind, self.now, &event);
    }

    /// Calls every lever's hook. Reputation changes of a hook come as one line for all agents (the agents' own lines at the
    /// end of the epoch show each); every other act has its line.
    pub(super) fn hook(&mut self, hook: Hook) {
        let mut levers = std::mem::take(&mut self.levers);
        for lever in &mut levers {
            let effect = call(lever.as_mut(), hook, &self.society, &self.draws);
            if effect.real_cost != 0.0 {
                self.fold.governance_cost(effect.real_cost);
                let event = LeverCost {
                    lever: lever.name(),
                    governance_cost: effect.real_cost,
                };
                self.log
                    .event(Detail::Interactions, "governance_cost", self.now, &event);
            }
            for note in &effect.notes {
                self.log_note(lever.name(), note, None);
            }
            let (mut agents, mut total) = (0, 0.0);
            for act in effect.acts {
                match self.enact(act) {
                    Some(Act::Reputation(_, delta)) => {
                        agents += 1;
                        total += delta;
                    }
                    Some(done) => self.log_act(lever.name(), done, None),
                    None => {}
                }
            }
            if agents > 0 {
                let event = LeverSweep {
                    lever: lever.name(),
                    agents,
                    total,
                };
                self.log.event(
                    Detail::Interactions,
                    "governance_reputation_all",
                    self.now,
                    &event,
                );
            }
        }
        self.levers = levers;
    }

    /// Shares out the treasury if the scenario says so: equal whole parts to live agents, the rest stays.
    pub(super) fn share_treasury(&mut self) {
        if self.treasury_policy == TreasuryPolicy::Keep {
            return;
        }
        let live: Vec<AgentId> = self
            .society
            .ids()
            .filter(|who| self.society.is_live(*who))
            .collect();
        let held = self.society.ledger.balance(self.society.treasury());
        let each = MicroCredits(if live.is_empty() {
            0
        } else {
            held.0 / live.len() as i64
        });
        if each == MicroCredits::ZERO {
            return;
        }
        for &who in &live {
            let (from, to) = (self.society.treasury(), self.society.account(who));
            self.society
                .ledger
                .post_up_to(from, to, each, Reason::Dividend);
        }
        let event = Dividend {
            agents: live.len() as u32,
            each: Credits::of(each),
        };
        self.log.event(
            Detail::Interactions,
            "governance_dividend",
            self.now,
            &event,
        );
    }
}

fn call(lever: &mut dyn GovernanceLever, hook: Hook, society: &Society, draws: &Draws) -> Effect {
    match hook {
        Hook::EpochStart => lever.on_epoch_start(society, draws),
        Hook::Step => lever.on_step(society, draws),
        Hook::EpochEnd => lever.on_epoch_end(society, draws),
        Hook::Leave(who) => lever.on_leave(who, society),
    }
}
