//! Scenarios: from YAML files and overrides to a checked [`Scenario`], or to every mistake in them with its place.
//!
//! ```text
//! bytes ─ source ─► text ─ span ─► tree ─ layers (extends) ─► tree ─ overrides ─► tree ─ schema_walk, checks ─► file::Scenario
//! ```
//!
//! Limits (2 MB, nesting 64, 50,000 values, no aliases) hold in `source` and `span`, before anything else sees the text, so that
//! a hostile file costs milliseconds. Places survive every stage. Invariant: what [`load`] returns has passed the JSON Schema
//! and the cross-field checks (`tests/it/bad_input.rs`). Not here: running anything, and what a world makes of its keys.

pub mod checks;
pub mod file;
pub mod id;
pub mod layers;
pub mod nearest;
pub mod overrides;
pub mod problem;
pub mod report;
pub mod scalar;
pub mod schema;
pub mod schema_view;
pub mod schema_walk;
pub mod source;
pub mod span;
pub mod typed;
pub mod vocabulary;

pub use file::{AgentGroup, Criterion, Outputs, Scenario, World};
pub use layers::FileRef;
pub use problem::{Code, Problem, ScenarioErrors};
pub use report::{Style, render};

use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use layers::Reading;
use problem::Problems;
use source::Origin;
use span::Node;
use std::path::Path;
use std::sync::Arc;

/// A scenario that was read and checked.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario, all defaults filled in.
    pub scenario: Scenario,
    /// The text of the first file, as given.
    pub given_text: Arc<str>,
    /// The files it was made from, the one given first, then its bases in order.
    pub files: Vec<FileRef>,
    /// Overrides as applied.
    pub overrides: Vec<String>,
    /// What is allowed and odd, one `file:line:column: warning: …` each.
    pub warnings: Vec<String>,
}

/// Reads a scenario with its bases, applies overrides in order and checks the result. All mistakes are reported at once.
pub fn load(path: &Path, overrides: &[String]) -> Result<Loaded, ScenarioErrors> {
    let mut reading = Reading::default();
    let mut tree = reading.file(path);
    let mut nothing = empty();
    for word in overrides {
        // Without a tree the overrides are still checked for their form.
        overrides::apply(tree.as_mut().unwrap_or(&mut nothing), word, &mut reading);
    }
    let mut warnings = Problems::default();
    let scenario = tree.and_then(|tree| {
        checks::idle(&tree, &mut warnings);
        checked(tree, &mut reading.problems, &mut warnings)
    });
    list_hints(&mut reading);
    let warnings = lines(&warnings, &reading);
    match scenario {
        Some(scenario) if reading.problems.is_empty() => Ok(Loaded {
            scenario,
            given_text: reading.sources[0].text.clone(),
            files: reading.files,
            overrides: overrides.to_vec(),
            warnings,
        }),
        _ => Err(errors(reading)),
    }
}

/// The scenario of a tree whose overrides have been applied; `None` if `problems`, those of its reading included, holds any.
pub(crate) fn checked(
    mut tree: Node,
    problems: &mut Problems,
    warnings: &mut Problems,
) -> Option<Scenario> {
    let world = typed::fill(&mut tree);
    let root = schema::of(world);
    let before = problems.list.len();
    schema_walk::walk(&tree, root, root, "", problems);
    typed::unknown_world(&tree, problems, before);
    typed::keys_of_others(world, problems, before);
    typed::world_problems(&tree, problems, warnings, before);
    checks::check(&tree, world, problems, warnings);
    (problems.is_empty()).then(|| typed::scenario(&tree, problems))?
}

/// `payoff:` and `proxy:` of a file that is a scenario or only these two; defaults where they are absent.
pub fn load_scoring(path: &Path) -> Result<(PayoffConfig, ProxyConfig), ScenarioErrors> {
    let mut reading = Reading::default();
    let scoring = reading.file(path).and_then(|tree| {
        let root = schema::scoring(typed::world_of(&tree));
        schema_walk::walk(&tree, root, root, "", &mut reading.problems);
        (reading.problems.is_empty()).then(|| typed::scoring(&tree, &mut reading.problems))?
    });
    match scoring {
        Some(scoring) if reading.problems.is_empty() => Ok(scoring),
        _ => Err(errors(reading)),
    }
}

fn empty() -> Node {
    Node {
        value: span::Value::Map(Vec::new()),
        at: problem::Span::default(),
    }
}

/// What was found wrong while reading, in the order of places.
pub(crate) fn errors(reading: Reading) -> ScenarioErrors {
    let Problems { mut list, more } = reading.problems;
    list.sort_by(|a, b| (a.at, a.code, &a.path).cmp(&(b.at, b.code, &b.path)));
    ScenarioErrors {
        problems: list,
        more,
        sources: reading.sources,
    }
}

/// Warnings, one line each.
pub(crate) fn lines(warnings: &Problems, reading: &Reading) -> Vec<String> {
    warnings
        .list
        .iter()
        .map(|warning| {
            let label = match &reading.sources[warning.at.source as usize] {
                source if matches!(source.origin, Origin::Override(_)) => source.label(),
                source => format!(
                    "{}:{}:{}",
                    source.label(),
                    warning.at.line,
                    warning.at.column
                ),
            };
            let advice = warning
                .advice()
                .map(|text| format!(" ({text})"))
                .unwrap_or_default();
            format!("{label}: warning: {}{advice}", warning.message)
        })
        .collect()
}

/// A list where one value belongs, in an override, is most likely meant as a sweep.
fn list_hints(reading: &mut Reading) {
    for problem in &mut reading.problems.list {
        let Some(Origin::Override(word)) = reading
            .sources
            .get(problem.at.source as usize)
            .map(|s| &s.origin)
        else {
            continue;
        };
        let Some((key, value)) = word.split_once('=') else {
            continue;
        };
        let wrong = matches!(problem.code, Code::WrongType | Code::UnknownName);
        if wrong && (value.contains(',') || value.starts_with('[')) {
            let inner = value.trim_start_matches('[').trim_end_matches(']');
            let first = inner.split(',').next().unwrap_or_default().trim();
            let values = problem::shortened(first);
            problem.suggestion = None;
            problem.help = Some(format!(
                "one value per run, {key}={values}; das sweep runs a list of them"
            ));
        }
    }
}
