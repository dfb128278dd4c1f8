//! Known answers of an independent implementation, the public Python package swarm-safety 1.9.0, at 1e-9.

use crate::stage;
use das_core::id::AgentId;
use das_core::interaction::Moment;
use das_core::lever::{Act, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_governance::GovernanceConfig;
use das_governance::levers::circuit_breaker::{Breaker, CircuitBreaker, Rule};
use das_governance::levers::collusion::{PairFigures, pair_score};
use das_governance::levers::{
    random_audit, reputation_decay, staking, transparency, vote_normalisation,
};
use serde_json::Value;

fn cases(family: &str) -> Vec<Value> {
    let path = format!(
        "{}/../../tests/fixtures/golden/{family}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(file["family"], family);
    let cases = file["cases"].as_array().unwrap().clone();
    assert_eq!(file["n_cases"], cases.len());
    assert!(!cases.is_empty());
    cases
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn close(ours: f64, theirs: &Value) {
    let theirs = number(theirs);
    let difference = (ours - theirs).abs();
    assert!(
        difference <= 1e-9 || difference <= 1e-9 * theirs.abs(),
        "{ours} is not {theirs}"
    );
}

#[test]
fn reputation_decay() {
    // Shows that decay changes who has a reputation, by r·(rate − 1), through the formula and through the lever.
    for case in cases("gov_reputation_decay") {
        let rate = number(&case["config"]["reputation_decay_rate"]);
        let names: Vec<&str> = case["reputations"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let before: Vec<f64> = names
            .iter()
            .map(|name| number(&case["reputations"][name]))
            .collect();
        let society = stage::with_reputation(&stage::society(&names), &before);
        let config = GovernanceConfig {
            reputation_decay: rate,
            ..GovernanceConfig::default()
        };
        let mut changed = Vec::new();
        for mut lever in das_governance::build(&config) {
            for act in lever.on_epoch_end(&society, &Draws::new(1)).acts {
                let Act::Reputation(who, delta) = act else {
                    panic!("{act:?}")
                };
                assert_eq!(
                    delta,
                    reputation_decay::delta(society.reputation(who), rate)
                );
                close(delta, &case["out"]["deltas"][society.name(who)]);
                close(
                    society.reputation(who) + delta,
                    &case["out"]["after"][society.name(who)],
                );
                changed.push(society.name(who));
            }
        }
        let expected: Vec<&String> = case["out"]["deltas"].as_object().unwrap().keys().collect();
        assert_eq!(changed, expected);
    }
}

#[test]
fn vote_normalisation() {
    // Shows the weight of a vote after n others, through the formula and through the lever; without a cap it is 1.
    for case in cases("gov_vote_normalization") {
        let votes = case["vote_count"].as_u64().unwrap() as u32;
        let cap = number(&case["config"]["max_vote_weight_per_agent"]);
        let enabled = case["config"]["vote_normalization_enabled"] == true;
        let who = AgentId(0);
        let society = stage::with_counter(&stage::society(&["voter"]), who, "epoch_votes", votes);
        let config = GovernanceConfig {
            vote_weight_cap: enabled.then_some(cap),
            ..GovernanceConfig::default()
        };
        let mut factor = 1.0;
        for lever in das_governance::build(&config) {
            factor *= lever.vote_weight(who, &society);
        }
        close(factor, &case["out"]["weight"]);
        if enabled {
            assert_eq!(factor, vote_normalisation::weight(votes, cap));
        }
    }
}

#[test]
fn staking() {
    // Shows who may act and what a slash takes. Off is a requirement of 0 here, and then no lever is built; an agent that
    // nobody knows cannot be asked about at all.
    for case in cases("gov_staking") {
        let (config, out) = (&case["config"], &case["out"]);
        let resources = number(&case["resources"]);
        let rate = number(&config["stake_slash_rate"]);
        if config["staking_enabled"] == true {
            let minimum = number(&config["min_stake_to_participate"]);
            assert_eq!(staking::can_act(resources, minimum), out["can_act"] == true);
            close(staking::slash(resources, rate), &out["slash_delta"]);
        } else {
            let off = GovernanceConfig {
                stake_slash_rate: rate,
                ..GovernanceConfig::default()
            };
            assert!(das_governance::build(&off).is_empty());
            assert_eq!(out["can_act"], true);
            assert_eq!(number(&out["slash_delta"]), 0.0);
        }
    }
}

#[test]
fn random_audit() {
    // Shows which draws are audited, u equal to the probability among them, and what an audit costs, accepted or not.
    for case in cases("gov_audit") {
        let (config, out) = (&case["config"], &case["out"]);
        let enabled = config["audit_enabled"] == true;
        let audited = enabled
            && random_audit::audited(
                number(&case["draw_u"]),
                number(&config["audit_probability"]),
            );
        let cost = if audited {
            random_audit::penalty(
                number(&case["interaction"]["p"]),
                number(&config["audit_threshold_p"]),
                number(&config["audit_penalty_multiplier"]),
            )
        } else {
            0.0
        };
        close(cost, &out["cost_a"]);
        let reputation = out["reputation_deltas"].as_object().unwrap();
        assert_eq!(reputation.is_empty(), cost == 0.0);
        if let Some(delta) = reputation.get("a") {
            close(-cost, delta);
        }
        assert_eq!(reputation.len(), usize::from(cost != 0.0));
        assert_eq!(number(&out["cost_b"]), 0.0);
    }
}

fn scored(initiator: AgentId, p: f64, epoch: u32) -> Scored {
    Scored {
        initiator,
        counterparty: AgentId((initiator.0 + 1) % 3),
        p,
        now: Moment { epoch, step: 0 },
        ..stage::scored()
    }
}

#[test]
fn circuit_breaker() {
    // Shows the state after every step of each sequence, and that the lever freezes and unfreezes whom it should.
    for case in cases("gov_circuit_breaker") {
        let config = &case["config"];
        assert_eq!(config["circuit_breaker_enabled"], true);
        let rule = Rule {
            threshold: number(&config["freeze_threshold_toxicity"]),
            violations: config["freeze_threshold_violations"].as_u64().unwrap() as u32,
            epochs: config["freeze_duration_epochs"].as_u64().unwrap() as u32,
        };
        let names = ["a", "b", "c"];
        let society = stage::society(&names);
        let mut breakers = [Breaker::default(); 3];
        let mut lever = CircuitBreaker::from_config(&GovernanceConfig {
            circuit_breaker_threshold: Some(rule.threshold),
            circuit_breaker_violations: rule.violations,
            circuit_breaker_epochs: rule.epochs,
            ..GovernanceConfig::default()
        })
        .unwrap();
        for step in case["steps"].as_array().unwrap() {
            let epoch = step["epoch"].as_u64().unwrap() as u32;
            if step["event"] == "epoch_start" {
                let unfrozen: Vec<&str> = (names.iter().zip(&mut breakers))
                    .filter_map(|(name, breaker)| breaker.start_epoch(epoch).then_some(*name))
                    .collect();
                assert_eq!(Value::from(unfrozen.clone()), step["unfreeze"]);
                for (name, breaker) in names.iter().zip(&breakers) {
                    assert_eq!(
                        breaker.frozen_until().is_none(),
                        step["can_act"][name] == true
                    );
                }
                let effect =
                    lever.on_epoch_start(&stage::in_epoch(&society, epoch), &Draws::new(1));
                let acts: Vec<Act> = unfrozen
                    .iter()
                    .map(|name| Act::Unfreeze(society.find(name).unwrap()))
                    .collect();
                assert_eq!(effect, stage::effect(&acts));
                continue;
            }
            let who = society.find(step["initiator"].as_str().unwrap()).unwrap();
            let breaker = &mut breakers[who.index()];
            let p = number(&step["p"]);
            let tripped = breaker.observe(p, epoch, &rule);
            close(breaker.mean(), &step["avg_toxicity"]);
            close(breaker.mean(), &step["status"]["avg_toxicity"]);
            assert_eq!(step["violations"], breaker.violations());
            assert_eq!(step["status"]["violations"], breaker.violations());
            let until = breaker.frozen_until().map_or(-1, i64::from);
            assert_eq!(step["status"]["freeze_until_epoch"], until);
            assert_eq!(step["status"]["is_frozen"], until >= 0);
            assert_eq!(
                step["freeze"] != Value::from(Vec::<u8>::new()),
                tripped.is_some()
            );

            let effect = lever.review(&scored(who, p, epoch), &society, &Draws::new(1));
            let acts: Vec<Act> = tripped
                .map(|until| Act::Freeze(who, until))
                .into_iter()
                .collect();
            assert_eq!(effect, stage::effect(&acts));
        }
    }
}

#[test]
fn transparency() {
    // Shows that an accepted interaction moves its initiator's reputation by (p − threshold)·rate and nothing else of anybody's,
    // through the formula and through the lever; a rejected one, and one at the threshold, moves nothing.
    for case in cases("gov_transparency") {
        let (config, out) = (&case["config"], &case["out"]);
        let enabled = config["transparency_enabled"] == true;
        let rate = number(&config["transparency_bonus_rate"]);
        let threshold = number(&config["transparency_threshold_p"]);
        let p = number(&case["interaction"]["p"]);
        let levers = das_governance::build(&GovernanceConfig {
            transparency: enabled,
            transparency_bonus_rate: rate,
            transparency_threshold: threshold,
            ..GovernanceConfig::default()
        });
        assert_eq!(levers.len(), usize::from(enabled));
        let interaction = Scored {
            p,
            accepted: case["interaction"]["accepted"] == true,
            ..stage::scored()
        };
        let society = stage::society(&["a", "b"]);
        let mut deltas = [0.0; 2];
        for mut lever in levers {
            for act in lever.review(&interaction, &society, &Draws::new(1)).acts {
                match act {
                    Act::Reputation(who, delta) => deltas[who.index()] += delta,
                    Act::Publish(who, _) => assert_eq!(who, AgentId(0)),
                    other => panic!("{other:?}"),
                }
            }
        }
        let expected = out["reputation_deltas"].as_object().unwrap();
        assert_eq!(!expected.is_empty(), enabled && interaction.accepted);
        match expected.get("a") {
            Some(delta) => {
                close(deltas[0], delta);
                close(transparency::bonus(p, threshold, rate), delta);
            }
            None => assert_eq!(deltas[0], 0.0),
        }
        assert!(expected.get("b").is_none() && deltas[1] == 0.0);
        assert_eq!((number(&out["cost_a"]), number(&out["cost_b"])), (0.0, 0.0));
    }
}

#[test]
fn collusion_pair_score() {
    // Shows the score of a pair from its five figures, at every kind of edge the cases have.
    for case in cases("collusion_pair_score") {
        let figures = &case["in"];
        let score = pair_score(
            &PairFigures {
                frequency_z: number(&figures["frequency_zscore"]),
                benefit_correlation: number(&figures["benefit_correlation"]),
                acceptance: number(&figures["mutual_acceptance_rate"]),
                mean_p: number(&figures["avg_p"]),
                interactions: number(&figures["n_interactions"]),
            },
            number(&case["frequency_threshold"]),
        );
        close(score, &case["out"]["score"]);
    }
}
