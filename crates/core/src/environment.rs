//! The contract of a world.
//!
//! A world owns its state and decides what conduct leads to; it does not score, book or log by itself: it *asks*
//! ([`Ctx::ask`](crate::orchestrator::Ctx::ask)) and *closes* ([`Ctx::close`](crate::orchestrator::Ctx::close)), in
//! RESOLVE or in the middle of its own tick, now or on a later day. Guarantees the orchestrator gives: methods are called in
//! the order of the loop, never at the same time, and always from the same simulated moment on every machine.

use crate::agent::AgentSpec;
use crate::id::{AgentId, InteractionId, Kind, Tool};
use crate::interaction::{Moment, Observables, Truth};
use crate::ledger::AccountId;
use crate::orchestrator::Ctx;
use crate::society::Society;
use crate::state::{LoadError, Loader, Saver};
use crate::units::MicroCredits;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// A rail, a lever or a world said no: nothing happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Short code, e.g. `content_length`, `bandwidth_cap`, `stale`.
    pub code: &'static str,
    /// One sentence with the numbers.
    pub detail: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with its code and reason.
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// What the rails need to know of an action before it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionFacts {
    /// The tool it uses.
    pub tool: Tool,
    /// Characters of the longest text it publishes.
    pub content_chars: u32,
    /// Whether it counts as a post or reply.
    pub is_post: bool,
    /// Whether it counts as a vote.
    pub is_vote: bool,
    /// The most money that may leave the agent by it.
    pub outlay: MicroCredits,
    /// Whether a frozen agent may still do it (to leave).
    pub while_frozen: bool,
}

/// What the rails need to know of terms before they are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsFacts {
    /// Kind of the interaction.
    pub kind: Kind,
    /// The tool the initiator uses.
    pub tool: Tool,
    /// Whether the initiator was charged for it already, as an action (a claim that is now put to the poster): no token, and
    /// no second count towards what levers cap.
    pub charged: bool,
    /// The most money that may leave the initiator.
    pub outlay_initiator: MicroCredits,
    /// The most money that may leave the counterparty.
    pub outlay_counterparty: MicroCredits,
}

/// An answered offer, handed to the world to settle now or later.
#[derive(Clone, Debug)]
pub struct Asked<E: Environment> {
    /// Number of the interaction; close it with this.
    pub id: InteractionId,
    /// A key for draws about this interaction: a hash of when, who asked and its how-manieth ask of the step. Unlike `id` it does not
    /// move when somebody else's offer is refused.
    pub key: u64,
    /// Who asked.
    pub initiator: AgentId,
    /// Who answered.
    pub counterparty: AgentId,
    /// Public terms.
    pub terms: E::Terms,
    /// Hidden conduct of the initiator.
    pub conduct: E::Conduct,
    /// The answer, with the answerer's own conduct if it was yes.
    pub response: Option<E::Response>,
}

/// What an ask came to.
#[derive(Debug)]
pub enum Answer<E: Environment> {
    /// Accepted or rejected: an interaction is open, settle it.
    Answered(Asked<E>),
    /// Refused by a rail, a lever or because somebody is gone or frozen; logged, no interaction.
    Refused(Refusal),
}

/// Reputation by appearance: each side gains `gain · weight · (v̂ − reference)`. All zero: none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Appearance {
    /// Reputation points per unit of v̂ (η).
    pub gain: f64,
    /// v̂ that leaves reputation as it was.
    pub reference: f64,
    /// Weights of initiator and counterparty.
    pub weights: [f64; 2],
}

/// How far a side of an interaction is to blame for it. The world knows it and hands it to the hub, for inspections and to count
/// sanctions that met the wrong one; no lever and no agent ever holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Culpability {
    /// What an inspection may come upon, in 0..=1.
    pub degree: f64,
    /// Whether its conduct was honest: a sanction for it is a false one.
    pub clean: bool,
}

/// What an interaction came to, for scoring.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settlement {
    /// What could be seen.
    pub observables: Observables,
    /// Misuse flags by side (initiator, counterparty); their sum is in the observables.
    pub flags: [u32; 2],
    /// Transfer from initiator to counterparty (negative: the other way). Paid as far as the payer's account holds.
    pub tau: MicroCredits,
    /// Account that pays τ in the payer's place (an escrow).
    pub escrow: Option<AccountId>,
    /// Cost of the initiator's conduct (effort, deception), in utility.
    pub cost_a: f64,
    /// Cost of the counterparty's conduct.
    pub cost_b: f64,
    /// Reputation the community gives the initiator, apart from appearance.
    pub r_a: f64,
    /// Reputation the community gives the counterparty, apart from appearance.
    pub r_b: f64,
    /// Reputation that follows appearance: the hub adds it when the proxy has read the observables.
    pub appearance: Appearance,
    /// Joint deception, for calibration by bucket.
    pub deception: f64,
    /// Hidden truth, if known already.
    pub truth: Option<Truth>,
    /// Blame by side (initiator, counterparty); `None` in a world that keeps no account of it: nothing is ever found there.
    pub culpability: Option<[Culpability; 2]>,
    /// Earlier interactions this one builds on.
    pub parents: [Option<InteractionId>; 2],
}

/// A world.
pub trait Environment: Sized + Send + Sync + 'static {
    /// Name in scenarios (`environment.kind`).
    const NAME: &'static str;
    /// Kinds of interaction, at most 255. [`Kind`] is an index into it.
    const KINDS: &'static [&'static str];
    /// Tools of roles, at most 64. [`Tool`] is an index into it.
    const TOOLS: &'static [&'static str];
    /// Most actions of an agent in a step: it is asked until it has none, or this often.
    const ACTIONS_MAX: u32 = 4;
    /// Most offers of an agent in a step.
    const PROPOSALS_MAX: u32 = 4;

    /// What an agent may see: lazy, private fields, bounded accessors; making one allocates nothing.
    type View<'a>: Serialize;
    /// What an agent may do in ACT.
    type Action: Send;
    /// Public terms of an offer.
    type Terms: Send + Clone + std::fmt::Debug + Serialize + DeserializeOwned;
    /// Hidden conduct of the initiator: in no offer, outcome or scored record.
    type Conduct: Send + Clone + std::fmt::Debug;
    /// A yes, with the answerer's own hidden conduct or its choice among several ways of saying yes.
    type Response: Send + Clone + std::fmt::Debug;
    /// Late news to an agent (an aftermath).
    type News: Send;

    /// What `who` sees now.
    fn view<'a>(&'a self, who: AgentId, society: &'a Society) -> Self::View<'a>;
    /// Reads something of each part of what it holds of one agent and returns it, without meaning, as
    /// [`BaseAgent::touch`](crate::agent::BaseAgent::touch) does.
    fn touch(&self, _who: AgentId) -> u64 {
        0
    }
    /// Facts of an action for the rails.
    fn action_facts(&self, action: &Self::Action) -> ActionFacts;
    /// Facts of an offer for the rails.
    fn terms_facts(&self, terms: &Self::Terms) -> TermsFacts;

    /// May this offer be made at all? The world's own scarcity (attention), asked after rails and levers and before the counterparty.
    fn admit(
        &self,
        _from: AgentId,
        _to: AgentId,
        _terms: &Self::Terms,
        _society: &Society,
    ) -> Result<(), Refusal> {
        Ok(())
    }
    /// Name of the account that holds an agent's money: a world whose agents stand for something may call it by that.
    fn account_name(spec: &AgentSpec) -> String {
        format!("acct:agent:{}", spec.name)
    }
    /// An agent was registered (before the first epoch or spawned): make room for it.
    fn registered(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>);
    /// An agent was retired: release what it holds.
    fn retired(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>);
    /// Start of an epoch.
    fn begin_epoch(&mut self, _ctx: &mut Ctx<'_, Self>) {}
    /// Start of a step (phase 0).
    fn begin_step(&mut self, ctx: &mut Ctx<'_, Self>);
    /// Applies one action that the rails let pass. A refusal changes nothing (`action_refused`).
    fn apply(
        &mut self,
        who: AgentId,
        action: Self::Action,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal>;
    /// Settles an answered offer: close it now, or keep it and close it on a later step.
    fn settle(&mut self, asked: Asked<Self>, ctx: &mut Ctx<'_, Self>);
    /// End of a step (phase 4): the world's own systems; may ask and close.
    fn end_step(&mut self, ctx: &mut Ctx<'_, Self>);
    /// End of an epoch.
    fn end_epoch(&mut self, _ctx: &mut Ctx<'_, Self>) {}
    /// The world's own figures of the epoch that ends, for `epoch_completed.env`. Called once an epoch, after `end_epoch`.
    fn epoch_metrics(&mut self, _at: Moment) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
    /// The world's own conservation laws (goods), checked beside the ledger's after every step; what is broken, in words.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    /// Saves everything that is not configuration.
    fn save(&self, out: &mut Saver);
    /// Overwrites a freshly built world with what was saved.
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError>;
}
