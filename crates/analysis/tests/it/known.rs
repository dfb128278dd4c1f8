//! Figures against SciPy, statsmodels and SALib (`reference.rs`, written by `python crates/analysis/tests/reference.py`).

use crate::reference::{
    CLIFF, Differences, EDGE_25, EFFECTS, FAMILY, MORRIS_BOUNDS, MORRIS_FIGURES, MORRIS_OUTPUTS,
    MORRIS_POINTS, POWER, RESAMPLES, SEEDS, SKEWED_30, SMALL_12, TIED_20,
};
use das_analysis::stats::bootstrap::bca;
use das_analysis::stats::effect::{cliffs_delta, cohen_dz, hedges_gz, rank_biserial};
use das_analysis::stats::mean_interval;
use das_analysis::stats::morris::Design;
use das_analysis::stats::multiple::{benjamini_hochberg, holm};
use das_analysis::stats::paired::paired_figures;
use das_analysis::stats::power::{detectable_effect, paired_power, seeds_needed};
use das_analysis::stats::sample::Parameter;
use das_analysis::stats::wilcoxon::{Method, signed_rank};
use das_core::rng::Stream;

const ALL: [&Differences; 4] = [&SKEWED_30, &SMALL_12, &EDGE_25, &TIED_20];

#[track_caller]
fn near(ours: f64, theirs: f64, relative: f64) {
    let bound = relative * theirs.abs() + 1e-14;
    assert!((ours - theirs).abs() <= bound, "{ours} is not {theirs}");
}

#[test]
fn paired_figures_are_those_of_scipy() {
    // Mean, sd, t, p and t-intervals at two levels, on skewed, small and tied differences.
    for d in ALL {
        for (level, ends) in [(0.95, d.at_95), (0.99, d.at_99)] {
            let ours = paired_figures(d.values, level).unwrap();
            near(ours.mean, d.mean, 1e-12);
            near(ours.sd, d.sd, 1e-12);
            near(ours.low, ends[0], 1e-9);
            near(ours.high, ends[1], 1e-9);
            let t = ours.t.unwrap();
            near(t.t, d.t, 1e-12);
            near(t.p, d.p, 1e-9);
            let plain = mean_interval(d.values, level).unwrap();
            near(plain.low, ends[0], 1e-9);
            near(plain.high, ends[1], 1e-9);
        }
    }
}

#[test]
fn signed_ranks_are_those_of_scipy() {
    // Exact for 12 and 25 distinct differences, normal with both corrections for 30 and for ties.
    for d in ALL {
        let ours = signed_rank(d.values).unwrap();
        assert_eq!([ours.sums.above, ours.sums.below], d.ranks);
        assert_eq!(ours.method == Method::Exact, d.exact);
        near(ours.p, d.wilcoxon_p, 1e-10);
    }
}

#[test]
fn sizes_are_those_of_scipy() {
    // d_z, g_z and the two rank measures.
    for d in ALL {
        near(cohen_dz(d.values).unwrap(), d.dz, 1e-12);
        near(hedges_gz(d.values).unwrap(), d.gz, 1e-12);
        near(rank_biserial(d.values).unwrap(), d.rank_biserial, 1e-12);
    }
    let (a, b, delta) = CLIFF;
    near(cliffs_delta(a, b).unwrap(), delta, 1e-12);
}

#[test]
fn bca_ends_are_those_of_scipy_over_the_same_resamples() {
    // The script draws the resamples of stream 7 by its own Xoshiro256++ and hands them to SciPy.
    for d in ALL {
        let ours = bca(d.values, 0.95, RESAMPLES, &mut Stream::from_seed(7)).unwrap();
        near(ours.interval.low, d.bca[0], 1e-9);
        near(ours.interval.high, d.bca[1], 1e-9);
        near(ours.acceleration, d.acceleration, 1e-9);
    }
}

#[test]
fn corrected_p_are_those_of_statsmodels() {
    // A family of ten with a tie and members near 1.
    let [raw, by_holm, by_share] = FAMILY;
    for (ours, theirs) in holm(&raw).unwrap().iter().zip(by_holm) {
        near(*ours, theirs, 1e-14);
    }
    for (ours, theirs) in benjamini_hochberg(&raw).unwrap().iter().zip(by_share) {
        near(*ours, theirs, 1e-14);
    }
}

#[test]
fn power_is_that_of_scipys_noncentral_t() {
    // 276 cases; the stated accuracy is 1e-10 up to 10,000 pairs and 1e-9 beyond, absolute.
    for (effect, n, alpha, theirs) in POWER {
        let ours = paired_power(effect, n, alpha).unwrap();
        let bound = if n <= 10_000 { 1e-10 } else { 1e-9 };
        assert!(
            (ours - theirs).abs() < bound,
            "{effect} {n} {alpha}: {ours} is not {theirs}"
        );
    }
}

#[test]
fn seeds_and_effects_are_those_of_statsmodels() {
    // Twenty questions for seeds, sixteen for effects, at single and at corrected α.
    for (effect, alpha, power, theirs) in SEEDS {
        assert_eq!(
            seeds_needed(effect, alpha, power),
            Ok(theirs),
            "{effect} {alpha} {power}"
        );
    }
    for (n, alpha, power, theirs) in EFFECTS {
        near(detectable_effect(n, alpha, power).unwrap(), theirs, 1e-9);
    }
}

#[test]
fn elementary_effects_are_those_of_salib() {
    // SALib's own trajectories are read back and its outputs folded.
    let names = ["tax", "audit", "bond"];
    let parameters = names.iter().zip(MORRIS_BOUNDS);
    let parameters = parameters
        .map(|(name, [low, high])| Parameter::new(*name, low, high).unwrap())
        .collect();
    let points: Vec<Vec<f64>> = MORRIS_POINTS.iter().map(|p| p.to_vec()).collect();
    let design = Design::of_points(parameters, 6, &points).unwrap();
    let outputs = MORRIS_OUTPUTS.map(Some);
    let effects = design.effects(&outputs).unwrap();
    for (ours, [mu, mu_star, sigma]) in effects.iter().zip(MORRIS_FIGURES) {
        let figures = ours.figures.unwrap();
        near(figures.mu, mu, 1e-10);
        near(figures.mu_star, mu_star, 1e-10);
        near(figures.sigma, sigma, 1e-10);
    }
}
