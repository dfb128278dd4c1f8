//! The runs of a sweep without the sweep: one after the other in one process, nothing kept. What `scripts/sweep-speed.sh` holds a
//! sweep's CPU time against.
//!
//! ```text
//! cargo run --release -p das-runner --example bare -- SWEEP.yaml SEEDS
//! ```

use das_core::orchestrator::{EpochRecord, Observer, Ports};
use das_core::ports::{NoControl, NoInputs, NullSink};
use das_runner::sweep::draft::Draft;
use das_runner::sweep::plan::Plan;
use das_runner::wiring::{self, Start};
use std::path::Path;

struct Nobody;

impl Observer for Nobody {
    fn epoch(&mut self, _record: &EpochRecord) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, seeds] = words.as_slice() else {
        return Err("SWEEP.yaml SEEDS".into());
    };
    let plan = Plan::of(Draft::read(Path::new(file), &[])?, Some(seeds.parse()?))
        .map_err(|failure| failure.text())?;
    let mut accepted = 0;
    for job in plan.jobs() {
        let mut header = (*job.header).clone();
        header.scenario.simulation.seed = job.seed;
        let ports = Ports {
            sink: Box::new(NullSink),
            control: Box::new(NoControl),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let mut run =
            wiring::begin(&header, ports, Start::Line0, None).map_err(|failure| failure.text())?;
        run.run(&mut Nobody)?;
        accepted += run.result().map_or(0, |r| r.metrics.n_accepted);
    }
    println!(
        "{} runs, {accepted} accepted interactions",
        plan.jobs().len()
    );
    Ok(())
}
