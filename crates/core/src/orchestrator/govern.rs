//! Levers at work: their effects are booked here and nowhere else.

use crate::agent::Levy;
use crate::config::{Detail, TreasuryPolicy};
use crate::environment::{Culpability, Environment, Refusal};
use crate::id::{AgentId, InteractionId};
use crate::ledger::Reason;
use crate::lever::{Act, Effect, GovernanceLever, Inspector, Note, Report, Scored};
use crate::orchestrator::hub::Hub;
use crate::orchestrator::records::{
    Credits, Dividend, IdText, LeverAct, LeverCost, LeverNote, LeverPublished, LeverSanction,
    LeverSweep, some_figure,
};
use crate::rng::Draws;
use crate::society::Society;
use crate::units::MicroCredits;
use std::collections::BTreeSet;

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
    /// Sanctions, likewise.
    sanctions: Vec<Sanction>,
}

/// What one lever did to one agent on one occasion.
#[derive(Debug)]
struct Sanction {
    lever: &'static str,
    reason: &'static str,
    agent: AgentId,
    interaction: Option<InteractionId>,
    /// Money and stake taken.
    taken: MicroCredits,
    /// Reputation lost (0 and below).
    points: f64,
    /// Whether the agent's conduct was honest.
    clean: bool,
}

/// Acts of a punishing lever as sanctions, one an agent, in the order they first stand in.
#[derive(Debug, Default)]
struct Tally(Vec<(AgentId, MicroCredits, f64)>);

impl Tally {
    fn add(&mut self, act: &Act) {
        let (who, taken, points) = match *act {
            Act::Fee(who, amount) | Act::Slash(who, amount) => (who, amount, 0.0),
            Act::Reputation(who, delta) if delta < 0.0 => (who, MicroCredits::ZERO, delta),
            Act::Freeze(who, _) => (who, MicroCredits::ZERO, 0.0),
            _ => return,
        };
        match self.0.iter_mut().find(|(known, _, _)| *known == who) {
            Some(of) => {
                of.1 += taken;
                of.2 += points;
            }
            None => self.0.push((who, taken, points)),
        }
    }
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
    pub(super) fn review(
        &mut self,
        scored: &Scored,
        culpability: Option<[Culpability; 2]>,
    ) -> Governed {
        let mut governed = Governed::default();
        let mut levers = std::mem::take(&mut self.levers);
        let draws = self.draws.clone();
        let inspector = Inspector::new(culpability, scored.key, &draws);
        let clean = culpability.map_or([false; 2], |sides| sides.map(|side| side.clean));
        for lever in &mut levers {
            let mut effect = lever.review(scored, &self.society, &draws);
            effect.append(lever.inspect(scored, &inspector, &self.society, &draws));
            if lever.docket().is_some() && scored.accepted {
                self.fold.case(scored.id.0, clean);
            }
            if effect.acts.is_empty() && effect.real_cost == 0.0 && effect.notes.is_empty() {
                continue;
            }
            governed.levers.push(lever.name());
            governed.real_cost += effect.real_cost;
            self.fold.lever_cost(lever.name(), effect.real_cost);
            for note in effect.notes {
                governed.notes.push((lever.name(), note, scored.id));
            }
            let mut tally = Tally::default();
            for act in effect.acts {
                let side = |who: AgentId| usize::from(who == scored.counterparty);
                match act {
                    Act::Fee(who, amount) => {
                        let paid = self.fee(who, amount);
                        governed.fees[side(who)] += paid;
                        self.fold.taken(lever.name(), paid);
                        if paid > MicroCredits::ZERO {
                            tally.add(&Act::Fee(who, paid));
                        }
                    }
                    Act::Publish(who, record) => self.society.publish(who, record),
                    other => {
                        if let Some(done) = self.enact(other) {
                            if let Act::Slash(who, burnt) = done {
                                governed.fees[side(who)] += burnt;
                                self.fold.taken(lever.name(), burnt);
                            }
                            if let Act::Reputation(who, delta) = done {
                                governed.penalties[side(who)] += delta;
                            }
                            tally.add(&done);
                            governed.acts.push((lever.name(), done, scored.id));
                        }
                    }
                }
            }
            if let Some(reason) = lever.punishes() {
                for (agent, taken, points) in tally.0 {
                    governed.sanctions.push(Sanction {
                        lever: lever.name(),
                        reason,
                        agent,
                        interaction: Some(scored.id),
                        taken,
                        points,
                        clean: clean[usize::from(agent == scored.counterparty)],
                    });
                }
            }
        }
        self.levers = levers;
        if let Some(sides) = culpability
            && scored.accepted
        {
            for (who, side) in [scored.initiator, scored.counterparty]
                .into_iter()
                .zip(sides)
            {
                if !side.clean {
                    self.fold.foul(who.0);
                }
            }
        }
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
        for sanction in &governed.sanctions {
            self.log_sanction(sanction);
        }
    }

    fn log_sanction(&mut self, sanction: &Sanction) {
        self.fold.sanction(sanction.lever, sanction.clean);
        let event = LeverSanction {
            lever: sanction.lever,
            agent: self.society.name(sanction.agent),
            interaction: sanction.interaction.map(IdText),
            amount: Credits::some(sanction.taken),
            delta: some_figure(sanction.points),
            clean: sanction.clean,
            reason: sanction.reason,
        };
        let kind = "governance_sanction";
        self.log.event(Detail::Interactions, kind, self.now, &event);
    }

    /// An agent has looked into a case: the lever that keeps it says what comes of it. Booked as a hook's acts are, but every act has
    /// its line, which names the interaction.
    pub(super) fn report(&mut self, report: Report) -> Result<[bool; 2], Refusal> {
        let mut levers = std::mem::take(&mut self.levers);
        let mut taken = None;
        for lever in &mut levers {
            if let Some(effect) = lever.on_report(&report, &self.society) {
                if let Some(cases) = lever.docket() {
                    self.society.put_up(cases);
                }
                taken = Some((lever.name(), lever.punishes(), effect));
                break;
            }
        }
        self.levers = levers;
        let Some((lever, punishes, effect)) = taken else {
            let no = Refusal::new(
                "no_case",
                "there is no such case, or not for this agent now",
            );
            return Err(no);
        };
        self.own_cost(lever, effect.real_cost);
        for note in &effect.notes {
            self.log_note(lever, note, Some(report.about));
        }
        let mut tally = Tally::default();
        for act in effect.acts {
            if let Some(done) = self.enact(act) {
                self.book_taken(lever, &done);
                tally.add(&done);
                self.log_act(lever, done, Some(report.about));
            }
        }
        let case = (self.society.docket().iter()).find(|case| case.id == report.about);
        let (initiator, found) = case.map_or((None, [false; 2]), |case| {
            (Some(case.initiator), case.found)
        });
        let clean = self.fold.case_clean(report.about.0);
        if let Some(reason) = punishes {
            for (agent, taken, points) in tally.0 {
                let side = usize::from(Some(agent) != initiator);
                self.punished(&Sanction {
                    lever,
                    reason,
                    agent,
                    interaction: Some(report.about),
                    taken,
                    points,
                    clean: clean[side],
                });
            }
        }
        Ok(found)
    }

    /// Logs a sanction that came apart from the closing of an interaction, and tells the agent.
    fn punished(&mut self, sanction: &Sanction) {
        self.log_sanction(sanction);
        let who = sanction.agent;
        if self.society.is_live(who) && !self.is_quarantined(who) {
            let levy = Levy {
                lever: sanction.lever,
                fee: sanction.taken.credits(),
                penalty: sanction.points,
                now: self.now,
            };
            self.guarded(who, "fined", |agent, _| agent.fined(&levy));
        }
    }

    fn book_taken(&mut self, lever: &str, act: &Act) {
        if let Act::Fee(_, amount) | Act::Slash(_, amount) = *act {
            self.fold.taken(lever, amount);
        }
    }

    /// Resources a lever used up apart from the closing of an interaction.
    fn own_cost(&mut self, lever: &'static str, real_cost: f64) {
        if real_cost != 0.0 {
            self.fold.governance_cost(real_cost);
            self.fold.lever_cost(lever, real_cost);
            let event = LeverCost {
                lever,
                governance_cost: real_cost,
            };
            self.log
                .event(Detail::Interactions, "governance_cost", self.now, &event);
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
            self.own_cost(lever.name(), effect.real_cost);
            for note in &effect.notes {
                self.log_note(lever.name(), note, None);
            }
            let (mut agents, mut total) = (0, 0.0);
            // A bond that is lost on leaving is the price of a name, not a sanction on conduct.
            let punishes = match hook {
                Hook::Leave(_) => None,
                _ => lever.punishes(),
            };
            let mut tally = Tally::default();
            for act in effect.acts {
                let Some(done) = self.enact(act) else {
                    continue;
                };
                self.book_taken(lever.name(), &done);
                if punishes.is_some() {
                    tally.add(&done);
                }
                match done {
                    Act::Reputation(_, delta) => {
                        agents += 1;
                        total += delta;
                    }
                    done => self.log_act(lever.name(), done, None),
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
            if let Some(reason) = punishes {
                for (agent, taken, points) in tally.0 {
                    let clean = self.fold.is_clean(agent.0);
                    self.punished(&Sanction {
                        lever: lever.name(),
                        reason,
                        agent,
                        interaction: None,
                        taken,
                        points,
                        clean,
                    });
                }
            }
            if let (Some(cases), Hook::Step) = (lever.docket(), hook) {
                self.society.put_up(cases);
                let open: BTreeSet<u64> = cases.iter().map(|case| case.id.0).collect();
                self.fold.keep_cases(|id| open.contains(&id));
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
