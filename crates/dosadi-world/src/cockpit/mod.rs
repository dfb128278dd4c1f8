//! What is happening and why: plain tables folded from the lines of a log.
//!
//! A view reads lines one by one, in order, and keeps sums; it never sees a world, so a log from elsewhere gives the same tables.
//! [`Fold::views`] gives them as shapes that a page or a report draws, with the maps that line 0 or the vault it names determines.
//! [`Fold`] takes lines as they come, [`fold`] takes an iterator. Lines of types a view does not know are passed over, so a log
//! of another world gives empty tables with a note. Not here: how tables are drawn, and where logs are read from.

mod borders;
mod ledger;
mod lines;
mod place;
mod shown;
mod smuggling;
mod wards;

use crate::state::State;
use das_core::describe::Descriptor;
use das_core::view;
use lines::{At, Head};
use place::Place;
use serde::Serialize;
use thiserror::Error;

/// One value of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// A word.
    Text(String),
    /// A count or an event number.
    Whole(i64),
    /// A measure.
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Whole(count as i64)
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Whole(i64::from(count))
    }
}

impl From<i64> for Cell {
    fn from(count: i64) -> Self {
        Self::Whole(count)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A table: every row has a cell for each column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of its columns, with units where they have one.
    pub columns: Vec<&'static str>,
    /// Rows, in the order to be shown.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader should know: what was cut off, or which lines the log does not have.
    pub note: Option<String>,
}

impl Table {
    fn new(title: &str, columns: &[&'static str], rows: Vec<Vec<Cell>>) -> Self {
        debug_assert!(rows.iter().all(|row| row.len() == columns.len()));
        Self {
            title: title.to_owned(),
            columns: columns.to_vec(),
            rows,
            note: None,
        }
    }

    /// Keeps the first rows and says how many there were.
    fn top(mut self, rows: usize) -> Self {
        if self.rows.len() > rows {
            let first = format!("the first {rows} of {}", self.rows.len());
            self.note = Some(match self.note {
                Some(note) => format!("{first}; {note}"),
                None => first,
            });
            self.rows.truncate(rows);
        }
        self
    }

    /// Says how to read a table that is not empty.
    fn saying(mut self, note: &str) -> Self {
        if !self.rows.is_empty() {
            self.note = Some(note.to_owned());
        }
        self
    }

    /// Says which lines an empty table would have been made from.
    fn needs(mut self, types: &str) -> Self {
        if self.rows.is_empty() {
            self.note = Some(format!(
                "the log has no {types} lines (they need a detail that keeps them)"
            ));
        }
        self
    }
}

/// A view cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CockpitError {
    /// No view has this name.
    #[error("no view is called `{name}`; there are {known}")]
    Unknown {
        /// Name asked for.
        name: String,
        /// Names there are.
        known: String,
    },
    /// A line is not what its type says.
    #[error("line {line}: {message}")]
    Line {
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
}

const fn view(name: &'static str, summary: &'static str, formula: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "view",
        summary,
        formula,
        params: &[],
        source: "seed 001, section 10",
    }
}

const VIEWS: &[Descriptor] = &[
    view(
        "smuggling",
        "networks and their commodities, hottest routes (a map of them), and why each route was chosen",
        "success = delivered / (delivered + seized + lost)",
    ),
    view(
        "borders",
        "borders by smuggled traffic with seizures and bribes (a map of it), crackdowns (a timeline), posts that audits found",
        "seized share = seized / checks",
    ),
    view(
        "wards",
        "the city week by week, and what each ward bought, lost and smuggled (maps of it)",
        "",
    ),
    view(
        "ledger",
        "money that moved by channel (flows between those who pay and receive), by kind of office with its inequality, and by agent",
        "",
    ),
];

/// All views.
pub fn views() -> &'static [Descriptor] {
    VIEWS
}

/// What a view keeps while lines pass.
trait View {
    /// Takes a line of a type; others than its own are none of its business.
    fn line(&mut self, kind: &str, at: At, json: &str) -> Result<(), serde_json::Error>;
    /// Its tables.
    fn tables(&self) -> Vec<Table>;
    /// What of it can be drawn beside its tables; `place` is where things are, if the log says it.
    fn pictures(&self, place: Option<&Place>) -> Vec<view::View>;
}

/// A view in the making.
pub struct Fold {
    view: Box<dyn View>,
    line: u64,
    steps_per_epoch: u64,
    /// Line 0, which determines the map.
    start: Option<String>,
    /// The map of the vault the city went on from, or why there is none.
    vault: Option<Result<Place, String>>,
    /// Whether the view draws maps.
    mapped: bool,
}

impl Fold {
    /// An empty view of this name.
    pub fn new(name: &str) -> Result<Self, CockpitError> {
        let view: Box<dyn View> = match name {
            "smuggling" => Box::<smuggling::Smuggling>::default(),
            "borders" => Box::<borders::Borders>::default(),
            "wards" => Box::<wards::Wards>::default(),
            "ledger" => Box::<ledger::Ledger>::default(),
            _ => {
                return Err(CockpitError::Unknown {
                    name: name.to_owned(),
                    known: VIEWS.iter().map(|v| v.name).collect::<Vec<_>>().join(", "),
                });
            }
        };
        Ok(Self {
            view,
            line: 0,
            steps_per_epoch: u64::from(crate::day::WEEK),
            start: None,
            vault: None,
            mapped: name != "ledger",
        })
    }

    /// Tells the map of a city that went on from a vault: its state as it was saved, or why nobody has it.
    pub fn went_on_from(&mut self, saved: Result<&State, String>) {
        let no_ward = || "it has no wards".to_owned();
        self.vault = Some(saved.and_then(|state| Place::saved(state).ok_or_else(no_ward)));
    }

    /// Takes the next line of the log.
    pub fn line(&mut self, json: &str) -> Result<(), CockpitError> {
        self.line += 1;
        let number = self.line;
        let wrong = |message: String| CockpitError::Line {
            line: number,
            message,
        };
        if json.is_empty() {
            return Ok(());
        }
        let Some(kind) = lines::kind(json) else {
            return Err(wrong("is no line of a log: it has no type".to_owned()));
        };
        if kind == "simulation_started" {
            if let Some(steps) = lines::steps_per_epoch(json) {
                self.steps_per_epoch = steps;
            }
            self.start = Some(json.to_owned());
            return Ok(());
        }
        let Some(head) = Head::of(json) else {
            return Err(wrong("has no epoch and step".to_owned()));
        };
        let at = At {
            // Of a log that anybody wrote: a number that is too large stays large.
            day: (head.epoch.saturating_mul(self.steps_per_epoch)).saturating_add(head.step),
            epoch: head.epoch,
        };
        self.view
            .line(kind, at, json)
            .map_err(|e| wrong(format!("{kind}: {e}")))
    }

    /// The tables so far.
    pub fn tables(&self) -> Vec<Table> {
        self.view.tables()
    }

    /// Everything so far as views: maps, timelines and flows, then the tables with the charts that follow from them.
    pub fn views(&self) -> Vec<view::View> {
        let of_line0 = self.start.as_deref().and_then(Place::of);
        let saved = self.vault.as_ref().and_then(|saved| saved.as_ref().ok());
        // Line 0 of a city that went on from a vault determines no map.
        let mut views = self.view.pictures(of_line0.as_ref().or(saved));
        if let (Some(Err(why)), true) = (&self.vault, self.mapped) {
            views.insert(0, no_map(why));
        }
        views.extend(self.tables().iter().flat_map(shown::views_of));
        views
    }
}

/// What stands where a map would.
fn no_map(why: &str) -> view::View {
    view::View::Table(view::Table {
        title: "No map".to_owned(),
        note: Some(format!(
            "The city went on from a vault, and its map is there alone: {why}"
        )),
        ..view::Table::default()
    })
}

/// Tables of a view over the lines of a log.
pub fn fold(view: &str, lines: &mut dyn Iterator<Item = &str>) -> Result<Vec<Table>, CockpitError> {
    let mut fold = Fold::new(view)?;
    for line in lines {
        fold.line(line)?;
    }
    Ok(fold.tables())
}
