//! Levers in a city.

use super::governance::Verdict;
use super::read::{Sweep, Trouble, effect};
use super::words::{self, Metric, change, head, plain, row};
use std::fmt::Write as _;

const fn figure(name: &'static str, head: &'static str, scale: f64, decimals: usize) -> Metric {
    Metric {
        name,
        head,
        scale,
        decimals,
    }
}

const METRICS: [Metric; 7] = [
    words::TOXICITY,
    words::HARM,
    figure("city.hardship", "hardship ×10³", 1e3, 1),
    figure("smuggling.seized", "shipments seized a week", 1.0, 2),
    figure("smuggling.crossings", "crossings a week", 1.0, 2),
    figure("trade.deliveries", "deliveries a week", 1.0, 1),
    figure("smuggling.bribes_taken", "bribes taken a week", 1.0, 2),
];

/// One table.
pub(crate) fn table(sweep: &Sweep) -> Result<String, Trouble> {
    let axes = Vec::new();
    let compared = sweep.compared(&axes, &METRICS)?;
    let claims = sweep.claims(&axes)?;
    let baseline = sweep.meta.baseline.as_deref().unwrap_or_default();
    let mut out = String::from("## In a city\n\n");
    let base: Vec<String> = METRICS
        .iter()
        .map(|m| {
            let value = sweep.mean(baseline, &axes, m.name) * m.scale;
            format!("{} {}", m.head, plain(value, m.decimals))
        })
        .collect();
    let _ = writeln!(
        out,
        "Twelve wards, {} seeds; Holm's p over the levers × these metrics. Without governance: {}.\n",
        sweep.meta.seeds.len(),
        base.join(", ")
    );
    let mut heads = vec!["configuration"];
    heads.extend(METRICS.iter().map(|m| m.head));
    heads.extend(["sanctions a run", "credits taken a run", "verdict"]);
    out += &head(&heads);
    for config in sweep.compared_configs() {
        let mut fields = vec![config.to_owned()];
        for metric in METRICS {
            fields.push(change(effect(&compared, config, metric), metric));
        }
        for figure in ["sanctions", "taken"] {
            let suffix = format!(".{figure}");
            let accounts = sweep.results.metrics.iter();
            let own = accounts.filter(|m| m.starts_with("lever.") && m.ends_with(&suffix));
            let sum: f64 = own.map(|m| sweep.mean(config, &axes, m)).sum();
            fields.push(plain(sum, 1));
        }
        let claim = claims.iter().find(|c| c.config == config);
        let verdict = claim.map(|c| Verdict::of(c, sweep.meta.claims.alpha));
        fields.push(verdict.map_or("–", Verdict::word).to_owned());
        out += &row(&fields);
    }
    out.push('\n');
    Ok(out)
}
