//! `das export`: a run or a sweep as tables for other programs, CSV or Parquet.
//!
//! A log goes through line by line ([`das_analysis::export`]); a sweep gives its `results` once more and `runs`, what its directory
//! says of each. Every table is written beside its place and renamed when all are whole, so a directory never holds half an export.
//! Not here: what the tables hold.

use crate::cli::{ExportArgs, ExportForm};
use crate::commands::events_table::{events, fields_of};
use crate::commands::log::{Go, LogError, each_line};
use crate::console::Console;
use crate::failure::{Failure, OK};
use crate::rundir::RunDir;
use crate::scenario::vocabulary::WORLDS;
use crate::sweep::resolved::Meta;
use crate::sweep::results::Results;
use crate::sweep::store::{RESOLVED, RESULTS, Store};
use das_analysis::export::sheet::{Cell, Column, Form, Kind, Sheet};
use das_analysis::export::{Export, ExportError, Made};
use serde_json::json;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufWriter};
use std::path::{Path, PathBuf};

/// What a file is called until all are written.
const UNFINISHED: &str = "tmp";

/// Files on their way to their names.
struct Folder<'a> {
    root: &'a Path,
    form: Form,
    made: RefCell<Vec<PathBuf>>,
}

impl<'a> Folder<'a> {
    /// A new or empty directory; with `force` one that has anything in it.
    fn claim(root: &'a Path, form: Form, force: bool) -> Result<Self, Failure> {
        std::fs::create_dir_all(root).map_err(Failure::writing(root))?;
        let mut entries = std::fs::read_dir(root).map_err(Failure::reading(root))?;
        if !force && entries.next().is_some() {
            return Err(Failure::Usage(format!(
                "{} is not empty; --force writes the tables there, over those of the same names",
                root.display()
            )));
        }
        Ok(Self {
            root,
            form,
            made: RefCell::default(),
        })
    }

    fn path(&self, table: &str) -> PathBuf {
        self.root.join(format!("{table}.{}", self.form.extension()))
    }

    fn open(&self, table: &str) -> io::Result<BufWriter<File>> {
        let path = self.path(table);
        let unfinished = path.with_added_extension(UNFINISHED);
        let file = File::create(&unfinished)?;
        self.made.borrow_mut().push(path);
        Ok(BufWriter::with_capacity(1 << 16, file))
    }

    /// Gives the files their names.
    fn publish(self) -> Result<(), Failure> {
        for path in self.made.take() {
            let unfinished = path.with_added_extension(UNFINISHED);
            std::fs::rename(unfinished, &path).map_err(Failure::writing(&path))?;
        }
        Ok(())
    }
}

impl Drop for Folder<'_> {
    /// What was not finished goes away.
    fn drop(&mut self) {
        for path in self.made.take() {
            drop(std::fs::remove_file(path.with_added_extension(UNFINISHED)));
        }
    }
}

/// Whether a path is a sweep's directory.
pub fn is_sweep(path: &Path) -> bool {
    path.join(RESOLVED).is_file()
}

fn form(args: &ExportArgs) -> Form {
    match args.to {
        ExportForm::Csv => Form::Csv,
        ExportForm::Parquet => Form::Parquet,
    }
}

/// Exports a sweep.
pub fn sweep(args: &ExportArgs, console: &mut Console) -> Result<u8, Failure> {
    let store = Store {
        root: args.path.clone(),
    };
    let meta = Meta::read(&store.file(RESOLVED))?;
    let results = store.file(RESULTS);
    if !results.is_file() {
        return Err(Failure::Input {
            path: args.path.clone(),
            what: format!("has no {RESULTS}: the sweep is not finished; das sweep goes on with it"),
        });
    }
    let results = Results::read(&results, &meta)?;
    let folder = Folder::claim(&args.output, form(args), args.force)?;
    let broken = |error: io::Error| Failure::writing(&args.output)(error);
    let mut made = Vec::new();
    let (columns, rows) = results.sheet(&meta);
    let mut write =
        |table: &str, columns: Vec<Column>, rows: &mut dyn Iterator<Item = Vec<Cell>>| {
            let mut sheet = Sheet::new(folder.form, folder.open(table)?, &columns)?;
            for row in rows {
                sheet.row(row)?;
            }
            let rows = sheet.rows();
            sheet.finish()?;
            made.push(Made {
                table: table.to_owned(),
                columns,
                rows,
            });
            Ok(())
        };
    write("results", columns, &mut rows.into_iter()).map_err(broken)?;
    let (columns, rows) = runs(&store, &meta);
    write("runs", columns, &mut rows.into_iter()).map_err(broken)?;
    told(&made, folder, console)
}

/// What the directory of a sweep says of each run. A run that failed has no status.
fn runs(store: &Store, meta: &Meta) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let mut columns = vec![column("config", Kind::Text)];
    columns.extend(meta.axes.iter().map(|axis| column(&axis.name, Kind::Text)));
    for (name, kind) in [
        ("seed", Kind::Text),
        ("scenario_id", Kind::Text),
        ("cell", Kind::Text),
        ("status", Kind::Text),
        ("epochs", Kind::Integer),
        ("lines", Kind::Integer),
        ("events", Kind::Integer),
        ("bytes", Kind::Integer),
        ("sha256", Kind::Text),
        ("overrides", Kind::Text),
    ] {
        columns.push(column(name, kind));
    }
    let mut rows = Vec::new();
    for cell in &meta.cells {
        for seed in &meta.seeds {
            let record = store.finished(&cell.hash, *seed);
            let text = |of: &dyn Fn(&crate::sweep::cell::Record) -> String| {
                record.as_ref().map_or(Cell::Missing, |r| Cell::Text(of(r)))
            };
            let whole = |of: &dyn Fn(&crate::sweep::cell::Record) -> u64| {
                record
                    .as_ref()
                    .map_or(Cell::Missing, |r| Cell::Integer(of(r) as i64))
            };
            let mut row = vec![Cell::Text(cell.config.clone())];
            row.extend(cell.axes.iter().cloned().map(Cell::Text));
            row.extend([
                Cell::Text(seed.to_string()),
                text(&|r| r.scenario_id.clone()),
                Cell::Text(cell.hash.clone()),
                text(&|r| r.status.clone()),
                whole(&|r| u64::from(r.epochs)),
                whole(&|r| r.log.lines),
                whole(&|r| r.log.events),
                whole(&|r| r.log.bytes),
                text(&|r| r.log.sha256.clone()),
                Cell::Text(json!(cell.overrides).to_string()),
            ]);
            rows.push(row);
        }
    }
    (columns, rows)
}

/// Exports a log.
pub fn log(args: &ExportArgs, log: impl BufRead, console: &mut Console) -> Result<u8, Failure> {
    let folder = Folder::claim(&args.output, form(args), args.force)?;
    let kinds = events().map(|d| {
        let fields = fields_of(d).split(", ").filter(|field| !field.is_empty());
        (d.name, fields.map(|f| f.trim_end_matches('?')).collect())
    });
    let own: Vec<_> = WORLDS
        .iter()
        .flat_map(|world| world.columns)
        .copied()
        .collect();
    let mut export = Export::new(folder.form, &own, kinds, |table| folder.open(table));
    let place = |error: ExportError| match error {
        ExportError::Write { table, source } => Failure::writing(&folder.path(&table))(source),
        other => Failure::Damaged {
            path: RunDir::log_in(&args.path),
            what: other.to_string(),
        },
    };
    let mut failed = None;
    let read = each_line(log, |line| {
        Ok(match export.line(line) {
            Ok(()) => Go::On,
            Err(error) => {
                failed = Some(error);
                Go::Stop
            }
        })
    });
    if let Some(error) = failed {
        return Err(place(error));
    }
    read.map_err(|error| match error {
        LogError::Read(error) => Failure::log(&RunDir::log_in(&args.path), error),
        other => Failure::Internal(other.to_string()),
    })?;
    let made = export.finish().map_err(place)?;
    told(&made, folder, console)
}

fn told(made: &[Made], folder: Folder<'_>, console: &mut Console) -> Result<u8, Failure> {
    let (root, form) = (folder.root, folder.form);
    let paths: Vec<String> = made
        .iter()
        .map(|made| folder.path(&made.table).display().to_string())
        .collect();
    folder.publish()?;
    if console.json {
        let tables: Vec<_> = (made.iter().zip(&paths))
            .map(|(made, path)| {
                let columns: Vec<_> = (made.columns.iter())
                    .map(|column| json!({"name": column.name, "type": word(column.kind)}))
                    .collect();
                json!({"table": made.table, "file": path, "rows": made.rows, "columns": columns})
            })
            .collect();
        console.print(&format!("{}\n", json!({"tables": tables})));
        return Ok(OK);
    }
    if console.quiet {
        return Ok(OK);
    }
    let width = made.iter().map(|m| m.table.len()).max().unwrap_or(0);
    let mut text = format!("{:<width$}  {:>9}  {:>7}\n", "table", "rows", "columns");
    for made in made {
        let _ = writeln!(
            text,
            "{:<width$}  {:>9}  {:>7}",
            made.table,
            made.rows,
            made.columns.len()
        );
    }
    let _ = writeln!(
        text,
        "files   {}/TABLE.{}",
        root.display(),
        form.extension()
    );
    console.print(&text);
    Ok(OK)
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Whole | Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Flag => "boolean",
    }
}
