//! Who trades at which price and how that ends, with a tax and without: the runs are made here, since results of a sweep have no single
//! deals.

use super::deals::{SEEDS, each, initiator};
use super::read::Trouble;
use super::words::{head, plain, row};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const EPOCHS: u32 = 100;
/// Deals count from here on: agents have learned what pays.
const FROM: u64 = 50;
const RATES: [&str; 2] = ["0", "0.3"];
const REGIME: &str = "roomy";

/// Deals, and harmful ones among them.
type Counts = BTreeMap<(String, &'static str), [u32; 2]>;

/// A table of accepted trades by initiator and price, at both rates.
pub(crate) fn table() -> Result<String, Trouble> {
    let counted: Vec<Counts> = RATES
        .iter()
        .map(|rate| trades(rate))
        .collect::<Result<_, _>>()?;
    let mut out = String::from("### Who trades at which price\n\n");
    let _ = writeln!(
        out,
        "Accepted trades of epochs {FROM} to {} by initiator and price, {REGIME}, seeds 1 to {SEEDS}: share of all trades, and of these the \
         harmful (hidden), without tax and at {}.\n",
        EPOCHS - 1,
        RATES[1]
    );
    out += &head(&[
        "initiator, price",
        "share, no tax",
        "share, taxed",
        "harmful, no tax",
        "harmful, taxed",
    ]);
    let all: Vec<f64> = counted
        .iter()
        .map(|of| of.values().map(|[n, _]| f64::from(*n)).sum())
        .collect();
    let keys = counted.iter().flat_map(BTreeMap::keys);
    let keys: BTreeSet<_> = keys.collect();
    for key in keys {
        let of: Vec<[u32; 2]> = counted
            .iter()
            .map(|counts| counts.get(key).copied().unwrap_or_default())
            .collect();
        let share = |at: usize| format!("{} %", plain(100.0 * f64::from(of[at][0]) / all[at], 1));
        let harm = |at: usize| match of[at] {
            [0, _] => "–".to_owned(),
            [n, bad] => format!("{} %", plain(100.0 * f64::from(bad) / f64::from(n), 0)),
        };
        out += &row(&[
            format!("{}, {}", key.0, key.1),
            share(0),
            share(1),
            harm(0),
            harm(1),
        ]);
    }
    out.push('\n');
    Ok(out)
}

fn trades(rate: &str) -> Result<Counts, Trouble> {
    let mut counts = Counts::new();
    let words = [
        format!("environment.regime={REGIME}"),
        format!("simulation.epochs={EPOCHS}"),
        format!("governance.transaction_tax_rate={rate}"),
    ];
    each(&words, &mut |line| count(line, &mut counts))?;
    Ok(counts)
}

fn count(line: &Value, counts: &mut Counts) {
    let late = line["epoch"].as_u64() >= Some(FROM);
    if !late || line["kind"] != "trade" || line["accepted"] != true {
        return;
    }
    // Prices of a trade are 0.4, 0.1 or nothing (commons model, section 2).
    let price = match line["tau"].as_f64().unwrap_or_default().abs() {
        tau if tau > 0.25 => "dear",
        tau if tau > 0.0 => "cheap",
        _ => "free",
    };
    let entry = counts
        .entry((initiator(line).to_owned(), price))
        .or_default();
    entry[0] += 1;
    entry[1] += u32::from(line["ground_truth"] == -1);
}
