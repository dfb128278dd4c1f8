//! The table of all runs: `results.csv` and `results.parquet`.
//!
//! Wide and tidy: a row is a run; columns are `config`, the axes, the varied keys, `seed`, then every metric that any run has, the
//! engine's in the order of their table, others by name. Numbers have all digits that read back to the same double; what is not
//! defined is empty. Invariant: the bytes follow from plan and records, not from who ran what when. Not here: comparisons.

use super::resolved::Meta;
use crate::failure::Failure;
use crate::scenario::vocabulary;
use das_analysis::compare::Row;
use das_analysis::export::sheet::{Cell, Column, Form, Kind, Sheet};
use std::collections::BTreeMap;
use std::path::Path;

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Number of its cell in [`Meta::cells`].
    pub cell: usize,
    /// The seed.
    pub seed: u64,
    /// Values of the varied keys.
    pub keys: Vec<Option<String>>,
    /// Values of the metrics.
    pub values: Vec<Option<f64>>,
}

/// Metrics of finished runs, by scenario and seed. Names are kept once: a run is a kilobyte.
#[derive(Clone, Debug, Default)]
pub struct Records {
    names: BTreeMap<String, u32>,
    rows: BTreeMap<(String, u64), Vec<(u32, f64)>>,
}

impl Records {
    /// Takes what a run came to.
    pub fn add(&mut self, hash: &str, seed: u64, metrics: &BTreeMap<String, f64>) {
        let mut row = Vec::with_capacity(metrics.len());
        for (name, value) in metrics {
            let next = self.names.len() as u32;
            let known = self.names.get(name).copied();
            let id = known.unwrap_or_else(|| {
                self.names.insert(name.clone(), next);
                next
            });
            row.push((id, *value));
        }
        self.rows.insert((hash.to_owned(), seed), row);
    }

    /// Number of runs.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// All runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// Metrics, by column.
    pub metrics: Vec<String>,
    /// Runs, by cell and seed. What failed is not there.
    pub runs: Vec<Run>,
}

impl Results {
    /// The table of these records; `keys` are the values of the varied keys of each cell.
    pub fn of(meta: &Meta, keys: &[Vec<Option<String>>], records: &Records) -> Self {
        let present = |name: &&str| records.names.contains_key(*name);
        let known: Vec<&str> = vocabulary::metrics()
            .map(|d| d.name)
            .filter(present)
            .collect();
        let names = records.names.keys().map(String::as_str);
        let own = names.filter(|name| !known.contains(name));
        let metrics: Vec<String> = known
            .iter()
            .copied()
            .chain(own)
            .map(str::to_owned)
            .collect();
        let mut column = vec![0; metrics.len()];
        for (at, name) in metrics.iter().enumerate() {
            column[records.names[name] as usize] = at;
        }
        let mut runs = Vec::new();
        for (cell, (meta_cell, keys)) in meta.cells.iter().zip(keys).enumerate() {
            for seed in &meta.seeds {
                let Some(row) = records.rows.get(&(meta_cell.hash.clone(), *seed)) else {
                    continue;
                };
                let mut values = vec![None; metrics.len()];
                for (id, value) in row {
                    values[column[*id as usize]] = Some(*value);
                }
                runs.push(Run {
                    cell,
                    seed: *seed,
                    keys: keys.clone(),
                    values,
                });
            }
        }
        Self { metrics, runs }
    }

    /// As typed columns and rows: text but for the seed, the metrics, and varied keys whose values are all numbers.
    pub fn sheet(&self, meta: &Meta) -> (Vec<Column>, Vec<Vec<Cell>>) {
        let number = |text: &Option<String>| match text {
            None => Some(Cell::Missing),
            Some(text) => {
                let x = text.parse::<f64>().ok().filter(|x| x.is_finite());
                x.map(Cell::Number)
            }
        };
        let numeric: Vec<bool> = (0..meta.keys.len())
            .map(|key| (self.runs.iter()).all(|run| number(&run.keys[key]).is_some()))
            .collect();
        let kinds = std::iter::repeat_n(Kind::Text, 1 + meta.axes.len())
            .chain(numeric.iter().map(|numeric| match numeric {
                true => Kind::Number,
                false => Kind::Text,
            }))
            .chain([Kind::Whole])
            .chain(std::iter::repeat_n(Kind::Number, self.metrics.len()));
        let columns = (self.head(meta).into_iter().zip(kinds))
            .map(|(name, kind)| Column { name, kind })
            .collect();
        let text = |text: Option<String>| text.map_or(Cell::Missing, Cell::Text);
        let rows = self.runs.iter().map(|run| {
            let cell = &meta.cells[run.cell];
            let mut row = vec![Cell::Text(cell.config.clone())];
            row.extend(cell.axes.iter().cloned().map(Cell::Text));
            row.extend((run.keys.iter().zip(&numeric)).map(|(key, numeric)| {
                let as_number = number(key).filter(|_| *numeric);
                as_number.unwrap_or_else(|| text(key.clone()))
            }));
            row.push(Cell::Whole(run.seed));
            let metric = |x: &Option<f64>| x.map_or(Cell::Missing, Cell::Number);
            row.extend(run.values.iter().map(metric));
            row
        });
        (columns, rows.collect())
    }

    /// As Parquet.
    pub fn parquet(&self, meta: &Meta) -> Result<Vec<u8>, Failure> {
        let (columns, rows) = self.sheet(meta);
        let made = || {
            let mut sheet = Sheet::new(Form::Parquet, Vec::new(), &columns)?;
            for row in rows {
                sheet.row(row)?;
            }
            sheet.finish()
        };
        made().map_err(|error: std::io::Error| Failure::Internal(error.to_string()))
    }

    /// As CSV.
    pub fn csv(&self, meta: &Meta) -> Result<Vec<u8>, Failure> {
        let mut out = csv::Writer::from_writer(Vec::new());
        let internal = |error: csv::Error| Failure::Internal(error.to_string());
        out.write_record(self.head(meta)).map_err(internal)?;
        for run in &self.runs {
            let cell = &meta.cells[run.cell];
            let mut fields = vec![cell.config.clone()];
            fields.extend(cell.axes.iter().cloned());
            fields.extend(run.keys.iter().map(|key| key.clone().unwrap_or_default()));
            fields.push(run.seed.to_string());
            let number = |value: &Option<f64>| value.map(|x| x.to_string()).unwrap_or_default();
            fields.extend(run.values.iter().map(number));
            out.write_record(&fields).map_err(internal)?;
        }
        out.into_inner()
            .map_err(|error| Failure::Internal(error.to_string()))
    }

    /// Names of the columns.
    fn head(&self, meta: &Meta) -> Vec<String> {
        let mut head = vec!["config".to_owned()];
        head.extend(meta.axes.iter().map(|axis| axis.name.clone()));
        head.extend(meta.keys.iter().cloned());
        head.push("seed".to_owned());
        head.extend(self.metrics.iter().cloned());
        head
    }

    /// Reads `results.csv` of the sweep that `meta` is about.
    pub fn read(path: &Path, meta: &Meta) -> Result<Self, Failure> {
        let text = std::fs::read(path).map_err(Failure::reading(path))?;
        let mut reader = csv::Reader::from_reader(text.as_slice());
        let unfit = |line: usize, what: String| Failure::Input {
            path: path.to_owned(),
            what: format!("line {line}: {what}"),
        };
        let head = reader
            .headers()
            .map_err(|error| unfit(1, error.to_string()))?
            .clone();
        let lead = 1 + meta.axes.len() + meta.keys.len();
        let metrics: Vec<String> = head.iter().skip(lead + 1).map(str::to_owned).collect();
        let results = Self {
            metrics,
            runs: Vec::new(),
        };
        if !head
            .iter()
            .eq(results.head(meta).iter().map(String::as_str))
        {
            return Err(unfit(
                1,
                "these are not the columns of this sweep".to_owned(),
            ));
        }
        let cells: BTreeMap<(&str, Vec<&str>), usize> = (meta.cells.iter().enumerate())
            .map(|(i, cell)| {
                (
                    (
                        cell.config.as_str(),
                        cell.axes.iter().map(String::as_str).collect(),
                    ),
                    i,
                )
            })
            .collect();
        let mut runs = Vec::new();
        for (at, record) in reader.records().enumerate() {
            let line = at + 2;
            let record = record.map_err(|error| unfit(line, error.to_string()))?;
            let field = |i: usize| record.get(i).unwrap_or_default();
            let axes: Vec<&str> = (1..=meta.axes.len()).map(field).collect();
            let cell = cells.get(&(field(0), axes)).copied();
            let cell = cell.ok_or_else(|| {
                unfit(
                    line,
                    format!("`{}` is no configuration of this sweep", field(0)),
                )
            })?;
            let seed = field(lead)
                .parse()
                .map_err(|_| unfit(line, format!("`{}` is no seed", field(lead))))?;
            let key = |i: usize| Some(field(i).to_owned()).filter(|text| !text.is_empty());
            let value = |i: usize| match field(i) {
                "" => Ok(None),
                text => match text.parse::<f64>() {
                    Ok(x) if x.is_finite() => Ok(Some(x)),
                    _ => Err(unfit(line, format!("`{text}` is no number ({})", &head[i]))),
                },
            };
            runs.push(Run {
                cell,
                seed,
                keys: (1 + meta.axes.len()..lead).map(key).collect(),
                values: (lead + 1..head.len())
                    .map(value)
                    .collect::<Result<_, _>>()?,
            });
        }
        Ok(Self { runs, ..results })
    }

    /// Rows of these metrics in one cell of the axes, for a comparison. Runs that failed have no value.
    pub fn rows(&self, meta: &Meta, axes: &[String], metrics: &[String]) -> Vec<Row> {
        let columns: Vec<(usize, &String)> = metrics
            .iter()
            .filter_map(|name| Some((self.metrics.iter().position(|m| m == name)?, name)))
            .collect();
        let here = self
            .runs
            .iter()
            .filter(|run| meta.cells[run.cell].axes == axes);
        here.flat_map(|run| {
            columns.iter().map(|(column, metric)| Row {
                config: meta.cells[run.cell].config.clone(),
                seed: run.seed,
                metric: (*metric).clone(),
                value: run.values[*column],
            })
        })
        .collect()
    }
}
