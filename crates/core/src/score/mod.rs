//! Scoring: from what can be seen of an interaction to its probability of having been beneficial, to payoffs.
//!
//! [`proxy`] reads the five observables and gives v̂ ∈ [−1, 1]; [`sigmoid`] turns v̂ into p = P(v = +1); [`payoff`] turns p,
//! transfers, costs and reputation into the payoffs of both sides. All of it is pure arithmetic on `f64` through
//! [`crate::detmath`]. Not here: who calls it when (the orchestrator's one scoring path), where observables come from (the
//! environment), sums over many interactions ([`crate::metrics`]).

pub mod payoff;
pub mod proxy;
pub mod sigmoid;

use thiserror::Error;

/// A parameter of the proxy or of the payoff is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{field} is {value}: it must be {expected}")]
pub struct ParameterError {
    /// Path of the key below its section, e.g. `weights.rework`.
    pub field: &'static str,
    /// What was given.
    pub value: f64,
    /// The range, in words.
    pub expected: &'static str,
}

/// Collects the parameter errors of one section.
#[derive(Debug, Default)]
struct Checks {
    problems: Vec<ParameterError>,
}

impl Checks {
    /// Notes a problem unless `holds`; a NaN makes every comparison false and so is always one.
    fn require(&mut self, holds: bool, field: &'static str, value: f64, expected: &'static str) {
        if !holds {
            self.problems.push(ParameterError {
                field,
                value,
                expected,
            });
        }
    }
}
