//! Maps that are written out in the scenario, and what may be wrong with them.
//!
//! A map need not hang together: wards that no open corridor reaches live on their own, and hardship follows. That is a warning
//! ([`warnings`]), not a mistake.

use super::layout::{CAPACITY_PER_HEAD, Layout, Site, corridor, people_mean};
use super::offices::{UNREACHED, hops};
use crate::config::{ConfigProblem, DosadiConfig, Generator};
use crate::goods::LEGAL;
use std::collections::{BTreeMap, BTreeSet};

/// Mistakes of the map, each with its path below `environment`. `map.written_*` without `generator: written` is one too, because it
/// would silently do nothing.
pub fn problems(config: &DosadiConfig) -> Vec<ConfigProblem> {
    let map = &config.map;
    let mut found = Vec::new();
    let mut say = |path: String, message: String| found.push(ConfigProblem { path, message });
    if map.generator != Generator::Written {
        for (key, given) in [
            ("written_wards", !map.written_wards.is_empty()),
            ("written_corridors", !map.written_corridors.is_empty()),
        ] {
            if given {
                say(
                    format!("map.{key}"),
                    "is read only with `generator: written`: set that, or leave this out"
                        .to_owned(),
                );
            }
        }
        return found;
    }
    if map.written_wards.is_empty() {
        say(
            "map.written_wards".to_owned(),
            "a written map needs at least one ward, e.g. `- {name: a}`".to_owned(),
        );
    }
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, ward) in map.written_wards.iter().enumerate() {
        if let Some(before) = first.get(ward.name.as_str()) {
            say(
                format!("map.written_wards[{at}].name"),
                format!("`{}` is the name of ward {before} already", ward.name),
            );
        } else {
            first.insert(&ward.name, at);
        }
    }
    let used: BTreeSet<u16> = map.written_wards.iter().map(|w| w.polity).collect();
    if let Some((expected, polity)) = (0u16..).zip(used).find(|(expected, p)| expected != p) {
        let at = map.written_wards.iter().position(|w| w.polity == polity);
        say(
            format!("map.written_wards[{}].polity", at.unwrap_or(0)),
            format!(
                "polities are numbered from 0 without gaps: there is a {polity} and no {expected}"
            ),
        );
    }
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (at, corridor) in map.written_corridors.iter().enumerate() {
        let mut end = |key: &str, name: &str| {
            let ward = first.get(name).copied();
            if ward.is_none() {
                say(
                    format!("map.written_corridors[{at}].{key}"),
                    unknown(name, &first),
                );
            }
            ward
        };
        let ends = (end("from", &corridor.from), end("to", &corridor.to));
        let (Some(a), Some(b)) = ends else { continue };
        if a == b {
            say(
                format!("map.written_corridors[{at}]"),
                format!("leads from `{}` to itself", corridor.from),
            );
            continue;
        }
        let pair = (a.min(b), a.max(b));
        if let Some(before) = pairs.get(&pair) {
            say(
                format!("map.written_corridors[{at}]"),
                format!(
                    "`{}` and `{}` are joined by corridor {before} already",
                    corridor.from, corridor.to
                ),
            );
        } else {
            pairs.insert(pair, at);
        }
    }
    found
}

/// What to say of an unknown ward: the known ones, if they are few; else those that begin alike.
fn unknown(name: &str, known: &BTreeMap<&str, usize>) -> String {
    let alike = |n: &&&str| n.chars().next() == name.chars().next();
    let mut near: Vec<&str> = known.keys().filter(alike).copied().take(5).collect();
    if near.is_empty() || known.len() <= 5 {
        near = known.keys().copied().take(5).collect();
    }
    let more = if near.len() < known.len() {
        ", …"
    } else {
        ""
    };
    format!(
        "no ward is called `{name}`; there are {}{more}",
        near.join(", ")
    )
}

/// What is allowed but may surprise: wards that nothing open reaches from the first ward.
pub fn warnings(config: &DosadiConfig) -> Vec<ConfigProblem> {
    if config.map.generator != Generator::Written || !problems(config).is_empty() {
        return Vec::new();
    }
    let map = layout(config).map();
    let cut_off = hops(&map, &[0]);
    let names: Vec<&str> = cut_off
        .iter()
        .zip(&config.map.written_wards)
        .filter(|(hops, _)| **hops == UNREACHED)
        .map(|(_, ward)| ward.name.as_str())
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let shown = names[..names.len().min(5)].join(", ");
    let more = if names.len() > 5 { ", …" } else { "" };
    vec![ConfigProblem {
        path: "map.written_corridors".to_owned(),
        message: format!(
            "{} of {} wards cannot be reached from `{}` over open corridors and live on their own: {shown}{more}",
            names.len(),
            cut_off.len(),
            config.map.written_wards[0].name,
        ),
    }]
}

/// The map as written. Output is `output` times own need, untouched by `economy.slack`.
pub(crate) fn layout(config: &DosadiConfig) -> Layout {
    let map = &config.map;
    let sites: Vec<Site> = map
        .written_wards
        .iter()
        .map(|w| Site {
            name: w.name.clone(),
            ring: w.ring,
            zone: w.ring.min(3),
            polity: w.polity,
            people: w.people,
        })
        .collect();
    let id: BTreeMap<&str, u32> = (0..)
        .zip(&sites)
        .map(|(w, s)| (s.name.as_str(), w))
        .collect();
    let usual = CAPACITY_PER_HEAD * people_mean(&sites);
    let corridors = map
        .written_corridors
        .iter()
        .filter_map(|c| {
            let ends = (*id.get(c.from.as_str())?, *id.get(c.to.as_str())?);
            let capacity = c.capacity.map_or(usual, |units| units as f64);
            Some(corridor(ends, c.distance, c.hazard, capacity, c.open))
        })
        .collect();
    let output = std::array::from_fn(|g| {
        let of = |w: &crate::config::WrittenWard| w.output[g] * LEGAL[g].need * w.people as f64;
        map.written_wards.iter().map(of).collect()
    });
    Layout {
        sites,
        corridors,
        output,
        scaled: false,
    }
}
