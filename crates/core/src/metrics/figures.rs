//! The table of metrics: name, meaning and formula of every figure of an epoch or a run.
//!
//! One macro makes the struct, its JSON, [`Metrics::get`] and the descriptors, so that none can lack what the other has.
//! Invariants: JSON fields stand in the order of this table; a figure that is not defined is left out; none is NaN, infinite
//! or −0.0 (see `real`). Not here: how a figure is computed ([`super::epoch`]).

use crate::describe::Descriptor;
use serde::ser::{Error, SerializeMap};
use serde::{Deserialize, Serialize, Serializer};

/// A figure that may be undefined: not finite is undefined, −0.0 is 0.0.
pub(super) fn real(value: impl Into<Option<f64>>) -> Option<f64> {
    value.into().filter(|x| x.is_finite()).map(|x| x + 0.0)
}

/// A column of the table.
trait Figure {
    /// As a number.
    fn value(&self) -> Option<f64>;
    /// Writes it, if it is defined.
    fn write<S: SerializeMap>(&self, name: &'static str, to: &mut S) -> Result<(), S::Error>;
}

impl Figure for u64 {
    fn value(&self) -> Option<f64> {
        Some(*self as f64)
    }
    fn write<S: SerializeMap>(&self, name: &'static str, to: &mut S) -> Result<(), S::Error> {
        to.serialize_entry(name, self)
    }
}

impl Figure for Option<f64> {
    fn value(&self) -> Option<f64> {
        *self
    }
    fn write<S: SerializeMap>(&self, name: &'static str, to: &mut S) -> Result<(), S::Error> {
        match self {
            Some(x) => to.serialize_entry(name, x),
            None => Ok(()),
        }
    }
}

macro_rules! figures {
    ($($name:ident: $kind:ty, $summary:literal, $formula:literal, $source:literal;)+) => {
        /// Every figure of an epoch or a run. Counts are whole numbers; a `None` is left out of the JSON.
        ///
        /// A result, not state: it refuses the binary encoding of checkpoints, where a field left out would shift the rest.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct Metrics {
            $(#[doc = $summary] #[doc = ""] #[doc = concat!("`", $formula, "`")] pub $name: $kind,)+
        }

        /// What each metric is, in the order of the table.
        pub const METRICS: &[Descriptor] = &[$(Descriptor {
            name: stringify!($name),
            family: "metric",
            summary: $summary,
            formula: $formula,
            params: &[],
            source: $source,
        },)+];

        impl Metrics {
            /// The figure of this name; `None` if there is none or it is not defined here.
            pub fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($name) => self.$name.value(),)+
                    _ => None,
                }
            }

            /// Every defined figure, in the order of the table.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
                let all = [$((stringify!($name), self.$name.value()),)+];
                all.into_iter().filter_map(|(name, value)| Some((name, value?)))
            }
        }

        impl Serialize for Metrics {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if !to.is_human_readable() {
                    return Err(S::Error::custom("metrics are results, not state: save the fold"));
                }
                let mut map = to.serialize_map(None)?;
                $(self.$name.write(stringify!($name), &mut map)?;)+
                map.end()
            }
        }
    };
}

figures! {
    n_interactions: u64, "Interactions scored", "count of `interaction`", "commons page";
    n_accepted: u64, "Interactions accepted", "count of accepted", "commons page";
    n_refused: u64, "Actions and offers refused by a rail, a lever, a freeze or the world (nobody has attention left)", "count of refusals", "commons page";
    n_posts: u64, "Posts and replies published", "count of posts", "commons page";
    n_votes: u64, "Votes cast", "count of votes", "commons page";
    participation: Option<f64>, "Share of answered offers that were accepted", "n_accepted / n_interactions", "commons page";

    toxicity_rate: Option<f64>, "Expected harmfulness of what was accepted", "E[1-p | accepted], 0 if none", "soft metrics";
    toxicity_rate_all: Option<f64>, "Expected harmfulness of what was offered", "E[1-p], 0 if none", "soft metrics";
    true_harm_rate: Option<f64>, "Share of harmful ones among accepted with known truth", "P(v=-1 | accepted)", "commons page, twin of toxicity_rate";
    true_harm_rate_all: Option<f64>, "Share of harmful ones among all with known truth", "P(v=-1)", "commons page, twin of toxicity_rate_all";
    conditional_loss_initiator: Option<f64>, "What acceptance does to the initiator's payoff; below 0 is adverse selection", "E[pi_a | accepted] - E[pi_a], 0 if none", "soft metrics";
    conditional_loss_counterparty: Option<f64>, "What acceptance does to the counterparty's payoff", "E[pi_b | accepted] - E[pi_b], 0 if none", "soft metrics";
    true_conditional_loss_initiator: Option<f64>, "conditional_loss_initiator with p replaced by [v=+1] in surplus and harm, over what was scored with known truth", "E[pi_a(v) | accepted] - E[pi_a(v)]", "twin of conditional_loss_initiator";
    true_conditional_loss_counterparty: Option<f64>, "conditional_loss_counterparty with p replaced by [v=+1] in surplus and harm, over what was scored with known truth", "E[pi_b(v) | accepted] - E[pi_b(v)]", "twin of conditional_loss_counterparty";
    spread: Option<f64>, "Price of adverse selection: above 0 the better offers are turned down", "(s+ + s-)(E[p] - E[p | accepted]), 0 if none", "Glosten & Milgrom 1985; soft metrics";
    quality_gap: Option<f64>, "Quality of accepted over rejected; below 0 is adverse selection", "E[p | accepted] - E[p | rejected], 0 if either is empty", "soft metrics";
    true_quality_gap: Option<f64>, "Share of beneficial ones, accepted over rejected, with known truth", "P(v=+1 | accepted) - P(v=+1 | rejected)", "twin of quality_gap";
    quality_correlation: Option<f64>, "Correlation of p and acceptance", "Pearson(p, accepted), 0 if one class is empty or p does not vary", "soft metrics";
    average_quality: Option<f64>, "Mean p of what was offered", "E[p], 0 if none", "soft metrics";
    average_quality_accepted: Option<f64>, "Mean p of what was accepted", "E[p | accepted], 0 if none", "soft metrics";
    quality_variance: Option<f64>, "Variance of p", "Var[p], population", "soft metrics";
    quality_variance_accepted: Option<f64>, "Variance of p among accepted", "Var[p | accepted], population", "soft metrics";
    quality_std: Option<f64>, "Standard deviation of p", "sqrt Var[p]", "soft metrics";
    baseline_harm: Option<f64>, "Toxicity if everything were accepted", "1 - E[p], 0 if none", "soft metrics, toxicity decomposition";
    selection_credit: Option<f64>, "Toxicity that selection took away", "P(rejected) * quality_gap", "soft metrics, toxicity decomposition";
    selection_saturation: Option<f64>, "Quality gap over the most that p's variation allows", "|gap| / (sd_p / sqrt(a(1-a))), a = P(accepted)", "soft metrics";
    uncertain_fraction: Option<f64>, "Share of uncertain labels", "P(0.3 < p < 0.7)", "soft metrics";

    total_welfare: Option<f64>, "Payoffs of both sides, summed over accepted", "sum(pi_a + pi_b)", "soft metrics";
    net_social_welfare: Option<f64>, "Surplus minus harm to everybody else, over accepted", "sum(S - E)", "soft metrics";
    welfare_per_agent: Option<f64>, "Total welfare per live agent and epoch", "total_welfare / live agents", "commons page";
    true_welfare: Option<f64>, "Realised surplus minus costs of conduct and of governance; transfers and fees left out", "sum(+s+ or -s- -h) - sum(c_a - fee_a + c_b - fee_b) - governance cost, over accepted scored with known truth", "commons page, twin of total_welfare";
    true_welfare_per_agent: Option<f64>, "True welfare per live agent and epoch", "true_welfare / live agents", "commons page";
    avg_initiator_payoff: Option<f64>, "Mean payoff of initiators over accepted", "E[pi_a | accepted], 0 if none", "soft metrics";
    avg_counterparty_payoff: Option<f64>, "Mean payoff of counterparties over accepted", "E[pi_b | accepted], 0 if none", "soft metrics";
    payoff_variance_initiator: Option<f64>, "Variance of the initiators' payoffs", "Var[pi_a], population", "soft metrics";
    payoff_variance_counterparty: Option<f64>, "Variance of the counterparties' payoffs", "Var[pi_b], population", "soft metrics";
    harm: Option<f64>, "Expected harm to everybody else, over accepted", "sum((1-p) h)", "commons page";
    true_harm: Option<f64>, "Harm done to everybody else, over accepted with known truth", "h * count(v=-1, accepted)", "commons page, twin of harm";
    adverse_selection: Option<f64>, "1 if quality_gap is below 0 for the second epoch running; in a run the share of such epochs", "[gap(t) < 0 and gap(t-1) < 0]", "commons page";
    silent_collapse: Option<f64>, "1 if true welfare is below 0 while the mean payoff is above 0; in a run the share of such epochs", "[true_welfare < 0 and E[pi | accepted] > 0]", "commons page";

    proxy_gap: Option<f64>, "How much too kind the proxy is, over accepted with known truth", "E[p] - P(v=+1)", "commons page";
    proxy_gap_deceived: Option<f64>, "Proxy gap where somebody deceived", "E[p] - P(v=+1), deception > 0", "commons page";
    proxy_gap_clean: Option<f64>, "Proxy gap where nobody deceived", "E[p] - P(v=+1), deception = 0", "commons page";
    calibration_error: Option<f64>, "How much too kind the proxy is, over all with known truth", "E[p] - P(v=+1)", "soft metrics";
    brier_score: Option<f64>, "Mean squared error of p; 0.25 is always saying 0.5", "E[(p - [v=+1])^2]", "Brier 1950";
    log_loss: Option<f64>, "Mean surprise at the truth, p held within 1e-15 of 0 and 1", "-E[ln P(v)]", "soft metrics";
    expected_calibration_error: Option<f64>, "Mean gap between p and share beneficial over ten bins, weighted by count", "sum(n_b/n |E[p]_b - P(v=+1)_b|)", "soft metrics";
    discrimination_auc: Option<f64>, "How well p ranks beneficial over harmful ones; needs every p, so an epoch has it and a run has not", "P(p+ > p-) + P(p+ = p-)/2", "Mann & Whitney 1947";

    influence_gini: Option<f64>, "Inequality of influence (weighted votes and replies received) among agents", "sum((2i-n-1) x_(i)) / (n sum x)", "commons page; Gini 1912";
    influence_hhi: Option<f64>, "Concentration of influence: 1/n if equal, 1 if one agent has it all", "sum((x / sum x)^2)", "Herfindahl index";
    activity_gini: Option<f64>, "Inequality of accepted interactions among agents, either side", "sum((2i-n-1) x_(i)) / (n sum x)", "Gini 1912";
    wealth_gini: Option<f64>, "Inequality of balances at the end of the epoch (of the run: of its last epoch)", "sum((2i-n-1) x_(i)) / (n sum x)", "Gini 1912";
    fees: Option<f64>, "Fees posted by levers on interactions, both sides, in credits", "sum(fee_a + fee_b)", "commons page";
    governance_cost: Option<f64>, "Real cost of governance, in utility", "sum of declared costs", "commons page";
    sanctions: u64, "Sanctions of levers on conduct: fines, slashes, reputation taken, freezes, one a lever, agent and occasion", "count of `governance_sanction`", "commons model, section 5";
    false_sanctions: u64, "Sanctions that met honest conduct: no deception, no harm, at least the standard effort (of a whole epoch, where no interaction is named)", "count of `governance_sanction` with `clean`", "commons model, section 5 (FP)";
    transfers: Option<f64>, "Money that changed hands between the two sides, in credits", "sum |tau|", "commons page";
}
