//! Statistics of runs: what differs from a baseline, by how much, how surely, and how many seeds it takes to see it.
//!
//! One file a concept: [`mod@interval`] (means), [`mod@tail`] (exact tails, Welch), [`mod@paired`] (differences over common
//! seeds), [`wilcoxon`], [`mod@bootstrap`] (percentile and BCa), [`multiple`] (many tests at once), [`effect`] (sizes),
//! [`power`], and for questions about parameters [`sample`] (points in a box) and [`morris`] (elementary effects).
//!
//! Invariants: pure functions of their arguments; every draw comes from [`das_core::rng`] and every sum has a fixed order, so a
//! figure does not depend on threads or on the order of work; values that cannot give a figure (too few, not finite, without
//! spread) are an error or a `None` with its reason, never a number. Distributions are those of `statrs`, which uses the
//! standard library's logarithms: between kinds of machine figures agree to rounding, not to the bit, and none of them may
//! enter a log. Figures are checked against
//! SciPy, statsmodels and SALib by `tests/reference.py`. Not here: tables ([`crate::table`]) and comparisons of whole sweeps
//! ([`crate::compare`]).

pub mod bootstrap;
pub mod effect;
pub mod interval;
pub mod morris;
pub mod multiple;
pub mod paired;
pub mod power;
pub mod sample;
pub mod tail;
pub mod wilcoxon;

pub use bootstrap::bootstrap;
pub use interval::{Interval, Sample, mean_interval};
pub use paired::paired;
pub use tail::{binomial_tail, hypergeometric_tail, welch_above};
