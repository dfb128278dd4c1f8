//! Inequality: the Gini coefficient (Gini 1912) and the Herfindahl index.
//!
//! Both are for amounts that are not negative. Equal amounts give a Gini of 0, everything in one hand (n−1)/n.

use crate::detmath;

/// Gini coefficient: Σ(2i−n−1)·x₍ᵢ₎ / (n·Σx), x sorted ascending, i from 1. 0 if n < 2 or the sum is 0.
pub fn gini(values: &[f64]) -> f64 {
    gini_with_zeros(values.to_vec(), 0)
}

/// [`gini`] of `values` and `zeros` more amounts of 0, which are not written out.
pub fn gini_with_zeros(mut values: Vec<f64>, zeros: u64) -> f64 {
    // Equal numbers cannot be told apart, so an unstable sort has one result.
    values.sort_unstable_by(f64::total_cmp);
    let n = (values.len() as u64 + zeros) as f64;
    let total = detmath::sum(values.iter().copied());
    if n < 2.0 || total == 0.0 {
        return 0.0;
    }
    let weighted = detmath::sum(
        values
            .iter()
            .enumerate()
            .map(|(i, x)| (2.0 * (zeros as f64 + i as f64 + 1.0) - n - 1.0) * x),
    );
    weighted / (n * total) + 0.0
}

/// [`gini`] of whole amounts (micro-credits, counts), summed exactly. A sum of 0 or less gives 0.
pub fn gini_exact(values: &[i64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let n = sorted.len() as i128;
    let total: i128 = sorted.iter().map(|x| i128::from(*x)).sum();
    if n < 2 || total <= 0 {
        return 0.0;
    }
    let weighted: i128 = sorted
        .iter()
        .zip(1_i128..)
        .map(|(x, i)| (2 * i - n - 1) * i128::from(*x))
        .sum();
    weighted as f64 / (n as f64 * total as f64)
}

/// Herfindahl index Σ(x/Σx)²: 1/n for equal amounts, 1 for everything in one hand. `None` if the sum is 0.
pub fn herfindahl(values: &[f64]) -> Option<f64> {
    let total = detmath::sum(values.iter().copied());
    (total > 0.0).then(|| {
        detmath::sum(values.iter().map(|x| {
            let part = x / total;
            part * part
        }))
    })
}
