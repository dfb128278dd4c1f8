//! A plain map for comparisons: wards in a ring with chords that skip seven, 2N corridors, three polities as contiguous arcs, 12
//! factions (unless the scenario says otherwise).
//!
//! All corridors are alike but for the chords, which are three times as long (they save seven steps). Each ward makes one good for
//! others (its number modulo five) and a little of everything; output is scaled and balanced as in the city. Below 15 wards chords
//! meet the ring or each other, and what would be there twice is there once.

use super::layout::{CAPACITY_PER_HEAD, Layout, Site, corridor, output, people, people_mean};
use crate::config::DosadiConfig;
use crate::goods::GOODS;
use das_core::rng::Draws;

/// Wards a chord skips to.
const SKIP: u32 = 7;
/// Polities.
const POLITIES: u32 = 3;
/// Length and hazard of a step of the ring and of a chord.
const STEP: (f64, f64) = (1.0, 0.2);
const CHORD: (f64, f64) = (3.0, 0.4);

/// Lays out the ring.
pub fn layout(config: &DosadiConfig, draws: &Draws) -> Layout {
    let n = config.map.wards;
    let sites: Vec<Site> = (0..n)
        .map(|w| Site {
            name: format!("w{w:03}"),
            ring: 0,
            zone: 3,
            polity: (w * POLITIES.min(n) / n) as u16,
            people: people(draws, w),
        })
        .collect();
    let capacity = CAPACITY_PER_HEAD * people_mean(&sites);
    let mut corridors = Vec::new();
    for (skip, (distance, hazard)) in [(1, STEP), (SKIP, CHORD)] {
        for w in 0..n {
            let to = (w + skip) % n;
            if to != w {
                corridors.push(corridor((w, to), distance, hazard, capacity, true));
            }
        }
    }
    corridors.sort_by_key(|c| (c.a, c.b, c.cost));
    corridors.dedup_by_key(|c| (c.a, c.b));
    let output = output(draws, &sites, |good, w| {
        if w as usize % GOODS == good {
            4.0
        } else {
            0.25
        }
    });
    Layout {
        sites,
        corridors,
        output,
        scaled: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Generator, MapConfig};

    fn ring(wards: u32) -> Layout {
        let map = MapConfig {
            generator: Generator::RingChords,
            wards,
            ..MapConfig::default()
        };
        let config = DosadiConfig {
            map,
            ..DosadiConfig::default()
        };
        layout(&config, &Draws::new(1))
    }

    #[test]
    fn two_corridors_a_ward_and_three_arcs() {
        // From 15 wards on there are exactly 2N corridors of degree 4, and polities are arcs: three changes around the ring.
        for n in [15, 36, 100] {
            let it = ring(n);
            assert_eq!(it.corridors.len(), 2 * n as usize);
            let polity = |w: u32| it.sites[(w % n) as usize].polity;
            assert_eq!((0..n).filter(|&w| polity(w) != polity(w + 1)).count(), 3);
            for w in 0..n {
                let degree = it.corridors.iter().filter(|c| c.a == w || c.b == w).count();
                assert_eq!(degree, 4, "{w} of {n}");
            }
        }
    }

    #[test]
    fn small_rings_have_nothing_twice() {
        // Where a chord is a step, its own opposite or a loop, no pair of wards gets two corridors and no ward one to itself.
        for n in 2..15 {
            let it = ring(n);
            let mut pairs: Vec<_> = it.corridors.iter().map(|c| (c.a, c.b)).collect();
            pairs.dedup();
            assert_eq!(pairs.len(), it.corridors.len(), "{n}");
            assert!(pairs.iter().all(|(a, b)| a < b && *b < n), "{n}");
        }
    }
}
