//! Whom to deal with: a bounded set of candidates and the best of them.
//!
//! Half of `signals.visible_peers` are authors of the visible top posts, half are uniform neighbours of the network, and the
//! best remembered partner is always among them. Invariants: never the agent itself, never somebody who is gone, frozen or
//! flagged or whom the network hides; at most `2·PER_SOURCE + 1` candidates, so a choice costs O(1).

use crate::belief::{Memory, Prior};
use das_core::id::AgentId;
use das_core::rng::Stream;
use das_env::act::PostId;
use das_env::view::CommonsView;

/// The most candidates from either source.
const PER_SOURCE: u32 = 16;

/// The candidate with the greatest `attraction(who, u)`, u a uniform draw of its own; candidates without one are passed over.
/// Of equals, the earliest.
pub fn choose(
    seen: &CommonsView<'_>,
    memory: &Memory,
    prior: &Prior,
    rng: &mut Stream,
    mut attraction: impl FnMut(AgentId, f64) -> Option<f64>,
) -> Option<AgentId> {
    let half = (seen.signals().visible_peers / 2).clamp(1, PER_SOURCE);
    let mut best: Option<(f64, AgentId)> = None;
    let mut consider = |who: AgentId, rng: &mut Stream| {
        let u = rng.unit();
        if !seen.is_approachable(who) {
            return;
        }
        if let Some(x) = attraction(who, u)
            && best.is_none_or(|(most, _)| x > most)
        {
            best = Some((x, who));
        }
    };

    let shown = seen.posts_shown().min(64);
    if shown > 0 {
        let mut wanted: u64 = 0;
        for _ in 0..half {
            wanted |= 1 << rng.below(shown);
        }
        for author in seen.top_authors() {
            if wanted & 1 == 1 && seen.can_see(author) {
                consider(author, rng);
            }
            wanted >>= 1;
            if wanted == 0 {
                break;
            }
        }
    }
    for _ in 0..half {
        if let Some(who) = seen.random_peer(rng.unit()) {
            consider(who, rng);
        }
    }
    let friend = memory.best(prior, |who| seen.is_approachable(who) && seen.can_see(who));
    if let Some(who) = friend {
        consider(who, rng);
    }
    best.map(|(_, who)| who)
}

/// A visible post of somebody who can be approached, and its author: the occasion of a reply.
pub fn post_to_answer(seen: &CommonsView<'_>, rng: &mut Stream) -> Option<(PostId, AgentId)> {
    let shown = seen.posts_shown();
    if shown == 0 {
        return None;
    }
    let post = seen.post_at(rng.below(shown))?;
    (seen.is_approachable(post.author) && seen.can_see(post.author))
        .then_some((post.id, post.author))
}
