//! What spans several keys: populations, names, criteria, networks, the size of a run.
//!
//! Works on the spanned tree and skips what has another type than it needs: that has been reported by the schema walker.

use super::file::MAX_AGENTS;
use super::id::is_id;
use super::problem::{Code, Problem, Problems, Span, grouped};
use super::span::Node;
use super::vocabulary::WorldNames;
use das_governance::config::GovernanceConfig;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Most agent-steps in a run.
pub const MAX_AGENT_STEPS: u128 = 10_000_000_000;

/// Rate that estimates of time assume, in agent-steps a second.
const ESTIMATE_RATE: u128 = 500_000;

/// Bytes of log that estimates assume for an agent-step at detail `full`.
const ESTIMATE_BYTES: u128 = 400;

/// Agent-steps from which a run is worth a warning.
const WARN_AGENT_STEPS: u128 = 500_000_000;

/// Agents that estimates assume of a world that makes its own.
const OWN_AGENTS: u64 = 200;

/// Reports mistakes to `problems` and what is allowed but odd to `warnings`.
pub fn check(tree: &Node, world: &WorldNames, problems: &mut Problems, warnings: &mut Problems) {
    criteria(tree, problems);
    metrics(tree, warnings);
    unanswered(tree, world, problems);
    if world.populates_itself {
        size(tree, OWN_AGENTS, problems, warnings);
        return;
    }
    if let Some(agents) = population(tree, problems) {
        size(tree, agents, problems, warnings);
        network(tree, agents, problems);
    }
    stakes(tree, warnings);
}

/// Names and numbers of agents; how many, if that is known.
fn population(tree: &Node, problems: &mut Problems) -> Option<u64> {
    let list = tree.get("agents")?;
    let groups = list.list()?;
    let mut total = 0_u64;
    let mut known = !groups.is_empty();
    let mut largest: Option<&Node> = None;
    // Bases of names: first those given, then those taken from types, so that a collision is reported at the name.
    let types: BTreeMap<&str, usize> = groups
        .iter()
        .enumerate()
        .filter(|(_, group)| group.get("name").is_none())
        .filter_map(|(i, group)| Some((group.get("type")?.text()?, i)))
        .collect();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, group) in groups.iter().enumerate() {
        let count = match group.get("count") {
            None => Some(1),
            Some(node) => node.integer().and_then(|n| u64::try_from(n).ok()),
        };
        match count {
            Some(count) => {
                total = total.saturating_add(count);
                let most = largest.and_then(Node::integer).unwrap_or(-1);
                if let Some(node) = group.get("count").filter(|n| n.integer() > Some(most)) {
                    largest = Some(node);
                }
            }
            None => known = false,
        }
        let Some(node) = group.get("name") else {
            continue;
        };
        let Some(name) = node.text().filter(|name| is_id(name)) else {
            continue;
        };
        let path = format!("agents.{i}.name");
        if let Some(other) = names.insert(name, i) {
            let message = format!("`{path}` is `{name}`, the name of agents.{other} too");
            problems
                .push(Problem::new(Code::Agents, node.at, path, message).help("names are unique"));
        } else if let Some(other) = types.get(name) {
            let message =
                format!("`{path}` is `{name}`: so are the unnamed agents of agents.{other} called");
            problems
                .push(Problem::new(Code::Agents, node.at, path, message).help("names are unique"));
        } else if count.is_some_and(|n| name.len() + 1 + n.to_string().len() > 64) {
            let message = format!("`{path}` with a number behind it is longer than 64 characters");
            problems.push(Problem::new(Code::BadId, node.at, path, message));
        }
    }
    if !known {
        return None;
    }
    if total == 0 {
        let message = "there is no agent: the counts add up to 0, expected 1 to 1,000,000";
        problems.push(Problem::new(Code::Agents, list.at, "agents", message));
        return None;
    }
    if total > MAX_AGENTS {
        let at = largest.map_or(list.at, |node| node.at);
        let message = format!(
            "{} agents are more than {}",
            grouped(total.into()),
            grouped(MAX_AGENTS.into())
        );
        problems.push(Problem::new(Code::Counts, at, "agents", message));
        return None;
    }
    Some(total)
}

/// Levers that are asked for in a world where nothing answers to them. A key at its default asks for nothing.
fn unanswered(tree: &Node, world: &WorldNames, problems: &mut Problems) {
    let governance = tree.get("governance").and_then(Node::map);
    for entry in governance.unwrap_or_default() {
        let known = world.unanswered.iter().find(|(key, _)| *key == entry.key);
        let whole = entry.node.integer().and_then(|n| i64::try_from(n).ok());
        let value = whole.map(Json::from);
        let value = value.or_else(|| entry.node.number().map(Json::from));
        let (Some((key, why)), Some(value)) = (known, value) else {
            continue;
        };
        let alone = serde_json::from_value::<GovernanceConfig>(json!({ *key: value }));
        if alone.is_ok_and(|config| config != GovernanceConfig::default()) {
            let path = format!("governance.{key}");
            let message = format!("`{path}` does nothing in `kind: {}`: {why}", world.name());
            problems
                .push(Problem::new(Code::World, entry.node.at, path, message).help("leave it out"));
        }
    }
}

fn criteria(tree: &Node, problems: &mut Problems) {
    for entry in tree
        .get("success_criteria")
        .and_then(Node::map)
        .unwrap_or_default()
    {
        let Some(keys) = entry.node.map() else {
            continue;
        };
        let path = format!("success_criteria.{}", entry.key);
        let (min, max) = (entry.node.get("min"), entry.node.get("max"));
        if keys.is_empty()
            || (min.is_none() && max.is_none() && !keys.iter().any(|k| k.key != "per_epoch"))
        {
            let message = format!("`{path}` has neither `min` nor `max`");
            problems.push(
                Problem::new(Code::Criteria, entry.key_at, path, message)
                    .help("a criterion needs a bound, e.g. {max: 0.5}"),
            );
            continue;
        }
        if let (Some(min), Some(max)) = (min, max)
            && let (Some(low), Some(high)) = (min.number(), max.number())
            && low > high
        {
            let message = format!("`{path}` cannot be met: min {low} is above max {high}");
            problems.push(Problem::new(
                Code::Criteria,
                max.at,
                format!("{path}.max"),
                message,
            ));
        }
    }
}

fn metrics(tree: &Node, warnings: &mut Problems) {
    let mut seen = BTreeMap::new();
    let list = tree
        .get("metrics_to_track")
        .and_then(Node::list)
        .unwrap_or_default();
    for (i, node) in list.iter().enumerate() {
        if let Some(name) = node.text()
            && seen.insert(name, i).is_some()
        {
            let path = format!("metrics_to_track.{i}");
            let message = format!("`{name}` is listed twice");
            warnings.push(Problem::new(Code::DuplicateKey, node.at, path, message));
        }
    }
}

fn size(tree: &Node, agents: u64, problems: &mut Problems, warnings: &mut Problems) {
    let simulation = tree.get("simulation");
    let read = |key: &str, default: u32| match simulation.and_then(|s| s.get(key)) {
        None => Some(u128::from(default)),
        Some(node) => node.integer().and_then(|n| u128::try_from(n).ok()),
    };
    let defaults = das_core::config::SimulationConfig::default();
    let (Some(epochs), Some(steps)) = (
        read("epochs", defaults.epochs),
        read("steps_per_epoch", defaults.steps_per_epoch),
    ) else {
        return;
    };
    let total = epochs.saturating_mul(steps).saturating_mul(agents.into());
    if total <= WARN_AGENT_STEPS {
        return;
    }
    let place = |key| {
        simulation
            .and_then(|s| s.get(key))
            .map(|node| (node.at, key))
    };
    let (at, key) = place("epochs")
        .or_else(|| place("steps_per_epoch"))
        .unwrap_or((tree.at, ""));
    let path = if key.is_empty() {
        "simulation".to_owned()
    } else {
        format!("simulation.{key}")
    };
    let sum = format!(
        "{} epochs × {} steps × {} agents = {} agent-steps, about {} and {} of log at detail `full`",
        grouped(epochs),
        grouped(steps),
        grouped(agents.into()),
        grouped(total),
        duration(total / ESTIMATE_RATE),
        bytes(total.saturating_mul(ESTIMATE_BYTES)),
    );
    if total > MAX_AGENT_STEPS {
        let message = format!(
            "{sum}: more than the {} a run may have",
            grouped(MAX_AGENT_STEPS)
        );
        problems.push(Problem::new(Code::Counts, at, path, message));
    } else {
        warnings.push(
            Problem::new(Code::Counts, at, path, sum).help("outputs.detail: epochs writes little"),
        );
    }
}

fn duration(seconds: u128) -> String {
    match seconds {
        0..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", grouped(seconds / 86_400)),
    }
}

fn bytes(count: u128) -> String {
    let gigabytes = count / 1_000_000_000;
    if gigabytes < 10_000 {
        format!("{} GB", grouped(gigabytes))
    } else {
        format!("{} TB", grouped(gigabytes / 1000))
    }
}

/// A sparse network needs more agents than ties.
fn network(tree: &Node, agents: u64, problems: &mut Problems) {
    let network = tree.get("environment").and_then(|e| e.get("network"));
    let topology = network.and_then(|n| n.get("topology"));
    let defaults = das_env::config::NetworkConfig::default();
    let (key, default) = match topology.and_then(Node::text) {
        Some("ring" | "small_world") => ("k", defaults.k),
        Some("scale_free") => ("m", defaults.m),
        _ => return,
    };
    let given = network.and_then(|n| n.get(key));
    let ties = match given {
        None => Some(i128::from(default)),
        Some(node) => node.integer(),
    };
    let Some(ties) = ties.filter(|ties| *ties >= i128::from(agents)) else {
        return;
    };
    let at: Span = given.or(topology).map_or(tree.at, |node| node.at);
    let path = format!("environment.network.{key}");
    let source = if given.is_some() {
        ""
    } else {
        " (the default)"
    };
    let message = format!(
        "`{path}` is {ties}{source}, but each of {} agents has at most {} neighbours",
        grouped(agents.into()),
        grouped(u128::from(agents) - 1)
    );
    problems.push(
        Problem::new(Code::Counts, at, path, message)
            .suggest(Some((agents - 1).to_string()).filter(|_| agents > 2)),
    );
}

/// Levers, as what their keys begin with, and the key that switches them on.
const SWITCHES: [(&str, &str); 9] = [
    ("audit_probability", "audit_penalty"),
    ("audit_", "audit_probability"),
    ("circuit_breaker_", "circuit_breaker_threshold"),
    ("stake_", "staking_required"),
    ("admission_bond_", "admission_bond"),
    ("admission_probation_", "admission_probation_epochs"),
    ("transparency_", "transparency"),
    ("collusion_", "collusion_threshold"),
    ("moderator_", "moderators"),
];

/// Parameters of a lever that is not switched on do nothing. A switch that is written, if only to say that it is off, is no oversight; nor is
/// one that a sweep turns on in some of its cells, so sweeps do not ask.
pub fn idle(tree: &Node, warnings: &mut Problems) {
    let Some(governance) = tree.get("governance") else {
        return;
    };
    let defaults = serde_json::to_value(das_governance::config::GovernanceConfig::default());
    let defaults = defaults.unwrap_or_default();
    for entry in governance.map().into_iter().flatten() {
        let (key, node) = (entry.key.as_str(), &entry.node);
        let plain = defaults.get(key).and_then(serde_json::Value::as_f64);
        if node.number().is_none_or(|value| Some(value) == plain) {
            continue;
        }
        let missing = SWITCHES.iter().find(|(begins, switch)| {
            key.starts_with(begins) && key != *switch && governance.get(switch).is_none()
        });
        if let Some((_, switch)) = missing {
            let path = format!("governance.{key}");
            let message = format!("`{path}` does nothing without `governance.{switch}`");
            warnings.push(Problem::new(Code::Counts, node.at, path, message));
        }
    }
}

/// A deposit nobody can pay stops the society.
fn stakes(tree: &Node, warnings: &mut Problems) {
    let stake = tree
        .get("governance")
        .and_then(|g| g.get("staking_required"));
    let Some(node) = stake else {
        return;
    };
    let defaults = das_env::config::EnvironmentConfig::default();
    let budget = tree
        .get("environment")
        .and_then(|e| e.get("initial_budget"));
    let budget = budget.map_or(Some(defaults.initial_budget), Node::number);
    if let (Some(stake), Some(budget)) = (node.number(), budget)
        && stake > budget
    {
        let message =
            format!("nobody can pay a deposit of {stake} from an opening balance of {budget}");
        warnings.push(Problem::new(
            Code::Counts,
            node.at,
            "governance.staking_required",
            message,
        ));
    }
}
