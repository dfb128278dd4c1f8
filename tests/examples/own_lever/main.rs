//! A lever of one's own in the commons: what does it change, paired by seed?
//!
//! ```text
//! cargo run --release                 ten seeds without it and with it, differences with 95 % intervals
//! cargo run --release -- LOG.jsonl    and the log of the first seed with it, which every reading command of das takes
//! ```

#[expect(unreachable_pub, reason = "a file that may lie in a library as well")]
mod demurrage;

use das_agents::CommonsRegistry;
use das_analysis::stats::{mean_interval, paired};
use das_core::agent::AgentSpec;
use das_core::config::{Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::lever::GovernanceLever;
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunRecord, Setup};
use das_core::ports::{EventSink, MemorySink, NoControl, NoInputs, NullSink};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::units::MicroCredits;
use das_env::{Commons, EnvironmentConfig};
use demurrage::{DESCRIPTOR, Demurrage};
use std::error::Error;
use std::sync::Arc;

const SEEDS: u64 = 10;

/// The rate that is tried.
const RATE: f64 = 0.05;

/// Who lives there, by policy.
const POPULATION: [(&str, u32); 4] = [
    ("honest", 24),
    ("opportunistic", 8),
    ("deceptive", 4),
    ("adversarial", 4),
];

// ANCHOR: run
/// One run: a pure function of what is set up here and the seed.
fn run(seed: u64, rate: f64, sink: Box<dyn EventSink>) -> Result<RunRecord, Box<dyn Error>> {
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
    let lever = Demurrage::new(rate).map(|lever| Box::new(lever) as Box<dyn GovernanceLever>);
    let setup = Setup {
        world: Commons::new(EnvironmentConfig::default()),
        agents,
        registry: Arc::new(CommonsRegistry::new(&payoff)),
        // In the order they act; none at its null value.
        levers: lever.into_iter().collect(),
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
    let header =
        serde_json::json!({"seed": seed.to_string(), "lever": DESCRIPTOR.name, "rate": rate});
    let mut run = Orchestrator::new(setup, ports, &header)?;
    das_agents::go(&mut run, &mut NoObserver)?;
    run.result()
        .cloned()
        .ok_or_else(|| "the run did not complete".into())
}
// ANCHOR_END: run

/// A figure of a run and what it is called.
type Figure = (&'static str, fn(&RunRecord) -> f64);

const FIGURES: [Figure; 3] = [
    ("true harm", |run| {
        run.metrics.true_harm_rate.unwrap_or(f64::NAN)
    }),
    ("true welfare", |run| {
        run.metrics.true_welfare.unwrap_or(f64::NAN)
    }),
    ("taken, credits", |run| {
        run.levers.get(DESCRIPTOR.name).map_or(0.0, |of| of.taken)
    }),
];

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = std::env::args().nth(1) {
        let sink = MemorySink::default();
        run(1, RATE, Box::new(sink.clone()))?;
        let log = sink.0.lock().map_err(|_| "the log was lost")?;
        std::fs::write(path, log.as_slice())?;
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for seed in 1..=SEEDS {
        without.push(run(seed, 0.0, Box::new(NullSink))?);
        with.push(run(seed, RATE, Box::new(NullSink))?);
    }
    println!(
        "{:<16}{:>12}   95 % over {SEEDS} seeds",
        "figure", "difference"
    );
    for (name, figure) in FIGURES {
        let of = |runs: &[RunRecord]| runs.iter().map(figure).collect::<Vec<f64>>();
        let differences = paired(&of(&without), &of(&with)).ok_or("runs that are no pairs")?;
        let mean = mean_interval(&differences, 0.95).ok_or("too few runs for an interval")?;
        println!(
            "{name:<16}{:>12.4}   [{:.4}, {:.4}]",
            mean.mean, mean.low, mean.high
        );
    }
    Ok(())
}
