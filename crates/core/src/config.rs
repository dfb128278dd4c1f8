//! Configuration the core itself reads: the scenario's `simulation`, `safety` and `outputs.detail`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Order of turns within a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnOrder {
    /// By registration, starting one agent later each step.
    #[default]
    RoundRobin,
    /// Shuffled each step by a keyed draw.
    Random,
    /// By reputation, highest first; ties by registration.
    Priority,
}

/// Whether agents see what earlier agents of the step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Each agent sees what earlier agents of the step did.
    #[default]
    Sequential,
    /// All agents decide on the same snapshot, in parallel; answers and settlements stay in order.
    Simultaneous,
}

/// `simulation:` how long, in which order, from which seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SimulationConfig {
    /// Number of epochs.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epochs: u32,
    /// Steps in an epoch.
    #[schemars(range(min = 1, max = 100_000))]
    pub steps_per_epoch: u32,
    /// Seed of every draw of the run.
    #[serde(with = "seed_text")]
    #[schemars(with = "u64")]
    pub seed: u64,
    /// Order of turns.
    pub turn_order: TurnOrder,
    /// Sequential or simultaneous decisions.
    pub activation: Activation,
}

impl Default for SimulationConfig {
    fn default() -> Self {
        Self {
            epochs: 10,
            steps_per_epoch: 10,
            seed: 42,
            turn_order: TurnOrder::RoundRobin,
            activation: Activation::Sequential,
        }
    }
}

/// Seeds are text in the log (a JSON number above 2⁵³ is changed by jq) and a plain number in YAML.
pub mod seed_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes text.
    pub fn serialize<S: Serializer>(seed: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(seed)
    }

    /// Reads text or a number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Seed {
            Number(u64),
            Text(String),
        }
        match Seed::deserialize(from)? {
            Seed::Number(n) => Ok(n),
            Seed::Text(t) => t.parse().map_err(D::Error::custom),
        }
    }
}

/// `safety:` the rails. Every refusal is an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SafetyConfig {
    /// Posts and replies an agent may publish in an epoch.
    pub max_posts_per_epoch: u32,
    /// Interactions an agent may have in a step, asked and answered together.
    pub max_interactions_per_step: u32,
    /// Characters in a post.
    pub max_content_length: u32,
    /// Steps (seconds in the plan, rounded up) between two posts of an agent.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub min_time_between_posts: f64,
    /// Credits that may leave an agent by its own choice in an epoch.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub budget_per_epoch: f64,
    /// Whether a `STOP` file or the API may end the run.
    pub kill_switch_enabled: bool,
    /// Token bucket: actions and offers an agent can save up; absent, there is no bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub bucket_capacity: Option<u32>,
    /// Token bucket: tokens added each step.
    #[schemars(range(min = 1))]
    pub bucket_refill: u32,
    /// Tools by role, in place of the role's own list.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub tool_allowlist: std::collections::BTreeMap<String, Vec<String>>,
}

impl Default for SafetyConfig {
    fn default() -> Self {
        Self {
            max_posts_per_epoch: 10,
            max_interactions_per_step: 5,
            max_content_length: 1000,
            min_time_between_posts: 1.0,
            budget_per_epoch: 100.0,
            kill_switch_enabled: true,
            bucket_capacity: None,
            bucket_refill: 4,
            tool_allowlist: std::collections::BTreeMap::new(),
        }
    }
}

/// What flows back from the treasury.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TreasuryPolicy {
    /// Nothing.
    #[default]
    Keep,
    /// All of it in equal parts to live agents at the end of each epoch; what cannot be divided stays.
    Dividend,
}

/// Which lines are written. Never changes the simulation or the state hash.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Epoch results, lifecycle, faults, inputs.
    Epochs,
    /// And every scored interaction, refusal and act of governance.
    Interactions,
    /// And every post, vote, task step and the agents' state at the end of each epoch.
    #[default]
    Full,
}
