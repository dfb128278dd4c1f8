//! What holds for all values.

use das_analysis::stats::bootstrap::bca;
use das_analysis::stats::effect::{cliffs_delta, cohen_dz, rank_biserial};
use das_analysis::stats::multiple::{benjamini_hochberg, holm};
use das_analysis::stats::paired::paired_figures;
use das_analysis::stats::power::paired_power;
use das_analysis::stats::wilcoxon::signed_rank;
use das_core::detmath::{fmax, fmin};
use das_core::rng::Stream;
use proptest::collection::vec;
use proptest::prelude::*;

/// Differences as sweeps have them: some zero, some tied, some of any size.
fn difference() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        3 => (-5i8..=5).prop_map(f64::from),
        4 => -1e6..1e6,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn corrected_p_are_monotone_and_no_smaller(family in vec(0.0..=1.0f64, 0..40)) {
        // Adjusted ≥ raw, ≤ 1, in the order of raw p; Holm never below Benjamini and Hochberg.
        let (by_holm, by_share) = (holm(&family).unwrap(), benjamini_hochberg(&family).unwrap());
        for adjusted in [&by_holm, &by_share] {
            for i in 0..family.len() {
                prop_assert!(adjusted[i] >= family[i] && adjusted[i] <= 1.0);
                for j in 0..family.len() {
                    prop_assert!(family[i] > family[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
        // Up to the rounding of m/j.
        prop_assert!(by_holm.iter().zip(&by_share).all(|(h, b)| *h >= *b * (1.0 - 1e-15)));
    }

    #[test]
    fn the_order_of_a_family_does_not_matter(
        (family, shuffled) in vec(0.0..=1.0f64, 1..20)
            .prop_flat_map(|f| (Just(f.clone()), Just(f.into_iter().enumerate().collect::<Vec<_>>()).prop_shuffle())),
    ) {
        // Each member keeps its adjusted p wherever it stands.
        let moved: Vec<f64> = shuffled.iter().map(|(_, p)| *p).collect();
        for correct in [holm, benjamini_hochberg] {
            let (here, there) = (correct(&family).unwrap(), correct(&moved).unwrap());
            for (at, (from, _)) in shuffled.iter().enumerate() {
                prop_assert_eq!(here[*from], there[at]);
            }
        }
    }

    #[test]
    fn permuting_pairs_changes_no_bit(
        (pairs, shuffled) in vec(difference(), 2..40).prop_flat_map(|d| (Just(d.clone()), Just(d).prop_shuffle())),
    ) {
        // t, ranks, sizes and the bootstrap over the same stream.
        prop_assert_eq!(paired_figures(&pairs, 0.95), paired_figures(&shuffled, 0.95));
        prop_assert_eq!(signed_rank(&pairs), signed_rank(&shuffled));
        prop_assert_eq!(cohen_dz(&pairs), cohen_dz(&shuffled));
        prop_assert_eq!(rank_biserial(&pairs), rank_biserial(&shuffled));
        let interval = |d: &[f64]| bca(d, 0.9, 200, &mut Stream::from_seed(1));
        prop_assert_eq!(interval(&pairs), interval(&shuffled));
    }

    #[test]
    fn turning_the_comparison_around_turns_the_figures(pairs in vec(difference(), 2..40)) {
        // d → −d: intervals mirrored, t and sizes of opposite sign, p as it was.
        let turned: Vec<f64> = pairs.iter().map(|d| -d).collect();
        let (a, b) = (paired_figures(&pairs, 0.95).unwrap(), paired_figures(&turned, 0.95).unwrap());
        let close = |x: f64, y: f64| (x - y).abs() <= 1e-9 * (1.0 + x.abs());
        prop_assert!(close(a.mean, -b.mean) && close(a.low, -b.high) && close(a.high, -b.low));
        prop_assert_eq!(a.t.is_some(), b.t.is_some());
        if let (Some(a), Some(b)) = (a.t, b.t) {
            prop_assert!(close(a.t, -b.t) && close(a.p, b.p) && (0.0..=1.0).contains(&a.p));
        }
        prop_assert_eq!((a.signs.above, a.signs.below), (b.signs.below, b.signs.above));
        let (v, w) = (signed_rank(&pairs).unwrap(), signed_rank(&turned).unwrap());
        prop_assert_eq!((v.p, v.sums.above), (w.p, w.sums.below));
        prop_assert!((0.0..=1.0).contains(&v.p));
        let size = rank_biserial(&pairs).unwrap();
        prop_assert!((-1.0..=1.0).contains(&size));
        prop_assert_eq!(size, -rank_biserial(&turned).unwrap());
    }

    #[test]
    fn bca_lies_within_the_values(values in vec(difference(), 2..30), seed in any::<u64>()) {
        // Ends are ordered and no resampled mean lies outside the values (by more than rounding).
        let ends = bca(&values, 0.95, 200, &mut Stream::from_seed(seed)).unwrap().interval;
        let least = values.iter().copied().fold(f64::INFINITY, fmin);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, fmax);
        let slack = 1e-12 * (least.abs() + most.abs());
        prop_assert!(ends.low <= ends.high);
        prop_assert!(ends.low >= least - slack && ends.high <= most + slack);
    }

    #[test]
    fn cliffs_delta_is_the_count_of_crossings(a in vec(difference(), 1..15), b in vec(difference(), 1..15)) {
        // Against the double loop of its definition, and with sides exchanged.
        let mut sum = 0i32;
        for x in &a {
            for y in &b {
                sum += i32::from(x > y) - i32::from(x < y);
            }
        }
        let delta = cliffs_delta(&a, &b).unwrap();
        prop_assert_eq!(delta, f64::from(sum) / (a.len() * b.len()) as f64);
        prop_assert_eq!(delta, -cliffs_delta(&b, &a).unwrap());
    }

    #[test]
    fn power_grows_with_effect_and_pairs(effect in 0.01..2.0f64, n in 2u64..300, alpha in 1e-4..0.2f64) {
        // A larger effect or one more pair never shows less; power is never below α. 1e-11 is for the quadrature.
        let power = |effect, n| paired_power(effect, n, alpha).unwrap();
        let here = power(effect, n);
        prop_assert!(here >= alpha - 1e-11 && here <= 1.0);
        prop_assert!(power(effect * 1.1, n) >= here - 1e-11);
        prop_assert!(power(effect, n + 1) >= here - 1e-11);
    }
}
