//! A city is a function of configuration and seed: other seeds, same seeds, threads.

use das_core::config::Activation;
use das_tests::city::City;
use dosadi_world::Dosadi;
use dosadi_world::config::Generator;
use std::collections::BTreeSet;

fn city(seed: u64) -> City {
    City {
        weeks: 12,
        ..City::of_seed(seed)
    }
}

#[test]
fn same_seed_same_hash_and_other_seeds_differ() {
    // State hashes of twelve weeks: equal for the same seed, week by week; all different between twelve seeds, from the first
    // week on.
    let hashes = city(1).hashes();
    // Twelve weeks, and the end, which is the state of the last.
    assert_eq!(hashes.len(), 13);
    assert_eq!(hashes[11], hashes[12]);
    assert_eq!(hashes, city(1).hashes());
    let (mut first, mut last) = (BTreeSet::new(), BTreeSet::new());
    for seed in 1..=12 {
        let hashes = city(seed).hashes();
        first.insert(hashes[0].clone());
        last.insert(hashes[11].clone());
    }
    assert_eq!((first.len(), last.len()), (12, 12));
    // And not by their draws alone: the map itself is another, and the same for the same seed.
    let genesis = |seed| Dosadi::new(city(seed).environment, seed).state;
    assert!(genesis(1) == genesis(1) && genesis(1).map != genesis(2).map);
}

#[test]
fn threads_do_not_show_in_a_city_that_decides_at_once() {
    // With simultaneous decisions on one, two and five threads the whole log is the same, byte for byte; and it is not that of
    // decisions one after the other.
    for generator in [Generator::City, Generator::RingChords] {
        let mut city = city(2);
        city.detail = das_core::config::Detail::Full;
        city.environment.map.generator = generator;
        city.activation = Activation::Simultaneous;
        let on = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| city.log().1)
        };
        let one = on(1);
        assert!(one.contains("smuggling_shipment_created"));
        assert!(one == on(2) && one == on(5), "threads show");
        let sequential = City {
            activation: Activation::Sequential,
            ..city.clone()
        };
        assert!(sequential.log().1 != one);
    }
}
