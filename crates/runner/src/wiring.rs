//! From a scenario to a run that can be started, and from line 0 of a log back to the scenario.
//!
//! The one place that knows which crates make worlds, agents and levers. Invariant: [`Header`] holds everything a run is a
//! function of but for recorded inputs, and nothing else: no path, no thread count, no cadence of checkpoints
//! (`tests/it/run.rs`). Not here: files and signals.

use crate::failure::Failure;
use crate::scenario::{FileRef, Loaded, Scenario, World, file::MAX_AGENTS};
use das_agents::CommonsRegistry;
use das_core::log::{ENGINE_REVISION, Line, SCHEMA};
use das_core::orchestrator::Setup;
use das_core::rng::{DrawLog, Draws};
use das_core::units::MicroCredits;
use das_env::Commons;
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
}

/// [`Header`] as it is written.
#[derive(Serialize)]
struct Written<'h, S> {
    seed: String,
    scenario: S,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    files: &'h [Base],
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
}

impl Header {
    /// The header of a scenario that was read from files.
    pub fn of(loaded: &Loaded) -> Self {
        let base = |file: &FileRef| Base {
            name: file.named.clone(),
            sha256: file.sha256.clone(),
        };
        Self {
            scenario: loaded.scenario.clone(),
            bases: loaded.files.iter().skip(1).map(base).collect(),
        }
    }

    /// As line 0 has it.
    pub fn written(&self) -> impl Serialize + '_ {
        Written {
            seed: self.scenario.simulation.seed.to_string(),
            scenario: self.scenario.log_value(),
            files: &self.bases,
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
        if scenario.agent_count() > MAX_AGENTS || scenario.simulation.seed.to_string() != read.seed
        {
            return Err(damaged("the scenario of line 0 cannot be used".to_owned()));
        }
        Ok(Self {
            scenario,
            bases: read.files,
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

/// Everything the orchestrator needs for this scenario. `draws` collects the draw log where one is wanted.
pub fn setup(scenario: &Scenario, draws: Option<DrawLog>) -> Setup<Commons> {
    let World::Commons(environment) = &scenario.environment;
    let payoff = &scenario.payoff;
    let registry = CommonsRegistry::new(payoff);
    Setup {
        world: Commons::new((**environment).clone()),
        agents: scenario.agent_specs().collect(),
        registry: Arc::new(registry),
        levers: das_governance::build(&scenario.governance),
        simulation: scenario.simulation.clone(),
        safety: scenario.safety.clone(),
        payoff: *payoff,
        proxy: scenario.proxy,
        treasury: environment.treasury,
        initial_budget: MicroCredits::saturating(environment.initial_budget),
        detail: scenario.outputs.detail,
        draws: draws.map(|log| Draws::new(scenario.simulation.seed).with_log(log)),
    }
}
