//! From a checked tree to typed values: the one place that uses `serde_yaml`.

use super::file::{Scenario, World};
use super::nearest::nearest;
use super::problem::{Code, Problem, Problems, Span};
use super::scalar::{self, Scalar};
use super::schema;
use super::schema_view::{at_path, concrete};
use super::span::{Entry, Node, Value};
use super::vocabulary::{self, WORLDS, WorldNames};
use das_core::config::SimulationConfig;
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use dosadi_world::config::ConfigProblem;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// The world a tree means: the one of its `kind`, else the first.
pub fn world_of(tree: &Node) -> &'static WorldNames {
    let kind = tree.get("environment").and_then(|e| e.get("kind"));
    let named = kind.and_then(Node::text).and_then(vocabulary::world);
    named.unwrap_or(&WORLDS[0])
}

/// Writes out what may be left out and has no place in a struct's defaults: the world's `kind`, and what that world has other
/// defaults for. Says which world it is.
pub fn fill(tree: &mut Node) -> &'static WorldNames {
    if let Value::Map(entries) = &mut tree.value
        && let Some(entry) = entries.iter_mut().find(|entry| entry.key == "environment")
    {
        add(&mut entry.node, "kind", &Json::from(WORLDS[0].name()));
    }
    let world = world_of(tree);
    add_all(tree, &(world.defaults)());
    world
}

/// Adds the keys that are missing, at any depth. What has another type than a map is left for the schema to complain about.
fn add_all(node: &mut Node, given: &Json) {
    for (key, value) in given.as_object().into_iter().flatten() {
        match &mut node.value {
            Value::Map(entries) => match entries.iter_mut().find(|entry| entry.key == *key) {
                Some(entry) => add_all(&mut entry.node, value),
                None => add(node, key, value),
            },
            _ => return,
        }
    }
}

/// Adds a key, unless it is there.
fn add(node: &mut Node, key: &str, value: &Json) {
    let at = node.at;
    if let Value::Map(entries) = &mut node.value
        && !entries.iter().any(|entry| entry.key == key)
    {
        let mut new = Node {
            value: match value {
                Json::Object(_) => Value::Map(Vec::new()),
                Json::String(text) => Value::Scalar(Scalar::Text(text.clone()), text.clone()),
                other => Value::Scalar(scalar::resolve(&other.to_string()), other.to_string()),
            },
            at,
        };
        add_all(&mut new, value);
        entries.push(Entry {
            key: key.to_owned(),
            key_at: at,
            node: new,
        });
    }
}

/// Says once that there is no such world, in place of every complaint about its keys. `from` is the number of problems before the
/// schema was walked.
pub fn unknown_world(tree: &Node, problems: &mut Problems, from: usize) {
    let Some(node) = tree.get("environment").and_then(|e| e.get("kind")) else {
        return;
    };
    let Some(name) = node.text() else {
        return;
    };
    if vocabulary::world(name).is_some() {
        return;
    }
    let known: Vec<&str> = WORLDS.iter().map(WorldNames::name).collect();
    let mut at = 0;
    problems.list.retain(|problem| {
        at += 1;
        // Whether agents are to be listed depends on the world too.
        at <= from || !(problem.path.starts_with("environment.") || problem.path == "agents")
    });
    let shown = super::problem::shortened(name);
    let message = format!("there is no world `{shown}`, only: {}", known.join(", "));
    let near = nearest(name, known.iter().copied());
    problems
        .push(Problem::new(Code::UnknownName, node.at, "environment.kind", message).suggest(near));
}

/// Says of a key that this world does not know and another does whose it is. `from` as above.
pub fn keys_of_others(world: &WorldNames, problems: &mut Problems, from: usize) {
    for problem in problems.list.iter_mut().skip(from) {
        if problem.code != Code::UnknownKey || !problem.path.starts_with("environment.") {
            continue;
        }
        let knows = |other: &&WorldNames| {
            other.name() != world.name() && at_path(schema::of(other), &problem.path).is_some()
        };
        if let Some(other) = WORLDS.iter().find(knows) {
            problem.suggestion = None;
            problem.help = Some(format!(
                "it is a key of `kind: {}`, this is `kind: {}`",
                other.name(),
                world.name()
            ));
        }
    }
}

/// What the world finds wrong with its own keys, or odd, each at its place. `from` is the number of problems before the schema was
/// walked: a block that does not fit its schema is not looked at.
pub fn world_problems(tree: &Node, problems: &mut Problems, warnings: &mut Problems, from: usize) {
    let Some(block) = tree.get("environment") else {
        return;
    };
    let fits = |problem: &Problem| !problem.path.starts_with("environment");
    if !problems.list[from..].iter().all(fits) {
        return;
    }
    let Some(world) = read::<World>(block, problems) else {
        return;
    };
    let located = |ConfigProblem { path, message }| {
        // A list's entry is `list[3]` in the world's words and `list.3` in a scenario's.
        let path = path.replace('[', ".").replace(']', "");
        let at = place(block, &path);
        let path = format!("environment.{path}");
        let message = format!("`{path}`: {message}");
        Problem::new(Code::World, at, path, message)
    };
    let mut found = world.problems();
    if found.is_empty() {
        found = seed(tree).map_or_else(Vec::new, |seed| world.problems_with_seed(seed));
    }
    (found.into_iter().map(located)).for_each(|problem| problems.push(problem));
    (world.warnings().into_iter().map(located)).for_each(|problem| warnings.push(problem));
}

/// The seed; `None` if what is written is no seed, which the schema complains about.
fn seed(tree: &Node) -> Option<u64> {
    let written = tree.get("simulation").and_then(|s| s.get("seed"));
    match written.map(|node| &node.value) {
        None => Some(SimulationConfig::default().seed),
        Some(Value::Scalar(Scalar::Int(seed), _)) => u64::try_from(*seed).ok(),
        Some(_) => None,
    }
}

/// Where a dotted path stands, or as much of it as is there.
fn place(from: &Node, path: &str) -> Span {
    let mut node = from;
    for segment in path.split('.') {
        let entry = segment.parse::<usize>().ok();
        let below = node
            .get(segment)
            .or_else(|| entry.and_then(|at| node.list()?.get(at)));
        match below {
            Some(below) => node = below,
            None => break,
        }
    }
    node.at
}

/// The scenario of a tree that passed every check, with the defaults of its policies written out.
pub fn scenario(tree: &Node, problems: &mut Problems) -> Option<Scenario> {
    let mut scenario: Scenario = read(tree, problems)?;
    let root = schema::of(world_of(tree));
    for group in &mut scenario.agents {
        complete(&group.kind, root, |name, value| {
            group.config.entry(name).or_insert(value);
        });
    }
    if let World::Dosadi(config) = &mut scenario.environment {
        // The policies' names are the world's own affair: its block is completed as the map it is.
        let mut agents = serde_json::to_value(&config.agents).unwrap_or_default();
        for (policy, given) in agents.as_object_mut().into_iter().flatten() {
            if let Some(given) = given.as_object_mut() {
                complete(policy, root, |name, value| {
                    given.entry(name).or_insert(value);
                });
            }
        }
        match serde_json::from_value(agents) {
            Ok(agents) => config.agents = agents,
            Err(error) => {
                let message = format!("cannot be used: {error}");
                problems.push(Problem::new(
                    Code::WrongType,
                    tree.at,
                    "environment.agents",
                    message,
                ));
                return None;
            }
        }
    }
    Some(scenario)
}

/// Offers the default of every parameter of a policy that has one.
fn complete(policy: &str, root: &Json, mut offer: impl FnMut(String, Json)) {
    let parameters = root.pointer(&format!("/$defs/Policy_{policy}/properties"));
    for (name, sub) in parameters.and_then(Json::as_object).into_iter().flatten() {
        let default = sub
            .get("default")
            .or_else(|| concrete(sub, root).get("default"));
        if let Some(value) = default.filter(|value| !value.is_null()) {
            offer(name.clone(), value.clone());
        }
    }
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

/// A typed value of a tree that passed its schema.
pub(crate) fn read<T: DeserializeOwned>(node: &Node, problems: &mut Problems) -> Option<T> {
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
