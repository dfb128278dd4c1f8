//! The contract of a governance lever.
//!
//! A lever is blind to truth and to the environment: [`Scored`] has no such field. It returns [`Effect`]s, which the hub
//! books; it never touches money, reputation or agents itself. At its null value a lever is not built at all, so a run with
//! it is byte-identical to one without.
//!
//! A lever that looks behind the gauge does so through an [`Inspector`], which answers yes or no and errs; what it knows has no
//! accessor:
//!
//! ```compile_fail
//! fn peek(scored: &das_core::lever::Scored) -> bool {
//!     scored.truth.is_some()
//! }
//! ```
//! ```compile_fail
//! fn peek(at: &das_core::lever::Inspector<'_>) -> f64 {
//!     at.culpability.unwrap()[0].degree
//! }
//! ```
//! ```
//! fn look(at: &das_core::lever::Inspector<'_>) -> bool {
//!     at.finding(das_core::interaction::Side::Initiator, 0.85)
//! }
//! ```

use crate::environment::{Culpability, Refusal};
use crate::id::{AgentId, InteractionId, Kind, Tool};
use crate::interaction::{Moment, Observables, Side};
use crate::rng::{Domain, Draws};
use crate::society::{Published, Society};
use crate::state::{LoadError, Loader, Saver};
use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// A scored interaction as a lever sees it, accepted or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The interaction.
    pub id: InteractionId,
    /// Key for the lever's draws about it (stable under other agents' refusals; differs per interaction of a step).
    pub key: u64,
    /// Its kind.
    pub kind: Kind,
    /// When it closed.
    pub now: Moment,
    /// Who asked.
    pub initiator: AgentId,
    /// Who answered.
    pub counterparty: AgentId,
    /// Whether it was accepted.
    pub accepted: bool,
    /// What could be seen.
    pub observables: Observables,
    /// Misuse flags by side.
    pub flags: [u32; 2],
    /// Proxy score.
    pub v_hat: f64,
    /// P(v = +1).
    pub p: f64,
    /// Transfer, as it was paid.
    pub tau: MicroCredits,
    /// Reputation given by the community to each side.
    pub r: [f64; 2],
}

/// Probability that an inspection finds fault where there is none (commons model, section 2).
pub const FALSE_FINDING: f64 = 0.02;

const INSPECT: Domain = Domain::new("core.inspect");

/// Looks at an interaction that closes, for a lever: the only way past the gauge, and an uncertain one.
#[derive(Debug)]
pub struct Inspector<'i> {
    culpability: Option<[Culpability; 2]>,
    key: u64,
    draws: &'i Draws,
}

impl<'i> Inspector<'i> {
    /// For the hub alone (and for tests of levers).
    pub fn new(culpability: Option<[Culpability; 2]>, key: u64, draws: &'i Draws) -> Self {
        Self {
            culpability,
            key,
            draws,
        }
    }

    /// Whether an inspection of this sensitivity s in 0..=1 finds fault with a side: Bernoulli(f + (s − f)·c), f = [`FALSE_FINDING`],
    /// c its culpability (commons model, section 2). The draw belongs to interaction and side: whoever asks with the same
    /// sensitivity is told the same, and a higher one finds a superset. Nothing is found in a world that keeps no account of blame.
    pub fn finding(&self, side: Side, sensitivity: f64) -> bool {
        let at = usize::from(side == Side::Counterparty);
        self.culpability.is_some_and(|sides| {
            let u = self.draws.unit(INSPECT, &[self.key, at as u64]);
            u < FALSE_FINDING + (sensitivity - FALSE_FINDING) * sides[at].degree
        })
    }
}

/// An interaction that moderators may look into: public but for what they find.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The interaction.
    pub id: InteractionId,
    /// Who asked.
    pub initiator: AgentId,
    /// Who answered.
    pub counterparty: AgentId,
    /// P(v = +1) as everybody reads it.
    pub p: f64,
    /// Whether somebody has looked into it.
    pub reviewed: bool,
    /// With whom fault was found, once it was looked into.
    pub found: [bool; 2],
}

/// An agent has looked into a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Who looked.
    pub by: AgentId,
    /// Into what.
    pub about: InteractionId,
}

/// One thing a lever does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// Takes money to the treasury, as far as there is any. In `review` it becomes part of that side's cost.
    Fee(AgentId, MicroCredits),
    /// Changes reputation, apart from what the community gave.
    Reputation(AgentId, f64),
    /// Freezes until the start of this epoch.
    Freeze(AgentId, u32),
    /// Ends a freeze.
    Unfreeze(AgentId),
    /// Burns stake to the treasury, as far as there is any.
    Slash(AgentId, MicroCredits),
    /// Moves money from balance to stake, if the balance covers it.
    LockStake(AgentId, MicroCredits),
    /// Gives stake back to the balance, as far as there is any.
    ReleaseStake(AgentId, MicroCredits),
    /// Sets what everybody can read about an agent. In `review` it has no line of its own: it follows from the interaction's.
    Publish(AgentId, Published),
}

/// Why a lever does what it does, for the log: it changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Whom it is about, in the order to be logged.
    pub agents: Vec<AgentId>,
    /// The finding, with its figures.
    pub reason: String,
}

/// What a lever does, in order. Empty allocates nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    /// The acts.
    pub acts: Vec<Act>,
    /// Resources the lever itself used up (inspections), in utility; counted in true welfare.
    pub real_cost: f64,
    /// Findings, logged before the acts of a hook and after an interaction's line.
    pub notes: Vec<Note>,
}

impl Effect {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// What another effect does, after this one.
    pub fn append(&mut self, mut other: Self) {
        self.acts.append(&mut other.acts);
        self.notes.append(&mut other.notes);
        self.real_cost += other.real_cost;
    }

    /// One more act.
    #[must_use]
    pub fn and(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }
}

/// A governance lever.
pub trait GovernanceLever: Send {
    /// Name in the log and in tables, e.g. `transaction_tax`.
    fn name(&self) -> &'static str;
    /// May this action be done? Asked after the rails.
    fn admit_action(&self, _who: AgentId, _tool: Tool, _society: &Society) -> Result<(), Refusal> {
        Ok(())
    }
    /// May this offer be made? Asked after the rails, before the counterparty.
    fn admit(&self, _from: AgentId, _to: AgentId, _society: &Society) -> Result<(), Refusal> {
        Ok(())
    }
    /// Reads a scored interaction, in the order levers are listed.
    fn review(&mut self, _scored: &Scored, _society: &Society, _draws: &Draws) -> Effect {
        Effect::none()
    }
    /// Looks into a scored interaction, right after its own review.
    fn inspect(
        &mut self,
        _scored: &Scored,
        _at: &Inspector<'_>,
        _society: &Society,
        _draws: &Draws,
    ) -> Effect {
        Effect::none()
    }
    /// An agent has looked into a case: what comes of it, or `None` if that is not this lever's business. The acts count as done
    /// for that interaction.
    fn on_report(&mut self, _report: &Report, _society: &Society) -> Option<Effect> {
        None
    }
    /// Cases that are open to moderators: put up after every step and every report. `None`: this lever keeps none.
    fn docket(&self) -> Option<&[Case]> {
        None
    }
    /// Why it punishes, if it does: what it takes in money, stake, reputation or liberty is then a *sanction* on conduct. A tax is
    /// none, nor is a rule that treats everybody alike.
    fn punishes(&self) -> Option<&'static str> {
        None
    }
    /// Factor on the weight of this agent's next vote.
    fn vote_weight(&self, _who: AgentId, _society: &Society) -> f64 {
        1.0
    }
    /// Start of an epoch.
    fn on_epoch_start(&mut self, _society: &Society, _draws: &Draws) -> Effect {
        Effect::none()
    }
    /// End of a step.
    fn on_step(&mut self, _society: &Society, _draws: &Draws) -> Effect {
        Effect::none()
    }
    /// End of an epoch.
    fn on_epoch_end(&mut self, _society: &Society, _draws: &Draws) -> Effect {
        Effect::none()
    }
    /// An agent leaves, before its balance and stake are handed on.
    fn on_leave(&mut self, _who: AgentId, _society: &Society) -> Effect {
        Effect::none()
    }
    /// What it has published and not withdrawn, by agent, to put up again after `load`: the lever saves it, not the society.
    fn published(&self) -> &[Published] {
        &[]
    }
    /// Saves everything that is not configuration.
    fn save(&self, _out: &mut Saver) {}
    /// Overwrites the state with what was saved.
    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}
