//! The real binary, run in a directory of its own.

use assert_cmd::cargo::cargo_bin;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Five agents, few epochs.
pub(crate) const SMALL: &str = "scenario_id: small\nagents:\n  - {type: honest, count: 3}\n  - {type: opportunistic, count: 1}\n  \
                                - {type: deceptive, count: 1}\nsimulation: {epochs: 4, steps_per_epoch: 5, seed: 7}\n";

/// An empty directory with a small scenario in it.
pub(crate) fn place() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("small.yaml"), SMALL).unwrap();
    dir
}

/// The command, ready to be started in `dir`.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("das"));
    command.current_dir(dir).args(args).env_remove("DAS_LOG");
    command
}

/// Runs `das` in `dir` and expects this exit code.
pub(crate) fn das(dir: &Path, args: &[&str], code: i32) -> Output {
    let output = command(dir, args).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "das {}: {}{}",
        args.join(" "),
        stdout(&output),
        stderr(&output)
    );
    output
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn bytes(path: impl AsRef<Path>) -> Vec<u8> {
    let path = path.as_ref();
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
