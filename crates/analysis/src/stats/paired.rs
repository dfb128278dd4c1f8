//! Paired differences: two configurations over the same seeds.
//!
//! With common seeds much of the chance is common too and drops out of d_i = after_i − before_i; all figures are of the d_i
//! alone. Source: Student 1908; Kleijnen, *Design and Analysis of Simulation Experiments*, 2nd ed. 2015, on common random
//! numbers. Invariant: the order of the pairs changes no bit of a result. Not here: rank tests ([`super::wilcoxon`]), sizes
//! ([`super::effect`]).

use super::interval::{ascending, first_unusable, is_open_unit, mean_sd, t_critical};
use statrs::distribution::{ContinuousCDF, StudentsT};
use thiserror::Error;

/// Differences whose sd is below this share of their mean differ by rounding alone.
const ROUNDING: f64 = 1e-12;

/// Why differences give no figures.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum PairedError {
    /// One pair or none.
    #[error("{n} pairs: a spread needs at least two")]
    TooFew {
        /// Pairs given.
        n: usize,
    },
    /// A difference that is no usable number.
    #[error("difference {index} is not finite or beyond 1e100")]
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
}

/// The paired t test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// t = mean/(sd/√n).
    pub t: f64,
    /// Degrees of freedom, n − 1.
    pub freedom: u64,
    /// Two-sided P(|T| ≥ |t|), in 0..=1.
    pub p: f64,
}

/// Which way the pairs differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Pairs with after above before.
    pub above: u64,
    /// Pairs with after below before.
    pub below: u64,
    /// Pairs without a difference.
    pub equal: u64,
}

impl Signs {
    /// The signs of these differences.
    pub fn of(differences: &[f64]) -> Self {
        let mut signs = Self::default();
        for d in differences {
            if *d > 0.0 {
                signs.above += 1;
            } else if *d < 0.0 {
                signs.below += 1;
            } else {
                signs.equal += 1;
            }
        }
        signs
    }
}

/// What differences over pairs come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Pairs.
    pub n: u64,
    /// Mean difference.
    pub mean: f64,
    /// Standard deviation of the differences, divisor n − 1; 0 if they differ by rounding alone (sd < 1e-12·|mean|).
    pub sd: f64,
    /// Lower end of the t-interval of the mean: mean − t(n−1, (1+level)/2)·sd/√n.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The t test; `None` if all differences are the same number, for which t is not defined.
    pub t: Option<TTest>,
    /// Signs of the differences.
    pub signs: Signs,
}

/// `after[i] − before[i]`, for samples paired by seed. `None` if they are not of one length.
pub fn paired(before: &[f64], after: &[f64]) -> Option<Vec<f64>> {
    (before.len() == after.len()).then(|| before.iter().zip(after).map(|(b, a)| a - b).collect())
}

/// Mean, spread, t-interval at `level` (0.95) and t test of differences (n ≥ 2).
pub fn paired_figures(differences: &[f64], level: f64) -> Result<Paired, PairedError> {
    if !is_open_unit(level) {
        return Err(PairedError::Level { level });
    }
    if let Some(index) = first_unusable(differences) {
        return Err(PairedError::Value { index });
    }
    let too_few = PairedError::TooFew {
        n: differences.len(),
    };
    let sorted = ascending(differences);
    let (mean, sd) = mean_sd(&sorted).ok_or(too_few)?;
    let n = sorted.len() as u64;
    let student = StudentsT::new(0.0, 1.0, (n - 1) as f64).map_err(|_| too_few)?;
    let signs = Signs::of(&sorted);
    if has_no_spread(mean, sd) {
        return Ok(Paired {
            n,
            mean,
            sd: 0.0,
            low: mean,
            high: mean,
            t: None,
            signs,
        });
    }
    let error = sd / (n as f64).sqrt();
    let half = t_critical(n - 1, (1.0 - level) / 2.0).ok_or(too_few)? * error;
    let t = mean / error;
    Ok(Paired {
        n,
        mean,
        sd,
        low: mean - half,
        high: mean + half,
        t: Some(TTest {
            t,
            freedom: n - 1,
            p: 2.0 * student.sf(t.abs()),
        }),
        signs,
    })
}

/// Whether values of this mean and sd are one number up to rounding.
pub(crate) fn has_no_spread(mean: f64, sd: f64) -> bool {
    sd <= ROUNDING * mean.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_need_two_samples_of_one_length() {
        // After less before, pair by pair; none for lists of different lengths.
        assert_eq!(paired(&[1.0, 2.0], &[4.0, 4.0]), Some(vec![3.0, 2.0]));
        assert_eq!(paired(&[1.0], &[]), None);
    }

    #[test]
    fn equal_differences_have_no_t() {
        // All zero, or one number up to rounding: the interval is that number and t is not defined.
        let none = paired_figures(&[0.0; 4], 0.95).unwrap();
        assert_eq!((none.t, none.sd, none.signs.equal), (None, 0.0, 4));
        let same = paired_figures(&[1.3 - 1.2, 0.1, 2.1 - 2.0], 0.95).unwrap();
        assert_eq!((same.t, same.low), (None, same.high));
        assert_eq!(same.signs.above, 3);
    }

    #[test]
    fn what_cannot_be_tested_is_an_error() {
        // One pair, a NaN, a level of 100 %.
        assert_eq!(
            paired_figures(&[1.0], 0.95),
            Err(PairedError::TooFew { n: 1 })
        );
        assert_eq!(
            paired_figures(&[1.0, f64::NAN], 0.95),
            Err(PairedError::Value { index: 1 })
        );
        assert_eq!(
            paired_figures(&[1.0, 2.0], 1.0),
            Err(PairedError::Level { level: 1.0 })
        );
    }
}
