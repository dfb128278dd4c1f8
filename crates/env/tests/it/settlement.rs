//! Properties of the equations (model page, sections 2 and 11).

use das_core::interaction::Truth;
use das_core::rng::Draws;
use das_core::score::proxy::{Proxy, ProxyConfig};
use das_env::act::Conduct;
use das_env::config::Signals;
use das_env::settlement::{
    Luck, Upshot, Verifier, aftermath, probability_good, public_conduct, settle,
};
use proptest::prelude::*;

fn conduct(effort: f64, deception: f64, harm: f64) -> Conduct {
    Conduct {
        effort,
        deception,
        harm,
    }
}

fn any_conduct() -> impl Strategy<Value = Conduct> {
    (0.0..=1.0, 0.0..=1.0, 0.0..=1.0).prop_map(|(e, d, h)| conduct(e, d, h))
}

fn run(signals: &Signals, a: Conduct, b: Conduct, verifier: Verifier, key: u64) -> Upshot {
    settle(signals, a, b, verifier, Luck::of(&Draws::new(9), key))
}

/// Mean over keys of what `f` reads.
fn mean(
    signals: &Signals,
    a: Conduct,
    b: Conduct,
    verifier: Verifier,
    f: impl Fn(&Upshot) -> f64,
) -> f64 {
    let n = 4000;
    (0..n)
        .map(|key| f(&run(signals, a, b, verifier, key)))
        .sum::<f64>()
        / n as f64
}

proptest! {
    #[test]
    fn deception_never_changes_the_truth(a in any_conduct(), b in any_conduct(), d in 0.0..=1.0f64, key in any::<u64>()) {
        // P(v) has no deception in it, and with the same key the very draw of v comes out the same.
        let signals = Signals::default();
        let deceiving = Conduct { deception: d, ..a };
        prop_assert_eq!(probability_good(&signals, &a, &b), probability_good(&signals, &deceiving, &b));
        let plain = run(&signals, a, b, Verifier::ByChance, key);
        let masked = run(&signals, deceiving, b, Verifier::ByChance, key);
        prop_assert_eq!(plain.truth, masked.truth);
    }

    #[test]
    fn harm_and_effort_move_the_truth_one_way(a in any_conduct(), b in any_conduct(), more in 0.0..=1.0f64, key in any::<u64>()) {
        // Paired by key: more effort never turns good into bad, more harm never bad into good.
        let signals = Signals::default();
        let good = |c: Conduct| run(&signals, c, b, Verifier::ByChance, key).truth.is_good();
        let worked = Conduct { effort: a.effort + (1.0 - a.effort) * more, ..a };
        let harmed = Conduct { harm: a.harm + (1.0 - a.harm) * more, ..a };
        prop_assert!(good(worked) >= good(a));
        prop_assert!(good(harmed) <= good(a));
    }

    #[test]
    fn deception_lifts_appearance_within_the_bound(a in any_conduct(), b in any_conduct(), key in any::<u64>()) {
        // Paired by key: progress and engagement rise with D by at most M·D (and engagement's own 0.2·D); rework and rejections
        // do not rise; everything stays in its range.
        let signals = Signals::default();
        let honest = run(&signals, Conduct { deception: 0.0, ..a }, Conduct { deception: 0.0, ..b }, Verifier::Standing, key);
        let masked = run(&signals, a, b, Verifier::Standing, key);
        let (h, m) = (honest.observables, masked.observables);
        let lift = m.task_progress_delta - h.task_progress_delta;
        prop_assert!((-1e-12..=signals.manipulation * masked.deception + 1e-12).contains(&lift), "{lift}");
        prop_assert!(m.counterparty_engagement_delta >= h.counterparty_engagement_delta - 1e-12);
        prop_assert!(m.rework_count <= h.rework_count);
        prop_assert!(m.verifier_rejections <= h.verifier_rejections);
        prop_assert!(m.task_progress_delta.abs() <= 1.0 && m.counterparty_engagement_delta.abs() <= 1.0);
        prop_assert_eq!(m.tool_misuse_flags, masked.flags[0] + masked.flags[1]);
    }

    #[test]
    fn costs_are_of_own_conduct_alone(a in any_conduct(), b in any_conduct(), key in any::<u64>()) {
        // c = κe² + χd for each side, whatever the other does and whatever the luck.
        let signals = Signals::default();
        let upshot = run(&signals, a, b, Verifier::ByChance, key);
        prop_assert_eq!(upshot.costs, [
            0.60 * a.effort * a.effort + 0.05 * a.deception,
            0.60 * b.effort * b.effort + 0.05 * b.deception,
        ]);
    }

    #[test]
    fn wild_conduct_is_bounded(e in any::<f64>(), d in any::<f64>(), h in any::<f64>(), key in any::<u64>()) {
        // Numbers out of range, infinite or not numbers at all reach no observable and no cost.
        let upshot = run(&Signals::default(), conduct(e, d, h), conduct(h, e, d), Verifier::Standing, key);
        prop_assert!(upshot.observables.task_progress_delta.is_finite());
        prop_assert!(upshot.costs.iter().all(|c| (0.0..=0.65).contains(c)));
        prop_assert!((0.0..=1.0).contains(&upshot.deception));
    }
}

#[test]
fn expected_p_rises_with_manipulated_deception_and_effort() {
    // E[p] over 4,000 paired draws, M·D at 0, .25, .5 and effort at .2, .5, .9; steps far beyond the standard error of ~.002.
    let proxy = Proxy::new(&ProxyConfig::default()).unwrap();
    let p = |u: &Upshot| proxy.labels(&u.observables).p;
    let other = conduct(0.7, 0.0, 0.0);
    let signals = Signals::default();
    let at = |d: f64| mean(&signals, conduct(0.2, d, 0.0), other, Verifier::ByChance, p);
    assert!(
        at(0.5) > at(0.0) + 0.02 && at(1.0) > at(0.5) + 0.02,
        "{} {} {}",
        at(0.0),
        at(0.5),
        at(1.0)
    );
    let at = |e: f64| mean(&signals, conduct(e, 0.0, 0.0), other, Verifier::ByChance, p);
    assert!(at(0.5) > at(0.2) + 0.02 && at(0.9) > at(0.5) + 0.02);
    let flat = Signals {
        manipulation: 0.0,
        ..Signals::default()
    };
    let lift = |s: &Signals| {
        let masked = conduct(0.2, 1.0, 0.0);
        mean(s, masked, other, Verifier::ByChance, |u| {
            u.observables.task_progress_delta
        }) - mean(
            s,
            Conduct {
                deception: 0.0,
                ..masked
            },
            other,
            Verifier::ByChance,
            |u| u.observables.task_progress_delta,
        )
    };
    assert_eq!(lift(&flat), 0.0);
    assert!(lift(&signals) > 0.4);
}

#[test]
fn frequencies_are_the_equations() {
    // P(v = +1), mean rework, rejection and flag rates over 4,000 keys against the formulas, within five standard errors.
    let s = Signals::default();
    let (a, b) = (conduct(0.9, 0.0, 0.0), conduct(0.5, 0.0, 0.4));
    let near = |got: f64, want: f64, sd: f64| {
        assert!(
            (got - want).abs() < 5.0 * sd / 4000f64.sqrt(),
            "{got} is not {want}"
        );
    };
    let q = 0.15 + 0.80 * (0.65 * 0.9 + 0.35 * 0.5) - 0.70 * 0.4;
    near(
        mean(&s, a, b, Verifier::Standing, |u| {
            f64::from(u8::from(u.truth.is_good()))
        }),
        q,
        0.5,
    );
    near(
        mean(&s, a, b, Verifier::Standing, |u| {
            f64::from(u.observables.rework_count)
        }),
        0.2 + (1.0 - q),
        1.2,
    );
    near(
        mean(&s, a, b, Verifier::Standing, |u| {
            f64::from(u.observables.verifier_rejections)
        }),
        0.03 + 0.7 * (1.0 - q),
        0.5,
    );
    near(
        mean(&s, a, b, Verifier::ByChance, |u| {
            f64::from(u.observables.verifier_rejections)
        }),
        0.3 * (0.03 + 0.7 * (1.0 - q)),
        0.4,
    );
    near(
        mean(&s, a, b, Verifier::Standing, |u| f64::from(u.flags[1])),
        0.01 + 0.35 * 0.4,
        0.4,
    );
    near(
        mean(&s, a, b, Verifier::Standing, |u| f64::from(u.flags[0])),
        0.01,
        0.1,
    );
}

#[test]
fn a_diligent_verifier_catches_more() {
    // Rejections of harmful work: half the standing rate at diligence 0, more than it at diligence 1.
    let s = Signals::default();
    let (a, b) = (conduct(0.0, 0.0, 1.0), public_conduct(&s));
    let rate = |v| {
        mean(&s, a, b, v, |u| {
            f64::from(u.observables.verifier_rejections)
        })
    };
    let (idle, standing, keen) = (
        rate(Verifier::Agent { diligence: 0.0 }),
        rate(Verifier::Standing),
        rate(Verifier::Agent { diligence: 1.0 }),
    );
    assert!(
        idle + 0.2 < standing && standing + 0.1 < keen,
        "{idle} {standing} {keen}"
    );
}

#[test]
fn aftermath_is_late_news_of_the_truth() {
    // A side hears with probability py and hears right with probability acc; the two sides hear independently of each other.
    let (s, draws) = (Signals::default(), Draws::new(4));
    let heard: Vec<[Option<bool>; 2]> = (0..10_000)
        .map(|key| [0, 1].map(|side| aftermath(&s, &draws, key, side, Truth::Harmful)))
        .collect();
    let told = heard.iter().flatten().flatten().count() as f64;
    let right = heard
        .iter()
        .flatten()
        .flatten()
        .filter(|&&good| !good)
        .count() as f64;
    assert!((told / 20_000.0 - 0.6).abs() < 0.018, "{told}");
    assert!((right / told - 0.9).abs() < 0.014, "{right}");
    let both = heard
        .iter()
        .filter(|h| h[0].is_some() && h[1].is_some())
        .count() as f64;
    assert!((both / 10_000.0 - 0.36).abs() < 0.025, "{both}");
}
