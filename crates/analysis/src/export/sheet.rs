//! A table that is written row by row, as CSV or as Parquet.
//!
//! CSV: RFC 4180, LF, a line of names first; a missing value is empty; numbers have the digits that read back to the same double;
//! `true` and `false`. Parquet: row groups of at most [`GROUP_ROWS`] rows, or fewer where their text is long. Invariant: memory is that
//! of one group. Not here: where it is written to.

use crate::parquet::{self, Values};
use std::io::{self, Write};

pub use crate::parquet::Kind;

/// Most rows in a group of a Parquet file.
pub const GROUP_ROWS: u64 = 1 << 15;

/// Bytes of text after which a group ends early.
const GROUP_BYTES: usize = 8 << 20;

/// What a table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Form {
    /// What the file's name ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing; fits any column but [`Kind::Whole`].
    Missing,
    /// Words.
    Text(String),
    /// A whole number of either sign.
    Integer(i64),
    /// A whole number, for [`Kind::Whole`].
    Whole(u64),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
}

/// A table in the making.
pub struct Sheet<W: Write> {
    columns: usize,
    rows: u64,
    to: To<W>,
}

enum To<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Parquet {
        file: parquet::Writer<W>,
        group: Vec<Values>,
        rows: u64,
        bytes: usize,
    },
}

impl<W: Write> Sheet<W> {
    /// Begins a table.
    pub fn new(form: Form, out: W, columns: &[Column]) -> io::Result<Self> {
        let to = match form {
            Form::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(columns.iter().map(|column| column.name.as_str()))?;
                To::Csv(Box::new(writer))
            }
            Form::Parquet => {
                let list = columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
                To::Parquet {
                    file: parquet::Writer::new(out, list)?,
                    group: columns.iter().map(|c| Values::of(c.kind)).collect(),
                    rows: 0,
                    bytes: 0,
                }
            }
        };
        Ok(Self {
            columns: columns.len(),
            rows: 0,
            to,
        })
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds a row, a cell for each column; a cell that is not of its column's kind is refused.
    pub fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let unfit = || io::Error::new(io::ErrorKind::InvalidInput, "a cell of another kind");
        if cells.len() != self.columns {
            return Err(unfit());
        }
        self.rows += 1;
        match &mut self.to {
            To::Csv(writer) => {
                for cell in &cells {
                    match cell {
                        Cell::Missing => writer.write_field("")?,
                        Cell::Text(text) => writer.write_field(text)?,
                        Cell::Integer(x) => writer.write_field(x.to_string())?,
                        Cell::Whole(x) => writer.write_field(x.to_string())?,
                        Cell::Number(x) => writer.write_field(x.to_string())?,
                        Cell::Flag(x) => writer.write_field(if *x { "true" } else { "false" })?,
                    }
                }
                writer.write_record(None::<&[u8]>)?;
            }
            To::Parquet {
                file,
                group,
                rows,
                bytes,
            } => {
                for (cell, values) in cells.into_iter().zip(group.iter_mut()) {
                    match (cell, values) {
                        (Cell::Missing, Values::Text(to)) => to.push(None),
                        (Cell::Missing, Values::Integer(to)) => to.push(None),
                        (Cell::Missing, Values::Number(to)) => to.push(None),
                        (Cell::Missing, Values::Flag(to)) => to.push(None),
                        (Cell::Text(text), Values::Text(to)) => {
                            *bytes += text.len();
                            to.push(Some(text));
                        }
                        (Cell::Integer(x), Values::Integer(to)) => to.push(Some(x)),
                        (Cell::Whole(x), Values::Whole(to)) => to.push(x),
                        (Cell::Number(x), Values::Number(to)) => to.push(Some(x)),
                        (Cell::Flag(x), Values::Flag(to)) => to.push(Some(x)),
                        _ => return Err(unfit()),
                    }
                }
                *rows += 1;
                if *rows == GROUP_ROWS || *bytes >= GROUP_BYTES {
                    file.group(group)?;
                    for values in group.iter_mut() {
                        *values = Values::of(values.kind());
                    }
                    (*rows, *bytes) = (0, 0);
                }
            }
        }
        Ok(())
    }

    /// Ends the table.
    pub fn finish(self) -> io::Result<W> {
        match self.to {
            To::Csv(writer) => writer.into_inner().map_err(csv::IntoInnerError::into_error),
            To::Parquet {
                mut file,
                group,
                rows,
                ..
            } => {
                if rows > 0 {
                    file.group(&group)?;
                }
                file.finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        [("a", Kind::Text), ("b", Kind::Number), ("c", Kind::Flag)]
            .map(|(name, kind)| Column {
                name: name.to_owned(),
                kind,
            })
            .to_vec()
    }

    #[test]
    fn csv_is_quoted_and_reads_back() {
        // A comma, a quote and a line break in a word; a double with all its digits; what is missing is empty.
        let mut sheet = Sheet::new(Form::Csv, Vec::new(), &columns()).unwrap();
        let odd = "a,\"b\"\nц";
        sheet
            .row(vec![
                Cell::Text(odd.into()),
                Cell::Number(0.1 + 0.2),
                Cell::Flag(true),
            ])
            .unwrap();
        sheet
            .row(vec![Cell::Missing, Cell::Missing, Cell::Missing])
            .unwrap();
        assert_eq!(sheet.rows(), 2);
        let text = String::from_utf8(sheet.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "a,b,c\n\"a,\"\"b\"\"\nц\",0.30000000000000004,true\n,,\n"
        );
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        // Too few cells in either form, and a word for a number in Parquet.
        for form in [Form::Csv, Form::Parquet] {
            let mut sheet = Sheet::new(form, Vec::new(), &columns()).unwrap();
            assert!(sheet.row(vec![Cell::Missing]).is_err());
        }
        let mut sheet = Sheet::new(Form::Parquet, Vec::new(), &columns()).unwrap();
        let word = Cell::Text("x".into());
        assert!(
            sheet
                .row(vec![word.clone(), word, Cell::Flag(true)])
                .is_err()
        );
    }

    #[test]
    fn long_text_ends_a_group_early() {
        // Twenty megabytes in twenty rows: what has been written before the end is more than what is held.
        let (mut out, row) = (Vec::new(), "x".repeat(1 << 20));
        let mut sheet = Sheet::new(Form::Parquet, &mut out, &columns()).unwrap();
        for _ in 0..20 {
            let cells = vec![Cell::Text(row.clone()), Cell::Number(1.0), Cell::Missing];
            sheet.row(cells).unwrap();
        }
        assert!(matches!(&sheet.to, To::Parquet { bytes, .. } if *bytes < GROUP_BYTES));
        sheet.finish().unwrap();
        assert!(out.len() > 20 << 20 && out.ends_with(b"PAR1"));
    }
}
