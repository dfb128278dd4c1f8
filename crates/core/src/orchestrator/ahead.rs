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
pub(super) const AHEAD: usize = 8;

/// Touches these. A fault in an agent's `touch` is let go: it shows when it has its turn, if it matters at all.
#[inline]
pub(super) fn touch<E: Environment>(
    slots: &[Slot<E>],
    (society, rails): (&Society, &Rails),
    world: &E,
    next: impl Iterator<Item = AgentId>,
) {
    if slots.len() < MANY {
        return;
    }
    let read = || {
        next.fold(0, |sum, who| {
            let agent = slots.get(who.index()).map_or(0, |slot| slot.agent.touch());
            sum ^ agent ^ society.touch(who) ^ rails.touch(who) ^ world.touch(who)
        })
    };
    let _ = std::hint::black_box(catch_unwind(AssertUnwindSafe(read)));
}
