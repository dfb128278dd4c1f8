//! Depots, capacities and prices at genesis.
//!
//! Stocks are the cover of each good, prices are at base, black markets are empty. A generated pattern of output is scaled to
//! `slack_g · slack ·` need of the city, then six times balanced: each ward's output times (mean value a head ÷ its value a
//! head)^½, each good scaled again. Without the balance wards that have nothing to sell starve for want of money (model page, section 2).
//! Output that was written out stays as written: `economy.slack` does not touch it.

use super::layout::Layout;
use crate::config::DosadiConfig;
use crate::goods::{GOODS, ILLEGAL, LEGAL};
use crate::state::stores::{Stores, at};
use das_core::detmath::{fmax, sum};

/// Rounds of balancing.
const ROUNDS: u32 = 6;

/// The stores at genesis.
pub fn stores(layout: &Layout, config: &DosadiConfig) -> Stores {
    let wards = layout.sites.len();
    let mut output = layout.output.clone();
    if layout.scaled {
        let people: Vec<f64> = layout.sites.iter().map(|s| s.people as f64).collect();
        balance(&mut output, &people, config.economy.slack);
    }
    let mut stores = Stores::new(wards);
    for (w, site) in layout.sites.iter().enumerate() {
        for (g, good) in LEGAL.iter().enumerate() {
            let place = at(w, g);
            let need = good.need * site.people as f64;
            stores.need[place] = need;
            stores.stock[place] = (good.cover_days * need).round() as i64;
            stores.price[place] = good.base;
            let made = output[g][w].round();
            stores.capacity[place] = made as i64;
            stores.surplus[place] = fmax(made - need, 0.0).round() as i64;
        }
        for (c, kind) in ILLEGAL.iter().enumerate() {
            stores.market_price[at(w, c)] = kind.base;
        }
    }
    stores
}

/// Scales each good to the need of the city, then brings the wards' values a head nearer to each other, six times.
fn balance(output: &mut [Vec<f64>; GOODS], people: &[f64], slack: f64) {
    let all = sum(people.iter().copied());
    scale(output, all, slack);
    for _ in 0..ROUNDS {
        let values: Vec<f64> = people
            .iter()
            .enumerate()
            .map(|(w, heads)| {
                let of = |g: usize| output[g][w] * LEGAL[g].base as f64;
                sum((0..GOODS).map(of)) / heads
            })
            .collect();
        let mean = sum(values.iter().copied()) / values.len() as f64;
        for (w, value) in values.iter().enumerate() {
            if *value > 0.0 {
                let factor = (mean / value).sqrt();
                for column in output.iter_mut() {
                    column[w] *= factor;
                }
            }
        }
        scale(output, all, slack);
    }
}

fn scale(output: &mut [Vec<f64>; GOODS], people: f64, slack: f64) {
    for (column, good) in output.iter_mut().zip(&LEGAL) {
        let made = sum(column.iter().copied());
        if made > 0.0 {
            let factor = good.slack * slack * good.need * people / made;
            for units in column {
                *units *= factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::rng::Draws;

    #[test]
    fn supply_is_slack_times_need_and_value_a_head_is_even() {
        // Each good's capacity adds up to slack_g·slack·need (but for rounding by ward), and the balance brings the richest and the
        // poorest ward nearer to each other than the pattern had them.
        let config = DosadiConfig::default();
        let layout = crate::generate::layout(&config, &Draws::new(3));
        let stores = stores(&layout, &config);
        let wards = layout.sites.len();
        for (g, good) in LEGAL.iter().enumerate() {
            let made: i64 = (0..wards).map(|w| stores.capacity[at(w, g)]).sum();
            let need: f64 = (0..wards).map(|w| stores.need[at(w, g)]).sum();
            let wanted = good.slack * config.economy.slack * need;
            assert!(
                (made as f64 - wanted).abs() <= 0.5 * wards as f64 + 1.0,
                "{}",
                good.name
            );
        }
        let spread = |output: &dyn Fn(usize, usize) -> f64| {
            let value = |w: usize| -> f64 {
                let of = |g: usize| output(g, w) * LEGAL[g].base as f64;
                (0..GOODS).map(of).sum::<f64>() / layout.sites[w].people as f64
            };
            let mut all: Vec<f64> = (0..wards).map(value).collect();
            all.sort_by(f64::total_cmp);
            all[wards - 1] / all[0]
        };
        let before = spread(&|g, w| layout.output[g][w]);
        let after = spread(&|g, w| stores.capacity[at(w, g)] as f64);
        assert!(after < 2.0 && after < before, "{before} -> {after}");
    }
}
