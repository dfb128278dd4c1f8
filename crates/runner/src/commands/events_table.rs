//! The kinds of lines a log has, as `das list events` and `das explain` show them: the engine's; a world adds its own.
//!
//! Which fields a kind has stands here for all of them, and `tests/it/events.rs` holds it against logs and against the structs
//! that write them.

use crate::scenario::vocabulary::WORLDS;
use das_core::describe::Descriptor;

const fn event(name: &'static str, summary: &'static str, formula: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "event",
        summary,
        formula,
        params: &[],
        source: "architecture, The event log",
    }
}

/// Kinds the engine writes, in the order one meets them in a log. The formula names the fields after the head.
pub const ENGINE_EVENTS: &[Descriptor] = &[
    event(
        "simulation_started",
        "Line 0: schema, engine revision, seed and the resolved scenario",
        "schema, engine, seed, scenario, files, vault",
    ),
    event(
        "agent_registered",
        "An agent takes part from here",
        "agent, kind, role",
    ),
    event(
        "agent_retired",
        "An agent left; its balance went to its successor or the treasury",
        "agent, successor",
    ),
    event(
        "agent_fault",
        "The code of an agent panicked; its turn is a no-op and its state the last saved",
        "agent, during, message, faults",
    ),
    event(
        "agent_quarantined",
        "An agent faulted too often and takes no more turns",
        "agent, faults",
    ),
    event(
        "agent_state",
        "Where an agent stands at the end of an epoch",
        "agent, kind, reputation, balance, stake, payoff, accepted, rejected, frozen",
    ),
    event(
        "action_refused",
        "The world could not do what an agent asked for, e.g. because it had gone stale",
        "agent, tool, counterparty, reason, detail",
    ),
    event(
        "rail_refused",
        "A safety rail said no: nothing happened",
        "agent, tool, counterparty, reason, detail",
    ),
    event(
        "governance_refused",
        "A lever said no: nothing happened",
        "agent, lever, tool, counterparty, reason, detail",
    ),
    event(
        "interaction",
        "A scored interaction, at the moment it closed",
        "id, kind, opened, initiator, counterparty, accepted, task_progress_delta, rework_count, verifier_rejections, tool_misuse_flags, counterparty_engagement_delta, v_hat, p, tau, c_a, c_b, fee_a, fee_b, r_a, r_b, pi_a, pi_b, levers, deception, governance_cost, ground_truth, causal_parents",
    ),
    event(
        "truth_revealed",
        "The truth of an interaction that had closed without it; for calibration alone",
        "id, p, accepted, ground_truth",
    ),
    event(
        "governance_fee",
        "A lever took money from an agent",
        "lever, agent, interaction, amount",
    ),
    event(
        "governance_reputation",
        "A lever changed the reputation of an agent",
        "lever, agent, interaction, delta",
    ),
    event(
        "governance_reputation_all",
        "A lever changed the reputation of everybody at once",
        "lever, agents, total",
    ),
    event(
        "governance_freeze",
        "A lever froze an agent until the start of an epoch",
        "lever, agent, interaction, until_epoch",
    ),
    event(
        "governance_unfreeze",
        "A lever ended a freeze",
        "lever, agent",
    ),
    event(
        "governance_stake",
        "Money moved from an agent's balance to its stake",
        "lever, agent, amount",
    ),
    event(
        "governance_release",
        "Stake went back to an agent's balance",
        "lever, agent, amount",
    ),
    event(
        "governance_slash",
        "A lever burnt stake of an agent",
        "lever, agent, interaction, amount",
    ),
    event(
        "governance_release",
        "Stake of an agent went back to its balance",
        "lever, agent, amount",
    ),
    event(
        "governance_sanction",
        "A lever punished an agent for its conduct; `clean` (hidden) is there if that was honest",
        "lever, agent, interaction, amount, delta, clean, reason",
    ),
    event(
        "governance_published",
        "A lever put something up about an agent for everybody to read",
        "lever, agent, good, bad",
    ),
    event(
        "governance_finding",
        "What a lever found, and why it acts",
        "lever, agents, interaction, reason",
    ),
    event(
        "governance_finding",
        "What a lever found, and about whom",
        "lever, agents, interaction, reason",
    ),
    event(
        "governance_published",
        "What everybody can read about an agent from here on",
        "lever, agent, good, bad",
    ),
    event(
        "governance_cost",
        "Resources a lever used up by itself",
        "lever, governance_cost",
    ),
    event(
        "governance_dividend",
        "The treasury was shared out in equal parts",
        "agents, each",
    ),
    event(
        "input",
        "Something from outside the run, e.g. `stop` or the reply of an outside agent; replay reads it back",
        "kind, agent, payload",
    ),
    event(
        "epoch_completed",
        "The metrics of an epoch",
        "partial, metrics, kinds, levers, env",
    ),
    event(
        "run_completed",
        "The metrics of the whole run",
        "status, metrics, kinds, levers, open_interactions, treasury, held, moved",
    ),
    event(
        "seal",
        "Hash of every byte before this line: check it with head -c N | sha256sum",
        "prefix_sha256, prev_at, lines, state_sha256",
    ),
    event(
        "simulation_ended",
        "Last line: status, counts, final metrics and the hash of the body",
        "status, counts, events, bytes, metrics, kinds, levers, open_interactions, treasury, held, moved, body_sha256",
    ),
];

/// Every kind of line: the engine's, then those of the worlds.
pub fn events() -> impl Iterator<Item = &'static Descriptor> {
    ENGINE_EVENTS
        .iter()
        .chain(WORLDS.iter().flat_map(|world| world.events))
}

/// Fields of the commons' lines after the head.
const COMMONS_FIELDS: &[(&str, &str)] = &[
    (
        "post_created",
        "post, author, content, parent, parent_author",
    ),
    ("vote_cast", "voter, post, author, value, weight, changed"),
    ("post_hidden", "post, author, moderator"),
    ("post_flagged", "post, author, moderator"),
    (
        "task_posted",
        "task, poster, bounty, deadline_epoch, prompt, required_outputs",
    ),
    ("task_planned", "task, planner, worker"),
    ("task_claimed", "task, worker, poster, interaction"),
    ("task_duplicate", "task, worker, winner, lost_effort"),
    ("task_submitted", "task, worker"),
    ("task_dropped", "task, worker, interaction"),
    ("task_verified", "task, worker, approved, by"),
    ("task_paid", "task, to, amount"),
    ("task_refunded", "task, to, amount"),
    ("task_expired", "task, to, amount"),
    (
        "bounty_posted",
        "bounty, poster, reserve, fee, prompt, required_outputs",
    ),
    ("bounty_bid", "bounty, bid, bidder, price"),
    (
        "bounty_awarded",
        "bounty, worker, poster, price, bids, interaction",
    ),
    ("bounty_delivered", "bounty, worker"),
    ("bounty_verified", "bounty, worker, approved, by"),
    ("bounty_disputed", "bounty, by, against, approved, deposit"),
    ("bounty_settled", "bounty, by, upheld, to, deposit"),
    ("bounty_released", "bounty, to, amount, returned"),
    ("bounty_refunded", "bounty, to, amount"),
    ("bounty_expired", "bounty, to, amount, worker, interaction"),
];

/// The fields of a kind of line after its head; nothing for what is no event. Where the table above does not list them, the
/// descriptor's formula does.
pub fn fields_of(d: &Descriptor) -> &'static str {
    if d.family != "event" {
        return "";
    }
    let listed = COMMONS_FIELDS.iter().find(|(name, _)| *name == d.name);
    listed.map_or(d.formula, |(_, fields)| fields)
}

/// The rule a thing follows; a kind of line whose formula lists its fields has none.
pub fn rule_of(d: &Descriptor) -> &'static str {
    let listed = COMMONS_FIELDS.iter().any(|(name, _)| *name == d.name);
    if d.family == "event" && !listed {
        ""
    } else {
        d.formula
    }
}
