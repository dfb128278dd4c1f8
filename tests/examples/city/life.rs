//! Does the city live: levels, extremes, rates over three years.

use crate::{SEEDS, city, over_seeds, range, shown, table};
use das_core::detmath::{fmax, fmin};
use das_core::ports::NullSink;
use dosadi_world::goods::{GOODS, LEGAL};
use dosadi_world::metrics::{mean_by_people, mean_price};
use dosadi_world::state::wards::Index;
use dosadi_world::{Dosadi, state::stores::at};

/// Logarithms of price over base beyond which a price counts as at its wall.
const WALLS: [f64; 2] = [-1.55, 1.75];

/// What one run came to.
#[derive(Default)]
pub(crate) struct Life {
    days: f64,
    hardship: f64,
    lowest: f64,
    highest: f64,
    worst_ward: f64,
    spread: f64,
    corruption: f64,
    worst_corruption: f64,
    tolerance: f64,
    legitimacy: f64,
    unrest: f64,
    prices: [f64; GOODS],
    at_walls: [f64; 2],
    places: f64,
    phase: f64,
    phases_seen: f64,
    /// Profit of each faction, credits a day.
    profits: Vec<f64>,
    sent: f64,
    delivered: f64,
    seized: f64,
    robbed: f64,
    bribes: f64,
    pub(crate) sums: std::collections::BTreeMap<&'static str, f64>,
}

impl Life {
    fn look(&mut self, world: &Dosadi) {
        let state = &world.state;
        self.days += 1.0;
        let h = mean_by_people(state, Index::Hardship);
        self.hardship += h;
        if world.day() > 90 {
            self.lowest = if self.lowest == 0.0 {
                h
            } else {
                fmin(self.lowest, h)
            };
            self.highest = fmax(self.highest, h);
        }
        let wards = world.wards() as f64;
        let column = state.wards.column(Index::Hardship);
        let mean = column.iter().sum::<f64>() / wards;
        self.spread += (column.iter().map(|h| (h - mean) * (h - mean)).sum::<f64>() / wards).sqrt();
        let top = |index| state.wards.column(index).iter().copied().fold(0.0, fmax);
        self.worst_ward = fmax(self.worst_ward, top(Index::Hardship));
        self.corruption += mean_by_people(state, Index::Corruption);
        self.worst_corruption = fmax(self.worst_corruption, top(Index::Corruption));
        self.tolerance += mean_by_people(state, Index::Tolerance);
        self.legitimacy += mean_by_people(state, Index::Legitimacy);
        self.unrest += mean_by_people(state, Index::Unrest);
        for (good, sum) in self.prices.iter_mut().enumerate() {
            *sum += mean_price(state, good);
        }
        for w in 0..world.wards() {
            for good in 0..LEGAL.len() {
                let ln = state.stores.ln_price[at(w, good)];
                self.at_walls[0] += f64::from(u8::from(ln <= WALLS[0]));
                self.at_walls[1] += f64::from(u8::from(ln >= WALLS[1]));
                self.places += 1.0;
            }
        }
    }

    fn close(&mut self, world: &Dosadi) {
        let state = &world.state;
        self.phase = f64::from(state.phase.phase);
        self.phases_seen = state.phase.history.len() as f64;
        for faction in &state.factions.list {
            let n = &faction.network;
            self.sent += n.sent as f64;
            self.delivered += n.delivered as f64;
            self.seized += n.seized as f64;
            self.robbed += n.robbed as f64;
            self.bribes += n.bribes as f64 / 1e6;
            self.profits
                .push((n.income - n.spent) as f64 / 1e6 / self.days);
        }
    }
}

impl Life {
    /// Shipments a day, smuggled share in per cent, bribes a day, factions in profit in per cent.
    pub(crate) fn rates(&self) -> [f64; 4] {
        let gaining = self.profits.iter().filter(|p| **p > 0.0).count() as f64;
        [
            self.sent / self.days,
            100.0 * self.sums["smuggling.value_share"] / (self.days / 7.0),
            self.bribes / self.days,
            100.0 * gaining / self.profits.len().max(1) as f64,
        ]
    }
}

/// Lives and looks at each day.
pub(crate) fn life(city: &das_tests::city::City) -> Life {
    let mut life = Life::default();
    let days = u64::from(city.weeks * das_tests::city::WEEK);
    let lived = city.live(1, Box::new(NullSink), None, |run| {
        life.look(run.world());
        if u64::from(run.world().day()) == days {
            life.close(run.world());
        }
    });
    for week in &lived.weeks {
        for (name, value) in &week.env {
            *life.sums.entry(name).or_default() += value;
        }
    }
    life
}

/// Prints the table.
pub(crate) fn table_of_life() {
    let lives = over_seeds(SEEDS, |seed| life(&city(seed)));
    let mut rows = Vec::new();
    let mut row = |what: &str, page: &str, decimals: usize, of: &dyn Fn(&Life) -> f64| {
        let values: Vec<f64> = lives.iter().map(of).collect();
        rows.push(vec![
            what.to_owned(),
            shown(&values, decimals),
            range(&values, decimals),
            page.to_owned(),
        ]);
    };
    row("hardship, city mean over time", ".092 ± .004", 3, &|l| {
        l.hardship / l.days
    });
    row(
        "hardship, lowest day after day 90",
        ".048 ± .003",
        3,
        &|l| l.lowest,
    );
    row(
        "hardship, highest day after day 90",
        ".115 ± .005",
        3,
        &|l| l.highest,
    );
    row("hardship, worst ward ever", ".356 ± .011", 3, &|l| {
        l.worst_ward
    });
    row("hardship, spread between wards (sd)", ".078", 3, &|l| {
        l.spread / l.days
    });
    row("corruption, city mean", ".157 ± .004", 3, &|l| {
        l.corruption / l.days
    });
    row("corruption, worst ward ever", ".453 ± .018", 3, &|l| {
        l.worst_corruption
    });
    row("tolerance", ".224 ± .003", 3, &|l| l.tolerance / l.days);
    row("legitimacy", ".626 ± .004", 3, &|l| l.legitimacy / l.days);
    row("unrest", ".113 ± .005", 3, &|l| l.unrest / l.days);
    for (good, page) in [
        "1.98 ± .08",
        "1.58 ± .03",
        "1.54 ± .06",
        "1.94 ± .09",
        "1.24 ± .04",
    ]
    .iter()
    .enumerate()
    {
        row(
            &format!("price ÷ base, {}", LEGAL[good].name),
            page,
            2,
            &|l| l.prices[good] / l.days,
        );
    }
    row(
        "ward-good-days at the upper price wall, %",
        "8.6 ± .6",
        2,
        &|l| 100.0 * l.at_walls[1] / l.places,
    );
    row(
        "ward-good-days at the lower price wall, %",
        ".04",
        3,
        &|l| 100.0 * l.at_walls[0] / l.places,
    );
    row("legal deliveries a day", "about 97", 1, &|l| {
        l.sums["trade.deliveries"] / l.days
    });
    row("smuggling shipments a day", "7.0 ± .3", 2, &|l| {
        l.sent / l.days
    });
    row("delivered, %", "93.0 ± .7", 1, &|l| {
        100.0 * l.delivered / (l.delivered + l.seized + l.robbed)
    });
    row("seized, %", "5.3 ± .6", 2, &|l| {
        100.0 * l.seized / (l.delivered + l.seized + l.robbed)
    });
    row("smuggled share of value traded, %", "5.2 ± .2", 2, &|l| {
        100.0 * l.sums["smuggling.value_share"] / (l.days / 7.0)
    });
    row("bribes, credits a day", "159 ± 7", 0, &|l| {
        l.bribes / l.days
    });
    row("bids accepted, %", "40 ± 1", 1, &|l| {
        100.0 * l.sums["smuggling.bribes_taken"] / fmax(l.sums["smuggling.bribes_offered"], 1.0)
    });
    row("factions in profit, %", "74 ± 7", 0, &|l| {
        100.0 * l.profits.iter().filter(|p| **p > 0.0).count() as f64
            / l.profits.len().max(1) as f64
    });
    row("phase at the end", ".84 ± .13", 2, &|l| l.phase);
    row("phase changes", "-", 1, &|l| l.phases_seen);
    let mut profits: Vec<f64> = lives.iter().flat_map(|l| l.profits.clone()).collect();
    profits.sort_by(f64::total_cmp);
    let at = |q: f64| profits[((profits.len() - 1) as f64 * q).round() as usize];
    rows.push(vec![
        "profit of a faction, credits a day: 5 %, median, 95 %".to_owned(),
        format!("{:+.0}, {:+.0}, {:+.0}", at(0.05), at(0.5), at(0.95)),
        range(&profits, 0),
        "−11, +22, +200".to_owned(),
    ]);
    table(
        "The city over three years (36 wards, 30 seeds)",
        &[
            "figure",
            "mean over seeds",
            "range over seeds",
            "model page",
        ],
        &rows,
    );
}
