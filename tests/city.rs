//! A city in a few lines, driven day by day, for end-to-end tests and for the tables in the docs.

use das_core::config::{Activation, Detail, SafetyConfig, SimulationConfig};
use das_core::orchestrator::{
    EpochRecord, Observer, Orchestrator, Ports, RunEnd, RunRecord, Setup,
};
use das_core::ports::{Control, EventSink, MemorySink, NoInputs, NullSink, Signal};
use das_core::rng::{DrawLog, Draws};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::units::MicroCredits;
use das_governance::config::GovernanceConfig;
use dosadi_world::suppression::Suppression;
use dosadi_world::{Dosadi, DosadiConfig, DosadiRegistry, registry};
use std::sync::Arc;

/// Days in a week, and steps in an epoch of a city.
pub const WEEK: u32 = 7;

/// What a test varies.
#[derive(Clone, Debug)]
pub struct City {
    /// The world.
    pub environment: DosadiConfig,
    /// The levers.
    pub governance: GovernanceConfig,
    /// Seed of map and draws.
    pub seed: u64,
    /// Weeks it lives.
    pub weeks: u32,
    /// Which lines are kept.
    pub detail: Detail,
    /// Decisions one after the other, or on one snapshot in parallel.
    pub activation: Activation,
    /// Acts that an experiment leaves out.
    pub suppress: Option<Suppression>,
}

impl Default for City {
    fn default() -> Self {
        Self {
            environment: DosadiConfig::default(),
            governance: GovernanceConfig::default(),
            seed: 1,
            weeks: 52,
            detail: Detail::Epochs,
            activation: Activation::Sequential,
            suppress: None,
        }
    }
}

/// Rails that bind nobody: a city has hundreds of interactions a day.
pub fn open_rails() -> SafetyConfig {
    SafetyConfig {
        max_interactions_per_step: 1_000_000,
        budget_per_epoch: 1e9,
        ..SafetyConfig::default()
    }
}

/// A life: the run's record, and that of each week.
#[derive(Clone, Debug)]
pub struct Lived {
    /// Of the run.
    pub run: RunRecord,
    /// Of each epoch.
    pub weeks: Vec<EpochRecord>,
}

impl Lived {
    /// A figure of the world, summed over the weeks.
    pub fn sum(&self, name: &str) -> f64 {
        let rows = self.weeks.iter().flat_map(|week| &week.env);
        rows.filter(|row| row.0 == name).map(|row| row.1).sum()
    }

    /// A figure of the world, mean over the weeks.
    pub fn mean(&self, name: &str) -> f64 {
        self.sum(name) / self.weeks.len().max(1) as f64
    }
}

#[derive(Default)]
struct Weeks(Vec<EpochRecord>);

impl Observer for Weeks {
    fn epoch(&mut self, record: &EpochRecord) {
        self.0.push(record.clone());
    }
}

/// Interrupts before each day that the driver wants to look at.
struct Pauses {
    every: u64,
    seen: u64,
}

impl Control for Pauses {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        let pause = step > self.seen && step.is_multiple_of(self.every);
        self.seen = step;
        pause.then_some(Signal::Interrupt)
    }
}

impl City {
    /// A city of the default kind with another seed.
    pub fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// What a run is set up from.
    pub fn setup(&self, draws: Option<DrawLog>) -> Setup<Dosadi> {
        let mut world = Dosadi::new(self.environment.clone(), self.seed);
        world.suppress.clone_from(&self.suppress);
        Setup {
            agents: registry::population(&world),
            world,
            registry: Arc::new(DosadiRegistry),
            levers: das_governance::engine::build(&self.governance),
            simulation: SimulationConfig {
                epochs: self.weeks,
                steps_per_epoch: WEEK,
                seed: self.seed,
                activation: self.activation,
                ..SimulationConfig::default()
            },
            safety: open_rails(),
            payoff: PayoffConfig::default(),
            proxy: ProxyConfig::default(),
            treasury: self.environment.treasury,
            initial_budget: MicroCredits::ZERO,
            detail: self.detail,
            draws: draws.map(|log| Draws::new(self.seed).with_log(log)),
        }
    }

    /// Lives to the end; `look` is called before each `every`th day (not the first) with the world as it is, and once at the end.
    pub fn live(
        &self,
        every: u64,
        sink: Box<dyn EventSink>,
        draws: Option<DrawLog>,
        mut look: impl FnMut(&Orchestrator<Dosadi>),
    ) -> Lived {
        let ports = Ports {
            sink,
            control: Box::new(Pauses { every, seen: 0 }),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let header = serde_json::json!({"case": "city"});
        let mut run = Orchestrator::new(self.setup(draws), ports, &header)
            .unwrap_or_else(|error| panic!("the city cannot be set up: {error}"));
        let mut weeks = Weeks::default();
        loop {
            let end = run
                .run(&mut weeks)
                .unwrap_or_else(|error| panic!("the run was given up: {error}"));
            look(&run);
            if end != RunEnd::Interrupted {
                break;
            }
        }
        let result = run.result().cloned();
        Lived {
            run: result.unwrap_or_else(|| panic!("a run that completed has a result")),
            weeks: weeks.0,
        }
    }

    /// Lives to the end and keeps no log.
    pub fn run(&self) -> Lived {
        self.live(u64::MAX, Box::new(NullSink), None, |_| {})
    }

    /// Lives to the end and returns the lines that its detail keeps.
    pub fn log(&self) -> (Lived, String) {
        let sink = MemorySink::default();
        let lived = self.live(u64::MAX, Box::new(sink.clone()), None, |_| {});
        (lived, text(&sink))
    }

    /// The state hash after each week and once more at the end, as the log's seals have it.
    pub fn hashes(&self) -> Vec<String> {
        let city = Self {
            detail: Detail::Epochs,
            ..self.clone()
        };
        let hash = |line: &str| -> Option<String> {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(line.get("state_sha256")?.as_str()?.to_owned())
        };
        city.log().1.lines().filter_map(hash).collect()
    }
}

/// What a sink in memory holds.
pub fn text(sink: &MemorySink) -> String {
    let bytes = sink.0.lock().map(|bytes| bytes.clone()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
