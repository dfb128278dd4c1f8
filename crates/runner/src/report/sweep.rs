//! The page of a sweep.
//!
//! Figures of single runs stand as `results.csv` has them, effects as `das compare` has them; both come from the same functions.

use super::{Made, facts};
use crate::commands::sweep::quoted;
use crate::failure::Failure;
use crate::sweep::resolved::Meta;
use crate::sweep::results::{Results, Run};
use crate::sweep::store::RESULTS;
use crate::sweep::summary;
use das_analysis::compare::{Comparison, Sense};
use das_analysis::render::{Html, Page, draw, forest, parallel, scatter};
use das_core::detmath::sum;
use das_core::view::{Cell, Heatmap, Table, View};
use std::collections::BTreeMap;

/// Runs whose figures are listed; the others stand in the table of results.
const RUNS_MAX: usize = 2_000;

/// Welfare against harm: by the truth where runs have it, else as it looks.
const FRONTIER: [(&str, &str); 2] = [
    ("true_harm_rate", "true_welfare"),
    ("toxicity_rate", "total_welfare"),
];

/// The page of a sweep that has its results.
pub fn of_sweep(meta: &Meta, results: &Results) -> Result<Made, Failure> {
    let mut notes = Vec::new();
    if results.runs.len() < meta.runs() {
        notes.push(format!(
            "{} of {} runs have results.",
            results.runs.len(),
            meta.runs()
        ));
    }
    let mut page = Page::new(&meta.sweep_id, head(meta, results, &notes));
    let mut effects = Html::default();
    let mut pictures = Html::default();
    for axes in summary::axis_cells(meta) {
        let comparison = summary::comparison(meta, results, &axes)?;
        for html in [&mut effects, &mut pictures] {
            if !axes.is_empty() {
                html.leaf("h3", &[], &summary::named(meta, &axes));
            }
        }
        if let Some(comparison) = &comparison {
            tables(&mut effects, meta, comparison)?;
            if let Some((_, table)) = summary::claims_of(meta, results, &axes, &comparison.options)?
            {
                effects.append(&draw(&View::Table(table.view("Which configurations help"))));
            }
        }
        drawn(&mut pictures, meta, results, &axes, comparison.as_ref());
    }
    if meta.baseline.is_some() {
        page.section("effects", "Effects against the baseline", &effects);
    }
    page.section("pictures", "Configurations side by side", &pictures);
    page.section("results", "Results of all runs", &all(meta, results));
    page.section("reproduce", "Reproduce it", &reproduce(meta));
    Ok(Made {
        text: page.text(),
        finished: notes.is_empty(),
        notes,
    })
}

fn head(meta: &Meta, results: &Results, notes: &[String]) -> Html {
    let mut html = Html::default();
    html.leaf("h1", &[("data-testid", "title")], &meta.sweep_id);
    html.leaf("p", &[], meta.description.as_deref().unwrap_or_default());
    for (at, note) in notes.iter().enumerate() {
        let id = format!("note-{at}");
        html.leaf("p", &[("class", "error"), ("data-testid", &id)], note);
    }
    let seeds = match meta.seeds.as_slice() {
        [] => String::new(),
        [only] => only.to_string(),
        [first, .., last] => format!("{} ({first} to {last})", meta.seeds.len()),
    };
    html.append(&facts(&[
        ("base", meta.base.clone()),
        ("baseline", meta.baseline.clone().unwrap_or_default()),
        ("configurations", meta.configurations.len().to_string()),
        (
            "cells of the axes",
            summary::axis_cells(meta).len().to_string(),
        ),
        ("seeds", seeds),
        ("runs", format!("{} of {}", results.runs.len(), meta.runs())),
        ("engine revision", meta.engine.to_string()),
    ]));
    if let Some(baseline) = &meta.baseline {
        html.leaf(
            "p",
            &[("class", "note")],
            &summary::method(meta, baseline).replace(['\\', '`'], ""),
        );
    }
    html
}

fn tables(html: &mut Html, meta: &Meta, comparison: &Comparison) -> Result<(), Failure> {
    let internal = |error: das_analysis::table::TableError| Failure::Internal(error.to_string());
    html.open("div", &[("class", "panels")]);
    for metric in &comparison.metrics {
        let effects = comparison.effects.iter().filter(|e| e.metric == *metric);
        let number = |x: Option<f64>| x.map_or(Cell::Empty, Cell::Number);
        let rows = effects.map(|effect| {
            let bca = effect.difference.as_ref().map(|d| d.bca);
            vec![
                Cell::Text(effect.config.clone()),
                number(bca.map(|i| i.mean)),
                number(bca.map(|i| i.low)),
                number(bca.map(|i| i.high)),
                Cell::Number(effect.holm),
                Cell::Text(effect.against.clone()),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let sense = meta.sense(metric);
        let sides = match sense {
            Some(_) => "blue: better, orange: worse, grey: unsure",
            None => "black: not 0, grey: unsure; neither direction is good by itself",
        };
        if !rows.is_empty() {
            html.append(&forest(
                &Table {
                    title: format!("{metric}: difference"),
                    columns: [
                        "configuration",
                        "difference",
                        "low",
                        "high",
                        "Holm's p",
                        "against",
                    ]
                    .map(str::to_owned)
                    .to_vec(),
                    rows,
                    note: Some(
                        "configuration − what it is compared with, with its 95 % BCa interval; "
                            .to_owned()
                            + sides,
                    ),
                },
                sense,
            ));
        }
    }
    for metric in &comparison.metrics {
        let table = comparison.metric_table(metric).map_err(internal)?;
        html.append(&draw(&View::Table(table.view(metric))));
    }
    html.close("div");
    Ok(())
}

/// Means over seeds of the configurations in a cell of the axes, in their order, the baseline first.
fn means(
    meta: &Meta,
    results: &Results,
    axes: &[String],
    metrics: &[String],
) -> Vec<(String, Vec<Option<f64>>)> {
    let mut by: BTreeMap<usize, Vec<&Run>> = BTreeMap::new();
    for run in results
        .runs
        .iter()
        .filter(|run| meta.cells[run.cell].axes == axes)
    {
        by.entry(run.cell).or_default().push(run);
    }
    let mut rows: Vec<(String, Vec<Option<f64>>)> = by
        .into_iter()
        .map(|(cell, runs)| {
            let mean = |metric: &String| {
                let column = results.metrics.iter().position(|known| known == metric)?;
                let values: Vec<f64> = runs.iter().filter_map(|run| run.values[column]).collect();
                (!values.is_empty()).then(|| sum(values.iter().copied()) / values.len() as f64)
            };
            (
                meta.cells[cell].config.clone(),
                metrics.iter().map(mean).collect(),
            )
        })
        .collect();
    if let Some(at) = rows
        .iter()
        .position(|(name, _)| Some(name) == meta.baseline.as_ref())
    {
        rows[..=at].rotate_right(1);
    }
    rows
}

fn drawn(
    html: &mut Html,
    meta: &Meta,
    results: &Results,
    axes: &[String],
    comparison: Option<&Comparison>,
) {
    html.open("div", &[("class", "panels")]);
    let number = |x: Option<f64>| x.map_or(Cell::Empty, Cell::Number);
    let table = |title: &str, metrics: &[String], note: &str| {
        let mut columns = vec!["configuration".to_owned()];
        columns.extend(metrics.iter().cloned());
        let rows = means(meta, results, axes, metrics)
            .into_iter()
            .map(|(name, values)| {
                let mut row = vec![Cell::Text(name)];
                row.extend(values.into_iter().map(number));
                row
            });
        Table {
            title: title.to_owned(),
            columns,
            rows: rows.collect(),
            note: Some(note.to_owned()),
        }
    };
    let has = |name: &str| results.metrics.iter().any(|known| known == name);
    if let Some((harm, welfare)) = FRONTIER
        .iter()
        .find(|(harm, welfare)| has(harm) && has(welfare))
    {
        let metrics = [(*harm).to_owned(), (*welfare).to_owned()];
        let note = format!(
            "means over seeds: {harm} to the right (less is better), {welfare} upwards (more is better); green: no other configuration is at least as good in both and better in one"
        );
        let points = table("Welfare against harm", &metrics, &note);
        html.append(&scatter(&points, [Sense::Less, Sense::More]));
    }
    if let Some(comparison) = comparison {
        html.append(&draw(&View::Heatmap(heat(comparison))));
    }
    if meta.metrics.len() > 1 {
        let note = "means over seeds, every axis from the least to the greatest of its own; thick: the first row";
        html.append(&parallel(&table(
            "Measures of each configuration",
            &meta.metrics,
            note,
        )));
    }
    html.close("div");
}

/// Standardised effects: they have no unit, so measures can stand side by side.
fn heat(comparison: &Comparison) -> Heatmap {
    let configs: Vec<&String> = comparison
        .configs
        .iter()
        .filter(|config| comparison.effects.iter().any(|e| e.config == **config))
        .collect();
    let value = |config: &String, metric: &String| {
        let mut effects = comparison.effects.iter();
        let effect = effects.find(|e| e.config == *config && e.metric == *metric)?;
        effect.difference.as_ref()?.dz
    };
    Heatmap {
        title: "Standardised effects d_z (mean difference over its standard deviation)".to_owned(),
        columns: comparison.metrics.clone(),
        values: configs
            .iter()
            .map(|config| {
                comparison
                    .metrics
                    .iter()
                    .map(|metric| value(config, metric))
                    .collect()
            })
            .collect(),
        rows: configs.into_iter().cloned().collect(),
    }
}

/// Every run with the figures that are compared, each as the table of results has it.
fn all(meta: &Meta, results: &Results) -> Html {
    let columns: Vec<(usize, &String)> = meta
        .metrics
        .iter()
        .filter_map(|name| Some((results.metrics.iter().position(|m| m == name)?, name)))
        .collect();
    let mut html = Html::default();
    let region = [
        ("class", "scroll tall"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", "Results of all runs"),
    ];
    html.open("div", &[("class", "panel")])
        .open("div", &region)
        .open("table", &[]);
    html.open("thead", &[]).open("tr", &[]);
    let axes = meta.axes.iter().map(|axis| axis.name.as_str());
    let heads = ["configuration"].into_iter().chain(axes).chain(["seed"]);
    for head in heads.chain(columns.iter().map(|(_, name)| name.as_str())) {
        html.leaf("th", &[("scope", "col")], head);
    }
    html.close("tr").close("thead").open("tbody", &[]).line();
    for (at, run) in results.runs.iter().enumerate().take(RUNS_MAX) {
        let cell = &meta.cells[run.cell];
        html.open("tr", &[])
            .leaf("th", &[("scope", "row")], &cell.config);
        for level in &cell.axes {
            html.leaf("td", &[], level);
        }
        html.leaf("td", &[("class", "n")], &run.seed.to_string());
        for (column, name) in &columns {
            let id = format!("result-{at}-{name}");
            let text = run.values[*column]
                .map(|x| x.to_string())
                .unwrap_or_default();
            html.leaf("td", &[("class", "n"), ("data-testid", &id)], &text);
        }
        html.close("tr").line();
    }
    html.close("tbody").close("table").close("div");
    let more = results.runs.len().saturating_sub(RUNS_MAX);
    let note = if more > 0 {
        format!(
            "The first {RUNS_MAX} rows of {RESULTS}, in its order; it has {more} more, and every metric."
        )
    } else {
        format!("The rows of {RESULTS}, in its order; it has every metric.")
    };
    html.leaf("p", &[("class", "note")], &note).close("div");
    html
}

/// The command of each cell's first run.
fn reproduce(meta: &Meta) -> Html {
    use std::fmt::Write as _;
    let seed = meta.seeds.first().copied().unwrap_or_default();
    let mut text = String::from(
        "# the tables of this page\ndas compare DIRECTORY\n\n# the first run of each cell\n",
    );
    for cell in meta.cells.iter().take(200) {
        let _ = write!(text, "das run {}", quoted(&meta.base));
        for change in &cell.overrides {
            let _ = write!(text, " {}", quoted(change));
        }
        let _ = writeln!(text, " --seed {seed}");
    }
    if meta.cells.len() > 200 {
        let _ = writeln!(
            text,
            "# and {} more cells: sweep.resolved.yaml",
            meta.cells.len() - 200
        );
    }
    let mut html = Html::default();
    html.leaf("pre", &[("data-testid", "reproduce")], &text);
    html.leaf("p", &[("class", "note")], "Figures do not depend on outputs.detail, which sweeps set to epochs unless they look for failure modes.");
    if !meta.files.is_empty() {
        let cell = |text: &str| Cell::Text(text.to_owned());
        html.append(&draw(&View::Table(Table {
            title: "Files of the base".to_owned(),
            columns: ["file", "sha256"].map(str::to_owned).to_vec(),
            rows: meta
                .files
                .iter()
                .map(|f| vec![cell(&f.name), cell(&f.sha256)])
                .collect(),
            note: None,
        })));
    }
    html
}
