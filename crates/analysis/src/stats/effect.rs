//! Effect sizes: how large a difference is, in units that do not grow with the number of seeds.
//!
//! Not here: whether it is there at all ([`mod@super::paired`], [`super::wilcoxon`]).

use super::interval::{ascending, first_unusable, mean_sd};
use super::paired::has_no_spread;
use super::wilcoxon::{WilcoxonError, rank_sums};
use das_core::detmath;
use statrs::function::gamma::ln_gamma;
use thiserror::Error;

/// Why values have no effect size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EffectError {
    /// Too few values.
    #[error("{n} values: this effect size needs at least {least}")]
    TooFew {
        /// Values given.
        n: usize,
        /// Fewest that do.
        least: usize,
    },
    /// A value that is no usable number.
    #[error("value {index} is not finite or beyond 1e100")]
    Value {
        /// Its place, from 0.
        index: usize,
    },
    /// All differences are one number: there is no spread to measure the mean by.
    #[error("all differences are equal: no spread to measure their mean by")]
    NoSpread,
}

/// Cohen's d for pairs, d_z = mean(d)/sd(d), in units of the sd of the differences (Cohen 1988, 2.3.5). t = d_z·√n.
pub fn cohen_dz(differences: &[f64]) -> Result<f64, EffectError> {
    if let Some(index) = first_unusable(differences) {
        return Err(EffectError::Value { index });
    }
    let n = differences.len();
    let (mean, sd) = mean_sd(&ascending(differences)).ok_or(EffectError::TooFew { n, least: 2 })?;
    if has_no_spread(mean, sd) {
        return Err(EffectError::NoSpread);
    }
    Ok(mean / sd)
}

/// Hedges' correction of a standardised mean at m degrees of freedom (n − 1 for pairs), m ≥ 2:
/// J(m) = Γ(m/2)/(√(m/2)·Γ((m−1)/2)), in 0..1, about 1 − 3/(4m − 1); g = J·d is unbiased for normal differences (Hedges 1981).
/// Relative error below 1e-12 up to m = 1,000, below 1e-8 up to 10⁶.
pub fn hedges_correction(freedom: u64) -> Result<f64, EffectError> {
    if freedom < 2 {
        return Err(EffectError::TooFew {
            n: freedom as usize,
            least: 2,
        });
    }
    let half = freedom as f64 / 2.0;
    Ok(detmath::exp(ln_gamma(half) - ln_gamma(half - 0.5)) / half.sqrt())
}

/// Hedges' g for pairs: J(n − 1)·d_z, n ≥ 3.
pub fn hedges_gz(differences: &[f64]) -> Result<f64, EffectError> {
    let n = differences.len();
    if n < 3 {
        return Err(EffectError::TooFew { n, least: 3 });
    }
    Ok(cohen_dz(differences)? * hedges_correction(n as u64 - 1)?)
}

/// Cliff's delta of two unpaired samples: (#(a > b) − #(a < b))/(n_a·n_b) over all pairs of one value of each, in −1..=1; the
/// chance that a value of `a` is above one of `b` less the chance of the opposite (Cliff 1993).
pub fn cliffs_delta(a: &[f64], b: &[f64]) -> Result<f64, EffectError> {
    for values in [a, b] {
        if values.is_empty() {
            return Err(EffectError::TooFew { n: 0, least: 1 });
        }
        if let Some(index) = first_unusable(values) {
            return Err(EffectError::Value { index });
        }
    }
    let others = ascending(b);
    // Counts are whole numbers below 2⁵³ for any samples that fit in memory.
    let (mut above, mut below) = (0u64, 0u64);
    for x in a {
        above += others.partition_point(|y| y < x) as u64;
        below += (others.len() - others.partition_point(|y| y <= x)) as u64;
    }
    Ok((above as f64 - below as f64) / (a.len() as f64 * b.len() as f64))
}

/// Rank-biserial correlation of pairs, (W⁺ − W⁻)/(W⁺ + W⁻), in −1..=1: the share of rank on the side of *after* less that on
/// the other, zeros left out (Kerby 2014). The size that goes with the signed-rank test; 0 if every difference is zero.
pub fn rank_biserial(differences: &[f64]) -> Result<f64, EffectError> {
    let sums = rank_sums(differences).map_err(|error| match error {
        WilcoxonError::Empty => EffectError::TooFew { n: 0, least: 1 },
        WilcoxonError::Value { index } => EffectError::Value { index },
    })?;
    let total = sums.above + sums.below;
    Ok(if total == 0.0 {
        0.0
    } else {
        (sums.above - sums.below) / total
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_hand() {
        // Mean 2, sd 1: d_z 2. Of four crossings three are above: delta 1/2. Ranks 2 + 3 against 1: 4/6.
        assert_eq!(cohen_dz(&[1.0, 2.0, 3.0]), Ok(2.0));
        assert_eq!(cliffs_delta(&[2.0, 4.0], &[1.0, 3.0]), Ok(0.5));
        assert_eq!(rank_biserial(&[-1.0, 2.0, 3.0]), Ok(4.0 / 6.0));
        assert_eq!(rank_biserial(&[0.0, 0.0]), Ok(0.0));
    }

    #[test]
    fn what_has_no_size_is_an_error() {
        // Equal differences, too few of them, an empty side, a NaN.
        assert_eq!(cohen_dz(&[1.0, 1.0]), Err(EffectError::NoSpread));
        assert_eq!(cohen_dz(&[0.0, 0.0]), Err(EffectError::NoSpread));
        let few = |n, least| Err(EffectError::TooFew { n, least });
        assert_eq!(cohen_dz(&[1.0]), few(1, 2));
        assert_eq!(hedges_gz(&[1.0, 2.0]), few(2, 3));
        assert_eq!(cliffs_delta(&[], &[1.0]), few(0, 1));
        assert_eq!(
            rank_biserial(&[1.0, f64::NAN]),
            Err(EffectError::Value { index: 1 })
        );
    }
}
