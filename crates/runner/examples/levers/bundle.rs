//! The bundle: each lever left out of it, and every set of its levers.

use super::read::{Sweep, Trouble, cell_name, effect};
use super::words::{self, Metric, change, head, plain, row, signed};
use das_core::detmath::fmin;
use std::fmt::Write as _;

const METRICS: [Metric; 4] = [
    words::TOXICITY,
    words::HARM,
    words::TRUE_WELFARE,
    words::WELFARE,
];

/// Share of the bundle's change in harm that a set has to keep.
const KEPT: f64 = 0.9;

/// Each lever left out of the bundle.
pub(crate) fn left_out(sweep: &Sweep) -> Result<String, Trouble> {
    against_all(sweep, "## The bundle, less one\n\n")
}

/// The chosen set and its neighbours, on other seeds than it was chosen by.
pub(crate) fn chosen(sweep: &Sweep) -> Result<String, Trouble> {
    against_all(sweep, "### The chosen set on other seeds\n\n")
}

/// Each configuration against the whole bundle, and what it keeps of the bundle's change against no governance.
fn against_all(sweep: &Sweep, heading: &str) -> Result<String, Trouble> {
    let mut out = heading.to_owned();
    out += "Changes against the whole bundle; kept: share of the bundle's change in true harm against no governance. False sanctions \
            per agent and epoch.\n\n";
    for axes in sweep.cells() {
        let compared = sweep.compared(&axes, &METRICS)?;
        let harm = |config: &str| sweep.mean(config, &axes, words::HARM.name);
        let (none, all) = (harm("no governance"), harm("combined"));
        let false_of = |config: &str| {
            sweep.mean(config, &axes, "false_sanctions") / sweep.agent_epochs(config, &axes)
        };
        let _ = writeln!(
            out,
            "{} (combined: {} false sanctions):\n",
            cell_name(&axes),
            plain(false_of("combined"), 3)
        );
        let mut heads = vec!["configuration"];
        heads.extend(METRICS.iter().map(|m| m.head));
        heads.extend(["harm kept", "false sanctions"]);
        out += &head(&heads);
        for config in sweep.compared_configs() {
            let mut fields = vec![config.replace("combined without", "without")];
            for metric in METRICS {
                fields.push(change(effect(&compared, config, metric), metric));
            }
            let kept = (none - harm(config)) / (none - all);
            fields.push(format!("{} %", plain(100.0 * kept, 0)));
            fields.push(plain(false_of(config), 3));
            out += &row(&fields);
        }
        out.push('\n');
    }
    Ok(out)
}

/// A set of levers: its name, how many, and what it keeps by cell, with changes in welfare.
struct Subset {
    name: String,
    levers: usize,
    kept: Vec<f64>,
    welfare: Vec<f64>,
}

/// The best set of each size, by what it keeps where it keeps less, and the one that the rule of the sweep file takes.
pub(crate) fn smallest(sweep: &Sweep) -> Result<String, Trouble> {
    let cells = sweep.cells();
    let mut sets: Vec<Subset> = Vec::new();
    let names: Vec<&str> = (sweep.meta.configurations.iter())
        .map(|c| c.name.as_str())
        .collect();
    let levers: Vec<Vec<String>> = names.iter().map(|name| levers_of(name)).collect();
    let place = |n: usize| levers.iter().position(|l| l.len() == n);
    let most = levers.iter().map(Vec::len).max().unwrap_or_default();
    let (Some(none), Some(all)) = (place(0), place(most)) else {
        return Err("small_set has no empty set".into());
    };
    for (name, levers) in names.iter().zip(&levers) {
        let mut set = Subset {
            name: levers.join(", "),
            levers: levers.len(),
            kept: Vec::new(),
            welfare: Vec::new(),
        };
        for axes in &cells {
            let harm = |config: &str| sweep.mean(config, axes, words::HARM.name);
            let soft = |config: &str| sweep.mean(config, axes, words::WELFARE.name);
            let whole = harm(names[none]) - harm(names[all]);
            set.kept.push((harm(names[none]) - harm(name)) / whole);
            set.welfare.push(soft(name) - soft(names[none]));
        }
        sets.push(set);
    }
    let worst = |set: &Subset| set.kept.iter().copied().fold(f64::INFINITY, fmin);
    let mut out = String::from("## Every set of the bundle's levers\n\n");
    let seeds = sweep.meta.seeds.len();
    let _ = writeln!(
        out,
        "{} sets, {seeds} seeds of their own. Of each size the one that keeps most of the bundle's change in true harm, where it keeps \
         less; with its change in welfare. ({})\n",
        sets.len(),
        cells
            .iter()
            .map(|axes| cell_name(axes))
            .collect::<Vec<_>>()
            .join("; ")
    );
    out += &head(&["set", "levers", "harm kept", "welfare"]);
    let mut taken = None;
    for size in 1..=most {
        let of_size = sets.iter().filter(|set| set.levers == size);
        let Some(best) = of_size.max_by(|a, b| worst(a).total_cmp(&worst(b))) else {
            continue;
        };
        let kept: Vec<String> = best.kept.iter().map(|k| plain(100.0 * k, 0)).collect();
        let welfare: Vec<String> = best.welfare.iter().map(|w| signed(*w, 2)).collect();
        out += &row(&[
            best.name.clone(),
            size.to_string(),
            format!("{} %", kept.join(" / ")),
            welfare.join(" / "),
        ]);
        if taken.is_none() && worst(best) >= KEPT {
            taken = Some(best.name.clone());
        }
    }
    let _ = writeln!(
        out,
        "\nThe fewest that keep {:.0} % in every cell: {}.\n",
        100.0 * KEPT,
        taken.as_deref().unwrap_or("none but all")
    );
    Ok(out)
}

/// The levers that are on in a configuration of `small_set`, by its name.
fn levers_of(name: &str) -> Vec<String> {
    let (limits, point) = name.split_once(", ").unwrap_or((name, ""));
    let mut on: Vec<String> = limits
        .split(" and ")
        .filter(|part| *part != "no limits")
        .map(str::to_owned)
        .collect();
    for pair in point.split(' ') {
        let short = match pair {
            "reputation_decay=0.9" => "decay",
            "transparency=true" => "transparency",
            "audit_probability=0.1" => "audits",
            "transaction_tax_rate=0.1" => "tax",
            "staking_required=5" => "staking",
            "moderators=2" => "moderators",
            _ => continue,
        };
        on.push(short.to_owned());
    }
    on
}
