//! The marketplace: bounties with bids. Open → choosing → awarded → delivered → verified → (disputed) → settled.
//!
//! Pure book-keeping, as in [`crate::tasks`]: who may do what to which bounty, and which are due. Money, questions and scores are
//! the world's, which moves them together with the state here. Each live bounty has exactly one step at whose end its state
//! times out ([`Market::next_due`]); whoever moves it on says when the next one is.
//!
//! Invariants: what is held for a live bounty is its reserve and, while it is disputed, the deposit ([`Market::held`] is the sum);
//! nobody has more than one bid on a bounty, nor more than one awarded bounty to deliver. No method looks at all bounties but
//! [`Market::iter`], which the tests use.

use crate::act::{BountyId, Conduct, Content};
use crate::settlement::Verifier;
use das_core::environment::Refusal;
use das_core::id::{AgentId, InteractionId};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a live bounty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BountyState {
    /// Bids come in.
    Open,
    /// Bidding is over, the poster compares.
    Choosing,
    /// A bidder works on it; its interaction is open.
    Awarded,
    /// Handed in, waits for a verifier.
    Delivered,
    /// A verdict stands unless somebody disputes it.
    Verified,
    /// An arbiter looks again.
    Disputed,
}

/// A bid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bid {
    /// Who offers to do it.
    pub bidder: AgentId,
    /// For what, at most the reserve.
    pub price: MicroCredits,
    /// How it would be worked on. Hidden from everybody else.
    pub conduct: Conduct,
    /// The bidder's own mark.
    pub tag: u64,
    /// Whether it can still be awarded: not turned down and not refused.
    pub stands: bool,
}

/// The award: the interaction that stays open until the bounty is settled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Who works on it.
    pub worker: AgentId,
    /// What is paid for it.
    pub price: MicroCredits,
    /// The open interaction.
    pub interaction: InteractionId,
    /// Key of its draws.
    pub key: u64,
    /// How the worker works.
    pub worker_conduct: Conduct,
    /// How the poster supports the work.
    pub poster_conduct: Conduct,
}

/// What a verifier said, and what the two sides saw for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the work passed.
    pub approved: bool,
    /// Who looked.
    pub verifier: Verifier,
    /// What worker and poster each saw of how it turned out; nothing, or right with probability `signals.accuracy`.
    pub sights: [Option<bool>; 2],
}

/// A claim that the verdict is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Who claims it: the worker of a rejection, the poster of an approval.
    pub by: AgentId,
    /// What it put down, in escrow.
    pub deposit: MicroCredits,
}

/// One live bounty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounty {
    poster: AgentId,
    reserve: MicroCredits,
    prompt: Content,
    required_outputs: Vec<Content>,
    posted_step: u64,
    state: BountyState,
    /// The step at whose end the state times out.
    due: u64,
    /// Position in the list of its state.
    at: u32,
    bids: Vec<Bid>,
    chosen: Option<u32>,
    contract: Option<Contract>,
    verdict: Option<Verdict>,
    dispute: Option<Dispute>,
}

impl Bounty {
    /// Who posted it and pays.
    pub fn poster(&self) -> AgentId {
        self.poster
    }

    /// The most the poster pays, in escrow until the bounty is settled.
    pub fn reserve(&self) -> MicroCredits {
        self.reserve
    }

    /// What is to be done.
    pub fn prompt(&self) -> &Content {
        &self.prompt
    }

    /// Outputs that must be delivered.
    pub fn required_outputs(&self) -> &[Content] {
        &self.required_outputs
    }

    /// When it was posted, in steps since the start.
    pub fn posted_step(&self) -> u64 {
        self.posted_step
    }

    /// Where it stands.
    pub fn state(&self) -> BountyState {
        self.state
    }

    /// The step at whose end the state times out.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// All bids, in the order they came; the place is the number of the bid.
    pub fn bids(&self) -> &[Bid] {
        &self.bids
    }

    /// The bid the poster chose in this step.
    pub fn chosen(&self) -> Option<&Bid> {
        self.bids.get(self.chosen? as usize)
    }

    /// The award, once there is one.
    pub fn contract(&self) -> Option<&Contract> {
        self.contract.as_ref()
    }

    /// Who works or worked on it.
    pub fn worker(&self) -> Option<AgentId> {
        self.contract.map(|c| c.worker)
    }

    /// What the verifier said, once one did.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// The claim that the verdict is wrong, while an arbiter looks at it.
    pub fn dispute(&self) -> Option<&Dispute> {
        self.dispute.as_ref()
    }

    /// What lies in escrow for it: the reserve and the deposit of a dispute.
    pub fn held(&self) -> MicroCredits {
        self.reserve + self.dispute.map_or(MicroCredits::ZERO, |d| d.deposit)
    }

    /// Who may dispute the verdict: the worker a rejection, the poster an approval.
    pub fn loser(&self) -> Option<AgentId> {
        let verdict = self.verdict.as_ref()?;
        if verdict.approved {
            Some(self.poster)
        } else {
            self.worker()
        }
    }
}

/// A new bounty.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBounty {
    /// Who posts it.
    pub poster: AgentId,
    /// The most it pays, already in escrow.
    pub reserve: MicroCredits,
    /// What is to be done.
    pub prompt: Content,
    /// Outputs that must be delivered.
    pub required_outputs: Vec<Content>,
    /// Step, counted from the start.
    pub step: u64,
    /// The last step in which bids are taken.
    pub due: u64,
}

/// The bounties of one agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Desk {
    /// Live bounties it posted, oldest first.
    posted: Vec<BountyId>,
    /// The one it works on.
    work: Option<BountyId>,
    /// Those it delivered that are not settled, oldest first.
    done: Vec<BountyId>,
}

impl Desk {
    fn is_empty(&self) -> bool {
        self.posted.is_empty() && self.work.is_none() && self.done.is_empty()
    }
}

/// All live bounties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Market {
    live: BTreeMap<BountyId, Bounty>,
    next: u64,
    /// Bounties that take bids, in no particular order.
    open: Vec<BountyId>,
    /// Bounties that wait for a verifier, in no particular order.
    delivered: Vec<BountyId>,
    /// When each live bounty is due.
    due: BTreeSet<(u64, BountyId)>,
    /// Agents that have anything to do with a live bounty, bids apart.
    desks: BTreeMap<AgentId, Desk>,
    /// Bounties whose poster chose in this step, in order.
    chosen: Vec<BountyId>,
    held: MicroCredits,
}

fn unknown(id: BountyId) -> Refusal {
    Refusal::new(
        "no_such_bounty",
        format!("bounty {} is settled or was never posted", id.0),
    )
}

fn stale(id: BountyId, state: BountyState) -> Refusal {
    Refusal::new("stale", format!("bounty {} is {state:?} by now", id.0))
}

fn not_yours(id: BountyId, who: &'static str) -> Refusal {
    Refusal::new("not_yours", format!("bounty {} has another {who}", id.0))
}

impl Market {
    /// A live bounty.
    #[inline]
    pub fn get(&self, id: BountyId) -> Option<&Bounty> {
        self.live.get(&id)
    }

    /// All live bounties, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (BountyId, &Bounty)> {
        self.live.iter().map(|(&id, bounty)| (id, bounty))
    }

    /// Live bounties.
    pub fn count(&self) -> u64 {
        self.live.len() as u64
    }

    /// Sum of what is held for live bounties: what the escrow account must hold.
    pub fn held(&self) -> MicroCredits {
        self.held
    }

    /// Bounties that take bids.
    #[inline]
    pub fn open(&self) -> &[BountyId] {
        &self.open
    }

    /// Bounties that wait for a verifier.
    #[inline]
    pub fn delivered(&self) -> &[BountyId] {
        &self.delivered
    }

    /// Live bounties an agent posted, oldest first.
    pub fn posted_by(&self, who: AgentId) -> &[BountyId] {
        self.desks.get(&who).map_or(&[], |desk| &desk.posted)
    }

    /// The bounty an agent works on.
    pub fn work_of(&self, who: AgentId) -> Option<BountyId> {
        self.desks.get(&who)?.work
    }

    /// Bounties an agent delivered that are not settled, oldest first.
    pub fn done_by(&self, who: AgentId) -> &[BountyId] {
        self.desks.get(&who).map_or(&[], |desk| &desk.done)
    }

    /// Puts a bounty up.
    pub fn post(&mut self, new: NewBounty) -> BountyId {
        let id = BountyId(self.next);
        self.next += 1;
        self.held += new.reserve;
        self.due.insert((new.due, id));
        self.desk(new.poster).posted.push(id);
        self.live.insert(
            id,
            Bounty {
                poster: new.poster,
                reserve: new.reserve,
                prompt: new.prompt,
                required_outputs: new.required_outputs,
                posted_step: new.step,
                state: BountyState::Open,
                due: new.due,
                at: 0,
                bids: Vec::new(),
                chosen: None,
                contract: None,
                verdict: None,
                dispute: None,
            },
        );
        self.enlist(id);
        id
    }

    /// Notes a bid on an open bounty; returns its number. `most` bids at most.
    pub fn bid(&mut self, id: BountyId, bid: Bid, most: u32) -> Result<u32, Refusal> {
        if let Some(work) = self.work_of(bid.bidder) {
            let first = format!("bounty {} comes first", work.0);
            return Err(Refusal::new("busy", first));
        }
        let bounty = self.live.get_mut(&id).ok_or_else(|| unknown(id))?;
        if bounty.state != BountyState::Open {
            return Err(stale(id, bounty.state));
        }
        if bounty.poster == bid.bidder {
            let own = "nobody bids on a bounty of its own";
            return Err(Refusal::new("own_bounty", own));
        }
        if bid.price < MicroCredits::ZERO || bid.price > bounty.reserve {
            let range = format!(
                "a bid is between 0 and the reserve, {}",
                bounty.reserve.credits()
            );
            return Err(Refusal::new("price", range));
        }
        if bounty.bids.iter().any(|b| b.bidder == bid.bidder) {
            let twice = format!("there is a bid of yours on bounty {}", id.0);
            return Err(Refusal::new("bid_twice", twice));
        }
        let bids = bounty.bids.len() as u32;
        if bids >= most {
            let full = format!("bounty {} has {bids} bids, {most} are allowed", id.0);
            return Err(Refusal::new("bids", full));
        }
        bounty.bids.push(bid);
        Ok(bids)
    }

    /// Ends the bidding: the poster compares until `due`.
    pub fn close_bidding(&mut self, id: BountyId, due: u64) {
        self.go_on(id, BountyState::Choosing, due);
    }

    /// Notes which bid the poster wants; whether it gets it is decided at the end of the step.
    pub fn choose(&mut self, id: BountyId, poster: AgentId, bid: u32) -> Result<(), Refusal> {
        let bounty = self.live.get_mut(&id).ok_or_else(|| unknown(id))?;
        if bounty.state != BountyState::Choosing {
            return Err(stale(id, bounty.state));
        }
        if bounty.poster != poster {
            return Err(not_yours(id, "poster"));
        }
        if bounty.chosen.is_some() {
            let twice = format!("bounty {} is being awarded in this step", id.0);
            return Err(Refusal::new("chosen", twice));
        }
        if !bounty.bids.get(bid as usize).is_some_and(|b| b.stands) {
            let none = format!("bounty {} has no standing bid {bid}", id.0);
            return Err(Refusal::new("no_such_bid", none));
        }
        bounty.chosen = Some(bid);
        self.chosen.push(id);
        Ok(())
    }

    /// Takes the choices of the step, in order.
    pub fn take_chosen(&mut self) -> Vec<BountyId> {
        std::mem::take(&mut self.chosen)
    }

    /// The bid that was chosen came to nothing: it falls.
    pub fn drop_chosen(&mut self, id: BountyId) {
        if let Some(bounty) = self.live.get_mut(&id)
            && let Some(chosen) = bounty.chosen.take()
            && let Some(bid) = bounty.bids.get_mut(chosen as usize)
        {
            bid.stands = false;
        }
    }

    /// Gives the bounty to the bidder; it must be delivered by `due`.
    pub fn award(&mut self, id: BountyId, contract: Contract, due: u64) {
        self.go_on(id, BountyState::Awarded, due);
        if let Some(bounty) = self.live.get_mut(&id) {
            bounty.contract = Some(contract);
            bounty.chosen = None;
        }
        self.desk(contract.worker).work = Some(id);
    }

    /// Notes the outputs handed in by the worker; the standing verifier looks at `due`.
    pub fn deliver(
        &mut self,
        id: BountyId,
        worker: AgentId,
        outputs: usize,
        due: u64,
    ) -> Result<(), Refusal> {
        let bounty = self.live.get(&id).ok_or_else(|| unknown(id))?;
        if bounty.state != BountyState::Awarded {
            return Err(stale(id, bounty.state));
        }
        if bounty.worker() != Some(worker) {
            return Err(not_yours(id, "worker"));
        }
        let required = bounty.required_outputs.len();
        if outputs != required {
            let count = format!(
                "bounty {} requires {required} outputs, {outputs} were delivered",
                id.0
            );
            return Err(Refusal::new("outputs", count));
        }
        self.go_on(id, BountyState::Delivered, due);
        let desk = self.desk(worker);
        desk.work = None;
        desk.done.push(id);
        Ok(())
    }

    /// Whether somebody may verify the bounty: it is delivered, and neither posted nor done by the verifier.
    pub fn check_verifier(&self, id: BountyId, verifier: AgentId) -> Result<(), Refusal> {
        let bounty = self.live.get(&id).ok_or_else(|| unknown(id))?;
        if bounty.state != BountyState::Delivered {
            return Err(stale(id, bounty.state));
        }
        if bounty.poster == verifier || bounty.worker() == Some(verifier) {
            let own = "nobody verifies a bounty it posted or did";
            return Err(Refusal::new("own_bounty", own));
        }
        Ok(())
    }

    /// Notes the verdict, which may be disputed until `due`.
    pub fn verify(&mut self, id: BountyId, verdict: Verdict, due: u64) {
        self.go_on(id, BountyState::Verified, due);
        if let Some(bounty) = self.live.get_mut(&id) {
            bounty.verdict = Some(verdict);
        }
    }

    /// Whether somebody may dispute the verdict; who is then its opponent.
    pub fn check_dispute(&self, id: BountyId, by: AgentId) -> Result<AgentId, Refusal> {
        let bounty = self.live.get(&id).ok_or_else(|| unknown(id))?;
        if bounty.state != BountyState::Verified {
            return Err(stale(id, bounty.state));
        }
        if bounty.loser() != Some(by) {
            let whose = "only who loses by a verdict disputes it";
            return Err(Refusal::new("not_yours", whose));
        }
        let poster = bounty.poster;
        Ok(if poster == by {
            bounty.worker().unwrap_or(poster)
        } else {
            poster
        })
    }

    /// Notes a dispute whose deposit is in escrow; the arbiter rules at `due`.
    pub fn dispute(&mut self, id: BountyId, dispute: Dispute, due: u64) {
        self.go_on(id, BountyState::Disputed, due);
        if let Some(bounty) = self.live.get_mut(&id) {
            bounty.dispute = Some(dispute);
            self.held += dispute.deposit;
        }
    }

    /// Takes a bounty off the books, with all that was held for it.
    pub fn finish(&mut self, id: BountyId) -> Option<Bounty> {
        self.delist(id);
        let bounty = self.live.remove(&id)?;
        self.due.remove(&(bounty.due, id));
        self.held = self.held - bounty.held();
        self.leave_desk(bounty.poster, |desk| desk.posted.retain(|&b| b != id));
        if let Some(worker) = bounty.worker() {
            self.leave_desk(worker, |desk| {
                desk.done.retain(|&b| b != id);
                if desk.work == Some(id) {
                    desk.work = None;
                }
            });
        }
        Some(bounty)
    }

    /// The next bounty whose state times out by the end of step `now`: the caller must move it on or finish it.
    pub fn next_due(&self, now: u64) -> Option<BountyId> {
        let &(due, id) = self.due.first()?;
        (due <= now).then_some(id)
    }

    fn desk(&mut self, who: AgentId) -> &mut Desk {
        self.desks.entry(who).or_default()
    }

    fn leave_desk(&mut self, who: AgentId, change: impl FnOnce(&mut Desk)) {
        if let Some(desk) = self.desks.get_mut(&who) {
            change(desk);
            if desk.is_empty() {
                self.desks.remove(&who);
            }
        }
    }

    fn go_on(&mut self, id: BountyId, state: BountyState, due: u64) {
        self.delist(id);
        if let Some(bounty) = self.live.get_mut(&id) {
            self.due.remove(&(bounty.due, id));
            self.due.insert((due, id));
            bounty.due = due;
            bounty.state = state;
        }
        self.enlist(id);
    }

    /// The list a bounty of this state is in.
    fn list(&mut self, state: BountyState) -> Option<&mut Vec<BountyId>> {
        match state {
            BountyState::Open => Some(&mut self.open),
            BountyState::Delivered => Some(&mut self.delivered),
            _ => None,
        }
    }

    fn enlist(&mut self, id: BountyId) {
        let Some(state) = self.live.get(&id).map(|b| b.state) else {
            return;
        };
        let Some(list) = self.list(state) else { return };
        let at = list.len() as u32;
        list.push(id);
        if let Some(bounty) = self.live.get_mut(&id) {
            bounty.at = at;
        }
    }

    fn delist(&mut self, id: BountyId) {
        let Some((state, at)) = self.live.get(&id).map(|b| (b.state, b.at)) else {
            return;
        };
        let Some(list) = self.list(state) else { return };
        list.swap_remove(at as usize);
        let moved = list.get(at as usize).copied();
        if let Some(bounty) = moved.and_then(|moved| self.live.get_mut(&moved)) {
            bounty.at = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Conduct = Conduct {
        effort: 1.0,
        deception: 0.0,
        harm: 0.0,
    };

    fn bid(bidder: u32, price: i64) -> Bid {
        Bid {
            bidder: AgentId(bidder),
            price: MicroCredits(price),
            conduct: GOOD,
            tag: 0,
            stands: true,
        }
    }

    /// A bounty of agent 0 with a reserve of 100.
    fn post(book: &mut Market) -> BountyId {
        book.post(NewBounty {
            poster: AgentId(0),
            reserve: MicroCredits(100),
            prompt: "add".into(),
            required_outputs: vec!["sum".into()],
            step: 0,
            due: 2,
        })
    }

    fn contract(worker: u32) -> Contract {
        Contract {
            worker: AgentId(worker),
            price: MicroCredits(60),
            interaction: InteractionId(5),
            key: 1,
            worker_conduct: GOOD,
            poster_conduct: GOOD,
        }
    }

    fn code<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> &'static str {
        refused.unwrap_err().code
    }

    #[test]
    fn bids_are_bounded_sealed_in_number_and_one_each() {
        // Own, too dear, negative, twice and one too many: each is refused under its own word and changes nothing.
        let mut book = Market::default();
        let id = post(&mut book);
        assert_eq!(book.bid(id, bid(1, 100), 2), Ok(0));
        let before = book.clone();
        assert_eq!(code(book.bid(id, bid(0, 50), 2)), "own_bounty");
        assert_eq!(code(book.bid(id, bid(2, 101), 2)), "price");
        assert_eq!(code(book.bid(id, bid(2, -1), 2)), "price");
        assert_eq!(code(book.bid(id, bid(1, 50), 2)), "bid_twice");
        assert_eq!(code(book.bid(BountyId(9), bid(2, 50), 2)), "no_such_bounty");
        assert_eq!(code(book.choose(id, AgentId(0), 0)), "stale");
        assert_eq!(book, before);
        assert_eq!(book.bid(id, bid(2, 0), 2), Ok(1));
        assert_eq!(code(book.bid(id, bid(3, 1), 2)), "bids");
        book.close_bidding(id, 4);
        assert_eq!(code(book.bid(id, bid(4, 1), 9)), "stale");
        assert!(book.open().is_empty());
    }

    #[test]
    fn each_step_belongs_to_one_side_and_one_state() {
        // Through a whole life: whoever is not its turn is refused, before and after.
        let mut book = Market::default();
        let id = post(&mut book);
        book.bid(id, bid(1, 60), 9).unwrap();
        book.bid(id, bid(2, 70), 9).unwrap();
        book.close_bidding(id, 4);
        assert_eq!(code(book.choose(id, AgentId(1), 0)), "not_yours");
        assert_eq!(code(book.choose(id, AgentId(0), 2)), "no_such_bid");
        book.choose(id, AgentId(0), 1).unwrap();
        assert_eq!(code(book.choose(id, AgentId(0), 0)), "chosen");
        assert_eq!(book.take_chosen(), [id]);
        book.drop_chosen(id);
        assert_eq!(code(book.choose(id, AgentId(0), 1)), "no_such_bid");
        book.choose(id, AgentId(0), 0).unwrap();
        assert_eq!(book.take_chosen(), [id]);
        book.award(id, contract(1), 9);
        assert_eq!(
            (book.work_of(AgentId(1)), book.work_of(AgentId(2))),
            (Some(id), None)
        );
        let other = post(&mut book);
        assert_eq!(code(book.bid(other, bid(1, 10), 9)), "busy");
        assert_eq!(code(book.deliver(id, AgentId(2), 1, 10)), "not_yours");
        assert_eq!(code(book.deliver(id, AgentId(1), 0, 10)), "outputs");
        assert_eq!(code(book.check_verifier(id, AgentId(3))), "stale");
        book.deliver(id, AgentId(1), 1, 10).unwrap();
        assert_eq!(book.delivered(), [id]);
        assert_eq!(code(book.deliver(id, AgentId(1), 1, 10)), "stale");
        assert_eq!(code(book.check_verifier(id, AgentId(0))), "own_bounty");
        assert_eq!(code(book.check_verifier(id, AgentId(1))), "own_bounty");
        book.check_verifier(id, AgentId(3)).unwrap();
        assert_eq!(code(book.check_dispute(id, AgentId(1))), "stale");
        let verdict = Verdict {
            approved: false,
            verifier: Verifier::Standing,
            sights: [None, Some(false)],
        };
        book.verify(id, verdict, 12);
        assert_eq!(code(book.check_dispute(id, AgentId(0))), "not_yours");
        assert_eq!(book.check_dispute(id, AgentId(1)), Ok(AgentId(0)));
        let dispute = Dispute {
            by: AgentId(1),
            deposit: MicroCredits(15),
        };
        book.dispute(id, dispute, 13);
        assert_eq!(code(book.check_dispute(id, AgentId(1))), "stale");
        assert_eq!(book.held(), MicroCredits(215));
        assert_eq!(book.done_by(AgentId(1)), [id]);
        assert_eq!(
            book.next_due(12),
            Some(other),
            "the other's bidding is over"
        );
        book.finish(other);
        assert_eq!((book.next_due(12), book.next_due(13)), (None, Some(id)));
        book.finish(id);
        assert_eq!(
            book,
            Market {
                next: 2,
                ..Market::default()
            },
            "nothing is left behind"
        );
    }
}
