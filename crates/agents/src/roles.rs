//! The five roles: what an agent may do and what it does for the community before it looks after itself.
//!
//! A role goes with any policy. It is an allowlist of tools and a duty; *how* the duty is done is the policy's character: an honest
//! verifier looks hard, an adversarial one waves everything through. Everybody posts, votes, replies, trades and may come
//! back under a new name; on top of that:
//!
//! | role | tools besides | duty |
//! |---|---|---|
//! | worker | `post_task`, `claim`, `submit`, `post_bounty`, `award`, `bid`, `deliver`, `dispute` | submits what it was awarded; claims what a planner keeps for it |
//! | poster | `post_task`, `post_bounty`, `award`, `dispute` | none, but posts, and posts tasks and bounties, twice as often |
//! | planner | `post_task`, `plan`, `post_bounty`, `award`, `dispute` | reserves open tasks for workers, so that no two claim one |
//! | verifier | `verify` | examines submitted tasks and delivered bounties |
//! | moderator | `hide`, `flag`, `review` | reviews disliked and prominent posts; of the policy `moderator`, also interactions that have just closed |

use crate::candidates;
use crate::member::{Character, Lens, Mind, Ruling};
use crate::tasks;
use das_core::describe::Descriptor;
use das_core::id::{Tool, ToolSet};
use das_core::rng::Stream;
use das_env::act::{
    Action, TOOL_AWARD, TOOL_BID, TOOL_CLAIM, TOOL_DELIVER, TOOL_DISPUTE, TOOL_FLAG, TOOL_HIDE,
    TOOL_PLAN, TOOL_POST, TOOL_POST_BOUNTY, TOOL_POST_TASK, TOOL_REBRAND, TOOL_REPLY, TOOL_REVIEW,
    TOOL_SUBMIT, TOOL_TRADE, TOOL_VERIFY, TOOL_VOTE,
};

/// Submitted tasks a verifier looks at for one it may verify.
const SUBMISSIONS_LOOKED_AT: u32 = 4;

/// A role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Claims tasks and submits outputs. What an agent is when a scenario names no role.
    #[default]
    Worker,
    /// Publishes, and gives work to others.
    Poster,
    /// Makes claims exclusive.
    Planner,
    /// Examines submitted work.
    Verifier,
    /// Hides and flags posts.
    Moderator,
}

impl Role {
    /// All roles, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Worker,
        Self::Poster,
        Self::Planner,
        Self::Verifier,
        Self::Moderator,
    ];

    /// Name in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Poster => "poster",
            Self::Planner => "planner",
            Self::Verifier => "verifier",
            Self::Moderator => "moderator",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Tools the role may use, by the table above.
    pub fn tools(self) -> ToolSet {
        let own: &[Tool] = match self {
            Self::Worker => &[
                TOOL_POST_TASK,
                TOOL_CLAIM,
                TOOL_SUBMIT,
                TOOL_POST_BOUNTY,
                TOOL_AWARD,
                TOOL_BID,
                TOOL_DELIVER,
                TOOL_DISPUTE,
            ],
            Self::Poster => &[TOOL_POST_TASK, TOOL_POST_BOUNTY, TOOL_AWARD, TOOL_DISPUTE],
            Self::Planner => &[
                TOOL_POST_TASK,
                TOOL_PLAN,
                TOOL_POST_BOUNTY,
                TOOL_AWARD,
                TOOL_DISPUTE,
            ],
            Self::Verifier => &[TOOL_VERIFY],
            Self::Moderator => &[TOOL_HIDE, TOOL_FLAG, TOOL_REVIEW],
        };
        [TOOL_POST, TOOL_REPLY, TOOL_VOTE, TOOL_TRADE, TOOL_REBRAND]
            .iter()
            .chain(own)
            .fold(ToolSet::default(), |set, &tool| set.with(tool))
    }

    /// Factor on how often it posts and posts tasks.
    pub(crate) fn publicity(self) -> f64 {
        if self == Self::Poster { 2.0 } else { 1.0 }
    }

    /// One act of duty, or nothing to do.
    pub(crate) fn duty<C: Character>(
        self,
        character: &C,
        mind: &Mind,
        lens: &Lens<'_, '_>,
        rng: &mut Stream,
    ) -> Option<Action> {
        match self {
            Self::Worker => tasks::submit(lens),
            Self::Poster => None,
            Self::Planner => plan(character, mind, lens, rng),
            Self::Verifier => verify(character, mind, lens, rng),
            Self::Moderator => moderate(character, mind, lens),
        }
    }
}

/// Reserves a random open task for the worker the planner wants to have it.
fn plan<C: Character>(
    character: &C,
    mind: &Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<Action> {
    if !lens.seen.may(TOOL_PLAN) {
        return None;
    }
    let task = lens.seen.random_open_task(rng.unit())?;
    let worker = candidates::choose(
        lens.seen,
        &mind.memory,
        &lens.habits.prior,
        rng,
        |who, u| {
            let fit = who != task.poster && lens.seen.role(who) == Role::Worker.name();
            if !fit {
                return None;
            }
            let appeal = character.preferment(who, mind, lens)?;
            Some(appeal + 0.1 * u)
        },
    )?;
    Some(Action::Plan {
        task: task.id,
        worker,
    })
}

/// Examines a submitted task or delivered bounty it neither posted nor did: starts at a random one of all and looks at those of
/// its kind first.
fn verify<C: Character>(
    character: &C,
    mind: &Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<Action> {
    let (tasks, bounties) = (lens.seen.to_verify_count(), lens.seen.bounties_to_verify());
    if tasks + bounties == 0 || !lens.seen.may(TOOL_VERIFY) {
        return None;
    }
    let start = rng.below(tasks + bounties);
    if start < tasks {
        verify_task(start, tasks, character, mind, lens)
            .or_else(|| verify_bounty(0, bounties, character, mind, lens))
    } else {
        verify_bounty(start - tasks, bounties, character, mind, lens)
            .or_else(|| verify_task(0, tasks, character, mind, lens))
    }
}

fn verify_task<C: Character>(
    start: u32,
    count: u32,
    character: &C,
    mind: &Mind,
    lens: &Lens<'_, '_>,
) -> Option<Action> {
    let me = lens.seen.me();
    let task = (0..SUBMISSIONS_LOOKED_AT.min(count))
        .filter_map(|i| lens.seen.to_verify((start + i) % count))
        .find(|task| task.poster != me && task.worker != Some(me))?;
    Some(Action::Verify {
        task: task.id,
        diligence: character.diligence(task.worker, mind, lens),
    })
}

fn verify_bounty<C: Character>(
    start: u32,
    count: u32,
    character: &C,
    mind: &Mind,
    lens: &Lens<'_, '_>,
) -> Option<Action> {
    let me = lens.seen.me();
    let bounty = (0..SUBMISSIONS_LOOKED_AT.min(count))
        .filter_map(|i| lens.seen.bounty_to_verify((start + i) % count))
        .find(|bounty| bounty.poster != me && bounty.worker != Some(me))?;
    Some(Action::VerifyBounty {
        bounty: bounty.id,
        diligence: character.diligence(bounty.worker, mind, lens),
    })
}

/// Rules on the first post, of the disliked and then of the prominent ones, that it does not leave alone.
fn moderate<C: Character>(character: &C, mind: &Mind, lens: &Lens<'_, '_>) -> Option<Action> {
    let may_flag = lens.seen.may(TOOL_FLAG);
    let may_hide = lens.seen.may(TOOL_HIDE);
    lens.seen
        .posts_to_review()
        .chain(lens.seen.posts())
        .filter(|post| !post.mine)
        .find_map(|post| match character.ruling(&post, mind, lens) {
            Ruling::Hide if may_hide => Some(Action::Hide { post: post.id }),
            Ruling::Flag if may_flag && !post.flagged && !lens.seen.is_flagged(post.author) => {
                Some(Action::Flag { post: post.id })
            }
            _ => None,
        })
}

/// What `das list` and `das explain` show of roles.
pub const DESCRIPTORS: [Descriptor; 5] = [
    describe(
        "worker",
        "claims tasks, does them and submits the outputs; the role of those who have none",
    ),
    describe(
        "poster",
        "posts twice as often and gives work to others; does no tasks itself",
    ),
    describe(
        "planner",
        "reserves open tasks for workers it believes in, so that no two claim one",
    ),
    describe(
        "verifier",
        "examines submitted tasks, as hard as its policy cares to",
    ),
    describe(
        "moderator",
        "flags and hides posts by its policy's judgement of the author",
    ),
];

const fn describe(name: &'static str, summary: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "role",
        summary,
        formula: "",
        params: &[],
        source: "commons, roles",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_env::act::TOOLS;

    #[test]
    fn everybody_trades_votes_and_replies() {
        // The scenario of workers and posters that compete for status needs it of both.
        for role in Role::ALL {
            for tool in [TOOL_POST, TOOL_REPLY, TOOL_VOTE, TOOL_TRADE] {
                assert!(role.tools().contains(tool), "{}", role.name());
            }
        }
    }

    #[test]
    fn duties_belong_to_one_role_each() {
        // Each tool of a duty is in exactly one allowlist, and each tool in at least one.
        let holders = |tool| {
            Role::ALL
                .iter()
                .filter(|r| r.tools().contains(tool))
                .count()
        };
        for tool in [
            TOOL_PLAN,
            TOOL_CLAIM,
            TOOL_SUBMIT,
            TOOL_VERIFY,
            TOOL_HIDE,
            TOOL_FLAG,
            TOOL_BID,
            TOOL_DELIVER,
        ] {
            assert_eq!(holders(tool), 1);
        }
        assert!((0..TOOLS.len() as u8).all(|tool| holders(Tool(tool)) >= 1));
    }

    #[test]
    fn names_and_descriptors_agree() {
        // Every role is found by its name, and is described under it in the same order.
        for (role, descriptor) in Role::ALL.into_iter().zip(&DESCRIPTORS) {
            assert_eq!(Role::named(role.name()), Some(role));
            assert_eq!(descriptor.name, role.name());
        }
        assert_eq!(Role::named("king"), None);
    }
}
