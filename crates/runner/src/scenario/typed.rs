//! From a checked tree to typed values: the one place that uses `serde_yaml`.

use super::file::{Scenario, World};
use super::nearest::nearest;
use super::problem::{Code, Problem, Problems};
use super::scalar::Scalar;
use super::schema_view::concrete;
use super::span::{Entry, Node, Value};
use super::{schema, vocabulary};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Writes out what may be left out and has no place in a struct's defaults: the world's `kind`.
pub fn fill(tree: &mut Node) {
    if let Value::Map(entries) = &mut tree.value
        && let Some(entry) = entries.iter_mut().find(|entry| entry.key == "environment")
    {
        let at = entry.node.at;
        if let Value::Map(keys) = &mut entry.node.value
            && !keys.iter().any(|key| key.key == "kind")
        {
            let text = "commons".to_owned();
            let value = Value::Scalar(Scalar::Text(text.clone()), text);
            keys.push(Entry {
                key: "kind".to_owned(),
                key_at: at,
                node: Node { value, at },
            });
        }
    }
}

/// Says once that a known world is not in this build, in place of every complaint about its keys. `from` is the number of
/// problems before the schema was walked.
pub fn absent_worlds(tree: &Node, problems: &mut Problems, from: usize) {
    let Some(node) = tree.get("environment").and_then(|e| e.get("kind")) else {
        return;
    };
    let Some(name) = node.text() else {
        return;
    };
    let known: Vec<&str> = vocabulary::environments().map(|e| e.name).collect();
    if known.contains(&name) {
        return;
    }
    let mut at = 0;
    problems.list.retain(|problem| {
        at += 1;
        at <= from || !problem.path.starts_with("environment.")
    });
    let shown = super::problem::shortened(name);
    let message = if vocabulary::ABSENT_ENVIRONMENTS.contains(&name) {
        format!(
            "the world `{shown}` is not available in this build, which has: {}",
            known.join(", ")
        )
    } else {
        format!("there is no world `{shown}`, only: {}", known.join(", "))
    };
    let near = nearest(name, known.iter().copied());
    problems
        .push(Problem::new(Code::UnknownName, node.at, "environment.kind", message).suggest(near));
}

/// The scenario of a tree that passed every check, with the defaults of its policies written out.
pub fn scenario(tree: &Node, problems: &mut Problems) -> Option<Scenario> {
    let mut scenario: Scenario = read(tree, problems)?;
    let root = schema::schema();
    for group in &mut scenario.agents {
        let parameters = root.pointer(&format!("/$defs/Policy_{}/properties", group.kind));
        for (name, sub) in parameters.and_then(Json::as_object).into_iter().flatten() {
            let default = sub
                .get("default")
                .or_else(|| concrete(sub, root).get("default"));
            if let Some(value) = default.filter(|value| !value.is_null()) {
                group
                    .config
                    .entry(name.clone())
                    .or_insert_with(|| value.clone());
            }
        }
    }
    let World::Commons(_) = scenario.environment;
    Some(scenario)
}

/// `payoff` and `proxy` of a tree that passed the schema.
pub fn scoring(tree: &Node, problems: &mut Problems) -> Option<(PayoffConfig, ProxyConfig)> {
    let payoff = match tree.get("payoff").cloned() {
        None => PayoffConfig::default(),
        Some(mut node) => {
            if let Value::Map(entries) = &mut node.value {
                entries.retain(|entry| entry.key != schema::PACKAGE_PAYOFF_KEY);
            }
            read(&node, problems)?
        }
    };
    let proxy = tree
        .get("proxy")
        .map_or(Some(ProxyConfig::default()), |node| read(node, problems))?;
    Some((payoff, proxy))
}

fn read<T: DeserializeOwned>(node: &Node, problems: &mut Problems) -> Option<T> {
    match serde_yaml::from_value(yaml(node)) {
        Ok(value) => Some(value),
        Err(error) => {
            // The schema comes from the same structs, so this means that the two disagree; still an error, never a panic.
            let message = format!("cannot be used: {error}");
            problems.push(Problem::new(Code::WrongType, node.at, "", message));
            None
        }
    }
}

fn yaml(node: &Node) -> serde_yaml::Value {
    use serde_yaml::Value as Yaml;
    match &node.value {
        Value::Scalar(Scalar::Bool(value), _) => Yaml::Bool(*value),
        Value::Scalar(Scalar::Int(value), _) => match u64::try_from(*value) {
            Ok(value) => Yaml::Number(value.into()),
            Err(_) => Yaml::Number((*value as i64).into()),
        },
        Value::Scalar(Scalar::Float(value), _) => Yaml::Number((*value).into()),
        Value::Scalar(Scalar::Text(text), _) => Yaml::String(text.clone()),
        Value::Scalar(Scalar::Null | Scalar::NotFinite | Scalar::Ambiguous(_), _)
        | Value::Reported => Yaml::Null,
        Value::List(nodes) => Yaml::Sequence(nodes.iter().map(yaml).collect()),
        Value::Map(entries) => Yaml::Mapping(
            entries
                .iter()
                .map(|entry| (Yaml::String(entry.key.clone()), yaml(&entry.node)))
                .collect(),
        ),
    }
}

/// The resolved scenario as YAML, for `scenario.resolved.yaml`: it loads to the same scenario.
pub fn to_yaml(scenario: &Scenario) -> String {
    let mut value = serde_yaml::to_value(scenario).unwrap_or_default();
    // A log keeps seeds as text; a scenario has numbers.
    if let Some(seed) = value.get_mut("simulation").and_then(|s| s.get_mut("seed")) {
        *seed = serde_yaml::Value::Number(scenario.simulation.seed.into());
    }
    serde_yaml::to_string(&value).unwrap_or_default()
}
