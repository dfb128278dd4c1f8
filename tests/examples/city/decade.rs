//! Ten years: does smuggling thin out, and does a later year mean more or less work than the first?

use crate::{over_seeds, shown, table};
use das_core::ports::NullSink;
use das_tests::city::City;
use dosadi_world::config::Generator;

/// Seeds of the page's ten years.
const SEEDS: u64 = 16;
/// Days in a year.
const YEAR: u32 = 365;
const YEARS: u32 = 10;

/// A decade.
#[derive(Default)]
struct Decade {
    hardship: f64,
    corruption: f64,
    /// Shipments a day in the first, fifth and tenth year.
    shipments: [f64; 3],
    /// Shipments a day, all years.
    mean: f64,
    /// Interactions in the tenth year over those in the first.
    work: f64,
    /// Share of networks whose income exceeds what they spent.
    gaining: f64,
    /// Share that holds less than a tenth of what it began with.
    poor: f64,
    /// Credits a day that home wards put in.
    staked: f64,
}

fn decade(seed: u64, generator: Generator) -> Decade {
    let weeks = (YEAR * YEARS).div_ceil(7);
    let mut city = City {
        weeks,
        ..City::of_seed(seed)
    };
    city.environment.map.generator = generator;
    let mut found = Decade::default();
    let lived = city.live(u64::MAX, Box::new(NullSink), None, |run| {
        let (world, ledger) = (run.world(), run.society().ledger());
        let list = &world.state.factions.list;
        let all = list.len().max(1) as f64;
        let gains = list.iter().filter(|f| f.network.income > f.network.spent);
        found.gaining = gains.count() as f64 / all;
        let least = 0.1 * world.config.economy.faction_endowment;
        let poor = (0..list.len())
            .filter_map(|f| world.faction_account(f))
            .filter(|&own| ledger.balance(own).credits() < least);
        found.poor = poor.count() as f64 / all;
    });
    // Weeks of a year, to the nearest.
    let year = |nth: u32| {
        let at = |years: u32| ((years * YEAR + 3) / 7).min(weeks) as usize;
        &lived.weeks[at(nth - 1)..at(nth)]
    };
    let of = |weeks: &[das_core::orchestrator::EpochRecord], name: &str| -> f64 {
        let rows = weeks.iter().flat_map(|week| &week.env);
        rows.filter(|row| row.0 == name).map(|row| row.1).sum()
    };
    let rate = |nth| {
        let weeks = year(nth);
        of(weeks, "smuggling.shipments_created") / (7 * weeks.len()) as f64
    };
    found.shipments = [1, 5, 10].map(rate);
    let days = f64::from(7 * weeks);
    found.mean = lived.sum("smuggling.shipments_created") / days;
    found.staked = lived.sum("smuggling.staked") / days;
    found.hardship = lived.mean("city.hardship");
    found.corruption = lived.mean("city.corruption");
    let work = |nth| {
        let weeks = year(nth);
        let scored: u64 = weeks.iter().map(|week| week.metrics.n_interactions).sum();
        scored as f64 / weeks.len() as f64
    };
    found.work = work(10) / work(1);
    found
}

/// Prints the table.
pub(crate) fn table_of_decades() {
    let mut rows = Vec::new();
    for (name, generator, page) in [
        (
            "city",
            Generator::City,
            "hardship .089 ± .005, corruption .139 ± .006, 6.1 ± .6 shipments a day",
        ),
        ("ring_chords", Generator::RingChords, "-"),
    ] {
        let lives = over_seeds(SEEDS, |seed| decade(seed, generator));
        let shown = |decimals, of: &dyn Fn(&Decade) -> f64| {
            shown(&lives.iter().map(of).collect::<Vec<_>>(), decimals)
        };
        let work: Vec<f64> = lives.iter().map(|l| l.work).collect();
        rows.push(vec![
            name.to_owned(),
            shown(3, &|l| l.hardship),
            shown(3, &|l| l.corruption),
            shown(2, &|l| l.mean),
            (0..3)
                .map(|y| shown(2, &|l| l.shipments[y]))
                .collect::<Vec<_>>()
                .join("; "),
            shown(0, &|l| 100.0 * l.gaining),
            shown(0, &|l| 100.0 * l.poor),
            shown(0, &|l| l.staked),
            crate::range(&work, 2),
            page.to_owned(),
        ]);
    }
    table(
        "Ten years (36 wards, 16 seeds)",
        &[
            "map",
            "hardship",
            "corruption",
            "smuggling shipments a day",
            "in years 1; 5; 10",
            "factions in profit, %",
            "holding less than a tenth of their endowment, %",
            "staked by home wards, credits a day",
            "interactions of the tenth year ÷ first, range",
            "model page",
        ],
        &rows,
    );
}
