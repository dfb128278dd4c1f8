//! Calibration: how good p is as a probability of v = +1.
//!
//! Over interactions whose truth is known, accepted or not. Everything but the AUC streams in constant memory
//! ([`CalibrationFold`]); the AUC needs every p ([`RankFold`]).

use super::{mean, share};
use crate::detmath;
use crate::interaction::Truth;
use serde::{Deserialize, Serialize};

/// Bins of the calibration curve and of the expected calibration error.
pub const BINS: usize = 10;

/// p is kept this far from 0 and 1 in the log loss.
const LOG_LOSS_MARGIN: f64 = 1e-15;

/// The bin of p among `bins` half-open ones `[i·w, (i+1)·w)`, w = 1/bins; the last takes p = 1.
#[inline]
pub fn bin_of(p: f64, bins: usize) -> usize {
    let width = 1.0 / bins as f64;
    let mut bin = ((p * bins as f64) as usize).min(bins - 1);
    // p·bins and i·width round differently: the edges are what the comparison says.
    if p < bin as f64 * width {
        bin -= 1;
    } else if bin + 1 < bins && p >= (bin + 1) as f64 * width {
        bin += 1;
    }
    bin
}

/// One bin of the calibration curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    n: u64,
    n_good: u64,
    sum_p: f64,
}

/// A point of the calibration curve, as `[mean p, share of v = +1, count]`; for an empty bin `[midpoint, 0, 0]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint(pub f64, pub f64, pub u64);

/// Everything about calibration that streams.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationFold {
    n: u64,
    n_good: u64,
    sum_p: f64,
    sum_brier: f64,
    sum_log: f64,
    bins: [Bin; BINS],
}

impl CalibrationFold {
    /// Adds one interaction with known truth.
    #[inline]
    pub fn add(&mut self, p: f64, truth: Truth) {
        let good = truth.is_good();
        let v = f64::from(u8::from(good));
        let held = detmath::clamp(p, LOG_LOSS_MARGIN, 1.0 - LOG_LOSS_MARGIN);
        let bin = &mut self.bins[bin_of(p, BINS)];
        bin.n += 1;
        bin.n_good += u64::from(good);
        bin.sum_p += p;
        self.n += 1;
        self.n_good += u64::from(good);
        self.sum_p += p;
        self.sum_brier += (p - v) * (p - v);
        self.sum_log -= detmath::ln(if good { held } else { 1.0 - held });
    }

    /// Adds what another fold saw.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.n_good += other.n_good;
        self.sum_p += other.sum_p;
        self.sum_brier += other.sum_brier;
        self.sum_log += other.sum_log;
        for (mine, theirs) in self.bins.iter_mut().zip(&other.bins) {
            mine.n += theirs.n;
            mine.n_good += theirs.n_good;
            mine.sum_p += theirs.sum_p;
        }
    }

    /// Interactions with known truth.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Share of v = +1.
    pub fn good_share(&self) -> Option<f64> {
        share(self.n_good, self.n)
    }

    /// E\[p\] − share of v = +1: above 0 the proxy is too kind.
    pub fn calibration_error(&self) -> Option<f64> {
        Some(mean(self.sum_p, self.n)? - self.good_share()?)
    }

    /// Mean of (p − \[v = +1\])² (Brier 1950): 0 is perfect, 0.25 is always saying 0.5.
    pub fn brier_score(&self) -> Option<f64> {
        mean(self.sum_brier, self.n)
    }

    /// Mean of −ln of the probability given to what was true, p held within 1e-15 of 0 and 1.
    pub fn log_loss(&self) -> Option<f64> {
        mean(self.sum_log, self.n)
    }

    /// Mean of |mean p − share of v = +1| over the bins, weighted by their counts.
    pub fn expected_calibration_error(&self) -> Option<f64> {
        (self.n > 0).then(|| {
            detmath::sum(
                self.curve().iter().map(|&CurvePoint(p, good, count)| {
                    count as f64 / self.n as f64 * (p - good).abs()
                }),
            )
        })
    }

    /// The calibration curve; empty without any truth.
    pub fn curve(&self) -> Vec<CurvePoint> {
        if self.n == 0 {
            return Vec::new();
        }
        let width = 1.0 / BINS as f64;
        self.bins
            .iter()
            .enumerate()
            .map(
                |(i, bin)| match (mean(bin.sum_p, bin.n), share(bin.n_good, bin.n)) {
                    (Some(p), Some(good)) => CurvePoint(p, good, bin.n),
                    _ => CurvePoint(i as f64 * width + width / 2.0, 0.0, 0),
                },
            )
            .collect()
    }
}

/// Every p with known truth, for the exact AUC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RankFold {
    good: Vec<f64>,
    bad: Vec<f64>,
}

impl RankFold {
    /// Adds one interaction with known truth.
    #[inline]
    pub fn add(&mut self, p: f64, truth: Truth) {
        if truth.is_good() {
            self.good.push(p);
        } else {
            self.bad.push(p);
        }
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.good.clear();
        self.bad.clear();
    }

    /// P(p of a beneficial one > p of a harmful one), ties half (Mann, Whitney 1947). `None` without both classes.
    pub fn auc(&mut self) -> Option<f64> {
        if self.good.is_empty() || self.bad.is_empty() {
            return None;
        }
        // Equal numbers cannot be told apart, so an unstable sort has one result.
        self.good.sort_unstable_by(f64::total_cmp);
        self.bad.sort_unstable_by(f64::total_cmp);
        let (mut below, mut not_above) = (0, 0);
        let mut twice_concordant: u128 = 0;
        for p in &self.good {
            while below < self.bad.len() && self.bad[below] < *p {
                below += 1;
            }
            while not_above < self.bad.len() && self.bad[not_above] <= *p {
                not_above += 1;
            }
            twice_concordant += (below + not_above) as u128;
        }
        let pairs = self.good.len() as u128 * self.bad.len() as u128;
        Some(twice_concordant as f64 / (2 * pairs) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_what_the_edges_say() {
        // Shows that the quick index agrees with the definition by comparison, at and around every edge.
        for bins in [1, 3, 4, 7, 10] {
            let width = 1.0 / bins as f64;
            for i in 0..=bins {
                let edge = i as f64 * width;
                for p in [edge.next_down(), edge, edge.next_up()] {
                    if !(0.0..=1.0).contains(&p) {
                        continue;
                    }
                    let expected = (0..bins)
                        .find(|&b| b as f64 * width <= p && p < (b + 1) as f64 * width)
                        .unwrap_or(bins - 1);
                    assert_eq!(bin_of(p, bins), expected, "p {p} of {bins} bins");
                }
            }
        }
    }
}
