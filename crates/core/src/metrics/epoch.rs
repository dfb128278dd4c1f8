//! The metrics of an epoch and of a run, as folds.
//!
//! The orchestrator feeds an [`EpochFold`] live, a replay feeds one from the log: same calls in the same order, same bits. At
//! the end of an epoch it is merged into the [`RunFold`], gives its figures and starts again ([`EpochFold::finish`]); the
//! run's figures are pooled over interactions, not averaged over epochs. All state is saved in checkpoints. Memory: the run
//! fold holds constants and two numbers per agent; the epoch fold one number more for each interaction with known truth, for
//! the AUC. Not here: what the figures are called and mean ([`super::figures`]).

use super::calibration::{CalibrationFold, RankFold};
use super::figures::real;
pub use super::figures::{METRICS, Metrics};
use super::inequality::{gini_exact, gini_with_zeros, herfindahl};
use super::levers::{Accounts, LeverRecord};
use super::share;
use super::soft::{SoftFold, SoftSample};
use super::truth::{Known, TruthFold};
use crate::interaction::Truth;
use crate::score::payoff::Payoff;
use crate::units::{MICROS_PER_CREDIT, MicroCredits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the fold needs to know of one closed interaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochSample {
    /// P(v = +1).
    pub p: f64,
    /// Whether the answer was yes.
    pub accepted: bool,
    /// Payoff of the initiator.
    pub pi_a: f64,
    /// Payoff of the counterparty.
    pub pi_b: f64,
    /// Costs of the initiator, fees included.
    pub c_a: f64,
    /// Costs of the counterparty, fees included.
    pub c_b: f64,
    /// The part of `c_a` that levers posted in money.
    pub fee_a: MicroCredits,
    /// The part of `c_b` that levers posted in money.
    pub fee_b: MicroCredits,
    /// Transfer from initiator to counterparty.
    pub tau: MicroCredits,
    /// Who asked.
    pub initiator: u32,
    /// Who answered.
    pub counterparty: u32,
    /// Joint deception, 0..=1.
    pub deception: f64,
    /// The truth, if known already.
    pub truth: Option<Truth>,
}

/// The figures of one epoch.
pub type EpochMetrics = Metrics;

/// The figures of a run, pooled over its interactions. [`Metrics::discrimination_auc`] is `None`: it needs every p.
pub type RunMetrics = Metrics;

/// What epoch and run have in common: it merges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Totals {
    soft: SoftFold,
    calibration: CalibrationFold,
    truth: TruthFold,
    fees_micros: i128,
    transfers_micros: i128,
    governance_cost: f64,
    n_refused: u64,
    n_posts: u64,
    n_votes: u64,
    /// Live agents, summed over epochs.
    agent_epochs: u64,
    /// The most agents that were live at the end of an epoch.
    agents_max: u32,
    influence: Vec<f64>,
    activity: Vec<u32>,
    wealth_gini: Option<f64>,
    levers: Accounts,
}

/// The slot of an agent in a column that grows on demand.
#[inline]
fn slot<T: Copy + Default>(column: &mut Vec<T>, agent: u32) -> &mut T {
    let index = agent as usize;
    if index >= column.len() {
        column.resize(index + 1, T::default());
    }
    &mut column[index]
}

fn credits(micros: i128) -> f64 {
    micros as f64 / MICROS_PER_CREDIT as f64
}

/// The positive amounts of a column, and how many of `agents` have none.
fn positive_and_zeros(column: impl Iterator<Item = f64>, agents: u32) -> (Vec<f64>, u64) {
    let positive: Vec<f64> = column.filter(|x| *x > 0.0).collect();
    let zeros = u64::from(agents).saturating_sub(positive.len() as u64);
    (positive, zeros)
}

impl Totals {
    fn merge(&mut self, other: &Self) {
        self.soft.merge(&other.soft);
        self.calibration.merge(&other.calibration);
        self.truth.merge(&other.truth);
        self.fees_micros += other.fees_micros;
        self.transfers_micros += other.transfers_micros;
        self.governance_cost += other.governance_cost;
        self.n_refused += other.n_refused;
        self.n_posts += other.n_posts;
        self.n_votes += other.n_votes;
        self.agent_epochs += other.agent_epochs;
        self.agents_max = self.agents_max.max(other.agents_max);
        self.levers.merge(&other.levers);
        for (agent, weight) in (0_u32..).zip(&other.influence) {
            *slot(&mut self.influence, agent) += weight;
        }
        for (agent, count) in (0_u32..).zip(&other.activity) {
            let mine = slot(&mut self.activity, agent);
            *mine = mine.saturating_add(*count);
        }
        if other.wealth_gini.is_some() {
            self.wealth_gini = other.wealth_gini;
        }
    }

    /// Back to nothing; the columns keep their memory.
    fn clear(&mut self) {
        let (mut influence, mut activity) = (
            std::mem::take(&mut self.influence),
            std::mem::take(&mut self.activity),
        );
        influence.clear();
        activity.clear();
        *self = Self {
            influence,
            activity,
            ..Self::default()
        };
    }

    /// Realised surplus minus costs of conduct and of governance, where truth is known.
    fn true_welfare(&self, payoff: &Payoff) -> Option<f64> {
        let welfare = self.truth.welfare(payoff, self.soft.n_accepted())?;
        Some(welfare - self.governance_cost)
    }

    /// Everything but the AUC and the two verdicts.
    fn figures(&self, payoff: &Payoff) -> Metrics {
        let soft = &self.soft;
        let (truth, calibration) = (&self.truth, &self.calibration);
        let per_agent = |x: f64| (self.agent_epochs > 0).then(|| x / self.agent_epochs as f64);
        let losses = truth.conditional_losses();
        let true_welfare = self.true_welfare(payoff);
        let (sanctions, false_sanctions) = self.levers.sanctions();
        let (influence, idle) = positive_and_zeros(self.influence.iter().copied(), self.agents_max);
        let (activity, inactive) =
            positive_and_zeros(self.activity.iter().map(|n| f64::from(*n)), self.agents_max);
        Metrics {
            n_interactions: soft.n(),
            n_accepted: soft.n_accepted(),
            n_refused: self.n_refused,
            n_posts: self.n_posts,
            n_votes: self.n_votes,
            participation: share(soft.n_accepted(), soft.n()),
            toxicity_rate: real(soft.toxicity_rate()),
            toxicity_rate_all: real(soft.toxicity_rate_all()),
            true_harm_rate: real(truth.accepted.bad_share()),
            true_harm_rate_all: real(truth.bad_share_all()),
            conditional_loss_initiator: real(soft.conditional_loss_initiator()),
            conditional_loss_counterparty: real(soft.conditional_loss_counterparty()),
            true_conditional_loss_initiator: real(losses.map(|l| l.0)),
            true_conditional_loss_counterparty: real(losses.map(|l| l.1)),
            spread: real(soft.spread(payoff)),
            quality_gap: real(soft.quality_gap()),
            true_quality_gap: real(truth.quality_gap()),
            quality_correlation: real(soft.quality_correlation()),
            average_quality: real(soft.average_quality()),
            average_quality_accepted: real(soft.average_quality_accepted()),
            quality_variance: real(soft.quality_variance()),
            quality_variance_accepted: real(soft.quality_variance_accepted()),
            quality_std: real(soft.quality_std()),
            baseline_harm: real(soft.baseline_harm()),
            selection_credit: real(soft.selection_credit()),
            selection_saturation: real(soft.selection_saturation()),
            uncertain_fraction: real(soft.uncertain_fraction()),
            total_welfare: real(soft.total_welfare()),
            net_social_welfare: real(soft.net_social_welfare()),
            welfare_per_agent: real(per_agent(soft.total_welfare())),
            true_welfare: real(true_welfare),
            true_welfare_per_agent: real(true_welfare.and_then(per_agent)),
            avg_initiator_payoff: real(soft.avg_initiator_payoff()),
            avg_counterparty_payoff: real(soft.avg_counterparty_payoff()),
            payoff_variance_initiator: real(soft.payoff_variance_initiator()),
            payoff_variance_counterparty: real(soft.payoff_variance_counterparty()),
            harm: real(soft.harm()),
            true_harm: real(truth.harm(payoff, soft.n_accepted())),
            adverse_selection: None,
            silent_collapse: None,
            proxy_gap: real(truth.accepted.proxy_gap()),
            proxy_gap_deceived: real(truth.deceived.proxy_gap()),
            proxy_gap_clean: real(truth.clean.proxy_gap()),
            calibration_error: real(calibration.calibration_error()),
            brier_score: real(calibration.brier_score()),
            log_loss: real(calibration.log_loss()),
            expected_calibration_error: real(calibration.expected_calibration_error()),
            discrimination_auc: None,
            influence_hhi: real(herfindahl(&influence)),
            influence_gini: real(gini_with_zeros(influence, idle)),
            activity_gini: real(gini_with_zeros(activity, inactive)),
            wealth_gini: real(self.wealth_gini),
            fees: real(credits(self.fees_micros)),
            governance_cost: real(self.governance_cost),
            sanctions,
            false_sanctions,
            transfers: real(credits(self.transfers_micros)),
        }
    }
}

/// The fold of the epoch that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochFold {
    payoff: Payoff,
    totals: Totals,
    ranks: RankFold,
    /// Whether the quality gap of the epoch before was below 0.
    gap_was_negative: bool,
    /// By agent, up to the last of them: whether its conduct was not honest this epoch. Of use to the hub alone, which counts false
    /// sanctions by it.
    foul: Vec<bool>,
    /// Of the cases that moderators may look into: whose conduct was honest.
    cases: BTreeMap<u64, [bool; 2]>,
}

impl EpochFold {
    /// An empty fold.
    pub fn new(payoff: &Payoff) -> Self {
        Self {
            payoff: *payoff,
            totals: Totals::default(),
            ranks: RankFold::default(),
            gap_was_negative: false,
            foul: Vec::new(),
            cases: BTreeMap::new(),
        }
    }

    /// A closed interaction.
    #[inline]
    pub fn interaction(&mut self, x: &EpochSample) {
        let totals = &mut self.totals;
        totals.soft.add(&SoftSample {
            p: x.p,
            accepted: x.accepted,
            pi_a: x.pi_a,
            pi_b: x.pi_b,
            s_soft: self.payoff.surplus(x.p),
            e_soft: self.payoff.harm(x.p),
        });
        totals.fees_micros += i128::from(x.fee_a.0) + i128::from(x.fee_b.0);
        totals.transfers_micros += i128::from(x.tau.0.unsigned_abs());
        if x.accepted {
            for agent in [x.initiator, x.counterparty] {
                let count = slot(&mut totals.activity, agent);
                *count = count.saturating_add(1);
            }
        }
        if let Some(truth) = x.truth {
            totals.calibration.add(x.p, truth);
            self.ranks.add(x.p, truth);
            totals.truth.add(
                &Known {
                    p: x.p,
                    accepted: x.accepted,
                    good: truth.is_good(),
                    pi_a: x.pi_a,
                    pi_b: x.pi_b,
                    deceived: x.deception > 0.0,
                    costs: (x.c_a - x.fee_a.credits()) + (x.c_b - x.fee_b.credits()),
                },
                &self.payoff,
            );
        }
    }

    /// A truth that came after its interaction was closed with p and answer as given. It counts in the epoch in which it
    /// comes: in calibration, in the shares of v and in the proxy gap; nothing is booked again, so not in welfare, losses or
    /// the gap by deception.
    pub fn truth(&mut self, p: f64, accepted: bool, truth: Truth) {
        self.totals.calibration.add(p, truth);
        self.ranks.add(p, truth);
        self.totals.truth.add_late(p, accepted, truth.is_good());
    }

    /// An agent received influence: the weight of a vote, or 1 for a reply. Weights that are not above 0 are nothing.
    pub fn influence(&mut self, agent: u32, weight: f64) {
        if weight > 0.0 {
            *slot(&mut self.totals.influence, agent) += weight;
        }
    }

    /// A real cost of governance, in utility (not a fee: a fee is a transfer).
    pub fn governance_cost(&mut self, real_cost: f64) {
        self.totals.governance_cost += real_cost;
    }

    /// A lever took money: a tax, a fine, slashed stake.
    pub fn taken(&mut self, lever: &str, amount: MicroCredits) {
        self.totals.levers.taken(lever, amount);
    }

    /// A lever used up resources, in utility. [`EpochFold::governance_cost`] counts them in the whole.
    pub fn lever_cost(&mut self, lever: &str, real_cost: f64) {
        self.totals.levers.cost(lever, real_cost);
    }

    /// A lever punished somebody, whose conduct was honest or not.
    pub fn sanction(&mut self, lever: &str, clean: bool) {
        self.totals.levers.sanction(lever, clean);
    }

    /// What the levers came to so far in this epoch.
    pub fn lever_records(&self) -> BTreeMap<String, LeverRecord> {
        self.totals.levers.records()
    }

    /// Somebody's conduct was not honest.
    pub fn foul(&mut self, agent: u32) {
        let at = agent as usize;
        if self.foul.len() <= at {
            self.foul.resize(at + 1, false);
        }
        self.foul[at] = true;
    }

    /// Whether an agent did nothing this epoch that was not honest.
    pub fn is_clean(&self, agent: u32) -> bool {
        !self.foul.get(agent as usize).is_some_and(|foul| *foul)
    }

    /// A case that moderators may look into, and whose conduct in it was honest.
    pub fn case(&mut self, id: u64, clean: [bool; 2]) {
        self.cases.insert(id, clean);
    }

    /// Whose conduct in a case was honest: nobody's, where it is not known.
    pub fn case_clean(&self, id: u64) -> [bool; 2] {
        self.cases.get(&id).copied().unwrap_or_default()
    }

    /// Forgets cases that are no longer open.
    pub fn keep_cases(&mut self, keep: impl Fn(u64) -> bool) {
        self.cases.retain(|&id, _| keep(id));
    }

    /// A rail, a lever or a freeze refused something.
    pub fn refused(&mut self) {
        self.totals.n_refused += 1;
    }

    /// A post or reply was published.
    pub fn posted(&mut self) {
        self.totals.n_posts += 1;
    }

    /// A vote was cast.
    pub fn voted(&mut self) {
        self.totals.n_votes += 1;
    }

    /// Agents that are live at the end of the epoch; the last call counts.
    pub fn agents(&mut self, n_live: u32) {
        self.totals.agent_epochs = u64::from(n_live);
        self.totals.agents_max = n_live;
    }

    /// Balances of the live agents at the end of the epoch, in micro-credits; the last call counts.
    pub fn wealth(&mut self, balances: &[i64]) {
        self.totals.wealth_gini = Some(gini_exact(balances));
    }

    /// What the epoch so far says of the two failures that are judged by epoch.
    fn verdict(&self) -> Verdict {
        let soft = &self.totals.soft;
        let gap_is_negative = soft.quality_gap() < 0.0;
        Verdict {
            gap_is_negative,
            adverse_selection: gap_is_negative && self.gap_was_negative,
            silent_collapse: self
                .totals
                .true_welfare(&self.payoff)
                .map(|w| w < 0.0 && soft.total_welfare() > 0.0),
        }
    }

    /// The figures of the epoch; the fold starts again. [`RunFold::merge`] it first: what is finished is forgotten.
    pub fn finish(&mut self) -> EpochMetrics {
        let verdict = self.verdict();
        let metrics = Metrics {
            discrimination_auc: real(self.ranks.auc()),
            adverse_selection: Some(f64::from(u8::from(verdict.adverse_selection))),
            silent_collapse: verdict.silent_collapse.map(|c| f64::from(u8::from(c))),
            ..self.totals.figures(&self.payoff)
        };
        self.gap_was_negative = verdict.gap_is_negative;
        self.totals.clear();
        self.ranks.clear();
        self.foul.clear();
        metrics
    }
}

/// Failures that are judged by epoch.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    gap_is_negative: bool,
    adverse_selection: bool,
    /// `None` where true welfare is not known.
    silent_collapse: Option<bool>,
}

/// The fold of the whole run: every finished epoch's, merged in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFold {
    payoff: Payoff,
    totals: Totals,
    n_epochs: u64,
    n_adverse: u64,
    n_welfare_known: u64,
    n_collapsed: u64,
}

impl RunFold {
    /// An empty fold.
    pub fn new(payoff: &Payoff) -> Self {
        Self {
            payoff: *payoff,
            totals: Totals::default(),
            n_epochs: 0,
            n_adverse: 0,
            n_welfare_known: 0,
            n_collapsed: 0,
        }
    }

    /// Adds an epoch that is over and not yet finished.
    pub fn merge(&mut self, epoch: &EpochFold) {
        let verdict = epoch.verdict();
        self.totals.merge(&epoch.totals);
        self.n_epochs += 1;
        self.n_adverse += u64::from(verdict.adverse_selection);
        self.n_welfare_known += u64::from(verdict.silent_collapse.is_some());
        self.n_collapsed += u64::from(verdict.silent_collapse == Some(true));
    }

    /// What the levers came to.
    pub fn lever_records(&self) -> BTreeMap<String, LeverRecord> {
        self.totals.levers.records()
    }

    /// Epochs merged.
    pub fn epochs(&self) -> u64 {
        self.n_epochs
    }

    /// The figures of the run so far.
    pub fn finish(&self) -> RunMetrics {
        Metrics {
            adverse_selection: share(self.n_adverse, self.n_epochs),
            silent_collapse: share(self.n_collapsed, self.n_welfare_known),
            ..self.totals.figures(&self.payoff)
        }
    }
}
