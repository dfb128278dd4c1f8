//! `das log why` on logs of both worlds.

use crate::cities::{city, of_type};
use crate::support::{das, place, stderr, stdout};
use das_core::view::{Reason, View};
use serde_json::Value;
use std::path::Path;

fn why(dir: &Path, log: &str, event: u64, depth: u32) -> Reason {
    let (event, depth) = (event.to_string(), depth.to_string());
    let out = das(
        dir,
        &[
            "log", "why", log, &event, "--depth", &depth, "--format", "json",
        ],
        0,
    );
    match serde_json::from_str(&stdout(&out)).unwrap() {
        View::Explanation(explanation) => explanation.reason,
        other => panic!("{other:?}"),
    }
}

/// Every reason of a tree.
fn all(reason: &Reason) -> Vec<&Reason> {
    let below = reason.because.iter().flat_map(all);
    std::iter::once(reason).chain(below).collect()
}

fn number(line: &Value, field: &str) -> u64 {
    line[field].as_u64().unwrap()
}

fn attack(dir: &Path) {
    let scenario =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/adversarial_attack.yaml");
    let args = [
        "run",
        scenario.to_str().unwrap(),
        "--epochs",
        "6",
        "--output",
        "a.jsonl",
        "-q",
        "--no-criteria",
    ];
    das(
        dir,
        &[&args[..], &["governance.circuit_breaker_threshold=0.4"]].concat(),
        0,
    );
}

#[test]
fn a_freeze_leads_to_the_interactions_that_made_it() {
    // For every freeze: the mean toxicity computed from the lines reaches the threshold, the interaction that tripped it is
    // there, and its payoffs and p are taken apart into terms that add up.
    let dir = place();
    attack(dir.path());
    let freezes = of_type(&dir.path().join("a.jsonl"), "governance_freeze");
    assert!(freezes.len() > 5);
    for freeze in freezes.iter().take(8) {
        let tree = why(dir.path(), "a.jsonl", number(freeze, "event"), 3);
        let reasons = all(&tree);
        let mean = reasons
            .iter()
            .find(|r| r.text.starts_with("mean toxicity"))
            .unwrap();
        assert!(mean.value.unwrap() >= 0.4, "{mean:?}");
        let id = freeze["interaction"].as_str().unwrap();
        let tripped = reasons
            .iter()
            .find(|r| r.text.contains(&format!(" {id}:")) && !r.because.is_empty());
        let tripped = all(tripped.unwrap());
        for (what, least) in [("v̂", 4), ("payoff of", 1)] {
            let sum = tripped.iter().find(|r| r.text.starts_with(what)).unwrap();
            let parts: Vec<f64> = sum.because.iter().filter_map(|r| r.value).collect();
            assert!(parts.len() >= least, "{sum:?}");
            assert!(
                (parts.iter().sum::<f64>() - sum.value.unwrap()).abs() < 1e-9,
                "{sum:?}"
            );
        }
    }
}

#[test]
fn a_shipment_leads_to_its_choice_and_what_came_of_it() {
    // The chosen route and the runner-up stand side by side with their expected profits; a shipment that ended says how, and the
    // end leads back to the choice. At depth 1 nothing behind the line itself is followed.
    let dir = city();
    das(
        dir.path(),
        &["run", "city.yaml", "--output", "a.jsonl", "-q"],
        0,
    );
    let log = dir.path().join("a.jsonl");
    let ended = &of_type(&log, "smuggling_shipment_delivered")[0];
    let sent = of_type(&log, "smuggling_shipment_created");
    let sent = sent
        .iter()
        .find(|line| line["shipment"] == ended["shipment"])
        .unwrap();
    let tree = why(dir.path(), "a.jsonl", number(ended, "event"), 2);
    let choice = all(&tree)
        .into_iter()
        .find(|r| r.event == sent["event"].as_u64())
        .unwrap();
    let options = &choice.because[0].because;
    assert_eq!(options[0].value, sent["expected"].as_f64());
    assert_eq!(options[1].value, sent["runner_up"]["expected"].as_f64());
    let forth = why(dir.path(), "a.jsonl", number(sent, "event"), 1);
    assert!(
        all(&forth)
            .iter()
            .any(|r| r.event == ended["event"].as_u64())
    );
    assert!(
        all(&forth).iter().all(|r| r.event.is_none()
            || r.event == sent["event"].as_u64()
            || r.because.is_empty())
    );
}

#[test]
fn every_kind_of_line_has_a_tree() {
    // One event of each kind in a society under attack and in a city, at the greatest depth: a tree that passes the rules of a view,
    // within the number of lines it may have, whose events are events of the log.
    for (dir, scenario) in [(place(), None), (city(), Some("city.yaml"))] {
        match scenario {
            None => attack(dir.path()),
            Some(name) => {
                das(dir.path(), &["run", name, "--output", "a.jsonl", "-q"], 0);
            }
        }
        let text = std::fs::read_to_string(dir.path().join("a.jsonl")).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        let mut last = 0;
        let mut one_of_each = Vec::new();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if let Some(event) = line["event"].as_u64() {
                last = event;
                if seen.insert(line["type"].as_str().unwrap().to_owned()) {
                    one_of_each.push(event);
                }
            }
        }
        assert!(one_of_each.len() > 15, "{seen:?}");
        for event in one_of_each {
            let tree = why(dir.path(), "a.jsonl", event, 12);
            let reasons = all(&tree);
            assert_eq!(tree.event, Some(event));
            assert!(!tree.because.is_empty(), "event {event}: {}", tree.text);
            assert!(reasons.len() < 4000, "event {event}: {}", reasons.len());
            assert!(reasons.iter().filter_map(|r| r.event).all(|e| e <= last));
        }
    }
}

#[test]
fn what_is_not_there_is_said() {
    // A number behind the last event, one that a lower detail left out, one that is no number, a depth out of range, a log that is
    // none, and an unfinished log, whose events are explained and whose state is said.
    let dir = place();
    let at = dir.path();
    das(at, &["run", "small.yaml", "--output", "a.jsonl", "-q"], 0);
    das(
        at,
        &[
            "run",
            "small.yaml",
            "--output",
            "b.jsonl",
            "-q",
            "outputs.detail=epochs",
        ],
        0,
    );
    let out = das(at, &["log", "why", "a.jsonl", "99999999"], 2);
    assert!(
        stderr(&out).contains("the log has the events 0 to "),
        "{}",
        stderr(&out)
    );
    let out = das(at, &["log", "why", "b.jsonl", "20"], 2);
    assert!(stderr(&out).contains("detail `epochs`"), "{}", stderr(&out));
    for wrong in ["-1", "x", "18446744073709551616", "1.5"] {
        das(at, &["log", "why", "a.jsonl", wrong], 2);
    }
    das(at, &["log", "why", "a.jsonl", "18446744073709551615"], 2);
    for wrong in ["0", "13"] {
        das(at, &["log", "why", "a.jsonl", "3", "--depth", wrong], 2);
    }
    das(at, &["log", "why", "small.yaml", "3"], 21);
    let log = std::fs::read(at.join("a.jsonl")).unwrap();
    std::fs::write(at.join("cut.jsonl"), &log[..log.len() / 2]).unwrap();
    let out = das(at, &["log", "why", "cut.jsonl", "40"], 23);
    assert!(stdout(&out).starts_with("Why event 40"), "{}", stdout(&out));
    std::fs::write(at.join("empty.jsonl"), "").unwrap();
    let out = das(at, &["log", "why", "empty.jsonl", "0"], 2);
    assert!(stderr(&out).contains("no events"), "{}", stderr(&out));
}
