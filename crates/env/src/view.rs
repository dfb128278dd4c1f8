//! What an agent of the commons sees: lazy, bounded, read-only.
//!
//! A view is three references; each accessor reads the world when it is asked, so making one allocates nothing and an agent
//! pays for what it looks at. Everything here is public knowledge or the agent's own: no policy kind, no truth, nobody else's conduct,
//! no seed, no other agent's balance. Every list is bounded (top posts, neighbours of the network, open tasks and bounties by index).

mod market;

pub use market::{BidView, BountyView, LostVerdict};

use crate::act::{Content, PostId, TaskId};
use crate::commons::Commons;
use crate::config::Signals;
use crate::feed::Post;
use crate::network::Neighbourhood;
use crate::tasks::{Task, TaskState};
use das_core::detmath;
use das_core::id::{AgentId, InteractionId, Tool, ToolSet};
use das_core::interaction::Moment;
use das_core::lever::Case;
use das_core::rng::mix64;
use das_core::society::{Counters, Published, Society};
use das_core::units::MicroCredits;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Posts a moderator is shown at most.
pub const REVIEW_LIMIT: usize = 20;

/// A post as somebody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PostView {
    /// The post.
    pub id: PostId,
    /// Who wrote it.
    pub author: AgentId,
    /// Net weighted votes.
    pub votes: f64,
    /// Replies it got.
    pub replies: u32,
    /// Steps since it was published.
    pub age_steps: u64,
    /// Whether a moderator flagged it.
    pub flagged: bool,
    /// Whether the viewer wrote it.
    pub mine: bool,
    /// The viewer's vote on it: up, down or none.
    pub my_vote: Option<bool>,
}

/// A task as somebody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// Who posted it and pays.
    pub poster: AgentId,
    /// Its bounty, in escrow.
    pub bounty: MicroCredits,
    /// Where it stands.
    pub state: TaskState,
    /// Steps since it was posted.
    pub age_steps: u64,
    /// The last epoch in which it can be submitted.
    pub deadline_epoch: u32,
    /// Outputs that must be submitted.
    pub required_outputs: u32,
    /// Who works on it, once awarded.
    pub worker: Option<AgentId>,
    /// For whom a planner keeps it, if a planner does.
    pub reserved_for: Option<AgentId>,
}

/// Somebody the viewer has dealt with lately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tie {
    /// The other.
    pub other: AgentId,
    /// Strength: +1 for each accepted interaction, less each epoch (`network.tie_decay`).
    pub weight: f64,
    /// The last accepted interaction of the two.
    pub last: InteractionId,
}

/// What one agent sees now.
#[derive(Clone, Copy, Debug)]
pub struct CommonsView<'a> {
    world: &'a Commons,
    society: &'a Society,
    me: AgentId,
    around: Neighbourhood<'a>,
}

impl<'a> CommonsView<'a> {
    pub(crate) fn new(world: &'a Commons, society: &'a Society, me: AgentId) -> Self {
        Self {
            world,
            society,
            me,
            around: world.around(me),
        }
    }

    // --- time, constants, self ---------------------------------------------------------------------------------------

    /// The viewer.
    #[inline]
    pub fn me(&self) -> AgentId {
        self.me
    }

    /// Epoch and step.
    #[inline]
    pub fn now(&self) -> Moment {
        Moment {
            epoch: self.society.epoch(),
            step: self.society.step(),
        }
    }

    /// Steps since the start of the run.
    #[inline]
    pub fn step_index(&self) -> u64 {
        self.world.step_index()
    }

    /// The constants of the world, regime applied: everybody knows what effort costs.
    #[inline]
    pub fn signals(&self) -> &'a Signals {
        self.world.signals()
    }

    /// What the viewer owns, without its stake. Nobody else's balance is shown.
    #[inline]
    pub fn balance(&self) -> MicroCredits {
        self.society.balance(self.me)
    }

    /// Tools the viewer's role allows.
    #[inline]
    pub fn tools(&self) -> ToolSet {
        self.society.tools(self.me)
    }

    /// Whether the viewer may use this tool.
    #[inline]
    pub fn may(&self, tool: Tool) -> bool {
        self.tools().contains(tool)
    }

    // --- others ------------------------------------------------------------------------------------------------------

    /// Name of an agent.
    #[inline]
    pub fn name(&self, who: AgentId) -> &'a str {
        self.society.name(who)
    }

    /// The agent of this name, live or gone.
    pub fn find(&self, name: &str) -> Option<AgentId> {
        self.society.find(name)
    }

    /// Public role of an agent.
    pub fn role(&self, who: AgentId) -> &'a str {
        self.society.role(who)
    }

    /// Reputation R in points, within ±20.
    #[inline]
    pub fn reputation(&self, who: AgentId) -> f64 {
        self.society.reputation(who)
    }

    /// Public standing ρ = R / (`R_h` + |R|), in (−1, 1).
    #[inline]
    pub fn standing(&self, who: AgentId) -> f64 {
        self.world.signals().standing(self.society.reputation(who))
    }

    /// Stake an agent has locked; public.
    #[inline]
    pub fn stake(&self, who: AgentId) -> MicroCredits {
        self.society.stake(who)
    }

    /// Public counters of an agent.
    pub fn counters(&self, who: AgentId) -> &'a Counters {
        self.society.counters(who)
    }

    /// What a lever has published about an agent; zeros without such a lever.
    #[inline]
    pub fn published(&self, who: AgentId) -> Published {
        self.society.published(who)
    }

    /// Interactions that moderators may look into now; none without such a lever.
    #[inline]
    pub fn docket(&self) -> &'a [Case] {
        self.society.docket()
    }

    /// Whether a lever has frozen the agent.
    #[inline]
    pub fn is_frozen(&self, who: AgentId) -> bool {
        self.society.is_frozen(who)
    }

    /// Whether the agent is still there.
    #[inline]
    pub fn is_live(&self, who: AgentId) -> bool {
        self.society.is_live(who)
    }

    /// Whether a moderator flagged a post of the agent this epoch: it has lost its visibility until the epoch ends.
    #[inline]
    pub fn is_flagged(&self, who: AgentId) -> bool {
        self.world.is_flagged(who, self.society.epoch())
    }

    /// Whether the agent can be dealt with at all: live, not frozen, not flagged, not the viewer.
    #[inline]
    pub fn is_approachable(&self, who: AgentId) -> bool {
        who != self.me && self.is_live(who) && !self.is_frozen(who) && !self.is_flagged(who)
    }

    /// Whether the agent can answer one offer more this step (`signals.served_per_step`). Offers are collected before any is
    /// answered, so this tells only of earlier answers of the same step.
    #[inline]
    pub fn has_attention(&self, who: AgentId) -> bool {
        self.world.has_attention(who)
    }

    // --- network -----------------------------------------------------------------------------------------------------

    /// Neighbours of the viewer in the network. In the complete network: all other live agents.
    #[inline]
    pub fn degree(&self) -> u32 {
        self.around.degree()
    }

    /// The `i`-th neighbour, `None` from [`CommonsView::degree`] on. It may be frozen or flagged: see
    /// [`CommonsView::is_approachable`].
    #[inline]
    pub fn peer(&self, i: u32) -> Option<AgentId> {
        self.around.peer(i)
    }

    /// A neighbour by a uniform draw `u` in [0, 1); `None` without neighbours.
    #[inline]
    pub fn random_peer(&self, u: f64) -> Option<AgentId> {
        let degree = self.degree();
        let i = (u * f64::from(degree)) as u32;
        self.peer(i.min(degree.saturating_sub(1)))
    }

    /// Whether the network lets the viewer see and approach the agent.
    #[inline]
    pub fn can_see(&self, who: AgentId) -> bool {
        self.around.sees(who)
    }

    /// Those the viewer dealt with lately, at most [`crate::network::TIES`], in no particular order.
    pub fn ties(&self) -> impl Iterator<Item = Tie> + use<'a> {
        self.world.ties(self.me)
    }

    // --- feed --------------------------------------------------------------------------------------------------------

    /// How many posts the viewer sees: ⌈20·(1 − s)⌉ with `attention_scarcity` s.
    #[inline]
    pub fn posts_shown(&self) -> u32 {
        self.world.posts_shown()
    }

    /// The top of the feed, best first, at most [`CommonsView::posts_shown`]: not hidden, no replies, authors not flagged.
    pub fn posts(&self) -> impl Iterator<Item = PostView> + use<'a> {
        let view = *self;
        let epoch = self.society.epoch();
        self.world
            .top_posts(self.me, epoch)
            .map(move |(id, post)| view.show(id, post))
    }

    /// The post at this place of [`CommonsView::posts`], 0 the best.
    pub fn post_at(&self, place: u32) -> Option<PostView> {
        let (id, post) = self
            .world
            .top_posts(self.me, self.society.epoch())
            .nth(place as usize)?;
        Some(self.show(id, post))
    }

    /// Authors of [`CommonsView::posts`], in the same order: what looking at the top of the feed costs least for.
    pub fn top_authors(&self) -> impl Iterator<Item = AgentId> + use<'a> {
        self.world.top_authors(self.me, self.society.epoch())
    }

    /// One post, also an old one or a reply; `None` if it is hidden or no longer kept.
    pub fn post(&self, id: PostId) -> Option<PostView> {
        let post = self.world.feed().get(id).filter(|p| !p.is_hidden())?;
        Some(self.show(id, post))
    }

    /// Text of a post that is not hidden.
    pub fn content(&self, id: PostId) -> Option<&'a Content> {
        self.world
            .feed()
            .visible(id)
            .ok()
            .and_then(|_| self.world.feed().content(id))
    }

    /// For moderators: visible posts with net votes below zero that nobody flagged yet, newest first, at most
    /// [`REVIEW_LIMIT`].
    pub fn posts_to_review(&self) -> impl Iterator<Item = PostView> + use<'a> {
        let view = *self;
        self.world
            .feed()
            .contested()
            .take(REVIEW_LIMIT)
            .map(move |(id, post)| view.show(id, post))
    }

    fn show(&self, id: PostId, post: &Post) -> PostView {
        PostView {
            id,
            author: post.author(),
            votes: post.votes(),
            replies: post.replies(),
            age_steps: self.world.step_index().saturating_sub(post.created_step()),
            flagged: post.is_flagged(),
            mine: post.author() == self.me,
            my_vote: self.world.feed().vote_of(id, self.me),
        }
    }

    // --- tasks -------------------------------------------------------------------------------------------------------

    /// Open tasks a worker looks at for one decision (`tasks.candidates`).
    #[inline]
    pub fn task_candidates(&self) -> u32 {
        self.world.task_candidates()
    }

    /// How many tasks are open to anybody (posted, not kept for somebody by a planner, not awarded).
    #[inline]
    pub fn open_task_count(&self) -> u32 {
        self.world.tasks().open_count()
    }

    /// The `i`-th open task, `None` from [`CommonsView::open_task_count`] on. The order means nothing: draw `i`. These are
    /// also the tasks a planner may still reserve for somebody.
    #[inline]
    pub fn open_task(&self, i: u32) -> Option<TaskView> {
        let (id, task) = self.world.tasks().open_at(i)?;
        Some(self.show_task(id, task))
    }

    /// Who posted the `i`-th open task: all that most looks at a task need.
    #[inline]
    pub fn open_task_poster(&self, i: u32) -> Option<AgentId> {
        self.world.tasks().open_poster(i)
    }

    /// Place of an open task by a uniform draw `u` in [0, 1): to be looked up by [`CommonsView::open_task`].
    #[inline]
    pub fn random_open_place(&self, u: f64) -> u32 {
        let count = self.open_task_count();
        let i = (u * f64::from(count)) as u32;
        i.min(count.saturating_sub(1))
    }

    /// An open task by a uniform draw `u` in [0, 1).
    #[inline]
    pub fn random_open_task(&self, u: f64) -> Option<TaskView> {
        self.open_task(self.random_open_place(u))
    }

    /// A task by its number; `None` when it is settled and gone.
    #[inline]
    pub fn task(&self, id: TaskId) -> Option<TaskView> {
        let task = self.world.tasks().get(id)?;
        Some(self.show_task(id, task))
    }

    /// What a task asks for.
    pub fn task_prompt(&self, id: TaskId) -> Option<&'a Content> {
        self.world.tasks().get(id).map(Task::prompt)
    }

    /// The outputs a task requires.
    pub fn task_outputs(&self, id: TaskId) -> &'a [Content] {
        self.world
            .tasks()
            .get(id)
            .map_or(&[], Task::required_outputs)
    }

    /// The task a planner keeps for the viewer, still to be claimed.
    pub fn my_reservation(&self) -> Option<TaskView> {
        self.world.reservation(self.me).and_then(|id| self.task(id))
    }

    /// The task the viewer claimed this step; who gets it is decided at the end of the step.
    pub fn my_claim(&self) -> Option<TaskView> {
        self.world.claim(self.me).and_then(|id| self.task(id))
    }

    /// The task awarded to the viewer and not yet submitted. Nobody works on two at a time: while there is one, claims are
    /// refused (`busy`).
    pub fn my_award(&self) -> Option<TaskView> {
        self.world.award(self.me).and_then(|id| self.task(id))
    }

    /// Tasks the viewer posted that are neither paid, refunded nor expired.
    #[inline]
    pub fn my_open_tasks(&self) -> u32 {
        self.world.open_tasks_of(self.me)
    }

    /// How many submitted tasks wait for a verifier.
    #[inline]
    pub fn to_verify_count(&self) -> u32 {
        self.world.tasks().submitted_count()
    }

    /// The `i`-th submitted task that waits for a verifier. The viewer may not verify what it posted or did itself.
    #[inline]
    pub fn to_verify(&self, i: u32) -> Option<TaskView> {
        let (id, task) = self.world.tasks().submitted_at(i)?;
        Some(self.show_task(id, task))
    }

    fn show_task(&self, id: TaskId, task: &Task) -> TaskView {
        TaskView {
            id,
            poster: task.poster(),
            bounty: task.bounty(),
            state: task.state(),
            age_steps: self.world.step_index().saturating_sub(task.posted_step()),
            deadline_epoch: task.deadline_epoch(),
            required_outputs: task.required_outputs().len() as u32,
            worker: task.worker(),
            reserved_for: task.reserved_for(),
        }
    }
}

/// A peer as an outside agent reads it.
#[derive(Serialize)]
struct PeerRecord<'a> {
    name: &'a str,
    role: &'a str,
    reputation: f64,
    standing: f64,
    frozen: bool,
    flagged: bool,
}

impl CommonsView<'_> {
    fn record(&self, who: AgentId) -> PeerRecord<'_> {
        PeerRecord {
            name: self.name(who),
            role: self.role(who),
            reputation: self.reputation(who),
            standing: self.standing(who),
            frozen: self.is_frozen(who),
            flagged: self.is_flagged(who),
        }
    }

    /// Up to `signals.visible_peers` neighbours in a row, starting elsewhere each step.
    fn some_peers(&self) -> impl Iterator<Item = AgentId> {
        let degree = self.degree();
        let shown = self.signals().visible_peers.min(degree);
        let start = mix64(self.step_index() ^ self.society.key(self.me)) % u64::from(degree.max(1));
        (0..shown).filter_map(move |i| {
            self.peer(((start + u64::from(i)) % u64::from(degree.max(1))) as u32)
        })
    }
}

/// For agents outside this program: the viewer's own public record, the top posts, some peers, some open tasks and bounties.
impl Serialize for CommonsView<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let posts: Vec<PostView> = self.posts().collect();
        let peers: Vec<PeerRecord<'_>> = self.some_peers().map(|who| self.record(who)).collect();
        let tasks: Vec<TaskView> = (0..self.world.task_candidates())
            .filter_map(|i| self.open_task(i))
            .collect();
        let market = self.market().map(|rules| {
            let open: Vec<BountyView> = (0..rules.candidates)
                .filter_map(|i| self.open_bounty(i))
                .collect();
            let choice = self.bounty_to_award();
            let bids: Vec<BidView> = choice.iter().flat_map(|b| self.bids(b.id)).collect();
            (open, choice, bids)
        });
        let fields = 9 + if market.is_some() { 4 } else { 0 };
        let mut out = to.serialize_struct("CommonsView", fields)?;
        out.serialize_field("epoch", &self.now().epoch)?;
        out.serialize_field("step", &self.now().step)?;
        out.serialize_field("me", &self.record(self.me))?;
        out.serialize_field(
            "balance",
            &detmath::clamp(self.balance().credits(), 0.0, 1e12),
        )?;
        out.serialize_field("peers", &peers)?;
        out.serialize_field("posts", &posts)?;
        out.serialize_field("open_tasks", &tasks)?;
        out.serialize_field("award", &self.my_award())?;
        out.serialize_field("my_open_tasks", &self.my_open_tasks())?;
        if let Some((open, choice, bids)) = &market {
            out.serialize_field("open_bounties", open)?;
            out.serialize_field("bounty_to_award", choice)?;
            out.serialize_field("bids", bids)?;
            out.serialize_field("commission", &self.my_commission())?;
        }
        out.end()
    }
}
