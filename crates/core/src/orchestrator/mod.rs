//! The orchestrator: the loop, and nothing that is about a particular world.
//!
//! ```text
//! for epoch:   world.begin_epoch · levers.on_epoch_start
//!   for step:  BEGIN → ACT → PROPOSE → RESOLVE → TICK (world.end_step · levers.on_step · population) → seal
//!   world.end_epoch · levers.on_epoch_end · treasury · metrics → `epoch_completed` → seal with state hash → checkpoint
//! ```
//!
//! The world is beside the hub, never inside it, so that a world method may ask and close in the middle of its own work.
//! Not here: files, signals, scenario syntax (the runner), what agents and worlds do.

mod ahead;
mod ask;
mod close;
mod faults;
mod govern;
mod hub;
mod population;
mod records;
mod report;
mod saved;
mod schedule;
mod snapshot;

pub use crate::score::proxy::Labels;
pub use faults::FAULTS_MAX;
pub use hub::{Ctx, Hub};
pub use report::{AgentRecord, EpochRecord, KindRecord, RunRecord};
pub use saved::SavedRun;
pub use snapshot::RestoreError;

use crate::agent::{AgentRegistry, AgentSpec};
use crate::checkpoint::Checkpoint;
use crate::config::{Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use crate::environment::Environment;
use crate::id::{Tool, ToolSet};
use crate::interaction::Moment;
use crate::lever::GovernanceLever;
use crate::log::{LogWriter, PositionError, Status};
use crate::metrics::epoch::{EpochFold, RunFold};
use crate::orchestrator::faults::SavedAgents;
use crate::orchestrator::govern::Hook;
use crate::orchestrator::records::InputLine;
use crate::ports::{Control, EventSink, Inputs, Signal, SinkError, Storage};
use crate::rails::Rails;
use crate::rng::Draws;
use crate::score::ParameterError;
use crate::score::payoff::{Payoff, PayoffConfig};
use crate::score::proxy::{Proxy, ProxyConfig};
use crate::society::Society;
use crate::state::{Loader, Saver};
use crate::units::MicroCredits;
use serde::Serialize;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// Everything a run is a function of, but for recorded inputs.
pub struct Setup<E: Environment> {
    /// The world, freshly built from its configuration.
    pub world: E,
    /// Agents in the order they are registered.
    pub agents: Vec<AgentSpec>,
    /// Makes agents.
    pub registry: Arc<dyn AgentRegistry<E>>,
    /// Levers in the order they review.
    pub levers: Vec<Box<dyn GovernanceLever>>,
    /// How long, in which order, from which seed.
    pub simulation: SimulationConfig,
    /// Rails.
    pub safety: SafetyConfig,
    /// Payoff constants.
    pub payoff: PayoffConfig,
    /// Proxy constants.
    pub proxy: ProxyConfig,
    /// What flows back from the treasury.
    pub treasury: TreasuryPolicy,
    /// Opening balance of each agent.
    pub initial_budget: MicroCredits,
    /// Which lines are written.
    pub detail: Detail,
    /// Draws with a log, for tests of the determinism contract; absent, plain draws from the seed.
    pub draws: Option<Draws>,
}

/// What stands behind the ports, and how often a checkpoint is taken.
pub struct Ports {
    /// Takes the log.
    pub sink: Box<dyn EventSink>,
    /// Stop and interrupt.
    pub control: Box<dyn Control>,
    /// Agents outside this program.
    pub inputs: Box<dyn Inputs>,
    /// Takes checkpoints, every so many epochs.
    pub storage: Option<(Box<dyn Storage>, u32)>,
}

/// A run could not be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// A constant of the payoff or the proxy.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// An agent cannot be built.
    #[error("agent `{name}`: {message}")]
    Agent {
        /// Its name.
        name: String,
        /// What the registry said.
        message: String,
    },
    /// An allowlist names a tool that does not exist.
    #[error("safety.tool_allowlist.{role}: there is no tool `{tool}`; the tools are {}", .known.join(", "))]
    Tool {
        /// Role of the list.
        role: String,
        /// The unknown name.
        tool: String,
        /// The known ones.
        known: Vec<&'static str>,
    },
    /// The checkpoint does not fit.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The checkpoint is of another log.
    #[error(transparent)]
    Position(#[from] PositionError),
}

/// A run had to be given up.
#[derive(Debug, Error)]
pub enum RunError {
    /// The log could not be written, or a comparing sink met a difference.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A checkpoint could not be written.
    #[error("a checkpoint cannot be written")]
    Checkpoint(#[source] io::Error),
    /// Money appeared or vanished: a defect of this program.
    #[error("conservation is broken at epoch {}, step {}: {what}", .at.epoch, .at.step)]
    Conservation {
        /// When it was found.
        at: Moment,
        /// What is wrong.
        what: String,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// All epochs ran; the log has its last line.
    Completed,
    /// The kill switch ended it; the log has its last line.
    Stopped,
    /// Interrupted from outside: no last line, resumable.
    Interrupted,
}

/// Watches a run from outside, for progress displays. Cannot change it.
pub trait Observer {
    /// A step is done.
    fn step(&mut self, _done: Moment) {}
    /// An epoch is done.
    fn epoch(&mut self, _record: &EpochRecord) {}
}

/// Watches nothing.
#[derive(Debug, Default)]
pub struct NoObserver;
impl Observer for NoObserver {}

/// A run in progress.
pub struct Orchestrator<E: Environment> {
    world: E,
    hub: Hub<E>,
    next: Moment,
    control: Box<dyn Control>,
    /// Whether the scenario lets anything stop the run; a signal to stop is not heard otherwise.
    kill_switch: bool,
    storage: Option<(Box<dyn Storage>, u32)>,
    /// Whether every step's seal has the state hash.
    heavy: bool,
    /// Number of the first event of the closing words.
    closing: Option<u64>,
    /// State hash of the last epoch's seal, until the next step.
    at_seal: Option<String>,
    result: Option<RunRecord>,
}

impl<E: Environment> Orchestrator<E> {
    fn assemble(
        setup: Setup<E>,
        log: LogWriter,
        inputs: Box<dyn Inputs>,
    ) -> Result<(Self, Vec<AgentSpec>), SetupError> {
        let payoff = Payoff::new(&setup.payoff)?;
        let mut allowlist = BTreeMap::new();
        for (role, names) in &setup.safety.tool_allowlist {
            let mut tools = ToolSet::default();
            for name in names {
                let Some(at) = E::TOOLS.iter().position(|tool| tool == name) else {
                    return Err(SetupError::Tool {
                        role: role.clone(),
                        tool: name.clone(),
                        known: E::TOOLS.to_vec(),
                    });
                };
                tools = tools.with(Tool(at as u8));
            }
            allowlist.insert(role.clone(), tools);
        }
        let hub = Hub {
            society: Society::new(),
            draws: setup
                .draws
                .unwrap_or_else(|| Draws::new(setup.simulation.seed)),
            proxy: Proxy::new(&setup.proxy)?,
            fold: EpochFold::new(&payoff),
            run: RunFold::new(&payoff),
            payoff,
            levers: setup.levers,
            rails: Rails::new(&setup.safety),
            agents: Vec::new(),
            saved: SavedAgents::default(),
            registry: setup.registry,
            allowlist,
            open: BTreeMap::new(),
            fresh: None,
            next_interaction: 0,
            awaiting_truth: BTreeMap::new(),
            log,
            inputs,
            sim: setup.simulation,
            treasury_policy: setup.treasury,
            initial_budget: setup.initial_budget,
            now: Moment::default(),
            step: 0,
            changes: Vec::new(),
        };
        let orchestrator = Self {
            world: setup.world,
            hub,
            next: Moment::default(),
            control: Box::new(crate::ports::NoControl),
            kill_switch: setup.safety.kill_switch_enabled,
            storage: None,
            heavy: false,
            closing: None,
            at_seal: None,
            result: None,
        };
        Ok((orchestrator, setup.agents))
    }

    /// A run from its first line. `header` becomes line 0.
    pub fn new(setup: Setup<E>, ports: Ports, header: &impl Serialize) -> Result<Self, SetupError> {
        let mut log = LogWriter::new(ports.sink, setup.detail);
        log.start(header);
        let (mut this, agents) = Self::assemble(setup, log, ports.inputs)?;
        this.control = ports.control;
        this.storage = ports.storage;
        let funds = this.hub.initial_budget;
        for spec in agents {
            let who = this
                .hub
                .register(&spec, funds)
                .map_err(|message| SetupError::Agent {
                    name: spec.name.clone(),
                    message,
                })?;
            this.world.registered(who, &mut Ctx::new(&mut this.hub));
        }
        Ok(this)
    }

    /// A run from a checkpoint. `prefix` is a hasher that was fed every byte of the log before the checkpoint's offset.
    pub fn resume(
        setup: Setup<E>,
        ports: Ports,
        checkpoint: Checkpoint,
        prefix: Sha256,
    ) -> Result<Self, SetupError> {
        let Checkpoint { position, payload } = checkpoint;
        let log = LogWriter::resume(ports.sink, setup.detail, position, prefix)?;
        let (mut this, _) = Self::assemble(setup, log, ports.inputs)?;
        this.control = ports.control;
        this.storage = ports.storage;
        this.next = this.hub.restore(&mut this.world, Loader::new(&payload))?;
        Ok(this)
    }

    /// A run from where another was left, with its world as it was then. `header` becomes line 0 of a log of its own.
    pub fn from_saved(
        setup: Setup<E>,
        ports: Ports,
        header: &impl Serialize,
        saved: SavedRun<E>,
    ) -> Result<Self, SetupError> {
        let mut log = LogWriter::new(ports.sink, setup.detail);
        log.start(header);
        let (mut this, agents) = Self::assemble(setup, log, ports.inputs)?;
        this.control = ports.control;
        this.storage = ports.storage;
        this.next = this.hub.take_up(agents, saved)?;
        Ok(this)
    }

    /// What a run goes on from, but for the world; `None` in the middle of an epoch.
    pub fn leave_off(&self) -> Option<SavedRun<E>> {
        let event = self.closing.unwrap_or_else(|| self.hub.log.events());
        (self.next.step == 0).then(|| self.hub.leave_off(self.next, event))
    }

    /// Puts the state hash into the seal of every step, not only of an epoch's end: two runs that part are told apart at the step.
    pub fn hash_every_step(&mut self, heavy: bool) {
        self.heavy = heavy;
    }

    /// Runs to the end, or until something from outside ends it.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<RunEnd, RunError> {
        tracing::info!(agents = self.hub.society.len(), levers = self.hub.levers.len(), from = ?self.next, "run");
        while self.next.epoch < self.hub.sim.epochs {
            match self.control.poll(self.hub.step) {
                Some(Signal::Stop) if self.kill_switch => return self.stop(observer),
                Some(Signal::Interrupt) => return self.interrupt(),
                Some(Signal::Stop) | None => {}
            }
            if self.next.step == 0 {
                self.begin_epoch();
            }
            self.step()?;
            observer.step(self.hub.now);
            self.next.step += 1;
            if self.next.step == self.hub.sim.steps_per_epoch {
                self.end_epoch(observer)?;
                self.next = Moment {
                    epoch: self.next.epoch + 1,
                    step: 0,
                };
                if let Some((_, every)) = &self.storage
                    && self.next.epoch.is_multiple_of(*every)
                    && self.next.epoch < self.hub.sim.epochs
                {
                    self.checkpoint()?;
                }
            }
        }
        self.finish(Status::Completed)?;
        Ok(RunEnd::Completed)
    }

    /// What the run came to, once it has completed or was stopped.
    pub fn result(&self) -> Option<&RunRecord> {
        self.result.as_ref()
    }

    /// The public record of everybody, as it is now.
    pub fn society(&self) -> &Society {
        &self.hub.society
    }

    /// The world, as it is now.
    pub fn world(&self) -> &E {
        &self.world
    }

    fn begin_epoch(&mut self) {
        let hub = &mut self.hub;
        hub.now = self.next;
        hub.society.epoch = self.next.epoch;
        hub.society.step = 0;
        hub.society.begin_epoch();
        hub.rails.begin_epoch();
        self.world.begin_epoch(&mut Ctx::new(hub));
        hub.hook(Hook::EpochStart);
    }

    fn step(&mut self) -> Result<(), RunError> {
        self.at_seal = None;
        let (world, hub) = (&mut self.world, &mut self.hub);
        hub.now = self.next;
        hub.society.step = self.next.step;
        hub.society.begin_step();
        world.begin_step(&mut Ctx::new(hub));
        let order = hub.turn_order();
        hub.act(world, &order);
        let offers = hub.propose(world, &order);
        hub.resolve(world, offers);
        world.end_step(&mut Ctx::new(hub));
        hub.settle_fresh();
        hub.hook(Hook::Step);
        hub.change_population(world);
        hub.step += 1;
        hub.society
            .ledger
            .check()
            .and_then(|()| world.check())
            .map_err(|what| RunError::Conservation { at: hub.now, what })?;
        let state = self.heavy.then(|| hub.state_hash_now(world));
        hub.log.seal(hub.now, state.as_deref())?;
        Ok(())
    }

    fn end_epoch(&mut self, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.world.end_epoch(&mut Ctx::new(&mut self.hub));
        self.hub.settle_fresh();
        self.hub.hook(Hook::EpochEnd);
        self.hub.share_treasury();
        let at = self.hub.now;
        self.hub
            .society
            .ledger
            .check()
            .and_then(|()| self.world.check())
            .map_err(|what| RunError::Conservation { at, what })?;
        self.close_epoch(observer, false);
        tracing::debug!(
            epoch = at.epoch,
            events = self.hub.log.events(),
            "epoch done"
        );
        let state = self.hub.state_hash(&self.world);
        self.hub.log.seal(at, Some(&state))?;
        self.at_seal = Some(state);
        Ok(())
    }

    fn close_epoch(&mut self, observer: &mut dyn Observer, partial: bool) {
        let own = self.world.epoch_metrics(self.hub.now);
        let record = self.hub.report_epoch(own, partial);
        observer.epoch(&record);
    }

    fn stop(&mut self, observer: &mut dyn Observer) -> Result<RunEnd, RunError> {
        let event = InputLine {
            kind: "stop",
            agent: None,
            payload: None,
        };
        self.hub.now = self.next;
        self.hub
            .log
            .event(Detail::Epochs, "input", self.hub.now, &event);
        if self.next.step > 0 {
            self.close_epoch(observer, true);
        }
        self.finish(Status::Stopped)?;
        Ok(RunEnd::Stopped)
    }

    /// Leaves a log without its last line. If a seal was the last thing written, a checkpoint saves re-execution.
    fn interrupt(&mut self) -> Result<RunEnd, RunError> {
        if self.storage.is_some() && self.hub.step > 0 && self.hub.log.is_sealed() {
            self.checkpoint()?;
        } else {
            self.hub.log.sync()?;
        }
        Ok(RunEnd::Interrupted)
    }

    fn checkpoint(&mut self) -> Result<(), RunError> {
        self.hub.log.sync()?;
        let position = self.hub.log.position();
        let line = position.seq;
        let mut saver = Saver::new();
        self.hub.save_all(&self.world, self.next, &mut saver);
        let checkpoint = Checkpoint {
            position,
            payload: saver.into_bytes(),
        };
        if let Some((storage, _)) = &mut self.storage {
            storage
                .checkpoint(line, &checkpoint.encode())
                .map_err(RunError::Checkpoint)?;
        }
        Ok(())
    }

    fn finish(&mut self, status: Status) -> Result<(), RunError> {
        self.closing = Some(self.hub.log.events());
        let state = match self.at_seal.take() {
            Some(state) => {
                debug_assert_eq!(state, self.hub.state_hash(&self.world));
                state
            }
            None => self.hub.state_hash(&self.world),
        };
        self.result = Some(self.hub.report_run(status, &state)?);
        Ok(())
    }
}
