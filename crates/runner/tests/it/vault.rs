//! Vaults: a city is saved, goes on in another run, and what it goes on from is guarded.

use crate::cities::{city, of_type};
use crate::support::{bytes, das, stderr};
use std::path::Path;

/// (epoch, state hash) of every seal that has one, from an epoch on.
fn states(log: &Path, from: u64) -> Vec<(u64, String)> {
    (of_type(log, "seal").iter())
        .filter_map(|seal| {
            let state = seal.get("state_sha256")?.as_str()?.to_owned();
            Some((seal["epoch"].as_u64()?, state))
        })
        .filter(|(epoch, _)| *epoch >= from)
        .collect()
}

#[test]
fn a_saved_city_goes_on_as_if_it_had_never_been_left() {
    // Four weeks, or two, saved, and two more: the same state hash on every later day, the same interactions, and the log of
    // the second half verifies and resumes by itself.
    let dir = city();
    let at = |name: &str| dir.path().join(name);
    let run = |args: &[&str]| {
        das(
            dir.path(),
            &[&["run", "city.yaml", "-q", "--heavy"], args].concat(),
            0,
        )
    };
    run(&["--output", "whole.jsonl"]);
    run(&[
        "--output",
        "half.jsonl",
        "--epochs",
        "2",
        "--save-vault",
        "half",
    ]);
    let vault = ["environment.vault=vaults/half"];
    run(&[
        &vault[..],
        &["--output", "rest.jsonl", "--checkpoint-every", "1"],
    ]
    .concat());
    let (whole, rest) = (at("whole.jsonl"), at("rest.jsonl"));
    assert_eq!(states(&rest, 0), states(&whole, 2));
    assert_eq!(states(&rest, 0).len(), 2 * 7 + 2 + 1);
    let later = |log: &Path| -> Vec<_> {
        let mut lines = of_type(log, "interaction");
        lines.retain(|line| line["epoch"].as_u64() >= Some(2));
        for line in &mut lines {
            line.as_object_mut().unwrap().remove("seq");
        }
        lines
    };
    assert!(!later(&rest).is_empty());
    assert_eq!(later(&rest), later(&whole));
    das(dir.path(), &["replay", "rest.jsonl", "--verify"], 0);
    das(dir.path(), &["log", "check", "rest.jsonl"], 0);
    // Cut within its first epoch (line 0 again) and within its second (a checkpoint), with nothing but the vault to begin from.
    let log = bytes(&rest);
    for part in [1, 3] {
        std::fs::write(at("rest.jsonl.part"), &log[..log.len() * part / 4]).unwrap();
        std::fs::remove_file(&rest).unwrap();
        das(dir.path(), &["resume", "rest.jsonl.part", "-q"], 0);
        assert!(bytes(&rest) == log, "cut at {part}/4");
    }
    // Saved again at the end, the two ways come to the same files.
    run(&["--output", "a.jsonl", "--save-vault", "a"]);
    run(&[&vault[..], &["--output", "b.jsonl", "--save-vault", "b"]].concat());
    for entry in std::fs::read_dir(at("vaults/a")).unwrap() {
        let name = entry.unwrap().file_name();
        let [a, b] = ["vaults/a", "vaults/b"].map(|vault| bytes(at(vault).join(&name)));
        assert!(a == b, "{}", name.display());
    }
}

#[test]
fn a_new_seed_begins_a_new_history_from_the_same_state() {
    // The first morning is the same, the days are not; the seed must be asked for, and only where there is a vault.
    let dir = city();
    let run = |code, args: &[&str]| {
        das(
            dir.path(),
            &[&["run", "city.yaml", "-q"], args].concat(),
            code,
        )
    };
    run(
        0,
        &[
            "--output",
            "half.jsonl",
            "--epochs",
            "2",
            "--save-vault",
            "half",
        ],
    );
    let vault = "environment.vault=vaults/half";
    run(0, &[vault, "--output", "old.jsonl"]);
    run(0, &[vault, "--new-seed", "8", "--output", "new.jsonl"]);
    let (old, new) = (dir.path().join("old.jsonl"), dir.path().join("new.jsonl"));
    assert_eq!(
        of_type(&old, "agent_registered"),
        of_type(&new, "agent_registered")
    );
    assert_ne!(states(&old, 0), states(&new, 0));
    das(dir.path(), &["replay", "new.jsonl", "--verify"], 0);
    let other = run(3, &[vault, "--seed", "8", "--output", "x.jsonl"]);
    assert!(
        stderr(&other).contains("--new-seed 8"),
        "{}",
        stderr(&other)
    );
    let none = run(2, &["--new-seed", "8", "--output", "x.jsonl"]);
    assert!(
        stderr(&none).contains("environment.vault"),
        "{}",
        stderr(&none)
    );
}

#[test]
fn a_changed_or_missing_vault_is_named() {
    // A file that was changed, one that is gone, a manifest of another engine: run and verification name it and stop.
    let dir = city();
    let at = |name: &str| dir.path().join(name);
    let run = |code, args: &[&str]| {
        das(
            dir.path(),
            &[&["run", "city.yaml", "-q"], args].concat(),
            code,
        )
    };
    run(
        0,
        &[
            "--output",
            "half.jsonl",
            "--epochs",
            "2",
            "--save-vault",
            "half",
        ],
    );
    let vault = "environment.vault=vaults/half";
    run(0, &[vault, "--output", "rest.jsonl"]);
    let verify = |code| {
        stderr(&das(
            dir.path(),
            &["replay", "rest.jsonl", "--verify"],
            code,
        ))
    };
    let file = at("vaults/half/ledger.json");
    let good = String::from_utf8(bytes(&file)).unwrap();
    std::fs::write(
        &file,
        good.replacen("\"micro_credits\":", "\"micro_credits\":1", 1),
    )
    .unwrap();
    let changed = run(3, &[vault, "--output", "x.jsonl"]);
    assert!(
        stderr(&changed).contains("vaults/half/ledger.json"),
        "{}",
        stderr(&changed)
    );
    assert!(
        !at("x.jsonl.d").exists(),
        "a run that cannot begin leaves nothing"
    );
    assert!(verify(3).contains("vaults/half/ledger.json"));
    std::fs::remove_file(&file).unwrap();
    let gone = run(74, &[vault, "--output", "x.jsonl"]);
    assert!(
        stderr(&gone).contains("vaults/half/ledger.json"),
        "{}",
        stderr(&gone)
    );
    assert!(verify(74).contains("vaults/half/ledger.json"));
    std::fs::write(&file, &good).unwrap();
    verify(0);
    let manifest = at("vaults/half/manifest.json");
    let text = String::from_utf8(bytes(&manifest)).unwrap();
    std::fs::write(&manifest, text.replace("\"engine\": ", "\"engine\": 9")).unwrap();
    let foreign = run(22, &[vault, "--output", "x.jsonl"]);
    assert!(
        stderr(&foreign).contains("engine revision 9"),
        "{}",
        stderr(&foreign)
    );
    assert!(verify(3).contains("manifest.json"));
    run(
        74,
        &["environment.vault=vaults/none", "--output", "x.jsonl"],
    );
}

#[test]
fn a_vault_is_saved_only_where_and_when_it_can_be() {
    // Names are ids, what is there is not overwritten unasked, the commons have none, and the run must be longer than what was
    // lived and have the same weeks.
    let dir = city();
    std::fs::write(dir.path().join("small.yaml"), crate::support::SMALL).unwrap();
    let run = |code, file: &str, args: &[&str]| {
        stderr(&das(
            dir.path(),
            &[&["run", file, "-q", "--output", "x.jsonl", "--force"], args].concat(),
            code,
        ))
    };
    assert!(run(2, "small.yaml", &["--save-vault", "a"]).contains("`commons` has no vaults"));
    assert!(run(2, "city.yaml", &["--save-vault", "../a"]).contains("no path"));
    let two = ["--epochs", "2", "--save-vault", "a"];
    run(0, "city.yaml", &two);
    das(
        dir.path(),
        &[
            "run",
            "city.yaml",
            "-q",
            "--output",
            "y.jsonl",
            "--save-vault",
            "a",
        ],
        2,
    );
    run(0, "city.yaml", &two);
    std::fs::create_dir(dir.path().join("vaults/mine")).unwrap();
    assert!(run(2, "city.yaml", &["--save-vault", "mine"]).contains("no vault"));
    let vault = "environment.vault=vaults/a";
    let short = run(3, "city.yaml", &[vault, "--epochs", "2"]);
    assert!(short.contains("has lived 2 epochs"), "{short}");
    let weeks = run(3, "city.yaml", &[vault, "--steps", "5"]);
    assert!(weeks.contains("have 7 steps"), "{weeks}");
}
