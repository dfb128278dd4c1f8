//! Truth of the underworld's acts: ΔW of crossings, seizures and crackdowns, whose sign is v.
//!
//! Each is a sum of goods, harm and money moved times the marginal values of [`crate::welfare`], from the state of the day the
//! act lands; nothing scans the city, and nothing asks who did it. Signs are valid for classes of acts, not for the size of a
//! single one. Source: model page, section 4. Not here: what can be seen of an act (`systems::customs`, `systems::crackdown`).

use crate::goods::ILLEGAL;
use crate::state::State;
use crate::state::borders::Crackdown;
use crate::state::shipments::Shipment;
use crate::state::stores::at;
use crate::welfare::{MONEY, PRIVATE, PUBLIC, contraband, good, money};
use das_core::detmath::fmax;
use das_core::units::MicroCredits;

/// Share of deterred cargo that is not merely displaced.
const DETERRED: f64 = 0.4;
/// Welfare that a day of a full crackdown costs each person at both ends.
const NUISANCE: f64 = 2e-5;
/// Share of a returned unit's relief that reaches the ward from custody.
pub(crate) const RETURNED: f64 = 0.5;

/// Revenue that cargo of this size would bring at today's price: 85 % of `units·price`, floored.
pub(crate) fn revenue(state: &State, ward: u32, kind: usize, units: i64) -> i64 {
    let price = state.stores.market_price[at(ward as usize, kind)];
    let whole = i128::from(units) * i128::from(price) * 85 / 100;
    i64::try_from(whole).unwrap_or(i64::MAX)
}

/// Loss at the source: inputs that its people miss now, −in·μ(src).
fn missed(state: &State, cargo: &Shipment) -> f64 {
    let (input, units) = cargo.input;
    if units == 0 {
        return 0.0;
    }
    -(units as f64) * good(state, cargo.source as usize, usize::from(input))
}

fn outlay(cargo: &Shipment) -> f64 {
    MicroCredits(cargo.bought + cargo.freight).credits()
}

/// ΔW of letting cargo pass, with a bribe taken for it:
/// `qμc(dst) − in·μ(src) − λ_dst·P + λ_src(buy+freight) + ½λ0(P−buy−freight−bribes) − ½λ0·bribe`.
///
/// `bribes` are those paid before this crossing, `bribe` (micro-credits) is this one's.
pub fn let_through(state: &State, cargo: &Shipment, bribe: i64) -> f64 {
    let (kind, to) = (usize::from(cargo.kind), cargo.destination as usize);
    let paid = MicroCredits(revenue(state, cargo.destination, kind, cargo.units)).credits();
    let (spent, earlier) = (outlay(cargo), MicroCredits(cargo.paid).credits());
    cargo.units as f64 * contraband(state, to, kind) + missed(state, cargo)
        - money(state, to) * paid
        + money(state, cargo.source as usize) * spent
        + PRIVATE * MONEY * (paid - spent - earlier)
        - PRIVATE * MONEY * MicroCredits(bribe).credits()
}

/// ΔW of a crossing that ended in seizure: `−in·μ(src) + (λ_src − ½λ0)(buy+freight)`.
pub fn stopped(state: &State, cargo: &Shipment) -> f64 {
    missed(state, cargo) + (money(state, cargo.source as usize) - PRIVATE * MONEY) * outlay(cargo)
}

/// ΔW of a seizure: `−[qμc(dst) − λ_dst·P + ½λ0·P] + ½·q·rel·μ(ward)`, the last term if custody returns such goods.
pub fn seizure(state: &State, cargo: &Shipment, ward: u32) -> f64 {
    let (kind, to) = (usize::from(cargo.kind), cargo.destination as usize);
    let table = &ILLEGAL[kind];
    let paid = MicroCredits(revenue(state, cargo.destination, kind, cargo.units)).credits();
    let units = cargo.units as f64;
    let prevented =
        units * contraband(state, to, kind) - money(state, to) * paid + PRIVATE * MONEY * paid;
    let returned = if table.returns {
        RETURNED * units * table.relief * good(state, ward as usize, table.relieves)
    } else {
        0.0
    };
    returned - prevented
}

/// ΔW of a crackdown that ran `days` days on a border between wards `a` and `b`:
/// `−w̄·(.4·max(0, before·days − passes) + seizures) − delays − 2·10⁻⁵·days·i·people + (λ_w − 1.2λ0)·pay`.
///
/// w̄ is the mean welfare of cargo let through there, λ_w the mean of both ends: each post's ward gets half of the pay.
pub fn crackdown(state: &State, border: usize, run: &Crackdown, days: u32) -> f64 {
    let corridor = &state.map.corridors[state.map.borders[border] as usize];
    let (a, b) = (corridor.a as usize, corridor.b as usize);
    let kept_away = fmax(
        0.0,
        run.passes_before * f64::from(days) - f64::from(run.passes),
    );
    let people = (state.wards.people[a] + state.wards.people[b]) as f64;
    let worth = f64::midpoint(money(state, a), money(state, b));
    -state.borders.welfare[border] * (DETERRED * kept_away + f64::from(run.seizures))
        - run.delay_cost
        - NUISANCE * f64::from(days) * run.intensity * people
        + (worth - PUBLIC * MONEY) * MicroCredits(run.pay).credits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DosadiConfig;
    use crate::generate;
    use crate::goods::{FOOD, STOLEN_GOODS, SUIT_MODS, SUITS, WEAPON_PARTS};
    use das_core::rng::Draws;

    fn city() -> State {
        generate::state(&DosadiConfig::default(), &Draws::new(1))
    }

    fn cargo(kind: usize) -> Shipment {
        Shipment {
            kind: kind as u8,
            units: 20,
            source: 0,
            destination: 1,
            bought: 400_000_000,
            freight: 20_000_000,
            input: (SUITS as u8, 10),
            ..Shipment::default()
        }
    }

    #[test]
    fn weapons_never_help_and_stolen_food_helps_the_hungry() {
        // Weapon parts relieve nothing, so letting them through is worse than stopping them; stolen food in a starving ward is worth
        // more than its harm, so seizing it is worse than letting it through.
        let mut state = city();
        let arms = cargo(WEAPON_PARTS);
        assert!(let_through(&state, &arms, 0) < stopped(&state, &arms));
        assert!(seizure(&state, &arms, 2) > 0.0);
        let place = at(1, FOOD);
        state.stores.unmet[place] = 1.0;
        state.stores.ln_price[place] = 1.5;
        let food = Shipment {
            input: (0, 0),
            bought: 0,
            ..cargo(STOLEN_GOODS)
        };
        assert!(let_through(&state, &food, 0) > 0.0);
        assert!(let_through(&state, &food, 0) > stopped(&state, &food));
    }

    #[test]
    fn a_bribe_costs_half_of_lambda0_and_shocks_elsewhere_change_nothing() {
        // A bribe of 100 credits lowers ΔW by ½·.01·100; ΔW reads neither outages nor shocks nor other wards.
        let mut state = city();
        let mods = cargo(SUIT_MODS);
        let without = let_through(&state, &mods, 0);
        let with = let_through(&state, &mods, 100_000_000);
        assert!((without - with - 0.5).abs() < 1e-9);
        let before = [without, stopped(&state, &mods), seizure(&state, &mods, 2)];
        state.stores.shock.iter_mut().for_each(|z| *z = -1.0);
        state.stores.outage_until.iter_mut().for_each(|t| *t = 99);
        for good in 0..crate::goods::GOODS {
            state.stores.unmet[at(5, good)] = 1.0;
        }
        let after = [
            let_through(&state, &mods, 0),
            stopped(&state, &mods),
            seizure(&state, &mods, 2),
        ];
        assert_eq!(before, after);
    }

    #[test]
    fn a_crackdown_that_only_costs_is_harmful() {
        // With no cargo of known effect, delays and nuisance are all there is; deterring harmful cargo outweighs them.
        let mut state = city();
        let run = Crackdown {
            intensity: 1.0,
            from: 0,
            until: 21,
            interaction: None,
            by: None,
            begun_event: 0,
            passes_before: 2.0,
            passes: 2,
            seizures: 3,
            delays: 5,
            delay_cost: 1.0,
            pay: 0,
            overturned: 0,
            found: 0,
        };
        assert!(crackdown(&state, 0, &run, 21) < 0.0);
        state.borders.welfare[0] = -50.0;
        // −w̄·(.4·(2·21 − 2) + 3) = 50·19.
        let more = crackdown(&state, 0, &run, 21);
        state.borders.welfare[0] = 0.0;
        assert!((more - crackdown(&state, 0, &run, 21) - 950.0).abs() < 1e-9);
    }
}
