//! The world's own lines of the log, field by field in the order they are written, and their descriptors.
//!
//! They are written at detail `full`. Agents stand by name, money in credits, posts, tasks, bounties and
//! interactions as `p3`, `t3`, `b3`, `i3`.

use das_core::describe::Descriptor;
use das_core::id::InteractionId;
use das_core::units::MicroCredits;
use serde::{Serialize, Serializer};

/// A letter and a number, formatted on the stack: these lines are the bulk of a full log.
fn lettered<S: Serializer>(letter: u8, number: u64, to: S) -> Result<S::Ok, S::Error> {
    let mut text = [0u8; 21];
    let mut at = text.len();
    let mut rest = number;
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    at -= 1;
    text[at] = letter;
    to.serialize_str(std::str::from_utf8(&text[at..]).unwrap_or("?"))
}

/// A post's number, written `p3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PostNumber(pub u64);

impl Serialize for PostNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        lettered(b'p', self.0, to)
    }
}

/// A task's number, written `t3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskNumber(pub u64);

impl Serialize for TaskNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        lettered(b't', self.0, to)
    }
}

/// A bounty's number, written `b3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BountyNumber(pub u64);

impl Serialize for BountyNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        lettered(b'b', self.0, to)
    }
}

/// An interaction's number, written `i3` as in its own line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InteractionNumber(pub InteractionId);

impl Serialize for InteractionNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        lettered(b'i', self.0.0, to)
    }
}

/// `post_created`.
#[derive(Debug, Serialize)]
pub struct PostCreated<'a> {
    /// The post.
    pub post: PostNumber,
    /// Who wrote it.
    pub author: &'a str,
    /// Its text.
    pub content: &'a str,
    /// The post it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<PostNumber>,
    /// Author of that post: receives 1 of influence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_author: Option<&'a str>,
}

/// `vote_cast`.
#[derive(Debug, Serialize)]
pub struct VoteCast<'a> {
    /// Who votes.
    pub voter: &'a str,
    /// The post.
    pub post: PostNumber,
    /// Its author: receives `weight` of influence.
    pub author: &'a str,
    /// +1 up, −1 down.
    pub value: i8,
    /// What it weighs.
    pub weight: f64,
    /// Whether it replaces a vote of the other direction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
}

/// `post_hidden` and `post_flagged`.
#[derive(Debug, Serialize)]
pub struct PostModerated<'a> {
    /// The post.
    pub post: PostNumber,
    /// Who wrote it.
    pub author: &'a str,
    /// Who did it.
    pub moderator: &'a str,
}

/// `task_posted`.
#[derive(Debug, Serialize)]
pub struct TaskPosted<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who posts and pays.
    pub poster: &'a str,
    /// Bounty put into escrow.
    #[serde(serialize_with = "das_core::log::micros")]
    pub bounty: MicroCredits,
    /// Last epoch in which it can be submitted.
    pub deadline_epoch: u32,
    /// What is to be done.
    pub prompt: &'a str,
    /// How many outputs it requires.
    pub required_outputs: u32,
}

/// `task_planned`.
#[derive(Debug, Serialize)]
pub struct TaskPlanned<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who plans.
    pub planner: &'a str,
    /// For whom it is kept.
    pub worker: &'a str,
}

/// `task_claimed`: the poster agreed, the interaction is open.
#[derive(Debug, Serialize)]
pub struct TaskClaimed<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who works on it.
    pub worker: &'a str,
    /// Who posted it.
    pub poster: &'a str,
    /// The open interaction.
    pub interaction: InteractionNumber,
}

/// `task_duplicate`: a claim that lost to an earlier one of the same step.
#[derive(Debug, Serialize)]
pub struct TaskDuplicate<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who worked in vain.
    pub worker: &'a str,
    /// Who was first.
    pub winner: &'a str,
    /// Half the cost of its effort, in utility. Nobody is charged: it is waste.
    pub lost_effort: f64,
}

/// `task_submitted`.
#[derive(Debug, Serialize)]
pub struct TaskSubmitted<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who worked on it.
    pub worker: &'a str,
}

/// `task_dropped`: awarded and not submitted by its deadline.
#[derive(Debug, Serialize)]
pub struct TaskDropped<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who should have worked on it.
    pub worker: &'a str,
    /// The interaction that ends with it.
    pub interaction: InteractionNumber,
}

/// `task_verified`.
#[derive(Debug, Serialize)]
pub struct TaskVerified<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who worked on it.
    pub worker: &'a str,
    /// Whether the work passed.
    pub approved: bool,
    /// Who looked; absent for the standing verifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

/// `task_paid`, `task_refunded` and `task_expired`: the bounty leaves the escrow.
#[derive(Debug, Serialize)]
pub struct TaskSettled<'a> {
    /// The task.
    pub task: TaskNumber,
    /// Who gets the bounty: the worker if paid, else the poster; the treasury if they have left.
    pub to: &'a str,
    /// The bounty.
    #[serde(serialize_with = "das_core::log::micros")]
    pub amount: MicroCredits,
}

/// `bounty_posted`.
#[derive(Debug, Serialize)]
pub struct BountyPosted<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who posts and pays.
    pub poster: &'a str,
    /// The most it pays, put into escrow.
    #[serde(serialize_with = "das_core::log::micros")]
    pub reserve: MicroCredits,
    /// Listing fee, paid to the market.
    #[serde(serialize_with = "das_core::log::micros")]
    pub fee: MicroCredits,
    /// What is to be done.
    pub prompt: &'a str,
    /// How many outputs it requires.
    pub required_outputs: u32,
}

/// `bounty_bid`.
#[derive(Debug, Serialize)]
pub struct BountyBid<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Number of the bid, from 0.
    pub bid: u32,
    /// Who bids.
    pub bidder: &'a str,
    /// For what.
    #[serde(serialize_with = "das_core::log::micros")]
    pub price: MicroCredits,
}

/// `bounty_awarded`: the poster agreed, the interaction is open.
#[derive(Debug, Serialize)]
pub struct BountyAwarded<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who works on it.
    pub worker: &'a str,
    /// Who posted it.
    pub poster: &'a str,
    /// What is paid for it.
    #[serde(serialize_with = "das_core::log::micros")]
    pub price: MicroCredits,
    /// Bids there were.
    pub bids: u32,
    /// The open interaction.
    pub interaction: InteractionNumber,
}

/// `bounty_delivered`.
#[derive(Debug, Serialize)]
pub struct BountyDelivered<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who worked on it.
    pub worker: &'a str,
}

/// `bounty_verified`.
#[derive(Debug, Serialize)]
pub struct BountyVerified<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who worked on it.
    pub worker: &'a str,
    /// Whether the work passed.
    pub approved: bool,
    /// Who looked; absent for the standing verifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

/// `bounty_disputed`.
#[derive(Debug, Serialize)]
pub struct BountyDisputed<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who disputes the verdict.
    pub by: &'a str,
    /// Whom it was in favour of.
    pub against: &'a str,
    /// The verdict: whether the work had passed.
    pub approved: bool,
    /// Deposit put into escrow.
    #[serde(serialize_with = "das_core::log::micros")]
    pub deposit: MicroCredits,
}

/// `bounty_settled`: the arbiter ruled on a dispute, the deposit leaves the escrow.
#[derive(Debug, Serialize)]
pub struct BountySettled<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who disputed the verdict.
    pub by: &'a str,
    /// Whether the claim was upheld, so that the verdict is reversed.
    pub upheld: bool,
    /// Who gets the deposit.
    pub to: &'a str,
    /// The deposit.
    #[serde(serialize_with = "das_core::log::micros")]
    pub deposit: MicroCredits,
}

/// `bounty_released`: the price goes to the worker, the rest of the reserve back.
#[derive(Debug, Serialize)]
pub struct BountyReleased<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who gets the price: the worker, or the treasury if it has left.
    pub to: &'a str,
    /// The price.
    #[serde(serialize_with = "das_core::log::micros")]
    pub amount: MicroCredits,
    /// What goes back to the poster, or to the treasury if it has left.
    #[serde(serialize_with = "das_core::log::micros")]
    pub returned: MicroCredits,
}

/// `bounty_refunded` and `bounty_expired`: the reserve leaves the escrow.
#[derive(Debug, Serialize)]
pub struct BountyReturned<'a> {
    /// The bounty.
    pub bounty: BountyNumber,
    /// Who gets the reserve: the poster, or the treasury if it has left.
    pub to: &'a str,
    /// The reserve.
    #[serde(serialize_with = "das_core::log::micros")]
    pub amount: MicroCredits,
    /// Who did not deliver; absent if nobody was awarded it, and in `bounty_refunded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<&'a str>,
    /// The interaction that ends with it, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<InteractionNumber>,
}

const fn event(name: &'static str, summary: &'static str, formula: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "event",
        summary,
        formula,
        params: &[],
        source: "commons.md, Fixed",
    }
}

/// Every kind of line the commons writes.
pub const EVENTS: &[Descriptor] = &[
    event(
        "post_created",
        "a post or public answer was published",
        "the parent's author receives 1 of influence",
    ),
    event(
        "vote_cast",
        "a vote was cast or changed",
        "weight = (1 + 4·max(0, standing)) · levers; the author receives it as influence",
    ),
    event("post_hidden", "a moderator hid a post", ""),
    event(
        "post_flagged",
        "a moderator flagged a post; its author is out of sight until the epoch ends",
        "",
    ),
    event(
        "task_posted",
        "a task was posted, its bounty went to escrow",
        "",
    ),
    event("task_planned", "a planner keeps a task for one worker", ""),
    event(
        "task_claimed",
        "a task was awarded to the first who claimed it",
        "",
    ),
    event(
        "task_duplicate",
        "a claim lost to an earlier one of the same step",
        "lost effort = κe²/2",
    ),
    event("task_submitted", "the worker submitted the outputs", ""),
    event(
        "task_dropped",
        "an awarded task was not submitted by its deadline",
        "",
    ),
    event(
        "task_verified",
        "a verifier agent or the standing verifier looked at the work",
        "no rejection = approved",
    ),
    event("task_paid", "the bounty went to the worker", ""),
    event(
        "task_refunded",
        "the bounty went back to the poster after a rejection or a drop",
        "",
    ),
    event(
        "task_expired",
        "nobody was awarded the task in time; the bounty went back",
        "",
    ),
    event(
        "bounty_posted",
        "a bounty was posted for bids; its reserve went to escrow, the listing fee to the market",
        "fee = listing_fee·reserve",
    ),
    event(
        "bounty_bid",
        "somebody offers to do a bounty for a price",
        "",
    ),
    event(
        "bounty_awarded",
        "the poster agreed to a bid; its interaction is open",
        "",
    ),
    event("bounty_delivered", "the worker delivered the outputs", ""),
    event(
        "bounty_verified",
        "a verifier agent or the standing verifier looked at the work; the money is held until the verdict can no longer be disputed",
        "no rejection = approved",
    ),
    event(
        "bounty_disputed",
        "who lost by the verdict put down a deposit and asked for an arbiter",
        "deposit = dispute_deposit·price",
    ),
    event(
        "bounty_settled",
        "the arbiter ruled: the claim was upheld and the deposit goes back, or it goes to the market",
        "finds against the work with f + (s − f)·max(h, d/2, [v = −1]·(1−e))",
    ),
    event(
        "bounty_released",
        "the price went to the worker, the rest of the reserve back to the poster",
        "",
    ),
    event(
        "bounty_refunded",
        "the work was rejected; the reserve went back to the poster",
        "",
    ),
    event(
        "bounty_expired",
        "nobody was awarded the bounty in time, or it was not delivered; the reserve went back",
        "",
    ),
];
