//! What each lever does through the trait: to whom, when, and when not.

use crate::stage::{self, effect, only, scored};
use das_core::id::{AgentId, Tool};
use das_core::interaction::Moment;
use das_core::lever::{Act, Effect, Scored};
use das_core::rng::Draws;
use das_core::units::MicroCredits;
use das_governance::GovernanceConfig;
use das_governance::levers::random_audit;

const A: AgentId = AgentId(0);
const B: AgentId = AgentId(1);

#[test]
fn tax_is_paid_by_both_sides_of_an_accepted_interaction_only() {
    // Shows rate·|τ| on each side whatever the direction, and nothing without a transfer or an agreement.
    let society = stage::society(&["a", "b"]);
    let mut lever = only(&GovernanceConfig {
        transaction_tax_rate: 0.05,
        ..GovernanceConfig::default()
    });
    let draws = Draws::new(1);
    for tau in [2_000_000, -2_000_000] {
        let paid = Scored {
            tau: MicroCredits(tau),
            ..scored()
        };
        assert_eq!(
            lever.review(&paid, &society, &draws),
            effect(&[
                Act::Fee(A, MicroCredits(100_000)),
                Act::Fee(B, MicroCredits(100_000))
            ])
        );
        let refused = Scored {
            accepted: false,
            ..paid
        };
        assert_eq!(lever.review(&refused, &society, &draws), Effect::none());
    }
    assert_eq!(lever.review(&scored(), &society, &draws), Effect::none());
}

#[test]
fn decay_leaves_those_who_are_gone_alone() {
    // Shows that good and bad names fade, and that nothing is booked for zero or for a retired agent.
    let society = stage::with_reputation(
        &stage::society(&["a", "b", "gone", "new"]),
        &[4.0, -2.0, 3.0, 0.0],
    );
    let society = stage::without(&society, AgentId(2));
    let mut lever = only(&GovernanceConfig {
        reputation_decay: 0.75,
        ..GovernanceConfig::default()
    });
    assert_eq!(
        lever.on_epoch_end(&society, &Draws::new(1)),
        effect(&[Act::Reputation(A, -1.0), Act::Reputation(B, 0.5)])
    );
}

#[test]
fn bandwidth_stops_the_one_who_acts_and_not_the_one_who_is_asked() {
    // Shows the cap at its edge: cap − 1 actions are fine, cap are not, and who is spent can still be asked.
    let fresh = stage::society(&["a", "b"]);
    let lever = only(&GovernanceConfig {
        bandwidth_cap: Some(3),
        ..GovernanceConfig::default()
    });
    for (actions, fine) in [(0, true), (2, true), (3, false), (4, false)] {
        let society = stage::with_counter(&fresh, A, "epoch_actions", actions);
        assert_eq!(lever.admit_action(A, Tool(0), &society).is_ok(), fine);
        assert_eq!(lever.admit(A, B, &society).is_ok(), fine);
        assert!(lever.admit(B, A, &society).is_ok());
        if let Err(refusal) = lever.admit(A, B, &society) {
            assert_eq!(refusal.code, "bandwidth_cap");
            assert_eq!(
                refusal.detail,
                format!("{actions} of 3 actions of this epoch are used")
            );
        }
    }
}

fn staking() -> GovernanceConfig {
    GovernanceConfig {
        staking_required: 5.0,
        stake_slash_rate: 0.2,
        ..GovernanceConfig::default()
    }
}

#[test]
fn deposits_are_topped_up_from_a_balance_that_covers_them() {
    // Shows that the missing part is locked whole or not at all, and only for agents that are there.
    let names = ["rich", "slashed", "short", "full", "gone"];
    let mut society = stage::society(&names);
    for (who, balance, stake) in [
        (1, 1_000_000, 4_000_000),
        (2, 999_999, 4_000_000),
        (3, 9_000_000, 5_000_000),
    ] {
        society = stage::with_money(&society, AgentId(who), balance, stake);
    }
    let society = stage::without(&society, AgentId(4));
    assert_eq!(
        only(&staking()).on_epoch_start(&society, &Draws::new(1)),
        effect(&[
            Act::LockStake(AgentId(0), MicroCredits(5_000_000)),
            Act::LockStake(AgentId(1), MicroCredits(1_000_000)),
        ])
    );
}

#[test]
fn half_of_the_deposit_is_needed_to_take_part() {
    // Shows the half rule to the micro-credit, for who acts, who offers and who is asked.
    let lever = only(&staking());
    let both = stage::with_money(&stage::society(&["a", "b"]), B, 0, 5_000_000);
    for (stake, fine) in [(0, false), (2_499_999, false), (2_500_000, true)] {
        let society = stage::with_money(&both, A, 50_000_000, stake);
        assert_eq!(lever.admit_action(A, Tool(0), &society).is_ok(), fine);
        assert_eq!(lever.admit(A, B, &society).is_ok(), fine);
        assert_eq!(lever.admit(B, A, &society).is_ok(), fine);
        assert!(lever.admit_action(B, Tool(0), &society).is_ok());
    }
    let refusal = lever
        .admit(B, A, &stage::with_money(&both, A, 0, 2_000_000))
        .unwrap_err();
    assert_eq!(refusal.code, "stake_required");
    assert_eq!(
        refusal.detail,
        "stake of a is 2, at least 2.5 is needed to take part"
    );
}

#[test]
fn a_misuse_flag_burns_a_share_of_that_sides_stake() {
    // Shows that the flagged side loses once, however many flags, and nobody does for an offer that was not taken.
    let society = stage::with_money(&stage::society(&["a", "b", "c"]), A, 0, 5_000_000);
    let society = stage::with_money(&society, B, 0, 3_000_000);
    let mut lever = only(&staking());
    let draws = Draws::new(1);
    let (burnt_a, burnt_b) = (
        Act::Slash(A, MicroCredits(1_000_000)),
        Act::Slash(B, MicroCredits(600_000)),
    );
    for (flags, acts) in [
        ([0, 0], vec![]),
        ([1, 0], vec![burnt_a]),
        ([0, 3], vec![burnt_b]),
        ([2, 1], vec![burnt_a, burnt_b]),
    ] {
        let flagged = Scored { flags, ..scored() };
        assert_eq!(lever.review(&flagged, &society, &draws), effect(&acts));
        let refused = Scored {
            accepted: false,
            ..flagged
        };
        assert_eq!(lever.review(&refused, &society, &draws), Effect::none());
        // Without a stake there is nothing to burn.
        let poor = Scored {
            initiator: AgentId(2),
            flags: [1, 0],
            ..scored()
        };
        assert_eq!(lever.review(&poor, &society, &draws), Effect::none());
    }
}

#[test]
fn audits_follow_the_interactions_own_draw() {
    // Shows that exactly the interactions whose keyed draw is at most the probability are audited, rejected ones included,
    // that a higher probability audits all of them and more, and that the share is what was asked for.
    let society = stage::society(&["a", "b"]);
    let draws = Draws::new(42);
    let config = |audit_probability| GovernanceConfig {
        audit_probability,
        audit_penalty: 2.0,
        ..GovernanceConfig::default()
    };
    let (mut rare, mut often) = (only(&config(0.1)), only(&config(0.3)));
    let mut counts = [0u32; 2];
    for key in 0..10_000 {
        let bad = Scored {
            key,
            p: 0.25,
            accepted: key % 2 == 0,
            ..scored()
        };
        let u = draws.unit(random_audit::DOMAIN, &[key]);
        for (lever, probability, count) in [(&mut rare, 0.1, 0), (&mut often, 0.3, 1)] {
            let expected = if u > probability {
                Effect::none()
            } else {
                counts[count] += 1;
                effect(&[Act::Fee(A, MicroCredits(500_000)), Act::Reputation(A, -0.5)])
            };
            assert_eq!(lever.review(&bad, &society, &draws), expected);
        }
        // At the threshold an audit finds nothing.
        let fair = Scored { p: 0.5, ..bad };
        assert_eq!(often.review(&fair, &society, &draws), Effect::none());
    }
    // 1,000 and 3,000 expected; five standard deviations are 150 and 229.
    assert!(counts[0].abs_diff(1_000) < 150, "{counts:?}");
    assert!(counts[1].abs_diff(3_000) < 229, "{counts:?}");
}

#[test]
fn a_frozen_agent_is_let_go_and_soon_frozen_again_if_it_goes_on() {
    // Shows that the window outlives the freeze, that only the initiator is judged, and that who is gone is not named.
    let society = stage::society(&["a", "b"]);
    let draws = Draws::new(1);
    let mut lever = only(&GovernanceConfig {
        circuit_breaker_threshold: Some(0.6),
        circuit_breaker_violations: 2,
        circuit_breaker_epochs: 2,
        ..GovernanceConfig::default()
    });
    let at = |epoch, p| Scored {
        p,
        now: Moment { epoch, step: 0 },
        ..scored()
    };
    assert_eq!(lever.review(&at(0, 0.1), &society, &draws), Effect::none());
    assert_eq!(
        lever.review(&at(0, 0.1), &society, &draws),
        effect(&[Act::Freeze(A, 2)])
    );
    for epoch in [1, 2, 3] {
        let expected: &[Act] = if epoch == 2 { &[Act::Unfreeze(A)] } else { &[] };
        assert_eq!(
            lever.on_epoch_start(&stage::in_epoch(&society, epoch), &draws),
            effect(expected)
        );
    }
    // Two good ones bring the mean to (.9 + .9 + .2 + .2)/4 = .55; a bad one lifts it over the threshold again.
    for (p, acts) in [(0.8, vec![]), (0.8, vec![]), (0.0, vec![Act::Freeze(A, 5)])] {
        assert_eq!(
            lever.review(&at(3, p), &society, &draws),
            effect(&acts),
            "p = {p}"
        );
    }
    let gone = stage::without(&stage::in_epoch(&society, 5), A);
    assert_eq!(lever.on_epoch_start(&gone, &draws), Effect::none());
}

#[test]
fn looking_costs_whether_it_finds_fault_or_not() {
    // Shows that every audited interaction has the real cost of an audit, and one that is not audited has none.
    let society = stage::society(&["a", "b"]);
    let draws = Draws::new(42);
    let mut lever = only(&GovernanceConfig {
        audit_probability: 0.5,
        audit_penalty: 2.0,
        audit_cost: 0.05,
        ..GovernanceConfig::default()
    });
    for key in 0..100 {
        for (p, acts) in [(0.25, 2), (0.75, 0)] {
            let effect = lever.review(&Scored { key, p, ..scored() }, &society, &draws);
            let audited = draws.unit(random_audit::DOMAIN, &[key]) <= 0.5;
            assert_eq!(effect.real_cost, if audited { 0.05 } else { 0.0 });
            assert_eq!(effect.acts.len(), if audited { acts } else { 0 });
        }
    }
}

#[test]
fn the_breaker_ends_no_freeze_of_another_lever() {
    // Shows that a freeze that outlasts the breaker's own stands.
    let society = stage::society(&["a", "b"]);
    let draws = Draws::new(1);
    let config = GovernanceConfig {
        circuit_breaker_threshold: Some(0.0),
        circuit_breaker_violations: 1,
        circuit_breaker_epochs: 1,
        ..GovernanceConfig::default()
    };
    for (until, acts) in [(1, vec![Act::Unfreeze(A)]), (5, vec![])] {
        let mut lever = only(&config);
        lever.review(&scored(), &society, &draws);
        let next = stage::edited(&stage::in_epoch(&society, 1), |saved| {
            saved["frozen_until"][0] = until.into();
        });
        assert_eq!(lever.on_epoch_start(&next, &draws), effect(&acts));
    }
}
