//! The table of event kinds is true to the code: every kind and field that is written stands in it, and no other.

use crate::support::{bytes, das, place};
use das_core::describe::Descriptor;
use das_runner::commands::events_table::{events, fields_of};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What every line begins with; `event` is missing in seals and in the last line.
const HEAD: [&str; 5] = ["seq", "type", "epoch", "step", "event"];

/// A society with every role, lever and rail, and work that is dropped, duplicated, refused and reviewed.
const ALL: &str = "scenario_id: all\nagents:\n  - {type: honest, count: 4}\n  - {type: honest, count: 2, role: verifier}\n  \
    - {type: honest, count: 1, name: planner, role: planner}\n  - {type: honest, count: 1, name: moderator, role: moderator}\n  \
    - {type: opportunistic, count: 3, role: poster}\n  - {type: deceptive, count: 3}\n  - {type: adversarial, count: 4}\n\
    environment: {treasury: dividend}\n\
    governance: {transaction_tax_rate: 0.05, reputation_decay: 0.9, vote_weight_cap: 5, bandwidth_cap: 25, \
    staking_required: 5, audit_probability: 0.2, audit_penalty: 1, circuit_breaker_threshold: 0.35}\n\
    safety: {bucket_capacity: 6, bucket_refill: 3}\nsimulation: {epochs: 12, steps_per_epoch: 8, seed: 5}\n";

/// A year of a city with a levy, an audit and written crackdowns.
const BUSY_CITY: &str = "scenario_id: city\nenvironment: {kind: dosadi, map: {wards: 24}, \
    crackdowns: {ordered: [{day: 20, days: 10, intensity: 0.8}]}}\n\
    governance: {transaction_tax_rate: 0.05, audit_probability: 0.1, audit_penalty: 1}\nsimulation: {epochs: 52, seed: 3}\n";

fn table() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    // `?` marks a field that may be absent.
    let bare = |field: &'static str| field.trim_end_matches('?');
    let fields = |d: &'static Descriptor| fields_of(d).split(", ").map(bare).collect();
    events().map(|d| (d.name, fields(d))).collect()
}

/// Fields of every kind of line of a run.
fn emitted(scenarios: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let dir = place();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    std::fs::write(dir.path().join("all.yaml"), ALL).unwrap();
    std::fs::write(dir.path().join("city.yaml"), BUSY_CITY).unwrap();
    for (at, scenario) in scenarios.iter().enumerate() {
        let shared = folder.join(scenario);
        let scenario = if shared.exists() {
            shared.display().to_string()
        } else {
            (*scenario).to_owned()
        };
        let scenario = scenario.as_str();
        let log = format!("{at}.jsonl");
        das(
            dir.path(),
            &["run", scenario, "--output", &log, "-q", "--no-criteria"],
            0,
        );
        for line in String::from_utf8(bytes(dir.path().join(&log)))
            .unwrap()
            .lines()
        {
            let value: Value = serde_json::from_str(line).unwrap();
            let object = value.as_object().unwrap();
            let kind = object["type"].as_str().unwrap().to_owned();
            let names = object.keys().filter(|name| !HEAD.contains(&name.as_str()));
            all.entry(kind).or_default().extend(names.cloned());
        }
    }
    all
}

#[test]
fn the_table_has_every_kind_and_field_of_a_log() {
    // What three busy runs write is in the table; what they write of a kind is all that the table has, but for the fields that
    // need an event which does not come in them.
    let emitted = emitted(&["failure_modes.yaml", "adversarial_attack.yaml", "all.yaml"]);
    assert!(emitted.len() > 25, "too quiet to show much: {emitted:?}");
    compare(&emitted);
}

#[test]
fn the_table_has_every_kind_and_field_of_a_city() {
    // The same of a world that adds kinds of its own.
    let emitted = emitted(&["city.yaml"]);
    assert!(emitted.len() > 15, "too quiet to show much: {emitted:?}");
    compare(&emitted);
}

/// Holds the lines of runs against the table.
fn compare(emitted: &BTreeMap<String, BTreeSet<String>>) {
    let table = table();
    let mut wrong = Vec::new();
    let mut unseen = Vec::new();
    for (kind, fields) in emitted {
        let Some(known) = table.get(kind.as_str()) else {
            wrong.push(format!("{kind}: {fields:?}"));
            continue;
        };
        for field in fields
            .iter()
            .filter(|field| !known.contains(field.as_str()))
        {
            wrong.push(format!("{kind}.{field}"));
        }
        for field in known.iter().filter(|field| !fields.contains(**field)) {
            unseen.push(format!("{kind}.{field}"));
        }
    }
    assert!(wrong.is_empty(), "not in the table: {wrong:#?}");
    // A field that no struct writes any more would turn up here.
    let source = sources();
    unseen.retain(|name| {
        let field = name.rsplit('.').next().unwrap_or_default();
        !writes(&source, field)
    });
    assert!(unseen.is_empty(), "in the table and in no line: {unseen:?}");
}

/// The code that writes lines.
fn sources() -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = String::new();
    for file in [
        "core/src/orchestrator/records.rs",
        "core/src/orchestrator/report.rs",
        "core/src/orchestrator/mod.rs",
        "core/src/log/seal.rs",
        "core/src/log/writer.rs",
        "env/src/events.rs",
        "runner/src/wiring.rs",
    ] {
        text += &String::from_utf8(bytes(crates.join(file))).unwrap();
    }
    gather(&crates.join("dosadi-world/src"), &mut text);
    text
}

/// Whether a struct has this field, or a format string this key.
fn writes(source: &str, field: &str) -> bool {
    let (named, spelled) = (format!(" {field}: "), format!("\"{field}\\\""));
    source.contains(&named) || source.contains(&spelled)
}

#[test]
fn every_kind_of_the_table_is_written_by_code() {
    // The name of each kind stands in quotes in the crates that write lines, and each of its fields in a struct there; a kind
    // that went, or was renamed, is found even if no run has it.
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut code = String::new();
    for folder in ["core/src", "env/src", "dosadi-world/src"] {
        gather(&crates.join(folder), &mut code);
    }
    // The descriptors themselves are no code that writes.
    while let Some(at) = code.find("pub const EVENTS") {
        let end = code[at..].find("];").expect("the table of a world ends");
        code.replace_range(at..at + end, "");
    }
    let source = sources();
    let mut wrong = Vec::new();
    for (kind, fields) in table() {
        if !code.contains(&format!("\"{kind}\"")) {
            wrong.push(kind.to_owned());
        }
        wrong.extend(
            fields
                .iter()
                .filter(|field| !writes(&source, field))
                .map(|field| format!("{kind}.{field}")),
        );
    }
    assert!(wrong.is_empty(), "written by nothing: {wrong:?}");
}

fn gather(folder: &Path, code: &mut String) {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|end| end == "rs") {
            *code += &String::from_utf8(bytes(&path)).unwrap();
        }
    }
}
