//! The contract of an agent.
//!
//! A policy is a plain struct. It sees only its view, draws only from the stream of its turn and learns only from its own
//! outcomes. In-process code is trusted not to hang: a panic is caught (`agent_fault`; the turn is a no-op and the agent is
//! put back to its last saved state), a hang or a stack overflow is not.

use crate::environment::Environment;
use crate::id::{AgentId, InteractionId, Kind};
use crate::interaction::{Moment, Side};
use crate::rng::Stream;
use crate::state::{LoadError, Loader, Saver};
use serde::{Deserialize, Serialize};

/// The part of a step a turn belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Actions: posts, votes, task work.
    Act,
    /// Offers.
    Propose,
    /// Answers.
    Accept,
}

/// What an agent outside this program is asked (an LLM, another process). The reply becomes an `input` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The whole question as text or JSON.
    pub prompt: String,
}

/// A reply from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The payload, verbatim.
    pub payload: String,
}

/// What an agent is given for one decision.
#[derive(Debug)]
pub struct Turn<'t> {
    /// Draws for this decision alone, keyed by name, step, phase and attempt.
    pub rng: &'t mut Stream,
    /// When.
    pub now: Moment,
    /// How many decisions of this phase and step went before: an agent may act or propose several times, until it says `None`.
    pub attempt: u32,
    /// Reply from outside, if [`BaseAgent::question`] asked.
    pub reply: Option<&'t Reply>,
}

/// An offer an agent wants to make.
#[derive(Clone, Debug)]
pub struct Proposal<E: Environment> {
    /// To whom.
    pub to: AgentId,
    /// Public terms.
    pub terms: E::Terms,
    /// Hidden conduct.
    pub conduct: E::Conduct,
    /// The agent's own mark; comes back in the outcome (the arm of a bandit).
    pub tag: u64,
}

/// An offer as the counterparty sees it.
#[derive(Debug)]
pub struct Offer<'a, E: Environment> {
    /// Who asks.
    pub from: AgentId,
    /// Public terms.
    pub terms: &'a E::Terms,
}

/// An answer to an offer.
#[derive(Clone, Debug)]
pub struct Decision<E: Environment> {
    /// `None` rejects.
    pub response: Option<E::Response>,
    /// The agent's own mark; comes back in the outcome.
    pub tag: u64,
}

impl<E: Environment> Decision<E> {
    /// No.
    pub fn reject() -> Self {
        Self {
            response: None,
            tag: 0,
        }
    }

    /// Yes, with the agent's own mark.
    pub fn accept(response: E::Response, tag: u64) -> Self {
        Self {
            response: Some(response),
            tag,
        }
    }
}

/// What an agent learns of an interaction it had a side in. No truth, no conduct of the other.
#[derive(Debug)]
pub struct Outcome<'a, E: Environment> {
    /// The interaction.
    pub id: InteractionId,
    /// Its kind.
    pub kind: Kind,
    /// The side this agent had.
    pub side: Side,
    /// The other side.
    pub partner: AgentId,
    /// The terms agreed or rejected.
    pub terms: &'a E::Terms,
    /// Whether it was accepted.
    pub accepted: bool,
    /// P(v = +1) as everybody reads it.
    pub p: f64,
    /// Own payoff (0 if rejected: nothing is booked).
    pub payoff: f64,
    /// Reputation the community gave this agent.
    pub reputation: f64,
    /// Change of this agent's reputation by levers (penalties are negative).
    pub penalty: f64,
    /// Money levers took from this agent for it, in credits: fees, fines, slashed stake.
    pub fee: f64,
    /// The mark of the agent's own proposal or decision.
    pub tag: u64,
    /// When it closed.
    pub now: Moment,
}

/// What a lever did to an agent apart from the interactions it was told of: the sanction of a moderator, the fine of a ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levy {
    /// The lever.
    pub lever: &'static str,
    /// Money it took, in credits: fines and slashed stake.
    pub fee: f64,
    /// Change of reputation (penalties are negative).
    pub penalty: f64,
    /// When.
    pub now: Moment,
}

/// An agent of the world `E`. See the module for what a policy may rely on.
pub trait BaseAgent<E: Environment>: Send {
    /// Key in the registry, e.g. `honest`.
    fn kind(&self) -> &'static str;
    /// Whether [`BaseAgent::question`] ever asks. Read once, at registration.
    fn asks_outside(&self) -> bool {
        false
    }
    /// Whether it ever decides anything in this phase, [`Phase::Act`] or [`Phase::Propose`]. Read once, at registration; where it is
    /// no, the agent is never called: a city has thousands that only answer.
    fn takes_turns(&self, _phase: Phase) -> bool {
        true
    }
    /// For agents outside this program: what to ask before the turn. Pure but for the agent's own notes.
    fn question(&mut self, _phase: Phase, _seen: &E::View<'_>) -> Option<Question> {
        None
    }
    /// One action, or `None` to end the turn. Called again (with `turn.attempt` + 1) until `None` or the cap of the orchestrator.
    fn select_action(&mut self, seen: &E::View<'_>, turn: Turn<'_>) -> Option<E::Action>;
    /// One offer, or `None` to end the turn. Called again until `None` or the cap. An agent that says nothing of it makes no offers.
    fn propose_interaction(&mut self, _seen: &E::View<'_>, _turn: Turn<'_>) -> Option<Proposal<E>> {
        None
    }
    /// Answers an offer.
    fn accept_interaction(
        &mut self,
        offer: &Offer<'_, E>,
        seen: &E::View<'_>,
        turn: Turn<'_>,
    ) -> Decision<E>;
    /// Learns from an interaction that closed, accepted or not. An agent that says nothing of it learns nothing.
    fn update_state(&mut self, _outcome: &Outcome<'_, E>) {}
    /// Learns of a sanction that came apart from any interaction.
    fn fined(&mut self, _levy: &Levy) {}
    /// Reads something of each part of its state and returns it, without meaning. The hub calls it for a few agents ahead of their
    /// turns, so that among many the memory of all of them is fetched at once.
    fn touch(&self) -> u64 {
        0
    }
    /// Hears late news from the world.
    fn hear(&mut self, _news: &E::News) {}
    /// Saves everything that is not configuration.
    fn save(&self, out: &mut Saver);
    /// Overwrites the state with what was saved.
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError>;
}

/// How an agent is made: what `agent_registered` logs and a checkpoint keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSpec {
    /// Unique name, `[a-z0-9_.-]{1,64}`.
    pub name: String,
    /// Registry key.
    pub kind: String,
    /// Role.
    pub role: String,
    /// Policy parameters as JSON text, in the scenario's order.
    pub config: String,
}

/// Makes agents of a world by kind.
pub trait AgentRegistry<E: Environment>: Send + Sync {
    /// Builds a fresh agent; the error says what is wrong with the spec.
    fn build(&self, spec: &AgentSpec) -> Result<Box<dyn BaseAgent<E>>, String>;
    /// Tools a role may use.
    fn tools(&self, role: &str) -> crate::id::ToolSet;
}
