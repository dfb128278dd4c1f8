//! `das report`: figures that are those of the files, text that stays text, pages that load nothing, mistakes that cost nothing.

use crate::cities::{CITY, city};
use crate::support::{SMALL, bytes, das, place, stderr, stdout};
use crate::terminal::hostile;
use das_runner::report::of_run;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// A scenario that posts, tracks a figure and is judged.
const JUDGED: &str = "metrics_to_track: [brier_score]\ngovernance: {transaction_tax_rate: 0.05}\n\
                      success_criteria: {toxicity_rate: {max: 0.9}, quality_gap: {min: 5.0, per_epoch: true}}\n";

/// Texts by their `data-testid`. None may stand twice.
fn by_id(page: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for part in page.split(" data-testid=\"").skip(1) {
        let (id, rest) = part.split_once('"').unwrap();
        let text = rest.split_once('>').unwrap().1.split('<').next().unwrap();
        assert!(
            found.insert(plain(id), plain(text)).is_none(),
            "{id} stands twice"
        );
    }
    found
}

/// A text as its reader sees it.
fn plain(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, is)| {
        text.replace(entity, is)
    })
}

/// Every element is closed in order, and the page asks for nothing: no address, no program, no source.
fn whole_and_alone(page: &str) {
    let mut open = Vec::new();
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()), "</{tag}>");
        } else if !tag.starts_with("meta ") && tag != "!doctype html" {
            open.push(tag.split(' ').next().unwrap().to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for gone in [
        "<script",
        " src=",
        "http:",
        "https:",
        "url(",
        "@import",
        "<link",
        "<img",
        "<iframe",
        "javascript:",
        "not shown:",
        "NaN",
    ] {
        assert!(!page.contains(gone), "{gone}");
    }
    let policy = "content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\"";
    assert_eq!(page.matches(policy).count(), 1);
}

fn read(path: &Path) -> String {
    String::from_utf8(bytes(path)).unwrap()
}

/// Reports on a run and compares every figure with its `summary.json`.
fn agrees(dir: &Path, run: &str) -> String {
    let output = das(dir, &["report", run, "-o", "report.html"], 0);
    assert!(
        stdout(&output)
            .lines()
            .last()
            .unwrap()
            .contains("xdg-open report.html")
    );
    let page = read(&dir.join("report.html"));
    whole_and_alone(&page);
    let ids = by_id(&page);
    let text = read(&dir.join(run).join("summary.json"));
    let summary: Value = serde_json::from_str(&text).unwrap();
    let metrics = summary["metrics"].as_object().unwrap();
    assert!(metrics.len() > 30);
    for (name, value) in metrics {
        assert_eq!(ids[&format!("value-{name}")], value.to_string(), "{name}");
        assert!(text.contains(&format!("\"{name}\": {value}")), "{name}");
    }
    let shown = ids.keys().filter(|id| id.starts_with("value-")).count();
    assert_eq!(shown, metrics.len());
    for (reason, value) in summary["moved"].as_object().unwrap() {
        assert_eq!(ids[&format!("moved-{reason}")], value.to_string());
    }
    assert_eq!(ids["treasury"], summary["treasury"].to_string());
    assert_eq!(ids["status"], summary["status"].as_str().unwrap());
    for verdict in summary["criteria"].as_array().unwrap() {
        let name = verdict["metric"].as_str().unwrap();
        let word = if verdict["pass"] == true {
            "PASS"
        } else {
            "FAIL"
        };
        assert_eq!(ids[&format!("criterion-{name}")], word);
        assert_eq!(
            ids[&format!("criterion-value-{name}")],
            verdict["value"].to_string()
        );
    }
    assert!(page.contains(summary["log"]["sha256"].as_str().unwrap()));
    page
}

#[test]
fn figures_of_a_commons_are_those_of_its_summary() {
    // Every metric, criterion and sum of money, digit for digit; the drawings are there; the same run gives the same bytes, from
    // another place too; the configuration on the page makes the same log again.
    let dir = place();
    std::fs::write(dir.path().join("judged.yaml"), format!("{SMALL}{JUDGED}")).unwrap();
    das(
        dir.path(),
        &["run", "judged.yaml", "--out", "run", "-q", "--no-criteria"],
        0,
    );
    let page = agrees(dir.path(), "run");
    assert!(by_id(&page).keys().any(|id| id == "metric-brier_score"));
    for title in [
        "Harm",
        "How p is spread",
        "Calibration: share of good ones by mean p",
        "Lorenz curve of final balances",
        "Cascades by size",
        "Cascades by depth",
        "Who deals with whom",
        "Agents",
        "What levers did",
        "Notable moments",
        "Configuration",
    ] {
        assert!(page.contains(&format!(">{title}</h")), "{title}");
    }
    das(
        dir.path(),
        &["report", "run/events.jsonl", "-o", "again.html"],
        0,
    );
    std::fs::rename(dir.path().join("run"), dir.path().join("moved")).unwrap();
    das(dir.path(), &["report", "moved", "-o", "moved.html"], 0);
    for other in ["again.html", "moved.html"] {
        assert_eq!(read(&dir.path().join(other)), page, "{other}");
    }
    let ids = by_id(&page);
    std::fs::write(
        dir.path().join("scenario.resolved.yaml"),
        &ids["configuration"],
    )
    .unwrap();
    let commands = &ids["reproduce"];
    let run = commands
        .lines()
        .find(|line| line.starts_with("das run "))
        .unwrap();
    let words: Vec<&str> = run
        .split(' ')
        .skip(1)
        .chain(["-q", "--no-criteria"])
        .collect();
    das(dir.path(), &words, 0);
    assert_eq!(
        bytes(dir.path().join("again.jsonl")),
        bytes(dir.path().join("moved/events.jsonl"))
    );
}

#[test]
fn figures_of_a_city_are_those_of_its_summary() {
    // A city of twelve wards: the same, and maps, crackdowns and flows of its own.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("city.yaml"), CITY).unwrap();
    das(dir.path(), &["run", "city.yaml", "--out", "run", "-q"], 0);
    let page = agrees(dir.path(), "run");
    for title in [
        "Hottest routes (at most 20), by shipments sent",
        "Heat of borders, by smuggled cargo that came to them",
        "Crackdowns",
        "Wards",
        "Who paid what to whom, in credits",
    ] {
        assert!(page.contains(&format!(">{title}</h3>")), "{title}");
    }
    // Each of the twelve wards on two, two and seven small maps: in four weeks nobody moved.
    assert_eq!(page.matches("<polygon ").count(), 12 * (2 + 2 + 7));
}

/// Outlines of wards on a page's maps.
fn outlines(page: &str) -> BTreeSet<&str> {
    let areas = page.split("<polygon points=\"").skip(1);
    areas.map(|area| area.split('"').next().unwrap()).collect()
}

#[test]
fn a_city_from_a_vault_has_the_map_of_the_vault() {
    // Taken up after two weeks its wards lie where they lay; the vault is not there, was changed, or line 0 names files elsewhere: the
    // page says so where the maps would be, and the rest of it is there.
    let dir = city();
    let run = |args: &[&str]| das(dir.path(), &[&["run", "city.yaml", "-q"], args].concat(), 0);
    run(&["--out", "whole"]);
    run(&["--out", "half", "--epochs", "2", "--save-vault", "half"]);
    run(&["--out", "rest", "environment.vault=vaults/half"]);
    let page = |run: &str, to: &str| -> String {
        das(dir.path(), &["report", run, "-o", to, "--force", "-q"], 0);
        read(&dir.path().join(to))
    };
    let (whole, rest) = (page("whole", "whole.html"), page("rest", "rest.html"));
    assert_eq!(outlines(&whole).len(), 12);
    assert_eq!(outlines(&rest), outlines(&whole));
    assert!(!rest.contains("No map"));
    let without = |why: &str| {
        let page = page("rest", "without.html");
        whole_and_alone(&page);
        assert!(outlines(&page).is_empty());
        let said: Vec<&str> = (page.split("The city went on from a vault").skip(1))
            .map(|text| text.split('<').next().unwrap())
            .collect();
        assert_eq!(said.len(), 3, "smuggling, borders, wards");
        assert!(said.iter().all(|text| text.contains(why)), "{said:?}");
        assert!(page.contains(">Who paid what to whom, in credits</h3>"));
    };
    let file = dir.path().join("vaults/half/map.json");
    let map = bytes(&file);
    std::fs::write(&file, [&map[..], b" "].concat()).unwrap();
    without("the vault was changed");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    without("is no file");
    std::fs::rename(dir.path().join("vaults"), dir.path().join("away")).unwrap();
    without("vaults/half");
    // A log that anybody wrote, with a file of somebody's for one of the vault: it is not read, whatever it holds.
    let log = read(&dir.path().join("rest/events.jsonl"));
    let other = log.replacen("vaults/half/map.json", "city.yaml", 1);
    std::fs::write(
        dir.path().join("other.jsonl.part"),
        other.lines().next().unwrap(),
    )
    .unwrap();
    let mut file = std::fs::File::options()
        .append(true)
        .open(dir.path().join("other.jsonl.part"))
        .unwrap();
    std::io::Write::write_all(&mut file, b"\n").unwrap();
    das(
        dir.path(),
        &["report", "other.jsonl.part", "-o", "other.html", "-q"],
        23,
    );
    let page = read(&dir.path().join("other.html"));
    assert!(page.contains("line 0 names files that are not in vaults/half"));
}

#[test]
fn figures_of_a_sweep_are_those_of_its_table() {
    // Every run and compared metric as results.csv has it; effects, forest, heat, axes and frontier are drawn.
    let dir = place();
    let sweep = "sweep_id: toy\nbase: small.yaml\nconfigurations:\n  - name: none\n  - {name: audits, set: {governance.audit_probability: 0.2, \
                 governance.audit_penalty: 1}}\n  - {name: tax, set: {governance.transaction_tax_rate: 0.1}}\naxes:\n  regime:\n    - {name: \
                 thin, set: {environment.regime: thin}}\n    - {name: roomy, set: {environment.regime: roomy}}\nseeds: 3\n";
    std::fs::write(dir.path().join("toy.yaml"), sweep).unwrap();
    das(dir.path(), &["sweep", "toy.yaml", "-q", "--out", "toy"], 0);
    das(dir.path(), &["report", "toy", "-o", "toy.html"], 0);
    let page = read(&dir.path().join("toy.html"));
    whole_and_alone(&page);
    let ids = by_id(&page);
    let mut table = csv::Reader::from_path(dir.path().join("toy/results.csv")).unwrap();
    let head = table.headers().unwrap().clone();
    let (mut rows, mut cells) = (0, 0);
    for (at, record) in table.records().enumerate() {
        rows += 1;
        for (name, text) in head.iter().zip(record.unwrap().iter()) {
            if let Some(shown) = ids.get(&format!("result-{at}-{name}")) {
                assert_eq!(shown, text, "{at} {name}");
                cells += 1;
            }
        }
    }
    assert_eq!(rows, 18);
    assert!(cells >= 18 * 3, "{cells}");
    assert_eq!(
        ids.keys().filter(|id| id.starts_with("result-")).count(),
        cells
    );
    for title in [
        "Welfare against harm",
        "Measures of each configuration",
        "Standardised effects d_z (mean difference over its standard deviation)",
        "toxicity_rate: difference",
    ] {
        assert_eq!(
            page.matches(&format!(">{title}</h3>")).count(),
            2,
            "{title}"
        );
    }
    das(dir.path(), &["report", "toy", "-o", "toy2.html"], 0);
    assert_eq!(read(&dir.path().join("toy2.html")), page);
}

/// An unfinished log in which every text that anybody chose is `text`.
fn log_with(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    let name = |n: u32| Value::String(format!("{text}.{n}")).to_string();
    let mut log = format!(
        "{{\"seq\":0,\"type\":\"simulation_started\",\"epoch\":0,\"step\":0,\"event\":0,\"schema\":1,\"engine\":2,\"seed\":\"7\",\"scenario\":{{\
         \"scenario_id\":{quoted},\"description\":{quoted},\"environment\":{{\"kind\":\"commons\"}},\"simulation\":{{\"epochs\":9,\"steps_per_epoch\":3}}}}}}\n"
    );
    let mut seq = 0;
    let mut line = |kind: &str, rest: String| {
        seq += 1;
        let _ = writeln!(
            log,
            "{{\"seq\":{seq},\"type\":\"{kind}\",\"epoch\":0,\"step\":0,\"event\":{seq},{rest}}}"
        );
    };
    for n in 0..3 {
        line(
            "agent_registered",
            format!("\"agent\":{},\"kind\":{quoted},\"role\":{quoted}", name(n)),
        );
    }
    let post = Value::String(format!("{text}#")).to_string();
    line(
        "post_created",
        format!(
            "\"post\":{post},\"author\":{},\"content\":{quoted}",
            name(0)
        ),
    );
    line(
        "post_flagged",
        format!(
            "\"post\":{post},\"author\":{},\"moderator\":{}",
            name(0),
            name(1)
        ),
    );
    line(
        "interaction",
        format!(
            "\"id\":{quoted},\"kind\":{quoted},\"opened\":0,\"initiator\":{},\"counterparty\":{},\"accepted\":true,\"task_progress_delta\":0.5,\
             \"rework_count\":0,\"verifier_rejections\":0,\"tool_misuse_flags\":0,\"counterparty_engagement_delta\":0.1,\"v_hat\":0.2,\"p\":0.6,\
             \"tau\":0.0,\"c_a\":0.0,\"c_b\":0.0,\"r_a\":0.0,\"r_b\":0.0,\"pi_a\":0.5,\"pi_b\":0.25,\"levers\":[{quoted}],\"deception\":0.5,\
             \"ground_truth\":-1",
            name(0),
            name(1)
        ),
    );
    line(
        "governance_freeze",
        format!(
            "\"lever\":{quoted},\"agent\":{},\"interaction\":{quoted},\"until_epoch\":2",
            name(1)
        ),
    );
    line(
        "action_refused",
        format!(
            "\"agent\":{},\"tool\":{quoted},\"reason\":{quoted},\"detail\":{quoted}",
            name(2)
        ),
    );
    for n in 0..3 {
        line(
            "agent_state",
            format!(
                "\"agent\":{},\"kind\":{quoted},\"reputation\":0.5,\"balance\":9.5,\"payoff\":0.5,\"accepted\":1,\"rejected\":0",
                name(n)
            ),
        );
    }
    line(
        "epoch_completed",
        format!(
            "\"metrics\":{{\"n_interactions\":1,\"toxicity_rate\":0.4}},\"kinds\":{{{quoted}:{{\"agents\":3,\"payoff\":0.5,\"reputation\":0.5,\
             \"balance\":9.5}}}},\"env\":{{{quoted}:0.5}}"
        ),
    );
    log
}

#[test]
fn hostile_texts_stay_text() {
    // Names of agents, roles, policies, levers, posts, figures, the scenario and the file itself: whatever they are, the page has
    // the elements and quotes that it has with a harmless name, all closed, and none of what is written runs or loads.
    let (parts, _) = hostile();
    assert!(parts.len() >= 200);
    let dir = tempfile::tempdir().unwrap();
    let page_of = |file: &str, text: &str| -> String {
        let path = dir.path().join(file);
        std::fs::write(&path, log_with(text)).unwrap();
        let made = of_run(&path).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(!made.finished);
        made.text
    };
    let harmless = page_of("harmless.jsonl.part", "harmless");
    let count = |page: &str, of: char| page.matches(of).count();
    for text in &parts {
        let named = text.chars().filter(|c| !['/', '\0'].contains(c));
        let file: String = named.take(60).collect();
        let page = page_of(&format!("{file}.jsonl.part"), text);
        for of in ['<', '>', '"'] {
            assert_eq!(count(&page, of), count(&harmless, of), "{of} with {text:?}");
        }
        let ids = by_id(&page);
        let shown: String = text
            .chars()
            .map(|c| {
                let none = ('\u{fdd0}'..='\u{fdef}').contains(&c);
                if none || c.is_control() && c != '\n' && c != '\t' {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect();
        assert_eq!(ids["title"], shown, "{text:?}");
        // What loads or runs needs an element or an attribute, and there is none but ours.
        for gone in [
            "<script",
            "<img",
            "<iframe",
            "<base",
            "<object",
            "<form",
            " src=x",
            " onload=a",
            " onerror=a",
        ] {
            let inside = page
                .split('<')
                .skip(1)
                .filter_map(|part| part.split('>').next());
            assert!(
                !inside
                    .into_iter()
                    .any(|tag| format!("<{tag}").starts_with(gone)),
                "{gone} with {text:?}"
            );
        }
    }
    whole_and_alone(&harmless);
}

#[test]
fn an_unfinished_run_says_so_and_a_damaged_one_has_no_page() {
    // A log cut in a line has its page, with the figures of its last whole epoch and exit code 23; one that was changed has none.
    let dir = place();
    das(dir.path(), &["run", "small.yaml", "--out", "run", "-q"], 0);
    let log = bytes(dir.path().join("run/events.jsonl"));
    let text = String::from_utf8(log.clone()).unwrap();
    let second = text
        .match_indices("\"type\":\"epoch_completed\"")
        .nth(1)
        .unwrap()
        .0;
    let cut = second + text[second..].find("\n{").unwrap() + 400;
    std::fs::create_dir(dir.path().join("cut")).unwrap();
    std::fs::write(dir.path().join("cut/events.jsonl.part"), &log[..cut]).unwrap();
    let output = das(dir.path(), &["report", "cut", "-o", "cut.html"], 23);
    assert!(
        stderr(&output).contains("not finished"),
        "{}",
        stderr(&output)
    );
    let page = read(&dir.path().join("cut.html"));
    whole_and_alone(&page);
    let ids = by_id(&page);
    assert_eq!(ids["status"], "unfinished");
    let line = text[second..].lines().next().unwrap();
    let metrics: Value = serde_json::from_str(
        &line[line.find("\"metrics\":").unwrap() + 10..line.find(",\"kinds\"").unwrap()],
    )
    .unwrap();
    assert_eq!(
        ids["value-toxicity_rate"],
        metrics["toxicity_rate"].to_string()
    );
    assert!(!page.contains("id=\"criteria\""));
    let changed = text.replacen("\"p\":0.", "\"p\":0.1", 1);
    std::fs::write(dir.path().join("run/events.jsonl"), changed).unwrap();
    let output = das(dir.path(), &["report", "run", "-o", "changed.html"], 21);
    assert!(
        stderr(&output).contains("damaged at line"),
        "{}",
        stderr(&output)
    );
    assert!(!dir.path().join("changed.html").exists());
}

#[test]
fn what_a_lean_log_does_not_keep_is_left_out() {
    // With epochs alone the figures are all there; nothing is drawn from interactions that the log does not have, and that is said.
    let dir = place();
    das(
        dir.path(),
        &[
            "run",
            "small.yaml",
            "outputs.detail=epochs",
            "--out",
            "run",
            "-q",
        ],
        0,
    );
    let page = agrees(dir.path(), "run");
    assert!(page.contains("keeps no single interactions"));
    for section in ["spread", "network", "resources", "governance", "failures"] {
        assert!(
            !page.contains(&format!("<section id=\"{section}\">")),
            "{section}"
        );
    }
    assert!(page.contains(">Who gained, by policy</h3>") && page.contains(">Harm</h3>"));
}

#[test]
fn mistakes_cost_nothing() {
    // What is no run, what is there already and what is no report are each said, and nothing is overwritten.
    let dir = place();
    das(dir.path(), &["run", "small.yaml", "--out", "run", "-q"], 0);
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    let says = |args: &[&str], code: i32, what: &str| {
        let output = das(dir.path(), args, code);
        assert!(
            stderr(&output).contains(what),
            "{args:?}: {}",
            stderr(&output)
        );
    };
    says(&["report", "nowhere"], 3, "is not there");
    says(&["report", "empty"], 3, "is no run and no sweep");
    says(&["report", "small.yaml"], 3, "is no log");
    says(&["report", "run", "-o", "empty"], 2, "is a directory");
    says(
        &["report", "run", "-o", "no/such/place.html"],
        74,
        "cannot be written",
    );
    assert!(!dir.path().join("report.html").exists());
    das(dir.path(), &["report", "run", "-q"], 0);
    let page = read(&dir.path().join("report.html"));
    says(&["report", "run"], 2, "--force overwrites it");
    let output = das(
        dir.path(),
        &["report", "run", "--force", "--format", "json"],
        0,
    );
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(said["bytes"], page.len());
    let log = bytes(dir.path().join("run/events.jsonl"));
    says(
        &["report", "run", "--force", "-o", "run/events.jsonl"],
        2,
        "is no report",
    );
    assert_eq!(bytes(dir.path().join("run/events.jsonl")), log);
}
