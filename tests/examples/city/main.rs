//! The tables of `docs/src/concepts/city.md`: whether the city lives, over 30 seeds, beside the figures of the model page.
//!
//! ```text
//! cargo run --release -p das-tests --example city > docs/src/concepts/city-table.md
//! cargo run --release -p das-tests --example city -- life audits      only some of the tables
//! ```
//!
//! 36 wards, three years unless a table says otherwise. Intervals are 95 % t-intervals of the mean over seeds; differences are
//! paired by seed (all draws are keyed, so both runs of a pair share them). Nothing is read but worlds and logs.

mod crackdown;
mod decade;
mod levers;
mod life;
mod proxy;
mod suppression;

use das_analysis::stats::{Interval, mean_interval};
use das_core::detmath::{fmax, fmin};
use das_tests::city::City;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds of every table that does not say otherwise.
pub(crate) const SEEDS: u64 = 30;
/// Weeks of three years.
pub(crate) const THREE_YEARS: u32 = 156;
/// Weeks of two years.
pub(crate) const TWO_YEARS: u32 = 104;

/// A city of three years.
pub(crate) fn city(seed: u64) -> City {
    City {
        weeks: THREE_YEARS,
        ..City::of_seed(seed)
    }
}

/// Runs `each` for seeds 1..=n on two threads; results in the order of seeds.
pub(crate) fn over_seeds<T: Send>(n: u64, each: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(1);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > n {
                        break;
                    }
                    let result = each(seed);
                    done.lock()
                        .expect("no thread panics holding it")
                        .push((seed, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("all threads have ended");
    done.sort_by_key(|(seed, _)| *seed);
    done.into_iter().map(|(_, result)| result).collect()
}

/// `mean ± half width` with this many decimals.
pub(crate) fn shown(values: &[f64], decimals: usize) -> String {
    match mean_interval(values, 0.95) {
        None => "-".to_owned(),
        Some(Interval { mean, high, .. }) => {
            format!("{mean:.decimals$} ± {:.decimals$}", high - mean)
        }
    }
}

/// Least and greatest.
pub(crate) fn range(values: &[f64], decimals: usize) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, fmin);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, fmax);
    format!("{low:.decimals$} – {high:.decimals$}")
}

/// A table: title, header, rows.
pub(crate) fn table(title: &str, header: &[&str], rows: &[Vec<String>]) {
    println!("### {title}\n");
    println!("| {} |", header.join(" | "));
    println!("|{}", "---|".repeat(header.len()));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
    println!();
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let all: [(&str, fn()); 8] = [
        ("life", life::table_of_life),
        ("decade", decade::table_of_decades),
        ("crackdown", crackdown::table_of_displacement),
        ("greed", levers::table_of_greed),
        ("audits", levers::table_of_audits),
        ("tolerance", levers::table_of_tolerance_and_trade),
        ("proxy", proxy::table_of_kinds),
        ("suppression", suppression::table_of_suppression),
    ];
    for (name, print) in all {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            print();
        }
    }
}
