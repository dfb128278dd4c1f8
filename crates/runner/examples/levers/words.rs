//! Figures as the page writes them.

use das_analysis::compare::Effect;
use das_analysis::stats::interval::Interval;

/// A metric of the page: its column, heading, factor and decimals.
#[derive(Clone, Copy)]
pub(crate) struct Metric {
    /// Column of the results.
    pub(crate) name: &'static str,
    /// Heading.
    pub(crate) head: &'static str,
    /// What its values are multiplied by.
    pub(crate) scale: f64,
    /// Digits after the point.
    pub(crate) decimals: usize,
}

const fn metric(name: &'static str, head: &'static str, scale: f64, decimals: usize) -> Metric {
    Metric {
        name,
        head,
        scale,
        decimals,
    }
}

pub(crate) const TOXICITY: Metric = metric("toxicity_rate", "toxicity ×10³", 1e3, 1);
pub(crate) const COLLUSION: Metric =
    metric("collusion.suspected_groups", "suspected rings", 1.0, 2);
pub(crate) const HARM: Metric = metric("true_harm_rate", "true harm ×10³ (hidden)", 1e3, 1);
pub(crate) const GAP: Metric = metric("quality_gap", "quality gap ×10³", 1e3, 1);
pub(crate) const TRUE_WELFARE: Metric =
    metric("true_welfare_per_agent", "true welfare (hidden)", 1.0, 2);
pub(crate) const WELFARE: Metric = metric("welfare_per_agent", "welfare", 1.0, 2);
pub(crate) const WITH_TREASURY: Metric =
    metric(super::read::WITH_TREASURY, "welfare and treasury", 1.0, 2);
pub(crate) const PARTICIPATION: Metric = metric("participation", "participation ×10³", 1e3, 1);
pub(crate) const WEALTH: Metric = metric("wealth_gini", "Gini of wealth ×10³", 1e3, 1);
pub(crate) const INFLUENCE: Metric = metric("influence_gini", "Gini of influence ×10³", 1e3, 1);

/// A number with its sign, the minus a minus.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if is_zero {
        text[1..].to_owned()
    } else {
        text.replace('-', "−")
    }
}

/// A number, the minus a minus.
pub(crate) fn plain(value: f64, decimals: usize) -> String {
    let text = signed(value, decimals);
    text.strip_prefix('+').map_or(text.clone(), str::to_owned)
}

/// p, as far as anybody reads it.
pub(crate) fn p(value: f64) -> String {
    match value {
        x if x < 0.001 => "<.001".to_owned(),
        x if x >= 0.9995 => "1".to_owned(),
        x => format!("{x:.3}")[1..].to_owned(),
    }
}

/// `mean [low, high]`.
pub(crate) fn interval(of: Interval, metric: Metric) -> String {
    let [mean, low, high] = [of.mean, of.low, of.high].map(|x| x * metric.scale);
    format!(
        "{} [{}, {}]",
        signed(mean, metric.decimals),
        signed(low, metric.decimals),
        signed(high, metric.decimals)
    )
}

/// A change with its interval and p; a dash if it is not known.
pub(crate) fn change(effect: Option<&Effect>, metric: Metric) -> String {
    let Some((effect, d)) = effect.and_then(|e| Some((e, e.difference.as_ref()?))) else {
        return "–".to_owned();
    };
    // Without any difference there is no test.
    if d.paired.t.is_none() {
        return "0".to_owned();
    }
    format!("{}, {}", interval(d.bca, metric), p(effect.holm))
}

/// Which way an interval lies.
pub(crate) fn direction(effect: Option<&Effect>) -> &'static str {
    match effect.and_then(|e| e.difference.as_ref()).map(|d| d.bca) {
        None => "–",
        Some(i) if i.high < 0.0 => "↓",
        Some(i) if i.low > 0.0 => "↑",
        Some(_) => "0",
    }
}

/// A row of a table.
pub(crate) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table, the first column to the left and the others to the right.
pub(crate) fn head(cells: &[&str]) -> String {
    let rule: Vec<String> = (0..cells.len())
        .map(|at| if at == 0 { "---" } else { "---:" }.to_owned())
        .collect();
    row(&cells.iter().map(|&c| c.to_owned()).collect::<Vec<_>>())
        + &format!("|{}|\n", rule.join("|"))
}
