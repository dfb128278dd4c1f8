//! The JSON Schema of a scenario: generated from the structs of [`super::file`], completed with the names only registries know.
//!
//! Each world has a schema of its own, in which nothing of another world is known: [`of`]. By it scenarios are checked, so that an
//! unknown key gets the nearest name of its own world, and each world may have other defaults. [`schema`] joins them for editors,
//! with `environment.kind` as the condition. What is added here to the structs: the names of policies, roles, tools and metrics, and
//! the parameters of each policy.

use super::file::Scenario;
use super::schema_view::reference;
use super::vocabulary::{self, WORLDS, WorldNames};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The schemas of one world.
struct Made {
    scenario: Value,
    scoring: Value,
}

/// The schemas by world, made once.
fn made(world: &WorldNames) -> &'static Made {
    static MADE: OnceLock<BTreeMap<&'static str, Made>> = OnceLock::new();
    let all = MADE.get_or_init(|| {
        let make = |world: &'static WorldNames| {
            let scenario = build(&[world]);
            let scoring = lenient(&scenario);
            (world.name(), Made { scenario, scoring })
        };
        WORLDS.iter().map(make).collect()
    });
    &all[world.name()]
}

/// The schema of scenarios of one world.
pub fn of(world: &WorldNames) -> &'static Value {
    &made(world).scenario
}

/// The schema of scenarios of any world, made once.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| build(&WORLDS.iter().collect::<Vec<_>>()))
}

/// The schema of a file of which only `payoff` and `proxy` matter: a scenario whose keys may all be left out. Parameters
/// written for the public Python package pass too: its names of the weights, and its `payoff.sigmoid_k`, which it never uses.
pub fn scoring(world: &WorldNames) -> &'static Value {
    &made(world).scoring
}

fn lenient(scenario: &Value) -> Value {
    let mut root = scenario.clone();
    if let Some(map) = root.as_object_mut() {
        map.remove("required");
    }
    for (ours, theirs) in [
        ("rework", "rework_penalty"),
        ("verifier", "verifier_penalty"),
        ("engagement", "engagement_signal"),
    ] {
        let weights = "/$defs/ProxyWeights/properties";
        if let Some(weight) = root.pointer(&format!("{weights}/{ours}")).cloned() {
            set(&mut root, &format!("{weights}/{theirs}"), weight);
        }
    }
    set(
        &mut root,
        &format!("/$defs/PayoffConfig/properties/{PACKAGE_PAYOFF_KEY}"),
        json!({"type": "number"}),
    );
    root
}

/// A key of the Python package's payoff that nothing reads.
pub const PACKAGE_PAYOFF_KEY: &str = "sigmoid_k";

/// The schema as the committed file has it.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema of scenarios of these worlds: of one, or of all.
fn build(worlds: &[&'static WorldNames]) -> Value {
    let mut root = schemars::schema_for!(Scenario).to_value();
    set(&mut root, "/title", json!("DAS scenario"));
    let properties = "/properties";
    set(
        &mut root,
        &format!("{properties}/extends"),
        json!({
            "type": "string", "minLength": 1, "maxLength": 4096,
            "description": "Scenario file to build on, relative to this one: maps merge, lists and values are replaced.",
        }),
    );
    let figures = worlds.iter().flat_map(|world| world.figures);
    names(
        &mut root,
        "/properties/metrics_to_track/items",
        vocabulary::metrics().chain(figures).map(|m| m.name),
    );
    criteria(&mut root);
    let listed = || worlds.iter().filter(|world| !world.populates_itself);
    names(
        &mut root,
        "/$defs/AgentGroup/properties/type",
        listed().flat_map(|world| world.policies).map(|p| p.name),
    );
    names(
        &mut root,
        "/$defs/AgentGroup/properties/role",
        listed()
            .flat_map(|world| world.roles_or_policies())
            .map(|r| r.name),
    );
    let mut rules = Vec::new();
    for world in worlds {
        for policy in world.policies {
            parameters(&mut root, world, policy.name);
            if !world.populates_itself {
                rules.push(json!({
                    "if": { "properties": { "type": { "const": policy.name } } },
                    "then": { "properties": { "config": { "$ref": format!("#/$defs/Policy_{}", policy.name) } } },
                }));
            }
        }
    }
    set(&mut root, "/$defs/AgentGroup/allOf", Value::Array(rules));
    allowlist(&mut root, worlds);
    environments(&mut root, worlds);
    // What a schema for people has no use for.
    prune(&mut root);
    root
}

fn set(root: &mut Value, pointer: &str, value: Value) {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(map) = root.pointer_mut(parent).and_then(Value::as_object_mut) {
        map.insert(key.to_owned(), value);
    }
}

fn names(root: &mut Value, pointer: &str, names: impl Iterator<Item = &'static str>) {
    let list: Vec<&str> = names.collect();
    set(root, &format!("{pointer}/enum"), json!(list));
}

/// Criteria as one property for each metric, so that editors complete them.
fn criteria(root: &mut Value) {
    let known: Map<String, Value> = vocabulary::metrics()
        .map(|metric| {
            let entry = json!({ "$ref": "#/$defs/Criterion", "description": metric.summary });
            (metric.name.to_owned(), entry)
        })
        .collect();
    if let Some(map) = root
        .pointer_mut("/properties/success_criteria")
        .and_then(Value::as_object_mut)
    {
        map.insert("properties".to_owned(), Value::Object(known));
        map.insert("additionalProperties".to_owned(), json!(false));
    }
}

/// `$defs.Policy_<name>`: the parameters of a policy.
fn parameters(root: &mut Value, world: &WorldNames, policy: &str) {
    let mut schema = (world.parameters)(policy).map_or(Value::Null, schemars::Schema::to_value);
    if let Some(map) = schema.as_object_mut() {
        map.remove("$schema");
        map.insert(
            "description".to_owned(),
            json!(format!("Parameters of the policy `{policy}`.")),
        );
    }
    adopt(root, &mut schema);
    set(root, &format!("/$defs/Policy_{policy}"), schema);
}

/// Moves the definitions of a schema that becomes a part of another one to where references look for them.
fn adopt(root: &mut Value, part: &mut Value) {
    let Some(Value::Object(definitions)) = part.as_object_mut().and_then(|map| map.remove("$defs"))
    else {
        return;
    };
    for (name, definition) in definitions {
        set(root, &format!("/$defs/{name}"), definition);
    }
}

/// `environment:`: of one world its keys as they are, which editors complete best; of several by `kind`.
fn environments(root: &mut Value, worlds: &[&'static WorldNames]) {
    let kinds: Vec<&str> = WORLDS.iter().map(WorldNames::name).collect();
    let kind = json!({
        "type": "string", "enum": kinds, "default": kinds[0], "description": "The world.",
    });
    for world in worlds {
        let mut keys = (world.keys)().to_value();
        adopt(root, &mut keys);
        if let Some(map) = keys.as_object_mut() {
            map.remove("$schema");
        }
        set(&mut keys, "/properties/kind", kind.clone());
        let place = format!("/$defs/World_{}", world.name());
        set(root, &place, keys);
        if world.populates_itself {
            own_agents(root, world, &place);
        }
    }
    if let Some(map) = root.get_mut("$defs").and_then(Value::as_object_mut) {
        map.remove("World");
    }
    let reference = |world: &WorldNames| json!(format!("#/$defs/World_{}", world.name()));
    if let [world] = worlds {
        set(root, "/properties/environment/$ref", reference(world));
        defaults(root, world);
        return;
    }
    set(
        root,
        "/properties/environment",
        json!({
            "type": "object", "properties": {"kind": kind},
            "description": "The world they live in; its keys depend on its `kind`.",
        }),
    );
    set(root, "/required", json!(["scenario_id"]));
    let rule = |world: &&WorldNames| {
        let mut environment = json!({"properties": {"kind": {"const": world.name()}}});
        let mut condition = json!({});
        let mut then = json!({"properties": {"environment": {"$ref": reference(world)}}});
        // Without `kind`, or without `environment`, the first world is meant: its condition holds for what is absent.
        if world.name() != kinds[0] {
            set(&mut environment, "/required", json!(["kind"]));
            set(&mut condition, "/required", json!(["environment"]));
        }
        set(
            &mut condition,
            "/properties",
            json!({"environment": environment}),
        );
        if world.populates_itself {
            set(&mut then, "/properties/agents", json!({"maxItems": 0}));
        } else {
            set(&mut then, "/required", json!(["agents"]));
        }
        json!({"if": condition, "then": then})
    };
    let rules: Vec<Value> = worlds.iter().map(rule).collect();
    set(root, "/allOf", Value::Array(rules));
}

/// A world that makes its own agents: their parameters stand in its own block, and `agents` is empty.
fn own_agents(root: &mut Value, world: &WorldNames, place: &str) {
    let agents = root.pointer(&format!("{place}/properties/agents"));
    let target = agents
        .and_then(reference)
        .map(|to| format!("{to}/properties"));
    for policy in world.policies {
        if let Some(target) = &target {
            let parameters = json!({"$ref": format!("#/$defs/Policy_{}", policy.name)});
            set(root, &format!("{target}/{}", policy.name), parameters);
        }
    }
}

/// What is special in the schema of one world: who lists agents, and defaults of its own.
fn defaults(root: &mut Value, world: &WorldNames) {
    if world.populates_itself {
        let help = format!(
            "Nobody: `{}` makes its own agents; parameters of its policies stand under `environment.agents`.",
            world.name()
        );
        let agents = json!({"type": "array", "maxItems": 0, "default": [], "description": help});
        set(root, "/properties/agents", agents);
        if let Some(map) = root.get_mut("$defs").and_then(Value::as_object_mut) {
            map.remove("AgentGroup");
        }
        set(
            root,
            "/properties/environment/default",
            json!({"kind": world.name()}),
        );
    } else {
        set(root, "/required", json!(["scenario_id", "agents"]));
    }
    let overlay = (world.defaults)();
    for (block, keys) in overlay.as_object().into_iter().flatten() {
        let target = root
            .pointer(&format!("/properties/{block}"))
            .and_then(reference);
        for (key, value) in keys.as_object().into_iter().flatten() {
            if let Some(target) = &target {
                let place = format!("{target}/properties/{key}/default");
                set(root, &place, value.clone());
            }
            let place = format!("/properties/{block}/default/{key}");
            set(root, &place, value.clone());
        }
    }
}

/// `safety.tool_allowlist`: tools by role.
fn allowlist(root: &mut Value, worlds: &[&'static WorldNames]) {
    let roles = worlds.iter().flat_map(|world| {
        world
            .roles_or_policies()
            .iter()
            .map(move |role| (world, role))
    });
    let known: Map<String, Value> = roles
        .map(|(world, role)| {
            let entry = json!({
                "type": "array", "items": { "type": "string", "enum": world.tools }, "description": role.summary,
            });
            (role.name.to_owned(), entry)
        })
        .collect();
    let at = "/$defs/SafetyConfig/properties/tool_allowlist";
    set(root, &format!("{at}/properties"), Value::Object(known));
    set(root, &format!("{at}/additionalProperties"), json!(false));
}

/// Formats that JSON Schema does not know say nothing that `minimum` and `maximum` do not.
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
