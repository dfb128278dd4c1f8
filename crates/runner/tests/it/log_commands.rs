//! Recomputation and `das log` on real logs, made by the binary and read through the library.

use crate::support::{bytes, das, place};
use das_analysis::finding::Mode;
use das_core::config::Detail;
use das_runner::commands::log::{self, EventFilter, Format, OverviewText, SortBy};
use das_runner::recompute::{NEEDS_FULL, recompute};
use std::path::Path;

/// The log of a scenario of the repository, or of the small one of a test.
fn run(scenario: &str, extra: &[&str]) -> Vec<u8> {
    let dir = place();
    let mut path = scenario.to_owned();
    if scenario != "small.yaml" {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        path = folder.join(scenario).display().to_string();
    }
    let mut args = vec!["run", &path, "--output", "a.jsonl", "-q", "--no-criteria"];
    args.extend(extra);
    das(dir.path(), &args, 0);
    bytes(dir.path().join("a.jsonl"))
}

fn overview(log: &[u8], format: Format) -> OverviewText {
    log::overview("a.jsonl", log, format, &mut Vec::new()).unwrap()
}

fn named(log: &[u8]) -> Vec<Mode> {
    let found = overview(log, Format::Human).findings;
    assert_eq!(found.iter().map(|f| f.mode).collect::<Vec<_>>(), Mode::ALL);
    for finding in found.iter().filter(|f| f.named) {
        assert!(!finding.evidence.is_empty(), "{finding:?}");
    }
    found.iter().filter(|f| f.named).map(|f| f.mode).collect()
}

#[test]
fn metrics_come_back_bit_for_bit_and_edits_show() {
    // Attack, levers, freezes and refusals at full detail: every figure of every epoch and of the run has the recorded bits;
    // one changed p shows in the epoch it is in and in the run, and nowhere else.
    let log = run("adversarial_attack.yaml", &["--epochs", "6"]);
    let found = recompute(log.as_slice()).unwrap();
    assert!(
        found.is_identical() && found.not_recomputed.is_empty(),
        "{:?}",
        found.differences
    );
    assert_eq!(
        (found.epochs.len(), found.run.is_some(), found.torn),
        (6, true, false)
    );

    let text = String::from_utf8(log).unwrap();
    let line = text
        .lines()
        .find(|line| {
            line.contains(r#""type":"interaction","epoch":2"#)
                && line.contains(r#""accepted":true"#)
        })
        .unwrap();
    let (before, rest) = line.split_once(r#","p":"#).unwrap();
    let (_, after) = rest.split_once(',').unwrap();
    let edited = text.replace(line, &format!(r#"{before},"p":0.123,{after}"#));
    let found = recompute(edited.as_bytes()).unwrap();
    assert!(
        found
            .differences
            .iter()
            .any(|d| d.metric == "toxicity_rate" && d.epoch == Some(2))
    );
    assert!(
        found
            .differences
            .iter()
            .any(|d| d.metric == "toxicity_rate" && d.epoch.is_none())
    );
    assert!(
        found
            .differences
            .iter()
            .all(|d| d.epoch.is_none_or(|epoch| epoch == 2))
    );
}

#[test]
fn lower_details_say_what_is_missing() {
    // At `interactions` all but five figures come back; at `epochs` nothing is claimed.
    let log = run("small.yaml", &["outputs.detail=interactions"]);
    let found = recompute(log.as_slice()).unwrap();
    assert!(found.is_identical(), "{:?}", found.differences);
    assert_eq!(
        (found.detail, found.not_recomputed.as_slice()),
        (Detail::Interactions, NEEDS_FULL)
    );
    let log = run("small.yaml", &["outputs.detail=epochs"]);
    let found = recompute(log.as_slice()).unwrap();
    assert!(!found.is_identical() && found.epochs.iter().all(|epoch| epoch.recomputed.is_none()));
    assert!(
        overview(&log, Format::Human)
            .text
            .contains("no such events")
    );
}

#[test]
fn failure_modes_are_named_where_they_are_and_only_there() {
    // The scenario with the mechanisms names all three with events; an honest society names none; a planner in place of the
    // posters leaves no work done twice.
    let log = run("failure_modes.yaml", &[]);
    let found = named(&log);
    for mode in [Mode::Miscoordination, Mode::Conflict, Mode::Collusion] {
        assert!(found.contains(&mode), "{found:?}");
    }
    let planned = run("failure_modes.yaml", &["agents.poster.role=planner"]);
    let finding = &overview(&planned, Format::Human).findings[0];
    assert_eq!(
        (finding.figure("duplicates"), finding.named),
        (Some(0.0), false)
    );
}

#[test]
fn the_page_fits_and_json_is_json() {
    // At most 60 lines of 80 columns; the JSON has the same verdicts.
    let log = run("failure_modes.yaml", &["--epochs", "8"]);
    let page = overview(&log, Format::Human);
    assert!(page.text.lines().count() <= 60);
    for line in page.text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let json: serde_json::Value = serde_json::from_str(&overview(&log, Format::Json).text).unwrap();
    let modes = json["failure_modes"].as_array().unwrap();
    for (mode, finding) in modes.iter().zip(&page.findings) {
        assert_eq!(mode["named"], finding.named);
        assert_eq!(mode["mode"], finding.mode.name());
    }
}

#[test]
fn torn_logs_are_told_apart() {
    // A log cut within a line is incomplete for every command, never an error; a changed byte is damage.
    let log = run("small.yaml", &[]);
    let torn = &log[..log.len() * 2 / 3];
    assert!(overview(torn, Format::Human).text.contains("INCOMPLETE"));
    assert!(recompute(torn).unwrap().run.is_none());
    let check = |log: &[u8]| log::check("a.jsonl", log, Format::Human, &mut Vec::new()).unwrap();
    assert_eq!((check(&log), check(torn)), (0, 23));
    let mut damaged = log.clone();
    let at = log.len() / 2;
    damaged[at] = if damaged[at] == b'1' { b'2' } else { b'1' };
    assert_eq!(check(&damaged), 21);
}

#[test]
fn events_and_agents_are_found() {
    // Filters meet, lines come out as they stand, and the agents' counts add up to the interactions.
    let log = run("small.yaml", &[]);
    let filter = EventFilter {
        types: vec!["interaction".to_owned()],
        agent: Some("honest.1".to_owned()),
        epochs: Some(log::epochs("1..2").unwrap()),
        comparisons: vec!["accepted=false".parse().unwrap(), "p>0.5".parse().unwrap()],
        ..EventFilter::default()
    };
    let mut out = Vec::new();
    let printed = log::events(log.as_slice(), &filter, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(printed > 0 && text.lines().count() as u64 == printed);
    let all = String::from_utf8(log.clone()).unwrap();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            all.contains(line) && value["accepted"] == false && value["p"].as_f64().unwrap() > 0.5
        );
        assert!(value["initiator"] == "honest.1" || value["counterparty"] == "honest.1");
    }
    let mut out = Vec::new();
    log::agents(log.as_slice(), SortBy::Payoff, Format::Json, &mut out).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let agents = value["agents"].as_array().unwrap();
    let sum = |field: &str| {
        agents
            .iter()
            .map(|a| a[field].as_u64().unwrap())
            .sum::<u64>()
    };
    let interactions = all
        .lines()
        .filter(|l| l.contains(r#""type":"interaction""#))
        .count() as u64;
    assert_eq!(
        (agents.len(), sum("accepted") + sum("rejected")),
        (5, 2 * interactions)
    );
    let payoffs: Vec<f64> = agents
        .iter()
        .map(|a| a["payoff"].as_f64().unwrap())
        .collect();
    assert!(payoffs.is_sorted_by(|a, b| a >= b), "{payoffs:?}");
}

#[test]
fn an_honest_society_is_named_for_nothing() {
    // Sixty seeds of the control, five modes each at a level of one in a hundred: more than three names would be a rule that
    // does not keep to it.
    let mut found = Vec::new();
    for seed in 1..=60 {
        let seed = seed.to_string();
        for mode in named(&run("all_honest.yaml", &["--seed", &seed])) {
            found.push((seed.clone(), mode));
        }
    }
    assert!(found.len() <= 3, "{found:?}");
}
