//! Properties of proxy and payoff.

use das_core::interaction::Observables;
use das_core::score::payoff::{Payoff, PayoffConfig, Terms};
use das_core::score::proxy::{Proxy, ProxyConfig, ProxyWeights};
use das_core::score::sigmoid;
use proptest::prelude::*;

fn weights() -> impl Strategy<Value = ProxyWeights> {
    [0.0..10.0, 0.0..10.0, 0.0..10.0, 0.0..10.0].prop_map(|[t, r, v, e]| ProxyWeights {
        task_progress: t,
        rework: r,
        verifier: v,
        engagement: e,
    })
}

prop_compose! {
    fn proxies()(
        weights in weights(), sigmoid_k in 0.01..100.0, rework_decay in 0.01..0.99,
        rejection_decay in 0.01..0.99, misuse_decay in 0.01..0.99,
    ) -> Proxy {
        Proxy::new(&ProxyConfig { weights, sigmoid_k, rework_decay, rejection_decay, misuse_decay }).unwrap()
    }
}

prop_compose! {
    fn observables()(
        task_progress_delta in -1e9..1e9, rework_count in any::<u32>(), verifier_rejections in 0_u32..40,
        tool_misuse_flags in 0_u32..40, counterparty_engagement_delta in -2.0..2.0,
    ) -> Observables {
        Observables {
            task_progress_delta, rework_count, verifier_rejections, tool_misuse_flags, counterparty_engagement_delta,
        }
    }
}

prop_compose! {
    fn payoffs()(
        s_plus in 0.0..1e9, s_minus in 0.0..1e9, h in 0.0..1e9, theta in 0.0..=1.0,
        rho_a in 0.0..=1.0, rho_b in 0.0..=1.0, w_rep in 0.0..=100.0,
    ) -> Payoff {
        Payoff::new(&PayoffConfig { s_plus, s_minus, h, theta, rho_a, rho_b, w_rep }).unwrap()
    }
}

proptest! {
    #[test]
    fn labels_are_bounded(proxy in proxies(), seen in observables()) {
        // Shows that no observables, however extreme, lead out of the ranges.
        let labels = proxy.labels(&seen);
        prop_assert!((-1.0..=1.0).contains(&labels.v_hat));
        prop_assert!(labels.p > 0.0 && labels.p <= 1.0);
        prop_assert!(!(labels.v_hat == 0.0 && labels.v_hat.is_sign_negative()));
    }

    #[test]
    fn labels_are_monotone(proxy in proxies(), seen in observables(), more in 0.0..1.0) {
        // Shows that doing better is never scored worse: more progress or engagement, fewer rejections, flags or rework.
        let base = proxy.labels(&seen);
        let progress = Observables { task_progress_delta: seen.task_progress_delta + more, ..seen };
        let engaged = Observables {
            counterparty_engagement_delta: seen.counterparty_engagement_delta + more, ..seen
        };
        for better in [progress, engaged] {
            prop_assert!(proxy.labels(&better).p >= base.p);
        }
        let rework = Observables { rework_count: seen.rework_count.saturating_add(1), ..seen };
        let rejected = Observables { verifier_rejections: seen.verifier_rejections + 1, ..seen };
        let misused = Observables { tool_misuse_flags: seen.tool_misuse_flags + 1, ..seen };
        for worse in [rework, rejected, misused] {
            prop_assert!(proxy.labels(&worse).p <= base.p);
        }
    }

    #[test]
    fn the_inverse_undoes_the_sigmoid(v_hat in -1.0..1.0, k in 0.1..10.0) {
        // Shows that score and probability are two names of one thing, where rounding leaves room.
        let p = sigmoid::sigmoid(v_hat, k).unwrap();
        prop_assert!((sigmoid::inverse(p, k).unwrap() - v_hat).abs() < 1e-9);
    }

    #[test]
    fn payoffs_are_finite_and_straight(payoff in payoffs(), p in 0.0..=1.0, tau in -1e9..1e9, r in -20.0..20.0) {
        // Shows finite payoffs at the ends of all ranges, and that the slope leads from any p to the payoff of the truth.
        let terms = Terms { p, tau, c_a: 1.0, c_b: 2.0, r_a: r, r_b: -r };
        let (found, truth) = (payoff.payoffs(&terms), payoff.payoffs(&Terms { p: 1.0, ..terms }));
        prop_assert!(found.pi_a.is_finite() && found.pi_b.is_finite());
        let scale = 1e-12 * (payoff.config().s_plus + payoff.config().s_minus + payoff.config().h + tau.abs() + 1e4);
        prop_assert!((found.pi_a + (1.0 - p) * payoff.slope_a() - truth.pi_a).abs() <= scale);
        prop_assert!((found.pi_b + (1.0 - p) * payoff.slope_b() - truth.pi_b).abs() <= scale);
        prop_assert!(payoff.surplus(payoff.break_even_p()).abs() <= scale);
    }
}

#[test]
fn every_problem_of_a_config_is_named() {
    // Shows that several mistakes are reported at once, NaN among them, each with its key.
    let config = ProxyConfig {
        sigmoid_k: f64::NAN,
        rework_decay: 1.0,
        weights: ProxyWeights {
            verifier: f64::INFINITY,
            ..ProxyWeights::default()
        },
        ..ProxyConfig::default()
    };
    let fields: Vec<&str> = config.problems().iter().map(|p| p.field).collect();
    assert_eq!(fields, ["weights.verifier", "sigmoid_k", "rework_decay"]);
    let config = PayoffConfig {
        theta: 1.5,
        h: f64::NAN,
        ..PayoffConfig::default()
    };
    let problems = config.problems();
    assert_eq!(problems.len(), 2);
    assert_eq!(
        problems[1].to_string(),
        "theta is 1.5: it must be between 0 and 1"
    );
}

#[test]
fn unknown_keys_are_refused_and_defaults_fill_in() {
    // Shows that a config may be partial but not misspelt.
    let config: ProxyConfig = serde_json::from_str(r#"{"weights": {"rework": 1.0}}"#).unwrap();
    assert_eq!(config.weights.task_progress, 0.4);
    assert_eq!(config.weights.rework, 1.0);
    assert!(serde_json::from_str::<PayoffConfig>(r#"{"s_pluss": 1.0}"#).is_err());
}
