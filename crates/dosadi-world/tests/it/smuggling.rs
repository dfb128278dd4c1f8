//! Smuggling: the six tests of its specification, and what customs must never do.

use crate::town::{Life, day, live, live_briefly, live_interrupted};
use dosadi_world::DosadiConfig;
use dosadi_world::config::Ordered;
use dosadi_world::state::factions::{CHOSEN_MAX, OUTCOMES_MAX};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn number(line: &Value, key: &str) -> f64 {
    line[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key}: {line}"))
}

fn whole(line: &Value, key: &str) -> u64 {
    line[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key}: {line}"))
}

/// Scored interactions by their number.
fn interactions(life: &Life) -> BTreeMap<String, Value> {
    let lines = life.lines("interaction").into_iter();
    lines
        .map(|line| (line["id"].as_str().unwrap().to_owned(), line))
        .collect()
}

/// A city in which only what a test is about happens: no crackdowns but ordered ones, a fixed phase.
fn quiet() -> DosadiConfig {
    let mut config = DosadiConfig::default();
    config.crackdowns.planner = false;
    config.phases.enabled = false;
    config.phases.initial = 1;
    config
}

#[test]
fn smuggling_t1_determinism() {
    // The same configuration and seed give the same shipments, routes, bribes and everything else, byte for byte; another seed
    // does not.
    let config = DosadiConfig::default();
    let (one, two) = (live(&config, 7, 12), live(&config, 7, 12));
    assert!(one.lines("smuggling_shipment_created").len() > 100);
    assert!(one.lines("smuggling_bribes_set").len() > 20);
    assert!(one.log == two.log, "two lives of one seed differ");
    assert!(one.log != live(&config, 8, 12).log);
}

#[test]
fn smuggling_t2_boundedness() {
    // Every bound of the configuration holds over half a year, each set low enough to bind.
    let mut config = DosadiConfig::default();
    let rules = &mut config.smuggling;
    rules.max_active_factions = 4;
    rules.max_shipments_per_day = 6;
    rules.commodity_topk = 3;
    rules.route_topk = 7;
    rules.border_topk = 5;
    let life = live(&config, 3, 26);
    let mut sent: BTreeMap<u64, u32> = BTreeMap::new();
    let mut by_faction: BTreeMap<(u64, String), (u32, u64)> = BTreeMap::new();
    for line in life.lines("smuggling_shipment_created") {
        *sent.entry(day(&line)).or_default() += 1;
        let key = (day(&line), line["faction"].as_str().unwrap().to_owned());
        let held = by_faction.entry(key).or_default();
        held.0 += 1;
        held.1 += whole(&line, "evaluated");
    }
    assert_eq!(
        sent.values().max(),
        Some(&6),
        "the daily cap binds and holds"
    );
    // Six shipments and four factions: two each for two of them in turn, one for the others.
    assert!(by_faction.values().all(|(shipments, _)| *shipments <= 2));
    assert_eq!(
        by_faction.values().map(|(_, routes)| *routes).max(),
        Some(7)
    );
    let world = life.world();
    let active: BTreeSet<&str> = by_faction.keys().map(|(_, f)| f.as_str()).collect();
    let first: BTreeSet<&str> = world.state.factions.list[..4]
        .iter()
        .map(|f| &*f.name)
        .collect();
    assert_eq!(active, first, "the first factions by id, and no others");
    assert!(world.state.lists.sources.iter().all(|list| list.len() <= 3));
    assert!(
        world
            .state
            .lists
            .destinations
            .iter()
            .all(|list| list.len() <= 3)
    );
    for (id, faction) in world.state.factions.list.iter().enumerate() {
        let network = &faction.network;
        assert!(network.edges.len() <= 5, "{}", network.edges.len());
        assert_eq!(network.edges.len() == 5, id < 4, "full, or never used");
        assert!(
            network
                .edges
                .windows(2)
                .all(|w| w[0].corridor < w[1].corridor)
        );
        assert!(network.outcomes.len() <= OUTCOMES_MAX);
        assert!(network.chosen.len() <= CHOSEN_MAX);
        for edge in &network.edges {
            assert!((0.0..=1.0).contains(&edge.risk) && (0.0..=1.0).contains(&edge.cost));
        }
    }
    // One budget a faction and day, and the cap at each border.
    for line in life.lines("smuggling_bribes_set") {
        let bids = line["bids"].as_array().unwrap();
        let total: f64 = bids.iter().map(|bid| bid[2].as_f64().unwrap()).sum();
        assert!(total <= number(&line, "budget") + 1e-6, "{line}");
    }
}

/// (Crossings scored as seized, all crossings that were cleared or seized) over some cities.
fn seized_share(config: &DosadiConfig) -> (u32, u32) {
    let (mut seized, mut all) = (0, 0);
    for seed in 0..6 {
        for line in live_briefly(config, seed, 26).lines("customs_check") {
            let outcome = line["outcome"].as_str().unwrap();
            seized += u32::from(outcome == "seize");
            all += u32::from(outcome == "seize" || outcome == "clear");
        }
    }
    (seized, all)
}

#[test]
fn smuggling_t3_bribes_influence_customs_within_bounds() {
    // With the same seeds, greedy posts and no audits, cargo that bribes is seized less often than cargo that does not, but is still
    // seized.
    let mut config = quiet();
    config.customs.greed = 2.0;
    config.audits.rate = 0.0;
    config.smuggling.bribe_budget_fraction = 0.3;
    let (with, all) = seized_share(&config);
    let honest = json!(0.0);
    config.agents.smuggler.insert("bribes".to_owned(), honest);
    let (without, none) = seized_share(&config);
    let shares = [
        f64::from(with) / f64::from(all),
        f64::from(without) / f64::from(none),
    ];
    assert!(with > 0, "a bribe never makes passage certain");
    assert!(shares[0] < 0.7 * shares[1], "{shares:?}");
}

#[test]
fn smuggling_t4_learning_moves_routes_away_and_back() {
    // A crackdown of 60 days on the busiest border that is no bridge, over 16 seeds, paired with the same seeds without it: what
    // networks believe of it rises, at least a third of its traffic leaves within days 16 to 60, and most is back from day 60 to
    // day 150 after the end. Crews work for nothing here, so that no network is broke when the crackdown comes.
    let (start, length) = (120u32, 60u32);
    let window = |from: u32, to: u32| u64::from(start + from)..u64::from(start + to);
    let (mut during, mut after, mut risk) = ([0u32; 2], [0u32; 2], [0.0f64; 2]);
    let (mut trackers, mut cities) = (0u32, 0u32);
    for seed in 0..16 {
        let mut config = quiet();
        config.smuggling.crew_wage = 0.0;
        config.crackdowns.ordered = vec![Ordered {
            day: start,
            days: length,
            intensity: 1.0,
            border: None,
        }];
        let treated = live_briefly(&config, seed, 48);
        let begun = treated.lines("crackdown_begun");
        let Some(border) = begun.first().map(|line| whole(line, "border")) else {
            continue;
        };
        cities += 1;
        config.crackdowns.ordered.clear();
        let control = live_briefly(&config, seed, 48);
        for (at, life) in [&treated, &control].into_iter().enumerate() {
            for line in life.lines("customs_check") {
                if whole(&line, "border") == border && line["outcome"] == "clear" {
                    let day = day(&line);
                    during[at] += u32::from(window(16, length).contains(&day));
                    after[at] += u32::from(window(length + 60, length + 150).contains(&day));
                }
            }
        }
        // What networks believed on the last day of the crackdown, in a few of the cities.
        if cities > 5 {
            continue;
        }
        config.crackdowns.ordered = vec![Ordered {
            day: start,
            days: 1000,
            intensity: 1.0,
            border: Some(border as u32),
        }];
        let days = (start + length) / 7;
        let pressed = live_briefly(&config, seed, days);
        config.crackdowns.ordered.clear();
        let free = live_briefly(&config, seed, days);
        let corridor = pressed.world().state.map.borders[border as usize];
        let beliefs = [&pressed, &free].map(|life| {
            life.world()
                .state
                .factions
                .list
                .iter()
                .map(|f| f.network.edge(corridor).map(|e| e.risk))
                .collect::<Vec<_>>()
        });
        for (a, b) in beliefs[0].iter().zip(&beliefs[1]) {
            if let (Some(a), Some(b)) = (a, b) {
                risk[0] += a;
                risk[1] += b;
                trackers += 1;
            }
        }
    }
    let ratio = |counts: [u32; 2]| f64::from(counts[0]) / f64::from(counts[1]);
    let figures = format!(
        "{cities} cities, during {during:?} {:.2}, after {after:?} {:.2}, risk {:.3} {:.3}",
        ratio(during),
        ratio(after),
        risk[0] / f64::from(trackers),
        risk[1] / f64::from(trackers),
    );
    assert!(
        cities >= 12 && during[1] > 100 && after[1] > 100,
        "{figures}"
    );
    assert!(risk[0] > risk[1], "{figures}");
    assert!(ratio(during) < 2.0 / 3.0, "{figures}");
    assert!(ratio(after) > 0.75, "{figures}");
}

#[test]
fn smuggling_t5_ledger_integration() {
    // Every faction's balance is its endowment and income less what it spent and handed on; bribes are the same money in the
    // networks, the posts and the interactions; deliveries bring the income that the networks count.
    let life = live(&DosadiConfig::default(), 5, 52);
    let world = life.world();
    let (mut bribes, mut income) = (0, 0);
    for (id, faction) in world.state.factions.list.iter().enumerate() {
        let network = &faction.network;
        let account = world.faction_account(id).unwrap();
        let held = life.run.society().ledger().balance(account).0;
        let start = (world.config.economy.faction_endowment * 1e6) as i64;
        let expected = start + network.income + network.staked - network.spent - network.handed_on;
        assert_eq!(held, expected, "{}", faction.name);
        bribes += network.bribes;
        income += network.income;
    }
    assert!(bribes > 0 && income > 0);
    assert_eq!(bribes, world.state.posts.taken.iter().sum::<i64>());
    assert_eq!(bribes, world.state.borders.bribes.iter().sum::<i64>());
    let paid: f64 = interactions(&life)
        .values()
        .filter(|line| line["kind"] == "bribed_crossing")
        .map(|line| line["tau"].as_f64().unwrap_or(0.0))
        .sum();
    assert!((paid - bribes as f64 / 1e6).abs() < 1e-3, "{paid} {bribes}");
    let delivered = life.lines("smuggling_shipment_delivered");
    let brought: f64 = delivered.iter().map(|line| number(line, "income")).sum();
    assert!((brought - income as f64 / 1e6).abs() < 1e-3);
}

#[test]
fn smuggling_t6_snapshot_roundtrip() {
    // A city taken up again from a checkpoint, in the middle of shipments and of a crackdown, writes the log of the one that was never
    // interrupted, and its networks know the same.
    let mut config = DosadiConfig::default();
    config.crackdowns.ordered = vec![Ordered {
        day: 30,
        days: 60,
        intensity: 1.0,
        border: None,
    }];
    let whole = live(&config, 11, 12);
    for before in [8, 37, 56] {
        let resumed = live_interrupted(&config, 11, 12, before);
        assert!(resumed.log == whole.log, "interrupted before day {before}");
        let networks = [&resumed, &whole].map(|life| &life.world().state.factions);
        assert!(networks[0] == networks[1]);
    }
    assert!(whole.world().state.shipments.under_way().count() > 0);
}

#[test]
fn an_unpaid_bribe_clears_nothing() {
    // Whatever is scored as a paid bribe moved exactly its bid; a refused one moved nothing and the cargo came to an ordinary crossing the
    // same day. Incorruptible posts take nothing.
    let mut config = quiet();
    let life = live(&config, 2, 40);
    let all = interactions(&life);
    let (mut paid, mut refused) = (0, 0);
    for check in life.lines("customs_check") {
        let line = &all[check["interaction"].as_str().unwrap()];
        let (bid, given) = (number(&check, "bid"), number(&check, "paid"));
        if given > 0.0 {
            assert_eq!(line["kind"], "bribed_crossing");
            assert_eq!((bid, line["tau"].as_f64().unwrap()), (given, given));
            assert_eq!(line["accepted"], true);
            paid += 1;
        } else {
            assert_eq!(line["kind"], "crossing", "{check}");
            assert_eq!(line["tau"].as_f64().unwrap_or(0.0), 0.0);
            refused += u32::from(bid > 0.0);
        }
    }
    assert!(paid > 20 && refused > 20, "{paid} {refused}");
    for line in all.values().filter(|l| l["kind"] == "bribed_crossing") {
        let tau = line["tau"].as_f64().unwrap_or(0.0);
        assert_eq!(line["accepted"] == true, tau > 0.0, "{line}");
    }
    config
        .agents
        .customs_post
        .insert("bribable".to_owned(), json!(0.0));
    let pure = live(&config, 2, 40);
    assert_eq!(pure.world().state.posts.taken.iter().sum::<i64>(), 0);
    let offered = pure.lines("customs_check");
    assert!(offered.iter().any(|check| number(check, "bid") > 0.0));
}

#[test]
fn a_paid_bribe_is_never_certain() {
    // Under a long crackdown superiors look again at cargo that paid, and take some of it.
    let mut taken_anyway = 0;
    for seed in 0..6 {
        let mut config = quiet();
        config.smuggling.bribe_budget_fraction = 0.3;
        config.customs.greed = 2.0;
        config.audits.rate = 0.0;
        config.crackdowns.ordered = (0..64)
            .map(|border| Ordered {
                day: 30,
                days: 1000,
                intensity: 0.5,
                border: Some(border),
            })
            .collect();
        let life = live(&config, seed, 30);
        let checks = life.lines("customs_check");
        let seized = checks
            .iter()
            .filter(|check| number(check, "paid") > 0.0 && check["outcome"] == "seize");
        taken_anyway += seized.count();
    }
    assert!(taken_anyway > 0);
}

#[test]
fn seized_and_robbed_cargo_never_arrives() {
    // Each shipment ends once: delivered, seized or lost. What was seized is in custody or was disposed of there.
    let mut config = DosadiConfig::default();
    config.patrols.interdiction = 0.2;
    config.patrols.corridors_max = 3;
    let life = live(&config, 4, 52);
    let mut ended: BTreeMap<u64, &str> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for kind in ["delivered", "seized", "lost"] {
        for line in life.lines(&format!("smuggling_shipment_{kind}")) {
            let before = ended.insert(whole(&line, "shipment"), kind);
            assert_eq!(before, None, "{line}");
            *counts.entry(kind).or_insert(0u64) += 1;
            let by = line["by"].as_str().unwrap_or(kind).to_owned();
            counts
                .entry(if by == "patrol" { "patrol" } else { kind })
                .or_insert(0);
            if by == "patrol" {
                *counts.get_mut("patrol").unwrap() += 1;
            }
        }
    }
    let created = life.lines("smuggling_shipment_created").len() as u64;
    let under_way = life.world().state.shipments.under_way().count() as u64;
    assert_eq!(created, ended.len() as u64 + under_way);
    for kind in ["delivered", "seized", "lost", "patrol"] {
        assert!(
            counts.get(kind).is_some_and(|n| *n > 0),
            "{kind}: {counts:?}"
        );
    }
    let networks = life.world().state.factions.list.iter().map(|f| &f.network);
    let (mut delivered, mut seized, mut robbed) = (0, 0, 0);
    for network in networks {
        delivered += network.delivered;
        seized += network.seized;
        robbed += network.robbed;
    }
    assert_eq!(
        [delivered, seized, robbed],
        ["delivered", "seized", "lost"].map(|k| counts[k])
    );
}

#[test]
fn disabled_parts_leave_the_rest_alone() {
    // Without smuggling nothing of it is sent; without customs cargo crosses unasked and nobody is bribed; without audits and patrols
    // no post is audited and no corridor guarded.
    let mut config = quiet();
    config.smuggling.enabled = false;
    let life = live(&config, 1, 8);
    assert_eq!(life.lines("smuggling_shipment_created").len(), 0);
    assert_eq!(life.world().state.factions.list[0].network.spent, 0);
    let mut config = quiet();
    config.customs.enabled = false;
    config.audits.rate = 0.0;
    config.patrols.enabled = false;
    let life = live(&config, 1, 20);
    let all = interactions(&life);
    assert!(!life.lines("smuggling_shipment_delivered").is_empty());
    assert!(all.values().all(|line| line["kind"] == "shipment_offer"));
    for none in [
        "customs_check",
        "audit_finding",
        "patrol",
        "smuggling_shipment_seized",
    ] {
        assert_eq!(life.lines(none).len(), 0, "{none}");
    }
}
