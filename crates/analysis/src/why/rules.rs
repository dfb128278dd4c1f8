//! Reasons of what the engine and the commons write: interactions, levers, refusals, posts, votes, tasks and bounties.
//!
//! Not here: an interaction's own figures ([`super::interaction`]), the rules of worlds ([`super::Kinds`]).

use super::interaction;
use super::query::{Known, Query};
use super::tree::{Builder, absent, figure, said, short};
use das_core::log::{RUN_COMPLETED, STARTED};
use das_core::view::Reason;
use serde_json::Value;
use std::fmt::Write as _;

/// What levers do upon somebody.
pub(super) const ACTS: &[&str] = &[
    "governance_fee",
    "governance_reputation",
    "governance_freeze",
    "governance_slash",
    "governance_sanction",
    "governance_finding",
];

const TASKS: &[&str] = &[
    "task_posted",
    "task_planned",
    "task_claimed",
    "task_duplicate",
    "task_submitted",
    "task_dropped",
    "task_verified",
    "task_paid",
    "task_refunded",
    "task_expired",
];

const BOUNTIES: &[&str] = &[
    "bounty_posted",
    "bounty_bid",
    "bounty_awarded",
    "bounty_delivered",
    "bounty_verified",
    "bounty_disputed",
    "bounty_settled",
    "bounty_released",
    "bounty_refunded",
    "bounty_expired",
];

/// Interactions that the circuit breaker looks at.
const BREAKER_WINDOW: usize = 10;

/// The fields of a line whose kind has no sentence of its own.
pub(super) fn fields(known: &Known) -> String {
    let mut text = known.kind.clone();
    let head = ["seq", "type", "epoch", "step", "event"];
    let own = known
        .fields
        .iter()
        .filter(|(name, _)| !head.contains(&name.as_str()));
    for (name, value) in own.take(12) {
        let value = match value {
            Value::String(text) => text.chars().take(60).collect(),
            Value::Number(number) if number.is_f64() => short(number.as_f64().unwrap_or_default()),
            Value::Object(parts) => format!("({} parts)", parts.len()),
            other => other.to_string(),
        };
        let _ = write!(text, " · {name} {value}");
    }
    text
}

/// A line in a sentence, for the kinds that most trees are made of.
pub(super) fn sentence(known: &Known) -> Option<String> {
    let text = |field: &str| known.text(field).unwrap_or("?").to_owned();
    let number = |field: &str| known.number(field).map_or("?".to_owned(), short);
    let upon = known.text("interaction").map(|id| format!(" on {id}"));
    let upon = upon.unwrap_or_default();
    Some(match known.kind.as_str() {
        "interaction" => format!(
            "{} {}: {} asked {}, {}; p {}, payoffs {} and {}",
            text("kind"),
            text("id"),
            text("initiator"),
            text("counterparty"),
            if known.flag("accepted") {
                "accepted"
            } else {
                "rejected"
            },
            number("p"),
            number("pi_a"),
            number("pi_b"),
        ),
        "truth_revealed" => format!("{} was {}", text("id"), truth(known)),
        "governance_fee" => format!(
            "{} took {} credits from {}{upon}",
            text("lever"),
            number("amount"),
            text("agent")
        ),
        "governance_slash" => format!(
            "{} burnt {} credits of {}'s stake{upon}",
            text("lever"),
            number("amount"),
            text("agent")
        ),
        "governance_reputation" => format!(
            "{} changed the reputation of {} by {}{upon}",
            text("lever"),
            text("agent"),
            number("delta")
        ),
        "governance_freeze" => format!(
            "{} froze {} until epoch {}{upon}",
            text("lever"),
            text("agent"),
            number("until_epoch")
        ),
        "governance_unfreeze" => format!("{} let {} go on", text("lever"), text("agent")),
        "governance_finding" => format!("{} found: {}", text("lever"), text("reason")),
        "governance_sanction" => format!(
            "{} sanctioned {}{upon}: {}",
            text("lever"),
            text("agent"),
            text("reason")
        ),
        "action_refused" | "rail_refused" | "governance_refused" => format!(
            "{} was refused {} ({}): {}",
            text("agent"),
            text("tool"),
            text("reason"),
            text("detail")
        ),
        "agent_fault" => format!(
            "the code of {} panicked in {}: {}",
            text("agent"),
            text("during"),
            text("message")
        ),
        "post_created" => match known.text("parent") {
            Some(parent) => format!("{} answered {parent} with {}", text("author"), text("post")),
            None => format!("{} published {}", text("author"), text("post")),
        },
        "vote_cast" => format!(
            "{} voted {} on {} of {}",
            text("voter"),
            number("value"),
            text("post"),
            text("author")
        ),
        "post_hidden" | "post_flagged" => format!(
            "{} {} {} of {}",
            text("moderator"),
            if known.kind == "post_hidden" {
                "hid"
            } else {
                "flagged"
            },
            text("post"),
            text("author")
        ),
        "task_posted" => format!(
            "{} posted {} for {} credits",
            text("poster"),
            text("task"),
            number("bounty")
        ),
        "task_claimed" => format!(
            "{} was awarded {} of {} ({})",
            text("worker"),
            text("task"),
            text("poster"),
            text("interaction")
        ),
        _ => return None,
    })
}

pub(super) fn truth(known: &Known) -> &'static str {
    match known.fields.get("ground_truth").and_then(Value::as_i64) {
        Some(1) => "beneficial",
        Some(_) => "harmful",
        None => "?",
    }
}

/// The reasons of a kind that has no rules: the event and the interaction that it names.
pub(super) fn unknown(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let mut all = named(tree, known, depth);
    if all.is_empty() {
        all.push(absent("what led to it: its line names no other"));
    }
    all
}

/// The event and the interaction that a line names.
pub fn named(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let cause = known.whole("cause").map(Query::event);
    let cause = cause.and_then(|query| tree.followed("it followed from", query, depth));
    cause
        .into_iter()
        .chain(interaction_of(tree, known, depth))
        .collect()
}

/// The interaction that a line names.
fn interaction_of(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Option<Reason> {
    let id = known.text("interaction")?;
    let found = tree.followed("the interaction", the(id), depth);
    Some(found.unwrap_or_else(|| {
        absent(&format!(
            "{id}, which was still open at the end, or is at a lower detail"
        ))
    }))
}

/// The line of an interaction.
pub(super) fn the(id: &str) -> Query {
    Query::first(1, &["interaction"]).text("id", id)
}

/// The reasons of a line of the engine or the commons; `None` for other kinds.
pub(super) fn reasons(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Option<Vec<Reason>> {
    let event = known.event;
    let agent = known.text("agent").unwrap_or_default();
    Some(match known.kind.as_str() {
        "interaction" => interaction::reasons(tree, known, depth),
        "truth_revealed" => {
            let id = known.text("id").unwrap_or_default();
            tree.followed("the interaction", the(id), depth)
                .into_iter()
                .collect()
        }
        "governance_freeze" => freeze(tree, known, depth),
        "governance_unfreeze" => tree
            .followed(
                "the freeze that ended",
                Query::last(1, &["governance_freeze"])
                    .text("agent", agent)
                    .before(event),
                depth,
            )
            .into_iter()
            .collect(),
        kind if ACTS.contains(&kind) => act(tree, known, depth),
        "governance_stake" | "governance_release" => tree
            .listed(
                "what levers did to it before",
                Query::last(5, ACTS).text("agent", agent).before(event),
            )
            .into_iter()
            .collect(),
        "action_refused" | "rail_refused" | "governance_refused" => refusal(tree, known, depth),
        "agent_retired" => {
            let acts = Query::last(5, ACTS).text("agent", agent).before(event);
            let mut all = vec![absent("what staying was worth to it")];
            all.extend(tree.listed("what levers had done to it", acts));
            if let Some(successor) = known.text("successor") {
                let came = Query::first(1, &["agent_registered"]).text("agent", successor);
                all.extend(tree.listed("it came back", came));
            }
            all
        }
        "agent_registered" => {
            let before = Query::last(1, &["agent_retired"])
                .text("successor", agent)
                .before(event);
            let left = tree.followed("it had left under another name", before, depth);
            vec![left.unwrap_or_else(|| said("named in the scenario (line 0)"))]
        }
        "agent_quarantined" => tree
            .listed(
                "its faults",
                Query::last(5, &["agent_fault"])
                    .text("agent", agent)
                    .before(event),
            )
            .into_iter()
            .collect(),
        "agent_fault" => vec![said(
            "a defect of the agent's code; its turn came to nothing",
        )],
        "agent_state" if known.flag("frozen") => {
            let freeze = Query::last(1, &["governance_freeze"])
                .text("agent", agent)
                .before(event);
            tree.followed("it is frozen", freeze, depth)
                .into_iter()
                .collect()
        }
        "agent_state" => vec![said(
            "a sum over the lines before it: das log events LOG --agent NAME has them",
        )],
        "epoch_completed" | RUN_COMPLETED => {
            vec![said(
                "a fold over the lines before it: das replay computes it again",
            )]
        }
        STARTED => vec![said(
            "the beginning: the scenario, which everything follows from",
        )],
        "input" => vec![said("from outside the run")],
        "vote_cast" | "post_hidden" | "post_flagged" => {
            let post = known.text("post").unwrap_or_default();
            let made = Query::first(1, &["post_created"]).text("post", post);
            let mut all: Vec<Reason> = tree.followed("the post", made, depth).into_iter().collect();
            all.push(absent("what else was considered, and how it was scored"));
            all
        }
        "post_created" => post(tree, known, depth),
        kind if TASKS.contains(&kind) => steps(tree, known, depth, "task", TASKS),
        kind if BOUNTIES.contains(&kind) => steps(tree, known, depth, "bounty", BOUNTIES),
        _ => return None,
    })
}

/// What a lever did on an interaction or apart from any.
fn act(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let lever = known.text("lever").unwrap_or_default();
    let mut all = Vec::new();
    if known.flag("clean") {
        all.push(said(
            "a false sanction: the conduct was honest (hidden from the lever)",
        ));
    }
    let Some(id) = known.text("interaction") else {
        if known.kind != "governance_finding" {
            let found = Query::last(3, &["governance_finding"])
                .text("lever", lever)
                .before(known.event);
            all.extend(tree.listed("what that lever had found", found));
        }
        let agents = known.fields.get("agents").and_then(Value::as_array);
        let names: Vec<&str> = agents
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let [a, b, ..] = names.as_slice() {
            for (from, to) in [(a, b), (b, a)] {
                let between = Query::last(5, &["interaction"])
                    .text("initiator", from)
                    .text("counterparty", to)
                    .before(known.event);
                all.extend(tree.listed(&format!("what {from} last asked {to}"), between));
            }
        }
        return all;
    };
    if known.kind != "governance_finding" {
        let found = Query::last(2, &["governance_finding"])
            .text("lever", lever)
            .text("interaction", id)
            .before(known.event);
        all.extend(tree.listed("what that lever had found", found));
    }
    all.extend(interaction_of(tree, known, depth));
    all
}

/// A freeze: the interaction that tripped it, and the window of those before.
fn freeze(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let agent = known.text("agent").unwrap_or_default();
    let mut all = Vec::new();
    let tripped = known.text("interaction").map(|id| tree.ask(the(id)));
    let tripped = tripped.and_then(<[Known]>::first);
    if known.text("lever") == Some("circuit_breaker")
        && let Some(tripped) = tripped
    {
        // The one that tripped it is the last of its window.
        let window = Query::last(BREAKER_WINDOW, &["interaction"])
            .text("initiator", agent)
            .up_to(tripped.event);
        let lines = tree.ask(window);
        let toxic: Vec<f64> = lines
            .iter()
            .filter_map(|line| Some(1.0 - line.number("p")?))
            .collect();
        if !toxic.is_empty() {
            let mean = toxic.iter().fold(0.0, |sum, x| sum + x) / toxic.len() as f64;
            let rule = |name: &str| tree.facts.number(&format!("/governance/{name}"));
            let threshold = rule("circuit_breaker_threshold").map_or("?".to_owned(), short);
            let limit = rule("circuit_breaker_violations").map_or("?".to_owned(), short);
            let mut reason = figure(
                format!(
                    "mean toxicity 1 − p of the last {} that {agent} began",
                    toxic.len()
                ),
                Some(mean),
            );
            reason.because = vec![said(format!(
                "a mean of {threshold} or more is a violation, and {limit} violations freeze"
            ))];
            for line in lines {
                reason.because.push(tree.leaf(line));
            }
            all.push(reason);
        }
    }
    all.extend(interaction_of(tree, known, depth));
    let before = Query::last(3, &["governance_freeze", "governance_unfreeze"])
        .text("agent", agent)
        .before(known.event);
    all.extend(tree.listed("freezes before", before));
    all
}

/// A refusal says its reason; who is frozen was frozen by something.
fn refusal(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let mut all = Vec::new();
    let reason = known.text("reason").unwrap_or_default();
    let concerned = [known.text("agent"), known.text("counterparty")];
    for name in concerned.into_iter().flatten() {
        let kinds: &[&str] = match reason {
            "frozen" => &["governance_freeze", "governance_unfreeze"],
            "stake_required" => &["governance_slash"],
            "quarantined" | "fault" => &["agent_quarantined", "agent_fault"],
            "gone" => &["agent_retired"],
            _ => continue,
        };
        let query = Query::last(1, kinds)
            .text("agent", name)
            .before(known.event);
        // A freeze that has ended since is none.
        let holds = tree
            .ask(query.clone())
            .first()
            .is_some_and(|line| line.kind != "governance_unfreeze");
        if holds {
            all.extend(tree.followed(&format!("what had happened to {name}"), query, depth));
        }
    }
    all.push(said(
        "a refusal is no interaction: nothing was scored or booked",
    ));
    all
}

fn post(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let post = known.text("post").unwrap_or_default();
    let mut all = Vec::new();
    if let Some(parent) = known.text("parent") {
        all.extend(tree.followed(
            "the post it answers",
            Query::first(1, &["post_created"]).text("post", parent),
            depth,
        ));
    }
    let kinds = &["vote_cast", "post_hidden", "post_flagged"];
    all.extend(
        tree.listed(
            "what came of it",
            Query::first(10, kinds)
                .text("post", post)
                .after(known.event),
        ),
    );
    all.extend(
        tree.listed(
            "answers to it",
            Query::first(5, &["post_created"])
                .text("parent", post)
                .after(known.event),
        ),
    );
    all.push(absent(
        "what else its author considered, and how it was scored",
    ));
    all
}

/// Steps of a task or a bounty before and after this one.
fn steps(
    tree: &mut Builder<'_>,
    known: &Known,
    depth: u32,
    field: &'static str,
    kinds: &[&'static str],
) -> Vec<Reason> {
    // A posted task has its number in `task` and the credits in `bounty`.
    let Some(thing) = known.text(field) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    all.extend(
        tree.listed(
            "steps before",
            Query::last(10, kinds)
                .text(field, thing)
                .before(known.event),
        ),
    );
    all.extend(interaction_of(tree, known, depth));
    all.extend(
        tree.listed(
            "steps behind",
            Query::first(10, kinds)
                .text(field, thing)
                .after(known.event),
        ),
    );
    if known.text("interaction").is_none() {
        let awarded = Query::first(1, &["task_claimed", "bounty_awarded"]).text(field, thing);
        let lines = tree.ask(awarded);
        if let Some(id) = lines.first().and_then(|line| line.text("interaction")) {
            all.extend(tree.followed("the interaction it belongs to", the(id), depth));
        }
    }
    all
}
