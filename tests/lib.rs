//! A society of the commons in a few lines, and a city in [`city`], for end-to-end tests and for the tables in the docs.
//!
//! Not here: scenario files and the command line; those are tested through the binary in `crates/runner/tests`.

pub mod city;
pub mod responses;

use das_agents::registry::CommonsRegistry;
use das_core::agent::{AgentRegistry, AgentSpec};
use das_core::config::{Activation, Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunRecord, Setup};
use das_core::ports::{EventSink, MemorySink, NoControl, NoInputs, NullSink};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::units::MicroCredits;
use das_env::Commons;
use das_env::config::EnvironmentConfig;
use das_governance::config::GovernanceConfig;
use std::sync::Arc;

/// Makes the agents of the commons.
pub type Registry = Arc<dyn AgentRegistry<Commons>>;

/// What a test varies.
#[derive(Clone, Debug)]
pub struct Case {
    /// Kind, role and how many.
    pub population: Vec<(&'static str, &'static str, u32)>,
    /// Policy parameters by kind, as JSON text.
    pub config: Vec<(&'static str, &'static str)>,
    /// The world.
    pub environment: EnvironmentConfig,
    /// The levers.
    pub governance: GovernanceConfig,
    /// How long and from which seed.
    pub simulation: SimulationConfig,
    /// The rails.
    pub safety: SafetyConfig,
    /// Which lines are kept.
    pub detail: Detail,
}

impl Case {
    /// A population on the default world: 30 epochs of 10 steps.
    pub fn new(population: &[(&'static str, u32)]) -> Self {
        Self {
            population: population
                .iter()
                .map(|(kind, n)| (*kind, "worker", *n))
                .collect(),
            config: Vec::new(),
            environment: EnvironmentConfig::default(),
            governance: GovernanceConfig::default(),
            simulation: SimulationConfig {
                epochs: 30,
                ..SimulationConfig::default()
            },
            safety: SafetyConfig::default(),
            detail: Detail::Interactions,
        }
    }

    /// The mixed population of the behaviour page: 24 honest, 8 opportunistic, 4 deceptive, 4 adversarial.
    pub fn mixed() -> Self {
        Self::new(&[
            ("honest", 24),
            ("opportunistic", 8),
            ("deceptive", 4),
            ("adversarial", 4),
        ])
    }

    /// The same with another seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.simulation.seed = seed;
        self
    }

    /// The same with decisions taken in parallel.
    #[must_use]
    pub fn simultaneous(mut self) -> Self {
        self.simulation.activation = Activation::Simultaneous;
        self
    }

    fn agents(&self) -> Vec<AgentSpec> {
        let mut agents = Vec::new();
        for (kind, role, n) in &self.population {
            let before = agents
                .iter()
                .filter(|a: &&AgentSpec| a.kind == *kind)
                .count() as u32;
            let config = self
                .config
                .iter()
                .find(|(of, _)| of == kind)
                .map_or("{}", |(_, config)| config);
            agents.extend((before + 1..=before + n).map(|number| AgentSpec {
                name: format!("{kind}.{number}"),
                kind: (*kind).into(),
                role: (*role).into(),
                config: config.into(),
            }));
        }
        agents.extend(das_agents::registry::appointed(&self.governance, &agents));
        agents
    }

    fn run_into(
        &self,
        sink: Box<dyn EventSink>,
        wrap: impl FnOnce(Registry) -> Registry,
    ) -> RunRecord {
        let payoff = PayoffConfig::default();
        let setup = Setup {
            world: Commons::new(self.environment.clone()),
            agents: self.agents(),
            registry: wrap(Arc::new(
                CommonsRegistry::new(&payoff).governed(&self.governance),
            )),
            levers: das_governance::engine::build(&self.governance),
            simulation: self.simulation.clone(),
            safety: self.safety.clone(),
            payoff,
            proxy: ProxyConfig::default(),
            treasury: TreasuryPolicy::Keep,
            initial_budget: MicroCredits::saturating(self.environment.initial_budget),
            detail: self.detail,
            draws: None,
        };
        let ports = Ports {
            sink,
            control: Box::new(NoControl),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let mut run = Orchestrator::new(setup, ports, &serde_json::json!({"case": "test"}))
            .unwrap_or_else(|error| panic!("the case cannot be set up: {error}"));
        run.run(&mut NoObserver)
            .unwrap_or_else(|error| panic!("the run was given up: {error}"));
        run.result()
            .cloned()
            .unwrap_or_else(|| panic!("a run that completed has a result"))
    }

    /// Runs it and keeps no log.
    pub fn run(&self) -> RunRecord {
        self.run_into(Box::new(NullSink), |registry| registry)
    }

    /// Runs it with agents made by another registry, which is given the usual one.
    pub fn run_wrapped(&self, wrap: impl FnOnce(Registry) -> Registry) -> RunRecord {
        self.run_into(Box::new(NullSink), wrap)
    }

    /// Runs it and returns the log too.
    pub fn log(&self) -> (RunRecord, String) {
        let sink = MemorySink::default();
        let record = self.run_into(Box::new(sink.clone()), |registry| registry);
        let bytes = sink.0.lock().map(|bytes| bytes.clone()).unwrap_or_default();
        (record, String::from_utf8(bytes).unwrap_or_default())
    }
}
