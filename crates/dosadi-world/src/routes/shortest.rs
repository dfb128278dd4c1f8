//! Shortest paths from all wards to one: Dijkstra (1959) on static integer costs, with memory that is used again.

use crate::state::map::Map;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Cost of wards that no open corridor reaches.
pub const UNREACHED: u64 = u64::MAX;
const NOBODY: (u32, u32) = (u32::MAX, u32::MAX);

/// The tree of the last run.
///
/// `Invariant: following [`ShortestPaths::before`] from a ward to the root takes, among its cheapest paths, the one whose list of
/// corridor ids is lexicographically smallest` (each ward keeps the smallest corridor that is on a cheapest path).
#[derive(Debug)]
pub struct ShortestPaths {
    cost: Vec<u64>,
    before: Vec<(u32, u32)>,
    settled: Vec<bool>,
    order: Vec<u32>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

/// Cost of a corridor in searches: at least 1, so that no path is free.
#[inline]
pub(super) fn cost_of(map: &Map, corridor: u32) -> u64 {
    u64::from(map.corridors[corridor as usize].cost.max(1))
}

impl ShortestPaths {
    /// Memory for a map.
    pub fn new(map: &Map) -> Self {
        let wards = map.wards as usize;
        Self {
            cost: vec![UNREACHED; wards],
            before: vec![NOBODY; wards],
            settled: vec![false; wards],
            order: Vec::with_capacity(wards),
            heap: BinaryHeap::new(),
        }
    }

    /// Cheapest paths between `root` and all wards.
    pub fn run(&mut self, map: &Map, root: u32) {
        self.search(map, root, None);
    }

    /// Cheapest paths between `root` and every ward that is not farther than `target`.
    pub fn run_to(&mut self, map: &Map, root: u32, target: u32) {
        self.search(map, root, Some(target));
    }

    fn search(&mut self, map: &Map, root: u32, target: Option<u32>) {
        let wards = map.wards as usize;
        self.cost.clear();
        self.cost.resize(wards, UNREACHED);
        self.before.clear();
        self.before.resize(wards, NOBODY);
        self.settled.clear();
        self.settled.resize(wards, false);
        self.order.clear();
        self.heap.clear();
        self.cost[root as usize] = 0;
        self.heap.push(Reverse((0, root)));
        while let Some(Reverse((cost, at))) = self.heap.pop() {
            if self.settled[at as usize] {
                continue;
            }
            self.settled[at as usize] = true;
            self.order.push(at);
            if target == Some(at) {
                return;
            }
            for &(to, corridor) in map.neighbours(at) {
                if !map.corridors[corridor as usize].open {
                    continue;
                }
                let through = cost + cost_of(map, corridor);
                let best = &mut self.cost[to as usize];
                let before = &mut self.before[to as usize];
                if through < *best {
                    *best = through;
                    *before = (at, corridor);
                    self.heap.push(Reverse((through, to)));
                } else if through == *best && corridor < before.1 {
                    *before = (at, corridor);
                }
            }
        }
    }

    /// Wards in order of cost, the root first; after [`ShortestPaths::run_to`] those that are not farther than the target.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Cost between root and ward; [`UNREACHED`] if there is no way or the search ended before.
    #[inline]
    pub fn cost(&self, ward: u32) -> u64 {
        if self.settled[ward as usize] {
            self.cost[ward as usize]
        } else {
            UNREACHED
        }
    }

    /// Next ward on the way from `ward` to the root, with the corridor that leads there.
    #[inline]
    pub fn before(&self, ward: u32) -> Option<(u32, u32)> {
        let before = self.before[ward as usize];
        (self.settled[ward as usize] && before != NOBODY).then_some(before)
    }

    /// Appends the corridors from `ward` to the root, first one first.
    pub fn path(&self, mut ward: u32, out: &mut Vec<u32>) {
        while let Some((next, corridor)) = self.before(ward) {
            out.push(corridor);
            ward = next;
        }
    }
}
