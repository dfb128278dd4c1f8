//! How a city begins: a layout (who lives where, what hangs together, what is made), then the state at genesis.
//!
//! `Invariant: the state at genesis follows from the configuration and the seed` (keyed draws on ward, corridor, post and faction
//! ids; `same_seed_same_city`). `Invariant: every good that is in the world at the start is in `flows.genesis``.
//! Not here: anything that happens after the first morning (`systems`), money (given to offices when they are seated).
//!
//! Genesis values where the model page is silent: legitimacy 0.65 and unrest 0.10 (the page's long-run means are .626 and .113),
//! hardship 0 (depots are full, so no need is unmet), harm and arms 0, posts' fear .05 and tolerance at the target of its own drift.

pub mod city;
pub mod economy;
pub mod layout;
pub mod offices;
pub mod profiles;
pub mod ring_chords;
pub mod written;

use crate::config::{DosadiConfig, Generator};
use crate::state::State;
use crate::state::borders::Borders;
use crate::state::calendar::Calendar;
use crate::state::flows::Flows;
use crate::state::map::{Map, Traffic};
use crate::state::phase::PhaseState;
use crate::state::shipments::Shipments;
use crate::state::wards::{Index, Wards, Why};
use das_core::detmath::clamp;
use das_core::rng::Draws;
use layout::Layout;

/// Legitimacy at genesis.
const LEGITIMACY: f64 = 0.65;
/// Unrest at genesis.
const UNREST: f64 = 0.10;

/// What the configured generator lays out.
pub fn layout(config: &DosadiConfig, draws: &Draws) -> Layout {
    match config.map.generator {
        Generator::City => city::layout(config, draws),
        Generator::RingChords => ring_chords::layout(config, draws),
        Generator::Written => written::layout(config),
    }
}

/// The state at genesis. The configuration must have no [`DosadiConfig::problems`].
pub fn state(config: &DosadiConfig, draws: &Draws) -> State {
    let layout = layout(config, draws);
    let stores = economy::stores(&layout, config);
    let map = layout.map();
    let mut wards = Wards::default();
    let profiles = profiles::profiles(&layout, &map, &stores, config, draws);
    for (site, profile) in layout.sites.iter().zip(profiles) {
        wards.found(&site.name, site.ring, site.polity, site.people, profile);
    }
    for w in 0..wards.len() {
        let culture = &config.culture;
        wards.set(Index::Tolerance, w, culture.tolerance0, Why::Genesis);
        wards.set(Index::Corruption, w, culture.corruption0, Why::Genesis);
        wards.set(Index::Legitimacy, w, LEGITIMACY, Why::Genesis);
        wards.set(Index::Unrest, w, UNREST, Why::Genesis);
    }
    let posts = offices::posts(&map, &wards, config, draws);
    let factions = offices::factions(&layout, &map, config, draws);
    let mut flows = Flows::default();
    for (at, units) in stores.stock.iter().enumerate() {
        flows.genesis[at % crate::goods::GOODS] += units;
    }
    State {
        day: 0,
        corridors: traffic(&map, config.phases.initial),
        borders: Borders::new(map.borders.len()),
        posts,
        shipments: Shipments::default(),
        calendar: Calendar::default(),
        flows,
        terms: crate::systems::trade::genesis_terms(config, draws, map.polities),
        lists: crate::systems::scores::Lists::default(),
        phase: PhaseState {
            phase: config.phases.initial,
            ..PhaseState::default()
        },
        offices: offices::empty(&map, &wards, factions.list.len()),
        figures: crate::metrics::Figures::default(),
        map,
        wards,
        stores,
        factions,
    }
}

/// Corridors of the first day: `risk = (.004 + .02·hazard)·{.6, 1, 1.5}`, as nobody is armed yet.
fn traffic(map: &Map, phase: u8) -> Traffic {
    let scale = [0.6, 1.0, 1.5][usize::from(phase.min(2))];
    let mut traffic = Traffic::new(map.corridors.len());
    for (at, corridor) in map.corridors.iter().enumerate() {
        traffic.residual[at] = if corridor.open { corridor.capacity } else { 0 };
        traffic.risk[at] = clamp((0.004 + 0.02 * corridor.hazard) * scale, 0.0, 1.0);
    }
    traffic
}
