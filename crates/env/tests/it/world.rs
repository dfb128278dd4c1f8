//! The whole world through the orchestrator: scarcity, causes, lateness, determinism, saved state.

use crate::scripted::{Play, of};
use das_core::config::Activation;
use das_core::environment::Environment;
use das_core::state::{Loader, Saver};
use das_env::config::Topology;
use das_env::{Commons, events, metrics};
use std::collections::BTreeSet;

#[test]
fn attention_is_scarce() {
    // Three offers a step to one agent: two are answered, the third is refused by the world, every step.
    let (_, log) = Play::new(1, 4).run(&["idle", "spammer"]);
    assert_eq!(of(&log, "interaction").len(), 8);
    let refused = of(&log, "action_refused");
    assert_eq!(refused.len(), 4);
    assert!(refused.iter().all(|r| r["reason"] == "no_attention"));
}

#[test]
fn a_buyer_pays_the_price_and_causes_are_named() {
    // The initiator asks 0.1: τ = −0.1. The second trade of the pair names the first as its cause.
    let (run, log) = Play::new(1, 1).run(&["idle", "spammer"]);
    let trades = of(&log, "interaction");
    assert_eq!(trades[0]["tau"], -0.1);
    assert!(trades[0].get("causal_parents").is_none());
    assert_eq!(
        trades[1]["causal_parents"],
        serde_json::json!([trades[0]["id"]])
    );
    let who = run.society().find("spammer.1").unwrap();
    assert_eq!(run.society().balance(who).credits(), 20.2);
}

#[test]
fn chaos_is_deterministic_and_uses_every_event() {
    // Two runs give the same lines; nine agents that do anything reach every kind of event the world has, in each topology.
    let mut kinds = BTreeSet::new();
    for topology in [
        Topology::Complete,
        Topology::Ring,
        Topology::SmallWorld,
        Topology::ScaleFree,
    ] {
        let mut play = Play::new(6, 20);
        play.environment.network.topology = topology;
        play.environment.network.m = 2;
        play.environment.tasks.verify_window_steps = 2;
        let (_, log) = play.run(&["chaos"; 9]);
        assert_eq!(log, play.run(&["chaos"; 9]).1);
        kinds.extend(
            log.iter()
                .filter_map(|line| line["type"].as_str().map(str::to_owned)),
        );
    }
    // No planner is among them, but anybody may plan.
    for event in events::EVENTS {
        assert!(kinds.contains(event.name), "no {}", event.name);
    }
}

#[test]
fn simultaneous_decisions_run_too() {
    // Stale actions (somebody else was first) are refused, and two runs agree.
    let mut play = Play::new(2, 10);
    play.activation = Activation::Simultaneous;
    let (_, log) = play.run(&["chaos"; 9]);
    assert_eq!(log, play.run(&["chaos"; 9]).1);
    assert!(!of(&log, "action_refused").is_empty());
}

#[test]
fn every_epoch_has_every_figure() {
    // `epoch_completed.env` holds exactly the described figures; posts kept grows as there are posts.
    let (_, log) = Play::new(2, 5).run(&["chaos"; 9]);
    for line in of(&log, "epoch_completed") {
        let env = line["env"].as_object().unwrap();
        let names: BTreeSet<&str> = env.keys().map(String::as_str).collect();
        assert_eq!(names, metrics::METRICS.iter().map(|d| d.name).collect());
        assert!(env["posts_kept"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn influence_is_what_the_events_say() {
    // Votes on own posts are refused, so no event gives influence to its own voter; weights are at least 0.
    let (_, log) = Play::new(2, 10).run(&["chaos"; 9]);
    let votes = of(&log, "vote_cast");
    assert!(votes.len() > 20);
    assert!(
        votes
            .iter()
            .all(|v| v["voter"] != v["author"] && v["weight"].as_f64().unwrap() > 0.0)
    );
    assert!(
        of(&log, "post_created")
            .iter()
            .any(|p| p.get("parent").is_some() && p.get("parent_author").is_some())
    );
}

#[test]
fn saved_state_comes_back_whole() {
    // What was saved and loaded saves the same bytes again and ranks the same posts.
    let play = Play::new(2, 10);
    let (run, _) = play.run(&["chaos"; 9]);
    let mut saver = Saver::new();
    run.world().save(&mut saver);
    let mut loaded = Commons::new(play.environment);
    loaded.load(&mut Loader::new(saver.bytes())).unwrap();
    let mut again = Saver::new();
    loaded.save(&mut again);
    assert_eq!(saver.bytes(), again.bytes());
    let ranked = |world: &Commons| world.feed().ranked().map(|(id, _)| id).collect::<Vec<_>>();
    assert!(!ranked(&loaded).is_empty());
    assert_eq!(ranked(run.world()), ranked(&loaded));
}

#[test]
fn the_schema_has_ranges_and_docs() {
    // What the scenario reader checks against: ranges of the model page, a description for every constant, no unknown keys.
    let schema = serde_json::to_value(schemars::schema_for!(das_env::EnvironmentConfig)).unwrap();
    let keys: BTreeSet<&str> = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let described = das_env::commons::ENVIRONMENT.params.iter().map(|p| p.name);
    assert_eq!(keys, described.collect());
    let signals = &schema["$defs"]["Signals"];
    assert_eq!(signals["additionalProperties"], false);
    let manipulation = &signals["properties"]["manipulation"];
    assert_eq!(
        (
            manipulation["minimum"].as_f64(),
            manipulation["maximum"].as_f64()
        ),
        (Some(0.0), Some(1.0))
    );
    for (name, property) in signals["properties"].as_object().unwrap() {
        assert!(
            property["description"].is_string(),
            "{name} has no description"
        );
        assert!(
            property.get("minimum").is_some() && property.get("maximum").is_some(),
            "{name} has no range"
        );
    }
}
