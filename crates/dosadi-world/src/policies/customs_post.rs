//! A customs post: takes a bribe or not, opens cargo or not.
//!
//! Officers are creatures of their greed, fear and surroundings, all of which are the world's (`state::borders::Posts`): the policy
//! draws its answers from the probabilities they give (`systems::customs`), with its own stream. A refused bribe changes nothing
//! but the odds of what comes next. It learns nothing itself: audits teach it fear. Source: model page, section 3, stage 6.

use crate::act::{Action, Response, Terms};
use crate::view::DosadiView;
use crate::world::Dosadi;
use das_core::agent::{BaseAgent, Decision, Offer, Phase, Turn};
use das_core::describe::{Descriptor, Param};
use das_core::detmath::{clamp, fmax};
use das_core::state::{LoadError, Loader, Saver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most that either probability can be: nothing is certain.
const SURE: f64 = 0.95;

/// The policy as listings and help show it.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "customs_post",
    family: "agent",
    summary: "takes a bribe if it beats what the officer asks for his fear, and opens cargo as the law says otherwise",
    formula: "P(take) = min(.95, (.25 + .75*tol)*sigma((bid/value - ask)/.01)); P(open) = 1 - (1 - p_inspect)^(1 + kappa*i)",
    params: &[
        Param {
            name: "bribable",
            range: "0..=1",
            default: "1.0",
            doc: "factor on the probability of taking a bribe; 0 is incorruptible",
        },
        Param {
            name: "zeal",
            range: "0..=10",
            default: "1.0",
            doc: "factor on the probability of opening cargo, which stays at most .95 beyond the law's own",
        },
    ],
    source: "Dosadi model page, section 3, stage 6; seed 001, section 6",
};

/// Parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomsPostParams {
    /// Factor on the probability of taking a bribe.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bribable: f64,
    /// Factor on the probability of opening cargo.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub zeal: f64,
}

impl Default for CustomsPostParams {
    fn default() -> Self {
        Self {
            bribable: 1.0,
            zeal: 1.0,
        }
    }
}

/// The policy.
#[derive(Clone, Debug)]
pub struct CustomsPost {
    params: CustomsPostParams,
}

impl CustomsPost {
    /// A fresh agent.
    pub fn new(params: CustomsPostParams) -> Self {
        Self { params }
    }
}

impl BaseAgent<Dosadi> for CustomsPost {
    fn kind(&self) -> &'static str {
        DESCRIPTOR.name
    }

    /// It only answers.
    fn takes_turns(&self, _phase: Phase) -> bool {
        false
    }

    fn select_action(&mut self, _seen: &DosadiView<'_>, _turn: Turn<'_>) -> Option<Action> {
        None
    }

    fn accept_interaction(
        &mut self,
        offer: &Offer<'_, Dosadi>,
        seen: &DosadiView<'_>,
        turn: Turn<'_>,
    ) -> Decision<Dosadi> {
        match offer.terms {
            Terms::Bribe(passage) => {
                let take = self.params.bribable * seen.take_probability(passage);
                if turn.rng.chance(take) {
                    Decision::accept(Response::default(), 0)
                } else {
                    Decision::reject()
                }
            }
            Terms::Crossing(passage) => {
                let lawful = seen.inspection_probability(passage);
                let open = if self.params.zeal > 1.0 {
                    clamp(self.params.zeal * lawful, 0.0, fmax(lawful, SURE))
                } else {
                    self.params.zeal * lawful
                };
                let inspect = turn.rng.chance(open);
                Decision::accept(Response { inspect }, 0)
            }
            // An order is an order.
            Terms::Crackdown { .. } => Decision::accept(Response::default(), 0),
            Terms::Sale(_) | Terms::Seizure(_) => Decision::reject(),
        }
    }

    fn save(&self, _out: &mut Saver) {}

    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}
