//! What the proxy knows: p against truth by kind of interaction.

use crate::{SEEDS, city, over_seeds, shown, table};
use das_core::config::Detail;
use das_core::ports::{EventSink, SinkError};
use das_tests::city::City;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// (p, v = +1) by kind, and those of refused bribes apart.
type Scored = BTreeMap<String, Vec<(f64, bool)>>;

/// Folds interaction lines as they are written.
#[derive(Clone, Default)]
struct Fold(Arc<Mutex<Scored>>);

impl EventSink for Fold {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        let text = std::str::from_utf8(lines).unwrap_or_default();
        let mut scored = self.0.lock().expect("one writer");
        for line in text
            .lines()
            .filter(|l| l.contains("\"type\":\"interaction\""))
        {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            let (Some(p), Some(v)) = (line["p"].as_f64(), line["ground_truth"].as_i64()) else {
                continue;
            };
            let kind = line["kind"].as_str().unwrap_or_default();
            let name = if line["accepted"] == true {
                kind.to_owned()
            } else {
                format!("{kind}, refused")
            };
            scored
                .entry("all".to_owned())
                .or_default()
                .push((p, v == 1));
            scored.entry(name).or_default().push((p, v == 1));
        }
        Ok(())
    }
}

/// Area under the ROC curve: the chance that a good one has the higher p, ties half. NaN without both classes.
fn auc(scored: &[(f64, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut at) = (0.0, 0);
    while at < sorted.len() {
        let end = at
            + sorted[at..]
                .iter()
                .take_while(|s| s.0 == sorted[at].0)
                .count();
        let rank = (at + end + 1) as f64 / 2.0;
        rank_sum += rank * sorted[at..end].iter().filter(|s| s.1).count() as f64;
        at = end;
    }
    let good = sorted.iter().filter(|s| s.1).count() as f64;
    let bad = sorted.len() as f64 - good;
    (rank_sum - good * (good + 1.0) / 2.0) / (good * bad)
}

/// Number, mean p, share of v = +1, gap, Brier score, AUC.
fn figures(scored: &[(f64, bool)]) -> [f64; 6] {
    let n = scored.len() as f64;
    let p = scored.iter().map(|s| s.0).sum::<f64>() / n;
    let good = scored.iter().filter(|s| s.1).count() as f64 / n;
    let brier = scored
        .iter()
        .map(|s| s.0 - f64::from(u8::from(s.1)))
        .map(|error| error * error)
        .sum::<f64>()
        / n;
    [n, p, good, p - good, brier, auc(scored)]
}

/// Prints the table.
pub(crate) fn table_of_kinds() {
    let runs = over_seeds(SEEDS, |seed| {
        let fold = Fold::default();
        let city = City {
            detail: Detail::Interactions,
            ..city(seed)
        };
        city.live(u64::MAX, Box::new(fold.clone()), None, |_| {});
        let scored = std::mem::take(&mut *fold.0.lock().expect("the writer is gone"));
        scored
            .into_iter()
            .map(|(kind, s)| (kind, figures(&s)))
            .collect::<BTreeMap<_, _>>()
    });
    let page = BTreeMap::from([
        ("shipment_offer", "103,773; .815; .798; +.017; .138; .904"),
        ("bribed_crossing", "2,236; .850; .447; +.407; .412; .498"),
        ("crossing", "4,250; .734; .486; +.256; .322; .531"),
        ("seizure", "408; .723; .530; +.184; .292; .465"),
        ("crackdown", "182; .585; .158; +.426; .304; .721"),
        ("all", "110,849; .812; .777; +.035; .151; .859"),
    ]);
    let kinds: std::collections::BTreeSet<&String> = runs.iter().flat_map(BTreeMap::keys).collect();
    let rows: Vec<Vec<String>> = kinds
        .into_iter()
        .map(|kind| {
            let of: Vec<[f64; 6]> = runs.iter().filter_map(|r| r.get(kind).copied()).collect();
            let column = |i: usize| {
                of.iter()
                    .map(|f| f[i])
                    .filter(|x| x.is_finite())
                    .collect::<Vec<_>>()
            };
            let mut row = vec![kind.clone(), shown(&column(0), 0)];
            row.extend((1..6).map(|i| shown(&column(i), 3)));
            row.push((*page.get(kind.as_str()).unwrap_or(&"-")).to_owned());
            row
        })
        .collect();
    table(
        "Proxy against truth, by kind (three years, 30 seeds)",
        &[
            "kind",
            "a run",
            "mean p",
            "share v = +1",
            "gap",
            "Brier",
            "AUC",
            "model page",
        ],
        &rows,
    );
}
