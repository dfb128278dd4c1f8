//! A policy of one's own in the commons: who gains, when four of twenty-four honest agents are reciprocal instead?
//!
//! ```text
//! cargo run --release                 ten seeds, means with 95 % intervals
//! cargo run --release -- LOG.jsonl    and the log of the first seed, which every reading command of das takes
//! ```

#[expect(unreachable_pub, reason = "a file that may lie in a library as well")]
mod reciprocal;

use das_agents::CommonsRegistry;
use das_agents::registry::Policy;
use das_analysis::stats::mean_interval;
use das_core::agent::AgentSpec;
use das_core::config::{Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunRecord, Setup};
use das_core::ports::{EventSink, MemorySink, NoControl, NoInputs, NullSink};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::units::MicroCredits;
use das_env::{Commons, EnvironmentConfig};
use reciprocal::{DESCRIPTOR, Reciprocal};
use std::error::Error;
use std::sync::Arc;

const SEEDS: u64 = 10;

/// Who lives there, by policy.
const POPULATION: [(&str, u32); 5] = [
    ("honest", 20),
    (DESCRIPTOR.name, 4),
    ("opportunistic", 8),
    ("deceptive", 4),
    ("adversarial", 4),
];

// ANCHOR: run
/// One run: a pure function of what is set up here and the seed.
fn run(seed: u64, sink: Box<dyn EventSink>) -> Result<RunRecord, Box<dyn Error>> {
    let agents = (POPULATION.iter())
        .flat_map(|&(kind, count)| (1..=count).map(move |number| (kind, number)))
        .map(|(kind, number)| AgentSpec {
            name: format!("{kind}.{number}"),
            kind: kind.to_owned(),
            role: "worker".to_owned(),
            config: "{}".to_owned(),
        })
        .collect();
    let payoff = PayoffConfig::default();
    let registry = CommonsRegistry::new(&payoff).and(Policy::of::<Reciprocal>(DESCRIPTOR));
    let setup = Setup {
        world: Commons::new(EnvironmentConfig::default()),
        agents,
        registry: Arc::new(registry),
        levers: Vec::new(),
        simulation: SimulationConfig {
            epochs: 30,
            seed,
            ..SimulationConfig::default()
        },
        safety: SafetyConfig::default(),
        payoff,
        proxy: ProxyConfig::default(),
        treasury: TreasuryPolicy::Dividend,
        initial_budget: MicroCredits::saturating(100.0),
        detail: Detail::Full,
        draws: None,
    };
    let ports = Ports {
        sink,
        control: Box::new(NoControl),
        inputs: Box::new(NoInputs),
        storage: None,
    };
    // What line 0 of the log says about the run.
    let header = serde_json::json!({"seed": seed.to_string(), "population": POPULATION});
    let mut run = Orchestrator::new(setup, ports, &header)?;
    das_agents::go(&mut run, &mut NoObserver)?;
    run.result()
        .cloned()
        .ok_or_else(|| "the run did not complete".into())
}
// ANCHOR_END: run

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = std::env::args().nth(1) {
        let sink = MemorySink::default();
        run(1, Box::new(sink.clone()))?;
        let log = sink.0.lock().map_err(|_| "the log was lost")?;
        std::fs::write(path, log.as_slice())?;
    }
    let mut records = Vec::new();
    for seed in 1..=SEEDS {
        records.push(run(seed, Box::new(NullSink))?);
    }
    println!(
        "{:<16}{:>12}   95 % over {SEEDS} seeds",
        "kind", "mean payoff"
    );
    for (kind, _) in POPULATION {
        let payoffs: Vec<f64> = (records.iter())
            .filter_map(|record| record.kinds.get(kind))
            .map(|of| of.payoff)
            .collect();
        let mean = mean_interval(&payoffs, 0.95).ok_or("too few runs for an interval")?;
        println!(
            "{kind:<16}{:>12.2}   [{:.2}, {:.2}]",
            mean.mean, mean.low, mean.high
        );
    }
    Ok(())
}
