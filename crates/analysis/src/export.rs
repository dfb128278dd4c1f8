//! A log as tidy tables: one table for each kind of line, columns called as the fields, a row a line.
//!
//! | table | a row is |
//! |---|---|
//! | `run` | the run: what line 0 says of it, how it ended, pooled metrics |
//! | `epochs` | an `epoch_completed`, a column for each metric |
//! | `epoch_figures` · `epoch_kinds` · `epoch_levers` | a figure of the world, a kind of agent, a lever in an epoch |
//! | `agents` · `agent_states` · `interactions` | an `agent_registered`, `agent_state`, `interaction` |
//! | `vote_cast`, `task_paid`, … | a line of that kind, one table for each |
//! | `other` | a line of a kind that is not known here, its fields as JSON |
//!
//! Invariants: nothing is held but one group of rows a table and the facts of line 0; every line of the log but `seal` and
//! `simulation_ended` (which repeats `run_completed`) is in a table; a table has the same columns of the same types for every log
//! ([`columns`]); numbers keep their bits. Not here: files, which lines a log has lost, and what kinds there are: the caller names
//! them with their fields.

pub mod columns;
pub mod sheet;

use columns::{Typed, column};
use das_core::log::{ENDED, Line, RUN_COMPLETED, SEAL, STARTED};
use das_core::metrics::epoch::METRICS;
use serde_json::{Map, Value};
use sheet::{Cell, Column, Form, Kind, Sheet};
use std::collections::BTreeMap;
use std::io::{self, Write};
use thiserror::Error;

/// A log cannot be exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A line is not what its kind says.
    #[error("line {seq}: `{field}` of `{kind}` holds {found}, which its column cannot")]
    Line {
        /// Number of the line, from 0.
        seq: u64,
        /// Its kind.
        kind: String,
        /// The field.
        field: String,
        /// What it holds, cut short.
        found: String,
    },
    /// A line is no object.
    #[error("line {seq}: {source}")]
    Json {
        /// Number of the line, from 0.
        seq: u64,
        /// What the JSON reader said.
        source: serde_json::Error,
    },
    /// A table cannot be written.
    #[error("the table `{table}` cannot be written")]
    Write {
        /// The table.
        table: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A table that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub table: String,
    /// Columns, in order.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: u64,
}

/// The name of the table that lines of a kind go to.
pub fn table_of(kind: &str) -> &str {
    match kind {
        "interaction" => "interactions",
        "agent_registered" => "agents",
        "agent_state" => "agent_states",
        "epoch_completed" => "epochs",
        RUN_COMPLETED | STARTED => "run",
        other => other,
    }
}

/// Columns every line of a log has.
const HEAD: [(&str, Kind); 4] = [
    ("seq", Kind::Integer),
    ("event", Kind::Integer),
    ("epoch", Kind::Integer),
    ("step", Kind::Integer),
];

fn named(list: &[(&str, Kind)]) -> Vec<Column> {
    list.iter()
        .map(|(name, kind)| Column {
            name: (*name).to_owned(),
            kind: *kind,
        })
        .collect()
}

fn metric_columns() -> impl Iterator<Item = Column> {
    METRICS.iter().map(|metric| Column {
        name: metric.name.to_owned(),
        // Counts are whole numbers; most are called so.
        kind: match metric.name {
            "sanctions" | "false_sanctions" => Kind::Integer,
            name if name.starts_with("n_") => Kind::Integer,
            _ => Kind::Number,
        },
    })
}

/// Columns of a table by its kind of line and the fields of that kind.
pub fn columns_of(kind: &str, fields: &[&str], own: &[Typed]) -> Vec<Column> {
    let mut all = named(&HEAD);
    match kind {
        "epoch_completed" => {
            all.push(column(kind, "partial", own));
            all.extend(metric_columns());
        }
        RUN_COMPLETED | STARTED => {
            all = named(&[
                ("scenario_id", Kind::Text),
                ("seed", Kind::Text),
                ("engine", Kind::Integer),
                ("environment", Kind::Text),
                ("epochs", Kind::Integer),
                ("steps_per_epoch", Kind::Integer),
                ("detail", Kind::Text),
                ("status", Kind::Text),
                ("open_interactions", Kind::Integer),
                ("treasury", Kind::Number),
            ]);
            all.extend(metric_columns());
        }
        _ => all.extend(fields.iter().map(|field| column(kind, field, own))),
    }
    all
}

/// Columns of the tables that an `epoch_completed` is split into.
const FIGURES: &[(&str, Kind)] = &[
    ("epoch", Kind::Integer),
    ("figure", Kind::Text),
    ("value", Kind::Number),
];
const KINDS: &[(&str, Kind)] = &[
    ("epoch", Kind::Integer),
    ("kind", Kind::Text),
    ("agents", Kind::Integer),
    ("payoff", Kind::Number),
    ("reputation", Kind::Number),
    ("balance", Kind::Number),
];
const LEVERS: &[(&str, Kind)] = &[
    ("epoch", Kind::Integer),
    ("lever", Kind::Text),
    ("taken", Kind::Number),
    ("governance_cost", Kind::Number),
    ("sanctions", Kind::Integer),
    ("false_sanctions", Kind::Integer),
];
const OTHER: &[(&str, Kind)] = &[
    ("seq", Kind::Integer),
    ("event", Kind::Integer),
    ("epoch", Kind::Integer),
    ("step", Kind::Integer),
    ("type", Kind::Text),
    ("fields", Kind::Text),
];

/// A log on its way into tables; `open` gives the place a table is written to by the table's name.
pub struct Export<W: Write, F: FnMut(&str) -> io::Result<W>> {
    form: Form,
    open: F,
    /// Columns by kind of line.
    known: BTreeMap<String, Vec<Column>>,
    sheets: BTreeMap<String, (Vec<Column>, Sheet<W>)>,
    run: BTreeMap<String, Value>,
}

impl<W: Write, F: FnMut(&str) -> io::Result<W>> Export<W, F> {
    /// Begins; `kinds` are the kinds of line with their fields in order, `own` the types of fields of worlds.
    pub fn new<'k>(
        form: Form,
        own: &[Typed],
        kinds: impl IntoIterator<Item = (&'k str, Vec<&'k str>)>,
        open: F,
    ) -> Self {
        let known = kinds
            .into_iter()
            .map(|(kind, fields)| (kind.to_owned(), columns_of(kind, &fields, own)))
            .collect();
        Self {
            form,
            open,
            known,
            sheets: BTreeMap::new(),
            run: BTreeMap::new(),
        }
    }

    /// Takes a line.
    pub fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        let (kind, seq) = (line.head.kind, line.head.seq);
        if matches!(kind, SEAL | ENDED) {
            return Ok(());
        }
        let fields: Map<String, Value> = line
            .parse()
            .map_err(|source| ExportError::Json { seq, source })?;
        match kind {
            STARTED => {
                let find = |path: &str| {
                    let scenario = fields.get("scenario")?;
                    scenario.pointer(path).cloned()
                };
                for (name, value) in [
                    ("scenario_id", find("/scenario_id")),
                    ("environment", find("/environment/kind")),
                    ("epochs", find("/simulation/epochs")),
                    ("steps_per_epoch", find("/simulation/steps_per_epoch")),
                    ("detail", find("/detail")),
                    ("seed", fields.get("seed").cloned()),
                    ("engine", fields.get("engine").cloned()),
                ] {
                    if let Some(value) = value {
                        self.run.insert(name.to_owned(), value);
                    }
                }
                Ok(())
            }
            RUN_COMPLETED => {
                for (name, value) in fields {
                    match value {
                        Value::Object(metrics) if name == "metrics" => self.run.extend(metrics),
                        value => {
                            self.run.insert(name, value);
                        }
                    }
                }
                Ok(())
            }
            "epoch_completed" => self.epoch(line, &fields),
            kind => {
                let Some(columns) = self.known.get(kind).cloned() else {
                    let text = Value::Object(
                        fields
                            .into_iter()
                            .filter(|(name, _)| {
                                name != "type" && HEAD.iter().all(|(head, _)| head != name)
                            })
                            .collect(),
                    );
                    let cells = vec![
                        Cell::Integer(seq as i64),
                        line.head
                            .event
                            .map_or(Cell::Missing, |n| Cell::Integer(n as i64)),
                        Cell::Integer(i64::from(line.head.now.epoch)),
                        Cell::Integer(i64::from(line.head.now.step)),
                        Cell::Text(kind.to_owned()),
                        Cell::Text(text.to_string()),
                    ];
                    return self.row("other", &named(OTHER), cells);
                };
                let cells = cells(seq, kind, &columns, |name| fields.get(name))?;
                self.row(table_of(kind), &columns, cells)
            }
        }
    }

    fn epoch(&mut self, line: &Line<'_>, fields: &Map<String, Value>) -> Result<(), ExportError> {
        let (seq, kind) = (line.head.seq, line.head.kind);
        let epoch = fields.get("epoch").cloned().unwrap_or_default();
        let columns = columns_of(kind, &[], &[]);
        let metrics = fields.get("metrics");
        let found = cells(seq, kind, &columns, |name| {
            fields.get(name).or_else(|| metrics?.get(name))
        })?;
        self.row("epochs", &columns, found)?;
        for (part, table, list, key) in [
            ("env", "epoch_figures", FIGURES, "figure"),
            ("kinds", "epoch_kinds", KINDS, "kind"),
            ("levers", "epoch_levers", LEVERS, "lever"),
        ] {
            let Some(Value::Object(parts)) = fields.get(part) else {
                continue;
            };
            let columns = named(list);
            for (name, value) in parts {
                let name = Value::from(name.as_str());
                let found = cells(seq, kind, &columns, |column| match column {
                    "epoch" => Some(&epoch),
                    column if column == key => Some(&name),
                    "value" => Some(value),
                    column => value.get(column),
                })?;
                self.row(table, &columns, found)?;
            }
        }
        Ok(())
    }

    fn row(
        &mut self,
        table: &str,
        columns: &[Column],
        cells: Vec<Cell>,
    ) -> Result<(), ExportError> {
        let broken = |source| ExportError::Write {
            table: table.to_owned(),
            source,
        };
        if !self.sheets.contains_key(table) {
            let place = (self.open)(table).map_err(broken)?;
            let sheet = Sheet::new(self.form, place, columns).map_err(broken)?;
            self.sheets
                .insert(table.to_owned(), (columns.to_vec(), sheet));
        }
        match self.sheets.get_mut(table) {
            Some((_, sheet)) => sheet.row(cells).map_err(broken),
            None => Ok(()),
        }
    }

    /// Ends all tables: what was written, by name.
    pub fn finish(mut self) -> Result<Vec<Made>, ExportError> {
        let run = std::mem::take(&mut self.run);
        if !run.is_empty() {
            let columns = columns_of(RUN_COMPLETED, &[], &[]);
            let cells = cells(0, RUN_COMPLETED, &columns, |name| run.get(name))?;
            self.row("run", &columns, cells)?;
        }
        let mut made = Vec::new();
        for (table, (columns, sheet)) in self.sheets {
            let rows = sheet.rows();
            if let Err(source) = sheet.finish() {
                return Err(ExportError::Write { table, source });
            }
            made.push(Made {
                table,
                columns,
                rows,
            });
        }
        Ok(made)
    }
}

/// The cells of a row, each from the value of its column's name.
fn cells<'v>(
    seq: u64,
    kind: &str,
    columns: &[Column],
    get: impl Fn(&str) -> Option<&'v Value>,
) -> Result<Vec<Cell>, ExportError> {
    columns
        .iter()
        .map(|column| {
            let value = get(&column.name);
            let wrong = |value: &Value| ExportError::Line {
                seq,
                kind: kind.to_owned(),
                field: column.name.clone(),
                found: value.to_string().chars().take(60).collect(),
            };
            Ok(match (column.kind, value) {
                (kind, None) => columns::absent(&column.name, kind),
                (_, Some(Value::Null)) => Cell::Missing,
                (Kind::Text, Some(Value::String(text))) => Cell::Text(text.clone()),
                (Kind::Text, Some(other)) => Cell::Text(other.to_string()),
                (Kind::Integer, Some(value)) => {
                    Cell::Integer(value.as_i64().ok_or_else(|| wrong(value))?)
                }
                (Kind::Number, Some(value @ Value::Number(number))) => {
                    Cell::Number(number.as_f64().ok_or_else(|| wrong(value))?)
                }
                (Kind::Flag, Some(Value::Bool(flag))) => Cell::Flag(*flag),
                (_, Some(value)) => return Err(wrong(value)),
            })
        })
        .collect()
}
