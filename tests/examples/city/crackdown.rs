//! Displacement: what a crackdown on the busiest border that is no bridge does to its traffic, while it lasts and afterwards.

use crate::{SEEDS, over_seeds, table};
use das_core::ports::NullSink;
use das_tests::city::City;
use dosadi_world::config::Ordered;

/// Day the crackdown begins.
const FROM: u32 = 364;
/// Days it lasts.
const DAYS: u32 = 60;
/// Windows: first and last day, counted from the first day of the crackdown, and the page's figures.
const WINDOWS: [(&str, u32, u32); 4] = [
    ("days 1–30", 1, 30),
    ("days 16–30", 16, 30),
    ("days 31–60", 31, 60),
    ("60–150 days after its end", DAYS + 60, DAYS + 150),
];

/// Cumulative smuggled passes by border, day by day, and the border under a crackdown on its second day.
struct Watched {
    passes: Vec<Vec<u64>>,
    border: Option<usize>,
}

fn watch(city: &City) -> Watched {
    let mut watched = Watched {
        passes: Vec::new(),
        border: None,
    };
    city.live(1, Box::new(NullSink), None, |run| {
        let world = run.world();
        watched.passes.push(world.state.borders.passes.clone());
        if world.day() == FROM + 2 {
            watched.border = world
                .state
                .borders
                .crackdown
                .iter()
                .position(Option::is_some);
        }
    });
    watched
}

impl Watched {
    /// Passes in a window: of one border, or of all others.
    fn count(&self, border: usize, (from, to): (u32, u32), others: bool) -> f64 {
        // Look i is after day i + 1 has been lived.
        let at = |day: u32| &self.passes[(FROM + day) as usize - 1];
        let of = |row: &Vec<u64>| -> u64 {
            row.iter()
                .enumerate()
                .filter(|(b, _)| (*b != border) == others)
                .map(|(_, n)| *n)
                .sum()
        };
        (of(at(to)) - of(at(from - 1))) as f64
    }
}

/// Ratio of sums over seeds with a 95 % jackknife interval.
fn pooled(pairs: &[(f64, f64)]) -> String {
    let (top, bottom) = pairs
        .iter()
        .fold((0.0, 0.0), |(a, b), p| (a + p.0, b + p.1));
    let n = pairs.len() as f64;
    let ratio = top / bottom;
    let left: Vec<f64> = pairs.iter().map(|p| (top - p.0) / (bottom - p.1)).collect();
    let mean = left.iter().sum::<f64>() / n;
    let variance = (n - 1.0) / n * left.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>();
    format!("{ratio:.2} ± {:.2}", 2.05 * variance.sqrt())
}

/// What the smugglers know, the page's figures by window, and how the city is changed.
type Variant = (&'static str, [&'static str; 4], fn(&mut City));

/// Prints the table.
pub(crate) fn table_of_displacement() {
    let variants: [Variant; 3] = [
        (
            "defaults",
            [".52 ± .10", ".38 ± .12", ".33 ± .10", ".99 ± .11"],
            |_| {},
        ),
        (
            "no public posture",
            [".63 ± .11", ".50 ± .15", ".44 ± .11", ".99 ± .08"],
            |city| {
                city.environment.smuggling.public_posture = 0.0;
            },
        ),
        (
            "neither posture nor rumour",
            [".55 ± .10", ".42 ± .14", ".43 ± .10", ".90 ± .10"],
            |city| {
                city.environment.smuggling.public_posture = 0.0;
                city.environment.smuggling.rumour = 0.0;
            },
        ),
    ];
    let mut rows = Vec::new();
    for (name, page, change) in variants {
        let pairs = over_seeds(SEEDS, |seed| {
            let mut control = City {
                weeks: 86,
                ..City::of_seed(seed)
            };
            control.environment.crackdowns.planner = false;
            control.environment.phases.enabled = false;
            control.environment.phases.initial = 1;
            change(&mut control);
            let mut treated = control.clone();
            treated.environment.crackdowns.ordered = vec![Ordered {
                day: FROM,
                days: DAYS,
                intensity: 1.0,
                border: None,
            }];
            let (control, treated) = (watch(&control), watch(&treated));
            treated.border.map(|border| {
                WINDOWS.map(|(_, from, to)| {
                    let own = (
                        treated.count(border, (from, to), false),
                        control.count(border, (from, to), false),
                    );
                    let others = (
                        treated.count(border, (from, to), true),
                        control.count(border, (from, to), true),
                    );
                    (own, others)
                })
            })
        });
        let found: Vec<_> = pairs.into_iter().flatten().collect();
        let window = |i: usize, others: bool| {
            let of: Vec<(f64, f64)> = found
                .iter()
                .map(|w| if others { w[i].1 } else { w[i].0 })
                .collect();
            pooled(&of)
        };
        let halved = found.iter().filter(|w| w[1].0.0 <= 0.5 * w[1].0.1).count();
        rows.push(
            [format!("{name} ({} seeds with such a border)", found.len())]
                .into_iter()
                .chain(
                    (0..WINDOWS.len()).map(|i| format!("{} (page {})", window(i, false), page[i])),
                )
                .chain([window(1, true), format!("{halved}")])
                .collect(),
        );
    }
    let header: Vec<&str> = ["smugglers"]
        .into_iter()
        .chain(WINDOWS.map(|w| w.0))
        .chain([
            "other borders, days 16–30",
            "seeds with half of it gone in days 16–30",
        ])
        .collect();
    table(
        "A crackdown on the busiest border that is no bridge: traffic with it ÷ traffic without it, pooled",
        &header,
        &rows,
    );
}
