//! Stage 4: legal trade. Wards that lack a good are offered it by the guild of the ward that gains most by selling it.
//!
//! Each ward and good gets at most one offer a day, on the terms the guild has posted; wards are served from ward `day mod n` on, so
//! that nobody always buys first. What corridors carry is counted down over the day. Not here: how a buyer decides
//! (`policies::buying_ward`), what terms a guild posts (`policies::merchant_guild`), arrivals (`systems::production`). Source: model
//! page, section 3 (stage 4) and section 4.

mod matching;
mod settlement;

use crate::config::DosadiConfig;
use crate::goods::GOODS;
use crate::world::Dosadi;
use das_core::detmath::clamp;
use das_core::orchestrator::Ctx;
use das_core::rng::{Domain, Draws};
use serde::{Deserialize, Serialize};

const SHARE: Domain = Domain::new("dosadi.trade.share");

/// Terms a guild trades on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GuildTerms {
    /// Share of the price gap it keeps.
    pub share: f64,
    /// Least gap worth a trade, as a share of the base price.
    pub least_gap: f64,
    /// Route risk from which it pays for an escort.
    pub escort_from: f64,
    /// Hidden rate of duds.
    pub dud_rate: f64,
}

/// Least gap at genesis, as a share of the base price: 1/40.
pub const LEAST_GAP: f64 = 0.025;
/// Bound of the least gap and of the escort threshold that may be posted.
const TERMS_MAX: f64 = 10.0;

/// Terms of the guilds at genesis: the share of the gap is `merchant_share·U(.6, 1.4)` by guild, dud rates go in turn.
pub fn genesis_terms(config: &DosadiConfig, draws: &Draws, polities: u16) -> Vec<GuildTerms> {
    let trade = &config.trade;
    let rates = &trade.dud_rates;
    let one = |polity: u16| {
        let u = draws.unit(SHARE, &[u64::from(polity)]);
        let turn = usize::from(polity) % rates.len().max(1);
        GuildTerms {
            share: clamp(trade.merchant_share * (0.6 + 0.8 * u), 0.0, 1.0),
            least_gap: LEAST_GAP,
            escort_from: trade.escort_from,
            dud_rate: rates.get(turn).copied().unwrap_or(0.0),
        }
    };
    (0..polities).map(one).collect()
}

/// Sets the public terms of a guild, held to their ranges; what is not a number leaves them as they were.
pub(crate) fn set_terms(
    world: &mut Dosadi,
    guild: u16,
    share: f64,
    least_gap: f64,
    escort_from: f64,
) {
    let Some(terms) = world.state.terms.get_mut(usize::from(guild)) else {
        return;
    };
    for (term, value, most) in [
        (&mut terms.share, share, 1.0),
        (&mut terms.least_gap, least_gap, TERMS_MAX),
        (&mut terms.escort_from, escort_from, TERMS_MAX),
    ] {
        if !value.is_nan() {
            *term = clamp(value, 0.0, most);
        }
    }
}

/// Runs the stage.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let state = &mut world.state;
    let corridors = state.map.corridors.iter();
    for (residual, corridor) in state.corridors.residual.iter_mut().zip(corridors) {
        *residual = if corridor.open { corridor.capacity } else { 0 };
    }
    let wards = world.wards();
    if !world.config.trade.enabled || wards == 0 {
        return;
    }
    let mut left = world.config.deliveries_max();
    let first = world.day() as usize % wards;
    for buyer in (first..wards).chain(0..first) {
        let Some(account) = world.ward_account(buyer) else {
            continue;
        };
        for good in 0..GOODS {
            if left == 0 {
                return;
            }
            let cash = ctx.ledger().balance(account).0;
            if let Some(quote) = matching::best(world, buyer, good, cash)
                && settlement::offer(world, ctx, &quote)
            {
                left -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::fixture::{fee, line, live, live_with};

    #[test]
    fn terms_at_genesis_are_drawn_by_guild() {
        // Shares lie in .5·[.6, 1.4], differ, and do not depend on how many guilds there are; dud rates go in turn.
        let config = DosadiConfig::default();
        let draws = Draws::new(5);
        let terms = genesis_terms(&config, &draws, 6);
        assert_eq!(terms[..3], genesis_terms(&config, &draws, 3));
        assert!(terms.iter().all(|t| (0.3..=0.7).contains(&t.share)));
        assert!(terms.windows(2).all(|t| t[0].share != t[1].share));
        let duds: Vec<f64> = terms.iter().map(|t| t.dud_rate).collect();
        assert_eq!(duds, [0.0, 0.0, 0.04, 0.10, 0.0, 0.0]);
    }

    #[test]
    fn the_cap_of_deliveries_holds_and_wards_take_turns() {
        // One delivery a day among wards that all lack something: never more, and more than one ward gets it over the weeks.
        let mut config = line();
        config.trade.deliveries_max = Some(1);
        let lived = live(config, 1, 60);
        let booked = lived.events("delivery_booked");
        let mut days: Vec<u64> = booked
            .iter()
            .map(|e| e["epoch"].as_u64().unwrap())
            .collect();
        let deliveries = days.len();
        days.dedup();
        assert_eq!(days.len(), deliveries);
        assert!(deliveries > 30, "{deliveries}");
        let mut buyers: Vec<&str> = booked
            .iter()
            .map(|e| e["buyer"].as_str().unwrap())
            .collect();
        buyers.sort_unstable();
        buyers.dedup();
        assert!(buyers.len() > 1, "{buyers:?}");
    }

    #[test]
    fn a_tax_on_deliveries_shifts_trade() {
        // A fixed fee on each delivery raises the guilds' least gap: over eight seeds fewer deliveries than without.
        let least = |lived: &crate::systems::fixture::Lived| lived.world().state.terms[0].least_gap;
        let booked = |lived: &crate::systems::fixture::Lived| lived.events("delivery_booked").len();
        let mut sums = [0; 2];
        for seed in 1..=8 {
            let free = live(line(), seed, 120);
            let taxed = live_with(line(), seed, 120, vec![fee(50.0)], |_| ());
            assert_eq!(least(&free), LEAST_GAP);
            assert!(least(&taxed) > 1.01 * LEAST_GAP, "{}", least(&taxed));
            sums[0] += booked(&taxed);
            sums[1] += booked(&free);
        }
        assert!(sums[0] < sums[1], "{sums:?}");
    }

    #[test]
    fn posted_terms_are_held_to_their_ranges() {
        // What is out of range is clamped, what is no number is ignored, a guild that does not exist is nobody.
        let mut world = Dosadi::new(crate::systems::fixture::line(), 1);
        set_terms(&mut world, 0, 7.0, -1.0, f64::NAN);
        let terms = world.state.terms[0];
        assert_eq!((terms.share, terms.least_gap), (1.0, 0.0));
        assert_eq!(terms.escort_from, world.config.trade.escort_from);
        set_terms(&mut world, 99, 0.5, 0.5, 0.5);
    }
}
