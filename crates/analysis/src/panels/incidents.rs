//! Incidents: rare acts of levers, by whom they were about and by epoch.

use super::{columns, marks, number, text, whole};
use crate::fold::{EpochRow, Fold, RARE};
use das_core::view::Table;
use std::collections::BTreeMap;

/// What one lever did to one agent.
struct Hits {
    times: u64,
    epochs: u64,
    first: u32,
    last: u32,
    event: u64,
}

/// Rare acts of levers, a row for each (act, agent), most often first: how many times and in how many epochs, in which first and
/// last, and the first event. Unfreezes are left out: they follow freezes.
pub fn targets(fold: &Fold, until: u32) -> Table {
    let mut by: BTreeMap<[&str; 3], Hits> = BTreeMap::new();
    let shown = |act: &str| act != "unfreeze";
    for ((epoch, lever, act, agent), acts) in &fold.whom {
        if *epoch > until || !shown(act) {
            continue;
        }
        let hits = by.entry([act, lever, agent]).or_insert(Hits {
            times: 0,
            epochs: 0,
            first: *epoch,
            last: *epoch,
            event: acts.first,
        });
        hits.times += acts.count;
        hits.epochs += 1;
        hits.last = *epoch;
    }
    let mut rows: Vec<_> = by.into_iter().collect();
    rows.sort_by(|a, b| b.1.times.cmp(&a.1.times).then(a.0.cmp(&b.0)));
    let all: u64 = (fold.acts.iter())
        .filter(|((epoch, _, act), _)| *epoch <= until && RARE.contains(&&**act) && shown(act))
        .map(|(_, acts)| acts.count)
        .sum();
    Table {
        title: "Incidents: whom levers froze, slashed, refused or found something about".to_owned(),
        columns: columns(&[
            "what",
            "whom",
            "times",
            "in epochs",
            "first epoch",
            "last epoch",
            "first event",
        ]),
        note: Some(format!(
            "{all} acts in all, unfreezes not counted; a finding has a row for each whom it names"
        )),
        rows: rows
            .into_iter()
            .map(|([act, lever, agent], hits)| {
                vec![
                    text(format!("{act} by {lever}")),
                    text(agent),
                    whole(hits.times),
                    whole(hits.epochs),
                    whole(hits.first),
                    whole(hits.last),
                    whole(hits.event),
                ]
            })
            .collect(),
    }
}

/// Rare acts of levers by epoch, with toxicity in the epochs before, at and after: what was seen, not what it caused.
pub fn incidents(fold: &Fold, epochs: &[EpochRow], until: u32) -> Table {
    let mut by: BTreeMap<u32, u64> = BTreeMap::new();
    for ((epoch, _, act), acts) in &fold.acts {
        if *epoch <= until && RARE.contains(&act.as_str()) {
            let first = by.entry(*epoch).or_insert(acts.first);
            *first = acts.first.min(*first);
        }
    }
    let toxicity = |epoch: Option<u32>| {
        let row = epochs.iter().find(|row| Some(row.epoch) == epoch);
        number(
            row.filter(|row| row.epoch <= until)
                .and_then(|row| row.get("toxicity_rate")),
        )
    };
    let marks = marks(fold);
    let rows = by.into_iter().map(|(epoch, first)| {
        let what = marks.iter().find(|mark| mark.x == f64::from(epoch));
        vec![
            whole(epoch),
            text(what.map_or("", |mark| &mark.label)),
            whole(first),
            toxicity(epoch.checked_sub(1)),
            toxicity(Some(epoch)),
            toxicity(epoch.checked_add(1)),
        ]
    });
    Table {
        title: "Incidents by epoch, with the toxicity around them".to_owned(),
        columns: columns(&[
            "epoch",
            "what levers did",
            "first event",
            "toxicity before",
            "in the epoch",
            "after",
        ]),
        rows: rows.collect(),
        note: Some(
            "before and after are what was seen, not what an act caused: for that, run a sweep"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Acts;
    use das_core::metrics::epoch::Metrics;
    use das_core::view::Cell;

    #[test]
    fn what_was_done_to_an_agent_is_one_row() {
        // Three freezes of a in epochs 1 and 3, one of b: two rows, a first, with its first event; what comes after the epoch that
        // is asked for is not counted, and an unfreeze has no row.
        let mut fold = Fold::default();
        for (epoch, act, agent, count, first) in [
            (1, "freeze", "a", 2, 7),
            (2, "freeze", "b", 1, 11),
            (2, "unfreeze", "a", 2, 12),
            (3, "freeze", "a", 1, 30),
        ] {
            let [lever, act] = ["breaker", act].map(str::to_owned);
            let acts = Acts { count, first };
            fold.acts.insert((epoch, lever.clone(), act.clone()), acts);
            fold.whom
                .insert((epoch, lever, act, agent.to_owned()), acts);
        }
        let row = |agent: &str, numbers: [u64; 5]| -> Vec<Cell> {
            let head = [text("freeze by breaker"), text(agent)];
            head.into_iter().chain(numbers.map(whole)).collect()
        };
        let table = targets(&fold, 9);
        assert_eq!(
            table.rows,
            [row("a", [3, 2, 1, 3, 7]), row("b", [1, 1, 2, 2, 11])]
        );
        assert!(table.note.unwrap().starts_with("4 acts"));
        assert_eq!(
            targets(&fold, 2).rows,
            [row("a", [2, 1, 1, 1, 7]), row("b", [1, 1, 2, 2, 11])]
        );
    }

    #[test]
    fn an_incident_names_its_first_event_and_the_toxicity_around_it() {
        // Two freezes and a slash in epoch 1 are one row, with the earlier of their first events; a fine is no incident; what comes
        // after the epoch that is asked for is not shown.
        let mut fold = Fold::default();
        for (epoch, act, count, first) in [
            (1, "freeze", 2, 9),
            (1, "slash", 1, 7),
            (1, "fine", 3, 5),
            (3, "freeze", 1, 30),
        ] {
            let key = (epoch, "breaker".to_owned(), act.to_owned());
            fold.acts.insert(key, Acts { count, first });
        }
        let epochs: Vec<EpochRow> = (0..4)
            .map(|epoch| EpochRow {
                epoch,
                event: u64::from(epoch),
                metrics: Metrics::default(),
                kinds: BTreeMap::new(),
                env: [("toxicity_rate".to_owned(), f64::from(epoch) / 4.0)].into(),
            })
            .collect();
        let table = incidents(&fold, &epochs, 1);
        let what = "2 × freeze (breaker), 1 × slash (breaker)";
        let row = vec![
            whole(1_u64),
            text(what),
            whole(7_u64),
            number(Some(0.0)),
            number(Some(0.25)),
            Cell::Empty,
        ];
        assert_eq!(table.rows, [row]);
        assert_eq!(incidents(&fold, &epochs, 9).rows.len(), 2);
    }
}
