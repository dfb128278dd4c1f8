//! The report on a batch of interactions: plain data whose JSON names are those of the known answers.
//!
//! What is undefined for want of truth is `null`, what is undefined otherwise is 0. Not here: how anything is computed
//! ([`super::soft`]).

use super::calibration::CurvePoint;
use serde::Serialize;

/// Where toxicity comes from: toxicity = baseline harm − selection credit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ToxicityDecomposition {
    /// 1 − E\[p\].
    pub baseline_harm: f64,
    /// P(rejected)·quality gap.
    pub selection_credit: f64,
    /// E\[1−p | accepted\].
    pub toxicity: f64,
    /// |toxicity − (baseline harm − selection credit)|; the whole baseline if nothing was accepted.
    pub reconstruction_error: f64,
}

/// Acceptance by quality, at a threshold t.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ParticipationByQuality {
    /// Share accepted among p ≥ t.
    pub high_quality_acceptance: f64,
    /// Share accepted among p < t.
    pub low_quality_acceptance: f64,
    /// Number of p ≥ t.
    pub high_quality_count: u64,
    /// Number of p < t.
    pub low_quality_count: u64,
}

/// A bin of a histogram, as `[start, end, count]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HistogramBin(pub f64, pub f64, pub u64);

/// Welfare over accepted interactions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WelfareMetrics {
    /// Σ(π_a + π_b).
    pub total_welfare: f64,
    /// Σ(S − E).
    pub total_social_surplus: f64,
    /// Σ(S − E), under its other name.
    pub net_social_welfare: f64,
    /// Mean π_a.
    pub avg_initiator_payoff: f64,
    /// Mean π_b.
    pub avg_counterparty_payoff: f64,
}

/// Deviation over mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CoefficientOfVariation {
    /// Of p.
    pub cv_p: f64,
    /// Of π_a.
    pub cv_payoff_initiator: f64,
    /// Of π_b.
    pub cv_payoff_counterparty: f64,
}

/// Every soft metric of a batch. The formulas stand at the methods of [`super::soft::SoftFold`] and
/// [`super::calibration::CalibrationFold`] of the same names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoftReport {
    /// E\[1−p | accepted\].
    pub toxicity_rate: f64,
    /// E\[1−p\].
    pub toxicity_rate_all: f64,
    /// E\[π_a | accepted\] − E\[π_a\].
    pub conditional_loss_initiator: f64,
    /// E\[π_b | accepted\] − E\[π_b\].
    pub conditional_loss_counterparty: f64,
    /// (s₊ + s₋)·(E\[p\] − E\[p | accepted\]).
    pub spread: f64,
    /// E\[p | accepted\] − E\[p | rejected\].
    pub quality_gap: f64,
    /// Pearson correlation of p and acceptance.
    pub quality_correlation: f64,
    /// Where toxicity comes from.
    pub toxicity_decomposition: ToxicityDecomposition,
    /// |gap| over the most that p's variation allows.
    pub selection_saturation: f64,
    /// Acceptance by quality at 0.5.
    pub participation_by_quality_t05: ParticipationByQuality,
    /// Acceptance by quality at 0.7.
    pub participation_by_quality_t07: ParticipationByQuality,
    /// Share with |p − 0.5| < 0.2.
    pub uncertain_fraction_b02: f64,
    /// Share with |p − 0.5| < 0.05.
    pub uncertain_fraction_b005: f64,
    /// E\[p\].
    pub average_quality: f64,
    /// E\[p | accepted\].
    pub average_quality_accepted: f64,
    /// Histogram of p, ten bins.
    pub quality_distribution_10: Vec<HistogramBin>,
    /// Histogram of p, four bins.
    pub quality_distribution_4: Vec<HistogramBin>,
    /// Welfare over accepted interactions.
    pub welfare_metrics: WelfareMetrics,
    /// E\[p\] − share of v = +1.
    pub calibration_error: Option<f64>,
    /// Mean of (p − \[v = +1\])².
    pub brier_score: Option<f64>,
    /// Expected calibration error, ten bins.
    pub expected_calibration_error_10: Option<f64>,
    /// Calibration curve, ten bins; empty without truth.
    pub calibration_curve_10: Vec<CurvePoint>,
    /// Mean −ln of the probability given to what was true.
    pub log_loss: Option<f64>,
    /// P(p of a beneficial one > p of a harmful one).
    pub discrimination_auc: Option<f64>,
    /// Share that builds on parents of two or more initiators.
    pub synthesis_fraction: f64,
    /// Mean number of parents where there is more than one.
    pub synthesis_depth: f64,
    /// Var\[p\].
    pub quality_variance: f64,
    /// Var\[p | accepted\].
    pub quality_variance_accepted: f64,
    /// √Var\[p\].
    pub quality_std: f64,
    /// Var\[π_a\].
    pub payoff_variance_initiator: f64,
    /// Var\[π_b\].
    pub payoff_variance_counterparty: f64,
    /// Deviation over mean.
    pub coefficient_of_variation: CoefficientOfVariation,
}

impl SoftReport {
    /// Makes every −0.0 that a difference may have left a 0.0, so that equal results are equal text.
    pub(super) fn normalise_zeros(&mut self) {
        let welfare = &mut self.welfare_metrics;
        for value in [
            &mut self.conditional_loss_initiator,
            &mut self.conditional_loss_counterparty,
            &mut self.spread,
            &mut self.quality_gap,
            &mut self.toxicity_decomposition.selection_credit,
            &mut welfare.total_welfare,
            &mut welfare.total_social_surplus,
            &mut welfare.net_social_welfare,
            &mut welfare.avg_initiator_payoff,
            &mut welfare.avg_counterparty_payoff,
        ]
        .into_iter()
        .chain(self.calibration_error.as_mut())
        .chain(self.log_loss.as_mut())
        {
            *value += 0.0;
        }
    }
}
