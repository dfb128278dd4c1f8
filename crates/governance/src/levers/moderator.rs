//! Moderation: agents look into interactions that have just closed, and those with whom they find fault are fined.
//!
//! Accepted interactions of a step are put up as cases ([`Case`]) when it ends, the first [`CASES`] of them, and taken down at the
//! end of the next. An agent that may use the world's tool for it looks into a case (a report); each case once, each agent
//! `moderator_reviews` cases a step. What it finds is an inspection of `moderator_sensitivity` s: Bernoulli(.02 + (s − .02)·blame)
//! by side, so a moderator overlooks faults and finds some where there are none. Each side with a finding pays `moderator_fine`
//! credits and loses `moderator_reputation` points; each look costs the society `moderator_cost`.
//!
//! Source: commons model, section 4 (moderator: s = .6, fine .5, .25 points, cost .02). What a moderator would find is worked out
//! when the interaction closes, since only then can it be inspected; nobody is told before somebody looks, so nothing of it shows.
//!
//! Not here: who looks at what (a policy's choice), and what becomes of posts of those who were caught (the moderator's own
//! actions).

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::id::AgentId;
use das_core::interaction::Side;
use das_core::lever::{Act, Case, Effect, GovernanceLever, Inspector, Note, Report, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// Cases that are kept of a step, at most.
pub const CASES: usize = 256;

/// What moderation is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "moderator",
    family: "lever",
    summary: "Appointed agents look into closed interactions; a side with whom fault is found pays and loses reputation.",
    formula: "finding by side: Bernoulli(.02 + (s − .02)·blame); found: fee fine, R −= moderator_reputation",
    params: &[
        Param {
            name: "moderators",
            range: "0..=1000",
            default: "0",
            doc: "agents of policy and role moderator that are added to the population; 0 is no moderation",
        },
        Param {
            name: "moderator_reviews",
            range: "1..=4",
            default: "4",
            doc: "closed interactions a moderator may look into in a step",
        },
        Param {
            name: "moderator_sensitivity",
            range: "0..=1",
            default: "0.6",
            doc: "sensitivity of a look",
        },
        Param {
            name: "moderator_fine",
            range: "0..=1000000",
            default: "0.5",
            doc: "fine in credits for each side with whom fault is found",
        },
        Param {
            name: "moderator_reputation",
            range: "0..=40",
            default: "0.25",
            doc: "reputation points that such a side loses",
        },
        Param {
            name: "moderator_cost",
            range: "0..=1000000",
            default: "0.02",
            doc: "real cost of one look, in utility",
        },
    ],
    source: "commons model, lever table: moderator",
};

/// Everything that is not configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    /// Open to moderators: of the step before.
    cases: Vec<Case>,
    /// What each of these would come to, once looked into.
    findings: Vec<[bool; 2]>,
    /// Closed in the step that runs.
    closed: Vec<Case>,
    closed_findings: Vec<[bool; 2]>,
    /// Who has looked into how many cases in this step.
    looked: Vec<(AgentId, u32)>,
}

/// Moderation.
#[derive(Clone, Debug)]
pub struct Moderation {
    reviews: u32,
    sensitivity: f64,
    fine: MicroCredits,
    points: f64,
    cost: f64,
    state: State,
}

impl Moderation {
    /// The moderation of this configuration; none without moderators.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        (config.moderators > 0).then(|| Self {
            reviews: config.moderator_reviews,
            sensitivity: config.moderator_sensitivity,
            fine: MicroCredits::saturating(config.moderator_fine),
            points: config.moderator_reputation,
            cost: config.moderator_cost,
            state: State::default(),
        })
    }

    /// Counts a look; false if the agent has had all of its looks.
    fn may_look(&mut self, who: AgentId) -> bool {
        let most = self.reviews;
        match self.state.looked.iter_mut().find(|(by, _)| *by == who) {
            Some((_, n)) if *n >= most => false,
            Some((_, n)) => {
                *n += 1;
                true
            }
            None => {
                self.state.looked.push((who, 1));
                true
            }
        }
    }
}

impl GovernanceLever for Moderation {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn punishes(&self) -> Option<&'static str> {
        Some("a moderator found fault")
    }

    fn inspect(
        &mut self,
        scored: &Scored,
        at: &Inspector<'_>,
        _society: &Society,
        _draws: &Draws,
    ) -> Effect {
        if scored.accepted && self.state.closed.len() < CASES {
            self.state.closed.push(Case {
                id: scored.id,
                initiator: scored.initiator,
                counterparty: scored.counterparty,
                p: scored.p,
                reviewed: false,
                found: [false; 2],
            });
            let found = [Side::Initiator, Side::Counterparty]
                .map(|side| at.finding(side, self.sensitivity));
            self.state.closed_findings.push(found);
        }
        Effect::none()
    }

    fn on_report(&mut self, report: &Report, society: &Society) -> Option<Effect> {
        let at = (self.state.cases.iter()).position(|case| case.id == report.about)?;
        let case = self.state.cases[at];
        let own = [case.initiator, case.counterparty].contains(&report.by);
        if case.reviewed || own || !self.may_look(report.by) {
            return None;
        }
        let found = self.state.findings[at];
        let case = &mut self.state.cases[at];
        case.reviewed = true;
        case.found = found;
        let mut effect = Effect {
            real_cost: self.cost,
            ..Effect::default()
        };
        for (who, found) in [case.initiator, case.counterparty].into_iter().zip(found) {
            if !found || !society.is_live(who) {
                continue;
            }
            if self.fine > MicroCredits::ZERO {
                effect.acts.push(Act::Fee(who, self.fine));
            }
            if self.points > 0.0 {
                effect.acts.push(Act::Reputation(who, -self.points));
            }
            effect.notes.push(Note {
                agents: vec![who],
                reason: format!("{} looked into it", society.name(report.by)),
            });
        }
        Some(effect)
    }

    fn docket(&self) -> Option<&[Case]> {
        Some(&self.state.cases)
    }

    fn on_step(&mut self, _society: &Society, _draws: &Draws) -> Effect {
        self.state.cases = std::mem::take(&mut self.state.closed);
        self.state.findings = std::mem::take(&mut self.state.closed_findings);
        self.state.looked.clear();
        Effect::none()
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.state);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.state = from.take()?;
        Ok(())
    }
}
