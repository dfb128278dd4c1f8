//! What panels and reports are made from: one fold over the lines of a log, in memory that does not grow with its length.
//!
//! Rows an agent, a pair and a lever have are kept epoch by epoch, so that every panel can be shown as of any epoch, up to
//! [`ROWS_MAX`] each; beyond that only sums over the run go on, and the panels say from which epoch. "Believed" is the mean p of
//! the offers an agent made, "actual" the share of v = +1 among those whose truth is known. What only the simulator knows is
//! kept apart by the fields marked *hidden*. Not here: views ([`crate::panels`]).

use crate::event::{Event, KindMeans, Named, Roster};
use crate::failures::FailureFold;
use crate::finding::Finding;
use das_core::interaction::Truth;
use das_core::log::Line;
use das_core::metrics::epoch::Metrics;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Rows kept of agents and of pairs, by epoch.
pub const ROWS_MAX: usize = 500_000;

/// Keys kept of levers and refusals.
const KEYS_MAX: usize = 50_000;

/// Acts of levers that change what agents may do, and are rare: incidents.
pub const RARE: [&str; 5] = ["freeze", "unfreeze", "slash", "finding", "refused"];

/// Bins of p.
pub const BINS: usize = 20;

/// Bins of the calibration.
pub const DECILES: usize = 10;

/// What an agent did in an epoch, or since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deeds {
    /// The epoch.
    pub epoch: u32,
    /// Offers it made.
    pub offers: u32,
    /// Sum of their p.
    pub p: f64,
    /// Those of known truth: *hidden*.
    pub known: u32,
    /// Those of v = +1: *hidden*.
    pub good: u32,
    /// Accepted interactions, either side.
    pub accepted: u32,
    /// Rejected ones.
    pub rejected: u32,
    /// Payoffs booked to it.
    pub payoff: f64,
    /// Reputation at the end, if the log says it.
    pub reputation: Option<f64>,
    /// Balance at the end, in credits, if the log says it.
    pub balance: Option<f64>,
}

impl Deeds {
    /// Adds a later epoch.
    pub fn add(&mut self, later: &Self) {
        self.epoch = later.epoch;
        self.offers += later.offers;
        self.p += later.p;
        self.known += later.known;
        self.good += later.good;
        self.accepted += later.accepted;
        self.rejected += later.rejected;
        self.payoff += later.payoff;
        self.reputation = later.reputation.or(self.reputation);
        self.balance = later.balance.or(self.balance);
    }

    /// Mean p of its offers.
    pub fn believed(&self) -> Option<f64> {
        (self.offers > 0).then(|| self.p / f64::from(self.offers))
    }

    /// Share of v = +1 among its offers of known truth: *hidden*.
    pub fn actual(&self) -> Option<f64> {
        (self.known > 0).then(|| f64::from(self.good) / f64::from(self.known))
    }
}

/// An agent.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    /// Policy: *hidden*.
    pub kind: String,
    /// Role.
    pub role: String,
    /// Epoch in which it came.
    pub since: u32,
    /// Epoch in which it left.
    pub left: Option<u32>,
    /// Faults.
    pub faults: u32,
    /// Epoch by epoch, those in which it did anything.
    pub epochs: Vec<Deeds>,
    /// Since the start.
    pub sum: Deeds,
}

/// Interactions of a pair in an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dealing {
    /// Epoch.
    pub epoch: u32,
    /// Initiator, by number.
    pub from: u32,
    /// Counterparty, by number.
    pub to: u32,
    /// Offers and what became of them.
    pub sums: Offers,
}

/// Offers of one agent to another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offers {
    /// How many.
    pub count: u32,
    /// How many were accepted.
    pub accepted: u32,
    /// Sum of p.
    pub p: f64,
    /// Sum of p of the accepted.
    pub p_accepted: f64,
}

/// An `epoch_completed` line.
#[derive(Clone, Debug, Deserialize)]
pub struct EpochRow {
    /// Epoch.
    pub epoch: u32,
    /// Its event.
    pub event: u64,
    /// Figures.
    pub metrics: Metrics,
    /// Live agents by kind: *hidden*.
    #[serde(default)]
    pub kinds: BTreeMap<String, KindMeans>,
    /// The world's own figures.
    #[serde(default)]
    pub env: BTreeMap<String, f64>,
}

impl EpochRow {
    /// A metric, or a figure of the world.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.metrics
            .get(name)
            .or_else(|| self.env.get(name).copied())
    }
}

/// Distribution of p in an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Accepted, by bin of p.
    pub accepted: [u64; BINS],
    /// Rejected, by bin of p.
    pub rejected: [u64; BINS],
    /// By decile of p: of known truth, of v = +1, sum of p. *Hidden.*
    pub truth: [(u64, u64, f64); DECILES],
}

impl Spread {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        for at in 0..BINS {
            self.accepted[at] += other.accepted[at];
            self.rejected[at] += other.rejected[at];
        }
        for (sum, more) in self.truth.iter_mut().zip(&other.truth) {
            *sum = (sum.0 + more.0, sum.1 + more.1, sum.2 + more.2);
        }
    }

    fn known(&mut self, p: f64, truth: Truth) {
        let bin = &mut self.truth[bin(p, DECILES)];
        *bin = (
            bin.0 + 1,
            bin.1 + u64::from(truth == Truth::Beneficial),
            bin.2 + p,
        );
    }
}

fn bin(p: f64, bins: usize) -> usize {
    ((p * bins as f64) as usize).min(bins - 1)
}

/// Acts of a lever, or refusals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// How many.
    pub count: u64,
    /// Number of the first event.
    pub first: u64,
}

/// Everything the panels are made from.
#[derive(Default)]
pub struct Fold {
    /// Numbers of agents.
    pub roster: Roster,
    /// Agents by number.
    pub agents: Vec<Agent>,
    /// Pairs, epoch by epoch.
    pub dealings: Vec<Dealing>,
    open: BTreeMap<(u32, u32), Offers>,
    open_epoch: u32,
    /// Epochs that ended.
    pub epochs: Vec<EpochRow>,
    /// Distribution of p by epoch.
    pub spreads: BTreeMap<u32, Spread>,
    /// By epoch, lever and act.
    pub acts: BTreeMap<(u32, String, String), Acts>,
    /// Rare acts ([`RARE`]) by epoch, lever, act and whom they were about.
    pub whom: BTreeMap<(u32, String, String, String), Acts>,
    /// By epoch and reason.
    pub refusals: BTreeMap<(u32, String), Acts>,
    /// Figures of the run, once it has ended.
    pub run: Option<Box<EpochRow>>,
    /// How it ended.
    pub status: Option<String>,
    /// Epoch from which agents are only summed.
    pub agents_cut: Option<u32>,
    /// Epoch from which pairs are not kept.
    pub pairs_cut: Option<u32>,
    /// Lines whose fields could not be read.
    pub unread: u64,
    /// What failure modes came to, once the log has ended.
    pub findings: Vec<Finding>,
    rows: usize,
    failures: FailureFold,
}

impl Fold {
    /// Takes the next line.
    pub fn line(&mut self, line: &Line<'_>) {
        let head = line.head;
        let (epoch, event) = (head.now.epoch, head.event.unwrap_or_default());
        let Ok(said) = Event::of(line) else {
            self.unread += 1;
            return;
        };
        self.failures.line(&head, &said);
        match said {
            Event::Registered(x) => {
                let at = self.roster.number(&x.agent) as usize;
                if at == self.agents.len() {
                    self.agents.push(Agent {
                        kind: x.kind.into_owned(),
                        role: x.role.into_owned(),
                        since: epoch,
                        ..Agent::default()
                    });
                }
            }
            Event::Retired(x) => self.agent(&x.agent, |agent| agent.left = Some(epoch)),
            Event::Fault(x) => self.agent(&x.agent, |agent| agent.faults += 1),
            Event::State(x) => self.deed(&x.agent, epoch, |deeds| {
                deeds.reputation = Some(x.reputation);
                deeds.balance = Some(x.balance);
            }),
            Event::Interaction(x) => {
                let spread = self.spreads.entry(epoch).or_default();
                let bins = if x.accepted {
                    &mut spread.accepted
                } else {
                    &mut spread.rejected
                };
                bins[bin(x.p, BINS)] += 1;
                if let Some(truth) = x.ground_truth {
                    spread.known(x.p, truth);
                }
                self.deed(&x.initiator, epoch, |deeds| {
                    deeds.offers += 1;
                    deeds.p += x.p;
                    deeds.known += u32::from(x.ground_truth.is_some());
                    deeds.good += u32::from(x.ground_truth == Some(Truth::Beneficial));
                });
                for (name, payoff) in [(&x.initiator, x.pi_a), (&x.counterparty, x.pi_b)] {
                    self.deed(name, epoch, |deeds| {
                        if x.accepted {
                            deeds.accepted += 1;
                            deeds.payoff += payoff;
                        } else {
                            deeds.rejected += 1;
                        }
                    });
                }
                if let (Some(from), Some(to)) = (
                    self.roster.find(&x.initiator),
                    self.roster.find(&x.counterparty),
                ) {
                    self.dealt(epoch, from, to, (x.p, x.accepted));
                }
                for lever in &x.levers {
                    self.act(epoch, lever, "interactions", event);
                }
            }
            Event::Revealed(x) => self
                .spreads
                .entry(epoch)
                .or_default()
                .known(x.p, x.ground_truth),
            Event::Refused(x) => {
                if let Some(lever) = &x.lever {
                    self.act(epoch, lever, "refused", event);
                    self.about(epoch, lever, "refused", &x.agent, event);
                }
                if self.refusals.len() < KEYS_MAX {
                    let acts = self
                        .refusals
                        .entry((epoch, x.reason.into_owned()))
                        .or_insert(Acts {
                            count: 0,
                            first: event,
                        });
                    acts.count += 1;
                }
            }
            Event::Lever(x) => {
                let act = head.kind.strip_prefix("governance_").unwrap_or(head.kind);
                let lever = x.lever.as_deref().unwrap_or("treasury");
                self.act(epoch, lever, act, event);
                if let Some(agent) = &x.agent {
                    self.about(epoch, lever, act, agent, event);
                }
                if let Named::Names(agents) = &x.agents {
                    for agent in agents {
                        self.about(epoch, lever, act, agent, event);
                    }
                }
            }
            Event::EpochCompleted(_) => {
                if let Ok(row) = line.parse() {
                    self.epochs.push(row);
                }
            }
            Event::RunCompleted(done) => {
                self.status = done.status;
                self.run = line.parse().ok().map(Box::new);
            }
            Event::Ended(_) => self.findings = std::mem::take(&mut self.failures).finish(),
            _ => {}
        }
    }

    fn agent(&mut self, name: &str, change: impl FnOnce(&mut Agent)) {
        if let Some(agent) = self
            .roster
            .find(name)
            .and_then(|at| self.agents.get_mut(at as usize))
        {
            change(agent);
        }
    }

    fn deed(&mut self, name: &str, epoch: u32, change: impl Fn(&mut Deeds)) {
        let Some(agent) = self
            .roster
            .find(name)
            .and_then(|at| self.agents.get_mut(at as usize))
        else {
            return;
        };
        agent.sum.epoch = epoch;
        change(&mut agent.sum);
        if self.agents_cut.is_some() {
            return;
        }
        if agent.epochs.last().is_none_or(|last| last.epoch != epoch) {
            if self.rows >= ROWS_MAX {
                self.agents_cut = Some(epoch);
                return;
            }
            self.rows += 1;
            agent.epochs.push(Deeds {
                epoch,
                ..Deeds::default()
            });
        }
        if let Some(last) = agent.epochs.last_mut() {
            change(last);
        }
    }

    fn dealt(&mut self, epoch: u32, from: u32, to: u32, (p, accepted): (f64, bool)) {
        if self.pairs_cut.is_some() {
            return;
        }
        if epoch != self.open_epoch {
            let closed = std::mem::take(&mut self.open);
            self.dealings.extend(dealings(&closed, self.open_epoch));
            self.open_epoch = epoch;
        }
        if self.dealings.len() + self.open.len() >= ROWS_MAX {
            self.pairs_cut = Some(epoch);
            return;
        }
        let sums = self.open.entry((from, to)).or_default();
        sums.count += 1;
        sums.p += p;
        if accepted {
            sums.accepted += 1;
            sums.p_accepted += p;
        }
    }

    /// Pairs up to an epoch.
    pub fn dealings_until(&self, until: u32) -> impl Iterator<Item = Dealing> {
        let open = dealings(&self.open, self.open_epoch);
        (self.dealings.iter().copied().chain(open)).filter(move |dealing| dealing.epoch <= until)
    }

    fn act(&mut self, epoch: u32, lever: &str, act: &str, event: u64) {
        if self.acts.len() < KEYS_MAX {
            let key = (epoch, lever.to_owned(), act.to_owned());
            self.acts
                .entry(key)
                .or_insert(Acts {
                    count: 0,
                    first: event,
                })
                .count += 1;
        }
    }

    fn about(&mut self, epoch: u32, lever: &str, act: &str, agent: &str, event: u64) {
        if RARE.contains(&act) && self.whom.len() < KEYS_MAX {
            let key = [lever, act, agent].map(str::to_owned);
            let [lever, act, agent] = key;
            self.whom
                .entry((epoch, lever, act, agent))
                .or_insert(Acts {
                    count: 0,
                    first: event,
                })
                .count += 1;
        }
    }

    /// What an agent did up to an epoch.
    pub fn deeds_until(&self, agent: &Agent, until: u32) -> Deeds {
        if self.agents_cut.is_some() {
            return agent.sum;
        }
        let mut sum = Deeds::default();
        agent
            .epochs
            .iter()
            .filter(|deeds| deeds.epoch <= until)
            .for_each(|deeds| sum.add(deeds));
        sum
    }
}

fn dealings(open: &BTreeMap<(u32, u32), Offers>, epoch: u32) -> impl Iterator<Item = Dealing> {
    (open.iter()).map(move |((from, to), sums)| Dealing {
        epoch,
        from: *from,
        to: *to,
        sums: *sums,
    })
}
