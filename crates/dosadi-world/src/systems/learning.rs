//! Stage 7, learning: what a network believes about a corridor moves when something happens to its cargo there, and nowhere else.
//!
//! `risk ← risk + rate·(observed − risk)`, observed 1 (seized, rerouted, robbed), 0.3 (delayed) or 0 (passed); `cost` likewise from
//! bribe ÷ value. What was learned fades towards the prior as 1/(1 + forget·days), which is what brings traffic back. A seizure
//! is rumoured: networks that track that corridor learn 1 with a share of the rate. `Invariant: a network tracks at most
//! min(border_topk, EDGES_MAX) corridors`. Source: model page, section 3, stages 5 and 7; seed 001, section 8.

use crate::config::SmugglingConfig;
use crate::state::State;
use crate::state::factions::{EDGES_MAX, EdgeStat, Network, forgotten};
use crate::state::map::NO_BORDER;
use crate::world::Dosadi;
use das_core::detmath::{clamp, fmin};

/// Cargo passed.
pub(crate) const PASSED: f64 = 0.0;
/// Cargo was held for two days.
pub(crate) const DELAYED: f64 = 0.3;
/// Cargo was seized, robbed or turned away.
pub(crate) const LOST: f64 = 1.0;
/// Risk of robbery that is believed of an unknown corridor at most.
const OPEN_ROAD_PRIOR_MAX: f64 = 0.1;
/// Fading of the uses at each use.
const USE_DECAY: f64 = 0.995;

/// Risk believed of a corridor nobody knows: `border_prior + public_posture·i` on a border, `min(risk, 0.1)` elsewhere.
pub(crate) fn prior(config: &SmugglingConfig, state: &State, corridor: u32) -> f64 {
    let border = state.map.corridors[corridor as usize].border;
    if border == NO_BORDER {
        fmin(state.corridors.risk[corridor as usize], OPEN_ROAD_PRIOR_MAX)
    } else {
        let announced = state.borders.intensity(border as usize);
        clamp(
            config.border_prior + config.public_posture * announced,
            0.0,
            1.0,
        )
    }
}

/// (Risk, cost share) a network expects of a corridor today. The prior of the cost is 0: nobody is known to take bribes.
pub(crate) fn estimate(
    config: &SmugglingConfig,
    state: &State,
    network: &Network,
    corridor: u32,
) -> (f64, f64) {
    let prior = prior(config, state, corridor);
    network.edge(corridor).map_or((prior, 0.0), |edge| {
        let days = state.day.saturating_sub(edge.last_day);
        (
            forgotten(prior, edge.risk, config.forget, days),
            forgotten(0.0, edge.cost, config.forget, days),
        )
    })
}

/// Moves a tracked estimate towards an observation, from what is left of it today.
fn update(
    edge: &mut EdgeStat,
    (prior, forget): (f64, f64),
    day: u32,
    rate: f64,
    (risk, cost): (f64, Option<f64>),
) {
    let days = day.saturating_sub(edge.last_day);
    let now = forgotten(prior, edge.risk, forget, days);
    let paid = forgotten(0.0, edge.cost, forget, days);
    edge.risk = clamp(now + rate * (risk - now), 0.0, 1.0);
    edge.cost = clamp(cost.map_or(paid, |c| paid + rate * (c - paid)), 0.0, 1.0);
    edge.last_day = day;
}

/// Drops the corridor with least (uses, last day, id).
fn evict(network: &mut Network) {
    let least = network.edges.iter().enumerate().min_by(|(_, a), (_, b)| {
        (a.uses.total_cmp(&b.uses))
            .then(a.last_day.cmp(&b.last_day))
            .then(a.corridor.cmp(&b.corridor))
    });
    if let Some((at, _)) = least {
        network.edges.remove(at);
    }
}

/// A network's cargo used a corridor: `risk` is the observation, `cost` the bribe as a share of the value.
pub(crate) fn observe(world: &mut Dosadi, faction: u16, corridor: u32, risk: f64, cost: f64) {
    let config = &world.config.smuggling;
    let prior = prior(config, &world.state, corridor);
    let (day, forget, rate) = (world.state.day, config.forget, config.learning_rate);
    let most = (config.border_topk as usize).min(EDGES_MAX);
    let network = &mut world.state.factions.list[usize::from(faction)].network;
    let place = |network: &Network| network.edges.partition_point(|e| e.corridor < corridor);
    if network.edge(corridor).is_none() {
        while network.edges.len() >= most.max(1) {
            evict(network);
        }
        let fresh = EdgeStat {
            corridor,
            risk: prior,
            cost: 0.0,
            uses: 0.0,
            last_day: day,
        };
        network.edges.insert(place(network), fresh);
    }
    let at = place(network);
    debug_assert!(network.edges.len() <= most.max(1));
    let edge = &mut network.edges[at];
    update(edge, (prior, forget), day, rate, (risk, Some(cost)));
    edge.uses = edge.uses * USE_DECAY + 1.0;
}

/// A seizure is talked about: every other network that tracks the corridor learns of it.
pub(crate) fn rumour(world: &mut Dosadi, seized: u16, corridor: u32) {
    let config = &world.config.smuggling;
    let prior = prior(config, &world.state, corridor);
    let (day, forget) = (world.state.day, config.forget);
    let rate = config.learning_rate * config.rumour;
    if rate <= 0.0 {
        return;
    }
    for (at, faction) in world.state.factions.list.iter_mut().enumerate() {
        if at == usize::from(seized) {
            continue;
        }
        let edges = &mut faction.network.edges;
        if let Ok(place) = edges.binary_search_by_key(&corridor, |e| e.corridor) {
            update(&mut edges[place], (prior, forget), day, rate, (LOST, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(corridor: u32, uses: f64, last_day: u32) -> EdgeStat {
        EdgeStat {
            corridor,
            risk: 0.2,
            cost: 0.0,
            uses,
            last_day,
        }
    }

    #[test]
    fn the_least_used_is_evicted_then_the_oldest_then_the_lowest_id() {
        // Usage decides first; equal usage falls back on the last day, then on the id, so eviction never depends on order.
        let mut network = Network {
            edges: vec![
                edge(1, 2.0, 9),
                edge(2, 1.0, 5),
                edge(3, 1.0, 4),
                edge(4, 1.0, 4),
            ],
            ..Network::default()
        };
        let mut gone = Vec::new();
        while let Some(before) = (!network.edges.is_empty()).then(|| network.edges.clone()) {
            evict(&mut network);
            let out = before.iter().find(|e| network.edge(e.corridor).is_none());
            gone.extend(out.map(|e| e.corridor));
        }
        assert_eq!(gone, [3, 4, 2, 1]);
    }

    #[test]
    fn an_update_starts_from_what_is_left_and_stays_a_probability() {
        // After ten days at forget 0.1 half of (0.8 − 0.2) is left: 0.5; a seizure at rate 0.5 makes it 0.75.
        let mut one = edge(0, 1.0, 0);
        one.risk = 0.8;
        update(&mut one, (0.2, 0.1), 10, 0.5, (LOST, None));
        assert!((one.risk - 0.75).abs() < 1e-12, "{}", one.risk);
        for _ in 0..100 {
            update(&mut one, (0.2, 0.1), 10, 1.0, (LOST, Some(7.0)));
        }
        assert_eq!((one.risk, one.cost), (1.0, 1.0));
    }

    #[test]
    fn what_was_learned_fades_to_the_prior() {
        // A year without a use leaves less than a tenth of what was learned.
        assert!((forgotten(0.12, 0.9, 0.03, 365) - 0.12).abs() < 0.078);
        assert_eq!(forgotten(0.12, 0.9, 0.03, 0), 0.9);
    }
}
