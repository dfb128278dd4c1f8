//! The transaction tax: rates × regimes × horizons.

use super::governance::Verdict;
use super::read::{Sweep, Trouble, cell_name, effect};
use super::words::{self, Metric, change, head, plain, row};
use std::fmt::Write as _;

const ACCEPTED: Metric = Metric {
    name: "n_accepted",
    head: "deals accepted",
    scale: 1.0,
    decimals: 0,
};

const METRICS: [Metric; 6] = [
    words::TOXICITY,
    words::HARM,
    words::TRUE_WELFARE,
    words::WELFARE,
    words::WITH_TREASURY,
    ACCEPTED,
];

/// A table of each cell, and who trades at which price.
pub(crate) fn table(sweep: &Sweep) -> Result<String, Trouble> {
    let mut out = String::from("## The transaction tax\n\n");
    out += "Holm's p over the rates × the metrics of a cell; verdicts by the rule over the rates × toxicity.\n\n";
    let baseline = sweep.meta.baseline.as_deref().unwrap_or_default();
    for axes in sweep.cells() {
        let compared = sweep.compared(&axes, &METRICS)?;
        let claims = sweep.claims(&axes)?;
        let base: Vec<String> = METRICS
            .iter()
            .map(|m| {
                let value = sweep.mean(baseline, &axes, m.name) * m.scale;
                format!("{} {}", m.head, plain(value, m.decimals))
            })
            .collect();
        let money = |config: &str| {
            sweep.mean(config, &axes, "transfers") / sweep.mean(config, &axes, "n_accepted")
        };
        let _ = writeln!(
            out,
            "{}; without tax: {}, credits moved per deal {}.\n",
            cell_name(&axes),
            base.join(", "),
            plain(money(baseline), 3)
        );
        let mut heads = vec!["rate"];
        heads.extend(METRICS.iter().map(|m| m.head));
        heads.extend(["credits moved per deal", "verdict"]);
        out += &head(&heads);
        for config in sweep.compared_configs() {
            let rate = config.rsplit('=').next().unwrap_or(config);
            let mut fields = vec![rate.to_owned()];
            for metric in METRICS {
                fields.push(change(effect(&compared, config, metric), metric));
            }
            fields.push(plain(money(config), 3));
            let claim = claims.iter().find(|c| c.config == config);
            let verdict = claim.map(|c| Verdict::of(c, sweep.meta.claims.alpha));
            fields.push(verdict.map_or("–", Verdict::word).to_owned());
            out += &row(&fields);
        }
        out.push('\n');
    }
    out += &super::prices::table()?;
    Ok(out)
}
