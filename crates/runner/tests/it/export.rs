//! `das export`, `das log convert` and packed logs through the binary.

use crate::cities::{city, of_type};
use crate::support::{bytes, das, place, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A CSV table: rows as maps from column to text.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.deserialize();
    rows.map(Result::unwrap).collect()
}

fn exported(dir: &Path, args: &[&str]) -> BTreeMap<String, Value> {
    let out = das(dir, &[&["export", "--format", "json"], args].concat(), 0);
    let said: Value = serde_json::from_str(&stdout(&out)).unwrap();
    let tables = said["tables"].as_array().unwrap().iter();
    tables
        .map(|table| (table["table"].as_str().unwrap().to_owned(), table.clone()))
        .collect()
}

/// Every line of the log but seals and the two ends is a row, and every value of a row is that of the line, in a column of its type.
fn holds(dir: &Path, log: &str) {
    let made = exported(dir, &[log, "--to", "csv", "-o", "csv"]);
    let again = exported(dir, &[log, "--to", "parquet", "-o", "parquet"]);
    let rows = |made: &BTreeMap<String, Value>| -> BTreeMap<String, u64> {
        let rows = made.iter();
        rows.map(|(name, table)| (name.clone(), table["rows"].as_u64().unwrap()))
            .collect()
    };
    assert_eq!(rows(&made), rows(&again));
    assert!(!made.contains_key("other"), "a kind without a table");
    let text = String::from_utf8(bytes(dir.join(log))).unwrap();
    let mut lines: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind = line["type"].as_str().unwrap().to_owned();
        lines.entry(kind).or_default().push(line);
    }
    for (kind, lines) in &lines {
        if matches!(
            kind.as_str(),
            "seal" | "simulation_started" | "simulation_ended" | "run_completed"
        ) {
            continue;
        }
        let name = das_analysis::export::table_of(kind);
        let rows = table(&dir.join("csv").join(format!("{name}.csv")));
        assert_eq!(rows.len(), lines.len(), "{kind}");
        for (line, row) in lines.iter().zip(&rows) {
            let mut fields = line.as_object().unwrap().clone();
            assert_eq!(fields.remove("type").unwrap(), kind.as_str());
            for nested in ["env", "kinds", "levers"] {
                if kind == "epoch_completed" {
                    fields.remove(nested);
                }
            }
            if let Some(Value::Object(metrics)) = fields.remove("metrics") {
                fields.extend(metrics);
            }
            for (field, value) in fields {
                let cell = row
                    .get(&field)
                    .unwrap_or_else(|| panic!("{kind} has no column {field}"));
                let columns = made[name]["columns"].as_array().unwrap();
                let of = columns.iter().find(|column| column["name"] == *field);
                let typed = match (&value, of.unwrap()["type"].as_str().unwrap()) {
                    (Value::Number(_), kind) => kind == "number" || kind == "integer",
                    (Value::Bool(_), kind) => kind == "boolean",
                    (_, kind) => kind == "text",
                };
                assert!(typed, "{kind}.{field}: {value} in a column of another type");
                let same = match &value {
                    Value::String(text) => cell == text,
                    Value::Number(number) => cell.parse::<f64>().ok() == number.as_f64(),
                    other => cell.eq(&other.to_string()),
                };
                assert!(same, "{kind}.{field}: {value} became {cell}");
            }
        }
    }
}

#[test]
fn every_line_and_value_of_a_log_is_in_a_table() {
    // Society with all roles under levers at full detail: no kind, field or value is lost.
    let dir = place();
    let scenario =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/adversarial_attack.yaml");
    let run = [
        "run",
        scenario.to_str().unwrap(),
        "--epochs",
        "5",
        "--output",
        "a.jsonl",
        "-q",
        "--no-criteria",
    ];
    let levers = [
        "governance.transaction_tax_rate=0.05",
        "governance.staking_required=10",
        "governance.reputation_decay=0.9",
    ];
    das(dir.path(), &[&run[..], &levers[..]].concat(), 0);
    holds(dir.path(), "a.jsonl");
}

#[test]
fn every_line_and_value_of_a_city_is_in_a_table() {
    // The same of a world with kinds of its own, lists and objects in its fields.
    let dir = city();
    das(
        dir.path(),
        &["run", "city.yaml", "--output", "a.jsonl", "-q"],
        0,
    );
    holds(dir.path(), "a.jsonl");
}

#[test]
fn what_is_left_out_is_what_the_format_says() {
    // A fee that was not taken is 0, a flag that is not set false, a truth that is not known missing.
    let dir = place();
    das(
        dir.path(),
        &["run", "small.yaml", "--output", "a.jsonl", "-q"],
        0,
    );
    exported(dir.path(), &["a.jsonl", "--to", "csv", "-o", "t"]);
    let interactions = table(&dir.path().join("t/interactions.csv"));
    assert!(
        interactions
            .iter()
            .all(|row| row["fee_a"] == "0" && row["levers"].is_empty())
    );
    let states = table(&dir.path().join("t/agent_states.csv"));
    assert!(
        states
            .iter()
            .all(|row| row["frozen"] == "false" && row["stake"] == "0")
    );
    let run = table(&dir.path().join("t/run.csv"));
    let ended = &of_type(&dir.path().join("a.jsonl"), "run_completed")[0];
    assert_eq!(run.len(), 1);
    assert_eq!(
        (run[0]["seed"].as_str(), run[0]["status"].as_str()),
        ("7", "completed")
    );
    assert_eq!(
        (run[0]["detail"].as_str(), run[0]["environment"].as_str()),
        ("full", "commons")
    );
    assert_eq!(
        run[0]["toxicity_rate"].parse::<f64>().ok(),
        ended["metrics"]["toxicity_rate"].as_f64()
    );
}

#[test]
fn a_directory_is_not_written_over_unasked() {
    // Something in the way is named; --force writes beside it. What is no log is said to be none, and leaves nothing behind.
    let dir = place();
    das(
        dir.path(),
        &["run", "small.yaml", "--output", "a.jsonl", "-q"],
        0,
    );
    std::fs::create_dir(dir.path().join("t")).unwrap();
    std::fs::write(dir.path().join("t/mine"), "x").unwrap();
    let out = das(
        dir.path(),
        &["export", "a.jsonl", "--to", "csv", "-o", "t"],
        2,
    );
    assert!(stderr(&out).contains("not empty"), "{}", stderr(&out));
    das(
        dir.path(),
        &["export", "a.jsonl", "--to", "csv", "-o", "t", "--force"],
        0,
    );
    assert_eq!(bytes(dir.path().join("t/mine")), b"x");
    let out = das(
        dir.path(),
        &["export", "small.yaml", "--to", "csv", "-o", "u"],
        3,
    );
    assert!(stderr(&out).contains("neither a log"), "{}", stderr(&out));
    assert!(!dir.path().join("u").exists());
}

#[test]
fn an_unfinished_and_a_wrong_log_are_said_to_be_so() {
    // Cut within a line: what is whole is exported, exit code 23. A number that became a word: the line and the field are named,
    // exit code 21, and no table is left.
    let dir = place();
    das(
        dir.path(),
        &["run", "small.yaml", "--output", "a.jsonl", "-q"],
        0,
    );
    let log = bytes(dir.path().join("a.jsonl"));
    std::fs::write(dir.path().join("cut.jsonl"), &log[..log.len() / 2]).unwrap();
    das(
        dir.path(),
        &["export", "cut.jsonl", "--to", "parquet", "-o", "t"],
        23,
    );
    assert!(dir.path().join("t/interactions.parquet").exists());
    let text = String::from_utf8(log).unwrap().replacen(
        "\"rework_count\":0",
        "\"rework_count\":\"no\"",
        1,
    );
    std::fs::write(dir.path().join("wrong.jsonl"), text).unwrap();
    let out = das(
        dir.path(),
        &["export", "wrong.jsonl", "--to", "csv", "-o", "u"],
        21,
    );
    assert!(
        stderr(&out).contains("`rework_count` of `interaction`"),
        "{}",
        stderr(&out)
    );
    assert_eq!(std::fs::read_dir(dir.path().join("u")).unwrap().count(), 0);
}

#[test]
fn a_sweep_gives_results_and_runs() {
    // Two cells of two seeds: four runs each with the hash of its log, and the results once more.
    let dir = place();
    let sweep = [
        "sweep",
        "small.yaml",
        "governance.transaction_tax_rate=[0,0.1]",
        "--seeds",
        "2",
        "--out",
        "s",
        "-q",
    ];
    das(dir.path(), &sweep, 0);
    exported(dir.path(), &["s", "--to", "csv", "-o", "t"]);
    let runs = table(&dir.path().join("t/runs.csv"));
    assert_eq!(runs.len(), 4);
    assert!(
        runs.iter()
            .all(|run| run["status"] == "completed" && run["sha256"].len() == 64)
    );
    assert_eq!(
        bytes(dir.path().join("t/results.csv")),
        bytes(dir.path().join("s/results.csv"))
    );
    exported(dir.path(), &["s", "--to", "parquet", "-o", "p"]);
    assert_eq!(
        bytes(dir.path().join("p/results.parquet")),
        bytes(dir.path().join("s/results.parquet"))
    );
}

#[test]
fn packed_logs_come_back_and_are_read_by_content() {
    // Plain to gzip to zstd to plain: the same bytes. Under a name that says nothing each command reads what it reads of the log.
    let dir = place();
    let at = dir.path();
    das(at, &["run", "small.yaml", "--output", "a.jsonl", "-q"], 0);
    das(at, &["log", "convert", "a.jsonl", "-o", "b.jsonl.gz"], 0);
    das(
        at,
        &["log", "convert", "b.jsonl.gz", "-o", "c.jsonl.zst"],
        0,
    );
    das(at, &["log", "convert", "c.jsonl.zst", "-o", "d.jsonl"], 0);
    assert_eq!(bytes(at.join("a.jsonl")), bytes(at.join("d.jsonl")));
    for packed in ["b.jsonl.gz", "c.jsonl.zst"] {
        std::fs::rename(at.join(packed), at.join("PACKED")).unwrap();
        let commands: [&[&str]; 7] = [
            &["replay", "LOG", "--verify"],
            &["replay", "LOG"],
            &["log", "agents", "LOG"],
            &["log", "events", "LOG"],
            &["log", "why", "LOG", "40"],
            &["score", "LOG"],
            &["log", "overview", "LOG", "--format", "json"],
        ];
        for command in commands {
            let said = |log: &str| {
                let args: Vec<&str> = command
                    .iter()
                    .map(|word| if *word == "LOG" { log } else { word })
                    .collect();
                stdout(&das(at, &args, 0)).replace(log, "")
            };
            assert_eq!(said("PACKED"), said("a.jsonl"), "{command:?} {packed}");
        }
    }
}

#[test]
fn damaged_packing_is_one_clear_error() {
    // Cut short, each reading command says which file and what, and exits with 21; nothing is written. A name that does not say
    // how to pack, and a file that is there, are refused.
    let dir = place();
    let at = dir.path();
    das(at, &["run", "small.yaml", "--output", "a.jsonl", "-q"], 0);
    for (name, form) in [("b.jsonl.gz", "gzip"), ("c.jsonl.zst", "zstd")] {
        das(at, &["log", "convert", "a.jsonl", "-o", name], 0);
        let packed = bytes(at.join(name));
        std::fs::write(at.join(name), &packed[..packed.len() * 2 / 3]).unwrap();
        let commands: [&[&str]; 6] = [
            &["log", "overview", name],
            &["log", "check", name],
            &["log", "why", name, "3"],
            &["log", "convert", name, "-o", "e.jsonl"],
            &["replay", name, "--verify"],
            &["export", name, "--to", "csv", "-o", "t"],
        ];
        for command in commands {
            let out = das(at, command, 21);
            let said = stderr(&out);
            assert!(
                said.contains(name) && said.contains(form) && said.lines().count() == 1,
                "{command:?}: {said}"
            );
        }
    }
    assert!(!at.join("e.jsonl").exists() && !at.join("e.jsonl.tmp").exists());
    let out = das(at, &["log", "convert", "a.jsonl", "-o", "e.txt"], 2);
    assert!(stderr(&out).contains(".jsonl.zst"), "{}", stderr(&out));
    let out = das(at, &["log", "convert", "a.jsonl", "-o", "small.yaml.gz"], 0);
    assert!(stdout(&out).contains("gzip"), "{}", stdout(&out));
    let out = das(at, &["log", "convert", "a.jsonl", "-o", "small.yaml.gz"], 2);
    assert!(stderr(&out).contains("--force"), "{}", stderr(&out));
    let out = das(at, &["dashboard", "small.yaml.gz"], 2);
    assert!(stderr(&out).contains("das log convert"), "{}", stderr(&out));
}
