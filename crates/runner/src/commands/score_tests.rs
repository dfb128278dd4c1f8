//! `das score` fed with the known answers as JSON lines, and with what people get wrong.

use super::*;
use serde_json::json;

const NAMES: [&str; 5] = [
    "task_progress_delta",
    "rework_count",
    "verifier_rejections",
    "tool_misuse_flags",
    "counterparty_engagement_delta",
];

fn family(name: &str) -> Vec<Value> {
    let path = format!(
        "{}/../../tests/fixtures/golden/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let family: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    family["cases"].as_array().unwrap().clone()
}

fn payoff_config(case: &Value) -> ScoreConfig {
    let mut config = case["config"].clone();
    config.as_object_mut().unwrap().remove("sigmoid_k");
    ScoreConfig {
        payoff: serde_json::from_value(config).unwrap(),
        ..ScoreConfig::default()
    }
}

fn run(
    text: &str,
    config: Option<ScoreConfig>,
    each: bool,
    relabel: bool,
) -> Result<Vec<Value>, ScoreError> {
    let mut out = Vec::new();
    score(text.as_bytes(), config, each, relabel, &mut out)?;
    let out = String::from_utf8(out).unwrap();
    Ok(out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect())
}

fn each(text: &str) -> Value {
    run(text, None, true, false).unwrap().swap_remove(0)
}

#[track_caller]
fn assert_number(found: &Value, expected: &Value, at: &str) {
    let (f, e) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    let size = if f.abs() > e.abs() { f.abs() } else { e.abs() };
    assert!(
        (f - e).abs() <= 1e-9 || (f - e).abs() <= 1e-9 * size,
        "{at}: {f} is not {e}"
    );
}

#[track_caller]
fn assert_same(found: &Value, expected: &Value, at: &str) {
    match (found, expected) {
        (Value::Object(f), Value::Object(e)) => {
            assert_eq!(
                f.keys().collect::<Vec<_>>(),
                e.keys().collect::<Vec<_>>(),
                "{at}"
            );
            for (key, value) in e {
                assert_same(&f[key], value, &format!("{at}.{key}"));
            }
        }
        (Value::Array(f), Value::Array(e)) => {
            assert_eq!(f.len(), e.len(), "{at}");
            for (f, e) in f.iter().zip(e) {
                assert_same(f, e, at);
            }
        }
        (Value::Number(_), Value::Number(_)) => assert_number(found, expected, at),
        _ => assert_eq!(found, expected, "{at}"),
    }
}

#[test]
fn batches_give_the_known_metrics() {
    // Shows the whole way from JSON lines to every soft metric, names included.
    for (i, case) in family("soft_metrics").iter().enumerate() {
        let lines: Vec<String> = case["interactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        let found = run(&lines.join("\n"), Some(payoff_config(case)), false, false).unwrap();
        assert_eq!(found.len(), 1);
        assert_same(
            &found[0],
            &json!({"metrics": case["out"]}),
            &format!("batch {i}"),
        );
    }
}

#[test]
fn each_line_gives_the_known_payoffs() {
    // Shows surplus, harm and both payoffs of single interactions; no v̂ is made up where only p is known.
    for case in family("payoff") {
        let text = case["interaction"].to_string();
        let found = &run(&text, Some(payoff_config(&case)), true, false).unwrap()[0];
        for (name, golden) in [
            ("s_soft", "S_soft"),
            ("e_soft", "E_soft"),
            ("pi_a", "pi_a"),
            ("pi_b", "pi_b"),
        ] {
            assert_number(&found[name], &case["out"][golden], name);
        }
        assert!(found.get("v_hat").is_none());
    }
}

#[test]
fn observables_give_the_known_labels() {
    // Shows v̂ and p from observables, and that --relabel puts them in the place of labels that stand there.
    for case in family("proxy") {
        let mut proxy = case.clone();
        let fields = proxy.as_object_mut().unwrap();
        fields.remove("out");
        let mut line = fields.remove("observables").unwrap();
        let config = ScoreConfig {
            proxy: serde_json::from_value(proxy).unwrap(),
            ..ScoreConfig::default()
        };
        for relabel in [false, true] {
            if relabel {
                line["p"] = json!(0.123);
                line["v_hat"] = json!(-0.5);
            }
            let found = &run(&line.to_string(), Some(config), true, relabel).unwrap()[0];
            assert_number(&found["v_hat"], &case["out"]["v_hat"], "v_hat");
            assert_number(&found["p"], &case["out"]["p"], "p");
        }
        let found = &run(&line.to_string(), Some(config), true, false).unwrap()[0];
        assert_eq!(
            (&found["p"], &found["v_hat"]),
            (&json!(0.123), &json!(-0.5))
        );
    }
}

#[test]
fn scores_give_the_known_probabilities() {
    // Shows p from v̂ alone, clamped as the calibrated sigmoid does, and its overflow as an error.
    for case in family("sigmoid")
        .iter()
        .filter(|c| c["fn"] == "calibrated_sigmoid")
    {
        let config = ScoreConfig {
            proxy: ProxyConfig {
                sigmoid_k: case["k"].as_f64().unwrap(),
                ..ProxyConfig::default()
            },
            ..ScoreConfig::default()
        };
        match run(
            &json!({"v_hat": case["v_hat"]}).to_string(),
            Some(config),
            true,
            false,
        ) {
            Ok(found) => assert_number(&found[0]["p"], &case["ok"], "p"),
            Err(error) => assert!(case["error"].is_string(), "{error}"),
        }
    }
}

#[test]
fn logs_and_strange_but_good_lines_are_read() {
    // Shows that other event types, unknown fields, blank lines, CRLF, a byte order mark, ids as numbers and floats in any
    // form are no reason to stop.
    let text = concat!(
        "\u{feff}{\"seq\":0,\"type\":\"simulation_started\",\"p\":\"no\"}\r\n",
        "\r\n",
        "{\"seq\":1,\"type\":\"interaction\",\"id\":1,\"p\":5e-1,\"tau\":1E0,\"new\":{\"p\":7},\"rework_count\":2.0}\r\n",
        "{\"interaction_id\":\"i2\",\"p\":1,\"accepted\":false,\"ground_truth\":-1.0,\"causal_parents\":[1,\"i2\"],\"v_hat\":null}",
    );
    let found = run(text, None, true, false).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[0],
        json!({"id": "1", "p": 0.5, "s_soft": 0.5, "e_soft": 1.0, "pi_a": -0.75, "pi_b": 1.25})
    );
    assert_eq!(found[1]["id"], "i2");
    assert_eq!(found[2]["metrics"]["synthesis_depth"], 2.0);
    assert_eq!(found[2]["metrics"]["brier_score"], 1.0);
}

#[test]
fn what_is_missing_has_its_default() {
    // Shows a line with nothing but one observable: accepted, no costs, the other observables 0.
    let found = each(r#"{"task_progress_delta": 1}"#);
    let whole: serde_json::Map<String, Value> = NAMES
        .iter()
        .zip([1, 0, 0, 0, 0])
        .map(|(k, v)| ((*k).to_owned(), json!(v)))
        .collect();
    assert_eq!(found, each(&Value::Object(whole).to_string()));
    assert_number(&found["v_hat"], &json!(0.8), "v_hat");
}

#[test]
fn an_empty_file_has_metrics_too() {
    // Shows the conventions of an empty batch: zeros, nulls where truth is needed, empty histograms.
    let found = &run("\n\n", None, true, false).unwrap()[0]["metrics"];
    assert_eq!(found["toxicity_rate"], 0.0);
    assert_eq!(found["brier_score"], Value::Null);
    assert_eq!(found["quality_distribution_10"], json!([]));
}

#[test]
fn bad_lines_are_named() {
    // Shows line number, field and expectation for each kind of mistake; the good line before is counted.
    for (bad, field, expected) in [
        (r#"{"p": 1.5}"#, "`p`", "between 0 and 1, found 1.5"),
        (r#"{"p": -0.1}"#, "`p`", "between 0 and 1"),
        (r#"{"p": "0.5"}"#, "`p`", "between 0 and 1, found \"0.5\""),
        (r#"{"accepted": true, "p": NaN}"#, "`p`", "expected value"),
        (r#"{"p": 0.5, "tau": Infinity}"#, "`tau`", "expected value"),
        (r#"{"p": 0.5, "tau": 1e400}"#, "`tau`", "out of range"),
        (r#"{"p": 0.5, "c_a": 1e300}"#, "`c_a`", "between -1e100"),
        (r#"{"p": 0.5, "p": 0.6}"#, "`p`", "duplicate"),
        (
            r#"{"p": 0.5, "ground_truth": 0}"#,
            "`ground_truth`",
            "1 or -1",
        ),
        (
            r#"{"p": 0.5, "ground_truth": true}"#,
            "`ground_truth`",
            "1 or -1",
        ),
        (
            r#"{"p": 0.5, "accepted": 1}"#,
            "`accepted`",
            "true or false",
        ),
        (r#"{"rework_count": -1}"#, "`rework_count`", "whole number"),
        (r#"{"rework_count": 1.5}"#, "`rework_count`", "whole number"),
        (
            r#"{"p": 0.5, "causal_parents": "i1"}"#,
            "`causal_parents`",
            "a list",
        ),
        (r#"{"p": 0.5, "type": 3}"#, "`type`", "text"),
        (r#"{"p": 0.5, "id": [1]}"#, "`id`", "text or a number"),
        (r#"{"tau": 1}"#, "`p`", "`v_hat` or observables"),
        ("[0.5]", "", "a JSON object, found `[0.5]`"),
        ("17", "", "a JSON object"),
        ("{\"p\": 0.5", "", "EOF"),
        ("{\"p\": 0.5} x", "", "trailing"),
    ] {
        let text = format!("{{\"p\": 0.5}}\n{bad}\n");
        let message = run(&text, None, false, false).unwrap_err().to_string();
        assert!(message.starts_with("line 2"), "{bad}: {message}");
        assert!(message.contains(field), "{bad}: {message}");
        assert!(message.contains(expected), "{bad}: {message}");
    }
    let message = run(r#"{"p": 0.5}"#, None, false, true)
        .unwrap_err()
        .to_string();
    assert!(message.contains("observables"), "{message}");
    let mut out = Vec::new();
    let error = score(
        &b"{\"p\": 0.5, \"id\": \"\xff\"}"[..],
        None,
        false,
        false,
        &mut out,
    )
    .unwrap_err();
    assert!(error.to_string().starts_with("line 1"), "{error}");
}

#[test]
fn bad_parameters_are_named() {
    // Shows that parameters are checked before anything is read.
    let config = ScoreConfig {
        payoff: PayoffConfig {
            theta: 2.0,
            ..PayoffConfig::default()
        },
        ..ScoreConfig::default()
    };
    let message = run("", Some(config), false, false).unwrap_err().to_string();
    assert_eq!(message, "payoff.theta is 2: it must be between 0 and 1");
}

#[test]
fn ids_that_lost_digits_are_refused() {
    // Two ids of thirty digits are one float; whole numbers of 64 bits and text of any length keep every digit.
    let big = "123456789012345678901234567890";
    let error = run(&format!("{{\"id\":{big},\"p\":1}}"), None, false, false).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("field `id`: expected text, or a number of 64 bits"),
        "{error}"
    );
    assert_eq!(each(&format!("{{\"id\":\"{big}\",\"p\":1}}"))["id"], big);
    assert_eq!(
        each("{\"id\":18446744073709551615,\"p\":1}")["id"],
        "18446744073709551615"
    );
}
