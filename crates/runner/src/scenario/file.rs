//! The typed scenario: what a file, its bases and its overrides come to.
//!
//! The structs are the single source of the JSON Schema ([`super::schema`]), of defaults and of the resolved scenario. Fields
//! serialise in the order they stand here, which is the order of line 0 of a log. A [`Scenario`] that came out of
//! [`super::load`] has been checked; one that was built by hand has not.

use das_core::agent::AgentSpec;
use das_core::config::{Detail, SafetyConfig, SimulationConfig};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_env::config::EnvironmentConfig;
use das_governance::config::GovernanceConfig;
use dosadi_world::DosadiConfig;
use dosadi_world::config::ConfigProblem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most agents in a scenario.
pub const MAX_AGENTS: u64 = 1_000_000;

/// A whole scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name of the scenario, and of its run directory.
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}$"))]
    pub scenario_id: String,
    /// The social pattern that the scenario is about, e.g. `reputation_competition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}$"))]
    pub motif: Option<String>,
    /// One or two sentences for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// Who takes part: groups of equal agents, in the order of registration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000))]
    pub agents: Vec<AgentGroup>,
    /// The world they live in.
    #[serde(default)]
    pub environment: World,
    /// Which levers act.
    #[serde(default)]
    pub governance: GovernanceConfig,
    /// What an interaction is worth.
    #[serde(default)]
    pub payoff: PayoffConfig,
    /// How observables become a probability.
    #[serde(default)]
    pub proxy: ProxyConfig,
    /// The safety rails.
    #[serde(default)]
    pub safety: SafetyConfig,
    /// How long, in which order, from which seed.
    #[serde(default)]
    pub simulation: SimulationConfig,
    /// Metrics that are printed and plotted; all are computed.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub metrics_to_track: Vec<String>,
    /// What the run must come to: bounds by metric. A run that misses one ends with exit code 10.
    #[serde(default)]
    pub success_criteria: BTreeMap<String, Criterion>,
    /// Where the log goes and how much is in it.
    #[serde(default)]
    pub outputs: Outputs,
}

/// `agents[]`: some agents of one policy and role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentGroup {
    /// Policy, by its name in the registry.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub count: u32,
    /// First part of their names (`name.1`, `name.2`, …); absent, the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}$"))]
    pub name: Option<String>,
    /// Role: which tools they may use.
    #[serde(default = "worker")]
    pub role: String,
    /// Parameters of the policy; absent ones have the policy's defaults.
    #[serde(default)]
    pub config: BTreeMap<String, serde_json::Value>,
}

fn one() -> u32 {
    1
}

fn worker() -> String {
    "worker".to_owned()
}

impl AgentGroup {
    /// First part of the names of its agents.
    pub fn base_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.kind)
    }
}

/// `environment:` the world, by its `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum World {
    /// Feed, tasks and trades.
    Commons(Box<EnvironmentConfig>),
    /// A city that populates itself.
    Dosadi(Box<DosadiConfig>),
}

impl Default for World {
    fn default() -> Self {
        Self::Commons(Box::default())
    }
}

impl World {
    /// Its name, as in `environment.kind`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Commons(_) => das_env::commons::ENVIRONMENT.name,
            Self::Dosadi(_) => dosadi_world::ENVIRONMENT.name,
        }
    }

    /// Whether it can be saved in a vault.
    pub fn has_vaults(&self) -> bool {
        matches!(self, Self::Dosadi(_))
    }

    /// Directory of a saved world it starts from.
    pub fn vault(&self) -> Option<&str> {
        match self {
            Self::Commons(_) => None,
            Self::Dosadi(config) => config.vault.as_deref(),
        }
    }

    /// Mistakes that no single range shows, each with its path below `environment`.
    pub fn problems(&self) -> Vec<ConfigProblem> {
        match self {
            Self::Commons(_) => Vec::new(),
            Self::Dosadi(config) => config.problems(),
        }
    }

    /// Mistakes that show on the map of a seed alone, likewise, in a world without [`World::problems`].
    pub fn problems_with_seed(&self, seed: u64) -> Vec<ConfigProblem> {
        match self {
            Self::Commons(_) => Vec::new(),
            Self::Dosadi(config) => config.problems_with_seed(seed),
        }
    }

    /// What is allowed and odd, likewise.
    pub fn warnings(&self) -> Vec<ConfigProblem> {
        match self {
            Self::Commons(_) => Vec::new(),
            Self::Dosadi(config) => dosadi_world::generate::written::warnings(config),
        }
    }
}

impl JsonSchema for World {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "World".into()
    }

    /// A place for the keys of a world: [`super::schema`] puts them there.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object"})
    }
}

/// `success_criteria.<metric>`: bounds of a metric, both inclusive. At least one bound is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Least value that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest value that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether every epoch must pass; otherwise the metric is pooled over the run.
    #[serde(default)]
    pub per_epoch: bool,
}

impl Criterion {
    /// Whether a value passes. NaN never does.
    pub fn passes(&self, value: f64) -> bool {
        !value.is_nan()
            && self.min.is_none_or(|min| value >= min)
            && self.max.is_none_or(|max| value <= max)
    }
}

/// `outputs:` never changes the simulation or its state hash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Outputs {
    /// Path of the log; absent, `runs/<scenario_id>-s<seed>/events.jsonl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub event_log: Option<String>,
    /// Which lines are written.
    pub detail: Detail,
    /// Whether the seal of every step has the state hash, not only that of an epoch's end.
    #[serde(skip_serializing_if = "is_false")]
    pub heavy: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The scenario as line 0 has it.
#[derive(Serialize)]
struct Logged<'s> {
    scenario_id: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    motif: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'s str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    agents: &'s [AgentGroup],
    environment: &'s World,
    governance: &'s GovernanceConfig,
    payoff: &'s PayoffConfig,
    proxy: &'s ProxyConfig,
    safety: &'s SafetyConfig,
    simulation: &'s SimulationConfig,
    metrics_to_track: &'s [String],
    success_criteria: &'s BTreeMap<String, Criterion>,
    detail: Detail,
    #[serde(skip_serializing_if = "is_false")]
    heavy: bool,
}

impl Scenario {
    /// The resolved scenario as line 0 of a log has it: one JSON object, fixed field order, without `outputs` but with what of
    /// it changes the lines: `detail` and `heavy`.
    pub fn to_log_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.logged())
    }

    /// What [`Scenario::to_log_json`] writes, as a part of something larger.
    pub fn log_value(&self) -> impl Serialize + '_ {
        self.logged()
    }

    fn logged(&self) -> Logged<'_> {
        // Destructured, so that a new field does not compile until it is logged.
        let Self {
            scenario_id,
            motif,
            description,
            agents,
            environment,
            governance,
            payoff,
            proxy,
            safety,
            simulation,
            metrics_to_track,
            success_criteria,
            outputs,
        } = self;
        Logged {
            scenario_id,
            motif: motif.as_deref(),
            description: description.as_deref(),
            agents,
            environment,
            governance,
            payoff,
            proxy,
            safety,
            simulation,
            metrics_to_track,
            success_criteria,
            detail: outputs.detail,
            heavy: outputs.heavy,
        }
    }

    /// Reads what [`Scenario::to_log_json`] wrote. The result equals the scenario it was written from, without
    /// `outputs.event_log`.
    pub fn from_log_json(text: &str) -> serde_json::Result<Self> {
        let mut value: serde_json::Value = serde_json::from_str(text)?;
        if let Some(map) = value.as_object_mut() {
            let outputs: serde_json::Map<_, _> = ["detail", "heavy"]
                .into_iter()
                .filter_map(|key| map.remove_entry(key))
                .collect();
            map.insert("outputs".to_owned(), outputs.into());
        }
        serde_json::from_value(value)
    }

    /// How many agents there are at the start; `None` where the world makes them.
    pub fn agent_count(&self) -> Option<u64> {
        let listed = matches!(self.environment, World::Commons(_));
        listed.then(|| self.agents.iter().map(|group| u64::from(group.count)).sum())
    }

    /// Every agent that is listed, in the order of registration. Names are `base.1`, `base.2`, …, counted on over groups with the same base, so
    /// that an agent added at the end of a group with a base of its own renames nobody.
    pub fn agent_specs(&self) -> impl Iterator<Item = AgentSpec> + '_ {
        let mut used: BTreeMap<&str, u32> = BTreeMap::new();
        self.agents.iter().flat_map(move |group| {
            let first = used.entry(group.base_name()).or_insert(0);
            let from = *first + 1;
            *first += group.count;
            let config = serde_json::to_string(&group.config).unwrap_or_default();
            (from..from + group.count).map(move |number| AgentSpec {
                name: format!("{}.{number}", group.base_name()),
                kind: group.kind.clone(),
                role: group.role.clone(),
                config: config.clone(),
            })
        })
    }
}
