//! Collusion detection: pairs that deal conspicuously often and well, the communities they form, and what membership costs.
//!
//! At the end of an epoch, over the last epochs ([`window`]):
//!
//! 1. *Pairs.* Each pair of agents has a [`pair_score`] of how much more often than other pairs it deals, how closely the benefits of
//!    the two go together, how rarely they refuse each other and how bad what they accept looks. A pair is *tied* if its score is at
//!    least the threshold and it deals at least [`communities::LIFT`] times as often as the degrees of the two would have it.
//! 2. *Communities.* Tied pairs are the edges of a graph, on which labels spread ([`communities`]).
//! 3. *Judgement.* Friends who deal with each other a lot are no ring. A community is one if its members treat each other better
//!    than they treat outsiders, and outsiders fare worse with them than with anybody else.
//!
//! Each member of a ring that dealt inside this epoch pays the fine, loses the reputation points, is frozen if the scenario says
//! so, and its votes weigh nothing in the next epoch. A `governance_finding` line names the members with the figures.
//!
//! Source: pair score as in the public reference package; margin of favour and penalties of the commons model, section 4 (collusion);
//! label propagation: Raghavan, Albert and Kumara (2007), Physical Review E 76, 036106. It sees p, τ, the reputation given, and who
//! accepts whom: the gauge, not the truth. A ring that treats outsiders well on the gauge is not found. What a look into a community
//! costs the society, `collusion_cost`, is the effect's real cost.
//!
//! The threshold only nominates: the judgement is what keeps friends apart from rings. The reference package has .5, but a pair whose
//! gains do not go together (prices of different size are enough) and that looks well has at most .45. How much is found at .3,
//! and from how many deals, is in `tests/it/collusion.rs`.
//!
//! Not here: votes. A lever does not see who votes for whom.

pub mod communities;
pub mod window;

use crate::config::GovernanceConfig;
use communities::Ring;
use das_core::describe::{Descriptor, Param};
use das_core::detmath::{fmax, fmin};
use das_core::id::AgentId;
use das_core::lever::{Act, Effect, GovernanceLever, Note, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use window::Window;

/// What collusion detection is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "collusion",
    family: "lever",
    summary: "Finds rings that favour their own at the cost of others, fines them and silences their votes.",
    formula: "pair: (.25·frequency + .30·correlation + .20·acceptance + .25·low quality)·min(1, n/10) ≥ threshold; ring: p inside − \
              p outside ≥ .08 and p of outsiders elsewhere − with the ring ≥ .08, each by 3 standard errors",
    params: &[
        Param {
            name: "collusion_threshold",
            range: "0..=1",
            default: "none",
            doc: "score from which on a pair may belong to a ring; absent, nobody looks",
        },
        Param {
            name: "collusion_frequency",
            range: "0.001..=1000000",
            default: "2",
            doc: "z of a pair's number of deals at which that part of its score is full",
        },
        Param {
            name: "collusion_window",
            range: "2..=1000000",
            default: "10",
            doc: "epochs that are looked back on, at most",
        },
        Param {
            name: "collusion_fine",
            range: "0..=1000000",
            default: "1",
            doc: "fine in credits for each member, each epoch the ring is found",
        },
        Param {
            name: "collusion_reputation",
            range: "0..=40",
            default: "0.5",
            doc: "reputation points each member loses, each epoch the ring is found",
        },
        Param {
            name: "collusion_freeze_epochs",
            range: "0..=1000000",
            default: "0",
            doc: "epochs that members are frozen; 0 is no freeze",
        },
        Param {
            name: "collusion_cost",
            range: "0..=1000000",
            default: "0",
            doc: "real cost of looking into one community, in utility",
        },
    ],
    source: "public reference package: collusion detector; commons model, lever table: collusion",
};

/// What the score of a pair is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairFigures {
    /// Standard deviations by which the pair's number of interactions is above the mean over all pairs that have any.
    pub frequency_z: f64,
    /// Pearson correlation of what the two gained, in −1..=1.
    pub benefit_correlation: f64,
    /// Share of its interactions that were accepted.
    pub acceptance: f64,
    /// Mean p.
    pub mean_p: f64,
    /// Number of interactions, answered either way.
    pub interactions: f64,
}

/// Score of a pair in 0..=1: `(.25 f + .30 c + .20 a + .25 q) · min(1, n/10)` with
/// `f = clamp(z/frequency, 0, 1)`, `c = max(0, correlation)`, `a = max(0, 2(acceptance − ½))`,
/// `q = max(0, 2(½ − mean p))` if more than half is accepted, else 0. `frequency` is above 0.
pub fn pair_score(pair: &PairFigures, frequency: f64) -> f64 {
    let f = if pair.frequency_z > 0.0 {
        fmin(pair.frequency_z / frequency, 1.0)
    } else {
        0.0
    };
    let c = fmax(pair.benefit_correlation, 0.0);
    let a = fmax((pair.acceptance - 0.5) * 2.0, 0.0);
    let q = if pair.acceptance > 0.5 {
        fmax((0.5 - pair.mean_p) * 2.0, 0.0)
    } else {
        0.0
    };
    (0.25 * f + 0.30 * c + 0.20 * a + 0.25 * q) * fmin(pair.interactions / 10.0, 1.0)
}

/// Collusion detection.
#[derive(Clone, Debug)]
pub struct Collusion {
    threshold: f64,
    frequency: f64,
    epochs: u32,
    fine: MicroCredits,
    points: f64,
    freeze: u32,
    cost: f64,
    window: Window,
    /// Members of rings found at the end of the last epoch, ascending.
    silenced: Vec<AgentId>,
}

impl Collusion {
    /// The detection of this configuration; none without a threshold.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        config.collusion_threshold.map(|threshold| Self {
            threshold,
            frequency: config.collusion_frequency,
            epochs: config.collusion_window,
            fine: MicroCredits::saturating(config.collusion_fine),
            points: config.collusion_reputation,
            freeze: config.collusion_freeze_epochs,
            cost: config.collusion_cost,
            window: Window::default(),
            silenced: Vec::new(),
        })
    }

    fn punish(&self, who: AgentId, epoch: u32, acts: &mut Vec<Act>) {
        if self.fine > MicroCredits::ZERO {
            acts.push(Act::Fee(who, self.fine));
        }
        if self.points > 0.0 {
            acts.push(Act::Reputation(who, -self.points));
        }
        if self.freeze > 0 {
            // The epoch is over: the first frozen one is the next.
            let until = epoch.saturating_add(1).saturating_add(self.freeze);
            acts.push(Act::Freeze(who, until));
        }
    }
}

fn note(ring: &Ring) -> Note {
    Note {
        agents: ring.members.clone(),
        reason: format!(
            "{} agents, {} tied pairs of score up to {:.2}; {} deals inside, {:.1} times the expected, of p {:.2} against {:.2} in {} \
             deals with outsiders, who get {:.2} more elsewhere",
            ring.members.len(),
            ring.ties,
            ring.top_score,
            ring.inside,
            ring.lift,
            ring.p_inside,
            ring.p_outside,
            ring.outside,
            ring.cost,
        ),
    }
}

impl GovernanceLever for Collusion {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn punishes(&self) -> Option<&'static str> {
        Some("member of a ring")
    }

    fn review(&mut self, scored: &Scored, _society: &Society, _draws: &Draws) -> Effect {
        self.window.add(scored);
        Effect::none()
    }

    fn vote_weight(&self, who: AgentId, _society: &Society) -> f64 {
        f64::from(u8::from(self.silenced.binary_search(&who).is_err()))
    }

    fn on_epoch_end(&mut self, society: &Society, draws: &Draws) -> Effect {
        let epoch = society.epoch();
        let (pairs, totals) = self.window.merged();
        let ties = communities::ties(&pairs, &totals, self.threshold, self.frequency, society);
        let found = communities::spread(&ties, society, draws);
        let mut effect = Effect {
            real_cost: self.cost * found.len() as f64,
            ..Effect::default()
        };
        self.silenced.clear();
        for ring in communities::judge(found, &ties, &pairs, &totals, society) {
            for &who in &ring.members {
                self.punish(who, epoch, &mut effect.acts);
            }
            effect.notes.push(note(&ring));
            self.silenced.extend(ring.members);
        }
        self.silenced.sort_unstable();
        self.window.end_epoch(epoch, self.epochs);
        effect
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.window);
        out.put(&self.silenced);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.window = from.take()?;
        self.silenced = from.take()?;
        Ok(())
    }
}
