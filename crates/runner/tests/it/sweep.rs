//! `das sweep` and `das compare`: the same bytes for any number of workers and any interruption, pairs of seeds, mistakes at their
//! places.

use crate::support::{SMALL, bytes, command, das, place, stderr, stdout};
use das_runner::scenario::{Scenario, ScenarioErrors, load};
use das_runner::signals::Interrupts;
use das_runner::sweep::ParameterSweep;
use das_runner::sweep::cell::{self, Job, Outcome};
use das_runner::sweep::draft::Draft;
use das_runner::sweep::executor::{Executor, Threads};
use das_runner::sweep::plan::Plan;
use das_runner::sweep::{Unwatched, make, table};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Two configurations, two levels of an axis, a grid of two: eight settings.
const SWEEP: &str = "sweep_id: toy\nbase: small.yaml\nconfigurations:\n  - name: none\n  - {name: audits, set: {governance.audit_probability: 0.2, \
                     governance.audit_penalty: 1}}\ngrid: {agents.deceptive.count: [1, 2]}\naxes:\n  regime:\n    - {name: thin, set: \
                     {environment.regime: thin}}\n    - {name: roomy, set: {environment.regime: roomy}}\nseeds: 3\n";

fn sweep_place() -> TempDir {
    let dir = place();
    std::fs::write(dir.path().join("toy.yaml"), SWEEP).unwrap();
    dir
}

/// The files that must not depend on how a sweep was run.
fn results(sweep: &Path) -> Vec<Vec<u8>> {
    [
        "results.csv",
        "results.parquet",
        "summary.md",
        "sweep.resolved.yaml",
    ]
    .map(|name| bytes(sweep.join(name)))
    .to_vec()
}

/// Finished cells, and the inode of each one's record: another one, if it was made again.
fn cells(sweep: &Path) -> BTreeMap<PathBuf, u64> {
    use std::os::unix::fs::MetadataExt;
    let mut all = BTreeMap::new();
    for hash in std::fs::read_dir(sweep.join("cells")).unwrap() {
        for seed in std::fs::read_dir(hash.unwrap().path()).unwrap() {
            let folder = seed.unwrap().path();
            let inode = std::fs::metadata(folder.join("summary.json"))
                .unwrap()
                .ino();
            all.insert(folder, inode);
        }
    }
    all
}

#[test]
fn workers_change_nothing_and_finished_cells_stay() {
    // One worker and three write the same bytes. Run again, nothing is made anew: the cells keep their inodes.
    let dir = sweep_place();
    das(
        dir.path(),
        &["sweep", "toy.yaml", "-q", "--workers", "1", "--out", "one"],
        0,
    );
    das(
        dir.path(),
        &[
            "sweep",
            "toy.yaml",
            "-q",
            "--workers",
            "3",
            "--out",
            "three",
        ],
        0,
    );
    assert_eq!(
        results(&dir.path().join("one")),
        results(&dir.path().join("three"))
    );
    let inodes = |sweep: &str| -> Vec<u64> {
        let mut all: Vec<u64> = cells(&dir.path().join(sweep)).into_values().collect();
        all.sort_unstable();
        all
    };
    let before = inodes("one");
    assert_eq!(before.len(), 24);
    das(dir.path(), &["sweep", "toy.yaml", "-q", "--out", "one"], 0);
    assert_eq!(inodes("one"), before);
    // More seeds are another plan: that is said, and with --resume only the new ones are made.
    let said = stderr(&das(
        dir.path(),
        &["sweep", "toy.yaml", "-q", "--out", "one", "--seeds", "4"],
        2,
    ));
    assert!(said.contains("--resume"), "{said}");
    das(
        dir.path(),
        &[
            "sweep", "toy.yaml", "-q", "--out", "one", "--seeds", "4", "--resume",
        ],
        0,
    );
    let after = inodes("one");
    assert!(after.len() == 32 && before.iter().all(|inode| after.contains(inode)));
}

#[test]
fn a_killed_sweep_goes_on_to_the_same_bytes() {
    // Real SIGKILLs, at whatever moment, with one worker and with two: started again until it ends, the results are those of a
    // sweep that nobody disturbed.
    let dir = sweep_place();
    let args = ["sweep", "toy.yaml", "-q", "--seeds", "12"];
    let run = |more: &[&str]| command(dir.path(), &[&args[..], more].concat());
    assert!(run(&["--out", "whole"]).status().unwrap().success());
    let whole = results(&dir.path().join("whole"));
    for workers in ["1", "2"] {
        let out = format!("killed{workers}");
        let more = ["--workers", workers, "--out", out.as_str()];
        let mut kills = 0;
        for wait in 1..40 {
            let mut child = run(&more).spawn().unwrap();
            let finished = || {
                std::fs::read_dir(dir.path().join(&out).join("cells")).map_or(0, Iterator::count)
            };
            // Until some more cells are there, or the process is through.
            while child.try_wait().unwrap().is_none() && finished() < wait {
                std::thread::yield_now();
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        assert!(kills > 0, "nothing was interrupted");
        assert!(run(&more).status().unwrap().success());
        assert_eq!(results(&dir.path().join(&out)), whole, "{workers} workers");
    }
}

#[test]
fn what_a_power_cut_leaves_is_made_again() {
    // Files that were written and never reached the disk: a record without bytes, figures cut short, figures that are missing. These
    // three runs are made again and no other, and all files are as before.
    let dir = sweep_place();
    let sweep = ["sweep", "toy.yaml", "-q", "--out", "cut"];
    das(dir.path(), &sweep, 0);
    let root = dir.path().join("cut");
    let before = cells(&root);
    let read = |name: &str| -> Vec<Vec<u8>> {
        let files = before.keys().map(|folder| folder.join(name));
        files.map(|file| std::fs::read(file).unwrap()).collect()
    };
    let whole = (results(&root), read("metrics.csv"), read("summary.json"));
    let hit: Vec<&PathBuf> = before.keys().step_by(7).take(3).collect();
    std::fs::write(hit[0].join("summary.json"), "").unwrap();
    std::fs::write(hit[1].join("metrics.csv"), &whole.1[7][..100]).unwrap();
    std::fs::remove_file(hit[2].join("metrics.csv")).unwrap();
    // The inodes of what is replaced must not be free to be taken again.
    let _held: Vec<_> = hit
        .iter()
        .map(|f| std::fs::File::open(f.join("summary.json")))
        .collect();
    das(dir.path(), &sweep, 0);
    let after = cells(&root);
    let made: Vec<&PathBuf> = before.keys().filter(|f| before[*f] != after[*f]).collect();
    assert_eq!(made, hit);
    assert_eq!(
        (results(&root), read("metrics.csv"), read("summary.json")),
        whole
    );
}

#[test]
fn a_failing_cell_is_told_and_the_others_finish() {
    // A file where a cell's directory should be: exit code 30, the cause on stderr, every other run in the results; once the file
    // is gone the same command makes what is missing.
    let dir = sweep_place();
    let plan = das(
        dir.path(),
        &["sweep", "toy.yaml", "--dry-run", "--format", "json"],
        0,
    );
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
    let hash = plan["cells"][3]["hash"].as_str().unwrap()[..16].to_owned();
    assert_eq!((&plan["runs"], &plan["finished"]), (&24.into(), &0.into()));
    let cells = dir.path().join("sweeps/toy/cells");
    std::fs::create_dir_all(&cells).unwrap();
    std::fs::write(cells.join(&hash), "in the way").unwrap();
    let output = das(dir.path(), &["sweep", "toy.yaml"], 30);
    let said = stderr(&output);
    assert!(
        said.contains("error: none, deceptive.count=2, regime=roomy, seed 7: "),
        "{said}"
    );
    assert!(said.contains("3 of 24 runs failed"), "{said}");
    let csv = || String::from_utf8(bytes(dir.path().join("sweeps/toy/results.csv"))).unwrap();
    assert_eq!(csv().lines().count(), 1 + 21);
    let page = String::from_utf8(bytes(dir.path().join("sweeps/toy/summary.md"))).unwrap();
    assert!(
        page.contains("## Missing") && page.contains("no run with seed 7 8 9"),
        "{page}"
    );
    std::fs::remove_file(cells.join(&hash)).unwrap();
    das(dir.path(), &["sweep", "toy.yaml", "-q"], 0);
    assert_eq!(csv().lines().count(), 1 + 24);
}

#[test]
fn a_cell_is_the_run_it_says() {
    // `das run` with the overrides of a cell writes a log of the sha256 that the cell has, and the pooled metrics are the same.
    let dir = sweep_place();
    das(dir.path(), &["sweep", "toy.yaml", "-q", "--keep-logs"], 0);
    let plan = das(
        dir.path(),
        &["sweep", "toy.yaml", "--dry-run", "--format", "json"],
        0,
    );
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
    let cell = &plan["cells"][6];
    let mut args = vec![
        "run",
        "small.yaml",
        "-q",
        "--seed",
        "8",
        "outputs.detail=epochs",
        "--out",
        "again",
    ];
    args.extend(
        cell["overrides"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap()),
    );
    das(dir.path(), &args, 0);
    let folder = dir
        .path()
        .join("sweeps/toy/cells")
        .join(&cell["hash"].as_str().unwrap()[..16])
        .join("s8");
    assert_eq!(
        bytes(folder.join("events.jsonl")),
        bytes(dir.path().join("again/events.jsonl"))
    );
    let read = |path| -> Value { serde_json::from_slice(&bytes(path)).unwrap() };
    let (own, run) = (
        read(folder.join("summary.json")),
        read(dir.path().join("again/summary.json")),
    );
    assert_eq!(own["log"]["sha256"], run["log"]["sha256"]);
    for (name, value) in run["metrics"].as_object().unwrap() {
        assert_eq!(own["metrics"][name].as_f64(), value.as_f64(), "{name}");
    }
    das(
        dir.path(),
        &[
            "replay",
            folder.join("events.jsonl").to_str().unwrap(),
            "--verify",
            "-q",
        ],
        0,
    );
}

#[test]
fn compare_prints_the_tables_of_the_summary() {
    // From the directory alone: the figures of summary.md; another baseline and metric on demand; unknown names with the nearest.
    let dir = sweep_place();
    das(dir.path(), &["sweep", "toy.yaml", "-q"], 0);
    let text = stdout(&das(dir.path(), &["compare", "sweeps/toy"], 0));
    let page = String::from_utf8(bytes(dir.path().join("sweeps/toy/summary.md"))).unwrap();
    let figures = |text: &str| -> Vec<String> {
        let rows = text
            .lines()
            .filter(|line| line.contains("audits, deceptive.count=2"));
        rows.map(|row| {
            row.replace(['|', '\\'], " ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
    };
    // A table of each metric and the claims, in two cells of the axis.
    assert!(figures(&page).len() >= 10, "{page}");
    assert_eq!(
        figures(&text)
            .iter()
            .filter(|row| !row.starts_with('-'))
            .collect::<Vec<_>>(),
        figures(&page)
            .iter()
            .filter(|row| !row.starts_with('-'))
            .collect::<Vec<_>>()
    );
    assert!(
        text.contains("against none, deceptive.count=2"),
        "paired at the same point: {text}"
    );
    let one = [
        "compare",
        "sweeps/toy",
        "--metric",
        "quality_gap",
        "--baseline",
        "audits, deceptive.count=1",
        "--format",
        "json",
    ];
    let object: Value = serde_json::from_slice(&das(dir.path(), &one, 0).stdout).unwrap();
    assert_eq!(object["cells"][0]["effects"].as_array().unwrap().len(), 3);
    assert_eq!(object["cells"][1]["axes"]["regime"], "roomy");
    let said = stderr(&das(
        dir.path(),
        &["compare", "sweeps/toy", "--metric", "toxicity_rat"],
        2,
    ));
    assert!(said.contains("toxicity_rate"), "{said}");
    das(
        dir.path(),
        &["compare", "sweeps/toy", "--baseline", "nobody"],
        2,
    );
    let claims = stdout(&das(dir.path(), &["compare", "sweeps/toy", "--claims"], 0));
    assert!(
        claims.contains("fooled proxy") && !claims.contains("quality_gap"),
        "{claims}"
    );
}

#[test]
fn compare_pairs_runs_by_seed() {
    // Three runs without and two with a tax: two pairs, and the seed that has none is named. Single runs come side by side; runs
    // that differ in nothing but seeds, and unfinished ones, are refused.
    let dir = place();
    for seed in ["1", "2", "3"] {
        das(
            dir.path(),
            &[
                "run",
                "small.yaml",
                "-q",
                "--seed",
                seed,
                "--out",
                &format!("plain-s{seed}"),
            ],
            0,
        );
        if seed != "3" {
            let out = format!("taxed-s{seed}");
            das(
                dir.path(),
                &[
                    "run",
                    "small.yaml",
                    "-q",
                    "--seed",
                    seed,
                    "governance.transaction_tax_rate=0.2",
                    "--out",
                    &out,
                ],
                0,
            );
        }
    }
    let all = [
        "compare", "plain-s1", "plain-s2", "plain-s3", "taxed-s1", "taxed-s2",
    ];
    let text = stdout(&das(dir.path(), &all, 0));
    assert!(
        text.starts_with("note: taxed and plain have 2 seeds in common; without a pair: 3\n"),
        "{text}"
    );
    assert!(text.contains("toxicity_rate"), "{text}");
    let object: Value = serde_json::from_slice(
        &das(dir.path(), &[&all[..], &["--format", "json"]].concat(), 0).stdout,
    )
    .unwrap();
    assert_eq!(object["cells"][0]["effects"][0]["pairs"], 2);
    let single = stdout(&das(dir.path(), &["compare", "plain-s1", "taxed-s1"], 0));
    assert!(
        single.contains("plain s1") && single.contains("difference"),
        "{single}"
    );
    let said = stderr(&das(dir.path(), &["compare", "plain-s1", "plain-s2"], 2));
    assert!(said.contains("nothing but their seeds"), "{said}");
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    das(dir.path(), &["compare", "plain-s1", "empty"], 3);
}

/// All problems of a sweep file as class, place and suggestion.
fn wrong(text: &str) -> Vec<(&'static str, String, Option<String>)> {
    let dir = place();
    let path = dir.path().join("bad.yaml");
    std::fs::write(&path, text).unwrap();
    let found = |errors: &ScenarioErrors| {
        assert_eq!(errors.exit_code(), 3);
        let place = |p: &das_runner::scenario::Problem| {
            let from_file = errors.sources[p.at.source as usize]
                .label()
                .ends_with("bad.yaml");
            assert!(from_file, "not in the sweep file: {}", p.message);
            (
                p.code.as_str(),
                format!("{}:{}", p.at.line, p.at.column),
                p.suggestion.clone(),
            )
        };
        errors.problems.iter().map(place).collect()
    };
    match Draft::read(&path, &[]) {
        Err(errors) => found(&errors),
        Ok(draft) => match Plan::of(draft, None) {
            Err(das_runner::failure::Failure::Scenario(errors)) => found(&errors),
            other => panic!("{other:?}"),
        },
    }
}

/// Code, place and the name suggested, a mistake each.
type Mistakes<'m> = &'m [(&'m str, &'m str, Option<&'m str>)];

#[test]
fn mistakes_in_sweep_files_are_found_where_they_stand() {
    // Each case adds lines to two good ones; the place is that in the sweep file, also where the scenario is what it does not fit.
    let cases: [(&str, Mistakes); 18] = [
        ("grids: {a: [1]}\n", &[("unknown_key", "3:1", Some("grid"))]),
        ("seeds: 0\n", &[("out_of_range", "3:8", None)]),
        ("seeds: many\n", &[("wrong_type", "3:8", None)]),
        (
            "metrics: [toxicity_rat]\n",
            &[("unknown_name", "3:11", Some("toxicity_rate"))],
        ),
        (
            "set: {governance.audit_probabilty: 0.1}\n",
            &[("unknown_key", "3:18", Some("audit_probability"))],
        ),
        (
            "set: {governance.audit_probability: 1.5}\n",
            &[("out_of_range", "3:37", None)],
        ),
        (
            "grid: {governance.audit_probability: [0.1, 2]}\n",
            &[("out_of_range", "3:44", None)],
        ),
        (
            "grid: {agents.deceptiv.count: [1, 2]}\n",
            &[("override", "3:15", Some("deceptive"))],
        ),
        (
            "grid: {simulation.seed: [1, 2]}\n",
            &[("override", "3:8", None)],
        ),
        (
            "grid: {simulation.epochs: []}\n",
            &[("counts", "3:27", None)],
        ),
        (
            "zip: {simulation.epochs: [1, 2], agents.honest.count: [3]}\n",
            &[("counts", "3:55", None)],
        ),
        (
            "range: {governance.reputation_decay: {from: 0.5, to: 0.5, steps: 3}}\n",
            &[("counts", "3:38", None)],
        ),
        (
            "range: {simulation.epochs: {from: 0, to: 8, steps: 3, scale: log}}\n",
            &[("counts", "3:28", None)],
        ),
        (
            "morris: {trajectories: 4, levels: 3, over: {governance.reputation_decay: {from: 0.5, to: 1}}}\n",
            &[("counts", "3:35", None)],
        ),
        (
            "configurations:\n  - {name: a}\n  - {name: a}\n  - {nam: b}\n",
            &[
                ("missing_key", "6:5", None),
                ("unknown_key", "6:6", Some("name")),
            ],
        ),
        (
            "configurations: [{name: a}, {name: b, against: c}]\nbaseline: d\n",
            &[
                ("unknown_name", "3:48", Some("a")),
                ("unknown_name", "4:11", Some("a")),
            ],
        ),
        ("axes: {seed: [{name: x}]}\n", &[("bad_id", "3:8", None)]),
        (
            "grid: {simulation.epochs: [1, 2]}\nrange: {simulation.epochs: {from: 1, to: 3, steps: 3}}\n",
            &[("duplicate_key", "4:9", None)],
        ),
    ];
    for (lines, expected) in cases {
        let found = wrong(&format!("sweep_id: bad\nbase: small.yaml\n{lines}"));
        let found: Vec<_> = found
            .iter()
            .map(|(code, at, name)| (*code, at.as_str(), name.as_deref()))
            .collect();
        assert_eq!(found, expected, "{lines}");
    }
    let missing = wrong("sweep_id: bad\nbase: smal.yaml\n");
    assert_eq!(
        missing,
        [(
            "no_such_file",
            "2:7".to_owned(),
            Some("small.yaml".to_owned())
        )]
    );
    let two = wrong("sweep_id: bad\nbase: small.yaml\nconfigurations: [{name: a}, {name: a}]\n");
    assert_eq!(two, [("duplicate_key", "3:36".to_owned(), None)]);
}

#[test]
fn words_make_a_grid() {
    // A list is a dimension, a value a change; a key that takes a list takes it whole; a mistake points into the word.
    let dir = place();
    let path = dir.path().join("small.yaml");
    let plan = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Draft::read(&path, &words)
            .map_err(Into::into)
            .and_then(|draft| Plan::of(draft, Some(2)))
    };
    let made = plan(&[
        "simulation.epochs=[2,3]",
        "agents.honest.count=2",
        "metrics_to_track=[spread]",
    ])
    .unwrap();
    let names: Vec<_> = made
        .meta
        .configurations
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["epochs=2", "epochs=3"]);
    assert_eq!(made.meta.metrics, ["spread"]);
    assert!(made.scenarios().all(|s| s.agents[0].count == 2));
    assert_eq!(made.meta.seeds, [7, 8]);
    let error = plan(&["simulation.epochs=[2,x]"]).unwrap_err();
    assert!(
        error.text().contains("override 'simulation.epochs=[2,x]'"),
        "{}",
        error.text()
    );
    assert!(plan(&["small"]).is_err());
}

#[test]
fn all_kinds_of_variation() {
    // Ranges end where they say and have short digits; null is a value where the scenario has it; samples are those of their seed; a
    // wildcard reaches every entry; points of a Morris design come with their elementary effects.
    let dir = place();
    let path = dir.path().join("caps.yaml");
    let caps = |key: &str| {
        let grid = format!("sweep_id: caps\nbase: small.yaml\ngrid: {{{key}: [null, 5]}}\n");
        std::fs::write(&path, grid).unwrap();
        Plan::of(Draft::read(&path, &[])?, None).map(|plan| {
            let capped = plan.scenarios().map(|s| s.governance.vote_weight_cap);
            capped.collect::<Vec<_>>()
        })
    };
    let both = caps("governance.vote_weight_cap").unwrap();
    assert_eq!(both, [None, Some(5.0)]);
    let refused = caps("governance.audit_penalty").unwrap_err();
    assert!(refused.text().contains("null_value"), "{}", refused.text());
    let text = "sweep_id: kinds\nbase: small.yaml\nset: {agents.*.config.p_post: 0.3}\nrange:\n  governance.transaction_tax_rate: {from: 0, to: 0.3, steps: 4}\n\
                zip: {simulation.epochs: [1, 2], simulation.steps_per_epoch: [3, 2]}\nseeds: 1\n";
    let path = dir.path().join("kinds.yaml");
    std::fs::write(&path, text).unwrap();
    let plan = Plan::of(Draft::read(&path, &[]).unwrap(), None).unwrap();
    let names: Vec<_> = plan
        .meta
        .configurations
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names.len(), 8);
    assert_eq!(
        names[7],
        "transaction_tax_rate=0.3 epochs=2 steps_per_epoch=2"
    );
    assert_eq!(
        names[2],
        "transaction_tax_rate=0.1 epochs=1 steps_per_epoch=3"
    );
    assert!(
        plan.scenarios()
            .all(|s| s.agents.iter().all(|group| group.config["p_post"] == 0.3))
    );
    let text = "sweep_id: kinds\nbase: small.yaml\nmorris:\n  trajectories: 3\n  over:\n    governance.transaction_tax_rate: {from: 0, to: 0.5}\n    \
                agents.deceptive.count: {from: 1, to: 4, whole: true}\nlatin_hypercube: {samples: 2, seed: 4, over: {governance.reputation_decay: \
                {from: 0.5, to: 1, scale: log}}}\nepochs: 1\nseeds: 2\nmetrics: [toxicity_rate]\n";
    std::fs::write(&path, text).unwrap();
    das(dir.path(), &["sweep", "kinds.yaml", "-q"], 0);
    let page = String::from_utf8(bytes(dir.path().join("sweeps/kinds/summary.md"))).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| toxicity_rate"));
    assert_eq!(rows.count(), 4, "two parameters at two points: {page}");
}

/// Breaks every second job before it is done, and begins with the last.
struct Clumsy;

impl Executor for Clumsy {
    fn execute(
        &self,
        jobs: &[Job],
        work: &(dyn Fn(&Job) -> Outcome + Sync),
        done: &mut dyn FnMut(&Job, Outcome),
    ) {
        for (at, job) in jobs.iter().enumerate().rev() {
            done(
                job,
                if at % 2 == 0 {
                    Outcome::Failed("dropped".to_owned())
                } else {
                    work(job)
                },
            );
        }
    }
}

#[test]
fn a_sweep_from_code_is_paired() {
    // All settings have the seeds from that of the scenario on; a job that travelled as JSON gives the same record; an executor
    // that drops jobs and goes backwards costs those runs and changes no other.
    let dir = place();
    let base: Scenario = load(&dir.path().join("small.yaml"), &[]).unwrap().scenario;
    let mut sweep = ParameterSweep::new(&base).unwrap();
    sweep
        .add_variation("governance.transaction_tax_rate", [0.0, 0.1])
        .unwrap()
        .seeds(3);
    let results = sweep.run_sweep(2).unwrap();
    assert!(results.broken.is_empty() && results.table.runs.len() == 6);
    assert_eq!(results.meta.seeds, [7, 8, 9]);
    assert!(
        results
            .summary()
            .unwrap()
            .contains("transaction_tax_rate=0.1")
    );
    let plan = sweep.plan().unwrap();
    let job = &plan.jobs()[4];
    let (Outcome::Done(one, table_one), Outcome::Done(two, table_two)) = (
        cell::run(job, &Interrupts::default()),
        cell::run(
            &Job::from_json(&job.to_json()).unwrap(),
            &Interrupts::default(),
        ),
    ) else {
        panic!("both should end");
    };
    assert_eq!((one, table_one), (two, table_two));
    let interrupts = Interrupts::default();
    let made = make(&plan, None, false, &Clumsy, &interrupts, &mut Unwatched);
    assert_eq!((made.broken.len(), made.records.len()), (3, 3));
    let whole = make(&plan, None, false, &Threads(2), &interrupts, &mut Unwatched);
    let whole = table(&plan, &whole);
    assert!(
        table(&plan, &made)
            .runs
            .iter()
            .all(|run| whole.runs.contains(run))
    );
}

#[test]
fn interrupted_and_gone_on() {
    // SIGINT: exit code 130 and a word on how to go on; afterwards nothing of it shows.
    let dir = sweep_place();
    let long = SMALL.replace("epochs: 4", "epochs: 1500");
    std::fs::write(dir.path().join("small.yaml"), long).unwrap();
    let args = ["sweep", "toy.yaml", "--seeds", "2", "--workers", "1"];
    let mut child = command(dir.path(), &args)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let cells = dir.path().join("sweeps/toy/cells");
    // It listens before the first cell begins, so before the first one is kept.
    while !cells.is_dir() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(
        stderr(&output).contains("the same command goes on"),
        "{}",
        stderr(&output)
    );
    assert!(!dir.path().join("sweeps/toy/results.csv").exists());
}

#[test]
fn failure_modes_become_columns() {
    // With `failures: true` the findings stand in the results, and the cell's log is that of detail full.
    let dir = place();
    let text = "sweep_id: modes\nbase: small.yaml\nfailures: true\nseeds: 1\nmetrics: [collusion.tied_pairs, toxicity_rate]\n";
    std::fs::write(dir.path().join("modes.yaml"), text).unwrap();
    das(dir.path(), &["sweep", "modes.yaml", "-q"], 0);
    let csv = String::from_utf8(bytes(dir.path().join("sweeps/modes/results.csv"))).unwrap();
    assert!(
        csv.lines()
            .next()
            .unwrap()
            .contains("collusion.suspected_groups,collusion.tied_pairs"),
        "{csv}"
    );
}

#[test]
fn random_scenarios_are_valid() {
    // Fifty seeds: each passes every check, within the stated ranges, and both regimes occur; a seed gives one text.
    let dir = place();
    let mut regimes = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let text = das_runner::commands::new::drawn("drawn", seed);
        assert_eq!(text, das_runner::commands::new::drawn("drawn", seed));
        assert!(text.starts_with("# yaml-language-server: $schema="));
        let path = dir.path().join("drawn.yaml");
        std::fs::write(&path, &text).unwrap();
        let scenario = load(&path, &[])
            .unwrap_or_else(|errors| panic!("{errors}"))
            .scenario;
        let count = |kind: &str| {
            scenario
                .agents
                .iter()
                .filter(|g| g.kind == kind)
                .map(|g| g.count)
                .sum::<u32>()
        };
        assert!((10..=30).contains(&count("honest")) && (2..=12).contains(&count("opportunistic")));
        assert!(count("deceptive") <= 8 && count("adversarial") <= 8);
        regimes.insert(text.contains("regime: thin"));
    }
    assert_eq!(regimes.len(), 2);
    das(
        dir.path(),
        &["new", "scenario", "--random", "1", "--out", "."],
        0,
    );
    das(dir.path(), &["check", "random_1.yaml"], 0);
}

#[test]
fn the_sweeps_of_the_project_resolve() {
    // Every file in scenarios/sweeps is a scenario or a sweep without a mistake, names its schema, and the schema is the committed one.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sweeps = 0;
    for entry in std::fs::read_dir(root.join("scenarios/sweeps")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("\nsweep_id:") {
            sweeps += 1;
            assert!(
                text.starts_with(
                    "# yaml-language-server: $schema=../../schemas/sweep.schema.json\n"
                )
            );
            let draft = Draft::read(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
            let plan =
                Plan::of(draft, Some(1)).unwrap_or_else(|failure| panic!("{}", failure.text()));
            assert!(
                plan.meta.baseline.is_some() && plan.warnings.is_empty(),
                "{:?}",
                plan.warnings
            );
        } else {
            load(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        }
    }
    assert!(sweeps >= 6);
    let schema = das(&root, &["schema", "sweep"], 0).stdout;
    assert!(
        schema == bytes(root.join("schemas/sweep.schema.json")),
        "stale: das schema sweep > schemas/sweep.schema.json"
    );
}
