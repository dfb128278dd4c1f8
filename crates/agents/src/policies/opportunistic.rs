//! Opportunistic: does what pays it, and finds out what pays by trying.
//!
//! Effort and price are six arms of a small bandit, apart for each seat and for high and low own standing. It never deceives or
//! harms on purpose; what it saves is effort, and the harm is what idleness leads to. Its reward is its realised payoff before
//! what levers took (the community's reputation is in it); what they are expected to take it subtracts ([`crate::governance`]).

use crate::appraisal::{Deal, Habits};
use crate::conduct::{Arm, Price};
use crate::learning::{Bandit, HIGH_STANDING, Mark, Seat};
use crate::market::Grievance;
use crate::member::{Character, Choice, Lens, Mind, Ruling};
use crate::parameters::policy_parameters;
use das_core::agent::Outcome;
use das_core::describe::Descriptor;
use das_core::detmath::fmin;
use das_core::id::AgentId;
use das_core::interaction::Side;
use das_core::rng::Stream;
use das_env::Commons;
use das_env::view::PostView;

policy_parameters! {
    /// Parameters of the opportunistic policy.
    OpportunisticParams, learns {
        attempts_per_step: u32 = 1, 0 ..= 4,
            "Offers it tries to make in a step.";
        votes_per_step: u32 = 1, 0 ..= 4,
            "Votes it considers in a step.";
        p_vote: f64 = 0.5, 0.0 ..= 1.0,
            "Probability of each vote.";
    }
}

/// The opportunistic policy.
#[derive(Clone, Debug)]
pub struct Opportunistic {
    bandit: Bandit,
}

/// Arms that differ when no price is asked.
const UNPRICED: &[u8] = &[0, 2, 4];
/// All arms.
const PRICED: &[u8] = &[0, 1, 2, 3, 4, 5];

/// What `das explain opportunistic` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "opportunistic",
    family: "agent",
    summary: "chooses effort and price by what paid it so far",
    formula: "arms e in {.9, .5, .2} x price in {low, high}; Q += max(beta, 1/(n+1)) (x - Q), softmax of Q - charge at T; x = pi + fee, a \
              rejected or forgone own offer 0; partner: argmax m + .1u; deals if share·E[S] + g - kappa e^2 - charge > 0; bids min(cost + high price, reserve), \
              disputes what pays and is not known to be right; votes up if m > .5, else down",
    params: <OpportunisticParams as crate::parameters::Parameters>::TABLE,
    source: "commons model, section 3",
};

impl Character for Opportunistic {
    const KIND: &'static str = "opportunistic";
    const ARMS: &'static [Arm] = &[
        Arm::new("diligent", 0.9, 0.0, 0.0, Price::Low),
        Arm::new("diligent_dear", 0.9, 0.0, 0.0, Price::High),
        Arm::new("fair", 0.5, 0.0, 0.0, Price::Low),
        Arm::new("fair_dear", 0.5, 0.0, 0.0, Price::High),
        Arm::new("idle", 0.2, 0.0, 0.0, Price::Low),
        Arm::new("idle_dear", 0.2, 0.0, 0.0, Price::High),
    ];
    const PHRASES: &'static [&'static str] = &[
        "Best offers of the day, first come, first served.",
        "Who pays most for a quick job?",
        "Good returns so far. Open for business.",
        "Prices are moving; decide early.",
    ];
    type State = Bandit;
    type Params = OpportunisticParams;

    fn new(_params: &OpportunisticParams, _name: &str) -> Self {
        Self {
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
        _arm: usize,
        who: AgentId,
        u: f64,
        mind: &Mind,
        lens: &Lens<'_, '_>,
    ) -> Option<f64> {
        Some(lens.belief(&mind.memory, who) + 0.1 * u)
    }

    fn willing(&self, deal: &Deal, habits: &Habits) -> bool {
        habits.own_payoff(deal) > 0.0
    }

    fn opinion(&self, author: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<bool> {
        Some(lens.belief(&mind.memory, author) > 0.5)
    }

    fn learn(&mut self, outcome: &Outcome<'_, Commons>, habits: &Habits) {
        if let Some((mark, x)) = reward(outcome, habits, 0.0) {
            self.bandit.update(mark, x, &habits.rates);
        }
    }

    fn forgo(&mut self, tag: u64, habits: &Habits) {
        if let Some(mark) = Mark::from_tag(tag) {
            self.bandit.update(mark, 0.0, &habits.rates);
        }
    }

    /// Asks the high price on top of what it means to spend, or all there is.
    fn quote(&self, cost: f64, reserve: f64, habits: &Habits) -> Option<f64> {
        Some(fmin(cost + habits.price_high, reserve))
    }

    /// Disputes what pays, unless it knows better.
    fn contests(&self, grievance: &Grievance) -> bool {
        grievance.pays() && !grievance.seen_right()
    }

    fn diligence(&self, _: Option<AgentId>, _: &Mind, _: &Lens<'_, '_>) -> f64 {
        0.4
    }

    /// Follows the crowd: what is clearly disliked is flagged, nothing is hidden.
    fn ruling(&self, post: &PostView, _: &Mind, _: &Lens<'_, '_>) -> Ruling {
        if post.votes <= -2.0 {
            Ruling::Flag
        } else {
            Ruling::Leave
        }
    }
}

/// x = π + fee + F·r with foresight F, for the arm the tag brings back: what it paid before levers took anything, since what they are
/// expected to take is subtracted where the arm is chosen. A rejected own offer is worth 0, a rejection of somebody else's offer
/// teaches nothing.
pub(super) fn reward(
    outcome: &Outcome<'_, Commons>,
    habits: &Habits,
    foresight: f64,
) -> Option<(Mark, f64)> {
    let mark = Mark::from_tag(outcome.tag)?;
    if !outcome.accepted {
        return (outcome.side == Side::Initiator).then_some((mark, 0.0));
    }
    let x = outcome.payoff + outcome.fee + foresight * habits.persistence() * outcome.reputation;
    Some((mark, x))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::appraisal::{Occasion, Stakes};
    use crate::parameters::Parameters;
    use das_core::environment::Environment;
    use das_core::id::{InteractionId, ToolSet};
    use das_core::interaction::Moment;
    use das_core::score::payoff::PayoffConfig;
    use das_core::society::Society;
    use das_core::units::MicroCredits;
    use das_env::EnvironmentConfig;
    use das_env::act::{TRADE, Terms};

    pub(in crate::policies) fn habits() -> Habits {
        OpportunisticParams::default().habits(Stakes::from(&PayoffConfig::default()))
    }

    /// An interaction that closed as this tag's, with payoff .3, reputation .02 and a penalty of -.1.
    pub(in crate::policies) fn outcome(
        id: u64,
        tag: u64,
        accepted: bool,
        side: Side,
    ) -> Outcome<'static, Commons> {
        const PRICE: Terms = Terms::Trade {
            price: MicroCredits(100_000),
        };
        Outcome {
            id: InteractionId(id),
            kind: TRADE,
            side,
            partner: AgentId(9),
            terms: &PRICE,
            accepted,
            p: 0.6,
            payoff: 0.3,
            reputation: 0.02,
            penalty: -0.1,
            fee: 0.0,
            tag,
            now: Moment::default(),
        }
    }

    /// Calls `look` with the eyes of agent 0 of a society of three nobodies.
    pub(in crate::policies) fn with_lens(look: impl FnOnce(&Lens<'_, '_>)) {
        let world = Commons::new(EnvironmentConfig::default());
        let mut society = Society::new();
        for name in ["a.1", "a.2", "b.1"] {
            society.register(name, "opportunistic", "worker", ToolSet::ALL);
        }
        let habits = habits();
        let seen = world.view(AgentId(0), &society);
        look(&Lens {
            seen: &seen,
            habits: &habits,
            experience: None,
        });
    }

    #[test]
    fn deals_when_it_gains_itself() {
        // .5(3m - 1) + gain - cost > 0: what the other gets does not matter.
        let policy = Opportunistic::new(&OpportunisticParams::default(), "a.1");
        let deal = |side, gain, m| Deal {
            occasion: Occasion::Trade,
            side,
            m,
            gain,
            cost: 0.024,
            charge: 0.0,
        };
        let says = |side, gain, m| policy.willing(&deal(side, gain, m), &habits());
        assert!(says(Side::Initiator, 0.4, 0.09));
        assert!(!says(Side::Initiator, 0.4, 0.08));
        assert!(says(Side::Counterparty, -0.4, 0.62));
        assert!(!says(Side::Counterparty, -0.4, 0.61));
    }

    #[test]
    fn rewards_are_what_was_paid_before_levers_took_any() {
        // π + fee + F·r; nothing for a rejected own offer; nothing learned where there is no mark.
        let tag = Mark {
            high: false,
            seat: Seat::Provider,
            arm: 1,
        }
        .to_tag();
        let x = |outcome: &Outcome<'_, Commons>, foresight| {
            reward(outcome, &habits(), foresight).map(|(_, x)| x)
        };
        let mut accepted = outcome(1, tag, true, Side::Initiator);
        assert!((x(&accepted, 0.0).unwrap() - 0.3).abs() < 1e-12);
        accepted.fee = 0.25;
        assert!((x(&accepted, 2.0).unwrap() - (0.55 + 0.04)).abs() < 1e-12);
        assert_eq!(x(&outcome(1, tag, false, Side::Initiator), 0.0), Some(0.0));
        assert_eq!(x(&outcome(1, tag, false, Side::Counterparty), 0.0), None);
        assert_eq!(x(&outcome(1, 0, true, Side::Initiator), 0.0), None);
    }

    #[test]
    fn idles_once_idling_has_paid() {
        // Idle trades pay .5 and diligent ones 0: after 60 outcomes of each arm it idles nearly always.
        let mut policy = Opportunistic::new(&OpportunisticParams::default(), "a.1");
        for _ in 0..60 {
            for arm in 0..6u8 {
                let tag = Mark {
                    high: false,
                    seat: Seat::Provider,
                    arm,
                }
                .to_tag();
                let mut event = outcome(1, tag, true, Side::Initiator);
                event.payoff = if arm >= 4 { 0.6 } else { 0.1 };
                policy.learn(&event, &habits());
            }
        }
        with_lens(|lens| {
            let mut rng = Stream::from_seed(1);
            let idle = (0..200)
                .filter(|_| policy.choose(Seat::Provider, None, lens, &mut rng).arm >= 4)
                .count();
            assert!(idle > 190, "{idle}");
        });
    }

    #[test]
    fn who_asks_no_price_has_three_arms() {
        // As responder, worker or replier only effort differs: the arms at the low price stand for both.
        let policy = Opportunistic::new(&OpportunisticParams::default(), "a.1");
        with_lens(|lens| {
            let mut rng = Stream::from_seed(2);
            for seat in [Seat::Responder, Seat::Worker, Seat::Replier] {
                let arm = policy.choose(seat, None, lens, &mut rng).arm;
                assert!(UNPRICED.contains(&(arm as u8)));
            }
        });
    }
}
