//! How many seeds a paired effect needs, and what effect a number of seeds can show.
//!
//! The two-sided paired t test of n differences with true standardised mean d (= d_z) rejects at α with probability
//!
//! ```text
//! power = P(|T'| > c),   T' noncentral t with ν = n − 1 and δ = d·√n,   c = t(ν, 1 − α/2)
//!       = ∫ f(s) [Φ(δ − c·s) + Φ(−δ − c·s)] ds,   s = √(χ²_ν/ν)
//! ```
//!
//! (Cohen 1988, 2.3.5 and 12; Johnson, Kotz and Balakrishnan 1995, chapter 31). `statrs` has no noncentral t: the integral is
//! taken by Gauss-Legendre panels that are fine where Φ turns, and divided by ∫f over the same panels. Against SciPy's
//! noncentral t (α from 1e-6 to 0.1) and against α itself where there is no effect (to 0.3) the power is right to 1e-10 up to
//! 10,000 pairs and to 1e-9 up to 10⁶, as `statrs`' incomplete beta function is. Assumes normal differences. Not here: power of
//! the signed-rank test, which for normal differences needs about 5 % more seeds (asymptotic efficiency 3/π).

use super::interval::{is_open_unit, t_critical};
use das_core::detmath::{clamp, exp, ln};
use statrs::function::erf::erfc;
use thiserror::Error;

/// The most pairs that are searched and answered for.
pub const PAIRS_MAX: u64 = 1_000_000;

/// Why a question about power has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum PowerError {
    /// α out of range.
    #[error("alpha {alpha} is not between 0 and 1")]
    Alpha {
        /// What was given.
        alpha: f64,
    },
    /// A power that cannot be asked for.
    #[error("power {power} is not between alpha and 1")]
    Power {
        /// What was given.
        power: f64,
    },
    /// An effect that is no number, or none where one is needed.
    #[error("effect {effect} is not a finite number other than 0")]
    Effect {
        /// What was given.
        effect: f64,
    },
    /// Too few or too many pairs.
    #[error("{n} pairs: between 2 and {PAIRS_MAX} are answered for")]
    Pairs {
        /// What was given.
        n: u64,
    },
    /// More than [`PAIRS_MAX`] pairs would be needed.
    #[error("an effect of {effect} needs more than {PAIRS_MAX} pairs")]
    OutOfReach {
        /// The effect.
        effect: f64,
    },
}

/// Nodes and weights of Gauss-Legendre, 16 points on −1..1; the other half is mirrored.
const NODES: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_64),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_64),
    (0.458_016_777_657_227_37, 0.169_156_519_395_002_65),
    (0.617_876_244_402_643_8, 0.149_595_988_816_576_7),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_8, 0.095_158_511_682_492_6),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_456),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_176),
];

/// Panels between two breakpoints.
const PANELS: u32 = 24;

/// Standard deviations of s to each side of 1, and of Φ's argument around its turn, beyond which nothing is left.
const REACH: f64 = 12.0;

/// Standard normal distribution function.
fn phi(x: f64) -> f64 {
    0.5 * erfc(-x / std::f64::consts::SQRT_2)
}

/// Power of the two-sided paired t test at `alpha` with `n` pairs and true effect `effect` (d_z, any sign, 0 gives α).
pub fn paired_power(effect: f64, n: u64, alpha: f64) -> Result<f64, PowerError> {
    if !effect.is_finite() {
        return Err(PowerError::Effect { effect });
    }
    if !is_open_unit(alpha) {
        return Err(PowerError::Alpha { alpha });
    }
    if !(2..=PAIRS_MAX).contains(&n) {
        return Err(PowerError::Pairs { n });
    }
    let freedom = (n - 1) as f64;
    let critical = t_critical(n - 1, alpha / 2.0).ok_or(PowerError::Pairs { n })?;
    Ok(tails(freedom, effect.abs() * (n as f64).sqrt(), critical))
}

/// P(|T'| > `critical`) for noncentral t with `freedom` and `shift` ≥ 0.
fn tails(freedom: f64, shift: f64, critical: f64) -> f64 {
    let spread = REACH / (2.0 * freedom).sqrt();
    let (low, high) = (clamp(1.0 - spread, 0.0, 1.0), 1.0 + spread);
    // Where Φ(δ − c·s) turns, and where Φ(−δ − c·s) has fallen to nothing.
    let turn = shift / critical;
    let width = REACH / critical;
    let mut ends = [low, turn - width, turn + width, width, high].map(|end| clamp(end, low, high));
    ends.sort_unstable_by(f64::total_cmp);
    let density = |s: f64| exp((freedom - 1.0) * ln(s) - freedom * (s * s - 1.0) / 2.0);
    let (mut rejected, mut all) = (0.0, 0.0);
    for pair in ends.windows(2) {
        let half = (pair[1] - pair[0]) / (2.0 * f64::from(PANELS));
        if half <= 0.0 {
            continue;
        }
        for panel in 0..PANELS {
            let middle = pair[0] + half * f64::from(2 * panel + 1);
            for (node, weight) in NODES {
                for s in [middle - half * node, middle + half * node] {
                    let mass = half * weight * density(s);
                    all += mass;
                    rejected += mass * (phi(shift - critical * s) + phi(-shift - critical * s));
                }
            }
        }
    }
    clamp(rejected / all, 0.0, 1.0)
}

/// Fewest pairs (seeds) with which the two-sided paired t test at `alpha` shows `effect` (d_z ≠ 0) with at least `power`
/// (`alpha` < `power` < 1). For a family of m tests put α/m, the first step of Holm.
pub fn seeds_needed(effect: f64, alpha: f64, power: f64) -> Result<u64, PowerError> {
    if effect == 0.0 || !effect.is_finite() {
        return Err(PowerError::Effect { effect });
    }
    check_target(alpha, power)?;
    let enough = |n| Ok::<_, PowerError>(paired_power(effect, n, alpha)? >= power);
    // Doubling finds a bracket (low, high], halving the first n that is enough: power grows with n.
    let (mut low, mut high) = (1, 2);
    while !enough(high)? {
        if high == PAIRS_MAX {
            return Err(PowerError::OutOfReach { effect });
        }
        low = high;
        high = (2 * high).min(PAIRS_MAX);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high)
}

/// The smallest effect (d_z > 0) that `n` pairs show with `power` at `alpha`; relative error below 1e-9.
pub fn detectable_effect(n: u64, alpha: f64, power: f64) -> Result<f64, PowerError> {
    check_target(alpha, power)?;
    let mut high = 1.0;
    while paired_power(high, n, alpha)? < power {
        high *= 2.0;
        if high > 1e12 {
            // Reached only by an α near 0 with two or three pairs.
            return Err(PowerError::Alpha { alpha });
        }
    }
    let mut low = 0.0;
    while high - low > 1e-10 * high {
        let middle = f64::midpoint(low, high);
        if paired_power(middle, n, alpha)? < power {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

fn check_target(alpha: f64, power: f64) -> Result<(), PowerError> {
    if !is_open_unit(alpha) {
        return Err(PowerError::Alpha { alpha });
    }
    // A NaN is within no range.
    if power > alpha && power < 1.0 {
        Ok(())
    } else {
        Err(PowerError::Power { power })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_effect_is_rejected_with_alpha() {
        // δ = 0 is the central t: power is α, within the accuracy that the head of the file states.
        for n in [2, 3, 30, 10_000, 100_000, PAIRS_MAX] {
            let bound = if n <= 10_000 { 1e-10 } else { 1e-9 };
            for alpha in [1e-4, 0.05, 0.3] {
                let power = paired_power(0.0, n, alpha).unwrap();
                assert!((power - alpha).abs() < bound, "{n} {alpha} {power}");
            }
        }
    }

    #[test]
    fn seeds_and_effect_answer_each_other() {
        // The n found is enough and one fewer is not; the effect it detects is no larger than the one asked about.
        let n = seeds_needed(0.4, 0.01, 0.9).unwrap();
        assert!(paired_power(0.4, n, 0.01).unwrap() >= 0.9);
        assert!(paired_power(0.4, n - 1, 0.01).unwrap() < 0.9);
        assert!(detectable_effect(n, 0.01, 0.9).unwrap() <= 0.4);
        assert_eq!(seeds_needed(-0.4, 0.01, 0.9), Ok(n));
    }

    #[test]
    fn what_has_no_answer_is_an_error() {
        // α of 0, one pair, no effect, a power below α, an effect that a million pairs do not show.
        let alpha = PowerError::Alpha { alpha: 0.0 };
        assert_eq!(paired_power(1.0, 10, 0.0), Err(alpha));
        assert_eq!(paired_power(1.0, 1, 0.05), Err(PowerError::Pairs { n: 1 }));
        assert_eq!(
            seeds_needed(0.0, 0.05, 0.8),
            Err(PowerError::Effect { effect: 0.0 })
        );
        assert_eq!(
            seeds_needed(1.0, 0.05, 0.04),
            Err(PowerError::Power { power: 0.04 })
        );
        assert_eq!(
            seeds_needed(1e-4, 0.05, 0.8),
            Err(PowerError::OutOfReach { effect: 1e-4 })
        );
    }
}
