//! The page of a run.

use super::reading::{Reading, read};
use super::{Made, facts, figures, moments, panels};
use crate::failure::Failure;
use crate::folds::{EpochLine, short};
use crate::notable;
use crate::scenario::{Scenario, typed};
use das_analysis::panels as shared;
use das_analysis::render::{Html, Page, draw};
use das_core::metrics::epoch::Metrics;
use das_core::view::{Table, View};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Moments shown: all that the rules can find.
const MOMENTS: usize = 8;

/// Charts whose lines are all of one kind, beyond which the world's own figures are folded away.
const OWN_MAX: usize = 12;

/// The page of the run whose log this is.
pub fn of_run(log: &Path) -> Result<Made, Failure> {
    let reading = read(log)?;
    let epochs = reading.epochs();
    let fold = &reading.fold;
    let hidden: BTreeSet<String> = names(&reading)
        .into_iter()
        .filter(|name| figures::is_hidden(name))
        .collect();
    let mut page = Page::new(
        &format!(
            "{}, seed {}",
            reading.text("/scenario/scenario_id"),
            reading.text("/seed")
        ),
        head(&reading),
    );
    let rest = headline(&mut page, &reading, &epochs);
    let found = notable::find(log, &epochs, MOMENTS)?;
    let mut content = Html::default();
    if found.is_empty() {
        content.leaf(
            "p",
            &[("class", "note")],
            "The log has nothing that the rules look for.",
        );
    }
    content.open("div", &[("class", "panels")]);
    for moment in moments::explained(log, &found, fold)? {
        content.append(&draw(&View::Explanation(moment)));
    }
    content.close("div");
    content.leaf(
        "p",
        &[("class", "note")],
        "Found by rule in the first 8 MB of the log: the accepted harm that looked best, the most deception, the first incident of the \
         rarest kind, the best deal, the epochs with most harm, least quality gap and most welfare. Numbers are those of events: das log \
         events LOG --event N.",
    );
    page.section("moments", "Notable moments", &content);

    let charts = shared::series(fold, &fold.epochs, &hidden, true, false);
    page.section(
        "epochs",
        "Over epochs",
        &or_note(&charts, "No epoch has ended."),
    );
    let own = shared::series(fold, &fold.epochs, &hidden, true, true);
    if !own.is_empty() {
        page.section(
            "world",
            "The world's own figures over epochs",
            &folded(&own),
        );
    }
    if reading.has_interactions() {
        deeds(&mut page, &reading);
    } else {
        let kinds = View::Table(shared::kinds(&fold.epochs));
        page.section("agents", "Agents", &panels(&[kinds]));
    }
    for (view, views) in &reading.views {
        page.section(view.name, view.name, &world(view.summary, views));
    }
    page.section("all", "All figures", &rest);
    page.section("configuration", "Configuration", &configuration(&reading));
    page.section("reproduce", "Reproduce it", &reproduce(&reading, log));
    Ok(Made {
        text: page.text(),
        finished: reading.complete,
        notes: reading.notes,
    })
}

/// What is made from single interactions, acts and posts.
fn deeds(page: &mut Page, reading: &Reading) {
    let fold = &reading.fold;
    page.section(
        "spread",
        "How p is spread and what it is worth",
        &panels(&shared::distributions(fold, u32::MAX, true)),
    );
    page.section("resources", "Who holds how much", &resources(reading));
    let cascades = reading.cascades.views();
    if !cascades.is_empty() {
        page.section("cascades", "Cascades", &panels(&cascades));
    }
    let network = shared::network(fold, u32::MAX, true);
    page.section("network", "Network", &panels(&[View::Graph(network)]));
    let kinds = shared::kinds(&fold.epochs);
    let agents = shared::agents(fold, u32::MAX, true, "");
    page.section(
        "agents",
        "Agents",
        &panels(&[View::Table(kinds), View::Table(agents)]),
    );
    page.section(
        "governance",
        "Governance",
        &panels(&shared::governance(fold, u32::MAX)),
    );
    if !fold.findings.is_empty() {
        page.section("failures", "Failure modes", &findings(reading));
    }
}

/// Names of all figures there are.
fn names(reading: &Reading) -> BTreeSet<String> {
    let rows = reading.fold.epochs.iter().flat_map(|row| {
        let metrics = row.metrics.entries().map(|(name, _)| name.to_owned());
        metrics.chain(row.env.keys().cloned())
    });
    rows.collect()
}

fn head(reading: &Reading) -> Html {
    let fold = &reading.fold;
    let status = match (&reading.facts, &fold.status) {
        (Some(facts), _) => facts.last.status.as_str(),
        (None, Some(status)) => status,
        (None, None) => "unfinished",
    };
    let mut html = Html::default();
    html.open("h1", &[("data-testid", "title")]);
    html.text(reading.text("/scenario/scenario_id")).close("h1");
    let class = match status {
        "completed" => "badge completed",
        "unfinished" => "badge unfinished",
        _ => "badge stopped",
    };
    html.open("p", &[]).leaf(
        "span",
        &[("class", class), ("data-testid", "status")],
        status,
    );
    html.text(" ")
        .text(reading.text("/scenario/description"))
        .close("p");
    for (at, note) in reading.notes.iter().enumerate() {
        let id = format!("note-{at}");
        html.leaf("p", &[("class", "error"), ("data-testid", &id)], note);
    }
    let live = fold
        .agents
        .iter()
        .filter(|agent| agent.left.is_none())
        .count();
    let whole = |path: &str| {
        reading
            .whole(path)
            .map_or_else(String::new, |n| n.to_string())
    };
    let planned = whole("/scenario/simulation/epochs");
    let log = reading.facts.as_ref().map_or_else(
        || format!("{} lines read", reading.lines),
        |facts| format!("{} lines, {} bytes", facts.lines, facts.bytes),
    );
    html.append(&facts(&[
        ("world", reading.world.name().to_owned()),
        ("seed", reading.text("/seed").to_owned()),
        (
            "epochs",
            format!(
                "{} of {planned}, of {} steps each",
                fold.epochs.len(),
                whole("/scenario/simulation/steps_per_epoch")
            ),
        ),
        (
            "agents",
            format!("{} registered, {live} at the end", fold.agents.len()),
        ),
        ("engine revision", whole("/engine")),
        ("log", log),
        (
            "sha256",
            reading
                .facts
                .as_ref()
                .map_or_else(String::new, |facts| facts.sha256.clone()),
        ),
    ]));
    html.open("p", &[("class", "note")])
        .leaf("span", &[("class", "badge truth")], "hidden truth");
    html.text(
        " marks what only the simulator knows: no agent and no lever in this society can see it.",
    );
    html.close("p");
    html
}

/// Figures of the run, of one that goes on those of the last whole epoch: the large ones at once, the rest is given back.
fn headline(page: &mut Page, reading: &Reading, epochs: &[EpochLine]) -> Html {
    let fold = &reading.fold;
    let metrics: Option<&Metrics> = match (&reading.facts, &fold.run, fold.epochs.last()) {
        (Some(facts), ..) => Some(&facts.last.metrics),
        (None, Some(row), _) => Some(&row.metrics),
        (None, None, last) => last.map(|row| &row.metrics),
    };
    let texts = metrics.map(figures::texts).unwrap_or_default();
    let tracked = reading.start.pointer("/scenario/metrics_to_track");
    let tracked: Vec<&str> = tracked
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let verdicts = reading
        .facts
        .as_ref()
        .map_or(&[][..], |facts| &facts.verdicts);
    let (cards, shown) = figures::cards(&texts, &tracked, epochs, verdicts);
    let mut content = Html::default();
    if texts.is_empty() {
        content.leaf(
            "p",
            &[("class", "note")],
            "No epoch has ended: there are no figures yet.",
        );
    } else {
        content.append(&cards);
    }
    page.section("figures", "Figures", &content);
    if !verdicts.is_empty() {
        page.section("criteria", "Success criteria", &figures::criteria(verdicts));
    }
    if texts.is_empty() {
        return Html::default();
    }
    let mut rest = figures::all(&texts, &shown, epochs);
    if let Some(facts) = &reading.facts {
        let last = &facts.last;
        rest.append(&figures::money(&last.moved, last.treasury));
        let open = format!(
            "Interactions still open when the run ended: {}.",
            last.open_interactions
        );
        rest.leaf("p", &[("class", "note")], &open);
    }
    rest
}

fn or_note(views: &[View], note: &str) -> Html {
    if !views.is_empty() {
        return panels(views);
    }
    let mut html = Html::default();
    html.leaf("p", &[("class", "note")], note);
    html
}

/// Many charts: the first ones, the others to be unfolded.
fn folded(views: &[View]) -> Html {
    let (first, rest) = views.split_at(views.len().min(OWN_MAX));
    let mut html = panels(first);
    if !rest.is_empty() {
        html.open("details", &[]);
        html.leaf("summary", &[], &format!("{} more", rest.len()));
        html.append(&panels(rest)).close("details");
    }
    html
}

fn resources(reading: &Reading) -> Html {
    match shared::lorenz(&reading.fold) {
        Some(curve) => {
            let mut html = panels(&[View::Series(curve)]);
            let gini = reading
                .fold
                .epochs
                .last()
                .and_then(|row| row.get("wealth_gini"));
            if gini.is_some() {
                let text = format!("wealth_gini of the last epoch: {}.", short(gini));
                html.leaf("p", &[("class", "note")], &text);
            }
            html
        }
        None => or_note(
            &[],
            "The log does not say what anybody holds (outputs.detail keeps it out), or nobody holds anything.",
        ),
    }
}

fn findings(reading: &Reading) -> Html {
    let mut html = Html::default();
    html.open("ul", &[("class", "events")]);
    for finding in &reading.fold.findings {
        html.open("li", &[("class", "panel")])
            .leaf("strong", &[], finding.mode.name());
        let word = match (finding.judged, finding.named) {
            (false, _) => " not judged: ",
            (true, true) => " named: ",
            (true, false) => " not named: ",
        };
        html.text(word).text(&finding.text);
        if !finding.evidence.is_empty() {
            let events: Vec<String> = finding.evidence.iter().map(u64::to_string).collect();
            html.leaf(
                "span",
                &[("class", "note")],
                &format!(" Events {}.", events.join(", ")),
            );
        }
        html.close("li");
    }
    html.close("ul");
    html
}

/// A world's view: pictures and tables with something in them, and what the others would need.
fn world(summary: &str, views: &[View]) -> Html {
    let mut html = Html::default();
    html.leaf("p", &[("class", "note")], summary);
    let charts = |view: &&View| matches!(view, View::Series(_));
    let pictures: Vec<View> = views.iter().filter(|view| !charts(view)).cloned().collect();
    html.append(&panels(&pictures));
    let charts: Vec<View> = views.iter().filter(charts).cloned().collect();
    if !charts.is_empty() {
        html.append(&panels(&charts));
    }
    html
}

/// The resolved scenario as a file that can be run.
fn yaml(reading: &Reading) -> String {
    if let Some(facts) = &reading.facts {
        return typed::to_yaml(&facts.header.scenario);
    }
    let scenario = reading.start.get("scenario").cloned().unwrap_or_default();
    match Scenario::from_log_json(&scenario.to_string()) {
        Ok(scenario) => typed::to_yaml(&scenario),
        Err(_) => serde_yaml::to_string(&scenario).unwrap_or_default(),
    }
}

fn configuration(reading: &Reading) -> Html {
    let mut html = Html::default();
    html.leaf(
        "p",
        &[("class", "note")],
        "The resolved scenario: every default filled in, every change applied.",
    );
    html.open("details", &[("open", "open")])
        .leaf("summary", &[], "scenario.resolved.yaml");
    html.leaf("pre", &[("data-testid", "configuration")], &yaml(reading));
    html.close("details");
    let base = |list: &[crate::wiring::Base]| -> Vec<Vec<das_core::view::Cell>> {
        let cell = |text: &str| das_core::view::Cell::Text(text.to_owned());
        list.iter()
            .map(|base| vec![cell(&base.name), cell(&base.sha256)])
            .collect()
    };
    if let Some(facts) = &reading.facts {
        for (title, list) in [
            ("Files it was layered on", &facts.header.bases),
            ("Vault it was taken up from", &facts.header.vault),
        ] {
            if !list.is_empty() {
                html.append(&draw(&View::Table(Table {
                    title: title.to_owned(),
                    columns: ["file", "sha256"].map(str::to_owned).to_vec(),
                    rows: base(list),
                    note: None,
                })));
            }
        }
    }
    html
}

/// The commands that make the run again and prove its log.
fn reproduce(reading: &Reading, log: &Path) -> Html {
    let name = log.file_name().unwrap_or_default().to_string_lossy();
    let name = crate::commands::sweep::quoted(&name);
    let mut html = Html::default();
    let Some(facts) = &reading.facts else {
        html.leaf("p", &[], "The run is not finished, or of another engine: das resume finishes it where that is possible.");
        html.leaf(
            "pre",
            &[("data-testid", "reproduce")],
            &format!("das log check {name}\n"),
        );
        return html;
    };
    let alone = facts.header.bases.is_empty()
        && facts.header.vault.is_empty()
        && facts.last.status == "completed";
    let mut text = format!(
        "# proves the log: every seal, and every byte by running it again\ndas replay {name} --verify\n"
    );
    if alone {
        let _ = write!(
            text,
            "\n# makes it again from the configuration above, kept as scenario.resolved.yaml (it lies beside the log)\n\
             das run scenario.resolved.yaml --output again.jsonl\nsha256sum again.jsonl\n# {}\n",
            facts.sha256
        );
    }
    html.leaf("pre", &[("data-testid", "reproduce")], &text);
    if !alone {
        html.leaf(
            "p",
            &[("class", "note")],
            "Its line 0 names files it was layered on or taken up from, or it was stopped: the log itself holds all that is needed to run it again.",
        );
    }
    html
}
