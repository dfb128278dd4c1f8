//! The keys of a sweep file, as structs: the source of its JSON Schema.
//!
//! Paths below `set`, `grid`, `zip`, `range` and `over` are those of overrides (`governance.audit_probability`,
//! `agents.deceptive.count`, `agents.*.role`); what stands at them is checked with the scenario they change. Where order and
//! place matter (configurations, columns) [`super::plan`] reads the tree; scalars come from here.

use crate::scenario::vocabulary::{self, WORLDS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Seeds, unless a file or `--seeds` says otherwise.
pub const SEEDS: u32 = 30;

/// Values by path.
type Overrides = BTreeMap<String, Value>;

/// A sweep: a base scenario, how it is varied, and what is compared.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepFile {
    /// Name of the sweep, and of its directory below `sweeps`.
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}$"))]
    pub sweep_id: String,
    /// One or two sentences for people.
    #[serde(default)]
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// The scenario that is varied, relative to this file.
    #[schemars(length(min = 1, max = 4096))]
    pub base: String,
    /// Changes to the scenario that hold everywhere.
    #[serde(default)]
    pub set: Overrides,
    /// What is compared: named sets of changes. A grid, zip, range or sample beside them varies each of them.
    #[serde(default)]
    #[schemars(length(min = 1, max = 10_000))]
    pub configurations: Vec<Configuration>,
    /// Lists of values by path; every combination is run.
    #[serde(default)]
    pub grid: BTreeMap<String, Vec<Value>>,
    /// Lists of one length by path; the first values go together, the second ones, and so on.
    #[serde(default)]
    pub zip: BTreeMap<String, Vec<Value>>,
    /// Evenly spaced values by path; every combination is run.
    #[serde(default)]
    pub range: BTreeMap<String, Range>,
    /// Independent uniform points in a box.
    #[serde(default)]
    pub random: Option<Sampling>,
    /// Points in a box, one in each stratum of each parameter (McKay, Beckman and Conover 1979).
    #[serde(default)]
    pub latin_hypercube: Option<Sampling>,
    /// Trajectories through a box, one parameter moved at a time: elementary effects (Morris 1991).
    #[serde(default)]
    pub morris: Option<Morris>,
    /// Further dimensions, each a list of named sets of changes, crossed with every configuration. Comparisons stay within a cell
    /// of these axes.
    #[serde(default)]
    pub axes: BTreeMap<String, Vec<Level>>,
    /// Runs of each cell: with the seed of the scenario, the next one, and so on, the same for all cells.
    #[serde(default = "seeds")]
    #[schemars(range(min = 1, max = 100_000))]
    pub seeds: u32,
    /// `simulation.epochs` of all cells.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epochs: Option<u32>,
    /// The configuration that the others are compared with; absent, the first.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub baseline: Option<String>,
    /// Metrics that are compared; all are in the results. Absent, the scenario's `metrics_to_track`, or without these
    /// toxicity_rate, true_harm_rate, quality_gap and true_welfare.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub metrics: Vec<String>,
    /// What makes a configuration one that helps.
    #[serde(default)]
    pub claims: Claims,
    /// Whether failure modes are looked for too (collusion among them): cells then run at detail `full`, which takes longer.
    #[serde(default)]
    pub failures: bool,
}

fn seeds() -> u32 {
    SEEDS
}

/// `configurations[]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Its name in tables.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Changes by path; none is the scenario as it stands.
    #[serde(default)]
    pub set: Overrides,
    /// The configuration that this one is compared with, if not the baseline.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub against: Option<String>,
}

/// `axes.<name>[]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its name in tables.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Changes by path.
    #[serde(default)]
    pub set: Overrides,
}

/// How a range is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Even steps.
    #[default]
    Linear,
    /// Even factors; both ends are above 0.
    Log,
}

/// `range.<path>`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
    /// Number of values, ends included.
    #[schemars(range(min = 2, max = 10_000))]
    pub steps: u32,
    /// Even steps or even factors.
    #[serde(default)]
    pub scale: Scale,
    /// Whether values are rounded to whole numbers.
    #[serde(default)]
    pub whole: bool,
}

/// `over.<path>` of a sample.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Whether values or their logarithms are uniform.
    #[serde(default)]
    pub scale: Scale,
    /// Whether values are rounded to whole numbers.
    #[serde(default)]
    pub whole: bool,
}

/// `random` and `latin_hypercube`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// Number of points.
    #[schemars(range(min = 1, max = 100_000))]
    pub samples: u32,
    /// Seed of the points, not of the runs.
    #[serde(default)]
    pub seed: u64,
    /// The box.
    pub over: BTreeMap<String, Bounds>,
}

/// `morris`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Morris {
    /// Trajectories; each has one point more than there are parameters. 10 to 50 are usual.
    #[schemars(range(min = 1, max = 10_000))]
    pub trajectories: u32,
    /// Levels of each parameter, an even number.
    #[serde(default = "levels")]
    #[schemars(range(min = 2, max = 1_000))]
    pub levels: u32,
    /// Seed of the trajectories, not of the runs.
    #[serde(default)]
    pub seed: u64,
    /// The box.
    pub over: BTreeMap<String, Bounds>,
}

fn levels() -> u32 {
    4
}

/// `claims`: a configuration helps if a measure is lower with corrected p below `alpha` and the interval of the guard's change does
/// not lie above 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// Measures that should fall; the first is the proxy.
    #[schemars(length(min = 1, max = 10))]
    pub measures: Vec<String>,
    /// What must not rise.
    pub guard: String,
    /// Level of the corrected p.
    #[schemars(range(min = 0.000_001, max = 0.5))]
    pub alpha: f64,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            measures: vec!["toxicity_rate".to_owned()],
            guard: "true_harm_rate".to_owned(),
            alpha: 0.05,
        }
    }
}

/// Names that a column of results may have: metrics, figures of the worlds, findings of failure modes.
pub fn columns() -> impl Iterator<Item = &'static str> {
    let figures = WORLDS.iter().flat_map(|world| world.figures);
    let metrics = vocabulary::metrics().chain(figures).map(|d| d.name);
    metrics.chain(super::cell::FINDINGS.iter().map(|(name, ..)| *name))
}

/// The JSON Schema of a sweep file.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut root = schemars::schema_for!(SweepFile).to_value();
        let names: Vec<&str> = columns().collect();
        let mut set = |pointer: &str, value: Value| {
            if let Some((parent, key)) = pointer.rsplit_once('/')
                && let Some(map) = root.pointer_mut(parent).and_then(Value::as_object_mut)
            {
                map.insert(key.to_owned(), value);
            }
        };
        set("/title", json!(TITLE));
        set("/properties/metrics/items/enum", json!(names));
        set("/$defs/Claims/properties/measures/items/enum", json!(names));
        set("/$defs/Claims/properties/guard/enum", json!(names));
        prune(&mut root);
        root
    })
}

/// `title` of the schema.
pub const TITLE: &str = "DAS sweep";

/// The schema as the committed file has it.
pub fn schema_text() -> String {
    let mut text = serde_json::to_string_pretty(schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// `format: double` is no format of JSON Schema, and says nothing that the type does not.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("format") == Some(&json!("double")) {
                map.remove("format");
            }
            map.values_mut().for_each(prune);
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}
