//! `das dashboard`: the live page over a folder of runs or one log.
//!
//! Binds the page to the worlds of this program: their metrics, the views they fold from a log, and the file that stops a run.
//! Not here: the server and the page ([`das_dashboard`]), and what the views show.

use crate::commands::log::{WhyError, explain};
use crate::commands::{cockpit, compare};
use crate::console::{Console, stdout, warn};
use crate::failure::{Failure, OK};
use crate::hold::Hold;
use crate::log_file::{Packing, packing_of};
use crate::rundir::RunDir;
use crate::scenario::vocabulary;
use crate::sweep::resolved::Meta;
use crate::sweep::results::Results;
use crate::sweep::store::RESOLVED;
use crate::sweep::summary;
use das_analysis::why::DEPTH;
use das_core::log::{LogReader, Malformed, ReadError};
use das_core::view::{Explanation, View};
use das_dashboard::{
    Config, Effect, Effects, Level, MetricName, Order, Provider, ServeError, Server, Standing,
    ViewName,
};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where runs lie unless another place is named.
const RUNS: &str = "runs";

#[derive(Default)]
struct Worlds {
    /// The log that is written by this very program, and the run that writes it.
    held: Option<(PathBuf, Hold)>,
}

impl Worlds {
    fn hold(&self, log: &Path) -> Option<&Hold> {
        let held = self.held.as_ref().filter(|(own, _)| own == log);
        held.map(|(_, hold)| hold)
    }
}

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
                Ok(Some(line)) if line.head.seq == 0 => {
                    let start = line.parse().unwrap_or_default();
                    cockpit::take_up(&start, [&mut fold]);
                    fold.line(line.text).map_err(|error| error.to_string())?;
                }
                Ok(Some(line)) if until.is_none_or(|until| line.head.now.epoch <= until) => {
                    fold.line(line.text).map_err(|error| error.to_string())?;
                }
                // The log of a run that goes on ends within a line now and then.
                Ok(_)
                | Err(ReadError::Malformed {
                    what: Malformed::Torn,
                    ..
                }) => return Ok(fold.views()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn why(&self, log: &Path, event: u64) -> Result<Explanation, String> {
        let open = || -> Result<Box<dyn BufRead>, Failure> {
            Ok(Box::new(reader(log).map_err(Failure::Usage)?))
        };
        explain(&open, event, DEPTH).map_err(|error| match error {
            WhyError::Failure(error) => error.to_string(),
            WhyError::Log(error) => error.to_string(),
        })
    }

    fn effects(&self, sweep: &Path) -> Result<Vec<Effects>, String> {
        if !sweep.join(RESOLVED).is_file() {
            return Ok(Vec::new());
        }
        let of_all = || -> Result<Vec<Effects>, Failure> {
            let (meta, results) = compare::read(sweep)?;
            let cells = summary::axis_cells(&meta);
            let all = cells.iter().map(|axes| effects_of(&meta, &results, axes));
            Ok(all
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect())
        };
        of_all().map_err(|error| error.to_string())
    }

    fn stop_file(&self, log: &Path) -> PathBuf {
        RunDir::found(log).stop_file()
    }

    fn standing(&self, log: &Path) -> Option<Standing> {
        self.hold(log).map(Hold::standing)
    }

    fn order(&self, log: &Path, order: Order) -> Result<Standing, String> {
        let hold = self.hold(log).ok_or(
            "only a run that das run --dashboard makes can be held; one of another program can be stopped",
        )?;
        hold.order(order)
    }
}

/// The effects of one cell of a sweep's axes, as `das compare` has them.
fn effects_of(meta: &Meta, results: &Results, axes: &[String]) -> Result<Option<Effects>, Failure> {
    let Some(comparison) = summary::comparison(meta, results, axes)? else {
        return Ok(None);
    };
    let claims = summary::claims_of(meta, results, axes, &comparison.options)?;
    let effects = comparison.effects.iter().filter_map(|effect| {
        let bca = effect.difference.as_ref()?.bca;
        Some(Effect {
            config: effect.config.clone(),
            against: effect.against.clone(),
            metric: effect.metric.clone(),
            pairs: effect.pairs,
            mean: bca.mean,
            low: bca.low,
            high: bca.high,
            holm: effect.holm,
        })
    });
    let levels = comparison.levels.iter().filter_map(|level| {
        let mean = level.mean?;
        Some(Level {
            config: level.config.clone(),
            metric: level.metric.clone(),
            runs: level.n,
            mean: mean.mean,
            low: mean.low,
            high: mean.high,
        })
    });
    let senses = comparison
        .metrics
        .iter()
        .filter_map(|metric| Some((metric.clone(), meta.sense(metric)?)));
    Ok(Some(Effects {
        cell: summary::named(meta, axes),
        effects: effects.collect(),
        levels: levels.collect(),
        senses: senses.collect(),
        helps: claims.map(|(_, table)| View::Table(table.view("Which configurations help"))),
    }))
}

/// A server that listens; `free` is how any free port is asked for.
fn listening(config: Config, worlds: Worlds, free: &str) -> Result<Server, Failure> {
    das_dashboard::serve(config, Box::new(worlds)).map_err(|error| match error {
        ServeError::Listen { address, source } => Failure::Usage(format!(
            "cannot listen on {address} ({source}); {free} takes any free port"
        )),
        other => Failure::Usage(other.to_string()),
    })
}

/// A server for a run that this program is about to make. It listens and does not answer yet: a place that is taken is said before
/// anything is written.
pub fn beside(run: &RunDir, address: SocketAddr, hold: &Hold) -> Result<Server, Failure> {
    let in_directory = run.log.parent() == Some(&run.side);
    let config = Config {
        address,
        root: if in_directory { &run.side } else { &run.log }.clone(),
        control: true,
    };
    let worlds = Worlds {
        held: Some((run.log.clone(), hold.clone())),
    };
    listening(config, worlds, "--dashboard=127.0.0.1:0")
}

/// Answers from now on, in threads of its own, until the program ends; says where.
pub fn open(server: Server) -> Result<(), Failure> {
    warn(&format!("page    {}", server.url_of_run()));
    let answer = move || {
        if let Err(error) = server.run(Box::pin(std::future::pending())) {
            warn(&format!("warning: the page is not served: {error}"));
        }
    };
    let spawned = std::thread::Builder::new()
        .name("das-page".to_owned())
        .spawn(answer);
    let failed = |error| Failure::Internal(format!("the page cannot be served: {error}"));
    spawned.map(drop).map_err(failed)
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
    if root.is_file() && packing_of(&root).is_ok_and(|packing| packing != Packing::Plain) {
        return Err(Failure::Usage(format!(
            "{0} is a packed log, and the page looks up lines by their place: das log convert {0} -o FILE.jsonl unpacks it",
            root.display()
        )));
    }
    let config = Config {
        address,
        root: root.clone(),
        control,
    };
    let server = listening(config, Worlds::default(), "--addr 127.0.0.1:0")?;
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
    let mut out = stdout(console.json);
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
    fn effects_of_a_sweep_are_paired_differences() {
        // Three seeds, differences -0.1, -0.2 and -0.3; a folder that is no sweep of this program has none, a spoilt one says so.
        let folder = tempfile::tempdir().unwrap();
        let worlds = Worlds::default();
        assert_eq!(worlds.effects(folder.path()), Ok(Vec::new()));
        let meta = "sweep_id: s\nbase: b.yaml\nengine: 1\nbaseline: none\nmetrics: [toxicity_rate]\nclaims: {measures: [toxicity_rate], guard: true_harm_rate, alpha: 0.05}\nfailures: false\nconfigurations: [{name: none}, {name: audits}]\nseeds: [1, 2, 3]\ncells: [{config: none, hash: a}, {config: audits, hash: b}]\n";
        std::fs::write(folder.path().join(RESOLVED), meta).unwrap();
        assert!(worlds.effects(folder.path()).is_err());
        let rows = "config,seed,toxicity_rate\nnone,1,0.5\nnone,2,0.6\nnone,3,0.7\naudits,1,0.4\naudits,2,0.4\naudits,3,0.4\n";
        std::fs::write(folder.path().join(crate::sweep::store::RESULTS), rows).unwrap();
        let cells = worlds.effects(folder.path()).unwrap();
        let [cell] = cells.as_slice() else {
            panic!("{cells:?}");
        };
        let [effect] = cell.effects.as_slice() else {
            panic!("{cell:?}");
        };
        assert_eq!(
            (
                effect.config.as_str(),
                effect.against.as_str(),
                effect.pairs
            ),
            ("audits", "none", 3)
        );
        assert!((effect.mean + 0.2).abs() < 1e-12 && effect.low < effect.mean && effect.high < 0.0);
        assert!(cell.cell.is_empty() && cell.helps.is_none());
        // The baseline's own level stands beside them: 0.5, 0.6, 0.7, and its t-interval with t(0.975; 2) = 4.303.
        let [none, audits] = cell.levels.as_slice() else {
            panic!("{:?}", cell.levels);
        };
        assert_eq!((none.config.as_str(), none.runs), ("none", 3));
        let half = 4.302_652_729_911_275 * 0.1 / 3_f64.sqrt();
        assert!((none.mean - 0.6).abs() < 1e-12 && (none.high - none.mean - half).abs() < 1e-6);
        assert!((audits.mean - 0.4).abs() < 1e-12);
        assert_eq!(
            cell.senses["toxicity_rate"],
            das_analysis::compare::Sense::Less
        );
    }
}
