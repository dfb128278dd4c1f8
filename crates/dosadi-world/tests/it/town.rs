//! A city that lives some days in memory, with its log. Money and goods are checked by the orchestrator after every day.

use das_core::checkpoint::Checkpoint;
use das_core::config::{Detail, SafetyConfig, SimulationConfig};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunEnd, Setup};
use das_core::ports::{Control, MemorySink, NoControl, NoInputs, Signal, Storage};
use das_core::units::MicroCredits;
use dosadi_world::registry::population;
use dosadi_world::{Dosadi, DosadiConfig, DosadiRegistry};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

#[derive(serde::Serialize)]
struct Header {
    scenario: &'static str,
}

const CITY: Header = Header { scenario: "city" };

/// A life that is over: the log and the world at its end.
pub(crate) struct Life {
    pub(crate) log: String,
    pub(crate) run: Orchestrator<Dosadi>,
}

impl Life {
    pub(crate) fn world(&self) -> &Dosadi {
        self.run.world()
    }

    /// Lines of one type, in order.
    pub(crate) fn lines(&self, kind: &str) -> Vec<Value> {
        let mark = format!("\"type\":\"{kind}\"");
        self.log
            .lines()
            .filter(|line| line.contains(&mark))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Day of a line, in epochs of seven days.
pub(crate) fn day(line: &Value) -> u64 {
    line["epoch"].as_u64().unwrap() * 7 + line["step"].as_u64().unwrap()
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Vec<u8>>>>);

impl Storage for Kept {
    fn checkpoint(&mut self, _at_line: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(())
    }
}

struct At(u64);

impl Control for At {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        (step == self.0).then_some(Signal::Interrupt)
    }
}

fn setup(config: &DosadiConfig, seed: u64, weeks: u32) -> Setup<Dosadi> {
    setup_of(Dosadi::new(config.clone(), seed), seed, weeks)
}

fn setup_of(world: Dosadi, seed: u64, weeks: u32) -> Setup<Dosadi> {
    Setup {
        agents: population(&world),
        treasury: world.config.treasury,
        world,
        registry: Arc::new(DosadiRegistry),
        levers: Vec::new(),
        simulation: SimulationConfig {
            epochs: weeks,
            steps_per_epoch: 7,
            seed,
            ..SimulationConfig::default()
        },
        safety: SafetyConfig {
            max_interactions_per_step: u32::MAX,
            budget_per_epoch: 1e9,
            ..SafetyConfig::default()
        },
        payoff: das_core::score::payoff::PayoffConfig::default(),
        proxy: das_core::score::proxy::ProxyConfig::default(),
        initial_budget: MicroCredits::ZERO,
        detail: Detail::Full,
        draws: None,
    }
}

fn ports(sink: &MemorySink, control: Box<dyn Control>, kept: Option<&Kept>) -> Ports {
    Ports {
        sink: Box::new(sink.clone()),
        control,
        inputs: Box::new(NoInputs),
        storage: kept.map(|kept| (Box::new(kept.clone()) as Box<dyn Storage>, 1)),
    }
}

fn text(sink: &MemorySink) -> String {
    String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
}

/// Lives some weeks.
pub(crate) fn live(config: &DosadiConfig, seed: u64, weeks: u32) -> Life {
    live_in(Dosadi::new(config.clone(), seed), seed, weeks)
}

/// Lives some weeks in a world that was changed before its first day.
pub(crate) fn live_in(world: Dosadi, seed: u64, weeks: u32) -> Life {
    let sink = MemorySink::default();
    let ports = ports(&sink, Box::new(NoControl), None);
    let mut run = Orchestrator::new(setup_of(world, seed, weeks), ports, &CITY).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
    Life {
        log: text(&sink),
        run,
    }
}

/// The same life with what its interactions and shipments say alone: a fraction of the lines, for tests of many cities.
pub(crate) fn live_briefly(config: &DosadiConfig, seed: u64, weeks: u32) -> Life {
    let sink = MemorySink::default();
    let mut setup = setup(config, seed, weeks);
    setup.detail = Detail::Interactions;
    let mut run = Orchestrator::new(setup, ports(&sink, Box::new(NoControl), None), &CITY).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
    Life {
        log: text(&sink),
        run,
    }
}

/// The same life, interrupted before a day and resumed from its last checkpoint.
pub(crate) fn live_interrupted(config: &DosadiConfig, seed: u64, weeks: u32, before: u64) -> Life {
    let (sink, kept) = (MemorySink::default(), Kept::default());
    let first = ports(&sink, Box::new(At(before)), Some(&kept));
    let mut run = Orchestrator::new(setup(config, seed, weeks), first, &CITY).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Interrupted);
    let checkpoint = Checkpoint::decode(kept.0.lock().unwrap().last().unwrap()).unwrap();
    let mut prefix = Sha256::new();
    {
        let mut bytes = sink.0.lock().unwrap();
        bytes.truncate(checkpoint.position.offset as usize);
        prefix.update(&*bytes);
    }
    let second = ports(&sink, Box::new(NoControl), None);
    let setup = setup(config, seed, weeks);
    let mut run = Orchestrator::resume(setup, second, checkpoint, prefix).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
    Life {
        log: text(&sink),
        run,
    }
}
