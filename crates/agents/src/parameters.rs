//! Parameters of policies: one table each, from which struct, defaults, ranges, schema and descriptors are made.
//!
//! They are what a scenario writes under `agents[].config`: habits of mind and routine. Constants of the world (what effort costs,
//! how truth shows) are not here: they stand in `environment.signals` and hold for everybody.

use crate::appraisal::{Habits, Stakes};
use crate::governance::Adaptation;
use das_core::describe::Param;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What every policy does beside dealing: how often it posts, votes, works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    /// Offers it tries to make in a step.
    pub attempts_per_step: u32,
    /// Probability that an offer is a reply to a visible post instead of a trade.
    pub p_reply: f64,
    /// Probability of publishing in a step.
    pub p_post: f64,
    /// Probability that what it publishes answers a visible post.
    pub p_thread: f64,
    /// Probability of each vote.
    pub p_vote: f64,
    /// Votes it considers in a step.
    pub votes_per_step: u32,
    /// Probability of posting a task in a step.
    pub p_task: f64,
    /// Bounty of its tasks, in credits.
    pub bounty: f64,
    /// Probability of looking for a task in a step.
    pub p_claim: f64,
    /// Probability of posting a bounty in a step.
    pub p_bounty: f64,
    /// Reserve of its bounties, in credits.
    pub reserve: f64,
    /// Probability of looking for a bounty to bid on in a step.
    pub p_bid: f64,
    /// Probability of a downvote for the last partner that proved bad.
    pub retaliation: f64,
}

/// A policy's parameters as a type: made by [`policy_parameters!`](crate::parameters).
pub trait Parameters: Clone + Default + DeserializeOwned + Send + 'static {
    /// Name, range, default and meaning of each.
    const TABLE: &'static [Param];
    /// Least and greatest value of each number, in the order of the table; `adaptation` comes after them.
    const BOUNDS: &'static [(f64, f64)];
    /// The part that every policy has, with the payoff rule of the run.
    fn habits(&self, stakes: Stakes) -> Habits;

    /// Reads `agents[].config` as JSON text; an empty text is an empty object. The error names every mistake: key, value and what
    /// was expected.
    fn parse(config: &str) -> Result<Self, String> {
        let map: Map<String, Value> = if config.trim().is_empty() {
            Map::new()
        } else {
            serde_json::from_str(config).map_err(|e| format!("config: {e}"))?
        };
        let mut mistakes = Vec::new();
        for (key, value) in &map {
            match Self::TABLE.iter().position(|p| p.name == key) {
                Some(i) if i >= Self::BOUNDS.len() => {
                    let known = Adaptation::NAMES;
                    if !value.as_str().is_some_and(|name| known.contains(&name)) {
                        mistakes.push(format!(
                            "config.{key}: {value} is not one of {}",
                            known.join(", ")
                        ));
                    }
                }
                None => {
                    let known: Vec<_> = Self::TABLE.iter().map(|p| p.name).collect();
                    mistakes.push(format!(
                        "config.{key}: unknown key, expected one of {}",
                        known.join(", ")
                    ));
                }
                Some(i) => {
                    let (lo, hi) = Self::BOUNDS[i];
                    if !value.as_f64().is_some_and(|x| (lo..=hi).contains(&x)) {
                        mistakes.push(format!(
                            "config.{key}: {value} is not a number in {}",
                            Self::TABLE[i].range
                        ));
                    }
                }
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes.join("; "));
        }
        serde_json::from_value(Value::Object(map)).map_err(|e| format!("config: {e}"))
    }
}

/// Makes a parameter struct from a table of `name: type = default, least ..= greatest, "meaning";` lines: the policy's own,
/// then those of its learning (`fixed` for a policy that does not learn), then those that all policies share. A crate that uses it
/// needs `das-core`, `schemars` and `serde` among its own dependencies.
#[macro_export]
macro_rules! policy_parameters {
    ($(#[$meta:meta])* $name:ident, learns { $($own:tt)+ }) => {
        $crate::parameters::policy_parameters! {
            @shared $(#[$meta])* $name (|p: &$name| $crate::learning::Rates {
                step: p.learning_rate,
                temperature: p.temperature,
                start: p.optimism,
            }) {
                $($own)+
                learning_rate: f64 = 0.05, 0.01 ..= 0.3,
                    "β: least step by which the value of an arm moves to what it paid.";
                temperature: f64 = 0.05, 0.02 ..= 0.3,
                    "T: temperature of the softmax over arms, in utility.";
                optimism: f64 = 1.0, 0.5 ..= 1.5,
                    "Q0: value of an arm never tried, in utility.";
            }
        }
    };
    ($(#[$meta:meta])* $name:ident, fixed { $($own:tt)+ }) => {
        $crate::parameters::policy_parameters! {
            @shared $(#[$meta])* $name (|_: &$name| $crate::learning::Rates::NONE) { $($own)+ }
        }
    };
    (@shared $(#[$meta:meta])* $name:ident ($rates:expr) { $($own:tt)+ }) => {
        $crate::parameters::policy_parameters! {
            @make $(#[$meta])* $name ($rates) {
                $($own)+
                p_reply: f64 = 0.1, 0.0 ..= 1.0,
                    "Probability that an offer is a reply to a visible post instead of a trade.";
                p_post: f64 = 0.3, 0.0 ..= 1.0,
                    "Probability of publishing in a step.";
                p_thread: f64 = 0.1, 0.0 ..= 1.0,
                    "Probability that what is published answers a visible post.";
                p_task: f64 = 0.15, 0.0 ..= 0.5,
                    "Probability of posting a task in a step.";
                bounty: f64 = 0.5, 0.1 ..= 2.0,
                    "Bounty of own tasks, in credits.";
                p_claim: f64 = 0.15, 0.0 ..= 0.5,
                    "Probability of looking for a task in a step.";
                p_bounty: f64 = 0.05, 0.0 ..= 0.5,
                    "Probability of posting a bounty in a step.";
                reserve: f64 = 0.8, 0.1 ..= 2.0,
                    "The most it pays for a bounty of its own, in credits.";
                p_bid: f64 = 0.15, 0.0 ..= 0.5,
                    "Probability of looking for a bounty to bid on in a step.";
                retaliation: f64 = 0.5, 0.0 ..= 1.0,
                    "Probability of a downvote for the last partner that proved bad, once, when a post of its is in sight.";
                price_low: f64 = 0.10, 0.0 ..= 0.3,
                    "g, low: the low price asked in trades, in credits.";
                price_high: f64 = 0.40, 0.2 ..= 1.0,
                    "g, high: the high price asked in trades, in credits.";
                reputation_weight: f64 = 2.0, 0.5 ..= 10.0,
                    "n0: weight of standing as a prior, in observations.";
                prior_mean: f64 = 0.55, 0.4 ..= 0.7,
                    "μ0: P(v = +1) expected of somebody of standing 0.";
                prior_slope: f64 = 0.30, 0.0 ..= 0.4,
                    "μr: what full standing adds to it.";
                forgetting: f64 = 0.95, 0.8 ..= 1.0,
                    "λ: what is left of earlier evidence of a partner when new evidence comes.";
                weight_now: f64 = 0.25, 0.0 ..= 1.0,
                    "wp: weight of the proxy's p as evidence.";
                weight_late: f64 = 1.0, 0.0 ..= 2.0,
                    "wy: weight of an aftermath as evidence.";
            }
        }
    };
    (@make $(#[$meta:meta])* $name:ident ($rates:expr) {
        $($field:ident : $type:ty = $default:literal, $lo:literal ..= $hi:literal, $doc:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(
                #[doc = $doc]
                #[schemars(range(min = $lo, max = $hi))]
                pub $field: $type,
            )+
            /// How the agent answers to its experience: `full` learns from payoffs and weighs what levers charge, `blind` learns
            /// from payoffs alone, `frozen` does neither.
            pub adaptation: $crate::governance::Adaptation,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $default,)+
                    adaptation: $crate::governance::Adaptation::Full,
                }
            }
        }

        impl $crate::parameters::Parameters for $name {
            const TABLE: &'static [das_core::describe::Param] = &[$(
                das_core::describe::Param {
                    name: stringify!($field),
                    range: concat!(stringify!($lo), "..=", stringify!($hi)),
                    default: stringify!($default),
                    doc: $doc,
                },
            )+ das_core::describe::Param {
                name: "adaptation",
                range: "full | blind | frozen",
                default: "full",
                doc: "full: learns from payoffs and weighs what levers charge; blind: learns from payoffs, levers left out; frozen: \
                      learns nothing from payoffs and weighs no lever.",
            }];
            const BOUNDS: &'static [(f64, f64)] = &[$(($lo as f64, $hi as f64),)+];

            fn habits(&self, stakes: $crate::appraisal::Stakes) -> $crate::appraisal::Habits {
                let rates: fn(&Self) -> $crate::learning::Rates = $rates;
                $crate::appraisal::Habits {
                    activity: $crate::parameters::Activity {
                        attempts_per_step: self.attempts_per_step,
                        p_reply: self.p_reply,
                        p_post: self.p_post,
                        p_thread: self.p_thread,
                        p_vote: self.p_vote,
                        votes_per_step: self.votes_per_step,
                        p_task: self.p_task,
                        bounty: self.bounty,
                        p_claim: self.p_claim,
                        p_bounty: self.p_bounty,
                        reserve: self.reserve,
                        p_bid: self.p_bid,
                        retaliation: self.retaliation,
                    },
                    prior: $crate::belief::Prior {
                        weight: self.reputation_weight,
                        base: self.prior_mean,
                        slope: self.prior_slope,
                        forgetting: self.forgetting,
                        weight_now: self.weight_now,
                        weight_late: self.weight_late,
                    },
                    rates: rates(self),
                    stakes,
                    price_low: self.price_low,
                    price_high: self.price_high,
                    adaptation: self.adaptation,
                    notice: None,
                }
            }
        }
    };
}
pub use policy_parameters;
