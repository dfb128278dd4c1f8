//! Random cities: whatever the map, the toggles and the constants, forty days keep what a city must keep.

use das_core::config::Detail;
use das_core::ledger::AccountKind;
use das_core::ports::MemorySink;
use das_tests::city::{City, Lived, text};
use dosadi_world::config::{DosadiConfig, Generator, Ordered};
use dosadi_world::goods::{CONTRABAND, GOODS, ILLEGAL, LEGAL};
use dosadi_world::state::State;
use dosadi_world::state::stores::at;
use dosadi_world::state::wards::ALL;
use dosadi_world::systems::conservation;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Walls of ln(price ÷ base): legal goods, contraband. Model page, section 3, stage 3.
const WALLS: [(f64, f64); 2] = [(-1.6, 1.8), (-1.2, 1.4)];

prop_compose! {
    fn map()(
        ring in proptest::bool::weighted(0.3),
        wards in 10u32..=60,
        factions in proptest::option::of(0u16..=10),
        slack in prop_oneof![Just(0.98), 0.0..10.0],
        shocks in 0.0..10.0,
        money_weight in 0.0..2.0,
        price_speed in 0.0..=1.0,
        supply_elasticity in 0.0..2.0,
        endowment in prop_oneof![Just([40.0, 4.0, 1.0]), [0.0..1e4, 0.0..1e3, 0.0..100.0]],
        faction_endowment in prop_oneof![Just(15_000.0), 0.0..1e6],
        crown_levy in 0.0..=1.0,
        well_decline in prop_oneof![Just(0.0), 0.0..=1.0],
    ) -> DosadiConfig {
        let mut config = DosadiConfig::default();
        config.map.generator = if ring { Generator::RingChords } else { Generator::City };
        config.map.wards = wards;
        config.map.factions = factions;
        let economy = &mut config.economy;
        (economy.slack, economy.shocks, economy.money_weight) = (slack, shocks, money_weight);
        (economy.price_speed, economy.supply_elasticity) = (price_speed, supply_elasticity);
        (economy.endowment, economy.faction_endowment) = (endowment, faction_endowment);
        (economy.crown_levy, economy.well_decline) = (crown_levy, well_decline);
        config
    }
}

/// Toggles: each is on three times out of four.
fn toggles() -> impl Strategy<Value = [bool; 8]> {
    proptest::array::uniform8(proptest::bool::weighted(0.75))
}

prop_compose! {
    fn config()(
        mut config in map(),
        on in toggles(),
        tariff in [0.0..10.0, 0.0..10.0, 0.0..10.0],
        share in 0.0..=1.0,
        duds in proptest::collection::vec(0.0..=1.0, 1..5),
        deliveries_max in proptest::option::of(0u32..200),
        caps in (0u32..60, 1u32..=24, 1u32..=8, 1u32..=64, 1u32..=24),
        rates in (0.0..=1.0, 0.0..10.0, 0.0..=1.0, 0.0..=1.0, 0.0..=1.0, 0.0..=1.0),
        demand in 0.0..100.0,
        wage in prop_oneof![Just(0.0), 0.0..1000.0],
        customs in (0.0..=1.0, 0.0..=1.0, 0.0..2.0, 0.0..=1.0),
        audits in 0.0..100.0,
        exponent in 0.0..20.0,
        ordered in proptest::collection::vec((0u32..40, 1u32..30, 0.0..=1.0, proptest::option::of(0u32..30)), 0..4),
        patrols in (0u32..5, 0.0..=1.0, 0.0..=1.0, 0.0..100.0),
        norms in (0.0..=1.0, 0.0..=1.0, 0.0..0.5),
        phase in 0u8..=2,
    ) -> DosadiConfig {
        let trade = &mut config.trade;
        (trade.enabled, trade.tariff, trade.merchant_share) = (on[0], tariff, share);
        (trade.dud_rates, trade.deliveries_max) = (duds, deliveries_max);
        let smuggling = &mut config.smuggling;
        smuggling.enabled = on[1];
        (smuggling.max_shipments_per_day, smuggling.route_topk) = (caps.0, caps.1);
        (smuggling.routes_per_pair, smuggling.commodity_topk) = (caps.2, caps.3);
        smuggling.border_topk = caps.4;
        (smuggling.learning_rate, smuggling.forget, smuggling.rumour) = (rates.0, rates.1, rates.2);
        (smuggling.public_posture, smuggling.bribe_budget_fraction) = (rates.3, rates.4);
        (smuggling.bribe_cap, smuggling.demand, smuggling.crew_wage) = (rates.5, demand, wage);
        config.customs.enabled = on[2];
        (config.customs.inspect, config.customs.detect) = ([customs.0; 3], [customs.1; 3]);
        (config.customs.greed, config.customs.visibility) = (customs.2, customs.3);
        config.audits.rate = if on[3] { audits } else { 0.0 };
        config.crackdowns.planner = on[4];
        config.crackdowns.exponent = exponent;
        config.crackdowns.ordered = ordered
            .into_iter()
            .map(|(day, days, intensity, border)| Ordered { day, days, intensity, border })
            .collect();
        config.patrols.enabled = on[5];
        (config.patrols.corridors_max, config.patrols.effect) = (patrols.0, patrols.1);
        (config.patrols.interdiction, config.patrols.wage) = (patrols.2, patrols.3);
        config.culture.enabled = on[6];
        (config.culture.tolerance0, config.culture.corruption0) = (norms.0, norms.1);
        config.culture.migration = norms.2;
        (config.phases.enabled, config.phases.initial) = (on[7], phase);
        config
    }
}

/// What holds in the evening of every day.
fn sound(state: &State) -> Result<(), TestCaseError> {
    conservation::check(state).map_err(TestCaseError::fail)?;
    let share = |x: &f64| (0.0..=1.0).contains(x);
    for index in ALL {
        let column = state.wards.column(index);
        prop_assert!(column.iter().all(share), "{}: {column:?}", index.name());
    }
    for column in [
        &state.posts.greed,
        &state.posts.tolerance,
        &state.posts.fear,
    ] {
        prop_assert!(column.iter().all(share), "{column:?}");
    }
    prop_assert!(state.corridors.risk.iter().all(share));
    prop_assert!(state.corridors.residual.iter().all(|&left| left >= 0));
    let stores = &state.stores;
    for column in [
        &stores.stock,
        &stores.inbound,
        &stores.market,
        &stores.market_inbound,
        &stores.custody,
    ] {
        prop_assert!(column.iter().all(|&units| units >= 0), "a stock below zero");
    }
    for ward in 0..state.wards.len() {
        prop_assert!(state.wards.people[ward] >= 0);
        for (good, table) in LEGAL.iter().enumerate() {
            let place = at(ward, good);
            let ln = stores.ln_price[place];
            prop_assert!((WALLS[0].0..=WALLS[0].1).contains(&ln), "{ln}");
            let price = table.base as f64 * das_core::detmath::exp(ln);
            prop_assert!((stores.price[place] as f64 - price).abs() <= 1.0);
            prop_assert!(share(&stores.unmet[place]));
        }
        for (kind, table) in ILLEGAL.iter().enumerate() {
            let place = at(ward, kind);
            let ln = stores.market_ln_price[place];
            prop_assert!((WALLS[1].0..=WALLS[1].1).contains(&ln), "{ln}");
            let price = table.base as f64 * das_core::detmath::exp(ln);
            prop_assert!((stores.market_price[place] as f64 - price).abs() <= 1.0);
        }
    }
    let mut ended = 0;
    let mut sent = 0;
    for faction in &state.factions.list {
        let n = &faction.network;
        prop_assert!(n.edges.iter().all(|e| share(&e.risk) && share(&e.cost)));
        sent += n.sent;
        ended += n.delivered + n.seized + n.robbed;
    }
    prop_assert_eq!(sent, ended + state.shipments.under_way().count() as u64);
    prop_assert_eq!(sent, state.shipments.next_number);
    Ok(())
}

/// Every shipment ends at most once; units seized are in custody or were disposed of from there, and nothing but what was delivered or
/// robbed ever came onto a market.
fn ends(log: &str, state: &State) -> Result<(), TestCaseError> {
    let mut sent: BTreeMap<u64, (i64, String)> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    let mut seized = [0; CONTRABAND];
    let mut sold = [0; CONTRABAND];
    for line in log
        .lines()
        .filter(|l| l.contains("\"type\":\"smuggling_shipment_"))
    {
        let line: Value = serde_json::from_str(line).unwrap();
        let number = line["shipment"].as_u64().unwrap();
        let name = line["commodity"].as_str().unwrap().to_owned();
        let kind = ILLEGAL.iter().position(|c| c.name == name).unwrap();
        let cargo = (line["units"].as_i64().unwrap(), name);
        let units = cargo.0;
        match line["type"].as_str().unwrap() {
            "smuggling_shipment_created" => {
                prop_assert_eq!(sent.insert(number, cargo), None);
                continue;
            }
            "smuggling_shipment_seized" => seized[kind] += units,
            _ => sold[kind] += units,
        }
        prop_assert_eq!(sent.get(&number), Some(&cargo), "{}", line);
        prop_assert!(ended.insert(number), "{}", line);
    }
    for kind in 0..CONTRABAND {
        let of = |column: &[i64]| column.iter().skip(kind).step_by(CONTRABAND).sum::<i64>();
        let flows = &state.flows;
        let kept = of(&state.stores.custody) + flows.converted_out[GOODS + kind];
        prop_assert_eq!(seized[kind], kept, "seized {}", ILLEGAL[kind].name);
        let came = of(&state.stores.market) + flows.consumed[GOODS + kind];
        prop_assert_eq!(sold[kind], came, "sold {}", ILLEGAL[kind].name);
    }
    Ok(())
}

/// Lives and looks every day, then at the log.
fn keeps_its_laws(city: &City) -> Result<Lived, TestCaseError> {
    let sink = MemorySink::default();
    let mut broken = Ok(());
    let mut money = None;
    let mut last = None;
    let lived = city.live(1, Box::new(sink.clone()), None, |run| {
        if broken.is_ok() {
            broken = sound(&run.world().state);
        }
        let accounts = run.society().ledger().accounts();
        let held: i64 = accounts
            .filter(|(_, kind, _)| *kind != AccountKind::Source)
            .map(|(_, _, held)| held.0)
            .sum();
        if *money.get_or_insert(held) != held {
            broken = Err(TestCaseError::fail("money is not conserved"));
        }
        last = Some(run.world().state.clone());
    });
    broken?;
    ends(&text(&sink), &last.unwrap())?;
    let endowed = lived.run.moved.get("endowment").copied().unwrap_or(0.0);
    let held: f64 = lived.run.held.values().sum();
    prop_assert!(
        (held - endowed).abs() <= 1e-9 * endowed,
        "{held} of {endowed}"
    );
    Ok(lived)
}

#[test]
fn a_city_of_bribes_and_audits_keeps_its_laws() {
    // Half a year with greedy posts, rich networks and an audit of every post every day, with and without a crackdown everywhere:
    // what pushes fear, tolerance and corruption to their limits leaves them within.
    for ordered in [0, 40] {
        let mut city = City {
            weeks: 26,
            detail: Detail::Interactions,
            ..City::of_seed(4)
        };
        let config = &mut city.environment;
        config.customs.greed = 2.0;
        config.audits.rate = 100.0;
        config.smuggling.bribe_budget_fraction = 1.0;
        config.smuggling.max_shipments_per_day = 60;
        config.smuggling.crew_wage = 0.0;
        config.economy.faction_endowment = 1e6;
        config.crackdowns.ordered = (0..ordered)
            .map(|border| Ordered {
                day: 30,
                days: 60,
                intensity: 1.0,
                border: Some(border),
            })
            .collect();
        let lived = keeps_its_laws(&city).unwrap();
        assert!(lived.sum("audits.found") > 50.0);
        assert!(lived.sum("smuggling.seized") > 20.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Six weeks of a random city of 10 to 60 wards. The run itself gives up when money or goods are not conserved.
    #[test]
    fn a_random_city_keeps_its_laws(config in config(), seed: u64) {
        prop_assert_eq!(config.problems(), vec![]);
        let city = City { environment: config, weeks: 6, detail: Detail::Interactions, ..City::of_seed(seed) };
        keeps_its_laws(&city)?;
    }
}
