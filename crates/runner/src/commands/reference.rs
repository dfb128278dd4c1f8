//! The reference pages of the documentation, made from what the program itself goes by: the command line's parser, the JSON
//! Schema of a scenario, and the descriptors of policies, roles, levers, metrics, events and worlds.
//!
//! Invariants: the pages follow from the build alone (no clock, no path, no terminal width), so a committed page that differs is
//! stale (`tests/it/reference.rs`); every name that `das list` shows is on one of them. Not here: the pages that people write
//! (the log format, dependencies, guides, concepts).

use crate::cli::Cli;
use crate::commands::events_table::{events, fields_of, rule_of};
use crate::commands::explain::EXIT_CODES;
use crate::scenario::schema;
use crate::scenario::schema_view::{Bounds, concrete, constants, doc, types};
use crate::scenario::vocabulary::{self, WORLDS, WorldNames};
use clap::CommandFactory;
use das_core::describe::{Descriptor, Param};
use serde_json::Value;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Columns of the help texts.
const WIDTH: usize = 100;

/// First line of every page.
const NOTE: &str = "<!-- Made by scripts/generate.sh from the program; do not edit. -->\n";

/// A page: file name and text.
pub type Page = (&'static str, String);

/// Writes the pages into a folder, which is made if it is missing; their paths.
pub fn reference(folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    pages()
        .into_iter()
        .map(|(name, text)| {
            let path = folder.join(name);
            std::fs::write(&path, text)?;
            Ok(path)
        })
        .collect()
}

/// All pages.
pub fn pages() -> Vec<Page> {
    vec![
        ("cli.md", cli()),
        ("scenario.md", scenario()),
        ("agents.md", agents()),
        ("levers.md", levers()),
        ("metrics.md", metrics()),
        ("events.md", event_kinds()),
        ("environments.md", environments()),
        ("exit-codes.md", exit_codes()),
    ]
}

/// Appends a line. Writing into a `String` cannot fail.
macro_rules! line {
    ($page:expr) => { $page.push('\n') };
    ($page:expr, $($text:tt)+) => { let _ = writeln!($page, $($text)+); };
}

fn page(title: &str, intro: &str) -> String {
    format!("{NOTE}\n# {title}\n\n{intro}\n\n")
}

/// Text as it may stand in a cell or paragraph.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for c in text.chars() {
        match c {
            '`' => code = !code,
            '|' => out.push('\\'),
            '<' | '*' if !code => out.push('\\'),
            _ => {}
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

/// A formula as code in a cell; nothing if there is none.
fn code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        // A formula that quotes a name with ` needs two of them outside.
        let fence = if text.contains('`') { "``" } else { "`" };
        let pad = if text.ends_with('`') { " " } else { "" };
        format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
    }
}

fn params(page: &mut String, params: &[Param]) {
    line!(page, "| key | range | default | meaning |");
    line!(page, "|---|---|---|---|");
    for p in params {
        let doc = plain(p.doc);
        line!(
            page,
            "| `{}` | {} | {} | {doc} |",
            p.name,
            plain(&p.range.replace("..=", " to ")),
            p.default
        );
    }
    line!(page);
}

// ------------------------------------------------------------------------------------------------------------ command line

fn cli() -> String {
    let mut out = page(
        "Command line",
        "The help of every command, as `das help COMMAND` prints it; the options under *Output* hold for every command and are shown \
         once. Data goes to stdout; progress, logs and hints go to \
         stderr. What the exit codes mean: [exit codes](exit-codes.md).",
    );
    let mut root = Cli::command().term_width(WIDTH);
    root.build();
    command(&mut out, &mut root, "das");
    out
}

fn command(page: &mut String, of: &mut clap::Command, path: &str) {
    let is_root = !path.contains(' ');
    let mut shown = of.clone().mut_args(|arg| {
        let hidden = !is_root && arg.is_global_set();
        if hidden { arg.hide(true) } else { arg }
    });
    line!(page, "## {path}\n");
    line!(page, "```text");
    for text in shown.render_long_help().to_string().trim_end().lines() {
        line!(page, "{}", text.trim_end());
    }
    line!(page, "```\n");
    for sub in of.get_subcommands_mut() {
        if !sub.is_hide_set() && sub.get_name() != "help" {
            let path = format!("{path} {}", sub.get_name());
            command(page, sub, &path);
        }
    }
}

fn exit_codes() -> String {
    let mut out = page(
        "Exit codes",
        "The same for every command; `das explain` knows them too.",
    );
    line!(out, "| code | meaning |");
    line!(out, "|---:|---|");
    for (code, meaning) in EXIT_CODES {
        line!(out, "| {code} | {} |", plain(meaning));
    }
    out
}

// ---------------------------------------------------------------------------------------------------------------- scenario

fn scenario() -> String {
    let mut out = page(
        "Scenario keys",
        "Every key a scenario may have, from the JSON Schema (`schemas/scenario.schema.json`, `das schema`). An unknown key, a \
         wrong type or a value out of range is an error with line and column. `das explain KEY` shows one of them.",
    );
    let root = schema::of(&WORLDS[0]);
    let Some(top) = root.get("properties").and_then(Value::as_object) else {
        return out;
    };
    let required = root.get("required").and_then(Value::as_array);
    let is_block = |sub: &Value| has_keys(concrete(sub, root)) || items(sub, root).is_some();
    line!(out, "## Top level\n");
    head(&mut out);
    for (name, sub) in top {
        let must = required.is_some_and(|r| r.iter().any(|n| n.as_str() == Some(name)));
        row(&mut out, name, sub, root, must);
    }
    line!(out);
    for (name, sub) in top.iter().filter(|(_, sub)| is_block(sub)) {
        line!(out, "## {name}\n");
        if name == "environment" {
            for world in WORLDS {
                block_of(&mut out, world);
            }
            continue;
        }
        line!(out, "{}\n", plain(&doc(sub, root)));
        match name.as_str() {
            "metrics_to_track" => {
                line!(
                    out,
                    "Any of the [metrics](metrics.md) and of the world's own figures, at most 100.\n"
                );
                continue;
            }
            "success_criteria" => {
                line!(
                    out,
                    "One entry for each [metric](metrics.md) that is judged:\n"
                );
                head(&mut out);
                keys(
                    &mut out,
                    "<metric>",
                    root.pointer("/$defs/Criterion").unwrap_or(root),
                    root,
                );
            }
            _ => {
                head(&mut out);
                keys(&mut out, "", items(sub, root).unwrap_or(sub), root);
            }
        }
        if name == "agents" {
            line!(
                out,
                "\nWhat `config` may hold is listed by policy: [agents](agents.md)."
            );
        }
        line!(out);
    }
    out
}

/// The keys of `environment` in one world, and what else is special in its scenarios.
fn block_of(page: &mut String, world: &WorldNames) {
    let root = schema::of(world);
    let Some(sub) = root.pointer("/properties/environment") else {
        return;
    };
    line!(page, "### kind: {}\n", world.name());
    line!(page, "{}\n", plain(&doc(concrete(sub, root), root)));
    let defaults = (world.defaults)();
    let own: Vec<String> = (defaults.as_object().into_iter().flatten())
        .flat_map(|(block, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, value)| format!("`{block}.{key}` {value}"))
        })
        .collect();
    if !own.is_empty() {
        line!(page, "Other defaults in this world: {}.\n", own.join(", "));
    }
    if world.populates_itself {
        line!(
            page,
            "It makes its own agents: `agents` is absent, and the parameters of its policies stand below, under `agents.<policy>`.\n"
        );
    }
    head(page);
    keys(page, "", sub, root);
    line!(page);
}

fn head(page: &mut String) {
    line!(page, "| key | type | range | default | meaning |");
    line!(page, "|---|---|---|---|---|");
}

fn has_keys(sub: &Value) -> bool {
    sub.get("properties").is_some()
}

/// What a list is of, if it is of maps.
fn items<'s>(sub: &'s Value, root: &'s Value) -> Option<&'s Value> {
    let items = concrete(sub, root).get("items")?;
    has_keys(concrete(items, root)).then_some(items)
}

/// A row for every key below, nested ones by their dotted path.
fn keys(page: &mut String, path: &str, of: &Value, root: &Value) {
    let here = concrete(of, root);
    let required = here.get("required").and_then(Value::as_array);
    for (name, sub) in here
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let full = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        if name == "tool_allowlist" {
            let (default, doc) = ("", plain(&doc(sub, root)));
            line!(
                page,
                "| `{full}.<role>` | list of [tools](environments.md) |  | {default} | {doc} |"
            );
        } else if let Some(entries) = items(sub, root) {
            row(page, &full, sub, root, false);
            keys(page, &format!("{full}[]"), entries, root);
        } else if has_keys(concrete(sub, root)) {
            keys(page, &full, sub, root);
        } else {
            let must = required.is_some_and(|r| r.iter().any(|n| n.as_str() == Some(name)));
            row(page, &full, sub, root, must);
        }
    }
}

fn row(page: &mut String, path: &str, sub: &Value, root: &Value, required: bool) {
    let at = concrete(sub, root);
    let names = constants(at);
    let kind = if has_keys(at) {
        "map".to_owned()
    } else if names.is_empty() {
        let named = |kind: &str| match kind {
            "object" => "map".to_owned(),
            "array" => "list".to_owned(),
            other => other.to_owned(),
        };
        let given = types(at).into_iter().filter(|kind| *kind != "null");
        given.map(named).collect::<Vec<_>>().join(" or ")
    } else {
        "name".to_owned()
    };
    let range = if !names.is_empty() {
        code(&names.join(" "))
    } else if kind == "integer" || Bounds::of(at).any() {
        Bounds::of(at).words()
    } else if let Some(pattern) = at.get("pattern").and_then(Value::as_str) {
        code(pattern)
    } else {
        String::new()
    };
    let default = match sub.get("default").or_else(|| at.get("default")) {
        _ if required => "required".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(map)) if !map.is_empty() => "see below".to_owned(),
        Some(other) => other.to_string(),
        None => "absent".to_owned(),
    };
    line!(
        page,
        "| `{path}` | {kind} | {range} | {default} | {} |",
        plain(&doc(sub, root))
    );
}

// ------------------------------------------------------------------------------------------------------------- descriptors

/// Heading, summary, rule, parameters, source.
fn section(page: &mut String, d: &Descriptor) {
    line!(page, "### {}\n", d.name);
    line!(page, "{}\n", plain(d.summary));
    if !d.formula.is_empty() {
        line!(page, "```text\n{}\n```\n", d.formula);
    }
    if !d.params.is_empty() {
        params(page, d.params);
    }
}

fn agents() -> String {
    let mut out = page(
        "Agents: policies and roles",
        "A *policy* (`agents[].type`) decides; a *role* (`agents[].role`) says which tools it may use and what it does for the \
         community first. Where a world has roles, every policy goes with every role; where it has none, an agent's role is its \
         policy. In the formulas of the commons e, d, h are effort, deception and harm; m is the \
         belief in a partner, u a uniform draw; the other symbols stand in \
         [the commons model](../concepts/commons-model.md).",
    );
    for world in WORLDS {
        line!(out, "## Policies of {}\n", title(world));
        for policy in world.policies {
            section(&mut out, policy);
        }
        if world.roles.is_empty() {
            line!(out, "## Tools of these policies\n");
            line!(out, "| policy | tools by default |\n|---|---|");
        } else {
            line!(out, "## Roles of {}\n", title(world));
            line!(
                out,
                "| role | what it does | tools by default |\n|---|---|---|"
            );
        }
        for role in world.roles_or_policies() {
            let allowed = (world.role_tools)(role.name);
            let tools: Vec<String> = (world.tools.iter().zip(0u8..))
                .filter(|(_, n)| allowed.contains(das_core::id::Tool(*n)))
                .map(|(tool, _)| format!("`{tool}`"))
                .collect();
            let tools = tools.join(" ");
            if world.roles.is_empty() {
                line!(out, "| `{}` | {tools} |", role.name);
            } else {
                line!(
                    out,
                    "| `{}` | {} | {tools} |",
                    role.name,
                    plain(role.summary)
                );
            }
        }
        line!(out);
    }
    out
}

/// A world's name in a heading: the commons has an article.
fn title(world: &WorldNames) -> String {
    match world.name() {
        "commons" => "the commons".to_owned(),
        name => name.to_owned(),
    }
}

fn levers() -> String {
    let mut out = page(
        "Levers",
        "The keys of a scenario's `governance:` block, lever by lever, in the order they are asked. A lever at its default does \
         nothing and is not built: the log is byte for byte that of a run without it. No lever sees the hidden truth or \
         conduct: p and the flags are what it has to go by. More: [governance](../concepts/governance.md).",
    );
    for lever in vocabulary::levers() {
        section(&mut out, lever);
    }
    out
}

/// Whether a metric needs v, which nobody in the society can see.
pub fn needs_truth(metric: &Descriptor) -> bool {
    ["v=", "(v)", "true_welfare", "p+"]
        .iter()
        .any(|mark| metric.formula.contains(mark))
        || metric.name.starts_with("true_")
}

fn metrics() -> String {
    let mut out = page(
        "Metrics",
        "Every figure of the lines `epoch_completed` and `run_completed`, in their order. Figures of a run are pooled over its \
         interactions, not averaged over epochs. A figure that is not defined is left out. **Hidden** marks what is computed \
         from the truth v: the simulator knows it, nobody in the society does, and no real deployment would have it.",
    );
    line!(
        out,
        "| metric | what it says | formula | hidden |\n|---|---|---|---|"
    );
    for metric in vocabulary::metrics() {
        line!(
            out,
            "| `{}` | {} | {} | {} |",
            metric.name,
            plain(metric.summary),
            code(metric.formula),
            if needs_truth(metric) { "hidden" } else { "" }
        );
    }
    for world in WORLDS {
        line!(out, "\n## Figures of {}\n", title(world));
        line!(
            out,
            "Counted by the world itself, in `epoch_completed.env`.\n"
        );
        line!(out, "| figure | what it says | formula |\n|---|---|---|");
        for metric in world.figures {
            line!(
                out,
                "| `{}` | {} | {} |",
                metric.name,
                plain(metric.summary),
                code(metric.formula)
            );
        }
    }
    out
}

fn event_kinds() -> String {
    let mut out = page(
        "Events",
        "Every kind of line a log may have, `das list events`. What each field means: [the log format](log.md).",
    );
    line!(
        out,
        "Every line begins with `seq`, `type`, `epoch`, `step`, and `event` if it is one. A field that says nothing is left out.\n"
    );
    line!(
        out,
        "| type | what happened | fields | rule |\n|---|---|---|---|"
    );
    for event in events() {
        let fields: Vec<_> = fields_of(event)
            .split(", ")
            .filter(|name| !name.is_empty())
            .map(code)
            .collect();
        line!(
            out,
            "| `{}` | {} | {} | {} |",
            event.name,
            plain(event.summary),
            fields.join(" "),
            plain(rule_of(event))
        );
    }
    out
}

fn environments() -> String {
    let mut out = page(
        "Environments",
        "The worlds of this build: `environment.kind` in a scenario. Their keys stand under \
         [`environment`](scenario.md#environment).",
    );
    for world in WORLDS {
        section(&mut out, &world.environment);
    }
    for world in WORLDS {
        line!(out, "### Tools of {}\n", title(world));
        let tools: Vec<_> = world.tools.iter().map(|t| format!("`{t}`")).collect();
        line!(
            out,
            "What agents can ask for; roles and `safety.tool_allowlist` name them: {}.\n",
            tools.join(", ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::list::Family;

    #[test]
    fn every_name_that_is_listed_stands_on_a_page() {
        // The pages are the listings with more words: a descriptor that no page took up would be missed here.
        let all: String = pages().into_iter().map(|(_, text)| text).collect();
        for family in ["environments", "agents", "levers", "metrics", "events"] {
            let family = Family::named(family).unwrap();
            for d in family.descriptors() {
                let quoted = all.contains(&format!("`{}`", d.name));
                let headed = all.contains(&format!("### {}\n", d.name));
                assert!(quoted || headed, "{} {}", d.family, d.name);
            }
        }
    }

    #[test]
    fn metrics_over_the_truth_are_marked() {
        // The twins and everything measured against v, and none of what the society could compute for itself.
        let hidden: Vec<_> = vocabulary::metrics()
            .filter(|m| needs_truth(m))
            .map(|m| m.name)
            .collect();
        for name in [
            "true_harm_rate",
            "true_welfare",
            "silent_collapse",
            "proxy_gap",
            "brier_score",
            "log_loss",
            "expected_calibration_error",
            "discrimination_auc",
        ] {
            assert!(hidden.contains(&name), "{name}");
        }
        for name in ["toxicity_rate", "quality_gap", "harm", "welfare_per_agent"] {
            assert!(!hidden.contains(&name), "{name}");
        }
    }

    #[test]
    fn cells_keep_their_columns() {
        // A bar in a formula must not open a new column; code keeps its signs.
        assert_eq!(plain("E[p | a] < 1, `a<b`"), "E[p \\| a] \\< 1, `a<b`");
        assert_eq!(code("|τ|"), "`\\|τ\\|`");
        assert_eq!(code("count of `a`"), "`` count of `a` ``");
        for (name, text) in pages() {
            for table in text.split("\n\n") {
                let bars = |row: &str| row.replace("\\|", "").matches('|').count();
                let rows: Vec<_> = table.lines().filter(|l| l.starts_with("| ")).collect();
                if let Some(first) = rows.first() {
                    for row in &rows {
                        assert_eq!(bars(row), bars(first), "{name}: {row}");
                    }
                }
            }
        }
    }
}
