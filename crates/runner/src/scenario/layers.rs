//! `extends:` — a scenario on top of another file.
//!
//! The path is relative to the file that names it. Maps merge key by key, lists and values are replaced whole; an empty map
//! changes nothing. Every value keeps the file it comes from, so a mistake in a base is reported in the base.

use super::problem::{Code, Problem, Problems, Span};
use super::scalar::Scalar;
use super::source::{self, Origin, Source};
use super::span::{self, Base, Entry, Node, Value};
use std::path::{Component, Path, PathBuf};

/// Longest chain of files, the first one counted.
pub const MAX_FILES: usize = 8;

/// A file that a scenario was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRef {
    /// How it was reached from the working directory.
    pub path: PathBuf,
    /// How the file before it calls it; the file name of the first.
    pub named: String,
    /// sha256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What is gathered while files are read.
#[derive(Default)]
pub struct Reading {
    /// Texts that spans point into.
    pub sources: Vec<Source>,
    /// Files, the scenario itself first.
    pub files: Vec<FileRef>,
    /// Mistakes so far.
    pub problems: Problems,
    chain: Vec<PathBuf>,
}

impl Reading {
    /// A new source; its number.
    pub fn add(&mut self, origin: Origin, text: &str) -> u32 {
        self.sources.push(Source {
            origin,
            text: text.into(),
        });
        self.sources.len() as u32 - 1
    }

    /// Reads a file with its bases. `None` if nothing of it can be used.
    pub fn file(&mut self, path: &Path) -> Option<Node> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.layer(path, name)
    }

    fn layer(&mut self, path: &Path, named: String) -> Option<Node> {
        let number = self.add(Origin::File(path.to_owned()), "");
        let file = source::read(path, number, &mut self.problems)?;
        self.sources[number as usize].text = file.text.clone();
        self.files.push(FileRef {
            path: path.to_owned(),
            named,
            sha256: file.sha256,
        });
        let base = Base {
            source: number,
            columns: 0,
        };
        let mut node = span::parse(&file.text, base, &mut self.problems)?;
        if node.map().is_none() {
            let message = match &node.value {
                Value::Scalar(Scalar::Null, _) => "the file is empty, expected a scenario",
                Value::Reported => return None,
                _ => "a scenario is a map of keys",
            };
            self.problems.push(
                Problem::new(Code::WrongType, node.at, "", message)
                    .help("`das new scenario NAME` writes a commented example"),
            );
            return None;
        }
        match take(&mut node, "extends") {
            Some(extends) => {
                self.chain
                    .push(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
                let under = self.base(path, &extends);
                self.chain.pop();
                Some(merge(under?, node))
            }
            None => Some(node),
        }
    }

    fn base(&mut self, path: &Path, extends: &Entry) -> Option<Node> {
        let at = extends.node.at;
        let Some(named) = extends.node.text() else {
            if extends.node.value != Value::Reported {
                self.refuse(at, "`extends` must be the path of a file, as text");
            }
            return None;
        };
        let relative = Path::new(named);
        if named.is_empty()
            || !relative
                .components()
                .all(|c| !matches!(c, Component::RootDir | Component::Prefix(_)))
        {
            self.refuse(at, "`extends` must be a path relative to this file");
            return None;
        }
        let target = path.parent().unwrap_or(Path::new("")).join(relative);
        let Ok(canonical) = std::fs::canonicalize(&target) else {
            self.refuse(
                at,
                &format!(
                    "`extends` names `{}`: there is no such file",
                    super::problem::shortened(named)
                ),
            );
            return None;
        };
        if self.chain.contains(&canonical) {
            self.refuse(
                at,
                &format!(
                    "`extends` leads back to `{}`",
                    super::problem::shortened(named)
                ),
            );
            return None;
        }
        if self.chain.len() >= MAX_FILES {
            self.refuse(
                at,
                &format!("more than {MAX_FILES} files build on each other"),
            );
            return None;
        }
        self.layer(&target, named.to_owned())
    }

    fn refuse(&mut self, at: Span, message: &str) {
        self.problems
            .push(Problem::new(Code::Extends, at, "extends", message));
    }
}

fn take(node: &mut Node, key: &str) -> Option<Entry> {
    let Value::Map(entries) = &mut node.value else {
        return None;
    };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at))
}

/// `over` on top of `under`.
pub fn merge(under: Node, over: Node) -> Node {
    match (under.value, over.value) {
        (Value::Map(mut below), Value::Map(above)) => {
            for entry in above {
                match below.iter_mut().find(|e| e.key == entry.key) {
                    Some(slot) => {
                        let empty = Node {
                            value: Value::Reported,
                            at: slot.node.at,
                        };
                        let old = std::mem::replace(&mut slot.node, empty);
                        slot.node = merge(old, entry.node);
                        slot.key_at = entry.key_at;
                    }
                    None => below.push(entry),
                }
            }
            Node {
                value: Value::Map(below),
                at: over.at,
            }
        }
        (_, value) => Node { value, at: over.at },
    }
}
