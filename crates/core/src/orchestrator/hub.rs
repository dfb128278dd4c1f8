//! The hub: everything of a run that is not the world, and [`Ctx`], the hub lent to a world method.

use crate::agent::{AgentRegistry, AgentSpec, BaseAgent, Phase};
use crate::config::{Detail, SimulationConfig, TreasuryPolicy};
use crate::environment::{Answer, Environment, Refusal, Settlement};
use crate::id::{AgentId, InteractionId, Tool, ToolSet};
use crate::interaction::{Moment, Truth};
use crate::ledger::{AccountId, AccountKind, Ledger, LedgerError, Reason};
use crate::lever::{GovernanceLever, Report};
use crate::log::LogWriter;
use crate::metrics::epoch::{EpochFold, RunFold};
use crate::orchestrator::ask::Open;
use crate::orchestrator::faults::SavedAgents;
use crate::orchestrator::records::{AgentRegistered, IdText, TruthRevealed};
use crate::ports::Inputs;
use crate::rails::Rails;
use crate::rng::Draws;
use crate::score::payoff::Payoff;
use crate::score::proxy::{Labels, Proxy};
use crate::society::Society;
use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An agent and how it was made.
pub(super) struct Slot<E: Environment> {
    /// Policy parameters as JSON text, kept once for all neighbours that have the same; the rest of the spec is in the society.
    pub(super) config: Arc<str>,
    pub(super) agent: Box<dyn BaseAgent<E>>,
    /// Taken out of the schedule after too many faults.
    pub(super) quarantined: bool,
    /// Whether it asks somebody outside.
    pub(super) outside: bool,
    /// Whether it has turns in ACT and in PROPOSE.
    turns: [bool; 2],
}

impl<E: Environment> Slot<E> {
    pub(super) fn new(config: Arc<str>, agent: Box<dyn BaseAgent<E>>, quarantined: bool) -> Self {
        Self {
            config,
            quarantined,
            outside: agent.asks_outside(),
            turns: [Phase::Act, Phase::Propose].map(|phase| agent.takes_turns(phase)),
            agent,
        }
    }

    /// Whether the agent decides anything in this phase; all answer what they are asked.
    #[inline]
    pub(super) fn takes_turns(&self, phase: Phase) -> bool {
        match phase {
            Phase::Act => self.turns[0],
            Phase::Propose => self.turns[1],
            Phase::Accept => true,
        }
    }
}

/// A change of the population, queued to the end of the step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Change {
    Spawn(AgentSpec),
    Retire(AgentId),
    Respawn(AgentId),
}

/// Everything that is not the world. The fields are the run's parts; each says what it is for.
pub struct Hub<E: Environment> {
    /// Who stands where, and the ledger.
    pub(super) society: Society,
    /// All randomness of the run.
    pub(super) draws: Draws,
    /// Observables to labels; called by `close` alone.
    pub(super) proxy: Proxy,
    /// Labels to payoffs; called by `close` alone.
    pub(super) payoff: Payoff,
    /// In the order they review.
    pub(super) levers: Vec<Box<dyn GovernanceLever>>,
    pub(super) rails: Rails,
    /// By id.
    pub(super) agents: Vec<Slot<E>>,
    /// What a crashed agent is put back to.
    pub(super) saved: SavedAgents,
    pub(super) registry: Arc<dyn AgentRegistry<E>>,
    /// Tools by role where the scenario overrides the role's own.
    pub(super) allowlist: BTreeMap<String, ToolSet>,
    /// Asked and not yet closed, but for the newest.
    pub(super) open: BTreeMap<InteractionId, Open<E>>,
    /// The newest open interaction: most are closed before the next is asked, and never enter the map.
    pub(super) fresh: Option<(InteractionId, Open<E>)>,
    pub(super) next_interaction: u64,
    /// Closed without known truth, for a late `truth`: p and whether accepted.
    pub(super) awaiting_truth: BTreeMap<InteractionId, (f64, bool)>,
    pub(super) fold: EpochFold,
    pub(super) run: RunFold,
    pub(super) log: LogWriter,
    pub(super) inputs: Box<dyn Inputs>,
    pub(super) sim: SimulationConfig,
    pub(super) treasury_policy: TreasuryPolicy,
    pub(super) initial_budget: MicroCredits,
    pub(super) now: Moment,
    /// Steps since the start of the run.
    pub(super) step: u64,
    pub(super) changes: Vec<Change>,
}

impl<E: Environment> Hub<E> {
    pub(super) fn is_quarantined(&self, who: AgentId) -> bool {
        self.agents[who.index()].quarantined
    }

    pub(super) fn tool_name(tool: Tool) -> &'static str {
        E::TOOLS.get(usize::from(tool.0)).copied().unwrap_or("?")
    }

    /// Builds, registers and funds an agent. The error is the registry's.
    pub(super) fn register(
        &mut self,
        spec: &AgentSpec,
        funds: MicroCredits,
    ) -> Result<AgentId, String> {
        if self.society.find(&spec.name).is_some() {
            return Err(format!("there is an agent named `{}` already", spec.name));
        }
        let agent = self.registry.build(spec)?;
        let tools = self.tools_of(&spec.role);
        let account = E::account_name(spec);
        let who = self
            .society
            .register_as(&spec.name, &spec.kind, &spec.role, tools, account);
        self.society.fund(who, funds);
        self.rails.register(self.step);
        self.saved.push(agent.as_ref());
        let event = AgentRegistered {
            agent: &spec.name,
            kind: &spec.kind,
            role: &spec.role,
        };
        self.log
            .event(Detail::Epochs, "agent_registered", self.now, &event);
        let config = self.shared(&spec.config);
        self.agents.push(Slot::new(config, agent, false));
        Ok(who)
    }

    /// Tools of a role: the scenario's list, or the role's own.
    pub(super) fn tools_of(&self, role: &str) -> ToolSet {
        let listed = self.allowlist.get(role).copied();
        listed.unwrap_or_else(|| self.registry.tools(role))
    }

    /// The text, shared with the newest agent if that has the same.
    pub(super) fn shared(&self, config: &str) -> Arc<str> {
        match self.agents.last() {
            Some(slot) if &*slot.config == config => Arc::clone(&slot.config),
            _ => Arc::from(config),
        }
    }

    /// How an agent was made.
    pub(super) fn spec(&self, who: AgentId) -> AgentSpec {
        AgentSpec {
            name: self.society.name(who).to_owned(),
            kind: self.society.hidden_kind(who).to_owned(),
            role: self.society.role(who).to_owned(),
            config: self.agents[who.index()].config.to_string(),
        }
    }

    pub(super) fn take_open(&mut self, id: InteractionId) -> Option<Open<E>> {
        match self.fresh.take() {
            Some((fresh, open)) if fresh == id => Some(open),
            other => {
                self.fresh = other;
                self.open.remove(&id)
            }
        }
    }

    /// Moves the newest open interaction, if there is one, to the others.
    pub(super) fn settle_fresh(&mut self) {
        if let Some((id, open)) = self.fresh.take() {
            self.open.insert(id, open);
        }
    }
}

/// The hub, lent to a world method for the length of its call.
pub struct Ctx<'h, E: Environment> {
    pub(super) hub: &'h mut Hub<E>,
}

impl<'h, E: Environment> Ctx<'h, E> {
    pub(super) fn new(hub: &'h mut Hub<E>) -> Self {
        Self { hub }
    }

    /// The public record of everybody.
    pub fn society(&self) -> &Society {
        &self.hub.society
    }

    /// The ledger, to read.
    pub fn ledger(&self) -> &Ledger {
        self.hub.society.ledger()
    }

    /// Keyed draws.
    pub fn draws(&self) -> &Draws {
        &self.hub.draws
    }

    /// Where we are in simulated time.
    pub fn now(&self) -> Moment {
        self.hub.now
    }

    /// Steps since the start of the run.
    pub fn step_index(&self) -> u64 {
        self.hub.step
    }

    /// Steps in an epoch.
    pub fn steps_per_epoch(&self) -> u32 {
        self.hub.sim.steps_per_epoch
    }

    /// Product of the levers' factors on this agent's next vote.
    pub fn vote_weight(&self, who: AgentId) -> f64 {
        let mut weight = 1.0;
        for lever in &self.hub.levers {
            weight *= lever.vote_weight(who, &self.hub.society);
        }
        weight
    }

    /// Logs an event of the world, written at detail `full`. Returns its event number, which is the same at any detail.
    pub fn emit<T: Serialize>(&mut self, kind: &'static str, fields: &T) -> u64 {
        self.emit_at(Detail::Full, kind, fields)
    }

    /// Logs an event that is written from `least` detail on.
    pub fn emit_at<T: Serialize>(&mut self, least: Detail, kind: &'static str, fields: &T) -> u64 {
        self.emit_made(least, kind, || fields)
    }

    /// The same for fields that are dear to work out: they are made only where the line is written.
    pub fn emit_made<T: Serialize>(
        &mut self,
        least: Detail,
        kind: &'static str,
        make: impl FnOnce() -> T,
    ) -> u64 {
        match kind {
            "post_created" => self.hub.fold.posted(),
            "vote_cast" => self.hub.fold.voted(),
            _ => {}
        }
        self.hub.log.event_made(least, kind, self.hub.now, make)
    }

    /// Books influence (weighted votes, replies received) for the influence Gini. The world logs the same figure in the
    /// event it comes from, so that it can be recomputed.
    pub fn influence(&mut self, who: AgentId, weight: f64) {
        self.hub.fold.influence(who.0, weight);
    }

    /// Asks: rails, levers, the world's own admission, then the counterparty. The only way to an answer.
    pub fn ask(
        &mut self,
        world: &E,
        from: AgentId,
        proposal: crate::agent::Proposal<E>,
    ) -> Answer<E> {
        self.hub.ask(world, from, proposal)
    }

    /// Scores and books an open interaction: the one scoring path. Returns what the proxy read.
    ///
    /// # Panics
    /// If `id` is not open: a world closes each interaction exactly once.
    pub fn close(&mut self, id: InteractionId, settlement: Settlement) -> Labels {
        self.hub.close(id, settlement)
    }

    /// Reveals the truth of an interaction that was closed without it: for the log and calibration only, nothing is booked again.
    pub fn truth(&mut self, id: InteractionId, v: Truth) {
        if let Some((p, accepted)) = self.hub.awaiting_truth.remove(&id) {
            self.hub.fold.truth(p, accepted, v);
            let event = TruthRevealed {
                id: IdText(id),
                p,
                accepted,
                ground_truth: v,
            };
            self.hub
                .log
                .event(Detail::Interactions, "truth_revealed", self.hub.now, &event);
        }
    }

    /// An agent has looked into a case: with whom fault was found. Refused where no lever keeps such a case, or not for it.
    pub fn report(&mut self, by: AgentId, about: InteractionId) -> Result<[bool; 2], Refusal> {
        self.hub.report(Report { by, about })
    }

    /// Late news to an agent. Nobody hears after leaving.
    pub fn tell(&mut self, who: AgentId, news: &E::News) {
        if self.hub.society.is_live(who) && !self.hub.is_quarantined(who) {
            self.hub.guarded(who, "hear", |agent, _| agent.hear(news));
        }
    }

    /// Opens an account of the world.
    pub fn open_account(&mut self, name: &str, kind: AccountKind) -> AccountId {
        self.hub.society.ledger.open(name, kind)
    }

    /// Moves money, or refuses whole.
    pub fn post(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: MicroCredits,
        reason: Reason,
    ) -> Result<(), LedgerError> {
        self.hub.society.ledger.post(from, to, amount, reason)
    }

    /// Moves as much of it as the payer holds; what was moved.
    pub fn post_up_to(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: MicroCredits,
        reason: Reason,
    ) -> MicroCredits {
        self.hub.society.ledger.post_up_to(from, to, amount, reason)
    }

    /// A new agent from the end of this step on.
    pub fn spawn(&mut self, spec: AgentSpec) {
        self.hub.changes.push(Change::Spawn(spec));
    }

    /// The agent leaves at the end of this step; its balance and stake go to the treasury.
    pub fn retire(&mut self, who: AgentId) {
        self.hub.changes.push(Change::Retire(who));
    }

    /// The agent leaves at the end of this step and comes back as `<name>.r<N>` with the same kind, role, parameters and
    /// money, and no history.
    pub fn respawn(&mut self, who: AgentId) {
        self.hub.changes.push(Change::Respawn(who));
    }
}
