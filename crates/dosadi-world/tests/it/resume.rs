//! Taken up again at many days, under other maps and switches, a city goes on as if nothing had happened.

use crate::town::{live, live_interrupted};
use dosadi_world::DosadiConfig;
use dosadi_world::config::{Generator, Ordered};

#[test]
fn a_city_resumed_at_twenty_days_writes_the_same_log() {
    // Two cities of eight weeks, one of rings in crisis under an ordered crackdown and one of chords without customs, each
    // interrupted before ten days spread over its life by a fixed step: logs, which hold the state hash of every week, are byte for
    // byte those of the uninterrupted lives, and so are the worlds.
    let mut crisis = DosadiConfig::default();
    crisis.phases.initial = 2;
    crisis.economy.shocks = 3.0;
    crisis.crackdowns.ordered = vec![Ordered {
        day: 10,
        days: 30,
        intensity: 0.5,
        border: None,
    }];
    let mut chords = DosadiConfig::default();
    chords.map.generator = Generator::RingChords;
    chords.customs.enabled = false;
    for (seed, config) in [(21, crisis), (22, chords)] {
        let whole = live(&config, seed, 8);
        assert!(!whole.lines("smuggling_shipment_created").is_empty());
        assert!(whole.log.contains("state_sha256"));
        for before in (0..10).map(|nth| 7 + (nth * 29 + seed) % 49) {
            let resumed = live_interrupted(&config, seed, 8, before);
            assert!(resumed.log == whole.log, "seed {seed}, before day {before}");
            assert!(resumed.world().state == whole.world().state);
        }
    }
}
