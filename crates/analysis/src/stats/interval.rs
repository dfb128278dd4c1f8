//! Means with their spread and the interval of Student's t.
//!
//! Invariants: sums run from left to right; the spread is taken around the mean in a second pass, except in [`Sample`], which
//! merges and subtracts and so keeps sums of squares. Not here: resampled intervals ([`mod@super::bootstrap`]).

use das_core::detmath::{sin_cos, sum};
use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

/// The largest magnitude of a value that is taken: beyond it third moments overflow.
pub const VALUE_MAX: f64 = 1e100;

/// A mean and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Mean of the sample.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Size of the sample.
    pub n: u64,
}

/// Count, sum and sum of squares; merges and subtracts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Values.
    pub n: u64,
    /// Their sum.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
}

impl Sample {
    /// The sample of these values.
    pub fn of(values: &[f64]) -> Self {
        let mut sample = Self::default();
        for value in values {
            sample.add(*value);
        }
        sample
    }

    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
        self.squares += value * value;
    }

    /// Adds a sample.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Mean; 0 of none.
    pub fn mean(&self) -> f64 {
        if self.n == 0 {
            0.0
        } else {
            self.sum / self.n as f64
        }
    }

    /// Unbiased variance; 0 of fewer than two.
    pub fn variance(&self) -> f64 {
        if self.n < 2 {
            return 0.0;
        }
        let n = self.n as f64;
        let centred = self.squares - self.sum * self.sum / n;
        // Rounding can push the variance of equal values below nothing.
        if centred > 0.0 {
            centred / (n - 1.0)
        } else {
            0.0
        }
    }
}

/// Mean m = Σx/n and standard deviation s = √(Σ(x − m)²/(n − 1)), in two passes. `None` for fewer than two values.
pub fn mean_sd(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = sum(values.iter().copied()) / n;
    let squares = sum(values.iter().map(|x| (x - mean) * (x - mean)));
    Some((mean, (squares / (n - 1.0)).sqrt()))
}

/// Mean with the two-sided interval of Student's t, m ± t(n−1, (1+level)/2)·s/√n. `None` for fewer than two values or a
/// `level` that is not between 0 and 1.
pub fn mean_interval(values: &[f64], level: f64) -> Option<Interval> {
    if !is_open_unit(level) {
        return None;
    }
    let (mean, sd) = mean_sd(values)?;
    let n = values.len() as f64;
    let half = t_critical(values.len() as u64 - 1, (1.0 - level) / 2.0)? * sd / n.sqrt();
    Some(Interval {
        mean,
        low: mean - half,
        high: mean + half,
        n: values.len() as u64,
    })
}

/// The t with P(T > t) = `tail` at `freedom` ≥ 1 degrees, `tail` in 0..=½. Relative error below 1e-9 for tails from 1e-9 (to 1e6
/// degrees).
///
/// The quantile of `statrs` 0.19 is off by 2e-5 from 10⁵ degrees on, and by more for one degree and small tails: it is taken as
/// the start of three steps of Newton's method, and for one degree, a Cauchy distribution, t = cot(π·tail) is.
pub(crate) fn t_critical(freedom: u64, tail: f64) -> Option<f64> {
    if freedom == 1 {
        let (sin, cos) = sin_cos(std::f64::consts::PI * tail);
        return Some(cos / sin);
    }
    let student = StudentsT::new(0.0, 1.0, freedom as f64).ok()?;
    let mut t = -student.inverse_cdf(tail);
    for _ in 0..3 {
        t += (student.sf(t) - tail) / student.pdf(t);
    }
    Some(t)
}

/// Whether a level, an α or a power is strictly between 0 and 1.
pub(crate) fn is_open_unit(x: f64) -> bool {
    x > 0.0 && x < 1.0
}

/// The place of the first value that is not finite or beyond [`VALUE_MAX`].
pub(crate) fn first_unusable(values: &[f64]) -> Option<usize> {
    // NaN compares false: it is not within the bound.
    values
        .iter()
        .position(|x| !matches!(x.abs(), size if size <= VALUE_MAX))
}

/// The values from the lowest to the highest, so that no figure depends on the order they came in.
pub(crate) fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().map(|x| x + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_t_interval_is_the_textbook_one() {
        // mean 3, sd sqrt(2.5), n 5, t(4, .975) = 2.7764451: half width 1.9632432.
        let i = mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        assert!(
            (i.mean - 3.0).abs() < 1e-9 && (i.high - 4.963_243_2).abs() < 1e-6,
            "{i:?}"
        );
        assert!(mean_interval(&[1.0], 0.95).is_none());
        assert!(mean_interval(&[1.0, 2.0], 1.0).is_none());
    }

    #[test]
    fn quantiles_of_t_hold_at_both_ends() {
        // scipy.stats.t.isf(tail, freedom): many degrees, and one or two with a tail of 1e-9.
        for (freedom, tail, t) in [
            (99_999, 0.025, 1.959_987_707_771_844_8),
            (29, 0.025, 2.045_229_642_132_704),
            (2, 1e-9, 22_360.679_741_456_875),
            (1, 1e-9, 318_309_886.183_790_7),
        ] {
            let ours = t_critical(freedom, tail).unwrap();
            assert!((ours / t - 1.0).abs() < 1e-9, "{freedom} {tail} {ours}");
        }
    }

    #[test]
    fn the_spread_does_not_drown_in_the_mean() {
        // 2⁴⁰ + {0, 1, 2} has sd 1; sums of squares would lose it in double precision.
        let base = 1_099_511_627_776.0;
        let (mean, sd) = mean_sd(&[base, base + 1.0, base + 2.0]).unwrap();
        assert_eq!((mean, sd), (base + 1.0, 1.0));
    }

    #[test]
    fn unusable_values_are_found() {
        // NaN, infinities and magnitudes beyond the bound are found; the bound itself is not.
        assert_eq!(first_unusable(&[0.0, -VALUE_MAX]), None);
        for bad in [f64::NAN, f64::INFINITY, 1.1e100] {
            assert_eq!(first_unusable(&[0.0, bad]), Some(1));
        }
    }
}
