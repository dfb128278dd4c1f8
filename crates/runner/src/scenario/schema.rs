//! The JSON Schema of a scenario: generated from the structs of [`super::file`], completed with the names only registries know.
//!
//! One schema serves editors, `das check`, overrides, `das explain` and the reference pages. What is added here: the names of
//! policies, roles, tools and metrics, and the parameters of each policy under its `config`.

use super::file::Scenario;
use super::vocabulary;
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

/// The schema, made once.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(build)
}

/// The schema of a file of which only `payoff` and `proxy` matter: a scenario whose keys may all be left out. Parameters
/// written for the public Python package pass too: its names of the weights, and its `payoff.sigmoid_k`, which it never uses.
pub fn scoring() -> &'static Value {
    static SCORING: OnceLock<Value> = OnceLock::new();
    SCORING.get_or_init(|| {
        let mut root = schema().clone();
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
    })
}

/// A key of the Python package's payoff that nothing reads.
pub const PACKAGE_PAYOFF_KEY: &str = "sigmoid_k";

/// The schema as the committed file has it.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(schema()).unwrap_or_default();
    text.push('\n');
    text
}

fn build() -> Value {
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
    names(
        &mut root,
        "/properties/metrics_to_track/items",
        vocabulary::metrics().map(|m| m.name),
    );
    criteria(&mut root);
    names(
        &mut root,
        "/$defs/AgentGroup/properties/type",
        vocabulary::policies().map(|p| p.name),
    );
    names(
        &mut root,
        "/$defs/AgentGroup/properties/role",
        vocabulary::roles().map(|r| r.name),
    );
    policies(&mut root);
    allowlist(&mut root);
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

/// For each policy: if `type` is its name, `config` has its parameters.
fn policies(root: &mut Value) {
    let mut rules = Vec::new();
    for policy in vocabulary::policies() {
        let mut parameters = vocabulary::parameters(policy.name);
        if let Some(map) = parameters.as_object_mut() {
            map.remove("$schema");
            map.insert(
                "description".to_owned(),
                json!(format!("Parameters of the policy `{}`.", policy.name)),
            );
        }
        let name = format!("Policy_{}", policy.name);
        set(root, &format!("/$defs/{name}"), parameters);
        rules.push(json!({
            "if": { "properties": { "type": { "const": policy.name } } },
            "then": { "properties": { "config": { "$ref": format!("#/$defs/{name}") } } },
        }));
    }
    set(root, "/$defs/AgentGroup/allOf", Value::Array(rules));
}

/// `safety.tool_allowlist`: tools by role.
fn allowlist(root: &mut Value) {
    let tools: Vec<&str> = vocabulary::tools().collect();
    let known: Map<String, Value> = vocabulary::roles()
        .map(|role| {
            let entry = json!({
                "type": "array", "items": { "type": "string", "enum": tools }, "description": role.summary,
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
