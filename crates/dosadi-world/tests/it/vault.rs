//! The readable files of a city: exact, sorted, and strict about what was edited.

use crate::town::live;
use das_core::id::InteractionId;
use das_core::rng::Draws;
use das_core::state::Saver;
use dosadi_world::config::Generator;
use dosadi_world::generate;
use dosadi_world::state::State;
use dosadi_world::state::borders::Crackdown;
use dosadi_world::state::calendar::Arrival;
use dosadi_world::state::factions::{EdgeStat, Fate, Remembered};
use dosadi_world::state::shipments::{Bid, Choice, Considered, Shipment};
use dosadi_world::state::wards::{ALL, REASONS_ALL};
use dosadi_world::vault::{files, read};
use dosadi_world::{Dosadi, DosadiConfig};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn named(state: &State) -> BTreeMap<String, String> {
    files(state)
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

/// The bytes that are hashed and put into checkpoints.
fn bytes(state: &State) -> Vec<u8> {
    let mut saver = Saver::new();
    saver.put(state);
    saver.bytes().to_vec()
}

#[test]
fn a_lived_city_comes_back_bit_for_bit() {
    // After two months with smugglers, seizures and crackdowns: the state that is read has the same saved bytes (so the same hash), and
    // its own files are the same text.
    let life = live(&DosadiConfig::default(), 3, 8);
    let state = &life.world().state;
    let before = named(state);
    let back = read(&before).unwrap();
    assert_eq!(&back, state);
    assert_eq!(bytes(&back), bytes(state));
    assert_eq!(named(&back), before);
}

#[test]
fn a_city_that_was_read_trades_as_before() {
    // Legal sources follow from the map and the surplus of genesis, not from today's need: a world made of the read state has them too.
    let life = live(&DosadiConfig::default(), 4, 3);
    let world = life.world();
    let again = Dosadi::of(world.config.clone(), read(&named(&world.state)).unwrap());
    assert_eq!(again.legal, world.legal);
}

#[test]
fn files_are_for_people_to_compare() {
    // One ward a line; a change of one ward changes one line of one file; keys are sorted; every file ends in a line feed.
    let mut state = generate::state(&DosadiConfig::default(), &Draws::new(1));
    let before = named(&state);
    state.wards.people[7] += 1;
    let after = named(&state);
    let changed: Vec<_> = before
        .iter()
        .filter(|(name, text)| after[*name] != **text)
        .collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].0, "wards.json");
    let differ = changed[0]
        .1
        .lines()
        .zip(after["wards.json"].lines())
        .filter(|(x, y)| x != y);
    assert_eq!(differ.count(), 1);
    for (name, text) in &before {
        assert!(text.ends_with('\n'), "{name}");
    }
    for row in ["\"ward\":7", "\"good\":\"water\"", "\"kind\":\"narcotics\""] {
        assert!(before.values().any(|text| text.contains(row)), "{row}");
    }
}

/// A change of the text of one file.
fn edited(file: &str, from: &str, to: &str) -> String {
    let state = generate::state(&DosadiConfig::default(), &Draws::new(1));
    let mut all = named(&state);
    let text = all.get_mut(file).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    *text = text.replacen(from, to, 1);
    read(&all).unwrap_err().to_string()
}

#[test]
fn a_mistake_names_its_file_and_field() {
    // Per class of mistake one clear message, and never a panic later: syntax, missing and unknown keys, types, ranges, rows out of
    // place, ends that do not exist, columns that are too short, another format.
    for (file, from, to, wanted) in [
        ("posts.json", "[", "", "posts.json: (file): "),
        (
            "posts.json",
            "\"greed\":",
            "\"greeed\":",
            "posts.json: [0].greed: is missing",
        ),
        (
            "posts.json",
            "\"fear\":0.05",
            "\"fear\":0.05,\"mood\":1",
            "posts.json: [0].mood: is not known",
        ),
        (
            "posts.json",
            "\"fear\":0.05",
            "\"fear\":\"low\"",
            "posts.json: fear[0]: invalid type",
        ),
        (
            "posts.json",
            "\"post\":1,",
            "\"post\":7,",
            "posts.json: [1].post: is 7",
        ),
        (
            "posts.json",
            "\"ward\":",
            "\"ward\":99",
            "is no ward: there are 36",
        ),
        (
            "wards.json",
            "\"tolerance\":0.25",
            "\"tolerance\":1.5",
            "wards.json: wards[0].tolerance: is 1.5",
        ),
        (
            "wards.json",
            "\"corruption_because\":\"genesis\"",
            "\"corruption_because\":\"weather\"",
            "wards.json: wards[0].corruption_because: is \"weather\"",
        ),
        ("map.json", "\"border\":0,", "\"border\":3,", "map.json: "),
        ("map.json", "\"wards\": 36", "\"wards\": 35", "map.json: "),
        (
            "map.json",
            "\"wards\": 36",
            "\"wards\": 37",
            "wards.json: wards: has 36 rows, not 37",
        ),
        (
            "stores.json",
            "\"good\":\"food\"",
            "\"good\":\"bread\"",
            "stores.json: goods[1].good: is \"bread\"",
        ),
        (
            "phase.json",
            "\"phase\": 0",
            "\"phase\": 3",
            "phase.json: phase: 3 is no phase",
        ),
        (
            "phase.json",
            "\"phase\": 0",
            "\"phase\": 0, \"mood\": 1",
            "phase.json: mood: is not known",
        ),
        (
            "city.json",
            "\"format\": 1",
            "\"format\": 2",
            "city.json: format: this reads format 1, not 2",
        ),
        (
            "city.json",
            "\"day\": 0",
            "\"day\": -1",
            "city.json: day: invalid value",
        ),
        ("flows.json", "[", "[1,", "flows.json: "),
        (
            "calendar.json",
            "[]",
            "[], []",
            "calendar.json: buckets: has 65 days, not 64",
        ),
        (
            "shipments.json",
            "\"due\": []",
            "\"due\": [[1,1,0]]",
            "shipments.json: due[0]: names slot 0",
        ),
    ] {
        let message = edited(file, from, to);
        assert!(message.contains(wanted), "{file} {from} -> {to}: {message}");
    }
    let state = generate::state(&DosadiConfig::default(), &Draws::new(1));
    for missing in named(&state).keys() {
        let mut all = named(&state);
        all.remove(missing);
        assert_eq!(
            read(&all).unwrap_err().to_string(),
            format!("{missing}: (file): is missing")
        );
    }
}

#[derive(Debug, Clone)]
struct Filling {
    unit: f64,
    real: f64,
    whole: i64,
    at: usize,
}

fn filling() -> impl Strategy<Value = Filling> {
    let real =
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO;
    (0.0..=1.0, real, any::<i64>(), 0usize..1000).prop_map(|(unit, real, whole, at)| Filling {
        unit,
        real,
        whole,
        at,
    })
}

/// Puts values of every type into the columns of a state.
fn fill(state: &mut State, f: &Filling) {
    let w = f.at % state.wards.len();
    let index = ALL[f.at % ALL.len()];
    state
        .wards
        .set(index, w, f.unit, REASONS_ALL[f.at % REASONS_ALL.len()]);
    state.wards.audit_pressure[w] = f.real;
    state.wards.people[w] = f.whole;
    let place = f.at % state.stores.stock.len();
    state.stores.stock[place] = f.whole;
    state.stores.ln_price[place] = f.real;
    state.stores.carry[place] = f.unit;
    state.day = f.at as u32;
    state.calendar.book(
        state.day,
        f.at as u32 % 70,
        Arrival {
            ward: w as u32,
            good: (f.at % 5) as u8,
            good_units: f.whole,
            duds: 1,
            guild: 0,
        },
    );
    let considered = Considered {
        risk: f.real,
        freight: f.whole,
        ..Considered::default()
    };
    let choice = Choice {
        best: considered,
        second: (f.at.is_multiple_of(2)).then_some(considered),
        evaluated: 3,
    };
    let shipment = Shipment {
        units: f.whole,
        at: w as u32,
        bids: vec![Bid {
            border: 0,
            amount: f.whole,
        }],
        choice,
        last_crossing: (f.at.is_multiple_of(3)).then_some(InteractionId(f.at as u64)),
        ..Shipment::default()
    };
    if !state.map.borders.is_empty() && !state.factions.list.is_empty() {
        state.shipments.send(shipment, f.at as u32 % 9);
        if f.at.is_multiple_of(4)
            && let Some((slot, _)) = state.shipments.next_due(9)
        {
            state.shipments.end(slot);
        }
        let border = f.at % state.map.borders.len();
        state.borders.traffic14[border] = f.real;
        let crackdown = serde_json::json!({
            "intensity": f.unit, "from": 1, "until": 9, "interaction": null, "by": 0, "begun_event": 0, "passes_before": f.real,
            "passes": 2, "seizures": 1, "delays": 0, "delay_cost": f.real, "pay": f.whole, "overturned": 0, "found": 0,
        });
        let crackdown: Crackdown = serde_json::from_value(crackdown).unwrap();
        state.borders.crackdown[border] = (f.at % 2 == 1).then_some(crackdown);
        let network = &mut state.factions.list[0].network;
        let corridor = (f.at % state.map.corridors.len()) as u32;
        let edge = EdgeStat {
            corridor,
            risk: f.unit,
            cost: f.unit,
            uses: f.real,
            last_day: 3,
        };
        if network.edge(corridor).is_none() && network.edges.len() < 24 {
            network.edges.push(edge);
            network.edges.sort_by_key(|e| e.corridor);
        }
        let fate = [Fate::Delivered, Fate::Seized, Fate::Robbed][f.at % 3];
        network.outcomes.push(Remembered {
            day: 1,
            kind: 2,
            units: f.whole,
            profit: f.whole,
            fate,
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_a_state_holds_is_read_back(
        wards in 2u32..30,
        city in any::<bool>(),
        factions in 0u16..4,
        seed in any::<u64>(),
        fillings in proptest::collection::vec(filling(), 0..12),
    ) {
        // Any city, any numbers in its columns (the smallest and largest floats and integers, negative zero among them), cargo
        // under way, reused slots: read(files(state)) has the bytes of state.
        let mut config = DosadiConfig::default();
        config.map.wards = wards;
        config.map.factions = Some(factions);
        config.map.generator = if city { Generator::City } else { Generator::RingChords };
        let mut state = generate::state(&config, &Draws::new(seed));
        for f in &fillings {
            fill(&mut state, f);
        }
        let back = read(&named(&state));
        prop_assert_eq!(back.as_ref().map(bytes), Ok(bytes(&state)));
    }
}
