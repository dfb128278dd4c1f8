//! Reciprocal: works for those who worked, and has no time for those whose last deal looked bad.
//!
//! Two arms, and one thing to remember. A deal whose p was below `lenience` puts the partner on a list of sixteen, the oldest
//! goes first; a better deal takes it off. It asks nobody on the list, and gives those who ask it little effort. Not here: beliefs,
//! routine and roles, which are everybody's.

// ANCHOR: imports
use das_agents::appraisal::{Deal, Habits};
use das_agents::conduct::{Arm, Price};
use das_agents::learning::Seat;
use das_agents::member::{Character, Choice, Lens, Mind, Ruling};
use das_agents::parameters::{Parameters, policy_parameters};
use das_core::agent::Outcome;
use das_core::describe::Descriptor;
use das_core::id::AgentId;
use das_core::rng::Stream;
use das_env::Commons;
use das_env::view::PostView;
use serde::{Deserialize, Serialize};
// ANCHOR_END: imports

// ANCHOR: parameters
policy_parameters! {
    /// Parameters of the reciprocal policy.
    ReciprocalParams, fixed {
        lenience: f64 = 0.5, 0.0 ..= 1.0,
            "p below which a deal is held against the partner.";
        attempts_per_step: u32 = 1, 0 ..= 4,
            "Offers it tries to make in a step.";
        votes_per_step: u32 = 1, 0 ..= 4,
            "Votes it considers in a step.";
        p_vote: f64 = 0.5, 0.0 ..= 1.0,
            "Probability of each vote.";
    }
}
// ANCHOR_END: parameters

// ANCHOR: descriptor
/// What `das explain reciprocal` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "reciprocal",
    family: "agent",
    summary: "works for those who worked, and has no time for those whose last deal looked bad",
    formula: "effort .9 at the low price, .2 to whom it holds something against (last p < lenience, the last 16); asks none of those, \
              else argmax m + .1u; deals if E[S] - charge > 0; votes up if m > .5, else down",
    params: <ReciprocalParams as Parameters>::TABLE,
    source: "docs/src/guides/write-a-policy.md",
};
// ANCHOR_END: descriptor

// ANCHOR: state
/// Partners it remembers ill of, at most.
const REMEMBERED: usize = 16;

/// What it learns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReciprocalState {
    /// Whose last deal looked bad, oldest first, each once.
    ill: Vec<AgentId>,
}

/// The reciprocal policy.
#[derive(Clone, Debug)]
pub struct Reciprocal {
    lenience: f64,
    state: ReciprocalState,
}

impl Reciprocal {
    fn holds_against(&self, who: AgentId) -> bool {
        self.state.ill.contains(&who)
    }
}
// ANCHOR_END: state

/// Indices of the arms.
const WORK: usize = 0;
const WITHHOLD: usize = 1;

// ANCHOR: character
impl Character for Reciprocal {
    const KIND: &'static str = DESCRIPTOR.name;
    const ARMS: &'static [Arm] = &[
        // Effort, deception, harm, and the price it asks in trades.
        Arm::new("work", 0.9, 0.0, 0.0, Price::Low),
        Arm::new("withhold", 0.2, 0.0, 0.0, Price::Low),
    ];
    const PHRASES: &'static [&'static str] = &[
        "One good turn deserves another.",
        "Those who did their part know that I will do mine.",
    ];
    type State = ReciprocalState;
    type Params = ReciprocalParams;

    fn new(params: &ReciprocalParams, _name: &str) -> Self {
        Self {
            lenience: params.lenience,
            state: ReciprocalState::default(),
        }
    }

    fn state(&self) -> &ReciprocalState {
        &self.state
    }

    fn state_mut(&mut self) -> &mut ReciprocalState {
        &mut self.state
    }

    /// How it works. A partner is known wherever it answers; where it asks, it has yet to choose one.
    fn choose(
        &self,
        _seat: Seat,
        partner: Option<AgentId>,
        _lens: &Lens<'_, '_>,
        _rng: &mut Stream,
    ) -> Choice {
        let arm = match partner {
            Some(who) if self.holds_against(who) => WITHHOLD,
            _ => WORK,
        };
        Choice { arm, tag: 0 }
    }

    /// Whom it asks: the one it believes in most, and nobody it holds something against.
    fn attraction(
        &self,
        _arm: usize,
        who: AgentId,
        u: f64,
        mind: &Mind,
        lens: &Lens<'_, '_>,
    ) -> Option<f64> {
        (!self.holds_against(who)).then(|| lens.belief(&mind.memory, who) + 0.1 * u)
    }

    /// Whether it strikes a deal: when both together gain after what levers are expected to take.
    fn willing(&self, deal: &Deal, habits: &Habits) -> bool {
        habits.stakes.surplus(deal.m) - deal.charge > 0.0
    }

    fn opinion(&self, author: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<bool> {
        Some(lens.belief(&mind.memory, author) > 0.5)
    }

    fn learn(&mut self, outcome: &Outcome<'_, Commons>, _habits: &Habits) {
        if !outcome.accepted {
            return;
        }
        self.state.ill.retain(|&who| who != outcome.partner);
        if outcome.p < self.lenience {
            self.state.ill.push(outcome.partner);
            if self.state.ill.len() > REMEMBERED {
                self.state.ill.remove(0);
            }
        }
    }

    fn diligence(&self, _worker: Option<AgentId>, _: &Mind, _: &Lens<'_, '_>) -> f64 {
        0.9
    }

    fn ruling(&self, post: &PostView, _: &Mind, _: &Lens<'_, '_>) -> Ruling {
        if self.holds_against(post.author) {
            Ruling::Flag
        } else {
            Ruling::Leave
        }
    }
}
// ANCHOR_END: character

// ANCHOR: tests
#[cfg(test)]
mod tests {
    use super::*;
    use das_agents::appraisal::Stakes;
    use das_core::environment::Environment;
    use das_core::id::{InteractionId, ToolSet};
    use das_core::interaction::{Moment, Side};
    use das_core::score::payoff::PayoffConfig;
    use das_core::society::Society;
    use das_core::units::MicroCredits;
    use das_env::EnvironmentConfig;
    use das_env::act::{TRADE, Terms};

    fn policy() -> Reciprocal {
        Reciprocal::new(&ReciprocalParams::default(), "reciprocal.1")
    }

    /// A trade with this partner that was accepted and looked like this.
    fn closed(partner: u32, p: f64) -> Outcome<'static, Commons> {
        const TERMS: Terms = Terms::Trade {
            price: MicroCredits(100_000),
        };
        Outcome {
            id: InteractionId(1),
            kind: TRADE,
            side: Side::Initiator,
            partner: AgentId(partner),
            terms: &TERMS,
            accepted: true,
            p,
            payoff: 0.3,
            reputation: 0.0,
            penalty: 0.0,
            fee: 0.0,
            tag: 0,
            now: Moment::default(),
        }
    }

    fn habits() -> Habits {
        ReciprocalParams::default().habits(Stakes::from(&PayoffConfig::default()))
    }

    /// Calls `look` with the eyes of the first agent of a society of three.
    fn with_lens(look: impl FnOnce(&Lens<'_, '_>)) {
        let world = Commons::new(EnvironmentConfig::default());
        let mut society = Society::new();
        for name in ["a.1", "b.1", "b.2"] {
            society.register(name, "reciprocal", "worker", ToolSet::ALL);
        }
        let (habits, seen) = (habits(), world.view(AgentId(0), &society));
        look(&Lens {
            seen: &seen,
            habits: &habits,
            experience: None,
        });
    }

    #[test]
    fn a_deal_that_looked_bad_is_answered_with_little_effort_until_a_better_one() {
        // p .2 from agent 1: no effort for it and no offer to it, both for agent 2; after p .8 all is as it was.
        let mut reciprocal = policy();
        with_lens(|lens| {
            let mut rng = Stream::from_seed(1);
            let mut arm = |of: &Reciprocal, who| {
                let partner = Some(AgentId(who));
                of.choose(Seat::Responder, partner, lens, &mut rng).arm
            };
            let asks = |of: &Reciprocal, who| {
                of.attraction(WORK, AgentId(who), 0.5, &Mind::default(), lens)
                    .is_some()
            };
            assert_eq!(arm(&reciprocal, 1), WORK);
            reciprocal.learn(&closed(1, 0.2), lens.habits);
            assert_eq!((arm(&reciprocal, 1), arm(&reciprocal, 2)), (WITHHOLD, WORK));
            assert_eq!((asks(&reciprocal, 1), asks(&reciprocal, 2)), (false, true));
            reciprocal.learn(&closed(1, 0.8), lens.habits);
            assert_eq!((arm(&reciprocal, 1), asks(&reciprocal, 1)), (WORK, true));
        });
    }

    #[test]
    fn its_memory_is_bounded() {
        // Twenty bad deals leave the last sixteen partners; a rejected offer leaves nothing.
        let mut reciprocal = policy();
        for partner in 0..20 {
            reciprocal.learn(&closed(partner, 0.1), &habits());
        }
        assert_eq!(reciprocal.state().ill.len(), REMEMBERED);
        assert_eq!(reciprocal.state().ill[0], AgentId(4));
        let rejected = Outcome {
            accepted: false,
            ..closed(30, 0.1)
        };
        reciprocal.learn(&rejected, &habits());
        assert!(!reciprocal.holds_against(AgentId(30)));
    }

    #[test]
    fn parameters_are_read_and_bounded() {
        // What a scenario writes under `config:` is read; a value out of its range and a key that is none are named.
        let params = ReciprocalParams::parse(r#"{"lenience":0.3}"#).unwrap();
        assert_eq!(params.lenience, 0.3);
        let error = ReciprocalParams::parse(r#"{"lenience":2,"lenient":1}"#).unwrap_err();
        assert!(error.contains("config.lenience"), "{error}");
        assert!(error.contains("config.lenient:"), "{error}");
    }
}
// ANCHOR_END: tests
