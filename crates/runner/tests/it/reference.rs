//! The committed reference pages and schema are what the program writes, and the log page knows every field of a log.

use crate::support::{bytes, das};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn committed_pages_are_what_the_program_writes() {
    // `das reference` and `das schema` against docs/src/reference and schemas: a stale page is named.
    let dir = tempfile::tempdir().unwrap();
    das(dir.path(), &["reference", "pages"], 0);
    let mut written = 0;
    for entry in std::fs::read_dir(dir.path().join("pages")).unwrap() {
        let path = entry.unwrap().path();
        let committed = root()
            .join("docs/src/reference")
            .join(path.file_name().unwrap());
        assert!(
            bytes(&path) == bytes(&committed),
            "{} is stale: scripts/generate.sh writes it",
            committed.display()
        );
        written += 1;
    }
    assert_eq!(written, das_runner::commands::reference::pages().len());
    let schema = das(dir.path(), &["schema"], 0).stdout;
    assert!(
        schema == bytes(root().join("schemas/scenario.schema.json")),
        "schemas/scenario.schema.json is stale: scripts/generate.sh writes it"
    );
}

/// Field names of every line kind of a log, without what stands inside maps and the resolved scenario.
fn fields(log: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(bytes(log)).unwrap().lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let object = value.as_object().unwrap();
        kinds
            .entry(object["type"].as_str().unwrap().to_owned())
            .or_default()
            .extend(object.keys().cloned());
    }
    kinds
}

#[test]
fn log_page_has_every_field_of_a_log() {
    // A society with all roles and all levers: each kind of line it writes has a section, and each field a place in it.
    let dir = tempfile::tempdir().unwrap();
    let scenario = "scenario_id: all\nagents:\n  - {type: honest, count: 4}\n  - {type: honest, count: 2, role: verifier}\n  \
                    - {type: honest, count: 1, name: planner, role: planner}\n  - {type: honest, count: 1, name: moderator, role: moderator}\n  \
                    - {type: opportunistic, count: 3, role: poster}\n  - {type: deceptive, count: 3}\n  - {type: adversarial, count: 4}\n\
                    environment: {treasury: dividend}\n\
                    governance: {transaction_tax_rate: 0.05, reputation_decay: 0.9, vote_weight_cap: 5, bandwidth_cap: 25, \
                    staking_required: 5, audit_probability: 0.2, audit_penalty: 1, circuit_breaker_threshold: 0.35}\n\
                    safety: {bucket_capacity: 6, bucket_refill: 3}\nsimulation: {epochs: 12, steps_per_epoch: 8, seed: 5}\n";
    std::fs::write(dir.path().join("all.yaml"), scenario).unwrap();
    das(dir.path(), &["run", "all.yaml", "--output", "all.jsonl"], 0);
    let page = String::from_utf8(bytes(root().join("docs/src/reference/log.md"))).unwrap();
    let sections: BTreeMap<&str, &str> = page
        .split("\n### ")
        .skip(1)
        .filter_map(|section| section.split_once('\n'))
        .flat_map(|(kinds, text)| kinds.split(", ").map(move |kind| (kind, text)))
        .collect();
    let head = ["seq", "type", "epoch", "step", "event"];
    let mut missing = Vec::new();
    let kinds = fields(&dir.path().join("all.jsonl"));
    assert!(kinds.len() > 25, "too quiet a run to show much: {kinds:?}");
    for (kind, names) in &kinds {
        let Some(text) = sections.get(kind.as_str()) else {
            missing.push(kind.clone());
            continue;
        };
        for name in names.iter().filter(|name| !head.contains(&name.as_str())) {
            if !text.contains(&format!("`{name}`")) {
                missing.push(format!("{kind}.{name}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not in docs/src/reference/log.md: {missing:?}"
    );
}

#[test]
fn dependency_page_names_every_dependency() {
    // Each crate that a manifest of the workspace depends on stands on the page, and no line is about one that went.
    let page = String::from_utf8(bytes(root().join("docs/src/reference/dependencies.md"))).unwrap();
    let mut used = BTreeSet::new();
    for folder in std::fs::read_dir(root().join("crates")).unwrap() {
        let manifest = bytes(folder.unwrap().path().join("Cargo.toml"));
        let mut within = false;
        for line in String::from_utf8(manifest).unwrap().lines() {
            if line.starts_with('[') {
                within = line.ends_with("dependencies]");
            } else if within && let Some((name, _)) = line.split_once(['=', '.']) {
                used.insert(name.trim().to_owned());
            }
        }
    }
    used.retain(|name| {
        !name.starts_with("das-") && !name.starts_with('#') && name != "dosadi-world"
    });
    assert!(used.contains("serde"), "{used:?}");
    let named: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, used, "the page, then the manifests");
}

/// Markdown files below a folder.
fn pages_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages_below(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

#[test]
fn links_lead_somewhere_and_every_page_is_in_the_summary() {
    // Each relative link of README and book names a file that is there, and each page can be reached in the book.
    let book = root().join("docs/src");
    let mut pages = vec![root().join("README.md")];
    pages_below(&book, &mut pages);
    let summary = String::from_utf8(bytes(book.join("SUMMARY.md"))).unwrap();
    let mut seen = 0;
    for page in &pages {
        let text = String::from_utf8(bytes(page)).unwrap();
        let prose = text.split("```").step_by(2);
        for target in prose.flat_map(|part| part.split("](").skip(1)) {
            let target = target.split(')').next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                let path = page.parent().unwrap().join(file);
                assert!(path.exists(), "{}: {target}", page.display());
                seen += 1;
            }
        }
        if let Ok(name) = page.strip_prefix(&book)
            && name != Path::new("SUMMARY.md")
        {
            let listed = format!("({})", name.display());
            assert!(summary.contains(&listed), "{listed} is not in SUMMARY.md");
        }
    }
    assert!(seen > 50, "only {seen} links found");
}
