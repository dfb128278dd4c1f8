//! Random audit: some scored interactions are looked at, and an initiator whose p is below the threshold pays.
//!
//! One keyed draw u decides for each closed interaction: it is audited unless `u > probability`. An audited one with
//! `p < threshold` costs the initiator `(threshold − p) · penalty` credits and as many reputation points. Rejected
//! interactions are audited too: a bad offer that nobody took is still a bad offer, and its fee is posted like any other.
//!
//! Source: plan, lever table (Random Audit: probabilistic check and penalty); formula of the public reference package. It
//! sees p, the gauge, and nothing of the truth: an interaction that only looks bad is punished, one that only looks good is
//! not. The draw's key belongs to the interaction, so raising the probability audits a superset of the same interactions.
//!
//! What looking costs the society, `audit_cost` for each audited interaction whether it finds fault or not, is not the agents': it
//! is the effect's real cost, logged as `governance_cost` of the interaction. It is 0 unless the scenario says more; the commons
//! model, section 4, has .05.
//!
//! *Inspections.* With an `audit_sensitivity` s above 0 an audit does not read p: it inspects both sides of an *accepted*
//! interaction ([`Inspector`]), so it finds what only looks good and lets go what only looks bad, with errors both ways. Each side with
//! a finding pays `audit_penalty` credits and loses `audit_reputation` points (commons model, section 4: s = .85, 3 credits, .5
//! points). Which interactions are audited is the same draw either way. Rejected offers were never carried out: there is nothing to
//! inspect.
//!
//! Not here: what an inspection comes upon (the world's account of blame).

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::id::AgentId;
use das_core::interaction::Side;
use das_core::lever::{Act, Effect, GovernanceLever, Inspector, Scored};
use das_core::rng::{Domain, Draws};
use das_core::society::Society;
use das_core::units::MicroCredits;

/// What the draw of an audit is keyed with, together with the interaction's key.
pub const DOMAIN: Domain = Domain::new("governance.random_audit");

/// What the random audit is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "random_audit",
    family: "lever",
    summary: "Interactions are audited at random; an initiator whose p is below the threshold pays in money and reputation.",
    formula: "audited unless u > probability; p < threshold: fee and reputation loss of (threshold − p)·penalty; with sensitivity s > 0: \
              each side by Bernoulli(.02 + (s − .02)·blame): fee penalty, reputation −audit_reputation",
    params: &[
        Param {
            name: "audit_probability",
            range: "0..=1",
            default: "0",
            doc: "probability that a scored interaction is audited; 0 is no audit",
        },
        Param {
            name: "audit_penalty",
            range: "0..=1000000",
            default: "0",
            doc: "credits and reputation points per unit of p below the threshold; 0 is no audit",
        },
        Param {
            name: "audit_threshold",
            range: "0..=1",
            default: "0.5",
            doc: "p below which an audit finds fault",
        },
        Param {
            name: "audit_cost",
            range: "0..=1000000",
            default: "0",
            doc: "real cost of looking at one interaction, in utility",
        },
        Param {
            name: "audit_sensitivity",
            range: "0..=1",
            default: "0",
            doc: "sensitivity with which audits inspect both sides of accepted interactions; 0: audits read p",
        },
        Param {
            name: "audit_reputation",
            range: "0..=40",
            default: "0.5",
            doc: "reputation points that a finding of an inspection costs",
        },
    ],
    source: "plan, lever table: Random Audit; commons model, sections 2 and 4: inspections",
};

/// Whether an interaction with draw `u` is audited: unless `u > probability`.
#[inline]
pub fn audited(u: f64, probability: f64) -> bool {
    u <= probability
}

/// What an audit of an interaction with this `p` costs its initiator, in credits and reputation points:
/// `(threshold − p)·multiplier` below the threshold, otherwise 0.
#[inline]
pub fn penalty(p: f64, threshold: f64, multiplier: f64) -> f64 {
    if p < threshold {
        (threshold - p) * multiplier
    } else {
        0.0
    }
}

/// The random audit.
#[derive(Clone, Debug)]
pub struct RandomAudit {
    probability: f64,
    multiplier: f64,
    threshold: f64,
    cost: f64,
    /// Of inspections; 0: audits read p.
    sensitivity: f64,
    points: f64,
}

impl RandomAudit {
    /// The audit of this configuration; none if it never happens or costs nothing.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        (config.audit_probability != 0.0 && config.audit_penalty != 0.0).then_some(Self {
            probability: config.audit_probability,
            multiplier: config.audit_penalty,
            threshold: config.audit_threshold,
            cost: config.audit_cost,
            sensitivity: config.audit_sensitivity,
            points: config.audit_reputation,
        })
    }

    /// Acts of a finding.
    fn fined(&self, who: AgentId) -> impl Iterator<Item = Act> {
        let fee = Act::Fee(who, MicroCredits::saturating(self.multiplier));
        let points = (self.points > 0.0).then_some(Act::Reputation(who, -self.points));
        std::iter::once(fee).chain(points)
    }
}

impl GovernanceLever for RandomAudit {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn punishes(&self) -> Option<&'static str> {
        Some(if self.sensitivity > 0.0 {
            "an inspection found fault"
        } else {
            "p below the audit threshold"
        })
    }

    fn inspect(
        &mut self,
        scored: &Scored,
        at: &Inspector<'_>,
        _society: &Society,
        draws: &Draws,
    ) -> Effect {
        if self.sensitivity == 0.0
            || !scored.accepted
            || !audited(draws.unit(DOMAIN, &[scored.key]), self.probability)
        {
            return Effect::none();
        }
        let mut effect = Effect {
            real_cost: self.cost,
            ..Effect::default()
        };
        for (side, who) in [
            (Side::Initiator, scored.initiator),
            (Side::Counterparty, scored.counterparty),
        ] {
            if at.finding(side, self.sensitivity) {
                effect.acts.extend(self.fined(who));
            }
        }
        effect
    }

    fn review(&mut self, scored: &Scored, _society: &Society, draws: &Draws) -> Effect {
        if self.sensitivity > 0.0 {
            return Effect::none();
        }
        // The draw comes first, whatever p is: the draw log of a run then shows every interaction that was in the lottery.
        if !audited(draws.unit(DOMAIN, &[scored.key]), self.probability) {
            return Effect::none();
        }
        let mut effect = Effect {
            real_cost: self.cost,
            ..Effect::default()
        };
        let lost = penalty(scored.p, self.threshold, self.multiplier);
        if lost != 0.0 {
            effect.acts = vec![
                Act::Fee(scored.initiator, MicroCredits::saturating(lost)),
                Act::Reputation(scored.initiator, -lost),
            ];
        }
        effect
    }
}
