//! Agents that learn beside agents that do not: what a lever does by itself, and what the response to it adds.

use super::governance::Verdict;
use super::read::{Sweep, Trouble, effect};
use super::words::{self, Metric, change, head, interval, row};
use das_analysis::stats::interval::mean_interval;
use std::fmt::Write as _;

const METRICS: [Metric; 4] = [
    words::TOXICITY,
    words::HARM,
    words::TRUE_WELFARE,
    words::WELFARE,
];

/// Per regime and metric: the change with learning, the change with frozen agents, and the difference of the two, by seed.
pub(crate) fn table(sweep: &Sweep) -> Result<String, Trouble> {
    let mut out = String::from("## Frozen agents\n\n");
    out += "Changes of each configuration with agents that learn and answer to levers, and with agents that do neither; then the response: \
            the first minus the second, paired by seed, with a 95 % t-interval.\n\n";
    for regime in sweep
        .cells()
        .iter()
        .filter(|c| c[0] == "learning")
        .map(|c| &c[1])
    {
        let [learning, frozen] =
            ["learning", "frozen"].map(|adaptation| vec![adaptation.to_owned(), regime.clone()]);
        let (with, without) = (
            sweep.compared(&learning, &METRICS)?,
            sweep.compared(&frozen, &METRICS)?,
        );
        for metric in METRICS {
            let _ = writeln!(out, "{}, {regime}:\n", metric.head);
            out += &head(&["configuration", "learning", "frozen", "response"]);
            for config in sweep.compared_configs() {
                let own = effect(&with, config, metric);
                let control = own.map_or("", |e| e.against.as_str());
                let by_seed = |axes: &[String]| {
                    let values = sweep.values(config, axes, metric.name);
                    let before = sweep.values(control, axes, metric.name);
                    move |seed: &u64| Some(values.get(seed)? - before.get(seed)?)
                };
                let (first, second) = (by_seed(&learning), by_seed(&frozen));
                let differences: Vec<f64> = (sweep.meta.seeds.iter())
                    .filter_map(|seed| Some(first(seed)? - second(seed)?))
                    .collect();
                let response = mean_interval(&differences, 0.95);
                out += &row(&[
                    config.to_owned(),
                    change(own, metric),
                    change(effect(&without, config, metric), metric),
                    response.map_or("–".to_owned(), |i| interval(i, metric)),
                ]);
            }
            out.push('\n');
        }
        let (with, without) = (sweep.claims(&learning)?, sweep.claims(&frozen)?);
        let _ = writeln!(out, "Verdicts, {regime}:\n");
        out += &head(&["configuration", "learning", "frozen"]);
        for (learns, stays) in with.iter().zip(&without) {
            let word = |claim| {
                Verdict::of(claim, sweep.meta.claims.alpha)
                    .word()
                    .to_owned()
            };
            out += &row(&[learns.config.clone(), word(learns), word(stays)]);
        }
        out.push('\n');
    }
    Ok(out)
}
