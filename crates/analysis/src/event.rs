//! What a line of a log says, as far as anything here reads it.
//!
//! One typed view for recomputation, failure modes and summaries, so that a field is spelled in one place. Fields that are
//! not used are skipped; kinds that are not known come as [`Event::Other`], so logs of any world can be read. Numbers come
//! back with the bits they were written with. Not here: framing and seals ([`das_core::log`]).

use crate::scan;
use das_core::interaction::{Moment, Truth};
use das_core::log::{ENDED, Line, RUN_COMPLETED, SEAL};
use das_core::metrics::epoch::Metrics;
use das_core::rng::hash_name;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use thiserror::Error;

/// A line of a known kind does not have the fields of that kind.
#[derive(Debug, Error)]
#[error("line {seq}: the fields of `{kind}` cannot be read")]
pub struct EventError {
    /// Number of the line, from 0.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// What the JSON reader said.
    #[source]
    pub source: serde_json::Error,
}

/// `agent_registered`.
#[derive(Clone, Debug, Deserialize)]
pub struct Registered<'a> {
    /// Name.
    #[serde(borrow)]
    pub agent: Cow<'a, str>,
    /// Policy.
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    /// Role.
    #[serde(borrow)]
    pub role: Cow<'a, str>,
}

/// Any line that is about one agent: `agent_retired`, `agent_fault`, `agent_quarantined`.
#[derive(Clone, Debug, Deserialize)]
pub struct About<'a> {
    /// Name.
    #[serde(borrow)]
    pub agent: Cow<'a, str>,
}

/// `agent_state`.
#[derive(Clone, Debug, Deserialize)]
pub struct State<'a> {
    /// Name.
    #[serde(borrow)]
    pub agent: Cow<'a, str>,
    /// Reputation in points.
    pub reputation: f64,
    /// Balance in credits.
    pub balance: f64,
    /// Sum of booked payoffs.
    pub payoff: f64,
    /// Accepted interactions, either side.
    pub accepted: u32,
    /// Rejected interactions, either side.
    pub rejected: u32,
    /// Whether it is frozen.
    #[serde(default)]
    pub frozen: bool,
}

/// `interaction`.
#[derive(Clone, Debug, Deserialize)]
pub struct Interaction<'a> {
    /// Kind of interaction.
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    /// Who asked.
    #[serde(borrow)]
    pub initiator: Cow<'a, str>,
    /// Who answered.
    #[serde(borrow)]
    pub counterparty: Cow<'a, str>,
    /// Whether the answer was yes.
    pub accepted: bool,
    /// P(v = +1).
    pub p: f64,
    /// Transfer from initiator to counterparty, in credits.
    pub tau: f64,
    /// Costs of the initiator.
    pub c_a: f64,
    /// Costs of the counterparty.
    pub c_b: f64,
    /// Fee of the initiator, in credits.
    #[serde(default)]
    pub fee_a: f64,
    /// Fee of the counterparty, in credits.
    #[serde(default)]
    pub fee_b: f64,
    /// Payoff of the initiator.
    pub pi_a: f64,
    /// Payoff of the counterparty.
    pub pi_b: f64,
    /// Levers that acted.
    #[serde(default, borrow)]
    pub levers: Vec<Cow<'a, str>>,
    /// Joint deception.
    #[serde(default)]
    pub deception: f64,
    /// Real cost of governance.
    #[serde(default)]
    pub governance_cost: f64,
    /// The truth, where it was known.
    #[serde(default)]
    pub ground_truth: Option<Truth>,
}

/// `truth_revealed`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Revealed {
    /// P(v = +1) as it was scored.
    pub p: f64,
    /// Whether the answer was yes.
    pub accepted: bool,
    /// The truth.
    pub ground_truth: Truth,
}

/// `rail_refused`, `governance_refused`, `action_refused`.
#[derive(Clone, Debug, Deserialize)]
pub struct Refused<'a> {
    /// Who was refused.
    #[serde(borrow)]
    pub agent: Cow<'a, str>,
    /// The lever, if one refused.
    #[serde(default, borrow)]
    pub lever: Option<Cow<'a, str>>,
    /// Code of the reason.
    #[serde(borrow)]
    pub reason: Cow<'a, str>,
}

/// `post_created`.
#[derive(Clone, Debug, Deserialize)]
pub struct Post<'a> {
    /// Author of the post that is answered.
    #[serde(default, borrow)]
    pub parent_author: Option<Cow<'a, str>>,
}

/// `vote_cast`.
#[derive(Clone, Debug, Deserialize)]
pub struct Vote<'a> {
    /// Who votes.
    #[serde(borrow)]
    pub voter: Cow<'a, str>,
    /// Author of the post.
    #[serde(borrow)]
    pub author: Cow<'a, str>,
    /// +1 up, −1 down.
    pub value: i8,
    /// What it weighs; the author receives it as influence.
    pub weight: f64,
}

/// `post_hidden`, `post_flagged`.
#[derive(Clone, Debug, Deserialize)]
pub struct Moderated<'a> {
    /// Author of the post.
    #[serde(borrow)]
    pub author: Cow<'a, str>,
    /// Who did it.
    #[serde(borrow)]
    pub moderator: Cow<'a, str>,
}

/// `task_duplicate`, `task_dropped`, `task_verified`: a task and who worked on it.
#[derive(Clone, Debug, Deserialize)]
pub struct Task<'a> {
    /// The task.
    #[serde(borrow)]
    pub task: Cow<'a, str>,
    /// Who worked on it.
    #[serde(borrow)]
    pub worker: Cow<'a, str>,
    /// Effort lost by a duplicate, in utility.
    #[serde(default)]
    pub lost_effort: f64,
    /// Whether a verifier passed it.
    #[serde(default)]
    pub approved: Option<bool>,
    /// The verifier, if an agent.
    #[serde(default, borrow)]
    pub by: Option<Cow<'a, str>>,
}

/// `bounty_verified`.
#[derive(Clone, Debug, Deserialize)]
pub struct BountyVerdict<'a> {
    /// Who worked on it.
    #[serde(borrow)]
    pub worker: Cow<'a, str>,
    /// Whether the work passed.
    pub approved: bool,
    /// The verifier, if an agent.
    #[serde(default, borrow)]
    pub by: Option<Cow<'a, str>>,
}

/// `bounty_disputed`.
#[derive(Clone, Debug, Deserialize)]
pub struct Disputed<'a> {
    /// Who disputes the verdict.
    #[serde(borrow)]
    pub by: Cow<'a, str>,
    /// Whom it was in favour of.
    #[serde(borrow)]
    pub against: Cow<'a, str>,
}

/// `governance_*`: an act of a lever.
#[derive(Clone, Debug, Deserialize)]
pub struct LeverAct<'a> {
    /// The lever; a dividend has none.
    #[serde(default, borrow)]
    pub lever: Option<Cow<'a, str>>,
    /// Whom it is about, if it is one agent.
    #[serde(default, borrow)]
    pub agent: Option<Cow<'a, str>>,
    /// Whom a finding is about.
    #[serde(default, borrow)]
    pub agents: Named<'a>,
    /// Real cost, in `governance_cost` lines.
    #[serde(default)]
    pub governance_cost: f64,
}

/// The field `agents` of an act: names in a finding, a number where a lever changed everybody.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Named<'a> {
    /// Names.
    Names(#[serde(borrow)] Vec<Cow<'a, str>>),
    /// How many, or nothing.
    Count(Option<u64>),
}

impl Default for Named<'_> {
    fn default() -> Self {
        Self::Count(None)
    }
}

/// `governance_sanction`: a lever punished somebody.
#[derive(Clone, Debug, Deserialize)]
pub struct Sanction<'a> {
    /// The lever.
    #[serde(borrow)]
    pub lever: Cow<'a, str>,
    /// Whether the conduct was honest.
    #[serde(default)]
    pub clean: bool,
}

/// Means of one kind of agent in `epoch_completed` and `run_completed`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct KindMeans {
    /// Live agents.
    pub agents: u32,
    /// Mean payoff since the start.
    pub payoff: f64,
    /// Mean reputation.
    pub reputation: f64,
    /// Mean balance in credits.
    pub balance: f64,
}

/// `epoch_completed`, `run_completed`, `simulation_ended`.
#[derive(Clone, Debug, Deserialize)]
pub struct Completed {
    /// Whether an epoch was cut short.
    #[serde(default)]
    pub partial: bool,
    /// How a run ended.
    #[serde(default)]
    pub status: Option<String>,
    /// Figures.
    pub metrics: Metrics,
    /// Live agents by kind.
    #[serde(default)]
    pub kinds: BTreeMap<String, KindMeans>,
}

/// What a line says.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "each variant is its line; the struct it holds is documented"
)]
pub enum Event<'a> {
    Registered(Registered<'a>),
    Retired(About<'a>),
    Fault(About<'a>),
    State(State<'a>),
    Interaction(Box<Interaction<'a>>),
    Revealed(Revealed),
    Refused(Refused<'a>),
    Post(Post<'a>),
    Vote(Vote<'a>),
    Moderated(Moderated<'a>),
    TaskPosted,
    TaskDuplicate(Task<'a>),
    TaskDropped(Task<'a>),
    TaskVerified(Task<'a>),
    BountyVerified(BountyVerdict<'a>),
    BountyDisputed(Disputed<'a>),
    Lever(LeverAct<'a>),
    Sanction(Sanction<'a>),
    EpochCompleted(Box<Completed>),
    RunCompleted(Box<Completed>),
    /// The last line: it repeats `run_completed`.
    Ended(Box<Completed>),
    /// A kind that nothing here reads.
    Other,
}

impl<'a> Event<'a> {
    /// What `line` says.
    pub fn of(line: &Line<'a>) -> Result<Self, EventError> {
        // The frequent kinds first, by the reader that knows the order of their fields.
        let rest = line.rest();
        let known = match line.head.kind {
            "interaction" => scan::interaction(rest).map(|x| Self::Interaction(Box::new(x))),
            "vote_cast" => scan::vote(rest).map(Self::Vote),
            "action_refused" | "rail_refused" | "governance_refused" => {
                scan::refused(rest).map(Self::Refused)
            }
            "post_created" => scan::post(rest).map(Self::Post),
            "agent_state" => scan::state(rest).map(Self::State),
            _ => None,
        };
        if let Some(event) = known {
            return Ok(event);
        }
        let read = match line.head.kind {
            "agent_registered" => line.parse().map(Self::Registered),
            "agent_retired" => line.parse().map(Self::Retired),
            "agent_fault" => line.parse().map(Self::Fault),
            "agent_state" => line.parse().map(Self::State),
            "interaction" => line.parse().map(|x| Self::Interaction(Box::new(x))),
            "truth_revealed" => line.parse().map(Self::Revealed),
            "rail_refused" | "governance_refused" | "action_refused" => {
                line.parse().map(Self::Refused)
            }
            "post_created" => line.parse().map(Self::Post),
            "vote_cast" => line.parse().map(Self::Vote),
            "post_hidden" | "post_flagged" => line.parse().map(Self::Moderated),
            "task_posted" => Ok(Self::TaskPosted),
            "task_duplicate" => line.parse().map(Self::TaskDuplicate),
            "task_dropped" => line.parse().map(Self::TaskDropped),
            "task_verified" => line.parse().map(Self::TaskVerified),
            "bounty_verified" => line.parse().map(Self::BountyVerified),
            "bounty_disputed" => line.parse().map(Self::BountyDisputed),
            "epoch_completed" => line.parse().map(|x| Self::EpochCompleted(Box::new(x))),
            RUN_COMPLETED => line.parse().map(|x| Self::RunCompleted(Box::new(x))),
            ENDED => line.parse().map(|x| Self::Ended(Box::new(x))),
            SEAL => Ok(Self::Other),
            "governance_sanction" => line.parse().map(Self::Sanction),
            kind if kind.starts_with("governance_") => line.parse().map(Self::Lever),
            _ => Ok(Self::Other),
        };
        read.map_err(|source| EventError {
            seq: line.head.seq,
            kind: line.head.kind.to_owned(),
            source,
        })
    }
}

/// Names as dense numbers, in the order they are first seen.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    names: Vec<String>,
    /// Numbers + 1 at the place of their name's hash or behind it, 0 where there is none; at most half full. Every line is
    /// looked up here once or twice.
    places: Vec<u32>,
}

impl Roster {
    /// The number of a name, which is added if it is new.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.find(name) {
            return number;
        }
        self.names.push(name.to_owned());
        if self.names.len() * 2 > self.places.len() {
            self.places = vec![0; (self.names.len() * 4).next_power_of_two()];
            for number in 0..self.names.len() {
                self.put(number);
            }
        } else {
            self.put(self.names.len() - 1);
        }
        self.names.len() as u32 - 1
    }

    fn put(&mut self, number: usize) {
        let mask = self.places.len() - 1;
        let mut at = hash_name(&self.names[number]) as usize & mask;
        while self.places[at] != 0 {
            at = (at + 1) & mask;
        }
        self.places[at] = number as u32 + 1;
    }

    /// The number of a name that was seen.
    pub fn find(&self, name: &str) -> Option<u32> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash_name(name) as usize & mask;
        loop {
            let number = self.places[at].checked_sub(1)?;
            if self.names[number as usize] == name {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("?", String::as_str)
    }

    /// Names so far.
    pub fn len(&self) -> u32 {
        self.names.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// Counts steps since the start from the moments of lines. Logs at `full` and `interactions` have a line in every step.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepClock {
    now: Moment,
    before_epoch: u64,
}

impl StepClock {
    /// Steps before this moment.
    pub fn step(&mut self, now: Moment) -> u64 {
        if now.epoch > self.now.epoch {
            self.before_epoch += u64::from(self.now.step) + 1;
        }
        self.now = now;
        self.before_epoch + u64::from(now.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers() {
        // A thousand names, each looked up after each growth of the table: the number is the place in which it came.
        let mut roster = Roster::default();
        assert_eq!(roster.find("a.0"), None);
        for n in 0..1000 {
            assert_eq!(roster.number(&format!("a.{n}")), n);
            assert_eq!(roster.number(&format!("a.{}", n / 2)), n / 2);
        }
        assert!((0..1000).all(|n| roster.find(&format!("a.{n}")) == Some(n)));
        assert_eq!(roster.find("a.1000"), None);
        assert_eq!((roster.len(), roster.name(7)), (1000, "a.7"));
    }
}
