//! Offers: admission, settlement, and the aftermath both sides may hear of later.

use super::{Commons, Due};
use crate::act::{self, Conduct, News, Terms};
use crate::settlement::{self, Luck, Upshot, Verifier};
use das_core::environment::{Asked, Refusal, Settlement};
use das_core::id::{AgentId, InteractionId, Kind};
use das_core::interaction::Truth;
use das_core::ledger::AccountId;
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;

/// The two sides of an accepted interaction that closes, and what its draws hang on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deal {
    pub(super) id: InteractionId,
    pub(super) key: u64,
    pub(super) kind: Kind,
    pub(super) initiator: AgentId,
    pub(super) counterparty: AgentId,
}

/// Name of the treasury in events.
pub(super) const TREASURY: &str = "acct:treasury";

impl Commons {
    /// The world's own no to an offer: no link, no attention left, nothing there to answer, or a collaboration that did not
    /// come from a claim.
    pub(super) fn admit_offer(
        &self,
        from: AgentId,
        to: AgentId,
        terms: &Terms,
    ) -> Result<(), Refusal> {
        match *terms {
            Terms::Trade { .. } => {
                if !self.around(from).sees(to) {
                    return Err(Refusal::new("no_link", "the two do not see each other"));
                }
            }
            Terms::Reply { post } => {
                if self.state.feed.visible(post)?.author() != to {
                    return Err(Refusal::new(
                        "not_the_author",
                        format!("post {} is somebody else's", post.0),
                    ));
                }
            }
            Terms::Collaboration { task, .. } => {
                // Work is offered by claiming; it takes no attention from offers.
                return if self.state.deciding == Some((task, from)) {
                    Ok(())
                } else {
                    Err(Refusal::new(
                        "claim_first",
                        format!("task {} is asked for by claiming it", task.0),
                    ))
                };
            }
            Terms::Bounty { bounty, .. } => return self.admit_bid(from, bounty),
        }
        if self.has_attention(to) {
            Ok(())
        } else {
            // The most frequent refusal of all: its text is fixed and short.
            Err(Refusal::new("no_attention", "has answered all it can"))
        }
    }

    /// Settles a trade or a reply at once, accepted or not.
    pub(super) fn settle_offer(&mut self, asked: &Asked<Self>, ctx: &mut Ctx<'_, Self>) {
        self.state
            .records
            .serve(asked.counterparty, self.state.step);
        let deal = Deal {
            id: asked.id,
            key: asked.key,
            kind: Self::kind_of(&asked.terms),
            initiator: asked.initiator,
            counterparty: asked.counterparty,
        };
        let Some(response) = asked.response else {
            self.close_rejected(deal, asked.conduct, Verifier::ByChance, ctx);
            return;
        };
        let upshot = self.upshot(deal.key, asked.conduct, response, Verifier::ByChance, ctx);
        let mut settlement = upshot.unpaid();
        let mut parents = [
            self.state.ties.last(deal.initiator, deal.counterparty),
            None,
        ];
        match asked.terms {
            // The initiator asks a price: the counterparty pays, so τ (initiator to counterparty) is minus it.
            Terms::Trade { price } => settlement.tau = -price,
            Terms::Reply { post } => {
                let origin = self
                    .state
                    .feed
                    .get(post)
                    .and_then(crate::feed::Post::origin);
                parents[1] = origin.filter(|&o| Some(o) != parents[0]);
            }
            Terms::Collaboration { .. } | Terms::Bounty { .. } => {}
        }
        settlement.parents = parents;
        self.close_accepted(deal, settlement, upshot.truth, ctx);
    }

    fn kind_of(terms: &Terms) -> Kind {
        match terms {
            Terms::Trade { .. } => act::TRADE,
            Terms::Collaboration { .. } | Terms::Bounty { .. } => act::COLLABORATION,
            Terms::Reply { .. } => act::REPLY,
        }
    }

    pub(super) fn upshot(
        &self,
        key: u64,
        provider: Conduct,
        other: Conduct,
        verifier: Verifier,
        ctx: &Ctx<'_, Self>,
    ) -> Upshot {
        settlement::settle(
            &self.signals,
            provider,
            other,
            verifier,
            Luck::of(ctx.draws(), key),
        )
    }

    /// Scores a rejected offer as the offer it was: same draws, a standard public effort on the other side, nothing paid.
    pub(super) fn close_rejected(
        &mut self,
        deal: Deal,
        conduct: Conduct,
        verifier: Verifier,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let other = settlement::public_conduct(&self.signals);
        let mut settlement = self
            .upshot(deal.key, conduct, other, verifier, ctx)
            .unpaid();
        settlement.parents = [
            self.state.ties.last(deal.initiator, deal.counterparty),
            None,
        ];
        ctx.close(deal.id, settlement);
    }

    /// Closes an accepted interaction: reputation by appearance, a tie, and news for later.
    pub(super) fn close_accepted(
        &mut self,
        deal: Deal,
        mut settlement: Settlement,
        truth: Truth,
        ctx: &mut Ctx<'_, Self>,
    ) {
        settlement.appearance = settlement::appearance(&self.signals);
        let sides = [
            (deal.initiator, deal.counterparty),
            (deal.counterparty, deal.initiator),
        ];
        for (side, (who, partner)) in (0..).zip(sides) {
            self.state.records.accepted(who, deal.id);
            if let Some(good) =
                settlement::aftermath(&self.signals, ctx.draws(), deal.key, side, truth)
            {
                let step = self.state.step as u32 + self.signals.aftermath_lag_steps;
                self.state.due.push_back(Due {
                    step,
                    who,
                    partner,
                    kind: deal.kind,
                    good,
                    id: deal.id,
                });
            }
        }
        self.state
            .ties
            .strengthen(deal.initiator, deal.counterparty, deal.id);
        ctx.close(deal.id, settlement);
    }

    /// Tells both sides how things turned out, `aftermath_lag_steps` after they closed.
    pub(super) fn deliver_aftermaths(&mut self, ctx: &mut Ctx<'_, Self>) {
        while let Some(due) = self
            .state
            .due
            .front()
            .filter(|due| u64::from(due.step) <= self.state.step)
            .copied()
        {
            self.state.due.pop_front();
            let news = News::Aftermath {
                id: due.id,
                partner: due.partner,
                good: due.good,
                kind: due.kind,
            };
            ctx.tell(due.who, &news);
        }
    }

    /// Escrowed money of a task back to its poster, or to the treasury if the poster has left. Returns the receiver's name.
    pub(super) fn refund(
        &self,
        poster: AgentId,
        amount: MicroCredits,
        ctx: &mut Ctx<'_, Self>,
    ) -> &str {
        self.give_back(self.state.escrow, poster, amount, ctx)
    }

    /// Escrowed money back to who put it there, or to the treasury if it has left. Returns the receiver's name.
    pub(super) fn give_back(
        &self,
        escrow: Option<AccountId>,
        owner: AgentId,
        amount: MicroCredits,
        ctx: &mut Ctx<'_, Self>,
    ) -> &str {
        let society = ctx.society();
        let (to, name) = if society.is_live(owner) {
            (society.account(owner), self.name(owner))
        } else {
            (society.treasury(), TREASURY)
        };
        if let Some(escrow) = escrow {
            ctx.post(escrow, to, amount, das_core::ledger::Reason::EscrowRefund)
                .expect("an escrow account holds what was put there for each live task and bounty");
        }
        name
    }
}
