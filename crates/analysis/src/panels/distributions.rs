//! How p is spread, and what it is worth.

use super::{columns, number, whole};
use crate::fold::{BINS, DECILES, Fold, Spread};
use das_core::view::{Counts, Histogram, Line, Series, Table, View};

/// How p is spread, and how well it is calibrated, up to an epoch.
pub fn distributions(fold: &Fold, until: u32, truth: bool) -> Vec<View> {
    let mut sum = Spread::default();
    fold.spreads
        .range(..=until)
        .for_each(|(_, spread)| sum.add(spread));
    let mut views = vec![View::Histogram(Histogram {
        title: "How p is spread".to_owned(),
        axis: "p, probability that the interaction is good".to_owned(),
        edges: (0..=BINS).map(|at| at as f64 / BINS as f64).collect(),
        groups: vec![
            Counts {
                name: "accepted".to_owned(),
                counts: sum.accepted.to_vec(),
            },
            Counts {
                name: "rejected".to_owned(),
                counts: sum.rejected.to_vec(),
            },
        ],
    })];
    if truth {
        let filled: Vec<&(u64, u64, f64)> = sum
            .truth
            .iter()
            .filter(|(known, _, _)| *known > 0)
            .collect();
        let x: Vec<f64> = filled
            .iter()
            .map(|(known, _, p)| p / *known as f64)
            .collect();
        views.push(View::Series(Series {
            title: "Calibration: share of good ones by mean p".to_owned(),
            axis: "mean p of a bin".to_owned(),
            lines: vec![
                Line {
                    name: "actual share good".to_owned(),
                    values: filled
                        .iter()
                        .map(|(n, good, _)| Some(*good as f64 / *n as f64))
                        .collect(),
                    hidden: true,
                },
                Line {
                    name: "perfectly calibrated".to_owned(),
                    values: x.iter().copied().map(Some).collect(),
                    hidden: false,
                },
            ],
            x,
            marks: Vec::new(),
        }));
        views.push(View::Table(Table {
            title: "Calibration bins".to_owned(),
            columns: columns(&["p from", "p to", "known", "good", "mean p", "share good"]),
            rows: (0..DECILES)
                .filter(|at| sum.truth[*at].0 > 0)
                .map(|at| {
                    let (known, good, p) = sum.truth[at];
                    vec![
                        number(Some(at as f64 / DECILES as f64)),
                        number(Some((at + 1) as f64 / DECILES as f64)),
                        whole(known),
                        whole(good),
                        number(Some(p / known as f64)),
                        number(Some(good as f64 / known as f64)),
                    ]
                })
                .collect(),
            note: None,
        }));
    }
    views
}
