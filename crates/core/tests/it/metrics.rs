//! Properties of the folds: against formulas written out in passes of their own, against each other, at the edges.

use crate::golden::close;
use das_core::interaction::Truth;
use das_core::metrics::calibration::{CalibrationFold, RankFold};
use das_core::metrics::epoch::{EpochFold, EpochSample, METRICS, Metrics, RunFold};
use das_core::metrics::inequality::{gini, gini_with_zeros, herfindahl};
use das_core::metrics::soft::{SoftFold, SoftSample};
use das_core::score::payoff::{Payoff, PayoffConfig};
use das_core::state::{Loader, Saver};
use das_core::units::{MAX_MICROS, MicroCredits};
use proptest::prelude::*;
use std::cmp::Ordering;

fn payoff() -> Payoff {
    Payoff::new(&PayoffConfig {
        rho_a: 0.3,
        rho_b: 0.1,
        theta: 0.6,
        ..PayoffConfig::default()
    })
    .unwrap()
}

prop_compose! {
    fn sample()(
        p in 0.0..=1.0, accepted in any::<bool>(), pi_a in -3.0..3.0, pi_b in -3.0..3.0, c_a in 0.0..1.0, c_b in 0.0..1.0,
        fee in 0_i64..100_000, tau in -1_000_000_i64..1_000_000, initiator in 0_u32..6, counterparty in 0_u32..6,
        deception in prop_oneof![Just(0.0), 0.1..1.0], v in proptest::option::of(any::<bool>()),
    ) -> EpochSample {
        EpochSample {
            p, accepted, pi_a, pi_b, c_a, c_b, fee_a: MicroCredits(fee), fee_b: MicroCredits(fee / 2),
            tau: MicroCredits(tau), initiator, counterparty, deception, truth: v.map(Truth::from_good),
        }
    }
}

fn feed(fold: &mut EpochFold, samples: &[EpochSample]) {
    for x in samples {
        fold.interaction(x);
        fold.influence(x.initiator, x.p);
    }
    fold.agents(8);
    fold.wealth(&[5, 5, 20, 70, 0, 1, 2, 3]);
    fold.governance_cost(0.25);
    fold.refused();
    fold.posted();
    fold.voted();
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let m = mean(values);
    mean(&values.iter().map(|x| (x - m) * (x - m)).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn the_stream_agrees_with_passes_over_the_batch(samples in prop::collection::vec(sample(), 1..60)) {
        // Shows every streamed moment, twin and welfare against its formula written out over the whole batch.
        let (payoff, mut run) = (payoff(), RunFold::new(&payoff()));
        let mut fold = EpochFold::new(&payoff);
        feed(&mut fold, &samples);
        run.merge(&fold);
        let found = fold.finish();
        let all: Vec<f64> = samples.iter().map(|x| x.p).collect();
        let of = |keep: &dyn Fn(&EpochSample) -> bool, value: &dyn Fn(&EpochSample) -> f64| -> Vec<f64> {
            samples.iter().filter(|x| keep(x)).map(value).collect()
        };
        let some = |values: &[f64]| (!values.is_empty()).then(|| mean(values));
        let accepted = of(&|x| x.accepted, &|x| x.p);
        let rejected = of(&|x| !x.accepted, &|x| x.p);
        let pi_a = of(&|_| true, &|x| x.pi_a);
        let pi_a_accepted = of(&|x| x.accepted, &|x| x.pi_a);
        let v = |x: &EpochSample| f64::from(u8::from(x.truth == Some(Truth::Beneficial)));
        let v_accepted = of(&|x| x.accepted && x.truth.is_some(), &v);
        let v_rejected = of(&|x| !x.accepted && x.truth.is_some(), &v);
        // The twin by its definition: the payoff with p replaced by [v = +1] in surplus and harm.
        let twin = |x: &EpochSample| {
            let c = payoff.config();
            x.pi_a + c.theta * (payoff.surplus(v(x)) - payoff.surplus(x.p)) - c.rho_a * (payoff.harm(v(x)) - payoff.harm(x.p))
        };
        let realised = of(&|x| x.accepted && x.truth.is_some(), &|x| {
            let gain = if v(x) == 1.0 { payoff.config().s_plus } else { -payoff.config().s_minus - payoff.config().h };
            gain - (x.c_a - x.fee_a.credits()) - (x.c_b - x.fee_b.credits())
        });
        let welfare_known = accepted.is_empty() || !realised.is_empty();
        let gap = if accepted.is_empty() || rejected.is_empty() { 0.0 } else { mean(&accepted) - mean(&rejected) };
        let clean = |x: &EpochSample| x.accepted && x.truth.is_some() && x.deception == 0.0;
        let expected = [
            ("toxicity_rate", Some(some(&accepted).map_or(0.0, |p| 1.0 - p))),
            ("quality_gap", Some(gap)),
            ("quality_variance", Some(variance(&all))),
            ("payoff_variance_initiator", Some(variance(&pi_a))),
            ("conditional_loss_initiator", Some(some(&pi_a_accepted).map_or(0.0, |a| a - mean(&pi_a)))),
            ("true_harm_rate", some(&v_accepted).map(|v| 1.0 - v)),
            ("true_quality_gap", some(&v_accepted).zip(some(&v_rejected)).map(|(a, r)| a - r)),
            ("true_conditional_loss_initiator",
                some(&of(&|x| x.accepted && x.truth.is_some(), &twin)).map(|a| a - mean(&of(&|x| x.truth.is_some(), &twin)))),
            ("true_welfare", welfare_known.then(|| realised.iter().sum::<f64>() - 0.25)),
            ("true_welfare_per_agent", welfare_known.then(|| (realised.iter().sum::<f64>() - 0.25) / 8.0)),
            ("proxy_gap_clean", some(&of(&clean, &|x| x.p)).map(|p| p - mean(&of(&clean, &v)))),
            ("participation", Some(accepted.len() as f64 / all.len() as f64)),
            ("brier_score", some(&of(&|x| x.truth.is_some(), &|x| (x.p - v(x)) * (x.p - v(x))))),
            ("transfers", Some(samples.iter().map(|x| x.tau.abs().credits()).sum())),
            ("fees", Some(samples.iter().map(|x| (x.fee_a + x.fee_b).credits()).sum())),
        ];
        for (name, expected) in expected {
            match (found.get(name), expected) {
                (Some(f), Some(e)) => prop_assert!(close(f, e, 1e-10), "{name}: {f} is not {e}"),
                (f, e) => prop_assert_eq!(f, e, "{}", name),
            }
        }
        // Pearson's r by its definition, where p varies enough for it to mean something.
        let (sp, a) = (variance(&all).sqrt(), accepted.len() as f64 / all.len() as f64);
        if sp > 1e-6 && a > 0.0 && a < 1.0 {
            let flags = of(&|_| true, &|x| f64::from(u8::from(x.accepted)));
            let (mp, mf) = (mean(&all), mean(&flags));
            let products: Vec<f64> = all.iter().zip(&flags).map(|(p, f)| (p - mp) * (f - mf)).collect();
            let r = mean(&products) / (sp * variance(&flags).sqrt());
            prop_assert!(close(found.quality_correlation.unwrap(), r, 1e-8));
        }
        // One epoch merged is that epoch, but for the AUC and the verdict by epochs.
        let pooled = run.finish();
        for descriptor in METRICS.iter().filter(|d| d.name != "discrimination_auc") {
            prop_assert_eq!(pooled.get(descriptor.name), found.get(descriptor.name), "{}", descriptor.name);
        }
        prop_assert_eq!(pooled.discrimination_auc, None);
    }

    #[test]
    fn merged_epochs_agree_with_one_pass(
        samples in prop::collection::vec(sample(), 2..80), cut in 0.0..1.0,
    ) {
        // Shows that pooling over epochs is one long epoch, within rounding.
        let payoff = payoff();
        let cut = (cut * samples.len() as f64) as usize;
        let (mut fold, mut whole) = (EpochFold::new(&payoff), EpochFold::new(&payoff));
        let (mut run, mut one) = (RunFold::new(&payoff), RunFold::new(&payoff));
        for x in &samples {
            whole.interaction(x);
        }
        one.merge(&whole);
        for part in [&samples[..cut], &samples[cut..]] {
            for x in part {
                fold.interaction(x);
            }
            run.merge(&fold);
            fold.finish();
        }
        prop_assert_eq!(run.epochs(), 2);
        let (pooled, straight) = (run.finish(), one.finish());
        let by_epoch = ["adverse_selection", "silent_collapse"];
        for descriptor in METRICS.iter().filter(|d| !by_epoch.contains(&d.name)) {
            match (pooled.get(descriptor.name), straight.get(descriptor.name)) {
                // The correlation divides by a deviation that may be tiny.
                (Some(a), Some(b)) => prop_assert!(close(a, b, 1e-12) || descriptor.name.contains("correlation")
                    || descriptor.name.contains("saturation"), "{}: {a} is not {b}", descriptor.name),
                (a, b) => prop_assert_eq!(a, b, "{}", descriptor.name),
            }
        }
    }

    #[test]
    fn live_and_replayed_folds_have_the_same_bits(samples in prop::collection::vec(sample(), 1..40), cut in 0.0..1.0) {
        // Shows that a fold saved and loaded in the middle of an epoch goes on as if it had not been, to the last bit.
        let payoff = payoff();
        let cut = (cut * samples.len() as f64) as usize;
        let (mut live, mut run) = (EpochFold::new(&payoff), RunFold::new(&payoff));
        feed(&mut live, &samples[..cut]);
        let mut saver = Saver::new();
        saver.put(&live);
        saver.put(&run);
        let mut loader = Loader::new(saver.bytes());
        let (mut resumed, mut resumed_run): (EpochFold, RunFold) = (loader.take().unwrap(), loader.take().unwrap());
        for (fold, run) in [(&mut live, &mut run), (&mut resumed, &mut resumed_run)] {
            feed(fold, &samples[cut..]);
            run.merge(fold);
        }
        prop_assert_eq!(serde_json::to_string(&live.finish()).unwrap(), serde_json::to_string(&resumed.finish()).unwrap());
        prop_assert_eq!(serde_json::to_string(&run.finish()).unwrap(), serde_json::to_string(&resumed_run.finish()).unwrap());
        prop_assert_eq!(live, resumed);
    }

    #[test]
    fn the_auc_counts_pairs(pairs in prop::collection::vec((0_u8..8, any::<bool>()), 2..60)) {
        // Shows the sorted AUC against all pairs compared one by one, with many ties.
        let mut ranks = RankFold::default();
        let (mut concordant, mut total) = (0.0, 0.0);
        for (p, good) in &pairs {
            ranks.add(f64::from(*p) / 8.0, Truth::from_good(*good));
            for (q, other) in &pairs {
                if *good && !*other {
                    total += 1.0;
                    concordant += match p.cmp(q) { Ordering::Greater => 1.0, Ordering::Equal => 0.5, Ordering::Less => 0.0 };
                }
            }
        }
        prop_assert_eq!(ranks.auc(), (total > 0.0).then(|| concordant / total));
    }

    #[test]
    fn inequality_is_bounded_and_blind_to_scale(values in prop::collection::vec(0.0..1e6, 2..40), scale in 0.1..1e3) {
        // Shows 0 ≤ G ≤ (n−1)/n, 1/n ≤ H ≤ 1, that neither depends on the unit, and zeros written out or counted.
        let g = gini(&values);
        let n = values.len() as f64;
        prop_assert!(g >= -1e-12 && g <= (n - 1.0) / n + 1e-12);
        let scaled: Vec<f64> = values.iter().map(|x| x * scale).collect();
        prop_assert!(close(g, gini(&scaled), 1e-9));
        if let Some(h) = herfindahl(&values) {
            prop_assert!(h >= 1.0 / n - 1e-12 && h <= 1.0 + 1e-12);
        }
        let mut with_zeros = values.clone();
        with_zeros.extend([0.0; 5]);
        prop_assert!(close(gini(&with_zeros), gini_with_zeros(values, 5), 1e-12));
    }
}

#[test]
fn constants_have_no_variance() {
    // Shows exactly 0 (not 1e-34) for numbers that are all equal, merged or not, and so no correlation out of noise.
    let mut whole = SoftFold::default();
    let mut parts = [SoftFold::default(), SoftFold::default()];
    for i in 0..1000 {
        let x = SoftSample {
            p: 0.1,
            accepted: i % 3 == 0,
            pi_a: 0.7,
            pi_b: -1.3,
            s_soft: 0.0,
            e_soft: 0.0,
        };
        whole.add(&x);
        parts[i % 2].add(&x);
    }
    let [mut merged, other] = parts;
    merged.merge(&other);
    for fold in [whole, merged] {
        assert_eq!(fold.quality_variance(), 0.0);
        assert_eq!(fold.quality_variance_accepted(), 0.0);
        assert_eq!(fold.payoff_variance_initiator(), 0.0);
        assert_eq!(fold.payoff_variance_counterparty(), 0.0);
        assert_eq!(fold.quality_correlation(), 0.0);
    }
}

#[test]
fn every_figure_has_a_descriptor_and_the_other_way_round() {
    // Shows that JSON, lookup and descriptors list the same names in the same order, each with words and a formula.
    let payoff = payoff();
    let (mut fold, mut run) = (EpochFold::new(&payoff), RunFold::new(&payoff));
    let x = EpochSample {
        p: 0.9,
        accepted: true,
        pi_a: 1.0,
        pi_b: 1.0,
        c_a: 0.1,
        c_b: 0.1,
        fee_a: MicroCredits(1),
        fee_b: MicroCredits(1),
        tau: MicroCredits(7),
        initiator: 0,
        counterparty: 1,
        deception: 0.0,
        truth: Some(Truth::Beneficial),
    };
    let harmful = EpochSample {
        truth: Some(Truth::Harmful),
        deception: 0.5,
        ..x
    };
    feed(
        &mut fold,
        &[
            x,
            harmful,
            EpochSample {
                accepted: false,
                ..x
            },
        ],
    );
    run.merge(&fold);
    let text = serde_json::to_string(&fold.finish()).unwrap();
    let metrics: Metrics = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&metrics).unwrap(), text);
    let mut rest = text.as_str();
    for descriptor in METRICS {
        let key = format!("\"{}\":", descriptor.name);
        let at = rest
            .find(&key)
            .unwrap_or_else(|| panic!("{key} is missing or out of order"));
        rest = &rest[at + key.len()..];
        assert!(metrics.get(descriptor.name).is_some());
        assert_eq!(descriptor.family, "metric");
        assert!(
            !descriptor.summary.is_empty()
                && !descriptor.formula.is_empty()
                && !descriptor.source.is_empty()
        );
        let twins = METRICS.iter().filter(|d| d.name == descriptor.name).count();
        assert_eq!(twins, 1, "{} is listed twice", descriptor.name);
    }
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.as_object().unwrap().len(), METRICS.len());
    assert_eq!(metrics.entries().count(), METRICS.len());
    assert_eq!(metrics.get("no_such_metric"), None);
    assert!(postcard::to_allocvec(&metrics).is_err());
}

#[test]
fn an_empty_epoch_has_no_undefined_figures() {
    // Shows an epoch in which nothing happened: counts and conventions at 0, no null, no NaN, no -0, no figure of truth.
    let payoff = payoff();
    let mut fold = EpochFold::new(&payoff);
    let text = serde_json::to_string(&fold.finish()).unwrap();
    assert!(
        text.starts_with(r#"{"n_interactions":0,"n_accepted":0,"#),
        "{text}"
    );
    for bad in ["null", "NaN", ":inf", ":-"] {
        assert!(!text.contains(bad), "{bad} in {text}");
    }
    let metrics: Metrics = serde_json::from_str(&text).unwrap();
    assert_eq!(metrics.toxicity_rate, Some(0.0));
    for name in [
        "true_harm_rate",
        "brier_score",
        "participation",
        "wealth_gini",
        "welfare_per_agent",
        "influence_hhi",
    ] {
        assert_eq!(metrics.get(name), None, "{name}");
    }
}

#[test]
fn extreme_values_stay_finite_or_are_left_out() {
    // Shows that neither the largest amounts nor payoffs whose squares overflow put an infinity into the figures.
    let payoff = payoff();
    let mut fold = EpochFold::new(&payoff);
    let x = EpochSample {
        p: 1.0,
        accepted: true,
        pi_a: 1e200,
        pi_b: f64::MIN_POSITIVE,
        c_a: 1e300,
        c_b: 0.0,
        fee_a: MicroCredits(MAX_MICROS),
        fee_b: MicroCredits(MAX_MICROS),
        tau: MicroCredits(-MAX_MICROS),
        initiator: 3,
        counterparty: 900,
        deception: 1.0,
        truth: Some(Truth::Harmful),
    };
    for i in 0..3000 {
        fold.interaction(&EpochSample {
            p: f64::from(i % 2),
            pi_a: if i % 2 == 0 { 1e200 } else { -1e200 },
            ..x
        });
    }
    let metrics = fold.finish();
    assert_eq!(metrics.payoff_variance_initiator, None);
    assert!(metrics.transfers.unwrap() > 1e13);
    assert!(metrics.log_loss.unwrap() > 10.0);
    assert!(metrics.entries().all(|(_, value)| value.is_finite()));
}

#[test]
fn late_truths_count_where_they_come() {
    // Shows that a truth found later enters calibration, shares of v and the proxy gap of that epoch, and no welfare.
    let payoff = payoff();
    let mut fold = EpochFold::new(&payoff);
    fold.truth(0.8, true, Truth::Harmful);
    fold.truth(0.6, false, Truth::Beneficial);
    let metrics = fold.finish();
    assert_eq!(metrics.true_harm_rate, Some(1.0));
    assert_eq!(metrics.true_quality_gap, Some(-1.0));
    assert_eq!(metrics.proxy_gap, Some(0.8));
    assert_eq!(metrics.proxy_gap_clean, None);
    assert_eq!(metrics.discrimination_auc, Some(0.0));
    assert!(close(metrics.brier_score.unwrap(), 0.4, 1e-12));
    assert_eq!(metrics.true_welfare, Some(0.0));
    assert_eq!(fold.finish().brier_score, None);
}

#[test]
fn two_epochs_of_a_negative_gap_are_adverse_selection() {
    // Shows both verdicts by epoch and their shares of a run.
    let payoff = payoff();
    let (mut fold, mut run) = (EpochFold::new(&payoff), RunFold::new(&payoff));
    let x = EpochSample {
        p: 0.2,
        accepted: true,
        pi_a: 1.0,
        pi_b: 1.0,
        c_a: 0.0,
        c_b: 0.0,
        fee_a: MicroCredits::ZERO,
        fee_b: MicroCredits::ZERO,
        tau: MicroCredits::ZERO,
        initiator: 0,
        counterparty: 1,
        deception: 0.0,
        truth: Some(Truth::Harmful),
    };
    let mut flags = Vec::new();
    for _ in 0..2 {
        fold.interaction(&x);
        fold.interaction(&EpochSample {
            p: 0.9,
            accepted: false,
            ..x
        });
        run.merge(&fold);
        let metrics = fold.finish();
        flags.push((metrics.adverse_selection, metrics.silent_collapse));
    }
    assert_eq!(flags, [(Some(0.0), Some(1.0)), (Some(1.0), Some(1.0))]);
    assert_eq!(run.finish().adverse_selection, Some(0.5));
    assert_eq!(run.finish().silent_collapse, Some(1.0));
}

#[test]
fn influence_is_shared_among_all_live_agents() {
    // Shows that agents without influence count: one voice among four is (n−1)/n, however the column grew.
    let payoff = payoff();
    let mut fold = EpochFold::new(&payoff);
    fold.influence(2, 1.5);
    fold.influence(2, 0.5);
    fold.influence(3, -1.0);
    fold.agents(4);
    let metrics = fold.finish();
    assert_eq!(metrics.influence_gini, Some(0.75));
    assert_eq!(metrics.influence_hhi, Some(1.0));
}

#[test]
fn a_perfect_proxy_is_perfectly_calibrated() {
    // Shows the ends of the scales: no error for a p that is the truth, a quarter for one that knows nothing.
    let (mut perfect, mut ignorant) = (CalibrationFold::default(), CalibrationFold::default());
    for good in [true, false, true] {
        perfect.add(f64::from(u8::from(good)), Truth::from_good(good));
        ignorant.add(0.5, Truth::from_good(good));
    }
    assert_eq!(perfect.brier_score(), Some(0.0));
    assert_eq!(perfect.expected_calibration_error(), Some(0.0));
    assert!(perfect.log_loss().unwrap() < 1e-14);
    assert_eq!(ignorant.brier_score(), Some(0.25));
}
