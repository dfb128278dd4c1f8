//! What the world keeps of each agent, in columns by who reads them.
//!
//! Whoever looks for a partner reads the marks and the attention of a dozen others: these are narrow columns that stay in the
//! caches however many agents there are. What only the agent itself is asked for lies apart. Saved as one record an agent.

use crate::act::TaskId;
use das_core::id::{AgentId, InteractionId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Offers answered in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Served {
    offers: u32,
    step: u32,
}

/// The tasks of one agent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Work {
    /// Live tasks it posted.
    pub(super) open_tasks: u32,
    /// Task it works on, to be submitted.
    pub(super) award: Option<TaskId>,
    /// Task it claimed this step.
    pub(super) claim: Option<TaskId>,
    /// Task a planner keeps for it.
    pub(super) reserved: Option<TaskId>,
}

/// One agent, as it is saved.
#[derive(Serialize, Deserialize)]
struct Record {
    served: u32,
    served_step: u32,
    flagged: u32,
    open_tasks: u32,
    award: Option<TaskId>,
    claim: Option<TaskId>,
    reserved: Option<TaskId>,
    last_accepted: Option<InteractionId>,
}

/// All agents, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Records {
    served: Vec<Served>,
    /// Epoch + 1 in which a post of it was last flagged; 0 never.
    flagged: Vec<u32>,
    work: Vec<Work>,
    last_accepted: Vec<Option<InteractionId>>,
}

impl Records {
    /// Room for one more agent.
    pub(super) fn join(&mut self) {
        self.served.push(Served::default());
        self.flagged.push(0);
        self.work.push(Work::default());
        self.last_accepted.push(None);
    }

    /// Agents ever registered.
    pub(super) fn len(&self) -> usize {
        self.work.len()
    }

    /// Whether a post of the agent was flagged in this epoch.
    #[inline]
    pub(super) fn is_flagged(&self, who: AgentId, epoch: u32) -> bool {
        self.flagged.get(who.index()) == Some(&(epoch + 1))
    }

    /// Notes that a post of the agent is flagged.
    pub(super) fn flag(&mut self, who: AgentId, epoch: u32) {
        self.flagged[who.index()] = epoch + 1;
    }

    /// Whether the agent has answered less than `most` offers in this step, if there is such an agent.
    #[inline]
    pub(super) fn has_attention(&self, who: AgentId, step: u64, most: u32) -> bool {
        self.served
            .get(who.index())
            .is_some_and(|served| u64::from(served.step) != step || served.offers < most)
    }

    /// Counts one more answered offer.
    pub(super) fn serve(&mut self, who: AgentId, step: u64) {
        let step = step as u32;
        let served = &mut self.served[who.index()];
        if served.step != step {
            *served = Served { offers: 0, step };
        }
        served.offers += 1;
    }

    /// The tasks of an agent.
    #[inline]
    pub(super) fn work(&self, who: AgentId) -> &Work {
        &self.work[who.index()]
    }

    /// The tasks of an agent, to change.
    #[inline]
    pub(super) fn work_mut(&mut self, who: AgentId) -> &mut Work {
        &mut self.work[who.index()]
    }

    /// The last accepted interaction of an agent.
    #[inline]
    pub(super) fn last_accepted(&self, who: AgentId) -> Option<InteractionId> {
        self.last_accepted[who.index()]
    }

    /// Notes an accepted interaction.
    #[inline]
    pub(super) fn accepted(&mut self, who: AgentId, id: InteractionId) {
        self.last_accepted[who.index()] = Some(id);
    }
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let columns = self.served.iter().zip(&self.flagged);
        let columns = columns.zip(self.work.iter().zip(&self.last_accepted));
        to.collect_seq(columns.map(|((served, &flagged), (work, &last))| Record {
            served: served.offers,
            served_step: served.step,
            flagged,
            open_tasks: work.open_tasks,
            award: work.award,
            claim: work.claim,
            reserved: work.reserved,
            last_accepted: last,
        }))
    }
}

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut records = Self::default();
        for record in Vec::<Record>::deserialize(from)? {
            records.served.push(Served {
                offers: record.served,
                step: record.served_step,
            });
            records.flagged.push(record.flagged);
            records.work.push(Work {
                open_tasks: record.open_tasks,
                award: record.award,
                claim: record.claim,
                reserved: record.reserved,
            });
            records.last_accepted.push(record.last_accepted);
        }
        Ok(records)
    }
}
