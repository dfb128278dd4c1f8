//! The directory of a sweep: plan, results, comparisons within a cell of the axes.

use das_analysis::compare::claims::{self, Claim, Rule};
use das_analysis::compare::{Comparison, Effect, compare};
use das_runner::sweep::resolved::Meta;
use das_runner::sweep::results::Results;
use das_runner::sweep::store::{RESOLVED, RESULTS};
use das_runner::sweep::summary::{axis_cells, options};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use super::words::{self, Metric};

/// Anything that keeps the page from being made.
pub(crate) type Trouble = Box<dyn Error>;

/// The column made here: welfare with what levers took on interactions counted in, for the treasury pays it back.
pub(crate) const WITH_TREASURY: &str = "welfare_with_treasury_per_agent";

/// A finished sweep.
pub(crate) struct Sweep {
    /// What was run.
    pub(crate) meta: Meta,
    /// What came of it.
    pub(crate) results: Results,
}

impl Sweep {
    /// The sweep of this name, if it is there.
    pub(crate) fn read(root: &Path, id: &str) -> Option<Result<Self, Trouble>> {
        let folder = root.join(id);
        folder.join(RESULTS).is_file().then(|| {
            let meta = Meta::read(&folder.join(RESOLVED)).map_err(|e| e.text())?;
            let mut results = Results::read(&folder.join(RESULTS), &meta).map_err(|e| e.text())?;
            if results.runs.len() != meta.runs() {
                let (there, all) = (results.runs.len(), meta.runs());
                return Err(format!("{id} has {there} of {all} runs: run the sweep again").into());
            }
            with_treasury(&mut results);
            Ok(Self { meta, results })
        })
    }

    /// Cells of the axes.
    pub(crate) fn cells(&self) -> Vec<Vec<String>> {
        axis_cells(&self.meta)
    }

    /// Everything against its control, in one cell of the axes.
    pub(crate) fn compared(
        &self,
        axes: &[String],
        metrics: &[Metric],
    ) -> Result<Comparison, Trouble> {
        let names: Vec<String> = metrics.iter().map(|m| m.name.to_owned()).collect();
        let rows = self.results.rows(&self.meta, axes, &names);
        let baseline = self.meta.baseline.as_deref().unwrap_or_default();
        Ok(compare(&rows, &options(&self.meta, baseline))?)
    }

    /// The rule for a claim, in one cell of the axes.
    pub(crate) fn claims(&self, axes: &[String]) -> Result<Vec<Claim>, Trouble> {
        let rule = Rule {
            measures: self.meta.claims.measures.clone(),
            guard: self.meta.claims.guard.clone(),
        };
        let mut names = rule.measures.clone();
        names.push(rule.guard.clone());
        let rows = self.results.rows(&self.meta, axes, &names);
        let baseline = self.meta.baseline.as_deref().unwrap_or_default();
        let options = options(&self.meta, baseline);
        Ok(claims::claims(
            &rows,
            &rule,
            self.meta.claims.alpha,
            &options,
        )?)
    }

    /// Values by seed; what a run has none of is left out.
    pub(crate) fn values(&self, config: &str, axes: &[String], metric: &str) -> BTreeMap<u64, f64> {
        let names = [metric.to_owned()];
        let rows = self.results.rows(&self.meta, axes, &names).into_iter();
        rows.filter(|row| row.config == config)
            .filter_map(|row| Some((row.seed, row.value?)))
            .collect()
    }

    /// The mean over runs that have a value; without any, a lever's account is 0.
    pub(crate) fn mean(&self, config: &str, axes: &[String], metric: &str) -> f64 {
        let values = self.values(config, axes, metric);
        let runs = if metric.starts_with("lever.") {
            self.meta.seeds.len()
        } else {
            values.len()
        };
        values.values().sum::<f64>() / runs as f64
    }

    /// Agents times epochs of the runs of a configuration.
    pub(crate) fn agent_epochs(&self, config: &str, axes: &[String]) -> f64 {
        let whole = self.mean(config, axes, "total_welfare");
        whole / self.mean(config, axes, "welfare_per_agent")
    }

    /// Configurations that are compared with something.
    pub(crate) fn compared_configs(&self) -> Vec<&str> {
        let baseline = self.meta.baseline.as_deref().unwrap_or_default();
        let options = options(&self.meta, baseline);
        let names = self.meta.configurations.iter().map(|c| c.name.as_str());
        names
            .filter(|name| options.against_of(name).is_some())
            .collect()
    }
}

/// Adds [`WITH_TREASURY`].
fn with_treasury(results: &mut Results) {
    let at = |name: &str| results.metrics.iter().position(|m| m == name);
    let (Some(total), Some(each), Some(fees)) =
        (at("total_welfare"), at("welfare_per_agent"), at("fees"))
    else {
        return;
    };
    for run in &mut results.runs {
        let value = (|| {
            let (total, each) = (run.values[total]?, run.values[each]?);
            let fees = run.values[fees].unwrap_or_default();
            (total != 0.0).then(|| each + fees * each / total)
        })();
        run.values.push(value);
    }
    results.metrics.push(WITH_TREASURY.to_owned());
}

/// The effect on a metric.
pub(crate) fn effect<'c>(of: &'c Comparison, config: &str, metric: Metric) -> Option<&'c Effect> {
    let mut effects = of.effects.iter();
    effects.find(|e| e.config == config && e.metric == metric.name)
}

/// What a cell is called: the levels of its axes.
pub(crate) fn cell_name(axes: &[String]) -> String {
    axes.join(", ")
}

/// What the sweeps took: `effort.csv`, which `scripts/levers.sh` writes.
pub(crate) fn effort(root: &Path) -> Result<String, Trouble> {
    let path = root.join("effort.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(String::new());
    };
    let mut out = String::from("## What the sweeps took\n\n");
    out += &words::head(&["sweep", "runs", "CPU seconds", "ms a run"]);
    let (mut runs, mut seconds) = (0.0, 0.0);
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, n, cpu] = fields.as_slice() else {
            return Err(format!("{}: `{line}` is not NAME,RUNS,SECONDS", path.display()).into());
        };
        let (n, cpu): (f64, f64) = (n.parse()?, cpu.parse()?);
        out += &words::row(&[
            format!("`{name}`"),
            format!("{n:.0}"),
            format!("{cpu:.0}"),
            format!("{:.0}", 1e3 * cpu / n),
        ]);
        runs += n;
        seconds += cpu;
    }
    let _ = writeln!(
        out,
        "| all | {runs:.0} | {seconds:.0} | {:.0} |\n",
        1e3 * seconds / runs
    );
    Ok(out)
}
