//! Is the truth of an act true? Runs in which one class of act is suppressed, beside the same seeds with it.
//!
//! A class is all legal offers, or all smuggled shipments, of one sign of ΔW as it is reckoned just before the act (for a shipment:
//! as if it passed that day without a bribe). *World*: welfare summed over the days, without the class less with it, a thousand
//! person-days. *Formula*: what the ΔW of the class of the run with it say, taken away.

use crate::{over_seeds, shown, table};
use das_core::ports::NullSink;
use das_tests::city::City;
use dosadi_world::suppression::{Class, Suppression};
use dosadi_world::welfare::welfare;

/// Pairs of runs. The page has 96; with those the interval of smuggling is as wide as what is looked for.
const PAIRS: u64 = 480;
/// Days that count.
const DAYS: u32 = 120;
/// First days of the two tables: genesis, when depots are full, and a year later.
const FROM: [u32; 2] = [0, 364];

/// Welfare summed over the days, person-days, and what was met of the class.
#[derive(Clone, Copy, Default)]
struct Sums {
    welfare: f64,
    person_days: f64,
    met: f64,
    formula: f64,
}

fn live(seed: u64, suppress: Suppression) -> Sums {
    let from = suppress.from;
    let city = City {
        weeks: (from + DAYS).div_ceil(7),
        suppress: Some(suppress),
        ..City::of_seed(seed)
    };
    let mut sums = Sums::default();
    city.live(1, Box::new(NullSink), None, |run| {
        let world = run.world();
        // The day that has just been lived is the one before.
        if !(from + 1..=from + DAYS).contains(&world.day()) {
            return;
        }
        sums.welfare += welfare(&world.state);
        sums.person_days += world.state.wards.people.iter().sum::<i64>() as f64;
        if let Some(class) = &world.suppress {
            (sums.met, sums.formula) = (class.met as f64, class.sum);
        }
    });
    sums
}

/// Prints the tables.
pub(crate) fn table_of_suppression() {
    for from in FROM {
        one_table(from);
    }
}

fn one_table(from: u32) {
    let classes = [
        (
            "legal, v = +1",
            Class::Legal,
            true,
            ["106", "−217 ± 4", "−975", "−12.8 ± .8"],
        ),
        (
            "legal, v = −1",
            Class::Legal,
            false,
            ["17", "−4.8 ± .9", "+1.7", "−1.0 ± .4"],
        ),
        (
            "smuggling, v = +1",
            Class::Smuggling,
            true,
            ["8.9", "−1.76 ± .36", "−9.1", "+.25 ± .25"],
        ),
        (
            "smuggling, v = −1",
            Class::Smuggling,
            false,
            ["9.4", "+.44 ± .35", "+7.7", "+.14 ± .26"],
        ),
    ];
    let rows = classes.map(|(name, class, good, page)| {
        let runs = over_seeds(PAIRS, |seed| {
            let [with, without, part] =
                [0.0, 1.0, 0.4].map(|share| live(seed, Suppression::new(class, good, share, from)));
            let a_thousand = 1000.0 / with.person_days;
            [
                with.met / f64::from(DAYS),
                (without.welfare - with.welfare) * a_thousand,
                -with.formula * a_thousand,
                (part.welfare - with.welfare) * a_thousand,
            ]
        });
        let column = |i: usize| runs.iter().map(|r| r[i]).collect::<Vec<_>>();
        let mut row = vec![name.to_owned()];
        row.extend((0..4).map(|i| shown(&column(i), if i == 0 { 1 } else { 2 })));
        row.push(page.join("; "));
        row
    });
    table(
        &format!(
            "Is the formula the world? (days {} to {}, {PAIRS} pairs of runs; ΔW a thousand person-days)",
            from + 1,
            from + DAYS
        ),
        &[
            "suppressed",
            "acts a day in the run with them",
            "all of them: world",
            "formula sum",
            "40 % of them: world",
            "model page (acts; world; formula; 40 %)",
        ],
        &rows,
    );
}
