//! Notable moments with what led to them, as trees of reasons.
//!
//! The moments are those of [`crate::notable`]. What led to one is what the log says and nothing more: of an interaction what
//! could be seen of it and what was true; of an incident the words and numbers of its own line, and the events before it about the
//! same interaction, task, bounty or post, or named as its cause; of an epoch who did most of it. Not here: the search for moments.

use crate::failure::Failure;
use crate::folds::short;
use crate::notable::{Moment, READ_MAX};
use das_analysis::fold::Fold;
use das_core::log::LogReader;
use das_core::view::{Explanation, Reason};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Fields that say what a line is about: two lines with the same value are about the same thing.
const ABOUT: [&str; 5] = ["interaction", "task", "bounty", "post", "parent"];

/// Earlier events that are named.
const NAMED: usize = 4;

/// Fields that put a cause into words.
const WORDS: [&str; 8] = [
    "reason",
    "detail",
    "message",
    "during",
    "lever",
    "moderator",
    "winner",
    "against",
];

/// What an interaction shows: fields of its line, in this order.
const SEEN: [(&str, &str); 7] = [
    ("task_progress_delta", "task progress"),
    ("counterparty_engagement_delta", "engagement"),
    ("rework_count", "rework"),
    ("verifier_rejections", "rejections by a verifier"),
    ("tool_misuse_flags", "flags for misuse"),
    ("v_hat", "v̂"),
    ("p", "p"),
];

/// What is named of an earlier event.
const WHO: [&str; 11] = [
    "agent",
    "author",
    "worker",
    "poster",
    "voter",
    "by",
    "bidder",
    "moderator",
    "to",
    "amount",
    "approved",
];

/// A line a moment is about.
struct Told {
    kind: String,
    fields: Map<String, Value>,
    earlier: Vec<(u64, String)>,
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => short(number.as_f64()),
        },
        other => other.to_string(),
    }
}

/// Whether two lines are about the same thing. An interaction's own line calls itself `id`.
fn together(kind: &str, other: &Map<String, Value>, of: &Told) -> bool {
    let own = |key: &str| match (key, of.kind.as_str()) {
        ("interaction", "interaction") => of.fields.get("id"),
        _ => of.fields.get(key),
    };
    ABOUT
        .iter()
        .filter_map(|key| Some((*key, own(key)?)))
        .any(|(key, value)| {
            let theirs = match (key, kind) {
                ("interaction", "interaction") => other.get("id"),
                ("parent", _) => other.get("post"),
                _ => other.get(key),
            };
            theirs == Some(value)
        })
}

/// Each moment as a tree.
pub(super) fn explained(
    log: &Path,
    moments: &[Moment],
    fold: &Fold,
) -> Result<Vec<Explanation>, Failure> {
    let mut told: BTreeMap<u64, Told> = moments
        .iter()
        .map(|moment| {
            (
                moment.event,
                Told {
                    kind: String::new(),
                    fields: Map::new(),
                    earlier: Vec::new(),
                },
            )
        })
        .collect();
    each(log, |event, kind, fields| {
        if let Some(told) = told.get_mut(&event) {
            kind.clone_into(&mut told.kind);
            told.fields = fields();
        }
    })?;
    // What came before is known only once the moments are.
    each(log, |event, kind, fields| {
        let mut read: Option<Map<String, Value>> = None;
        for (_, told) in told.range_mut(event + 1..) {
            let incident = !told.fields.is_empty() && told.kind != "epoch_completed";
            if incident && kind != "agent_state" && kind != "agent_registered" {
                let read = read.get_or_insert_with(&fields);
                let cause = told.fields.get("cause").and_then(Value::as_u64);
                if cause == Some(event) || together(kind, read, told) {
                    told.earlier.push((event, brief(kind, read)));
                }
            }
        }
    })?;
    Ok(moments
        .iter()
        .map(|moment| Explanation {
            title: format!("Epoch {}", moment.epoch),
            reason: Reason {
                text: moment.what.clone(),
                value: None,
                event: Some(moment.event),
                because: told
                    .get(&moment.event)
                    .map_or_else(Vec::new, |told| because(told, moment, fold)),
            },
        })
        .collect())
}

/// Calls for every event in the part of the log that moments come from, as far as it can be read.
fn each(
    log: &Path,
    mut then: impl FnMut(u64, &str, &dyn Fn() -> Map<String, Value>),
) -> Result<(), Failure> {
    let file = File::open(log).map_err(Failure::reading(log))?;
    let mut reader = LogReader::new(BufReader::with_capacity(1 << 16, file));
    while reader.next_offset() < READ_MAX {
        let Ok(Some(line)) = reader.next() else { break };
        if let Some(event) = line.head.event {
            then(event, line.head.kind, &|| line.parse().unwrap_or_default());
        }
    }
    Ok(())
}

/// An earlier event in a few words.
fn brief(kind: &str, fields: &Map<String, Value>) -> String {
    let get = |key: &str| fields.get(key).map(said);
    if kind == "interaction" {
        let word = match fields.get("accepted") {
            Some(Value::Bool(true)) => "accepted",
            _ => "rejected",
        };
        let names = ["initiator", "counterparty", "p"];
        let [from, to, p] = names.map(|key| get(key).unwrap_or_default());
        return format!("interaction: {from} > {to}, {word}, p {p}");
    }
    let who: Vec<String> = WHO
        .iter()
        .filter_map(|key| Some(format!("{key} {}", get(key)?)))
        .collect();
    format!("{}: {}", kind.replace('_', " "), who.join(", "))
}

fn because(told: &Told, moment: &Moment, fold: &Fold) -> Vec<Reason> {
    let reason = |text: String| Reason {
        text,
        ..Reason::default()
    };
    let mut because = Vec::new();
    match told.kind.as_str() {
        "" | "epoch_completed" => because.extend(epoch(moment.epoch, fold).into_iter().map(reason)),
        "interaction" => {
            let parts = SEEN
                .iter()
                .filter_map(|(key, name)| Some(format!("{name} {}", said(told.fields.get(*key)?))));
            because.push(reason(format!(
                "what could be seen: {}",
                parts.collect::<Vec<_>>().join(", ")
            )));
            let truth = [
                ("deception", "joint deception"),
                ("ground_truth", "actual v"),
            ];
            let parts: Vec<String> = truth
                .iter()
                .filter_map(|(key, name)| Some(format!("{name} {}", said(told.fields.get(*key)?))))
                .collect();
            if !parts.is_empty() {
                because.push(reason(format!(
                    "what was true (hidden): {}",
                    parts.join(", ")
                )));
            }
            let payoffs = ["pi_a", "pi_b", "tau"]
                .map(|key| told.fields.get(key).map(said).unwrap_or_default());
            let [a, b, tau] = payoffs;
            because.push(reason(format!("payoffs {a} and {b}, transfer {tau}")));
        }
        _ => {
            let words = WORDS
                .iter()
                .filter_map(|key| Some(format!("{key}: {}", said(told.fields.get(*key)?))));
            because.extend(words.map(reason));
        }
    }
    // The latest ones say most.
    let skipped = told.earlier.len().saturating_sub(NAMED);
    because.extend(
        told.earlier
            .iter()
            .skip(skipped)
            .map(|(event, text)| Reason {
                text: text.clone(),
                event: Some(*event),
                ..Reason::default()
            }),
    );
    if because.is_empty() {
        because.push(reason("the log says no more about it".to_owned()));
    }
    because
}

/// Who did most of what an epoch came to.
fn epoch(epoch: u32, fold: &Fold) -> Vec<String> {
    let mut bad: Vec<(u32, &str)> = Vec::new();
    let mut paid: Vec<(f64, &str)> = Vec::new();
    for (number, agent) in (0..).zip(&fold.agents) {
        if let Some(deeds) = agent.epochs.iter().find(|deeds| deeds.epoch == epoch) {
            let name = fold.roster.name(number);
            bad.push((deeds.known - deeds.good, name));
            paid.push((deeds.payoff, name));
        }
    }
    bad.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    paid.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let all: u32 = bad.iter().map(|(n, _)| n).sum();
    let mut said = Vec::new();
    if all > 0 {
        let most: Vec<String> = bad
            .iter()
            .take(3)
            .map(|(n, name)| format!("{name} {n}"))
            .collect();
        said.push(format!(
            "offers with v = −1 (hidden): {all}, most by {}",
            most.join(", ")
        ));
    }
    if !paid.is_empty() {
        let most: Vec<String> = paid
            .iter()
            .take(3)
            .map(|(x, name)| format!("{name} {}", short(Some(*x))))
            .collect();
        said.push(format!("largest payoffs: {}", most.join(", ")));
    }
    said
}
