//! Many tests at once: adjusted p values over a family.
//!
//! The family is what the caller decided to test before looking; an adjusted p is compared with the same α as a single one.
//! Invariants: adjusted ≥ raw, at most 1, in the order of raw p; the order of the family does not matter. Not here: which
//! tests make a family ([`crate::compare`] says what it takes).

use das_core::detmath::{fmax, fmin};
use thiserror::Error;

/// Why a family has no adjusted p.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum FamilyError {
    /// A member that is no probability.
    #[error("p value {index} is {value}, not between 0 and 1")]
    Probability {
        /// Its place, from 0.
        index: usize,
        /// What was given.
        value: f64,
    },
}

/// Places of the members by ascending p, equal ones in the order given.
fn ascending(family: &[f64]) -> Result<Vec<usize>, FamilyError> {
    if let Some(index) = family.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(FamilyError::Probability {
            index,
            value: family[index],
        });
    }
    let mut order: Vec<usize> = (0..family.len()).collect();
    order.sort_unstable_by(|a, b| family[*a].total_cmp(&family[*b]).then(a.cmp(b)));
    Ok(order)
}

/// Holm's step-down p: with p₍₁₎ ≤ … ≤ p₍m₎, p̃₍i₎ = max over j ≤ i of min(1, (m − j + 1)·p₍j₎), in the order given. Bounds the
/// chance of any false rejection in the family, whatever the dependence (Holm 1979).
pub fn holm(family: &[f64]) -> Result<Vec<f64>, FamilyError> {
    let order = ascending(family)?;
    let mut adjusted = vec![0.0; family.len()];
    let mut highest = 0.0;
    for (rank, place) in order.iter().enumerate() {
        let remaining = (family.len() - rank) as f64;
        highest = fmax(highest, fmin(1.0, remaining * family[*place]));
        adjusted[*place] = highest;
    }
    Ok(adjusted)
}

/// Step-up p of Benjamini and Hochberg: p̃₍i₎ = min over j ≥ i of min(1, m·p₍j₎/j), in the order given. Bounds the expected
/// share of false ones among the rejections, for independent or positively dependent tests (Benjamini and Hochberg 1995).
pub fn benjamini_hochberg(family: &[f64]) -> Result<Vec<f64>, FamilyError> {
    let order = ascending(family)?;
    let members = family.len() as f64;
    let mut adjusted = vec![0.0; family.len()];
    let mut lowest = 1.0;
    for (rank, place) in order.iter().enumerate().rev() {
        // m/j is 1 for the last one: rounding must not push an adjusted p below the raw one.
        let factor = members / (rank + 1) as f64;
        lowest = fmin(lowest, factor * family[*place]);
        adjusted[*place] = lowest;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_by_hand() {
        // .01·4, .03·2 held up by nothing, .04 held up to .06 by it, .02·3: in the order given.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.02]).unwrap();
        let expected = [0.04, 0.06, 0.06, 0.06];
        for (a, e) in adjusted.iter().zip(expected) {
            assert!((a - e).abs() < 1e-15, "{adjusted:?}");
        }
    }

    #[test]
    fn empty_and_wrong_families() {
        // Nothing to adjust is nothing adjusted; a NaN or 1.1 is named by its place.
        assert_eq!(holm(&[]).unwrap(), Vec::<f64>::new());
        assert!(matches!(
            holm(&[0.5, f64::NAN]),
            Err(FamilyError::Probability { index: 1, .. })
        ));
        assert!(benjamini_hochberg(&[1.1]).is_err());
    }
}
