//! Reports: a run or a sweep as one page that needs nothing else, for mail, archives and papers.
//!
//! [`of_run`] folds a log once, [`of_sweep`] reads a sweep's table of results; both give the text of a file. Invariants: the page is
//! a function of the bytes it is made from and the name of the log: no clock, no path, no machine; figures stand as
//! `summary.json` and `results.csv` have them, digit for digit, findable by their `data-testid`; whatever agents wrote is text.
//! Not here: markup ([`das_analysis::render`]), panels of a run ([`das_analysis::panels`]), and where the file goes
//! ([`crate::commands::report`]).

mod figures;
mod moments;
mod reading;
mod run;
mod sweep;

pub use run::of_run;
pub use sweep::of_sweep;

use das_analysis::render::{Html, draw};
use das_core::view::View;

/// A page, and what a reader of the terminal should know.
#[derive(Clone, Debug)]
pub struct Made {
    /// The file.
    pub text: String,
    /// What is missing or cannot be relied on, one sentence each.
    pub notes: Vec<String>,
    /// Whether the run had ended, or the sweep has all its runs.
    pub finished: bool,
}

/// Views side by side.
fn panels(views: &[View]) -> Html {
    let mut html = Html::default();
    html.open("div", &[("class", "panels")]);
    for view in views {
        html.append(&draw(view));
    }
    html.close("div");
    html
}

/// Facts by name.
fn facts(rows: &[(&str, String)]) -> Html {
    let mut html = Html::default();
    html.open("dl", &[("class", "facts")]);
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        html.leaf("dt", &[], name).leaf("dd", &[], value);
    }
    html.close("dl");
    html
}
