//! `das new policy NAME`, `das new lever NAME`: a Rust file that compiles where it is written and whose tests pass, or a crate of its own.
//!
//! The text is that of the examples `own_policy` and `own_lever` of `das-tests`, which are built and tested with everything else, under
//! another name: what is written here cannot fall behind the traits. In a checkout it goes among the policies or levers, for a reader to
//! register by hand; with `--out` it becomes a crate that depends on the checkout by path, since the crates of DAS are published nowhere.
//! Nothing that exists is edited.

use super::{exists, write_new};
use crate::failure::{IO, OK};
use crate::scenario::vocabulary;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A policy of the commons.
    Policy,
    /// A governance lever.
    Lever,
}

/// An example and the places its copy goes to.
struct Example {
    word: &'static str,
    name: &'static str,
    type_name: &'static str,
    text: &'static str,
    main: &'static str,
    package: &'static str,
    folder: &'static str,
    dependencies: &'static [&'static str],
}

const POLICY: Example = Example {
    word: "policy",
    name: "reciprocal",
    type_name: "Reciprocal",
    text: include_str!("../../../../../tests/examples/own_policy/reciprocal.rs"),
    main: include_str!("../../../../../tests/examples/own_policy/main.rs"),
    package: "das-agents",
    folder: "crates/agents/src/policies",
    dependencies: &["agents", "analysis", "core", "env"],
};

const LEVER: Example = Example {
    word: "lever",
    name: "demurrage",
    type_name: "Demurrage",
    text: include_str!("../../../../../tests/examples/own_lever/demurrage.rs"),
    main: include_str!("../../../../../tests/examples/own_lever/main.rs"),
    package: "das-governance",
    folder: "crates/governance/src/levers",
    dependencies: &["agents", "analysis", "core", "env", "governance"],
};

/// What a lever of the tree has beside the example: it is made from the scenario's key.
const FROM_CONFIG: &str = "
    /// The demurrage of this configuration; none at rate 0.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        Self::new(config.demurrage_rate)
    }
";

/// Where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The folder of a crate of its own; without it the file goes into the checkout.
    pub out: Option<&'p Path>,
    /// The checkout [default: the one that holds the current folder].
    pub checkout: Option<&'p Path>,
    /// Overwrite what is there.
    pub force: bool,
}

impl Source {
    fn example(self) -> &'static Example {
        match self {
            Self::Policy => &POLICY,
            Self::Lever => &LEVER,
        }
    }

    /// Names that are taken: of policies (and offices of the city) or of levers.
    fn taken(self, name: &str) -> bool {
        match self {
            Self::Policy => vocabulary::policies().any(|policy| policy.name == name),
            Self::Lever => {
                let keys = schemars::schema_for!(das_governance::GovernanceConfig).to_value();
                vocabulary::levers().any(|lever| lever.name == name)
                    || keys["properties"].get(format!("{name}_rate")).is_some()
            }
        }
    }
}

/// Exit code of a command line that cannot be meant.
const USAGE: u8 = 2;

/// The file with the versions of everything that is depended on.
const LOCK: &str = "Cargo.lock";

/// The words of Rust that no module can be called.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// `slow_start` as a type: `SlowStart`.
fn type_name(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(capitalised).collect()
}

/// The words of a text: runs of letters, digits and `_`.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect()
}

/// Why a name cannot be used; `None` if it can.
fn objection(source: Source, name: &str) -> Option<String> {
    let example = source.example();
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let letters = name
        .bytes()
        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !first || !letters || name.len() > 40 {
        return Some(format!(
            "is no name of a module, expected 1 to 40 of a-z 0-9 _ that begin with a letter, such as {}",
            example.name
        ));
    }
    if KEYWORDS.contains(&name) {
        return Some("is a word of the Rust language; choose another name".to_owned());
    }
    if source.taken(name) {
        return Some(format!(
            "is taken: das explain {name} says by what; choose another name"
        ));
    }
    // A crate or type the new file uses by that name would be hidden by it.
    let other = |text: &str| {
        text.replace(example.type_name, "")
            .replace(example.name, "")
    };
    let (text, main) = (other(example.text), other(example.main));
    let hidden = [&text, &main].iter().any(|text| {
        text.contains(&format!("{name}::")) || words(text).contains(type_name(name).as_str())
    });
    hidden.then(|| {
        format!(
            "is a name the new {} itself uses; choose another one",
            example.word
        )
    })
}

/// An example under another name, without the marks of the guide that shows it.
fn renamed(example: &Example, text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.contains("// ANCHOR")) {
        out.push_str(line);
        out.push('\n');
    }
    out.replace(example.name, name)
        .replace(example.type_name, &type_name(name))
}

/// The file as it stands in the tree.
fn in_tree(source: Source, name: &str) -> String {
    let example = source.example();
    let text = match source {
        Source::Policy => example.text.replace("das_agents::", "crate::"),
        Source::Lever => {
            let new_ends = "Self { rate })\n    }\n";
            (example.text)
                .replacen(new_ends, &format!("{new_ends}{FROM_CONFIG}"), 1)
                .replacen(
                    "use das_core::describe",
                    "use crate::config::GovernanceConfig;\nuse das_core::describe",
                    1,
                )
        }
    };
    renamed(example, &text, name)
}

/// The lines that register it, with where they go.
fn registration(source: Source, name: &str) -> String {
    let kind = type_name(name);
    match source {
        Source::Policy => format!(
            "  1. register it: its module and its row of ALL, in {}/mod.rs\n\
             \x20      pub mod {name};\n\
             \x20      Policy::of::<{name}::{kind}>({name}::DESCRIPTOR),\n",
            POLICY.folder
        ),
        Source::Lever => format!(
            "  1. register it: its module and its row of ALL, in {}.rs; rows stand in the order levers act\n\
             \x20      pub mod {name};\n\
             \x20      lever!({name}::{kind}),\n\
             \x20    and its key and the default, in crates/governance/src/config.rs\n\
             \x20      /// Share of the balance that is paid at the end of an epoch; 0 is none.\n\
             \x20      #[serde(skip_serializing_if = \"is::<0>\")]\n\
             \x20      #[schemars(range(min = 0.0, max = 1.0))]\n\
             \x20      pub {name}_rate: f64,\n\
             \x20      {name}_rate: 0.0,\n",
            LEVER.folder
        ),
    }
}

/// The line that sees it work.
fn trial(source: Source, name: &str) -> String {
    match source {
        Source::Policy => {
            format!("cargo das run scenarios/baseline.yaml agents.opportunistic.type={name}")
        }
        Source::Lever => {
            format!("cargo das run scenarios/baseline.yaml governance.{name}_rate=0.05")
        }
    }
}

/// Whether a folder is a checkout of DAS.
fn is_checkout(folder: &Path) -> bool {
    folder.join(POLICY.folder).join("mod.rs").is_file()
        && folder.join(LEVER.folder).with_extension("rs").is_file()
}

/// The checkout that is meant, as an absolute path.
fn checkout(named: Option<&Path>) -> Result<PathBuf, String> {
    let start = named.unwrap_or(Path::new("."));
    let absolute = fs::canonicalize(start).map_err(|e| format!("{}: {e}", start.display()))?;
    match named {
        Some(_) if is_checkout(&absolute) => Ok(absolute),
        Some(_) => Err(format!(
            "{} is no checkout of DAS: it has no {}/mod.rs",
            start.display(),
            POLICY.folder
        )),
        None => absolute
            .ancestors()
            .find(|folder| is_checkout(folder))
            .map(Path::to_owned)
            .ok_or_else(|| {
                "no checkout of DAS here or in a folder above; go to one, or name it: --checkout DIR"
                    .to_owned()
            }),
    }
}

/// The manifest of a crate of its own.
fn manifest(example: &Example, name: &str, checkout: &Path) -> String {
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         # Beside the workspace of DAS, wherever this folder lies.\n[workspace]\n\n[dependencies]\n"
    );
    for folder in example.dependencies {
        let path = checkout.join("crates").join(folder);
        // A literal string: Windows paths keep their backslashes.
        let _ = writeln!(text, "das-{folder} = {{ path = '{}' }}", path.display());
    }
    text.push_str(
        "schemars = \"1\"\nserde = { version = \"1\", features = [\"derive\"] }\n\
         serde_json = { version = \"1\", features = [\"float_roundtrip\"] }\n\n\
         [lints.rust]\nunsafe_code = \"forbid\"\nunreachable_pub = \"warn\"\n\n\
         [profile.release]\noverflow-checks = true\ncodegen-units = 1\n\n\
         # As the workspace has them: what is built there serves here.\n[profile.dev]\nopt-level = 1\n\
         debug = \"line-tables-only\"\nlto = \"off\"\ncodegen-units = 16\n",
    );
    text
}

/// A crate of its own: path in its folder, and text.
fn own_crate(source: Source, name: &str, checkout: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let example = source.example();
    let lock = fs::read_to_string(checkout.join(LOCK))?;
    Ok(vec![
        ("Cargo.toml".into(), manifest(example, name, checkout)),
        // The versions the checkout was tested with; cargo drops those that are not needed.
        (LOCK.into(), lock),
        (
            "clippy.toml".into(),
            include_str!("../../../../../clippy.toml").to_owned(),
        ),
        (
            "rust-toolchain.toml".into(),
            include_str!("../../../../../rust-toolchain.toml").to_owned(),
        ),
        (".gitignore".into(), "/target\n".to_owned()),
        ("src/main.rs".into(), renamed(example, example.main, name)),
        (
            Path::new("src").join(name).with_extension("rs"),
            renamed(example, example.text, name),
        ),
    ])
}

/// Writes the file, or the crate, and says what comes next. A name that cannot be used and a checkout that is none give exit code 2,
/// files that exist, unless forced, 74; then nothing is written.
pub fn new_source(
    source: Source,
    name: &str,
    place: &Place<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let example = source.example();
    if let Some(objection) = objection(source, name) {
        writeln!(err, "error: `{name}` {objection}")?;
        return Ok(USAGE);
    }
    let checkout = match checkout(place.checkout) {
        Ok(checkout) => checkout,
        Err(what) => {
            writeln!(err, "error: {what}")?;
            return Ok(USAGE);
        }
    };
    let (folder, files) = match place.out {
        None => {
            let path = Path::new(example.folder).join(name).with_extension("rs");
            (checkout.clone(), vec![(path, in_tree(source, name))])
        }
        Some(folder) => match own_crate(source, name, &checkout) {
            Ok(files) => (folder.to_owned(), files),
            Err(error) => {
                writeln!(err, "error: {}: {error}", checkout.join(LOCK).display())?;
                return Ok(IO);
            }
        },
    };
    if !place.force
        && let Some((path, _)) = files.iter().find(|(path, _)| folder.join(path).exists())
    {
        return exists(&folder.join(path), err);
    }
    for (path, text) in &files {
        let path = folder.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = made.and_then(|()| write_new(&path, text, place.force)) {
            writeln!(err, "error: {}: {error}", path.display())?;
            return Ok(IO);
        }
    }
    match place.out {
        None => write!(
            out,
            "wrote {}/{name}.rs\n{}  2. test it\n       cargo fmt && cargo test -p {} {name}\n  3. see it work\n       {}\n\
             before a commit: scripts/generate.sh writes schema and reference pages; how to go on: docs/src/guides/write-a-{}.md\n",
            example.folder,
            registration(source, name),
            example.package,
            trial(source, name),
            example.word,
        )?,
        Some(folder) => write!(
            out,
            "wrote {0}/: a crate that depends on this checkout by path\n  1. change it: the {1} is {0}/src/{name}.rs, {0}/src/main.rs sets up its runs\n  \
             2. test it\n       cd {0} && cargo test\n  3. see it work\n       cargo run --release -- log.jsonl && das log overview log.jsonl\n\
             das does not know this {1}: it reads such a log, and only this crate can make it again\n",
            folder.display(),
            example.word,
        )?,
    }
    Ok(OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_under_their_own_names_are_the_examples() {
        // What is built, linted and tested as an example is what is written, but for the marks of the guide.
        for source in [Source::Policy, Source::Lever] {
            let example = source.example();
            for text in [example.text, example.main] {
                let unmarked: Vec<&str> = (text.lines())
                    .filter(|line| !line.contains("// ANCHOR"))
                    .collect();
                let same: String = renamed(example, text, example.name);
                assert_eq!(same.lines().collect::<Vec<_>>(), unmarked);
                let other = renamed(example, text, "slow_start");
                assert!(!words(&other).contains(example.name), "{other}");
                assert!(!other.contains(example.type_name), "{other}");
            }
        }
    }

    #[test]
    fn in_the_tree_nothing_names_the_own_crate() {
        // A policy reaches its crate as `crate::`; a lever is made from its key.
        let policy = in_tree(Source::Policy, "slow_start");
        assert!(!policy.contains("das_agents"), "{policy}");
        assert!(policy.contains("impl Character for SlowStart {"));
        let lever = in_tree(Source::Lever, "slow_start");
        assert!(lever.contains("use crate::config::GovernanceConfig;"));
        assert!(lever.contains("Self::new(config.slow_start_rate)"));
    }

    #[test]
    fn names_that_would_not_compile_or_hide_something_are_refused() {
        // No identifiers, keywords, names of policies and levers there are, names the file uses itself.
        for name in [
            "",
            "9lives",
            "Big",
            "a-b",
            "a.b",
            "../x",
            "ümlaut",
            &"x".repeat(41),
        ] {
            assert!(objection(Source::Policy, name).is_some(), "{name}");
        }
        for name in ["type", "mod", "self", "gen"] {
            assert!(objection(Source::Lever, name).is_some(), "{name}");
        }
        for name in ["honest", "lens", "arm", "das_core", "std", "choice"] {
            assert!(objection(Source::Policy, name).is_some(), "{name}");
        }
        for policy in vocabulary::policies() {
            assert!(objection(Source::Policy, policy.name).is_some());
        }
        for name in ["staking", "transaction_tax", "stake_slash", "draws"] {
            assert!(objection(Source::Lever, name).is_some(), "{name}");
        }
        for name in ["patient", "slow_start", "x2", "reciprocal", "demurrage"] {
            assert_eq!(objection(Source::Policy, name), None);
            assert_eq!(objection(Source::Lever, name), None);
        }
    }

    #[test]
    fn an_own_crate_has_the_versions_of_the_workspace() {
        // The three dependencies that are not by path stand in the workspace's manifest in the same words.
        let workspace = include_str!("../../../../../Cargo.toml");
        let text = manifest(&POLICY, "x2", Path::new("/checkout"));
        for name in ["schemars = ", "serde = ", "serde_json = "] {
            let line = |text: &str| {
                let mut found = text.lines().filter(|line| line.starts_with(name));
                found.next().unwrap().to_owned()
            };
            assert_eq!(line(&text), line(workspace));
        }
        assert!(text.contains("das-core = { path = '/checkout/crates/core' }"));
    }
}
