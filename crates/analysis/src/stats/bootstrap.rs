//! Bootstrap intervals of a mean: percentile and BCa.
//!
//! Both draw resamples of n values with replacement from a [`Stream`], so that the same stream gives the same interval. Source:
//! Efron 1979 (bootstrap), Efron 1987 *Better Bootstrap Confidence Intervals* (BCa); Efron and Tibshirani, *An Introduction to
//! the Bootstrap*, 1993, chapter 14. Not here: bootstrap of other statistics than the mean.

use super::interval::{Interval, Sample, ascending, first_unusable, is_open_unit, mean_sd};
use super::paired::has_no_spread;
use das_core::detmath::{fmax, sum};
use das_core::rng::Stream;
use statrs::distribution::{ContinuousCDF, Normal};
use thiserror::Error;

/// Resamples of an interval that is published.
pub const RESAMPLES: u32 = 10_000;

/// Fewest resamples that give an interval.
pub const RESAMPLES_MIN: u32 = 100;

/// Resampled means nearer to the mean than this share of the largest value equal it.
const ROUNDING: f64 = 1e-12;

/// Why values give no BCa interval.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum BootstrapError {
    /// One value or none.
    #[error("{n} values: resampling needs at least two")]
    TooFew {
        /// Values given.
        n: usize,
    },
    /// A value that is no usable number.
    #[error("value {index} is not finite or beyond 1e100")]
    Value {
        /// Its place, from 0.
        index: usize,
    },
    /// A level of confidence out of range.
    #[error("{level} is not a level of confidence between 0 and 1")]
    Level {
        /// What was given.
        level: f64,
    },
    /// Too few resamples.
    #[error("{resamples} resamples: at least {RESAMPLES_MIN} are needed")]
    Resamples {
        /// What was asked for.
        resamples: u32,
    },
    /// Bias and acceleration leave the level no corrected percentile: z ≥ 1/a − z₀. Since |a| < 1/6 for a mean, levels up to
    /// 0.999999 never come here.
    #[error("the values are too skewed for a BCa interval at this level")]
    Skewed,
}

/// A BCa interval with its two corrections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bca {
    /// Mean and ends.
    pub interval: Interval,
    /// Bias correction z₀ = Φ⁻¹(share of resampled means below the mean, equal ones by half); 0 without spread.
    pub bias: f64,
    /// Acceleration a = ΣU³/(6(ΣU²)^1.5) of the jackknife values U; 0 without spread.
    pub acceleration: f64,
}

/// Mean with its percentile bootstrap interval at `level`: `resamples` means of as many values drawn with replacement
/// (Efron 1979). `None` for an empty sample or no resamples.
pub fn bootstrap(values: &[f64], level: f64, resamples: u32, rng: &mut Stream) -> Option<Interval> {
    let means = resampled_means(values, resamples, rng)?;
    let last = means.len().checked_sub(1)?;
    let at = |q: f64| means[((q * last as f64).round() as usize).min(last)];
    Some(Interval {
        mean: Sample::of(values).mean(),
        low: at((1.0 - level) / 2.0),
        high: at(0.5 + level / 2.0),
        n: values.len() as u64,
    })
}

/// The bias-corrected and accelerated bootstrap interval of the mean at `level` (0.95) from `resamples` ([`RESAMPLES`])
/// resamples.
///
/// ```text
/// ends at the percentiles Φ( z₀ + (z₀ ± z)/(1 − a(z₀ ± z)) ) of the resampled means,   z = Φ⁻¹((1+level)/2)
/// U_i = (n−1)(mean of jackknife means − jackknife mean without i), for a mean = x_i − mean
/// ```
///
/// Percentiles are interpolated linearly between order statistics. Values are sorted first: their order does not matter.
/// Values that are one number up to rounding give that number for both ends. Small samples are covered less often than
/// `level` says, as by all bootstrap intervals of a mean (95 % of normal values: 93.4 % at n = 30, 90.6 % at n = 10, by SciPy's
/// BCa, `reference.py --coverage`): the t-interval belongs beside it.
pub fn bca(
    values: &[f64],
    level: f64,
    resamples: u32,
    rng: &mut Stream,
) -> Result<Bca, BootstrapError> {
    if !is_open_unit(level) {
        return Err(BootstrapError::Level { level });
    }
    if resamples < RESAMPLES_MIN {
        return Err(BootstrapError::Resamples { resamples });
    }
    if let Some(index) = first_unusable(values) {
        return Err(BootstrapError::Value { index });
    }
    let values = ascending(values);
    let n = values.len();
    let (mean, sd) = mean_sd(&values).ok_or(BootstrapError::TooFew { n })?;
    let bca = |low, high, bias, acceleration| Bca {
        interval: Interval {
            mean,
            low,
            high,
            n: n as u64,
        },
        bias,
        acceleration,
    };
    if has_no_spread(mean, sd) {
        return Ok(bca(mean, mean, 0.0, 0.0));
    }
    let means = resampled_means(&values, resamples, rng).ok_or(BootstrapError::TooFew { n })?;
    let largest = fmax(values[0].abs(), values[n - 1].abs());
    // A tie broken by rounding would move the bias: equality is up to rounding.
    let near = ROUNDING * largest;
    let below = means.partition_point(|m| *m < mean - near);
    let not_above = means.partition_point(|m| *m <= mean + near);
    let share = (below + not_above) as f64 / (2 * means.len()) as f64;
    if !is_open_unit(share) {
        return Err(BootstrapError::Skewed);
    }
    let normal = Normal::standard();
    let bias = normal.inverse_cdf(share);
    let acceleration = acceleration(&values, mean, largest);
    let end = |q: f64| {
        let shifted = bias + normal.inverse_cdf(q);
        let denominator = 1.0 - acceleration * shifted;
        (denominator > 0.0)
            .then(|| quantile(&means, normal.cdf(bias + shifted / denominator)))
            .ok_or(BootstrapError::Skewed)
    };
    let tail = (1.0 - level) / 2.0;
    Ok(bca(end(tail)?, end(1.0 - tail)?, bias, acceleration))
}

/// Means of resamples, ascending. `None` for no values or more than 2³².
fn resampled_means(values: &[f64], resamples: u32, rng: &mut Stream) -> Option<Vec<f64>> {
    let n = u32::try_from(values.len()).ok().filter(|n| *n > 0)?;
    let draw = |rng: &mut Stream| {
        let mut sum = 0.0;
        for _ in 0..n {
            sum += values[rng.below(n) as usize];
        }
        sum / f64::from(n)
    };
    let mut means: Vec<f64> = (0..resamples).map(|_| draw(rng)).collect();
    means.sort_unstable_by(f64::total_cmp);
    Some(means)
}

/// ΣU³/(6(ΣU²)^1.5) of U = x − mean. The scale cancels; dividing by it keeps cubes of small values from vanishing.
fn acceleration(values: &[f64], mean: f64, scale: f64) -> f64 {
    let deviation = |x: &f64| (x - mean) / scale;
    let squares = sum(values.iter().map(|x| deviation(x) * deviation(x)));
    let cubes = sum(values
        .iter()
        .map(|x| deviation(x) * deviation(x) * deviation(x)));
    cubes / (6.0 * squares * squares.sqrt())
}

/// The `q`-quantile of ascending values, linear between order statistics (Hyndman and Fan 1996, type 7).
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = q * last as f64;
    let under = (place.floor() as usize).min(last);
    let over = (under + 1).min(last);
    sorted[under] + (place - under as f64) * (sorted[over] - sorted[under])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bootstrap_holds_the_mean_and_repeats() {
        // Same stream, same interval; it lies within the sample and around the mean.
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let one = bootstrap(&values, 0.95, 500, &mut Stream::from_seed(1)).unwrap();
        assert_eq!(
            one,
            bootstrap(&values, 0.95, 500, &mut Stream::from_seed(1)).unwrap()
        );
        assert!(one.low > 18.0 && one.low < one.mean && one.mean < one.high && one.high < 31.0);
        assert!(bootstrap(&[], 0.95, 10, &mut Stream::from_seed(1)).is_none());
    }

    #[test]
    fn equal_values_give_a_point() {
        // No spread: both ends are the value, and nothing is corrected.
        let same = bca(&[0.1; 5], 0.95, 200, &mut Stream::from_seed(1)).unwrap();
        assert!((same.interval.low - 0.1).abs() < 1e-15);
        assert_eq!(same.interval.low, same.interval.high);
    }

    #[test]
    fn rounding_breaks_no_ties() {
        // Tenths and the same in whole numbers: half of the resampled means that equal the mean count, in both.
        let whole = [0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 4.0];
        let tenths = whole.map(|x| x * 0.1);
        let bias = |values: &[f64]| {
            let interval = bca(values, 0.95, 2_000, &mut Stream::from_seed(3));
            interval.unwrap().bias
        };
        assert_eq!(bias(&whole), bias(&tenths));
    }

    #[test]
    fn what_cannot_be_resampled_is_an_error() {
        // One value, an infinity, too few resamples, a level of nothing.
        let run = |values: &[f64], level, resamples| {
            bca(values, level, resamples, &mut Stream::from_seed(1)).unwrap_err()
        };
        assert_eq!(run(&[1.0], 0.95, 200), BootstrapError::TooFew { n: 1 });
        assert_eq!(
            run(&[1.0, f64::INFINITY], 0.95, 200),
            BootstrapError::Value { index: 1 }
        );
        assert_eq!(
            run(&[1.0, 2.0], 0.95, 99),
            BootstrapError::Resamples { resamples: 99 }
        );
        assert_eq!(
            run(&[1.0, 2.0], 0.0, 200),
            BootstrapError::Level { level: 0.0 }
        );
    }
}
