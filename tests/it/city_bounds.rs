//! Every bound of a city's configuration at its limits: looked at after every day, or counted from the log.

use das_core::config::Detail;
use das_core::ports::{MemorySink, NullSink};
use das_tests::city::{City, text};
use dosadi_world::Dosadi;
use dosadi_world::config::Generator;
use dosadi_world::routes::candidates::PAIRS_MAX;
use dosadi_world::state::calendar::DAYS_MAX;
use dosadi_world::state::factions::{CHOSEN_MAX, EDGES_MAX, OUTCOMES_MAX};
use dosadi_world::state::phase::PhaseState;
use serde_json::Value;
use std::collections::BTreeMap;

/// Days that any cargo is under way at most (`systems::logistics`).
const UNDER_WAY_MAX: u32 = 90;

/// A city of some weeks with one thing changed.
fn city(weeks: u32, change: impl FnOnce(&mut City)) -> City {
    let mut city = City {
        weeks,
        ..City::of_seed(3)
    };
    change(&mut city);
    city
}

/// Looks at the world after each day.
fn daily(city: &City, mut look: impl FnMut(&Dosadi)) {
    city.live(1, Box::new(NullSink), None, |run| look(run.world()));
}

/// The greatest value a figure of the world has on any day.
fn most(city: &City, figure: impl Fn(&Dosadi) -> usize) -> usize {
    let mut greatest = 0;
    daily(city, |world| greatest = greatest.max(figure(world)));
    greatest
}

fn sent_today(world: &Dosadi) -> usize {
    let factions = world.state.factions.list.iter();
    factions.map(|f| f.network.sent_today as usize).sum()
}

#[test]
fn shipments_a_day_never_exceed_their_cap() {
    // None at 0; never more than 1 at 1, and 1 is reached; the schema's greatest cap is far from what networks can afford, and the
    // day still ends.
    for (cap, least) in [(0u32, 0), (1, 1), (10_000, 12)] {
        let city = city(8, |c| c.environment.smuggling.max_shipments_per_day = cap);
        let day = most(&city, sent_today);
        assert!((least..=cap as usize).contains(&day), "{cap}: {day}");
    }
}

#[test]
fn only_the_first_factions_are_active() {
    // With 0, 1 and 64: factions beyond the bound never send, place a bid or pay a crew; those within do.
    for active in [0u16, 1, 64] {
        let city = city(8, |c| c.environment.smuggling.max_active_factions = active);
        let mut sent = Vec::new();
        daily(&city, |world| {
            let factions = world.state.factions.list.iter();
            sent = factions
                .map(|f| {
                    let n = &f.network;
                    (n.sent, n.spent, n.placed_today + n.handed_on)
                })
                .collect();
        });
        assert!(sent.len() > 1);
        for (id, (sent, spent, other)) in sent.into_iter().enumerate() {
            if id < usize::from(active) {
                assert!(sent > 0 && spent > 0, "faction {id} of {active}");
            } else {
                assert_eq!((sent, spent, other), (0, 0, 0), "faction {id} of {active}");
            }
        }
    }
}

#[test]
fn no_faction_evaluates_more_routes_than_allowed_and_all_are_counted() {
    // Each day, at 1, 2 and 1000: routes a faction evaluated are at most the bound, at least one for each shipment it sent, and the
    // week's sum and maximum are what the world's figures say.
    for bound in [1u32, 2, 1000] {
        let city = city(8, |c| c.environment.smuggling.route_topk = bound);
        let (mut total, mut highest, mut reached) = (0u64, 0u32, 0u32);
        let lived = city.live(1, Box::new(NullSink), None, |run| {
            for faction in &run.world().state.factions.list {
                let n = &faction.network;
                assert!(
                    n.evaluated_today <= bound,
                    "{} of {bound}",
                    n.evaluated_today
                );
                assert!(n.sent_today <= n.evaluated_today);
                total += u64::from(n.evaluated_today);
                highest = highest.max(n.evaluated_today);
            }
            reached = reached.max(highest);
        });
        assert_eq!(lived.sum("smuggling.routes_evaluated"), total as f64);
        let peak = lived
            .weeks
            .iter()
            .flat_map(|week| &week.env)
            .filter(|row| row.0 == "smuggling.routes_evaluated_max")
            .fold(0.0f64, |a, row| if row.1 > a { row.1 } else { a });
        assert_eq!(peak, f64::from(highest));
        assert!(total > 0 && (bound > 2 || reached == bound));
    }
}

#[test]
fn a_network_tracks_no_more_corridors_than_allowed() {
    // At 1 and 24, the schema's limits: never more, and the bound is reached; what is tracked is in order and has no corridor twice.
    for bound in [1usize, EDGES_MAX] {
        let city = city(40, |c| {
            c.environment.smuggling.border_topk = bound as u32;
            c.environment.smuggling.max_shipments_per_day = 40;
            c.environment.smuggling.crew_wage = 0.0;
            c.environment.map.factions = Some(2);
        });
        let longest = most(&city, |world| {
            let factions = world.state.factions.list.iter();
            let tracked = factions.map(|f| {
                let edges = &f.network.edges;
                assert!(edges.windows(2).all(|w| w[0].corridor < w[1].corridor));
                edges.len()
            });
            tracked.max().unwrap_or(0)
        });
        assert_eq!(longest, bound);
    }
}

#[test]
fn lists_of_wards_are_no_longer_than_allowed() {
    // At 1 every list has one ward; at 64 as many as there are in a city of 36.
    for (bound, expected) in [(1u32, 1), (64, 36)] {
        let city = city(4, |c| c.environment.smuggling.commodity_topk = bound);
        let longest = most(&city, |world| {
            let lists = &world.state.lists;
            let all = lists.sources.iter().chain(&lists.destinations);
            all.map(Vec::len).max().unwrap_or(0)
        });
        assert_eq!(longest, expected);
    }
}

#[test]
fn a_pair_has_no_more_candidate_routes_than_allowed() {
    // At 1 and 16, over all pairs of wards: never more, the bound is reached, and no shipment goes by a later one.
    for bound in [1u32, 16] {
        let city = city(4, |c| {
            c.environment.smuggling.routes_per_pair = bound;
            c.environment.smuggling.route_topk = 1000;
        });
        let mut used = 0;
        daily(&city, |world| {
            for cargo in world.state.shipments.under_way() {
                let choice = &cargo.choice;
                let routes = [Some(choice.best), choice.second];
                used = routes.iter().flatten().fold(used, |a, c| a.max(c.route));
            }
        });
        assert!(
            u32::from(used) < bound && (bound == 1 || used > 0),
            "{used}"
        );
        let world = Dosadi::new(city.environment.clone(), city.seed);
        let mut cache = world.routes();
        let mut longest = 0;
        for from in 0..36 {
            for to in 0..36 {
                longest = longest.max(cache.candidates(&world.state.map, from, to).len());
            }
        }
        assert_eq!(longest, bound as usize);
    }
}

#[test]
fn the_cache_of_routes_is_bounded_by_pairs() {
    // A city of 100 wards has 9,900 pairs; asked for all of them the cache holds 4,096.
    let mut config = City::default().environment;
    config.map.wards = 100;
    config.smuggling.routes_per_pair = 1;
    let world = Dosadi::new(config, 1);
    let mut cache = world.routes();
    for from in 0..100 {
        for to in 0..100 {
            cache.candidates(&world.state.map, from, to);
            assert!(cache.len() <= PAIRS_MAX);
        }
    }
    assert_eq!(cache.len(), PAIRS_MAX);
}

/// Deliveries booked by day.
fn deliveries(city: &City) -> BTreeMap<u64, u32> {
    let full = City {
        detail: Detail::Full,
        ..city.clone()
    };
    let mut days = BTreeMap::new();
    for line in full.log().1.lines() {
        if line.contains("\"type\":\"delivery_booked\"") {
            let line: Value = serde_json::from_str(line).unwrap();
            let day = line["epoch"].as_u64().unwrap() * 7 + line["step"].as_u64().unwrap();
            *days.entry(day).or_default() += 1;
        }
    }
    days
}

#[test]
fn deliveries_a_day_never_exceed_their_cap() {
    // None at 0, at most 1 at 1 (and 1 on most days), about 97 a day with the schema's greatest, which is as good as none; a ring of
    // 36 wards with chords has 9 a day, one of 200 wards 40, by itself.
    let day = |change: &dyn Fn(&mut City)| {
        let days = deliveries(&city(3, change));
        (days.values().copied().max().unwrap_or(0), days.len())
    };
    assert_eq!(day(&|c| c.environment.trade.deliveries_max = Some(0)).0, 0);
    let one = day(&|c| c.environment.trade.deliveries_max = Some(1));
    assert!(one.0 == 1 && one.1 > 14, "{one:?}");
    let all = day(&|c| c.environment.trade.deliveries_max = Some(100_000));
    assert!(all.0 > 40, "{all:?}");
    assert_eq!(all, day(&|c| c.environment.trade.deliveries_max = None));
    for (wards, cap) in [(36, 9), (200, 40), (3, 0)] {
        let ring = day(&|c| {
            c.environment.map.generator = Generator::RingChords;
            c.environment.map.wards = wards;
        });
        assert_eq!(ring.0, cap, "{wards} wards");
    }
}

#[test]
fn a_polity_patrols_no_more_corridors_than_allowed_and_only_its_own() {
    // At 0, 1 and 1000: the guarded corridors of each polity, all within it; with 1000 it guards every one it has.
    for bound in [0usize, 1, 1000] {
        let city = city(4, |c| c.environment.patrols.corridors_max = bound as u32);
        let mut inner = Vec::new();
        let mut guarded_most = Vec::new();
        daily(&city, |world| {
            let state = &world.state;
            let polities = usize::from(state.map.polities);
            let mut guarded = vec![0; polities];
            inner = vec![0; polities];
            guarded_most.resize(polities, 0);
            for (at, corridor) in state.map.corridors.iter().enumerate() {
                let ends = [corridor.a, corridor.b].map(|w| state.wards.polity[w as usize]);
                let here = state.corridors.patrolled[at] > 0;
                assert!(!here || ends[0] == ends[1], "a border is nobody's own");
                if ends[0] == ends[1] {
                    inner[usize::from(ends[0])] += 1;
                    guarded[usize::from(ends[0])] += usize::from(here);
                }
            }
            assert!(guarded.iter().all(|&n| n <= bound), "{guarded:?}");
            for (most, now) in guarded_most.iter_mut().zip(guarded) {
                *most = now.max(*most);
            }
        });
        for (most, inner) in guarded_most.into_iter().zip(inner) {
            assert_eq!(most, inner.min(bound));
        }
    }
}

#[test]
fn a_polity_runs_one_crackdown_and_two_in_crisis() {
    // Where much is seized commands order as many as they may: 1 at a time in P0 and P1, 2 in P2, none without a planner, each of
    // the phase's length.
    for (phase, most_at_once, days) in [(0u8, 1, 14), (1, 1, 21), (2, 2, 28)] {
        let mut reached = 0;
        for planner in [true, false] {
            let city = city(30, |c| {
                c.environment.phases.enabled = false;
                c.environment.phases.initial = phase;
                c.environment.crackdowns.planner = planner;
                c.environment.customs.inspect = [0.6; 3];
                c.environment.customs.detect = [1.0; 3];
                c.environment.smuggling.crew_wage = 0.0;
                c.environment.smuggling.learning_rate = 0.0;
                c.environment.economy.faction_endowment = 1e6;
            });
            daily(&city, |world| {
                let state = &world.state;
                let mut running = BTreeMap::new();
                for run in state.borders.crackdown.iter().flatten() {
                    let by = run.by.expect("the scenario ordered none");
                    *running.entry(by).or_insert(0) += 1;
                    assert_eq!(run.until - run.from, days);
                }
                let now = running.values().copied().max().unwrap_or(0);
                assert!(now <= if planner { most_at_once } else { 0 });
                reached = reached.max(now);
            });
        }
        assert_eq!(reached, most_at_once, "phase {phase}");
    }
}

#[test]
fn memories_and_queues_are_bounded() {
    // Over two years with many shipments: outcomes and chosen routes fill up and stay at their bounds, the phase's history has its
    // own, nothing is under way for more than 90 days, and nothing legal is booked farther ahead than the calendar's ring.
    let city = city(104, |c| {
        c.environment.smuggling.max_shipments_per_day = 40;
        c.environment.smuggling.crew_wage = 0.0;
        c.environment.smuggling.commodity_topk = 64;
        c.environment.smuggling.forget = 0.0;
        c.environment.map.factions = Some(2);
    });
    let (mut outcomes, mut chosen) = (0, 0);
    daily(&city, |world| {
        let state = &world.state;
        for faction in &state.factions.list {
            outcomes = outcomes.max(faction.network.outcomes.len());
            chosen = chosen.max(faction.network.chosen.len());
        }
        assert!(state.phase.history.len() <= PhaseState::HISTORY);
        for cargo in state.shipments.under_way() {
            assert!(state.day - cargo.sent_day <= UNDER_WAY_MAX);
        }
    });
    assert_eq!((outcomes, chosen), (OUTCOMES_MAX, CHOSEN_MAX));

    let full = City {
        weeks: 20,
        detail: Detail::Full,
        ..city
    };
    let sink = MemorySink::default();
    full.live(u64::MAX, Box::new(sink.clone()), None, |_| {});
    let log = text(&sink);
    let booked = log
        .lines()
        .filter(|line| line.contains("\"type\":\"delivery_booked\""))
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut longest = 0;
    for line in booked {
        longest = longest.max(line["days"].as_u64().unwrap());
    }
    assert!(longest > 1 && longest < u64::from(DAYS_MAX), "{longest}");
}

#[test]
fn bribes_keep_to_their_budget_and_cap() {
    // At the limits of both: no bid where the budget or the cap is 0; with both at 1 there are bids, none above the cargo's value.
    for (fraction, cap, some) in [(0.0, 1.0, false), (1.0, 0.0, false), (1.0, 1.0, true)] {
        let city = city(8, |c| {
            c.environment.smuggling.bribe_budget_fraction = fraction;
            c.environment.smuggling.bribe_cap = cap;
        });
        let mut bids = 0;
        city.live(1, Box::new(NullSink), None, |run| {
            for cargo in run.world().state.shipments.under_way() {
                for bid in &cargo.bids {
                    assert!(bid.amount > 0 && bid.amount <= cargo.value);
                    bids += 1;
                }
            }
        });
        assert_eq!(bids > 0, some, "{fraction} {cap}");
    }
}

#[test]
fn posts_are_manned_as_often_as_configured() {
    // At 0 cargo passes borders and nobody is asked; at a half, posts are asked about a quarter to three quarters of what passes; at 1
    // the run is the one without the key.
    let half_year = |manned: Option<f64>| {
        city(26, |c| {
            c.environment.customs.manned = manned;
            c.environment.smuggling.crew_wage = 0.0;
        })
    };
    let seen = |manned: f64| {
        let mut passes = 0;
        let lived = half_year(Some(manned)).live(u64::MAX, Box::new(NullSink), None, |run| {
            passes = run.world().state.borders.passes.iter().sum();
        });
        (lived.sum("smuggling.crossings"), passes as f64)
    };
    let (asked, passed) = seen(0.0);
    assert!(asked == 0.0 && passed > 100.0, "{asked} {passed}");
    let (asked, passed) = seen(0.5);
    let share = asked / passed;
    assert!(asked > 100.0 && (0.25..0.75).contains(&share), "{share}");
    assert_eq!(half_year(Some(1.0)).hashes(), half_year(None).hashes());
}

#[test]
fn the_limits_of_phases_are_strict() {
    // No mean is above 1 or below 0, so limits of 1, 1 and 0 keep P0 for good; limits of 0, 0 and 1 are passed at the first look, and
    // crisis comes as soon as the days in a phase allow; with no way back it stays.
    let year = |worse: [f64; 3], better: [f64; 3]| {
        let city = city(52, |c| {
            c.environment.phases.worse = Some([worse; 2]);
            c.environment.phases.better = Some([better; 2]);
        });
        let mut history = Vec::new();
        daily(&city, |world| {
            history.clone_from(&world.state.phase.history);
        });
        history
    };
    let (never, always) = ([1.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
    assert_eq!(year(never, always), []);
    assert_eq!(year(always, always), [(35, 1), (98, 2)]);
}
