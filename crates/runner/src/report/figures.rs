//! Figures of a run: large ones with their band over epochs, all of them, criteria, money.
//!
//! Invariant: the text under `data-testid="value-NAME"` is the one `summary.json` has. A band says where epochs lay: from the least
//! to the greatest, and the half in the middle (quartiles by linear interpolation; Hyndman and Fan, The American Statistician
//! 50, 1996, type 7). Not here: what a figure means.

use crate::folds::{EpochLine, Verdict, short};
use crate::scenario::vocabulary;
use das_analysis::panels::HEADLINE;
use das_analysis::render::Html;
use das_core::describe::Descriptor;
use das_core::detmath::fmax;
use das_core::metrics::epoch::Metrics;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is known of a metric by its name.
pub(super) fn known(name: &str) -> Option<&'static Descriptor> {
    let figures = vocabulary::WORLDS.iter().flat_map(|world| world.figures);
    vocabulary::metrics()
        .chain(figures)
        .find(|d| d.name == name)
}

/// Whether a metric is computed from the truth.
pub(super) fn is_hidden(name: &str) -> bool {
    known(name).is_some_and(crate::commands::reference::needs_truth)
}

/// Numbers as JSON has them.
pub(super) fn exact(value: &impl Serialize) -> String {
    serde_json::to_value(value).map_or_else(|_| String::new(), |value| value.to_string())
}

/// Figures in the order of their table, with the text of each.
pub(super) fn texts(metrics: &Metrics) -> Vec<(&'static str, f64, String)> {
    let Ok(Value::Object(map)) = serde_json::to_value(metrics) else {
        return Vec::new();
    };
    metrics
        .entries()
        .filter_map(|(name, value)| Some((name, value, map.get(name)?.to_string())))
        .collect()
}

/// Where the epochs of a figure lay: least, quartiles, greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band([f64; 5]);

impl Band {
    /// Of at least two epochs.
    fn of(epochs: &[EpochLine], name: &str) -> Option<Self> {
        let mut values: Vec<f64> = epochs.iter().filter_map(|epoch| epoch.get(name)).collect();
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1).filter(|last| *last > 0)?;
        let at = |part: f64| {
            let place = part * last as f64;
            let below = place.floor() as usize;
            let above = (below + 1).min(last);
            values[below] + (values[above] - values[below]) * (place - below as f64)
        };
        Some(Self([0.0, 0.25, 0.5, 0.75, 1.0].map(at)))
    }

    fn said(&self) -> String {
        let [least, low, _, high, most] = self.0.map(|x| short(Some(x)));
        format!("{least} to {most}, half {low} to {high}")
    }

    /// A strip: all epochs, the middle half, the run where it lies among them, bounds of criteria as dashed lines.
    fn strip(&self, value: f64, bounds: &[f64]) -> Html {
        let [least, low, _, high, most] = self.0;
        let x = |at: f64| {
            let share = if most > least {
                (at - least) / (most - least)
            } else {
                0.5
            };
            format!("{:.1}", 2.0 + 196.0 * share)
        };
        let inside = |at: f64| (least..=most).contains(&at);
        let mut html = Html::default();
        let said = self.said();
        html.open(
            "svg",
            &[
                ("viewBox", "0 0 200 14"),
                ("role", "img"),
                ("aria-label", &said),
            ],
        );
        for (class, from, to) in [("range", least, most), ("half", low, high)] {
            let share = if most > least {
                (to - from) / (most - least)
            } else {
                0.0
            };
            let (left, wide) = (x(from), format!("{:.1}", fmax(196.0 * share, 1.0)));
            let bar = [
                ("x", left.as_str()),
                ("width", &wide),
                ("y", "3"),
                ("height", "8"),
                ("class", class),
            ];
            html.leaf("rect", &bar, "");
        }
        let marks = bounds
            .iter()
            .map(|at| ("bound", *at))
            .chain([("here", value)]);
        for (class, at) in marks.filter(|(_, at)| inside(*at)) {
            let at = x(at);
            let line = [
                ("x1", at.as_str()),
                ("x2", &at),
                ("y1", "0"),
                ("y2", "14"),
                ("class", class),
            ];
            html.leaf("line", &line, "");
        }
        html.close("svg");
        html
    }
}

fn truth(html: &mut Html) {
    html.text(" ")
        .leaf("span", &[("class", "badge truth")], "hidden truth");
}

/// Large figures: those every report has, and those the scenario tracks.
pub(super) fn cards(
    figures: &[(&'static str, f64, String)],
    tracked: &[&str],
    epochs: &[EpochLine],
    verdicts: &[Verdict],
) -> (Html, Vec<&'static str>) {
    let mut shown = Vec::new();
    let wanted = HEADLINE.iter().chain(tracked);
    for name in wanted {
        let there = figures.iter().find(|(known, ..)| known == name);
        if let Some((name, ..)) = there
            && !shown.contains(name)
        {
            shown.push(*name);
        }
    }
    let mut html = Html::default();
    html.open("dl", &[("class", "cards")]);
    for name in &shown {
        let Some((_, value, text)) = figures.iter().find(|(known, ..)| known == name) else {
            continue;
        };
        let (card, exact) = (format!("metric-{name}"), format!("value-{name}"));
        html.open("div", &[("data-testid", &card)]);
        let formula = known(name).map_or("", |d| d.formula);
        html.open("dt", &[("title", formula)])
            .text(&name.replace('_', " "));
        if is_hidden(name) {
            truth(&mut html);
        }
        html.close("dt").leaf("dd", &[], &short(Some(*value)));
        html.leaf("dd", &[("class", "full"), ("data-testid", &exact)], text);
        if let Some(band) = Band::of(epochs, name) {
            let own = verdicts.iter().filter(|v| v.metric == *name);
            let bounds: Vec<f64> = own.flat_map(|v| [v.min, v.max]).flatten().collect();
            html.open("dd", &[("class", "over")])
                .append(&band.strip(*value, &bounds));
            html.text("epochs ").text(&band.said()).close("dd");
        }
        html.close("div").line();
    }
    html.close("dl");
    html.leaf(
        "p",
        &[("class", "note")],
        "Large: rounded; small: all digits, as summary.json has them. Strips: epochs from the least to the greatest and the half in the \
         middle; upright: the run, where it lies among its epochs (a sum over them does not); dashed: bounds of criteria.",
    );
    (html, shown)
}

fn head(html: &mut Html, names: &[&str]) {
    html.open("thead", &[]).open("tr", &[]);
    for name in names {
        html.leaf("th", &[("scope", "col")], name);
    }
    html.close("tr").close("thead").open("tbody", &[]).line();
}

/// Every figure that is not shown large.
pub(super) fn all(
    figures: &[(&'static str, f64, String)],
    shown: &[&str],
    epochs: &[EpochLine],
) -> Html {
    let mut html = Html::default();
    let region = [
        ("class", "scroll tall"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", "All figures"),
    ];
    html.open("div", &[("class", "panel")])
        .open("div", &region)
        .open("table", &[]);
    head(&mut html, &["metric", "value", "epochs", "what it is"]);
    for (name, _, text) in figures.iter().filter(|(name, ..)| !shown.contains(name)) {
        html.open("tr", &[])
            .open("th", &[("scope", "row")])
            .text(name);
        if is_hidden(name) {
            truth(&mut html);
        }
        html.close("th");
        html.leaf("td", &[("data-testid", &format!("value-{name}"))], text);
        let band = Band::of(epochs, name).map(|band| band.said());
        html.leaf("td", &[], band.as_deref().unwrap_or("-"));
        html.leaf("td", &[], known(name).map_or("", |d| d.summary));
        html.close("tr").line();
    }
    html.close("tbody").close("table").close("div").close("div");
    html
}

/// Each criterion with its bound, value and distance.
pub(super) fn criteria(verdicts: &[Verdict]) -> Html {
    let mut html = Html::default();
    let region = [
        ("class", "scroll"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", "Success criteria"),
    ];
    html.open("div", &[("class", "panel")])
        .open("div", &region)
        .open("table", &[]);
    head(
        &mut html,
        &["criterion", "outcome", "value", "bound", "margin", "judged"],
    );
    for verdict in verdicts {
        let name = &verdict.metric;
        let (word, class) = if verdict.pass {
            ("PASS", "pass")
        } else {
            ("FAIL", "fail")
        };
        let bound = match (verdict.min, verdict.max) {
            (Some(min), Some(max)) => format!("{} to {}", exact(&min), exact(&max)),
            (Some(min), None) => format!("at least {}", exact(&min)),
            (None, Some(max)) => format!("at most {}", exact(&max)),
            (None, None) => String::new(),
        };
        let number = |x: Option<f64>| x.map_or("not defined".to_owned(), |x| exact(&x));
        let judged = match (verdict.per_epoch, verdict.epoch) {
            (true, Some(epoch)) => format!("worst epoch: {epoch}"),
            (true, None) => "each epoch".to_owned(),
            (false, _) => "pooled over the run".to_owned(),
        };
        html.open("tr", &[]).leaf("th", &[("scope", "row")], name);
        let id = format!("criterion-{name}");
        html.leaf("td", &[("class", class), ("data-testid", &id)], word);
        let id = format!("criterion-value-{name}");
        html.leaf("td", &[("data-testid", &id)], &number(verdict.value));
        html.leaf("td", &[], &bound)
            .leaf("td", &[], &number(verdict.margin));
        html.leaf("td", &[], &judged).close("tr").line();
    }
    html.close("tbody").close("table").close("div").close("div");
    html
}

/// Money moved, by reason.
pub(super) fn money(moved: &BTreeMap<String, f64>, treasury: f64) -> Html {
    let mut html = Html::default();
    html.open("div", &[("class", "panel")])
        .leaf("h3", &[], "Money moved, in credits");
    html.open("dl", &[("class", "facts")]);
    for (reason, credits) in moved {
        html.leaf("dt", &[], reason);
        let id = format!("moved-{reason}");
        html.leaf("dd", &[("data-testid", &id)], &exact(credits));
    }
    html.leaf("dt", &[], "left in the treasury");
    html.leaf("dd", &[("data-testid", "treasury")], &exact(&treasury));
    html.close("dl").close("div");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_holds_its_epochs() {
        // Five epochs: ends, median and quartiles are the values themselves; one epoch has no band.
        let epoch = |n: u32, toxicity: f64| -> EpochLine {
            serde_json::from_value(
                serde_json::json!({"event": n, "epoch": n, "metrics": {"toxicity_rate": toxicity}}),
            )
            .unwrap()
        };
        let epochs: Vec<EpochLine> = (0..)
            .zip([0.5, 0.1, 0.3, 0.2, 0.4])
            .map(|(n, x)| epoch(n, x))
            .collect();
        assert_eq!(
            Band::of(&epochs, "toxicity_rate"),
            Some(Band([0.1, 0.2, 0.3, 0.4, 0.5]))
        );
        assert_eq!(Band::of(&epochs[..1], "toxicity_rate"), None);
        assert_eq!(Band::of(&epochs, "quality_gap"), None);
        let strip = Band([1.0; 5]).strip(1.0, &[]).into_string();
        assert!(!strip.contains("NaN"), "{strip}");
    }
}
