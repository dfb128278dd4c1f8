//! What an agent sees of the marketplace: its rules, open bounties, bids on its own, and verdicts it lost by.
//!
//! Bids are sealed: what they ask, the poster alone sees. Of conduct and of how work turned out an agent sees its own side.

use super::CommonsView;
use crate::act::{BountyId, Conduct, Content};
use crate::config::MarketConfig;
use crate::market::{Bounty, BountyState};
use das_core::id::AgentId;
use das_core::units::MicroCredits;
use serde::Serialize;

/// A bounty as somebody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BountyView {
    /// The bounty.
    pub id: BountyId,
    /// Who posted it and pays.
    pub poster: AgentId,
    /// The most the poster pays, in escrow.
    pub reserve: MicroCredits,
    /// Where it stands.
    pub state: BountyState,
    /// Steps since it was posted.
    pub age_steps: u64,
    /// Bids so far. What they ask, the poster alone sees.
    pub bids: u32,
    /// Outputs that must be delivered.
    pub required_outputs: u32,
    /// Who works on it, once awarded.
    pub worker: Option<AgentId>,
    /// Whether the viewer bid on it.
    pub mine: bool,
}

/// A bid as the poster sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BidView {
    /// Its number, to award it by.
    pub number: u32,
    /// Who bids.
    pub bidder: AgentId,
    /// For what.
    pub price: MicroCredits,
}

/// A verdict the viewer lost by and may still dispute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LostVerdict {
    /// The bounty.
    pub bounty: BountyId,
    /// The other side.
    pub partner: AgentId,
    /// Whether the work passed: the viewer is then the poster, else the worker.
    pub approved: bool,
    /// What the viewer saw of how it turned out: nothing, or right with probability `signals.accuracy`.
    pub sight: Option<bool>,
    /// What it would get or keep.
    pub price: MicroCredits,
    /// What disputing takes, lost if the claim fails.
    pub deposit: MicroCredits,
    /// The viewer's own conduct in it.
    pub conduct: Conduct,
}

impl<'a> CommonsView<'a> {
    /// Rules of the marketplace, public; `None` if there is none.
    #[inline]
    pub fn market(&self) -> Option<&'a MarketConfig> {
        let rules = &self.world.config().market;
        rules.enabled.then_some(rules)
    }

    /// How many bounties take bids.
    #[inline]
    pub fn open_bounty_count(&self) -> u32 {
        self.world.bounties().map_or(0, |book| book.open().len()) as u32
    }

    /// The `i`-th bounty that takes bids, `None` from [`CommonsView::open_bounty_count`] on. The order means nothing: draw `i`.
    pub fn open_bounty(&self, i: u32) -> Option<BountyView> {
        let id = *self.world.bounties()?.open().get(i as usize)?;
        self.bounty(id)
    }

    /// A bounty that takes bids, by a uniform draw `u` in [0, 1).
    pub fn random_open_bounty(&self, u: f64) -> Option<BountyView> {
        let count = self.open_bounty_count();
        let i = (u * f64::from(count)) as u32;
        self.open_bounty(i.min(count.saturating_sub(1)))
    }

    /// A bounty by its number; `None` when it is settled and gone.
    pub fn bounty(&self, id: BountyId) -> Option<BountyView> {
        let bounty = self.world.bounties()?.get(id)?;
        Some(BountyView {
            id,
            poster: bounty.poster(),
            reserve: bounty.reserve(),
            state: bounty.state(),
            age_steps: self.step_index().saturating_sub(bounty.posted_step()),
            bids: bounty.bids().len() as u32,
            required_outputs: bounty.required_outputs().len() as u32,
            worker: bounty.worker(),
            mine: bounty.bids().iter().any(|bid| bid.bidder == self.me),
        })
    }

    /// What a bounty asks for.
    pub fn bounty_prompt(&self, id: BountyId) -> Option<&'a Content> {
        self.world.bounties()?.get(id).map(Bounty::prompt)
    }

    /// The outputs a bounty requires.
    pub fn bounty_outputs(&self, id: BountyId) -> &'a [Content] {
        let bounty = self.world.bounties().and_then(|book| book.get(id));
        bounty.map_or(&[], Bounty::required_outputs)
    }

    /// Live bounties the viewer posted, oldest first.
    pub fn my_bounties(&self) -> &'a [BountyId] {
        let book = self.world.bounties();
        book.map_or(&[], |book| book.posted_by(self.me))
    }

    /// The oldest bounty of the viewer whose bidding is over and that it has not chosen a bid for in this step.
    pub fn bounty_to_award(&self) -> Option<BountyView> {
        let book = self.world.bounties()?;
        let waits = |b: &Bounty| b.state() == BountyState::Choosing && b.chosen().is_none();
        let id = (self.my_bounties().iter()).find(|id| book.get(**id).is_some_and(waits))?;
        self.bounty(*id)
    }

    /// Bids on a bounty of the viewer's that can be awarded: not turned down, the bidder there, not frozen and without other work
    /// from the market. Nobody else sees them.
    pub fn bids(&self, id: BountyId) -> impl Iterator<Item = BidView> + use<'a> {
        let (view, book) = (*self, self.world.bounties());
        let bounty = book.and_then(|book| book.get(id));
        let mine = bounty.filter(|b| b.poster() == view.me);
        (0..)
            .zip(mine.map_or(&[][..], Bounty::bids))
            .filter(move |(_, bid)| {
                let busy = book.is_some_and(|book| book.work_of(bid.bidder).is_some());
                bid.stands && !busy && view.is_live(bid.bidder) && !view.is_frozen(bid.bidder)
            })
            .map(|(number, bid)| BidView {
                number,
                bidder: bid.bidder,
                price: bid.price,
            })
    }

    /// The bounty awarded to the viewer and not yet delivered. Nobody works on two at a time: while there is one, bids are
    /// refused (`busy`).
    pub fn my_commission(&self) -> Option<BountyView> {
        self.bounty(self.world.bounties()?.work_of(self.me)?)
    }

    /// The oldest verdict the viewer lost by and may still dispute, its own bounties first.
    pub fn lost_verdict(&self) -> Option<LostVerdict> {
        let book = self.world.bounties()?;
        let concerned = book.posted_by(self.me).iter().chain(book.done_by(self.me));
        concerned.into_iter().find_map(|&id| {
            let bounty = book.get(id)?;
            let (contract, verdict) = (bounty.contract()?, bounty.verdict()?);
            if bounty.state() != BountyState::Verified || bounty.loser() != Some(self.me) {
                return None;
            }
            // Worker first, poster second.
            let side = usize::from(verdict.approved);
            Some(LostVerdict {
                bounty: id,
                partner: [bounty.poster(), contract.worker][side],
                approved: verdict.approved,
                sight: verdict.sights[side],
                price: contract.price,
                deposit: self.market()?.deposit(contract.price),
                conduct: [contract.worker_conduct, contract.poster_conduct][side],
            })
        })
    }

    /// How many delivered bounties wait for a verifier.
    #[inline]
    pub fn bounties_to_verify(&self) -> u32 {
        let book = self.world.bounties();
        book.map_or(0, |book| book.delivered().len()) as u32
    }

    /// The `i`-th delivered bounty that waits for a verifier. The viewer may not verify what it posted or did itself.
    pub fn bounty_to_verify(&self, i: u32) -> Option<BountyView> {
        let id = *self.world.bounties()?.delivered().get(i as usize)?;
        self.bounty(id)
    }
}
