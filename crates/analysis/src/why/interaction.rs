//! Reasons of an interaction: its label, what it was worth, what it builds on, levers, truth.
//!
//! Figures that the line implies are computed by the engine's own scoring from the parameters in line 0; where they do not add up to
//! what the line says, they are left out. Not here: sentences, and other kinds of line ([`super::rules`]).

use super::query::{Known, Query};
use super::rules::{ACTS, the, truth};
use super::tree::{Builder, absent, figure, said, under};
use das_core::interaction::Observables;
use das_core::score::payoff::{Breakdown, Payoff, PayoffConfig, Terms};
use das_core::score::proxy::{Proxy, ProxyConfig};
use das_core::view::Reason;
use serde_json::Value;

/// Lines of the commons that name an interaction while it is open.
const OPENERS: &[&str] = &["task_claimed", "bounty_awarded"];

/// How far two sums of the same terms may be apart.
const SAME: f64 = 1e-9;

/// The reasons of an interaction.
pub(super) fn reasons(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let text = |field: &str| known.text(field).unwrap_or_default();
    let (id, event) = (text("id"), known.event);
    let mut all = Vec::new();
    all.extend(label(tree, known));
    all.extend(payoffs(tree, known));
    let mut openers = OPENERS.to_vec();
    openers.extend(tree.worlds.iter().flat_map(|kinds| kinds.openers));
    let mut opened = Vec::new();
    opened.extend(tree.followed(
        "it was opened by",
        Query::first(2, &openers).text("interaction", id),
        depth,
    ));
    let parents = known.fields.get("causal_parents").and_then(Value::as_array);
    for parent in parents.into_iter().flatten().filter_map(Value::as_str) {
        opened.extend(tree.followed("it builds on", the(parent), depth));
    }
    all.extend(opened);
    let levers = known.fields.get("levers").and_then(Value::as_array);
    let names: Vec<&str> = levers
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !names.is_empty() {
        let mut on = under(
            &format!("levers that acted on it: {}", names.join(", ")),
            Vec::new(),
        );
        for (name, whose) in [("fee_a", "initiator"), ("fee_b", "counterparty")] {
            if let Some(fee) = known.number(name) {
                on.because
                    .push(figure(format!("credits taken from the {whose}"), Some(fee)));
            }
        }
        all.push(on);
    }
    all.extend(tree.listed(
        "what levers did because of it",
        Query::first(10, ACTS).text("interaction", id),
    ));
    let mut after = Vec::new();
    if known.fields.contains_key("ground_truth") {
        after.push(said(format!(
            "it was {} (hidden from the society)",
            truth(known)
        )));
    } else {
        let revealed = Query::first(1, &["truth_revealed"])
            .text("id", id)
            .after(event);
        let lines = tree.ask(revealed);
        let told: Vec<Reason> = lines.iter().map(|line| tree.leaf(line)).collect();
        after.extend(told);
    }
    let built = Query::first(3, &["interaction"])
        .text("initiator", text("initiator"))
        .text("counterparty", text("counterparty"))
        .after(event);
    after.extend(tree.listed("the same two again", built));
    if !after.is_empty() {
        all.push(under("what came of it", after));
    }
    all.push(absent(&format!(
        "what else {} considered, what {} expected of the offer, and how either scored it",
        text("initiator"),
        text("counterparty")
    )));
    all
}

/// Whether a sum is what the line states, but for the order of its terms.
fn same(sum: f64, stated: f64) -> bool {
    (sum - stated).abs() <= SAME * (1.0 + stated.abs())
}

/// v̂ and p from the observables.
fn label(tree: &Builder<'_>, known: &Known) -> Option<Reason> {
    let config: ProxyConfig =
        serde_json::from_value(tree.facts.scenario.get("proxy")?.clone()).ok()?;
    let proxy = Proxy::new(&config).ok()?;
    let count = |field: &str| known.whole(field).and_then(|n| u32::try_from(n).ok());
    let seen = Observables {
        task_progress_delta: known.number("task_progress_delta")?,
        rework_count: count("rework_count")?,
        verifier_rejections: count("verifier_rejections")?,
        tool_misuse_flags: count("tool_misuse_flags")?,
        counterparty_engagement_delta: known.number("counterparty_engagement_delta")?,
    };
    let (signals, weights) = (proxy.signals(&seen), proxy.weights());
    let terms = [
        ("progress", weights.task_progress * signals.progress),
        ("rework", weights.rework * signals.rework),
        ("verifier and misuse", weights.verifier * signals.verifier),
        ("engagement", weights.engagement * signals.engagement),
    ];
    let v_hat = known.number("v_hat")?;
    let sum = terms.iter().fold(0.0, |sum, (_, term)| sum + term);
    if !same(sum, v_hat) {
        return None;
    }
    let parts = terms.map(|(what, term)| figure(format!("{what}, weighted"), Some(term)));
    let mut reason = figure("p, the sigmoid of k times v̂", known.number("p"));
    reason.because = vec![Reason {
        because: parts.to_vec(),
        ..figure("v̂", Some(v_hat))
    }];
    Some(reason)
}

/// Both payoffs term by term.
fn payoffs(tree: &Builder<'_>, known: &Known) -> Option<Reason> {
    let config: PayoffConfig =
        serde_json::from_value(tree.facts.scenario.get("payoff")?.clone()).ok()?;
    let payoff = Payoff::new(&config).ok()?;
    let number = |field: &str| known.number(field);
    let terms = Terms {
        p: number("p")?,
        tau: number("tau")?,
        c_a: number("c_a")?,
        c_b: number("c_b")?,
        r_a: number("r_a")?,
        r_b: number("r_b")?,
    };
    let side = |who: &str, stated: Option<f64>, parts: Breakdown| {
        let stated = stated?;
        if !same(parts.total, stated) {
            return None;
        }
        let mut reason = figure(format!("payoff of {who}"), Some(stated));
        reason.because = [
            ("its share of the surplus", parts.surplus_share),
            ("the transfer", parts.transfer),
            ("costs, fees included", -parts.governance_cost),
            ("its part of the harm", -parts.externality_cost),
            ("reputation", parts.reputation_bonus),
        ]
        .into_iter()
        .filter(|(_, value)| *value != 0.0)
        .map(|(what, value)| figure(what, Some(value)))
        .collect();
        Some(reason)
    };
    let sides = [
        side(
            known.text("initiator")?,
            number("pi_a"),
            payoff.breakdown_a(&terms),
        ),
        side(
            known.text("counterparty")?,
            number("pi_b"),
            payoff.breakdown_b(&terms),
        ),
    ];
    let because: Vec<Reason> = sides.into_iter().flatten().collect();
    let heading = if known.flag("accepted") {
        "what it was worth"
    } else {
        "what it would have been worth: rejected, it was booked to nobody"
    };
    (!because.is_empty()).then(|| under(heading, because))
}
