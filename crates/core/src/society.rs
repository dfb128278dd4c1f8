//! Who stands where: the public record of every agent, one column a fact.
//!
//! Agents (through their view), levers and worlds read it; only the hub writes it. What is hidden (conduct, truth, an
//! agent's own memory) is not here. The *kind* of an agent is kept for the log and the tables and is not public: there is
//! no accessor for it outside this crate's log writer and the final tables.

use crate::id::{AgentId, ToolSet};
use crate::ledger::{AccountId, AccountKind, Ledger, Reason};
use crate::lever::Case;
use crate::names::Names;
use crate::rng::hash_name;
use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Reputation points stay within ± this.
pub const REPUTATION_LIMIT: f64 = 20.0;

/// Counters of one agent, public. The `epoch_` ones start again each epoch, the `step_` ones each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Offers made that were answered.
    pub initiated: u32,
    /// Offers answered.
    pub received: u32,
    /// Interactions accepted, either side.
    pub accepted: u32,
    /// Interactions rejected, either side.
    pub rejected: u32,
    /// Refusals by rails, levers or the world.
    pub refused: u32,
    /// Faults of the agent's own code.
    pub faults: u32,
    /// Actions applied and offers made this epoch (votes, posts, task work, proposals).
    pub epoch_actions: u32,
    /// Posts and replies this epoch.
    pub epoch_posts: u32,
    /// Votes this epoch.
    pub epoch_votes: u32,
    /// Interactions asked or answered this step, either side.
    pub step_interactions: u32,
    /// Offers tried this step, refused ones included.
    pub step_asks: u32,
}

/// What a lever has published about the deals of one agent, weighted so that old ones count less. Their number is `good + bad`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Sum of what spoke for the agent, in deals (0 and above).
    pub good: f64,
    /// Sum of what spoke against it.
    pub bad: f64,
}

/// The public record of all agents. Columns are indexed by [`AgentId`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Society {
    names: Names,
    /// Key of the name and id: a name is found by its key, and then compared.
    by_key: BTreeSet<(u64, AgentId)>,
    keys: Vec<u64>,
    /// The few words that kinds and roles are.
    words: Vec<Box<str>>,
    kinds: Vec<u16>,
    roles: Vec<u16>,
    pub(crate) tools: Vec<ToolSet>,
    accounts: Vec<AccountId>,
    stakes: Vec<AccountId>,
    pub(crate) reputation: Vec<f64>,
    pub(crate) frozen_until: Vec<u32>,
    pub(crate) live: Vec<bool>,
    pub(crate) counters: Vec<Counters>,
    pub(crate) payoff: Vec<f64>,
    pub(crate) ledger: Ledger,
    pub(crate) epoch: u32,
    pub(crate) step: u32,
    source: Option<AccountId>,
    treasury: Option<AccountId>,
    /// The notice board, up to the last agent with a record. The lever that publishes saves it, so it costs nothing without one.
    #[serde(skip)]
    published: Vec<Published>,
    /// Cases that moderators may look into; the lever that keeps them saves them.
    #[serde(skip)]
    docket: Vec<Case>,
}

impl Society {
    /// An empty society with the two public accounts: the source of endowments and the treasury.
    pub fn new() -> Self {
        let mut society = Self::default();
        society.source = Some(society.ledger.open("acct:source", AccountKind::Source));
        society.treasury = Some(society.ledger.open("acct:treasury", AccountKind::Holding));
        society
    }

    /// Adds an agent with nothing. Names are the caller's to keep unique. The hub does this in a run; it is public so that levers
    /// and worlds can be tested on a society of one's own.
    pub fn register(&mut self, name: &str, kind: &str, role: &str, tools: ToolSet) -> AgentId {
        self.register_as(name, kind, role, tools, format!("acct:agent:{name}"))
    }

    /// Something of everything it holds of somebody, without meaning: see [`crate::agent::BaseAgent::touch`].
    #[inline]
    pub(crate) fn touch(&self, who: AgentId) -> u64 {
        let at = who.index();
        let Some(&account) = self.accounts.get(at) else {
            return 0;
        };
        let name = self.name(who).as_bytes().first().copied();
        let counters = &self.counters[at];
        u64::from(counters.initiated ^ counters.step_interactions ^ self.frozen_until[at])
            ^ (self.reputation[at] + self.payoff[at]).to_bits()
            ^ self.ledger.balance(account).0 as u64
            ^ u64::from(name.unwrap_or_default())
            ^ u64::from(self.live[at])
            ^ u64::from(self.kinds[at] ^ self.roles[at])
            ^ self.keys[at]
    }

    /// [`Society::register`] with a name for the account of its money.
    pub fn register_as(
        &mut self,
        name: &str,
        kind: &str,
        role: &str,
        tools: ToolSet,
        account: String,
    ) -> AgentId {
        let who = AgentId(self.names.len() as u32);
        self.names.push(name);
        let key = hash_name(name);
        self.by_key.insert((key, who));
        self.keys.push(key);
        let (kind, role) = (self.word(kind), self.word(role));
        self.kinds.push(kind);
        self.roles.push(role);
        self.tools.push(tools);
        self.accounts
            .push(self.ledger.open(account, AccountKind::Holding));
        self.stakes.push(
            self.ledger
                .open(format!("acct:stake:{name}"), AccountKind::Holding),
        );
        self.reputation.push(0.0);
        self.frozen_until.push(0);
        self.live.push(true);
        self.counters.push(Counters::default());
        self.payoff.push(0.0);
        who
    }

    /// Place of a word that is kept once. There are as many as kinds and roles.
    fn word(&mut self, word: &str) -> u16 {
        let known = self.words.iter().position(|w| &**w == word);
        known.unwrap_or_else(|| {
            self.words.push(word.into());
            self.words.len() - 1
        }) as u16
    }

    /// Gives the agent money from the source.
    pub fn fund(&mut self, who: AgentId, amount: MicroCredits) {
        let (from, to) = (self.source(), self.account(who));
        self.ledger.post_up_to(from, to, amount, Reason::Endowment);
    }

    /// Agents ever registered, retired ones included.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether nobody was ever registered.
    pub fn is_empty(&self) -> bool {
        self.names.len() == 0
    }

    /// All ids, retired ones included.
    pub fn ids(&self) -> impl Iterator<Item = AgentId> + use<> {
        (0..self.names.len() as u32).map(AgentId)
    }

    /// Name of the agent: unique, and the key of its draws.
    #[inline]
    pub fn name(&self, who: AgentId) -> &str {
        self.names.at(who.index())
    }

    /// The agent of this name, live or retired.
    pub fn find(&self, name: &str) -> Option<AgentId> {
        let key = hash_name(name);
        self.by_key
            .range((key, AgentId(0))..=(key, AgentId(u32::MAX)))
            .map(|&(_, who)| who)
            .find(|&who| self.name(who) == name)
    }

    /// Hash of the name, the key for draws about this agent.
    #[inline]
    pub fn key(&self, who: AgentId) -> u64 {
        self.keys[who.index()]
    }

    /// Role of the agent, public.
    pub fn role(&self, who: AgentId) -> &str {
        &self.words[usize::from(self.roles[who.index()])]
    }

    /// Policy kind, for logs and tables. Views and levers must not pass it on: nobody in the simulation knows it.
    pub fn hidden_kind(&self, who: AgentId) -> &str {
        &self.words[usize::from(self.kinds[who.index()])]
    }

    /// Tools the agent's role allows.
    #[inline]
    pub fn tools(&self, who: AgentId) -> ToolSet {
        self.tools[who.index()]
    }

    /// Whether the agent is still there.
    #[inline]
    pub fn is_live(&self, who: AgentId) -> bool {
        self.live[who.index()]
    }

    /// Whether a lever has frozen the agent: it can neither act nor be asked.
    #[inline]
    pub fn is_frozen(&self, who: AgentId) -> bool {
        self.frozen_until[who.index()] > self.epoch
    }

    /// Reputation in points, within ±20.
    #[inline]
    pub fn reputation(&self, who: AgentId) -> f64 {
        self.reputation[who.index()]
    }

    /// What the agent owns, without its stake.
    #[inline]
    pub fn balance(&self, who: AgentId) -> MicroCredits {
        self.ledger.balance(self.accounts[who.index()])
    }

    /// What the agent has locked as stake.
    #[inline]
    pub fn stake(&self, who: AgentId) -> MicroCredits {
        self.ledger.balance(self.stakes[who.index()])
    }

    /// Public counters.
    #[inline]
    pub fn counters(&self, who: AgentId) -> &Counters {
        &self.counters[who.index()]
    }

    /// What is published about the agent: zeros without a lever that publishes, and of an agent nobody has dealt with yet.
    #[inline]
    pub fn published(&self, who: AgentId) -> Published {
        let record = self.published.get(who.index());
        record.copied().unwrap_or_default()
    }

    /// Replaces what is published about the agent. The hub does this in a run, when a lever says so; it is public so that views
    /// and policies can be tested on a society of one's own.
    pub fn publish(&mut self, who: AgentId, record: Published) {
        if who.index() >= self.published.len() {
            self.published.resize(who.index() + 1, Published::default());
        }
        self.published[who.index()] = record;
    }

    /// Interactions that moderators may look into; empty without a lever that keeps cases.
    #[inline]
    pub fn docket(&self) -> &[Case] {
        &self.docket
    }

    /// Replaces the docket. The hub does this in a run; it is public so that policies can be tested on a society of one's own.
    pub fn put_up(&mut self, cases: &[Case]) {
        self.docket.clear();
        self.docket.extend_from_slice(cases);
    }

    /// Sum of booked payoffs (utility, not money).
    pub fn payoff(&self, who: AgentId) -> f64 {
        self.payoff[who.index()]
    }

    /// The agent's account.
    #[inline]
    pub fn account(&self, who: AgentId) -> AccountId {
        self.accounts[who.index()]
    }

    /// The agent's stake account.
    #[inline]
    pub fn stake_account(&self, who: AgentId) -> AccountId {
        self.stakes[who.index()]
    }

    /// Where endowments come from.
    pub fn source(&self) -> AccountId {
        self.source.unwrap_or(AccountId(0))
    }

    /// Where fees, taxes, penalties and slashes go.
    pub fn treasury(&self) -> AccountId {
        self.treasury.unwrap_or(AccountId(1))
    }

    /// The ledger, to read.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Current epoch, from 0.
    #[inline]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Current step within the epoch, from 0.
    #[inline]
    pub fn step(&self) -> u32 {
        self.step
    }

    /// What a new name does not wipe out: what was used up this epoch, and faults.
    pub(crate) fn inherit(&mut self, from: AgentId, to: AgentId) {
        let old = self.counters[from.index()];
        let new = &mut self.counters[to.index()];
        new.faults = old.faults;
        new.epoch_actions = old.epoch_actions;
        new.epoch_posts = old.epoch_posts;
        new.epoch_votes = old.epoch_votes;
    }

    /// As much of a change of reputation as its bounds allow.
    pub(crate) fn room(&self, who: AgentId, delta: f64) -> f64 {
        let before = self.reputation(who);
        let after = before + delta;
        if after.abs() <= REPUTATION_LIMIT {
            delta
        } else {
            crate::detmath::clamp(after, -REPUTATION_LIMIT, REPUTATION_LIMIT) - before
        }
    }

    pub(crate) fn add_reputation(&mut self, who: AgentId, delta: f64) -> f64 {
        let before = self.reputation[who.index()];
        let after = crate::detmath::clamp(before + delta, -REPUTATION_LIMIT, REPUTATION_LIMIT);
        self.reputation[who.index()] = after;
        after - before
    }

    pub(crate) fn begin_step(&mut self) {
        for c in &mut self.counters {
            c.step_interactions = 0;
            c.step_asks = 0;
        }
    }

    pub(crate) fn begin_epoch(&mut self) {
        for c in &mut self.counters {
            c.epoch_actions = 0;
            c.epoch_posts = 0;
            c.epoch_votes = 0;
        }
    }
}
