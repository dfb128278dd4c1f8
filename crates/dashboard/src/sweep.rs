//! A sweep: its table of results and its summary, as the files say them.

use das_core::view::{Cell, Table, View};
use serde_json::{Value, json};
use std::io::{self, Read};
use std::path::Path;

/// Rows shown.
const ROWS_MAX: usize = 2_000;

/// Bytes read of a file.
const BYTES_MAX: u64 = 16 << 20;

fn text(path: &Path) -> io::Result<String> {
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(BYTES_MAX)
        .read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn cell(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Empty
    } else if let Ok(whole) = text.parse() {
        Cell::Whole(whole)
    } else {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Cell::Number(number),
            _ => Cell::Text(text.to_owned()),
        }
    }
}

/// What the page of a sweep shows.
pub(crate) fn page(folder: &Path) -> io::Result<Value> {
    let results = text(&folder.join("results.csv"))?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(results.as_bytes());
    let columns: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let (mut rows, mut all) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record?;
        all += 1;
        if rows.len() < ROWS_MAX {
            let row = (0..columns.len()).map(|at| cell(record.get(at).unwrap_or_default()));
            rows.push(row.collect());
        }
    }
    let note = (all > ROWS_MAX).then(|| format!("the first {ROWS_MAX} of {all} rows"));
    let table = View::Table(Table {
        title: "Results".to_owned(),
        columns,
        rows,
        note,
    });
    let summary = text(&folder.join("summary.md")).unwrap_or_default();
    Ok(json!({"table": table, "summary": summary}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_shown_as_its_files_say_it() {
        // Numbers are numbers, words words, missing ones empty; without results there is no page.
        let folder = tempfile::tempdir().unwrap();
        assert!(page(folder.path()).is_err());
        std::fs::write(
            folder.path().join("results.csv"),
            "cell,seed,toxicity\na,1,0.5\n\"b,c\",2,\n",
        )
        .unwrap();
        let page = page(folder.path()).unwrap();
        assert_eq!(
            page["table"]["rows"],
            json!([["a", 1, 0.5], ["b,c", 2, null]])
        );
        assert_eq!(page["summary"], "");
    }
}
