//! The panels of a run as views, as of any epoch.
//!
//! Every function takes what is known of the log and gives plain data; `truth` says whether what only the simulator knows is
//! shown. Figures of the run are given as the text that `summary.json` has, so that both say the same digit for digit. Not
//! here: what a world shows of itself ([`crate::Provider`]).

use crate::fold::{BINS, DECILES, Deeds, EpochRow, Fold, Spread};
use crate::layout::places;
use crate::library::texts;
use crate::open::{Run, State};
use crate::provider::MetricName;
use das_analysis::finding::Mode;
use das_core::view::{Cell, Counts, Edge, Graph, Histogram, Line, Mark, Node, Series, Table, View};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most places on the axis of a chart.
const PLACES_MAX: usize = 600;

/// Nodes and edges drawn.
const NODES_MAX: usize = 120;
const EDGES_MAX: usize = 600;

/// Agents listed.
const AGENTS_MAX: usize = 500;

/// Charts of a run: title and figures.
pub(crate) const CHARTS: [(&str, &[&str]); 6] = [
    ("Harm", &["toxicity_rate", "true_harm_rate"]),
    ("Quality gap", &["quality_gap", "true_quality_gap"]),
    ("Welfare", &["total_welfare", "true_welfare"]),
    ("Participation", &["participation", "uncertain_fraction"]),
    (
        "Payoffs",
        &["avg_initiator_payoff", "avg_counterparty_payoff"],
    ),
    (
        "Inequality",
        &["influence_gini", "activity_gini", "wealth_gini"],
    ),
];

/// Figures shown large.
const HEADLINE: [&str; 8] = [
    "toxicity_rate",
    "quality_gap",
    "total_welfare",
    "participation",
    "influence_gini",
    "true_harm_rate",
    "true_welfare",
    "proxy_gap",
];

/// Acts of levers that are marked on charts: rare ones that change what agents may do.
const MARKED: [&str; 5] = ["freeze", "unfreeze", "slash", "finding", "refused"];

/// An even sample of places that holds the last one.
pub(crate) fn thinned(length: usize) -> Vec<usize> {
    let every = length.div_ceil(PLACES_MAX).max(1);
    (0..length)
        .filter(|at| (length - 1 - at).is_multiple_of(every))
        .collect()
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn number(value: Option<f64>) -> Cell {
    value
        .filter(|x| x.is_finite())
        .map_or(Cell::Empty, Cell::Number)
}

fn whole(value: impl Into<u64>) -> Cell {
    Cell::Whole(value.into() as i64)
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The overview: where it stands, figures, findings.
pub(crate) fn overview(run: &Run, known: &[MetricName], truth: bool) -> Value {
    let hidden: BTreeSet<&str> = known
        .iter()
        .filter(|m| m.hidden)
        .map(|m| m.name.as_str())
        .collect();
    run.with_epochs(|state, epochs| {
        let fold = &state.fold;
        // Figures of the run; of one that goes on, those of the last epoch.
        let (of, figures) = match (&run.ending, &fold.run, epochs.last()) {
            (Some((ending, _)), ..) => ("run", texts(&ending.metrics)),
            (None, Some(row), _) => ("run", texts(&row.metrics)),
            (None, None, Some(row)) => ("last epoch", texts(&row.metrics)),
            (None, None, None) => ("nothing yet", Vec::new()),
        };
        let status = match (&run.ending, &fold.status) {
            (Some((ending, _)), _) => ending.status.clone(),
            (None, Some(status)) if state.news.ended => status.clone(),
            _ => "unfinished".to_owned(),
        };
        let metrics: Vec<Value> = figures
            .iter()
            .filter(|(name, _)| truth || !hidden.contains(name.as_str()))
            .map(|(name, text)| {
                let about = known.iter().find(|m| m.name == *name);
                json!({"name": name, "text": text, "hidden": hidden.contains(name.as_str()),
                       "headline": HEADLINE.iter().position(|known| known == name),
                       "summary": about.map(|m| &m.summary), "formula": about.map(|m| &m.formula)})
            })
            .collect();
        let counts: BTreeMap<&str, u64> = match &run.ending {
            Some((ending, _)) => ending.counts.iter().map(|(kind, n)| (kind.as_str(), *n)).collect(),
            None => state.index.counts().into_iter().collect(),
        };
        // Silent collapse is judged by the truth.
        let findings: Vec<Value> = fold
            .findings
            .iter()
            .filter(|f| truth || f.mode != Mode::SilentCollapse)
            .map(|f| json!({"mode": f.mode.name(), "named": f.named, "judged": f.judged, "text": f.text, "events": f.evidence}))
            .collect();
        let lines = run.ending.as_ref().map_or(state.news.lines, |(ending, _)| ending.seq + 1);
        json!({
            "id": run.id, "scenario_id": run.start.text("/scenario_id"), "description": run.start.text("/description"),
            "seed": run.start.seed, "engine": run.start.engine, "world": run.start.text("/environment/kind").unwrap_or("commons"),
            "detail": run.start.text("/outputs/detail").or(run.start.text("/detail")),
            "status": status, "live": run.ending.is_none() && !state.news.ended,
            "epochs": epochs.len(), "epochs_planned": run.start.whole("/simulation/epochs"),
            "steps": run.start.whole("/simulation/steps_per_epoch"),
            "lines": lines, "of": of, "metrics": metrics, "counts": counts, "unread": fold.unread,
            "kinds": if truth { json!(View::Table(kinds(epochs))) } else { Value::Null },
            "findings": findings, "news": state.news, "log": run.path().display().to_string(),
        })
    })
}

/// Who gained: *hidden*, since it goes by policy.
fn kinds(epochs: &[EpochRow]) -> Table {
    let rows = epochs.last().map(|row| &row.kinds).into_iter().flatten();
    Table {
        title: "Who gained, by policy".to_owned(),
        columns: columns(&[
            "policy",
            "agents",
            "mean payoff",
            "mean reputation",
            "mean balance",
        ]),
        rows: rows
            .map(|(kind, k)| {
                vec![
                    text(kind),
                    whole(k.agents),
                    number(Some(k.payoff)),
                    number(Some(k.reputation)),
                    number(Some(k.balance)),
                ]
            })
            .collect(),
        note: None,
    }
}

/// Governance as marks on the axis of epochs.
fn marks(fold: &Fold) -> Vec<Mark> {
    let mut labels: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for ((epoch, lever, act), acts) in &fold.acts {
        if MARKED.contains(&act.as_str()) {
            labels
                .entry(*epoch)
                .or_default()
                .push(format!("{} × {act} ({lever})", acts.count));
        }
    }
    (labels.into_iter())
        .map(|(epoch, labels)| Mark {
            x: f64::from(epoch),
            label: labels.join(", "),
        })
        .collect()
}

/// Charts over epochs; with `names` those figures, one a chart.
pub(crate) fn series(run: &Run, hidden: &BTreeSet<String>, truth: bool, own: bool) -> Vec<View> {
    run.with_epochs(|state, epochs| {
        let at = thinned(epochs.len());
        let x: Vec<f64> = at.iter().map(|at| f64::from(epochs[*at].epoch)).collect();
        let marks = marks(&state.fold);
        let line = |name: &str| Line {
            name: name.to_owned(),
            values: at
                .iter()
                .map(|at| epochs[*at].get(name).filter(|x| x.is_finite()))
                .collect(),
            hidden: hidden.contains(name),
        };
        let chart = |title: &str, names: &mut dyn Iterator<Item = &str>| {
            let lines: Vec<Line> = names
                .filter(|name| truth || !hidden.contains(*name))
                .map(line)
                .filter(|line| line.values.iter().any(Option::is_some))
                .collect();
            (!lines.is_empty()).then(|| {
                View::Series(Series {
                    title: title.to_owned(),
                    axis: "epoch".to_owned(),
                    x: x.clone(),
                    lines,
                    marks: marks.clone(),
                })
            })
        };
        if !own {
            return CHARTS
                .iter()
                .filter_map(|(title, names)| chart(title, &mut names.iter().copied()))
                .collect();
        }
        // The world's own figures, one chart a name: they have no common unit.
        let names: BTreeSet<&str> = epochs
            .last()
            .into_iter()
            .flat_map(|row| row.env.keys())
            .map(String::as_str)
            .collect();
        names
            .into_iter()
            .filter_map(|name| chart(name, &mut std::iter::once(name)))
            .collect()
    })
}

/// Who deals with whom, up to an epoch. Places are those of the whole log, so that nobody moves with the time.
pub(crate) fn network(state: &State, until: u32, truth: bool) -> Graph {
    let fold = &state.fold;
    let mut all: BTreeMap<u32, f64> = BTreeMap::new();
    let mut pairs: BTreeMap<(u32, u32), (f64, f64, f64)> = BTreeMap::new();
    for dealing in fold.dealings_until(u32::MAX) {
        let count = f64::from(dealing.count);
        *all.entry(dealing.from).or_default() += count;
        *all.entry(dealing.to).or_default() += count;
        let pair = pairs.entry((dealing.from, dealing.to)).or_default();
        pair.0 += count;
        if dealing.epoch <= until {
            *pair = (pair.0, pair.1 + count, pair.2 + dealing.p);
        }
    }
    let mut busiest: Vec<(u32, f64)> = all.iter().map(|(agent, count)| (*agent, *count)).collect();
    busiest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    busiest.truncate(NODES_MAX);
    let mut shown: Vec<u32> = busiest.into_iter().map(|(agent, _)| agent).collect();
    shown.sort_unstable();
    let place = |agent: u32| shown.binary_search(&agent).ok().map(|at| at as u32);
    let mut edges: Vec<_> = pairs
        .into_iter()
        .filter_map(|((from, to), sums)| Some((place(from)?, place(to)?, sums)))
        .collect();
    edges.sort_by(|a, b| b.2.0.total_cmp(&a.2.0).then((a.0, a.1).cmp(&(b.0, b.1))));
    let cut = edges.len().saturating_sub(EDGES_MAX);
    edges.truncate(EDGES_MAX);
    let springs: Vec<_> = edges
        .iter()
        .map(|(from, to, sums)| (*from, *to, sums.0))
        .collect();
    let at = places(shown.len(), &springs);
    let mut weights = vec![0.0; shown.len()];
    for (from, to, sums) in &edges {
        weights[*from as usize] += sums.1;
        weights[*to as usize] += sums.1;
    }
    let nodes = shown
        .iter()
        .zip(at)
        .zip(weights)
        .map(|((number, place), weight)| {
            let agent = fold.agents.get(*number as usize);
            let group = agent.map(|a| if truth { &a.kind } else { &a.role });
            Node {
                name: fold.roster.name(*number).to_owned(),
                group: group.cloned().unwrap_or_default(),
                weight,
                place: Some(place),
            }
        });
    let mut notes = Vec::new();
    if all.len() > NODES_MAX {
        notes.push(format!("the {NODES_MAX} busiest of {} agents", all.len()));
    }
    if cut > 0 {
        notes.push(format!("{cut} thin edges left out"));
    }
    if let Some(epoch) = fold.pairs_cut {
        notes.push(format!("pairs are kept up to epoch {epoch}"));
    }
    Graph {
        title: "Who deals with whom".to_owned(),
        nodes: nodes.collect(),
        edges: edges
            .iter()
            .filter(|(_, _, sums)| sums.1 > 0.0)
            .map(|(from, to, sums)| Edge {
                from: *from,
                to: *to,
                weight: sums.1,
                value: Some((sums.2 / sums.1).clamp(0.0, 1.0)),
            })
            .collect(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// Agents up to an epoch, those whose name holds `part`.
pub(crate) fn agents(state: &State, until: u32, truth: bool, part: &str) -> Table {
    let fold = &state.fold;
    let mut names = columns(&["agent", "role"]);
    if truth {
        names.push("policy".to_owned());
    }
    names.extend(columns(&[
        "status",
        "reputation",
        "balance",
        "payoff",
        "accepted",
        "rejected",
        "offers",
        "believed p",
    ]));
    if truth {
        names.push("actual share good".to_owned());
    }
    names.push("faults".to_owned());
    let matching: Vec<(usize, &crate::fold::Agent)> = (fold.agents.iter().enumerate())
        .filter(|(at, agent)| agent.since <= until && fold.roster.name(*at as u32).contains(part))
        .collect();
    let rows = matching.iter().take(AGENTS_MAX).map(|(at, agent)| {
        let deeds = fold.deeds_until(agent, until);
        let mut row = vec![text(fold.roster.name(*at as u32)), text(&agent.role)];
        if truth {
            row.push(text(&agent.kind));
        }
        let gone = agent.left.is_some_and(|left| left <= until);
        row.extend([
            text(if gone { "gone" } else { "live" }),
            number(deeds.reputation),
            number(deeds.balance),
            number(Some(deeds.payoff)),
            whole(deeds.accepted),
            whole(deeds.rejected),
            whole(deeds.offers),
            number(deeds.believed()),
        ]);
        if truth {
            row.push(number(deeds.actual()));
        }
        row.push(whole(agent.faults));
        row
    });
    let mut notes = Vec::new();
    if matching.len() > AGENTS_MAX {
        notes.push(format!(
            "the first {AGENTS_MAX} of {} agents: filter by name",
            matching.len()
        ));
    }
    if let Some(epoch) = fold.agents_cut {
        notes.push(format!(
            "sums since the start, whatever the epoch: rows by epoch end at {epoch}"
        ));
    }
    Table {
        title: "Agents".to_owned(),
        columns: names,
        rows: rows.collect(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// One agent; `None` if there is no such name.
pub(crate) fn agent(state: &State, name: &str, until: u32, truth: bool) -> Option<Value> {
    let fold = &state.fold;
    let number_of = fold.roster.find(name)?;
    let agent = fold.agents.get(number_of as usize)?;
    let rows: Vec<&Deeds> = agent.epochs.iter().filter(|d| d.epoch <= until).collect();
    let at = thinned(rows.len());
    let x: Vec<f64> = at.iter().map(|at| f64::from(rows[*at].epoch)).collect();
    let line = |name: &str, hidden: bool, value: &dyn Fn(&Deeds) -> Option<f64>| Line {
        name: name.to_owned(),
        values: at
            .iter()
            .map(|at| value(rows[*at]).filter(|x| x.is_finite()))
            .collect(),
        hidden,
    };
    let chart = |title: &str, lines: Vec<Line>| {
        View::Series(Series {
            title: title.to_owned(),
            axis: "epoch".to_owned(),
            x: x.clone(),
            lines,
            marks: Vec::new(),
        })
    };
    let mut quality = vec![line(
        "believed: mean p of its offers",
        false,
        &Deeds::believed,
    )];
    if truth {
        quality.push(line("actual: share of good offers", true, &Deeds::actual));
    }
    let mut sum = 0.0;
    let payoffs: Vec<f64> = rows
        .iter()
        .map(|deeds| {
            sum += deeds.payoff;
            sum
        })
        .collect();
    let mut total = line("payoff since the start", false, &|_| None);
    total.values = at.iter().map(|at| Some(payoffs[*at])).collect();
    let charts = [
        chart("Believed against actual quality", quality),
        chart(
            "Reputation",
            vec![line("reputation", false, &|d| d.reputation)],
        ),
        chart("Payoff", vec![total]),
        chart(
            "Balance",
            vec![line("balance in credits", false, &|d| d.balance)],
        ),
    ];
    let mut partners: BTreeMap<u32, (u64, u64, f64)> = BTreeMap::new();
    for dealing in fold.dealings_until(until) {
        let (other, offered) = match (dealing.from == number_of, dealing.to == number_of) {
            (true, _) => (dealing.to, true),
            (_, true) => (dealing.from, false),
            _ => continue,
        };
        let sums = partners.entry(other).or_default();
        let count = u64::from(dealing.count);
        *sums = (
            sums.0 + if offered { count } else { 0 },
            sums.1 + if offered { 0 } else { count },
            sums.2 + dealing.p,
        );
    }
    let mut partners: Vec<_> = partners.into_iter().collect();
    partners.sort_by(|a, b| (b.1.0 + b.1.1).cmp(&(a.1.0 + a.1.1)).then(a.0.cmp(&b.0)));
    let partners = partners.iter().take(50).map(|(other, (to, from, p))| {
        vec![
            text(fold.roster.name(*other)),
            whole(*to),
            whole(*from),
            number(Some(p / (to + from) as f64)),
        ]
    });
    let deeds = fold.deeds_until(agent, until);
    let mut facts = json!({"name": name, "role": agent.role, "since": agent.since, "left": agent.left, "faults": agent.faults,
        "accepted": deeds.accepted, "rejected": deeds.rejected, "payoff": deeds.payoff, "believed": deeds.believed(),
        "reputation": deeds.reputation, "balance": deeds.balance});
    if truth {
        facts["policy"] = json!(agent.kind);
        facts["actual"] = json!(deeds.actual());
    }
    Some(json!({
        "facts": facts,
        "charts": charts.into_iter().filter(drawn).collect::<Vec<_>>(),
        "partners": View::Table(Table {
            title: "Whom it deals with".to_owned(),
            columns: columns(&["agent", "offers to it", "offers from it", "mean p"]),
            rows: partners.collect(),
            note: fold.pairs_cut.map(|epoch| format!("pairs are kept up to epoch {epoch}")),
        }),
    }))
}

/// Whether a chart has anything to show.
fn drawn(view: &View) -> bool {
    match view {
        View::Series(series) => series
            .lines
            .iter()
            .any(|line| line.values.iter().any(Option::is_some)),
        _ => true,
    }
}

/// What levers did and what was refused, up to an epoch.
pub(crate) fn governance(state: &State, until: u32) -> Vec<View> {
    let fold = &state.fold;
    let mut acts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for ((epoch, lever, act), more) in &fold.acts {
        if *epoch <= until {
            acts.entry((lever, act)).or_insert((0, more.first)).0 += more.count;
        }
    }
    let mut reasons: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((epoch, reason), more) in &fold.refusals {
        if *epoch <= until {
            reasons.entry(reason).or_insert((0, more.first)).0 += more.count;
        }
    }
    let none = |empty: bool, what: &str| empty.then(|| format!("no {what} so far"));
    let levers = View::Table(Table {
        title: "What levers did".to_owned(),
        note: none(acts.is_empty(), "act of a lever"),
        columns: columns(&["lever", "act", "times", "first event"]),
        rows: acts
            .iter()
            .map(|((lever, act), (n, first))| {
                vec![text(*lever), text(*act), whole(*n), whole(*first)]
            })
            .collect(),
    });
    let refusals = View::Table(Table {
        title: "What was refused".to_owned(),
        note: none(reasons.is_empty(), "refusal"),
        columns: columns(&["reason", "times", "first event"]),
        rows: reasons
            .iter()
            .map(|(reason, (n, first))| vec![text(*reason), whole(*n), whole(*first)])
            .collect(),
    });
    // Acts over time, a line a lever.
    let last = fold.epochs.last().map_or(0, |row| row.epoch).min(until);
    let at = thinned(last as usize + 1);
    let names: BTreeSet<&String> = fold.acts.keys().map(|(_, lever, _)| lever).collect();
    let lines = names.into_iter().map(|name| {
        let mut counts = vec![0_u64; last as usize + 1];
        for ((epoch, lever, _), acts) in &fold.acts {
            if lever == name && *epoch <= last {
                counts[*epoch as usize] += acts.count;
            }
        }
        Line {
            name: name.clone(),
            values: at.iter().map(|at| Some(counts[*at] as f64)).collect(),
            hidden: false,
        }
    });
    let chart = View::Series(Series {
        title: "Acts of levers an epoch".to_owned(),
        axis: "epoch".to_owned(),
        x: at.iter().map(|at| *at as f64).collect(),
        lines: lines.collect(),
        marks: Vec::new(),
    });
    [
        Some(chart).filter(|_| !acts.is_empty()),
        Some(levers),
        Some(refusals),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How p is spread, and how well it is calibrated, up to an epoch.
pub(crate) fn distributions(state: &State, until: u32, truth: bool) -> Vec<View> {
    let mut sum = Spread::default();
    state
        .fold
        .spreads
        .range(..=until)
        .for_each(|(_, spread)| sum.add(spread));
    let mut views = vec![View::Histogram(Histogram {
        title: "How p is spread".to_owned(),
        axis: "p, probability that the interaction is good".to_owned(),
        edges: (0..=BINS).map(|at| at as f64 / BINS as f64).collect(),
        groups: vec![
            Counts {
                name: "accepted".to_owned(),
                counts: sum.accepted.to_vec(),
            },
            Counts {
                name: "rejected".to_owned(),
                counts: sum.rejected.to_vec(),
            },
        ],
    })];
    if truth {
        let filled: Vec<&(u64, u64, f64)> = sum
            .truth
            .iter()
            .filter(|(known, _, _)| *known > 0)
            .collect();
        let x: Vec<f64> = filled
            .iter()
            .map(|(known, _, p)| p / *known as f64)
            .collect();
        views.push(View::Series(Series {
            title: "Calibration: share of good ones by mean p".to_owned(),
            axis: "mean p of a bin".to_owned(),
            lines: vec![
                Line {
                    name: "actual share good".to_owned(),
                    values: filled
                        .iter()
                        .map(|(n, good, _)| Some(*good as f64 / *n as f64))
                        .collect(),
                    hidden: true,
                },
                Line {
                    name: "perfectly calibrated".to_owned(),
                    values: x.iter().copied().map(Some).collect(),
                    hidden: false,
                },
            ],
            x,
            marks: Vec::new(),
        }));
        views.push(View::Table(Table {
            title: "Calibration bins".to_owned(),
            columns: columns(&["p from", "p to", "known", "good", "mean p", "share good"]),
            rows: (0..DECILES)
                .filter(|at| sum.truth[*at].0 > 0)
                .map(|at| {
                    let (known, good, p) = sum.truth[at];
                    vec![
                        number(Some(at as f64 / DECILES as f64)),
                        number(Some((at + 1) as f64 / DECILES as f64)),
                        whole(known),
                        whole(good),
                        number(Some(p / known as f64)),
                        number(Some(good as f64 / known as f64)),
                    ]
                })
                .collect(),
            note: None,
        }));
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_thinned_to_a_sample_that_holds_its_end() {
        // Never more than fit, always the last epoch, everything where all fit.
        for length in [0, 1, 2, 599, 600, 601, 1_200, 10_007] {
            let at = thinned(length);
            assert!(at.len() <= PLACES_MAX, "{length}");
            assert_eq!(at.last().copied(), length.checked_sub(1));
            assert!(length > PLACES_MAX || at.len() == length);
        }
    }
}
