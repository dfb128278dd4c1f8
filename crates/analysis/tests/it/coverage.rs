//! Coverage in simulation: how often an interval holds the truth.

use das_analysis::stats::bootstrap::bca;
use das_core::detmath;
use das_core::rng::{Domain, Draws, Stream};

const SAMPLES: u64 = 1_000;

/// Share of samples of 30 whose BCa interval at `level` holds `truth`.
fn coverage(level: f64, truth: f64, value: impl Fn(&mut Stream) -> f64) -> f64 {
    let draws = Draws::new(11);
    let held = (0..SAMPLES).filter(|sample| {
        let mut rng = draws.stream(Domain::new("test.coverage"), &[*sample]);
        let values: Vec<f64> = (0..30).map(|_| value(&mut rng)).collect();
        let ends = bca(&values, level, 1_000, &mut rng).unwrap().interval;
        ends.low <= truth && truth <= ends.high
    });
    held.count() as f64 / SAMPLES as f64
}

#[test]
fn bca_covers_about_what_it_says() {
    // 1,000 samples of 30 normals. A bootstrap of the mean knows the spread with divisor n and the normal quantile for t:
    // P(|T₂₉| < 1.96·√(29/30)) = 0.936 at 95 %, 0.883 at 90 %. Four standard errors of a share near 0.936 are 0.031, near
    // 0.883 0.041, so an interval of the wrong level would fall out.
    let normal = |rng: &mut Stream| 3.0 + 2.0 * rng.normal();
    let at = |level| coverage(level, 3.0, normal);
    let (wide, narrow) = (at(0.95), at(0.90));
    assert!((wide - 0.936).abs() < 0.031, "{wide}");
    assert!((narrow - 0.883).abs() < 0.041, "{narrow}");
}

#[test]
fn bca_leans_with_a_skewed_sample() {
    // Exponential values (mean 1): the corrected interval lies higher than the percentile one on both sides, on average, and
    // holds the mean as often as SciPy's (0.919 of 4,000 such samples, `reference.py --coverage`; four standard errors of a
    // share of 1,000 are 0.035).
    let exponential = |rng: &mut Stream| -detmath::ln(1.0 - rng.unit());
    let held = coverage(0.95, 1.0, exponential);
    assert!((held - 0.919).abs() < 0.035, "{held}");
    let draws = Draws::new(12);
    let (mut low, mut high) = (0.0, 0.0);
    for sample in 0..100 {
        let stream = || draws.stream(Domain::new("test.skew"), &[sample]);
        let mut rng = stream();
        let mut values: Vec<f64> = (0..30).map(|_| exponential(&mut rng)).collect();
        values.sort_unstable_by(f64::total_cmp);
        let corrected = bca(&values, 0.95, 1_000, &mut stream()).unwrap().interval;
        let plain = das_analysis::stats::bootstrap(&values, 0.95, 1_000, &mut stream()).unwrap();
        low += corrected.low - plain.low;
        high += corrected.high - plain.high;
    }
    assert!(low > 0.0 && high > 0.0, "{low} {high}");
}
