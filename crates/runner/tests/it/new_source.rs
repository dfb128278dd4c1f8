//! `das new policy` and `das new lever`: what they write, where, and what they refuse. Whether it compiles is for `scripts/new-check.sh`.

use crate::support::{das, place, stderr, stdout};
use std::fs;
use std::path::Path;

/// What the command takes for a checkout: the two files that are registered in, and a lock.
fn checkout(at: &Path) {
    for (folder, file) in [
        ("crates/agents/src/policies", "mod.rs"),
        ("crates/governance/src", "levers.rs"),
    ] {
        fs::create_dir_all(at.join(folder)).unwrap();
        fs::write(at.join(folder).join(file), "").unwrap();
    }
    fs::write(at.join("Cargo.lock"), "version = 4\n").unwrap();
}

#[test]
fn a_file_goes_among_its_kind_from_anywhere_in_the_checkout_and_is_never_overwritten_unasked() {
    // Written from a folder below; the second time exit code 74 and the file as it was edited; with --force it is new again.
    let dir = place();
    checkout(dir.path());
    let below = dir.path().join("crates/agents");
    for (kind, path) in [
        ("policy", "crates/agents/src/policies/patient.rs"),
        ("lever", "crates/governance/src/levers/patient.rs"),
    ] {
        let output = das(&below, &["new", kind, "patient"], 0);
        let said = stdout(&output);
        for part in [path, "pub mod patient;", "patient::Patient", "cargo test"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let file = dir.path().join(path);
        let written = fs::read_to_string(&file).unwrap();
        assert!(written.contains("pub struct Patient {"));
        assert!(!written.contains("ANCHOR"));
        fs::write(&file, "mine").unwrap();
        let refused = das(dir.path(), &["new", kind, "patient"], 74);
        assert!(stderr(&refused).contains("patient.rs exists; --force"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        das(dir.path(), &["new", kind, "patient", "--force"], 0);
        assert_eq!(fs::read_to_string(&file).unwrap(), written);
    }
}

#[test]
fn a_crate_of_its_own_depends_on_the_checkout_by_path() {
    // Outside a checkout it must be named; the crate is whole, and nothing of it is overwritten unasked.
    let (dir, elsewhere) = (place(), place());
    checkout(dir.path());
    let refused = das(
        elsewhere.path(),
        &["new", "lever", "patient", "--out", "own"],
        2,
    );
    assert!(stderr(&refused).contains("--checkout DIR"));
    let named = dir.path().to_str().unwrap();
    let command = [
        "new",
        "lever",
        "patient",
        "--out",
        "own",
        "--checkout",
        named,
    ];
    das(elsewhere.path(), &command, 0);
    let own = elsewhere.path().join("own");
    for file in [
        "Cargo.lock",
        "clippy.toml",
        "rust-toolchain.toml",
        ".gitignore",
        "src/main.rs",
        "src/patient.rs",
    ] {
        assert!(own.join(file).is_file(), "{file}");
    }
    let manifest = fs::read_to_string(own.join("Cargo.toml")).unwrap();
    let core = fs::canonicalize(dir.path()).unwrap().join("crates/core");
    assert!(manifest.contains(&format!("'{}'", core.display())));
    fs::remove_file(own.join("src/patient.rs")).unwrap();
    das(elsewhere.path(), &command, 74);
    assert!(!own.join("src/patient.rs").exists());
    let wrong = ["new", "policy", "patient", "--checkout", "own"];
    assert!(stderr(&das(elsewhere.path(), &wrong, 2)).contains("no checkout"));
}

#[test]
fn names_that_cannot_be_used_write_nothing() {
    // No identifier, a path, a word of the language, one that is taken, one the file uses itself: exit code 2, each with its reason.
    let dir = place();
    checkout(dir.path());
    for (kind, name, reason) in [
        ("policy", "Patient", "no name of a module"),
        ("policy", "../patient", "no name of a module"),
        ("policy", "match", "word of the Rust language"),
        ("policy", "honest", "is taken"),
        ("policy", "arm", "itself uses"),
        ("lever", "staking", "is taken"),
        ("lever", "transaction_tax", "is taken"),
    ] {
        let refused = das(dir.path(), &["new", kind, name], 2);
        assert!(stderr(&refused).contains(reason), "{name}");
    }
    for folder in ["crates/agents/src/policies", "crates/governance/src"] {
        assert_eq!(fs::read_dir(dir.path().join(folder)).unwrap().count(), 1);
    }
}
