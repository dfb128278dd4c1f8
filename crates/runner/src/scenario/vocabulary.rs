//! The names a scenario may use, from the registries of the crates that own them, world by world.
//!
//! One place binds them, so that schema, errors, listings and `das explain` cannot differ. Not here: building a world
//! ([`crate::wiring`]).

use das_core::describe::Descriptor;
use das_core::id::ToolSet;
use serde_json::{Value, json};

/// What a world brings: everything about it that is a name, a schema or a default.
pub struct WorldNames {
    /// The world itself; its name is `environment.kind`.
    pub environment: Descriptor,
    /// Its policies.
    pub policies: &'static [Descriptor],
    /// Roles that go with every policy; none, and an agent's role is its policy.
    pub roles: &'static [Descriptor],
    /// Tools; the position is the core's number.
    pub tools: &'static [&'static str],
    /// Figures it counts by itself, beside the metrics.
    pub figures: &'static [Descriptor],
    /// Kinds of lines it adds to a log.
    pub events: &'static [Descriptor],
    /// Whether it makes its own agents: `agents:` is empty then.
    pub populates_itself: bool,
    /// JSON Schema of its `environment:` block, without `kind`.
    pub keys: fn() -> schemars::Schema,
    /// JSON Schema of the parameters of one of its policies.
    pub parameters: fn(&str) -> Option<schemars::Schema>,
    /// Tools of a role, unless the scenario has a list of its own.
    pub role_tools: fn(&str) -> ToolSet,
    /// Types of their fields in an export, where that is not text and not known to it already.
    pub columns: &'static [das_analysis::export::columns::Typed],
    /// Why its lines came to be, beyond what is known of the commons.
    pub why: Option<das_analysis::why::Kinds>,
    /// Keys of `governance:` that nothing in it answers to, each with the reason; a value that would do something is refused.
    pub unanswered: &'static [(&'static str, &'static str)],
    /// Its views of a log.
    pub views: fn() -> &'static [Descriptor],
    /// Defaults outside `environment:` that suit it better than those of the structs, as a part of a scenario.
    pub defaults: fn() -> Value,
}

const NO_VOTES: &str = "nobody votes there";
const NO_BLAME: &str =
    "a city keeps no account of blame, so inspections find nothing; without it audits read p";
const NO_MODERATORS: &str = "a city has its own offices and appoints no moderators";

/// Worlds; the first is meant where a scenario names none.
pub const WORLDS: &[WorldNames] = &[
    WorldNames {
        environment: das_env::commons::ENVIRONMENT,
        policies: &das_agents::registry::POLICIES,
        roles: &das_agents::registry::ROLES,
        tools: das_env::act::TOOLS,
        figures: das_env::metrics::METRICS,
        events: das_env::events::EVENTS,
        columns: &[],
        why: None,
        populates_itself: false,
        keys: || schemars::schema_for!(das_env::config::EnvironmentConfig),
        parameters: das_agents::registry::config_schema,
        role_tools: |role| {
            das_agents::roles::Role::named(role)
                .map(das_agents::roles::Role::tools)
                .unwrap_or_default()
        },
        unanswered: &[],
        views: || &[],
        defaults: || json!({}),
    },
    WorldNames {
        environment: dosadi_world::ENVIRONMENT,
        policies: &dosadi_world::registry::POLICIES,
        roles: &[],
        tools: dosadi_world::act::TOOLS,
        figures: dosadi_world::metrics::METRICS,
        events: dosadi_world::events::EVENTS,
        columns: dosadi_world::events::COLUMNS,
        why: Some(dosadi_world::why::KINDS),
        populates_itself: true,
        keys: || schemars::schema_for!(dosadi_world::DosadiConfig),
        parameters: dosadi_world::registry::config_schema,
        role_tools: |role| {
            use das_core::agent::AgentRegistry;
            dosadi_world::DosadiRegistry.tools(role)
        },
        unanswered: &[
            ("vote_weight_cap", NO_VOTES),
            ("audit_sensitivity", NO_BLAME),
            ("audit_reputation", NO_BLAME),
            ("moderators", NO_MODERATORS),
            ("moderator_reviews", NO_MODERATORS),
            ("moderator_sensitivity", NO_MODERATORS),
            ("moderator_fine", NO_MODERATORS),
            ("moderator_reputation", NO_MODERATORS),
            ("moderator_cost", NO_MODERATORS),
        ],
        views: dosadi_world::cockpit::views,
        // A step is a day, and a week is its natural period. Offices deal with hundreds of others a day and handle the money of
        // many people: the rails that hold a single agent of the commons would bind them all the time.
        defaults: || {
            json!({
                "simulation": {"steps_per_epoch": 7},
                "safety": {"max_interactions_per_step": 1_000_000, "budget_per_epoch": 1e9},
            })
        },
    },
];

impl WorldNames {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.environment.name
    }

    /// What may stand for a role: its roles, or, without any, its policies.
    pub fn roles_or_policies(&self) -> &'static [Descriptor] {
        if self.roles.is_empty() {
            self.policies
        } else {
            self.roles
        }
    }
}

/// The world of this name.
pub fn world(name: &str) -> Option<&'static WorldNames> {
    WORLDS.iter().find(|world| world.name() == name)
}

/// Policies of all worlds.
pub fn policies() -> impl Iterator<Item = &'static Descriptor> {
    WORLDS.iter().flat_map(|world| world.policies)
}

/// Levers.
pub fn levers() -> impl Iterator<Item = &'static Descriptor> {
    das_governance::LEVERS.iter()
}

/// Metrics.
pub fn metrics() -> impl Iterator<Item = &'static Descriptor> {
    das_core::metrics::figures::METRICS.iter()
}
