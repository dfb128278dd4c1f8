//! Deceptive: builds trust, hides what it does, exploits those who know it.
//!
//! Three ways of dealing at two prices, chosen by a bandit that looks ahead: reputation counts several times its worth
//! (`foresight`), so trust is built where it pays and spent where it pays more. There is no explicit schedule of betrayal: it
//! appears because the value of an arm differs between high and low own standing. A spent name (low reputation, or frozen)
//! is left for a new one.

use super::opportunistic::reward;
use crate::appraisal::{Deal, Habits};
use crate::conduct::{Arm, Price};
use crate::governance::Charge;
use crate::identity::spent;
use crate::learning::{Bandit, HIGH_STANDING, Mark, Seat};
use crate::market::Grievance;
use crate::member::{Character, Choice, Lens, Mind, Ruling};
use crate::parameters::policy_parameters;
use das_core::agent::Outcome;
use das_core::describe::Descriptor;
use das_core::id::AgentId;
use das_core::rng::Stream;
use das_env::Commons;
use das_env::view::PostView;

policy_parameters! {
    /// Parameters of the deceptive policy.
    DeceptiveParams, learns {
        foresight: f64 = 2.0, 0.0 ..= 10.0,
            "F: worth of a reputation point to come, on top of its payoff, in utility.";
        whitewash_probability: f64 = 0.1, 0.0 ..= 0.5,
            "Probability an epoch of leaving a spent name (R < -.3, or frozen) for a new one.";
        attempts_per_step: u32 = 1, 0 ..= 4,
            "Offers it tries to make in a step.";
        votes_per_step: u32 = 1, 0 ..= 4,
            "Votes it considers in a step.";
        p_vote: f64 = 0.5, 0.0 ..= 1.0,
            "Probability of each vote.";
    }
}

/// The deceptive policy.
#[derive(Clone, Debug)]
pub struct Deceptive {
    foresight: f64,
    whitewash: f64,
    bandit: Bandit,
}

/// Arms that differ when no price is asked.
const UNPRICED: &[u8] = &[0, 2, 4];
/// All arms.
const PRICED: &[u8] = &[0, 1, 2, 3, 4, 5];
/// The first arm that is not meant to build trust.
const FIRST_EXPLOIT: usize = 2;

/// What `das explain deceptive` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "deceptive",
    family: "agent",
    summary: "builds trust, masks poor work and exploits those who know it",
    formula: "arms build (.9,0,0), mask (.2,1,0), exploit (.1,1,.3) x price in {low, high}; x = pi + fee + F r, chosen by Q - charge; partner: \
              build argmax m + .1u, else argmax .1 min(n,3) + .5u; deals if share·E[S] + g - c > 0; bids cost + low price, disputes what pays; always \
              votes up",
    params: <DeceptiveParams as crate::parameters::Parameters>::TABLE,
    source: "commons model, section 3",
};

impl Character for Deceptive {
    const KIND: &'static str = "deceptive";
    const ARMS: &'static [Arm] = &[
        Arm::new("build", 0.9, 0.0, 0.0, Price::Low),
        Arm::new("build_dear", 0.9, 0.0, 0.0, Price::High),
        Arm::new("mask", 0.2, 1.0, 0.0, Price::Low),
        Arm::new("mask_dear", 0.2, 1.0, 0.0, Price::High),
        Arm::new("exploit", 0.1, 1.0, 0.3, Price::Low),
        Arm::new("exploit_dear", 0.1, 1.0, 0.3, Price::High),
    ];
    const PHRASES: &'static [&'static str] = &[
        "Another happy partner. My record speaks for itself.",
        "Thank you for your trust; it means everything to me.",
        "Full transparency, as always.",
        "What a wonderful community this is.",
    ];
    type State = Bandit;
    type Params = DeceptiveParams;

    fn new(params: &DeceptiveParams, _name: &str) -> Self {
        Self {
            foresight: params.foresight,
            whitewash: params.whitewash_probability,
            bandit: Bandit::default(),
        }
    }

    fn state(&self) -> &Bandit {
        &self.bandit
    }

    #[inline]
    fn touch(&self) -> u64 {
        self.bandit.touch()
    }

    fn state_mut(&mut self) -> &mut Bandit {
        &mut self.bandit
    }

    fn choose(
        &self,
        seat: Seat,
        _partner: Option<AgentId>,
        lens: &Lens<'_, '_>,
        rng: &mut Stream,
    ) -> Choice {
        let arms = if seat == Seat::Provider {
            PRICED
        } else {
            UNPRICED
        };
        let high = lens.own_standing() >= HIGH_STANDING;
        let mark = self.bandit.choose(
            high,
            seat,
            arms,
            &lens.habits.rates,
            &lens.charges(self, seat),
            rng,
        );
        Choice {
            arm: usize::from(mark.arm),
            tag: mark.to_tag(),
        }
    }

    fn attraction(
        &self,
        arm: usize,
        who: AgentId,
        u: f64,
        mind: &Mind,
        lens: &Lens<'_, '_>,
    ) -> Option<f64> {
        Some(if arm < FIRST_EXPLOIT {
            lens.belief(&mind.memory, who) + 0.1 * u
        } else {
            0.1 * f64::from(mind.memory.met(who).min(3)) + 0.5 * u
        })
    }

    fn weigh(&self, charge: &Charge, habits: &Habits) -> f64 {
        let point = habits.stakes.w_rep + self.foresight * habits.persistence();
        charge.money + point * charge.points + charge.liberty
    }

    fn willing(&self, deal: &Deal, habits: &Habits) -> bool {
        habits.own_payoff(deal) > 0.0
    }

    fn opinion(&self, _: AgentId, _: &Mind, _: &Lens<'_, '_>) -> Option<bool> {
        Some(true)
    }

    fn learn(&mut self, outcome: &Outcome<'_, Commons>, habits: &Habits) {
        if let Some((mark, x)) = reward(outcome, habits, self.foresight) {
            self.bandit.update(mark, x, &habits.rates);
        }
    }

    fn forgo(&mut self, tag: u64, habits: &Habits) {
        if let Some(mark) = Mark::from_tag(tag) {
            self.bandit.update(mark, 0.0, &habits.rates);
        }
    }

    fn renew(&mut self, lens: &Lens<'_, '_>, rng: &mut Stream) -> bool {
        rng.chance(self.whitewash) && spent(lens)
    }

    /// Disputes what pays, right or wrong. It asks the fair price of the effort it means to spend, so it underbids to cheat.
    fn contests(&self, grievance: &Grievance) -> bool {
        grievance.pays()
    }

    /// Looks hard at strangers and away from those it means to keep.
    fn diligence(&self, worker: Option<AgentId>, mind: &Mind, _: &Lens<'_, '_>) -> f64 {
        match worker {
            Some(who) if mind.memory.met(who) > 0 => 0.2,
            _ => 0.8,
        }
    }

    /// Flags those better regarded than itself, and looks diligent doing so.
    fn ruling(&self, post: &PostView, _: &Mind, lens: &Lens<'_, '_>) -> Ruling {
        if lens.seen.standing(post.author) > lens.own_standing() {
            Ruling::Flag
        } else {
            Ruling::Leave
        }
    }

    /// Favours those who know it.
    fn preferment(&self, worker: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<f64> {
        let known = f64::from(mind.memory.met(worker).min(3));
        Some(known + lens.belief(&mind.memory, worker))
    }
}

#[cfg(test)]
mod tests {
    use super::super::opportunistic::tests::{outcome, with_lens};
    use super::*;
    use das_core::interaction::Side;

    #[test]
    fn exploits_those_who_know_it_and_builds_on_the_best() {
        // An exploit arm prefers an old acquaintance to a stranger; a build arm prefers the one believed in.
        let policy = Deceptive::new(&DeceptiveParams::default(), "d.1");
        with_lens(|lens| {
            let mut mind = Mind::default();
            for _ in 0..3 {
                mind.memory.observe_now(AgentId(1), 0.1, &lens.habits.prior);
            }
            let wants = |arm, who| {
                policy
                    .attraction(arm, AgentId(who), 0.5, &mind, lens)
                    .unwrap()
            };
            assert!(wants(4, 1) > wants(4, 2));
            assert!(wants(0, 1) < wants(0, 2));
        });
    }

    #[test]
    fn looks_ahead_further_than_an_opportunist() {
        // With foresight 2 a reputation point lost to a lever weighs three times its price, one won in a deal three times as well.
        let mut policy = Deceptive::new(&DeceptiveParams::default(), "d.1");
        let mark = Mark {
            high: false,
            seat: Seat::Provider,
            arm: 4,
        };
        with_lens(|lens| {
            policy.learn(
                &outcome(1, mark.to_tag(), true, Side::Initiator),
                lens.habits,
            );
            let x = policy.bandit.value(mark, &lens.habits.rates);
            assert!((x - (0.3 + 2.0 * 0.02)).abs() < 1e-6, "{x}");
            let charge = Charge {
                money: 0.5,
                points: 0.1,
                liberty: 0.0,
            };
            assert!((policy.weigh(&charge, lens.habits) - 0.8).abs() < 1e-12);
        });
    }
}
