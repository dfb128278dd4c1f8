//! Single deals: runs of the society of the sweeps, made here, since results of a sweep have none.

use super::read::Trouble;
use das_core::orchestrator::{EpochRecord, Observer, Ports};
use das_core::ports::{MemorySink, NoControl, NoInputs};
use das_runner::scenario;
use das_runner::wiring::{self, Header, Start};
use serde_json::Value;
use std::path::Path;

/// The base of the sweeps.
const SOCIETY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../scenarios/sweeps/society.yaml"
);

/// Runs of each setting.
pub(crate) const SEEDS: u64 = 10;

struct Nobody;

impl Observer for Nobody {
    fn epoch(&mut self, _record: &EpochRecord) {}
}

/// Shows every `interaction` line of [`SEEDS`] runs with these overrides.
pub(crate) fn each(overrides: &[String], see: &mut dyn FnMut(&Value)) -> Result<(), Trouble> {
    for seed in 1..=SEEDS {
        let mut words = overrides.to_vec();
        words.push(format!("simulation.seed={seed}"));
        let scenario = scenario::load(Path::new(SOCIETY), &words)?.scenario;
        let header = Header::with(scenario, Vec::new()).map_err(|failure| failure.text())?;
        let sink = MemorySink::default();
        let ports = Ports {
            sink: Box::new(sink.clone()),
            control: Box::new(NoControl),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let run = wiring::begin(&header, ports, Start::Line0, None);
        run.map_err(|failure| failure.text())?.run(&mut Nobody)?;
        let log = sink.0.lock().map_err(|error| error.to_string())?;
        for line in std::str::from_utf8(&log)?.lines() {
            if line.contains("\"type\":\"interaction\"") {
                see(&serde_json::from_str(line)?);
            }
        }
    }
    Ok(())
}

/// The kind of the agent that asked.
pub(crate) fn initiator(line: &Value) -> &str {
    let name = line["initiator"].as_str().unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}
