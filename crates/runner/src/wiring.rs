//! From a scenario to a run that can be started, and from line 0 of a log back to the scenario.
//!
//! The one place that knows which crates make worlds, agents and levers, and that chooses by world: commands hold a [`Run`] and are
//! the same for all. Invariant: [`Header`] holds everything a run is a
//! function of but for recorded inputs, and nothing else: no path, no thread count, no cadence of checkpoints
//! (`tests/it/run.rs`). Not here: files and signals.

use crate::failure::Failure;
use crate::log_file::Found;
use crate::scenario::{FileRef, Loaded, Scenario, World, file::MAX_AGENTS};
use crate::vault::{self, Left};
use das_agents::CommonsRegistry;
use das_core::agent::{AgentRegistry, AgentSpec};
use das_core::config::TreasuryPolicy;
use das_core::environment::Environment;
use das_core::log::{ENGINE_REVISION, Line, SCHEMA};
use das_core::orchestrator::{
    Observer, Orchestrator, Ports, RunEnd, RunError, RunRecord, SavedRun, Setup,
};
use das_core::rng::{DrawLog, Draws};
use das_core::units::MicroCredits;
use das_env::Commons;
use dosadi_world::{Dosadi, DosadiRegistry};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// A file the scenario was layered on, as line 0 names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// As the file above it calls it.
    pub name: String,
    /// sha256 of its bytes.
    pub sha256: String,
}

/// What line 0 of a log says beyond schema and engine.
#[derive(Clone, Debug)]
pub struct Header {
    /// The resolved scenario, overrides applied.
    pub scenario: Scenario,
    /// Files the scenario was layered on.
    pub bases: Vec<Base>,
    /// Files of the vault the run is taken up from.
    pub vault: Vec<Base>,
}

/// [`Header`] as it is written.
#[derive(Serialize)]
struct Written<'h, S> {
    seed: String,
    scenario: S,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    files: &'h [Base],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    vault: &'h [Base],
}

/// [`Header`] as it is read.
#[derive(Deserialize)]
struct Read {
    schema: u64,
    engine: u64,
    seed: String,
    scenario: serde_json::Value,
    #[serde(default)]
    files: Vec<Base>,
    #[serde(default)]
    vault: Vec<Base>,
}

impl Header {
    /// The header of a scenario that was read from files. Its vault is read to know what is in it.
    pub fn of(loaded: &Loaded) -> Result<Self, Failure> {
        let base = |file: &FileRef| Base {
            name: file.named.clone(),
            sha256: file.sha256.clone(),
        };
        let bases = loaded.files.iter().skip(1).map(base).collect();
        Self::with(loaded.scenario.clone(), bases)
    }

    /// The header of a scenario that was layered on these files.
    pub fn with(scenario: Scenario, bases: Vec<Base>) -> Result<Self, Failure> {
        let vault = match scenario.environment.vault() {
            Some(vault) => vault::references(Path::new(vault))?,
            None => Vec::new(),
        };
        Ok(Self {
            scenario,
            bases,
            vault,
        })
    }

    /// As line 0 has it.
    pub fn written(&self) -> impl Serialize + '_ {
        Written {
            seed: self.scenario.simulation.seed.to_string(),
            scenario: self.scenario.log_value(),
            files: &self.bases,
            vault: &self.vault,
        }
    }

    /// Reads line 0. A line of another schema or engine gives [`Failure::Foreign`].
    pub fn read(line: &Line<'_>, log: &Path) -> Result<Self, Failure> {
        let damaged = |what: String| Failure::Damaged {
            path: log.to_owned(),
            what,
        };
        let read: Read = line
            .parse()
            .map_err(|error| damaged(format!("line 0 is not that of a log: {error}")))?;
        if (read.schema, read.engine) != (u64::from(SCHEMA), u64::from(ENGINE_REVISION)) {
            return Err(foreign(log, read.schema, read.engine));
        }
        let scenario = Scenario::from_log_json(&read.scenario.to_string())
            .map_err(|error| damaged(format!("the scenario of line 0 cannot be used: {error}")))?;
        let crowded = scenario.agent_count().is_some_and(|n| n > MAX_AGENTS);
        let unfit = crowded || !scenario.environment.problems().is_empty();
        if unfit || scenario.simulation.seed.to_string() != read.seed {
            return Err(damaged("the scenario of line 0 cannot be used".to_owned()));
        }
        Ok(Self {
            scenario,
            bases: read.files,
            vault: read.vault,
        })
    }
}

/// A log this program cannot run again.
pub fn foreign(log: &Path, schema: u64, engine: u64) -> Failure {
    Failure::Foreign {
        path: log.to_owned(),
        what: format!(
            "written with schema {schema} and engine revision {engine}; this program has {SCHEMA} and {ENGINE_REVISION}, \
             so it can be read but not run again here"
        ),
    }
}

/// A run in progress, in whatever world.
pub trait Run {
    /// Runs to the end, or until something from outside ends it.
    fn run(&mut self, observer: &mut dyn Observer) -> Result<RunEnd, RunError>;
    /// What it came to, once it has completed or was stopped.
    fn result(&self) -> Option<&RunRecord>;
    /// Agents that were registered so far.
    fn agents(&self) -> usize;
    /// What another run can go on from, as files; `None` in the middle of an epoch.
    fn leave_off(&self) -> Result<Option<Left>, Failure>;
}

/// A run of one world, and how that world goes and is written down.
struct Running<E: Environment> {
    orchestrator: Orchestrator<E>,
    go: Go<E>,
    files: fn(&E) -> Vec<(String, String)>,
}

/// The loop, instantiated in the crate that knows world and agents and is optimised for it; naming it here would instantiate it here.
type Go<E> = fn(&mut Orchestrator<E>, &mut dyn Observer) -> Result<RunEnd, RunError>;

impl<E: Environment> Run for Running<E> {
    fn run(&mut self, observer: &mut dyn Observer) -> Result<RunEnd, RunError> {
        (self.go)(&mut self.orchestrator, observer)
    }

    fn result(&self) -> Option<&RunRecord> {
        self.orchestrator.result()
    }

    fn agents(&self) -> usize {
        self.orchestrator.society().len()
    }

    fn leave_off(&self) -> Result<Option<Left>, Failure> {
        let world = (self.files)(self.orchestrator.world());
        let saved = self.orchestrator.leave_off();
        saved.map(|saved| vault::split(&saved, world)).transpose()
    }
}

/// Where a run begins.
pub enum Start {
    /// With line 0.
    Line0,
    /// At a checkpoint.
    Checkpoint(Box<Found>),
}

/// Starts a run. `draws` collects the draw log where one is wanted.
pub fn begin(
    header: &Header,
    ports: Ports,
    start: Start,
    draws: Option<DrawLog>,
) -> Result<Box<dyn Run>, Failure> {
    let scenario = &header.scenario;
    match &scenario.environment {
        World::Commons(config) => {
            let place = Hosted {
                world: Commons::new((**config).clone()),
                agents: with_moderators(scenario),
                registry: Arc::new(
                    CommonsRegistry::new(&scenario.payoff).governed(&scenario.governance),
                ),
                treasury: config.treasury,
                initial_budget: MicroCredits::saturating(config.initial_budget),
                go: das_agents::go,
                files: |_| Vec::new(),
                saved: None,
            };
            place.begin(header, ports, start, draws)
        }
        World::Dosadi(config) => {
            let config = (**config).clone();
            let treasury = config.treasury;
            let (world, saved) = match (scenario.environment.vault(), &start) {
                (Some(vault), Start::Line0) => {
                    let vault = Path::new(vault);
                    let texts = vault::read(&header.vault)?;
                    let saved = vault::join::<Dosadi>(&texts, vault)?;
                    let state =
                        dosadi_world::vault::read(&texts).map_err(|error| Failure::Input {
                            path: vault.to_owned(),
                            what: error.to_string(),
                        })?;
                    (Dosadi::of(config, state), Some(saved))
                }
                _ => (Dosadi::new(config, scenario.simulation.seed), None),
            };
            let place = Hosted {
                agents: dosadi_world::registry::population(&world),
                world,
                registry: Arc::new(DosadiRegistry),
                treasury,
                // The world endows its offices itself.
                initial_budget: MicroCredits::ZERO,
                go: dosadi_world::go,
                files: |world: &Dosadi| {
                    let files = dosadi_world::vault::files(&world.state);
                    (files.into_iter())
                        .map(|(name, text)| (name.to_owned(), text))
                        .collect()
                },
                saved,
            };
            place.begin(header, ports, start, draws)
        }
    }
}

/// The scenario's agents, and the moderators its rules appoint.
fn with_moderators(scenario: &Scenario) -> Vec<AgentSpec> {
    let mut agents: Vec<AgentSpec> = scenario.agent_specs().collect();
    agents.extend(das_agents::registry::appointed(
        &scenario.governance,
        &agents,
    ));
    agents
}

/// What depends on the world; the rest of a setup is the scenario's.
struct Hosted<E: Environment> {
    world: E,
    agents: Vec<AgentSpec>,
    registry: Arc<dyn AgentRegistry<E>>,
    treasury: TreasuryPolicy,
    initial_budget: MicroCredits,
    go: Go<E>,
    files: fn(&E) -> Vec<(String, String)>,
    /// The run it is taken up from, of which `world` is the world.
    saved: Option<SavedRun<E>>,
}

impl<E: Environment> Hosted<E> {
    fn begin(
        self,
        header: &Header,
        ports: Ports,
        start: Start,
        draws: Option<DrawLog>,
    ) -> Result<Box<dyn Run>, Failure> {
        let scenario = &header.scenario;
        let setup = Setup {
            world: self.world,
            agents: self.agents,
            registry: self.registry,
            levers: das_governance::build(&scenario.governance),
            simulation: scenario.simulation.clone(),
            safety: scenario.safety.clone(),
            payoff: scenario.payoff,
            proxy: scenario.proxy,
            treasury: self.treasury,
            initial_budget: self.initial_budget,
            detail: scenario.outputs.detail,
            draws: draws.map(|log| Draws::new(scenario.simulation.seed).with_log(log)),
        };
        let written = header.written();
        let mut run = match start {
            Start::Line0 => match self.saved {
                None => Orchestrator::new(setup, ports, &written)?,
                Some(saved) => Orchestrator::from_saved(setup, ports, &written, saved)?,
            },
            Start::Checkpoint(found) => {
                Orchestrator::resume(setup, ports, found.checkpoint, found.prefix)?
            }
        };
        run.hash_every_step(scenario.outputs.heavy);
        Ok(Box::new(Running {
            orchestrator: run,
            go: self.go,
            files: self.files,
        }))
    }
}
