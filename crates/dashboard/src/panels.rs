//! What the page says of a run beside its views: where it stands, its figures, one agent.
//!
//! Figures are given as the text that `summary.json` has, so that both say the same digit for digit. Not here: the views, which
//! a report shows as well ([`das_analysis::panels`]), and what a world shows of itself ([`crate::Provider`]).

use crate::library::texts;
use crate::open::{Run, State};
use crate::provider::MetricName;
use das_analysis::finding::{ALPHA, MIN_CASES, Mode};
use das_analysis::panels::{HEADLINE, agent_charts, incidents, kinds, partners, targets};
use das_core::view::View;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
        // Silent collapse is judged by the truth: without it, it is said that there is something to look at.
        let findings: Vec<Value> = fold
            .findings
            .iter()
            .map(|f| match f.mode {
                Mode::SilentCollapse if !truth => json!({"mode": f.mode.name(), "named": false, "judged": false, "hidden": true, "text": "", "events": [], "suspects": [], "summary": f.mode.summary()}),
                _ => json!({"mode": f.mode.name(), "named": f.named, "judged": f.judged, "hidden": false, "text": f.text, "events": f.evidence, "suspects": f.suspects, "summary": f.mode.summary()}),
            })
            .collect();
        let lines = run.ending.as_ref().map_or(state.news.lines, |(ending, _)| ending.seq + 1);
        json!({
            "id": run.id, "scenario_id": run.start.text("/scenario_id"), "description": run.start.text("/description"),
            "seed": run.start.seed, "engine": run.start.engine, "world": run.start.text("/environment/kind").unwrap_or("commons"),
            "detail": run.start.text("/outputs/detail").or(run.start.text("/detail")),
            "status": status, "live": run.ending.is_none() && !state.news.ended,
            "epochs": epochs.len(), "epochs_planned": run.start.whole("/simulation/epochs"),
            "steps": run.start.whole("/simulation/steps_per_epoch"),
            "lines": lines, "events": run.ending.as_ref().map(|(ending, _)| ending.events), "of": of, "metrics": metrics, "counts": counts, "unread": fold.unread,
            "kinds": if truth { json!(View::Table(kinds(epochs))) } else { Value::Null },
            "targets": View::Table(targets(fold, u32::MAX)),
            "incidents": View::Table(incidents(fold, epochs, u32::MAX)),
            "rule": format!("at least {MIN_CASES} cases, and a one-sided test with p below {ALPHA}"),
            "findings": findings, "news": state.news, "log": run.path().display().to_string(),
        })
    })
}

/// One agent; `None` if there is no such name.
pub(crate) fn agent(state: &State, name: &str, until: u32, truth: bool) -> Option<Value> {
    let fold = &state.fold;
    let number_of = fold.roster.find(name)?;
    let agent = fold.agents.get(number_of as usize)?;
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
        "charts": agent_charts(agent, until, truth),
        "partners": View::Table(partners(fold, number_of, until)),
    }))
}
