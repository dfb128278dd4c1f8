//! The proxy: five observables to v̂ ∈ [−1, 1] and p = P(v = +1).
//!
//! v̂ = Σ wᵢ·sᵢ with weights that sum to one and four signals in [−1, 1]: progress and engagement as they are (clamped),
//! rework as 2·dⁿ−1 for n times done again, verifier as the mean of the same for rejections and for misuse flags. The proxy
//! reads nothing but [`Observables`]: no truth, no conduct, no name.

use super::sigmoid::{STEEPNESS_MAX, logistic};
use super::{Checks, ParameterError};
use crate::detmath;
use crate::interaction::Observables;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A parameter of the proxy is out of its range.
pub type ProxyError = ParameterError;

/// The largest weight that is accepted: their sum stays finite.
const WEIGHT_MAX: f64 = 1e9;

/// `proxy.weights`: what counts how much. Divided by their sum; all zero counts as all equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyWeights {
    /// Weight of the task's progress.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub task_progress: f64,
    /// Weight of work not done again.
    #[serde(alias = "rework_penalty")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub rework: f64,
    /// Weight of verifiers and misuse flags.
    #[serde(alias = "verifier_penalty")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub verifier: f64,
    /// Weight of the counterparty's engagement.
    #[serde(alias = "engagement_signal")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub engagement: f64,
}

impl Default for ProxyWeights {
    fn default() -> Self {
        Self {
            task_progress: 0.4,
            rework: 0.2,
            verifier: 0.2,
            engagement: 0.2,
        }
    }
}

impl ProxyWeights {
    /// The weights divided by their sum; a quarter each if the sum is 0.
    #[must_use]
    pub fn normalized(self) -> Self {
        let total = self.task_progress + self.rework + self.verifier + self.engagement;
        if total == 0.0 {
            return Self {
                task_progress: 0.25,
                rework: 0.25,
                verifier: 0.25,
                engagement: 0.25,
            };
        }
        Self {
            task_progress: self.task_progress / total,
            rework: self.rework / total,
            verifier: self.verifier / total,
            engagement: self.engagement / total,
        }
    }
}

/// `proxy:` how observables become a score and a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyConfig {
    /// What counts how much.
    pub weights: ProxyWeights,
    /// Steepness k of the sigmoid, above 0 and at most 100.
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 100.0))]
    pub sigmoid_k: f64,
    /// d of the rework signal 2·dⁿ−1, at least 0.01 and below 1.
    #[schemars(range(min = 0.01), extend("exclusiveMaximum" = 1.0))]
    pub rework_decay: f64,
    /// d of the rejection signal, at least 0.01 and below 1.
    #[schemars(range(min = 0.01), extend("exclusiveMaximum" = 1.0))]
    pub rejection_decay: f64,
    /// d of the misuse signal, at least 0.01 and below 1.
    #[schemars(range(min = 0.01), extend("exclusiveMaximum" = 1.0))]
    pub misuse_decay: f64,
}

impl Default for ProxyConfig {
    fn default() -> Self {
        Self {
            weights: ProxyWeights::default(),
            sigmoid_k: 2.0,
            rework_decay: 0.3,
            rejection_decay: 0.4,
            misuse_decay: 0.5,
        }
    }
}

impl ProxyConfig {
    /// Every value that is out of its range.
    pub fn problems(&self) -> Vec<ParameterError> {
        let mut checks = Checks::default();
        for (field, weight) in [
            ("weights.task_progress", self.weights.task_progress),
            ("weights.rework", self.weights.rework),
            ("weights.verifier", self.weights.verifier),
            ("weights.engagement", self.weights.engagement),
        ] {
            let holds = (0.0..=WEIGHT_MAX).contains(&weight);
            checks.require(holds, field, weight, "between 0 and 1e9");
        }
        checks.require(
            self.sigmoid_k > 0.0 && self.sigmoid_k <= STEEPNESS_MAX,
            "sigmoid_k",
            self.sigmoid_k,
            "above 0 and at most 100",
        );
        for (field, decay) in [
            ("rework_decay", self.rework_decay),
            ("rejection_decay", self.rejection_decay),
            ("misuse_decay", self.misuse_decay),
        ] {
            let holds = (0.01..1.0).contains(&decay);
            checks.require(holds, field, decay, "at least 0.01 and below 1");
        }
        checks.problems
    }
}

/// The signals v̂ is made of, each in [−1, 1].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Signals {
    /// Progress of the task, clamped.
    pub progress: f64,
    /// 1 without rework, towards −1 with each time.
    pub rework: f64,
    /// 1 without rejections, towards −1 with each.
    pub rejection: f64,
    /// 1 without misuse flags, towards −1 with each.
    pub misuse: f64,
    /// Mean of rejection and misuse.
    pub verifier: f64,
    /// Change of engagement, clamped.
    pub engagement: f64,
}

/// Proxy score and probability of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// v̂ in −1..=1.
    pub v_hat: f64,
    /// p = P(v = +1).
    pub p: f64,
}

/// Counts below this are looked up.
const TABLE_LEN: usize = 16;

/// 2·dⁿ−1: 1 at n = 0, towards −1 with each count.
#[inline]
fn count_signal(decay: f64, count: u32) -> f64 {
    2.0 * detmath::pow_int(decay, count) - 1.0
}

/// The signal of a count; a table filled by the slow path, so both give the same bits.
#[derive(Clone, Debug)]
struct Decay {
    decay: f64,
    table: [f64; TABLE_LEN],
}

impl Decay {
    fn new(decay: f64) -> Self {
        let mut table = [0.0; TABLE_LEN];
        for (count, slot) in table.iter_mut().enumerate() {
            *slot = count_signal(decay, count as u32);
        }
        Self { decay, table }
    }

    #[inline]
    fn signal(&self, count: u32) -> f64 {
        match self.table.get(count as usize) {
            Some(signal) => *signal,
            None => count_signal(self.decay, count),
        }
    }
}

/// The proxy with checked parameters.
#[derive(Clone, Debug)]
pub struct Proxy {
    weights: ProxyWeights,
    sigmoid_k: f64,
    rework: Decay,
    rejection: Decay,
    misuse: Decay,
}

impl Proxy {
    /// Checks every parameter; the error is the first that is out of range ([`ProxyConfig::problems`] has all).
    pub fn new(config: &ProxyConfig) -> Result<Self, ProxyError> {
        if let Some(problem) = config.problems().first() {
            return Err(*problem);
        }
        Ok(Self {
            weights: config.weights.normalized(),
            sigmoid_k: config.sigmoid_k,
            rework: Decay::new(config.rework_decay),
            rejection: Decay::new(config.rejection_decay),
            misuse: Decay::new(config.misuse_decay),
        })
    }

    /// The weights in use: they sum to one.
    pub fn weights(&self) -> ProxyWeights {
        self.weights
    }

    /// The steepness in use.
    pub fn sigmoid_k(&self) -> f64 {
        self.sigmoid_k
    }

    /// The signals. The two deltas must be numbers, not NaN.
    #[inline]
    pub fn signals(&self, seen: &Observables) -> Signals {
        debug_assert!(
            !seen.task_progress_delta.is_nan() && !seen.counterparty_engagement_delta.is_nan(),
            "observables are numbers"
        );
        let rejection = self.rejection.signal(seen.verifier_rejections);
        let misuse = self.misuse.signal(seen.tool_misuse_flags);
        Signals {
            progress: detmath::clamp(seen.task_progress_delta, -1.0, 1.0),
            rework: self.rework.signal(seen.rework_count),
            rejection,
            misuse,
            verifier: 0.5 * (rejection + misuse),
            engagement: detmath::clamp(seen.counterparty_engagement_delta, -1.0, 1.0),
        }
    }

    /// v̂ = Σ w·s, clamped to ±1, and p = 1 / (1 + e^(−k·v̂)).
    #[inline]
    pub fn labels(&self, seen: &Observables) -> Labels {
        let signals = self.signals(seen);
        let weighted = self.weights.task_progress * signals.progress
            + self.weights.rework * signals.rework
            + self.weights.verifier * signals.verifier
            + self.weights.engagement * signals.engagement;
        let v_hat = detmath::clamp(weighted, -1.0, 1.0);
        Labels {
            v_hat,
            p: logistic(v_hat, self.sigmoid_k),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looked_up_and_computed_signals_have_the_same_bits() {
        // Shows that the table is only faster: every entry, and the first counts beyond it, equal the formula.
        for decay in [0.01, 0.3, 0.4, 0.5, 0.999] {
            let fast = Decay::new(decay);
            for count in (0..TABLE_LEN as u32 + 4).chain([1_000, u32::MAX]) {
                let slow = count_signal(decay, count);
                assert_eq!(fast.signal(count).to_bits(), slow.to_bits());
            }
        }
    }
}
