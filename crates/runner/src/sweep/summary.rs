//! What a sweep came to, in Markdown: `summary.md`, and what `das compare` prints.
//!
//! Per cell of the axes and metric a table of configurations against the baseline; then which configurations help, how many seeds
//! the smallest effect would take, elementary effects, and what is missing. Invariant: a function of `sweep.resolved.yaml` and
//! `results.csv` alone. Not here: the statistics ([`das_analysis::compare`]).

use super::points;
use super::resolved::Meta;
use super::results::Results;
use crate::failure::Failure;
use crate::folds::short;
use das_analysis::compare::claims::{self, Rule};
use das_analysis::compare::{Comparison, Options, compare};
use das_analysis::stats::power::{detectable_effect, seeds_needed};
use das_analysis::table::{Cell, Column, Kind, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Most configurations × metrics of a cell that are compared one by one.
pub const EFFECTS_MAX: usize = 2_000;

/// Most rows of a table of means; of more the directory has `results.csv`.
const ROWS_MAX: usize = 200;

/// α and power of the notes on seeds.
const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;

/// The form of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Markdown, for a file.
    Markdown,
    /// Aligned text, for a terminal.
    Text,
}

/// What is said, in whatever form.
enum Part {
    /// A heading of this depth.
    Head(usize, String),
    /// A table.
    Table(Table),
    /// Text that is the same in all forms.
    Words(String),
}

/// Tables and words between them: computed once, written in any form.
#[derive(Default)]
pub struct Body(Vec<Part>);

impl Body {
    /// As text of this form.
    pub fn to(&self, form: Form) -> String {
        let text = |part: &Part| match (part, form) {
            (Part::Head(depth, text), Form::Markdown) => {
                format!("{} {text}\n\n", "#".repeat(*depth))
            }
            (Part::Head(_, text), Form::Text) => format!("{text}\n"),
            (Part::Table(table), Form::Markdown) => table.to_markdown(),
            (Part::Table(table), Form::Text) => table.to_text(),
            (Part::Words(text), _) => text.clone(),
        };
        self.0.iter().map(text).collect()
    }

    fn head(&mut self, depth: usize, text: impl Into<String>) {
        self.0.push(Part::Head(depth, text.into()));
    }

    fn table(&mut self, table: Table) {
        self.0.push(Part::Table(table));
    }

    fn words(&mut self, text: impl Into<String>) {
        self.0.push(Part::Words(text.into()));
    }
}

fn internal(error: impl std::fmt::Display) -> Failure {
    Failure::Internal(error.to_string())
}

/// How the configurations of a sweep are compared.
pub fn options(meta: &Meta, baseline: &str) -> Options {
    let own = |config: &super::resolved::ConfigMeta| {
        let against = config.against.clone()?;
        Some((config.name.clone(), against))
    };
    Options {
        controls: meta.configurations.iter().filter_map(own).collect(),
        ..Options::against(baseline)
    }
}

/// Cells of the axes, in their order: the levels of each.
pub fn axis_cells(meta: &Meta) -> Vec<Vec<String>> {
    let mut cells: Vec<Vec<String>> = Vec::new();
    for cell in &meta.cells {
        if !cells.contains(&cell.axes) {
            cells.push(cell.axes.clone());
        }
    }
    cells
}

/// A cell of the axes in words.
pub fn named(meta: &Meta, axes: &[String]) -> String {
    let pairs = meta.axes.iter().zip(axes);
    let parts: Vec<String> = pairs
        .map(|(axis, level)| format!("{} = {level}", axis.name))
        .collect();
    parts.join(", ")
}

/// The whole page, in Markdown.
pub fn page(meta: &Meta, results: &Results, body: &Body) -> String {
    let mut out = format!("# {}\n\n", meta.sweep_id);
    if let Some(description) = &meta.description {
        let _ = writeln!(out, "{description}\n");
    }
    let seeds = match meta.seeds.as_slice() {
        [only] => format!("seed {only}"),
        [first, .., last] => format!("seeds {first} to {last}"),
        [] => String::new(),
    };
    let _ = writeln!(
        out,
        "Base `{}`, {} configurations × {} cells of the axes × {} runs ({seeds}), {} of {} runs finished, engine revision {}.\n",
        meta.base,
        meta.configurations.len(),
        axis_cells(meta).len(),
        meta.seeds.len(),
        results.runs.len(),
        meta.runs(),
        meta.engine
    );
    if let Some(baseline) = &meta.baseline {
        let _ = writeln!(out, "{}\n", method(meta, baseline));
    }
    out + &body.to(Form::Markdown)
}

/// How it is compared, in Markdown.
pub fn method(meta: &Meta, baseline: &str) -> String {
    format!(
        "Means over runs with their 95 % t-interval. Differences are paired by seed, configuration − `{baseline}` unless a note names \
         another control, with their 95 % BCa interval (10,000 resamples); p of the paired t test and of Wilcoxon's signed ranks; \
         Holm's p over the family of a cell of the axes: all its configurations but controls × the {} metrics below. \
         \\*, \\*\\*, \\*\\*\\*: Holm's p below 0.05, 0.01, 0.001. d_z: mean difference over its standard deviation.",
        meta.metrics.len()
    )
}

/// Tables of every cell of the axes, claims, power and elementary effects.
pub fn body(meta: &Meta, results: &Results) -> Result<Body, Failure> {
    let mut out = Body::default();
    for axes in axis_cells(meta) {
        if !axes.is_empty() {
            out.head(2, named(meta, &axes));
        }
        cell(meta, results, &axes, &mut out)?;
    }
    missing(meta, results, &mut out);
    Ok(out)
}

/// The comparison of a cell of the axes with the baseline; `None` where there is nothing to compare, or too much of it.
pub fn comparison(
    meta: &Meta,
    results: &Results,
    axes: &[String],
) -> Result<Option<Comparison>, Failure> {
    let Some(baseline) = &meta.baseline else {
        return Ok(None);
    };
    let rows = results.rows(meta, axes, &meta.metrics);
    let effects = meta.configurations.len() * meta.metrics.len();
    let has = |name: &String| rows.iter().any(|row| row.config == *name);
    let several = meta.seeds.len() > 1 && meta.configurations.len() > 1;
    if !several || effects > EFFECTS_MAX || !has(baseline) {
        return Ok(None);
    }
    let mut options = options(meta, baseline);
    // A control whose runs all failed takes its comparisons with it, not those of the others.
    options.controls.retain(|_, control| has(control));
    compare(&rows, &options).map(Some).map_err(internal)
}

fn cell(meta: &Meta, results: &Results, axes: &[String], out: &mut Body) -> Result<(), Failure> {
    match comparison(meta, results, axes)? {
        Some(comparison) => {
            for metric in &comparison.metrics {
                out.head(3, metric);
                out.table(comparison.metric_table(metric).map_err(internal)?);
                out.words("\n");
            }
            claimed(meta, results, axes, &comparison.options, out)?;
            power(&comparison, out);
        }
        None => means(meta, results, axes, out)?,
    }
    elementary(meta, results, axes, out)
}

/// Means alone, where nothing is compared.
fn means(meta: &Meta, results: &Results, axes: &[String], out: &mut Body) -> Result<(), Failure> {
    let columns: Vec<usize> = meta
        .metrics
        .iter()
        .filter_map(|name| results.metrics.iter().position(|m| m == name))
        .collect();
    let mut head = vec![
        Column::new("config", Kind::Text),
        Column::new("n", Kind::Integer),
    ];
    let number = |c: &usize| Column::new(results.metrics[*c].clone(), Kind::Number { decimals: 4 });
    head.extend(columns.iter().map(number));
    let mut table = Table::new(head);
    let mut by: BTreeMap<usize, Vec<&super::results::Run>> = BTreeMap::new();
    for run in results
        .runs
        .iter()
        .filter(|run| meta.cells[run.cell].axes == axes)
    {
        by.entry(run.cell).or_default().push(run);
    }
    let more = by.len().saturating_sub(ROWS_MAX);
    for (cell, runs) in by.into_iter().take(ROWS_MAX) {
        let mut cells = vec![
            Cell::from(meta.cells[cell].config.as_str()),
            Cell::from(runs.len() as u64),
        ];
        for column in &columns {
            let values: Vec<f64> = runs.iter().filter_map(|run| run.values[*column]).collect();
            let mean = das_core::detmath::sum(values.iter().copied()) / values.len() as f64;
            cells.push(Cell::from((!values.is_empty()).then_some(mean)));
        }
        table.push(cells).map_err(internal)?;
    }
    out.table(table);
    if more > 0 {
        out.words(format!(
            "\n… and {more} more in {}\n",
            super::store::RESULTS
        ));
    }
    out.words("\n");
    Ok(())
}

/// Which configurations help, in every cell of the axes.
pub fn claims(meta: &Meta, results: &Results) -> Result<Body, Failure> {
    let mut out = Body::default();
    for axes in axis_cells(meta) {
        let Some(baseline) = &meta.baseline else {
            continue;
        };
        if !axes.is_empty() {
            out.head(2, named(meta, &axes));
        }
        let options = options(meta, baseline);
        claimed(meta, results, &axes, &options, &mut out)?;
    }
    Ok(out)
}

/// Which configurations help, in one cell: the rule, and a row each; `None` where runs lack what it judges.
pub fn claims_of(
    meta: &Meta,
    results: &Results,
    axes: &[String],
    options: &Options,
) -> Result<Option<(Rule, Table)>, Failure> {
    let has = |name: &String| results.metrics.contains(name);
    let measures = meta.claims.measures.iter().filter(|name| has(name));
    let rule = Rule {
        measures: measures.cloned().collect(),
        guard: meta.claims.guard.clone(),
    };
    if rule.measures.is_empty() || !has(&rule.guard) {
        return Ok(None);
    }
    let mut wanted = rule.measures.clone();
    if !wanted.contains(&rule.guard) {
        wanted.push(rule.guard.clone());
    }
    let rows = results.rows(meta, axes, &wanted);
    let found = claims::claims(&rows, &rule, meta.claims.alpha, options).map_err(internal)?;
    let table = claims::table(&found, &rule).map_err(internal)?;
    Ok(Some((rule, table)))
}

/// Which configurations help, in words and as a table.
fn claimed(
    meta: &Meta,
    results: &Results,
    axes: &[String],
    options: &Options,
    out: &mut Body,
) -> Result<(), Failure> {
    let Some((rule, table)) = claims_of(meta, results, axes, options)? else {
        return Ok(());
    };
    out.head(3, "Which configurations help");
    out.words(format!(
        "Helps: {} lower with Holm's p < {} over the configurations × {} of this cell, and the 95 % BCa interval of the change in {} \
         does not lie above 0. Fooled proxy: {} lower so, and that interval does not lie below 0.\n\n",
        rule.measures.join(" or "),
        meta.claims.alpha,
        if rule.measures.len() == 1 {
            "this measure".to_owned()
        } else {
            format!("{} measures", rule.measures.len())
        },
        rule.guard,
        rule.measures[0]
    ));
    out.table(table);
    out.words("\n");
    Ok(())
}

/// How many seeds the smallest effect of each metric would take.
fn power(comparison: &Comparison, out: &mut Body) {
    out.head(3, "Seeds");
    let mut shown = BTreeMap::new();
    for metric in &comparison.metrics {
        let effects = comparison.effects.iter().filter(|e| e.metric == *metric);
        let sizes = effects.filter_map(|e| {
            let dz = e.difference.as_ref()?.dz?;
            (dz != 0.0).then_some((dz, e))
        });
        let smallest = sizes.min_by(|a, b| {
            a.0.abs()
                .total_cmp(&b.0.abs())
                .then(a.1.config.cmp(&b.1.config))
        });
        let Some((dz, effect)) = smallest else {
            continue;
        };
        let pairs = effect.pairs;
        let seen =
            *(shown.entry(pairs)).or_insert_with(|| detectable_effect(pairs, ALPHA, POWER).ok());
        let needed = match seeds_needed(dz, ALPHA, POWER) {
            Ok(n) => format!("{n} seeds"),
            Err(_) => "more than a million seeds".to_owned(),
        };
        out.words(format!(
            "- {metric}: {pairs} pairs show |d_z| ≥ {} with power {POWER} (one test at {ALPHA}); the smallest effect seen ({}, d_z {}) would take {needed}.\n",
            short(seen),
            effect.config,
            short(Some(dz)),
        ));
    }
    out.words("\n");
}

/// Elementary effects of a Morris design, on means over seeds.
fn elementary(
    meta: &Meta,
    results: &Results,
    axes: &[String],
    out: &mut Body,
) -> Result<(), Failure> {
    let Some(morris) = &meta.morris else {
        return Ok(());
    };
    let design = points::design(morris).map_err(Failure::Internal)?;
    let count = design.points().len();
    let mut table = Table::new(vec![
        Column::new("metric", Kind::Text),
        Column::new("configuration", Kind::Text),
        Column::new("parameter", Kind::Text),
        Column::new("mu", Kind::Number { decimals: 4 }),
        Column::new("mu_star", Kind::Number { decimals: 4 }),
        Column::new("sigma", Kind::Number { decimals: 4 }),
        Column::new("n", Kind::Integer),
        Column::new("missing", Kind::Integer),
    ]);
    // Points of one configuration stand together, in the order of the design.
    for group in meta.configurations.chunks(count) {
        let name = group[0]
            .name
            .trim_end_matches("morris.1")
            .trim_end_matches([',', ' ']);
        for metric in &meta.metrics {
            let rows = results.rows(meta, axes, std::slice::from_ref(metric));
            let mut by: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
            for row in &rows {
                by.entry(&row.config).or_default().extend(row.value);
            }
            let mean = |values: &Vec<f64>| {
                let sum = das_core::detmath::sum(values.iter().copied());
                (!values.is_empty()).then(|| sum / values.len() as f64)
            };
            let outputs: Vec<Option<f64>> = group
                .iter()
                .map(|config| by.get(config.name.as_str()).and_then(mean))
                .collect();
            for effect in design.effects(&outputs).map_err(internal)? {
                let figures = effect.figures;
                table
                    .push(vec![
                        Cell::from(metric.as_str()),
                        Cell::from(name),
                        Cell::from(effect.parameter.as_str()),
                        Cell::from(figures.map(|f| f.mu)),
                        Cell::from(figures.map(|f| f.mu_star)),
                        Cell::from(figures.map(|f| f.sigma)),
                        Cell::from(effect.n),
                        Cell::from(effect.missing),
                    ])
                    .map_err(internal)?;
            }
        }
    }
    out.head(3, "Elementary effects");
    out.table(table);
    out.words("\n");
    Ok(())
}

/// What has no row.
fn missing(meta: &Meta, results: &Results, out: &mut Body) {
    let mut headed = false;
    let mut by: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for run in &results.runs {
        by.entry(run.cell).or_default().insert(run.seed);
    }
    for (cell, of) in meta.cells.iter().enumerate() {
        let there = by.get(&cell);
        let seeds: Vec<String> = meta
            .seeds
            .iter()
            .filter(|seed| there.is_none_or(|there| !there.contains(seed)))
            .map(u64::to_string)
            .collect();
        if !seeds.is_empty() {
            if !std::mem::replace(&mut headed, true) {
                out.head(2, "Missing");
            }
            let axes = named(meta, &of.axes);
            let comma = if axes.is_empty() { "" } else { ", " };
            out.words(format!(
                "- {}{comma}{axes}: no run with seed {}\n",
                of.config,
                seeds.join(" ")
            ));
        }
    }
}
