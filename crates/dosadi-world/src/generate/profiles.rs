//! What each ward was founded with: place, air, resources, politics, consistent with the layout.
//!
//! What follows from the map and the stores is computed (distance to wells, centrality, quotas, buffers); the rest is a level by zone
//! with a keyed spread. The design page lists them among what a ward has; no rule of smuggling,
//! customs or trade reads one, so they are written to the vault and act on nothing. `Invariant: all values lie in 0..=1`.

use super::layout::Layout;
use super::offices::{UNREACHED, hops};
use crate::config::DosadiConfig;
use crate::goods::{FOOD, LEGAL, MATERIALS, MEDICAL, SUITS, WATER};
use crate::routes::ShortestPaths;
use crate::state::map::{Map, NO_BORDER};
use crate::state::stores::{Stores, at};
use crate::state::wards::Profile;
use das_core::detmath::clamp;
use das_core::rng::{Domain, Draws};

const PROFILE: Domain = Domain::new("dosadi.generate.profile");

/// Profiles of all wards.
pub fn profiles(
    layout: &Layout,
    map: &Map,
    stores: &Stores,
    config: &DosadiConfig,
    draws: &Draws,
) -> Vec<Profile> {
    let wards = layout.sites.len();
    let ratio = |w: usize, g: usize| {
        let place = at(w, g);
        part(stores.capacity[place] as f64, stores.need[place])
    };
    let wells: Vec<u32> = (0..wards)
        .filter(|&w| ratio(w, WATER) >= 1.0)
        .map(|w| w as u32)
        .collect();
    let to_well = hops(map, &wells);
    let far = to_well.iter().filter(|&&h| h != UNREACHED).max();
    let far = f64::from(far.copied().unwrap_or(0));
    let central = centrality(map);
    let most = layout.sites.iter().map(|s| s.people).max().unwrap_or(1) as f64;
    let rings = f64::from(layout.sites.iter().map(|s| s.ring).max().unwrap_or(0));
    (0..wards)
        .map(|w| {
            let site = &layout.sites[w];
            let zone = f64::from(site.zone);
            let level = |what: u64, core: f64, a_zone: f64| {
                let u = draws.unit(PROFILE, &[w as u64, what]);
                clamp(core + a_zone * zone + 0.2 * (u - 0.5), 0.0, 1.0)
            };
            let at_border = map
                .neighbours(w as u32)
                .iter()
                .any(|&(_, c)| map.corridors[c as usize].border != NO_BORDER);
            let garrison = if at_border { 0.2 } else { 0.0 };
            let toxicity_ruin = level(1, 0.1, 0.2);
            let elevation = part(f64::from(site.ring), rings);
            let food = at(w, FOOD);
            let cover = LEGAL[FOOD].cover_days * stores.need[food];
            let workshops = part(ratio(w, SUITS) + ratio(w, MEDICAL), 2.0);
            Profile {
                dist_to_well: match to_well[w] {
                    UNREACHED => 1.0,
                    hops => part(f64::from(hops), far),
                },
                elevation,
                corridor_centrality: central[w],
                structural_capacity: level(0, 0.85, -0.15),
                toxicity_ruin,
                ambient_temp: level(2, 0.35, 0.12),
                hvac_control_level: level(3, 0.85, -0.2),
                pollution_sink_index: clamp(toxicity_ruin * (1.2 - 0.4 * elevation), 0.0, 1.0),
                water_quota: ratio(w, WATER),
                power_quota: level(4, 0.8, -0.15),
                local_generation: level(5, 0.2, 0.1),
                scrap_access: ratio(w, MATERIALS),
                food_buffer: part(stores.stock[food] as f64, cover),
                habitation_density: level(6, 0.5, 0.1),
                population_scale: part(site.people as f64, most),
                audit_intensity: clamp(
                    level(7, 0.6, -0.1) * clamp(config.audits.rate, 0.0, 1.0),
                    0.0,
                    1.0,
                ),
                legal_rigidity: level(8, 0.7, -0.1),
                garrison_presence: clamp(level(9, 0.6, -0.15) + garrison, 0.0, 1.0),
                skilled_labor_share: clamp(0.2 + 0.6 * workshops, 0.0, 1.0),
                loyalty_to_regime: level(10, 0.8, -0.1),
                black_market_intensity: clamp(config.culture.tolerance0 + 0.1 * zone, 0.0, 1.0),
                fear_index: level(11, 0.2, 0.1),
            }
        })
        .collect()
}

/// `x` of `whole`, held to 0..=1; 0 of nothing.
fn part(x: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        clamp(x / whole, 0.0, 1.0)
    } else {
        0.0
    }
}

/// Shortest routes between other wards that pass here, scaled by the largest. One shortest route a pair: the first by corridor ids.
fn centrality(map: &Map) -> Vec<f64> {
    let wards = map.wards as usize;
    let mut passes = vec![0u64; wards];
    let mut below = vec![0u64; wards];
    let mut paths = ShortestPaths::new(map);
    for source in 0..map.wards {
        paths.run(map, source);
        below.fill(0);
        // Farthest first: each ward hands what lies behind it to the ward before it.
        for &w in paths.order().iter().rev() {
            if let Some((before, _)) = paths.before(w) {
                passes[w as usize] += below[w as usize];
                below[before as usize] += below[w as usize] + 1;
            }
        }
    }
    let most = passes.iter().copied().max().unwrap_or(0) as f64;
    passes.iter().map(|&p| part(p as f64, most)).collect()
}
