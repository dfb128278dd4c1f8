//! Where words go: results to stdout, everything else to stderr, neither ever the reason why a run fails.
//!
//! What is not for a terminal is replaced on the way ([`crate::terminal`]): only our own colours pass.
//! A reader that goes away (`das run … | head`) ends the talking and nothing else: the log is finished all the same.

use crate::scenario::Style;
use crate::terminal::{Plain, REPLACED, plain, plain_json};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

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
        let shown = match (self.json, self.color) {
            (true, _) => plain_json(text),
            (false, true) => coloured(text).into(),
            (false, false) => plain(text),
        };
        let mut out = io::stdout().lock();
        if out
            .write_all(shown.as_bytes())
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
            format!("\x1b[{code}m{}\x1b[0m", plain(text))
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

/// All colours there are.
const COLOURS: [&str; 4] = ["\x1b[1m", "\x1b[32m", "\x1b[1;31m", "\x1b[0m"];

/// A text with its colours.
fn coloured(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (at, part) in text.split('\x1b').enumerate() {
        // What stands before the first escape is no colour.
        let known = COLOURS.iter().find(|c| at > 0 && part.starts_with(&c[1..]));
        let rest = match known {
            Some(colour) => {
                shown.push_str(colour);
                &part[colour.len() - 1..]
            }
            None if at > 0 => {
                shown.push(REPLACED);
                part
            }
            None => part,
        };
        shown.push_str(&plain(rest));
    }
    shown
}

/// Stdout for a command that writes piece by piece; `json` says that JSON is written.
pub fn stdout(json: bool) -> Plain<BufWriter<StdoutLock<'static>>> {
    Plain::new(BufWriter::new(io::stdout().lock()), json)
}

/// A line on stderr; there is nobody to tell if that fails.
pub fn warn(text: &str) {
    drawn(&plain(text));
}

/// A line on stderr of which the parts were made plain and the rest is colour.
pub fn drawn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
