//! Mean and squared deviations in one pass (Welford 1962), with the merge of two passes (Chan, Golub, LeVeque 1979).
//!
//! Invariant: a sequence of equal numbers has a variance of exactly 0. The count is kept by the owner, who has it anyway.

use serde::{Deserialize, Serialize};

/// Running mean and sum of squared deviations from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Moments {
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds `x`, the n-th number; `inverse_n` is 1/n.
    #[inline]
    pub(super) fn add(&mut self, x: f64, inverse_n: f64) {
        let delta = x - self.mean;
        self.mean += delta * inverse_n;
        self.squares += delta * (x - self.mean);
    }

    /// Population variance of `n` numbers; 0 for fewer than two.
    pub(super) fn variance(&self, n: u64) -> f64 {
        if n < 2 { 0.0 } else { self.squares / n as f64 }
    }

    /// Adds what another pass saw.
    pub(super) fn merge(&mut self, n: u64, other: &Self, other_n: u64) {
        if other_n == 0 {
            return;
        }
        if n == 0 {
            *self = *other;
            return;
        }
        let total = (n + other_n) as f64;
        let delta = other.mean - self.mean;
        self.mean += delta * (other_n as f64 / total);
        self.squares += other.squares + delta * delta * (n as f64 * other_n as f64 / total);
    }
}
