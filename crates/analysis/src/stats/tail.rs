//! Tails of known distributions, and Welch's test over sums.
//!
//! Not here: tests over pairs ([`mod@super::paired`], [`super::wilcoxon`]).

use super::interval::Sample;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Hypergeometric, StudentsT};

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

    #[test]
    fn tails_are_exact() {
        // Ten fair tosses, eight heads or more: 56/1024. Two aces in a hand of five: C(4,2)C(48,3)+… over C(52,5).
        assert!((binomial_tail(8, 10, 0.5) - 56.0 / 1024.0).abs() < 1e-9);
        assert!((hypergeometric_tail(2, 52, 4, 5) - 0.041_684).abs() < 1e-6);
        assert_eq!(hypergeometric_tail(5, 52, 4, 5), 0.0);
        assert_eq!(binomial_tail(0, 10, 0.5), 1.0);
    }

    #[test]
    fn welch_sees_a_difference_and_no_more() {
        // Equal samples give one half, a clear shift nearly nothing, a shift the wrong way nearly one.
        let a = Sample::of(&[1.0, 2.0, 3.0, 4.0]);
        let b = Sample::of(&[11.0, 12.0, 13.0, 14.0]);
        assert!((welch_above(&a, &a) - 0.5).abs() < 1e-9);
        assert!(welch_above(&b, &a) < 1e-4 && welch_above(&a, &b) > 0.999);
        assert_eq!(welch_above(&Sample::of(&[1.0]), &a), 1.0);
    }
}
