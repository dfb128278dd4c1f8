//! Stage 3: prices of goods, demand for contraband, its prices, and what people take of it.
//!
//! A price follows scarcity (stock over the days of need a ward keeps) and the money in the ward: poor wards get cheap, export and
//! earn. Contraband that is taken relieves need tomorrow, and does harm and arms the ward over time. Demand is worked out
//! whether or not anybody smuggles. `Invariant: ln p lies within the walls of its target` (a move towards a clamped target cannot leave
//! them). Not here: trade (`systems::trade`), smuggling (`systems::smuggling`). Source: model page, section 3 (stage 3).

use crate::config::EconomyConfig;
use crate::goods::{CONTRABAND, GOODS, ILLEGAL, LEGAL, RAIDER_SUPPLIES, WEAPON_PARTS};
use crate::state::State;
use crate::state::stores::at;
use crate::state::wards::{Index, Why};
use crate::world::Dosadi;
use das_core::detmath::{clamp, exp, fmax, ln};
use das_core::orchestrator::Ctx;

/// Walls of ln(price ÷ base) of a good.
pub const WALLS: (f64, f64) = (-1.6, 1.8);
/// Walls of ln(price ÷ base) of contraband.
pub const MARKET_WALLS: (f64, f64) = (-1.2, 1.4);
/// Cash a head at which money neither raises nor lowers prices, micro-credits.
const CASH_PER_HEAD: f64 = 40e6;
/// Least x = stock ÷ (cover·need) that a price answers to.
const SCARCITY_MIN: f64 = 0.02;
/// Least x of contraband.
const MARKET_SCARCITY_MIN: f64 = 0.05;
/// Days of demand that a black market is content with.
const MARKET_COVER: f64 = 6.0;
/// Answer of a contraband price to scarcity, and to the price of the good it relieves.
const MARKET_ANSWER: f64 = 0.6;
/// Speed of contraband prices, a day.
const MARKET_SPEED: f64 = 0.2;
/// Speed of harm and arms, a day.
const HARM_SPEED: f64 = 0.05;
/// Harm that a unit of full harm a thousand heads and day leads to.
const HARM_PER_THOUSAND: f64 = 0.03;
/// Arms that a unit of weapon parts or raider supplies a thousand heads and day leads to.
const ARMS_PER_THOUSAND: f64 = 0.1;

/// Runs the stage.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    for w in 0..world.wards() {
        let cash = world
            .ward_account(w)
            .map_or(0, |account| ctx.ledger().balance(account).0);
        prices(&mut world.state, &world.config.economy, w, cash);
        demand(&mut world.state, w, world.config.smuggling.demand);
        black_market(&mut world.state, w);
    }
}

/// Prices of the goods of a ward:
/// `target = clamp(−(1/η)·ln max(.02, stock/(cover·need)) + ψ·m, −1.6, 1.8)`, `m = clamp(ln max(.05, cash per head ÷ 40 cr), −2, 1.5)`,
/// `ln p ← ln p + α(target − ln p)`, `price = floor(base·exp(ln p))`.
fn prices(state: &mut State, economy: &EconomyConfig, ward: usize, cash: i64) {
    let heads = state.wards.people[ward].max(1) as f64;
    let wealth = fmax(cash as f64 / heads / CASH_PER_HEAD, 0.05);
    let money = economy.money_weight * clamp(ln(wealth), -2.0, 1.5);
    let stores = &mut state.stores;
    for (g, good) in LEGAL.iter().enumerate() {
        let place = at(ward, g);
        let cover = good.cover_days * stores.need[place];
        if cover <= 0.0 {
            continue;
        }
        let x = fmax(SCARCITY_MIN, stores.stock[place] as f64 / cover);
        let target = clamp(-good.scarcity * ln(x) + money, WALLS.0, WALLS.1);
        let before = stores.ln_price[place];
        // At a speed near 1 the sum may round to just beyond the wall.
        let after = before + economy.price_speed * (target - before);
        let after = clamp(after, WALLS.0, WALLS.1);
        stores.ln_price[place] = after;
        // A price that has come to rest is what it was.
        if after != before {
            // What is cast is never negative, so the cast is the floor; so in `black_market`.
            stores.price[place] = (good.base as f64 * exp(after)) as i64;
        }
    }
}

/// Demand for contraband, units a day at base price: `people·n·(d0 + d1·tolerance + d2·u + d3·corruption)`.
fn demand(state: &mut State, ward: usize, scale: f64) {
    let people = state.wards.people[ward] as f64;
    let tolerance = state.wards.get(Index::Tolerance, ward);
    let corruption = state.wards.get(Index::Corruption, ward);
    for (c, kind) in ILLEGAL.iter().enumerate() {
        let shortage = state.stores.unmet[at(ward, kind.relieves)];
        let [constant, by_tolerance, by_shortage, by_corruption] = kind.drivers;
        let drive = constant
            + by_tolerance * tolerance
            + by_shortage * shortage
            + by_corruption * corruption;
        state.stores.demand[at(ward, c)] = scale * people * kind.demand * drive;
    }
}

/// Prices and consumption of contraband in a ward.
///
/// `x = (market + inbound + ½·demand) ÷ (6·demand)`, `target = clamp(−.6·ln max(x, .05) + .6·ln p of the relieved good, −1.2, 1.4)`.
/// People ask for `demand·exp(−½ ln p)`; the fraction of a unit is carried over, what the market lacks is not.
fn black_market(state: &mut State, ward: usize) {
    let stores = &mut state.stores;
    let (mut harm, mut arms) = (0.0, 0.0);
    for (c, kind) in ILLEGAL.iter().enumerate() {
        let place = at(ward, c);
        let asked = stores.demand[place];
        if asked <= 0.0 {
            continue;
        }
        let supply = (stores.market[place] + stores.market_inbound[place]) as f64;
        let x = (supply + 0.5 * asked) / (MARKET_COVER * asked);
        let relieved = stores.ln_price[at(ward, kind.relieves)];
        let target = clamp(
            MARKET_ANSWER * (relieved - ln(fmax(x, MARKET_SCARCITY_MIN))),
            MARKET_WALLS.0,
            MARKET_WALLS.1,
        );
        let before = stores.market_ln_price[place];
        let after = before + MARKET_SPEED * (target - before);
        let ratio = exp(after);
        stores.market_ln_price[place] = after;
        stores.market_price[place] = (kind.base as f64 * ratio) as i64;

        // exp(−½ ln p) is 1/√(p ÷ base).
        stores.carry[place] += asked / ratio.sqrt();
        let whole = stores.carry[place] as i64;
        stores.carry[place] -= whole as f64;
        let taken = whole.min(stores.market[place]);
        if taken > 0 {
            stores.market[place] -= taken;
            state.flows.consumed[GOODS + c] += taken;
            stores.relief[at(ward, kind.relieves)] += kind.relief * taken as f64;
            harm += kind.harm * taken as f64;
            if c == WEAPON_PARTS || c == RAIDER_SUPPLIES {
                arms += taken as f64;
            }
        }
    }
    let per_thousand = 1000.0 / state.wards.people[ward].max(1) as f64;
    for (index, target) in [
        (Index::Harm, HARM_PER_THOUSAND * harm * per_thousand),
        (Index::Arms, ARMS_PER_THOUSAND * arms * per_thousand),
    ] {
        // `drift` holds the target to 0..=1.
        state
            .wards
            .drift(index, ward, target, HARM_SPEED, Why::Contraband);
    }
}

const _: () = assert!(GOODS == CONTRABAND, "`at` serves both families");
