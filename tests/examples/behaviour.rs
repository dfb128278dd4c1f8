//! The behaviour table of `docs/src/concepts/behaviour.md`: what the commons does without governance, over 30 seeds.
//!
//! ```text
//! cargo run --release -p das-tests --example behaviour > docs/src/concepts/behaviour-table.md
//! ```
//!
//! Every figure is a fold over the runs' logs. Intervals are 95 % t-intervals of the mean over seeds; differences are paired
//! by seed (all draws are keyed, so both runs of a pair share them).

use das_analysis::stats::{Interval, mean_interval, paired};
use das_env::config::{EnvironmentConfig, Regime};
use das_tests::Case;
use serde_json::Value;

const SEEDS: u64 = 30;
/// p below which an interaction has negative expected surplus S: s₋ / (s₊ + s₋) with the plan's constants.
const BREAK_EVEN: f64 = 1.0 / 3.0;
/// p below which its social surplus S − E is negative: (s₋ + h) / (s₊ + s₋ + h).
const SOCIAL_BREAK_EVEN: f64 = 0.6;

/// What one side of one run came to, summed.
#[derive(Default)]
struct Sum {
    n: f64,
    surplus: f64,
    harm: f64,
    reputation: f64,
}

impl Sum {
    fn add(&mut self, line: &Value) {
        let p = number(line, "p");
        self.n += 1.0;
        self.surplus += 2.0 * p - (1.0 - p);
        self.harm += 2.0 * (1.0 - p);
        self.reputation += number(line, "r_a");
    }
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap_or(0.0)
}

fn is(line: &Value, side: &str, kind: &str) -> bool {
    line[side]
        .as_str()
        .is_some_and(|name| name.starts_with(kind))
}

/// Accepted interactions of a log.
fn accepted(log: &str) -> impl Iterator<Item = Value> {
    log.lines()
        .filter(|line| {
            line.contains("\"type\":\"interaction\"") && line.contains("\"accepted\":true")
        })
        .filter_map(|line| serde_json::from_str(line).ok())
}

/// Deceivers' accepted interactions that they initiated (they provide), split in three ways.
fn deceivers(log: &str) -> [Sum; 3] {
    let [mut harmful, mut below, mut social] = [Sum::default(), Sum::default(), Sum::default()];
    for line in accepted(log).filter(|line| is(line, "initiator", "deceptive")) {
        if line["ground_truth"] == -1 {
            harmful.add(&line);
        }
        if number(&line, "p") < BREAK_EVEN {
            below.add(&line);
        }
        if number(&line, "p") < SOCIAL_BREAK_EVEN {
            social.add(&line);
        }
    }
    [harmful, below, social]
}

/// Mean effort of opportunists in the last third of a run, from the cost of their conduct: c = κe² (they do not deceive).
fn effort(log: &str, kappa: f64, epochs: u64) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for line in accepted(log).filter(|line| line["epoch"].as_u64() >= Some(epochs * 2 / 3)) {
        for (side, cost, fee) in [
            ("initiator", "c_a", "fee_a"),
            ("counterparty", "c_b", "fee_b"),
        ] {
            if is(&line, side, "opportunistic") {
                sum += ((number(&line, cost) - number(&line, fee)) / kappa).sqrt();
                n += 1.0;
            }
        }
    }
    sum / n
}

fn show(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "-".into(),
        |i| format!("{:+.4} [{:+.4}, {:+.4}]", i.mean, i.low, i.high),
    )
}

fn row(what: &str, regime: &str, values: &[f64]) {
    let positive = values.iter().filter(|v| **v > 0.0).count();
    println!(
        "| {what} | {regime} | {} | {positive} of {} |",
        show(mean_interval(values, 0.95)),
        values.len()
    );
}

fn regime(name: &str, regime: Regime) {
    let environment = EnvironmentConfig {
        regime,
        ..EnvironmentConfig::default()
    };
    let case = Case {
        environment: environment.clone(),
        ..Case::mixed()
    };

    let mut plain = environment.clone();
    plain.signals.manipulation = 0.0;
    for (label, environment) in [
        ("", environment.clone()),
        (", appearance cannot be managed (M = 0)", plain),
    ] {
        let sums: Vec<[Sum; 3]> = (1..=SEEDS)
            .map(|seed| {
                deceivers(
                    &Case {
                        environment: environment.clone(),
                        ..case.clone()
                    }
                    .seed(seed)
                    .log()
                    .1,
                )
            })
            .collect();
        let splits = [
            "v = −1",
            "p below 1/3, where S = 0",
            "p below 0.6, where S − E = 0",
        ];
        for (at, split) in splits.into_iter().enumerate() {
            let with: Vec<&Sum> = sums.iter().map(|s| &s[at]).filter(|s| s.n > 0.0).collect();
            let each = |f: fn(&Sum) -> f64| with.iter().map(|s| f(s) / s.n).collect::<Vec<_>>();
            row(
                &format!("deceivers' accepted interactions with {split}{label}: number per seed"),
                name,
                &with.iter().map(|s| s.n).collect::<Vec<_>>(),
            );
            row(&format!("… surplus S{label}"), name, &each(|s| s.surplus));
            row(
                &format!("… social surplus S − E{label}"),
                name,
                &each(|s| s.surplus - s.harm),
            );
            row(
                &format!("… reputation change r{label}"),
                name,
                &each(|s| s.reputation),
            );
        }
    }

    // The regimes differ in κ alone, which is set here: one of them says it all.
    let kappas: &[f64] = if regime == Regime::Thin {
        &[0.25, 0.35, 0.45, 0.6, 0.75]
    } else {
        &[]
    };
    for &kappa in kappas {
        let mut dear = environment.clone();
        dear.signals.effort_cost = Some(kappa);
        let efforts: Vec<f64> = (1..=SEEDS)
            .map(|seed| {
                effort(
                    &Case {
                        environment: dear.clone(),
                        ..case.clone()
                    }
                    .seed(seed)
                    .log()
                    .1,
                    kappa,
                    30,
                )
            })
            .collect();
        row(
            &format!("opportunists' late effort at effort cost κ = {kappa}"),
            name,
            &efforts,
        );
    }

    let mixed: Vec<_> = (1..=SEEDS)
        .map(|seed| case.clone().seed(seed).run().metrics)
        .collect();
    let honest: Vec<_> = (1..=SEEDS)
        .map(|seed| {
            Case {
                population: vec![("honest", "worker", 40)],
                ..case.clone()
            }
            .seed(seed)
            .run()
            .metrics
        })
        .collect();
    for metric in [
        "true_harm_rate",
        "toxicity_rate",
        "true_welfare_per_agent",
        "welfare_per_agent",
    ] {
        let of = |runs: &[das_core::metrics::epoch::RunMetrics]| {
            runs.iter()
                .filter_map(|m| m.get(metric))
                .collect::<Vec<f64>>()
        };
        row(&format!("mixed population: {metric}"), name, &of(&mixed));
        row(
            &format!("all honest − mixed: {metric}"),
            name,
            &paired(&of(&mixed), &of(&honest)).unwrap_or_default(),
        );
    }

    let gini = |scarcity: f64| {
        let mut scarce = environment.clone();
        scarce.attention_scarcity = scarcity;
        (1..=SEEDS)
            .filter_map(|seed| {
                Case {
                    environment: scarce.clone(),
                    ..case.clone()
                }
                .seed(seed)
                .run()
                .metrics
                .get("influence_gini")
            })
            .collect::<Vec<f64>>()
    };
    let open = gini(0.0);
    row("influence Gini at attention_scarcity 0", name, &open);
    for scarcity in [0.5, 0.9] {
        row(
            &format!("influence Gini at {scarcity} − at 0"),
            name,
            &paired(&open, &gini(scarcity)).unwrap_or_default(),
        );
    }
}

fn main() {
    println!(
        "| what | regime | mean over {SEEDS} seeds [95 % interval] | above 0 |\n|---|---|---|---|"
    );
    regime("thin", Regime::Thin);
    regime("roomy", Regime::Roomy);
}
