//! Stage 6, moves: smuggled cargo takes one corridor a day, in the order of sending; on the way it may be robbed, stopped by a
//! patrol, or handled at a border (`systems::customs`).
//!
//! Risk of a corridor: `(0.004 + 0.02·hazard + 0.03·(arms_a + arms_b))·{0.6, 1, 1.5}`, less what a patrol prevents, refreshed weekly
//! in turn and whenever a patrol comes or goes. Smuggled cargo is robbed with 0.6 of it (raiders' 0.3) and comes up again on the
//! black market where some faction is at home. Before a closed corridor cargo takes the shortest open way round or waits.
//! `Invariant: what was seized, robbed or given up never arrives`. `Invariant: nothing is under way for more than DAYS_MAX days`:
//! then it is given up where it is, unpaid. Source: model page, section 3, stages 4 and 6; giving up is not on the page.

use crate::config::DosadiConfig;
use crate::day::weekly;
use crate::goods::{GOODS, kind_name};
use crate::state::State;
use crate::state::factions::{FactionKind, Fate, OUTCOMES_MAX, Remembered};
use crate::state::map::{Map, NO_BORDER};
use crate::state::shipments::Shipment;
use crate::state::stores::at;
use crate::state::wards::Index;
use crate::systems::customs::{self, Passed};
use crate::systems::learning::{self, LOST, PASSED};
use crate::systems::smuggling::credits;
use crate::verdicts::revenue;
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::detmath::clamp;
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::rng::Domain;
use das_core::units::MicroCredits;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const ROBBED: Domain = Domain::new("dosadi.logistics.robbed");
const FENCE: Domain = Domain::new("dosadi.logistics.fence");
const INTERDICTED: Domain = Domain::new("dosadi.patrols.interdicted");

/// Days after which cargo is given up.
pub(crate) const DAYS_MAX: u32 = 90;
/// Robbery of smuggled cargo as a share of the corridor's risk: others, raiders.
const ROBBERY: [f64; 2] = [0.6, 0.3];
/// Factor on the risk of corridors by phase.
const BY_PHASE: [f64; 3] = [0.6, 1.0, 1.5];
/// Share of its cash that a ward pays for a delivery at most: one in so many.
const PURSE_SHARE: i64 = 20;

#[derive(Serialize)]
struct Delivered<'a> {
    shipment: u64,
    cause: u64,
    faction: &'a str,
    commodity: &'a str,
    units: i64,
    ward: &'a str,
    income: f64,
    bribes: f64,
    profit: f64,
    days: u32,
}

#[derive(Serialize)]
struct Seized<'a> {
    shipment: u64,
    cause: u64,
    faction: &'a str,
    commodity: &'a str,
    units: i64,
    value: f64,
    ward: &'a str,
    corridor: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    border: Option<u32>,
    by: &'a str,
    bribes: f64,
}

#[derive(Serialize)]
struct Lost<'a> {
    shipment: u64,
    cause: u64,
    faction: &'a str,
    commodity: &'a str,
    units: i64,
    ward: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    corridor: Option<u32>,
    why: &'a str,
}

/// Probability that cargo is robbed on a corridor that nobody patrols.
pub(crate) fn raw_risk(state: &State, corridor: usize) -> f64 {
    let it = &state.map.corridors[corridor];
    let arms =
        state.wards.get(Index::Arms, it.a as usize) + state.wards.get(Index::Arms, it.b as usize);
    clamp(
        (0.004 + 0.02 * it.hazard + 0.03 * arms) * state.phase.pick(&BY_PHASE),
        0.0,
        1.0,
    )
}

/// Sets a corridor's risk as it is today, patrol included.
pub(crate) fn refresh(config: &DosadiConfig, state: &mut State, corridor: usize) {
    let mut risk = raw_risk(state, corridor);
    if state.corridors.patrolled[corridor] > 0 {
        risk *= 1.0 - config.patrols.effect;
    }
    state.corridors.risk[corridor] = risk;
}

/// A patrol came or left. One that prevents nothing leaves the risk as it was reckoned last, so that it changes nothing at all.
pub(crate) fn patrol_changed(config: &DosadiConfig, state: &mut State, corridor: usize) {
    if config.patrols.effect > 0.0 {
        refresh(config, state, corridor);
    }
}

/// Refreshes risks in turn, then moves everything that is due.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let day = world.state.day;
    for corridor in 0..world.state.map.corridors.len() {
        if day == 0 || weekly(day, corridor as u32) {
            refresh(&world.config, &mut world.state, corridor);
        }
    }
    while let Some((slot, cargo)) = world.state.shipments.next_due(day) {
        step(world, slot, cargo, ctx);
    }
}

/// One corridor of one shipment.
fn step(world: &mut Dosadi, slot: u32, mut cargo: Shipment, ctx: &mut Ctx<'_, Dosadi>) {
    let day = world.state.day;
    if day.saturating_sub(cargo.sent_day) >= DAYS_MAX {
        lose(world, slot, &cargo, cargo.at, None, "given_up", ctx);
        return;
    }
    let Some(&corridor) = cargo.ahead.last() else {
        arrive(world, slot, &cargo, ctx);
        return;
    };
    let it = world.state.map.corridors[corridor as usize];
    if !it.open {
        if let Some(way) = way_round(&world.state.map, cargo.at, cargo.destination, corridor) {
            cargo.ahead = way;
        }
        world.state.shipments.wait(slot, cargo, day + 1);
        return;
    }
    let into = it.other(cargo.at);
    let keys = [cargo.number, u64::from(corridor), u64::from(day)];
    let raiders =
        world.state.factions.list[usize::from(cargo.faction)].kind == FactionKind::Raiders;
    let danger = ROBBERY[usize::from(raiders)] * world.state.corridors.risk[corridor as usize];
    if ctx.draws().chance(ROBBED, &keys, danger) {
        learning::observe(world, cargo.faction, corridor, LOST, 0.0);
        let fence = fence(world, &cargo, &keys, ctx);
        lose(world, slot, &cargo, fence, Some(corridor), "robbed", ctx);
        return;
    }
    let patrols = &world.config.patrols;
    if patrols.enabled
        && world.state.corridors.patrolled[corridor as usize] > 0
        && ctx.draws().chance(INTERDICTED, &keys, patrols.interdiction)
    {
        seize(world, slot, &cargo, (corridor, into), ("patrol", 0.0), ctx);
        return;
    }
    let post = [cargo.number, u64::from(it.border), u64::from(day)];
    if it.border != NO_BORDER && customs::manned(&world.config, ctx.draws(), &post) {
        match customs::cross(world, &mut cargo, corridor, into, ctx) {
            Passed::Through => {}
            Passed::Held(until) => {
                world.state.shipments.wait(slot, cargo, until);
                return;
            }
            Passed::Seized(by, cost) => {
                seize(world, slot, &cargo, (corridor, into), (by, cost), ctx);
                return;
            }
        }
    } else {
        if it.border != NO_BORDER {
            let borders = &mut world.state.borders;
            borders.passes[it.border as usize] += 1;
            borders.passes_today[it.border as usize] += 1;
        }
        learning::observe(world, cargo.faction, corridor, PASSED, 0.0);
    }
    cargo.at = into;
    cargo.ahead.pop();
    if cargo.ahead.is_empty() {
        arrive(world, slot, &cargo, ctx);
    } else {
        world.state.shipments.wait(slot, cargo, day + 1);
    }
}

/// Where robbed cargo is sold: home of a keyed faction, another one if there is one.
fn fence(world: &Dosadi, cargo: &Shipment, keys: &[u64], ctx: &Ctx<'_, Dosadi>) -> u32 {
    let list = &world.state.factions.list;
    let others = list.len().saturating_sub(1).max(1) as u64;
    let mut at = (ctx.draws().bits(FENCE, keys) % others) as usize;
    if list.len() > 1 && at >= usize::from(cargo.faction) {
        at += 1;
    }
    list[at].home
}

/// Books what a shipment came to.
fn remember(world: &mut Dosadi, cargo: &Shipment, income: i64, fate: Fate) -> i64 {
    let profit = income - cargo.bought - cargo.freight - cargo.paid;
    let day = world.state.day;
    let network = &mut world.state.factions.list[usize::from(cargo.faction)].network;
    let count = match fate {
        Fate::Delivered => &mut network.delivered,
        Fate::Seized => &mut network.seized,
        Fate::Robbed => &mut network.robbed,
    };
    *count += 1;
    network.income += income;
    if network.outcomes.len() >= OUTCOMES_MAX {
        network.outcomes.remove(0);
    }
    network.outcomes.push(Remembered {
        day,
        kind: cargo.kind,
        units: cargo.units,
        profit,
        fate,
    });
    debug_assert!(network.outcomes.len() <= OUTCOMES_MAX);
    profit
}

/// The cargo is sold: `min(0.85·units·price, cash/20)`.
fn arrive(world: &mut Dosadi, slot: u32, cargo: &Shipment, ctx: &mut Ctx<'_, Dosadi>) {
    let (kind, ward) = (usize::from(cargo.kind), cargo.destination as usize);
    let due = revenue(&world.state, cargo.destination, kind, cargo.units);
    let income = match (
        world.ward_account(ward),
        world.faction_account(usize::from(cargo.faction)),
    ) {
        (Some(from), Some(to)) => {
            let most = ctx.ledger().balance(from).0 / PURSE_SHARE;
            let amount = MicroCredits(due.min(most));
            ctx.post_up_to(from, to, amount, Reason::Transfer).0
        }
        _ => 0,
    };
    let place = at(ward, kind);
    world.state.stores.market_inbound[place] -= cargo.units;
    world.state.stores.market[place] += cargo.units;
    let profit = remember(world, cargo, income, Fate::Delivered);
    let state = &mut world.state;
    state.figures.delivered += 1;
    state.figures.smuggling_income += income;
    state.figures.smuggled_value += due;
    state.figures.profit += income;
    let event = Delivered {
        shipment: cargo.number,
        cause: cargo.created_event,
        faction: &state.factions.list[usize::from(cargo.faction)].name,
        commodity: kind_name(GOODS + kind),
        units: cargo.units,
        ward: &state.wards.names[ward],
        income: credits(income),
        bribes: credits(cargo.paid),
        profit: credits(profit),
        days: state.day - cargo.sent_day,
    };
    ctx.emit_at(Detail::Interactions, "smuggling_shipment_delivered", &event);
    state.shipments.end(slot);
}

/// The cargo is taken into the custody of the ward it was entering; its sender learns, and others hear of it.
fn seize(
    world: &mut Dosadi,
    slot: u32,
    cargo: &Shipment,
    (corridor, ward): (u32, u32),
    (by, cost): (&'static str, f64),
    ctx: &mut Ctx<'_, Dosadi>,
) {
    let kind = usize::from(cargo.kind);
    let stores = &mut world.state.stores;
    stores.market_inbound[at(cargo.destination as usize, kind)] -= cargo.units;
    stores.custody[at(ward as usize, kind)] += cargo.units;
    learning::observe(world, cargo.faction, corridor, LOST, cost);
    learning::rumour(world, cargo.faction, corridor);
    remember(world, cargo, 0, Fate::Seized);
    let state = &mut world.state;
    state.figures.seized += 1;
    let border = state.map.corridors[corridor as usize].border;
    let event = Seized {
        shipment: cargo.number,
        cause: cargo.created_event,
        faction: &state.factions.list[usize::from(cargo.faction)].name,
        commodity: kind_name(GOODS + kind),
        units: cargo.units,
        value: credits(cargo.value),
        ward: &state.wards.names[ward as usize],
        corridor,
        border: (border != NO_BORDER).then_some(border),
        by,
        bribes: credits(cargo.paid),
    };
    ctx.emit_at(Detail::Interactions, "smuggling_shipment_seized", &event);
    state.shipments.end(slot);
}

/// The cargo comes up, unpaid, on the black market of another ward.
fn lose(
    world: &mut Dosadi,
    slot: u32,
    cargo: &Shipment,
    ward: u32,
    corridor: Option<u32>,
    why: &'static str,
    ctx: &mut Ctx<'_, Dosadi>,
) {
    let kind = usize::from(cargo.kind);
    let stores = &mut world.state.stores;
    stores.market_inbound[at(cargo.destination as usize, kind)] -= cargo.units;
    stores.market[at(ward as usize, kind)] += cargo.units;
    remember(world, cargo, 0, Fate::Robbed);
    let state = &mut world.state;
    state.figures.robbed += 1;
    let event = Lost {
        shipment: cargo.number,
        cause: cargo.created_event,
        faction: &state.factions.list[usize::from(cargo.faction)].name,
        commodity: kind_name(GOODS + kind),
        units: cargo.units,
        ward: &state.wards.names[ward as usize],
        corridor,
        why,
    };
    ctx.emit_at(Detail::Interactions, "smuggling_shipment_lost", &event);
    state.shipments.end(slot);
}

/// The shortest open way that does not use `avoid`: its corridors, next one last; of equal ones that with the lower wards.
///
/// Rare (reroutes and closed corridors), so a plain Dijkstra on the static costs.
pub(crate) fn way_round(map: &Map, from: u32, to: u32, avoid: u32) -> Option<Vec<u32>> {
    const FAR: u64 = u64::MAX;
    let mut best = vec![(FAR, 0u32); map.wards as usize];
    let mut queue = BinaryHeap::from([Reverse((0u64, from))]);
    best[from as usize].0 = 0;
    while let Some(Reverse((cost, ward))) = queue.pop() {
        if ward == to {
            break;
        }
        if cost > best[ward as usize].0 {
            continue;
        }
        for &(next, corridor) in map.neighbours(ward) {
            let it = &map.corridors[corridor as usize];
            let reached = cost + u64::from(it.cost);
            if it.open && corridor != avoid && reached < best[next as usize].0 {
                best[next as usize] = (reached, corridor);
                queue.push(Reverse((reached, next)));
            }
        }
    }
    if best[to as usize].0 == FAR || from == to {
        return None;
    }
    let mut ahead = Vec::new();
    let mut ward = to;
    while ward != from {
        let corridor = best[ward as usize].1;
        ahead.push(corridor);
        ward = map.corridors[corridor as usize].other(ward);
    }
    Some(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::map::Corridor;

    fn corridor(a: u32, b: u32, distance: f64) -> Corridor {
        Corridor {
            a,
            b,
            distance,
            hazard: 0.0,
            cost: Corridor::cost_of(distance, 0.0),
            capacity: 10,
            open: true,
            border: NO_BORDER,
        }
    }

    #[test]
    fn the_way_round_avoids_the_corridor_and_closed_ones() {
        // Square 0-1-3-2-0: without corridor 0 the way from 0 to 1 leads over 2 and 3; with one of those closed there is none.
        let corridors = vec![
            corridor(0, 1, 1.0),
            corridor(0, 2, 1.0),
            corridor(2, 3, 1.0),
            corridor(1, 3, 1.0),
        ];
        let mut map = Map::new(4, corridors, &[0; 4]);
        assert_eq!(way_round(&map, 0, 1, 0), Some(vec![3, 2, 1]));
        assert_eq!(way_round(&map, 0, 1, 9), Some(vec![0]));
        map.set_open(2, false);
        assert_eq!(way_round(&map, 0, 1, 0), None);
    }
}
