//! The odds at a post: whether a bribe is taken, cargo opened, contraband found, and whether superiors look again.
//!
//! `Invariant: P(take) and a suspicious inspection are at most .95; a bid of 0 is never taken`. Formulas: see the parent module. Not
//! here: the draws.

use crate::act::Passage;
use crate::config::DosadiConfig;
use crate::state::State;
use crate::state::wards::Index;
use das_core::detmath::{clamp, exp, fmin, pow};

/// Tolerance that a phase adds.
const LAX: [f64; 3] = [0.0, 0.05, 0.10];
/// Most that P(take) and p_ins can be: nothing is certain.
const SURE: f64 = 0.95;
/// Factor on inspections after a refused bribe.
const SUSPICION: f64 = 1.5;

/// How a bid appeals to the officer of a post.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Appeal {
    /// P(take).
    pub(crate) take: f64,
    /// Bid over the officer's ask, share of value.
    pub(crate) surplus: f64,
}

/// P(take) of a bid at a post; a bid of 0 is never taken.
pub(crate) fn appeal(config: &DosadiConfig, state: &State, post: u32, passage: &Passage) -> Appeal {
    debug_assert!(config.customs.enabled);
    let at = post as usize;
    let intensity = state.borders.intensity(passage.border as usize);
    let tolerance = clamp(state.posts.tolerance[at] + state.phase.pick(&LAX), 0.0, 1.0)
        * (1.0 - 0.5 * intensity);
    let ask = 0.015 + 0.06 * state.posts.fear[at] + 0.03 * (1.0 - tolerance) + 0.04 * intensity;
    let surplus = passage.bid as f64 / passage.value.max(1) as f64 - ask;
    let take = if passage.bid > 0 {
        fmin(
            SURE,
            (0.25 + 0.75 * tolerance) / (1.0 + exp(-surplus / 0.01)),
        )
    } else {
        0.0
    };
    Appeal { take, surplus }
}

/// p_ins of smuggled cargo; `passage.bid` is a bribe that was refused just now.
pub(crate) fn inspection(config: &DosadiConfig, state: &State, passage: &Passage) -> f64 {
    let base = state.phase.pick(&config.customs.inspect);
    let intensity = state.borders.intensity(passage.border as usize);
    let opened = 1.0 - pow(1.0 - base, 1.0 + config.crackdowns.exponent * intensity);
    if passage.bid > 0 {
        fmin(SURE, SUSPICION * opened)
    } else {
        opened
    }
}

/// p_d in an entry ward.
pub(crate) fn detection(config: &DosadiConfig, state: &State, border: u32, ward: u32) -> f64 {
    let base = state.phase.pick(&config.customs.detect);
    let corruption = state.wards.get(Index::Corruption, ward as usize);
    let intensity = state.borders.intensity(border as usize);
    clamp(
        base * (1.0 - 0.4 * corruption) * (1.0 + 0.3 * intensity),
        0.0,
        1.0,
    )
}

/// Probability that superiors look again at cargo that paid.
pub(crate) fn suspicion(config: &DosadiConfig, state: &State, border: u32, ward: u32) -> f64 {
    let felt = state.wards.audit_pressure[ward as usize] * config.audits.rate;
    let intensity = state.borders.intensity(border as usize);
    clamp(
        0.015 + 0.05 * clamp(felt, 0.0, 1.0) + 0.25 * intensity,
        0.0,
        1.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use crate::state::borders::Crackdown;
    use das_core::rng::Draws;

    fn passage(bid: i64) -> Passage {
        Passage {
            border: 0,
            shipment: 1,
            value: 1_000_000_000,
            bid,
        }
    }

    fn city() -> (DosadiConfig, State) {
        let config = DosadiConfig::default();
        let state = generate::state(&config, &Draws::new(1));
        (config, state)
    }

    fn press(state: &mut State, intensity: f64) {
        state.borders.crackdown[0] = Some(Crackdown {
            intensity,
            from: 0,
            until: 60,
            interaction: None,
            by: None,
            begun_event: 0,
            passes_before: 0.0,
            passes: 0,
            seizures: 0,
            delays: 0,
            delay_cost: 0.0,
            pay: 0,
            overturned: 0,
            found: 0,
        });
    }

    #[test]
    fn a_bid_is_never_certain_and_none_is_never_taken() {
        // P(take) rises with the bid to at most .95, even for an officer who tolerates everything, and is 0 without a bid.
        let (config, mut state) = city();
        state.posts.tolerance[0] = 1.0;
        state.posts.fear[0] = 0.0;
        let mut last = 0.0;
        for bid in (0..=500).map(|k| k * 1_000_000) {
            let take = appeal(&config, &state, 0, &passage(bid)).take;
            assert!(take >= last && take <= SURE, "{bid}: {take}");
            assert_eq!(take == 0.0, bid == 0);
            last = take;
        }
        assert_eq!(last, SURE);
    }

    #[test]
    fn known_answers_of_the_page() {
        // tolerance .5, fear .05, P0, no crackdown: ask = .015 + .003 + .015 = .033; at that bid sigma is ½ and the officer takes with
        // (.25 + .375)/2. Inspections are .12, after a refused bribe .18; a full crackdown makes them 1 − .88⁴.
        let (config, mut state) = city();
        state.posts.tolerance[0] = 0.5;
        state.posts.fear[0] = 0.05;
        let fair = appeal(&config, &state, 0, &passage(33_000_000));
        assert!((fair.take - 0.3125).abs() < 1e-9 && fair.surplus.abs() < 1e-12);
        assert!((inspection(&config, &state, &passage(0)) - 0.12).abs() < 1e-12);
        assert!((inspection(&config, &state, &passage(1)) - 0.18).abs() < 1e-12);
        press(&mut state, 1.0);
        let full = 1.0 - 0.88 * 0.88 * 0.88 * 0.88;
        assert!((inspection(&config, &state, &passage(0)) - full).abs() < 1e-12);
        // 1.5 × .4003 = .60: still below .95.
        assert!(inspection(&config, &state, &passage(1)) <= SURE);
    }

    #[test]
    fn bribes_lower_the_odds_of_seizure_but_never_to_nothing() {
        // Expected seizure with a good bid at a tolerant post is lower than without one; at a post that asks more than the bid it is
        // higher, since a refused bribe makes suspicious.
        let (config, mut state) = city();
        let ward = state.posts.ward[0];
        let odds = |state: &State, bid: i64| {
            let offer = passage(bid);
            let take = appeal(&config, state, 0, &offer).take;
            let found = detection(&config, state, 0, ward);
            let again = suspicion(&config, state, 0, ward);
            found * (take * again + (1.0 - take) * inspection(&config, state, &offer))
        };
        state.posts.tolerance[0] = 0.8;
        let (with, without) = (odds(&state, 100_000_000), odds(&state, 0));
        assert!(0.0 < with && with < 0.6 * without, "{with} {without}");
        state.posts.fear[0] = 1.0;
        assert!(odds(&state, 10_000_000) > without);
    }
}
