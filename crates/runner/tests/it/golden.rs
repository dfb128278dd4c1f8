//! The committed hashes of `tests/golden.txt`: the binary of this build gives the same bytes as ever.

use crate::support::{bytes, command, stderr};
use sha2::{Digest, Sha256};
use std::path::Path;

#[test]
fn logs_have_the_committed_hashes() {
    // Shows that each command of tests/golden.txt gives a log of the sha256 written beside it, under its engine revision.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let golden = String::from_utf8(bytes(root.join("tests/golden.txt"))).unwrap();
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log.jsonl");
    let mut checked = 0;
    for line in golden.lines() {
        let fields: Vec<&str> = line.splitn(4, ' ').collect();
        let [sha256, engine, _scenario, words] = fields[..] else {
            panic!("tests/golden.txt has the line `{line}`")
        };
        assert_eq!(
            engine,
            format!("engine={}", das_core::log::ENGINE_REVISION),
            "{words}"
        );
        let mut words: Vec<&str> = words.split(' ').skip(1).collect();
        words.extend([
            "--force",
            "--no-criteria",
            "--quiet",
            "--output",
            log.to_str().unwrap(),
        ]);
        let output = command(&root, &words).output().unwrap();
        assert!(
            output.status.success(),
            "das {}: {}",
            words.join(" "),
            stderr(&output)
        );
        let found = das_core::log::hex(&Sha256::digest(bytes(&log)));
        assert_eq!(found, sha256, "das {}", words.join(" "));
        checked += 1;
    }
    assert!(checked >= 6, "{checked} golden logs");
}
