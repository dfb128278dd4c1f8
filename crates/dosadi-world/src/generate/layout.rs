//! What a generator gives: sites, corridors, weights of production. Everything else of genesis follows from it.

use crate::goods::GOODS;
use crate::state::map::{Corridor, Map, NO_BORDER};
use das_core::rng::{Domain, Draws};

const PEOPLE: Domain = Domain::new("dosadi.generate.people");
const OUTPUT: Domain = Domain::new("dosadi.generate.output");

/// Cargo a corridor takes a day, units a head of a mean ward.
pub(crate) const CAPACITY_PER_HEAD: f64 = 12.0;
/// People of a generated ward, before its draw.
const PEOPLE_MEAN: f64 = 1000.0;

/// A ward to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name, unique.
    pub name: String,
    /// Ring, 0 the centre.
    pub ring: u8,
    /// Zone 0..=3: the page's four rings; a zone of a large city has several rings.
    pub zone: u8,
    /// Polity.
    pub polity: u16,
    /// People.
    pub people: i64,
}

/// Wards, corridors and what is made where.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The wards; the place is the ward's id.
    pub sites: Vec<Site>,
    /// The corridors; the place is the corridor's id.
    pub corridors: Vec<Corridor>,
    /// By good and ward: units a day.
    pub output: [Vec<f64>; GOODS],
    /// Whether output is a pattern still to be scaled to the city's need and balanced by value a head; if not, it stays as it is.
    pub scaled: bool,
}

impl Layout {
    /// The map of it.
    pub fn map(&self) -> Map {
        let polity: Vec<u16> = self.sites.iter().map(|s| s.polity).collect();
        Map::new(self.sites.len() as u32, self.corridors.clone(), &polity)
    }
}

/// A corridor between two wards, given in either order.
pub(crate) fn corridor(
    ends: (u32, u32),
    distance: f64,
    hazard: f64,
    capacity: f64,
    open: bool,
) -> Corridor {
    Corridor {
        a: ends.0.min(ends.1),
        b: ends.0.max(ends.1),
        distance,
        hazard,
        cost: Corridor::cost_of(distance, hazard),
        capacity: capacity.round() as i64,
        open,
        border: NO_BORDER,
    }
}

/// People of a generated ward: 1,000 × U(.6, 1.4).
pub(crate) fn people(draws: &Draws, ward: u32) -> i64 {
    (PEOPLE_MEAN * spread(draws, PEOPLE, &[u64::from(ward)])).round() as i64
}

/// U(.6, 1.4).
fn spread(draws: &Draws, domain: Domain, keys: &[u64]) -> f64 {
    0.6 + 0.8 * draws.unit(domain, keys)
}

/// Output from a weight by good and ward: weight × U(.6, 1.4) × people. A good that nobody makes is made everywhere.
pub(crate) fn output(
    draws: &Draws,
    sites: &[Site],
    mut weight: impl FnMut(usize, u32) -> f64,
) -> [Vec<f64>; GOODS] {
    let mut all: [Vec<f64>; GOODS] = Default::default();
    for (good, column) in all.iter_mut().enumerate() {
        column.extend((0..sites.len() as u32).map(|w| weight(good, w)));
        if !column.iter().any(|&x| x > 0.0) {
            column.fill(1.0);
        }
        for (w, units) in column.iter_mut().enumerate() {
            let keys = [w as u64, good as u64];
            *units *= spread(draws, OUTPUT, &keys) * sites[w].people as f64;
        }
    }
    all
}

/// Mean of people, for the capacity of corridors.
pub(crate) fn people_mean(sites: &[Site]) -> f64 {
    let all: i64 = sites.iter().map(|s| s.people).sum();
    all as f64 / sites.len().max(1) as f64
}
