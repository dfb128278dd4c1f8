//! Which direction of a measure is good.
//!
//! Of few measures it can be said whatever a society is for; the others have none. Not here: what a sweep claims of its own
//! measures, where a lower one is the better one ([`super::claims`]).

use serde::Serialize;

/// Which direction of a measure is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sense {
    /// Less is better.
    Less,
    /// More is better.
    More,
}

/// Harm, as it looks and as it is.
const LESS: [&str; 2] = ["toxicity_rate", "true_harm_rate"];

/// Welfare, and the gap in quality: below 0 is adverse selection.
const MORE: [&str; 6] = [
    "total_welfare",
    "true_welfare",
    "welfare_per_agent",
    "true_welfare_per_agent",
    "quality_gap",
    "true_quality_gap",
];

impl Sense {
    /// That of a metric by its name; `None` where neither direction is good by itself.
    pub fn of(metric: &str) -> Option<Self> {
        if LESS.contains(&metric) {
            Some(Self::Less)
        } else {
            MORE.contains(&metric).then_some(Self::More)
        }
    }

    /// The value, so that more is better.
    pub(crate) fn turned(self, x: f64) -> f64 {
        match self {
            Self::Less => -x,
            Self::More => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::metrics::figures::METRICS;

    #[test]
    fn directions_are_of_metrics_that_there_are() {
        // Every name is that of a metric, and what a metric is good for decides: harm down, welfare up, participation neither.
        for name in LESS.iter().chain(&MORE) {
            assert!(METRICS.iter().any(|metric| metric.name == *name), "{name}");
        }
        assert_eq!(Sense::of("true_harm_rate"), Some(Sense::Less));
        assert_eq!(Sense::of("welfare_per_agent"), Some(Sense::More));
        assert_eq!(Sense::of("participation"), None);
    }
}
