//! Asking: the way from a proposal to an answer.
//!
//! Order: who is there → rails → levers → the world's own admission → the counterparty. Whatever says no before the
//! counterparty is a refusal, logged and no interaction; the counterparty's no is a rejection, which is scored.

use crate::agent::{Decision, Offer, Phase, Proposal, Turn};
use crate::config::Detail;
use crate::environment::{Answer, Asked, Environment, Refusal, TermsFacts};
use crate::id::{AgentId, InteractionId, Kind};
use crate::interaction::Moment;
use crate::orchestrator::hub::Hub;
use crate::orchestrator::records::Refused;
use crate::rng::Domain;
use serde::{Deserialize, Serialize};

const ASK_KEY: Domain = Domain::new("core.ask");
const ACCEPT: Domain = Domain::new("core.accept");

/// An interaction that was asked and not yet closed.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Open<E: Environment> {
    pub(super) kind: Kind,
    pub(super) opened: Moment,
    pub(super) opened_step: u64,
    pub(super) key: u64,
    pub(super) initiator: AgentId,
    pub(super) counterparty: AgentId,
    pub(super) accepted: bool,
    pub(super) terms: E::Terms,
    /// The marks of the agents, given back in their outcomes.
    pub(super) tags: [u64; 2],
}

impl<E: Environment> Clone for Open<E> {
    fn clone(&self) -> Self {
        Self {
            terms: self.terms.clone(),
            ..*self
        }
    }
}

/// Who said no.
pub(super) enum No {
    Rail(Refusal),
    Lever(&'static str, Refusal),
    World(Refusal),
}

impl<E: Environment> Hub<E> {
    pub(super) fn ask(&mut self, world: &E, from: AgentId, proposal: Proposal<E>) -> Answer<E> {
        let Proposal {
            to,
            terms,
            conduct,
            tag,
        } = proposal;
        self.settle_fresh();
        let facts = world.terms_facts(&terms);
        let ordinal = self.society.counters[from.index()].step_asks;
        self.society.counters[from.index()].step_asks += 1;
        if let Err(no) = self.admit(world, from, to, &terms, &facts) {
            let refusal = self.refused(from, Some(to), facts.tool, no);
            return Answer::Refused(refusal);
        }
        if !facts.charged {
            self.society.counters[from.index()].epoch_actions += 1;
        }

        let keys = [self.society.key(from), self.step, u64::from(ordinal)];
        let key = self.draws.bits(ASK_KEY, &keys);
        let reply = self.question_one(world, to, Phase::Accept);
        let mut rng = self.draws.stream(ACCEPT, &[self.society.key(to), key]);
        let now = self.now;
        let answered = self.guarded(to, "accept", |agent, society| {
            let seen = world.view(to, society);
            let turn = Turn {
                rng: &mut rng,
                now,
                attempt: 0,
                reply: reply.as_ref(),
            };
            agent.accept_interaction(
                &Offer {
                    from,
                    terms: &terms,
                },
                &seen,
                turn,
            )
        });
        let Some(Decision {
            response,
            tag: answer_tag,
        }) = answered
        else {
            let no = No::Rail(Refusal::new("fault", "the counterparty failed to answer"));
            return Answer::Refused(self.refused(from, Some(to), facts.tool, no));
        };

        let accepted = response.is_some();
        if accepted {
            self.rails.committed(from, to, &facts);
        }
        for (who, asked) in [(from, true), (to, false)] {
            let counters = &mut self.society.counters[who.index()];
            counters.step_interactions += 1;
            if asked {
                counters.initiated += 1;
            } else {
                counters.received += 1;
            }
        }
        let id = InteractionId(self.next_interaction);
        self.next_interaction += 1;
        let open = Open {
            kind: facts.kind,
            opened: now,
            opened_step: self.step,
            key,
            initiator: from,
            counterparty: to,
            accepted,
            terms: terms.clone(),
            tags: [tag, answer_tag],
        };
        self.fresh = Some((id, open));
        Answer::Answered(Asked {
            id,
            key,
            initiator: from,
            counterparty: to,
            terms,
            conduct,
            response,
        })
    }

    fn admit(
        &mut self,
        world: &E,
        from: AgentId,
        to: AgentId,
        terms: &E::Terms,
        facts: &TermsFacts,
    ) -> Result<(), No> {
        let rail = |code, detail: &'static str| Err(No::Rail(Refusal::new(code, detail)));
        if from == to {
            return rail("self", "an agent does not deal with itself");
        }
        if to.index() >= self.agents.len()
            || !self.society.is_live(to)
            || !self.society.is_live(from)
        {
            return rail("gone", "one of the two has left");
        }
        if self.is_quarantined(to) || self.is_quarantined(from) {
            return rail("quarantined", "one of the two is quarantined");
        }
        if self.society.is_frozen(from) || self.society.is_frozen(to) {
            return rail("frozen", "one of the two is frozen");
        }
        self.rails
            .check_offer(from, to, facts, &self.society, self.step, E::TOOLS)
            .map_err(No::Rail)?;
        for lever in &self.levers {
            if !facts.charged {
                lever
                    .admit_action(from, facts.tool, &self.society)
                    .map_err(|no| No::Lever(lever.name(), no))?;
            }
            lever
                .admit(from, to, &self.society)
                .map_err(|no| No::Lever(lever.name(), no))?;
        }
        world
            .admit(from, to, terms, &self.society)
            .map_err(No::World)
    }

    /// Logs a refusal of an action or offer.
    pub(super) fn refused(
        &mut self,
        who: AgentId,
        to: Option<AgentId>,
        tool: crate::id::Tool,
        no: No,
    ) -> Refusal {
        self.society.counters[who.index()].refused += 1;
        self.fold.refused();
        let (kind, lever, refusal) = match no {
            No::Rail(refusal) => ("rail_refused", None, refusal),
            No::Lever(lever, refusal) => ("governance_refused", Some(lever), refusal),
            No::World(refusal) => ("action_refused", None, refusal),
        };
        let event = Refused {
            agent: self.society.name(who),
            lever,
            tool: Self::tool_name(tool),
            counterparty: to
                .filter(|to| to.index() < self.society.len())
                .map(|to| self.society.name(to)),
            reason: refusal.code,
            detail: &refusal.detail,
        };
        self.log.event(Detail::Interactions, kind, self.now, &event);
        refusal
    }
}
