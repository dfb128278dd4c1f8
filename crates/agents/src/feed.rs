//! What agents do in the feed beside dealing: publish, answer in public, vote, pay back.
//!
//! Texts are fixed phrases by policy; they carry no meaning in the model and cost nothing to keep. Not here: what a policy
//! thinks of an author ([`Character::opinion`]).

use crate::member::{Character, Lens, Mind};
use das_core::rng::Stream;
use das_env::act::{Action, Content, TOOL_POST, TOOL_REPLY, TOOL_VOTE};

/// Something to publish, or nothing: with probability `p_post`, an answer to a visible post in `p_thread` of the cases.
pub(crate) fn publish<C: Character>(
    lens: &Lens<'_, '_>,
    p_post: f64,
    rng: &mut Stream,
) -> Option<Action> {
    if !rng.chance(p_post) {
        return None;
    }
    let phrase = C::PHRASES[rng.below(C::PHRASES.len() as u32) as usize];
    let content = Content::Borrowed(phrase);
    if rng.chance(lens.habits.activity.p_thread) && lens.seen.may(TOOL_REPLY) {
        let shown = lens.seen.posts_shown();
        let post = (shown > 0)
            .then(|| lens.seen.post_at(rng.below(shown)))
            .flatten();
        if let Some(post) = post.filter(|p| !p.mine) {
            return Some(Action::Reply {
                to: post.id,
                content,
            });
        }
    }
    lens.seen.may(TOOL_POST).then_some(Action::Post { content })
}

/// A vote, or nothing: first a downvote for the last partner that proved bad, if a post of its is in sight and the agent is in
/// the mood (`retaliation`); else, with probability `p_vote`, the policy's opinion of the author of a random visible post.
pub(crate) fn vote<C: Character>(
    character: &C,
    mind: &mut Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<Action> {
    if !lens.seen.may(TOOL_VOTE) {
        return None;
    }
    if let Some(offender) = mind.take_grudge()
        && rng.chance(lens.habits.activity.retaliation)
    {
        let target = lens
            .seen
            .posts()
            .find(|post| post.author == offender && post.my_vote != Some(false));
        if let Some(post) = target {
            return Some(Action::Vote {
                post: post.id,
                up: false,
            });
        }
    }
    if !rng.chance(lens.habits.activity.p_vote) {
        return None;
    }
    let shown = lens.seen.posts_shown();
    if shown == 0 {
        return None;
    }
    let place = rng.below(shown);
    if C::CAMPAIGNS && rng.chance(0.5) {
        let ours = lens
            .seen
            .posts()
            .find(|post| character.is_fellow(post.author) && post.my_vote != Some(true));
        if let Some(post) = ours {
            return Some(Action::Vote {
                post: post.id,
                up: true,
            });
        }
    }
    let post = lens.seen.post_at(place)?;
    if post.mine {
        return None;
    }
    let up = character.opinion(post.author, mind, lens)?;
    (post.my_vote != Some(up)).then_some(Action::Vote { post: post.id, up })
}
