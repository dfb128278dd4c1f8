//! The calibrated sigmoid p = 1 / (1 + e^(−k·v̂)), its inverse, slope, bounds and uncertainty band.
//!
//! k (steepness, 0 < k ≤ 100) says how sharply the proxy score decides: at k = 2 a score of 1 means p = 0.88. These are the
//! checked functions, for any caller; [`crate::score::proxy::Proxy`] has checked its k once and uses the bare formula.

use crate::detmath;
use thiserror::Error;

/// Scores beyond this, either way, count as this.
pub const SCORE_LIMIT: f64 = 10.0;

/// The largest steepness that is accepted.
pub const STEEPNESS_MAX: f64 = 100.0;

/// An argument for which the sigmoid or its inverse is not defined.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum SigmoidError {
    /// k outside (0, 100].
    #[error("sigmoid_k is {k}: it must be above 0 and at most 100")]
    Steepness {
        /// What was given.
        k: f64,
    },
    /// k that the inverse cannot divide by.
    #[error("k is {k}: the inverse needs a k that is not 0")]
    InverseSteepness {
        /// What was given.
        k: f64,
    },
    /// p outside (0, 1).
    #[error("p is {p}: only a p above 0 and below 1 has a score")]
    Probability {
        /// What was given.
        p: f64,
    },
    /// v̂ that is no number.
    #[error("v_hat is not a number")]
    Score,
    /// e^(−k·v̂) is larger than any `f64`.
    #[error("e^(-k v_hat) overflows at v_hat = {v_hat}, k = {k}")]
    Overflow {
        /// The score after clamping.
        v_hat: f64,
        /// The steepness.
        k: f64,
    },
}

/// p = 1 / (1 + e^(−k·v̂)) without a check: k·v̂ must be within ±709 (the proxy's is within ±100).
#[inline]
pub(crate) fn logistic(v_hat: f64, k: f64) -> f64 {
    1.0 / (1.0 + detmath::exp(-k * v_hat))
}

/// p = 1 / (1 + e^(−k·v̂)), v̂ clamped to ±10 first. Error unless 0 < k ≤ 100, and where the power overflows.
pub fn sigmoid(v_hat: f64, k: f64) -> Result<f64, SigmoidError> {
    if !(k > 0.0 && k <= STEEPNESS_MAX) {
        return Err(SigmoidError::Steepness { k });
    }
    if v_hat.is_nan() {
        return Err(SigmoidError::Score);
    }
    let v_hat = detmath::clamp(v_hat, -SCORE_LIMIT, SCORE_LIMIT);
    let power = detmath::exp(-k * v_hat);
    if power.is_finite() {
        Ok(1.0 / (1.0 + power))
    } else {
        Err(SigmoidError::Overflow { v_hat, k })
    }
}

/// v̂ = −ln((1−p)/p) / k. Error unless 0 < p < 1 and k ≠ 0.
pub fn inverse(p: f64, k: f64) -> Result<f64, SigmoidError> {
    if !(p > 0.0 && p < 1.0) {
        return Err(SigmoidError::Probability { p });
    }
    if k == 0.0 || k.is_nan() {
        return Err(SigmoidError::InverseSteepness { k });
    }
    Ok(-detmath::ln((1.0 - p) / p) / k + 0.0)
}

/// dp/dv̂ = k·p·(1−p) at v̂. Errors as [`sigmoid`].
pub fn derivative(v_hat: f64, k: f64) -> Result<f64, SigmoidError> {
    let p = sigmoid(v_hat, k)?;
    Ok(k * p * (1.0 - p))
}

/// The smallest and the largest p the proxy can give: p(−1) and p(+1). Errors as [`sigmoid`].
pub fn bounds(k: f64) -> Result<(f64, f64), SigmoidError> {
    Ok((sigmoid(-1.0, k)?, sigmoid(1.0, k)?))
}

/// The scores at p = 0.5 − `threshold` and p = 0.5 + `threshold`: between them a label is uncertain. Errors as [`inverse`].
pub fn band(k: f64, threshold: f64) -> Result<(f64, f64), SigmoidError> {
    Ok((inverse(0.5 - threshold, k)?, inverse(0.5 + threshold, k)?))
}
