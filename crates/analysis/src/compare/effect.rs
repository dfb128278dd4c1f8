//! What a configuration comes to beside the baseline, in one metric.
//!
//! Not here: how it is worked out ([`super::compare`]).

use super::Test;
use crate::stats::interval::Interval;
use crate::stats::paired::Paired;
use crate::stats::wilcoxon::SignedRank;

/// Values of one configuration and metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The configuration.
    pub config: String,
    /// The metric.
    pub metric: String,
    /// Values.
    pub n: u64,
    /// Their mean with its t-interval, over all seeds that have a value; `None` for fewer than two.
    pub mean: Option<Interval>,
    /// Expected seeds without a value, ascending.
    pub missing: Vec<u64>,
}

/// The difference of one configuration from what it is compared with, in one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The configuration.
    pub config: String,
    /// What it is compared with: the baseline, or a control of its own.
    pub against: String,
    /// The metric.
    pub metric: String,
    /// Pairs: seeds with a value on both sides.
    pub pairs: u64,
    /// Seeds of which a side is missing, ascending.
    pub unpaired: Vec<u64>,
    /// The figures of the differences; `None` for fewer than two pairs.
    pub difference: Option<Difference>,
    /// Holm's p over the family.
    pub holm: f64,
    /// Benjamini and Hochberg's p over the family.
    pub benjamini_hochberg: f64,
    /// Members of the family, those included that could not be tested.
    pub family: u64,
}

/// What paired differences (configuration − what it is compared with) come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Mean, sd, t-interval, t test (`None` if all differences are equal) and signs.
    pub paired: Paired,
    /// The BCa interval of the mean.
    pub bca: Interval,
    /// The signed-rank test.
    pub wilcoxon: SignedRank,
    /// Cohen's d_z; `None` if all differences are equal.
    pub dz: Option<f64>,
    /// Hedges' g_z; `None` if all differences are equal or there are fewer than three.
    pub gz: Option<f64>,
    /// Rank-biserial correlation.
    pub rank_biserial: f64,
}

impl Effect {
    /// Stars by Holm's p: `***` below 0.001, `**` below 0.01, `*` below 0.05.
    pub fn stars(&self) -> &'static str {
        match self.holm {
            p if p < 0.001 => "***",
            p if p < 0.01 => "**",
            p if p < 0.05 => "*",
            _ => "",
        }
    }

    /// The p that is corrected; `None` if there are too few pairs, or for t no spread.
    pub fn raw_p(&self, test: Test) -> Option<f64> {
        let difference = self.difference.as_ref()?;
        match test {
            Test::T => difference.paired.t.map(|t| t.p),
            Test::Wilcoxon => Some(difference.wilcoxon.p),
        }
    }
}
