//! How a bounty ends: verdict, dispute, arbiter, and the one scoring of its interaction.
//!
//! Nothing is paid or scored at the verdict: the money is held while the verdict can be disputed. When it stands, the
//! interaction is closed with it; what the arbiter reverses never reaches the proxy. The truth is read here for the settlement
//! alone and told to nobody; what the sides see of it is the aftermath.

use super::Commons;
use super::deal::{Deal, TREASURY};
use super::market::MARKET_FEES;
use crate::act::{BountyId, COLLABORATION};
use crate::events::{BountyNumber, BountyReleased, BountyReturned, BountySettled, BountyVerified};
use crate::market::{Bounty, Contract, Dispute, Verdict};
use crate::settlement::{self, Upshot, Verifier};
use das_core::environment::Settlement;
use das_core::id::AgentId;
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;

impl Commons {
    pub(super) fn worked(
        &self,
        contract: &Contract,
        verifier: Verifier,
        ctx: &Ctx<'_, Self>,
    ) -> Upshot {
        self.upshot(
            contract.key,
            contract.worker_conduct,
            contract.poster_conduct,
            verifier,
            ctx,
        )
    }

    /// Looks at a delivered bounty. The two sides look too: what each sees is what it will hear as the aftermath later, from the
    /// same draws, so looking now is no second piece of evidence.
    pub(super) fn judge(
        &mut self,
        id: BountyId,
        by: Option<AgentId>,
        verifier: Verifier,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let bounty = self.bounties().and_then(|book| book.get(id));
        let Some(contract) = bounty.and_then(Bounty::contract).copied() else {
            return;
        };
        let upshot = self.worked(&contract, verifier, ctx);
        let draws = ctx.draws();
        let sights = [0, 1].map(|side| {
            settlement::aftermath(&self.signals, draws, contract.key, side, upshot.truth)
        });
        let verdict = Verdict {
            approved: !upshot.is_rejected(),
            verifier,
            sights,
        };
        let due = self.state.step + u64::from(self.config.market.dispute_window_steps);
        if let Some(hall) = &mut self.market {
            hall.book.verify(id, verdict, due);
            hall.figures.verdicts += 1;
        }
        let event = BountyVerified {
            bounty: BountyNumber(id.0),
            worker: self.name(contract.worker),
            approved: verdict.approved,
            by: by.map(|by| self.name(by)),
        };
        ctx.emit("bounty_verified", &event);
    }

    /// The arbiter's second look, and the end of the bounty.
    pub(super) fn arbitrate(&mut self, id: BountyId, ctx: &mut Ctx<'_, Self>) {
        let bounty = self.bounties().and_then(|book| book.get(id));
        let facts = bounty.and_then(|b| Some((*b.contract()?, *b.verdict()?)));
        let Some((contract, verdict)) = facts else {
            return;
        };
        let truth = self.worked(&contract, verdict.verifier, ctx).truth;
        let blamed = settlement::arbitrate(
            &self.config.market,
            ctx.draws(),
            contract.key,
            &contract.worker_conduct,
            truth,
        );
        self.conclude(id, !blamed, ctx);
    }

    /// Nothing more can change: deposit, score, money.
    pub(super) fn conclude(&mut self, id: BountyId, approved: bool, ctx: &mut Ctx<'_, Self>) {
        let Some(bounty) = self.finish_bounty(id) else {
            return;
        };
        let (Some(contract), Some(verdict)) = (bounty.contract(), bounty.verdict()) else {
            return;
        };
        if let Some(dispute) = bounty.dispute() {
            self.settle_dispute(id, *dispute, approved != verdict.approved, ctx);
        }
        let upshot = self.worked(contract, verdict.verifier, ctx);
        let mut settlement = upshot.unpaid();
        settlement.observables.verifier_rejections = u32::from(!approved);
        if approved {
            // The worker initiated, so a payment to it is a negative τ; the escrow pays in the poster's place.
            settlement.tau = -contract.price;
            settlement.escrow = self.bounty_escrow();
        }
        self.close_contract(&bounty, contract, settlement, &upshot, ctx);
        let escrow = self.bounty_escrow();
        if approved {
            let returned = bounty.reserve() - contract.price;
            self.give_back(escrow, bounty.poster(), returned, ctx);
            if let Some(hall) = &mut self.market {
                hall.figures.released += 1;
            }
            // What is paid to somebody who left the hub passes on to the treasury.
            let live = ctx.society().is_live(contract.worker);
            let event = BountyReleased {
                bounty: BountyNumber(id.0),
                to: if live {
                    self.name(contract.worker)
                } else {
                    TREASURY
                },
                amount: contract.price,
                returned,
            };
            ctx.emit("bounty_released", &event);
        } else {
            if let Some(hall) = &mut self.market {
                hall.figures.refunded += 1;
            }
            let event = BountyReturned {
                bounty: BountyNumber(id.0),
                to: self.give_back(escrow, bounty.poster(), bounty.reserve(), ctx),
                amount: bounty.reserve(),
                worker: None,
                interaction: None,
            };
            ctx.emit("bounty_refunded", &event);
        }
    }

    fn settle_dispute(
        &mut self,
        id: BountyId,
        dispute: Dispute,
        upheld: bool,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let deposit = dispute.deposit;
        let Some(hall) = &mut self.market else { return };
        let (escrow, fees) = (hall.escrow, hall.fees);
        let to = if upheld {
            hall.figures.upheld += 1;
            self.give_back(escrow, dispute.by, deposit, ctx)
        } else {
            hall.figures.fees += deposit;
            if let (Some(escrow), Some(fees)) = (escrow, fees) {
                ctx.post(escrow, fees, deposit, Reason::EscrowOut)
                    .expect("the escrow account holds the deposit of every dispute");
            }
            MARKET_FEES
        };
        let event = BountySettled {
            bounty: BountyNumber(id.0),
            by: self.name(dispute.by),
            upheld,
            to,
            deposit,
        };
        ctx.emit("bounty_settled", &event);
    }

    pub(super) fn close_contract(
        &mut self,
        bounty: &Bounty,
        contract: &Contract,
        mut settlement: Settlement,
        upshot: &Upshot,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let deal = Deal {
            id: contract.interaction,
            key: contract.key,
            kind: COLLABORATION,
            initiator: contract.worker,
            counterparty: bounty.poster(),
        };
        let last = self.state.ties.last(contract.worker, bounty.poster());
        settlement.parents = [last, None];
        self.close_accepted(deal, settlement, upshot.truth, ctx);
    }
}
