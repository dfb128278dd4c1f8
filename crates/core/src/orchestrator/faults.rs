//! Faults of agents: a panic is caught, logged and rolled back; three of them take the agent out of the schedule.

use crate::agent::BaseAgent;
use crate::config::Detail;
use crate::environment::Environment;
use crate::id::AgentId;
use crate::orchestrator::hub::{Hub, Slot};
use crate::orchestrator::records::{AgentFault, AgentQuarantined};
use crate::society::Society;
use crate::state::{Loader, Saver};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Faults after which an agent is quarantined.
pub const FAULTS_MAX: u32 = 3;

/// Longest panic message that is logged, in characters.
const MESSAGE_MAX: usize = 200;

/// The saved state of every agent, in one buffer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SavedAgents {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

impl SavedAgents {
    pub(super) fn push<E: Environment>(&mut self, agent: &dyn BaseAgent<E>) {
        let mut saver = Saver::onto(std::mem::take(&mut self.bytes));
        agent.save(&mut saver);
        self.bytes = saver.into_bytes();
        self.ends.push(self.bytes.len() as u64);
    }

    /// Forgets everything, keeps the memory.
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// One agent's state; nothing for an agent that was never saved.
    pub(super) fn of(&self, who: AgentId) -> &[u8] {
        let at = who.index();
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[at] as usize]
    }

    /// All states end to end.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The text of a panic, without control characters, cut to a length.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a text");
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MESSAGE_MAX)
        .collect()
}

/// Runs an agent's own code; a panic becomes its text.
pub(super) fn shielded<E: Environment, R>(
    slot: &mut Slot<E>,
    call: impl FnOnce(&mut dyn BaseAgent<E>) -> R,
) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(|| call(slot.agent.as_mut())))
        .map_err(|panic| panic_text(panic.as_ref()))
}

impl<E: Environment> Hub<E> {
    /// Runs an agent's own code with the society at hand; a fault is handled and gives `None`.
    pub(super) fn guarded<R>(
        &mut self,
        who: AgentId,
        during: &str,
        call: impl FnOnce(&mut dyn BaseAgent<E>, &Society) -> R,
    ) -> Option<R> {
        let society = &self.society;
        match shielded(&mut self.agents[who.index()], |agent| call(agent, society)) {
            Ok(result) => Some(result),
            Err(message) => {
                self.fault(who, during, &message);
                None
            }
        }
    }

    /// Books a fault: the agent goes back to its last saved state, or out of the schedule.
    pub(super) fn fault(&mut self, who: AgentId, during: &str, message: &str) {
        let counters = &mut self.society.counters[who.index()];
        counters.faults += 1;
        let faults = counters.faults;
        tracing::warn!(
            agent = self.society.name(who),
            during,
            message,
            faults,
            "agent fault"
        );
        let event = AgentFault {
            agent: self.society.name(who),
            during,
            message,
            faults,
        };
        self.log
            .event(Detail::Epochs, "agent_fault", self.now, &event);
        let saved = &self.saved;
        let restored = shielded(&mut self.agents[who.index()], |agent| {
            agent.load(&mut Loader::new(saved.of(who)))
        });
        if faults >= FAULTS_MAX || !matches!(restored, Ok(Ok(()))) {
            if std::mem::replace(&mut self.agents[who.index()].quarantined, true) {
                return;
            }
            let event = AgentQuarantined {
                agent: self.society.name(who),
                faults,
            };
            self.log
                .event(Detail::Epochs, "agent_quarantined", self.now, &event);
        }
    }

    /// Saves every agent: what a crashed one is put back to, and part of the state hash.
    pub(super) fn save_agents(&mut self) {
        self.saved.clear();
        for slot in &self.agents {
            self.saved.push(slot.agent.as_ref());
        }
    }
}
