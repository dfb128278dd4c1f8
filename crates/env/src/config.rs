//! The scenario's `environment:` block for the commons, with every constant of the behaviour model.
//!
//! Keys are words; the symbol of the model page stands in the doc of each. Ranges are the model page's and are checked where
//! the scenario is read, from the JSON schema of these structs. The `kind` key beside them belongs to whoever picks the world.

use das_core::config::TreasuryPolicy;
use das_core::detmath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of the two named regimes holds: what effort costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Effort costs κ = 0.60 at full effort.
    #[default]
    Thin,
    /// Effort costs κ = 0.45 at full effort.
    Roomy,
}

impl Regime {
    /// Effort cost κ of the regime, in utility.
    pub fn effort_cost(self) -> f64 {
        match self {
            Self::Thin => 0.60,
            Self::Roomy => 0.45,
        }
    }
}

/// `environment:` of the commons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentConfig {
    /// Opening balance of every agent, in credits.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub initial_budget: f64,
    /// Share s of the feed that nobody has the attention to see: each agent sees ⌈20·(1−s)⌉ posts.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub attention_scarcity: f64,
    /// What flows back from the treasury.
    pub treasury: TreasuryPolicy,
    /// Named regime: what effort costs, unless `signals.effort_cost` says it.
    pub regime: Regime,
    /// Constants of the behaviour model.
    pub signals: Signals,
    /// The feed.
    pub feed: FeedConfig,
    /// Tasks.
    pub tasks: TaskConfig,
    /// The marketplace.
    pub market: MarketConfig,
    /// Who sees whom.
    pub network: NetworkConfig,
}

impl Default for EnvironmentConfig {
    fn default() -> Self {
        Self {
            initial_budget: 100.0,
            attention_scarcity: 0.5,
            treasury: TreasuryPolicy::Keep,
            regime: Regime::Thin,
            signals: Signals::default(),
            feed: FeedConfig::default(),
            tasks: TaskConfig::default(),
            market: MarketConfig::default(),
            network: NetworkConfig::default(),
        }
    }
}

impl EnvironmentConfig {
    /// The constants with the regime's effort cost filled in.
    pub fn resolved_signals(&self) -> Signals {
        let mut signals = self.signals.clone();
        signals.effort_cost.get_or_insert(self.regime.effort_cost());
        signals
    }

    /// Posts an agent sees: ⌈top·(1−s)⌉.
    pub fn posts_shown(&self) -> u32 {
        let share = 1.0 - detmath::clamp(self.attention_scarcity, 0.0, 1.0);
        (f64::from(self.feed.top) * share).ceil() as u32
    }
}

/// `environment.signals:` how conduct becomes truth, truth becomes appearance, and what it costs (model page, section 2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Signals {
    /// q0: P(v = +1) without effort and harm.
    #[schemars(range(min = 0.0, max = 0.3))]
    pub truth_base: f64,
    /// qe: what full joint effort adds to P(v = +1).
    #[schemars(range(min = 0.5, max = 0.9))]
    pub truth_effort: f64,
    /// qh: what full harm takes from P(v = +1).
    #[schemars(range(min = 0.3, max = 1.0))]
    pub truth_harm: f64,
    /// w: the provider's share of joint effort.
    #[schemars(range(min = 0.5, max = 0.9))]
    pub provider_weight: f64,
    /// pv: how much progress shows the truth.
    #[schemars(range(min = 0.2, max = 0.8))]
    pub progress_truth: f64,
    /// pe: how much progress shows effort.
    #[schemars(range(min = 0.0, max = 0.6))]
    pub progress_effort: f64,
    /// σ: standard deviation of the noise in progress.
    #[schemars(range(min = 0.05, max = 0.5))]
    pub progress_noise: f64,
    /// M: how far full joint deception can lift progress. At 0 progress cannot be managed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub manipulation: f64,
    /// r0: mean rework when all is well.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rework_base: f64,
    /// r1: mean rework that v = −1 adds.
    #[schemars(range(min = 0.0, max = 3.0))]
    pub rework_harm: f64,
    /// hide: share of that rework full deception hides.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rework_hiding: f64,
    /// vp: probability that a verifier is present at a trade or reply; at tasks there always is one.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub verifier_presence: f64,
    /// sens: probability that a standing verifier rejects v = −1 when nobody deceives.
    #[schemars(range(min = 0.3, max = 1.0))]
    pub verifier_sensitivity: f64,
    /// fp: probability that a verifier rejects v = +1.
    #[schemars(range(min = 0.0, max = 0.2))]
    pub verifier_false_positive: f64,
    /// m0: probability of a misuse flag without harm or deception.
    #[schemars(range(min = 0.0, max = 0.1))]
    pub misuse_base: f64,
    /// mh: what full open harm adds to it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub misuse_harm: f64,
    /// md: what full deception adds to it: deceiving leaves traces.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub misuse_deception: f64,
    /// κ: cost of full effort, in utility (κe²). Absent, the regime's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.2, max = 0.8))]
    pub effort_cost: Option<f64>,
    /// χ: cost of full deception, in utility (χd).
    #[schemars(range(min = 0.0, max = 0.3))]
    pub deception_cost: f64,
    /// η: reputation points per unit of v̂ above the reference, for the provider; the other side gets half.
    #[schemars(range(min = 0.01, max = 0.2))]
    pub reputation_gain: f64,
    /// `v_ref`: v̂ that leaves reputation as it was.
    #[schemars(range(min = 0.0, max = 0.3))]
    pub reputation_reference: f64,
    /// `R_h`: reputation points at which standing is one half.
    #[schemars(range(min = 0.5, max = 10.0))]
    pub standing_half: f64,
    /// py: probability that a side learns how an accepted interaction turned out.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub aftermath_probability: f64,
    /// acc: probability that what it learns is right.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub accuracy: f64,
    /// L: steps until it learns it.
    #[schemars(range(min = 1, max = 50))]
    pub aftermath_lag_steps: u32,
    /// Offers an agent can answer in a step: attention is scarce, so spam crowds out others.
    #[schemars(range(min = 1, max = 5))]
    pub served_per_step: u32,
    /// `k_v`: peers an agent looks at for one decision.
    #[schemars(range(min = 4, max = 32))]
    pub visible_peers: u32,
    /// Effort assumed of the side that said no, when a rejected offer is scored as the offer it was. Its deception and harm
    /// are 0. About the mean effort of a mixed society.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub public_effort: f64,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            truth_base: 0.15,
            truth_effort: 0.80,
            truth_harm: 0.70,
            provider_weight: 0.65,
            progress_truth: 0.55,
            progress_effort: 0.35,
            progress_noise: 0.20,
            manipulation: 0.50,
            rework_base: 0.2,
            rework_harm: 1.0,
            rework_hiding: 0.6,
            verifier_presence: 0.3,
            verifier_sensitivity: 0.7,
            verifier_false_positive: 0.03,
            misuse_base: 0.01,
            misuse_harm: 0.35,
            misuse_deception: 0.10,
            effort_cost: None,
            deception_cost: 0.05,
            reputation_gain: 0.05,
            reputation_reference: 0.10,
            standing_half: 2.0,
            aftermath_probability: 0.6,
            accuracy: 0.9,
            aftermath_lag_steps: 5,
            served_per_step: 2,
            visible_peers: 8,
            public_effort: 0.7,
        }
    }
}

impl Signals {
    /// κ, cost of full effort; the thin regime's if nothing was filled in.
    #[inline]
    pub fn kappa(&self) -> f64 {
        self.effort_cost.unwrap_or(0.60)
    }

    /// Cost of conduct κe² + χd, in utility.
    #[inline]
    pub fn conduct_cost(&self, effort: f64, deception: f64) -> f64 {
        self.kappa() * effort * effort + self.deception_cost * deception
    }

    /// Public standing ρ = R / (`R_h` + |R|), in (−1, 1).
    #[inline]
    pub fn standing(&self, reputation: f64) -> f64 {
        reputation / (self.standing_half + reputation.abs()) + 0.0
    }
}

/// `environment.feed:` ranking and memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedConfig {
    /// α: what a reply adds to a post's score, in votes.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub alpha: f64,
    /// β: what a step of age takes from a post's score, in votes.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub beta: f64,
    /// Posts an agent with all its attention sees.
    #[schemars(range(min = 1, max = 100))]
    pub top: u32,
    /// Posts kept; the oldest go first, with their votes. Absent: 50 for each agent, at least 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub max_posts: Option<u32>,
    /// What a standing of 1 adds to the weight of a vote: 1 + this · max(0, ρ).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub vote_standing_weight: f64,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            alpha: 0.5,
            beta: 0.1,
            top: 20,
            max_posts: None,
            vote_standing_weight: 4.0,
        }
    }
}

/// `environment.tasks:` time limits of tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TaskConfig {
    /// Steps a task waits for an award before it expires.
    #[schemars(range(min = 1, max = 10_000))]
    pub claim_window_steps: u32,
    /// Steps a submission waits for a verifier before the standing verifier decides.
    #[schemars(range(min = 0, max = 10_000))]
    pub verify_window_steps: u32,
    /// Open tasks a worker looks at for one decision.
    #[schemars(range(min = 1, max = 100))]
    pub candidates: u32,
}

impl Default for TaskConfig {
    fn default() -> Self {
        Self {
            claim_window_steps: 5,
            verify_window_steps: 1,
            candidates: 4,
        }
    }
}

/// `environment.market:` bounties with bids, escrow and disputes. Windows are in steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarketConfig {
    /// Whether there is a marketplace. Without one no action of it is possible, nothing is drawn for it and nothing of it is logged.
    pub enabled: bool,
    /// Steps in which bids are taken, the one of posting included.
    #[schemars(range(min = 1, max = 10_000))]
    pub bid_window_steps: u32,
    /// Steps after the bidding in which the poster can award.
    #[schemars(range(min = 1, max = 10_000))]
    pub award_window_steps: u32,
    /// Steps after the award in which the work can be delivered.
    #[schemars(range(min = 1, max = 10_000))]
    pub delivery_steps: u32,
    /// Steps a delivery waits for a verifier before the standing verifier decides.
    #[schemars(range(min = 0, max = 10_000))]
    pub verify_window_steps: u32,
    /// Steps after the verdict in which it can be disputed; the money is held as long. 0: only verifier agents' verdicts can be, in the
    /// step they are given.
    #[schemars(range(min = 0, max = 10_000))]
    pub dispute_window_steps: u32,
    /// Steps from the dispute to the arbiter's ruling.
    #[schemars(range(min = 0, max = 10_000))]
    pub arbitration_steps: u32,
    /// Share of the reserve that posting a bounty costs; it goes to `acct:market:fees` and is not returned.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub listing_fee: f64,
    /// F: deposit of who disputes, as a share of the price. Back if the claim is upheld, else to `acct:market:fees`. A claim pays from a
    /// chance of F/(1+F) on.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub dispute_deposit: f64,
    /// s: probability that the arbiter finds against work of the worst conduct.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub arbiter_sensitivity: f64,
    /// f: probability that it finds against work of the best.
    #[schemars(range(min = 0.0, max = 0.2))]
    pub arbiter_false_positive: f64,
    /// Live bounties an agent can have posted.
    #[schemars(range(min = 1, max = 100))]
    pub max_open_bounties: u32,
    /// Bids a bounty takes.
    #[schemars(range(min = 1, max = 100))]
    pub max_bids: u32,
    /// Open bounties an agent looks at for one decision.
    #[schemars(range(min = 1, max = 100))]
    pub candidates: u32,
}

impl Default for MarketConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            bid_window_steps: 3,
            award_window_steps: 2,
            delivery_steps: 5,
            verify_window_steps: 1,
            dispute_window_steps: 2,
            arbitration_steps: 1,
            listing_fee: 0.02,
            dispute_deposit: 0.25,
            arbiter_sensitivity: 0.85,
            arbiter_false_positive: 0.02,
            max_open_bounties: 2,
            max_bids: 8,
            candidates: 4,
        }
    }
}

/// Shape of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// Everybody sees everybody. No edge is stored.
    #[default]
    Complete,
    /// Each sees its `k` nearest on a circle.
    Ring,
    /// A ring, each edge rewired with probability `rewire` (Watts and Strogatz 1998).
    SmallWorld,
    /// Each newcomer ties to `m` others by their degree (Barabási and Albert 1999).
    ScaleFree,
}

/// `environment.network:` who sees whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkConfig {
    /// Shape.
    pub topology: Topology,
    /// Neighbours on the ring, both sides together; an odd number is rounded down, below 2 up.
    #[schemars(range(min = 2, max = 1_000))]
    pub k: u32,
    /// Probability that an edge of the ring is rewired (small world).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rewire: f64,
    /// Ties of each newcomer (scale free, and whoever joins a sparse network later).
    #[schemars(range(min = 1, max = 1_000))]
    pub m: u32,
    /// Factor on the strength of each tie of the interaction graph at the end of an epoch; below 0.1 it is cut.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tie_decay: f64,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            topology: Topology::Complete,
            k: 8,
            rewire: 0.1,
            m: 4,
            tie_decay: 0.7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_is_the_ceiling_of_its_share() {
        // ⌈20·(1−s)⌉ at the ends, in the middle and just off a whole number.
        for (s, shown) in [(0.0, 20), (0.5, 10), (0.52, 10), (0.99, 1), (1.0, 0)] {
            let config = EnvironmentConfig {
                attention_scarcity: s,
                ..Default::default()
            };
            assert_eq!(config.posts_shown(), shown, "s = {s}");
        }
    }

    #[test]
    fn regime_sets_effort_cost_unless_the_signals_do() {
        // A written constant wins over the regime; without one the regime decides.
        let mut config = EnvironmentConfig {
            regime: Regime::Roomy,
            ..Default::default()
        };
        assert_eq!(config.resolved_signals().kappa(), 0.45);
        config.signals.effort_cost = Some(0.3);
        assert_eq!(config.resolved_signals().kappa(), 0.3);
    }

    #[test]
    fn unknown_keys_are_refused() {
        // A misspelt constant must not be silently the default.
        let err = serde_json::from_str::<EnvironmentConfig>(r#"{"signals":{"manipulatoin":0.1}}"#);
        assert!(err.unwrap_err().to_string().contains("manipulatoin"));
    }
}
