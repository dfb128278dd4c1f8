//! The adversarial ratio: levels of each share of adversarial agents, with all levers and with none, and where welfare is lost.

use super::read::{Sweep, Trouble, effect};
use super::words::{self, Metric, change, head, plain, row};
use std::fmt::Write as _;

const COLLAPSE: Metric = Metric {
    name: "silent_collapse",
    head: "share of epochs in silent collapse",
    scale: 1.0,
    decimals: 2,
};

const LEVELS: [Metric; 6] = [
    words::TOXICITY,
    words::HARM,
    words::TRUE_WELFARE,
    words::WELFARE,
    words::PARTICIPATION,
    COLLAPSE,
];

const CHANGES: [Metric; 4] = [
    words::TOXICITY,
    words::HARM,
    words::TRUE_WELFARE,
    words::WELFARE,
];

/// Levels, the crossing of 0, and changes.
pub(crate) fn table(sweep: &Sweep) -> Result<String, Trouble> {
    let mut out = String::from("## The share of adversarial agents\n\n");
    let cells = sweep.cells();
    let mut regimes: Vec<&String> = cells.iter().map(|axes| &axes[1]).collect();
    regimes.dedup();
    regimes.sort();
    regimes.dedup();
    regimes.reverse();
    let configs: Vec<&str> = (sweep.meta.configurations.iter())
        .map(|c| c.name.as_str())
        .collect();
    let mut crossings = Vec::new();
    for regime in regimes {
        let here: Vec<&Vec<String>> = cells.iter().filter(|axes| axes[1] == *regime).collect();
        for config in &configs {
            let _ = writeln!(out, "{config}, {regime}:\n");
            let mut heads = vec!["adversarial"];
            heads.extend(LEVELS.iter().map(|m| m.head));
            out += &head(&heads);
            for axes in &here {
                let mut fields = vec![axes[0].clone()];
                for metric in LEVELS {
                    let value = sweep.mean(config, axes, metric.name) * metric.scale;
                    fields.push(plain(value, metric.decimals));
                }
                out += &row(&fields);
            }
            out.push('\n');
            let levels: Vec<(f64, f64)> = (here.iter())
                .map(|axes| {
                    (
                        share(&axes[0]),
                        sweep.mean(config, axes, words::TRUE_WELFARE.name),
                    )
                })
                .collect();
            crossings.push(format!("- {config}, {regime}: {}", crossing(&levels)));
        }
        let _ = writeln!(out, "All levers against none, {regime}:\n");
        let mut heads = vec!["adversarial"];
        heads.extend(CHANGES.iter().map(|m| m.head));
        out += &head(&heads);
        for axes in &here {
            let compared = sweep.compared(axes, &CHANGES)?;
            let mut fields = vec![axes[0].clone()];
            for metric in CHANGES {
                let config = sweep.compared_configs()[0];
                fields.push(change(effect(&compared, config, metric), metric));
            }
            out += &row(&fields);
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "Where mean true welfare crosses 0 (between two shares, by a straight line), and its steepest fall:\n\n{}\n",
        crossings.join("\n")
    );
    Ok(out)
}

/// A share as the level has it, in percent.
fn share(level: &str) -> f64 {
    level.trim_end_matches(" %").parse().unwrap_or(f64::NAN)
}

/// Where the line through these points first falls below 0, and between which two it falls most.
fn crossing(levels: &[(f64, f64)]) -> String {
    let pairs = || levels.windows(2).map(|pair| (pair[0], pair[1]));
    let at = pairs()
        .find(|(a, b)| a.1 >= 0.0 && b.1 < 0.0)
        .map(|(a, b)| a.0 + (b.0 - a.0) * a.1 / (a.1 - b.1));
    let place = match (at, levels.first()) {
        (Some(at), _) => format!("{at:.1} %"),
        (None, Some(first)) if first.1 < 0.0 => "below 0 from 0 % on".to_owned(),
        _ => "not up to the last share".to_owned(),
    };
    let steepest = pairs().max_by(|(a, b), (c, d)| (a.1 - b.1).total_cmp(&(c.1 - d.1)));
    steepest.map_or(place.clone(), |(a, b)| {
        format!(
            "{place}; steepest from {} to {} % ({} a percentage point)",
            a.0,
            b.0,
            words::signed((b.1 - a.1) / (b.0 - a.0), 3)
        )
    })
}
