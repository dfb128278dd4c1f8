//! Known answers from an independent implementation (see `tests/fixtures/golden/README.md` at the root), at 1e-9 absolute or
//! relative.

use das_core::detmath;
use das_core::interaction::Observables;
use das_core::metrics::inequality::{gini, gini_exact};
use das_core::metrics::soft::{SoftRow, soft_report};
use das_core::score::payoff::{Payoff, PayoffConfig, Terms};
use das_core::score::proxy::{Proxy, ProxyConfig, ProxyWeights};
use das_core::score::sigmoid;
use serde_json::{Value, json};

const TOLERANCE: f64 = 1e-9;

pub(crate) fn close(a: f64, b: f64, tolerance: f64) -> bool {
    let size = detmath::fmax(a.abs(), b.abs());
    (a - b).abs() <= tolerance || (a - b).abs() <= tolerance * size
}

/// Both values have the same shape and the same numbers, within the tolerance.
#[track_caller]
fn assert_same(found: &Value, expected: &Value, at: &str) {
    match (found, expected) {
        (Value::Object(f), Value::Object(e)) => {
            assert_eq!(
                f.keys().collect::<Vec<_>>(),
                e.keys().collect::<Vec<_>>(),
                "{at}: keys"
            );
            for (key, value) in e {
                assert_same(&f[key], value, &format!("{at}.{key}"));
            }
        }
        (Value::Array(f), Value::Array(e)) => {
            assert_eq!(f.len(), e.len(), "{at}: length");
            for (i, (f, e)) in f.iter().zip(e).enumerate() {
                assert_same(f, e, &format!("{at}[{i}]"));
            }
        }
        (Value::Number(f), Value::Number(e)) => {
            let (f, e) = (f.as_f64().unwrap(), e.as_f64().unwrap());
            assert!(close(f, e, TOLERANCE), "{at}: {f} is not {e}");
        }
        _ => assert_eq!(found, expected, "{at}"),
    }
}

fn family(name: &str) -> Value {
    let path = format!(
        "{}/../../tests/fixtures/golden/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn cases(family: &Value) -> &[Value] {
    let cases = family["cases"].as_array().unwrap();
    assert_eq!(cases.len() as u64, family["n_cases"].as_u64().unwrap());
    cases
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn sigmoid_family() {
    // Shows all five functions, errors included, on every case.
    let family = family("sigmoid");
    for (i, case) in cases(&family).iter().enumerate() {
        let arg = |name: &str| number(&case[name]);
        let pair = |(lo, hi)| json!([lo, hi]);
        let found = match case["fn"].as_str().unwrap() {
            "calibrated_sigmoid" => sigmoid::sigmoid(arg("v_hat"), arg("k")).map(Value::from),
            "inverse_sigmoid" => sigmoid::inverse(arg("p"), arg("k")).map(Value::from),
            "sigmoid_derivative" => sigmoid::derivative(arg("v_hat"), arg("k")).map(Value::from),
            "sigmoid_bounds" => sigmoid::bounds(arg("k")).map(pair),
            "effective_uncertainty_band" => sigmoid::band(arg("k"), arg("threshold")).map(pair),
            other => panic!("unknown function {other}"),
        };
        match found {
            Ok(value) => assert_same(&value, &case["ok"], &format!("case {i}")),
            Err(error) => assert!(case["error"].is_string(), "case {i}: {error}: {case}"),
        }
    }
}

#[test]
fn proxy_family() {
    // Shows every signal, the normalised weights, v̂ and p, with the keys of the files read by the scenario's own types.
    let family = family("proxy");
    for (i, case) in cases(&family).iter().enumerate() {
        let mut config = case.clone();
        let fields = config.as_object_mut().unwrap();
        let out = fields.remove("out").unwrap();
        let seen: Observables =
            serde_json::from_value(fields.remove("observables").unwrap()).unwrap();
        let config: ProxyConfig = serde_json::from_value(config).unwrap();
        let proxy = Proxy::new(&config).unwrap();
        let (w, s, labels) = (proxy.weights(), proxy.signals(&seen), proxy.labels(&seen));
        let found = json!({
            "weights_normalized": {
                "task_progress": w.task_progress, "rework_penalty": w.rework,
                "verifier_penalty": w.verifier, "engagement_signal": w.engagement,
            },
            "progress_signal": s.progress, "rework_signal": s.rework, "rejection_signal": s.rejection,
            "misuse_signal": s.misuse, "verifier_signal": s.verifier, "engagement_signal": s.engagement,
            "v_hat": labels.v_hat, "p": labels.p,
        });
        assert_same(&found, &out, &format!("case {i}"));
    }
}

/// The config with one value set by its dotted path.
fn with_args<T: serde::Serialize + serde::de::DeserializeOwned + Default>(args: &Value) -> T {
    let mut config = serde_json::to_value(T::default()).unwrap();
    for (path, value) in args.as_object().unwrap() {
        let mut target = &mut config;
        for key in path.split('.') {
            target = target
                .get_mut(key)
                .unwrap_or_else(|| panic!("no key {path}"));
        }
        *target = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

#[test]
fn validation_of_proxy_and_payoff() {
    // Shows that both refuse and accept the arguments that the other implementation refuses and accepts.
    for case in family("proxy")["validation"].as_array().unwrap() {
        let found = Proxy::new(&with_args::<ProxyConfig>(&case["args"]));
        assert_eq!(found.is_ok(), case.get("ok").is_some(), "{case}");
    }
    for case in family("payoff")["validation"].as_array().unwrap() {
        let found = Payoff::new(&with_args::<PayoffConfig>(&case["args"]));
        assert_eq!(found.is_ok(), case.get("ok").is_some(), "{case}");
    }
}

#[test]
fn all_zero_weights_count_as_equal() {
    // Shows the one case in which weights cannot be divided by their sum.
    let zero = ProxyWeights {
        task_progress: 0.0,
        rework: 0.0,
        verifier: 0.0,
        engagement: 0.0,
    };
    assert_eq!(zero.normalized().rework, 0.25);
}

/// The payoff of a golden `config`; its steepness belongs to the proxy.
fn payoff_of(case: &Value) -> Payoff {
    let mut config = case["config"].clone();
    config.as_object_mut().unwrap().remove("sigmoid_k");
    Payoff::new(&serde_json::from_value(config).unwrap()).unwrap()
}

fn terms_of(interaction: &Value) -> Terms {
    let field = |name: &str| number(&interaction[name]);
    Terms {
        p: field("p"),
        tau: field("tau"),
        c_a: field("c_a"),
        c_b: field("c_b"),
        r_a: field("r_a"),
        r_b: field("r_b"),
    }
}

#[test]
fn payoff_family() {
    // Shows surplus, harm, both payoffs with their breakdowns, welfare and both break-even points.
    let family = family("payoff");
    for (i, case) in cases(&family).iter().enumerate() {
        let (payoff, terms) = (payoff_of(case), terms_of(&case["interaction"]));
        let found = payoff.payoffs(&terms);
        let (a, b) = (payoff.breakdown_a(&terms), payoff.breakdown_b(&terms));
        assert_eq!(a.total.to_bits(), found.pi_a.to_bits());
        assert_eq!(b.total.to_bits(), found.pi_b.to_bits());
        let found = json!({
            "S_soft": payoff.surplus(terms.p), "E_soft": payoff.harm(terms.p),
            "pi_a": payoff.pi_a(&terms), "pi_b": payoff.pi_b(&terms), "pi_both": [found.pi_a, found.pi_b],
            "breakdown_a": a, "breakdown_b": b,
            "total_welfare": found.total_welfare(), "social_surplus": found.social_surplus(),
            "break_even_p": payoff.break_even_p(), "social_break_even_p": payoff.social_break_even_p(),
        });
        assert_same(&found, &case["out"], &format!("case {i}"));
    }
}

fn row_of(interaction: &Value, payoff: &Payoff) -> SoftRow {
    let text = |name: &str| interaction[name].as_str().unwrap().to_owned();
    let terms = terms_of(interaction);
    let payoffs = payoff.payoffs(&terms);
    SoftRow {
        id: Some(text("interaction_id")),
        initiator: text("initiator"),
        counterparty: text("counterparty"),
        accepted: interaction["accepted"].as_bool().unwrap(),
        p: terms.p,
        tau: terms.tau,
        c_a: terms.c_a,
        c_b: terms.c_b,
        r_a: terms.r_a,
        r_b: terms.r_b,
        ground_truth: serde_json::from_value(interaction["ground_truth"].clone()).unwrap(),
        causal_parents: serde_json::from_value(interaction["causal_parents"].clone()).unwrap(),
        pi_a: payoffs.pi_a,
        pi_b: payoffs.pi_b,
    }
}

#[test]
fn soft_metrics_family() {
    // Shows every soft metric of every batch, with exactly the names of the known answers.
    let family = family("soft_metrics");
    for (i, case) in cases(&family).iter().enumerate() {
        let payoff = payoff_of(case);
        let rows: Vec<SoftRow> = case["interactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|interaction| row_of(interaction, &payoff))
            .collect();
        let found = serde_json::to_value(soft_report(&rows, &payoff)).unwrap();
        assert_same(&found, &case["out"], &format!("batch {i}"));
    }
}

#[test]
fn gini_family() {
    // Shows the Gini of numbers, and that the exact one of micro-amounts agrees.
    let family = family("gini");
    for (i, case) in cases(&family).iter().enumerate() {
        let values: Vec<f64> = serde_json::from_value(case["values"].clone()).unwrap();
        let expected = number(&case["out"]["gini"]);
        assert!(close(gini(&values), expected, TOLERANCE), "case {i}");
        let micros: Vec<i64> = values.iter().map(|x| (x * 1e9).round() as i64).collect();
        assert!(close(gini_exact(&micros), expected, 1e-8), "case {i}");
    }
}
