//! What somebody asked for, not yet resolved: a sweep file, a scenario with lists on the command line, or calls of the library.
//!
//! Places are kept, so that whatever [`super::plan`] finds wrong later is reported where it was written. Invariant: a draft whose
//! reading has no problems has passed the JSON Schema of a sweep. Not here: the cells.

use super::file::{self, Claims, Morris, SEEDS, SweepFile};
use super::points::{self, Assign, Dimension};
use crate::scenario::layers::Reading;
use crate::scenario::nearest::nearest;
use crate::scenario::problem::{Code, Problem, Span};
use crate::scenario::schema_view::{at_path, concrete, types};
use crate::scenario::source::{self, Origin};
use crate::scenario::span::{self, Base, Node, Value};
use crate::scenario::{self, Scenario, ScenarioErrors, overrides, schema, schema_walk, typed};
use std::path::{Path, PathBuf};

/// A named set of changes.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name; empty where there is but one and nobody named it.
    pub name: String,
    /// Where the name stands.
    pub at: Span,
    /// The changes.
    pub sets: Vec<Assign>,
    /// What it is compared with, if not the baseline.
    pub against: Option<(String, Span)>,
}

/// A sweep as it was asked for.
pub struct Draft {
    /// Sources, files and problems.
    pub reading: Reading,
    /// The base scenario.
    pub base: Node,
    /// How the sweep file names the base; the file name, without one.
    pub base_name: String,
    /// Where the base lies, for the command that makes a cell again.
    pub base_path: PathBuf,
    /// Name of the sweep.
    pub sweep_id: String,
    /// For people.
    pub description: Option<String>,
    /// Changes that hold everywhere.
    pub set: Vec<Assign>,
    /// Named configurations; at least one.
    pub configurations: Vec<Choice>,
    /// What varies each of them.
    pub dimensions: Vec<Dimension>,
    /// Named axes.
    pub axes: Vec<(String, Span, Vec<Choice>)>,
    /// Runs of each cell.
    pub seeds: u32,
    /// What the others are compared with.
    pub baseline: Option<(String, Span)>,
    /// What is compared.
    pub metrics: Vec<String>,
    /// What makes a configuration help.
    pub claims: Claims,
    /// The design, if there is one.
    pub morris: Option<Morris>,
    /// Whether failure modes are looked for.
    pub failures: bool,
    /// What was found to be allowed and odd.
    pub warnings: Vec<String>,
}

impl Draft {
    /// A base that nothing varies yet.
    fn plain(reading: Reading, base: Node, path: &Path, sweep_id: String) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self {
            reading,
            base,
            base_name: name.to_string_lossy().into_owned(),
            base_path: path.to_owned(),
            sweep_id,
            description: None,
            set: Vec::new(),
            configurations: Vec::new(),
            dimensions: Vec::new(),
            axes: Vec::new(),
            seeds: SEEDS,
            baseline: None,
            metrics: Vec::new(),
            claims: Claims::default(),
            morris: None,
            failures: false,
            warnings: Vec::new(),
        }
    }

    /// A sweep of a scenario that is there already.
    pub fn of_scenario(scenario: &Scenario) -> Result<Self, ScenarioErrors> {
        let mut reading = Reading::default();
        let text = typed::to_yaml(scenario);
        let source = reading.add(Origin::Override("scenario".to_owned()), &text);
        let base = Base { source, columns: 0 };
        match span::parse(&text, base, &mut reading.problems) {
            Some(tree) => {
                let id = scenario.scenario_id.clone();
                Ok(Self::plain(reading, tree, Path::new("scenario.yaml"), id))
            }
            None => Err(scenario::errors(reading)),
        }
    }

    /// A sweep file, or a scenario, with words of the command line.
    pub fn read(path: &Path, words: &[String]) -> Result<Self, ScenarioErrors> {
        let mut reading = Reading::default();
        let number = reading.add(Origin::File(path.to_owned()), "");
        let tree = source::read(path, number, &mut reading.problems).and_then(|file| {
            reading.sources[number as usize].text = file.text.clone();
            let base = Base {
                source: number,
                columns: 0,
            };
            span::parse(&file.text, base, &mut reading.problems)
        });
        let Some(tree) = tree else {
            return Err(scenario::errors(reading));
        };
        let is_sweep = ["sweep_id", "base"]
            .iter()
            .any(|key| tree.get(key).is_some());
        let mut draft = if is_sweep {
            Self::of_file(path, &tree, reading)?
        } else {
            Self::of_path(path)?
        };
        for word in words {
            draft.word(word);
        }
        Ok(draft)
    }

    fn of_path(path: &Path) -> Result<Self, ScenarioErrors> {
        let mut reading = Reading::default();
        let Some(base) = reading.file(path) else {
            return Err(scenario::errors(reading));
        };
        let id = base.get("scenario_id").and_then(Node::text);
        let id = id.unwrap_or("sweep").to_owned();
        Ok(Self::plain(reading, base, path, id))
    }

    fn of_file(path: &Path, tree: &Node, mut reading: Reading) -> Result<Self, ScenarioErrors> {
        let root = file::schema();
        schema_walk::walk(tree, root, root, "", &mut reading.problems);
        let known = names_known(tree);
        let file: Option<SweepFile> = if reading.problems.is_empty() {
            typed::read(tree, &mut reading.problems)
        } else {
            None
        };
        let Some(file) = file else {
            return Err(scenario::errors(reading));
        };
        let base = base_of(path, &file.base, tree, &mut reading);
        let dimensions = points::dimensions(tree, &mut reading.problems);
        let (Some(base), true) = (base, reading.problems.is_empty()) else {
            return Err(scenario::errors(reading));
        };
        let base_path = path.parent().unwrap_or(Path::new("")).join(&file.base);
        let mut set = points::assigns(tree.get("set"));
        if let Some(node) = tree.get("epochs") {
            set.push(Assign {
                path: "simulation.epochs".to_owned(),
                at: node.at,
                value: node.clone(),
            });
        }
        let choices = |list: Option<&Node>| -> Vec<Choice> {
            let list = list.and_then(Node::list).unwrap_or_default();
            list.iter().map(choice).collect()
        };
        let axes = points::entries(tree, "axes");
        let draft = Self {
            description: file.description,
            set,
            configurations: choices(tree.get("configurations")),
            dimensions,
            axes: axes
                .iter()
                .map(|e| (e.key.clone(), e.key_at, choices(Some(&e.node))))
                .collect(),
            seeds: file.seeds,
            baseline: known,
            metrics: file.metrics,
            claims: file.claims,
            morris: file.morris,
            failures: file.failures,
            base_name: file.base,
            ..Self::plain(reading, base, &base_path, file.sweep_id)
        };
        Ok(draft)
    }

    /// `k.path=value`: a change that holds everywhere, or, with a list where one value belongs, a dimension.
    pub fn word(&mut self, word: &str) {
        let reading = &mut self.reading;
        let Some((path, value)) = word.split_once('=') else {
            let mut nothing = Node {
                value: Value::Map(Vec::new()),
                at: Span::default(),
            };
            overrides::apply(&mut nothing, word, reading);
            return;
        };
        let source = reading.add(Origin::Override(word.to_owned()), word);
        let columns = path.chars().count() as u32;
        let base = Base {
            source,
            columns: columns + 1,
        };
        let at = Span {
            source,
            line: 1,
            column: 1,
            length: columns,
        };
        let Some(value) = span::parse(value, base, &mut reading.problems) else {
            return;
        };
        match value.list() {
            Some([]) => {
                let message = format!("`{path}` has no value");
                let problem = Problem::new(Code::Counts, value.at, path, message);
                reading.problems.push(problem);
            }
            Some(values) if !takes_list(&self.base, path) || values[0].list().is_some() => {
                self.dimensions.push(points::list(path, at, values));
            }
            _ => self.set.push(Assign {
                path: path.to_owned(),
                at,
                value,
            }),
        }
    }
}

/// Whether one value of this key is a list.
fn takes_list(base: &Node, path: &str) -> bool {
    let root = schema::of(typed::world_of(base));
    at_path(root, path).is_some_and(|at| types(concrete(at, root)).contains(&"array"))
}

fn choice(node: &Node) -> Choice {
    let text = |key: &str| {
        let found = node.get(key)?;
        Some((found.text()?.to_owned(), found.at))
    };
    let (name, at) = text("name").unwrap_or_default();
    Choice {
        name,
        at,
        sets: points::assigns(node.get("set")),
        against: text("against"),
    }
}

fn names_known(tree: &Node) -> Option<(String, Span)> {
    let node = tree.get("baseline")?;
    Some((node.text()?.to_owned(), node.at))
}

/// Reads the base, which must lie at a path relative to the sweep file.
fn base_of(path: &Path, named: &str, tree: &Node, reading: &mut Reading) -> Option<Node> {
    let at = tree.get("base").map_or(tree.at, |node| node.at);
    let target = path.parent().unwrap_or(Path::new("")).join(named);
    if !target.is_file() {
        let folder = target.parent().unwrap_or(Path::new(""));
        let beside = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        let mut names: Vec<String> = beside
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| Path::new(name).extension().is_some_and(|e| e == "yaml"))
            .collect();
        names.sort();
        let wanted = target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let near = nearest(&wanted, names.iter().map(String::as_str));
        let message = format!("`base` names `{named}`: there is no such file beside this one");
        let problem = Problem::new(Code::NoSuchFile, at, "base", message);
        reading.problems.push(problem.suggest(near));
        return None;
    }
    let base = reading.file(&target)?;
    if base.get("sweep_id").is_some() {
        let message = format!("`base` names `{named}`, which is a sweep; expected a scenario");
        reading
            .problems
            .push(Problem::new(Code::Extends, at, "base", message));
        return None;
    }
    Some(base)
}
