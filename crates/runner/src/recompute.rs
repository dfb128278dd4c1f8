//! The metrics of a run once more, from the lines of its log alone.
//!
//! The lines feed the same folds a run feeds live ([`EpochFold`], [`RunFold`]), with the same calls in the same order, so at
//! detail `full` every figure comes back with the bits it was recorded with. At `interactions` posts, votes and balances are
//! not in the log: the figures that need them ([`NEEDS_FULL`]) are not recomputed. At `epochs` nothing is. Invariants: reads
//! each line once; keeps the figures of epochs, two numbers an agent and the interactions' p of one epoch. Not here:
//! whether the log is intact ([`das_core::log::check()`]), and whether an engine would write it.

use das_analysis::event::{Event, EventError, Interaction, Roster};
use das_core::config::Detail;
use das_core::log::{LogReader, Malformed, ReadError, STARTED};
use das_core::metrics::epoch::{EpochFold, EpochSample, METRICS, Metrics, RunFold};
use das_core::score::payoff::{Payoff, PayoffConfig, PayoffError};
use das_core::units::{MicroCredits, OutOfRange};
use serde::Deserialize;
use std::io::BufRead;
use thiserror::Error;

/// Figures that need lines which are written at detail `full` only.
pub const NEEDS_FULL: &[&str] = &[
    "n_posts",
    "n_votes",
    "influence_gini",
    "influence_hhi",
    "wealth_gini",
];

/// Metrics cannot be recomputed from this log.
#[derive(Debug, Error)]
pub enum RecomputeError {
    /// A line cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line lacks fields.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The log has no line 0.
    #[error("the log does not begin with `{STARTED}`")]
    NoBeginning,
    /// Line 0 does not say how it was scored.
    #[error("line 0 does not say the detail and the payoff of the scenario")]
    Header(#[source] serde_json::Error),
    /// The payoff constants are out of range.
    #[error("line 0: the payoff constants are out of range")]
    Payoff(#[source] PayoffError),
    /// An agent that was never registered.
    #[error("line {line}: there is no agent `{name}`")]
    UnknownAgent {
        /// Number of the line, from 0.
        line: u64,
        /// The name.
        name: String,
    },
    /// An amount of money that no log holds.
    #[error("line {line}: {source}")]
    Amount {
        /// Number of the line, from 0.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: OutOfRange,
    },
}

/// One period: an epoch or the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// Number of the event that records it.
    pub event: u64,
    /// The epoch; of the run, the last one.
    pub epoch: u32,
    /// Whether the epoch was cut short.
    pub partial: bool,
    /// Figures in the log.
    pub recorded: Metrics,
    /// Figures from the other lines; `None` at detail `epochs`.
    pub recomputed: Option<Metrics>,
}

/// A figure that did not come back as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Name of the metric.
    pub metric: &'static str,
    /// The epoch; `None` for the run.
    pub epoch: Option<u32>,
    /// In the log; `None` if it is not there.
    pub recorded: Option<f64>,
    /// From the lines; `None` if it is not defined.
    pub recomputed: Option<f64>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recomputation {
    /// Detail of the log.
    pub detail: Detail,
    /// Every recorded epoch, in order.
    pub epochs: Vec<Period>,
    /// The run, as its last line (or `run_completed`) records it; `None` in an incomplete log.
    pub run: Option<Period>,
    /// Metrics that this detail does not allow to recompute.
    pub not_recomputed: Vec<&'static str>,
    /// What differs. Empty: everything that can be recomputed came back bit for bit.
    pub differences: Vec<Difference>,
    /// Whether the log ends within a line.
    pub torn: bool,
}

impl Recomputation {
    /// Whether anything was recomputed, and all of it came back bit for bit.
    pub fn is_identical(&self) -> bool {
        self.detail > Detail::Epochs && self.differences.is_empty()
    }
}

/// What of line 0 is needed. Detail and payoff stand in the scenario or beside it.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    scenario: Option<Scoring>,
    #[serde(default)]
    detail: Option<Detail>,
    #[serde(default)]
    payoff: Option<PayoffConfig>,
}

#[derive(Deserialize)]
struct Scoring {
    #[serde(default)]
    detail: Option<Detail>,
    #[serde(default)]
    payoff: Option<PayoffConfig>,
}

impl Header {
    fn scoring(self) -> Option<(Detail, PayoffConfig)> {
        let (detail, payoff) = self.scenario.map_or((None, None), |s| (s.detail, s.payoff));
        Some((self.detail.or(detail)?, self.payoff.or(payoff)?))
    }
}

/// Recomputes the metrics of a log. A torn last line ends it, as the end of the file does.
pub fn recompute(from: impl BufRead) -> Result<Recomputation, RecomputeError> {
    let mut reader = LogReader::new(from);
    let first = reader.next()?.ok_or(RecomputeError::NoBeginning)?;
    if first.head.kind != STARTED {
        return Err(RecomputeError::NoBeginning);
    }
    let (detail, payoff) = first
        .parse::<Header>()
        .and_then(|header| {
            header
                .scoring()
                .ok_or_else(|| serde::de::Error::custom("no `detail` or no `payoff`"))
        })
        .map_err(RecomputeError::Header)?;
    let payoff = Payoff::new(&payoff).map_err(RecomputeError::Payoff)?;
    let mut fold = Fold {
        detail,
        roster: Roster::default(),
        live: 0,
        epoch: EpochFold::new(&payoff),
        run: RunFold::new(&payoff),
        balances: Vec::new(),
        epochs: Vec::new(),
        last: None,
    };
    let torn = loop {
        match reader.next() {
            Ok(Some(line)) => {
                let event = Event::of(&line)?;
                fold.line(line.head.seq, line.head.event, line.head.now.epoch, event)?;
            }
            Ok(None) => break false,
            Err(ReadError::Malformed {
                what: Malformed::Torn,
                ..
            }) => break true,
            Err(error) => return Err(error.into()),
        }
    };
    Ok(fold.finish(torn))
}

struct Fold {
    detail: Detail,
    roster: Roster,
    live: u32,
    epoch: EpochFold,
    run: RunFold,
    /// Balances of `agent_state` lines of this epoch, in micro-credits.
    balances: Vec<i64>,
    epochs: Vec<Period>,
    last: Option<Period>,
}

impl Fold {
    fn agent(&self, line: u64, name: &str) -> Result<u32, RecomputeError> {
        self.roster
            .find(name)
            .ok_or_else(|| RecomputeError::UnknownAgent {
                line,
                name: name.to_owned(),
            })
    }

    fn line(
        &mut self,
        line: u64,
        number: Option<u64>,
        epoch: u32,
        event: Event<'_>,
    ) -> Result<(), RecomputeError> {
        match event {
            Event::Registered(x) => {
                self.roster.number(&x.agent);
                self.live += 1;
            }
            Event::Retired(x) => {
                self.agent(line, &x.agent)?;
                self.live = self.live.saturating_sub(1);
            }
            Event::Interaction(x) => self.interaction(line, &x)?,
            Event::Revealed(x) => self.epoch.truth(x.p, x.accepted, x.ground_truth),
            Event::Refused(_) => self.epoch.refused(),
            Event::Post(x) => {
                self.epoch.posted();
                if let Some(author) = &x.parent_author {
                    let author = self.agent(line, author)?;
                    self.epoch.influence(author, 1.0);
                }
            }
            Event::Vote(x) => {
                self.epoch.voted();
                let author = self.agent(line, &x.author)?;
                self.epoch.influence(author, x.weight);
            }
            Event::Lever(x) if x.governance_cost != 0.0 => {
                self.epoch.governance_cost(x.governance_cost);
            }
            Event::Sanction(x) => self.epoch.sanction(&x.lever, x.clean),
            Event::State(x) => self.balances.push(micros(line, x.balance)?.0),
            Event::EpochCompleted(x) => {
                let balances = std::mem::take(&mut self.balances);
                let recomputed = (self.detail > Detail::Epochs).then(|| {
                    self.epoch.agents(self.live);
                    if self.detail == Detail::Full {
                        self.epoch.wealth(&balances);
                    }
                    self.run.merge(&self.epoch);
                    self.epoch.finish()
                });
                self.epochs.push(Period {
                    event: number.unwrap_or_default(),
                    epoch,
                    partial: x.partial,
                    recorded: x.metrics,
                    recomputed,
                });
            }
            Event::RunCompleted(x) | Event::Ended(x) => {
                self.last = Some(Period {
                    event: number
                        .or_else(|| self.last.as_ref().map(|last| last.event))
                        .unwrap_or_default(),
                    epoch,
                    partial: false,
                    recorded: x.metrics,
                    recomputed: (self.detail > Detail::Epochs).then(|| self.run.finish()),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn interaction(&mut self, line: u64, x: &Interaction<'_>) -> Result<(), RecomputeError> {
        let sample = EpochSample {
            p: x.p,
            accepted: x.accepted,
            pi_a: x.pi_a,
            pi_b: x.pi_b,
            c_a: x.c_a,
            c_b: x.c_b,
            fee_a: micros(line, x.fee_a)?,
            fee_b: micros(line, x.fee_b)?,
            tau: micros(line, x.tau)?,
            initiator: self.agent(line, &x.initiator)?,
            counterparty: self.agent(line, &x.counterparty)?,
            deception: x.deception,
            truth: x.ground_truth,
        };
        self.epoch.interaction(&sample);
        self.epoch.governance_cost(x.governance_cost);
        Ok(())
    }

    fn finish(self, torn: bool) -> Recomputation {
        let not_recomputed: Vec<&'static str> = match self.detail {
            Detail::Full => Vec::new(),
            Detail::Interactions => NEEDS_FULL.to_vec(),
            Detail::Epochs => METRICS.iter().map(|metric| metric.name).collect(),
        };
        let mut differences = Vec::new();
        let periods = self
            .epochs
            .iter()
            .map(|period| (Some(period.epoch), period))
            .chain(self.last.iter().map(|period| (None, period)));
        for (epoch, period) in periods {
            let Some(recomputed) = &period.recomputed else {
                continue;
            };
            let names = METRICS.iter().map(|metric| metric.name);
            for metric in names.filter(|name| !not_recomputed.contains(name)) {
                let (was, is) = (period.recorded.get(metric), recomputed.get(metric));
                if was.map(f64::to_bits) != is.map(f64::to_bits) {
                    differences.push(Difference {
                        metric,
                        epoch,
                        recorded: was,
                        recomputed: is,
                    });
                }
            }
        }
        Recomputation {
            detail: self.detail,
            epochs: self.epochs,
            run: self.last,
            not_recomputed,
            differences,
            torn,
        }
    }
}

/// Money back from credits: the writer divided whole micro-credits by 10⁶ and rounded once, so rounding gives them back.
fn micros(line: u64, credits: f64) -> Result<MicroCredits, RecomputeError> {
    MicroCredits::from_credits(credits).map_err(|source| RecomputeError::Amount { line, source })
}
