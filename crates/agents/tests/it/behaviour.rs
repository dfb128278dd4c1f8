//! What populations do, with fixed seeds and wide margins. The figures in the comments are those of the behaviour model's
//! prototype.

use crate::society::{Run, Society, mean, of};
use das_core::config::Detail;

fn mixed() -> Society {
    let mut society = Society::new(vec![
        of("honest", 24),
        of("opportunistic", 8),
        of("deceptive", 4),
        of("adversarial", 4),
    ]);
    society.environment.attention_scarcity = 0.0;
    society
}

fn runs(seeds: u64, detail: Detail, make: impl Fn() -> Society) -> Vec<Run> {
    (0..seeds).map(|seed| make().run(seed, detail)).collect()
}

fn metric(runs: &[Run], of: impl Fn(&Run) -> Option<f64>) -> f64 {
    mean(runs.iter().map(|run| of(run).expect("a defined figure")))
}

fn harm(runs: &[Run]) -> f64 {
    metric(runs, |run| run.record.metrics.true_harm_rate)
}

fn number(line: &serde_json::Value, key: &str) -> f64 {
    line[key].as_f64().expect("a number")
}

#[test]
fn a_mixed_society_is_as_harmful_as_the_model_says() {
    // 40 agents, thin, 30 epochs: toxicity .274 and harm share .299 in the prototype; welfare is negative though payoffs
    // are positive.
    let runs = runs(4, Detail::Epochs, || {
        let mut society = mixed();
        society.simulation.epochs = 30;
        society
    });
    let toxicity = metric(&runs, |run| run.record.metrics.toxicity_rate);
    assert!((toxicity - 0.274).abs() < 0.02, "{toxicity}");
    assert!((harm(&runs) - 0.299).abs() < 0.03, "{}", harm(&runs));
    assert!(metric(&runs, |run| run.record.metrics.true_welfare_per_agent) < 0.0);
    assert!(metric(&runs, |run| run.record.metrics.welfare_per_agent) > 0.0);
}

#[test]
fn an_all_honest_society_is_better_off() {
    // All honest minus mixed: harm share -.170, toxicity -.050, more true welfare.
    let mixed = runs(3, Detail::Epochs, mixed);
    let honest = runs(3, Detail::Epochs, || Society::new(vec![of("honest", 40)]));
    assert!(harm(&honest) < harm(&mixed) - 0.10);
    let toxicity = |runs| metric(runs, |run| run.record.metrics.toxicity_rate);
    assert!(toxicity(&honest) < toxicity(&mixed) - 0.03);
    let welfare = |runs| metric(runs, |run| run.record.metrics.true_welfare_per_agent);
    assert!(welfare(&honest) > welfare(&mixed) + 2.0);
}

#[test]
fn opportunists_work_less_when_work_costs_more() {
    // Late effort .60 at κ = .25 and .42 at κ = .60 in the prototype. Effort is read off the cost of conduct, κe².
    let effort = |kappa: f64| {
        let runs = runs(3, Detail::Interactions, || {
            let mut society = mixed();
            society.environment.signals.effort_cost = Some(kappa);
            society
        });
        mean(runs.iter().flat_map(|run| {
            run.initiated("opportunistic")
                .filter(|line| line["epoch"].as_u64() >= Some(10))
                .map(|line| (number(line, "c_a") / kappa).sqrt())
                .collect::<Vec<_>>()
        }))
    };
    let (cheap, dear) = (effort(0.25), effort(0.60));
    assert!(cheap > dear + 0.08, "{cheap} at .25, {dear} at .60");
    assert!((0.2..0.9).contains(&dear));
}

#[test]
fn deceivers_gain_reputation_by_harm_unless_looks_cannot_be_managed() {
    // Accepted trades of deceivers with v = -1: reputation change +.0027 with M = .5, negative with M = 0.
    let gain = |manipulation: f64| {
        let runs = runs(3, Detail::Interactions, || {
            let mut society = mixed();
            society.environment.signals.manipulation = manipulation;
            society
        });
        mean(runs.iter().flat_map(|run| {
            run.initiated("deceptive")
                .filter(|line| line["accepted"] == true && line["ground_truth"] == -1)
                .map(|line| number(line, "r_a"))
                .collect::<Vec<_>>()
        }))
    };
    assert!(gain(0.5) > 0.0005);
    assert!(gain(0.0) < -0.004);
}

#[test]
fn adversaries_do_most_harm_and_honest_least() {
    // Share of v = -1 among accepted offers by who asked, from the log alone.
    let runs = runs(3, Detail::Interactions, mixed);
    let share = |kind: &str| {
        mean(runs.iter().flat_map(|run| {
            run.initiated(kind)
                .filter(|line| line["accepted"] == true)
                .map(|line| f64::from(u8::from(line["ground_truth"] == -1)))
                .collect::<Vec<_>>()
        }))
    };
    let shares = ["honest", "opportunistic", "deceptive", "adversarial"].map(share);
    assert!(
        shares.windows(2).all(|pair| pair[0] + 0.05 < pair[1]),
        "{shares:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_log() {
    // Agents draw from their turn's stream alone and read no clock or address.
    let log = |seed| mixed().run(seed, Detail::Full).lines;
    assert_eq!(log(7), log(7));
    assert_ne!(log(7), log(8));
}
