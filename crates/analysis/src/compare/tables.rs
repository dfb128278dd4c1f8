//! The tables of a comparison.
//!
//! Not here: figures ([`super`]), written forms ([`crate::table`]).

use super::{Comparison, Effect, Level};
use crate::stats::interval::Interval;
use crate::table::{Cell, Column, Kind, Table, TableError};

/// Decimals where people read.
const DECIMALS: u8 = 4;

impl Comparison {
    /// One metric: a row per configuration, the baseline first. Columns: configuration, n (values), mean with t-interval, pairs,
    /// unpaired seeds, difference with BCa interval, ends of the t-interval, p of t and of the signed ranks, Holm's p, d_z, and
    /// a note: stars, the control if it is not the baseline, and why a figure is missing.
    pub fn metric_table(&self, metric: &str) -> Result<Table, TableError> {
        let mut table = Table::new(columns(false));
        self.fill(&mut table, Some(metric))?;
        Ok(table)
    }

    /// All metrics in long form: the same with the metric in front, and more figures behind: g_z, rank-biserial, Benjamini and
    /// Hochberg's p, size of the family, signs, sd of differences, method of the signed-rank p.
    pub fn table(&self) -> Result<Table, TableError> {
        let mut table = Table::new(columns(true));
        self.fill(&mut table, None)?;
        Ok(table)
    }

    fn fill(&self, table: &mut Table, only: Option<&str>) -> Result<(), TableError> {
        let of = |level: &Level, effect: &Effect| {
            level.metric == effect.metric && level.config == effect.config
        };
        let wanted = |level: &&Level| only.is_none_or(|metric| level.metric == metric);
        for level in self.levels.iter().filter(wanted) {
            let effect = self.effects.iter().find(|e| of(level, e));
            let mut cells = row(level, effect, only.is_none());
            cells.push(self.note(level, effect));
            table.push(cells)?;
        }
        Ok(())
    }

    /// Stars, another control than the baseline, and why a figure is missing.
    fn note(&self, level: &Level, effect: Option<&Effect>) -> Cell {
        let mut notes = Vec::new();
        if !level.missing.is_empty() {
            notes.push(format!("no value for {} seeds", level.missing.len()));
        }
        match effect {
            None if level.config == self.options.baseline => notes.push("baseline".to_owned()),
            None => notes.push("control".to_owned()),
            Some(effect) => {
                if !effect.stars().is_empty() {
                    notes.push(effect.stars().to_owned());
                }
                if effect.against != self.options.baseline {
                    notes.push(format!("against {}", effect.against));
                }
                match &effect.difference {
                    None => notes.push("fewer than two pairs".to_owned()),
                    Some(d) if d.paired.t.is_none() => {
                        notes.push("all differences equal: no t".to_owned());
                    }
                    Some(_) => {}
                }
            }
        }
        Cell::Text(notes.join("; "))
    }

    /// What is missing: a row per configuration and metric with expected seeds that have no value.
    pub fn missing_table(&self) -> Result<Table, TableError> {
        let mut table = Table::new(vec![
            Column::new("metric", Kind::Text),
            Column::new("config", Kind::Text),
            Column::new("missing", Kind::Integer),
            Column::new("seeds", Kind::Text),
        ]);
        for level in self.levels.iter().filter(|l| !l.missing.is_empty()) {
            let seeds: Vec<String> = level.missing.iter().map(u64::to_string).collect();
            table.push(vec![
                Cell::from(level.metric.as_str()),
                Cell::from(level.config.as_str()),
                Cell::from(level.missing.len() as u64),
                Cell::Text(seeds.join(" ")),
            ])?;
        }
        Ok(table)
    }
}

fn columns(long: bool) -> Vec<Column> {
    let estimate = Kind::Estimate { decimals: DECIMALS };
    let number = |decimals| Kind::Number { decimals };
    let mut columns = Vec::new();
    if long {
        columns.push(Column::new("metric", Kind::Text));
    }
    columns.extend([
        Column::new("config", Kind::Text),
        Column::new("n", Kind::Integer),
        Column::new("mean", estimate),
        Column::new("pairs", Kind::Integer),
        Column::new("unpaired", Kind::Integer),
        Column::new("difference", estimate),
        Column::new("t_low", number(DECIMALS)),
        Column::new("t_high", number(DECIMALS)),
        Column::new("p_t", Kind::Probability),
        Column::new("p_wilcoxon", Kind::Probability),
        Column::new("p_holm", Kind::Probability),
        Column::new("d_z", number(2)),
    ]);
    if long {
        columns.extend([
            Column::new("g_z", number(2)),
            Column::new("rank_biserial", number(2)),
            Column::new("p_bh", Kind::Probability),
            Column::new("family", Kind::Integer),
            Column::new("above", Kind::Integer),
            Column::new("below", Kind::Integer),
            Column::new("equal", Kind::Integer),
            Column::new("sd", number(DECIMALS)),
            Column::new("wilcoxon_method", Kind::Text),
        ]);
    }
    columns.push(Column::new("note", Kind::Text));
    columns
}

fn estimate(interval: Option<Interval>) -> Cell {
    interval.map_or(Cell::Missing, |i| Cell::Estimate {
        value: i.mean,
        low: i.low,
        high: i.high,
    })
}

fn row(level: &Level, effect: Option<&Effect>, long: bool) -> Vec<Cell> {
    let difference = effect.and_then(|e| e.difference.as_ref());
    let paired = difference.map(|d| d.paired);
    let number = |x: Option<f64>| Cell::from(x);
    let count = |x: Option<u64>| x.map_or(Cell::Missing, Cell::from);
    let mut cells = Vec::new();
    if long {
        cells.push(Cell::from(level.metric.as_str()));
    }
    cells.extend([
        Cell::from(level.config.as_str()),
        Cell::from(level.n),
        estimate(level.mean),
        count(effect.map(|e| e.pairs)),
        count(effect.map(|e| e.unpaired.len() as u64)),
        estimate(difference.map(|d| d.bca)),
        number(paired.map(|p| p.low)),
        number(paired.map(|p| p.high)),
        number(paired.and_then(|p| p.t).map(|t| t.p)),
        number(difference.map(|d| d.wilcoxon.p)),
        number(effect.map(|e| e.holm)),
        number(difference.and_then(|d| d.dz)),
    ]);
    if long {
        cells.extend([
            number(difference.and_then(|d| d.gz)),
            number(difference.map(|d| d.rank_biserial)),
            number(effect.map(|e| e.benjamini_hochberg)),
            count(effect.map(|e| e.family)),
            count(paired.map(|p| p.signs.above)),
            count(paired.map(|p| p.signs.below)),
            count(paired.map(|p| p.signs.equal)),
            number(paired.map(|p| p.sd)),
            difference.map_or(Cell::Missing, |d| Cell::from(d.wilcoxon.method.name())),
        ]);
    }
    cells
}
