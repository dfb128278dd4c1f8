//! A plain table: typed columns, rows of cells, and its three written forms.
//!
//! Text and Markdown are for reading: numbers are rounded to the column's decimals. CSV is for programs: full digits that read
//! back to the same double, an estimate as three columns. Invariants: a cell is of its column's kind; no cell is NaN or
//! infinite; what is missing is a dash for people and empty in CSV, never a number; rendering is a pure function of the table.
//! Not here: files, terminal width, colours.

mod render;

use thiserror::Error;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers, shown with so many decimals.
    Number {
        /// Digits after the point, 0 to 15.
        decimals: u8,
    },
    /// Numbers with an interval, shown as `value [low, high]`; in CSV three columns, `NAME`, `NAME_low`, `NAME_high`.
    Estimate {
        /// Digits after the point, 0 to 15.
        decimals: u8,
    },
    /// Probabilities, 0..=1, shown with three decimals, or `<0.001`.
    Probability,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known; fits any column.
    Missing,
    /// Words, for [`Kind::Text`].
    Text(String),
    /// A whole number, for [`Kind::Integer`].
    Integer(i64),
    /// A number, for [`Kind::Number`] and [`Kind::Probability`].
    Number(f64),
    /// A number with its interval, for [`Kind::Estimate`]. The value may lie outside: BCa intervals are not centred.
    Estimate {
        /// The value.
        value: f64,
        /// Lower end, at most `high`.
        low: f64,
        /// Upper end.
        high: f64,
    },
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }
}

impl From<u64> for Cell {
    /// Counts; those beyond 2⁶³ − 1, which nothing here reaches, are missing.
    fn from(count: u64) -> Self {
        i64::try_from(count).map_or(Self::Missing, Self::Integer)
    }
}

/// Why a table does not take a row, or cannot be written.
#[derive(Debug, Error)]
pub enum TableError {
    /// A row of another width.
    #[error("row of {cells} cells in a table of {columns} columns")]
    Width {
        /// Cells given.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A cell that is not of its column's kind, not finite, out of range or an interval upside down.
    #[error("column '{column}' cannot hold {cell:?}")]
    Cell {
        /// The column.
        column: String,
        /// The cell.
        cell: Cell,
    },
    /// The CSV writer failed.
    #[error("could not write the table as CSV")]
    Csv(#[source] csv::Error),
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row, checked cell by cell.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), TableError> {
        if row.len() != self.columns.len() {
            return Err(TableError::Width {
                cells: row.len(),
                columns: self.columns.len(),
            });
        }
        for (column, cell) in self.columns.iter().zip(&row) {
            if !fits(column.kind, cell) {
                return Err(TableError::Cell {
                    column: column.name.clone(),
                    cell: cell.clone(),
                });
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows, in the order they were added.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Aligned text: a line of headings, a rule, a line a row; words to the left, numbers to the right, two spaces between.
    /// Widths count characters.
    pub fn to_text(&self) -> String {
        render::text(self)
    }

    /// A Markdown table (GitHub's), aligned in the source too; bars in cells are escaped.
    pub fn to_markdown(&self) -> String {
        render::markdown(self)
    }

    /// As a view: numbers stay numbers, intervals and probabilities are words as people read them.
    pub fn view(&self, title: &str) -> das_core::view::Table {
        render::view(self, title)
    }

    /// CSV (RFC 4180 quoting, LF), with headings and full digits.
    pub fn to_csv(&self) -> Result<String, TableError> {
        render::csv(self)
    }
}

fn fits(kind: Kind, cell: &Cell) -> bool {
    match (kind, cell) {
        (_, Cell::Missing) | (Kind::Text, Cell::Text(_)) | (Kind::Integer, Cell::Integer(_)) => {
            true
        }
        (Kind::Number { .. }, Cell::Number(x)) => x.is_finite(),
        (Kind::Probability, Cell::Number(p)) => (0.0..=1.0).contains(p),
        (Kind::Estimate { .. }, Cell::Estimate { value, low, high }) => {
            value.is_finite() && low.is_finite() && high.is_finite() && low <= high
        }
        _ => false,
    }
}
