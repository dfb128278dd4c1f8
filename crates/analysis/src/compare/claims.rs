//! Which configurations keep a claim: a measure falls for sure, and what it stands for does not rise.
//!
//! ```text
//! helps         some measure is lower with Holm's p < alpha, and the change of the guard does not lie above 0
//! fooled proxy  the first measure is lower so, and the change of the guard does not lie below 0
//! ```
//!
//! The family of Holm's correction is every configuration times every measure that is given; the guard (true harm) is no member
//! of it. "Lies above 0" means that the lower end of its BCa interval does, "below 0" that the upper end does. Both may hold at
//! once: the proxy fell, and whether harm did too cannot be told from these runs. Invariant: a lower measure is the better
//! one. Not here: which measures are given.

use super::{CompareError, Effect, Options, Row, compare};
use crate::table::{Cell, Column, Kind, Table, TableError};

/// What is claimed of each configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Measures that should fall; the first is the proxy.
    pub measures: Vec<String>,
    /// What must not rise.
    pub guard: String,
}

/// What came of the claim about one configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The configuration.
    pub config: String,
    /// Effects on the measures, in the order of the rule.
    pub measures: Vec<Effect>,
    /// Effect on the guard; `None` if no run has a value of it.
    pub guard: Option<Effect>,
    /// Whether it helps.
    pub helps: bool,
    /// Whether the proxy alone is known to have moved.
    pub fooled: bool,
}

/// Judges every configuration at `alpha`.
pub fn claims(
    rows: &[Row],
    rule: &Rule,
    alpha: f64,
    options: &Options,
) -> Result<Vec<Claim>, CompareError> {
    let only = |wanted: &dyn Fn(&str) -> bool| -> Vec<Row> {
        let rows = rows.iter().filter(|row| wanted(&row.metric));
        rows.cloned().collect()
    };
    let measured = only(&|metric| rule.measures.iter().any(|m| m == metric));
    let guarded = only(&|metric| metric == rule.guard);
    let measured = compare(&measured, options)?;
    let guarded = if guarded.is_empty() {
        Vec::new()
    } else {
        compare(&guarded, options)?.effects
    };
    let of = |effects: &[Effect], config: &str, metric: &str| {
        let same = |e: &&Effect| e.config == config && e.metric == metric;
        effects.iter().find(same).cloned()
    };
    let lower = |effect: &Effect| {
        let falls = |d: &super::Difference| d.paired.mean < 0.0;
        effect.holm < alpha && effect.difference.as_ref().is_some_and(falls)
    };
    let configs = measured.configs.iter();
    let judged = configs.filter(|config| options.against_of(config).is_some());
    Ok(judged
        .map(|config| {
            let measures: Vec<Effect> = rule
                .measures
                .iter()
                .filter_map(|metric| of(&measured.effects, config, metric))
                .collect();
            let guard = of(&guarded, config, &rule.guard);
            // Without an interval of the guard nothing is claimed.
            let change = guard.as_ref().and_then(|e| e.difference.as_ref());
            let proxy = measures
                .iter()
                .find(|e| Some(&e.metric) == rule.measures.first());
            Claim {
                helps: measures.iter().any(lower) && change.is_some_and(|d| d.bca.low <= 0.0),
                fooled: proxy.is_some_and(lower) && change.is_none_or(|d| d.bca.high >= 0.0),
                config: config.clone(),
                measures,
                guard,
            }
        })
        .collect())
}

/// The claims as a table: configuration, the change of each measure with its interval and Holm's p, the change of the guard with
/// its interval, and the two verdicts.
pub fn table(claims: &[Claim], rule: &Rule) -> Result<Table, TableError> {
    let estimate = Kind::Estimate { decimals: 4 };
    let mut columns = vec![Column::new("config", Kind::Text)];
    for measure in &rule.measures {
        columns.push(Column::new(measure.clone(), estimate));
        columns.push(Column::new("p_holm", Kind::Probability));
    }
    columns.push(Column::new(rule.guard.clone(), estimate));
    columns.push(Column::new("helps", Kind::Text));
    columns.push(Column::new("fooled proxy", Kind::Text));
    let mut table = Table::new(columns);
    let change = |effect: Option<&Effect>| {
        let interval = effect.and_then(|e| e.difference.as_ref()).map(|d| d.bca);
        interval.map_or(Cell::Missing, |i| Cell::Estimate {
            value: i.mean,
            low: i.low,
            high: i.high,
        })
    };
    let word = |yes: bool| Cell::from(if yes { "yes" } else { "no" });
    for claim in claims {
        let mut cells = vec![Cell::from(claim.config.as_str())];
        for measure in &rule.measures {
            let effect = claim.measures.iter().find(|e| e.metric == *measure);
            cells.push(change(effect));
            cells.push(Cell::from(effect.map(|e| e.holm)));
        }
        cells.push(change(claim.guard.as_ref()));
        cells.push(word(claim.helps));
        cells.push(word(claim.fooled));
        table.push(cells)?;
    }
    Ok(table)
}
