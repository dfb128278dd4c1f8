//! The marketplace with the policies that are made for it.

use crate::society::{Entry, Run, Society, mean, of};
use das_core::config::Detail;
use serde_json::Value;
use std::collections::BTreeMap;

fn mixed() -> Society {
    let verifiers = Entry {
        base: "verifier".into(),
        role: "verifier",
        ..of("honest", 2)
    };
    let mut society = Society::new(vec![
        of("honest", 20),
        of("opportunistic", 8),
        of("deceptive", 6),
        of("adversarial", 6),
        verifiers,
    ]);
    society.simulation.epochs = 20;
    society
}

fn text<'l>(line: &'l Value, key: &str) -> &'l str {
    line[key].as_str().unwrap_or("")
}

fn share(run: &Run, kind: &str, counts: impl Fn(&Value) -> bool) -> f64 {
    mean(
        run.events(kind)
            .map(|line| f64::from(u8::from(counts(line)))),
    )
}

#[test]
fn bounties_go_all_the_way_and_end_in_every_way() {
    // Posted, bid on, awarded, delivered, verified by agents too, released, refunded, disputed, settled and expired; no fault, and
    // nobody reaches for a tool it may not use.
    let run = mixed().run(3, Detail::Full);
    for kind in [
        "posted",
        "bid",
        "awarded",
        "delivered",
        "verified",
        "released",
        "refunded",
        "disputed",
        "settled",
        "expired",
    ] {
        let kind = format!("bounty_{kind}");
        assert!(
            run.events(&kind).count() > 5,
            "{kind}: {}",
            run.events(&kind).count()
        );
    }
    assert!(share(&run, "bounty_verified", |line| line["by"].is_string()) > 0.1);
    assert_eq!(run.events("agent_fault").count(), 0);
    let refused = run
        .events("rail_refused")
        .filter(|e| e["reason"] == "tool_allowlist");
    assert_eq!(refused.count(), 0);
}

#[test]
fn cheats_underbid_and_dispute_more_of_their_rejections() {
    // Mean bids: honest .586 always, deceptive less, adversarial least. Of rejected work, honest workers dispute what they saw to
    // be good, deceivers whatever pays.
    let runs: Vec<Run> = (0..3).map(|seed| mixed().run(seed, Detail::Full)).collect();
    let bid = |kind: &str| {
        mean(runs.iter().flat_map(|run| {
            run.events("bounty_bid")
                .filter(|line| text(line, "bidder").starts_with(kind))
                .filter_map(|line| line["price"].as_f64())
                .collect::<Vec<_>>()
        }))
    };
    assert!((bid("honest") - 0.586).abs() < 1e-9);
    assert!(bid("deceptive") < 0.4, "{}", bid("deceptive"));
    assert!(bid("adversarial") < 0.3, "{}", bid("adversarial"));
    let rate = |kind: &str| {
        let (mut rejected, mut disputed) = (0.0, 0.0);
        for run in &runs {
            let lost = |line: &&Value| line["approved"] == false;
            rejected += run
                .events("bounty_verified")
                .filter(lost)
                .filter(|line| text(line, "worker").starts_with(kind))
                .count() as f64;
            disputed += run
                .events("bounty_disputed")
                .filter(lost)
                .filter(|line| text(line, "by").starts_with(kind))
                .count() as f64;
        }
        disputed / rejected
    };
    assert!(
        rate("deceptive") > rate("honest") + 0.2,
        "{} {}",
        rate("deceptive"),
        rate("honest")
    );
}

#[test]
fn a_market_nobody_bids_in_leaves_every_interaction_as_it_was() {
    // Bounties are posted and expire: trades, tasks and replies of a mixed society are the same lines as without a marketplace.
    let lines = |enabled: bool| {
        let mut society = mixed();
        for entry in &mut society.entries {
            entry.config = r#"{"p_bid":0.0}"#.into();
        }
        society.simulation.epochs = 5;
        society.environment.market.enabled = enabled;
        let run = society.run(4, Detail::Full);
        let told: Vec<BTreeMap<String, Value>> = run
            .lines
            .iter()
            .filter(|line| {
                let kind = text(line, "type");
                kind == "interaction" || kind == "vote_cast" || kind.starts_with("task_")
            })
            .map(|line| {
                let fields = line.as_object().expect("a line is an object").clone();
                fields
                    .into_iter()
                    .filter(|(key, _)| key != "seq" && key != "event")
                    .collect()
            })
            .collect();
        (told, run.events("bounty_expired").count())
    };
    let (with, expired) = lines(true);
    let (without, none) = lines(false);
    assert!(expired > 20 && none == 0, "{expired} {none}");
    assert!(with.len() > 1000);
    assert!(with == without);
}
