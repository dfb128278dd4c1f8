//! Metrics: what a system of interactions did, as folds over scored interactions.
//!
//! [`soft`] has the soft metrics over p, one interaction at a time in constant memory ([`soft::SoftFold`]) and for a batch with
//! everything the raw vector allows ([`soft::soft_report`]); [`calibration`] judges p by the truth; [`inequality`] has Gini and
//! Herfindahl; [`epoch`] is what a run feeds live and what a replay feeds from the log, with the same bits; [`figures`] is the
//! one table of metrics. Invariants: sums go from left to right in the order of closing; no NaN and no negative zero comes
//! out; what is not defined is left out. Not here: statistics over runs, tables, files.

pub mod calibration;
pub mod epoch;
pub mod figures;
pub mod inequality;
pub mod levers;
mod moments;
pub mod report;
pub mod soft;
mod truth;

/// Sum over count, 0 for a count of 0: the convention of the soft metrics.
#[inline]
fn mean_or_zero(sum: f64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// Sum over count, nothing for a count of 0: the convention of everything that needs the truth.
#[inline]
fn mean(sum: f64, count: u64) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

/// Share of a count, nothing for a count of 0.
#[inline]
fn share(part: u64, count: u64) -> Option<f64> {
    mean(part as f64, count)
}
