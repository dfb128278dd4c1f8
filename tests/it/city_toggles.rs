//! A system that is switched off leaves every other's draws as they were, and with its effects set to nil the state too.
//!
//! What is claimed of draws, for each switch, over eight weeks:
//! - the map, the offices and everything else of genesis is the same city (whose draws come from the seed alone);
//! - what both runs draw for the same purpose, key and position has the same value;
//! - draws whose keys follow from places and days alone (shocks, outages, audits) are the same set every day;
//! - on the first day the draws of all other systems are the same set, before the switch has had consequences.
//!
//! Later sets of draws about deliveries and shipments differ because other deliveries and shipments happen: that is the effect.

use das_core::ports::NullSink;
use das_core::rng::{Domain, DrawLog, DrawRecord, Draws};
use das_tests::city::{City, Lived};
use dosadi_world::config::DosadiConfig;
use dosadi_world::generate;
use dosadi_world::state::State;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Purpose, key, position.
type Key = (&'static str, u64, u32);

/// All draws of a run with the day of each, and the keys of what agents of some kinds drew on the first day.
struct Drawn {
    values: BTreeMap<Key, u64>,
    days: Vec<BTreeSet<Key>>,
}

fn city(change: impl FnOnce(&mut DosadiConfig)) -> City {
    let mut city = City {
        weeks: 8,
        ..City::of_seed(9)
    };
    change(&mut city.environment);
    city
}

fn key(record: &DrawRecord) -> Key {
    (record.domain, record.key, record.position)
}

fn drawn(city: &City) -> Drawn {
    let log = DrawLog::default();
    let mut drawn = Drawn {
        values: BTreeMap::new(),
        days: Vec::new(),
    };
    city.live(1, Box::new(NullSink), Some(log.clone()), |_| {
        let records = std::mem::take(&mut *log.lock().unwrap());
        let mut today = BTreeSet::new();
        for record in records {
            today.insert(key(&record));
            let before = drawn.values.insert(key(&record), record.value);
            assert!(
                before.is_none_or(|value| value == record.value),
                "a key has one value: {record:?}"
            );
        }
        drawn.days.push(today);
    });
    drawn
}

/// First-day draws of agents whose names begin like this: their turns, what they ask, and answers to what they ask.
fn of_agents(city: &City, offices: &[&str]) -> BTreeSet<Key> {
    let mut agents = Vec::new();
    city.live(u64::MAX, Box::new(NullSink), None, |run| {
        let society = run.society();
        agents = society
            .ids()
            .map(|who| (society.name(who).to_owned(), society.key(who)))
            .collect();
    });
    let log = DrawLog::default();
    let draws = Draws::new(city.seed).with_log(log.clone());
    let own = |name: &str| offices.iter().any(|office| name.starts_with(office));
    for (_, agent) in agents.iter().filter(|(name, _)| own(name)) {
        for nth in 0..64 {
            let mut turn = draws.stream(Domain::new("core.act"), &[*agent, 0, nth]);
            for _ in 0..200 {
                turn.next_u64();
            }
            let asked = draws.bits(Domain::new("core.ask"), &[*agent, 0, nth]);
            for (_, other) in &agents {
                let keys = [*other, asked];
                draws.stream(Domain::new("core.accept"), &keys).next_u64();
            }
        }
    }
    let records = log.lock().unwrap();
    records.iter().map(key).collect()
}

/// A switch: its name, what it changes, and who draws for it or acts on it the same day: purposes, and offices.
///
/// Production comes before trade, and trade before the networks plan, so their switches show in later stages of the first day.
struct Switch {
    name: &'static str,
    off: fn(&mut DosadiConfig),
    purposes: &'static [&'static str],
    offices: &'static [&'static str],
}

/// What happens to smuggled cargo.
const CARGO: &[&str] = &["dosadi.logistics.", "dosadi.customs.", "dosadi.patrols."];
/// That, and what happens to legal cargo.
const TRADE: &[&str] = &[
    "dosadi.trade.",
    "dosadi.logistics.",
    "dosadi.customs.",
    "dosadi.patrols.",
];
/// That, and production.
const PRODUCTION: &[&str] = &[
    "dosadi.production.",
    "dosadi.trade.",
    "dosadi.logistics.",
    "dosadi.customs.",
    "dosadi.patrols.",
];

const SWITCHES: [Switch; 9] = [
    Switch {
        name: "smuggling",
        off: |c| c.smuggling.enabled = false,
        purposes: CARGO,
        offices: &["faction.", "post."],
    },
    Switch {
        name: "trade",
        off: |c| c.trade.enabled = false,
        purposes: TRADE,
        offices: &["guild.", "faction.", "post."],
    },
    Switch {
        name: "customs",
        off: |c| c.customs.enabled = false,
        purposes: &["dosadi.customs.", "dosadi.trade.inspected"],
        offices: &["faction.", "post."],
    },
    Switch {
        name: "audits",
        off: |c| c.audits.rate = 0.0,
        purposes: &["dosadi.audits."],
        offices: &[],
    },
    Switch {
        name: "crackdowns",
        off: |c| c.crackdowns.planner = false,
        purposes: &[],
        offices: &[],
    },
    Switch {
        name: "patrols",
        off: |c| c.patrols.enabled = false,
        purposes: &["dosadi.patrols."],
        offices: &[],
    },
    Switch {
        name: "culture",
        off: |c| c.culture.enabled = false,
        purposes: &[],
        offices: &[],
    },
    Switch {
        name: "phases",
        off: |c| c.phases.enabled = false,
        purposes: &[],
        offices: &[],
    },
    Switch {
        name: "shocks",
        off: |c| c.economy.shocks = 0.0,
        purposes: PRODUCTION,
        offices: &["guild.", "faction.", "post."],
    },
];

/// Draws whose keys are places and days.
const BY_PLACE: [&str; 3] = [
    "dosadi.production.shock",
    "dosadi.production.outage",
    "dosadi.audits.audited",
];

#[test]
fn genesis_does_not_depend_on_switches() {
    // Every switch off, one at a time: the same state at genesis, bit for bit, but for the profile's audit intensity, which is the
    // audit rate put in words.
    let base = city(|_| ()).environment;
    let state = generate::state(&base, &Draws::new(9));
    for switch in &SWITCHES {
        let config = city(switch.off).environment;
        assert_ne!(config, base, "{}", switch.name);
        let mut other = generate::state(&config, &Draws::new(9));
        let profiles = other.wards.profiles.iter_mut().zip(&state.wards.profiles);
        for (profile, founded) in profiles {
            profile.audit_intensity = founded.audit_intensity;
        }
        assert!(state == other, "{}", switch.name);
    }
}

#[test]
fn a_disabled_system_leaves_the_draws_of_all_others() {
    // The claims at the top of this file, for each switch.
    let base = city(|_| ());
    let with = drawn(&base);
    assert_eq!(with.days.len(), 56);
    for switch in &SWITCHES {
        let without = drawn(&city(switch.off));
        let name = switch.name;
        let own = |key: &Key| switch.purposes.iter().any(|p| key.0.starts_with(p));

        let mut shared = 0;
        for (key, value) in &without.values {
            if let Some(before) = with.values.get(key) {
                assert_eq!(before, value, "{name}: {key:?}");
                shared += 1;
            }
        }
        assert!(shared > 2000, "{name}: {shared}");

        for (day, (a, b)) in with.days.iter().zip(&without.days).enumerate() {
            let places = |keys: &BTreeSet<Key>| -> BTreeSet<Key> {
                let of_place = |key: &&Key| BY_PLACE.contains(&key.0) && !own(key);
                keys.iter().filter(of_place).copied().collect()
            };
            assert_eq!(places(a), places(b), "{name}, day {day}");
        }

        let agents = of_agents(&base, switch.offices);
        let others = |keys: &BTreeSet<Key>| -> BTreeSet<Key> {
            let other = |key: &&Key| !own(key) && !agents.contains(*key);
            keys.iter().filter(other).copied().collect()
        };
        let (a, b) = (others(&with.days[0]), others(&without.days[0]));
        let differ: BTreeMap<&str, usize> =
            a.symmetric_difference(&b)
                .fold(BTreeMap::new(), |mut counts, key| {
                    *counts.entry(key.0).or_default() += 1;
                    counts
                });
        assert!(differ.is_empty(), "{name}, first day: {differ:?}");
        assert!(!a.is_empty());
    }
}

/// State and money after eight weeks.
fn life(city: &City) -> (State, Vec<i64>, Lived) {
    let (mut state, mut money) = (None, Vec::new());
    let lived = city.live(u64::MAX, Box::new(NullSink), None, |run| {
        state = Some(run.world().state.clone());
        let accounts = run.society().ledger().accounts();
        money = accounts.map(|(_, _, held)| held.0).collect();
    });
    (state.unwrap(), money, lived)
}

/// Where two states differ, for the message of a failure.
fn differences(a: &State, b: &State) -> String {
    fn walk(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
        match (a, b) {
            (Value::Object(x), Value::Object(y)) => {
                for (key, a) in x {
                    walk(&format!("{path}.{key}"), a, &y[key], found);
                }
            }
            (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
                for (at, (a, b)) in x.iter().zip(y).enumerate() {
                    walk(&format!("{path}[{at}]"), a, b, found);
                }
            }
            _ if a == b => {}
            _ => found.push(format!("{path}: {a} {b}")),
        }
    }
    let [a, b] = [a, b].map(|state| serde_json::to_value(state).unwrap());
    let mut found = Vec::new();
    walk("state", &a, &b, &mut found);
    found.truncate(20);
    found.join("\n")
}

/// Forgets the numbers of events and interactions, which count what was written and asked.
fn forget_numbers(state: &mut State) {
    for run in state.borders.crackdown.iter_mut().flatten() {
        (run.begun_event, run.interaction) = (0, None);
    }
    let due = state.day + 1000;
    let mut cargo = Vec::new();
    while let Some((slot, mut it)) = state.shipments.next_due(due) {
        (it.created_event, it.last_crossing) = (0, None);
        cargo.push((slot, it));
    }
    for (slot, it) in cargo {
        state.shipments.wait(slot, it, due);
    }
}

/// Long enough for crackdowns, audits and phases to matter.
fn long(change: impl FnOnce(&mut DosadiConfig)) -> City {
    City {
        weeks: 40,
        ..city(change)
    }
}

#[test]
fn nil_effects_are_the_same_state_hash_as_disabled() {
    // Each pair is one world: state hashes (of world, agents, society and levers) are equal week by week for most of a year.
    type Change = fn(&mut DosadiConfig);
    let pairs: [(&str, Change, Change); 8] = [
        (
            "smuggling: no shipments and no crews",
            |c| {
                (c.smuggling.enabled, c.smuggling.crew_wage) = (false, 0.0);
            },
            |c| {
                c.smuggling.max_active_factions = 0;
                c.smuggling.crew_wage = 0.0;
            },
        ),
        (
            "trade: no deliveries",
            |c| c.trade.enabled = false,
            |c| c.trade.deliveries_max = Some(0),
        ),
        (
            "customs: posts at which nobody stands",
            |c| c.customs.enabled = false,
            |c| c.customs.manned = Some(0.0),
        ),
        (
            "audits: a probability that never comes true",
            |c| c.audits.base = [0.0; 3],
            |c| c.audits.base = [1e-15; 3],
        ),
        (
            "crackdowns: commands of no hardness",
            |c| c.crackdowns.planner = false,
            |c| {
                let none = serde_json::Value::from(0.0);
                let parameters = &mut c.agents.patrol_command;
                parameters.insert("hardness".to_owned(), none);
            },
        ),
        (
            "patrols: commands that send none",
            |c| c.patrols.enabled = false,
            |c| {
                let none = serde_json::Value::from(false);
                let parameters = &mut c.agents.patrol_command;
                parameters.insert("patrols".to_owned(), none);
            },
        ),
        (
            "culture: nothing drifts and nobody moves",
            |c| c.culture.enabled = false,
            |c| (c.culture.speed, c.culture.migration) = ([0.0; 5], 0.0),
        ),
        (
            "patrols: no corridor to guard",
            |c| c.patrols.enabled = false,
            |c| c.patrols.corridors_max = 0,
        ),
    ];
    let base = long(|_| ()).hashes();
    for (name, disabled, nil) in pairs {
        let hashes = long(disabled).hashes();
        assert_eq!(hashes, long(nil).hashes(), "{name}");
        assert_ne!(hashes, base, "{name}: the system does something");
    }
}

#[test]
fn phases_with_limits_that_no_city_reaches_are_the_same_state_hash_as_disabled() {
    // A city that has too little: its phase changes, but not where nothing counts as worse, and that is the city without phases.
    let poor = |change: fn(&mut DosadiConfig)| {
        long(|c| {
            c.economy.slack = 0.7;
            change(c);
        })
    };
    let (state, _, _) = life(&poor(|_| ()));
    assert!(!state.phase.history.is_empty());
    let disabled = poor(|c| c.phases.enabled = false).hashes();
    let nil = poor(|c| c.phases.worse = Some([[1.0, 1.0, 0.0]; 2])).hashes();
    assert_eq!(disabled, nil);
    assert_ne!(disabled, poor(|_| ()).hashes());
}

#[test]
fn patrols_without_effect_leave_all_but_their_own_fields() {
    // Patrols that prevent nothing, seize nothing and cost nothing: state and money are those of a city without them, but for where
    // patrols are and how many days of them were counted.
    let (mut with, money, lived) = life(&long(|c| {
        (c.patrols.effect, c.patrols.interdiction, c.patrols.wage) = (0.0, 0.0, 0.0);
    }));
    let (mut without, expected, _) = life(&long(|c| c.patrols.enabled = false));
    assert!(lived.sum("patrols.days") > 100.0);
    for state in [&mut with, &mut without] {
        forget_numbers(state);
    }
    with.corridors
        .patrolled
        .clone_from(&without.corridors.patrolled);
    with.figures.patrol_days = without.figures.patrol_days;
    assert_eq!(money, expected);
    assert!(with == without, "{}", differences(&with, &without));
}

#[test]
fn customs_without_effect_leave_all_but_their_own_fields() {
    // Posts that open nothing, networks that bid nothing, and no crackdowns or audits: cargo is still asked at every border, but
    // state and money are those of a city without customs, except for counts of crossings and the telemetry of what was let
    // through.
    let nil = |c: &mut DosadiConfig| {
        (c.customs.inspect, c.smuggling.bribe_budget_fraction) = ([0.0; 3], 0.0);
        c.crackdowns.planner = false;
    };
    let (mut with, money, lived) = life(&long(nil));
    let (mut without, expected, _) = life(&long(|c| {
        nil(c);
        c.customs.enabled = false;
    }));
    assert!(lived.sum("smuggling.crossings") > 100.0);
    for state in [&mut with, &mut without] {
        state.posts.crossings.fill(0);
        state.borders.welfare.fill(0.0);
        state.figures.crossings = 0;
        forget_numbers(state);
    }
    assert_eq!(money, expected);
    assert!(with == without, "{}", differences(&with, &without));
}

#[test]
fn shocks_of_no_size_leave_all_but_their_own_column() {
    // Shocks too small to move a unit: draws are made, and only the column they are kept in differs.
    let (mut with, money, _) = life(&long(|c| c.economy.shocks = 1e-300));
    let (without, expected, _) = life(&long(|c| c.economy.shocks = 0.0));
    assert_ne!(with.stores.shock, without.stores.shock);
    with.stores.shock.clone_from(&without.stores.shock);
    assert_eq!(money, expected);
    assert!(with == without, "{}", differences(&with, &without));
}

#[test]
fn phases_that_have_not_changed_leave_all_but_their_own_fields() {
    // The first change of phase is possible after 30 days: until then a city with phases is one without, but for the days its
    // indicators have held.
    let four_weeks = |enabled: bool| {
        life(&City {
            weeks: 4,
            ..city(|c| c.phases.enabled = enabled)
        })
    };
    let (mut with, money, _) = four_weeks(true);
    let (without, expected, _) = four_weeks(false);
    with.phase.clone_from(&without.phase);
    assert_eq!(money, expected);
    assert!(with == without, "{}", differences(&with, &without));
}
