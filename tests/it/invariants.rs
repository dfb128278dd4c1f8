//! Invariants of the architecture that are about the source itself: what calls what, who imports whom.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust sources under a folder, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

/// Lines of code that contain a text, tests and comments left out.
fn uses(folder: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (path, source) in sources(folder) {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            if line.contains(text) {
                found.push(format!(
                    "{}: {}",
                    path.file_name().unwrap().to_string_lossy(),
                    line.trim()
                ));
            }
        }
    }
    found
}

/// Proxy, payoff and review are called from the one scoring path alone.
#[test]
fn one_scoring_path() {
    for (call, file) in [
        (".proxy.labels(", "close.rs"),
        (".payoff.payoffs(", "close.rs"),
        ("self.review(", "close.rs"),
        (".review(scored", "govern.rs"),
    ] {
        let found = uses("crates/core/src/orchestrator", call);
        assert_eq!(found.len(), 1, "{call}: {found:?}");
        assert!(found[0].starts_with(file), "{found:?}");
    }
    for world in [
        "crates/env/src",
        "crates/agents/src",
        "crates/governance/src",
        "crates/dosadi-world/src",
    ] {
        for call in ["Proxy::new", ".labels(", ".payoffs("] {
            assert!(
                uses(world, call).is_empty(),
                "{world} scores by itself: {call}"
            );
        }
    }
}

/// What levers read has no field for truth, conduct or deception.
#[test]
fn scored_has_no_truth() {
    let source = fs::read_to_string(root().join("crates/core/src/lever.rs")).unwrap();
    let scored = source
        .split("pub struct Scored {")
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap();
    for field in ["truth", "conduct", "deception", "effort", "harm"] {
        assert!(
            !scored.contains(&format!("pub {field}")),
            "Scored has `{field}`"
        );
    }
    for (path, source) in sources("crates/governance/src") {
        let code = source.split("#[cfg(test)]").next().unwrap();
        for word in ["Truth", "hidden_kind", "das_env", "das_agents"] {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
    }
}

/// Imports point only downward.
#[test]
fn floors() {
    let floor = |name: &str| match name {
        "das-core" => Some(0),
        "das-env" | "das-governance" | "das-analysis" => Some(1),
        "das-agents" | "dosadi-world" => Some(2),
        "das-dashboard" => Some(3),
        "das-runner" => Some(4),
        _ => None,
    };
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = fs::read_to_string(entry.unwrap().path().join("Cargo.toml")).unwrap();
        let name = manifest
            .lines()
            .find_map(|l| l.strip_prefix("name = "))
            .unwrap()
            .trim_matches('"')
            .to_owned();
        let own = floor(&name).unwrap_or_else(|| panic!("{name} has no floor"));
        let dependencies = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        for used in dependencies
            .lines()
            .filter_map(|l| l.split(['=', '.', ' ']).next())
            .filter_map(floor)
        {
            assert!(used < own, "{name} (floor {own}) imports from floor {used}");
        }
    }
}

/// The core and the worlds read no clock, file, environment variable, argument or network.
#[test]
fn core_is_closed() {
    for folder in [
        "crates/core/src",
        "crates/env/src",
        "crates/agents/src",
        "crates/governance/src",
    ] {
        for word in [
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "std::time",
            "println!",
            "eprintln!",
            "thread::spawn",
        ] {
            let found = uses(folder, word);
            assert!(found.is_empty(), "{folder}: {word}: {found:?}");
        }
    }
}

/// Nobody in the simulation learns what kind of agent it deals with: views and policies never read it.
#[test]
fn kinds_are_hidden() {
    for folder in [
        "crates/env/src",
        "crates/agents/src",
        "crates/governance/src",
    ] {
        let found = uses(folder, "hidden_kind");
        assert!(found.is_empty(), "{folder}: {found:?}");
    }
}

/// The words of a text, in small letters: split at everything that is no letter and where small letters meet capitals.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for letter in text.chars() {
        if !letter.is_alphabetic() || small && letter.is_uppercase() {
            words.push(String::new());
        }
        small = letter.is_lowercase();
        if let Some(word) = words.last_mut()
            && letter.is_alphabetic()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Words that only the city has: beginnings, and whole words.
fn is_of_the_city(word: &str) -> bool {
    let begins = [
        "smuggl",
        "contraband",
        "brib",
        "dosadi",
        "customs",
        "corridor",
        "faction",
        "crackdown",
    ];
    begins.iter().any(|of| word.starts_with(of)) || ["ward", "wards"].contains(&word)
}

/// Where such words stand under a folder: file, line, word; comments and tests are no excuse.
fn of_the_city(folder: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (path, source) in sources(folder) {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in source.lines() {
            for word in words(line).into_iter().filter(|w| is_of_the_city(w)) {
                found.push((file.clone(), line.trim().to_owned(), word));
            }
        }
    }
    found
}

/// The ground knows nothing of the city that stands on it, and the runner nothing but its name.
#[test]
fn the_ground_has_no_word_of_the_city() {
    let look_alikes = "toward forward Reward afterwards satisfaction custom wardrobe_ backwardS";
    assert!(!words(look_alikes).iter().any(|word| is_of_the_city(word)));
    for word in [
        "ward_account",
        "DosadiConfig",
        "acct:shadow:wards",
        "BRIBED_CROSSING",
    ] {
        assert!(words(word).iter().any(|w| is_of_the_city(w)), "{word}");
    }
    for folder in [
        "crates/core/src",
        "crates/env/src",
        "crates/governance/src",
        "crates/analysis/src",
    ] {
        let mut found = of_the_city(folder);
        // A ledger may name what money is moved for in any world: `Reason::Bribe`, its word, and its comment.
        found.retain(|(file, _, word)| !(file == "ledger.rs" && word == "bribe"));
        assert!(found.is_empty(), "{folder}: {found:#?}");
    }
    let found = of_the_city("crates/runner/src");
    assert!(!found.is_empty(), "the runner wires the city by its name");
    let more: Vec<_> = found
        .iter()
        .filter(|(_, _, word)| word != "dosadi")
        .collect();
    assert!(more.is_empty(), "{more:#?}");
}
