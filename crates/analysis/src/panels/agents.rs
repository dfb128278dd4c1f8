//! Agents: all of them as a table, one of them as charts and partners.

use super::{columns, drawn, number, text, thinned, whole};
use crate::fold::{Agent, Deeds, Fold};
use das_core::view::{Line, Series, Table, View};
use std::collections::BTreeMap;

/// Agents listed.
const AGENTS_MAX: usize = 500;

/// Agents up to an epoch, those whose name holds `part`.
pub fn agents(fold: &Fold, until: u32, truth: bool, part: &str) -> Table {
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
    let matching: Vec<(usize, &Agent)> = (fold.agents.iter().enumerate())
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

/// One agent over epochs: believed against actual quality, reputation, payoff, balance.
pub fn agent_charts(agent: &Agent, until: u32, truth: bool) -> Vec<View> {
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
    charts.into_iter().filter(drawn).collect()
}

/// Whom an agent deals with, by its number in the roster.
pub fn partners(fold: &Fold, number_of: u32, until: u32) -> Table {
    let mut partners: BTreeMap<u32, (u64, u64, f64, u64)> = BTreeMap::new();
    for dealing in fold.dealings_until(until) {
        let (other, offered) = match (dealing.from == number_of, dealing.to == number_of) {
            (true, _) => (dealing.to, true),
            (_, true) => (dealing.from, false),
            _ => continue,
        };
        let sums = partners.entry(other).or_default();
        let count = u64::from(dealing.sums.count);
        *sums = (
            sums.0 + if offered { count } else { 0 },
            sums.1 + if offered { 0 } else { count },
            sums.2 + dealing.sums.p,
            sums.3 + u64::from(dealing.sums.accepted),
        );
    }
    let mut partners: Vec<_> = partners.into_iter().collect();
    partners.sort_by(|a, b| (b.1.0 + b.1.1).cmp(&(a.1.0 + a.1.1)).then(a.0.cmp(&b.0)));
    let partners = partners
        .iter()
        .take(50)
        .map(|(other, (to, from, p, accepted))| {
            vec![
                text(fold.roster.name(*other)),
                whole(*to),
                whole(*from),
                whole(*accepted),
                number(Some(p / (to + from) as f64)),
            ]
        });
    Table {
        title: "Whom it deals with".to_owned(),
        columns: columns(&[
            "agent",
            "offers to it",
            "offers from it",
            "accepted of both",
            "mean p",
        ]),
        rows: partners.collect(),
        note: fold
            .pairs_cut
            .map(|epoch| format!("pairs are kept up to epoch {epoch}")),
    }
}
