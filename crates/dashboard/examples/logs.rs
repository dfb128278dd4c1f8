//! The page over logs of any world, without the views a world has of itself:
//! `cargo run -p das-dashboard --example logs -- runs`.

use das_core::view::{Explanation, View};
use das_dashboard::{Config, MetricName, Provider, ViewName, serve};
use std::path::{Path, PathBuf};

struct NoWorld;

impl Provider for NoWorld {
    fn metrics(&self) -> Vec<MetricName> {
        let metrics = das_core::metrics::figures::METRICS.iter();
        let metrics = metrics.map(|metric| MetricName {
            name: metric.name.to_owned(),
            summary: metric.summary.to_owned(),
            formula: metric.formula.to_owned(),
            hidden: metric.name.starts_with("true_"),
        });
        metrics.collect()
    }

    fn views(&self, _: &Path) -> Result<Vec<ViewName>, String> {
        Ok(Vec::new())
    }

    fn view(&self, _: &Path, name: &str, _: Option<u32>) -> Result<Vec<View>, String> {
        Err(format!("no view is called `{name}`"))
    }

    fn why(&self, _log: &Path, event: u64) -> Result<Explanation, String> {
        Err(format!("nobody knows why event {event} came to be"))
    }

    fn stop_file(&self, log: &Path) -> PathBuf {
        log.with_file_name("STOP")
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::env::args_os()
        .nth(1)
        .map_or_else(|| "runs".into(), PathBuf::from);
    let config = Config {
        address: "127.0.0.1:0".parse()?,
        root,
        control: false,
    };
    let server = serve(config, Box::new(NoWorld))?;
    println!("{}", server.url());
    server.run(Box::pin(std::future::pending()))?;
    Ok(())
}
