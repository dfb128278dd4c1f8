//! Shows problems: a drawn snippet for people, one greppable line each for pipes, JSON for programs.

use super::problem::{Problem, ScenarioErrors};
use super::source::{Origin, Source};
use crate::terminal;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};
use serde::Serialize;
use std::fmt::Write;

/// How problems are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Snippets, with or without colour, wrapped at a width.
    Fancy {
        /// Whether to use ANSI colours.
        color: bool,
        /// Columns of the terminal.
        width: usize,
    },
    /// `file:line:column: error[code]: message`, then an indented `help:` line.
    Plain,
    /// One JSON object: `{"errors": [{code, file | override, line, column, …}], "more": n}`.
    Json,
}

/// All problems in a style, each ended by a line break. What files and arguments hold is made plain for a terminal.
pub fn render(errors: &ScenarioErrors, style: Style) -> String {
    match style {
        Style::Fancy { color, width } => fancy(errors, color, width),
        Style::Plain => terminal::plain(&plain(errors)).into_owned(),
        Style::Json => terminal::plain_json(&json(errors)).into_owned(),
    }
}

/// [`Style::Plain`].
pub fn plain(errors: &ScenarioErrors) -> String {
    let mut out = String::new();
    for problem in &errors.problems {
        let _ = writeln!(
            out,
            "{}: error[{}]: {}",
            place(problem, errors),
            problem.code.as_str(),
            problem.message
        );
        if let Some(advice) = problem.advice() {
            let _ = writeln!(out, "  help: {advice}");
        }
    }
    more(errors, &mut out);
    out
}

fn place(problem: &Problem, errors: &ScenarioErrors) -> String {
    match errors.sources.get(problem.at.source as usize) {
        Some(
            source @ Source {
                origin: Origin::File(_),
                ..
            },
        ) => {
            format!(
                "{}:{}:{}",
                source.label(),
                problem.at.line,
                problem.at.column
            )
        }
        Some(source) => source.label(),
        None => "scenario".to_owned(),
    }
}

fn more(errors: &ScenarioErrors, out: &mut String) {
    if errors.more > 0 {
        let _ = writeln!(out, "… and {} more", errors.more);
    }
}

fn json(errors: &ScenarioErrors) -> String {
    #[derive(Serialize)]
    struct Shown<'p> {
        code: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
        word: Option<&'p str>,
        line: u32,
        column: u32,
        length: u32,
        path: &'p str,
        message: &'p str,
        #[serde(skip_serializing_if = "Option::is_none")]
        suggestion: Option<&'p str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        help: Option<&'p str>,
    }
    #[derive(Serialize)]
    struct All<'p> {
        errors: Vec<Shown<'p>>,
        more: usize,
    }
    let shown = |problem: &'_ Problem| {
        let origin = errors
            .sources
            .get(problem.at.source as usize)
            .map(|s| &s.origin);
        (
            match origin {
                Some(Origin::File(path)) => Some(path.display().to_string()),
                _ => None,
            },
            match origin {
                Some(Origin::Override(word)) => Some(word.as_str()),
                _ => None,
            },
        )
    };
    let all = All {
        errors: errors
            .problems
            .iter()
            .map(|problem| {
                let (file, word) = shown(problem);
                Shown {
                    code: problem.code.as_str(),
                    file,
                    word,
                    line: problem.at.line,
                    column: problem.at.column,
                    length: problem.at.length,
                    path: &problem.path,
                    message: &problem.message,
                    suggestion: problem.suggestion.as_deref(),
                    help: problem.help.as_deref(),
                }
            })
            .collect(),
        more: errors.more,
    };
    let mut text = serde_json::to_string(&all).unwrap_or_default();
    text.push('\n');
    text
}

fn fancy(errors: &ScenarioErrors, color: bool, width: usize) -> String {
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width.clamp(40, 200))
        // The window is one line: context shows it whole.
        .with_context_lines(1)
        .with_links(false);
    let mut out = String::new();
    for problem in &errors.problems {
        let source = errors.sources.get(problem.at.source as usize);
        let shown = Problem {
            message: terminal::plain(&problem.message).into_owned(),
            suggestion: problem
                .suggestion
                .as_deref()
                .map(|s| terminal::plain(s).into_owned()),
            help: problem
                .help
                .as_deref()
                .map(|h| terminal::plain(h).into_owned()),
            ..problem.clone()
        };
        let drawn = Drawn {
            problem: &shown,
            window: source.and_then(|source| Window::new(source, problem)),
            place: terminal::plain(&place(problem, errors)).into_owned(),
        };
        if handler.render_report(&mut out, &drawn).is_err() {
            let _ = writeln!(out, "{}: {}", drawn.place, problem.message);
        }
    }
    more(errors, &mut out);
    out
}

/// A problem as miette draws it.
#[derive(Debug)]
struct Drawn<'p> {
    problem: &'p Problem,
    window: Option<Window>,
    place: String,
}

impl std::fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.window.is_some() {
            f.write_str(&self.problem.message)
        } else {
            write!(f, "{}: {}", self.place, self.problem.message)
        }
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.problem.code.as_str()))
    }
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.problem.advice().map(|text| Box::new(text) as _)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.window.as_ref().map(|window| window as _)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let window = self.window.as_ref()?;
        let label = LabeledSpan::new(Some("here".to_owned()), window.offset, window.length);
        Some(Box::new(std::iter::once(label)))
    }
}

/// The one line of a source that a problem points at: miette would scan a whole file for each problem.
#[derive(Debug)]
struct Window {
    name: String,
    text: String,
    line: usize,
    offset: usize,
    length: usize,
}

impl Window {
    fn new(source: &Source, problem: &Problem) -> Option<Self> {
        const MAX_LINE_CHARS: usize = 300;
        // A character for a character, so that columns stay.
        let line = &terminal::plain(source.line(problem.at.line)?);
        if line.is_empty() || line.chars().nth(MAX_LINE_CHARS).is_some() {
            return None;
        }
        let before = (problem.at.column.saturating_sub(1)) as usize;
        let offset: usize = line.chars().take(before).map(char::len_utf8).sum();
        let within = line
            .chars()
            .skip(before)
            .take(problem.at.length.max(1) as usize);
        Some(Self {
            name: terminal::plain(&source.label()).into_owned(),
            text: line.to_string(),
            line: problem.at.line.saturating_sub(1) as usize,
            offset,
            length: within.map(char::len_utf8).sum(),
        })
    }
}

impl SourceCode for Window {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_str().read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.line,
            inner.column(),
            inner.line_count(),
        )))
    }
}
