//! Inspections: audits that look at conduct, and moderators.

use crate::stage::{self, effect, only, scored};
use das_core::environment::Culpability;
use das_core::id::{AgentId, InteractionId};
use das_core::interaction::Side;
use das_core::lever::{Act, Effect, FALSE_FINDING, Inspector, Report, Scored};
use das_core::rng::Draws;
use das_core::units::MicroCredits;
use das_governance::GovernanceConfig;

const A: AgentId = AgentId(0);
const C: AgentId = AgentId(2);

#[expect(clippy::unnecessary_wraps, reason = "a settlement may have none")]
fn blame(a: f64, b: f64) -> Option<[Culpability; 2]> {
    Some([a, b].map(|degree| Culpability {
        degree,
        clean: degree == 0.0,
    }))
}

#[test]
fn findings_follow_blame_and_belong_to_the_interaction() {
    // Frequencies of f + (s − f)·c over 20,000 interactions, within five standard deviations; a higher sensitivity finds a
    // superset; whoever asks again is told the same; where nobody keeps an account of blame nothing is found.
    let draws = Draws::new(3);
    for (degree, s) in [(0.0, 0.6), (0.5, 0.6), (1.0, 0.85), (1.0, 0.0)] {
        let expected = FALSE_FINDING + (s - FALSE_FINDING) * degree;
        let mut found = 0;
        for key in 0..20_000 {
            let at = Inspector::new(blame(degree, 0.0), key, &draws);
            let told = at.finding(Side::Initiator, s);
            assert_eq!(told, at.finding(Side::Initiator, s));
            assert!(!told || at.finding(Side::Initiator, 0.9));
            assert!(!Inspector::new(None, key, &draws).finding(Side::Initiator, s));
            found += u32::from(told);
        }
        let deviation = (20_000.0 * expected * (1.0 - expected)).sqrt();
        let off = (f64::from(found) - 20_000.0 * expected).abs();
        assert!(off <= 5.0 * deviation, "{found} at c = {degree}, s = {s}");
    }
}

#[test]
fn an_inspecting_audit_fines_conduct_and_not_appearance() {
    // Certain audit, perfect eyes: the guilty side pays penalty and points, however well it looked; the innocent one pays for the
    // false finding alone; a rejected offer was never carried out.
    let config = GovernanceConfig {
        audit_probability: 1.0,
        audit_penalty: 3.0,
        audit_sensitivity: 1.0,
        audit_cost: 0.05,
        ..GovernanceConfig::default()
    };
    let (mut lever, society, draws) = (only(&config), stage::society(&["a", "b"]), Draws::new(1));
    let fair = Scored {
        p: 0.95,
        ..scored()
    };
    assert_eq!(lever.review(&fair, &society, &draws), Effect::none());
    let mut false_findings = 0;
    for key in 0..2_000 {
        let event = Scored { key, ..fair };
        let at = Inspector::new(blame(1.0, 0.0), key, &draws);
        let got = lever.inspect(&event, &at, &society, &draws);
        assert_eq!(got.real_cost, 0.05);
        assert_eq!(
            got.acts[..2],
            [
                Act::Fee(A, MicroCredits(3_000_000)),
                Act::Reputation(A, -0.5)
            ]
        );
        false_findings += u32::from(got.acts.len() == 4);
    }
    // 40 expected of 2,000; five standard deviations are 31.
    assert!(false_findings.abs_diff(40) < 31, "{false_findings}");
    let refused = Scored {
        accepted: false,
        ..fair
    };
    let at = Inspector::new(blame(1.0, 1.0), 0, &draws);
    assert_eq!(
        lever.inspect(&refused, &at, &society, &draws),
        Effect::none()
    );
}

#[test]
fn a_moderator_looks_at_each_case_once_and_at_none_of_its_own() {
    // A case is open for the step after it closed. Nobody looks into what it took part in, twice, or more often than allowed.
    let config = GovernanceConfig {
        moderators: 1,
        moderator_reviews: 2,
        moderator_sensitivity: 1.0,
        ..GovernanceConfig::default()
    };
    let society = stage::society(&["a", "b", "c"]);
    let (mut lever, draws) = (only(&config), Draws::new(1));
    for id in 0..4 {
        let event = Scored {
            id: InteractionId(id),
            key: id,
            ..scored()
        };
        let at = Inspector::new(blame(1.0, 0.0), 1, &draws);
        assert_eq!(lever.inspect(&event, &at, &society, &draws), Effect::none());
    }
    let report = |by, about| Report {
        by,
        about: InteractionId(about),
    };
    assert_eq!(
        lever.on_report(&report(C, 0), &society),
        None,
        "not open yet"
    );
    lever.on_step(&society, &draws);
    assert!(
        lever
            .docket()
            .unwrap()
            .iter()
            .all(|case| case.found == [false; 2])
    );
    assert_eq!(lever.on_report(&report(A, 0), &society), None, "its own");
    let done = lever.on_report(&report(C, 0), &society).unwrap();
    let fined = effect(&[
        Act::Fee(A, MicroCredits(500_000)),
        Act::Reputation(A, -0.25),
    ]);
    assert_eq!(done.acts, fined.acts);
    assert_eq!((done.real_cost, done.notes.len()), (0.02, 1));
    assert_eq!(lever.docket().unwrap()[0].found, [true, false]);
    assert_eq!(lever.on_report(&report(C, 0), &society), None, "once");
    assert!(lever.on_report(&report(C, 1), &society).is_some());
    assert_eq!(lever.on_report(&report(C, 2), &society), None, "two a step");
    lever.on_step(&society, &draws);
    assert_eq!(lever.on_report(&report(C, 2), &society), None, "closed");
    assert_eq!(lever.docket(), Some(&[][..]));
}
