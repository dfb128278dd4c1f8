//! Honest: works hard, deals to the good of both, believes what it has seen.
//!
//! One arm, nothing learned but partners. It asks who it believes in, and says yes when the joint surplus is expected to be
//! positive and it does not lose more than a little itself (`slack`).

use crate::appraisal::{Deal, Habits, Occasion};
use crate::conduct::{Arm, Price};
use crate::learning::Seat;
use crate::member::{Character, Choice, Lens, Mind, Ruling};
use crate::parameters::policy_parameters;
use das_core::agent::Outcome;
use das_core::describe::Descriptor;
use das_core::id::AgentId;
use das_core::interaction::Side;
use das_core::rng::Stream;
use das_env::Commons;
use das_env::view::PostView;

policy_parameters! {
    /// Parameters of the honest policy.
    HonestParams, fixed {
        slack: f64 = 0.20, 0.0 ..= 0.5,
            "Own expected loss it puts up with for a good joint surplus, in utility.";
        screening: f64 = 0.20, -1.0 ..= 2.0,
            "expected surplus above which it lets somebody do its task.";
        attempts_per_step: u32 = 1, 0 ..= 4,
            "Offers it tries to make in a step.";
        votes_per_step: u32 = 1, 0 ..= 4,
            "Votes it considers in a step.";
        p_vote: f64 = 0.5, 0.0 ..= 1.0,
            "Probability of each vote.";
    }
}

/// Votes up above this belief in the author.
const UP_ABOVE: f64 = 0.6;
/// Votes down below it; as a moderator, flags.
const DOWN_BELOW: f64 = 0.45;
/// As a moderator, hides below it.
const HIDE_BELOW: f64 = 0.30;

/// The honest policy.
#[derive(Clone, Debug)]
pub struct Honest {
    slack: f64,
    screening: f64,
    state: (),
}

/// What `das explain honest` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "honest",
    family: "agent",
    summary: "works hard and deals when both together are expected to gain",
    formula: "conduct (e .9, d 0, h 0), low price; partner: argmax m + .1u; proposes if E[S] - charge > 0; accepts if so and \
              share·E[S] - g - kappa e^2 - charge > -slack; tasks: E[S] - charge > screening; bids cost + low price, disputes what it saw to be wrong; votes up if m > .6, down if m < .45",
    params: <HonestParams as crate::parameters::Parameters>::TABLE,
    source: "commons model, section 3",
};

impl Character for Honest {
    const KIND: &'static str = "honest";
    const ARMS: &'static [Arm] = &[Arm::new("work", 0.9, 0.0, 0.0, Price::Low)];
    const PHRASES: &'static [&'static str] = &[
        "Here is what I did this week, and how.",
        "The figures of my last report, with the errors I found.",
        "I have time for two more trades; ask me anything first.",
        "Thanks to all who checked my work.",
    ];
    type State = ();
    type Params = HonestParams;

    fn new(params: &HonestParams, _name: &str) -> Self {
        Self {
            slack: params.slack,
            screening: params.screening,
            state: (),
        }
    }

    fn state(&self) -> &() {
        &self.state
    }

    fn state_mut(&mut self) -> &mut () {
        &mut self.state
    }

    fn choose(&self, _: Seat, _: Option<AgentId>, _: &Lens<'_, '_>, _: &mut Stream) -> Choice {
        Choice { arm: 0, tag: 0 }
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
        // What levers are expected to take is lost to both together as well.
        let surplus = habits.stakes.surplus(deal.m) - deal.charge;
        match (deal.side, deal.occasion) {
            (Side::Initiator, _) => surplus > 0.0,
            (Side::Counterparty, Occasion::Task) => surplus > self.screening,
            (Side::Counterparty, _) => surplus > 0.0 && habits.own_payoff(deal) > -self.slack,
        }
    }

    fn opinion(&self, author: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<bool> {
        let m = lens.belief(&mind.memory, author);
        if m > UP_ABOVE {
            Some(true)
        } else if m < DOWN_BELOW {
            Some(false)
        } else {
            None
        }
    }

    fn learn(&mut self, _: &Outcome<'_, Commons>, _: &Habits) {}

    fn diligence(&self, _: Option<AgentId>, _: &Mind, _: &Lens<'_, '_>) -> f64 {
        0.9
    }

    fn ruling(&self, post: &PostView, mind: &Mind, lens: &Lens<'_, '_>) -> Ruling {
        let m = lens.belief(&mind.memory, post.author);
        if m < HIDE_BELOW {
            Ruling::Hide
        } else if m < DOWN_BELOW {
            Ruling::Flag
        } else {
            Ruling::Leave
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appraisal::Stakes;
    use crate::parameters::Parameters;
    use das_core::score::payoff::PayoffConfig;

    fn says(side: Side, occasion: Occasion, m: f64, gain: f64) -> bool {
        let params = HonestParams::default();
        let habits = params.habits(Stakes::from(&PayoffConfig::default()));
        // κ = .60 at effort .9.
        let deal = Deal {
            occasion,
            side,
            m,
            gain,
            cost: 0.486,
            charge: 0.0,
        };
        Honest::new(&params, "honest.1").willing(&deal, &habits)
    }

    #[test]
    fn asks_whenever_both_together_gain() {
        // E[S] = 3m - 1 crosses 0 at m = 1/3, whatever it costs itself.
        assert!(says(Side::Initiator, Occasion::Trade, 0.34, 0.1));
        assert!(!says(Side::Initiator, Occasion::Trade, 0.33, 0.4));
    }

    #[test]
    fn accepts_a_small_loss_for_a_good_deal_only() {
        // .5(3m - 1) - g - .486 > -.2: at g = .1 from m = .5907 on; at g = .4 from m = .7907 on.
        assert!(says(Side::Counterparty, Occasion::Trade, 0.592, -0.1));
        assert!(!says(Side::Counterparty, Occasion::Trade, 0.589, -0.1));
        assert!(says(Side::Counterparty, Occasion::Trade, 0.792, -0.4));
        assert!(!says(Side::Counterparty, Occasion::Trade, 0.789, -0.4));
    }

    #[test]
    fn screens_workers_by_surplus_alone() {
        // E[S] > .2 from m = .4 on, though the bounty makes it a loss of its own.
        assert!(says(Side::Counterparty, Occasion::Task, 0.41, -0.5));
        assert!(!says(Side::Counterparty, Occasion::Task, 0.39, -0.5));
    }
}
