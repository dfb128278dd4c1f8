//! Why a comparison fails.

use crate::stats::bootstrap::BootstrapError;
use crate::stats::multiple::FamilyError;
use crate::stats::paired::PairedError;
use crate::stats::wilcoxon::WilcoxonError;
use thiserror::Error;

/// Why rows cannot be compared.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CompareError {
    /// The baseline has no rows.
    #[error("no rows of the baseline '{baseline}'; there are: {}", known.join(", "))]
    NoBaseline {
        /// What was asked for.
        baseline: String,
        /// Configurations that have rows.
        known: Vec<String>,
    },
    /// Two rows of one run and metric.
    #[error("two rows of '{metric}' for '{config}', seed {seed}")]
    Twice {
        /// The configuration.
        config: String,
        /// The seed.
        seed: u64,
        /// The metric.
        metric: String,
    },
    /// A value that is no usable number.
    #[error("'{metric}' of '{config}', seed {seed}, is not finite or beyond 1e100")]
    Value {
        /// The configuration.
        config: String,
        /// The seed.
        seed: u64,
        /// The metric.
        metric: String,
    },
    /// The number of resamples is out of range, or a difference is.
    #[error("no bootstrap interval of '{metric}' for '{config}'")]
    Bootstrap {
        /// The configuration.
        config: String,
        /// The metric.
        metric: String,
        /// Why.
        source: BootstrapError,
    },
    /// The level is out of range.
    #[error("no paired figures")]
    Paired(#[from] PairedError),
    /// No signed ranks.
    #[error("no signed ranks")]
    Wilcoxon(#[from] WilcoxonError),
    /// No corrected p.
    #[error("no corrected p")]
    Family(#[from] FamilyError),
}
