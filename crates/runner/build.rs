//! Tells the binary which commit it was built from, for `run.json`. Without git it says nothing, and the build goes on.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let heads = Path::new("../../.git/logs/HEAD");
    if heads.exists() {
        println!("cargo::rerun-if-changed={}", heads.display());
    }
    let commit = Command::new("git")
        .args(["rev-parse", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success());
    if let Some(commit) = commit.and_then(|output| String::from_utf8(output.stdout).ok()) {
        println!("cargo::rustc-env=DAS_GIT_COMMIT={}", commit.trim());
    }
}
