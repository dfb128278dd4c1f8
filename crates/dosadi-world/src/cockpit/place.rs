//! Where things are: the map of a city as line 0 of its log determines it, laid out in the unit square.
//!
//! Wards of ring r are the r-th ring around the centre, each a sector as wide as the others: ward k of n is the k-th n-th of a
//! turn, the angle the generator joins rings by. A map that was written out has its wards in the rings it names. Invariant: a
//! drawing, no geography: areas say nothing of people or size. A city that goes on from a vault has the map of the vault, which
//! no line holds: it is laid out from the vault's state, or there is no place. Not here: what the map is filled with.

use crate::config::{DosadiConfig, Generator};
use crate::generate;
use crate::state::State;
use crate::state::map::{Map, NO_BORDER};
use das_core::detmath::sin_cos;
use das_core::rng::Draws;
use das_core::view::Area;
use serde::Deserialize;

/// Corners of arcs in a whole turn; an arc has at least two steps.
const CORNERS_A_TURN: f64 = 48.0;

/// Wards of a generated city, as the schema of scenarios bounds them: a line 0 that anybody wrote may say anything.
const WARDS: std::ops::RangeInclusive<u32> = 2..=1000;

/// Radius left free in the middle where several wards share the innermost ring, as a part of a ring's width.
const NARROWEST: f64 = 0.12;

/// A city's wards, corridors and borders by number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) areas: Vec<Area>,
    /// Ends of corridors.
    corridors: Vec<(u32, u32)>,
    /// Corridor of each border.
    borders: Vec<u32>,
}

#[derive(Deserialize)]
struct Start {
    seed: String,
    scenario: Scenario,
}

#[derive(Deserialize)]
struct Scenario {
    environment: serde_json::Value,
}

impl Place {
    /// The map of the city whose log begins with this line.
    pub(super) fn of(line0: &str) -> Option<Self> {
        let start: Start = serde_json::from_str(line0).ok()?;
        let mut environment = start.scenario.environment;
        let kind = environment.as_object_mut()?.remove("kind")?;
        let config: DosadiConfig = serde_json::from_value(environment).ok()?;
        if kind != "dosadi" || config.vault.is_some() || !config.problems().is_empty() {
            return None;
        }
        if config.map.generator != Generator::Written && !WARDS.contains(&config.map.wards) {
            return None;
        }
        let layout = generate::layout(&config, &Draws::new(start.seed.parse().ok()?));
        let sites: Vec<(&str, u8)> = (layout.sites.iter())
            .map(|site| (site.name.as_str(), site.ring))
            .collect();
        Self::laid_out(&sites, &layout.map())
    }

    /// The map of a city as it was saved.
    pub(super) fn saved(state: &State) -> Option<Self> {
        let names = state.wards.names.iter().map(AsRef::as_ref);
        let sites: Vec<(&str, u8)> = names.zip(state.wards.ring.iter().copied()).collect();
        Self::laid_out(&sites, &state.map)
    }

    /// Wards by name and ring.
    fn laid_out(sites: &[(&str, u8)], map: &Map) -> Option<Self> {
        let rings = sites.iter().map(|(_, ring)| *ring).max()?;
        let mut sizes = vec![0_u32; usize::from(rings) + 1];
        let placed: Vec<u32> = sites
            .iter()
            .map(|(_, ring)| {
                let size = &mut sizes[usize::from(*ring)];
                *size += 1;
                *size - 1
            })
            .collect();
        let areas = sites.iter().zip(placed).map(|((name, ring), k)| Area {
            name: (*name).to_owned(),
            outline: sector(*ring, rings, k, sizes[usize::from(*ring)]),
        });
        debug_assert!(
            map.corridors
                .iter()
                .all(|c| c.border == NO_BORDER || map.borders.get(c.border as usize).is_some())
        );
        Some(Self {
            areas: areas.collect(),
            corridors: map.corridors.iter().map(|c| (c.a, c.b)).collect(),
            borders: map.borders.clone(),
        })
    }

    /// The ward of a name.
    pub(super) fn ward(&self, name: &str) -> Option<u32> {
        let at = self.areas.iter().position(|area| area.name == name)?;
        Some(at as u32)
    }

    /// Wards on both sides of a border.
    pub(super) fn border(&self, border: u32) -> Option<[u32; 2]> {
        let corridor = self.borders.get(border as usize)?;
        let (a, b) = self.corridors.get(*corridor as usize)?;
        Some([*a, *b])
    }

    /// Wards a route passes that leaves one by these corridors; `None` if they do not hang together.
    pub(super) fn along(&self, from: &str, corridors: &[u32]) -> Option<Vec<u32>> {
        let mut wards = vec![self.ward(from)?];
        for corridor in corridors {
            let (a, b) = self.corridors.get(*corridor as usize).copied()?;
            let here = *wards.last()?;
            wards.push(match here {
                _ if here == a => b,
                _ if here == b => a,
                _ => return None,
            });
        }
        Some(wards)
    }
}

/// Corners of the k-th of n sectors of a ring: out along the inner arc, back along the outer one.
fn sector(ring: u8, rings: u8, k: u32, n: u32) -> Vec<[f64; 2]> {
    let width = (0.5 - 0.02) / (f64::from(rings) + 1.0);
    let inner = if ring == 0 && (rings == 0 || n > 1) {
        NARROWEST * width
    } else {
        f64::from(ring) * width
    };
    let outer = (f64::from(ring) + 1.0) * width;
    let steps = ((CORNERS_A_TURN / f64::from(n)) as u32).max(2);
    let corner = |radius: f64, step: u32| {
        let turn = (f64::from(k) + f64::from(step) / f64::from(steps)) / f64::from(n);
        let (sine, cosine) = sin_cos(turn * std::f64::consts::TAU);
        [0.5 + radius * sine, 0.5 - radius * cosine]
    };
    let there = (0..=steps).map(|step| corner(inner, step));
    let back = (0..=steps).rev().map(|step| corner(outer, step));
    if inner == 0.0 {
        return back.collect();
    }
    there.chain(back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ward_has_its_sector_and_routes_hang_together() {
        // Thirty-six wards in the unit square by their names; the first corridor leads from one of its ends to the other, a
        // corridor elsewhere does not; borders have two sides; line 0 of another world or from a vault has no place.
        let line0 = |environment: &str| {
            format!("{{\"seq\":0,\"seed\":\"42\",\"scenario\":{{\"environment\":{environment}}}}}")
        };
        let place = Place::of(&line0("{\"kind\":\"dosadi\",\"map\":{\"wards\":36}}")).unwrap();
        assert_eq!(place.areas.len(), 36);
        let inside = |x: &f64| (0.0..=1.0).contains(x);
        assert!(place.areas.iter().all(|area| area.outline.len() >= 3));
        assert!(
            place
                .areas
                .iter()
                .flat_map(|area| area.outline.iter().flatten())
                .all(inside)
        );
        let (a, b) = place.corridors[0];
        let name = |ward: u32| place.areas[ward as usize].name.clone();
        assert_eq!(place.along(&name(a), &[0]), Some(vec![a, b]));
        assert_eq!(place.along(&name(b), &[0, 0]), Some(vec![b, a, b]));
        let far = (0..36).find(|w| *w != a && *w != b).unwrap();
        assert_eq!(place.along(&name(far), &[0]), None);
        assert_eq!(place.along("nowhere", &[]), None);
        assert!(place.border(0).is_some() && place.border(u32::MAX).is_none());
        for other in [
            "{\"kind\":\"commons\"}",
            "{\"kind\":\"dosadi\",\"vault\":\"v\"}",
            "{\"kind\":\"dosadi\",\"map\":{\"wards\":4000000000}}",
            "{\"kind\":\"dosadi\",\"map\":{\"wards\":100000},\"economy\":{\"endowment\":[0,0,0]}}",
            "{}",
        ] {
            assert_eq!(Place::of(&line0(other)), None, "{other}");
        }
        assert_eq!(Place::of("{"), None);
    }
}
