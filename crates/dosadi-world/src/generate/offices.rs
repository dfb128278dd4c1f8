//! Customs posts and factions at genesis, and offices that wait for their agents.

use super::layout::Layout;
use crate::config::{DosadiConfig, Generator};
use crate::goods::CONTRABAND;
use crate::state::borders::Posts;
use crate::state::factions::{Faction, FactionKind, Factions, Network, PRESENCE_HOPS};
use crate::state::map::Map;
use crate::state::offices::Offices;
use crate::state::wards::{Index, Wards};
use das_core::detmath::{clamp, exp};
use das_core::rng::{Domain, Draws};
use das_core::units::MicroCredits;

const GREED: Domain = Domain::new("dosadi.generate.greed");
const GREED_HALF: Domain = Domain::new("dosadi.generate.greed_half");
const HOME: Domain = Domain::new("dosadi.generate.home");
const PREFERENCE: Domain = Domain::new("dosadi.generate.preference");
const CREW: Domain = Domain::new("dosadi.generate.crew");

/// Fear of an officer whom no audit has found.
const FEAR: f64 = 0.05;
/// Distance in hops of wards that cannot be reached.
pub(crate) const UNREACHED: u32 = u32::MAX;

/// Two posts a border, of the entry side each. Greed is U(0, 1)·`customs.greed`, plus `customs.greed_half` for a keyed half of them;
/// tolerance is what its drift aims at: .05 + .55·greed + .25·tolerance of the ward + .2·corruption − .4(fear − .05).
pub fn posts(map: &Map, wards: &Wards, config: &DosadiConfig, draws: &Draws) -> Posts {
    let mut posts = Posts::default();
    for &corridor in &map.borders {
        let corridor = &map.corridors[corridor as usize];
        for ward in [corridor.a, corridor.b] {
            let key = [posts.len() as u64];
            let mut greed = config.customs.greed * draws.unit(GREED, &key);
            if draws.chance(GREED_HALF, &key, 0.5) {
                greed += config.customs.greed_half;
            }
            let greed = clamp(greed, 0.0, 1.0);
            let w = ward as usize;
            let norm =
                0.25 * wards.get(Index::Tolerance, w) + 0.2 * wards.get(Index::Corruption, w);
            let tolerance = clamp(0.05 + 0.55 * greed + norm, 0.0, 1.0);
            posts.open(ward, wards.polity[w], greed, tolerance, FEAR);
        }
    }
    posts
}

/// Number of factions: as configured, else a sixth of the wards, 2 to 8 (`ring_chords`: 12).
pub fn faction_count(config: &DosadiConfig) -> u16 {
    let usual = match config.map.generator {
        Generator::RingChords => 12,
        Generator::City | Generator::Written => (config.ward_count() / 6).clamp(2, 8) as u16,
    };
    config.map.factions.unwrap_or(usual)
}

/// Factions with homes spread over the outer zones (over all wards where there is none), one keyed place in each equal share of
/// them; preferences U(.5, 1.5) by contraband kind.
pub fn factions(layout: &Layout, map: &Map, config: &DosadiConfig, draws: &Draws) -> Factions {
    let wards = layout.sites.len() as u32;
    let outer: Vec<u32> = (0..wards)
        .filter(|&w| layout.sites[w as usize].zone >= 2)
        .collect();
    let homes: Vec<u32> = if outer.is_empty() {
        (0..wards).collect()
    } else {
        outer
    };
    let count = faction_count(config);
    let kinds = &config.map.faction_kinds;
    let faction = |f: u16| {
        let share = (f64::from(f) + draws.unit(HOME, &[u64::from(f)])) / f64::from(count);
        let home = homes[((share * homes.len() as f64) as usize).min(homes.len() - 1)];
        let kind = match kinds.len() {
            0 => FactionKind::Raiders,
            n => kinds[usize::from(f) % n],
        };
        let mut prefs = [0.0; CONTRABAND];
        for (c, pref) in prefs.iter_mut().enumerate() {
            *pref = 0.5 + draws.unit(PREFERENCE, &[u64::from(f), c as u64]);
        }
        let wage = config.smuggling.crew_wage * (0.5 + 2.0 * draws.unit(CREW, &[u64::from(f)]));
        Faction {
            name: format!("{}-{f}", kind.name()).into(),
            kind,
            home,
            presence: presence(map, home),
            crew: MicroCredits::saturating(wage).0,
            network: Network {
                prefs,
                bribe_fraction: config.smuggling.bribe_budget_fraction,
                ..Network::default()
            },
        }
    };
    Factions {
        list: (0..count).map(faction).collect(),
    }
}

/// exp(−hops/4) from home; 0 where no open corridor leads.
fn presence(map: &Map, home: u32) -> Vec<f64> {
    let of = |&hops: &u32| match hops {
        UNREACHED => 0.0,
        hops => exp(-f64::from(hops) / PRESENCE_HOPS),
    };
    hops(map, &[home]).iter().map(of).collect()
}

/// Hops from the nearest of some wards over open corridors.
pub(crate) fn hops(map: &Map, from: &[u32]) -> Vec<u32> {
    let mut hops = vec![UNREACHED; map.wards as usize];
    let mut queue = from.to_vec();
    for &w in from {
        hops[w as usize] = 0;
    }
    let mut next = 0;
    while let Some(&at) = queue.get(next) {
        next += 1;
        for &(to, corridor) in map.neighbours(at) {
            if map.corridors[corridor as usize].open && hops[to as usize] == UNREACHED {
                hops[to as usize] = hops[at as usize] + 1;
                queue.push(to);
            }
        }
    }
    hops
}

/// Offices of the right number, nobody in them.
pub fn empty(map: &Map, wards: &Wards, factions: usize) -> Offices {
    let polities = usize::from(map.polities);
    Offices {
        wards: vec![None; wards.len()],
        guilds: vec![None; polities],
        patrols: vec![None; polities],
        factions: vec![None; factions],
        posts: vec![None; 2 * map.borders.len()],
        ..Offices::default()
    }
}
