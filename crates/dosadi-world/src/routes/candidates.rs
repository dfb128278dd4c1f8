//! K candidate routes of a pair: border-diverse, then filled up.
//!
//! The first is the shortest. Each of K − 1 further searches makes every corridor dearer that routes so far have used: a border by
//! 200 % a use, another by 25 %. What comes out twice is dropped, and the list is filled up with the next shortest loopless routes
//! (Yen 1971, with Lawler's rule of where to deviate). Pure Yen gives K variants through one border, and a crackdown would displace
//! nothing. Candidates are ordered by static cost, then corridor ids. Source: model page, section 3, stage 5.

use super::shortest::{ShortestPaths, UNREACHED, cost_of};
use crate::state::map::{Map, NO_BORDER};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

/// Pairs kept at most; the one not asked for the longest gives way.
pub const PAIRS_MAX: usize = 4096;
/// Costs are counted in quarters, so that +25 % a use is a whole number.
const QUARTERS: u64 = 4;

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Corridors from source to destination, first one first.
    pub corridors: Vec<u32>,
    /// Sum of static costs.
    pub cost: u64,
}

/// When it was last asked for, and the routes.
type Answer = (u64, Arc<[Route]>);

/// Candidate routes by (source, destination), under a map version; bounded. What it holds follows from the map.
#[derive(Debug)]
pub struct RouteCache {
    k: usize,
    version: Option<u32>,
    pairs: BTreeMap<(u32, u32), Answer>,
    clock: u64,
    finder: Option<Finder>,
}

impl RouteCache {
    /// An empty cache that gives at most `k` routes a pair.
    pub fn new(k: u32) -> Self {
        Self {
            k: k as usize,
            version: None,
            pairs: BTreeMap::new(),
            clock: 0,
            finder: None,
        }
    }

    /// Candidate routes from source to destination, at most K, cheapest first. None if no open way leads there or both are the same.
    pub fn candidates(&mut self, map: &Map, source: u32, destination: u32) -> Arc<[Route]> {
        if self.version != Some(map.version) {
            self.pairs.clear();
            self.version = Some(map.version);
        }
        self.clock += 1;
        let pair = (source, destination);
        if let Some((asked, routes)) = self.pairs.get_mut(&pair) {
            *asked = self.clock;
            return routes.clone();
        }
        let finder = self.finder.get_or_insert_with(|| Finder::new(map));
        let routes: Arc<[Route]> = finder.candidates(map, source, destination, self.k).into();
        if self.pairs.len() >= PAIRS_MAX
            && let Some((&oldest, _)) = self.pairs.iter().min_by_key(|(_, answer)| answer.0)
        {
            // Looking through all of them costs less than the search that follows, and answers from memory stay cheap.
            self.pairs.remove(&oldest);
        }
        self.pairs.insert(pair, (self.clock, routes.clone()));
        debug_assert!(self.pairs.len() <= PAIRS_MAX);
        routes
    }

    /// Pairs held.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Bytes of the pairs, routes and corridors it holds; what the allocator and the tree of pairs add to each is not counted.
    pub fn bytes(&self) -> usize {
        let pair = size_of::<((u32, u32), Answer)>();
        let route = |route: &Route| size_of::<Route>() + size_of_val(&route.corridors[..]);
        let of = |(_, routes): &Answer| pair + routes.iter().map(route).sum::<usize>();
        self.pairs.values().map(of).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// Searches for one pair, with memory that is used again.
#[derive(Debug)]
struct Finder {
    /// Static costs to the destination: the lower bound that steers every search of the pair.
    bound: ShortestPaths,
    /// Least a way from a ward to the destination can cost, in quarters.
    least: Vec<u64>,
    /// What a corridor costs now, in quarters; [`UNREACHED`] if it is closed or barred.
    price: Vec<u64>,
    barred_ward: Vec<bool>,
    cost: Vec<u64>,
    touched: Vec<u32>,
    marked: Vec<bool>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    stack: Vec<u32>,
}

impl Finder {
    fn new(map: &Map) -> Self {
        let (wards, corridors) = (map.wards as usize, map.corridors.len());
        Self {
            bound: ShortestPaths::new(map),
            least: vec![0; wards],
            price: vec![UNREACHED; corridors],
            barred_ward: vec![false; wards],
            cost: vec![UNREACHED; wards],
            touched: Vec::new(),
            marked: vec![false; wards],
            heap: BinaryHeap::new(),
            stack: Vec::new(),
        }
    }

    fn candidates(&mut self, map: &Map, source: u32, destination: u32, k: usize) -> Vec<Route> {
        let mut found: Vec<Route> = Vec::new();
        if source == destination || k == 0 {
            return found;
        }
        self.bound.run_to(map, destination, source);
        if self.bound.cost(source) == UNREACHED {
            return found;
        }
        // Wards beyond the source were not reached by the bounding search, which goes by cost: none of them is nearer.
        let farthest = self.bound.cost(source);
        for (ward, least) in (0..).zip(&mut self.least) {
            *least = QUARTERS * self.bound.cost(ward).min(farthest);
        }
        let mut first = Vec::new();
        self.bound.path(source, &mut first);
        self.static_prices(map);
        self.raise(map, &first);
        found.push(route(map, first));
        for _ in 1..k {
            let mut corridors = Vec::new();
            // One of those found may be the cheapest again.
            let again = |r: &Route| r.corridors.iter().map(|&c| self.price[c as usize]).sum();
            let limit = found.iter().map(again).min().unwrap_or(UNREACHED);
            if !self.search(map, source, destination, limit, &mut corridors) {
                break;
            }
            self.raise(map, &corridors);
            if !found.iter().any(|r| r.corridors == corridors) {
                found.push(route(map, corridors));
            }
        }
        if found.len() < k {
            self.fill_up(map, source, destination, k, &mut found);
        }
        found.sort_unstable_by(|x, y| (x.cost, &x.corridors).cmp(&(y.cost, &y.corridors)));
        found
    }

    /// Every open corridor at its static cost.
    fn static_prices(&mut self, map: &Map) {
        for (c, price) in (0..).zip(&mut self.price) {
            *price = static_price(map, c);
        }
    }

    /// Corridors are dearer for one more use each.
    fn raise(&mut self, map: &Map, corridors: &[u32]) {
        for &c in corridors {
            let at_border = map.corridors[c as usize].border != NO_BORDER;
            self.price[c as usize] += cost_of(map, c) * if at_border { 8 } else { 1 };
        }
    }

    /// Adds shortest loopless routes, in order of (cost, corridors), that are not there yet, until there are `k` or no more.
    fn fill_up(
        &mut self,
        map: &Map,
        source: u32,
        destination: u32,
        k: usize,
        found: &mut Vec<Route>,
    ) {
        let mut ranked: Vec<Route> = Vec::new();
        // Routes that may come next, each with the place where it left the route it was made from.
        let mut next: BTreeMap<(u64, Vec<u32>), usize> = BTreeMap::new();
        let mut shortest = Vec::new();
        self.static_prices(map);
        self.bound.path(source, &mut shortest);
        let cost = self.bound.cost(source);
        next.insert((cost, shortest), 0);
        while let Some(((cost, corridors), from)) = next.pop_first() {
            let route = Route { corridors, cost };
            if !found.contains(&route) {
                found.push(route.clone());
                if found.len() == k {
                    break;
                }
            }
            ranked.push(route);
            let more = k - ranked.len();
            self.deviate(map, source, destination, &ranked, from, more, &mut next);
        }
    }

    /// Routes that leave the last of `ranked` at its place `from` or later and take none of the ways ranked routes take there. At most
    /// `more` of `next` will be taken: what costs more than the `more` cheapest is not looked for.
    #[expect(clippy::too_many_arguments, reason = "one search of a pair")]
    fn deviate(
        &mut self,
        map: &Map,
        source: u32,
        destination: u32,
        ranked: &[Route],
        from: usize,
        more: usize,
        next: &mut BTreeMap<(u64, Vec<u32>), usize>,
    ) {
        let Some((last, _)) = ranked.split_last() else {
            return;
        };
        let mut at = source;
        let mut spent = 0;
        for (place, &corridor) in last.corridors.iter().enumerate() {
            if place >= from {
                let root = &last.corridors[..place];
                let taken = |r: &&Route| r.corridors.len() > place && r.corridors.starts_with(root);
                for route in ranked.iter().filter(taken) {
                    self.price[route.corridors[place] as usize] = UNREACHED;
                }
                let dearest = next
                    .keys()
                    .nth(more - 1)
                    .map_or(UNREACHED, |(cost, _)| *cost);
                let limit = QUARTERS.saturating_mul(dearest - spent);
                let mut corridors = root.to_vec();
                if self.search(map, at, destination, limit, &mut corridors) {
                    let cost = corridors.iter().map(|&c| cost_of(map, c)).sum();
                    next.entry((cost, corridors)).or_insert(place);
                }
                for route in ranked.iter().filter(taken) {
                    let corridor = route.corridors[place];
                    self.price[corridor as usize] = static_price(map, corridor);
                }
            }
            self.barred_ward[at as usize] = true;
            spent += cost_of(map, corridor);
            at = map.corridors[corridor as usize].other(at);
        }
        self.barred_ward.fill(false);
    }

    /// A* from `from` to `to` around what is barred (Hart, Nilsson, Raphael 1968); appends the cheapest way, the lexicographically
    /// smallest of several. Bounds are consistent, so every ward is settled once. False if there is none of at most `limit` quarters.
    fn search(&mut self, map: &Map, from: u32, to: u32, limit: u64, out: &mut Vec<u32>) -> bool {
        self.heap.clear();
        self.cost[from as usize] = 0;
        self.touched.push(from);
        self.heap.push(Reverse((self.least[from as usize], from)));
        let mut best = limit;
        while let Some(Reverse((whole, at))) = self.heap.pop() {
            // Everything that may be part of an equally cheap way is settled before the search ends.
            if whole > best {
                break;
            }
            let cost = self.cost[at as usize];
            if whole > cost + self.least[at as usize] {
                continue;
            }
            if at == to {
                best = cost;
                continue;
            }
            for &(next, corridor) in map.neighbours(at) {
                let through = cost.saturating_add(self.price[corridor as usize]);
                if through < self.cost[next as usize] && !self.barred_ward[next as usize] {
                    if self.cost[next as usize] == UNREACHED {
                        self.touched.push(next);
                    }
                    self.cost[next as usize] = through;
                    let whole = through + self.least[next as usize];
                    if whole <= best {
                        self.heap.push(Reverse((whole, next)));
                    }
                }
            }
        }
        let cost = self.cost[to as usize];
        let reached = cost != UNREACHED && cost <= best;
        if reached {
            self.walk(map, from, to, out);
        }
        for ward in self.touched.drain(..) {
            self.cost[ward as usize] = UNREACHED;
            self.marked[ward as usize] = false;
        }
        reached
    }

    /// Marks every ward on a cheapest way, from the end; then walks from the start by the smallest corridor that stays on marks.
    fn walk(&mut self, map: &Map, from: u32, to: u32, out: &mut Vec<u32>) {
        self.stack.clear();
        self.stack.push(to);
        self.marked[to as usize] = true;
        while let Some(at) = self.stack.pop() {
            for &(before, corridor) in map.neighbours(at) {
                if !self.marked[before as usize] && self.tight(before, corridor, at) {
                    self.marked[before as usize] = true;
                    self.stack.push(before);
                }
            }
        }
        let mut at = from;
        while at != to {
            let mut step: Option<(u32, u32)> = None;
            for &(next, corridor) in map.neighbours(at) {
                if self.marked[next as usize]
                    && step.is_none_or(|(smallest, _)| corridor < smallest)
                    && self.tight(at, corridor, next)
                {
                    step = Some((corridor, next));
                }
            }
            let Some((corridor, next)) = step else { return };
            out.push(corridor);
            at = next;
        }
    }

    /// Whether a corridor from `a` to `b`, which was reached, is on a cheapest way from the start to `b`.
    #[inline]
    fn tight(&self, a: u32, corridor: u32, b: u32) -> bool {
        let before = self.cost[a as usize];
        before.saturating_add(self.price[corridor as usize]) == self.cost[b as usize]
    }
}

/// What a corridor costs in quarters before any use; [`UNREACHED`] if it is closed.
fn static_price(map: &Map, corridor: u32) -> u64 {
    if map.corridors[corridor as usize].open {
        QUARTERS * cost_of(map, corridor)
    } else {
        UNREACHED
    }
}

fn route(map: &Map, corridors: Vec<u32>) -> Route {
    let cost = corridors.iter().map(|&c| cost_of(map, c)).sum();
    Route { corridors, cost }
}
