//! What only the simulator knows, and how it is left out.
//!
//! The truth of interactions, deception, and the policy behind an agent are written to the log for measurement; nobody in the
//! society could see them. The page leaves them out unless the reader asks, and marks them where it shows them. Not here:
//! which metrics are computed from them: the [`crate::Provider`] says so.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Fields that are hidden in every line.
pub const FIELDS: [&str; 2] = ["ground_truth", "deception"];

/// Lines whose own `kind` is the policy of an agent.
const OF_AGENTS: [&str; 2] = ["agent_registered", "agent_state"];

/// Whether a field of a line of this type is hidden.
pub fn is_hidden(kind: &str, field: &str, metrics: &BTreeSet<String>) -> bool {
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    FIELDS.contains(&first)
        || first == "kinds"
        || first == "kind" && OF_AGENTS.contains(&kind)
        || first == "metrics" && metrics.contains(rest)
}

/// Takes what is hidden out of a line; the names of what was taken.
pub fn hide(kind: &str, line: &mut Map<String, Value>, metrics: &BTreeSet<String>) -> Vec<String> {
    let mut taken = Vec::new();
    let fields: Vec<String> = line.keys().cloned().collect();
    for field in fields {
        if field == "metrics" {
            if let Some(Value::Object(figures)) = line.get_mut(&field) {
                let before = figures.len();
                figures.retain(|name, _| !metrics.contains(name));
                if figures.len() < before {
                    taken.push("metrics of the truth".to_owned());
                }
            }
        } else if is_hidden(kind, &field, metrics) {
            line.remove(&field);
            taken.push(field);
        }
    }
    taken
}
