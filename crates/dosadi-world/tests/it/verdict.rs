//! Truth and the weather: an unrelated shock leaves v as it was, in the formulas and in a run.

use crate::town::{live, live_in};
use das_core::interaction::Truth;
use dosadi_world::config::{Generator, WrittenCorridor, WrittenWard};
use dosadi_world::goods::{CONTRABAND, GOODS, LEGAL};
use dosadi_world::state::State;
use dosadi_world::state::borders::Crackdown;
use dosadi_world::state::shipments::Shipment;
use dosadi_world::state::stores::at;
use dosadi_world::state::wards::{ALL, Why};
use dosadi_world::verdicts::{crackdown, let_through, seizure, stopped};
use dosadi_world::welfare::{Delivery, delivery, truth};
use dosadi_world::{Dosadi, DosadiConfig};
use serde_json::Value;

/// Doubles every shock, halts production for a year, and wipes out what is on its way: in all wards, those of the act too. None of it
/// has reached a stock, a price or a need yet.
fn stormy(state: &State) -> State {
    let mut state = state.clone();
    for shock in &mut state.stores.shock {
        *shock = 2.0 * *shock - 0.5;
    }
    let until = state.day + 365;
    state.stores.outage_until.fill(until);
    state.stores.capacity.fill(0);
    state
}

/// Turns all other wards upside down: stocks, prices, needs and every index.
fn elsewhere(state: &State, spared: &[usize]) -> State {
    let mut state = stormy(state);
    for ward in (0..state.wards.len()).filter(|w| !spared.contains(w)) {
        for good in 0..GOODS {
            let place = at(ward, good);
            state.stores.stock[place] = 0;
            state.stores.unmet[place] = 1.0;
            state.stores.ln_price[place] = 1.8;
            state.stores.price[place] *= 6;
        }
        for kind in 0..CONTRABAND {
            state.stores.market_price[at(ward, kind)] *= 3;
        }
        for index in ALL {
            state.wards.set(index, ward, 1.0, Why::Consumption);
        }
    }
    state
}

/// ΔW on the state, and on both of its disturbances; the same number each time, or the test fails.
fn steady(state: &State, touched: &[usize], delta: impl Fn(&State) -> f64) -> Truth {
    let plain = delta(state);
    assert!(plain.is_finite());
    for disturbed in [stormy(state), elsewhere(state, touched)] {
        assert_eq!(plain.to_bits(), delta(&disturbed).to_bits(), "{touched:?}");
    }
    truth(plain)
}

fn both(truths: &[Truth]) -> bool {
    truths.contains(&Truth::Beneficial) && truths.contains(&Truth::Harmful)
}

#[test]
fn shocks_that_have_not_acted_change_no_verdict() {
    // In a city of five months: every shipment under way (let through with and without a bribe, stopped, seized), deliveries between
    // all pairs of neighbours, a crackdown on each border. ΔW is bit for bit the same on the state, under doubled shocks and outages
    // everywhere, and with every other ward in ruins. Both verdicts occur for each kind, so the test could tell.
    let mut config = DosadiConfig::default();
    config.smuggling.max_shipments_per_day = 60;
    config.smuggling.crew_wage = 0.0;
    let life = live(&config, 6, 20);
    let state = &life.world().state;

    let (mut passed, mut seized) = (Vec::new(), Vec::new());
    let cargo: Vec<&Shipment> = state.shipments.under_way().collect();
    assert!(cargo.len() > 5, "{}", cargo.len());
    for it in &cargo {
        let ends = [it.source as usize, it.destination as usize];
        for bribe in [0, 50_000_000] {
            passed.push(steady(state, &ends, |s| let_through(s, it, bribe)));
        }
        passed.push(steady(state, &ends, |s| stopped(s, it)));
        let held = it.at as usize;
        let touched = [ends[0], ends[1], held];
        seized.push(steady(state, &touched, |s| seizure(s, it, it.at)));
    }
    assert!(both(&passed) && both(&seized));

    let mut delivered = Vec::new();
    for corridor in &state.map.corridors {
        for good in 0..LEGAL.len() {
            for (source, buyer) in [(corridor.a, corridor.b), (corridor.b, corridor.a)] {
                let (source, buyer) = (source as usize, buyer as usize);
                let price = state.stores.price[at(source, good)];
                let it = Delivery {
                    source,
                    buyer,
                    good,
                    units: 100,
                    arriving: 90,
                    delay: 2,
                    to_source: 100 * price,
                    margin: 5 * price,
                    tariff: 2 * price,
                };
                delivered.push(steady(state, &[source, buyer], |s| delivery(s, &it)));
            }
        }
    }
    assert!(both(&delivered));

    let mut ordered = Vec::new();
    for (border, &corridor) in state.map.borders.iter().enumerate() {
        let it = &state.map.corridors[corridor as usize];
        let run = Crackdown {
            intensity: 0.75,
            passes_before: 1.5,
            passes: 4,
            seizures: 2,
            delays: 3,
            delay_cost: 0.5,
            pay: 900_000_000,
            ..Crackdown::default()
        };
        let ends = [it.a as usize, it.b as usize];
        ordered.push(steady(state, &ends, |s| crackdown(s, border, &run, 14)));
    }
    assert!(both(&ordered));
}

/// Two cities of three wards that share nothing but the crown, which has no money here.
fn twins() -> DosadiConfig {
    let mut config = DosadiConfig::default();
    config.map.generator = Generator::Written;
    let ward = |name: &str, polity: u16, output: [f64; 5]| WrittenWard {
        name: name.to_owned(),
        polity,
        ring: 0,
        people: 1000,
        output,
    };
    let corridor = |from: &str, to: &str| WrittenCorridor {
        from: from.to_owned(),
        to: to.to_owned(),
        distance: 1.0,
        hazard: 0.1,
        capacity: None,
        open: true,
    };
    config.map.written_wards = vec![
        ward("a", 0, [2.0, 0.5, 1.0, 1.5, 0.5]),
        ward("b", 1, [0.5, 2.0, 1.0, 0.5, 1.5]),
        ward("c", 1, [0.5, 0.5, 1.0, 1.0, 1.0]),
        ward("x", 2, [2.0, 0.5, 1.0, 1.5, 0.5]),
        ward("y", 3, [0.5, 2.0, 1.0, 0.5, 1.5]),
        ward("z", 3, [0.5, 0.5, 1.0, 1.0, 1.0]),
    ];
    config.map.written_corridors = [("a", "b"), ("b", "c"), ("x", "y"), ("y", "z")]
        .map(|(from, to)| corridor(from, to))
        .into();
    config.economy.crown_levy = 0.0;
    config.smuggling.enabled = false;
    config.phases.enabled = false;
    config
}

/// What is known and true of the offers of the first three wards and of the other three, without their numbers.
fn offers(change: impl FnOnce(&mut Dosadi)) -> [Vec<String>; 2] {
    let mut world = Dosadi::new(twins(), 4);
    change(&mut world);
    let mut offers = [Vec::new(), Vec::new()];
    for line in live_in(world, 4, 26).lines("interaction") {
        let Value::Object(fields) = line else {
            panic!("a line is an object");
        };
        let told = [
            "epoch",
            "step",
            "initiator",
            "counterparty",
            "accepted",
            "p",
            "tau",
            "ground_truth",
        ];
        let told: Vec<String> = told.map(|key| fields[key].to_string()).into();
        let first =
            ["ward.0", "ward.1", "ward.2"].contains(&fields["counterparty"].as_str().unwrap());
        offers[usize::from(!first)].push(told.join(" "));
    }
    offers
}

#[test]
fn doubling_a_shock_elsewhere_leaves_every_verdict_of_a_run() {
    // Half a year of a city in two parts. A shock and outages in one part change its own offers, and not one offer, probability,
    // transfer or verdict of the other.
    let plain = offers(|_| ());
    let shaken = offers(|world| {
        let stores = &mut world.state.stores;
        for ward in 3..6 {
            for good in 0..GOODS {
                stores.shock[at(ward, good)] = -0.8;
                stores.outage_until[at(ward, good)] = 60;
            }
        }
    });
    assert!(plain[0].len() > 200, "{}", plain[0].len());
    assert!(
        plain[0].iter().any(|o| o.ends_with(" 1")) && plain[0].iter().any(|o| o.ends_with("-1"))
    );
    assert_eq!(plain[0], shaken[0]);
    assert_ne!(plain[1], shaken[1], "the shock was felt where it fell");
}
