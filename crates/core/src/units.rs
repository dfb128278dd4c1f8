//! Checked newtypes: values that cannot be out of range once they exist.

use crate::detmath;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A number was outside the range of its type.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{value} is not {expected}")]
pub struct OutOfRange {
    /// What was given.
    pub value: f64,
    /// What was expected, in words.
    pub expected: &'static str,
}

/// A probability, in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// Never.
    pub const ZERO: Self = Self(0.0);

    /// Checked: 0..=1, no NaN.
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value + 0.0))
        } else {
            Err(OutOfRange {
                value,
                expected: "a probability between 0 and 1",
            })
        }
    }

    /// The number.
    #[inline]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = OutOfRange;
    fn try_from(value: f64) -> Result<Self, OutOfRange> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(p: Probability) -> f64 {
        p.0
    }
}

/// Micro-credits per credit.
pub const MICROS_PER_CREDIT: i64 = 1_000_000;

/// The largest amount that is read or written: beyond it a JSON reader may lose digits (2⁵³).
pub const MAX_MICROS: i64 = 1 << 53;

/// Money: an integer number of micro-credits, signed. 1 credit = 1,000,000 micro-credits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroCredits(pub i64);

impl MicroCredits {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Nearest number of micro-credits to an amount in credits, halves away from zero.
    pub fn from_credits(credits: f64) -> Result<Self, OutOfRange> {
        let micros = (credits * MICROS_PER_CREDIT as f64).round();
        if micros.abs() <= MAX_MICROS as f64 {
            Ok(Self(micros as i64))
        } else {
            Err(OutOfRange {
                value: credits,
                expected: "an amount of at most 9,007,199,254 credits",
            })
        }
    }

    /// [`MicroCredits::from_credits`] for amounts that are bounded by construction; what is not finite is nothing, what is
    /// too large is the largest amount.
    #[inline]
    pub fn saturating(credits: f64) -> Self {
        let limit = MAX_MICROS as f64;
        let micros = (credits * MICROS_PER_CREDIT as f64).round();
        if micros.is_nan() {
            Self(0)
        } else {
            Self(detmath::clamp(micros, -limit, limit) as i64)
        }
    }

    /// The amount in credits.
    #[inline]
    pub fn credits(self) -> f64 {
        self.0 as f64 / MICROS_PER_CREDIT as f64
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

impl std::ops::Add for MicroCredits {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for MicroCredits {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::ops::Neg for MicroCredits {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::ops::AddAssign for MicroCredits {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::iter::Sum for MicroCredits {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.map(|m| m.0).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_checked() {
        assert!(Probability::new(0.0).is_ok() && Probability::new(1.0).is_ok());
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Probability::new(bad).is_err());
        }
        assert!(Probability::new(-0.0).unwrap().get().is_sign_positive());
    }

    #[test]
    fn credits_round_trip_through_micros() {
        assert_eq!(
            MicroCredits::from_credits(0.1).unwrap(),
            MicroCredits(100_000)
        );
        assert_eq!(MicroCredits(100_000).credits(), 0.1);
        assert!(MicroCredits::from_credits(1e300).is_err());
        assert!(MicroCredits::from_credits(f64::NAN).is_err());
    }
}
