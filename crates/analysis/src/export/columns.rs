//! Which type the column of a field has, and what a field that is left out says.
//!
//! A field has one meaning and one type wherever it stands, but for a few (`EXCEPTIONS`). What is neither number nor flag is
//! text: names as they stand, lists and objects as JSON. Invariant: the type follows from kind and name alone, so a column does not
//! change with the values a log happens to have. `runner/tests/it/export.rs` holds this against the logs of every world. Not here:
//! which fields a kind has.

use super::sheet::{Cell, Column, Kind};

/// Fields with a true or a false; one that is left out is false.
const FLAGS: &[&str] = &[
    "accepted",
    "approved",
    "changed",
    "clean",
    "escorted",
    "frozen",
    "inspected",
    "partial",
    "replaced",
    "upheld",
];

/// Fields with whole numbers.
const INTEGERS: &[&str] = &[
    "agents",
    "bid",
    "border",
    "bytes",
    "cause",
    "corridor",
    "days",
    "deadline_epoch",
    "delays",
    "duds",
    "engine",
    "epoch",
    "evaluated",
    "event",
    "events",
    "false_sanctions",
    "faults",
    "ground_truth",
    "lines",
    "open_interactions",
    "opened",
    "overturned",
    "passes",
    "people",
    "polity",
    "required_outputs",
    "rework_count",
    "robbed",
    "sanctions",
    "schema",
    "seq",
    "shipment",
    "shipments",
    "since_day",
    "step",
    "stolen_goods",
    "tool_misuse_flags",
    "units",
    "until",
    "until_epoch",
    "verifier_rejections",
];

/// Fields with numbers.
const NUMBERS: &[&str] = &[
    "amount",
    "bad",
    "balance",
    "bought",
    "bribes",
    "budget",
    "c_a",
    "c_b",
    "confiscated",
    "corruption",
    "cost",
    "counterparty_engagement_delta",
    "deception",
    "delta",
    "demand",
    "deposit",
    "each",
    "expected",
    "fee",
    "fee_a",
    "fee_b",
    "found",
    "freight",
    "governance_cost",
    "hardship",
    "income",
    "income30",
    "intensity",
    "legitimacy",
    "lost_effort",
    "money",
    "p",
    "paid",
    "pay",
    "payoff",
    "pi_a",
    "pi_b",
    "price",
    "profit",
    "r_a",
    "r_b",
    "reputation",
    "reserve",
    "returned",
    "risk",
    "risk_after",
    "risk_before",
    "seizures",
    "stake",
    "tariff",
    "task_progress_delta",
    "tau",
    "total",
    "traffic",
    "traffic_before",
    "treasury",
    "unit_price",
    "v_hat",
    "value",
    "weight",
    "welfare",
];

/// Fields whose type depends on the kind of line.
const EXCEPTIONS: &[(&str, &str, Kind)] = &[
    ("agent_state", "accepted", Kind::Integer),
    ("agent_state", "rejected", Kind::Integer),
    ("bounty_awarded", "bids", Kind::Integer),
    ("customs_check", "bid", Kind::Number),
    ("governance_finding", "agents", Kind::Text),
    ("governance_published", "good", Kind::Number),
    ("phase_changed", "from", Kind::Integer),
    ("phase_changed", "to", Kind::Integer),
    ("task_posted", "bounty", Kind::Number),
    ("vote_cast", "value", Kind::Integer),
];

/// Numbers that are 0 where they are left out (the log format says so of each).
const ZERO: &[&str] = &["deception", "fee_a", "fee_b", "governance_cost", "stake"];

/// The column of a field.
pub fn column(kind: &str, field: &str) -> Column {
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
        kind: exception.map_or(of_name, |(_, _, kind)| *kind),
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
