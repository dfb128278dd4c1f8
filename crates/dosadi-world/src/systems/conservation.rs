//! The goods identity: for every kind, what is in the world is what its sources and sinks say; and no stock is below zero.
//!
//! Runs after every step of every run, in O(wards · kinds + cargo under way). Units under way are counted from what carries them
//! (calendar, shipments, stashes), not from the `inbound` columns, which must agree with it. Not here: money, which the ledger
//! checks. Source: model page, section 1.

use crate::goods::{CONTRABAND, GOODS, KINDS, STOLEN_GOODS, kind_name};
use crate::state::State;

/// What is broken, in words.
pub fn check(state: &State) -> Result<(), String> {
    let stores = &state.stores;
    let mut held = [0i64; KINDS];
    let mut inbound = [0i64; KINDS];
    add(&mut held[..GOODS], &stores.stock, "stock")?;
    add(&mut held[GOODS..], &stores.market, "black market")?;
    add(&mut held[GOODS..], &stores.custody, "custody")?;
    add(&mut inbound[..GOODS], &stores.inbound, "inbound")?;
    add(
        &mut inbound[GOODS..],
        &stores.market_inbound,
        "inbound contraband",
    )?;

    let mut coming = [0i64; KINDS];
    for arrival in state.calendar.all() {
        let good = usize::from(arrival.good);
        if arrival.good_units < 0 || arrival.duds < 0 {
            return Err(format!("a delivery below zero: {arrival:?}"));
        }
        held[good] += arrival.good_units + arrival.duds;
        coming[good] += arrival.good_units;
    }
    for shipment in state.shipments.under_way() {
        if shipment.units < 0 {
            return Err(format!("shipment {} is below zero", shipment.number));
        }
        let kind = GOODS + usize::from(shipment.kind);
        held[kind] += shipment.units;
        coming[kind] += shipment.units;
    }
    for faction in &state.factions.list {
        if faction.network.stash < 0 {
            return Err(format!("the stash of `{}` is below zero", faction.name));
        }
        held[GOODS + STOLEN_GOODS] += faction.network.stash;
    }

    for kind in 0..KINDS {
        let expected = state.flows.expected(kind);
        if held[kind] != expected {
            return Err(format!(
                "day {}: {} of {} in the world, {expected} by its sources and sinks",
                state.day,
                held[kind],
                kind_name(kind)
            ));
        }
        if coming[kind] != inbound[kind] {
            return Err(format!(
                "day {}: {} of {} under way, {} expected by the wards",
                state.day,
                coming[kind],
                kind_name(kind),
                inbound[kind]
            ));
        }
    }
    Ok(())
}

/// Adds a column of five goods a ward to the sums by good; names the first entry below zero.
fn add(sums: &mut [i64], column: &[i64], what: &str) -> Result<(), String> {
    let mut least = 0;
    for row in column.chunks_exact(GOODS) {
        for (sum, &units) in sums.iter_mut().zip(row) {
            *sum += units;
            least = least.min(units);
        }
    }
    if least == 0 {
        return Ok(());
    }
    let place = column.iter().position(|&units| units < 0).unwrap_or(0);
    Err(format!(
        "{what} of ward {} at place {} is {}",
        place / GOODS,
        place % GOODS,
        column[place]
    ))
}

const _: () = assert!(
    GOODS == CONTRABAND,
    "columns of both families have rows of five"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::calendar::Arrival;
    use crate::state::shipments::Shipment;
    use crate::systems::fixture::state;

    #[test]
    fn a_city_at_genesis_conserves() {
        // The state a generator makes passes.
        check(&state()).unwrap();
    }

    #[test]
    fn a_unit_from_nowhere_is_found_wherever_it_is() {
        // One unit too many in each place that can hold one: found, and the good is named.
        type Change<'a> = &'a dyn Fn(&mut State);
        let arrival = Arrival {
            ward: 0,
            good: 2,
            guild: 0,
            good_units: 1,
            duds: 0,
        };
        let cases: [(Change<'_>, &str); 6] = [
            (&|s| s.stores.stock[7] += 1, "suits"),
            (&|s| s.stores.market[1] += 1, "narcotics"),
            (&|s| s.stores.custody[14] += 1, "raider_supplies"),
            (&|s| s.factions.list[0].network.stash += 1, "stolen_goods"),
            (&|s| s.calendar.book(0, 3, arrival), "suits"),
            (
                &|s| {
                    let cargo = Shipment {
                        units: 1,
                        ..Shipment::default()
                    };
                    s.shipments.send(cargo, 1);
                },
                "suit_mods",
            ),
        ];
        for (change, good) in cases {
            let mut state = state();
            change(&mut state);
            let wrong = check(&state).unwrap_err();
            assert!(wrong.contains(good), "{wrong}");
        }
    }

    #[test]
    fn a_stock_below_zero_is_found_though_the_sum_is_right() {
        // A unit taken from an empty depot and put into another: the sum holds, the sign does not.
        let mut state = state();
        let held = state.stores.stock[4];
        state.stores.stock[4] = -1;
        state.stores.stock[9] += held + 1;
        let wrong = check(&state).unwrap_err();
        assert!(
            wrong.contains("stock of ward 0 at place 4 is -1"),
            "{wrong}"
        );
    }

    #[test]
    fn expectations_of_wards_must_agree_with_what_is_under_way() {
        // A ward that counts on a delivery which nothing carries.
        let mut state = state();
        state.stores.inbound[0] += 5;
        assert!(check(&state).unwrap_err().contains("under way"));
    }
}
