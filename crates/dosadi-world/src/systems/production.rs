//! Stage 2: deliveries arrive, wards make goods, people use them, stocks spoil, hardship follows.
//!
//! Arrivals come first, so that what came this morning can be used today. Production and consumption are rounded half up,
//! spoilage down; spoilage falls on what is left in the evening of the same stage. Prices are yesterday's. `Invariant: what is
//! made, used and spoiled is what `flows` says` (`systems::conservation`). Not here: prices and contraband (`systems::markets`).
//! Source: model page, sections 1.1 and 3 (stage 2).

use crate::act::News;
use crate::config::EconomyConfig;
use crate::day::weekly;
use crate::goods::{LEGAL, MEDICAL, MEDICAL_NEED_PER_HARM, WATER};
use crate::state::State;
use crate::state::calendar::Arrival;
use crate::state::stores::at;
use crate::state::wards::{Index, Why};
use crate::welfare::{HARM_WEIGHT, NEED_SHARE};
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::detmath::{clamp, exp, fmax, fmin, pow};
use das_core::orchestrator::Ctx;
use das_core::rng::{Domain, Draws};
use serde::Serialize;

const SHOCK: Domain = Domain::new("dosadi.production.shock");
const OUTAGE: Domain = Domain::new("dosadi.production.outage");

/// Share of the slow shock that is left after a week.
const SHOCK_KEPT: f64 = 0.9;
/// Scale of the weekly innovation: times the sum of three uniforms less 1.5.
const SHOCK_SIZE: f64 = 0.16;
/// Probability of an outage in a week, by phase.
const OUTAGE_RATE: [f64; 3] = [0.004, 0.008, 0.014];
/// Days an outage lasts.
const OUTAGE_DAYS: u32 = 14;
/// Share of output that an outage leaves.
const OUTAGE_OUTPUT: f64 = 0.4;
/// Output by phase.
const PHASE_OUTPUT: [f64; 3] = [1.04, 1.0, 0.96];
/// Share of output that full hardship costs.
const HARDSHIP_COST: f64 = 0.3;
/// Speed of the exponential mean of unmet need, a day.
const UNMET_SPEED: f64 = 0.2;
/// Speed of the exponential mean of hardship, a day.
const HARDSHIP_SPEED: f64 = 0.1;
/// Consumption over need at most, however cheap.
const WANT_MAX: f64 = 1.2;
/// Parts in a whole.
const PPM: i128 = 1_000_000;
/// Logarithms of price over base between which output answers.
const ANSWERED: [f64; 2] = [-1.6, 0.4];
/// Days in a year of the city.
const YEAR: f64 = 365.0;

/// Event `outage_begun`: production of a good in a ward falls to two fifths.
#[derive(Serialize)]
struct OutageBegun<'a> {
    ward: &'a str,
    good: &'static str,
    until: u32,
}

/// Runs the stage.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let day = world.day();
    let arrivals = world.state.calendar.take(day);
    for arrival in &arrivals {
        deliver(&mut world.state, arrival);
        let duds = arrival.duds as f64 / (arrival.good_units + arrival.duds).max(1) as f64;
        if let Some(ward) = Dosadi::holder(&world.state.offices.wards, arrival.ward as usize) {
            let guild = arrival.guild;
            ctx.tell(ward, &News::Delivered { guild, duds });
        }
    }
    world.state.calendar.give_back(day, arrivals);

    let Dosadi { config, state, .. } = world;
    let economy = &config.economy;
    let wells = wells(economy.well_decline, day);
    let supply = Supply::of(economy);
    for w in 0..state.wards.len() {
        for (g, good) in LEGAL.iter().enumerate() {
            let turn = weekly(day, (w + g) as u32) && economy.shocks > 0.0;
            if turn && shock(state, ctx.draws(), w, g, economy.shocks) {
                let begun = OutageBegun {
                    ward: &state.wards.names[w],
                    good: good.name,
                    until: state.stores.outage_until[at(w, g)],
                };
                ctx.emit_at(Detail::Full, "outage_begun", &begun);
            }
            let failing = if g == WATER { wells } else { 1.0 };
            produce(state, &supply, w, g, failing);
        }
        consume(state, w);
    }
}

/// What wells still give: `(1 − decline)^(days ÷ 365)`.
fn wells(decline: f64, day: u32) -> f64 {
    if decline == 0.0 {
        return 1.0;
    }
    pow(1.0 - decline, f64::from(day) / YEAR)
}

/// A delivery reaches its ward; its duds are thrown away.
fn deliver(state: &mut State, arrival: &Arrival) {
    let (good, place) = (
        usize::from(arrival.good),
        at(arrival.ward as usize, usize::from(arrival.good)),
    );
    state.stores.inbound[place] -= arrival.good_units;
    state.stores.stock[place] += arrival.good_units;
    state.flows.spoiled[good] += arrival.duds;
}

/// The weekly innovation of a ward's production of a good: `z ← .9z + .16·(U+U+U−1.5)`. Whether an outage begins.
fn shock(state: &mut State, draws: &Draws, ward: usize, good: usize, scale: f64) -> bool {
    let day = state.day;
    let key = |nth: u64| [ward as u64, good as u64, u64::from(day), nth];
    let u = draws.unit(SHOCK, &key(0)) + draws.unit(SHOCK, &key(1)) + draws.unit(SHOCK, &key(2));
    let place = at(ward, good);
    let before = state.stores.shock[place];
    state.stores.shock[place] = SHOCK_KEPT * before + scale * SHOCK_SIZE * (u - 1.5);
    let rate = scale * state.phase.pick(&OUTAGE_RATE);
    let begins = draws.chance(OUTAGE, &key(0)[..3], rate);
    if begins {
        state.stores.outage_until[place] = day + OUTAGE_DAYS;
    }
    begins
}

/// The answer of output to prices, `exp(e·clamp(ln p, −1.6, .4))`, with its two ends worked out: most prices of a quiet city lie
/// beyond one of them.
struct Supply {
    elasticity: f64,
    ends: [f64; 2],
}

impl Supply {
    fn of(economy: &EconomyConfig) -> Self {
        let elasticity = economy.supply_elasticity;
        Self {
            elasticity,
            ends: ANSWERED.map(|ln_price| exp(elasticity * ln_price)),
        }
    }

    #[inline]
    fn answer(&self, ln_price: f64) -> f64 {
        let [least, most] = ANSWERED;
        if ln_price >= most {
            self.ends[1]
        } else if ln_price <= least {
            self.ends[0]
        } else {
            exp(self.elasticity * ln_price)
        }
    }
}

/// Output of a day, `cap·(1−.3h)·{1.04,1,.96}·max(.1,1+z)·outage·exp(.4·clamp(ln p,−1.6,.4))`, and half up.
fn produce(state: &mut State, supply: &Supply, ward: usize, good: usize, failing: f64) {
    let place = at(ward, good);
    let stores = &mut state.stores;
    let capacity = stores.capacity[place];
    if capacity == 0 {
        return;
    }
    let hardship = state.wards.get(Index::Hardship, ward);
    let outage = if state.day < stores.outage_until[place] {
        OUTAGE_OUTPUT
    } else {
        1.0
    };
    let made = capacity as f64
        * failing
        * (1.0 - HARDSHIP_COST * hardship)
        * state.phase.pick(&PHASE_OUTPUT)
        * fmax(0.1, 1.0 + stores.shock[place])
        * outage
        * supply.answer(stores.ln_price[place]);
    let made = half_up(made);
    stores.stock[place] += made;
    state.flows.produced[good] += made;
}

/// People of a ward use what they want and the depot has; what is missing is hardship.
fn consume(state: &mut State, ward: usize) {
    let people = state.wards.people[ward] as f64;
    let harm = state.wards.get(Index::Harm, ward);
    let stores = &mut state.stores;
    let mut lack = 0.0;
    for (g, good) in LEGAL.iter().enumerate() {
        let place = at(ward, g);
        let mut need = good.need * people;
        if g == MEDICAL {
            need *= 1.0 + MEDICAL_NEED_PER_HARM * harm;
        }
        stores.need[place] = need;
        let want = need * appetite(-good.elasticity * stores.ln_price[place]);
        let used = half_up(want).min(stores.stock[place]);
        let unmet = if need > 0.0 {
            clamp(1.0 - (used as f64 + stores.relief[place]) / need, 0.0, 1.0)
        } else {
            0.0
        };
        stores.relief[place] = 0.0;
        stores.unmet[place] += UNMET_SPEED * (unmet - stores.unmet[place]);
        lack += good.weight * unmet;

        let left = stores.stock[place] - used;
        let spoiled = left.checked_mul(good.spoil_ppm).map_or_else(
            || (i128::from(left) * i128::from(good.spoil_ppm) / PPM) as i64,
            |parts| parts / PPM as i64,
        );
        stores.stock[place] = left - spoiled;
        state.flows.consumed[g] += used;
        state.flows.spoiled[g] += spoiled;
    }
    let today = NEED_SHARE * lack + HARM_WEIGHT * harm;
    let wards = &mut state.wards;
    wards.set(Index::HardshipToday, ward, today, Why::Consumption);
    wards.drift(
        Index::Hardship,
        ward,
        today,
        HARDSHIP_SPEED,
        Why::Consumption,
    );
}

/// `min(1.2, eˣ)`. From x = 0.183 on eˣ exceeds 1.2 (ln 1.2 = 0.1823…), so that it need not be worked out.
#[inline]
fn appetite(x: f64) -> f64 {
    if x >= 0.183 {
        WANT_MAX
    } else {
        fmin(WANT_MAX, exp(x))
    }
}

/// Nearest whole number of units, halves up.
#[inline]
fn half_up(units: f64) -> i64 {
    // What is rounded here is never negative, so the cast is the floor.
    (units + 0.5) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goods::FOOD;
    use crate::systems::conservation::check;
    use crate::systems::fixture::state;
    use das_core::rng::DrawLog;

    fn nearly(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn output_is_the_product_of_its_factors() {
        // 1000 units of capacity: phase, hardship, price, outage, shock, failing wells, each alone and to the unit.
        let supply = Supply::of(&EconomyConfig::default());
        let made = |change: &dyn Fn(&mut State), failing: f64| {
            let mut state = state();
            let place = at(0, WATER);
            state.stores.capacity[place] = 1000;
            change(&mut state);
            produce(&mut state, &supply, 0, WATER, failing);
            check(&state).unwrap();
            state.flows.produced[WATER]
        };
        assert_eq!(made(&|_| (), 1.0), 1040);
        assert_eq!(made(&|s| s.phase.phase = 2, 1.0), 960);
        let hardship = |s: &mut State| s.wards.set(Index::Hardship, 0, 0.5, Why::Genesis);
        assert_eq!(made(&hardship, 1.0), 884);
        // Dear goods: the answer stops at ln p = .4, exp(.16) = 1.17351; cheap ones at −1.6, exp(−.64) = .52729.
        assert_eq!(made(&|s| s.stores.ln_price[at(0, WATER)] = 1.8, 1.0), 1220);
        assert_eq!(made(&|s| s.stores.ln_price[at(0, WATER)] = -1.6, 1.0), 548);
        assert_eq!(made(&|s| s.stores.outage_until[at(0, WATER)] = 1, 1.0), 416);
        assert_eq!(made(&|s| s.stores.shock[at(0, WATER)] = -5.0, 1.0), 104);
        assert_eq!(made(&|_| (), 0.5), 520);
    }

    #[test]
    fn short_cuts_give_the_same_bits() {
        // Over prices on both sides of every threshold: what is not worked out is what it would have been.
        let economy = EconomyConfig::default();
        let supply = Supply::of(&economy);
        for step in -20_000..=20_000 {
            let x = f64::from(step) / 10_000.0;
            assert_eq!(appetite(x).to_bits(), fmin(WANT_MAX, exp(x)).to_bits());
            let answer = exp(economy.supply_elasticity * clamp(x, -1.6, 0.4));
            assert_eq!(supply.answer(x).to_bits(), answer.to_bits());
        }
    }

    #[test]
    fn wells_fail_by_the_year() {
        // A tenth a year: nothing at the start, a tenth after 365 days, 19 % after two years.
        assert_eq!(wells(0.1, 0), 1.0);
        assert!(nearly(wells(0.1, 365), 0.9) && nearly(wells(0.1, 730), 0.81));
        assert_eq!(wells(0.0, 5000), 1.0);
    }

    #[test]
    fn need_that_is_not_met_is_hardship() {
        // A ward of 1000 without food: a third of relief by contraband leaves 2/3 unmet of weight .30; everything else is met.
        let mut state = state();
        state.flows.genesis[FOOD] -= state.stores.stock[at(0, FOOD)];
        state.stores.stock[at(0, FOOD)] = 0;
        state.stores.relief[at(0, FOOD)] = 1000.0 / 3.0;
        consume(&mut state, 0);
        let today = 0.85 * 0.30 * 2.0 / 3.0;
        assert!(nearly(state.wards.get(Index::HardshipToday, 0), today));
        assert!(nearly(state.wards.get(Index::Hardship, 0), 0.1 * today));
        assert!(nearly(state.stores.unmet[at(0, FOOD)], 0.2 * 2.0 / 3.0));
        assert_eq!(state.stores.relief[at(0, FOOD)], 0.0);
        assert_eq!(
            state.wards.last_reason(Index::Hardship, 0),
            Why::Consumption
        );
        check(&state).unwrap();
    }

    #[test]
    fn stocks_are_used_then_spoil_and_never_fall_below_zero() {
        // 4000 water: 1000 used, 2000 ppm of the 3000 left spoil. 3 water: all used, nothing to spoil.
        let mut state = state();
        consume(&mut state, 0);
        assert_eq!(state.stores.stock[at(0, WATER)], 3000 - 6);
        assert_eq!(
            (state.flows.consumed[WATER], state.flows.spoiled[WATER]),
            (1000, 6)
        );
        state.flows.genesis[WATER] -= state.stores.stock[at(1, WATER)] - 3;
        state.stores.stock[at(1, WATER)] = 3;
        consume(&mut state, 1);
        assert_eq!(state.stores.stock[at(1, WATER)], 0);
        check(&state).unwrap();
    }

    #[test]
    fn a_delivery_comes_in_and_its_duds_spoil() {
        // 10 sound units and 4 duds were under way: the stock gains 10, 4 are spoiled, nothing is under way any more.
        let mut state = state();
        let arrival = Arrival {
            ward: 3,
            good: WATER as u8,
            guild: 0,
            good_units: 10,
            duds: 4,
        };
        let before = state.stores.stock[at(3, WATER)];
        state.stores.stock[at(0, WATER)] -= 14;
        state.stores.inbound[at(3, WATER)] = 10;
        state.calendar.book(0, 2, arrival);
        check(&state).unwrap();
        for arrival in state.calendar.take(2) {
            deliver(&mut state, &arrival);
        }
        assert_eq!(state.stores.stock[at(3, WATER)], before + 10);
        assert_eq!(state.stores.inbound[at(3, WATER)], 0);
        check(&state).unwrap();
    }

    #[test]
    fn shocks_stay_bounded_and_come_once_a_week() {
        // z is at most .16·1.5 ÷ (1 − .9) = 2.4 from 0 in five hundred turns, both signs occur, and outages begin at about their rate.
        let mut state = state();
        let (mut low, mut high, mut outages) = (0.0, 0.0, 0);
        for turn in 0..2000 {
            state.day = 7 * turn;
            outages += u32::from(shock(&mut state, &Draws::new(3), 0, WATER, 1.0));
            low = fmin(low, state.stores.shock[at(0, WATER)]);
            high = fmax(high, state.stores.shock[at(0, WATER)]);
        }
        assert!(-2.4 < low && low < -0.1 && 0.1 < high && high < 2.4);
        // 8 expected; five standard deviations are 14.
        assert!((1..22).contains(&outages), "{outages}");
    }

    #[test]
    fn a_draw_of_a_ward_and_good_is_its_own() {
        // A shock takes three draws of its own domain and one of outages', each with another key.
        let log = DrawLog::default();
        let draws = Draws::new(1).with_log(log.clone());
        shock(&mut state(), &draws, 0, WATER, 1.0);
        shock(&mut state(), &draws, 0, FOOD, 1.0);
        let mut keys: Vec<u64> = log.lock().unwrap().iter().map(|r| r.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 8);
    }
}
