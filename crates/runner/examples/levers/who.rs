//! Who asks, who is let in, and how that ends, under single levers: what a change of a pooled figure is made of.

use super::deals::{SEEDS, each, initiator};
use super::read::Trouble;
use super::words::{head, plain, row};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const REGIME: &str = "thin";
const KINDS: [&str; 4] = ["honest", "opportunistic", "deceptive", "adversarial"];
const LEVERS: [(&str, &[&str]); 6] = [
    ("no governance", &[]),
    ("bandwidth 20", &["governance.bandwidth_cap=20"]),
    ("transparency", &["governance.transparency=true"]),
    (
        "audits 0.1 x 3",
        &[
            "governance.audit_probability=0.1",
            "governance.audit_penalty=3",
            "governance.audit_sensitivity=0.85",
        ],
    ),
    (
        "circuit breaker 0.40",
        &["governance.circuit_breaker_threshold=0.40"],
    ),
    ("moderators 2", &["governance.moderators=2"]),
];

/// What is counted of the offers of a kind: all, accepted, harmful among these, and the sum of p of these.
#[derive(Clone, Copy, Default)]
struct Tally {
    asked: f64,
    accepted: f64,
    harmful: f64,
    p: f64,
}

/// A row a lever and kind.
pub(crate) fn table() -> Result<String, Trouble> {
    let mut out = String::from("## Whose deals\n\n");
    let _ = writeln!(
        out,
        "Offers in {REGIME}, 30 epochs, seeds 1 to {SEEDS}, by the kind that makes them: share of all offers, share accepted, mean p of the \
         accepted (what everybody sees), harmful ones among them (hidden).\n"
    );
    out += &head(&["lever", "initiator", "offers", "accepted", "p", "harmful"]);
    for (name, levers) in LEVERS {
        let mut words = vec![format!("environment.regime={REGIME}")];
        words.extend(levers.iter().map(|&word| word.to_owned()));
        let mut of: BTreeMap<String, Tally> = BTreeMap::new();
        each(&words, &mut |line| {
            let tally = of.entry(initiator(line).to_owned()).or_default();
            tally.asked += 1.0;
            if line["accepted"] == true {
                tally.accepted += 1.0;
                tally.harmful += f64::from(u8::from(line["ground_truth"] == -1));
                tally.p += line["p"].as_f64().unwrap_or_default();
            }
        })?;
        let all: f64 = of.values().map(|tally| tally.asked).sum();
        for kind in KINDS {
            let tally = of.get(kind).copied().unwrap_or_default();
            let percent = |part: f64, whole: f64| format!("{} %", plain(100.0 * part / whole, 0));
            out += &row(&[
                name.to_owned(),
                kind.to_owned(),
                percent(tally.asked, all),
                percent(tally.accepted, tally.asked),
                plain(tally.p / tally.accepted, 2),
                percent(tally.harmful, tally.accepted),
            ]);
        }
    }
    out.push('\n');
    Ok(out)
}
