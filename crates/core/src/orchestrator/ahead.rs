//! Memory of those whose turn is next, fetched for several at once.
//!
//! Among a hundred thousand agents nearly every first look at one waits for memory. Reading something of each of the next
//! [`AHEAD`], one after the other and without using it, lets the processor wait for all of them together. It changes nothing
//! but time. Not here: what is looked at ([`BaseAgent::touch`](crate::agent::BaseAgent::touch), [`Environment::touch`], [`Society`]).

use crate::environment::Environment;
use crate::id::AgentId;
use crate::orchestrator::hub::Slot;
use crate::rails::Rails;
use crate::society::Society;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// With fewer agents than this, everything is at hand.
const MANY: usize = 5_000;

/// How many are touched at once: what is fetched is to be still in the first cache when their turn comes.
pub(super) const AHEAD: usize = 16;

/// Touches these. A fault in an agent's `touch` is let go: it shows when it has its turn, if it matters at all.
#[inline]
pub(super) fn touch<E: Environment>(
    slots: &[Slot<E>],
    (society, rails): (&Society, &Rails),
    world: &E,
    next: impl Iterator<Item = AgentId> + Clone,
) {
    if slots.len() < MANY {
        return;
    }
    // Which agent's code is called is not known before its slot is there, and a wrong guess stops all that was begun after it: so
    // the slots come first.
    let around = |sum, who: AgentId| {
        let slot = slots.get(who.index());
        let agent = slot.map_or(0, |slot| std::ptr::from_ref(&*slot.agent).addr() as u64);
        sum ^ agent ^ society.touch(who) ^ rails.touch(who) ^ world.touch(who)
    };
    let own = |sum, who: AgentId| sum ^ slots.get(who.index()).map_or(0, |slot| slot.agent.touch());
    let read = || next.clone().fold(0, around) ^ next.fold(0, own);
    let _ = std::hint::black_box(catch_unwind(AssertUnwindSafe(read)));
}
