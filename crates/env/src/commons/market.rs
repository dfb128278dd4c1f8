//! Bounties at work: money, questions, scores and events of the marketplace, on the books of [`crate::market`].
//!
//! Money: posting puts the reserve into `acct:escrow:bounties` and pays the listing fee to `acct:market:fees`; a dispute adds its
//! deposit to the escrow. On release the escrow pays the price of the winning bid and returns the rest; else it returns the
//! reserve. A deposit goes back if the claim is upheld and to the fees if not. Whoever has left is replaced by the treasury.
//!
//! The award is the scored interaction: the bidder initiates and provides, the poster answers. It stays open until the bounty
//! is settled ([`super::verdict`]) and is closed once, with the verdict that stands then as `verifier_rejections`. A bid the poster
//! turns down is a rejected offer; one that was never put to the poster is no interaction.
//!
//! `Invariant: what is held for live bounties is the balance of acct:escrow:bounties`, compared after every step.

use super::actions::check_errand;
use super::deal::Deal;
use super::{Commons, kept};
use crate::act::{BountyId, COLLABORATION, Conduct, Content, Terms};
use crate::config::MarketConfig;
use crate::events::{
    BountyAwarded, BountyBid, BountyDelivered, BountyDisputed, BountyNumber, BountyPosted,
    BountyReturned, InteractionNumber,
};
use crate::market::{Bid, Bounty, BountyState, Contract, Dispute, Market, NewBounty};
use crate::metrics::MarketFigures;
use crate::settlement::Verifier;
use das_core::agent::Proposal;
use das_core::environment::{Answer, Refusal};
use das_core::id::AgentId;
use das_core::ledger::{AccountId, AccountKind, Reason};
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// Name of the account that holds the reserves of live bounties and the deposits of disputes.
pub const BOUNTY_ESCROW: &str = "acct:escrow:bounties";

/// Name of the account that listing fees and lost deposits go to.
pub const MARKET_FEES: &str = "acct:market:fees";

/// Everything of the marketplace that is not configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Hall {
    pub(super) book: Market,
    pub(super) escrow: Option<AccountId>,
    pub(super) fees: Option<AccountId>,
    /// The bid that is being put to a poster: the only one that may be asked for.
    deciding: Option<(BountyId, AgentId)>,
    pub(super) figures: MarketFigures,
    /// Balance of the escrow account when it was last looked at, after all money of the step had moved.
    #[serde(skip)]
    seen: Option<MicroCredits>,
}

fn closed() -> Refusal {
    Refusal::new(
        "no_market",
        "there is no marketplace: environment.market.enabled is false",
    )
}

/// Share of an amount, to the nearest micro-credit.
fn share_of(share: f64, amount: MicroCredits) -> MicroCredits {
    MicroCredits::saturating(share * amount.credits())
}

impl MarketConfig {
    /// What posting a bounty of this reserve costs.
    pub fn fee(&self, reserve: MicroCredits) -> MicroCredits {
        share_of(self.listing_fee, reserve)
    }

    /// What disputing the verdict on a bounty of this price takes.
    pub fn deposit(&self, price: MicroCredits) -> MicroCredits {
        share_of(self.dispute_deposit, price)
    }
}

impl Commons {
    /// The bounties; `None` without a marketplace.
    #[inline]
    pub fn bounties(&self) -> Option<&Market> {
        self.market.as_ref().map(|hall| &hall.book)
    }

    /// Account of reserves and deposits, once somebody is there.
    pub fn bounty_escrow(&self) -> Option<AccountId> {
        self.market.as_ref()?.escrow
    }

    /// Account of the market's fees, once somebody is there.
    pub fn market_fees(&self) -> Option<AccountId> {
        self.market.as_ref()?.fees
    }

    fn hall(&mut self) -> Result<&mut Hall, Refusal> {
        self.market.as_mut().ok_or_else(closed)
    }

    /// The books, to change.
    pub(super) fn book(&mut self) -> Result<&mut Market, Refusal> {
        self.hall().map(|hall| &mut hall.book)
    }

    /// Opens the market's accounts, once.
    pub(super) fn open_market(&mut self, ctx: &mut Ctx<'_, Self>) {
        if let Some(hall) = &mut self.market
            && hall.escrow.is_none()
        {
            hall.escrow = Some(ctx.open_account(BOUNTY_ESCROW, AccountKind::Holding));
            hall.fees = Some(ctx.open_account(MARKET_FEES, AccountKind::Holding));
        }
    }

    /// The most a dispute of this bounty takes from who makes it.
    pub(super) fn deposit_of(&self, id: BountyId) -> MicroCredits {
        let contract = self.bounties().and_then(|book| book.get(id)?.contract());
        contract.map_or(MicroCredits::ZERO, |c| self.config.market.deposit(c.price))
    }

    // --- what agents do ------------------------------------------------------------------------------------------------

    pub(super) fn post_bounty(
        &mut self,
        who: AgentId,
        prompt: Content,
        required_outputs: Vec<Content>,
        reserve: MicroCredits,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let (most, fee) = (
            self.config.market.max_open_bounties,
            self.config.market.fee(reserve),
        );
        let due = self.state.step + u64::from(self.config.market.bid_window_steps) - 1;
        let step = self.state.step;
        let hall = self.hall()?;
        let (Some(escrow), Some(fees)) = (hall.escrow, hall.fees) else {
            return Err(closed());
        };
        if reserve <= MicroCredits::ZERO {
            return Err(Refusal::new("bounty", "a reserve is more than nothing"));
        }
        check_errand(&prompt, &required_outputs)?;
        if hall.book.posted_by(who).len() as u64 >= u64::from(most) {
            let full = format!("{most} bounties at most can be live at a time");
            return Err(Refusal::new("open_bounties", full));
        }
        let account = ctx.society().account(who);
        let held = ctx.ledger().balance(account);
        if held < reserve || held - reserve < fee {
            let short = format!(
                "`{}` holds {}, reserve and listing fee are {} and {}",
                self.name(who),
                held.credits(),
                reserve.credits(),
                fee.credits()
            );
            return Err(Refusal::new("balance", short));
        }
        let refuse = |e: das_core::ledger::LedgerError| Refusal::new("balance", e.to_string());
        ctx.post(account, escrow, reserve, Reason::EscrowIn)
            .map_err(refuse)?;
        ctx.post(account, fees, fee, Reason::ListingFee)
            .map_err(refuse)?;
        let outputs = required_outputs.len() as u32;
        let hall = self.hall()?;
        hall.figures.posted += 1;
        hall.figures.fees += fee;
        let id = hall.book.post(NewBounty {
            poster: who,
            reserve,
            prompt,
            required_outputs,
            step,
            due,
        });
        let prompt = self
            .bounties()
            .and_then(|book| Some(&**book.get(id)?.prompt()));
        let event = BountyPosted {
            bounty: BountyNumber(id.0),
            poster: self.name(who),
            reserve,
            fee,
            prompt: prompt.unwrap_or(""),
            required_outputs: outputs,
        };
        ctx.emit("bounty_posted", &event);
        Ok(())
    }

    pub(super) fn bid(
        &mut self,
        id: BountyId,
        bid: Bid,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let most = self.config.market.max_bids;
        let hall = self.hall()?;
        let number = hall.book.bid(id, bid, most)?;
        hall.figures.bids += 1;
        let event = BountyBid {
            bounty: BountyNumber(id.0),
            bid: number,
            bidder: self.name(bid.bidder),
            price: bid.price,
        };
        ctx.emit("bounty_bid", &event);
        Ok(())
    }

    pub(super) fn deliver(
        &mut self,
        who: AgentId,
        id: BountyId,
        outputs: usize,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let due = self.state.step + u64::from(self.config.market.verify_window_steps);
        self.book()?.deliver(id, who, outputs, due)?;
        let event = BountyDelivered {
            bounty: BountyNumber(id.0),
            worker: self.name(who),
        };
        ctx.emit("bounty_delivered", &event);
        Ok(())
    }

    pub(super) fn dispute(
        &mut self,
        who: AgentId,
        id: BountyId,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let deposit = self.deposit_of(id);
        let due = self.state.step + u64::from(self.config.market.arbitration_steps);
        let hall = self.hall()?;
        let against = hall.book.check_dispute(id, who)?;
        let escrow = hall.escrow.ok_or_else(closed)?;
        let account = ctx.society().account(who);
        ctx.post(account, escrow, deposit, Reason::EscrowIn)
            .map_err(|e| Refusal::new("balance", e.to_string()))?;
        let hall = self.hall()?;
        hall.figures.disputed += 1;
        hall.book.dispute(id, Dispute { by: who, deposit }, due);
        let verdict = self.bounties().and_then(|book| book.get(id)?.verdict());
        let event = BountyDisputed {
            bounty: BountyNumber(id.0),
            by: self.name(who),
            against: self.name(against),
            approved: verdict.is_some_and(|v| v.approved),
            deposit,
        };
        ctx.emit("bounty_disputed", &event);
        Ok(())
    }

    // --- awards --------------------------------------------------------------------------------------------------------

    /// A bid is put to its poster by the market alone, and nobody works on two bounties at a time.
    pub(super) fn admit_bid(&self, from: AgentId, bounty: BountyId) -> Result<(), Refusal> {
        let hall = self.market.as_ref().ok_or_else(closed)?;
        if hall.deciding != Some((bounty, from)) {
            let how = format!("bounty {} is asked for by bidding on it", bounty.0);
            return Err(Refusal::new("bid_first", how));
        }
        match hall.book.work_of(from) {
            Some(work) => {
                let first = format!("the bidder works on bounty {}", work.0);
                Err(Refusal::new("busy", first))
            }
            None => Ok(()),
        }
    }

    /// End of a step: each bid that was chosen is put to its poster. After tasks, so that the draws of claims and offers of the
    /// step, which are keyed by how many an agent has made, are the same with and without a marketplace.
    pub(super) fn decide_awards(&mut self, ctx: &mut Ctx<'_, Self>) {
        let chosen = match &mut self.market {
            Some(hall) => hall.book.take_chosen(),
            None => return,
        };
        for id in chosen {
            let bounty = self.bounties().and_then(|book| book.get(id));
            let Some((poster, bid)) = bounty.and_then(|b| Some((b.poster(), *b.chosen()?))) else {
                continue;
            };
            self.put_to_poster(id, poster, bid, ctx);
        }
    }

    fn put_to_poster(&mut self, id: BountyId, poster: AgentId, bid: Bid, ctx: &mut Ctx<'_, Self>) {
        let proposal = Proposal {
            to: poster,
            terms: Terms::Bounty {
                bounty: id,
                price: bid.price,
            },
            conduct: bid.conduct,
            tag: bid.tag,
        };
        if let Some(hall) = &mut self.market {
            hall.deciding = Some((id, bid.bidder));
        }
        let answer = ctx.ask(self, bid.bidder, proposal);
        if let Some(hall) = &mut self.market {
            hall.deciding = None;
        }
        let accepted = match &answer {
            Answer::Answered(asked) => asked.response,
            Answer::Refused(_) => None,
        };
        let due = self.state.step + u64::from(self.config.market.delivery_steps);
        if let (Some(hall), None) = (&mut self.market, accepted) {
            hall.book.drop_chosen(id);
        }
        // A bid that a rail or lever refuses is no offer.
        let Answer::Answered(asked) = answer else {
            return;
        };
        let Some(response) = accepted else {
            let deal = Deal {
                id: asked.id,
                key: asked.key,
                kind: COLLABORATION,
                initiator: bid.bidder,
                counterparty: poster,
            };
            self.close_rejected(deal, bid.conduct, Verifier::Standing, ctx);
            return;
        };
        let contract = Contract {
            worker: bid.bidder,
            price: bid.price,
            interaction: asked.id,
            key: asked.key,
            worker_conduct: bid.conduct,
            poster_conduct: kept(response),
        };
        if let Some(hall) = &mut self.market {
            hall.book.award(id, contract, due);
        }
        let bids = self
            .bounties()
            .and_then(|book| Some(book.get(id)?.bids().len()));
        let event = BountyAwarded {
            bounty: BountyNumber(id.0),
            worker: self.name(bid.bidder),
            poster: self.name(poster),
            price: bid.price,
            bids: bids.unwrap_or(0) as u32,
            interaction: InteractionNumber(asked.id),
        };
        ctx.emit("bounty_awarded", &event);
    }

    // --- time and leaving ----------------------------------------------------------------------------------------------

    pub(super) fn finish_bounty(&mut self, id: BountyId) -> Option<Bounty> {
        self.market.as_mut()?.book.finish(id)
    }

    /// Nobody was awarded it, or who was did not deliver: that interaction closes as one in which the worker did nothing.
    fn expire_bounty(&mut self, id: BountyId, ctx: &mut Ctx<'_, Self>) {
        let Some(bounty) = self.finish_bounty(id) else {
            return;
        };
        let contract = bounty.contract().copied();
        if let Some(contract) = contract {
            let idle = Contract {
                worker_conduct: Conduct::default(),
                ..contract
            };
            let upshot = self.worked(&idle, Verifier::Standing, ctx);
            self.close_contract(&bounty, &contract, upshot.unpaid(), &upshot, ctx);
        }
        if let Some(hall) = &mut self.market {
            hall.figures.expired += 1;
        }
        let escrow = self.bounty_escrow();
        let event = BountyReturned {
            bounty: BountyNumber(id.0),
            to: self.give_back(escrow, bounty.poster(), bounty.reserve(), ctx),
            amount: bounty.reserve(),
            worker: contract.map(|c| self.name(c.worker)),
            interaction: contract.map(|c| InteractionNumber(c.interaction)),
        };
        ctx.emit("bounty_expired", &event);
    }

    /// End of a step: every bounty whose state times out goes on, the one that has waited longest first.
    pub(super) fn run_out_bounties(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = self.state.step;
        let choosing = u64::from(self.config.market.award_window_steps);
        while let Some(book) = self.bounties()
            && let Some(id) = book.next_due(now)
            && let Some(bounty) = book.get(id)
        {
            let verdict = bounty.verdict().is_some_and(|v| v.approved);
            let (due, has_bids) = (bounty.due(), !bounty.bids().is_empty());
            match bounty.state() {
                BountyState::Open if has_bids => {
                    if let Some(hall) = &mut self.market {
                        hall.book.close_bidding(id, due + choosing);
                    }
                }
                BountyState::Open | BountyState::Choosing | BountyState::Awarded => {
                    self.expire_bounty(id, ctx);
                }
                BountyState::Delivered => self.judge(id, None, Verifier::Standing, ctx),
                BountyState::Verified => self.conclude(id, verdict, ctx),
                BountyState::Disputed => self.arbitrate(id, ctx),
            }
        }
        self.look_into_escrow(ctx);
    }

    /// Takes back the bounties of a poster that nobody works on yet, before it goes under another name.
    pub(super) fn withdraw_bounties(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        let Some(book) = self.bounties() else { return };
        let free = |id: &BountyId| book.get(*id).is_some_and(|b| b.contract().is_none());
        let mine: Vec<BountyId> = book.posted_by(who).iter().copied().filter(free).collect();
        for id in mine {
            self.expire_bounty(id, ctx);
        }
    }

    /// Somebody left: what it works on is not delivered, what nobody works on yet is withdrawn. What it delivered, and what
    /// others do for it, goes its way.
    pub(super) fn leave_market(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        if let Some(work) = self.bounties().and_then(|book| book.work_of(who)) {
            self.expire_bounty(work, ctx);
        }
        self.withdraw_bounties(who, ctx);
        self.look_into_escrow(ctx);
    }

    fn look_into_escrow(&mut self, ctx: &Ctx<'_, Self>) {
        if let Some(hall) = &mut self.market {
            hall.seen = hall.escrow.map(|escrow| ctx.ledger().balance(escrow));
        }
    }

    /// The invariant of the escrow, on the balance seen at the end of the step.
    pub(super) fn check_market(&self) -> Result<(), String> {
        let Some(hall) = &self.market else {
            return Ok(());
        };
        let held = hall.book.held();
        match hall.seen {
            Some(seen) if seen != held => Err(format!(
                "{BOUNTY_ESCROW} holds {} micro-credits, live bounties say {}",
                seen.0, held.0
            )),
            _ => Ok(()),
        }
    }
}
