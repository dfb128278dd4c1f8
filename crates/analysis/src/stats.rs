//! Intervals and tests: t-intervals, paired differences, percentile bootstrap, exact tails.
//!
//! Distributions are those of `statrs`; resampling draws come from [`das_core::rng`], so an interval is the same wherever it
//! is computed. Not here: corrections for many tests and tables, which belong to whoever runs many.

use das_core::rng::Stream;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Hypergeometric, StudentsT};

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

/// Mean with the two-sided interval of Student's t at `level` (0.95). `None` for fewer than two values.
pub fn mean_interval(values: &[f64], level: f64) -> Option<Interval> {
    let sample = Sample::of(values);
    let n = sample.n as f64;
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
    let half = t.inverse_cdf(0.5 + level / 2.0) * (sample.variance() / n).sqrt();
    let mean = sample.mean();
    Some(Interval {
        mean,
        low: mean - half,
        high: mean + half,
        n: sample.n,
    })
}

/// `after[i] − before[i]`, for samples paired by seed. `None` if they are not of one length.
pub fn paired(before: &[f64], after: &[f64]) -> Option<Vec<f64>> {
    (before.len() == after.len()).then(|| before.iter().zip(after).map(|(b, a)| a - b).collect())
}

/// Mean with its percentile bootstrap interval at `level`: `resamples` means of as many values drawn with replacement
/// (Efron 1979). `None` for an empty sample or no resamples.
pub fn bootstrap(values: &[f64], level: f64, resamples: u32, rng: &mut Stream) -> Option<Interval> {
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
    let last = means.len().checked_sub(1)?;
    let at = |q: f64| means[((q * last as f64).round() as usize).min(last)];
    Some(Interval {
        mean: Sample::of(values).mean(),
        low: at((1.0 - level) / 2.0),
        high: at(0.5 + level / 2.0),
        n: u64::from(n),
    })
}

/// One-sided p of Welch's test that the mean of `high` is above that of `low`: small if it is. 1 with fewer than two values
/// on a side; without any variance 0 if it is above and 1 if not.
pub fn welch_above(high: &Sample, low: &Sample) -> f64 {
    if high.n < 2 || low.n < 2 {
        return 1.0;
    }
    let difference = high.mean() - low.mean();
    let (a, b) = (
        high.variance() / high.n as f64,
        low.variance() / low.n as f64,
    );
    let spread = a + b;
    if spread == 0.0 {
        return if difference > 0.0 { 0.0 } else { 1.0 };
    }
    let freedom = spread * spread / (a * a / (high.n as f64 - 1.0) + b * b / (low.n as f64 - 1.0));
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |t| t.sf(difference / spread.sqrt()))
}

/// P(X ≥ `hits`) for X ~ Binomial(`trials`, `rate`).
pub fn binomial_tail(hits: u64, trials: u64, rate: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    Binomial::new(rate, trials).map_or(1.0, |x| x.sf(hits - 1))
}

/// P(X ≥ `hits`) for X ~ Hypergeometric: `draws` without replacement from `population`, of which `marked` are hits.
pub fn hypergeometric_tail(hits: u64, population: u64, marked: u64, draws: u64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    if hits > marked || hits > draws {
        return 0.0;
    }
    Hypergeometric::new(population, marked.min(population), draws.min(population))
        .map_or(1.0, |x| x.sf(hits - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn the_t_interval_is_the_textbook_one() {
        // mean 3, sd sqrt(2.5), n 5, t(4, .975) = 2.7764451: half width 1.9632432.
        let i = mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        assert!(
            close(i.mean, 3.0) && (i.high - 4.963_243_2).abs() < 1e-6,
            "{i:?}"
        );
        assert!(mean_interval(&[1.0], 0.95).is_none());
    }

    #[test]
    fn tails_are_exact() {
        // Ten fair tosses, eight heads or more: 56/1024. Two aces in a hand of five: C(4,2)C(48,3)+… over C(52,5).
        assert!(close(binomial_tail(8, 10, 0.5), 56.0 / 1024.0));
        assert!((hypergeometric_tail(2, 52, 4, 5) - 0.041_684).abs() < 1e-6);
        assert_eq!(hypergeometric_tail(5, 52, 4, 5), 0.0);
        assert_eq!(binomial_tail(0, 10, 0.5), 1.0);
    }

    #[test]
    fn welch_sees_a_difference_and_no_more() {
        // Equal samples give one half, a clear shift nearly nothing, a shift the wrong way nearly one.
        let a = Sample::of(&[1.0, 2.0, 3.0, 4.0]);
        let b = Sample::of(&[11.0, 12.0, 13.0, 14.0]);
        assert!(close(welch_above(&a, &a), 0.5));
        assert!(welch_above(&b, &a) < 1e-4 && welch_above(&a, &b) > 0.999);
        assert_eq!(welch_above(&Sample::of(&[1.0]), &a), 1.0);
    }

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
    fn pairs_need_two_samples_of_one_length() {
        assert_eq!(paired(&[1.0, 2.0], &[4.0, 4.0]), Some(vec![3.0, 2.0]));
        assert_eq!(paired(&[1.0], &[]), None);
    }
}
