//! Genesis: the three generators, and what is wrong with a written map.

use das_core::rng::Draws;
use dosadi_world::DosadiConfig;
use dosadi_world::config::{Generator, WrittenCorridor, WrittenWard};
use dosadi_world::generate;
use dosadi_world::goods::{CONTRABAND, GOODS, LEGAL};
use dosadi_world::state::State;
use dosadi_world::state::borders::post_of;
use dosadi_world::state::stores::at;
use dosadi_world::state::wards::{ALL, Why};
use proptest::prelude::*;

fn config(generator: Generator, wards: u32) -> DosadiConfig {
    let mut config = DosadiConfig::default();
    config.map.generator = generator;
    config.map.wards = wards;
    config
}

fn parts(state: &State) -> usize {
    petgraph::algo::connected_components(&state.map.graph())
}

/// What must hold of every state at genesis.
fn sound(state: &State, config: &DosadiConfig) {
    let wards = state.wards.len();
    assert_eq!(wards, config.ward_count() as usize);
    assert_eq!(state.map.wards as usize, wards);
    let mut names = state.wards.names.clone();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), wards, "names are unique");
    let mut polities = state.wards.polity.clone();
    polities.sort_unstable();
    polities.dedup();
    assert!(
        polities.iter().copied().eq(0..state.map.polities),
        "no gaps"
    );
    let mut pairs: Vec<_> = state.map.corridors.iter().map(|c| (c.a, c.b)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    assert_eq!(pairs.len(), state.map.corridors.len(), "no corridor twice");
    assert!(
        state
            .map
            .corridors
            .iter()
            .all(|c| c.a < c.b && (0.0..=1.0).contains(&c.hazard))
    );
    assert_eq!(state.posts.len(), 2 * state.map.borders.len());
    for (border, &c) in state.map.borders.iter().enumerate() {
        let corridor = &state.map.corridors[c as usize];
        assert_eq!(corridor.border as usize, border);
        for end in [corridor.a, corridor.b] {
            let post = post_of(border as u32, corridor, end) as usize;
            assert_eq!(
                state.posts.ward[post], end,
                "a post stands on the entry side"
            );
            assert_eq!(state.posts.polity[post], state.wards.polity[end as usize]);
            assert!((0.0..=1.0).contains(&state.posts.greed[post]));
        }
    }
    for index in ALL {
        for w in 0..wards {
            assert!((0.0..=1.0).contains(&state.wards.get(index, w)));
            assert_eq!(state.wards.last_reason(index, w), Why::Genesis);
        }
    }
    let sums: [i64; GOODS] =
        std::array::from_fn(|g| (0..wards).map(|w| state.stores.stock[at(w, g)]).sum());
    assert_eq!(state.flows.genesis[..GOODS], sums);
    assert_eq!(state.flows.genesis[GOODS..], [0; CONTRABAND]);
    for (place, &stock) in state.stores.stock.iter().enumerate() {
        let good = &LEGAL[place % GOODS];
        assert!((stock as f64 - good.cover_days * state.stores.need[place]).abs() <= 0.5);
        assert_eq!(state.stores.price[place], good.base);
        assert!(state.stores.capacity[place] >= 0);
    }
    for profile in &state.wards.profiles {
        let text = serde_json::to_value(profile).unwrap();
        for (name, value) in text.as_object().unwrap() {
            assert!(
                (0.0..=1.0).contains(&value.as_f64().unwrap()),
                "{name} {value}"
            );
        }
    }
    for faction in &state.factions.list {
        assert!((faction.home as usize) < wards);
        assert_eq!(faction.presence[faction.home as usize], 1.0);
        assert!(faction.presence.iter().all(|p| (0.0..=1.0).contains(p)));
    }
    assert_eq!(state.terms.len(), usize::from(state.map.polities));
    assert_eq!(state.day, 0);
}

#[test]
fn every_size_of_city_is_sound_and_hangs_together() {
    // Sizes from the smallest to the largest, odd ones among them: sound, one component, and the same again from the same seed only.
    for wards in [2, 3, 5, 8, 9, 12, 17, 36, 100, 299, 300, 1000] {
        for generator in [Generator::City, Generator::RingChords] {
            let config = config(generator, wards);
            let state = generate::state(&config, &Draws::new(11));
            sound(&state, &config);
            assert_eq!(parts(&state), 1, "{generator:?} {wards}");
            assert_eq!(state, generate::state(&config, &Draws::new(11)));
            assert_ne!(state, generate::state(&config, &Draws::new(12)));
        }
    }
}

#[test]
fn a_city_of_36_has_the_rings_of_the_page() {
    // Rings of 4, 8, 12, 12; the two inner ones are polity 0, the outer ones four sectors; six factions at home in outer rings.
    let state = generate::state(&DosadiConfig::default(), &Draws::new(1));
    let of = |ring| {
        state
            .wards
            .ring
            .iter()
            .map(move |r| usize::from(*r == ring))
    };
    let count = |ring: u8| of(ring).sum::<usize>();
    assert_eq!([0, 1, 2, 3].map(count), [4, 8, 12, 12]);
    for w in 0..36 {
        assert_eq!(state.wards.ring[w] < 2, state.wards.polity[w] == 0);
    }
    assert_eq!(state.map.polities, 5);
    assert_eq!(state.factions.list.len(), 6);
    let mut homes: Vec<_> = state.factions.list.iter().map(|f| f.home).collect();
    assert!(homes.iter().all(|&h| state.wards.ring[h as usize] >= 2));
    homes.dedup();
    assert_eq!(homes.len(), 6);
}

#[test]
fn greed_of_a_half_changes_greed_of_a_half() {
    // The experiment's knob raises the greed (and tolerance) of some posts and leaves map, stocks and all other posts as they were.
    let plain = generate::state(&DosadiConfig::default(), &Draws::new(5));
    let mut config = DosadiConfig::default();
    config.customs.greed_half = 0.5;
    let mut greedy = generate::state(&config, &Draws::new(5));
    let raised = (0..plain.posts.len())
        .filter(|&p| greedy.posts.greed[p] > plain.posts.greed[p])
        .count();
    assert!(
        raised * 4 > plain.posts.len() && raised * 4 < 3 * plain.posts.len(),
        "{raised}"
    );
    greedy.posts = plain.posts.clone();
    assert_eq!(greedy, plain);
}

fn ward(name: &str, polity: u16) -> WrittenWard {
    serde_json::from_value(serde_json::json!({"name": name, "polity": polity})).unwrap()
}

fn corridor(from: &str, to: &str) -> WrittenCorridor {
    serde_json::from_value(serde_json::json!({"from": from, "to": to})).unwrap()
}

fn written(wards: &[(&str, u16)], corridors: &[(&str, &str)]) -> DosadiConfig {
    let mut config = config(Generator::Written, 36);
    config.map.written_wards = wards.iter().map(|(n, p)| ward(n, *p)).collect();
    config.map.written_corridors = corridors.iter().map(|(a, b)| corridor(a, b)).collect();
    config
}

fn paths(config: &DosadiConfig) -> Vec<String> {
    config.problems().into_iter().map(|p| p.path).collect()
}

#[test]
fn each_mistake_of_a_written_map_is_located() {
    // Every class of mistake alone gives one problem at its path; several give all of them at once.
    let good = [("a", 0), ("b", 0), ("c", 1)];
    for (wards, corridors, path) in [
        (&[][..], &[][..], "map.written_wards"),
        (
            &[("a", 0), ("b", 0), ("a", 0)][..],
            &[][..],
            "map.written_wards[2].name",
        ),
        (
            &[("a", 0), ("b", 2)][..],
            &[][..],
            "map.written_wards[1].polity",
        ),
        (&[("a", 1)][..], &[][..], "map.written_wards[0].polity"),
        (
            &good[..],
            &[("a", "b"), ("x", "b")][..],
            "map.written_corridors[1].from",
        ),
        (&good[..], &[("a", "y")][..], "map.written_corridors[0].to"),
        (&good[..], &[("a", "a")][..], "map.written_corridors[0]"),
        (
            &good[..],
            &[("a", "b"), ("b", "c"), ("b", "a")][..],
            "map.written_corridors[2]",
        ),
    ] {
        assert_eq!(paths(&written(wards, corridors)), [path]);
    }
    let all = written(&[("a", 0), ("a", 2)], &[("a", "q"), ("z", "z")]);
    assert_eq!(paths(&all).len(), 5);
    let mut idle = written(&good, &[("a", "b")]);
    idle.map.generator = Generator::City;
    assert_eq!(paths(&idle), ["map.written_wards", "map.written_corridors"]);
    assert!(DosadiConfig::default().problems().is_empty());
}

#[test]
fn a_written_map_is_as_written() {
    // Names, people, output over need, default capacity and closed corridors arrive in the state as they were written; the slack of
    // generated cities does not touch them.
    let mut config = written(
        &[("low", 0), ("high", 1), ("far", 1)],
        &[("high", "low"), ("far", "high")],
    );
    config.map.written_wards[0].output = [2.0, 0.5, 0.0, 1.0, 1.0];
    config.map.written_wards[1].people = 4000;
    config.map.written_corridors[1].open = false;
    config.map.written_corridors[1].capacity = Some(7);
    config.economy.slack = 0.5;
    assert!(config.problems().is_empty());
    let state = generate::state(&config, &Draws::new(1));
    sound(&state, &config);
    assert_eq!(&*state.wards.names[0], "low");
    assert_eq!(state.stores.capacity[at(0, 0)], 2000);
    assert_eq!(state.stores.surplus[at(0, 0)], 1000);
    assert_eq!(state.stores.surplus[at(0, 1)], 0);
    assert_eq!(state.map.corridors[0].capacity, 12 * 2000);
    assert_eq!(state.corridors.residual, [24_000, 0]);
    assert_eq!(state.map.borders, [0]);
}

#[test]
fn a_map_in_pieces_is_warned_of_not_refused() {
    // Wards without a way to the first ward are named; with a closed corridor too; a connected map gives no warning.
    let wards = [("a", 0), ("b", 0), ("c", 0)];
    let mut config = written(&wards, &[("a", "b")]);
    assert!(config.problems().is_empty());
    let warnings = generate::written::warnings(&config);
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].message.contains(": c"),
        "{}",
        warnings[0].message
    );
    sound(&generate::state(&config, &Draws::new(1)), &config);
    config.map.written_corridors.push(corridor("b", "c"));
    assert!(generate::written::warnings(&config).is_empty());
    config.map.written_corridors[0].open = false;
    assert!(
        generate::written::warnings(&config)[0]
            .message
            .starts_with("2 of 3")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_written_map_without_problems_builds(
        wards in proptest::collection::vec((0u16..3, 1i64..10_000_000, 0.0f64..1000.0), 1..12),
        drawn in proptest::collection::vec((0usize..12, 0usize..12, any::<bool>()), 0..20),
        factions in 0u16..64,
    ) {
        // Hostile sizes and shapes: what has no problems gives a sound state; what has some says so without a panic.
        let mut config = config(Generator::Written, 2);
        config.map.factions = Some(factions);
        for (at, (polity, people, output)) in wards.iter().enumerate() {
            let mut it = ward(&format!("w{at}"), *polity);
            it.people = *people;
            it.output = [*output; 5];
            config.map.written_wards.push(it);
        }
        for (a, b, open) in drawn {
            let mut it = corridor(&format!("w{a}"), &format!("w{b}"));
            it.open = open;
            config.map.written_corridors.push(it);
        }
        if config.problems().is_empty() {
            sound(&generate::state(&config, &Draws::new(1)), &config);
        } else {
            prop_assert!(generate::written::warnings(&config).is_empty());
        }
    }
}
