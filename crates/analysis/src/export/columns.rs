//! Which type the column of a field has, and what a field that is left out says.
//!
//! A field has one meaning and one type wherever it stands, but for a few (`EXCEPTIONS`). What is neither number nor flag is
//! text: names as they stand, lists and objects as JSON. Invariant: the type follows from kind and name alone, so a column does not
//! change with the values a log happens to have. `runner/tests/it/export.rs` holds this against the logs of every world. Not here:
//! which fields a kind has.

use super::sheet::{Cell, Column, Kind};

/// Fields with a true or a false; one that is left out is false.
const FLAGS: &[&str] = &[
    "accepted", "approved", "changed", "clean", "frozen", "partial", "upheld",
];

/// Fields with whole numbers.
const INTEGERS: &[&str] = &[
    "agents",
    "bid",
    "bytes",
    "deadline_epoch",
    "engine",
    "epoch",
    "event",
    "events",
    "false_sanctions",
    "faults",
    "ground_truth",
    "lines",
    "open_interactions",
    "opened",
    "required_outputs",
    "rework_count",
    "sanctions",
    "schema",
    "seq",
    "step",
    "tool_misuse_flags",
    "until_epoch",
    "verifier_rejections",
];

/// Fields with numbers.
const NUMBERS: &[&str] = &[
    "amount",
    "bad",
    "balance",
    "c_a",
    "c_b",
    "counterparty_engagement_delta",
    "deception",
    "delta",
    "deposit",
    "each",
    "fee",
    "fee_a",
    "fee_b",
    "governance_cost",
    "lost_effort",
    "p",
    "payoff",
    "pi_a",
    "pi_b",
    "price",
    "r_a",
    "r_b",
    "reputation",
    "reserve",
    "returned",
    "stake",
    "task_progress_delta",
    "tau",
    "total",
    "treasury",
    "v_hat",
    "value",
    "weight",
];

/// Fields whose type depends on the kind of line.
const EXCEPTIONS: &[(&str, &str, Kind)] = &[
    ("agent_state", "accepted", Kind::Integer),
    ("agent_state", "rejected", Kind::Integer),
    ("bounty_awarded", "bids", Kind::Integer),
    ("governance_finding", "agents", Kind::Text),
    ("governance_published", "good", Kind::Number),
    ("task_posted", "bounty", Kind::Number),
    ("vote_cast", "value", Kind::Integer),
];

/// Numbers that are 0 where they are left out (the log format says so of each).
const ZERO: &[&str] = &["deception", "fee_a", "fee_b", "governance_cost", "stake"];

/// The type of a field of a world: the kind of line (empty: any), the field, its type.
pub type Typed = (&'static str, &'static str, Kind);

/// The column of a field; `own` are the types of worlds.
pub fn column(kind: &str, field: &str, own: &[Typed]) -> Column {
    let of_world = |of: &str| own.iter().find(|(k, f, _)| (*k, *f) == (of, field));
    let exception = EXCEPTIONS
        .iter()
        .find(|(k, f, _)| (*k, *f) == (kind, field));
    let of_name = if FLAGS.contains(&field) {
        Kind::Flag
    } else if INTEGERS.contains(&field) {
        Kind::Integer
    } else if NUMBERS.contains(&field) {
        Kind::Number
    } else {
        Kind::Text
    };
    Column {
        name: field.to_owned(),
        kind: exception
            .or_else(|| of_world(kind))
            .or_else(|| of_world(""))
            .map_or(of_name, |(_, _, kind)| *kind),
    }
}

/// What a field that is left out says.
pub fn absent(field: &str, kind: Kind) -> Cell {
    match kind {
        Kind::Flag => Cell::Flag(false),
        Kind::Number if ZERO.contains(&field) => Cell::Number(0.0),
        _ => Cell::Missing,
    }
}
