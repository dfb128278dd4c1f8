//! The signed-rank test of Wilcoxon: do differences lie around zero, whatever their shape?
//!
//! W⁺ is the sum of the ranks of |d| over the positive d, W⁻ over the negative ones. Differences of exactly zero are left out
//! (Wilcoxon 1945) and counted. Under the null each rank carries either sign with one half: for n ≤ [`EXACT_MAX`] distinct
//! |d| the distribution of W⁺ is counted out; otherwise
//!
//! ```text
//! z = (|W⁺ − n(n+1)/4| − ½) / √( n(n+1)(2n+1)/24 − Σ(t³−t)/48 )        (numerator not below 0; t: sizes of groups of ties)
//! ```
//!
//! is taken as standard normal (Hollander, Wolfe and Chicken, *Nonparametric Statistical Methods*, 3rd ed. 2014, 3.1). Ties
//! are equal doubles: differences that only rounding keeps apart are ranked apart. Not here: the effect size that goes with it
//! ([`super::effect::rank_biserial`]).

use super::interval::first_unusable;
use statrs::function::erf::erfc;
use thiserror::Error;

/// The largest number of non-zero differences for which the distribution is counted out.
pub const EXACT_MAX: usize = 25;

/// Why differences give no test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WilcoxonError {
    /// No differences.
    #[error("no differences to rank")]
    Empty,
    /// A difference that is no usable number.
    #[error("difference {index} is not finite or beyond 1e100")]
    Value {
        /// Its place, from 0.
        index: usize,
    },
}

/// How p was obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// From all 2ⁿ signs.
    Exact,
    /// From the normal distribution, corrected for ties and continuity.
    Normal,
}

impl Method {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Normal => "normal",
        }
    }
}

/// Sums of signed ranks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSums {
    /// Sum of ranks of positive differences, W⁺.
    pub above: f64,
    /// Sum of ranks of negative differences, W⁻.
    pub below: f64,
    /// Non-zero differences.
    pub n: u64,
    /// Differences of exactly zero, left out.
    pub zeros: u64,
    /// Σ(t³ − t) over groups of t equal |d|; 0 without ties.
    pub ties: f64,
}

/// The test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// What was ranked.
    pub sums: RankSums,
    /// Two-sided p, in 0..=1; 1 if every difference is zero.
    pub p: f64,
    /// How p was obtained.
    pub method: Method,
}

/// Ranks |d| (ties get their mean rank) and adds the ranks up by sign.
pub fn rank_sums(differences: &[f64]) -> Result<RankSums, WilcoxonError> {
    if differences.is_empty() {
        return Err(WilcoxonError::Empty);
    }
    if let Some(index) = first_unusable(differences) {
        return Err(WilcoxonError::Value { index });
    }
    let mut moved: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    // Within a group of ties all ranks are equal, so the order in it does not matter; the sign makes it unique.
    moved.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()).then(a.total_cmp(b)));
    let (mut above, mut below, mut ties) = (0.0, 0.0, 0.0);
    let mut first = 0;
    for group in moved.chunk_by(|a, b| a.abs() == b.abs()) {
        let size = group.len() as f64;
        // The mean of first + 1 … first + size.
        let rank = first as f64 + f64::midpoint(1.0, size);
        first += group.len();
        ties += size * size * size - size;
        let positive = group.iter().filter(|d| **d > 0.0).count() as f64;
        above += positive * rank;
        below += (size - positive) * rank;
    }
    Ok(RankSums {
        above,
        below,
        n: moved.len() as u64,
        zeros: (differences.len() - moved.len()) as u64,
        ties,
    })
}

/// The two-sided signed-rank test of differences.
pub fn signed_rank(differences: &[f64]) -> Result<SignedRank, WilcoxonError> {
    let sums = rank_sums(differences)?;
    let small = sums.n as usize;
    let (p, method) = if small <= EXACT_MAX && sums.ties == 0.0 {
        let lower = if sums.above < sums.below {
            sums.above
        } else {
            sums.below
        };
        (exact(small, lower as usize), Method::Exact)
    } else {
        (normal(&sums), Method::Normal)
    };
    Ok(SignedRank { sums, p, method })
}

/// min(1, 2·P(W⁺ ≤ `lower`)) over all signs of the ranks 1..=n, n ≤ [`EXACT_MAX`].
fn exact(n: usize, lower: usize) -> f64 {
    let most = n * (n + 1) / 2;
    // ways[w]: subsets of the ranks so far whose sum is w; at most 2²⁵ in all.
    let mut ways = vec![0u64; most + 1];
    ways[0] = 1;
    for rank in 1..=n {
        for w in (rank..=most).rev() {
            ways[w] += ways[w - rank];
        }
    }
    let tail: u64 = ways.iter().take(lower + 1).sum();
    let p = 2.0 * tail as f64 / (1u64 << n) as f64;
    if p > 1.0 { 1.0 } else { p }
}

/// The normal approximation with both corrections.
fn normal(sums: &RankSums) -> f64 {
    let n = sums.n as f64;
    let away = (sums.above - n * (n + 1.0) / 4.0).abs() - 0.5;
    // Positive: even if all |d| are tied, n(n+1)(2n+1)/24 − (n³−n)/48 > 0.
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - sums.ties / 48.0;
    if away <= 0.0 {
        return 1.0;
    }
    erfc(away / (2.0 * variance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cases_by_hand() {
        // Three positive differences: W⁻ = 0 is one of eight sign patterns, doubled. Two of each sign in balance: p = 1.
        let t = signed_rank(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((t.p, t.method), (0.25, Method::Exact));
        let t = signed_rank(&[1.0, -2.0, -3.0, 4.0]).unwrap();
        assert_eq!((t.sums.above, t.sums.below, t.p), (5.0, 5.0, 1.0));
    }

    #[test]
    fn zeros_are_left_out_and_counted() {
        // Zeros change neither ranks nor p; nothing but zeros cannot reject.
        let t = signed_rank(&[0.0, 1.0, -0.0, 2.0, 3.0]).unwrap();
        assert_eq!((t.sums.zeros, t.sums.n, t.p), (2, 3, 0.25));
        assert_eq!(signed_rank(&[0.0; 3]).unwrap().p, 1.0);
    }

    #[test]
    fn what_cannot_be_ranked_is_an_error() {
        // Nothing, and a NaN.
        assert_eq!(signed_rank(&[]), Err(WilcoxonError::Empty));
        assert_eq!(
            signed_rank(&[f64::NAN]),
            Err(WilcoxonError::Value { index: 0 })
        );
    }
}
