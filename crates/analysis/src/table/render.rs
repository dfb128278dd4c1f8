//! The written forms of a table.
//!
//! Invariant: a number that rounds to zero has no sign. Not here: what a table may hold.

use super::{Cell, Column, Kind, Table, TableError};

/// What stands for a missing cell where people read.
const MISSING: &str = "–";

/// Columns of text, numbers to the right.
pub(super) fn text(table: &Table) -> String {
    let shown = shown(table, str::to_owned);
    let widths = widths(&shown);
    let mut out = String::new();
    for (at, row) in shown.iter().enumerate() {
        let mut line = String::new();
        for ((cell, width), column) in row.iter().zip(&widths).zip(&table.columns) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&padded(cell, *width, column));
        }
        out.push_str(line.trim_end());
        out.push('\n');
        if at == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            out.push_str(&rules.join("  "));
            out.push('\n');
        }
    }
    out
}

/// A table of bars and dashes.
pub(super) fn markdown(table: &Table) -> String {
    let shown = shown(table, |cell| cell.replace('\\', "\\\\").replace('|', "\\|"));
    // A rule needs three characters with its colon.
    let widths: Vec<usize> = widths(&shown).into_iter().map(|w| w.max(3)).collect();
    let mut out = String::new();
    for (at, row) in shown.iter().enumerate() {
        for ((cell, width), column) in row.iter().zip(&widths).zip(&table.columns) {
            out.push_str("| ");
            out.push_str(&padded(cell, *width, column));
            out.push(' ');
        }
        out.push_str("|\n");
        if at == 0 {
            for (width, column) in widths.iter().zip(&table.columns) {
                out.push_str("| ");
                out.push_str(&"-".repeat(width - 1));
                out.push_str(if column.kind == Kind::Text {
                    "- "
                } else {
                    ": "
                });
            }
            out.push_str("|\n");
        }
    }
    out
}

/// Plain data for a page.
pub(super) fn view(table: &Table, title: &str) -> das_core::view::Table {
    use das_core::view;
    let cell = |cell: &Cell, kind: Kind| match cell {
        Cell::Missing => view::Cell::Empty,
        Cell::Integer(n) => view::Cell::Whole(*n),
        Cell::Number(x) if kind != Kind::Probability => view::Cell::Number(*x),
        other => view::Cell::Text(seen(other, kind)),
    };
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&table.columns);
        cells.map(|(c, column)| cell(c, column.kind)).collect()
    };
    view::Table {
        title: title.to_owned(),
        columns: table.columns.iter().map(|c| c.name.clone()).collect(),
        rows: table.rows.iter().map(row).collect(),
        note: None,
    }
}

/// Comma-separated, full digits.
pub(super) fn csv(table: &Table) -> Result<String, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut head = Vec::new();
    for column in &table.columns {
        head.push(column.name.clone());
        if matches!(column.kind, Kind::Estimate { .. }) {
            head.push(format!("{}_low", column.name));
            head.push(format!("{}_high", column.name));
        }
    }
    writer.write_record(&head).map_err(TableError::Csv)?;
    for row in &table.rows {
        let mut record = Vec::new();
        for (cell, column) in row.iter().zip(&table.columns) {
            match (cell, column.kind) {
                (Cell::Missing, Kind::Estimate { .. }) => {
                    record.extend([String::new(), String::new(), String::new()]);
                }
                (Cell::Missing, _) => record.push(String::new()),
                (Cell::Text(text), _) => record.push(text.clone()),
                (Cell::Integer(n), _) => record.push(n.to_string()),
                (Cell::Number(x), _) => record.push(digits(*x)),
                (Cell::Estimate { value, low, high }, _) => {
                    record.extend([digits(*value), digits(*low), digits(*high)]);
                }
            }
        }
        writer.write_record(&record).map_err(TableError::Csv)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| TableError::Csv(error.into_error().into()))?;
    String::from_utf8(bytes).map_err(|error| TableError::Csv(std::io::Error::other(error).into()))
}

/// Shortest digits that read back to the same double; no negative zero.
fn digits(x: f64) -> String {
    let x = x + 0.0;
    // Plain digits from 1e-5 to 1e16, an exponent beyond: both read back exactly.
    if x == 0.0 || (1e-5..1e16).contains(&x.abs()) {
        format!("{x}")
    } else {
        format!("{x:e}")
    }
}

/// Headings and rows as people see them, one line a cell.
fn shown(table: &Table, escape: impl Fn(&str) -> String) -> Vec<Vec<String>> {
    let one_line = |text: &str| escape(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let head = table.columns.iter().map(|c| one_line(&c.name)).collect();
    let mut all = vec![head];
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns);
        all.push(
            cells
                .map(|(cell, c)| one_line(&seen(cell, c.kind)))
                .collect(),
        );
    }
    all
}

/// A cell as people see it.
fn seen(cell: &Cell, kind: Kind) -> String {
    let decimals = match kind {
        Kind::Number { decimals } | Kind::Estimate { decimals } => decimals.min(15),
        _ => 3,
    };
    match cell {
        Cell::Missing => MISSING.to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(n) => n.to_string(),
        Cell::Number(p) if kind == Kind::Probability && *p < 0.001 => "<0.001".to_owned(),
        Cell::Number(x) => fixed(*x, decimals),
        Cell::Estimate { value, low, high } => format!(
            "{} [{}, {}]",
            fixed(*value, decimals),
            fixed(*low, decimals),
            fixed(*high, decimals)
        ),
    }
}

/// Fixed decimals; what rounds to zero has no sign.
fn fixed(x: f64, decimals: u8) -> String {
    let text = format!("{x:.0$}", usize::from(decimals));
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

fn widths(shown: &[Vec<String>]) -> Vec<usize> {
    let columns = shown.first().map_or(0, Vec::len);
    (0..columns)
        .map(|j| {
            shown
                .iter()
                .map(|row| row[j].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect()
}

fn padded(cell: &str, width: usize, column: &Column) -> String {
    if column.kind == Kind::Text {
        format!("{cell:<width$}")
    } else {
        format!("{cell:>width$}")
    }
}
