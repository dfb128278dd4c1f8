//! Custody: what was seized is kept by the ward it was entering, and disposed of week by week.
//!
//! Not here: seizing (`systems::logistics`, the parent module).

use crate::day::weekly;
use crate::goods::{GOODS, ILLEGAL};
use crate::state::State;
use crate::state::stores::at;
use crate::verdicts::RETURNED;
use crate::world::Dosadi;
use das_core::orchestrator::Ctx;

/// Disposal of custody, weekly in turn: half of it goes; what the law can use comes back as half of the legal good it stands for, the
/// rest is destroyed.
pub(crate) fn dispose(world: &mut Dosadi, _ctx: &mut Ctx<'_, Dosadi>) {
    empty(&mut world.state);
}

fn empty(state: &mut State) {
    for ward in 0..state.wards.len() {
        if !weekly(state.day, ward as u32) {
            continue;
        }
        for (kind, table) in ILLEGAL.iter().enumerate() {
            let custody = &mut state.stores.custody[at(ward, kind)];
            let units = (*custody + 1) / 2;
            *custody -= units;
            state.flows.converted_out[GOODS + kind] += units;
            if table.returns {
                let back = (RETURNED * table.relief * units as f64).floor() as i64;
                state.stores.stock[at(ward, table.relieves)] += back;
                state.flows.converted_in[table.relieves] += back;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use crate::goods::{NARCOTICS, STOLEN_GOODS, WATER};
    use crate::systems::conservation;
    use das_core::rng::Draws;

    #[test]
    fn half_is_disposed_of_in_a_week_and_every_unit_is_booked() {
        // Of 9 units 5 go: stolen goods give back half of 8 food each, narcotics nothing; the goods identity holds all the while.
        let config = crate::config::DosadiConfig::default();
        let mut state: State = generate::state(&config, &Draws::new(1));
        for kind in [STOLEN_GOODS, NARCOTICS] {
            state.stores.custody[at(0, kind)] = 9;
            state.flows.converted_in[GOODS + kind] += 9;
        }
        let (food, water) = (
            ILLEGAL[STOLEN_GOODS].relieves,
            state.stores.stock[at(0, WATER)],
        );
        let before = state.stores.stock[at(0, food)];
        (0..7).for_each(|day| {
            state.day = day;
            empty(&mut state);
        });
        assert_eq!(state.stores.custody[at(0, STOLEN_GOODS)], 4);
        assert_eq!(state.stores.custody[at(0, NARCOTICS)], 4);
        assert_eq!(state.stores.stock[at(0, food)], before + 20);
        assert_eq!(state.stores.stock[at(0, WATER)], water);
        conservation::check(&state).unwrap();
    }
}
