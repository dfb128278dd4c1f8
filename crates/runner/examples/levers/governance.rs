//! Each lever against none: verdicts by the rule, and the whole table of every cell.

use super::read::{Sweep, Trouble, cell_name, effect};
use super::words::{self, Metric, change, head, row};
use das_analysis::compare::claims::Claim;
use das_analysis::compare::{Comparison, Effect};
use std::fmt::Write as _;

/// Measures of safety beside those of the claim.
const SAFETY: [Metric; 2] = [words::HARM, words::GAP];

/// What a lever costs.
const PRICE: [Metric; 6] = [
    words::TRUE_WELFARE,
    words::WELFARE,
    words::WITH_TREASURY,
    words::PARTICIPATION,
    words::WEALTH,
    words::INFLUENCE,
];

/// What the rule makes of a lever in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A measure falls for sure, and harm does not rise for sure.
    Helps,
    /// It helps by the rule, and whether harm falls is not known.
    HelpsUnsure,
    /// It helps by the rule through another measure than the first.
    HelpsRings,
    /// Toxicity falls for sure and harm rises for sure.
    Fooled,
    /// A measure or harm rises for sure, corrected over the configurations of the cell.
    Harms,
    /// The interval of the change in harm lies above 0, and does not after correction.
    MayHarm,
    /// None of these.
    Nothing,
}

impl Verdict {
    /// By the rule of the sweep at `alpha`.
    pub(crate) fn of(claim: &Claim, alpha: f64) -> Self {
        let rises = |e: &Effect| {
            let d = e.difference.as_ref();
            e.holm < alpha && d.is_some_and(|d| d.paired.mean > 0.0)
        };
        let above = |e: &Effect| e.difference.as_ref().is_some_and(|d| d.bca.low > 0.0);
        let falls = |e: &Effect| {
            let d = e.difference.as_ref();
            e.holm < alpha && d.is_some_and(|d| d.paired.mean < 0.0)
        };
        match (claim.helps, claim.fooled) {
            (true, false) if !claim.measures.first().is_some_and(falls) => Self::HelpsRings,
            (true, false) => Self::Helps,
            (true, true) => Self::HelpsUnsure,
            (false, true) => Self::Fooled,
            (false, false) if claim.measures.iter().chain(&claim.guard).any(rises) => Self::Harms,
            (false, false) if claim.guard.iter().any(above) => Self::MayHarm,
            (false, false) => Self::Nothing,
        }
    }

    /// As the tables have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Helps => "helps",
            Self::HelpsUnsure => "helps, proxy fooled",
            Self::HelpsRings => "helps (rings alone)",
            Self::Fooled => "proxy fooled",
            Self::Harms => "**harms**",
            Self::MayHarm => "may harm",
            Self::Nothing => "nothing shown",
        }
    }

    /// Whether it is one that helps.
    pub(crate) fn helps(self) -> bool {
        matches!(self, Self::Helps | Self::HelpsUnsure | Self::HelpsRings)
    }
}

/// Verdicts of every cell.
pub(crate) fn verdicts(lists: &[(Sweep, &str)]) -> Result<String, Trouble> {
    let mut out = String::from("## Verdicts\n\n");
    out += "*helps* and *proxy fooled* are the rule's; *rings alone*: suspected rings fall for sure and toxicity does not. *harms*: toxicity or suspected rings higher with corrected p below 0.05, or true \
            harm higher with p corrected over the configurations of the cell; *may harm*: only the uncorrected interval of the change in \
            true harm lies above 0, which one configuration in forty does by chance.\n\n";
    for (sweep, name) in lists {
        let cells = sweep.cells();
        let of: Vec<Vec<Claim>> = cells
            .iter()
            .map(|axes| sweep.claims(axes))
            .collect::<Result<_, _>>()?;
        let mut heads = vec!["configuration".to_owned()];
        heads.extend(cells.iter().map(|axes| cell_name(axes)));
        heads.push("helps in".to_owned());
        let (number, levers) = (cells.len(), singles(sweep));
        let _ = writeln!(out, "In {name}:\n");
        out += &head(&heads.iter().map(String::as_str).collect::<Vec<_>>());
        let (mut everywhere, mut per_cell) = (Vec::new(), vec![[0; 2]; number]);
        for config in sweep.compared_configs() {
            let mut fields = vec![config.to_owned()];
            let mut helped = 0;
            for (at, claims) in of.iter().enumerate() {
                let claim = claims.iter().find(|c| c.config == config);
                let verdict = claim.map(|c| Verdict::of(c, sweep.meta.claims.alpha));
                fields.push(verdict.map_or("–", Verdict::word).to_owned());
                if verdict.is_some_and(Verdict::helps) {
                    helped += 1;
                    let single = usize::from(levers.contains(&config));
                    let by_rings = usize::from(verdict == Some(Verdict::HelpsRings));
                    per_cell[at][0] += single;
                    per_cell[at][1] += single * by_rings;
                }
            }
            fields.push(format!("{helped} of {number}"));
            out += &row(&fields);
            if helped == number && levers.contains(&config) {
                everywhere.push(config);
            }
        }
        let counts = cells.iter().zip(&per_cell);
        let counts: Vec<String> = counts
            .map(|(axes, [n, rings])| match rings {
                0 => format!("{n} ({})", cell_name(axes)),
                _ => format!("{n}, of these {rings} by rings alone ({})", cell_name(axes)),
            })
            .collect();
        let _ = writeln!(
            out,
            "\nOf {} single levers help: {}. In every cell: {}{}.\n",
            levers.len(),
            counts.join("; "),
            everywhere.len(),
            if everywhere.is_empty() {
                String::new()
            } else {
                format!(" ({})", everywhere.join("; "))
            }
        );
    }
    Ok(out)
}

/// Configurations that are one lever, not a bundle.
pub(crate) fn singles(sweep: &Sweep) -> Vec<&str> {
    let all = sweep.compared_configs().into_iter();
    all.filter(|name| !name.starts_with("combined")).collect()
}

/// Every figure of every cell.
pub(crate) fn cells(lists: &[(Sweep, &str)]) -> Result<String, Trouble> {
    let mut out = String::from("## Every figure\n\n");
    for (sweep, name) in lists {
        for axes in sweep.cells() {
            let _ = writeln!(out, "### {}, {}\n", capital(name), cell_name(&axes));
            out += &cell(sweep, &axes)?;
        }
    }
    Ok(out)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn cell(sweep: &Sweep, axes: &[String]) -> Result<String, Trouble> {
    let all: Vec<Metric> = [words::TOXICITY, words::COLLUSION]
        .into_iter()
        .chain(SAFETY)
        .chain(PRICE)
        .collect();
    let compared = sweep.compared(axes, &all)?;
    let claims = sweep.claims(axes)?;
    let mut out = String::from("Without governance: ");
    let baseline = sweep.meta.baseline.as_deref().unwrap_or_default();
    let base: Vec<String> = all
        .iter()
        .map(|m| {
            let value = sweep.mean(baseline, axes, m.name) * m.scale;
            format!("{} {}", m.head, words::plain(value, m.decimals))
        })
        .collect();
    let _ = writeln!(out, "{}.\n", base.join(", "));
    out += &safety(sweep, &claims, &compared);
    out.push('\n');
    out += &price(sweep, &compared);
    out.push('\n');
    Ok(out)
}

fn safety(sweep: &Sweep, claims: &[Claim], compared: &Comparison) -> String {
    let claimed = [words::TOXICITY, words::COLLUSION];
    let mut heads = vec!["configuration"];
    heads.extend(claimed.iter().chain(&SAFETY).map(|m| m.head));
    heads.push("verdict");
    let mut out = head(&heads);
    for config in sweep.compared_configs() {
        let claim = claims.iter().find(|c| c.config == config);
        let mut fields = vec![config.to_owned()];
        for metric in claimed {
            let own = claim.and_then(|c| c.measures.iter().find(|e| e.metric == metric.name));
            fields.push(change(own, metric));
        }
        for metric in SAFETY {
            fields.push(change(effect(compared, config, metric), metric));
        }
        let verdict = claim.map(|c| Verdict::of(c, sweep.meta.claims.alpha));
        fields.push(verdict.map_or("–", Verdict::word).to_owned());
        out += &row(&fields);
    }
    out
}

fn price(sweep: &Sweep, compared: &Comparison) -> String {
    let mut heads = vec!["configuration"];
    heads.extend(PRICE.iter().map(|m| m.head));
    let mut out = head(&heads);
    for config in sweep.compared_configs() {
        let mut fields = vec![config.to_owned()];
        for metric in PRICE {
            fields.push(change(effect(compared, config, metric), metric));
        }
        out += &row(&fields);
    }
    out
}
