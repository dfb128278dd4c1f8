//! The generated city: rings, spokes, chokes, undercity tunnels, wells, polities as a core and sectors.
//!
//! Four zones of n/9, 2n/9, n/3 and the rest. Below 300 wards a zone is one ring; from 300 on a zone is cut into rings of at most 24
//! wards, because a longer ring makes the diameter grow linearly. Every constant goes by zone. Source: model page, section 2.
//! Where it is silent: a poor spoke is a choke half as long again; food, suits, medical supplies and materials weigh 1 where they are
//! made; each ward of zone 2 has a minor well with probability 1/5; hazards of spokes go by the outer zone.

use super::layout::{CAPACITY_PER_HEAD, Layout, Site, corridor, output, people, people_mean};
use crate::config::DosadiConfig;
use crate::goods::{FOOD, MATERIALS, MEDICAL, SUITS, WATER};
use crate::state::map::Corridor;
use das_core::rng::{Domain, Draws};

const RING_EDGE: Domain = Domain::new("dosadi.generate.ring_edge");
const SPOKE: Domain = Domain::new("dosadi.generate.spoke");
const CHOKE: Domain = Domain::new("dosadi.generate.choke");
const HAZARD: Domain = Domain::new("dosadi.generate.hazard");
const TUNNEL: Domain = Domain::new("dosadi.generate.tunnel");
const WELL: Domain = Domain::new("dosadi.generate.well");
const MAKER: Domain = Domain::new("dosadi.generate.maker");

/// Probability by zone that an edge along a ring is missing.
const RING_DROP: [f64; 4] = [0.0, 0.15, 0.25, 0.30];
/// Probability by zone of a spoke to the ring inside; within zone 0 it is sure.
const SPOKE_CHANCE: [f64; 4] = [1.0, 1.0, 0.80, 0.65];
/// Wards from which zones are cut into several rings.
const LARGE: u32 = 300;
/// Longest ring of a large city.
const RING_MAX: u32 = 24;
/// Share of outer spokes that are chokes, and what a choke takes of a corridor's capacity.
const CHOKES: (f64, f64) = (0.35, 0.4);

/// A ring: first ward, number of wards, zone.
#[derive(Clone, Copy, Debug)]
struct Ring {
    first: u32,
    size: u32,
    zone: u8,
}

impl Ring {
    /// The ward of this ring that is nearest by angle to the `k`-th of a ring of `size`; ties to the lower id. Angles are
    /// (2k+1)/(2·size) of a turn, compared as integers.
    fn nearest(&self, k: u32, size: u32) -> u32 {
        let (mine, theirs) = (u64::from(self.size), u64::from(size));
        let turn = 2 * mine * theirs;
        let angle = u64::from(2 * k + 1) * mine;
        let apart = |j: &u32| {
            let d = (u64::from(2 * j + 1) * theirs).abs_diff(angle) % turn;
            (d.min(turn - d), *j)
        };
        self.first + (0..self.size).min_by_key(apart).unwrap_or(0)
    }
}

fn rings(wards: u32) -> Vec<Ring> {
    let inner = (wards / 9).max(1);
    let second = 2 * wards / 9;
    let third = (wards / 3).min(wards - inner - second);
    let zones = [inner, second, third, wards - inner - second - third];
    let mut rings = Vec::new();
    let mut first = 0;
    for (zone, &size) in zones.iter().enumerate() {
        let pieces = if wards >= LARGE {
            size.div_ceil(RING_MAX)
        } else {
            1
        };
        for piece in 0..pieces {
            let size = size * (piece + 1) / pieces - size * piece / pieces;
            if size > 0 {
                let zone = zone as u8;
                rings.push(Ring { first, size, zone });
                first += size;
            }
        }
    }
    rings
}

/// Weight with which every ward makes a little of every good, as every ward reclaims water. The model page gives it for water
/// alone; without it a ward far from the fields starves whenever its money is out, hardship is twice the page's and trade carries all
/// (`docs/src/concepts/city.md` has both, measured).
const HOMEMADE: f64 = 0.05;

/// Lays out the city.
pub fn layout(config: &DosadiConfig, draws: &Draws) -> Layout {
    let rings = rings(config.map.wards);
    let sites = sites(config.map.wards, &rings, draws);
    let mut edges = Edges {
        draws,
        capacity: CAPACITY_PER_HEAD * people_mean(&sites),
        list: Vec::new(),
    };
    for ring in &rings {
        edges.along(ring);
    }
    for pair in rings.windows(2) {
        edges.spokes(&pair[1], &pair[0]);
    }
    edges.tunnels(config.map.wards, &rings);
    edges.join(&rings, sites.len());
    let mut corridors = edges.list;
    corridors.sort_by_key(|c| (c.a, c.b));
    let output = output(draws, &sites, |good, w| {
        weight(draws, good, w, sites[w as usize].zone)
    });
    Layout {
        sites,
        corridors,
        output,
        scaled: true,
    }
}

fn sites(wards: u32, rings: &[Ring], draws: &Draws) -> Vec<Site> {
    let sectors = (2 + wards / 18).clamp(3, 6);
    let mut sites = Vec::new();
    for (number, ring) in rings.iter().enumerate() {
        for k in 0..ring.size {
            let sector = (2 * k + 1) * sectors / (2 * ring.size);
            sites.push(Site {
                name: format!("r{number}-{k:02}"),
                ring: number as u8,
                zone: ring.zone,
                polity: if ring.zone < 2 { 0 } else { 1 + sector as u16 },
                people: people(draws, ring.first + k),
            });
        }
    }
    // A city of a few wards leaves sectors empty: polities are numbered without gaps.
    let mut used: Vec<u16> = sites.iter().map(|s| s.polity).collect();
    used.sort_unstable();
    used.dedup();
    for site in &mut sites {
        site.polity = used.partition_point(|&p| p < site.polity) as u16;
    }
    sites
}

/// Weight of production before scaling: wells, food, workshops.
fn weight(draws: &Draws, good: usize, ward: u32, zone: u8) -> f64 {
    let chance = |domain, p| draws.chance(domain, &[u64::from(ward), good as u64], p);
    let yes = |made: bool| if made { 1.0 } else { 0.0 };
    match good {
        WATER if zone == 0 => 6.0,
        WATER if zone == 2 && chance(WELL, 0.2) => 1.6,
        WATER => 0.25,
        FOOD => HOMEMADE + yes((1..=2).contains(&zone)),
        SUITS => HOMEMADE + yes((1..=2).contains(&zone) && chance(MAKER, 0.45)),
        MEDICAL => HOMEMADE + yes(zone <= 1 && chance(MAKER, 0.60)),
        MATERIALS => HOMEMADE + yes(zone >= 2),
        _ => 0.0,
    }
}

struct Edges<'a> {
    draws: &'a Draws,
    capacity: f64,
    list: Vec<Corridor>,
}

impl Edges<'_> {
    fn keys(a: u32, b: u32) -> [u64; 2] {
        [u64::from(a.min(b)), u64::from(a.max(b))]
    }

    fn has(&self, a: u32, b: u32) -> bool {
        let ends = (a.min(b), a.max(b));
        a == b || self.list.iter().any(|c| (c.a, c.b) == ends)
    }

    fn add(&mut self, a: u32, b: u32, distance: f64, hazard: f64, share: f64) {
        self.list.push(corridor(
            (a, b),
            distance,
            hazard,
            self.capacity * share,
            true,
        ));
    }

    /// Hazard of a corridor of a zone: .10 + .10·zone + .2·U.
    fn hazard(&self, a: u32, b: u32, zone: u8) -> f64 {
        0.1 + 0.1 * f64::from(zone) + 0.2 * self.draws.unit(HAZARD, &Self::keys(a, b))
    }

    fn along(&mut self, ring: &Ring) {
        let zone = usize::from(ring.zone);
        for k in 0..ring.size {
            let (a, b) = (ring.first + k, ring.first + (k + 1) % ring.size);
            let last_of_two = ring.size == 2 && k == 1;
            if a == b
                || last_of_two
                || self
                    .draws
                    .chance(RING_EDGE, &Self::keys(a, b), RING_DROP[zone])
            {
                continue;
            }
            let hazard = self.hazard(a, b, ring.zone);
            self.add(a, b, 0.7 + 0.25 * f64::from(ring.zone), hazard, 1.0);
        }
    }

    fn spokes(&mut self, outer: &Ring, inner: &Ring) {
        let zone = usize::from(outer.zone);
        for k in 0..outer.size {
            let (a, b) = (outer.first + k, inner.nearest(k, outer.size));
            let keys = Self::keys(a, b);
            if !self.draws.chance(SPOKE, &keys, SPOKE_CHANCE[zone]) {
                continue;
            }
            let choke = zone > 1 && self.draws.chance(CHOKE, &keys, CHOKES.0);
            let hazard = self.hazard(a, b, outer.zone);
            let share = if choke { CHOKES.1 } else { 1.0 };
            self.add(a, b, 1.0 + 0.2 * f64::from(outer.zone), hazard, share);
        }
    }

    /// Undercity tunnels from zone 3 to zone 1: max(1, n/18) of them, long, dangerous, narrow.
    fn tunnels(&mut self, wards: u32, rings: &[Ring]) {
        let zone = |z: u8| rings.iter().filter(move |r| r.zone == z);
        let Some(inner) = zone(1).next_back().copied() else {
            return;
        };
        let outer: Vec<(u32, u32, u32)> = zone(3)
            .flat_map(|r| (0..r.size).map(|k| (r.first + k, k, r.size)))
            .collect();
        if outer.is_empty() {
            return;
        }
        for t in 0..(wards / 18).max(1) {
            let u = self.draws.unit(TUNNEL, &[u64::from(t)]);
            let (a, k, size) = outer[(u * outer.len() as f64) as usize];
            let b = inner.nearest(k, size);
            if !self.has(a, b) {
                self.add(a, b, 2.6, 0.75, 0.25);
            }
        }
    }

    /// Joins every component to the one of ward 0 by a poor spoke from its innermost ward.
    fn join(&mut self, rings: &[Ring], wards: usize) {
        let mut root: Vec<u32> = (0..wards as u32).collect();
        for c in &self.list {
            union(&mut root, c.a, c.b);
        }
        for pair in rings.windows(2) {
            let (inner, outer) = (&pair[0], &pair[1]);
            for k in 0..outer.size {
                let a = outer.first + k;
                // Wards are numbered from the centre: a root in this ring has nothing further in.
                if find(&mut root, a) != a {
                    continue;
                }
                let b = inner.nearest(k, outer.size);
                let hazard = self.hazard(a, b, outer.zone);
                let distance = 1.5 * (1.0 + 0.2 * f64::from(outer.zone));
                self.add(a, b, distance, hazard, CHOKES.1);
                union(&mut root, a, b);
            }
        }
    }
}

fn find(root: &mut [u32], mut at: u32) -> u32 {
    while root[at as usize] != at {
        root[at as usize] = root[root[at as usize] as usize];
        at = root[at as usize];
    }
    at
}

/// Joins two components; the lower ward stays the root.
fn union(root: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(root, a), find(root, b));
    root[a.max(b) as usize] = a.min(b);
}
