//! Routes against brute force on small random graphs.

use dosadi_world::goods::GOODS;
use dosadi_world::routes::{LegalRoutes, RouteCache, ShortestPaths};
use dosadi_world::state::map::{Corridor, Map, NO_BORDER};
use dosadi_world::state::stores::{Stores, at};
use proptest::prelude::*;

/// Corridors drawn as (a, b, cost, open) between at most `wards` wards, each pair once.
fn map(wards: u32, drawn: &[(u32, u32, u32, bool)], polity: &[u16]) -> Map {
    let mut corridors: Vec<Corridor> = drawn
        .iter()
        .filter(|(a, b, ..)| a % wards != b % wards)
        .map(|&(a, b, cost, open)| {
            let (a, b) = (a % wards, b % wards);
            Corridor {
                a: a.min(b),
                b: a.max(b),
                distance: f64::from(cost),
                hazard: 0.0,
                cost,
                capacity: 1,
                open,
                border: NO_BORDER,
            }
        })
        .collect();
    corridors.sort_by_key(|c| (c.a, c.b));
    corridors.dedup_by_key(|c| (c.a, c.b));
    Map::new(wards, corridors, &polity[..wards as usize])
}

/// Every loopless route, by (cost, corridors).
fn all_routes(map: &Map, source: u32, destination: u32) -> Vec<(u64, Vec<u32>)> {
    fn walk(
        map: &Map,
        at: u32,
        to: u32,
        seen: &mut Vec<u32>,
        path: &mut Vec<u32>,
        out: &mut Vec<(u64, Vec<u32>)>,
    ) {
        if at == to {
            let cost = path
                .iter()
                .map(|&c| u64::from(map.corridors[c as usize].cost));
            out.push((cost.sum(), path.clone()));
            return;
        }
        seen.push(at);
        for &(next, corridor) in map.neighbours(at) {
            if map.corridors[corridor as usize].open && !seen.contains(&next) {
                path.push(corridor);
                walk(map, next, to, seen, path, out);
                path.pop();
            }
        }
        seen.pop();
    }
    let mut out = Vec::new();
    walk(
        map,
        source,
        destination,
        &mut Vec::new(),
        &mut Vec::new(),
        &mut out,
    );
    out.sort();
    out
}

fn borders_of<'a>(map: &'a Map, corridors: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    let border = |&c: &u32| map.corridors[c as usize].border;
    corridors.iter().map(border).filter(|&b| b != NO_BORDER)
}

/// The candidates by the rule itself, over all routes: K − 1 further rounds with dearer used corridors, then the next in rank.
fn candidates_by_rule(map: &Map, all: &[(u64, Vec<u32>)], k: usize) -> Vec<(u64, Vec<u32>)> {
    let mut uses = vec![0u64; map.corridors.len()];
    let mut found: Vec<(u64, Vec<u32>)> = Vec::new();
    for _ in 0..k {
        let price = |path: &[u32]| -> u64 {
            let of = |&c: &u32| {
                let corridor = &map.corridors[c as usize];
                let step = if corridor.border == NO_BORDER { 1 } else { 8 };
                u64::from(corridor.cost) * (4 + step * uses[c as usize])
            };
            path.iter().map(of).sum()
        };
        let Some(best) = all
            .iter()
            .min_by_key(|(_, path)| (price(path), path.clone()))
        else {
            return found;
        };
        for &c in &best.1 {
            uses[c as usize] += 1;
        }
        if !found.contains(best) {
            found.push(best.clone());
        }
    }
    for route in all {
        if found.len() < k && !found.contains(route) {
            found.push(route.clone());
        }
    }
    found.sort();
    found
}

type Drawn = (u32, Vec<(u32, u32, u32, bool)>, Vec<u16>);

fn graphs() -> impl Strategy<Value = Drawn> {
    let corridor = (0u32..8, 0u32..8, 1u32..6, proptest::bool::weighted(0.9));
    (
        2u32..8,
        proptest::collection::vec(corridor, 0..16),
        proptest::collection::vec(0u16..3, 8),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn candidates_are_those_of_the_rule((wards, drawn, polity) in graphs(), k in 1u32..6) {
        // On every pair: exactly the routes that the penalty rule and the fill-up by rank give over all loopless routes, in order of
        // cost and corridor ids; small costs make ties common. Routes join their ends and visit no ward twice.
        let map = map(wards, &drawn, &polity);
        let mut cache = RouteCache::new(k);
        for source in 0..wards {
            for destination in 0..wards {
                let got = cache.candidates(&map, source, destination);
                if source == destination {
                    prop_assert!(got.is_empty());
                    continue;
                }
                let all = all_routes(&map, source, destination);
                let want = candidates_by_rule(&map, &all, k as usize);
                let got: Vec<_> = got.iter().map(|r| (r.cost, r.corridors.clone())).collect();
                prop_assert_eq!(&got, &want);
                for (_, path) in &got {
                    let mut seen = vec![source];
                    for &c in path {
                        let last = seen[seen.len() - 1];
                        seen.push(map.corridors[c as usize].other(last));
                    }
                    prop_assert_eq!(seen[seen.len() - 1], destination);
                    seen.sort_unstable();
                    seen.dedup();
                    prop_assert_eq!(seen.len(), path.len() + 1);
                }
            }
        }
    }

    #[test]
    fn shortest_paths_are_shortest_and_smallest((wards, drawn, polity) in graphs()) {
        // To every root: the cost is the least of all loopless routes, and the path is the lexicographically smallest of that cost.
        let map = map(wards, &drawn, &polity);
        let mut paths = ShortestPaths::new(&map);
        for root in 0..wards {
            paths.run(&map, root);
            for ward in 0..wards {
                let all = all_routes(&map, ward, root);
                let mut path = Vec::new();
                paths.path(ward, &mut path);
                match all.first() {
                    Some(best) => prop_assert_eq!(&(paths.cost(ward), path), best),
                    None => prop_assert!(path.is_empty()),
                }
            }
        }
    }

    #[test]
    fn legal_sources_are_the_six_best(
        (wards, drawn, polity) in graphs(),
        surplus in proptest::collection::vec(0i64..50, 8 * GOODS),
    ) {
        // For every ward and good: the reachable wards with surplus by √surplus ÷ (1 + distance), the shortest route of each, six at most.
        let map = map(wards, &drawn, &polity);
        let mut stores = Stores::new(wards as usize);
        let held = stores.surplus.len();
        stores.surplus.copy_from_slice(&surplus[..held]);
        let legal = LegalRoutes::new(&map, &stores);
        for buyer in 0..wards {
            for good in 0..GOODS {
                let mut want: Vec<(f64, u32, Vec<u32>)> = (0..wards)
                    .filter(|&w| w != buyer && stores.surplus[at(w as usize, good)] > 0)
                    .filter_map(|w| {
                        let (_, path) = all_routes(&map, w, buyer).first()?.clone();
                        let length: f64 = path.iter().rev().map(|&c| map.corridors[c as usize].distance).sum();
                        let rank = (stores.surplus[at(w as usize, good)] as f64).sqrt() / (1.0 + length);
                        Some((rank, w, path))
                    })
                    .collect();
                want.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
                want.truncate(6);
                let got: Vec<_> = legal
                    .of(buyer as usize, good)
                    .iter()
                    .map(|r| {
                        let path = legal.corridors(r).to_vec();
                        let rank = (stores.surplus[at(r.source as usize, good)] as f64).sqrt() / (1.0 + r.distance);
                        assert_eq!(r.hops as usize, path.len());
                        assert_eq!(r.borders as usize, borders_of(&map, &path).count());
                        (rank, r.source, path)
                    })
                    .collect();
                prop_assert_eq!(got, want);
            }
        }
    }
}

#[test]
fn another_border_is_taken_when_there_is_one() {
    // Two polities joined by two borders, a cheap one with three ways to it and a dearer one: the four shortest routes all use the
    // cheap border; the candidates use both.
    let drawn = [
        (0, 1, 10, true),
        (0, 2, 10, true),
        (0, 3, 10, true),
        (1, 4, 10, true),
        (2, 4, 11, true),
        (3, 4, 12, true),
        (4, 5, 10, true),
        (0, 6, 20, true),
        (6, 5, 30, true),
    ];
    let map = map(7, &drawn, &[0, 0, 0, 0, 0, 1, 0]);
    assert_eq!(map.borders.len(), 2);
    let shortest: Vec<_> = all_routes(&map, 0, 5);
    let used = |paths: &[Vec<u32>]| {
        let mut all: Vec<u32> = paths
            .iter()
            .flat_map(|p| borders_of(&map, p).collect::<Vec<_>>())
            .collect();
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    let first: Vec<_> = shortest.iter().take(3).map(|r| r.1.clone()).collect();
    assert_eq!(used(&first), 1);
    let found: Vec<_> = RouteCache::new(3)
        .candidates(&map, 0, 5)
        .iter()
        .map(|r| r.corridors.clone())
        .collect();
    assert_eq!(used(&found), 2);
}

#[test]
fn the_cache_is_bounded_and_forgets_with_the_map() {
    // More pairs than it holds leave it at its bound and later answers are the same; a closed corridor is not answered from memory.
    let drawn: Vec<_> = (0..99).map(|w| (w, w + 1, 1 + w % 3, true)).collect();
    let mut map = map(100, &drawn, &[0; 100]);
    let mut cache = RouteCache::new(2);
    let first = cache.candidates(&map, 0, 99);
    for source in 0..100 {
        for destination in 0..100 {
            cache.candidates(&map, source, destination);
        }
    }
    assert_eq!(cache.len(), dosadi_world::routes::candidates::PAIRS_MAX);
    assert_eq!(cache.candidates(&map, 0, 99), first);
    map.set_open(50, false);
    assert!(cache.candidates(&map, 0, 99).is_empty());
    assert_eq!(cache.len(), 1, "that there is no way is kept too");
}
