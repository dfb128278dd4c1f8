//! What holds for every configuration and every course of events.

use crate::stage;
use das_core::environment::Culpability;
use das_core::id::{AgentId, InteractionId};
use das_core::interaction::Moment;
use das_core::lever::{Act, Case, Effect, GovernanceLever, Inspector, Report, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{Loader, Saver};
use das_core::units::MicroCredits;
use das_governance::{GovernanceConfig, build};
use proptest::collection::vec;
use proptest::prelude::*;

const AGENTS: u32 = 5;

prop_compose! {
    #[allow(clippy::needless_update, reason = "a new key is at its default until it is drawn here")]
    fn configs()(
        tax in prop_oneof![Just(0.0), 0.0..=1.0],
        decay in prop_oneof![Just(1.0), 0.0..=1.0],
        votes in proptest::option::of(0.001..=1e6),
        bandwidth in proptest::option::of(0u32..20),
        stake in prop_oneof![Just(0.0), 0.0..=200.0],
        slash in 0.0..=1.0,
        (probability, penalty, fault) in (0.0..=1.0, 0.0..=1e6, 0.0..=1.0),
        breaker in proptest::option::of(0.0..=1.0),
        violations in 1u32..5,
        epochs in 1u32..4,
        inspection in prop_oneof![Just(0.0), 0.0..=1.0],
        (bond, bond_slash, probation, probation_actions) in (prop_oneof![Just(0.0), 0.0..=200.0], 0.0..=1.0, 0u32..4, 0u32..20),
        (transparency, rate, above) in (any::<bool>(), 0.0..=10.0, 0.0..=1.0),
        (ring, frequency, window) in (proptest::option::of(0.0..=1.0), 0.001..=10.0, 2u32..6),
        (fine, points, freeze, cost) in (0.0..=10.0, 0.0..=40.0, 0u32..3, 0.0..=1.0),
        (sensitivity, audit_points) in (prop_oneof![Just(0.0), 0.0..=1.0], 0.0..=40.0),
        (moderators, reviews, look, sanction, share, price) in
            (0u32..3, 1u32..=4, 0.0..=1.0, 0.0..=10.0, 0.0..=40.0, 0.0..=1.0),
    ) -> GovernanceConfig {
        GovernanceConfig {
            transaction_tax_rate: tax,
            reputation_decay: decay,
            vote_weight_cap: votes,
            bandwidth_cap: bandwidth,
            staking_required: stake,
            stake_slash_rate: slash,
            audit_probability: probability,
            audit_penalty: penalty,
            audit_threshold: fault,
            circuit_breaker_threshold: breaker,
            circuit_breaker_violations: violations,
            circuit_breaker_epochs: epochs,
            audit_cost: inspection,
            admission_bond: bond,
            admission_bond_slash: bond_slash,
            admission_probation_epochs: probation,
            admission_probation_actions: probation_actions,
            transparency,
            transparency_bonus_rate: rate,
            transparency_threshold: above,
            collusion_threshold: ring,
            collusion_frequency: frequency,
            collusion_window: window,
            collusion_fine: fine,
            collusion_reputation: points,
            collusion_freeze_epochs: freeze,
            collusion_cost: cost,
            audit_sensitivity: sensitivity,
            audit_reputation: audit_points,
            moderators,
            moderator_reviews: reviews,
            moderator_sensitivity: look,
            moderator_fine: sanction,
            moderator_reputation: share,
            moderator_cost: price,
            ..GovernanceConfig::default()
        }
    }
}

prop_compose! {
    fn interactions()(
        key in any::<u64>(),
        initiator in 0..AGENTS,
        step in 1..AGENTS,
        accepted in any::<bool>(),
        flags in [0u32..3, 0u32..3],
        p in 0.0..=1.0,
        tau in -1_000_000_000i64..=1_000_000_000,
    ) -> Scored {
        Scored {
            id: InteractionId(key),
            key,
            initiator: AgentId(initiator),
            counterparty: AgentId((initiator + step) % AGENTS),
            accepted,
            flags,
            p,
            tau: MicroCredits(tau),
            ..stage::scored()
        }
    }
}

prop_compose! {
    fn societies()(
        money in vec((0i64..300_000_000, 0i64..300_000_000), AGENTS as usize),
        reputation in vec(-20.0..=20.0, AGENTS as usize),
        votes in 0u32..1000,
        actions in 0u32..30,
        live in any::<bool>(),
    ) -> Society {
        let mut society = stage::with_reputation(&stage::society(&["a", "b", "c", "d", "e"]), &reputation);
        for (who, (balance, stake)) in (0..).map(AgentId).zip(money) {
            society = stage::with_money(&society, who, balance, stake);
        }
        society = stage::with_counter(&society, AgentId(0), "epoch_votes", votes);
        society = stage::with_counter(&society, AgentId(1), "epoch_actions", actions);
        if live { society } else { stage::without(&society, AgentId(2)) }
    }
}

/// Everything levers do in a course of events that begins in `epoch`, five interactions an epoch.
fn course(
    levers: &mut [Box<dyn GovernanceLever>],
    society: &Society,
    epoch: u32,
    events: &[Scored],
) -> Vec<(Option<Scored>, &'static str, Effect)> {
    let draws = Draws::new(7);
    let mut effects = Vec::new();
    for (epoch, events) in (epoch..).zip(events.chunks(5)) {
        let society = stage::in_epoch(society, epoch);
        for lever in levers.iter_mut() {
            effects.push((None, lever.name(), lever.on_epoch_start(&society, &draws)));
        }
        for event in events {
            let event = Scored {
                now: Moment { epoch, step: 0 },
                ..*event
            };
            for lever in levers.iter_mut() {
                let mut effect = lever.review(&event, &society, &draws);
                let blame = Culpability {
                    degree: event.p,
                    clean: false,
                };
                let at = Inspector::new(Some([blame; 2]), event.key, &draws);
                effect.append(lever.inspect(&event, &at, &society, &draws));
                effects.push((Some(event), lever.name(), effect));
            }
        }
        for lever in levers.iter_mut() {
            // Whoever is in no case looks into each of the last step, twice.
            let cases = lever.docket().map(<[Case]>::to_vec).unwrap_or_default();
            for case in cases.iter().chain(&cases) {
                let by = (0..AGENTS)
                    .map(AgentId)
                    .find(|who| ![case.initiator, case.counterparty].contains(who));
                let report = Report {
                    by: by.unwrap(),
                    about: case.id,
                };
                let effect = lever.on_report(&report, &society);
                effects.push((None, lever.name(), effect.unwrap_or_default()));
            }
        }
        for lever in levers.iter_mut() {
            effects.push((None, lever.name(), lever.on_step(&society, &draws)));
            effects.push((None, lever.name(), lever.on_epoch_end(&society, &draws)));
        }
    }
    effects
}

fn subject(act: &Act) -> AgentId {
    match *act {
        Act::Fee(who, _)
        | Act::Reputation(who, _)
        | Act::Freeze(who, _)
        | Act::Unfreeze(who)
        | Act::Slash(who, _)
        | Act::LockStake(who, _)
        | Act::ReleaseStake(who, _)
        | Act::Publish(who, _) => who,
    }
}

fn saved(levers: &[Box<dyn GovernanceLever>]) -> Vec<u8> {
    let mut saver = Saver::new();
    for lever in levers {
        lever.save(&mut saver);
    }
    saver.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn effects_stay_within_their_bounds(
        config in configs(),
        society in societies(),
        events in vec(interactions(), 1..30),
    ) {
        // Shows that amounts are never below zero nor above what is there, that a review names only the two sides and an
        // epoch's hook only agents that are there, and that nothing but the audit punishes a rejected offer.
        let mut levers = build(&config);
        for (event, lever, effect) in course(&mut levers, &society, 0, &events) {
            prop_assert!(effect.real_cost >= 0.0);
            let looks = ["random_audit", "collusion", "moderator"];
            prop_assert!(effect.real_cost == 0.0 || looks.contains(&lever));
            for act in &effect.acts {
                let who = subject(act);
                match event {
                    Some(event) => {
                        prop_assert!(who == event.initiator || who == event.counterparty);
                        prop_assert!(event.accepted || lever == "random_audit" || lever == "circuit_breaker");
                    }
                    None => prop_assert!(society.is_live(who)),
                }
                match *act {
                    Act::Fee(_, fee) => prop_assert!(fee.0 >= 0),
                    Act::Slash(who, lost) => prop_assert!(lost.0 > 0 && lost <= society.stake(who)),
                    Act::LockStake(who, locked) => prop_assert!(locked.0 > 0 && locked <= society.balance(who)),
                    Act::Reputation(who, delta) => {
                        prop_assert!(delta.is_finite());
                        match event {
                            Some(event) if lever == "transparency" => prop_assert!(who == event.initiator),
                            Some(_) => prop_assert!(delta < 0.0),
                            None if lever == "collusion" || lever == "moderator" => prop_assert!(delta < 0.0),
                            // Decay brings a reputation nearer to zero, never past it.
                            None => prop_assert!((society.reputation(who) + delta).abs() <= society.reputation(who).abs()),
                        }
                    }
                    Act::Freeze(_, until) => prop_assert!(until > event.map_or(0, |event| event.now.epoch)),
                    Act::Unfreeze(_) => {}
                    Act::ReleaseStake(_, given) => prop_assert!(given.0 > 0),
                    Act::Publish(_, record) => {
                        prop_assert!(lever == "transparency" && record.good >= 0.0 && record.bad >= 0.0);
                        prop_assert!(record.good + record.bad > 0.0);
                    }
                }
            }
        }
        for who in society.ids() {
            for lever in &levers {
                let weight = lever.vote_weight(who, &society);
                prop_assert!(weight <= 1.0 && (weight > 0.0 || lever.name() == "collusion" && weight == 0.0));
            }
        }
    }

    #[test]
    fn saved_levers_continue_as_if_nothing_had_happened(
        config in configs(),
        society in societies(),
        before in vec(interactions(), 0..40),
        after in vec(interactions(), 1..40),
    ) {
        // Shows that what is saved is all there is: freshly built and loaded levers do the same from there on, and save alike.
        let mut whole = build(&config);
        course(&mut whole, &society, 0, &before);
        let bytes = saved(&whole);
        let mut resumed = build(&config);
        let mut loader = Loader::new(&bytes);
        for lever in &mut resumed {
            lever.load(&mut loader).unwrap();
        }
        prop_assert!(loader.take::<u8>().is_err(), "something was saved that is not loaded");
        prop_assert_eq!(saved(&resumed), bytes);
        prop_assert_eq!(
            course(&mut whole, &society, 8, &after),
            course(&mut resumed, &society, 8, &after)
        );
        prop_assert_eq!(saved(&whole), saved(&resumed));
    }
}
