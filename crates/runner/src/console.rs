//! Where words go: results to stdout, everything else to stderr, neither ever the reason why a run fails.
//!
//! A reader that goes away (`das run … | head`) ends the talking and nothing else: the log is finished all the same.

use crate::scenario::Style;
use std::io::{self, IsTerminal, Write};

/// Stdout and stderr with the flags that hold for both.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four flags that are on or off"
)]
pub struct Console {
    /// Say only what went wrong.
    pub quiet: bool,
    /// JSON in place of text.
    pub json: bool,
    /// Whether stdout may have colours.
    pub color: bool,
    gone: bool,
}

impl Console {
    /// A console with these flags.
    pub fn new(quiet: bool, json: bool, color: bool) -> Self {
        Self {
            quiet,
            json,
            color,
            gone: false,
        }
    }

    /// Prints text to stdout; a broken pipe ends the talking.
    pub fn print(&mut self, text: &str) {
        if self.gone {
            return;
        }
        let mut out = io::stdout().lock();
        if out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            self.gone = true;
        }
    }

    /// Prints a result for people, unless they asked for quiet or for JSON.
    pub fn say(&mut self, text: &str) {
        if !self.quiet && !self.json {
            self.print(text);
        }
    }

    /// A hint on stderr, unless quiet.
    pub fn hint(&self, text: &str) {
        if !self.quiet {
            warn(text);
        }
    }

    /// Bold where colours are on.
    pub fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Green for what passed, red for what did not; the words say it too.
    pub fn verdict(&self, good: bool, text: &str) -> String {
        self.paint(if good { "32" } else { "1;31" }, text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// How problems of a scenario are shown.
    pub fn style(&self) -> Style {
        if self.json {
            Style::Json
        } else if io::stderr().is_terminal() {
            Style::Fancy {
                color: self.color,
                width: 100,
            }
        } else {
            Style::Plain
        }
    }
}

/// A line on stderr; there is nobody to tell if that fails.
pub fn warn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
