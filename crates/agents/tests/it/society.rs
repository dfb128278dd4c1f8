//! Runs a population of the commons and reads its log.

use das_agents::CommonsRegistry;
use das_agents::registry::default_role;
use das_core::agent::AgentSpec;
use das_core::config::{Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::lever::GovernanceLever;
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunRecord, Setup};
use das_core::ports::{MemorySink, NoControl, NoInputs};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::units::MicroCredits;
use das_env::{Commons, EnvironmentConfig};
use serde_json::Value;
use std::sync::Arc;

/// Agents of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Agents are named `<base>.1`, `<base>.2`, …
    pub(crate) base: String,
    pub(crate) kind: &'static str,
    pub(crate) count: u32,
    pub(crate) role: &'static str,
    pub(crate) config: String,
}

/// So many of a kind, in their default role and with default parameters.
pub(crate) fn of(kind: &'static str, count: u32) -> Entry {
    Entry {
        base: kind.into(),
        kind,
        count,
        role: default_role(kind),
        config: String::new(),
    }
}

/// A run to be.
pub(crate) struct Society {
    pub(crate) entries: Vec<Entry>,
    pub(crate) environment: EnvironmentConfig,
    pub(crate) simulation: SimulationConfig,
    pub(crate) levers: Vec<Box<dyn GovernanceLever>>,
}

/// What came of it.
pub(crate) struct Run {
    pub(crate) record: RunRecord,
    /// Every line of the log.
    pub(crate) lines: Vec<Value>,
}

impl Society {
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            environment: EnvironmentConfig::default(),
            simulation: SimulationConfig {
                epochs: 20,
                ..SimulationConfig::default()
            },
            levers: Vec::new(),
        }
    }

    pub(crate) fn run(self, seed: u64, detail: Detail) -> Run {
        let payoff = PayoffConfig::default();
        let agents = self
            .entries
            .iter()
            .flat_map(|entry| {
                (1..=entry.count).map(|n| AgentSpec {
                    name: format!("{}.{n}", entry.base),
                    kind: entry.kind.into(),
                    role: entry.role.into(),
                    config: entry.config.clone(),
                })
            })
            .collect();
        let setup = Setup {
            initial_budget: MicroCredits::saturating(self.environment.initial_budget),
            world: Commons::new(self.environment),
            agents,
            registry: Arc::new(CommonsRegistry::new(&payoff)),
            levers: self.levers,
            simulation: SimulationConfig {
                seed,
                ..self.simulation
            },
            safety: SafetyConfig::default(),
            payoff,
            proxy: ProxyConfig::default(),
            treasury: TreasuryPolicy::Keep,
            detail,
            draws: None,
        };
        let sink = MemorySink::default();
        let ports = Ports {
            sink: Box::new(sink.clone()),
            control: Box::new(NoControl),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let header = serde_json::json!({});
        let mut run = Orchestrator::new(setup, ports, &header).expect("a valid setup");
        run.run(&mut NoObserver).expect("a run to its end");
        let record = run.result().expect("a completed run").clone();
        let bytes = sink.0.lock().expect("nobody else writes").clone();
        let lines = bytes
            .split(|&b| b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).expect("JSON lines"))
            .collect();
        Run { record, lines }
    }
}

impl Run {
    /// Lines of this type.
    pub(crate) fn events<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'r Value> {
        self.lines.iter().filter(move |line| line["type"] == kind)
    }

    /// Scored interactions whose initiator is of this kind.
    pub(crate) fn initiated<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'r Value> {
        self.events("interaction").filter(move |line| {
            line["initiator"]
                .as_str()
                .is_some_and(|name| name.starts_with(kind))
        })
    }
}

/// Mean of a sequence; 0 of none.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0u32);
    for value in values {
        sum += value;
        n += 1;
    }
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}
