//! How p is spread, and what it is worth.

use super::{columns, number, text, whole};
use crate::fold::{BINS, DECILES, Deeds, Fold, Spread};
use das_core::view::{Counts, Histogram, Line, Series, Table, View};
use std::collections::BTreeMap;

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
        views.push(View::Table(believed(fold, until)));
    }
    views
}

/// What the proxy makes of each policy's offers, against what they were: *hidden*.
fn believed(fold: &Fold, until: u32) -> Table {
    let mut by: BTreeMap<&str, (u64, Deeds)> = BTreeMap::new();
    for agent in fold.agents.iter().filter(|agent| agent.since <= until) {
        let (agents, sum) = by.entry(&agent.kind).or_default();
        *agents += 1;
        sum.add(&fold.deeds_until(agent, until));
    }
    let rows = by.into_iter().map(|(kind, (agents, sum))| {
        let gap = sum.believed().zip(sum.actual());
        vec![
            text(kind),
            whole(agents),
            whole(sum.offers),
            number(sum.believed()),
            number(sum.actual()),
            number(gap.map(|(believed, actual)| believed - actual)),
        ]
    });
    Table {
        title: "Where the proxy is fooled: offers by policy".to_owned(),
        columns: columns(&[
            "policy",
            "agents",
            "offers",
            "mean p",
            "share good",
            "p minus truth",
        ]),
        rows: rows.collect(),
        note: Some(
            "above 0 the proxy believes better of the policy than it is, below 0 worse".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Agent;
    use das_core::view::Cell;

    #[test]
    fn what_is_believed_of_a_policy_is_held_against_what_it_did() {
        // Two deceivers whose 2 and 6 offers sum to p 6.4, of which 2 were good: mean p 0.8, a quarter good. Who came later, and
        // what was done later, does not count.
        let deeds = |epoch, offers, p, good| Deeds {
            epoch,
            offers,
            p,
            known: offers,
            good,
            ..Deeds::default()
        };
        let agent = |since, epochs: &[Deeds]| Agent {
            kind: "deceptive".to_owned(),
            since,
            epochs: epochs.to_vec(),
            ..Agent::default()
        };
        let mut fold = Fold::default();
        fold.agents = vec![
            agent(0, &[deeds(0, 2, 1.6, 1), deeds(2, 9, 0.0, 9)]),
            agent(0, &[deeds(1, 6, 4.8, 1)]),
            agent(2, &[deeds(2, 9, 0.0, 9)]),
        ];
        let table = believed(&fold, 1);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(
            table.rows[0][..3],
            [text("deceptive"), whole(2_u64), whole(8_u64)]
        );
        let [Cell::Number(mean), Cell::Number(good), Cell::Number(gap)] = table.rows[0][3..] else {
            panic!("{:?}", table.rows[0]);
        };
        assert!((mean - 0.8).abs() < 1e-12 && good == 0.25 && (gap - 0.55).abs() < 1e-12);
    }
}
