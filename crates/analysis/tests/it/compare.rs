//! Comparisons of a sweep's results with its baseline.

use crate::reference::SKEWED_30;
use das_analysis::compare::claims::{Rule, claims, table as table_of_claims};
use das_analysis::compare::{CompareError, Comparison, Family, Options, Row, Test, compare};
use das_analysis::stats::multiple::holm;
use das_analysis::stats::paired::PairedError;
use das_core::rng::{Domain, Draws};

fn row(config: &str, seed: u64, metric: &str, value: impl Into<Option<f64>>) -> Row {
    Row {
        config: config.to_owned(),
        seed,
        metric: metric.to_owned(),
        value: value.into(),
    }
}

/// Three configurations, thirty seeds: "tax" differs from "none" in toxicity by [`SKEWED_30`], "audit" by noise, and neither in
/// welfare but for a constant.
fn sweep() -> Vec<Row> {
    let draws = Draws::new(5);
    let mut rows = Vec::new();
    for (config, shift) in [("tax", 0.5), ("none", 0.0), ("audit", 0.0)] {
        for (seed, difference) in (0..30).zip(SKEWED_30.values) {
            let noise = |what| draws.unit(Domain::new("test.compare"), &[what, seed]);
            let toxicity = match config {
                "tax" => difference.to_owned(),
                "audit" => 0.1 * (noise(1) - 0.5),
                _ => 0.0,
            };
            rows.push(row(config, seed, "toxicity", toxicity));
            // Eighths add up without rounding.
            let welfare = (noise(2) * 8.0).round() / 8.0 + shift;
            rows.push(row(config, seed, "welfare", welfare));
        }
    }
    rows
}

fn options() -> Options {
    Options {
        resamples: 1_000,
        ..Options::against("none")
    }
}

fn keyed(c: &Comparison) -> Vec<&das_analysis::compare::Effect> {
    let mut effects: Vec<_> = c.effects.iter().collect();
    effects.sort_by_key(|e| (&e.metric, &e.config));
    effects
}

#[test]
fn differences_are_those_of_the_pairs() {
    // The planted differences come out with the figures that SciPy gives them; the baseline is listed first.
    let c = compare(&sweep(), &options()).unwrap();
    assert_eq!(c.configs, ["none", "tax", "audit"]);
    assert_eq!(c.metrics, ["toxicity", "welfare"]);
    let tax = &c.effects[0];
    assert_eq!((tax.config.as_str(), tax.pairs), ("tax", 30));
    let d = tax.difference.as_ref().unwrap();
    let close = |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-10, "{ours} {theirs}");
    close(d.paired.mean, SKEWED_30.mean);
    close(d.paired.t.unwrap().p, SKEWED_30.p);
    close(d.wilcoxon.p, SKEWED_30.wilcoxon_p);
    close(d.dz.unwrap(), SKEWED_30.dz);
    close(d.gz.unwrap(), SKEWED_30.gz);
    close(d.rank_biserial, SKEWED_30.rank_biserial);
    // Other resamples than SciPy's: ends agree within the noise of 1,000 of them (sd of the mean 0.0137, an end varies by
    // about a tenth of that).
    assert!((d.bca.low - SKEWED_30.bca[0]).abs() < 0.005, "{:?}", d.bca);
    assert!((d.bca.high - SKEWED_30.bca[1]).abs() < 0.005, "{:?}", d.bca);
}

#[test]
fn the_family_is_everything_that_was_asked() {
    // Four effects, one of them without spread: it counts as 1 and the others pay for four. By metric they pay for two.
    let c = compare(&sweep(), &options()).unwrap();
    let raw: Vec<f64> = c
        .effects
        .iter()
        .map(|e| e.raw_p(Test::T).unwrap_or(1.0))
        .collect();
    assert_eq!(
        raw[2..],
        [1.0, 1.0],
        "a constant and no difference have no t"
    );
    let expected = holm(&raw).unwrap();
    let ours: Vec<f64> = c.effects.iter().map(|e| e.holm).collect();
    assert_eq!(ours, expected);
    assert!((ours[0] - 4.0 * raw[0]).abs() < 1e-15 && c.effects[0].family == 4);
    let by_metric = Options {
        family: Family::Metric,
        ..options()
    };
    let c = compare(&sweep(), &by_metric).unwrap();
    assert!((c.effects[0].holm - 2.0 * raw[0]).abs() < 1e-15 && c.effects[0].family == 2);
    let by_ranks = Options {
        test: Test::Wilcoxon,
        ..options()
    };
    let c = compare(&sweep(), &by_ranks).unwrap();
    // The constant shift of welfare is 30 tied positive ranks: far from nothing, where t is not defined.
    assert!(c.effects[2].holm < 1e-5, "{}", c.effects[2].holm);
}

#[test]
fn missing_pairs_are_named() {
    // A run without a value, a run without a row and a metric that one configuration lacks are listed by seed, and change the
    // number of pairs.
    let mut rows = sweep();
    rows.retain(|r| !(r.config == "tax" && r.seed == 3 && r.metric == "toxicity"));
    rows.retain(|r| !(r.config == "audit" && r.metric == "welfare"));
    for r in &mut rows {
        if r.config == "none" && r.seed == 7 && r.metric == "toxicity" {
            r.value = None;
        }
    }
    let c = compare(&rows, &options()).unwrap();
    let [tax, audit, _, nothing] = &c.effects[..] else {
        panic!("{:?}", c.effects)
    };
    assert_eq!((tax.pairs, &tax.unpaired[..]), (28, &[3, 7][..]));
    assert_eq!((audit.pairs, &audit.unpaired[..]), (29, &[7][..]));
    assert_eq!((nothing.pairs, nothing.unpaired.len()), (0, 30));
    assert!(nothing.difference.is_none() && nothing.holm == 1.0 && nothing.family == 4);
    assert_eq!(c.levels[0].missing, [7]);
    let missing = c.missing_table().unwrap().to_csv().unwrap();
    assert!(
        missing.starts_with("metric,config,missing,seeds\ntoxicity,none,1,7\ntoxicity,tax,1,3\nwelfare,audit,30,0 1 2"),
        "{missing}"
    );
}

#[test]
fn the_order_of_rows_changes_no_figure() {
    // Backwards, and with a configuration taken out: every effect that is left has the same figures, interval included.
    let rows = sweep();
    let c = compare(&rows, &options()).unwrap();
    let backwards: Vec<Row> = rows.iter().rev().cloned().collect();
    assert_eq!(keyed(&c), keyed(&compare(&backwards, &options()).unwrap()));
    let fewer: Vec<Row> = rows.into_iter().filter(|r| r.config != "audit").collect();
    let fewer = compare(&fewer, &options()).unwrap();
    assert_eq!(fewer.effects[0].difference, c.effects[0].difference);
}

#[test]
fn each_configuration_has_its_own_resamples() {
    // The same differences under another name: the same figures but for the noise of the resampled ends.
    let mut rows = sweep();
    let copies: Vec<Row> = rows
        .iter()
        .filter(|r| r.config == "tax")
        .map(|r| row("levy", r.seed, &r.metric, r.value))
        .collect();
    rows.extend(copies);
    let c = compare(&rows, &options()).unwrap();
    let of = |name: &str| {
        let effect = c
            .effects
            .iter()
            .find(|e| e.config == name && e.metric == "toxicity");
        effect.unwrap().difference.clone().unwrap()
    };
    let (tax, levy) = (of("tax"), of("levy"));
    assert_eq!(tax.paired, levy.paired);
    assert_ne!((tax.bca.low, tax.bca.high), (levy.bca.low, levy.bca.high));
}

#[test]
fn the_table_of_a_metric() {
    // One row a configuration, the baseline first without a difference; the constant is noted.
    let c = compare(&sweep(), &options()).unwrap();
    let text = c.metric_table("welfare").unwrap().to_csv().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(
        lines[1].starts_with("none,30,") && lines[1].ends_with(",,,,,,,,,,,baseline"),
        "{text}"
    );
    assert!(
        lines[2].contains(",30,0,0.5,0.5,0.5,0.5,0.5,,")
            && lines[2].ends_with(",1,,all differences equal: no t"),
        "{text}"
    );
    let long = c.table().unwrap();
    assert_eq!((long.rows().len(), long.columns().len()), (6, 23));
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    // No baseline (the known names are said), a run twice, a NaN, too few resamples, a level of 1.
    let rows = sweep();
    let run = |rows: &[Row], options: &Options| compare(rows, options).unwrap_err();
    assert_eq!(
        run(&rows, &Options::against("nobody")).to_string(),
        "no rows of the baseline 'nobody'; there are: tax, none, audit"
    );
    let mut twice = rows.clone();
    twice.push(rows[0].clone());
    assert!(matches!(
        run(&twice, &options()),
        CompareError::Twice { seed: 0, .. }
    ));
    let mut nan = rows.clone();
    nan[0].value = Some(f64::NAN);
    assert!(matches!(
        run(&nan, &options()),
        CompareError::Value { seed: 0, .. }
    ));
    let few = Options {
        resamples: 10,
        ..options()
    };
    assert!(matches!(run(&rows, &few), CompareError::Bootstrap { .. }));
    let sure = Options {
        level: 1.0,
        ..options()
    };
    assert_eq!(
        run(
            &rows[..1],
            &Options {
                baseline: "tax".into(),
                ..sure
            }
        ),
        PairedError::Level { level: 1.0 }.into()
    );
}

#[test]
fn a_configuration_may_have_a_control_of_its_own() {
    // "audit" against "tax" has the differences of the two, and "tax", now a control, is compared with nothing: two effects less.
    let own = Options {
        controls: [("audit".to_owned(), "tax".to_owned())].into(),
        ..options()
    };
    let c = compare(&sweep(), &own).unwrap();
    let names: Vec<_> = c
        .effects
        .iter()
        .map(|e| (&*e.config, &*e.against))
        .collect();
    assert_eq!(names, [("audit", "tax"), ("audit", "tax")]);
    assert_eq!(c.effects[0].family, 2);
    let mean =
        |c: &Comparison, metric: usize| c.effects[metric].difference.as_ref().unwrap().paired.mean;
    let both = compare(&sweep(), &options()).unwrap();
    let expected = mean(&both, 1) - mean(&both, 0);
    assert!((mean(&c, 0) - expected).abs() < 1e-12);
    let text = c.metric_table("welfare").unwrap().to_csv().unwrap();
    assert!(
        text.contains("control") && text.contains("against tax"),
        "{text}"
    );
    let nobody = Options {
        controls: [("audit".to_owned(), "nobody".to_owned())].into(),
        ..options()
    };
    let error = compare(&sweep(), &nobody).unwrap_err();
    assert!(matches!(error, CompareError::NoBaseline { .. }));
}

#[test]
fn a_claim_needs_the_measure_and_the_guard() {
    // Toxicity falls in all three; harm falls in "good", rises in "bad" and moves by noise in "proxy". A measure that moves by
    // noise claims nothing. The guard is no member of the family: four configurations, one measure.
    let draws = Draws::new(8);
    let mut rows = Vec::new();
    let table = [
        ("none", 0.0, 0.0),
        ("good", -0.3, -0.3),
        ("bad", -0.3, 0.3),
        ("proxy", -0.3, 0.0),
        ("idle", 0.0, 0.0),
    ];
    for (at, (config, toxicity, harm)) in table.into_iter().enumerate() {
        for seed in 0..20 {
            let noise = |what| {
                0.1 * (draws.unit(Domain::new("test.claims"), &[what, at as u64, seed]) - 0.5)
            };
            rows.push(row(config, seed, "toxicity", toxicity + noise(1)));
            rows.push(row(config, seed, "harm", harm + noise(2)));
        }
    }
    let rule = Rule {
        measures: vec!["toxicity".to_owned()],
        guard: "harm".to_owned(),
    };
    let found = claims(&rows, &rule, 0.05, &options()).unwrap();
    let verdicts: Vec<_> = found
        .iter()
        .map(|c| (&*c.config, c.helps, c.fooled))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("good", true, false),
            ("bad", false, true),
            ("proxy", true, true),
            ("idle", false, false)
        ]
    );
    assert!(found.iter().all(|c| c.measures[0].family == 4));
    let text = table_of_claims(&found, &rule).unwrap().to_markdown();
    assert!(
        text.contains("fooled proxy") && text.lines().count() == 6,
        "{text}"
    );
}
