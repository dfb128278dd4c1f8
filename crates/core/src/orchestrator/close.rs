//! Closing: the one scoring path.
//!
//! observables → proxy (v̂, p) → transfer → levers → payoffs → society, metrics and ledger → one `interaction` line → both
//! agents learn. Nothing else in the program computes a label or a payoff of a run.

use crate::agent::Outcome;
use crate::config::Detail;
use crate::environment::{Environment, Settlement};
use crate::id::{AgentId, InteractionId};
use crate::interaction::Side;
use crate::ledger::Reason;
use crate::lever::Scored;
use crate::metrics::epoch::EpochSample;
use crate::orchestrator::ask::Open;
use crate::orchestrator::hub::Hub;
use crate::orchestrator::records::{Credits, IdText, InteractionLine, some_figure};
use crate::score::payoff::Terms;
use crate::score::proxy::Labels;
use crate::units::MicroCredits;

impl<E: Environment> Hub<E> {
    /// Pays τ as far as the payer (or the escrow in its place) holds it; returns τ as it was paid.
    fn transfer(&mut self, open: &Open<E>, settlement: &Settlement) -> MicroCredits {
        if !open.accepted || settlement.tau == MicroCredits::ZERO {
            return MicroCredits::ZERO;
        }
        let a = self.society.account(open.initiator);
        let b = self.society.account(open.counterparty);
        let outward = settlement.tau > MicroCredits::ZERO;
        let (payer, payee) = if outward { (a, b) } else { (b, a) };
        let from = settlement.escrow.unwrap_or(payer);
        let reason = if settlement.escrow.is_some() {
            Reason::EscrowOut
        } else {
            Reason::Transfer
        };
        let paid = self
            .society
            .ledger
            .post_up_to(from, payee, settlement.tau.abs(), reason);
        if outward { paid } else { -paid }
    }

    /// What reached somebody who has left goes to the treasury: nobody else could ever use it.
    fn sweep(&mut self, who: AgentId) {
        if !self.society.is_live(who) {
            let (from, to) = (self.society.account(who), self.society.treasury());
            let held = self.society.ledger.balance(from);
            self.society
                .ledger
                .post_up_to(from, to, held, Reason::Estate);
        }
    }

    pub(super) fn close(&mut self, id: InteractionId, settlement: Settlement) -> Labels {
        let open = self.take_open(id).unwrap_or_else(|| {
            panic!("interaction {id} is not open: a world closes each one once")
        });
        let (a, b) = (open.initiator, open.counterparty);
        let labels = self.proxy.labels(&settlement.observables);
        let tau = self.transfer(&open, &settlement);

        let appearance = settlement.appearance;
        let given = |own: f64, weight: f64| {
            if open.accepted {
                own + appearance.gain * weight * (labels.v_hat - appearance.reference) + 0.0
            } else {
                0.0
            }
        };
        // What the bounds of reputation leave no room for is not given, so it is neither logged nor enjoyed.
        let r = [
            self.society
                .room(a, given(settlement.r_a, appearance.weights[0])),
            self.society
                .room(b, given(settlement.r_b, appearance.weights[1])),
        ];

        let scored = Scored {
            id,
            key: open.key,
            kind: open.kind,
            now: self.now,
            initiator: a,
            counterparty: b,
            accepted: open.accepted,
            observables: settlement.observables,
            flags: settlement.flags,
            v_hat: labels.v_hat,
            p: labels.p,
            tau,
            r,
        };
        let governed = self.review(&scored, settlement.culpability);
        let c_a = settlement.cost_a + governed.fees[0].credits();
        let c_b = settlement.cost_b + governed.fees[1].credits();
        let payoffs = self.payoff.payoffs(&Terms {
            p: labels.p,
            tau: tau.credits(),
            c_a,
            c_b,
            r_a: r[0],
            r_b: r[1],
        });

        if open.accepted {
            self.society.add_reputation(a, r[0]);
            self.society.add_reputation(b, r[1]);
            self.society.payoff[a.index()] += payoffs.pi_a;
            self.society.payoff[b.index()] += payoffs.pi_b;
        }
        for who in [a, b] {
            let counters = &mut self.society.counters[who.index()];
            if open.accepted {
                counters.accepted += 1;
            } else {
                counters.rejected += 1;
            }
        }
        self.fold.interaction(&EpochSample {
            p: labels.p,
            accepted: open.accepted,
            pi_a: payoffs.pi_a,
            pi_b: payoffs.pi_b,
            c_a,
            c_b,
            fee_a: governed.fees[0],
            fee_b: governed.fees[1],
            tau,
            initiator: a.0,
            counterparty: b.0,
            deception: settlement.deception,
            truth: settlement.truth,
        });
        self.fold.governance_cost(governed.real_cost);
        if settlement.truth.is_none() {
            self.awaiting_truth.insert(id, (labels.p, open.accepted));
        }

        let o = settlement.observables;
        let mut parents = [IdText(id); 2];
        let mut n_parents = 0;
        for parent in settlement.parents.into_iter().flatten() {
            parents[n_parents] = IdText(parent);
            n_parents += 1;
        }
        let line = InteractionLine {
            id: IdText(id),
            kind: E::KINDS[usize::from(open.kind.0)],
            opened: open.opened_step,
            initiator: self.society.name(a),
            counterparty: self.society.name(b),
            accepted: open.accepted,
            task_progress_delta: o.task_progress_delta,
            rework_count: o.rework_count,
            verifier_rejections: o.verifier_rejections,
            tool_misuse_flags: o.tool_misuse_flags,
            counterparty_engagement_delta: o.counterparty_engagement_delta,
            v_hat: labels.v_hat,
            p: labels.p,
            tau: Credits::of(tau),
            c_a,
            c_b,
            fee_a: Credits::some(governed.fees[0]),
            fee_b: Credits::some(governed.fees[1]),
            r_a: r[0],
            r_b: r[1],
            pi_a: payoffs.pi_a,
            pi_b: payoffs.pi_b,
            levers: &governed.levers,
            deception: some_figure(settlement.deception),
            governance_cost: some_figure(governed.real_cost),
            ground_truth: settlement.truth,
            causal_parents: &parents[..n_parents],
        };
        self.log
            .event(Detail::Interactions, "interaction", self.now, &line);
        self.log_acts(&governed);
        self.sweep(a);
        self.sweep(b);

        let now = self.now;
        for (side, who, partner) in [(Side::Initiator, a, b), (Side::Counterparty, b, a)] {
            if !self.society.is_live(who) || self.is_quarantined(who) {
                continue;
            }
            let at = usize::from(side == Side::Counterparty);
            let payoff = if side == Side::Initiator {
                payoffs.pi_a
            } else {
                payoffs.pi_b
            };
            let outcome = Outcome {
                id,
                kind: open.kind,
                side,
                partner,
                terms: &open.terms,
                accepted: open.accepted,
                p: labels.p,
                payoff: if open.accepted { payoff } else { 0.0 },
                reputation: r[at],
                penalty: governed.penalties[at],
                fee: governed.fees[at].credits(),
                tag: open.tags[at],
                now,
            };
            self.guarded(who, "update", |agent, _| agent.update_state(&outcome));
        }
        labels
    }
}
