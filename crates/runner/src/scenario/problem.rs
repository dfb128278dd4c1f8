//! What is wrong with a scenario: one [`Problem`] per mistake, all of them in a [`ScenarioErrors`].
//!
//! A problem knows its place (source, line, column, length) and, where there is one, the name that was probably meant. How it is
//! shown is in [`super::report`]; nothing here formats for a terminal.

use super::source::Source;
use thiserror::Error;

/// Problems kept per load; more are counted only, so that a hostile file cannot make a long report.
pub const MAX_PROBLEMS: usize = 100;

/// The class of a mistake. Its text ([`Code::as_str`]) is stable: scripts may match it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The file is not there.
    NoSuchFile,
    /// The file is there and cannot be read.
    Unreadable,
    /// More bytes than [`super::source::MAX_BYTES`].
    TooLarge,
    /// More values than [`super::span::MAX_NODES`].
    TooManyValues,
    /// Nesting deeper than [`super::span::MAX_DEPTH`].
    TooDeep,
    /// Not UTF-8, or a character YAML does not allow.
    Encoding,
    /// A tab in an indentation.
    Tab,
    /// Not YAML.
    Syntax,
    /// A second document in the file.
    MultipleDocuments,
    /// An anchor or alias.
    Alias,
    /// A tag such as `!!str`.
    Tag,
    /// A merge key `<<`.
    MergeKey,
    /// A key given twice.
    DuplicateKey,
    /// Nothing where a value is needed.
    NullValue,
    /// A key that does not exist.
    UnknownKey,
    /// A key that must be there.
    MissingKey,
    /// A value of another type.
    WrongType,
    /// A number, or a length, outside its range.
    OutOfRange,
    /// NaN or infinity.
    NotFinite,
    /// A name (type, role, metric, kind …) that does not exist.
    UnknownName,
    /// An id that is not `[a-z0-9_.-]{1,64}`, or is a path.
    BadId,
    /// A wrong list of agents.
    Agents,
    /// Numbers that are each allowed and too large, or contradictory, together.
    Counts,
    /// A wrong success criterion.
    Criteria,
    /// A world that cannot be built, though each of its keys is allowed.
    World,
    /// A wrong `extends`.
    Extends,
    /// An override that is not `k.path=value`, or whose path leads nowhere.
    Override,
}

impl Code {
    /// The stable text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchFile => "no_such_file",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too_large",
            Self::TooManyValues => "too_many_values",
            Self::TooDeep => "too_deep",
            Self::Encoding => "encoding",
            Self::Tab => "tab",
            Self::Syntax => "syntax",
            Self::MultipleDocuments => "multiple_documents",
            Self::Alias => "alias",
            Self::Tag => "tag",
            Self::MergeKey => "merge_key",
            Self::DuplicateKey => "duplicate_key",
            Self::NullValue => "null_value",
            Self::UnknownKey => "unknown_key",
            Self::MissingKey => "missing_key",
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::NotFinite => "not_finite",
            Self::UnknownName => "unknown_name",
            Self::BadId => "bad_id",
            Self::Agents => "agents",
            Self::Counts => "counts",
            Self::Criteria => "criteria",
            Self::World => "world",
            Self::Extends => "extends",
            Self::Override => "override",
        }
    }
}

/// A stretch of one source. Lines and columns count from 1, columns and lengths in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index into the sources of the load.
    pub source: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Characters on that line; 0 for a point.
    pub length: u32,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its class.
    pub code: Code,
    /// Where.
    pub at: Span,
    /// Dotted path of the value, e.g. `agents.0.count`; empty for the whole file.
    pub path: String,
    /// One sentence: what is wrong and what was expected.
    pub message: String,
    /// The nearest valid name, if there is a near one.
    pub suggestion: Option<String>,
    /// More help: what the key means, what to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without suggestion and help.
    pub fn new(code: Code, at: Span, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            at,
            path: path.into(),
            message: message.into(),
            suggestion: None,
            help: None,
        }
    }

    /// With the name that was probably meant.
    #[must_use]
    pub fn suggest(mut self, name: Option<String>) -> Self {
        self.suggestion = name;
        self
    }

    /// With further help; empty text is none.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.help = (!help.is_empty()).then_some(help);
        self
    }

    /// Suggestion and help as one line, if there is either.
    pub fn advice(&self) -> Option<String> {
        let guess = self
            .suggestion
            .as_ref()
            .map(|name| format!("did you mean `{name}`?"));
        match (guess, &self.help) {
            (Some(guess), Some(help)) => Some(format!("{guess} {help}")),
            (Some(guess), None) => Some(guess),
            (None, help) => help.clone(),
        }
    }
}

/// A list of problems that stops growing at [`MAX_PROBLEMS`].
#[derive(Debug, Default)]
pub struct Problems {
    /// Those kept.
    pub list: Vec<Problem>,
    /// How many more there were.
    pub more: usize,
}

impl Problems {
    /// Adds one, or counts it.
    pub fn push(&mut self, problem: Problem) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Whether further problems are only counted: what they would say need not be worked out.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Everything that is wrong with a scenario and its overrides, in the order of sources and lines.
#[derive(Debug, Error)]
#[error("{}", super::report::plain(self))]
pub struct ScenarioErrors {
    /// The mistakes, at most [`MAX_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// How many more there were.
    pub more: usize,
    /// The texts that [`Span::source`] points into.
    pub sources: Vec<Source>,
}

impl ScenarioErrors {
    /// Exit code 3, or 74 where all that is wrong is that a file which exists cannot be read.
    pub fn exit_code(&self) -> u8 {
        if self.problems.iter().all(|p| p.code == Code::Unreadable) {
            74
        } else {
            3
        }
    }
}

/// A value cut to a length that fits a message, with control characters escaped.
pub fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 48;
    let mut out: String = text
        .chars()
        .take(MAX_CHARS)
        .flat_map(|c| {
            let escaped: Vec<char> = if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            };
            escaped
        })
        .collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        out.push('…');
    }
    out
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
