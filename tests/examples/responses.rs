//! Who answers to what: for each lever the first decision it changes, as a Markdown table for `docs/src/concepts/responses-table.md`.
//!
//! ```text
//! cargo run --release -p das-tests --example responses > docs/src/concepts/responses-table.md
//! ```
//!
//! The same population (24 honest, 8 opportunistic, 4 deceptive, 4 adversarial) and seed without and with the lever, in lock
//! step; what the agent held is read off its view and its own saved state at that moment.

use das_core::agent::Phase;
use das_tests::Case;
use das_tests::responses::{Parting, first_difference, levers};

const SEED: u64 = 1;

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Act => "`select_action`",
        Phase::Propose => "`propose_interaction`",
        Phase::Accept => "`accept_interaction`",
    }
}

/// A decision as a cell of a table: short names in place of types.
fn cell(text: &str) -> String {
    let short = text
        .replace("MicroCredits", "")
        .replace("Conduct ", "")
        .replace('|', "/");
    format!("`{short}`")
}

/// What it held with the lever and not without it, the figures that differ.
fn held(parting: &Parting) -> String {
    let [without, with] = &parting.held;
    let mut parts: Vec<String> = with
        .figures
        .iter()
        .filter(|(name, value)| {
            without.figures.get(*name).copied().unwrap_or(0.0).to_bits() != value.to_bits()
        })
        .map(|(name, value)| match without.figures.get(name) {
            Some(before) => format!("{name} {value:.3} (was {before:.3})"),
            None => format!("{name} {value:.3}"),
        })
        .collect();
    // The largest charges say most; the list is for reading.
    parts.sort_by_key(|part| part.starts_with("charge"));
    parts.truncate(8);
    if parts.is_empty() {
        "no figure of its own: the rule, or what it saw".to_owned()
    } else {
        parts.join("; ")
    }
}

fn main() {
    println!(
        "| lever | first decision that differs | without | with | what the agent held or expected then |"
    );
    println!("|---|---|---|---|---|");
    for (name, rules) in levers() {
        let mut case = Case::mixed().seed(SEED);
        case.simulation.epochs = 10;
        match first_difference(&case, &rules) {
            None => println!("| {name} | none in 10 epochs | | | |"),
            Some(parting) => {
                let (epoch, step, of, _, _, _) = parting.key;
                println!(
                    "| {name} | epoch {epoch}, step {step}, {} of `{}` | {} | {} | {} |",
                    phase(of),
                    parting.held[1].name,
                    cell(&parting.decisions[0]),
                    cell(&parting.decisions[1]),
                    held(&parting)
                );
            }
        }
    }
}
