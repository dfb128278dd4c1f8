//! The commons as a world: its state, and the contract of [`Environment`] on it.
//!
//! A step: late aftermaths are delivered → actions (feed, tasks, bounties) → offers are answered and settled at once → claims
//! are decided, submissions verified, windows of tasks run out → bounties are awarded, windows of bounties run out. A task's
//! interaction stays open from award to verification, a bounty's until nobody can dispute it any more. Draws hang on an
//! interaction's key, never on its number or on who else acts.
//!
//! `Invariant: the world never reads what kind of agent it deals with` (it has no access to it but `hidden_kind`, which it does
//! not call). `Invariant: the bounties of live tasks are the balance of acct:escrow:tasks.` The marketplace keeps an escrow of its
//! own ([`BOUNTY_ESCROW`]); without one there is no trace of it in state or draws.
//!
//! Not here: policies, scoring, levers, and the rails' limits on how often somebody acts.

mod actions;
mod deal;
mod market;
mod records;
mod verdict;
mod work;

pub use market::{BOUNTY_ESCROW, MARKET_FEES};

use crate::act::{self, Action, Conduct, Content, News, TaskId, Terms};
use crate::commons::records::{Records, Work};
use crate::config::{EnvironmentConfig, Signals};
use crate::feed::{Feed, Post, RankWeights};
use crate::metrics::Figures;
use crate::network::{Neighbourhood, Network, Ties};
use crate::settlement;
use crate::tasks::Tasks;
use crate::view::{CommonsView, Tie};
use das_core::describe::{Descriptor, Param};
use das_core::environment::{ActionFacts, Asked, Environment, Refusal, TermsFacts};
use das_core::id::{AgentId, InteractionId, Kind};
use das_core::interaction::Moment;
use das_core::ledger::{AccountId, AccountKind};
use das_core::orchestrator::Ctx;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Name of the account that holds the bounties of live tasks.
pub const ESCROW: &str = "acct:escrow:tasks";

/// Role whose presence makes claims visible at once: a planner keeps the board.
const PLANNER: &str = "planner";

const fn param(
    name: &'static str,
    range: &'static str,
    default: &'static str,
    doc: &'static str,
) -> Param {
    Param {
        name,
        range,
        default,
        doc,
    }
}

/// The environment as listings and help show it. The constants under `signals` are described by their JSON schema.
pub const ENVIRONMENT: Descriptor = Descriptor {
    name: "commons",
    family: "environment",
    summary: "a feed, tasks and trades among agents whose conduct is hidden and whose appearance can be managed",
    formula: "P(v=+1) = clamp(q0 + qe*e - qh*H, .02, .98); progress = clamp(pv*v + pe*(2e-1) + M*D + noise, -1, 1)",
    params: &[
        param(
            "initial_budget",
            "0..=1e6",
            "100.0",
            "opening balance, credits",
        ),
        param(
            "attention_scarcity",
            "0..=1",
            "0.5",
            "each agent sees ⌈20·(1−s)⌉ posts",
        ),
        param(
            "treasury",
            "keep | dividend",
            "keep",
            "what flows back from the treasury",
        ),
        param(
            "regime",
            "thin | roomy",
            "thin",
            "what full effort costs: 0.60 or 0.45",
        ),
        param("signals", "block", "{}", "constants of the behaviour model"),
        param(
            "feed",
            "block",
            "{}",
            "ranking weights and memory of the feed",
        ),
        param("tasks", "block", "{}", "time limits of tasks"),
        param(
            "market",
            "block",
            "{}",
            "bounties with bids, escrow and disputes: windows, fees, arbiter",
        ),
        param(
            "network",
            "block",
            "{}",
            "topology: complete, ring, small_world or scale_free",
        ),
    ],
    source: "commons-model.md, sections 1 to 4",
};

/// News on its way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Due {
    step: u32,
    who: AgentId,
    partner: AgentId,
    kind: Kind,
    good: bool,
    id: InteractionId,
}

/// Everything that is not configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    /// Steps since the start of the run.
    step: u64,
    /// Names, for the log: a line borrows them while the hub writes it.
    names: Vec<Box<str>>,
    records: Records,
    network: Network,
    ties: Ties,
    feed: Feed,
    tasks: Tasks,
    /// In order of `step`: the lag is the same for all.
    due: VecDeque<Due>,
    escrow: Option<AccountId>,
    /// Live planners.
    planners: u32,
    /// The claim that is being decided: the only collaboration that may be asked for.
    deciding: Option<(TaskId, AgentId)>,
    figures: Figures,
}

/// The world of the commons.
#[derive(Clone, Debug)]
pub struct Commons {
    config: EnvironmentConfig,
    signals: Signals,
    weights: RankWeights,
    state: State,
    /// The marketplace, if there is one: saved behind the state.
    market: Option<market::Hall>,
}

impl Commons {
    /// A world without agents.
    pub fn new(config: EnvironmentConfig) -> Self {
        let weights = RankWeights {
            alpha: config.feed.alpha,
            beta: config.feed.beta,
        };
        let mut world = Self {
            signals: config.resolved_signals(),
            weights,
            market: config.market.enabled.then(market::Hall::default),
            state: State {
                step: 0,
                names: Vec::new(),
                records: Records::default(),
                network: Network::default(),
                ties: Ties::default(),
                feed: Feed::new(1),
                tasks: Tasks::default(),
                due: VecDeque::new(),
                escrow: None,
                planners: 0,
                deciding: None,
                figures: Figures::default(),
            },
            config,
        };
        world.resize_feed();
        world
    }

    /// The configuration it was made with.
    pub fn config(&self) -> &EnvironmentConfig {
        &self.config
    }

    /// The constants, regime applied.
    #[inline]
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Steps since the start of the run.
    #[inline]
    pub fn step_index(&self) -> u64 {
        self.state.step
    }

    /// The feed.
    #[inline]
    pub fn feed(&self) -> &Feed {
        &self.state.feed
    }

    /// The tasks.
    #[inline]
    pub fn tasks(&self) -> &Tasks {
        &self.state.tasks
    }

    /// Account of the bounties, once somebody is there.
    pub fn escrow(&self) -> Option<AccountId> {
        self.state.escrow
    }

    /// Posts an agent sees: ⌈20·(1−s)⌉.
    #[inline]
    pub fn posts_shown(&self) -> u32 {
        self.config.posts_shown()
    }

    pub(crate) fn task_candidates(&self) -> u32 {
        self.config.tasks.candidates
    }

    pub(crate) fn is_flagged(&self, who: AgentId, epoch: u32) -> bool {
        self.state.records.is_flagged(who, epoch)
    }

    pub(crate) fn has_attention(&self, who: AgentId) -> bool {
        let most = self.signals.served_per_step;
        self.state.records.has_attention(who, self.state.step, most)
    }

    /// Whom somebody sees.
    #[inline]
    pub(crate) fn around(&self, who: AgentId) -> Neighbourhood<'_> {
        self.state.network.around(who)
    }

    pub(crate) fn ties(&self, who: AgentId) -> impl Iterator<Item = Tie> {
        self.state.ties.iter(who).map(|(other, weight, last)| Tie {
            other,
            weight,
            last,
        })
    }

    /// The top of the feed for somebody: authors who are flagged are passed over, but for one's own posts. The search is
    /// bounded: behind four times as many posts nobody looks.
    pub(crate) fn top_posts(
        &self,
        who: AgentId,
        epoch: u32,
    ) -> impl Iterator<Item = (crate::act::PostId, &Post)> {
        let shown = self.posts_shown() as usize;
        self.state
            .feed
            .top()
            .take(4 * shown)
            .filter(move |&(_, author)| author == who || !self.is_flagged(author, epoch))
            .take(shown)
            .filter_map(|(id, _)| Some((id, self.state.feed.get(id)?)))
    }

    /// Authors of [`Commons::top_posts`].
    pub(crate) fn top_authors(&self, who: AgentId, epoch: u32) -> impl Iterator<Item = AgentId> {
        let shown = self.posts_shown() as usize;
        self.state
            .feed
            .top()
            .take(4 * shown)
            .map(|(_, author)| author)
            .filter(move |&author| author == who || !self.is_flagged(author, epoch))
            .take(shown)
    }

    pub(crate) fn award(&self, who: AgentId) -> Option<TaskId> {
        self.state.records.work(who).award
    }

    pub(crate) fn claim(&self, who: AgentId) -> Option<TaskId> {
        self.state.records.work(who).claim
    }

    pub(crate) fn reservation(&self, who: AgentId) -> Option<TaskId> {
        self.state.records.work(who).reserved
    }

    pub(crate) fn open_tasks_of(&self, who: AgentId) -> u32 {
        self.state.records.work(who).open_tasks
    }

    fn name(&self, who: AgentId) -> &str {
        &self.state.names[who.index()]
    }

    fn work(&mut self, who: AgentId) -> &mut Work {
        self.state.records.work_mut(who)
    }

    fn resize_feed(&mut self) {
        let default = (50 * self.state.network.live().len() as u64).max(1000);
        let capacity = self.config.feed.max_posts.map_or(default, u64::from);
        let population = self.state.records.len() as u32;
        self.state.feed.resize(capacity, population);
    }

    /// Mean score of what is at the top of the feed now; 0 for an empty feed.
    fn mean_visible_score(&self) -> f64 {
        let mut sum = 0.0;
        let mut count = 0u32;
        for (_, post) in self.state.feed.ranked().take(self.posts_shown() as usize) {
            let age = self.state.step.saturating_sub(post.created_step());
            sum += self.weights.score(post.votes(), post.replies(), age as f64);
            count += 1;
        }
        if count == 0 {
            0.0
        } else {
            sum / f64::from(count) + 0.0
        }
    }
}

fn is_planner(role: &str) -> bool {
    role.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|part| part == PLANNER)
}

fn chars(content: &Content) -> u32 {
    content.chars().count() as u32
}

impl Environment for Commons {
    const NAME: &'static str = "commons";
    const KINDS: &'static [&'static str] = act::KINDS;
    const TOOLS: &'static [&'static str] = act::TOOLS;

    type View<'a> = CommonsView<'a>;
    type Action = Action;
    type Terms = Terms;
    type Conduct = Conduct;
    type Response = Conduct;
    type News = News;

    fn view<'a>(&'a self, who: AgentId, society: &'a Society) -> CommonsView<'a> {
        CommonsView::new(self, society, who)
    }

    #[inline]
    fn touch(&self, who: AgentId) -> u64 {
        self.state.network.touch(who) ^ self.state.ties.touch(who)
    }

    fn action_facts(&self, action: &Action) -> ActionFacts {
        let mut facts = ActionFacts {
            tool: act::TOOL_POST,
            content_chars: 0,
            is_post: false,
            is_vote: false,
            outlay: MicroCredits::ZERO,
            while_frozen: false,
        };
        let longest = |texts: &[Content]| texts.iter().map(chars).max().unwrap_or(0);
        match action {
            Action::Post { content } => {
                facts.is_post = true;
                facts.content_chars = chars(content);
            }
            Action::Reply { content, .. } => {
                facts.tool = act::TOOL_REPLY;
                facts.is_post = true;
                facts.content_chars = chars(content);
            }
            Action::Vote { .. } => {
                facts.tool = act::TOOL_VOTE;
                facts.is_vote = true;
            }
            Action::PostTask {
                prompt,
                required_outputs,
                budget,
                ..
            } => {
                facts.tool = act::TOOL_POST_TASK;
                facts.content_chars = chars(prompt).max(longest(required_outputs));
                facts.outlay = *budget;
            }
            Action::Plan { .. } => facts.tool = act::TOOL_PLAN,
            Action::Claim { .. } => facts.tool = act::TOOL_CLAIM,
            Action::Submit { outputs, .. } => {
                facts.tool = act::TOOL_SUBMIT;
                facts.content_chars = longest(outputs);
            }
            Action::Verify { .. } | Action::VerifyBounty { .. } => facts.tool = act::TOOL_VERIFY,
            Action::Hide { .. } => facts.tool = act::TOOL_HIDE,
            Action::Flag { .. } => facts.tool = act::TOOL_FLAG,
            Action::Review { .. } => facts.tool = act::TOOL_REVIEW,
            Action::PostBounty {
                prompt,
                required_outputs,
                reserve,
            } => {
                facts.tool = act::TOOL_POST_BOUNTY;
                facts.content_chars = chars(prompt).max(longest(required_outputs));
                let fee = self.config.market.fee(*reserve);
                facts.outlay = MicroCredits(reserve.0.saturating_add(fee.0));
            }
            Action::Bid { .. } => facts.tool = act::TOOL_BID,
            Action::Award { .. } => facts.tool = act::TOOL_AWARD,
            Action::Deliver { outputs, .. } => {
                facts.tool = act::TOOL_DELIVER;
                facts.content_chars = longest(outputs);
            }
            Action::Dispute { bounty } => {
                facts.tool = act::TOOL_DISPUTE;
                facts.outlay = self.deposit_of(*bounty);
            }
            Action::Rebrand => {
                facts.tool = act::TOOL_REBRAND;
                facts.while_frozen = true;
            }
        }
        facts
    }

    fn terms_facts(&self, terms: &Terms) -> TermsFacts {
        let none = MicroCredits::ZERO;
        match *terms {
            Terms::Trade { price } => TermsFacts {
                kind: act::TRADE,
                tool: act::TOOL_TRADE,
                charged: false,
                outlay_initiator: (-price).max(none),
                outlay_counterparty: price.max(none),
            },
            // The bounty left the poster when it was put into escrow.
            Terms::Collaboration { .. } => TermsFacts {
                kind: act::COLLABORATION,
                tool: act::TOOL_CLAIM,
                charged: true,
                outlay_initiator: none,
                outlay_counterparty: none,
            },
            // The reserve too, and the bid was an action.
            Terms::Bounty { .. } => TermsFacts {
                kind: act::COLLABORATION,
                tool: act::TOOL_BID,
                charged: true,
                outlay_initiator: none,
                outlay_counterparty: none,
            },
            Terms::Reply { .. } => TermsFacts {
                kind: act::REPLY,
                tool: act::TOOL_REPLY,
                charged: false,
                outlay_initiator: none,
                outlay_counterparty: none,
            },
        }
    }

    fn admit(
        &self,
        from: AgentId,
        to: AgentId,
        terms: &Terms,
        _society: &Society,
    ) -> Result<(), Refusal> {
        self.admit_offer(from, to, terms)
    }

    fn registered(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        if self.state.escrow.is_none() {
            self.state.escrow = Some(ctx.open_account(ESCROW, AccountKind::Holding));
        }
        self.open_market(ctx);
        let society = ctx.society();
        self.state.names.push(society.name(who).into());
        self.state.planners += u32::from(is_planner(society.role(who)));
        self.state.records.join();
        self.state.ties.join();
        self.state
            .network
            .join(&self.config.network, ctx.draws(), who, society.key(who));
        self.resize_feed();
    }

    fn retired(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        self.state.planners -= u32::from(is_planner(ctx.society().role(who)));
        self.leave_work(who, ctx);
        self.leave_market(who, ctx);
        self.state.network.leave(who);
        self.state.ties.leave(who);
        self.resize_feed();
    }

    fn begin_epoch(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.state.network.wire(&self.config.network, ctx.draws());
    }

    fn begin_step(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.state.step = ctx.step_index();
        self.deliver_aftermaths(ctx);
    }

    fn apply(
        &mut self,
        who: AgentId,
        action: Action,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        self.act(who, action, ctx)
    }

    fn settle(&mut self, asked: Asked<Self>, ctx: &mut Ctx<'_, Self>) {
        self.settle_offer(&asked, ctx);
    }

    fn end_step(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.decide_claims(ctx);
        self.run_out_windows(ctx);
        self.decide_awards(ctx);
        self.run_out_bounties(ctx);
    }

    fn end_epoch(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.run_out_deadlines(ctx);
        self.state.ties.decay(self.config.network.tie_decay);
    }

    fn epoch_metrics(&mut self, _at: Moment) -> Vec<(&'static str, f64)> {
        let figures = std::mem::take(&mut self.state.figures);
        let live = self.state.tasks.iter().count() as u64;
        let mut rows = figures.rows(self.mean_visible_score(), self.state.feed.len(), live);
        if let Some(hall) = &mut self.market {
            let figures = std::mem::take(&mut hall.figures);
            rows.extend(figures.rows(hall.book.count()));
        }
        rows
    }

    fn check(&self) -> Result<(), String> {
        self.check_market()
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.state);
        if let Some(hall) = &self.market {
            out.put(hall);
        }
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.state = from.take()?;
        if self.market.is_some() {
            self.market = Some(from.take()?);
        }
        self.state.feed.rebuild(self.weights);
        self.state.tasks.rebuild();
        Ok(())
    }
}

/// Conduct within its bounds, as it is kept with an award.
fn kept(conduct: Conduct) -> Conduct {
    settlement::bounded(conduct)
}
