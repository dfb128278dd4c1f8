//! Configurations that nobody would want: each is refused with the place of the mistake, or lives sixty days in which the run
//! itself checks money and goods every day.

use crate::town::{Life, live};
use dosadi_world::DosadiConfig;
use dosadi_world::config::{Generator, Ordered, WrittenCorridor, WrittenWard};
use dosadi_world::goods::CONTRABAND;

/// Weeks that cover sixty days.
const WEEKS: u32 = 9;

fn ward(name: &str, polity: u16) -> WrittenWard {
    serde_json::from_value(serde_json::json!({"name": name, "polity": polity})).unwrap()
}

fn corridor(from: &str, to: &str) -> WrittenCorridor {
    serde_json::from_value(serde_json::json!({"from": from, "to": to})).unwrap()
}

fn written(wards: &[(&str, u16)], corridors: &[(&str, &str)]) -> DosadiConfig {
    let mut config = DosadiConfig::default();
    config.map.generator = Generator::Written;
    config.map.written_wards = wards.iter().map(|(n, p)| ward(n, *p)).collect();
    config.map.written_corridors = corridors.iter().map(|(a, b)| corridor(a, b)).collect();
    config
}

fn generated(change: impl FnOnce(&mut DosadiConfig)) -> DosadiConfig {
    let mut config = DosadiConfig::default();
    change(&mut config);
    config
}

/// Lives sixty days of two seeds and returns the second life. Conservation is the run's own; what a state must be is looked at here.
fn survives(config: &DosadiConfig) -> Life {
    assert_eq!(config.problems(), []);
    live(config, 1, WEEKS);
    let life = live(config, 2, WEEKS);
    let state = &life.world().state;
    assert_eq!(state.day, 7 * WEEKS);
    let finite = |column: &[f64]| column.iter().all(|x| x.is_finite());
    assert!(finite(&state.stores.ln_price) && finite(&state.stores.market_ln_price));
    assert!(finite(&state.stores.unmet) && finite(&state.stores.need));
    assert!(finite(&state.corridors.risk) && finite(&state.stores.demand));
    life
}

#[test]
fn mistakes_are_refused_with_their_place() {
    // No ward at all, a name twice, a corridor to nowhere, to itself, or twice: the path of each.
    let mut twice = written(&[("a", 0), ("a", 0)], &[]);
    let cases = [
        (written(&[], &[]), "map.written_wards"),
        (twice.clone(), "map.written_wards[1].name"),
        (
            written(&[("a", 0), ("b", 0)], &[("a", "x")]),
            "map.written_corridors[0].to",
        ),
        (
            written(&[("a", 0), ("b", 0)], &[("a", "b"), ("b", "a")]),
            "map.written_corridors[1]",
        ),
        (
            written(&[("a", 0), ("b", 0)], &[("b", "b")]),
            "map.written_corridors[0]",
        ),
        (written(&[("a", 1)], &[]), "map.written_wards[0].polity"),
    ];
    for (config, path) in cases {
        let found = config.problems();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].path, path);
        assert!(found[0].message.len() > 10);
    }
    // All mistakes at once.
    twice.map.written_corridors = vec![corridor("a", "y"), corridor("z", "a")];
    assert_eq!(twice.problems().len(), 3);
}

#[test]
fn more_money_than_can_be_counted_is_refused() {
    // Each value is in its range; together they are more micro-credits than the ledger's integers hold.
    let mut config = written(&[("a", 0), ("b", 0)], &[("a", "b")]);
    for ward in &mut config.map.written_wards {
        ward.people = 10_000_000;
    }
    config.economy.endowment = [1e6; 3];
    let found = config.problems();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].path, "economy.endowment");
    // The schema's greatest endowments are no problem in a generated city, nor are many people with little money.
    config.economy.endowment = [1.0; 3];
    survives(&config);
    survives(&generated(|c| {
        c.economy.endowment = [1e6; 3];
        c.economy.faction_endowment = 1e9;
        c.map.factions = Some(64);
    }));
}

#[test]
fn one_ward_or_two_are_a_city() {
    // A ward alone has nobody to trade with or smuggle to; of two, whichever generator makes them, both live.
    let alone = survives(&written(&[("a", 0)], &[]));
    assert!(alone.lines("interaction").is_empty());
    assert!(alone.lines("smuggling_shipment_created").is_empty());
    survives(&written(&[("a", 0), ("b", 1)], &[("a", "b")]));
    for generator in [Generator::City, Generator::RingChords] {
        survives(&generated(|c| {
            c.map.generator = generator;
            c.map.wards = 2;
        }));
    }
}

#[test]
fn a_city_in_pieces_lives_and_nothing_passes_between_them() {
    // Two pairs of wards that no corridor joins: deliveries and shipments stay within a piece.
    let mut config = written(
        &[("a", 0), ("b", 1), ("c", 0), ("d", 1)],
        &[("a", "b"), ("c", "d")],
    );
    for (ward, output) in config
        .map
        .written_wards
        .iter_mut()
        .zip([3.0, 0.2, 3.0, 0.2])
    {
        ward.output = [output; 5];
    }
    let life = survives(&config);
    let piece = |name: &str| name == "a" || name == "b";
    let mut moved = 0;
    for (kind, to) in [
        ("delivery_booked", "buyer"),
        ("smuggling_shipment_created", "destination"),
    ] {
        for line in life.lines(kind) {
            let (from, to) = (line["source"].as_str(), line[to].as_str());
            assert_eq!(piece(from.unwrap()), piece(to.unwrap()), "{line}");
            moved += 1;
        }
    }
    assert!(moved > 10, "{moved}");
}

#[test]
fn a_ward_that_is_best_source_and_best_demand_does_not_smuggle_to_itself() {
    // A hub that makes most and wants most: it is first on both lists of some kind, and no shipment or delivery goes from it to
    // itself.
    let mut config = written(
        &[("hub", 0), ("b", 1), ("c", 2), ("d", 1)],
        &[("hub", "b"), ("hub", "c"), ("hub", "d")],
    );
    for (at, ward) in config.map.written_wards.iter_mut().enumerate() {
        ward.people = if at == 0 { 20_000 } else { 500 };
        ward.output = [if at == 0 { 1.5 } else { 0.6 }; 5];
    }
    let life = survives(&config);
    let lists = &life.world().state.lists;
    let first = |list: &Vec<(u32, f64)>| list.first().map(|(ward, _)| *ward);
    let both = (0..CONTRABAND).any(|kind| {
        first(&lists.sources[kind]) == Some(0) && first(&lists.destinations[kind]) == Some(0)
    });
    assert!(both, "the hub is first on both lists: {lists:?}");
    let sent = life.lines("smuggling_shipment_created");
    assert!(!sent.is_empty());
    assert!(
        sent.iter()
            .all(|line| line["source"] != line["destination"])
    );
    let booked = life.lines("delivery_booked");
    assert!(booked.iter().all(|line| line["source"] != line["buyer"]));
}

#[test]
fn a_city_without_money_lives_on_what_it_makes() {
    // No endowments: nothing is bought, no crew or patrol is paid, and no account goes below zero.
    let life = survives(&generated(|c| {
        c.economy.endowment = [0.0; 3];
        (c.economy.faction_endowment, c.economy.post_endowment) = (0.0, 0.0);
    }));
    let ledger = life.run.society().ledger();
    assert!(ledger.accounts().all(|(_, _, held)| held.0 == 0));
    assert!(life.lines("delivery_booked").is_empty());
    assert!(life.lines("smuggling_shipment_created").is_empty());
}

#[test]
fn a_city_of_closed_corridors_stands_still() {
    // Nothing leaves any ward.
    let mut config = written(
        &[("a", 0), ("b", 1), ("c", 1)],
        &[("a", "b"), ("b", "c"), ("a", "c")],
    );
    for corridor in &mut config.map.written_corridors {
        corridor.open = false;
    }
    config.map.written_wards[0].output = [4.0; 5];
    config.map.written_wards[1].output = [0.0; 5];
    let life = survives(&config);
    assert!(life.lines("delivery_booked").is_empty());
    assert!(life.lines("smuggling_shipment_created").is_empty());
    // Corridors that carry nothing and are as dangerous as can be: no legal cargo either.
    for corridor in &mut config.map.written_corridors {
        (corridor.open, corridor.capacity, corridor.hazard) = (true, Some(0), 1.0);
    }
    assert!(survives(&config).lines("delivery_booked").is_empty());
}

#[test]
fn a_thousand_wards_live() {
    // A week of each generator at the schema's greatest size.
    for generator in [Generator::City, Generator::RingChords] {
        let config = generated(|c| {
            c.map.generator = generator;
            c.map.wards = 1000;
        });
        assert_eq!(config.problems(), []);
        let life = live(&config, 1, 1);
        assert_eq!(life.world().wards(), 1000);
        assert!(life.lines("delivery_booked").len() > 100);
        assert!(!life.lines("smuggling_shipment_created").is_empty());
    }
}

#[test]
fn offices_may_be_missing() {
    // No factions, more factions than wards, no customs: the rest goes on.
    let life = survives(&generated(|c| c.map.factions = Some(0)));
    assert!(life.lines("smuggling_shipment_created").is_empty());
    assert!(!life.lines("delivery_booked").is_empty());
    survives(&generated(|c| {
        c.map.factions = Some(64);
        c.map.wards = 10;
        c.smuggling.max_active_factions = 64;
    }));
    let life = survives(&generated(|c| c.customs.enabled = false));
    assert!(life.lines("customs_check").is_empty());
    assert!(!life.lines("smuggling_shipment_delivered").is_empty());
}

#[test]
fn a_ward_may_have_one_inhabitant() {
    // The fewest people the schema allows, in one ward and in all, with all of them ready to move.
    let mut config = written(&[("a", 0), ("b", 1), ("c", 2)], &[("a", "b"), ("b", "c")]);
    config.culture.migration = 0.5;
    config.map.written_wards[0].people = 1;
    survives(&config);
    for ward in &mut config.map.written_wards {
        ward.people = 1;
    }
    let life = survives(&config);
    let people = &life.world().state.wards.people;
    assert!(people.iter().sum::<i64>() == 3 && people.iter().all(|&n| n >= 0));
}

#[test]
fn constants_at_their_limits_break_nothing() {
    // Every constant at the end of its range that hurts most, one family at a time and then together; taxes of ten times the price,
    // no slack, a city that makes nothing.
    type Change = fn(&mut DosadiConfig);
    let cases: [(&str, Change); 12] = [
        ("tariff", |c| c.trade.tariff = [10.0; 3]),
        ("no slack", |c| c.economy.slack = 0.0),
        ("all slack", |c| c.economy.slack = 10.0),
        ("shocks", |c| {
            (c.economy.shocks, c.economy.well_decline) = (10.0, 1.0);
        }),
        ("prices", |c| {
            c.economy.price_speed = 1.0;
            c.economy.money_weight = 2.0;
            c.economy.supply_elasticity = 2.0;
        }),
        ("frozen prices", |c| c.economy.price_speed = 0.0),
        ("levies", |c| {
            (c.economy.crown_levy, c.economy.levy_free) = (1.0, 0.0);
        }),
        ("duds", |c| {
            c.trade.dud_rates = vec![1.0];
            c.trade.merchant_share = 1.0;
            c.trade.escort_from = 0.0;
            (c.trade.escort_effect, c.trade.escort_price) = (1.0, 1.0);
        }),
        ("smuggling", |c| {
            c.smuggling.max_shipments_per_day = 10_000;
            c.smuggling.route_topk = 1000;
            (c.smuggling.learning_rate, c.smuggling.rumour) = (1.0, 1.0);
            (c.smuggling.forget, c.smuggling.public_posture) = (10.0, 1.0);
            c.smuggling.bribe_budget_fraction = 1.0;
            (c.smuggling.bribe_cap, c.smuggling.demand) = (1.0, 100.0);
        }),
        ("wages", |c| {
            (c.smuggling.crew_wage, c.patrols.wage) = (1e6, 1e6);
            c.patrols.corridors_max = 1000;
        }),
        ("offices", |c| {
            (c.customs.inspect, c.customs.detect) = ([1.0; 3], [1.0; 3]);
            (c.customs.greed, c.customs.greed_half) = (2.0, 1.0);
            (c.audits.rate, c.audits.base) = (100.0, [1.0; 3]);
            c.crackdowns.exponent = 20.0;
            (c.patrols.effect, c.patrols.interdiction) = (1.0, 1.0);
            c.crackdowns.ordered = (0..20)
                .map(|border| Ordered {
                    day: 5 + border % 3,
                    days: 100_000,
                    intensity: 1.0,
                    border: Some(border * 7),
                })
                .collect();
        }),
        ("norms", |c| {
            (c.culture.tolerance0, c.culture.corruption0) = (1.0, 1.0);
            (c.culture.migration, c.phases.initial) = (0.5, 2);
        }),
    ];
    for (name, change) in cases {
        println!("{name}");
        survives(&generated(change));
    }
    survives(&generated(|c| {
        for (name, change) in cases {
            if !["all slack", "frozen prices"].contains(&name) {
                change(c);
            }
        }
    }));
}
