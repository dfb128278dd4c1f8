//! A second world through the whole command line: defaults, run, verification, resumption, state hashes, listings, cockpit.

use crate::support::{bytes, das, stderr, stdout};
use das_runner::scenario::{Scenario, World, load, typed};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Twelve wards for four weeks.
pub(crate) const CITY: &str = "scenario_id: city\nenvironment: {kind: dosadi, map: {wards: 12}}\n\
                               governance: {transaction_tax_rate: 0.05, reputation_decay: 0.95}\n\
                               simulation: {epochs: 4, seed: 7}\n";

/// A directory with the city in it.
pub(crate) fn city() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("city.yaml"), CITY).unwrap();
    dir
}

/// Lines of one type of a log.
pub(crate) fn of_type(log: &Path, kind: &str) -> Vec<Value> {
    let mark = format!("\"type\":\"{kind}\"");
    String::from_utf8(bytes(log))
        .unwrap()
        .lines()
        .filter(|line| line.contains(&mark))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn defaults_of_a_world_are_its_own_and_resolved() {
    // A week has seven days and the rails do not bind, unless the scenario says otherwise, key by key; the resolved scenario
    // and line 0 say what holds, with the parameters of every policy.
    let dir = city();
    let path = dir.path().join("city.yaml");
    let read = |words: &[&str]| -> Scenario {
        let words: Vec<String> = words.iter().map(|&w| w.to_owned()).collect();
        load(&path, &words)
            .unwrap_or_else(|e| panic!("{e}"))
            .scenario
    };
    let plain = read(&[]);
    assert_eq!(plain.simulation.steps_per_epoch, 7);
    assert_eq!(plain.safety.max_interactions_per_step, 1_000_000);
    assert_eq!(plain.safety.budget_per_epoch, 1e9);
    assert_eq!(plain.safety.max_posts_per_epoch, 10);
    let changed = read(&[
        "simulation.steps_per_epoch=10",
        "safety.budget_per_epoch=50",
    ]);
    assert_eq!(changed.simulation.steps_per_epoch, 10);
    assert_eq!(changed.safety.budget_per_epoch, 50.0);
    assert_eq!(changed.safety.max_interactions_per_step, 1_000_000);
    let line: Value = serde_json::from_str(&plain.to_log_json().unwrap()).unwrap();
    assert_eq!(line["simulation"]["steps_per_epoch"], 7);
    assert_eq!(line["environment"]["agents"]["smuggler"]["margin"], 0.05);
    assert!(line.get("agents").is_none() && line.get("heavy").is_none());
    for scenario in [plain, changed] {
        let text = scenario.to_log_json().unwrap();
        assert_eq!(Scenario::from_log_json(&text).unwrap(), scenario);
        let resolved = dir.path().join("resolved.yaml");
        std::fs::write(&resolved, typed::to_yaml(&scenario)).unwrap();
        let again = load(&resolved, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again.scenario, scenario);
        assert!(matches!(scenario.environment, World::Dosadi(_)));
    }
}

#[test]
fn a_city_runs_verifies_and_comes_back_from_a_checkpoint() {
    // The agents are the world's, the log verifies, and a log cut anywhere behind a checkpoint is finished byte for byte.
    let dir = city();
    let run = ["run", "city.yaml", "--output"];
    let args = [&run[..], &["whole.jsonl", "--checkpoint-every", "1"]].concat();
    let output = das(dir.path(), &args, 0);
    let text = stdout(&output);
    assert!(text.contains("4 epochs × 7 steps"), "{text}");
    assert!(
        text.contains("buying_") && text.contains("merchant_guild"),
        "{text}"
    );
    let log = dir.path().join("whole.jsonl");
    let agents = of_type(&log, "agent_registered").len();
    assert!(agents > 12, "{agents}");
    assert!(text.contains(&format!("{agents} agents")), "{text}");
    let whole = bytes(&log);
    let output = das(dir.path(), &["replay", "whole.jsonl", "--verify"], 0);
    assert!(stdout(&output).contains("VERIFIED bytes + state"));
    for part in [2, 3] {
        let cut = whole.len() * part / 4;
        std::fs::write(dir.path().join("whole.jsonl.part"), &whole[..cut]).unwrap();
        std::fs::remove_file(&log).unwrap();
        let output = das(dir.path(), &["resume", "whole.jsonl.part"], 0);
        assert!(
            stderr(&output).contains("from a checkpoint"),
            "{}",
            stderr(&output)
        );
        assert_eq!(bytes(&log), whole);
    }
    // An edit that was sealed anew, and one that was not.
    let edited = String::from_utf8(whole)
        .unwrap()
        .replacen("\"p\":0.", "\"p\":0.1", 1);
    std::fs::write(&log, edited).unwrap();
    das(dir.path(), &["replay", "whole.jsonl", "--verify"], 21);
}

#[test]
fn a_heavy_log_has_the_state_of_every_step() {
    // A hash in every step's seal, honoured by verification and resumption; without it the events are the same.
    for (file, text) in [("city.yaml", CITY), ("small.yaml", crate::support::SMALL)] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(file), text).unwrap();
        das(
            dir.path(),
            &["run", file, "--output", "plain.jsonl", "-q"],
            0,
        );
        das(
            dir.path(),
            &["run", file, "--heavy", "--output", "heavy.jsonl", "-q"],
            0,
        );
        let (plain, heavy) = (
            dir.path().join("plain.jsonl"),
            dir.path().join("heavy.jsonl"),
        );
        let states = |log: &Path| -> Vec<String> {
            (of_type(log, "seal").iter())
                .filter_map(|seal| seal.get("state_sha256")?.as_str().map(str::to_owned))
                .collect()
        };
        let (few, many) = (states(&plain), states(&heavy));
        let steps = if file == "city.yaml" { 4 * 7 } else { 4 * 5 };
        assert_eq!((few.len(), many.len()), (4 + 1, 4 + 1 + steps));
        assert!(few.iter().all(|state| many.contains(state)));
        assert_eq!(
            of_type(&plain, "interaction"),
            of_type(&heavy, "interaction")
        );
        das(dir.path(), &["replay", "heavy.jsonl", "--verify"], 0);
        let whole = bytes(&heavy);
        std::fs::write(
            dir.path().join("heavy.jsonl.part"),
            &whole[..whole.len() / 2],
        )
        .unwrap();
        std::fs::remove_file(&heavy).unwrap();
        das(dir.path(), &["resume", "heavy.jsonl.part", "-q"], 0);
        assert_eq!(bytes(&heavy), whole);
    }
}

#[test]
fn listings_and_help_know_both_worlds() {
    // Policies of both with their world, a policy, a world, a key of one world, a key with two defaults, figures of the city.
    let dir = city();
    let ask = |args: &[&str]| stdout(&das(dir.path(), args, 0));
    let agents = ask(&["list", "agents"]);
    let of = |world: &str, name: &str| {
        agents
            .lines()
            .any(|line| line.starts_with(name) && line.split_whitespace().nth(1) == Some(world))
    };
    assert!(
        of("commons", "honest") && of("dosadi", "smuggler"),
        "{agents}"
    );
    assert!(ask(&["list", "environments"]).lines().count() == 2);
    assert!(ask(&["explain", "smuggler"]).contains("smuggler (agent of dosadi)"));
    assert!(ask(&["explain", "dosadi"]).contains("dosadi (environment)"));
    let weeks = ask(&["explain", "simulation.steps_per_epoch"]);
    assert!(
        weeks.contains("of commons)") && weeks.contains("default: 10"),
        "{weeks}"
    );
    assert!(
        weeks.contains("of dosadi)") && weeks.contains("default: 7"),
        "{weeks}"
    );
    let key = ask(&["explain", "environment.smuggling.forget"]);
    assert!(key.contains("(scenario key of dosadi)"), "{key}");
    assert!(!ask(&["explain", "epochs"]).contains("key of"));
    let args = [
        "run",
        "city.yaml",
        "metrics_to_track=[trade.deliveries]",
        "--output",
        "t.jsonl",
    ];
    let table = ask(&args);
    assert!(
        table.lines().nth(1).unwrap().ends_with("deliveries"),
        "{table}"
    );
    assert!(!table.lines().nth(2).unwrap().ends_with('-'), "{table}");
}

#[test]
fn line_0_of_a_city_that_cannot_be_built_is_damage() {
    // Whoever seals a log with a map without wards gets an error of the log, not a panic.
    let line = "{\"scenario_id\":\"x\",\"environment\":{\"kind\":\"dosadi\",\"map\":{\"generator\":\"written\"}}}";
    let scenario = Scenario::from_log_json(line).unwrap();
    assert!(!scenario.environment.problems().is_empty());
    let dir = tempfile::tempdir().unwrap();
    let log = format!(
        "{{\"seq\":0,\"type\":\"simulation_started\",\"epoch\":0,\"step\":0,\"event\":0,\"schema\":{},\"engine\":{},\"seed\":\"42\",\"scenario\":{line}}}\n",
        das_core::log::SCHEMA,
        das_core::log::ENGINE_REVISION
    );
    std::fs::write(dir.path().join("x.jsonl"), log).unwrap();
    let error = das_runner::verify::header(&dir.path().join("x.jsonl")).unwrap_err();
    assert_eq!(error.exit_code(), 21, "{}", error.text());
}

#[test]
fn the_cockpit_shows_the_views_of_a_world() {
    // Without a view they are listed, each of them gives tables, as text and as JSON; another world has none, a wrong name and an
    // unfinished log say so.
    let dir = city();
    std::fs::write(dir.path().join("small.yaml"), crate::support::SMALL).unwrap();
    let run = |file: &str, log: &str| das(dir.path(), &["run", file, "-q", "--output", log], 0);
    run("city.yaml", "city.jsonl");
    run("small.yaml", "small.jsonl");
    let listed = das(
        dir.path(),
        &["cockpit", "city.jsonl", "--format", "json"],
        0,
    );
    let views: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(views.len() > 1);
    let text = stdout(&das(dir.path(), &["cockpit", "city.jsonl"], 0));
    for view in &views {
        let name = view["name"].as_str().unwrap();
        assert!(text.contains(name), "{text}");
        let shown = das(dir.path(), &["cockpit", name, "city.jsonl"], 0);
        let told = das(
            dir.path(),
            &["cockpit", name, "city.jsonl", "--format", "json"],
            0,
        );
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(told["view"], name);
        let tables = told["tables"].as_array().unwrap();
        assert!(
            tables
                .iter()
                .any(|table| table["rows"].as_array().is_some_and(|r| !r.is_empty()))
        );
        for table in tables {
            assert!(
                stdout(&shown).contains(table["title"].as_str().unwrap()),
                "{name}"
            );
        }
    }
    let none = stdout(&das(dir.path(), &["cockpit", "small.jsonl"], 0));
    assert!(none.contains("no views"), "{none}");
    let name = views[0]["name"].as_str().unwrap();
    das(dir.path(), &["cockpit", name, "small.jsonl"], 2);
    let wrong = das(dir.path(), &["cockpit", &name[1..], "city.jsonl"], 2);
    assert!(
        stderr(&wrong).contains(&format!("did you mean `{name}`")),
        "{}",
        stderr(&wrong)
    );
    let whole = bytes(dir.path().join("city.jsonl"));
    std::fs::write(dir.path().join("cut.jsonl"), &whole[..whole.len() / 2]).unwrap();
    let cut = das(dir.path(), &["cockpit", name, "cut.jsonl"], 23);
    assert!(stderr(&cut).contains("INCOMPLETE") && !cut.stdout.is_empty());
    das(dir.path(), &["cockpit", name, "nowhere.jsonl"], 74);
}
