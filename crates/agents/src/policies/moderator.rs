//! Moderator: deals like the honest, and looks into what others have just done.
//!
//! It goes through a few of the cases that are open ([`CommonsView::docket`](das_env::view::CommonsView::docket)) from a random one on,
//! looks into a doubtful one (p below one half) with probability `suspicion` and into any other with `routine`, and hides the top post of
//! whoever it caught. What a look finds, and costs, is the lever's ([moderation](das_governance::levers::moderator)); it errs both ways,
//! and the moderator believes it. Without that lever nothing is open, and it is an honest agent that flags and hides posts by its
//! role.
//!
//! Everything it does goes through the tools of its role: without `review` in the allowlist it looks into nothing.

use super::honest::{Honest, HonestParams};
use crate::appraisal::{Deal, Habits};
use crate::conduct::Arm;
use crate::learning::Seat;
use crate::member::{Character, Choice, Lens, Mind, Ruling};
use crate::parameters::policy_parameters;
use das_core::agent::Outcome;
use das_core::describe::Descriptor;
use das_core::id::{AgentId, InteractionId};
use das_core::rng::Stream;
use das_env::Commons;
use das_env::act::{Action, TOOL_HIDE, TOOL_REVIEW};
use das_env::view::PostView;
use serde::{Deserialize, Serialize};

policy_parameters! {
    /// Parameters of the moderator policy.
    ModeratorParams, fixed {
        suspicion: f64 = 0.5, 0.0 ..= 1.0,
            "Probability of looking into an interaction of p below one half.";
        routine: f64 = 0.125, 0.0 ..= 1.0,
            "Probability of looking into any other.";
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

/// Cases it goes through in a turn.
const CASES_LOOKED_AT: u32 = 32;

/// Looks it takes in a step where no rule tells it how many.
const LOOKS_AT_MOST: u32 = 4;

/// What `das explain moderator` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "moderator",
    family: "agent",
    summary: "deals like the honest, looks into interactions that have just closed and hides posts of those it catches",
    formula: "looks into a case with probability suspicion if p < .5, else routine; at most moderator_reviews a step; otherwise as honest",
    params: <ModeratorParams as crate::parameters::Parameters>::TABLE,
    source: "commons model, section 4",
};

/// What a moderator keeps in mind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModeratorState {
    /// The case it looked into last; what came of it shows in the docket.
    last: Option<InteractionId>,
    /// Whom it caught and has not dealt with yet.
    caught: [Option<AgentId>; 2],
    /// Step of its last look, and looks in that step.
    step: u64,
    looks: u32,
}

/// The moderator policy.
#[derive(Clone, Debug)]
pub struct Moderator {
    honest: Honest,
    suspicion: f64,
    routine: f64,
    state: ModeratorState,
}

impl Moderator {
    /// Learns what its last look came to.
    fn learn_of_catch(&mut self, lens: &Lens<'_, '_>) {
        let Some(id) = self.state.last.take() else {
            return;
        };
        if let Some(case) = lens.seen.docket().iter().find(|case| case.id == id) {
            let sides = [case.initiator, case.counterparty];
            for (at, who) in sides.into_iter().enumerate() {
                if case.found[at] {
                    self.state.caught[at] = Some(who);
                }
            }
        }
    }

    /// Hides the top post of somebody it caught, if one is in sight.
    fn hide(&mut self, lens: &Lens<'_, '_>) -> Option<Action> {
        let caught = std::mem::take(&mut self.state.caught);
        if !lens.seen.may(TOOL_HIDE) {
            return None;
        }
        for (at, who) in caught.into_iter().enumerate() {
            let post = who.and_then(|who| lens.seen.posts().find(|post| post.author == who));
            if let Some(post) = post {
                // The other one is dealt with next.
                self.state.caught[1] = caught[1].filter(|_| at == 0);
                return Some(Action::Hide { post: post.id });
            }
        }
        None
    }

    /// Looks into one case, or into none.
    fn review(&mut self, lens: &Lens<'_, '_>, rng: &mut Stream) -> Option<Action> {
        let (seen, me) = (lens.seen, lens.seen.me());
        let cases = seen.docket();
        let notice = lens.habits.notice.as_ref();
        let most = notice.map_or(LOOKS_AT_MOST, |notice| notice.rules().moderator_reviews);
        if self.state.step != seen.step_index() {
            self.state.step = seen.step_index();
            self.state.looks = 0;
        }
        if cases.is_empty() || self.state.looks >= most || !seen.may(TOOL_REVIEW) {
            return None;
        }
        let count = cases.len() as u32;
        let start = rng.below(count);
        for i in 0..count.min(CASES_LOOKED_AT) {
            let case = &cases[((start + i) % count) as usize];
            let p = if case.p < 0.5 {
                self.suspicion
            } else {
                self.routine
            };
            let own = [case.initiator, case.counterparty].contains(&me);
            if rng.chance(p) && !case.reviewed && !own {
                self.state.looks += 1;
                self.state.last = Some(case.id);
                return Some(Action::Review {
                    interaction: case.id,
                });
            }
        }
        // It has been through them: not again in this step.
        self.state.looks = most;
        None
    }
}

impl Character for Moderator {
    const KIND: &'static str = "moderator";
    const ARMS: &'static [Arm] = Honest::ARMS;
    const PHRASES: &'static [&'static str] = &[
        "What I looked into this week, and what came of it.",
        "If I have wronged you, tell me.",
        "Please keep to what you offered.",
        "I look at a few deals a day; most are fine.",
    ];
    type State = ModeratorState;
    type Params = ModeratorParams;

    fn new(params: &ModeratorParams, name: &str) -> Self {
        let honest = HonestParams {
            slack: params.slack,
            screening: params.screening,
            ..HonestParams::default()
        };
        Self {
            honest: Honest::new(&honest, name),
            suspicion: params.suspicion,
            routine: params.routine,
            state: ModeratorState::default(),
        }
    }

    fn state(&self) -> &ModeratorState {
        &self.state
    }

    fn state_mut(&mut self) -> &mut ModeratorState {
        &mut self.state
    }

    fn patrol(&mut self, lens: &Lens<'_, '_>, rng: &mut Stream) -> Option<Action> {
        if lens.seen.docket().is_empty() {
            self.state.last = None;
            return None;
        }
        self.learn_of_catch(lens);
        self.hide(lens).or_else(|| self.review(lens, rng))
    }

    fn choose(
        &self,
        seat: Seat,
        partner: Option<AgentId>,
        lens: &Lens<'_, '_>,
        rng: &mut Stream,
    ) -> Choice {
        self.honest.choose(seat, partner, lens, rng)
    }

    fn attraction(
        &self,
        arm: usize,
        who: AgentId,
        u: f64,
        mind: &Mind,
        lens: &Lens<'_, '_>,
    ) -> Option<f64> {
        self.honest.attraction(arm, who, u, mind, lens)
    }

    fn willing(&self, deal: &Deal, habits: &Habits) -> bool {
        self.honest.willing(deal, habits)
    }

    fn opinion(&self, author: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<bool> {
        self.honest.opinion(author, mind, lens)
    }

    fn learn(&mut self, _: &Outcome<'_, Commons>, _: &Habits) {}

    fn diligence(&self, worker: Option<AgentId>, mind: &Mind, lens: &Lens<'_, '_>) -> f64 {
        self.honest.diligence(worker, mind, lens)
    }

    fn ruling(&self, post: &PostView, mind: &Mind, lens: &Lens<'_, '_>) -> Ruling {
        self.honest.ruling(post, mind, lens)
    }
}
