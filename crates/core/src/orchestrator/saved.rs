//! A run between two epochs as a value that can be written down and read by people, and a run that goes on from it.
//!
//! A checkpoint goes on with the same log; this begins a new one, with the same scenario or another, the same seed or another.
//! `Invariant: a run taken up with its own scenario has at every later epoch's end the state hash of one that was never left`
//! (`tests/it/saved.rs`): event numbers, counters, rails, levers and agents go on where they were. The metrics are those of the
//! new log alone. Not here: the world (its crate writes and reads it), files.

use crate::agent::AgentSpec;
use crate::config::Detail;
use crate::environment::Environment;
use crate::id::{AgentId, InteractionId};
use crate::interaction::Moment;
use crate::orchestrator::ask::Open;
use crate::orchestrator::faults::SavedAgents;
use crate::orchestrator::hub::{Hub, Slot};
use crate::orchestrator::records::AgentRegistered;
use crate::orchestrator::snapshot::RestoreError;
use crate::rails::Rails;
use crate::society::Society;
use crate::state::{Loader, Saver};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An agent as it was left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SavedAgent {
    name: String,
    kind: String,
    role: String,
    /// Parameters of its policy.
    config: String,
    quarantined: bool,
    /// What the policy saved.
    #[serde(with = "hexadecimal")]
    state: Vec<u8>,
}

/// A lever as it was left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SavedLever {
    name: String,
    /// What the lever saved.
    #[serde(with = "hexadecimal")]
    state: Vec<u8>,
}

/// Everything of a run but its world, between two epochs.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct SavedRun<E: Environment> {
    /// The moment to go on from.
    pub moment: Moment,
    /// Steps since the start.
    pub step: u64,
    /// Number of the next event.
    event: u64,
    next_interaction: u64,
    open: BTreeMap<InteractionId, Open<E>>,
    awaiting_truth: BTreeMap<InteractionId, (f64, bool)>,
    agents: Vec<SavedAgent>,
    levers: Vec<SavedLever>,
    rails: Rails,
    society: Society,
}

fn saved(save: impl FnOnce(&mut Saver)) -> Vec<u8> {
    let mut saver = Saver::new();
    save(&mut saver);
    saver.into_bytes()
}

impl<E: Environment> Hub<E> {
    /// What goes on from `next`, the first step of an epoch. `event` is the number of the next event.
    pub(super) fn leave_off(&self, next: Moment, event: u64) -> SavedRun<E> {
        debug_assert!(self.fresh.is_none() && self.changes.is_empty());
        let agent = |(who, slot): (AgentId, &Slot<E>)| {
            let AgentSpec {
                name,
                kind,
                role,
                config,
            } = self.spec(who);
            SavedAgent {
                name,
                kind,
                role,
                config,
                quarantined: slot.quarantined,
                state: saved(|out| slot.agent.save(out)),
            }
        };
        SavedRun {
            moment: next,
            step: self.step,
            event,
            next_interaction: self.next_interaction,
            open: (self.open.iter())
                .map(|(id, open)| (*id, open.clone()))
                .collect(),
            awaiting_truth: self.awaiting_truth.clone(),
            agents: self.society.ids().zip(&self.agents).map(agent).collect(),
            levers: (self.levers.iter())
                .map(|lever| SavedLever {
                    name: lever.name().to_owned(),
                    state: saved(|out| lever.save(out)),
                })
                .collect(),
            rails: self.rails.clone(),
            society: self.society.clone(),
        }
    }

    /// Goes on from there. The scenario's rails, tools, levers and parameters hold; an agent that the scenario has, too, gets its
    /// parameters, one that it does not have keeps its own, and a lever that was not there begins anew.
    pub(super) fn take_up(
        &mut self,
        given: Vec<AgentSpec>,
        saved: SavedRun<E>,
    ) -> Result<Moment, RestoreError> {
        let SavedRun {
            moment,
            step,
            event,
            next_interaction,
            open,
            awaiting_truth,
            agents,
            levers,
            rails,
            society,
        } = saved;
        let steps = u64::from(self.sim.steps_per_epoch);
        if moment.step != 0 || step != u64::from(moment.epoch) * steps {
            return Err(RestoreError::Steps {
                step,
                epochs: moment.epoch,
                steps_per_epoch: self.sim.steps_per_epoch,
            });
        }
        let everybody = || Err(RestoreError::Columns);
        if society.len() != agents.len() || !rails.fits(agents.len()) {
            return everybody();
        }
        self.now = moment;
        self.step = step;
        self.next_interaction = next_interaction;
        self.open = open;
        self.awaiting_truth = awaiting_truth;
        self.society = society;
        self.rails.go_on(rails);
        let mut given: BTreeMap<String, AgentSpec> = given
            .into_iter()
            .map(|spec| (spec.name.clone(), spec))
            .collect();
        self.agents.clear();
        self.saved = SavedAgents::default();
        for (who, left) in self.society.ids().zip(agents) {
            if self.society.name(who) != left.name {
                return everybody();
            }
            let spec = given.remove(&left.name).unwrap_or(AgentSpec {
                name: left.name,
                kind: left.kind,
                role: left.role,
                config: left.config,
            });
            let failed = |message: String| RestoreError::Agent {
                name: spec.name.clone(),
                message,
            };
            let mut agent = self.registry.build(&spec).map_err(failed)?;
            agent.load(&mut Loader::new(&left.state))?;
            self.society.tools[who.index()] = self.tools_of(&spec.role);
            self.saved.push(agent.as_ref());
            if self.society.is_live(who) {
                let event = AgentRegistered {
                    agent: &spec.name,
                    kind: &spec.kind,
                    role: &spec.role,
                };
                self.log
                    .event(Detail::Epochs, "agent_registered", moment, &event);
            }
            let config = self.shared(&spec.config);
            self.agents.push(Slot::new(config, agent, left.quarantined));
        }
        for lever in &mut self.levers {
            let Some(left) = levers.iter().find(|left| left.name == lever.name()) else {
                continue;
            };
            lever.load(&mut Loader::new(&left.state))?;
            for (who, record) in self.society.ids().zip(lever.published()) {
                self.society.publish(who, *record);
            }
            if let Some(cases) = lever.docket() {
                self.society.put_up(cases);
            }
        }
        self.log.number_from(event);
        Ok(moment)
    }
}

/// Bytes as hexadecimal text.
mod hexadecimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::log::hex(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        (text.as_bytes().chunks(2))
            .map(|pair| match *pair {
                [high, low] => Some(digit(high)? << 4 | digit(low)?),
                _ => None,
            })
            .collect::<Option<_>>()
            .ok_or_else(|| D::Error::custom("expected hexadecimal digits, two a byte"))
    }
}
