//! What reaches a terminal: text from outside without anything that acts there, whatever position it comes by.

use crate::support::{SMALL, command, place, stderr, stdout};
use das_core::log::ENGINE_REVISION;
use das_runner::scenario::{Style, load, render};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::Output;

/// Texts made for terminals, one of each kind and more, and those that try to be elements of a page. The browser is given the same.
pub(crate) fn hostile() -> (Vec<String>, Vec<String>) {
    let all: Value =
        serde_json::from_str(include_str!("../../../../tests/fixtures/hostile.json")).unwrap();
    let list = |name: &str| serde_json::from_value(all[name].clone()).unwrap();
    (list("terminal"), list("markup"))
}

/// Characters that act on a terminal or turn the direction of writing.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Neither stream holds one.
fn quiet(output: &Output, what: &dyn std::fmt::Debug) {
    for bytes in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(bytes).unwrap();
        if let Some(at) = text.find(acts) {
            panic!(
                "{what:?}: {:?}",
                text[at..].chars().take(40).collect::<String>()
            );
        }
    }
}

/// A log with each text as name, policy and role of an agent, as a post, as a party to the best looking harm, as a lever and a reason.
fn log(texts: &[String]) -> String {
    let mut log = String::new();
    let mut seq = 0;
    let mut line = |kind: &str, rest: String| {
        // No line of a log holds DEL as it is.
        let rest = rest.replace('\u{7f}', "\\u007f");
        let _ = writeln!(
            log,
            "{{\"seq\":{seq},\"type\":\"{kind}\",\"epoch\":0,\"step\":0,\"event\":{seq},{}",
            &rest[1..]
        );
        seq += 1;
    };
    let scenario = json!({"scenario_id": texts[0], "description": texts.concat(), "environment": {"kind": "commons"},
        "simulation": {"epochs": 9, "steps_per_epoch": 1}, "metrics_to_track": texts});
    line(
        "simulation_started",
        format!(
            "{{\"schema\":1,\"engine\":{ENGINE_REVISION},\"seed\":\"7\",\"scenario\":{scenario}}}"
        ),
    );
    let mut line = |kind: &str, rest: Value| line(kind, rest.to_string());
    for text in texts {
        line(
            "agent_registered",
            json!({"agent": text, "kind": text, "role": text}),
        );
    }
    for (at, text) in texts.iter().enumerate() {
        let other = &texts[(at + 1) % texts.len()];
        line(
            "post_created",
            json!({"post": text, "author": text, "content": text}),
        );
        line(
            "interaction",
            json!({"id": text, "kind": text, "opened": 0, "initiator": text, "counterparty": other, "accepted": true,
            "task_progress_delta": 0.5, "rework_count": 0, "verifier_rejections": 0, "tool_misuse_flags": 0, "counterparty_engagement_delta": 0.1,
            "v_hat": 0.2, "p": 0.6 + at as f64 * 1e-4, "tau": 0.0, "c_a": 0.0, "c_b": 0.0, "r_a": 0.0, "r_b": 0.0, "pi_a": 0.5, "pi_b": 0.25,
            "levers": [text], "deception": at as f64 * 1e-3, "ground_truth": -1}),
        );
        line(
            "governance_freeze",
            json!({"lever": text, "agent": text, "interaction": text, "until_epoch": 2}),
        );
        line(
            "governance_refused",
            json!({"lever": text, "agent": text, "reason": text}),
        );
        line(
            "action_refused",
            json!({"agent": text, "tool": text, "reason": text, "detail": text}),
        );
    }
    let kinds: Value = texts
        .iter()
        .take(9)
        .map(|text| {
            (
                text.clone(),
                json!({"agents": 3, "payoff": 0.5, "reputation": 0.5, "balance": 9.5}),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    line(
        "epoch_completed",
        json!({"metrics": {"n_interactions": 1, "toxicity_rate": 0.4}, "kinds": kinds, "env": {&texts[1]: 0.5}}),
    );
    log
}

#[test]
fn texts_of_a_log_do_nothing_to_a_terminal() {
    // Five hundred texts as names, posts, levers and reasons: no command that reads logs passes on what acts, for people, as JSON or
    // in colours; and what is printed as JSON still says the same.
    let (terminal, markup) = hostile();
    assert!(terminal.len() >= 200 && markup.len() >= 200);
    let texts = [terminal, markup].concat();
    let dir = place();
    let name = "log\u{1b}]8;;x\u{7}\u{202e}.jsonl.part";
    let text = log(&texts);
    std::fs::write(dir.path().join(name), &text).unwrap();
    let last = text.lines().count() - 2;
    let mut events = vec![String::new(); 6];
    for (at, event) in events.iter_mut().enumerate() {
        *event = (last - at).to_string();
    }
    let whole: &[&[&str]] = &[
        &["log", "overview", name],
        &["log", "events", name],
        &["log", "agents", name],
        &["log", "agents", name, "--sort", "name"],
        &["log", "check", name],
        &["score", name],
        &["score", name, "--each"],
        &["export", name, "--to", "csv", "-o", "tables"],
        &["report", name],
        &["cockpit", name],
        &["replay", name],
        &["resume", name],
    ];
    let whys: Vec<[&str; 4]> = (events.iter())
        .map(|event| ["log", "why", name, event.as_str()])
        .collect();
    let all = whole
        .iter()
        .copied()
        .chain(whys.iter().map(<[&str; 4]>::as_slice));
    for args in all {
        for more in [&[][..], &["--format", "json"], &["-v"]] {
            let output = command(dir.path(), &[args, more].concat())
                .output()
                .unwrap();
            quiet(&output, &(args, more));
        }
        let output = command(dir.path(), &[args, &["--color", "always"]].concat())
            .output()
            .unwrap();
        for bytes in [output.stdout, output.stderr] {
            let mut shown = String::from_utf8(bytes).unwrap();
            for own in ["\u{1b}[1m", "\u{1b}[32m", "\u{1b}[1;31m", "\u{1b}[0m"] {
                shown = shown.replace(own, "");
            }
            assert!(!shown.contains(acts), "{args:?}");
        }
    }
    // To resume it set it aside.
    std::fs::write(dir.path().join(name), &text).unwrap();
    let output = command(dir.path(), &["log", "events", name])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(23), "{}", stderr(&output));
    let parsed = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert!(parsed(&stdout(&output)) == parsed(&text));
}

#[test]
fn words_and_file_names_do_nothing_to_a_terminal() {
    // Each text as an argument of one command or another: file, folder, name, key, value, subcommand, flag. All are refused or passed
    // over with a message, and no message acts. A NUL and what is too long cannot be arguments or names of files.
    let (texts, _) = hostile();
    let dir = place();
    let mut said = 0;
    for (at, text) in texts.iter().filter(|text| !text.contains('\0')).enumerate() {
        let (flag, value, key) = (
            format!("--{text}"),
            format!("agents.0.type={text}"),
            format!("{text}=1"),
        );
        let forms: [&[&str]; 16] = [
            &["log", "overview", text],
            &["run", text],
            &["resume", text],
            &["replay", text],
            &["sweep", text],
            &["compare", text],
            &["report", text],
            &["dashboard", text],
            &["export", text, "--to", "csv", "-o", "x"],
            &["score", text],
            &["explain", text],
            &["new", "scenario", text],
            &["check", "small.yaml", &value],
            &["check", "small.yaml", &key],
            &["log", "agents", "small.yaml", &flag],
            &[text],
        ];
        let args = forms[at % forms.len()];
        let output = command(dir.path(), args).output().unwrap();
        assert_ne!(output.status.code(), Some(0), "{args:?}");
        quiet(&output, &args);
        said += usize::from(!output.stderr.is_empty());
    }
    assert!(said >= 200, "{said}");
}

#[test]
fn texts_of_a_scenario_do_nothing_to_a_terminal() {
    // Each text as description, id, policy, key and comment, one file each under a hostile name: what is accepted and what is refused
    // is said without what acts; so are snippets in colours.
    let (texts, markup) = hostile();
    let dir = place();
    let (mut files, mut drawn) = (Vec::new(), 0);
    for (at, text) in texts.iter().chain(markup.iter().step_by(4)).enumerate() {
        let quoted = serde_json::to_string(text).unwrap();
        let name: String = text
            .chars()
            .filter(|c| !['/', '\0', '='].contains(c))
            .take(40)
            .collect();
        let file = dir.path().join(format!("{at}{name}.yaml"));
        let content = match at % 4 {
            0 => SMALL.replacen("agents:", &format!("description: {quoted}\nagents:"), 1),
            1 => SMALL.replacen("small", &quoted, 1),
            2 => SMALL.replacen("honest", &quoted, 1),
            _ => format!("{SMALL}{quoted}: 1 # {text}\n"),
        };
        std::fs::write(&file, content).unwrap();
        if let Err(errors) = load(&file, &[]) {
            for color in [true, false] {
                let text = render(&errors, Style::Fancy { color, width: 100 });
                // Of our own there are sequences for colours alone.
                let mut parts = text.split('\u{1b}');
                assert!(!parts.next().unwrap().contains(acts), "{file:?}");
                for part in parts {
                    let (code, rest) = part.split_once('m').unwrap();
                    let own = code
                        .strip_prefix('[')
                        .unwrap()
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b == b';');
                    assert!(color && own && !rest.contains(acts), "{file:?}: {part:?}");
                }
            }
            drawn += 1;
        }
        files.push(file);
    }
    assert!(files.len() >= 300 && drawn >= 150, "{drawn}");
    for format in ["human", "json"] {
        let names = files.iter().map(|file| file.as_os_str());
        let output = command(dir.path(), &["check", "--format", format])
            .args(names)
            .output()
            .unwrap();
        quiet(&output, &format);
        quiet(
            &command(
                dir.path(),
                &["list", "scenarios", "--folder", ".", "--format", format],
            )
            .output()
            .unwrap(),
            &format,
        );
    }
    // One that is accepted with all it may hold: run, told of and run again.
    // What YAML takes.
    let may = |c: &char| {
        (!c.is_control() || *c == '\t') && !matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    let description: String = texts.concat().chars().filter(may).take(3000).collect();
    let description = serde_json::to_string(&description).unwrap();
    let given = SMALL.replacen(
        "agents:",
        &format!("description: {description}\nagents:"),
        1,
    );
    let name = "r\u{1b}]0;x\u{7}\u{9b}\u{202e}.yaml";
    std::fs::write(dir.path().join(name), given).unwrap();
    let run = |args: &[&str]| {
        let output = command(dir.path(), args).arg(name).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?} {}",
            stderr(&output)
        );
        quiet(&output, &args);
    };
    run(&["run", "--out", "here\u{1b}[2J\u{202e}"]);
    run(&["run", "--format", "json"]);
    run(&["check"]);
}
