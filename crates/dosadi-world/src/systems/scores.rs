//! Stage 5, weekly lists: where each contraband kind can be had and where it is wanted, best wards first.
//!
//! A source scores `capacity + stock ÷ cover days` of the kind's input (stolen goods: what is stashed at home); a destination
//! scores what it still has room for at its price, `(12 days' demand − market − inbound)·price`. Each kind is rebuilt once a week, one kind a day, by a partial select; ties go to the lower ward id.
//! `Invariant: no list is longer than commodity_topk`. Source: model page, section 3, stage 5; seed 001, section 4.

use crate::day::weekly;
use crate::goods::{CONTRABAND, ILLEGAL, LEGAL};
use crate::state::State;
use crate::state::stores::at;
use crate::systems::smuggling::active;
use crate::world::Dosadi;
use das_core::orchestrator::Ctx;
use serde::{Deserialize, Serialize};

/// Days of demand that one lot covers at most.
pub(crate) const LOT_DAYS: f64 = 12.0;

/// Wards with their score.
type Ranked = Vec<(u32, f64)>;

/// Weekly lists by contraband kind: (ward, score), best first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lists {
    /// Where it can be made or is kept.
    pub sources: [Vec<(u32, f64)>; CONTRABAND],
    /// Where it is wanted.
    pub destinations: [Vec<(u32, f64)>; CONTRABAND],
}

/// How well a ward can supply a kind, in units of its input a day.
fn supply(state: &State, ward: usize, kind: usize) -> f64 {
    let Some((input, _)) = ILLEGAL[kind].input else {
        return 0.0;
    };
    let place = at(ward, input);
    state.stores.capacity[place] as f64 + state.stores.stock[place] as f64 / LEGAL[input].cover_days
}

/// Keeps the `most` best of a list, best first; nobody who scores 0 is on it.
fn best(mut scored: Ranked, most: usize) -> Ranked {
    let order = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    scored.retain(|&(_, score)| score > 0.0);
    if scored.len() > most {
        scored.select_nth_unstable_by(most, order);
        scored.truncate(most);
    }
    scored.sort_unstable_by(order);
    scored.shrink_to_fit();
    scored
}

fn rebuild(state: &State, kind: usize, most: usize) -> (Ranked, Ranked) {
    let wards = 0..state.wards.len();
    let sources = if ILLEGAL[kind].input.is_some() {
        wards
            .clone()
            .map(|w| (w as u32, supply(state, w, kind)))
            .collect()
    } else {
        let mut stashed = vec![0i64; wards.len()];
        for faction in &state.factions.list {
            stashed[faction.home as usize] += faction.network.stash;
        }
        let scores = stashed.into_iter().enumerate();
        scores.map(|(w, units)| (w as u32, units as f64)).collect()
    };
    let wanted = wards.map(|w| {
        let place = at(w, kind);
        let held = state.stores.market[place] + state.stores.market_inbound[place];
        let room = LOT_DAYS * state.stores.demand[place] - held as f64;
        (w as u32, room * state.stores.market_price[place] as f64)
    });
    (best(sources, most), best(wanted.collect(), most))
}

/// Rebuilds the lists of the kinds whose day it is; all of them on the first day.
pub(crate) fn run(world: &mut Dosadi, _ctx: &mut Ctx<'_, Dosadi>) {
    if active(&world.config.smuggling, &world.state) == 0 {
        return;
    }
    let (day, most) = (
        world.state.day,
        world.config.smuggling.commodity_topk as usize,
    );
    for kind in 0..CONTRABAND {
        if day == 0 || weekly(day, kind as u32) {
            let (sources, destinations) = rebuild(&world.state, kind, most);
            debug_assert!(sources.len() <= most && destinations.len() <= most);
            world.state.lists.sources[kind] = sources;
            world.state.lists.destinations[kind] = destinations;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_ties_go_to_the_lower_ward() {
        // A partial select must give what a full sort gives, whatever the order of the input.
        let scored = vec![(4, 1.0), (3, 2.0), (2, 2.0), (1, 0.0), (0, 1.0), (5, 9.0)];
        assert_eq!(best(scored.clone(), 3), [(5, 9.0), (2, 2.0), (3, 2.0)]);
        let mut backwards = scored;
        backwards.reverse();
        assert_eq!(
            best(backwards, 10),
            [(5, 9.0), (2, 2.0), (3, 2.0), (0, 1.0), (4, 1.0)]
        );
    }
}
