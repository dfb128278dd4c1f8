//! The whole state of a run as bytes: for the state hash at epoch ends, for checkpoints, and back.
//!
//! Both are the same walk, so a checkpoint holds exactly what the hash covers; the position in the log is kept beside it.

use crate::agent::AgentSpec;
use crate::environment::Environment;
use crate::id::{AgentId, InteractionId};
use crate::interaction::Moment;
use crate::orchestrator::faults::SavedAgents;
use crate::orchestrator::hub::{Hub, Slot};
use crate::state::{LoadError, Loader, Saver};
use sha2::Digest;
use std::collections::BTreeMap;
use thiserror::Error;

/// A checkpoint could not be taken up.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The bytes do not fit.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An agent of the checkpoint cannot be built.
    #[error("agent `{name}` cannot be restored: {message}")]
    Agent {
        /// Its name.
        name: String,
        /// What the registry said.
        message: String,
    },
    /// The checkpoint has other levers than the scenario.
    #[error("the checkpoint was taken with other levers")]
    Levers,
    /// The saved run has other epochs than the scenario.
    #[error(
        "the saved run has {step} steps in {epochs} epochs, which is not what simulation.steps_per_epoch {steps_per_epoch} gives"
    )]
    Steps {
        /// Steps so far.
        step: u64,
        /// Epochs so far.
        epochs: u32,
        /// Steps of an epoch in the scenario.
        steps_per_epoch: u32,
    },
    /// The saved run does not say of every agent what it should.
    #[error("the saved run's agents, rails and society are not of the same agents")]
    Columns,
}

impl<E: Environment> Hub<E> {
    /// Everything but the agents' own states and the world.
    fn save_self(&self, out: &mut Saver) {
        out.put(&self.society);
        out.put(&self.rails);
        out.put(&self.next_interaction);
        out.put(&(self.open.len() as u64));
        for (id, open) in &self.open {
            out.put(id);
            out.put(open);
        }
        out.put(&self.awaiting_truth);
        out.put(&self.step);
        out.put(
            &self
                .levers
                .iter()
                .map(|lever| lever.name().to_owned())
                .collect::<Vec<_>>(),
        );
        for lever in &self.levers {
            lever.save(out);
        }
        out.put(
            &self
                .agents
                .iter()
                .map(|slot| slot.quarantined)
                .collect::<Vec<_>>(),
        );
    }

    /// sha256 of the whole state, as the seal at an epoch's end shows it. Takes the agents' states anew.
    pub(super) fn state_hash(&mut self, world: &E) -> String {
        self.save_agents();
        self.hash_with(world, &self.saved)
    }

    /// The same in the middle of an epoch: what a crashed agent is put back to stays as it is.
    pub(super) fn state_hash_now(&self, world: &E) -> String {
        self.hash_with(world, &self.current_agents())
    }

    fn hash_with(&self, world: &E, agents: &SavedAgents) -> String {
        debug_assert!(self.fresh.is_none(), "asked between steps");
        let mut saver = Saver::hashing();
        self.save_self(&mut saver);
        world.save(&mut saver);
        saver.put_saved(agents.bytes());
        crate::log::hex(&saver.sha256().finalize())
    }

    /// The agents' states as they are now.
    pub(super) fn current_agents(&self) -> SavedAgents {
        let mut current = SavedAgents::default();
        for slot in &self.agents {
            current.push(slot.agent.as_ref());
        }
        current
    }

    /// Everything needed to go on from `next`. In the middle of an epoch what a crashed agent is put back to is not what it is
    /// now, so both are kept.
    pub(super) fn save_all(&self, world: &E, next: Moment, out: &mut Saver) {
        out.put(&next);
        out.put(
            &self
                .society
                .ids()
                .map(|who| self.spec(who))
                .collect::<Vec<_>>(),
        );
        out.put(&self.current_agents());
        out.put(&(next.step > 0).then_some(&self.saved));
        self.save_self(out);
        out.put(&self.fold);
        out.put(&self.run);
        world.save(out);
    }

    /// Puts a freshly made hub and world back to where the checkpoint was taken.
    pub(super) fn restore(
        &mut self,
        world: &mut E,
        mut from: Loader<'_>,
    ) -> Result<Moment, RestoreError> {
        let next: Moment = from.take()?;
        let specs: Vec<AgentSpec> = from.take()?;
        let current: SavedAgents = from.take()?;
        let baseline: Option<SavedAgents> = from.take()?;
        self.agents.clear();
        for (at, spec) in specs.into_iter().enumerate() {
            let built = self.registry.build(&spec);
            let mut agent = built.map_err(|message| RestoreError::Agent {
                name: spec.name.clone(),
                message,
            })?;
            agent.load(&mut Loader::new(current.of(AgentId(at as u32))))?;
            let config = self.shared(&spec.config);
            self.agents.push(Slot::new(config, agent, false));
        }
        self.saved = baseline.unwrap_or(current);
        self.society = from.take()?;
        self.rails = from.take()?;
        self.next_interaction = from.take()?;
        let open: u64 = from.take()?;
        self.open = BTreeMap::new();
        for _ in 0..open {
            let id: InteractionId = from.take()?;
            self.open.insert(id, from.take()?);
        }
        self.awaiting_truth = from.take()?;
        self.step = from.take()?;
        let names: Vec<String> = from.take()?;
        if !names
            .iter()
            .map(String::as_str)
            .eq(self.levers.iter().map(|lever| lever.name()))
        {
            return Err(RestoreError::Levers);
        }
        for lever in &mut self.levers {
            lever.load(&mut from)?;
            for (who, record) in self.society.ids().zip(lever.published()) {
                self.society.publish(who, *record);
            }
            if let Some(cases) = lever.docket() {
                self.society.put_up(cases);
            }
        }
        let quarantined: Vec<bool> = from.take()?;
        for (slot, quarantined) in self.agents.iter_mut().zip(quarantined) {
            slot.quarantined = quarantined;
        }
        self.fold = from.take()?;
        self.run = from.take()?;
        world.load(&mut from)?;
        self.now = next;
        Ok(next)
    }
}
