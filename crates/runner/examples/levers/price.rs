//! What each lever takes, uses up and punishes, beside what it gains; and the accounts of the levers of the bundle.

use super::read::{Sweep, Trouble, cell_name, effect};
use super::words::{self, Metric, change, head, plain, row};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const GAIN: [Metric; 3] = [words::HARM, words::WELFARE, words::WITH_TREASURY];

/// Gain, price and false sanctions of every configuration in every cell, then lever by lever within the bundle.
pub(crate) fn table(sweep: &Sweep) -> Result<String, Trouble> {
    let mut out = String::from("## Price and false sanctions\n\n");
    out += "Changes with interval and Holm's p over the configurations × these three; money taken (credits), resources used up (utility) \
            and sanctions per agent and epoch. False: met honest conduct (no harm, no deception, at least the standard effort).\n\n";
    for axes in sweep.cells() {
        let compared = sweep.compared(&axes, &GAIN)?;
        let _ = writeln!(out, "{}:\n", cell_name(&axes));
        let mut heads = vec!["configuration"];
        heads.extend(GAIN.iter().map(|m| m.head));
        heads.extend(["taken", "used up", "sanctions", "false", "share false"]);
        out += &head(&heads);
        for config in sweep.compared_configs() {
            let mut fields = vec![config.to_owned()];
            for metric in GAIN {
                fields.push(change(effect(&compared, config, metric), metric));
            }
            let of: Vec<String> = levers(sweep)
                .iter()
                .map(|lever| format!("lever.{lever}"))
                .collect();
            fields.extend(account(sweep, config, &axes, &of));
            out += &row(&fields);
        }
        out.push('\n');
        let _ = writeln!(out, "Levers within `combined`, {}:\n", cell_name(&axes));
        out += &head(&[
            "lever",
            "taken",
            "used up",
            "sanctions",
            "false",
            "share false",
        ]);
        for lever in levers(sweep) {
            let own = [format!("lever.{lever}")];
            if ["taken", "governance_cost", "sanctions"]
                .iter()
                .any(|figure| {
                    let column = format!("{}.{figure}", own[0]);
                    sweep.mean("combined", &axes, &column) > 0.0
                })
            {
                let mut fields = vec![format!("`{lever}`")];
                fields.extend(account(sweep, "combined", &axes, &own));
                out += &row(&fields);
            }
        }
        out.push('\n');
    }
    Ok(out)
}

/// Levers that have accounts in these results.
fn levers(sweep: &Sweep) -> BTreeSet<&str> {
    let columns = sweep.results.metrics.iter();
    columns
        .filter_map(|name| name.strip_prefix("lever.")?.split('.').next())
        .collect()
}

/// Taken, used up, sanctions, false ones, and the share of these, per agent and epoch.
fn account(sweep: &Sweep, config: &str, axes: &[String], of: &[String]) -> [String; 5] {
    let each = sweep.agent_epochs(config, axes);
    let sum = |figure: &str| -> f64 {
        let columns = of.iter().map(|lever| format!("{lever}.{figure}"));
        columns
            .map(|column| sweep.mean(config, axes, &column))
            .sum::<f64>()
            / each
    };
    let (all, wrong) = (sum("sanctions"), sum("false_sanctions"));
    let share = if all > 0.0 {
        format!("{} %", plain(100.0 * wrong / all, 0))
    } else {
        "–".to_owned()
    };
    [
        plain(sum("taken"), 3),
        plain(sum("governance_cost"), 3),
        plain(all, 3),
        plain(wrong, 3),
        share,
    ]
}
