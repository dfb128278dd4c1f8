//! Bad scenarios: every class of mistake is refused with exit code 3, at the exact place, with the name that was meant.

use das_runner::commands::{check, explain, list, new, schema};
use das_runner::scenario::problem::MAX_PROBLEMS;
use das_runner::scenario::schema_walk::KEYWORDS;
use das_runner::scenario::source::{MAX_BYTES, Origin};
use das_runner::scenario::vocabulary;
use das_runner::scenario::{self, Code, Scenario, ScenarioErrors, Style, load, typed};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a case expects: class, place as `line:column` (in the file, or in the override), and the suggested name.
pub(crate) type Expected<'e> = (Code, &'e str, Option<&'e str>);

/// Five lines that are right; cases add line 6 and on.
const GOOD: &str = "scenario_id: case\nagents:\n  - {type: honest, count: 3, role: worker}\n  - {type: deceptive, count: 1}\nsimulation: {epochs: 2, steps_per_epoch: 3}\n";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn fails_bytes(bytes: &[u8], overrides: &[&str]) -> ScenarioErrors {
    let folder = folder();
    let path = folder.path().join("case.yaml");
    std::fs::write(&path, bytes).expect("a file");
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    load(&path, &overrides).expect_err(&shown)
}

/// All problems of a text, as class, place and suggestion; the exit code is checked on the way.
#[track_caller]
pub(crate) fn expect(text: impl AsRef<[u8]>, overrides: &[&str], expected: &[Expected<'_>]) {
    let errors = fails_bytes(text.as_ref(), overrides);
    let found: Vec<(Code, String, Option<&str>)> = errors
        .problems
        .iter()
        .map(|p| {
            (
                p.code,
                format!("{}:{}", p.at.line, p.at.column),
                p.suggestion.as_deref(),
            )
        })
        .collect();
    let wanted: Vec<(Code, String, Option<&str>)> = expected
        .iter()
        .map(|(code, place, name)| (*code, (*place).to_owned(), *name))
        .collect();
    assert_eq!(found, wanted, "\n{}", scenario::report::plain(&errors));
    assert_eq!(errors.exit_code(), 3);
    for problem in &errors.problems {
        assert!(problem.message.chars().count() < 400, "{}", problem.message);
    }
}

/// [`GOOD`] with lines added: the first is line 6.
#[track_caller]
fn added(lines: &str, expected: &[Expected<'_>]) {
    expect(format!("{GOOD}{lines}\n"), &[], expected);
}

/// A scenario whose `agents:` (line 2) is given.
#[track_caller]
fn agents(text: &str, expected: &[Expected<'_>]) {
    expect(
        format!("scenario_id: case\nagents: {text}\n"),
        &[],
        expected,
    );
}

#[track_caller]
fn overridden(words: &[&str], expected: &[Expected<'_>]) {
    expect(GOOD, words, expected);
}

#[test]
fn class_1_unknown_keys() {
    // A key that does not exist is named with its nearest neighbour, or with the section it belongs to.
    added(
        "governence: {}",
        &[(Code::UnknownKey, "6:1", Some("governance"))],
    );
    added(
        "governance: {tax_rate: 0.1}",
        &[(Code::UnknownKey, "6:14", Some("transaction_tax_rate"))],
    );
    added(
        "epochs: 5",
        &[(Code::UnknownKey, "6:1", Some("simulation.epochs"))],
    );
    added(
        "environment:\n  signals:\n    manipulatoin: 0.5",
        &[(Code::UnknownKey, "8:5", Some("manipulation"))],
    );
    added("zzqq: 1", &[(Code::UnknownKey, "6:1", None)]);
    agents(
        "[{type: honest, cuont: 3}]",
        &[(Code::UnknownKey, "2:25", Some("count"))],
    );
    agents(
        "[{type: honest, config: {p_psot: 0.1}}]",
        &[(Code::UnknownKey, "2:34", Some("p_post"))],
    );
}

#[test]
fn class_2_wrong_types() {
    // A value of another type is refused at the value, by the rules of YAML 1.2.
    added(
        "governance: {bandwidth_cap: ten}",
        &[(Code::WrongType, "6:29", None)],
    );
    added(
        "governance: {bandwidth_cap: 1e1}",
        &[(Code::WrongType, "6:29", Some("10"))],
    );
    added(
        "governance: {bandwidth_cap: 1_000}",
        &[(Code::WrongType, "6:29", Some("1000"))],
    );
    added(
        "governance: {bandwidth_cap: 010}",
        &[(Code::WrongType, "6:29", None)],
    );
    added("governance: [1, 2]", &[(Code::WrongType, "6:13", None)]);
    added(
        "safety: {kill_switch_enabled: yes}",
        &[(Code::WrongType, "6:31", Some("true"))],
    );
    added("motif: 7", &[(Code::WrongType, "6:8", Some("\"7\""))]);
    added("payoff:", &[(Code::NullValue, "6:1", None)]);
    added("payoff: {h: ~}", &[(Code::NullValue, "6:13", None)]);
    added(
        "payoff: {h: null, theta: }",
        &[
            (Code::NullValue, "6:13", None),
            (Code::NullValue, "6:19", None),
        ],
    );
}

#[test]
fn class_3_ranges() {
    // Numbers outside their range, at both ends, integers beyond 64 bits, and exclusive bounds.
    added(
        "environment: {attention_scarcity: 1.5}",
        &[(Code::OutOfRange, "6:35", None)],
    );
    added(
        "environment: {attention_scarcity: -0.001}",
        &[(Code::OutOfRange, "6:35", None)],
    );
    added("proxy: {sigmoid_k: 0}", &[(Code::OutOfRange, "6:20", None)]);
    added(
        "proxy: {rework_decay: 1}",
        &[(Code::OutOfRange, "6:23", None)],
    );
    added(
        "proxy: {weights: {rework: -1}}",
        &[(Code::OutOfRange, "6:27", None)],
    );
    added(
        "safety: {max_posts_per_epoch: 4294967296}",
        &[(Code::OutOfRange, "6:31", None)],
    );
    added(
        "safety: {max_posts_per_epoch: 18446744073709551616}",
        &[(Code::WrongType, "6:31", None)],
    );
    agents(
        "[{type: deceptive, config: {p_post: 2}}]",
        &[(Code::OutOfRange, "2:45", None)],
    );
}

#[test]
fn class_4_not_finite() {
    // NaN and infinity in every spelling, and numbers that overflow to infinity.
    added("payoff: {h: .nan}", &[(Code::NotFinite, "6:13", None)]);
    added("payoff: {h: .inf}", &[(Code::NotFinite, "6:13", None)]);
    added("payoff:\n  h: -.Inf", &[(Code::NotFinite, "7:6", None)]);
    added("payoff: {h: 1e999}", &[(Code::NotFinite, "6:13", None)]);
    added(
        "success_criteria: {toxicity_rate: {max: .NaN}}",
        &[(Code::NotFinite, "6:41", None)],
    );
    agents(
        "[{type: honest, config: {p_post: .inf}}]",
        &[(Code::NotFinite, "2:42", None)],
    );
}

#[test]
fn class_5_duplicate_keys() {
    // A key given twice is refused at its second place, at any depth and in both styles; so are merge keys.
    added("agents: []", &[(Code::DuplicateKey, "6:1", None)]);
    added(
        "payoff: {h: 1, h: 2}",
        &[(Code::DuplicateKey, "6:16", None)],
    );
    added(
        "payoff:\n  h: 1\n  theta: 0.5\n  \"h\": 2",
        &[(Code::DuplicateKey, "9:3", None)],
    );
    agents(
        "[{type: honest, type: honest}]",
        &[(Code::DuplicateKey, "2:25", None)],
    );
    added("payoff: {<<: {h: 1}}", &[(Code::MergeKey, "6:10", None)]);
}

#[test]
fn class_6_aliases_anchors_and_tags() {
    // Nothing in a scenario is said by reference or by tag.
    added("payoff: &p {h: 1}", &[(Code::Alias, "6:9", None)]);
    added(
        "payoff: {h: &x 1, theta: *x}",
        &[(Code::Alias, "6:13", None), (Code::Alias, "6:26", None)],
    );
    added("payoff: *nowhere", &[(Code::Alias, "6:9", None)]);
    added("payoff: {h: !!float 1}", &[(Code::Tag, "6:13", None)]);
    added(
        "payoff: !!python/object {h: 1}",
        &[(Code::Tag, "6:9", None)],
    );
    // A bomb of aliases never unfolds: it is refused at its anchors.
    let mut bomb = String::from("a: &a [x, x]\n");
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "d")] {
        writeln!(bomb, "{to}: &{to} [*{from}, *{from}]").expect("text grows");
    }
    let errors = fails_bytes(bomb.as_bytes(), &[]);
    let aliases = errors
        .problems
        .iter()
        .filter(|p| p.code == Code::Alias)
        .count();
    assert_eq!(aliases, 4 + 6);
}

#[test]
fn class_7_nesting() {
    // 64 levels are read, 65 are not, and a hundred thousand cost nothing: the parser is left at the limit.
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    added(
        &format!("motif: {}", deep(63)),
        &[(Code::WrongType, "6:8", None)],
    );
    added(
        &format!("motif: {}", deep(64)),
        &[(Code::TooDeep, "6:71", None)],
    );
    expect("[".repeat(100_000), &[], &[(Code::TooDeep, "1:256", None)]);
    expect("- ".repeat(100_000), &[], &[(Code::TooDeep, "1:129", None)]);
    let mut maps = String::new();
    for i in 0..3000 {
        writeln!(maps, "{}a:", " ".repeat(i % 400)).expect("text grows");
    }
    expect(maps, &[], &[(Code::TooDeep, "65:65", None)]);
    expect("]".repeat(10_000), &[], &[(Code::Syntax, "1:1", None)]);
}

#[test]
fn class_8_size() {
    // Bytes are limited before parsing, values while parsing, problems while reporting.
    expect(
        "#".repeat(MAX_BYTES + 1),
        &[],
        &[(Code::TooLarge, "1:1", None)],
    );
    expect(
        "x".repeat(MAX_BYTES),
        &[],
        &[(Code::WrongType, "1:1", None)],
    );
    expect(
        format!("n: [{}]", "1,".repeat(60_000)),
        &[],
        &[(Code::TooManyValues, "1:99995", None)],
    );
    added(
        &format!("motif: {}", "1".repeat(1_000_000)),
        &[(Code::WrongType, "6:8", None)],
    );
    let errors = fails_bytes(
        format!("agents: [{}]", "{type: x},".repeat(900)).as_bytes(),
        &[],
    );
    assert_eq!(
        (errors.problems.len(), errors.more),
        (MAX_PROBLEMS, 900 + 1 - MAX_PROBLEMS)
    );
    expect("", &[], &[(Code::WrongType, "1:1", None)]);
    expect("# nothing\n", &[], &[(Code::WrongType, "1:1", None)]);
}

#[test]
fn class_9_encoding() {
    // The first byte or character that is not allowed is named with its place; a UTF-8 mark at the start is no mistake.
    expect(
        b"scenario_id: a\nmotif: \xff\n",
        &[],
        &[(Code::Encoding, "2:8", None)],
    );
    expect(b"\xff\xfes\0c\0", &[], &[(Code::Encoding, "1:1", None)]);
    expect("scenario_id: é\0\n", &[], &[(Code::Encoding, "1:15", None)]);
    expect(
        "a: 1\r\nb: \u{7}\r\n",
        &[],
        &[(Code::Encoding, "2:4", None)],
    );
    expect(
        "agents:\n\t- {type: honest}\n",
        &[],
        &[(Code::Tab, "2:1", None)],
    );
    expect(
        "a: 1\n---\nb: 2\n",
        &[],
        &[
            (Code::MissingKey, "1:1", None),
            (Code::MissingKey, "1:1", None),
            (Code::UnknownKey, "1:1", None),
            (Code::MultipleDocuments, "2:1", None),
        ],
    );
    expect("a: 'open\n", &[], &[(Code::Syntax, "1:4", None)]);
    expect("# x\n%YAML 1.1\n---\n", &[], &[(Code::Syntax, "2:1", None)]);
    let folder = folder();
    let path = folder.path().join("bom.yaml");
    std::fs::write(&path, format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))).expect("a file");
    assert!(load(&path, &[]).is_ok());
}

#[test]
fn class_10_agents() {
    // Types and roles exist, names are unique, and there is somebody.
    agents("[]", &[(Code::Agents, "2:9", None)]);
    agents(
        "[{type: honset}]",
        &[(Code::UnknownName, "2:17", Some("honest"))],
    );
    agents(
        "[{type: honest, role: verifyer}]",
        &[(Code::UnknownName, "2:31", Some("verifier"))],
    );
    agents("[{count: 3}]", &[(Code::MissingKey, "2:10", None)]);
    agents(
        "[{type: honest, name: a}, {type: deceptive, name: a}]",
        &[(Code::Agents, "2:59", None)],
    );
    agents(
        "[{type: honest}, {type: deceptive, name: honest}]",
        &[(Code::Agents, "2:50", None)],
    );
    agents("[honest]", &[(Code::WrongType, "2:10", None)]);
    expect("scenario_id: a\n", &[], &[(Code::MissingKey, "1:1", None)]);
}

#[test]
fn class_11_counts() {
    // Numbers of agents, and sizes of runs that no machine finishes, with an estimate.
    agents("[{type: honest, count: 0}]", &[(Code::Agents, "2:9", None)]);
    agents(
        "[{type: honest, count: -1}]",
        &[(Code::OutOfRange, "2:32", None)],
    );
    agents(
        "[{type: honest, count: 600000}, {type: deceptive, count: 700000}]",
        &[(Code::Counts, "2:66", None)],
    );
    agents(
        "[{type: honest, count: 2.5}]",
        &[(Code::WrongType, "2:32", None)],
    );
    agents(
        "[{type: honest, count: 1e3}]",
        &[(Code::WrongType, "2:32", Some("1000"))],
    );
    let long = "scenario_id: a\nagents: [{type: honest, count: 1000000}]\nsimulation: {epochs: 100000, steps_per_epoch: 1000}\n";
    expect(long, &[], &[(Code::Counts, "3:22", None)]);
    let errors = fails_bytes(long.as_bytes(), &[]);
    assert!(
        errors.problems[0]
            .message
            .contains("100,000,000,000,000 agent-steps"),
        "{errors}"
    );
    assert!(errors.problems[0].message.contains("days"), "{errors}");
    added(
        "environment: {network: {topology: ring, k: 4}}",
        &[(Code::Counts, "6:44", Some("3"))],
    );
    added(
        "environment: {network: {topology: scale_free}}",
        &[(Code::Counts, "6:35", Some("3"))],
    );
}

#[test]
fn class_12_ids_and_paths() {
    // Ids are short, lower case and no path; bases of `extends` exist, are relative and end.
    let id = |id: &str, name: Option<&str>| {
        expect(
            format!("scenario_id: {id}\nagents: [{{type: honest}}]\n"),
            &[],
            &[(Code::BadId, "1:14", name)],
        );
    };
    id("Status Game", Some("status_game"));
    id("../etc/passwd", None);
    id("..", None);
    id("\"\"", None);
    id(&"a".repeat(65), Some(&"a".repeat(64)));
    agents(
        "[{type: honest, name: Ann}]",
        &[(Code::BadId, "2:31", Some("ann"))],
    );
    added("extends: nowhere.yaml", &[(Code::Extends, "6:10", None)]);
    added("extends: case.yaml", &[(Code::Extends, "6:10", None)]);
    added("extends: /etc/hostname", &[(Code::Extends, "6:10", None)]);
    added("extends: [a]", &[(Code::Extends, "6:10", None)]);
    added(
        "environment: {kind: dosadi, wards: 4}",
        &[
            (Code::Agents, "3:3", None),
            (Code::UnknownKey, "6:29", Some("environment.map.wards")),
        ],
    );
    added(
        "environment: {kind: common}",
        &[(Code::UnknownName, "6:21", Some("commons"))],
    );
}

#[test]
fn class_13_governance() {
    // Levers take shares, whole numbers and nothing else; null means off only where off is a value.
    added(
        "governance: {transaction_tax_rate: 1.01}",
        &[(Code::OutOfRange, "6:36", None)],
    );
    added(
        "governance:\n  audit_probability: often",
        &[(Code::WrongType, "7:22", None)],
    );
    added(
        "governance: {bandwidth_cap: -1}",
        &[(Code::OutOfRange, "6:29", None)],
    );
    added(
        "governance: {circuit_braker_threshold: 0.4}",
        &[(Code::UnknownKey, "6:14", Some("circuit_breaker_threshold"))],
    );
    added(
        "governance: {reputation_decay: null, vote_weight_cap: null}",
        &[(Code::NullValue, "6:32", None)],
    );
    added(
        "governance: {circuit_breaker_violations: 0}",
        &[(Code::OutOfRange, "6:42", None)],
    );
}

#[test]
fn class_14_criteria() {
    // Criteria name metrics that exist and bounds that can be met.
    added(
        "success_criteria: {toxicity: {max: 1}}",
        &[(Code::UnknownKey, "6:20", Some("toxicity_rate"))],
    );
    added(
        "success_criteria: {quality_gap: {}}",
        &[(Code::Criteria, "6:20", None)],
    );
    added(
        "success_criteria: {quality_gap: {per_epoch: true}}",
        &[(Code::Criteria, "6:20", None)],
    );
    added(
        "success_criteria: {quality_gap: {min: 1, max: 0.5}}",
        &[(Code::Criteria, "6:47", None)],
    );
    added(
        "success_criteria: {quality_gap: {maximum: 0.5}}",
        &[(Code::UnknownKey, "6:34", Some("max"))],
    );
    added(
        "success_criteria: {quality_gap: 0.5}",
        &[(Code::WrongType, "6:33", None)],
    );
    added(
        "metrics_to_track: [toxicity_rate, influence_ginni]",
        &[(Code::UnknownName, "6:35", Some("influence_gini"))],
    );
}

#[test]
fn class_15_overrides() {
    // Mistakes in overrides are placed in the override; paths go by index, name or type.
    overridden(
        &["governance.transaction_tax=0.1"],
        &[(Code::UnknownKey, "1:12", Some("transaction_tax_rate"))],
    );
    overridden(
        &["simulation.epochs=soon"],
        &[(Code::WrongType, "1:19", None)],
    );
    overridden(
        &["simulation.epochs=0"],
        &[(Code::OutOfRange, "1:19", None)],
    );
    overridden(&["simulation.epochs="], &[(Code::NullValue, "1:12", None)]);
    overridden(
        &["simulation.epochs=5,10"],
        &[(Code::WrongType, "1:19", None)],
    );
    overridden(&["basline.yaml"], &[(Code::Override, "1:1", None)]);
    overridden(&["=5"], &[(Code::Override, "1:1", None)]);
    overridden(&["a..b=5"], &[(Code::Override, "1:1", None)]);
    overridden(
        &["agents.decptive.count=2"],
        &[(Code::Override, "1:8", Some("deceptive"))],
    );
    overridden(&["agents.7.count=2"], &[(Code::Override, "1:8", None)]);
    overridden(
        &["agents.deceptive.count=x"],
        &[(Code::WrongType, "1:24", None)],
    );
    overridden(
        &["simulation.epochs.x=1"],
        &[(Code::Override, "1:19", None)],
    );
    overridden(&["payoff.h=*x"], &[(Code::Alias, "1:10", None)]);
    overridden(&["extends=other.yaml"], &[(Code::Override, "1:1", None)]);
    overridden(
        &["simulation={epochs: 1, sede: 2}"],
        &[(Code::UnknownKey, "1:24", Some("seed"))],
    );
    let errors = fails_bytes(GOOD.as_bytes(), &["simulation.epochs=5,10"]);
    let text = scenario::report::plain(&errors);
    assert!(
        text.starts_with("override 'simulation.epochs=5,10': error[wrong_type]: "),
        "{text}"
    );
    assert!(
        text.contains("one value per run, simulation.epochs=5; das sweep runs a list"),
        "{text}"
    );
    let errors = fails_bytes(GOOD.as_bytes(), &["simulation.seed=-1"]);
    let text = scenario::report::plain(&errors);
    assert!(
        text.contains("between 0 and 18,446,744,073,709,551,615, not -1"),
        "{text}"
    );
    let errors = fails_bytes(GOOD.as_bytes(), &["basline"]);
    assert!(
        errors
            .to_string()
            .contains("neither a file nor `k.path=value`"),
        "{errors}"
    );
}

#[test]
fn every_mistake_is_reported_at_once() {
    // Seven mistakes of seven classes in one file and one override: seven problems, in the order of their places.
    let text = "scenario_id: Bad\nagents:\n  - {type: honset}\n  - {type: honest, count: -1}\ngovernance: {tax_rate: 1}\npayoff: {h: .nan, theta: 2}\npayoff: {}\n";
    expect(
        text,
        &["simulation.seed=yes"],
        &[
            (Code::BadId, "1:14", Some("bad")),
            (Code::UnknownName, "3:12", Some("honest")),
            (Code::OutOfRange, "4:27", None),
            (Code::UnknownKey, "5:14", Some("transaction_tax_rate")),
            (Code::NotFinite, "6:13", None),
            (Code::OutOfRange, "6:26", None),
            (Code::DuplicateKey, "7:1", None),
            (Code::WrongType, "1:17", None),
        ],
    );
}

#[test]
fn a_mistake_in_a_base_is_reported_in_the_base() {
    // Layers merge maps and replace lists; a wrong value keeps its file, a right one on top of it hides it.
    let folder = folder();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    write(
        "base.yaml",
        "scenario_id: base\nagents: [{type: honest, count: 2}]\npayoff: {h: -1, theta: 0.25}\n",
    );
    let top = write(
        "top.yaml",
        "extends: base.yaml\nscenario_id: top\npayoff: {s_plus: 3}\n",
    );
    let errors = load(&top, &[]).expect_err("h is negative");
    let problem = &errors.problems[0];
    let origin = &errors.sources[problem.at.source as usize].origin;
    assert_eq!(origin, &Origin::File(folder.path().join("base.yaml")));
    assert_eq!((problem.at.line, problem.at.column), (3, 13));
    let loaded = load(&top, &["payoff.h=5".to_owned()]).expect("h is mended");
    let payoff = &loaded.scenario.payoff;
    assert_eq!((payoff.h, payoff.theta, payoff.s_plus), (5.0, 0.25, 3.0));
    assert_eq!(loaded.scenario.scenario_id, "top");
    let names: Vec<_> = loaded.files.iter().map(|f| f.named.as_str()).collect();
    assert_eq!(names, ["top.yaml", "base.yaml"]);
    assert_eq!(loaded.files[0].sha256.len(), 64);
    // A circle of files and a chain that is too long are refused.
    write("a.yaml", "extends: b.yaml\n");
    let b = write("b.yaml", "extends: a.yaml\n");
    assert_eq!(
        load(&b, &[]).expect_err("a circle").problems[0].code,
        Code::Extends
    );
    for i in 0..9 {
        write(
            &format!("l{i}.yaml"),
            &format!("extends: l{}.yaml\n", i + 1),
        );
    }
    write("l9.yaml", GOOD);
    let first = folder.path().join("l0.yaml");
    assert_eq!(
        load(&first, &[]).expect_err("nine on top").problems[0].code,
        Code::Extends
    );
    assert!(load(&folder.path().join("l2.yaml"), &[]).is_ok());
}

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 6);
    paths
}

#[test]
fn the_scenarios_load_and_survive_log_and_yaml() {
    // Each scenario of the project is valid, equals what its line 0 and its resolved YAML read back, and names its schema.
    let folder = folder();
    for path in scenarios() {
        let loaded = load(&path, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert!(
            loaded
                .given_text
                .starts_with("# yaml-language-server: $schema=../schemas/scenario.schema.json\n")
        );
        let scenario = loaded.scenario;
        let line = scenario.to_log_json().expect("JSON");
        assert_eq!(
            Scenario::from_log_json(&line).expect("a scenario"),
            scenario
        );
        assert!(
            line.contains(r#""seed":""#) && line.contains(r#","detail":""#),
            "{line}"
        );
        let resolved = folder.path().join("resolved.yaml");
        std::fs::write(&resolved, typed::to_yaml(&scenario)).expect("a file");
        assert_eq!(
            load(&resolved, &[])
                .unwrap_or_else(|e| panic!("{e}"))
                .scenario,
            scenario
        );
        assert_eq!(
            scenario.agent_specs().count() as u64,
            scenario.agent_count().unwrap_or(0)
        );
    }
}

#[test]
fn our_reading_of_yaml_is_serde_yamls() {
    // Two parsers must not understand a scenario differently: the text read by serde_yaml alone gives the same scenario.
    for path in scenarios() {
        let text = std::fs::read_to_string(&path).expect("a file");
        if text.contains("extends:") {
            continue;
        }
        let mut value: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
        if text.contains("kind: dosadi") {
            continue;
        }
        value["environment"]["kind"] = "commons".into();
        let mut other: Scenario = serde_yaml::from_value(value).expect("a scenario");
        let ours = load(&path, &[]).unwrap_or_else(|e| panic!("{e}")).scenario;
        for (theirs, group) in other.agents.iter_mut().zip(&ours.agents) {
            for (key, given) in std::mem::take(&mut theirs.config) {
                assert_eq!(group.config.get(&key), Some(&given));
            }
            theirs.config.clone_from(&group.config);
        }
        assert_eq!(other, ours, "{}", path.display());
    }
}

/// Every keyword of a schema is known; names of properties and definitions are no keywords.
fn keywords(schema: &serde_json::Value, names: bool) {
    match schema {
        serde_json::Value::Object(map) => {
            for (key, sub) in map {
                assert!(names || KEYWORDS.contains(&key.as_str()), "{key}");
                if names || !matches!(key.as_str(), "default" | "examples" | "const" | "enum") {
                    keywords(
                        sub,
                        !names && matches!(key.as_str(), "properties" | "$defs"),
                    );
                }
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|sub| keywords(sub, false)),
        _ => {}
    }
}

#[test]
fn the_schema_is_the_committed_one_and_is_obeyed_in_full() {
    // The committed schema is what `das schema` prints; no world's own schema holds a keyword that the walker would ignore.
    let mut printed = Vec::new();
    assert_eq!(schema::schema(&mut printed).expect("a write"), 0);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/scenario.schema.json");
    let committed = std::fs::read(path).expect("the committed schema");
    assert!(
        printed == committed,
        "stale: das schema > schemas/scenario.schema.json"
    );
    for world in vocabulary::WORLDS {
        keywords(das_runner::scenario::schema::of(world), false);
    }
}

#[test]
fn problems_are_drawn_and_written_as_json() {
    // The same problem in three styles: greppable line, snippet with the whole line, JSON with span.
    let errors = fails_bytes(
        format!("{GOOD}environment: {{attention_scarcity: 1.5}}\n").as_bytes(),
        &[],
    );
    let plain = scenario::render(&errors, Style::Plain);
    assert!(plain.contains("case.yaml:6:35: error[out_of_range]: `environment.attention_scarcity` must be between 0 and 1, not 1.5"), "{plain}");
    let drawn = scenario::render(
        &errors,
        Style::Fancy {
            color: false,
            width: 100,
        },
    );
    assert!(
        drawn.contains("case.yaml:6:35")
            && drawn.contains("6 │ environment: {attention_scarcity: 1.5}"),
        "{drawn}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&scenario::render(&errors, Style::Json)).expect("JSON");
    let error = &json["errors"][0];
    assert_eq!(
        (
            &error["code"],
            &error["line"],
            &error["column"],
            &error["length"]
        ),
        (&"out_of_range".into(), &6.into(), &35.into(), &3.into())
    );
    assert_eq!(error["path"], "environment.attention_scarcity");
}

#[test]
fn check_new_list_and_explain_do_what_they_say() {
    // A new scenario passes check and is not overwritten; check reports all files; every listed name can be explained.
    let folder = folder();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let make = |name: &str, out: &mut Vec<u8>, err: &mut Vec<u8>| {
        new::new_scenario(name, None, folder.path(), false, out, err).expect("a write")
    };
    assert_eq!(make("mine", &mut out, &mut err), 0);
    assert_eq!(make("mine", &mut out, &mut err), 74);
    assert_eq!(make("../mine", &mut out, &mut err), 2);
    let good = folder.path().join("mine.yaml");
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, "scenario_id: bad\n").expect("a file");
    let missing = folder.path().join("mien.yaml");
    out.clear();
    err.clear();
    let files = [good.clone(), bad, missing];
    let code = check::check(&files, &[], Style::Plain, &mut out, &mut err).expect("a write");
    assert_eq!(code, 3);
    let (shown, wrong) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
    assert!(
        shown.starts_with("ok  ")
            && shown.contains("mine: 5 agents, 10 epochs × 10 steps, seed 42"),
        "{shown}"
    );
    assert!(
        wrong.contains("the key `agents` is missing") && wrong.contains("mine.yaml`?"),
        "{wrong}"
    );
    assert!(wrong.contains("2 of 3 files"), "{wrong}");
    for family in ["environments", "agents", "levers", "metrics", "events"] {
        let family = list::Family::named(family).expect("a family");
        for descriptor in family.descriptors() {
            let mut text = Vec::new();
            assert_eq!(
                explain::explain(descriptor.name, false, &mut text, &mut err).expect("a write"),
                0
            );
            assert!(String::from_utf8_lossy(&text).contains(descriptor.summary));
            text.clear();
            explain::explain(descriptor.name, true, &mut text, &mut err).expect("a write");
            let json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            assert!(
                json.as_array().expect("a list").iter().any(|item| {
                    item["name"] == descriptor.name && item["summary"] == descriptor.summary
                }),
                "{json}"
            );
        }
    }
    for name in [
        "governance.transaction_tax_rate",
        "audit_penalty",
        "agents.honest.config.p_post",
        "3",
        "130",
        "seed",
    ] {
        out.clear();
        assert_eq!(
            explain::explain(name, false, &mut out, &mut err).expect("a write"),
            0,
            "{name}"
        );
    }
    err.clear();
    assert_eq!(
        explain::explain("toxcity_rate", false, &mut out, &mut err).expect("a write"),
        2
    );
    assert!(String::from_utf8_lossy(&err).contains("did you mean `toxicity_rate`?"));
}

#[test]
fn overrides_change_what_they_name_and_nothing_else() {
    // By index, by type, by a name with a dot in it, and the last of two wins.
    let folder = folder();
    let path = folder.path().join("case.yaml");
    std::fs::write(
        &path,
        format!("{GOOD}{}", "governance:\n  audit_probability: 0.5\n")
            .replace("count: 1}", "name: big.bad}"),
    )
    .expect("a file");
    let words = [
        "agents.0.count=7",
        "agents.big.bad.config.p_post=0.5",
        "agents.honest.role=planner",
        "simulation.epochs=4",
        "simulation.epochs=6",
        "safety.bucket_capacity=3",
    ];
    let words: Vec<String> = words.iter().map(|&w| w.to_owned()).collect();
    let changed = load(&path, &words)
        .unwrap_or_else(|e| panic!("{e}"))
        .scenario;
    let mut before = load(&path, &[]).unwrap_or_else(|e| panic!("{e}")).scenario;
    before.agents[0].count = 7;
    before.agents[0].role = "planner".to_owned();
    before.agents[1]
        .config
        .insert("p_post".to_owned(), 0.5.into());
    before.simulation.epochs = 6;
    before.safety.bucket_capacity = Some(3);
    assert_eq!(changed, before);
    let names: Vec<String> = changed.agent_specs().map(|spec| spec.name).collect();
    assert_eq!(names.first().map(String::as_str), Some("honest.1"));
    assert_eq!(names.last().map(String::as_str), Some("big.bad.1"));
}

#[test]
fn scoring_reads_a_scenario_or_a_part_of_one() {
    // `payoff` and `proxy` alone are enough; a mistake in them is placed.
    let folder = folder();
    let path = folder.path().join("score.yaml");
    std::fs::write(&path, "payoff: {h: 3}\n").expect("a file");
    assert_eq!(
        scenario::load_scoring(&path)
            .unwrap_or_else(|e| panic!("{e}"))
            .0
            .h,
        3.0
    );
    std::fs::write(&path, "proxy: {weihgts: {}}\n").expect("a file");
    let errors = scenario::load_scoring(&path).expect_err("a typing error");
    assert_eq!(errors.problems[0].suggestion.as_deref(), Some("weights"));
    assert_eq!(
        load(&folder.path().join("no.yaml"), &[])
            .expect_err("no file")
            .exit_code(),
        3
    );
}
