//! What agents do to each other in the commons: actions, terms, conduct. Plain data, shared by the world and the policies.

use das_core::id::{AgentId, InteractionId, Kind, Tool};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Kinds of interaction; the position is the [`Kind`].
pub const KINDS: &[&str] = &["trade", "collaboration", "reply"];
/// A trade: the initiator provides, the counterparty buys.
pub const TRADE: Kind = Kind(0);
/// A task or bounty done for somebody: the worker asks for it, the poster screens and pays.
pub const COLLABORATION: Kind = Kind(1);
/// An answer to a post: the initiator endorses and adds, the author engages or not.
pub const REPLY: Kind = Kind(2);

/// Tools of roles; the position is the [`Tool`].
pub const TOOLS: &[&str] = &[
    "post",
    "reply",
    "vote",
    "trade",
    "post_task",
    "plan",
    "claim",
    "submit",
    "verify",
    "hide",
    "flag",
    "rebrand",
    "post_bounty",
    "bid",
    "award",
    "deliver",
    "dispute",
    "review",
];
/// Publish a post.
pub const TOOL_POST: Tool = Tool(0);
/// Answer a post.
pub const TOOL_REPLY: Tool = Tool(1);
/// Vote on a post.
pub const TOOL_VOTE: Tool = Tool(2);
/// Offer a trade.
pub const TOOL_TRADE: Tool = Tool(3);
/// Post a task with a bounty.
pub const TOOL_POST_TASK: Tool = Tool(4);
/// Reserve tasks for workers, so that claims are exclusive.
pub const TOOL_PLAN: Tool = Tool(5);
/// Claim a task.
pub const TOOL_CLAIM: Tool = Tool(6);
/// Submit the outputs of a claimed task.
pub const TOOL_SUBMIT: Tool = Tool(7);
/// Verify a submitted task.
pub const TOOL_VERIFY: Tool = Tool(8);
/// Hide a post from the feed.
pub const TOOL_HIDE: Tool = Tool(9);
/// Flag an agent's post for everybody to see.
pub const TOOL_FLAG: Tool = Tool(10);
/// Leave under the old name and come back under a new one.
pub const TOOL_REBRAND: Tool = Tool(11);
/// Post a bounty for bids.
pub const TOOL_POST_BOUNTY: Tool = Tool(12);
/// Bid on a bounty, and be asked for it.
pub const TOOL_BID: Tool = Tool(13);
/// Award a bounty of one's own to a bidder.
pub const TOOL_AWARD: Tool = Tool(14);
/// Deliver the outputs of an awarded bounty.
pub const TOOL_DELIVER: Tool = Tool(15);
/// Dispute the verdict on a bounty.
pub const TOOL_DISPUTE: Tool = Tool(16);
/// Look into an interaction that has just closed.
pub const TOOL_REVIEW: Tool = Tool(17);

/// A post, by its order of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PostId(pub u64);

/// A task, by its order of posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId(pub u64);

/// A bounty, by its order of posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BountyId(pub u64);

/// Hidden conduct of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conduct {
    /// Effort e in 0..=1.
    pub effort: f64,
    /// Deception d in 0..=1.
    pub deception: f64,
    /// Harm h in 0..=1.
    pub harm: f64,
}

/// Text of a post: a fixed phrase costs nothing to keep.
pub type Content = Cow<'static, str>;

/// What an agent does in ACT.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Publish a post.
    Post {
        /// Its text.
        content: Content,
    },
    /// Answer a post in public (an action without a score; the scored one is an offer of [`Terms::Reply`]).
    Reply {
        /// The post answered.
        to: PostId,
        /// Its text.
        content: Content,
    },
    /// Vote on a post; voting again changes the vote.
    Vote {
        /// The post.
        post: PostId,
        /// Up or down.
        up: bool,
    },
    /// Post a task; its bounty goes to escrow.
    PostTask {
        /// What is to be done.
        prompt: Content,
        /// Outputs that must be submitted.
        required_outputs: Vec<Content>,
        /// Bounty.
        budget: MicroCredits,
        /// Epochs until it expires.
        deadline_epochs: u32,
    },
    /// As a planner: reserve an open task for a worker, so that no two claim it.
    Plan {
        /// The task.
        task: TaskId,
        /// For whom.
        worker: AgentId,
    },
    /// As a worker: claim an open task with the conduct it will be worked with. The poster is asked at the end of the step.
    Claim {
        /// The task.
        task: TaskId,
        /// How it will be worked on.
        conduct: Conduct,
        /// The agent's own mark, comes back in the outcome.
        tag: u64,
    },
    /// As a worker: submit the outputs of a task that was awarded.
    Submit {
        /// The task.
        task: TaskId,
        /// The outputs, one for each that is required.
        outputs: Vec<Content>,
    },
    /// As a verifier: examine a submitted task. What it finds depends on the work and on `diligence`.
    Verify {
        /// The task.
        task: TaskId,
        /// Effort put into looking, 0..=1.
        diligence: f64,
    },
    /// As a moderator: hide a post.
    Hide {
        /// The post.
        post: PostId,
    },
    /// As a moderator: flag a post; flagged authors lose visibility until the end of the epoch.
    Flag {
        /// The post.
        post: PostId,
    },
    /// Post a bounty; its reserve goes to escrow, the listing fee to the market.
    PostBounty {
        /// What is to be done.
        prompt: Content,
        /// Outputs that must be delivered.
        required_outputs: Vec<Content>,
        /// The most the poster pays.
        reserve: MicroCredits,
    },
    /// Bid on an open bounty with the conduct it would be worked with.
    Bid {
        /// The bounty.
        bounty: BountyId,
        /// The price asked, 0 to the reserve.
        price: MicroCredits,
        /// How it will be worked on.
        conduct: Conduct,
        /// The agent's own mark, comes back in the outcome.
        tag: u64,
    },
    /// As the poster of a bounty whose bidding is over: award it. The bid is put to the poster at the end of the step.
    Award {
        /// The bounty.
        bounty: BountyId,
        /// The bid, by its number.
        bid: u32,
    },
    /// As the worker of a bounty: deliver its outputs.
    Deliver {
        /// The bounty.
        bounty: BountyId,
        /// The outputs, one for each that is required.
        outputs: Vec<Content>,
    },
    /// As a verifier: examine a delivered bounty, as in [`Action::Verify`].
    VerifyBounty {
        /// The bounty.
        bounty: BountyId,
        /// Effort put into looking, 0..=1.
        diligence: f64,
    },
    /// As who loses by a verdict: put down a deposit and have an arbiter look again.
    Dispute {
        /// The bounty.
        bounty: BountyId,
    },
    /// As a moderator: look into an interaction that has just closed. What comes of it is a lever's business.
    Review {
        /// The interaction.
        interaction: InteractionId,
    },
    /// Leave, and come back under a new name with the same money and no history.
    Rebrand,
}

/// Public terms of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// I provide, you pay `price` (negative: I pay you).
    Trade {
        /// Price asked by the initiator.
        price: MicroCredits,
    },
    /// I do your task for its bounty.
    Collaboration {
        /// The task.
        task: TaskId,
        /// Its bounty.
        bounty: MicroCredits,
    },
    /// I do your bounty for the price I bid.
    Bounty {
        /// The bounty.
        bounty: BountyId,
        /// The price of the bid.
        price: MicroCredits,
    },
    /// I endorse and extend your post.
    Reply {
        /// The post.
        post: PostId,
    },
}

/// News that reaches an agent some steps after an interaction: the only deception-proof evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    /// How an accepted interaction with a partner turned out; right with probability `signals.accuracy`.
    Aftermath {
        /// The interaction.
        id: InteractionId,
        /// The other side of it.
        partner: AgentId,
        /// y: it turned out well.
        good: bool,
        /// The agent's own mark of the interaction is not known to the world; the kind is.
        kind: Kind,
    },
}
