//! Marginal welfare: what an act does to hardship-weighted welfare, from local state alone.
//!
//! Welfare of a day is `W = −Σ_w people·(h + κ/2·h²)` with h the hardship of the day and κ = 2. An act moves goods, money or harm;
//! its ΔW is the sum of what it moves times the marginal values below, and the truth of the interaction is the sign of ΔW (0 counts
//! as −1). It never looks at who did it, at shocks, or at what happened before and after. It is a partial-equilibrium sign, valid
//! for classes of acts, not for the size of a single one. Source: model page, section 4.

use crate::goods::{GOODS, ILLEGAL, LEGAL};
use crate::state::State;
use crate::state::stores::at;
use crate::state::wards::Index;
use das_core::detmath::{clamp, fmax};
use das_core::interaction::Truth;
use das_core::units::MicroCredits;

/// Curvature κ of welfare in hardship.
pub const KAPPA: f64 = 2.0;
/// Share of hardship that comes from unmet need; the rest is harm.
pub const NEED_SHARE: f64 = 0.85;
/// Weight of harm in hardship.
pub const HARM_WEIGHT: f64 = 0.15;
/// Harm a unit does per thousand people: `.03·harm·1000`, times [`HARM_WEIGHT`].
pub const HARM_PER_UNIT: f64 = 4.5;
/// Marginal value λ0 of a credit at no hardship.
pub const MONEY: f64 = 0.01;
/// Value of a credit in a guild's or faction's hands, as a share of λ0.
pub const PRIVATE: f64 = 0.5;
/// Value of a credit in a public treasury, as a share of λ0: stipends go where hardship is.
pub const PUBLIC: f64 = 1.2;

/// Welfare of the city today.
pub fn welfare(state: &State) -> f64 {
    let wards = &state.wards;
    let mut sum = 0.0;
    for w in 0..wards.len() {
        let h = wards.get(Index::HardshipToday, w);
        sum -= wards.people[w] as f64 * (h + KAPPA / 2.0 * h * h);
    }
    sum
}

/// Slope of welfare in hardship: `1 + κ·h`.
#[inline]
fn slope(state: &State, ward: usize) -> f64 {
    1.0 + KAPPA * state.wards.get(Index::Hardship, ward)
}

/// μ(w, g): marginal value of a unit of a legal good in a ward,
/// `.85·ω/n·(1+2h)·[.1 + .9·clamp(3u + .3·max(ln p, −1), 0, 1)]`.
pub fn good(state: &State, ward: usize, good: usize) -> f64 {
    let g = &LEGAL[good];
    let place = at(ward, good);
    let lack = 3.0 * state.stores.unmet[place] + 0.3 * fmax(state.stores.ln_price[place], -1.0);
    NEED_SHARE * g.weight / g.need * slope(state, ward) * (0.1 + 0.9 * clamp(lack, 0.0, 1.0))
}

/// μc(w, c): marginal value of a unit of contraband, `rel·μ(w, g_c) − 4.5·harm·(1+2h)`.
pub fn contraband(state: &State, ward: usize, kind: usize) -> f64 {
    let c = &ILLEGAL[kind];
    debug_assert!(c.relieves < GOODS);
    c.relief * good(state, ward, c.relieves) - HARM_PER_UNIT * c.harm * slope(state, ward)
}

/// λ(w): marginal value of a credit in a ward, `λ0·(1+2h)`.
#[inline]
pub fn money(state: &State, ward: usize) -> f64 {
    MONEY * slope(state, ward)
}

/// A legal delivery, as far as its effect on welfare goes. Money in micro-credits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delivery {
    /// Selling ward.
    pub source: usize,
    /// Buying ward.
    pub buyer: usize,
    /// Legal good.
    pub good: usize,
    /// Units that leave the source.
    pub units: i64,
    /// Sound units that arrive: without duds and what is robbed.
    pub arriving: i64,
    /// Days late.
    pub delay: u32,
    /// To the source ward: goods, freight, escort.
    pub to_source: i64,
    /// To the guild.
    pub margin: i64,
    /// To treasuries.
    pub tariff: i64,
}

/// Value lost by each day a delivery is late.
const DELAY_LOSS: f64 = 0.02;

/// ΔW of a legal delivery at booking, losses drawn already:
/// `q_good(1−.02·delay)·μ(B) − q·μ(A) − λ_B·pay + λ_A·(goods+freight) + .5λ0·margin + 1.2λ0·tariff`.
pub fn delivery(state: &State, d: &Delivery) -> f64 {
    let credits = |micros: i64| MicroCredits(micros).credits();
    let pay = credits(d.to_source + d.margin + d.tariff);
    let in_time = 1.0 - DELAY_LOSS * f64::from(d.delay);
    let mut delta = d.arriving as f64 * in_time * good(state, d.buyer, d.good);
    delta -= d.units as f64 * good(state, d.source, d.good);
    delta -= money(state, d.buyer) * pay;
    delta += money(state, d.source) * credits(d.to_source);
    delta += PRIVATE * MONEY * credits(d.margin);
    delta += PUBLIC * MONEY * credits(d.tariff);
    delta
}

/// The truth of an act: the sign of its marginal effect; a tie is −1.
#[inline]
pub fn truth(delta: f64) -> Truth {
    Truth::from_good(delta > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goods::WATER;
    use crate::state::wards::Why;
    use crate::systems::fixture::state;

    #[test]
    fn the_value_of_a_unit_is_the_pages() {
        // Water, h .25, u .2, price at base: .85·.35/1·1.5·(.1 + .9·.6); a surplus of cheap water is worth a tenth of that factor.
        let mut state = state();
        state.wards.set(Index::Hardship, 0, 0.25, Why::Genesis);
        state.stores.unmet[at(0, WATER)] = 0.2;
        let value = good(&state, 0, WATER);
        assert!((value - 0.85 * 0.35 * 1.5 * 0.64).abs() < 1e-12);
        state.stores.unmet[at(0, WATER)] = 0.0;
        state.stores.ln_price[at(0, WATER)] = -0.5;
        let value = good(&state, 0, WATER);
        assert!((value - 0.85 * 0.35 * 1.5 * 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_delivery_is_worth_what_it_moves() {
        // 100 units, 90 arrive four days late; every term of the formula by hand.
        let mut state = state();
        state.stores.unmet[at(3, WATER)] = 1.0;
        state.wards.set(Index::Hardship, 3, 0.5, Why::Genesis);
        let d = Delivery {
            source: 0,
            buyer: 3,
            good: WATER,
            units: 100,
            arriving: 90,
            delay: 4,
            to_source: 110_000_000,
            margin: 50_000_000,
            tariff: 2_000_000,
        };
        let buyer = 0.85 * 0.35 * 2.0;
        let source = 0.85 * 0.35 * 0.1;
        let expected = 90.0 * 0.92 * buyer - 100.0 * source - 0.02 * 162.0
            + 0.01 * 110.0
            + 0.5 * 0.01 * 50.0
            + 1.2 * 0.01 * 2.0;
        assert!((delivery(&state, &d) - expected).abs() < 1e-9);
        // A shock or an outage elsewhere in the ward changes nothing; losing the cargo makes it harmful.
        state.stores.shock.fill(2.0);
        state.stores.outage_until.fill(100);
        assert!((delivery(&state, &d) - expected).abs() < 1e-9);
        let lost = Delivery { arriving: 0, ..d };
        assert_eq!(truth(delivery(&state, &lost)), Truth::Harmful);
        assert_eq!(truth(0.0), Truth::Harmful, "a tie");
    }
}
