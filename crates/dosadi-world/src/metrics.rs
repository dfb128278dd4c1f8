//! Figures the city counts by itself, for `epoch_completed.env`: counts of the epoch, and levels at its end.
//!
//! Not here: metrics of interactions (core), views (`cockpit`).

use crate::goods::{FOOD, LEGAL, MATERIALS, MEDICAL, SUITS, WATER};
use crate::state::State;
use crate::state::stores::at;
use crate::state::wards::Index;
use crate::welfare;
use crate::world::Dosadi;
use das_core::describe::Descriptor;
use das_core::detmath::fmax;
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// Counts of the current epoch. Money in micro-credits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Days lived.
    pub days: u32,
    /// Legal deliveries booked.
    pub deliveries: u64,
    /// Offers that wards turned down.
    pub offers_rejected: u64,
    /// Value of legal deliveries.
    pub trade_value: i64,
    /// Tariffs.
    pub tariffs: i64,
    /// Legal cargo robbed.
    pub convoys_robbed: u64,
    /// Escorts paid for.
    pub escorts: u64,
    /// Smuggling shipments sent.
    pub shipments_created: u64,
    /// Smuggling shipments delivered.
    pub delivered: u64,
    /// Smuggling shipments seized.
    pub seized: u64,
    /// Smuggling shipments robbed.
    pub robbed: u64,
    /// Reroutes.
    pub rerouted: u64,
    /// Delays at borders.
    pub delayed: u64,
    /// Crossings of smuggled cargo, by border posts.
    pub crossings: u64,
    /// Bribes offered, number.
    pub bribes_offered: u64,
    /// Bribes taken, number.
    pub bribes_taken: u64,
    /// Bribes paid.
    pub bribes_spent: i64,
    /// Income from deliveries.
    pub smuggling_income: i64,
    /// Income less everything spent.
    pub profit: i64,
    /// Put into networks by their home wards.
    pub staked: i64,
    /// Value of smuggled cargo delivered.
    pub smuggled_value: i64,
    /// Routes evaluated.
    pub routes_evaluated: u64,
    /// Most routes a faction evaluated in a day.
    pub routes_evaluated_max: u32,
    /// Audits.
    pub audits: u64,
    /// Audits that found bribes.
    pub audits_found: u64,
    /// Crackdowns begun.
    pub crackdowns: u64,
    /// Patrol days.
    pub patrol_days: u64,
    /// People who moved.
    pub migrants: i64,
}

/// Mean of an index over the people of the city; 0 without people.
pub fn mean_by_people(state: &State, index: Index) -> f64 {
    let wards = &state.wards;
    let (mut sum, mut people) = (0.0, 0.0);
    for w in 0..wards.len() {
        let n = wards.people[w] as f64;
        sum += n * wards.get(index, w);
        people += n;
    }
    if people == 0.0 { 0.0 } else { sum / people }
}

/// Price of a legal good over its base, mean over wards.
pub fn mean_price(state: &State, good: usize) -> f64 {
    let wards = state.wards.len();
    let sum: i64 = (0..wards).map(|w| state.stores.price[at(w, good)]).sum();
    sum as f64 / (wards.max(1) as f64 * LEGAL[good].base as f64)
}

/// The figures of the epoch that ends, in the order of [`METRICS`]; counting starts again.
pub(crate) fn take(world: &mut Dosadi) -> Vec<(&'static str, f64)> {
    let f = std::mem::take(&mut world.state.figures);
    let state = &world.state;
    let mean = |index| mean_by_people(state, index);
    let people: i64 = state.wards.people.iter().sum();
    let worst = state.wards.column(Index::Hardship);
    let credits = |micros: i64| MicroCredits(micros).credits();
    let traded = f.smuggled_value + f.trade_value;
    let running = state.borders.crackdown.iter().flatten().count();
    let values = [
        mean(Index::Hardship),
        worst.iter().copied().fold(0.0, fmax),
        mean(Index::Corruption),
        mean(Index::Tolerance),
        mean(Index::Legitimacy),
        mean(Index::Unrest),
        f64::from(state.phase.phase),
        1000.0 * welfare::welfare(state) / people.max(1) as f64,
        mean_price(state, WATER),
        mean_price(state, FOOD),
        mean_price(state, SUITS),
        mean_price(state, MEDICAL),
        mean_price(state, MATERIALS),
        f.deliveries as f64,
        f.offers_rejected as f64,
        credits(f.trade_value),
        credits(f.tariffs),
        f.convoys_robbed as f64,
        f.escorts as f64,
        f.shipments_created as f64,
        f.delivered as f64,
        f.seized as f64,
        f.robbed as f64,
        f.crossings as f64,
        f.bribes_offered as f64,
        f.bribes_taken as f64,
        credits(f.bribes_spent),
        credits(f.profit),
        credits(f.staked),
        if traded == 0 {
            0.0
        } else {
            f.smuggled_value as f64 / traded as f64
        },
        f.routes_evaluated as f64,
        f64::from(f.routes_evaluated_max),
        f.delayed as f64,
        f.rerouted as f64,
        f.audits as f64,
        f.audits_found as f64,
        f.crackdowns as f64,
        running as f64,
        f.patrol_days as f64,
        f.migrants as f64,
    ];
    METRICS.iter().map(|d| d.name).zip(values).collect()
}

const fn metric(name: &'static str, summary: &'static str, formula: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "metric",
        summary,
        formula,
        params: &[],
        source: "Dosadi model page; seed 001, section 10",
    }
}

/// The world's figures, in the order they are written.
pub const METRICS: &[Descriptor] = &[
    metric(
        "city.hardship",
        "hardship at the end of the epoch, mean over people",
        "Σ people·h / Σ people",
    ),
    metric("city.hardship_worst", "hardship of the worst ward", ""),
    metric("city.corruption", "corruption, mean over people", ""),
    metric(
        "city.tolerance",
        "smuggling tolerance, mean over people",
        "",
    ),
    metric("city.legitimacy", "legitimacy, mean over people", ""),
    metric("city.unrest", "unrest, mean over people", ""),
    metric(
        "city.phase",
        "world phase: 0 plenty, 1 strain, 2 crisis",
        "",
    ),
    metric(
        "city.welfare",
        "welfare of the last day, per thousand people",
        "−1000·Σ people·(h + h²) / Σ people",
    ),
    metric(
        "price.water",
        "price of water over its base, mean over wards",
        "",
    ),
    metric(
        "price.food",
        "price of food over its base, mean over wards",
        "",
    ),
    metric(
        "price.suits",
        "price of suits over its base, mean over wards",
        "",
    ),
    metric(
        "price.medical",
        "price of medical supplies over its base, mean over wards",
        "",
    ),
    metric(
        "price.materials",
        "price of materials over its base, mean over wards",
        "",
    ),
    metric("trade.deliveries", "legal deliveries booked", ""),
    metric("trade.rejected", "legal offers that wards turned down", ""),
    metric("trade.value", "value of legal deliveries, credits", ""),
    metric("trade.tariffs", "tariffs paid, credits", ""),
    metric("trade.robbed", "legal convoys robbed", ""),
    metric("trade.escorts", "escorts paid for", ""),
    metric(
        "smuggling.shipments_created",
        "smuggling shipments sent",
        "",
    ),
    metric(
        "smuggling.delivered",
        "smuggling shipments that arrived",
        "",
    ),
    metric("smuggling.seized", "smuggling shipments seized", ""),
    metric(
        "smuggling.robbed",
        "smuggling shipments robbed on the way",
        "",
    ),
    metric(
        "smuggling.crossings",
        "smuggled cargo handled by customs posts",
        "",
    ),
    metric("smuggling.bribes_offered", "bribes offered", ""),
    metric("smuggling.bribes_taken", "bribes taken", ""),
    metric("smuggling.bribes_spent", "bribes paid, credits", ""),
    metric(
        "smuggling.profit",
        "income of smuggling less goods, freight, bribes and crew, credits",
        "",
    ),
    metric(
        "smuggling.staked",
        "money that home wards put into networks without working capital, credits",
        "",
    ),
    metric(
        "smuggling.value_share",
        "smuggled value delivered over all value traded",
        "smuggled / (smuggled + legal)",
    ),
    metric(
        "smuggling.routes_evaluated",
        "candidate routes evaluated",
        "",
    ),
    metric(
        "smuggling.routes_evaluated_max",
        "most candidate routes a faction evaluated in a day; at most smuggling.route_topk",
        "",
    ),
    metric("customs.delayed", "smuggled cargo delayed at a border", ""),
    metric(
        "customs.rerouted",
        "smuggled cargo sent back to another route",
        "",
    ),
    metric("audits.made", "audits of customs posts", ""),
    metric("audits.found", "audits that found bribes", ""),
    metric("crackdowns.begun", "crackdowns begun", ""),
    metric(
        "crackdowns.running",
        "crackdowns running at the end of the epoch",
        "",
    ),
    metric("patrols.days", "corridor-days patrolled", ""),
    metric("city.migrants", "people who moved to another ward", ""),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DosadiConfig;

    #[test]
    fn every_figure_has_its_name_and_counting_starts_again() {
        // As many values as descriptors, so that zip drops none; names are unique; counts are gone afterwards, levels are not.
        let mut world = Dosadi::new(DosadiConfig::default(), 1);
        world.state.figures.seized = 3;
        let rows = take(&mut world);
        assert_eq!(rows.len(), METRICS.len());
        assert!(rows.contains(&("smuggling.seized", 3.0)));
        assert_eq!(rows.last().map(|r| r.0), METRICS.last().map(|d| d.name));
        assert!(take(&mut world).contains(&("smuggling.seized", 0.0)));
        let mut names: Vec<_> = rows.iter().map(|r| r.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }
}
