//! `das dashboard`: the live page over a folder of runs or one log.
//!
//! Binds the page to the worlds of this program: their metrics, the views they fold from a log, and the file that stops a run.
//! Not here: the server and the page ([`das_dashboard`]), and what the views show.

use crate::commands::cockpit;
use crate::console::Console;
use crate::failure::{Failure, OK};
use crate::rundir::RunDir;
use crate::scenario::vocabulary;
use das_core::log::{LogReader, Malformed, ReadError};
use das_core::view::{Cell, Edge, Graph, Line, Node, Series, Table, View};
use das_dashboard::{Config, MetricName, Provider, ServeError, ViewName};
use dosadi_world::cockpit as city;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where runs lie unless another place is named.
const RUNS: &str = "runs";

struct Worlds;

fn reader(log: &Path) -> Result<BufReader<File>, String> {
    let file = File::open(log).map_err(|error| format!("{}: {error}", log.display()))?;
    Ok(BufReader::with_capacity(1 << 18, file))
}

impl Provider for Worlds {
    fn metrics(&self) -> Vec<MetricName> {
        let of = |metric: &das_core::describe::Descriptor| MetricName {
            name: metric.name.to_owned(),
            summary: metric.summary.to_owned(),
            formula: metric.formula.to_owned(),
            hidden: crate::commands::reference::needs_truth(metric),
        };
        let figures = vocabulary::WORLDS.iter().flat_map(|world| world.figures);
        vocabulary::metrics().chain(figures).map(of).collect()
    }

    fn views(&self, log: &Path) -> Result<Vec<ViewName>, String> {
        let world = cockpit::world_of(reader(log)?).map_err(|error| error.to_string())?;
        let views = (world.views)().iter().map(|view| ViewName {
            name: view.name.to_owned(),
            summary: view.summary.to_owned(),
        });
        Ok(views.collect())
    }

    fn view(&self, log: &Path, name: &str, until: Option<u32>) -> Result<Vec<View>, String> {
        let world = cockpit::world_of(reader(log)?).map_err(|error| error.to_string())?;
        let mut fold = cockpit::open(world, name).map_err(|error| error.to_string())?;
        let mut lines = LogReader::new(reader(log)?);
        loop {
            match lines.next() {
                Ok(Some(line)) if until.is_none_or(|until| line.head.now.epoch <= until) => {
                    fold.line(line.text).map_err(|error| error.to_string())?;
                }
                // The log of a run that goes on ends within a line now and then.
                Ok(_)
                | Err(ReadError::Malformed {
                    what: Malformed::Torn,
                    ..
                }) => return Ok(fold.tables().iter().flat_map(views_of).collect()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn stop_file(&self, log: &Path) -> PathBuf {
        RunDir::found(log).stop_file()
    }
}

fn cell(cell: &city::Cell) -> Cell {
    match cell {
        city::Cell::Text(text) => Cell::Text(text.clone()),
        city::Cell::Whole(whole) => Cell::Whole(*whole),
        city::Cell::Number(number) if number.is_finite() => Cell::Number(*number),
        city::Cell::Empty | city::Cell::Number(_) => Cell::Empty,
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Whole(whole) => Some(*whole as f64),
        Cell::Number(number) => Some(*number),
        _ => None,
    }
}

/// A table of a city as views: over epochs a chart before it, between places a graph.
fn views_of(from: &city::Table) -> Vec<View> {
    let table = Table {
        title: from.title.clone(),
        columns: from.columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: from
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
        note: from.note.clone(),
    };
    let mut views = charts(&table);
    views.extend(graph(&table));
    views.push(View::Table(table));
    views
}

/// One chart a column of a table whose rows are epochs: the columns have no common unit.
fn charts(table: &Table) -> Vec<View> {
    let x: Vec<f64> = table
        .rows
        .iter()
        .filter_map(|row| number(&row[0]))
        .collect();
    let ascends = x.len() == table.rows.len() && x.windows(2).all(|pair| pair[0] < pair[1]);
    if table.columns.first().is_none_or(|name| name != "epoch") || x.len() < 2 || !ascends {
        return Vec::new();
    }
    let chart = |at: usize| {
        let values: Vec<Option<f64>> = table.rows.iter().map(|row| number(&row[at])).collect();
        values.iter().any(Option::is_some).then(|| {
            View::Series(Series {
                title: table.columns[at].clone(),
                axis: "epoch".to_owned(),
                x: x.clone(),
                lines: vec![Line {
                    name: table.columns[at].clone(),
                    values,
                    hidden: false,
                }],
                marks: Vec::new(),
            })
        })
    };
    // The second column of such a table is its last day.
    (1..table.columns.len())
        .filter(|at| table.columns[*at] != "last day")
        .filter_map(chart)
        .collect()
}

/// A graph of a table with the columns `from`, `to` and `sent`.
fn graph(table: &Table) -> Option<View> {
    let column = |name: &str| table.columns.iter().position(|known| known == name);
    let (from, to, sent) = (column("from")?, column("to")?, column("sent")?);
    let seized = column("seized");
    let mut numbers: BTreeMap<&str, f64> = BTreeMap::new();
    let mut sums: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
    for row in &table.rows {
        let (Cell::Text(a), Cell::Text(b)) = (&row[from], &row[to]) else {
            continue;
        };
        let weight = number(&row[sent]).unwrap_or(0.0);
        let lost = seized.and_then(|at| number(&row[at])).unwrap_or(0.0);
        *numbers.entry(a).or_default() += weight;
        *numbers.entry(b).or_default() += weight;
        let sum = sums.entry((a, b)).or_default();
        *sum = (sum.0 + weight, sum.1 + lost);
    }
    if sums.is_empty() {
        return None;
    }
    let place = |name: &str| numbers.keys().position(|known| *known == name).unwrap_or(0) as u32;
    let count = numbers.len() as f64;
    let nodes = numbers.iter().enumerate().map(|(at, (name, weight))| {
        // On a circle in the order of their names.
        let (sine, cosine) = das_core::detmath::sin_cos(at as f64 / count * std::f64::consts::TAU);
        Node {
            name: (*name).to_owned(),
            group: "place".to_owned(),
            weight: *weight,
            place: Some([0.5 + 0.45 * cosine, 0.5 + 0.45 * sine]),
        }
    });
    let edges = sums.iter().map(|((a, b), (weight, lost))| Edge {
        from: place(a),
        to: place(b),
        weight: *weight,
        value: (*weight > 0.0).then(|| (1.0 - lost / weight).clamp(0.0, 1.0)),
    });
    Some(View::Graph(Graph {
        title: format!("{}: cargo between places", table.title),
        nodes: nodes.collect(),
        edges: edges.collect(),
        note: Some("width: shipments sent; colour: share that was not seized".to_owned()),
    }))
}

/// Serves the page until Ctrl-C.
pub fn dashboard(
    root: Option<&Path>,
    address: SocketAddr,
    control: bool,
    console: &Console,
) -> Result<u8, Failure> {
    let root = root.map_or_else(|| PathBuf::from(RUNS), Path::to_owned);
    if !root.exists() {
        return Err(Failure::Usage(format!(
            "{}: there is no such folder or log; das run SCENARIO.yaml makes runs, das dashboard DIR shows those of another folder",
            root.display()
        )));
    }
    let config = Config {
        address,
        root: root.clone(),
        control,
    };
    let server = das_dashboard::serve(config, Box::new(Worlds)).map_err(|error| match error {
        ServeError::Listen { address, source } => Failure::Usage(format!(
            "cannot listen on {address} ({source}); --addr 127.0.0.1:0 takes any free port"
        )),
        other => Failure::Usage(other.to_string()),
    })?;
    let said = if console.json {
        format!(
            "{}\n",
            serde_json::json!({"url": server.url(), "root": root})
        )
    } else {
        format!(
            "page    {}\nshows   {}\nend     Ctrl-C\n",
            server.url(),
            root.display()
        )
    };
    let mut out = std::io::stdout().lock();
    (out.write_all(said.as_bytes()).and_then(|()| out.flush()))
        .map_err(Failure::writing(Path::new("stdout")))?;
    drop(out);
    server
        .run(Box::pin(async {
            let mut term =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
            let terminated = async {
                match &mut term {
                    Some(term) => term.recv().await.unwrap_or_default(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                () = terminated => {}
            }
        }))
        .map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_over_epochs_is_also_a_chart_and_one_of_routes_a_graph() {
        // Views of a table follow from its columns; a table of neither stays a table.
        let table = |columns: Vec<&'static str>, rows| city::Table {
            title: "t".to_owned(),
            columns,
            rows,
            note: None,
        };
        let row = |a: u64, b: f64| vec![city::Cell::from(a), city::Cell::from(b)];
        let over = views_of(&table(
            vec!["epoch", "unrest"],
            vec![row(0, 0.1), row(1, 0.2)],
        ));
        assert!(matches!(over[0], View::Series(_)) && matches!(over[1], View::Table(_)));
        let route = vec!["a".into(), "b".into(), 3_u64.into()];
        let between = views_of(&table(vec!["from", "to", "sent"], vec![route]));
        assert!(matches!(&between[0], View::Graph(graph) if graph.edges.len() == 1));
        assert_eq!(views_of(&table(vec!["x", "y"], vec![row(0, 0.1)])).len(), 1);
        assert!(over.iter().chain(&between).all(|view| view.check().is_ok()));
    }
}
