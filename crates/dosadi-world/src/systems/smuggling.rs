//! Stage 5, smuggling: what a network may send today, what that costs, and the bribes it sets aside.
//!
//! The policy plans (`policies::smuggler`); here a plan is checked against the world and carried out. Inputs are bought and
//! destroyed at the source, contraband is created, freight (0.2 credits a unit and distance) is paid to the source ward. Bribes
//! are set aside, not paid: money moves when a post takes them. `Invariant: a faction sends at most its slots, all of them
//! together at most max_shipments_per_day, and no faction evaluates more than route_topk routes a day`. `Invariant: bids of a day
//! are at most bribe_fraction of cash, and bribe_cap of the cargo's value at any border`. Source: model page, section 3, stage 5.

use crate::act::{Allotment, Plan};
use crate::config::SmugglingConfig;
use crate::day::weekly;
use crate::goods::{CONTRABAND, GOODS, ILLEGAL, kind_name};
use crate::state::State;
use crate::state::factions::{CHOSEN_MAX, Chosen, Network};
use crate::state::map::NO_BORDER;
use crate::state::shipments::{Considered, Shipment};
use crate::state::stores::at;
use crate::suppression::Class;
use crate::systems::learning;
use crate::verdicts::{let_through, revenue};
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::environment::Refusal;
use das_core::ledger::{AccountId, Reason};
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;
use serde::Serialize;

/// Units of contraband a shipment carries at most.
pub(crate) const UNITS_MAX: i64 = 40;
/// Units below which none is sent. Units are even: inputs are counted for two.
pub(crate) const UNITS_MIN: i64 = 4;
/// Freight, micro-credits a unit and distance.
const FREIGHT: f64 = 200_000.0;
/// Cash above which a faction spends on its home ward, micro-credits, and the share it spends a day.
const PLENTY: i64 = 30_000_000_000;
const SPENT_OF_PLENTY: i64 = 50;
/// Days of its crew's wage that a network keeps as working capital: a week, the city's own cadence.
const CAPITAL_DAYS: i64 = 7;
/// Part of its cash that a home ward puts into its network at once, at most: what a ward pays for a cargo at most.
const STAKE_SHARE: i64 = 20;

#[derive(Serialize)]
struct OptionLine<'a> {
    source: &'a str,
    destination: &'a str,
    route: Vec<u32>,
    risk: f64,
    cost: f64,
    expected: f64,
}

#[derive(Serialize)]
struct Created<'a> {
    shipment: u64,
    faction: &'a str,
    commodity: &'a str,
    units: i64,
    source: &'a str,
    destination: &'a str,
    route: &'a [u32],
    bought: f64,
    freight: f64,
    value: f64,
    demand: f64,
    price: f64,
    risk: f64,
    cost: f64,
    expected: f64,
    evaluated: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    runner_up: Option<OptionLine<'a>>,
}

#[derive(Serialize)]
struct RouteUpdate<'a> {
    faction: &'a str,
    source: &'a str,
    destination: &'a str,
    before: &'a [u32],
    after: &'a [u32],
    risk_before: f64,
    risk_after: f64,
    since_day: u32,
}

#[derive(Serialize)]
struct BribesSet<'a> {
    faction: &'a str,
    budget: f64,
    shipments: u32,
    bids: Vec<(u64, u32, f64)>,
}

/// Credits of an amount, for a line.
pub(crate) fn credits(micros: i64) -> f64 {
    MicroCredits(micros).credits()
}

/// Factions that smuggle: the first ones by id.
pub(crate) fn active(config: &SmugglingConfig, state: &State) -> u32 {
    if config.enabled {
        (state.factions.list.len() as u32).min(u32::from(config.max_active_factions))
    } else {
        0
    }
}

/// Shipments a faction may send today: the daily cap in equal parts, what is left over one by one from a first faction that
/// moves on by one a day.
pub(crate) fn slots(config: &SmugglingConfig, state: &State, faction: u16) -> u32 {
    let (count, id) = (active(config, state), u32::from(faction));
    if id >= count {
        return 0;
    }
    let cap = config.max_shipments_per_day;
    let place = (id + count - state.day % count) % count;
    cap / count + u32::from(place < cap % count)
}

/// What a plan takes and costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    /// Input good and its units.
    pub(crate) input: (u8, i64),
    /// Price of the inputs, micro-credits.
    pub(crate) bought: i64,
    /// Freight, micro-credits.
    pub(crate) freight: i64,
}

/// Input good of so many units of a kind, and how much of it.
pub(crate) fn inputs(kind: usize, units: i64) -> (u8, i64) {
    ILLEGAL[kind]
        .input
        .map_or((0, 0), |(good, per_two)| (good as u8, units / 2 * per_two))
}

/// Freight of so many units along a route, micro-credits.
pub(crate) fn freight(state: &State, units: i64, route: &[u32]) -> i64 {
    let mut distance = 0.0;
    for &corridor in route {
        distance += state.map.corridors[corridor as usize].distance;
    }
    (FREIGHT * distance * units as f64) as i64
}

/// Inputs and costs of units of a kind from a source along a route.
pub(crate) fn quote(state: &State, kind: usize, units: i64, source: u32, route: &[u32]) -> Quote {
    let input = inputs(kind, units);
    let price = state.stores.price[at(source as usize, usize::from(input.0))];
    Quote {
        input,
        bought: input.1 * price,
        freight: freight(state, units, route),
    }
}

/// Whether the corridors lead from one ward to the other, all of them open.
fn leads(state: &State, source: u32, destination: u32, route: &[u32]) -> bool {
    let mut ward = source;
    for &id in route {
        let Some(corridor) = state.map.corridors.get(id as usize) else {
            return false;
        };
        if !corridor.open || (corridor.a != ward && corridor.b != ward) {
            return false;
        }
        ward = corridor.other(ward);
    }
    !route.is_empty() && ward == destination
}

/// What is wrong with the plan itself, whoever makes it.
fn sound(state: &State, plan: &Plan) -> bool {
    let best = &plan.choice.best;
    let wards = state.wards.len();
    usize::from(plan.kind) < CONTRABAND
        && (UNITS_MIN..=UNITS_MAX).contains(&plan.units)
        && plan.units % 2 == 0
        && (best.source as usize) < wards
        && (best.destination as usize) < wards
        && leads(state, best.source, best.destination, &plan.route)
}

/// Resets the counters of the day; networks that smuggle settle with their home wards.
pub(crate) fn open_day(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let running = active(&world.config.smuggling, &world.state) as usize;
    for at in 0..world.state.factions.list.len() {
        let accounts = (
            world.faction_account(at),
            world.ward_account(world.state.factions.list[at].home as usize),
        );
        let network = &mut world.state.factions.list[at].network;
        network.evaluated_today = 0;
        network.sent_today = 0;
        network.placed_today = 0;
        if let (true, (Some(own), Some(home))) = (at < running, accounts) {
            settle_at_home(world, at, own, home, ctx);
        }
    }
}

/// A network that holds less than a week's wages is staked by its home ward once a week: what is missing, at most a twentieth of the
/// ward's cash. Its crew is paid out of what it holds above a week's wages, and 2 % of what it holds above 30,000 credits is spent at
/// home.
///
/// The model page has wage and spending, and says nothing of a network that cannot pay: one whose last credit goes into wages can buy
/// no cargo and never sails again. So the crew waits before the cargo does, and the ward that lives on the wages puts up the money.
fn settle_at_home(
    world: &mut Dosadi,
    faction: usize,
    own: AccountId,
    home: AccountId,
    ctx: &mut Ctx<'_, Dosadi>,
) {
    let today = weekly(world.state.day, faction as u32);
    let faction = &mut world.state.factions.list[faction];
    let capital = faction.crew.saturating_mul(CAPITAL_DAYS);
    let held = ctx.ledger().balance(own).0;
    if today && held < capital {
        let most = ctx.ledger().balance(home).0 / STAKE_SHARE;
        let stake = MicroCredits((capital - held).min(most));
        let staked = ctx.post_up_to(home, own, stake, Reason::Transfer).0;
        faction.network.staked += staked;
        world.state.figures.staked += staked;
    }
    let above = ctx.ledger().balance(own).0.saturating_sub(capital);
    let wage = MicroCredits(faction.crew.min(above.max(0)));
    let paid = ctx.post_up_to(own, home, wage, Reason::Transfer).0;
    faction.network.spent += paid;
    world.state.figures.profit -= paid;
    let plenty = ctx.ledger().balance(own).0 - PLENTY;
    if plenty > 0 {
        let share = MicroCredits(plenty / SPENT_OF_PLENTY);
        faction.network.handed_on += ctx.post_up_to(own, home, share, Reason::Transfer).0;
    }
}

/// Money that leaves a faction by a plan, micro-credits; 0 for a plan that cannot be carried out.
pub(crate) fn outlay(world: &Dosadi, plan: &Plan) -> i64 {
    if !sound(&world.state, plan) {
        return 0;
    }
    let source = plan.choice.best.source;
    let quote = quote(
        &world.state,
        usize::from(plan.kind),
        plan.units,
        source,
        &plan.route,
    );
    quote.bought + quote.freight
}

/// Counts routes that a faction evaluated; more than `route_topk` a day are refused.
fn count_routes(world: &mut Dosadi, faction: u16, evaluated: u32) -> Result<(), Refusal> {
    let most = world.config.smuggling.route_topk;
    let network = &mut world.state.factions.list[usize::from(faction)].network;
    let total = network.evaluated_today.saturating_add(evaluated);
    if total > most {
        let why = format!("{total} routes evaluated today, {most} allowed");
        return Err(Refusal::new("routes", why));
    }
    network.evaluated_today = total;
    let figures = &mut world.state.figures;
    figures.routes_evaluated += u64::from(evaluated);
    figures.routes_evaluated_max = figures.routes_evaluated_max.max(total);
    Ok(())
}

/// Sends a planned shipment.
pub(crate) fn ship(
    world: &mut Dosadi,
    faction: u16,
    plan: Plan,
    ctx: &mut Ctx<'_, Dosadi>,
) -> Result<(), Refusal> {
    let id = usize::from(faction);
    if id >= world.state.factions.list.len() || !sound(&world.state, &plan) {
        return Err(Refusal::new("plan", "kind, units or route cannot be"));
    }
    let slots = slots(&world.config.smuggling, &world.state, faction);
    let sent = world.state.factions.list[id].network.sent_today;
    if sent >= slots {
        let why = format!("{sent} shipments sent today, {slots} allowed");
        return Err(Refusal::new("shipments", why));
    }
    count_routes(world, faction, plan.choice.evaluated)?;

    let Considered {
        source,
        destination,
        ..
    } = plan.choice.best;
    let kind = usize::from(plan.kind);
    let quote = quote(&world.state, kind, plan.units, source, &plan.route);
    let (good, inputs) = (usize::from(quote.input.0), quote.input.1);
    let place = at(source as usize, good);
    let home = world.state.factions.list[id].home;
    let there = if ILLEGAL[kind].input.is_some() {
        world.state.stores.stock[place] >= inputs
    } else {
        source == home && world.state.factions.list[id].network.stash >= plan.units
    };
    if !there {
        return Err(Refusal::new("stock", "the source does not have that much"));
    }
    let (Some(own), Some(ward)) = (
        world.faction_account(id),
        world.ward_account(source as usize),
    ) else {
        return Err(Refusal::new("office", "nobody to buy from"));
    };
    let value = revenue(&world.state, destination, kind, plan.units);
    let mut shipment = Shipment {
        faction,
        kind: plan.kind,
        units: plan.units,
        source,
        destination,
        at: source,
        value,
        bought: quote.bought,
        freight: quote.freight,
        input: quote.input,
        sent_day: world.state.day,
        ..Shipment::default()
    };
    if is_suppressed(world, &shipment, ctx) {
        return Err(Refusal::new("suppressed", "an experiment leaves it out"));
    }
    let cost = quote.bought + quote.freight;
    ctx.post(own, ward, MicroCredits(cost), Reason::Transfer)
        .map_err(|error| Refusal::new("purse", error.to_string()))?;

    let state = &mut world.state;
    let network = &mut state.factions.list[id].network;
    if ILLEGAL[kind].input.is_some() {
        state.stores.stock[place] -= inputs;
        state.flows.converted_out[good] += inputs;
        state.flows.converted_in[GOODS + kind] += plan.units;
    } else {
        network.stash -= plan.units;
    }
    state.stores.market_inbound[at(destination as usize, kind)] += plan.units;
    network.sent += 1;
    network.sent_today += 1;
    network.sent_by_kind[kind] += 1;
    network.spent += cost;
    state.figures.shipments_created += 1;
    state.figures.profit -= cost;

    remember_route(world, faction, &plan, ctx);
    shipment.created_event = announce(world, faction, &plan, quote, value, ctx);
    shipment.ahead = plan.route.into_iter().rev().collect();
    shipment.choice = plan.choice;
    let state = &mut world.state;
    state.shipments.send(shipment, state.day);
    debug_assert!(
        state
            .factions
            .list
            .iter()
            .map(|f| f.network.sent_today)
            .sum::<u32>()
            <= world.config.smuggling.max_shipments_per_day
    );
    Ok(())
}

/// Whether an experiment leaves the shipment out, judged as if it passed today without a bribe.
fn is_suppressed(world: &mut Dosadi, cargo: &Shipment, ctx: &Ctx<'_, Dosadi>) -> bool {
    let Some(suppress) = &mut world.suppress else {
        return false;
    };
    let delta = let_through(&world.state, cargo, 0);
    let keys = [
        u64::from(cargo.faction),
        u64::from(cargo.kind),
        u64::from(cargo.source),
        u64::from(cargo.destination),
        u64::from(cargo.sent_day),
    ];
    suppress.meets(Class::Smuggling, delta, ctx.draws(), &keys)
}

/// Sum of the risks a network expects on a route.
fn risk_of(world: &Dosadi, network: &Network, route: &[u32]) -> f64 {
    let mut risk = 0.0;
    for &corridor in route {
        risk += learning::estimate(&world.config.smuggling, &world.state, network, corridor).0;
    }
    risk
}

/// Keeps the route of a pair, and says so when it is another than the last time.
fn remember_route(world: &mut Dosadi, faction: u16, plan: &Plan, ctx: &mut Ctx<'_, Dosadi>) {
    let id = usize::from(faction);
    let best = &plan.choice.best;
    let network = &world.state.factions.list[id].network;
    let pair = (best.source, best.destination);
    let known = network
        .chosen
        .iter()
        .position(|c| (c.source, c.destination) == pair);
    if let Some(last) = known.map(|at| &network.chosen[at])
        && last.corridors != plan.route
    {
        let names = &world.state.wards.names;
        let event = || RouteUpdate {
            faction: &world.state.factions.list[id].name,
            source: &names[best.source as usize],
            destination: &names[best.destination as usize],
            before: &last.corridors,
            after: &plan.route,
            risk_before: risk_of(world, network, &last.corridors),
            risk_after: risk_of(world, network, &plan.route),
            since_day: last.day,
        };
        ctx.emit_made(Detail::Full, "smuggling_route_update", event);
    }
    let day = world.state.day;
    let chosen = &mut world.state.factions.list[id].network.chosen;
    if let Some(at) = known {
        chosen.remove(at);
    } else if chosen.len() >= CHOSEN_MAX {
        chosen.remove(0);
    }
    chosen.push(Chosen {
        source: pair.0,
        destination: pair.1,
        corridors: plan.route.clone(),
        day,
    });
}

fn announce(
    world: &Dosadi,
    faction: u16,
    plan: &Plan,
    quote: Quote,
    value: i64,
    ctx: &mut Ctx<'_, Dosadi>,
) -> u64 {
    ctx.emit_made(Detail::Interactions, "smuggling_shipment_created", || {
        created(world, faction, plan, quote, value)
    })
}

/// The line of a shipment that was sent.
fn created<'a>(
    world: &'a Dosadi,
    faction: u16,
    plan: &'a Plan,
    quote: Quote,
    value: i64,
) -> Created<'a> {
    let state = &world.state;
    let names = &state.wards.names;
    let best = &plan.choice.best;
    let runner_up = plan.choice.second.as_ref().map(|s| {
        let mut cache = world.routes();
        let routes = cache.candidates(&state.map, s.source, s.destination);
        let route = routes.get(usize::from(s.route));
        OptionLine {
            source: &names[s.source as usize],
            destination: &names[s.destination as usize],
            route: route.map_or_else(Vec::new, |route| route.corridors.clone()),
            risk: s.risk,
            cost: s.cost,
            expected: s.expected / 1e6,
        }
    });
    let kind = usize::from(plan.kind);
    let place = at(best.destination as usize, kind);
    Created {
        shipment: state.shipments.next_number,
        faction: &state.factions.list[usize::from(faction)].name,
        commodity: kind_name(GOODS + kind),
        units: plan.units,
        source: &names[best.source as usize],
        destination: &names[best.destination as usize],
        route: &plan.route,
        bought: credits(quote.bought),
        freight: credits(quote.freight),
        value: credits(value),
        demand: state.stores.demand[place],
        price: credits(state.stores.market_price[place]),
        risk: best.risk,
        cost: best.cost,
        expected: best.expected / 1e6,
        evaluated: plan.choice.evaluated,
        runner_up,
    }
}

/// Budget for bribes of a day: a share of the cash at hand, micro-credits.
pub(crate) fn bribe_budget(network: &Network, cash: i64) -> i64 {
    (network.bribe_fraction * cash.max(0) as f64).floor() as i64
}

/// Most that is bid at one border for cargo of this value, micro-credits.
pub(crate) fn bid_cap(config: &SmugglingConfig, value: i64) -> i64 {
    (config.bribe_cap * value.max(0) as f64).floor() as i64
}

/// Numbers of a faction's shipments of today, in the order they were sent. Nothing moves before evening, so all are under way.
pub(crate) fn sent_today(state: &State, faction: u16) -> Vec<&Shipment> {
    let mut today: Vec<&Shipment> = state
        .shipments
        .under_way()
        .filter(|s| s.faction == faction && s.sent_day == state.day)
        .collect();
    today.sort_unstable_by_key(|s| s.number);
    today
}

/// Whether a border's corridor is still ahead of the cargo.
fn meets(state: &State, shipment: &Shipment, border: u32) -> bool {
    border != NO_BORDER
        && shipment
            .ahead
            .iter()
            .any(|&c| state.map.corridors[c as usize].border == border)
}

/// Places the bribes of today's shipments: at most the budget of the day, at most the cap at each border, one bid a border.
pub(crate) fn place_bribes(
    world: &mut Dosadi,
    faction: u16,
    allotment: Allotment,
    ctx: &mut Ctx<'_, Dosadi>,
) -> Result<(), Refusal> {
    let id = usize::from(faction);
    if id >= active(&world.config.smuggling, &world.state) as usize {
        return Err(Refusal::new("inactive", "this faction does not smuggle"));
    }
    let cash = world
        .faction_account(id)
        .map_or(0, |own| ctx.ledger().balance(own).0);
    let network = &world.state.factions.list[id].network;
    let budget = bribe_budget(network, cash);
    let asked: i64 = allotment
        .bids
        .iter()
        .flat_map(|(_, bids)| bids)
        .fold(0i64, |sum, bid| sum.saturating_add(bid.amount.max(0)));
    let placed = network.placed_today.saturating_add(asked);
    if placed > budget {
        let why = format!("{placed} micro-credits of bids today, {budget} allowed");
        return Err(Refusal::new("bribe_budget", why));
    }
    let today = sent_today(&world.state, faction);
    let mut numbered = Vec::with_capacity(allotment.bids.len());
    for (ordinal, bids) in allotment.bids {
        let Some(shipment) = today.get(ordinal as usize) else {
            return Err(Refusal::new("shipment", "there is no such shipment today"));
        };
        let cap = bid_cap(&world.config.smuggling, shipment.value);
        for (place, bid) in bids.iter().enumerate() {
            let twice = bids[..place].iter().any(|b| b.border == bid.border);
            if twice || bid.amount <= 0 || bid.amount > cap {
                let why = format!("a bid is 1 to {cap} micro-credits, one a border");
                return Err(Refusal::new("bid", why));
            }
            if !meets(&world.state, shipment, bid.border) {
                return Err(Refusal::new("bid", "the cargo does not meet that border"));
            }
        }
        let again =
            !shipment.bids.is_empty() || numbered.iter().any(|(n, _)| *n == shipment.number);
        if again && !bids.is_empty() {
            return Err(Refusal::new("bid", "that cargo has its bids"));
        }
        numbered.push((shipment.number, bids));
    }
    count_routes(world, faction, allotment.evaluated)?;

    let state = &mut world.state;
    if asked > 0 {
        let lines = numbered.iter().flat_map(|(number, bids)| {
            bids.iter()
                .map(|bid| (*number, bid.border, credits(bid.amount)))
        });
        let event = BribesSet {
            faction: &state.factions.list[id].name,
            budget: credits(budget),
            shipments: numbered.len() as u32,
            bids: lines.collect(),
        };
        ctx.emit_at(Detail::Full, "smuggling_bribes_set", &event);
    }
    for (number, bids) in numbered {
        state.shipments.set_bids(number, bids);
    }
    let network = &mut state.factions.list[id].network;
    network.placed_today = placed;
    network.last_run_day = state.day;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DosadiConfig;
    use crate::generate;
    use crate::goods::{NARCOTICS, STOLEN_GOODS, SUIT_MODS};
    use crate::systems::fixture::{line, live};
    use das_core::rng::Draws;

    fn city() -> (DosadiConfig, State) {
        let config = DosadiConfig::default();
        let state = generate::state(&config, &Draws::new(1));
        (config, state)
    }

    #[test]
    fn slots_share_the_cap_whole_and_take_turns() {
        // Whatever the cap and the day, the slots of all factions add up to it; over as many days as factions all get the same.
        let (mut config, mut state) = city();
        let count = active(&config.smuggling, &state);
        assert!(count > 1);
        for cap in [0, 1, count - 1, count, 12, 13, 40] {
            config.smuggling.max_shipments_per_day = cap;
            let mut total = vec![0; count as usize];
            for day in 0..count {
                state.day = day;
                let today: Vec<u32> = (0..count as u16)
                    .map(|f| slots(&config.smuggling, &state, f))
                    .collect();
                assert_eq!(today.iter().sum::<u32>(), cap, "{today:?}");
                for (sum, slots) in total.iter_mut().zip(today) {
                    *sum += slots;
                }
            }
            assert!(total.iter().all(|sum| *sum == cap), "{total:?}");
        }
        config.smuggling.max_active_factions = 1;
        assert_eq!(slots(&config.smuggling, &state, 1), 0);
        config.smuggling.enabled = false;
        assert_eq!(slots(&config.smuggling, &state, 0), 0);
    }

    #[test]
    fn a_crew_is_paid_above_a_weeks_wages_and_home_puts_up_what_is_missing() {
        // Networks that send nothing. With 15,000 credits: wages are paid down to the capital of a week's wages exactly, and home puts
        // up nothing. With none: home fills them up to the capital, a twentieth of its cash a week at most, and no wage is paid.
        let idle = |endowment: f64| {
            let mut config = line();
            config.smuggling.enabled = true;
            config.smuggling.max_shipments_per_day = 0;
            config.economy.faction_endowment = endowment;
            live(config, 1, 200)
        };
        for (endowment, rich) in [(15_000.0, true), (0.0, false)] {
            let lived = idle(endowment);
            let world = lived.world();
            for (at, faction) in world.state.factions.list.iter().enumerate() {
                let account = world.faction_account(at).unwrap();
                let held = lived.run.society().ledger().balance(account).0;
                let network = &faction.network;
                let capital = 7 * faction.crew;
                if rich {
                    assert_eq!(held, capital.min(15_000_000_000));
                    assert_eq!((network.spent, network.staked), (15_000_000_000 - held, 0));
                } else {
                    assert!(held > capital / 2 && held <= capital, "{held} {capital}");
                    assert_eq!((network.spent, network.staked), (0, held));
                }
            }
        }
    }

    #[test]
    fn inputs_are_counted_for_two_units() {
        // Half a suit, two medical supplies; stolen goods take nothing.
        assert_eq!(inputs(SUIT_MODS, 10).1, 5);
        assert_eq!(inputs(NARCOTICS, 10).1, 20);
        assert_eq!(inputs(STOLEN_GOODS, 10).1, 0);
    }

    #[test]
    fn a_route_must_lead_from_source_to_destination_over_open_corridors() {
        // A corridor that is elsewhere, closed or unknown breaks it.
        let (_, mut state) = city();
        let (next, corridor) = state.map.neighbours(0)[0];
        assert!(leads(&state, 0, next, &[corridor]));
        assert!(leads(&state, next, 0, &[corridor]));
        assert!(leads(&state, 0, 0, &[corridor, corridor]));
        assert!(!leads(&state, 0, next, &[]));
        assert!(!leads(&state, 0, next, &[u32::MAX]));
        assert!(!leads(&state, 0, next, &[corridor, corridor]));
        state.map.set_open(corridor, false);
        assert!(!leads(&state, 0, next, &[corridor]));
    }

    #[test]
    fn a_budget_is_a_share_of_cash_and_a_bid_one_of_value() {
        // Floors, and nothing of nothing.
        let (config, state) = city();
        let network = &state.factions.list[0].network;
        assert_eq!(bribe_budget(network, 1_000_001), 150_000);
        assert_eq!(bribe_budget(network, -5), 0);
        assert_eq!(bid_cap(&config.smuggling, 1_000_000), 120_000);
    }
}
