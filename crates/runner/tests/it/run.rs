//! `das run` and `das resume` through the binary.

use crate::support::{bytes, command, das, place, stderr, stdout};
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

const FOLDS: [&str; 4] = [
    "metrics.csv",
    "summary.json",
    "scenario.yaml",
    "scenario.resolved.yaml",
];

#[test]
fn a_run_leaves_its_files_and_speaks_within_forty_lines_of_eighty_columns() {
    // The directory is named after scenario and seed, a second run gets a number, and everything but run.json is the same.
    let dir = place();
    let first = das(dir.path(), &["run", "small.yaml"], 0);
    let second = das(dir.path(), &["run", "small.yaml"], 0);
    let (a, b) = (
        dir.path().join("runs/small-s7"),
        dir.path().join("runs/small-s7-2"),
    );
    for name in FOLDS.into_iter().chain(["events.jsonl"]) {
        assert!(!bytes(a.join(name)).is_empty(), "{name}");
        assert_eq!(bytes(a.join(name)), bytes(b.join(name)), "{name}");
    }
    assert!(!a.join("events.jsonl.part").exists());
    let info: serde_json::Value = serde_json::from_slice(&bytes(a.join("run.json"))).unwrap();
    assert_eq!(info["status"], "completed");
    for text in [stdout(&first), stdout(&second)] {
        assert!(text.lines().count() <= 40, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        for part in [
            "toxicity",
            "true harm",
            "quality gap",
            "welfare",
            "who gained",
            "worth a look",
            "sha256",
            "--verify",
            "das log overview",
        ] {
            assert!(text.contains(part), "{part} not in {text}");
        }
    }
    let rows = String::from_utf8(bytes(a.join("metrics.csv"))).unwrap();
    assert!(
        rows.starts_with("epoch,metric,agent,value\n")
            && rows.contains("agent_payoff,honest.1,")
            && rows.contains("\n3,toxicity_rate,,")
    );
}

#[test]
fn the_log_does_not_depend_on_where_it_is_written() {
    // --output, --out, another number of threads and another spelling of the same change: one log, the same folds.
    let dir = place();
    das(
        dir.path(),
        &[
            "run",
            "small.yaml",
            "simulation.epochs=3",
            "--output",
            "one.jsonl",
        ],
        0,
    );
    das(
        dir.path(),
        &[
            "run",
            "small.yaml",
            "--epochs",
            "3",
            "--out",
            "two/deep",
            "--threads",
            "2",
        ],
        0,
    );
    let (one, two) = (dir.path().join("one.jsonl.d"), dir.path().join("two/deep"));
    assert_eq!(
        bytes(dir.path().join("one.jsonl")),
        bytes(two.join("events.jsonl"))
    );
    for name in FOLDS {
        assert_eq!(bytes(one.join(name)), bytes(two.join(name)), "{name}");
    }
    let line = String::from_utf8(bytes(dir.path().join("one.jsonl"))).unwrap();
    let line = line.lines().next().unwrap();
    assert!(
        line.contains(r#""seed":"7""#) && !line.contains("one.jsonl") && !line.contains("threads"),
        "{line}"
    );
}

#[test]
fn nothing_is_overwritten_unless_forced() {
    // The second run to the same place is refused and the log stays; --force replaces it.
    let dir = place();
    das(dir.path(), &["run", "small.yaml", "--output", "x.jsonl"], 0);
    let before = bytes(dir.path().join("x.jsonl"));
    let refused = das(
        dir.path(),
        &["run", "small.yaml", "--seed", "8", "--output", "x.jsonl"],
        2,
    );
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert_eq!(bytes(dir.path().join("x.jsonl")), before);
    das(
        dir.path(),
        &[
            "run",
            "small.yaml",
            "--seed",
            "8",
            "--output",
            "x.jsonl",
            "--force",
        ],
        0,
    );
    assert_ne!(bytes(dir.path().join("x.jsonl")), before);
}

#[test]
fn criteria_are_judged_aloud() {
    // A criterion that cannot be met ends with 10, says the metric, and is in the summary; --no-criteria is silent about it.
    let dir = place();
    let args = [
        "run",
        "small.yaml",
        "success_criteria={toxicity_rate: {max: 0.0001}, participation: {min: 0, per_epoch: true}}",
    ];
    let output = das(dir.path(), &args, 10);
    assert!(
        stdout(&output).contains("FAIL  toxicity_rate <= 0.0001: is 0."),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("PASS  participation >= 0"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("toxicity_rate"));
    let summary: serde_json::Value =
        serde_json::from_slice(&bytes(dir.path().join("runs/small-s7/summary.json"))).unwrap();
    assert_eq!(
        (&summary["passed"], &summary["criteria"][1]["pass"]),
        (&false.into(), &false.into())
    );
    das(dir.path(), &[&args[..], &["--no-criteria"]].concat(), 0);
}

#[test]
fn json_is_the_summary() {
    // Stdout holds one JSON document and nothing else.
    let dir = place();
    let output = das(dir.path(), &["run", "small.yaml", "--format", "json"], 0);
    assert_eq!(
        output.stdout,
        bytes(dir.path().join("runs/small-s7/summary.json"))
    );
}

#[test]
fn the_stop_file_ends_a_run_at_the_next_step_and_is_recorded() {
    // Stopped in its middle the log is whole, verifies and says so; a STOP that is left over starts no run that would end at
    // once, forced or not; without a kill switch the file is ignored with a warning.
    let dir = place();
    let mut child = started(dir.path(), &[]);
    let stop = dir.path().join("long.jsonl.d/STOP");
    std::fs::write(&stop, "").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut words = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut words)
        .unwrap();
    assert!(words.contains("stopped by"), "{words}");
    let before = bytes(dir.path().join("long.jsonl"));
    let again = [
        "run",
        "small.yaml",
        "--output",
        "long.jsonl",
        "outputs.detail=interactions",
    ];
    das(dir.path(), &again, 2);
    // The scenario is checked before anything is touched, the file before anything is overwritten.
    let refused = das(dir.path(), &[&again[..], &["--force"]].concat(), 2);
    assert!(
        stderr(&refused).contains("long.jsonl.d/STOP is there"),
        "{}",
        stderr(&refused)
    );
    assert!(bytes(dir.path().join("long.jsonl")) == before);
    std::fs::rename(dir.path().join("long.jsonl"), dir.path().join("s.jsonl")).unwrap();
    std::fs::rename(
        dir.path().join("long.jsonl.d"),
        dir.path().join("s.jsonl.d"),
    )
    .unwrap();
    let log = String::from_utf8(bytes(dir.path().join("s.jsonl"))).unwrap();
    assert!(
        log.lines()
            .last()
            .unwrap()
            .contains(r#""status":"stopped""#)
    );
    assert!(log.contains(r#""type":"input""#));
    das(dir.path(), &["replay", "s.jsonl", "--verify"], 0);
    let args = [
        "run",
        "small.yaml",
        "--output",
        "s.jsonl",
        "--force",
        "safety.kill_switch_enabled=false",
    ];
    let ignored = das(dir.path(), &args, 0);
    assert_eq!(
        stderr(&ignored).matches("is ignored").count(),
        1,
        "{}",
        stderr(&ignored)
    );
    assert!(
        String::from_utf8(bytes(dir.path().join("s.jsonl")))
            .unwrap()
            .lines()
            .last()
            .unwrap()
            .contains("completed")
    );
}

/// Starts a run that is too long to end by itself here, and waits until its log has grown.
fn started(dir: &Path, more: &[&str]) -> std::process::Child {
    let args = [
        &[
            "run",
            "small.yaml",
            "--epochs",
            "4000",
            "--output",
            "long.jsonl",
            "outputs.detail=interactions",
        ],
        more,
    ]
    .concat();
    let child = command(dir, &args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let part = dir.join("long.jsonl.part");
    while std::fs::metadata(&part).map_or(0, |meta| meta.len()) < 300_000 {
        std::thread::yield_now();
    }
    child
}

#[test]
fn ctrl_c_leaves_a_run_that_resume_finishes_byte_for_byte() {
    // Exit 130 with the command to go on; the finished log and its folds equal those of a run that nobody interrupted.
    for more in [&[][..], &["--checkpoint-every", "3"][..]] {
        let dir = place();
        let mut child = started(dir.path(), more);
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let status = child.wait().unwrap();
        let mut words = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut words)
            .unwrap();
        assert_eq!(status.code(), Some(130), "{words}");
        assert!(words.contains("das resume long.jsonl.part"), "{words}");
        das(dir.path(), &["log", "check", "long.jsonl.part"], 23);
        let output = das(dir.path(), &["resume", "long.jsonl.part"], 0);
        assert!(
            stdout(&output).contains("das replay long.jsonl --verify"),
            "{}",
            stdout(&output)
        );
        das(
            dir.path(),
            &[
                "run",
                "small.yaml",
                "--epochs",
                "4000",
                "--output",
                "whole.jsonl",
                "outputs.detail=interactions",
            ],
            0,
        );
        assert!(
            bytes(dir.path().join("long.jsonl")) == bytes(dir.path().join("whole.jsonl")),
            "the logs differ"
        );
        for name in FOLDS {
            assert_eq!(
                bytes(dir.path().join("long.jsonl.d").join(name)),
                bytes(dir.path().join("whole.jsonl.d").join(name)),
                "{name}"
            );
        }
    }
}

#[test]
fn a_log_that_ends_early_under_its_own_name_is_finished() {
    // A copy of the first half of a log: check says so and how to go on, and what it says ends in the whole log. What is no log, or a
    // damaged one, is refused, and nothing is made beside it.
    let dir = place();
    das(
        dir.path(),
        &["run", "small.yaml", "--output", "whole.jsonl"],
        0,
    );
    let whole = bytes(dir.path().join("whole.jsonl"));
    std::fs::write(dir.path().join("half.jsonl"), &whole[..whole.len() / 2]).unwrap();
    let checked = das(dir.path(), &["log", "check", "half.jsonl"], 23);
    assert!(stdout(&checked).contains("go on   das resume half.jsonl\n"));
    das(dir.path(), &["resume", "half.jsonl"], 0);
    assert!(bytes(dir.path().join("half.jsonl")) == whole);
    assert!(!dir.path().join("half.jsonl.part").exists());

    // Its first line alone: no seal.
    let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    std::fs::write(dir.path().join("line.jsonl"), &whole[..=line]).unwrap();
    let output = das(dir.path(), &["resume", "line.jsonl"], 23);
    assert!(
        stderr(&output).contains("has no seal yet"),
        "{}",
        stderr(&output)
    );
    assert!(bytes(dir.path().join("line.jsonl")) == whole[..=line]);

    let mut bent = whole.clone();
    bent[whole.len() / 2] ^= 1;
    std::fs::write(dir.path().join("bent.jsonl"), bent).unwrap();
    for name in ["small.yaml", "bent.jsonl"] {
        let before = bytes(dir.path().join(name));
        das(dir.path(), &["resume", name], 21);
        assert!(!dir.path().join(format!("{name}.d")).exists(), "{name}");
        assert!(bytes(dir.path().join(name)) == before, "{name}");
    }
}

#[test]
fn parameters_of_levers_that_are_off_are_warned_of() {
    // Written without the key that switches their lever on; not where that is written too, be it to say off, nor at their default.
    let warned = |governance: &str| {
        let dir = place();
        let text = format!("{}governance: {{{governance}}}\n", super::support::SMALL);
        std::fs::write(dir.path().join("small.yaml"), text).unwrap();
        stderr(&das(dir.path(), &["check", "small.yaml"], 0))
    };
    for (governance, said) in [
        (
            "audit_probability: 0.1",
            "`governance.audit_probability` does nothing without `governance.audit_penalty`",
        ),
        (
            "audit_penalty: 3",
            "`governance.audit_penalty` does nothing without `governance.audit_probability`",
        ),
        (
            "circuit_breaker_violations: 9",
            "without `governance.circuit_breaker_threshold`",
        ),
        ("moderator_cost: 7", "without `governance.moderators`"),
    ] {
        let words = warned(governance);
        assert!(words.contains(said), "{governance}: {words}");
    }
    for governance in [
        "audit_probability: 0.1, audit_penalty: 3",
        "audit_probability: 0, audit_penalty: 3",
        "circuit_breaker_violations: 3",
        "moderators: 0, moderator_cost: 7",
    ] {
        assert_eq!(warned(governance), "", "{governance}");
    }
}

#[test]
fn a_killed_run_is_taken_up_from_any_prefix() {
    // The log cut at every 1/40 of its length, at its first bytes and before its last one: resume ends in the whole log.
    let dir = place();
    das(
        dir.path(),
        &["run", "small.yaml", "--output", "whole.jsonl"],
        0,
    );
    let whole = bytes(dir.path().join("whole.jsonl"));
    let cuts = (0..40)
        .map(|n| whole.len() * n / 40)
        .chain([1, 100, whole.len() - 1, whole.len()]);
    for cut in cuts {
        let side = dir.path().join("cut.jsonl.d");
        std::fs::create_dir(&side).unwrap();
        for name in ["run.json", "scenario.yaml", "scenario.resolved.yaml"] {
            std::fs::copy(dir.path().join("whole.jsonl.d").join(name), side.join(name)).unwrap();
        }
        std::fs::write(dir.path().join("cut.jsonl.part"), &whole[..cut]).unwrap();
        das(dir.path(), &["resume", "cut.jsonl.part", "-q"], 0);
        assert!(bytes(dir.path().join("cut.jsonl")) == whole, "cut at {cut}");
        for name in FOLDS {
            assert_eq!(
                bytes(side.join(name)),
                bytes(dir.path().join("whole.jsonl.d").join(name)),
                "{name}"
            );
        }
        std::fs::remove_file(dir.path().join("cut.jsonl")).unwrap();
        std::fs::remove_dir_all(&side).unwrap();
    }
    let again = das(dir.path(), &["resume", "whole.jsonl.part"], 0);
    assert!(stderr(&again).contains("is finished"), "{}", stderr(&again));
}

#[test]
fn a_full_disk_is_told_and_nothing_is_claimed() {
    // /dev/full refuses every byte: exit 74, the file is named, no log and no summary appear.
    let dir = place();
    if !Path::new("/dev/full").exists() {
        return;
    }
    let side = dir.path().join("f.jsonl.d");
    std::fs::create_dir(&side).unwrap();
    std::os::unix::fs::symlink("/dev/full", side.join("scenario.yaml.tmp")).unwrap();
    let output = das(
        dir.path(),
        &["run", "small.yaml", "--output", "f.jsonl", "--force"],
        74,
    );
    assert!(
        stderr(&output).contains("scenario.yaml"),
        "{}",
        stderr(&output)
    );
    assert!(!dir.path().join("f.jsonl").exists() && !side.join("summary.json").exists());
}

#[test]
fn mistakes_end_with_their_own_codes() {
    // 2 for flags and for no scenario at all, 3 for a scenario or override, each with advice.
    let dir = place();
    assert!(
        stderr(&das(dir.path(), &["run", "small.yaml", "--epohs", "3"], 2)).contains("--epochs")
    );
    assert!(
        stderr(&das(
            dir.path(),
            &["run", "small.yaml", "simulation.epohs=3"],
            3
        ))
        .contains("did you mean `epochs`")
    );
    assert!(stderr(&das(dir.path(), &["run", "small.yaml", "banana"], 3)).contains("banana"));
    std::fs::write(
        dir.path().join("bad.yaml"),
        "scenario_id: UPPER\nagents: []\n",
    )
    .unwrap();
    assert!(stderr(&das(dir.path(), &["run", "bad.yaml"], 3)).contains("bad.yaml:1:14"));
    std::fs::create_dir(dir.path().join("scenarios")).unwrap();
    std::fs::copy(
        dir.path().join("small.yaml"),
        dir.path().join("scenarios/small.yaml"),
    )
    .unwrap();
    let lost = das(dir.path(), &["run"], 2);
    assert!(
        stderr(&lost).contains("scenarios/small.yaml"),
        "{}",
        stderr(&lost)
    );
    assert!(!dir.path().join("runs").exists());
}

#[test]
fn a_reader_that_goes_away_ends_nothing() {
    // Stdout is closed at once: the run still finishes its log, without a word.
    let dir = place();
    let mut child = command(dir.path(), &["run", "small.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    das(
        dir.path(),
        &["replay", "runs/small-s7/events.jsonl", "--verify"],
        0,
    );
}

#[test]
fn every_command_has_help_with_examples() {
    // The long help of each command ends with examples.
    let dir = place();
    let commands: [&[&str]; 22] = [
        &["run"],
        &["resume"],
        &["replay"],
        &["score"],
        &["log"],
        &["log", "overview"],
        &["log", "events"],
        &["log", "agents"],
        &["log", "check"],
        &["log", "why"],
        &["log", "convert"],
        &["log", "repair"],
        &["export"],
        &["check"],
        &["schema"],
        &["new"],
        &["new", "scenario"],
        &["new", "policy"],
        &["new", "lever"],
        &["list"],
        &["explain"],
        &["completions"],
    ];
    for command in commands {
        let output = das(dir.path(), &[command, &["--help"]].concat(), 0);
        let text = stdout(&output);
        let examples = text
            .split_once("Examples:")
            .unwrap_or_else(|| panic!("{command:?}: {text}"))
            .1;
        assert!(
            (2..=3).contains(
                &examples
                    .lines()
                    .filter(|line| line.trim_start().starts_with("das "))
                    .count()
            ),
            "{command:?}: {examples}"
        );
    }
    assert!(stdout(&das(dir.path(), &["completions", "bash"], 0)).contains("_das"));
}

#[test]
fn the_draw_log_shows_that_a_newcomer_changes_nobody_elses_draws() {
    // Every draw of the smaller population keyed by name and step is there, with the same value, beside a newcomer of another name.
    let dir = place();
    let keys = |more: &[&str], file: &str| {
        let args = [
            &[
                "run",
                "small.yaml",
                "--epochs",
                "1",
                "--steps",
                "2",
                "-q",
                "--draw-log",
                file,
            ][..],
            more,
        ]
        .concat();
        das(dir.path(), &args, 0);
        let text = String::from_utf8(bytes(dir.path().join(file))).unwrap();
        let values = text
            .lines()
            .filter(|line| line.starts_with("core.act "))
            .map(|line| {
                let (key, value) = line.rsplit_once(' ').unwrap();
                (key.to_owned(), value.to_owned())
            });
        values.collect::<std::collections::BTreeMap<_, _>>()
    };
    let few = keys(&[], "few.txt");
    let many = keys(&["agents.deceptive.count=2"], "many.txt");
    assert!(
        few.len() > 20 && many.len() > few.len(),
        "{} {}",
        few.len(),
        many.len()
    );
    let shared = few
        .iter()
        .filter(|(key, _)| many.contains_key(*key))
        .count();
    assert!(shared * 10 > few.len() * 8, "{shared} of {}", few.len());
    assert!(
        few.iter()
            .all(|(key, value)| many.get(key).is_none_or(|other| other == value))
    );
}

#[test]
fn a_directory_with_files_of_somebody_else_is_left_alone() {
    // Without --force nothing is written there; with it the files of a run are, and all others stay.
    let dir = place();
    let mine = dir.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(mine.join("metrics.csv"), "mine").unwrap();
    std::fs::write(mine.join("notes.txt"), "mine").unwrap();
    let args = ["run", "small.yaml", "--out", "mine", "-q"];
    let refused = das(dir.path(), &args, 2);
    assert!(
        stderr(&refused).contains("is not empty") && stderr(&refused).contains("--force"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(std::fs::read_dir(&mine).unwrap().count(), 2);
    assert_eq!(bytes(mine.join("metrics.csv")), b"mine");
    das(dir.path(), &[&args[..], &["--force"]].concat(), 0);
    assert_eq!(bytes(mine.join("notes.txt")), b"mine");
    assert_ne!(bytes(mine.join("metrics.csv")), b"mine");
    // An empty directory is as good as none.
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    das(
        dir.path(),
        &["run", "small.yaml", "--out", "empty", "-q"],
        0,
    );
}
