//! Who could sell a good to a ward today, at what price, and how much of it.

use crate::goods::LEGAL;
use crate::routes::LegalRoute;
use crate::state::stores::at;
use crate::world::Dosadi;
use das_core::detmath::fmin;

/// Days of need a ward must lack before it looks for a seller.
const DEFICIT_MIN: f64 = 0.5;
/// Days of need that are bought at once at most.
const UNITS_MAX: f64 = 3.0;
/// Share of its cover that a seller keeps.
const RESERVE: f64 = 0.25;
/// Freight of a unit and width: fixed part, micro-credits.
const FREIGHT_FIXED: f64 = 8_000.0;
/// Freight of a unit and width: share of the price at the source.
const FREIGHT_SHARE: f64 = 0.01;
/// A ward spends at most its cash over this on one delivery.
const CASH_SHARE: i64 = 4;

/// A trade that could be made. Money in micro-credits a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quote {
    pub(super) route: LegalRoute,
    pub(super) source: usize,
    pub(super) buyer: usize,
    pub(super) good: usize,
    /// Polity of the guild that sells: that of the source.
    pub(super) guild: usize,
    pub(super) units: i64,
    /// Price of the good at the source.
    pub(super) price: i64,
    pub(super) freight: i64,
    /// Price of an escort; 0 is none.
    pub(super) escort: i64,
    /// Tariff at each border.
    pub(super) tariff: i64,
    /// The guild's share of the gap.
    pub(super) margin: i64,
    /// Probability that half is robbed.
    pub(super) risk: f64,
}

impl Quote {
    /// What the buyer pays for a unit, all included.
    pub(super) fn unit_price(&self) -> i64 {
        let tariffs = self.tariff * i64::from(self.route.borders);
        self.price + self.freight + self.escort + tariffs + self.margin
    }
}

/// The trade with the best gap `p_B − p_A − freight − tariffs − escort` among the candidate sources that have something to spare and
/// whose guild finds the gap worth while; the first of equals. `units` is the least of deficit, spare, three days' need, what
/// every corridor still takes, and what a quarter of the buyer's cash pays for.
pub(super) fn best(world: &Dosadi, buyer: usize, good: usize, cash: i64) -> Option<Quote> {
    let state = &world.state;
    let stores = &state.stores;
    let place = at(buyer, good);
    let need = stores.need[place];
    let table = &LEGAL[good];
    let coming = stores.stock[place] + stores.inbound[place];
    let deficit = table.cover_days * need - coming as f64;
    if need <= 0.0 || deficit < DEFICIT_MIN * need {
        return None;
    }
    let here = stores.price[place];
    let trade = &world.config.trade;
    let tariff_rate = state.phase.pick(&trade.tariff);

    let (mut best, mut best_gap, mut best_spare) = (None, 0, 0);
    for route in world.legal.of(buyer, good) {
        let source = route.source as usize;
        let there = at(source, good);
        let price = stores.price[there];
        if price >= here {
            // Freight and tariffs only make it dearer.
            continue;
        }
        let reserve = RESERVE * table.cover_days * stores.need[there];
        let spare = (stores.stock[there] as f64 - reserve) as i64;
        if spare < 1 {
            continue;
        }
        let freight = ((FREIGHT_FIXED + FREIGHT_SHARE * price as f64) * route.distance) as i64;
        let tariff = (tariff_rate * price as f64) as i64;
        let gap = here - price - freight - tariff * i64::from(route.borders);
        if gap <= best_gap {
            continue;
        }
        let guild = usize::from(state.wards.polity[source]);
        let terms = &state.terms[guild];
        let corridors = world.legal.corridors(route).iter();
        let risk = corridors.fold(0.0, |sum, &c| sum + state.corridors.risk[c as usize]);
        let mut risk = fmin(risk, 1.0);
        let mut escort = 0;
        if risk >= terms.escort_from {
            risk *= 1.0 - trade.escort_effect;
            escort = (trade.escort_price * price as f64) as i64;
        }
        let gap = gap - escort;
        if gap <= best_gap || gap as f64 <= terms.least_gap * table.base as f64 {
            continue;
        }
        best_gap = gap;
        best_spare = spare;
        best = Some(Quote {
            route: *route,
            source,
            buyer,
            good,
            guild,
            units: 0,
            price,
            freight,
            escort,
            tariff,
            margin: (terms.share * gap as f64) as i64,
            risk,
        });
    }
    let mut quote = best?;
    let free = world.legal.corridors(&quote.route).iter();
    let free = free.map(|&c| state.corridors.residual[c as usize]);
    let carried = free.min().unwrap_or(0);
    quote.units = (fmin(deficit, UNITS_MAX * need) as i64)
        .min(best_spare)
        .min(carried)
        .min(cash / CASH_SHARE / quote.unit_price().max(1));
    (quote.units > 0).then_some(quote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goods::{GOODS, WATER};
    use crate::systems::fixture::{line, state};
    use crate::world::Dosadi;

    /// The line city on its first morning: ward d has used up its water, a sells it three corridors and one border away.
    fn thirsty() -> Dosadi {
        let mut world = Dosadi::of(line(), state());
        let stores = &mut world.state.stores;
        stores.stock[at(3, WATER)] = 1000;
        stores.price[at(3, WATER)] = 3_000_000;
        for residual in &mut world.state.corridors.residual {
            *residual = 1_000_000;
        }
        world.state.corridors.risk.fill(0.01);
        world.state.terms[0].share = 0.5;
        world
    }

    const RICH: i64 = 1_000_000_000_000;

    #[test]
    fn the_price_is_what_the_page_says() {
        // p_A 1 cr, distance 3: freight (8000 + 10000)·3; one border at 2 %; gap 3 − 1 − .054 − .02 cr, half of it the guild's.
        let quote = best(&thirsty(), 3, WATER, RICH).unwrap();
        assert_eq!((quote.source, quote.guild), (0, 0));
        assert_eq!((quote.price, quote.freight), (1_000_000, 54_000));
        assert_eq!((quote.tariff, quote.route.borders), (20_000, 1));
        assert_eq!(quote.margin, (3_000_000 - 1_074_000) / 2);
        assert_eq!(quote.unit_price(), 1_074_000 + quote.margin);
        assert_eq!(quote.escort, 0);
    }

    #[test]
    fn each_limit_binds() {
        // Deficit 3000 = three days' need = the seller's 4000 less its reserve of 1000; then cash, a corridor, a smaller deficit.
        let units = |change: &dyn Fn(&mut Dosadi), cash| {
            let mut world = thirsty();
            change(&mut world);
            best(&world, 3, WATER, cash).map(|q| q.units)
        };
        assert_eq!(units(&|_| (), RICH), Some(3000));
        let price = best(&thirsty(), 3, WATER, RICH).unwrap().unit_price();
        assert_eq!(units(&|_| (), 4 * 10 * price), Some(10));
        assert_eq!(units(&|_| (), 4 * price - 1), None);
        assert_eq!(units(&|w| w.state.corridors.residual[1] = 7, RICH), Some(7));
        assert_eq!(
            units(&|w| w.state.stores.stock[at(0, WATER)] = 1200, RICH),
            Some(200)
        );
        assert_eq!(
            units(&|w| w.state.stores.stock[at(0, WATER)] = 1000, RICH),
            None,
            "the reserve is not for sale"
        );
        assert_eq!(
            units(&|w| w.state.stores.inbound[at(3, WATER)] = 2000, RICH),
            Some(1000)
        );
        assert_eq!(
            units(&|w| w.state.stores.inbound[at(3, WATER)] = 2501, RICH),
            None,
            "less than half a day is missing"
        );
    }

    #[test]
    fn a_gap_must_exceed_the_guilds_least() {
        // The gap of a price at the source + costs + 1/40 of the base price is not enough; one micro-credit more is.
        let mut world = thirsty();
        world.state.stores.price[at(3, WATER)] = 1_074_000 + 25_000;
        assert!(best(&world, 3, WATER, RICH).is_none());
        world.state.stores.price[at(3, WATER)] += 1;
        assert!(best(&world, 3, WATER, RICH).is_some());
        world.state.terms[0].least_gap = 0.05;
        assert!(best(&world, 3, WATER, RICH).is_none());
    }

    #[test]
    fn an_escort_costs_and_protects() {
        // Three corridors of risk .1 reach the threshold of .25: 2 % of the price at the source more, .4 of the risk left.
        let mut world = thirsty();
        let plain = best(&world, 3, WATER, RICH).unwrap();
        assert!((plain.risk - 0.03).abs() < 1e-12);
        world.state.corridors.risk.fill(0.1);
        let escorted = best(&world, 3, WATER, RICH).unwrap();
        assert!((escorted.risk - 0.12).abs() < 1e-12);
        assert_eq!(escorted.escort, 20_000);
        assert_eq!(escorted.unit_price() - plain.unit_price(), 10_000);
    }

    #[test]
    fn the_best_gap_is_the_largest_of_all_candidates() {
        // Against a search of every candidate by hand, over prices drawn at random, for every ward and good.
        use das_core::rng::Stream;
        let mut world = Dosadi::of(
            crate::systems::fixture::city(),
            crate::generate::state(
                &crate::systems::fixture::city(),
                &das_core::rng::Draws::new(2),
            ),
        );
        let mut rng = Stream::from_seed(1);
        for place in 0..world.state.stores.price.len() {
            let base = LEGAL[place % GOODS].base;
            world.state.stores.price[place] = (base as f64 * (0.2 + 5.0 * rng.unit())) as i64;
            world.state.stores.stock[place] = i64::from(rng.below(6000));
        }
        let mut found = 0;
        for buyer in 0..world.wards() {
            for (good, table) in LEGAL.iter().enumerate() {
                let gap = |q: &Quote| {
                    let own = world.state.stores.price[at(buyer, good)];
                    own - (q.unit_price() - q.margin)
                };
                let Some(quote) = best(&world, buyer, good, RICH) else {
                    continue;
                };
                found += 1;
                for route in world.legal.of(buyer, good) {
                    let source = route.source as usize;
                    let there = at(source, good);
                    let price = world.state.stores.price[there];
                    let freight = ((8_000.0 + 0.01 * price as f64) * route.distance) as i64;
                    let tariffs = (0.02 * price as f64) as i64 * i64::from(route.borders);
                    let own = world.state.stores.price[at(buyer, good)];
                    let other = own - price - freight - tariffs;
                    let reserve = 0.25 * table.cover_days * world.state.stores.need[there];
                    let spare = world.state.stores.stock[there] as f64 - reserve;
                    assert!(spare < 1.0 || other <= gap(&quote), "{buyer} {good}");
                }
            }
        }
        assert!(found > 30, "{found}");
    }
}
