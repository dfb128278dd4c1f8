//! The patrol command of a polity: once a week, patrols on its most dangerous corridors, and a crackdown if a border is worth one.
//!
//! It reads the telemetry of its own borders (what was seized, what audits found) and nothing that was not found, so it can be
//! wrong: posts that take bribes and let everything pass look quiet. Source: model page, section 3, stage 9. Not here: what a
//! crackdown does (`systems::crackdown`), the treasury, which is the command's account (`systems::public_money`).

use crate::act::Action;
use crate::day::weekly;
use crate::view::DosadiView;
use crate::world::Dosadi;
use das_core::agent::{BaseAgent, Decision, Offer, Phase, Turn};
use das_core::describe::{Descriptor, Param};
use das_core::state::{LoadError, Loader, Saver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The policy as listings and help show it.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "patrol_command",
    family: "agent",
    summary: "weekly: patrols on the polity's most dangerous corridors, a crackdown on its most telling border",
    formula: "score = .25*min(found,2) + .7*min(seized/3,1.5) + .3*min(seized/(.15(1+seized)),1) - .3*corruption; i = 1 above 1.2, .75 above .7, else .5",
    params: &[
        Param {
            name: "threshold",
            range: "0.25..=3",
            default: "0.25",
            doc: "score from which a border gets a crackdown",
        },
        Param {
            name: "hardness",
            range: "0..=1",
            default: "1.0",
            doc: "factor on the intensity of its crackdowns; 0 orders none",
        },
        Param {
            name: "patrols",
            range: "true, false",
            default: "true",
            doc: "whether it sends patrols",
        },
    ],
    source: "Dosadi model page, section 3, stage 9; seed 001, section 9.3",
};

/// Parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatrolCommandParams {
    /// Score from which a border gets a crackdown.
    #[schemars(range(min = 0.25, max = 3.0))]
    pub threshold: f64,
    /// Factor on intensity.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub hardness: f64,
    /// Whether it sends patrols.
    pub patrols: bool,
}

impl Default for PatrolCommandParams {
    fn default() -> Self {
        Self {
            threshold: 0.25,
            hardness: 1.0,
            patrols: true,
        }
    }
}

/// The policy.
#[derive(Clone, Debug)]
pub struct PatrolCommand {
    params: PatrolCommandParams,
}

/// Intensity that a score calls for.
fn intensity(score: f64) -> f64 {
    if score > 1.2 {
        1.0
    } else if score > 0.7 {
        0.75
    } else {
        0.5
    }
}

impl PatrolCommand {
    /// A fresh agent.
    pub fn new(params: PatrolCommandParams) -> Self {
        Self { params }
    }

    fn patrols(&self, seen: &DosadiView<'_>) -> Option<Action> {
        let corridors = seen.dangerous();
        (self.params.patrols && seen.command().1 && !corridors.is_empty())
            .then_some(Action::Patrols(corridors))
    }

    fn crackdown(&self, seen: &DosadiView<'_>) -> Option<Action> {
        if !seen.command().0 {
            return None;
        }
        let (border, score) = seen.crackdown_target()?;
        let intensity = self.params.hardness * intensity(score);
        (score > self.params.threshold && intensity > 0.0).then(|| Action::Crackdown {
            border,
            intensity,
            days: seen.crackdown_days(),
        })
    }
}

impl BaseAgent<Dosadi> for PatrolCommand {
    fn kind(&self) -> &'static str {
        DESCRIPTOR.name
    }

    /// It acts, and makes no offers.
    fn takes_turns(&self, phase: Phase) -> bool {
        phase == Phase::Act
    }

    fn select_action(&mut self, seen: &DosadiView<'_>, turn: Turn<'_>) -> Option<Action> {
        if !weekly(seen.day(), 0) {
            return None;
        }
        let patrols = self.patrols(seen);
        // One crackdown a week: it is the last thing a command does.
        match turn.attempt {
            0 => patrols.or_else(|| self.crackdown(seen)),
            1 if patrols.is_some() => self.crackdown(seen),
            _ => None,
        }
    }

    fn accept_interaction(
        &mut self,
        _offer: &Offer<'_, Dosadi>,
        _seen: &DosadiView<'_>,
        _turn: Turn<'_>,
    ) -> Decision<Dosadi> {
        Decision::reject()
    }

    fn save(&self, _out: &mut Saver) {}

    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intensity_steps_with_the_score() {
        // The page's two limits are exclusive.
        assert_eq!(
            [0.3, 0.7, 0.71, 1.2, 1.21].map(intensity),
            [0.5, 0.5, 0.75, 0.75, 1.0]
        );
    }
}
