//! The names a scenario may use, from the registries of the crates that own them.
//!
//! One place binds them, so that schema, errors, listings and `das explain` cannot differ.

use das_core::describe::Descriptor;
use serde_json::Value;

/// Worlds that are designed and not part of this build: a better message than "unknown".
pub const ABSENT_ENVIRONMENTS: &[&str] = &["dosadi"];

/// Worlds.
pub const ENVIRONMENTS: &[Descriptor] = &[das_env::commons::ENVIRONMENT];

/// Worlds of this build.
pub fn environments() -> impl Iterator<Item = &'static Descriptor> {
    ENVIRONMENTS.iter()
}

/// Policies of the commons.
pub fn policies() -> impl Iterator<Item = &'static Descriptor> {
    das_agents::registry::POLICIES.iter()
}

/// Roles of the commons.
pub fn roles() -> impl Iterator<Item = &'static Descriptor> {
    das_agents::registry::ROLES.iter()
}

/// Tools of the commons.
pub fn tools() -> impl Iterator<Item = &'static str> {
    das_env::act::TOOLS.iter().copied()
}

/// JSON Schema of the parameters of a policy.
pub fn parameters(policy: &str) -> Value {
    das_agents::registry::config_schema(policy).map_or(Value::Null, schemars::Schema::to_value)
}

/// Levers.
pub fn levers() -> impl Iterator<Item = &'static Descriptor> {
    das_governance::LEVERS.iter()
}

/// Metrics.
pub fn metrics() -> impl Iterator<Item = &'static Descriptor> {
    das_core::metrics::figures::METRICS.iter()
}

/// Figures the world counts by itself, beside the metrics.
pub fn world_figures() -> impl Iterator<Item = &'static Descriptor> {
    das_env::metrics::METRICS.iter()
}
