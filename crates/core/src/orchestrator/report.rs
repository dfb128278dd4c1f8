//! What an epoch and a run came to: `agent_state`, `epoch_completed` and `run_completed`.

use crate::config::Detail;
use crate::environment::Environment;
use crate::id::AgentId;
use crate::interaction::Moment;
use crate::ledger::{AccountKind, Ledger};
use crate::log::{Ended, Status};
use crate::metrics::epoch::{EpochMetrics, RunMetrics};
use crate::metrics::levers::LeverRecord;
use crate::orchestrator::hub::Hub;
use crate::orchestrator::records::{AgentState, Credits};
use crate::ports::SinkError;
use crate::units::MicroCredits;
use serde::Serialize;
use std::collections::BTreeMap;

/// Means over the live agents of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindRecord {
    /// Live agents.
    pub agents: u32,
    /// Mean of booked payoffs since the start, in utility.
    pub payoff: f64,
    /// Mean reputation in points.
    pub reputation: f64,
    /// Mean balance in credits.
    pub balance: f64,
}

/// The line `epoch_completed`.
#[derive(Clone, Debug, Serialize)]
pub struct EpochRecord {
    /// Whether the epoch was cut short by the kill switch.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Where the epoch ended.
    #[serde(skip)]
    pub at: Moment,
    /// Metrics of the epoch.
    pub metrics: EpochMetrics,
    /// Live agents by kind.
    pub kinds: BTreeMap<String, KindRecord>,
    /// What each lever took, used up and punished; none that did nothing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub levers: BTreeMap<String, LeverRecord>,
    /// The environment's own figures.
    #[serde(serialize_with = "figures", skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<(&'static str, f64)>,
}

fn figures<S: serde::Serializer>(
    figures: &[(&'static str, f64)],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(figures.iter().copied())
}

/// What a run came to: the fields of the line `run_completed`, and of the last line.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// How it ended.
    #[serde(skip)]
    pub status: Status,
    /// Metrics pooled over the run.
    pub metrics: RunMetrics,
    /// Hashes and totals of the log.
    #[serde(skip)]
    pub log: Option<Ended>,
    /// Live agents by kind.
    pub kinds: BTreeMap<String, KindRecord>,
    /// What each lever took, used up and punished over the run; none that did nothing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub levers: BTreeMap<String, LeverRecord>,
    /// Interactions that were asked and are still open.
    pub open_interactions: u64,
    /// What the treasury holds, in credits.
    pub treasury: f64,
    /// Where all money lies at the end, in credits, by the first word of the account's name: `agent`, `stake`, `treasury`, and the
    /// world's own (`escrow`). It adds up to what came from the source.
    pub held: BTreeMap<String, f64>,
    /// Money moved over the run, by reason, in credits.
    pub moved: BTreeMap<String, f64>,
}

/// Where an agent stands at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentRecord {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// Sum of booked payoffs.
    pub payoff: f64,
    /// Reputation in points.
    pub reputation: f64,
    /// Balance in credits.
    pub balance: f64,
}

/// Money by the first word of account names, `acct:` left out; sources are where it came from and hold none.
fn held(ledger: &Ledger) -> BTreeMap<String, f64> {
    let mut held: BTreeMap<&str, MicroCredits> = BTreeMap::new();
    for (name, kind, balance) in ledger.accounts() {
        if kind != AccountKind::Source {
            let family = name.strip_prefix("acct:").unwrap_or(name);
            *held
                .entry(family.split(':').next().unwrap_or(family))
                .or_default() += balance;
        }
    }
    held.into_iter()
        .map(|(family, amount)| (family.to_owned(), amount.credits()))
        .collect()
}

impl<E: Environment> Hub<E> {
    fn live(&self) -> impl Iterator<Item = AgentId> {
        self.society.ids().filter(|who| self.society.is_live(*who))
    }

    fn kinds(&self) -> BTreeMap<String, KindRecord> {
        let mut kinds: BTreeMap<String, KindRecord> = BTreeMap::new();
        for who in self.live() {
            let kind = self.society.hidden_kind(who);
            if !kinds.contains_key(kind) {
                kinds.insert(
                    kind.to_owned(),
                    KindRecord {
                        agents: 0,
                        payoff: 0.0,
                        reputation: 0.0,
                        balance: 0.0,
                    },
                );
            }
            if let Some(record) = kinds.get_mut(kind) {
                record.agents += 1;
                record.payoff += self.society.payoff(who);
                record.reputation += self.society.reputation(who);
                record.balance += self.society.balance(who).credits();
            }
        }
        for record in kinds.values_mut() {
            let n = f64::from(record.agents);
            record.payoff /= n;
            record.reputation /= n;
            record.balance /= n;
        }
        kinds
    }

    pub(super) fn report_epoch(
        &mut self,
        env: Vec<(&'static str, f64)>,
        partial: bool,
    ) -> EpochRecord {
        let live: Vec<AgentId> = self.live().collect();
        let wealth: Vec<i64> = live
            .iter()
            .map(|&who| self.society.balance(who).0)
            .collect();
        self.fold.agents(live.len() as u32);
        self.fold.wealth(&wealth);
        for &who in &live {
            let counters = self.society.counters(who);
            let event = AgentState {
                agent: self.society.name(who),
                kind: self.society.hidden_kind(who),
                reputation: self.society.reputation(who),
                balance: Credits::of(self.society.balance(who)),
                stake: Credits::some(self.society.stake(who)),
                payoff: self.society.payoff(who),
                accepted: counters.accepted,
                rejected: counters.rejected,
                frozen: self.society.is_frozen(who),
            };
            self.log
                .event(Detail::Full, "agent_state", self.now, &event);
        }
        self.run.merge(&self.fold);
        let levers = self.fold.lever_records();
        let metrics = self.fold.finish();
        let record = EpochRecord {
            partial,
            at: self.now,
            metrics,
            kinds: self.kinds(),
            levers,
            env,
        };
        self.log
            .event(Detail::Epochs, "epoch_completed", self.now, &record);
        record
    }

    /// Writes the lines that end a log.
    pub(super) fn report_run(
        &mut self,
        status: Status,
        state: &str,
    ) -> Result<RunRecord, SinkError> {
        let ledger = self.society.ledger();
        let mut record = RunRecord {
            status,
            log: None,
            metrics: self.run.finish(),
            kinds: self.kinds(),
            levers: self.run.lever_records(),
            open_interactions: self.open.len() as u64,
            treasury: ledger.balance(self.society.treasury()).credits(),
            held: held(ledger),
            moved: ledger
                .totals()
                .iter()
                .map(|(reason, micros)| (reason.name().to_owned(), MicroCredits(*micros).credits()))
                .collect(),
        };
        record.log = Some(self.log.end(status, self.now, &record, Some(state))?);
        Ok(record)
    }
}
