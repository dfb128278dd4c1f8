//! Sources of legal trade: for every buying ward and good six candidates with the shortest route from each.
//!
//! A candidate's rank is √surplus ÷ (1 + distance), with the surplus of genesis, so that the lists are fixed by the map and a run
//! that was resumed has those of the run it resumes. Wards without surplus are no candidates. Source: model page, section 3, stage 4.

use super::shortest::ShortestPaths;
use crate::goods::GOODS;
use crate::state::map::Map;
use crate::state::stores::{Stores, at};

/// Candidate sources of a ward and good at most.
pub const SOURCES: usize = 6;

/// One candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LegalRoute {
    /// Selling ward.
    pub source: u32,
    /// Sum of lengths of its corridors.
    pub distance: f64,
    /// Number of its corridors.
    pub hops: u32,
    /// Number of borders among them.
    pub borders: u32,
    start: u32,
}

/// Candidate sources by buying ward and good, with their routes in one pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegalRoutes {
    /// Row starts: candidates of (ward, good) are `routes[starts[w·5+g]..starts[w·5+g+1]]`.
    starts: Vec<u32>,
    routes: Vec<LegalRoute>,
    pool: Vec<u32>,
}

impl LegalRoutes {
    /// Lists of this map and the surplus of genesis: one search a ward.
    pub fn new(map: &Map, stores: &Stores) -> Self {
        let wards = map.wards as usize;
        let weight: Vec<f64> = stores.surplus.iter().map(|&s| (s as f64).sqrt()).collect();
        let mut sellers: [Vec<u32>; GOODS] = Default::default();
        for (good, list) in sellers.iter_mut().enumerate() {
            list.extend((0..map.wards).filter(|&w| stores.surplus[at(w as usize, good)] > 0));
        }
        let mut all = Self {
            starts: vec![0],
            ..Self::default()
        };
        let mut paths = ShortestPaths::new(map);
        let mut distance = vec![f64::INFINITY; wards];
        // Where the route of a source to this buyer starts in the pool: goods share it.
        let mut pooled: Vec<Option<LegalRoute>> = vec![None; wards];
        for buyer in 0..map.wards {
            paths.run(map, buyer);
            distance.fill(f64::INFINITY);
            distance[buyer as usize] = 0.0;
            for &w in paths.order() {
                if let Some((next, corridor)) = paths.before(w) {
                    let length = map.corridors[corridor as usize].distance;
                    distance[w as usize] = distance[next as usize] + length;
                }
            }
            pooled.fill(None);
            for (good, sellers) in sellers.iter().enumerate() {
                for source in best(sellers, buyer, &distance, |w| weight[at(w, good)]) {
                    let route = *pooled[source as usize].get_or_insert_with(|| {
                        let start = all.pool.len();
                        paths.path(source, &mut all.pool);
                        let corridors = &all.pool[start..];
                        let border = |&&c: &&u32| {
                            map.corridors[c as usize].border != crate::state::map::NO_BORDER
                        };
                        LegalRoute {
                            source,
                            distance: distance[source as usize],
                            hops: corridors.len() as u32,
                            borders: corridors.iter().filter(border).count() as u32,
                            start: start as u32,
                        }
                    });
                    all.routes.push(route);
                }
                all.starts.push(all.routes.len() as u32);
            }
        }
        all
    }

    /// Candidate sources of a buying ward and good, best first.
    #[inline]
    pub fn of(&self, ward: usize, good: usize) -> &[LegalRoute] {
        let place = at(ward, good);
        &self.routes[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// Corridors of a candidate, from the source to the buyer.
    #[inline]
    pub fn corridors(&self, route: &LegalRoute) -> &[u32] {
        &self.pool[route.start as usize..(route.start + route.hops) as usize]
    }
}

/// The best reachable sellers: rank, then lower ward.
fn best(
    sellers: &[u32],
    buyer: u32,
    distance: &[f64],
    weight: impl Fn(usize) -> f64,
) -> impl Iterator<Item = u32> {
    let mut top = [(f64::NEG_INFINITY, u32::MAX); SOURCES];
    let mut found = 0;
    for &w in sellers {
        let far = distance[w as usize];
        if w == buyer || far.is_infinite() {
            continue;
        }
        let rank = weight(w as usize) / (1.0 + far);
        // Sellers come by id, so an equal rank stays behind.
        let place = top[..found].partition_point(|(r, _)| *r >= rank);
        if place < SOURCES {
            found = (found + 1).min(SOURCES);
            top[place..found].rotate_right(1);
            top[place] = (rank, w);
        }
    }
    top.into_iter().take(found).map(|(_, w)| w)
}
