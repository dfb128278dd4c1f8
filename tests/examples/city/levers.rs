//! What the constants of office and norm do: greed, audits, tolerance, legal trade.

use crate::life::life;
use crate::{SEEDS, TWO_YEARS, city, over_seeds, shown, table};
use das_analysis::stats::{mean_interval, paired};
use das_core::ports::NullSink;
use das_tests::city::City;
use dosadi_world::Dosadi;

/// Seeds of the page's own sweeps.
const SWEEP_SEEDS: u64 = 16;

/// Bribes, crossings and mean tolerance of each post at the end of a run.
fn posts(city: &City) -> Vec<[f64; 3]> {
    let mut rows = Vec::new();
    let days = city.weeks * das_tests::city::WEEK;
    city.live(u64::MAX, Box::new(NullSink), None, |run| {
        let posts = &run.world().state.posts;
        rows = (0..posts.len())
            .map(|p| {
                [
                    posts.taken[p] as f64 / 1e6,
                    posts.crossings[p] as f64,
                    posts.tolerance_sum[p] / f64::from(days),
                ]
            })
            .collect();
    });
    rows
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (mx, my) = (
        pairs.iter().map(|p| p.0).sum::<f64>() / n,
        pairs.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let sum = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
    let xy = sum(&|p| (p.0 - mx) * (p.1 - my));
    let xx = sum(&|p| (p.0 - mx) * (p.0 - mx));
    let yy = sum(&|p| (p.1 - my) * (p.1 - my));
    if xx > 0.0 && yy > 0.0 {
        xy / (xx * yy).sqrt()
    } else {
        0.0
    }
}

/// Corrupt posts earn more: bribe per crossing against tolerance, and greed raised at a keyed half.
pub(crate) fn table_of_greed() {
    let years = f64::from(crate::THREE_YEARS * das_tests::city::WEEK) / 365.0;
    let runs = over_seeds(SEEDS, |seed| {
        let base = city(seed);
        let mut raised = base.clone();
        raised.environment.customs.greed_half = 0.5;
        let half: Vec<bool> = {
            let world = Dosadi::new(raised.environment.clone(), seed);
            let plain = Dosadi::new(base.environment.clone(), seed);
            (0..world.state.posts.len())
                .map(|p| world.state.posts.greed[p] != plain.state.posts.greed[p])
                .collect()
        };
        (posts(&base), posts(&raised), half)
    });
    let correlations: Vec<f64> = runs
        .iter()
        .map(|(base, ..)| {
            let pairs: Vec<(f64, f64)> = base
                .iter()
                .filter(|p| p[1] >= 20.0)
                .map(|p| (p[2], p[0] / p[1]))
                .collect();
            correlation(&pairs)
        })
        .collect();
    let mean = |rows: &[[f64; 3]], half: &[bool], in_half: bool| {
        let chosen: Vec<f64> = rows
            .iter()
            .zip(half)
            .filter(|(_, h)| **h == in_half)
            .map(|(r, _)| r[0] / years)
            .collect();
        chosen.iter().sum::<f64>() / chosen.len().max(1) as f64
    };
    let change: Vec<f64> = runs
        .iter()
        .map(|(base, raised, half)| mean(raised, half, true) - mean(base, half, true))
        .collect();
    let difference: Vec<f64> = runs
        .iter()
        .zip(&change)
        .map(|((base, raised, half), change)| {
            change - (mean(raised, half, false) - mean(base, half, false))
        })
        .collect();
    let base: Vec<f64> = runs
        .iter()
        .map(|(base, _, half)| mean(base, half, true))
        .collect();
    table(
        "Corrupt posts earn more",
        &["figure", "mean over seeds", "model page"],
        &[
            vec!["correlation over posts (at least 20 crossings) of mean tolerance with bribe per crossing".into(), shown(&correlations, 2), ".58 ± .05".into()],
            vec!["income of a post, credits a year".into(), shown(&base, 0), "1,681".into()],
            vec!["greed + 0.5 at a random half: change of their income".into(), shown(&change, 0), "+213 ± 61".into()],
            vec!["the same less the change of the other half".into(), shown(&difference, 0), "+229 ± 97".into()],
        ],
    );
}

/// Audits lower bribes.
pub(crate) fn table_of_audits() {
    let pages = [
        ("0", "268 ± 17; 3.1; .276"),
        ("0.5", "190 ± 9; 4.4; .204"),
        ("1", "158 ± 8; 4.2; .161"),
        ("2", "127 ± 6; 4.7; .103"),
        ("4", "101 ± 6; 4.7; .064"),
    ];
    let mut rows = Vec::new();
    let mut before: Option<Vec<f64>> = None;
    for (rate, page) in pages {
        let lived = over_seeds(SWEEP_SEEDS, |seed| {
            let mut city = City {
                weeks: TWO_YEARS,
                ..City::of_seed(seed)
            };
            city.environment.audits.rate = rate.parse().unwrap_or(1.0);
            let lived = city.run();
            let ended = lived.sum("smuggling.delivered")
                + lived.sum("smuggling.seized")
                + lived.sum("smuggling.robbed");
            [
                lived.sum("smuggling.bribes_spent") / f64::from(TWO_YEARS * 7),
                100.0 * lived.sum("smuggling.seized") / ended,
                lived.mean("city.corruption"),
            ]
        });
        let column = |i: usize| lived.iter().map(|l| l[i]).collect::<Vec<_>>();
        let step = before
            .as_ref()
            .and_then(|b| paired(b, &column(0)))
            .and_then(|change| mean_interval(&change, 0.95))
            .map_or_else(
                || "-".to_owned(),
                |i| format!("{:+.0} [{:+.0}, {:+.0}]", i.mean, i.low, i.high),
            );
        rows.push(vec![
            rate.into(),
            shown(&column(0), 0),
            step,
            shown(&column(1), 1),
            shown(&column(2), 3),
            page.into(),
        ]);
        before = Some(column(0));
    }
    table(
        "Audits (2 years, 16 seeds)",
        &[
            "audit ×",
            "bribes, credits a day",
            "paired change from the row above",
            "seized, %",
            "corruption",
            "model page (bribes; seized; corruption)",
        ],
        &rows,
    );
}

/// Tolerance raises smuggling; legal trade lowers hardship.
pub(crate) fn table_of_tolerance_and_trade() {
    let mut rows = Vec::new();
    for (tolerance, page) in [
        (0.1, "4.7; 132; 61"),
        (0.25, "5.2; 158; 77"),
        (0.5, "6.0; 192; 90"),
        (0.75, "6.6; 228; 97"),
    ] {
        let lived = over_seeds(SWEEP_SEEDS, |seed| {
            let mut city = City {
                weeks: TWO_YEARS,
                ..City::of_seed(seed)
            };
            city.environment.culture.tolerance0 = tolerance;
            let life = life(&city);
            life.rates()
        });
        let column = |i: usize| lived.iter().map(|l| l[i]).collect::<Vec<_>>();
        rows.push(vec![
            format!("{tolerance}"),
            shown(&column(0), 2),
            shown(&column(1), 2),
            shown(&column(2), 0),
            shown(&column(3), 0),
            page.into(),
        ]);
    }
    table(
        "Tolerance raises smuggling (2 years, 16 seeds)",
        &[
            "tolerance0",
            "shipments a day",
            "share of value traded, %",
            "bribes, credits a day",
            "factions in profit, %",
            "model page (share; bribes; in profit)",
        ],
        &rows,
    );
    let mut rows = Vec::new();
    for (name, page) in [
        ("both", ".091; .161"),
        ("no legal trade", ".294"),
        ("no smuggling", ".090; .118"),
    ] {
        let lived = over_seeds(SWEEP_SEEDS, |seed| {
            let mut city = City {
                weeks: TWO_YEARS,
                ..City::of_seed(seed)
            };
            city.environment.trade.enabled = name != "no legal trade";
            city.environment.smuggling.enabled = name != "no smuggling";
            let lived = city.run();
            [lived.mean("city.hardship"), lived.mean("city.corruption")]
        });
        let column = |i: usize| lived.iter().map(|l| l[i]).collect::<Vec<_>>();
        rows.push(vec![
            name.into(),
            shown(&column(0), 3),
            shown(&column(1), 3),
            page.into(),
        ]);
    }
    table(
        "Legal trade lowers hardship (2 years, 16 seeds)",
        &[
            "trade",
            "hardship",
            "corruption",
            "model page (hardship; corruption)",
        ],
        &rows,
    );
}
