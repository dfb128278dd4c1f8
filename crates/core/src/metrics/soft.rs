//! Soft metrics: harm, selection and welfare judged by p, as the system itself sees them.
//!
//! [`SoftFold`] takes one interaction at a time in constant memory; two folds merge into one (pooling epochs).
//! [`soft_report`] adds what needs the batch: histograms, calibration, AUC, synthesis. Conventions: empty or undefined is 0;
//! variances are of the population. With a pass of its own for each formula the results differ by rounding only.

use super::calibration::{CalibrationFold, RankFold, bin_of};
use super::mean_or_zero;
use super::moments::Moments;
use super::report::{
    CoefficientOfVariation, HistogramBin, ParticipationByQuality, SoftReport,
    ToxicityDecomposition, WelfareMetrics,
};
use crate::detmath;
use crate::interaction::Truth;
use crate::score::payoff::{Payoff, Terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Half width of the band around p = 0.5 in which a label counts as uncertain.
pub const UNCERTAIN_BAND: f64 = 0.2;

/// Coefficients of variation take a mean to be at least this part of |mean| + deviation.
const CV_FLOOR: f64 = 1e-8;

/// What the fold needs to know of one scored interaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftSample {
    /// P(v = +1), 0..=1.
    pub p: f64,
    /// Whether the offer was accepted.
    pub accepted: bool,
    /// Payoff of the initiator.
    pub pi_a: f64,
    /// Payoff of the counterparty.
    pub pi_b: f64,
    /// Expected surplus S.
    pub s_soft: f64,
    /// Expected harm E.
    pub e_soft: f64,
}

/// Every soft metric that streams. Constant memory, no matter how many interactions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoftFold {
    n: u64,
    n_accepted: u64,
    n_uncertain: u64,
    bad: f64,
    bad_accepted: f64,
    p: f64,
    p_accepted: f64,
    p_rejected: f64,
    pi_a: f64,
    pi_b: f64,
    pi_a_accepted: f64,
    pi_b_accepted: f64,
    welfare: f64,
    social: f64,
    harm: f64,
    spread_p: Moments,
    spread_p_accepted: Moments,
    spread_a: Moments,
    spread_b: Moments,
}

/// Whether 0.5 − band < p < 0.5 + band.
#[inline]
fn is_uncertain(p: f64, band: f64) -> bool {
    0.5 - band < p && p < 0.5 + band
}

impl SoftFold {
    /// Adds one interaction.
    #[inline]
    pub fn add(&mut self, x: &SoftSample) {
        debug_assert!((0.0..=1.0).contains(&x.p), "p is a probability: {}", x.p);
        let bad = 1.0 - x.p;
        self.n += 1;
        self.n_uncertain += u64::from(is_uncertain(x.p, UNCERTAIN_BAND));
        self.bad += bad;
        self.p += x.p;
        self.pi_a += x.pi_a;
        self.pi_b += x.pi_b;
        let inverse = 1.0 / self.n as f64;
        self.spread_p.add(x.p, inverse);
        self.spread_a.add(x.pi_a, inverse);
        self.spread_b.add(x.pi_b, inverse);
        if x.accepted {
            self.n_accepted += 1;
            self.bad_accepted += bad;
            self.p_accepted += x.p;
            self.pi_a_accepted += x.pi_a;
            self.pi_b_accepted += x.pi_b;
            self.welfare += x.pi_a + x.pi_b;
            self.social += x.s_soft - x.e_soft;
            self.harm += x.e_soft;
            self.spread_p_accepted
                .add(x.p, 1.0 / self.n_accepted as f64);
        } else {
            self.p_rejected += x.p;
        }
    }

    /// Adds what another fold saw.
    pub fn merge(&mut self, other: &Self) {
        self.spread_p.merge(self.n, &other.spread_p, other.n);
        self.spread_a.merge(self.n, &other.spread_a, other.n);
        self.spread_b.merge(self.n, &other.spread_b, other.n);
        self.spread_p_accepted
            .merge(self.n_accepted, &other.spread_p_accepted, other.n_accepted);
        self.n += other.n;
        self.n_accepted += other.n_accepted;
        self.n_uncertain += other.n_uncertain;
        self.bad += other.bad;
        self.bad_accepted += other.bad_accepted;
        self.p += other.p;
        self.p_accepted += other.p_accepted;
        self.p_rejected += other.p_rejected;
        self.pi_a += other.pi_a;
        self.pi_b += other.pi_b;
        self.pi_a_accepted += other.pi_a_accepted;
        self.pi_b_accepted += other.pi_b_accepted;
        self.welfare += other.welfare;
        self.social += other.social;
        self.harm += other.harm;
    }

    /// Interactions seen.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Accepted ones among them.
    pub fn n_accepted(&self) -> u64 {
        self.n_accepted
    }

    /// Rejected ones among them.
    pub fn n_rejected(&self) -> u64 {
        self.n - self.n_accepted
    }

    /// E\[1−p | accepted\].
    pub fn toxicity_rate(&self) -> f64 {
        mean_or_zero(self.bad_accepted, self.n_accepted)
    }

    /// E\[1−p\].
    pub fn toxicity_rate_all(&self) -> f64 {
        mean_or_zero(self.bad, self.n)
    }

    /// E\[π_a | accepted\] − E\[π_a\]: below 0 the initiator is adversely selected against.
    pub fn conditional_loss_initiator(&self) -> f64 {
        self.if_any_accepted(self.avg_initiator_payoff() - mean_or_zero(self.pi_a, self.n))
    }

    /// E\[π_b | accepted\] − E\[π_b\].
    pub fn conditional_loss_counterparty(&self) -> f64 {
        self.if_any_accepted(self.avg_counterparty_payoff() - mean_or_zero(self.pi_b, self.n))
    }

    /// (s₊ + s₋)·(E\[p\] − E\[p | accepted\]): above 0 the better offers are turned down (Glosten, Milgrom 1985).
    pub fn spread(&self, payoff: &Payoff) -> f64 {
        let scale = payoff.config().s_plus + payoff.config().s_minus;
        self.if_any_accepted(scale * (self.average_quality() - self.average_quality_accepted()))
    }

    /// E\[p | accepted\] − E\[p | rejected\]; 0 if either is empty. Below 0: adverse selection.
    pub fn quality_gap(&self) -> f64 {
        if self.n_accepted == 0 || self.n_rejected() == 0 {
            return 0.0;
        }
        self.average_quality_accepted() - mean_or_zero(self.p_rejected, self.n_rejected())
    }

    /// Pearson correlation of p and acceptance; 0 if one class is empty or p does not vary.
    pub fn quality_correlation(&self) -> f64 {
        // With a = P(accepted): covariance = a(1−a)·gap and sd of acceptance = √(a(1−a)), so the gap is all it needs.
        let deviation = self.quality_std();
        if deviation == 0.0 {
            return 0.0;
        }
        let r = self.quality_gap() * self.acceptance_deviation() / deviation;
        detmath::clamp(r, -1.0, 1.0)
    }

    /// |quality gap| / (sd of p / √(a(1−a))), a = P(accepted): 1 is the most that p's variation allows.
    pub fn selection_saturation(&self) -> f64 {
        self.quality_correlation().abs()
    }

    /// √(a(1−a)), a = P(accepted).
    fn acceptance_deviation(&self) -> f64 {
        let a = mean_or_zero(self.n_accepted as f64, self.n);
        let b = mean_or_zero(self.n_rejected() as f64, self.n);
        (a * b).sqrt()
    }

    /// 1 − E\[p\]: toxicity if everything were accepted. 0 for an empty fold.
    pub fn baseline_harm(&self) -> f64 {
        if self.n == 0 {
            0.0
        } else {
            1.0 - self.average_quality()
        }
    }

    /// P(rejected)·quality gap: the toxicity that selection took away.
    pub fn selection_credit(&self) -> f64 {
        mean_or_zero(self.n_rejected() as f64, self.n) * self.quality_gap()
    }

    /// Share with |p − 0.5| below [`UNCERTAIN_BAND`].
    pub fn uncertain_fraction(&self) -> f64 {
        mean_or_zero(self.n_uncertain as f64, self.n)
    }

    /// E\[p\].
    pub fn average_quality(&self) -> f64 {
        mean_or_zero(self.p, self.n)
    }

    /// E\[p | accepted\].
    pub fn average_quality_accepted(&self) -> f64 {
        mean_or_zero(self.p_accepted, self.n_accepted)
    }

    /// Var\[p\].
    pub fn quality_variance(&self) -> f64 {
        self.spread_p.variance(self.n)
    }

    /// Var\[p | accepted\].
    pub fn quality_variance_accepted(&self) -> f64 {
        self.spread_p_accepted.variance(self.n_accepted)
    }

    /// √Var\[p\].
    pub fn quality_std(&self) -> f64 {
        self.quality_variance().sqrt()
    }

    /// Var\[π_a\].
    pub fn payoff_variance_initiator(&self) -> f64 {
        self.spread_a.variance(self.n)
    }

    /// Var\[π_b\].
    pub fn payoff_variance_counterparty(&self) -> f64 {
        self.spread_b.variance(self.n)
    }

    /// Σ(π_a + π_b) over accepted.
    pub fn total_welfare(&self) -> f64 {
        self.welfare
    }

    /// Σ(S − E) over accepted.
    pub fn net_social_welfare(&self) -> f64 {
        self.social
    }

    /// ΣE = Σ(1−p)·h over accepted.
    pub fn harm(&self) -> f64 {
        self.harm
    }

    /// E\[π_a | accepted\].
    pub fn avg_initiator_payoff(&self) -> f64 {
        mean_or_zero(self.pi_a_accepted, self.n_accepted)
    }

    /// E\[π_b | accepted\].
    pub fn avg_counterparty_payoff(&self) -> f64 {
        mean_or_zero(self.pi_b_accepted, self.n_accepted)
    }

    fn if_any_accepted(&self, value: f64) -> f64 {
        if self.n_accepted == 0 { 0.0 } else { value }
    }
}

/// One interaction of a batch, as [`soft_report`] reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoftRow {
    /// Its name, by which others may call it a parent.
    pub id: Option<String>,
    /// Who asked.
    pub initiator: String,
    /// Who answered.
    pub counterparty: String,
    /// Whether the answer was yes.
    pub accepted: bool,
    /// P(v = +1), 0..=1.
    pub p: f64,
    /// Transfer from initiator to counterparty, in credits.
    pub tau: f64,
    /// Costs of the initiator.
    pub c_a: f64,
    /// Costs of the counterparty.
    pub c_b: f64,
    /// Reputation the initiator gained.
    pub r_a: f64,
    /// Reputation the counterparty gained.
    pub r_b: f64,
    /// The truth, if known.
    pub ground_truth: Option<Truth>,
    /// Names of the interactions it builds on.
    pub causal_parents: Vec<String>,
    /// Payoff of the initiator.
    pub pi_a: f64,
    /// Payoff of the counterparty.
    pub pi_b: f64,
}

impl SoftRow {
    /// What its payoffs depend on.
    pub fn terms(&self) -> Terms {
        Terms {
            p: self.p,
            tau: self.tau,
            c_a: self.c_a,
            c_b: self.c_b,
            r_a: self.r_a,
            r_b: self.r_b,
        }
    }
}

/// Every soft metric of a batch.
pub fn soft_report(rows: &[SoftRow], payoff: &Payoff) -> SoftReport {
    let mut fold = SoftFold::default();
    let mut calibration = CalibrationFold::default();
    let mut ranks = RankFold::default();
    for row in rows {
        fold.add(&SoftSample {
            p: row.p,
            accepted: row.accepted,
            pi_a: row.pi_a,
            pi_b: row.pi_b,
            s_soft: payoff.surplus(row.p),
            e_soft: payoff.harm(row.p),
        });
        if let Some(truth) = row.ground_truth {
            calibration.add(row.p, truth);
            ranks.add(row.p, truth);
        }
    }
    let toxicity = fold.toxicity_rate();
    let (baseline_harm, selection_credit) = (fold.baseline_harm(), fold.selection_credit());
    let (synthesis_fraction, synthesis_depth) = synthesis(rows);
    let mut report = SoftReport {
        toxicity_rate: toxicity,
        toxicity_rate_all: fold.toxicity_rate_all(),
        conditional_loss_initiator: fold.conditional_loss_initiator(),
        conditional_loss_counterparty: fold.conditional_loss_counterparty(),
        spread: fold.spread(payoff),
        quality_gap: fold.quality_gap(),
        quality_correlation: fold.quality_correlation(),
        toxicity_decomposition: ToxicityDecomposition {
            baseline_harm,
            selection_credit,
            toxicity,
            reconstruction_error: (toxicity - (baseline_harm - selection_credit)).abs(),
        },
        selection_saturation: fold.selection_saturation(),
        participation_by_quality_t05: participation_by_quality(rows, 0.5),
        participation_by_quality_t07: participation_by_quality(rows, 0.7),
        uncertain_fraction_b02: fold.uncertain_fraction(),
        uncertain_fraction_b005: mean_or_zero(
            rows.iter().filter(|row| is_uncertain(row.p, 0.05)).count() as f64,
            fold.n(),
        ),
        average_quality: fold.average_quality(),
        average_quality_accepted: fold.average_quality_accepted(),
        quality_distribution_10: quality_distribution(rows, 10),
        quality_distribution_4: quality_distribution(rows, 4),
        welfare_metrics: WelfareMetrics {
            total_welfare: fold.total_welfare(),
            total_social_surplus: fold.net_social_welfare(),
            net_social_welfare: fold.net_social_welfare(),
            avg_initiator_payoff: fold.avg_initiator_payoff(),
            avg_counterparty_payoff: fold.avg_counterparty_payoff(),
        },
        calibration_error: calibration.calibration_error(),
        brier_score: calibration.brier_score(),
        expected_calibration_error_10: calibration.expected_calibration_error(),
        calibration_curve_10: calibration.curve(),
        log_loss: calibration.log_loss(),
        discrimination_auc: ranks.auc(),
        synthesis_fraction,
        synthesis_depth,
        quality_variance: fold.quality_variance(),
        quality_variance_accepted: fold.quality_variance_accepted(),
        quality_std: fold.quality_std(),
        payoff_variance_initiator: fold.payoff_variance_initiator(),
        payoff_variance_counterparty: fold.payoff_variance_counterparty(),
        coefficient_of_variation: CoefficientOfVariation {
            cv_p: cv(fold.average_quality(), fold.quality_std()),
            cv_payoff_initiator: cv(
                mean_or_zero(fold.pi_a, fold.n),
                fold.payoff_variance_initiator().sqrt(),
            ),
            cv_payoff_counterparty: cv(
                mean_or_zero(fold.pi_b, fold.n),
                fold.payoff_variance_counterparty().sqrt(),
            ),
        },
    };
    report.normalise_zeros();
    report
}

/// Deviation over |mean|, the latter held above a small part of their sum; 0 for a deviation of 0.
fn cv(mean: f64, deviation: f64) -> f64 {
    if deviation == 0.0 {
        return 0.0;
    }
    let size = mean.abs();
    deviation / detmath::fmax(size, CV_FLOOR * (size + deviation))
}

/// Acceptance among p ≥ t and among p < t.
fn participation_by_quality(rows: &[SoftRow], threshold: f64) -> ParticipationByQuality {
    let (mut high, mut high_accepted, mut low, mut low_accepted) = (0_u64, 0_u64, 0_u64, 0_u64);
    for row in rows {
        let accepted = u64::from(row.accepted);
        if row.p >= threshold {
            high += 1;
            high_accepted += accepted;
        } else {
            low += 1;
            low_accepted += accepted;
        }
    }
    ParticipationByQuality {
        high_quality_acceptance: mean_or_zero(high_accepted as f64, high),
        low_quality_acceptance: mean_or_zero(low_accepted as f64, low),
        high_quality_count: high,
        low_quality_count: low,
    }
}

/// Histogram of p; empty for an empty batch.
fn quality_distribution(rows: &[SoftRow], bins: usize) -> Vec<HistogramBin> {
    if rows.is_empty() {
        return Vec::new();
    }
    let width = 1.0 / bins as f64;
    let mut counts = vec![0_u64; bins];
    for row in rows {
        counts[bin_of(row.p, bins)] += 1;
    }
    counts
        .into_iter()
        .enumerate()
        .map(|(i, count)| HistogramBin(i as f64 * width, (i + 1) as f64 * width, count))
        .collect()
}

/// Share of interactions with two or more parents whose known parents had two or more initiators; mean number of parents
/// among those with more than one.
fn synthesis(rows: &[SoftRow]) -> (f64, f64) {
    let initiators: BTreeMap<&str, &str> = rows
        .iter()
        .filter_map(|row| Some((row.id.as_deref()?, row.initiator.as_str())))
        .collect();
    let (mut with_parents, mut parents, mut synthetic) = (0_u64, 0_u64, 0_u64);
    for row in rows.iter().filter(|row| row.causal_parents.len() > 1) {
        with_parents += 1;
        parents += row.causal_parents.len() as u64;
        let mut known = row
            .causal_parents
            .iter()
            .filter_map(|parent| initiators.get(parent.as_str()));
        if let Some(first) = known.next()
            && known.any(|other| other != first)
        {
            synthetic += 1;
        }
    }
    (
        mean_or_zero(synthetic as f64, rows.len() as u64),
        mean_or_zero(parents as f64, with_parents),
    )
}
