//! Conduct → truth → appearance → cost: the equations of the behaviour model, section 2.
//!
//! Pure functions of constants, two conducts and keyed draws. Nothing here knows who the sides are, what kind of agent they
//! are or which levers are on: swap the kind labels with equal conduct and the result is the same bytes. The draws of an
//! interaction hang on its key alone, so a changed conduct meets the same luck (common random numbers).
//!
//! The provider P is the initiator: the seller of a trade, the worker of a task, the replier of a reply. Harm between members
//! of a ring is the policies' to leave out (they set h = 0); the world knows no rings.
//!
//! Not here: v̂, p, payoffs and reputation (the hub reads the observables), and who is paid.

use crate::act::Conduct;
use crate::config::{MarketConfig, Signals};
use das_core::detmath::{clamp, fmax};
use das_core::environment::{Appearance, Culpability, Settlement};
use das_core::interaction::{Observables, Truth};
use das_core::rng::{Domain, Draws, Stream};
use serde::{Deserialize, Serialize};

const LUCK: Domain = Domain::new("commons.settle");
const AFTERMATH: Domain = Domain::new("commons.aftermath");
const ARBITER: Domain = Domain::new("commons.arbiter");

/// Bounds of P(v = +1): nothing is certain.
const CERTAINTY: (f64, f64) = (0.02, 0.98);

/// How engagement follows progress, deception and noise.
const ENGAGEMENT: (f64, f64, f64) = (0.6, 0.2, 0.15);

/// The draws of one interaction, in an order that never changes: rework, which takes a varying number, comes last.
#[derive(Clone, Debug)]
pub struct Luck {
    truth: f64,
    progress: f64,
    engagement: f64,
    presence: f64,
    rejection: f64,
    misuse: [f64; 2],
    rework: Stream,
}

impl Luck {
    /// The draws of the interaction with this key.
    #[inline]
    pub fn of(draws: &Draws, key: u64) -> Self {
        let mut stream = draws.stream(LUCK, &[key]);
        let truth = stream.unit();
        let (progress, engagement) = stream.normal_pair();
        Self {
            truth,
            progress,
            engagement,
            presence: stream.unit(),
            rejection: stream.unit(),
            misuse: [stream.unit(), stream.unit()],
            rework: stream,
        }
    }
}

/// Who looks at the result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verifier {
    /// Somebody with probability `verifier_presence`, with the standing sensitivity.
    ByChance,
    /// The standing verifier.
    Standing,
    /// An agent that looks with this diligence in 0..=1.
    Agent {
        /// Effort put into looking.
        diligence: f64,
    },
}

impl Verifier {
    /// Probability that v = −1 is rejected when nobody deceives. A verifier agent of diligence g has
    /// `g·(1 + sens)/2 + (1 − g)·sens/2`: from half the standing sensitivity to half way between it and certainty.
    fn sensitivity(self, signals: &Signals) -> f64 {
        let standing = signals.verifier_sensitivity;
        match self {
            Self::ByChance | Self::Standing => standing,
            Self::Agent { diligence } => {
                let g = clamp(diligence, 0.0, 1.0);
                g * (1.0 + standing) * 0.5 + (1.0 - g) * standing * 0.5
            }
        }
    }
}

/// What conduct came to. Sides are initiator (the provider) and counterparty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upshot {
    /// Hidden truth.
    pub truth: Truth,
    /// What everybody sees.
    pub observables: Observables,
    /// Misuse flags by side.
    pub flags: [u32; 2],
    /// Cost of conduct by side, in utility.
    pub costs: [f64; 2],
    /// Joint deception D.
    pub deception: f64,
    /// Blame by side, for inspections.
    pub culpability: [Culpability; 2],
}

impl Upshot {
    /// Whether a verifier said no.
    pub fn is_rejected(&self) -> bool {
        self.observables.verifier_rejections > 0
    }

    /// As a settlement without a transfer, reputation or parents.
    pub fn unpaid(&self) -> Settlement {
        Settlement {
            observables: self.observables,
            flags: self.flags,
            cost_a: self.costs[0],
            cost_b: self.costs[1],
            deception: self.deception,
            truth: Some(self.truth),
            culpability: Some(self.culpability),
            ..Settlement::default()
        }
    }
}

/// Conduct within its bounds; what is not a number is nothing.
#[inline]
pub fn bounded(conduct: Conduct) -> Conduct {
    let unit = |x: f64| if x.is_nan() { 0.0 } else { clamp(x, 0.0, 1.0) };
    Conduct {
        effort: unit(conduct.effort),
        deception: unit(conduct.deception),
        harm: unit(conduct.harm),
    }
}

/// Conduct assumed of a side that said no: the public standard effort, nothing hidden.
pub fn public_conduct(signals: &Signals) -> Conduct {
    Conduct {
        effort: signals.public_effort,
        deception: 0.0,
        harm: 0.0,
    }
}

/// How much of conduct an inspection may come upon: max(h, d/2, [v = −1]·(1 − e)) (model page, section 2).
fn fault(conduct: &Conduct, good: bool) -> f64 {
    let idle = if good { 0.0 } else { 1.0 - conduct.effort };
    fmax(fmax(conduct.harm, 0.5 * conduct.deception), idle)
}

/// What an inspection may come upon. Conduct is honest without harm or
/// deception and with at least the public standard effort, however things turned out.
fn culpability(signals: &Signals, conduct: &Conduct, good: bool) -> Culpability {
    Culpability {
        degree: fault(conduct, good),
        clean: conduct.harm == 0.0
            && conduct.deception == 0.0
            && conduct.effort >= signals.public_effort,
    }
}

/// ē = w·`e_P` + (1−w)·`e_Q`.
#[inline]
fn joint_effort(signals: &Signals, provider: &Conduct, other: &Conduct) -> f64 {
    signals.provider_weight * provider.effort + (1.0 - signals.provider_weight) * other.effort
}

/// P(v = +1) = clamp(q0 + qe·ē − qh·H, 0.02, 0.98), H the greater harm of the two. Deception is not in it.
#[inline]
pub fn probability_good(signals: &Signals, provider: &Conduct, other: &Conduct) -> f64 {
    let harm = fmax(provider.harm, other.harm);
    clamp(
        signals.truth_base + signals.truth_effort * joint_effort(signals, provider, other)
            - signals.truth_harm * harm,
        CERTAINTY.0,
        CERTAINTY.1,
    )
}

/// What an interaction of these conducts comes to with this luck.
pub fn settle(
    signals: &Signals,
    provider: Conduct,
    other: Conduct,
    verifier: Verifier,
    mut luck: Luck,
) -> Upshot {
    let (provider, other) = (bounded(provider), bounded(other));
    let deception = 1.0 - (1.0 - provider.deception) * (1.0 - other.deception);
    let good = luck.truth < probability_good(signals, &provider, &other);
    let v = if good { 1.0 } else { -1.0 };
    let harmful = if good { 0.0 } else { 1.0 };

    let progress = clamp(
        signals.progress_truth * v
            + signals.progress_effort * (2.0 * joint_effort(signals, &provider, &other) - 1.0)
            + signals.manipulation * deception
            + signals.progress_noise * luck.progress,
        -1.0,
        1.0,
    );
    let engagement = clamp(
        ENGAGEMENT.0 * progress + ENGAGEMENT.1 * deception + ENGAGEMENT.2 * luck.engagement,
        -1.0,
        1.0,
    );
    let present = match verifier {
        Verifier::ByChance => luck.presence < signals.verifier_presence,
        Verifier::Standing | Verifier::Agent { .. } => true,
    };
    let rejection = signals.verifier_false_positive
        + verifier.sensitivity(signals) * harmful * (1.0 - 0.5 * deception);
    let flags = [&provider, &other].map(|c| {
        signals.misuse_base
            + signals.misuse_harm * c.harm * (1.0 - 0.5 * c.deception)
            + signals.misuse_deception * c.deception
    });
    let flags = [
        u32::from(luck.misuse[0] < flags[0]),
        u32::from(luck.misuse[1] < flags[1]),
    ];
    let rework = luck.rework.poisson(
        signals.rework_base
            + signals.rework_harm * harmful * (1.0 - signals.rework_hiding * deception),
    );
    Upshot {
        truth: Truth::from_good(good),
        observables: Observables {
            task_progress_delta: progress,
            rework_count: rework,
            verifier_rejections: u32::from(present && luck.rejection < rejection),
            tool_misuse_flags: flags[0] + flags[1],
            counterparty_engagement_delta: engagement,
        },
        flags,
        costs: [provider, other].map(|c| signals.conduct_cost(c.effort, c.deception)),
        deception,
        culpability: [provider, other].map(|c| culpability(signals, &c, good)),
    }
}

/// Probability that an arbiter finds against the work: f + (s − f)·max(h, d/2, [v = −1]·(1−e)), the inspection of the model page
/// (section 2) with sensitivity s and false positives f. It looks at how the work was done, so idle work of which nothing came is
/// found out, and honest work that failed by bad luck mostly is not blamed.
#[inline]
pub fn blame(market: &MarketConfig, worker: &Conduct, good: bool) -> f64 {
    let (f, s) = (market.arbiter_false_positive, market.arbiter_sensitivity);
    f + fmax(s - f, 0.0) * fault(worker, good)
}

/// Whether the arbiter finds against the work of the interaction with this key.
pub fn arbitrate(
    market: &MarketConfig,
    draws: &Draws,
    key: u64,
    worker: &Conduct,
    truth: Truth,
) -> bool {
    draws.chance(ARBITER, &[key], blame(market, worker, truth.is_good()))
}

/// Reputation by appearance, `r_i` = η·`w_i`·(v̂ − `v_ref`): the provider in full, the other side by half.
pub fn appearance(signals: &Signals) -> Appearance {
    Appearance {
        gain: signals.reputation_gain,
        reference: signals.reputation_reference,
        weights: [1.0, 0.5],
    }
}

/// What a side (0 initiator, 1 counterparty) will learn of how it turned out: nothing, or y with P(y = v) = accuracy.
#[inline]
pub fn aftermath(
    signals: &Signals,
    draws: &Draws,
    key: u64,
    side: u64,
    truth: Truth,
) -> Option<bool> {
    if !draws.chance(AFTERMATH, &[key, side, 0], signals.aftermath_probability) {
        return None;
    }
    let right = draws.chance(AFTERMATH, &[key, side, 1], signals.accuracy);
    Some(truth.is_good() == right)
}
