//! Whose turn it is, and what the turns come to.
//!
//! Sequential activation: each agent decides on the world as earlier agents of the step left it. Simultaneous: all decide
//! on one snapshot, in parallel (rayon, each into its own slot), and what they decided is applied in the order of turns; so
//! the number of threads cannot show.

use crate::agent::{BaseAgent, Phase, Proposal, Question, Reply, Turn};
use crate::config::{Activation, Detail, TurnOrder};
use crate::environment::{Answer, Environment, Refusal};
use crate::id::AgentId;
use crate::interaction::Moment;
use crate::orchestrator::ahead::{AHEAD, touch};
use crate::orchestrator::ask::No;
use crate::orchestrator::faults::shielded;
use crate::orchestrator::hub::{Ctx, Hub, Slot};
use crate::orchestrator::records::InputLine;
use crate::rng::{Domain, Draws};
use crate::society::Society;
use rayon::prelude::*;
use std::collections::BTreeMap;

const ORDER: Domain = Domain::new("core.order");
const ACT: Domain = Domain::new("core.act");
const PROPOSE: Domain = Domain::new("core.propose");

/// Replies from outside for one phase.
type Replies = BTreeMap<AgentId, Reply>;

/// A fault in the middle of a parallel phase, booked when its turn comes.
struct Fault(String);

/// What a decision needs besides the agent.
struct Scene<'a, E: Environment> {
    world: &'a E,
    society: &'a Society,
    draws: &'a Draws,
    now: Moment,
    step: u64,
    replies: &'a Replies,
}

impl<E: Environment> Scene<'_, E> {
    /// Whether the agent decides anything in this phase. The frozen act, for what the frozen may do, and make no offers.
    fn has_turn(&self, who: AgentId, slot: &Slot<E>, phase: Phase) -> bool {
        let free = phase == Phase::Act || !self.society.is_frozen(who);
        slot.takes_turns(phase) && free && self.society.is_live(who) && !slot.quarantined
    }

    /// One decision of an agent, shielded.
    fn decide<R>(
        &self,
        who: AgentId,
        slot: &mut Slot<E>,
        (domain, attempt): (Domain, u32),
        decide: impl FnOnce(&mut dyn BaseAgent<E>, &E::View<'_>, Turn<'_>) -> Option<R>,
    ) -> Result<Option<R>, Fault> {
        let mut rng = self.draws.stream(
            domain,
            &[self.society.key(who), self.step, u64::from(attempt)],
        );
        let reply = if self.replies.is_empty() {
            None
        } else {
            self.replies.get(&who)
        };
        let seen = self.world.view(who, self.society);
        let turn = Turn {
            rng: &mut rng,
            now: self.now,
            attempt,
            reply,
        };
        shielded(slot, |agent| decide(agent, &seen, turn)).map_err(Fault)
    }

    fn action(
        &self,
        who: AgentId,
        slot: &mut Slot<E>,
        attempt: u32,
    ) -> Result<Option<E::Action>, Fault> {
        self.decide(who, slot, (ACT, attempt), |agent, seen, turn| {
            agent.select_action(seen, turn)
        })
    }

    fn proposal(
        &self,
        who: AgentId,
        slot: &mut Slot<E>,
        attempt: u32,
    ) -> Result<Option<Proposal<E>>, Fault> {
        self.decide(who, slot, (PROPOSE, attempt), |agent, seen, turn| {
            agent.propose_interaction(seen, turn)
        })
    }
}

/// All decisions of one agent in one phase; a fault ends them.
type Decided<R> = (Vec<R>, Option<Fault>);

fn collect<R>(most: u32, mut next: impl FnMut(u32) -> Result<Option<R>, Fault>) -> Decided<R> {
    let mut decided = Vec::new();
    for attempt in 0..most {
        match next(attempt) {
            Ok(Some(one)) => decided.push(one),
            Ok(None) => break,
            Err(fault) => return (decided, Some(fault)),
        }
    }
    (decided, None)
}

impl<E: Environment> Hub<E> {
    /// Agents that have a turn this step, in order. The frozen have one in ACT alone, for what the frozen may do.
    pub(super) fn turn_order(&self) -> Vec<AgentId> {
        let mut order: Vec<AgentId> = self
            .society
            .ids()
            .filter(|who| self.society.is_live(*who) && !self.is_quarantined(*who))
            .collect();
        match self.sim.turn_order {
            TurnOrder::RoundRobin => {
                if !order.is_empty() {
                    let first = self.step % order.len() as u64;
                    order.rotate_left(first as usize);
                }
            }
            TurnOrder::Random => self.draws.stream(ORDER, &[self.step]).shuffle(&mut order),
            TurnOrder::Priority => {
                order.sort_by(|a, b| {
                    let (a_rep, b_rep) = (self.society.reputation(*a), self.society.reputation(*b));
                    b_rep.total_cmp(&a_rep).then(a.cmp(b))
                });
            }
        }
        order
    }

    fn scene<'a>(&'a self, world: &'a E, replies: &'a Replies) -> Scene<'a, E> {
        Scene {
            world,
            society: &self.society,
            draws: &self.draws,
            now: self.now,
            step: self.step,
            replies,
        }
    }

    /// ACT: every agent in turn.
    pub(super) fn act(&mut self, world: &mut E, order: &[AgentId]) {
        let replies = self.question_all(world, order, Phase::Act);
        if self.sim.activation == Activation::Simultaneous {
            let mut decided = self.in_parallel(world, &replies, Phase::Act, |scene, who, slot| {
                collect(E::ACTIONS_MAX, |attempt| scene.action(who, slot, attempt))
            });
            for &who in order {
                let Some((actions, fault)) = decided[who.index()].take() else {
                    continue;
                };
                for action in actions {
                    self.apply(world, who, action);
                }
                if let Some(Fault(message)) = fault {
                    self.fault(who, "act", &message);
                }
            }
            return;
        }
        for (at, &who) in order.iter().enumerate() {
            if at % AHEAD == 0 {
                let next = order[at..].iter().take(AHEAD).copied();
                touch(&self.agents, (&self.society, &self.rails), world, next);
            }
            if !self.agents[who.index()].takes_turns(Phase::Act) {
                continue;
            }
            for attempt in 0..E::ACTIONS_MAX {
                // Somebody's action, or a lever's answer to it, may have changed that since the order was made.
                if self.is_quarantined(who) || !self.society.is_live(who) {
                    break;
                }
                let mut slots = std::mem::take(&mut self.agents);
                let decided =
                    self.scene(world, &replies)
                        .action(who, &mut slots[who.index()], attempt);
                self.agents = slots;
                match decided {
                    Ok(Some(action)) => self.apply(world, who, action),
                    Ok(None) => break,
                    Err(Fault(message)) => {
                        self.fault(who, "act", &message);
                        break;
                    }
                }
            }
        }
    }

    /// PROPOSE: collects every agent's offers; the world does not change meanwhile.
    pub(super) fn propose(&mut self, world: &E, order: &[AgentId]) -> Vec<(AgentId, Proposal<E>)> {
        let replies = self.question_all(world, order, Phase::Propose);
        let mut offers = Vec::with_capacity(order.len());
        if self.sim.activation == Activation::Simultaneous {
            let mut decided =
                self.in_parallel(world, &replies, Phase::Propose, |scene, who, slot| {
                    collect(E::PROPOSALS_MAX, |attempt| {
                        scene.proposal(who, slot, attempt)
                    })
                });
            for &who in order {
                let Some((proposals, fault)) = decided[who.index()].take() else {
                    continue;
                };
                offers.extend(proposals.into_iter().map(|proposal| (who, proposal)));
                if let Some(Fault(message)) = fault {
                    self.fault(who, "propose", &message);
                }
            }
            return offers;
        }
        let mut slots = std::mem::take(&mut self.agents);
        let mut faults = Vec::new();
        for (at, &who) in order.iter().enumerate() {
            if at % AHEAD == 0 {
                let next = order[at..].iter().take(AHEAD).copied();
                touch(&slots, (&self.society, &self.rails), world, next);
            }
            let scene = self.scene(world, &replies);
            if !scene.has_turn(who, &slots[who.index()], Phase::Propose) {
                continue;
            }
            for attempt in 0..E::PROPOSALS_MAX {
                match scene.proposal(who, &mut slots[who.index()], attempt) {
                    Ok(Some(proposal)) => offers.push((who, proposal)),
                    Ok(None) => break,
                    Err(Fault(message)) => {
                        faults.push((who, message));
                        break;
                    }
                }
            }
        }
        self.agents = slots;
        for (who, message) in faults {
            self.fault(who, "propose", &message);
        }
        offers
    }

    /// RESOLVE: each offer is asked, and settled if it was answered.
    pub(super) fn resolve(&mut self, world: &mut E, offers: Vec<(AgentId, Proposal<E>)>) {
        let sides: Vec<[AgentId; 2]> = (offers.iter())
            .map(|(from, proposal)| [*from, proposal.to])
            .collect();
        for (at, (from, proposal)) in offers.into_iter().enumerate() {
            if at % AHEAD == 0 {
                let next = sides[at..].iter().take(AHEAD).flatten().copied();
                touch(&self.agents, (&self.society, &self.rails), world, next);
            }
            if let Answer::Answered(asked) = self.ask(world, from, proposal) {
                world.settle(asked, &mut Ctx::new(self));
            }
        }
        self.settle_fresh();
    }

    /// One slot a live agent, each decided on the same snapshot.
    fn in_parallel<R: Send>(
        &mut self,
        world: &E,
        replies: &Replies,
        phase: Phase,
        decide: impl Fn(&Scene<'_, E>, AgentId, &mut Slot<E>) -> R + Sync,
    ) -> Vec<Option<R>> {
        let mut slots = std::mem::take(&mut self.agents);
        let scene = self.scene(world, replies);
        let decided = slots
            .par_iter_mut()
            .enumerate()
            .map(|(at, slot)| {
                let who = AgentId(at as u32);
                scene
                    .has_turn(who, slot, phase)
                    .then(|| decide(&scene, who, slot))
            })
            .collect();
        self.agents = slots;
        decided
    }

    fn apply(&mut self, world: &mut E, who: AgentId, action: E::Action) {
        let facts = world.action_facts(&action);
        if let Err(no) = self.admit_action(who, &facts) {
            self.refused(who, None, facts.tool, no);
            return;
        }
        match world.apply(who, action, &mut Ctx::new(self)) {
            Ok(()) => {
                self.rails.acted(who, &facts, self.step);
                let counters = &mut self.society.counters[who.index()];
                counters.epoch_actions += 1;
                counters.epoch_posts += u32::from(facts.is_post);
                counters.epoch_votes += u32::from(facts.is_vote);
            }
            Err(refusal) => {
                self.refused(who, None, facts.tool, No::World(refusal));
            }
        }
    }

    fn admit_action(
        &mut self,
        who: AgentId,
        facts: &crate::environment::ActionFacts,
    ) -> Result<(), No> {
        if self.society.is_frozen(who) && !facts.while_frozen {
            let frozen = Refusal::new("frozen", "a frozen agent can only leave");
            return Err(No::Rail(frozen));
        }
        self.rails
            .check_action(who, facts, &self.society, self.step, E::TOOLS)
            .map_err(No::Rail)?;
        for lever in &self.levers {
            lever
                .admit_action(who, facts.tool, &self.society)
                .map_err(|no| No::Lever(lever.name(), no))?;
        }
        Ok(())
    }

    /// Asks everybody outside in one batch; each reply becomes an `input` line.
    fn question_all(&mut self, world: &E, order: &[AgentId], phase: Phase) -> Replies {
        let mut asking: Vec<(AgentId, Question)> = Vec::new();
        for &who in order {
            let slot = &self.agents[who.index()];
            if slot.outside && slot.takes_turns(phase) {
                let asked = self.guarded(who, "question", |agent, society| {
                    agent.question(phase, &world.view(who, society))
                });
                asking.extend(asked.flatten().map(|question| (who, question)));
            }
        }
        self.put(asking, phase)
    }

    /// Asks the one agent that is about to answer an offer, if it is outside.
    pub(super) fn question_one(&mut self, world: &E, who: AgentId, phase: Phase) -> Option<Reply> {
        if !self.agents[who.index()].outside {
            return None;
        }
        let asked = self.guarded(who, "question", |agent, society| {
            agent.question(phase, &world.view(who, society))
        });
        let asking = asked
            .flatten()
            .map(|question| (who, question))
            .into_iter()
            .collect();
        self.put(asking, phase).remove(&who)
    }

    fn put(&mut self, asking: Vec<(AgentId, Question)>, phase: Phase) -> Replies {
        if asking.is_empty() {
            return Replies::new();
        }
        let (ids, batch): (Vec<AgentId>, Vec<(String, Question)>) = asking
            .into_iter()
            .map(|(who, question)| (who, (self.society.name(who).to_owned(), question)))
            .unzip();
        let mut replies = Replies::new();
        for (who, reply) in ids.into_iter().zip(self.inputs.ask(&batch)) {
            let kind = match phase {
                Phase::Act => "act",
                Phase::Propose => "propose",
                Phase::Accept => "accept",
            };
            let event = InputLine {
                kind,
                agent: Some(self.society.name(who)),
                payload: Some(&reply.payload),
            };
            self.log.event(Detail::Epochs, "input", self.now, &event);
            replies.insert(who, reply);
        }
        replies
    }
}
