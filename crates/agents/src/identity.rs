//! When a name is spent: the moment a policy that deals under false colours comes back under a new one.

use crate::member::Lens;

/// Reputation below which a name is not worth keeping, in points.
const SPENT_BELOW: f64 = -0.3;

/// Whether the agent's own name is spent: R < −.3, or frozen by a lever.
pub(crate) fn spent(lens: &Lens<'_, '_>) -> bool {
    let me = lens.seen.me();
    lens.seen.reputation(me) < SPENT_BELOW || lens.seen.is_frozen(me)
}
