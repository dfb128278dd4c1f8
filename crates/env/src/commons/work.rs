//! The life of a task after its claim: award, verification, payment, refund, and time running out.

use super::deal::{Deal, TREASURY};
use super::{Commons, kept};
use crate::act::{COLLABORATION, Conduct, TaskId, Terms};
use crate::events::{
    InteractionNumber, TaskClaimed, TaskDropped, TaskDuplicate, TaskNumber, TaskSettled,
    TaskVerified,
};
use crate::settlement::{Upshot, Verifier};
use crate::tasks::{Award, Claim, Task, TaskState};
use das_core::agent::Proposal;
use das_core::environment::{Answer, Settlement};
use das_core::id::AgentId;
use das_core::orchestrator::Ctx;

impl Commons {
    /// Decides the claims of the step in order of task: the first counts, the others worked in vain. The poster screens.
    pub(super) fn decide_claims(&mut self, ctx: &mut Ctx<'_, Self>) {
        let claims = self.state.tasks.take_claims();
        for claims in claims.chunk_by(|a, b| a.task == b.task) {
            for claim in claims {
                self.work(claim.worker).claim = None;
            }
            let waiting = |t: &Task| matches!(t.state(), TaskState::Open | TaskState::Reserved);
            if !self.state.tasks.get(claims[0].task).is_some_and(waiting) {
                continue;
            }
            // A claim that a rail or lever refuses is none: the next one counts.
            let answered = claims.iter().position(|claim| self.screen(claim, ctx));
            if let Some(first) = answered {
                for loser in &claims[first + 1..] {
                    self.duplicate(&claims[first], loser, ctx);
                }
            }
        }
    }

    /// Half the effort of a claim that lost is gone. Nobody is charged for it: it is waste, counted and logged.
    fn duplicate(&mut self, winner: &Claim, loser: &Claim, ctx: &mut Ctx<'_, Self>) {
        let lost_effort = 0.5 * self.signals.conduct_cost(loser.conduct.effort, 0.0);
        self.state.figures.duplicates += 1;
        self.state.figures.effort_lost += lost_effort;
        let event = TaskDuplicate {
            task: TaskNumber(loser.task.0),
            worker: self.name(loser.worker),
            winner: self.name(winner.worker),
            lost_effort,
        };
        ctx.emit("task_duplicate", &event);
    }

    /// Asks the poster whether this worker may have the task. False if the question was refused.
    fn screen(&mut self, claim: &Claim, ctx: &mut Ctx<'_, Self>) -> bool {
        let id = claim.task;
        let Some(task) = self.state.tasks.get(id) else {
            return false;
        };
        let (poster, bounty) = (task.poster(), task.bounty());
        let proposal = Proposal {
            to: poster,
            terms: Terms::Collaboration { task: id, bounty },
            conduct: claim.conduct,
            tag: claim.tag,
        };
        self.state.deciding = Some((id, claim.worker));
        let answer = ctx.ask(self, claim.worker, proposal);
        self.state.deciding = None;
        self.release_reservation(id);
        let Answer::Answered(asked) = answer else {
            self.state.tasks.reopen(id);
            return false;
        };
        let deal = Deal {
            id: asked.id,
            key: asked.key,
            kind: COLLABORATION,
            initiator: claim.worker,
            counterparty: poster,
        };
        let Some(response) = asked.response else {
            self.state.tasks.reopen(id);
            self.close_rejected(deal, claim.conduct, Verifier::Standing, ctx);
            return true;
        };
        let award = Award {
            worker: claim.worker,
            interaction: asked.id,
            key: asked.key,
            worker_conduct: claim.conduct,
            poster_conduct: kept(response),
        };
        self.state.tasks.award(id, award);
        self.work(claim.worker).award = Some(id);
        let event = TaskClaimed {
            task: TaskNumber(id.0),
            worker: self.name(claim.worker),
            poster: self.name(poster),
            interaction: InteractionNumber(asked.id),
        };
        ctx.emit("task_claimed", &event);
        true
    }

    fn release_reservation(&mut self, id: TaskId) {
        if let Some(worker) = self.state.tasks.get(id).and_then(Task::reserved_for)
            && self.work(worker).reserved == Some(id)
        {
            self.work(worker).reserved = None;
        }
    }

    /// Looks at a submitted task, pays or refunds, and closes its interaction.
    pub(super) fn verify(
        &mut self,
        id: TaskId,
        by: Option<AgentId>,
        verifier: Verifier,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(award) = self.state.tasks.get(id).and_then(Task::award).copied() else {
            return;
        };
        let upshot = self.upshot(
            award.key,
            award.worker_conduct,
            award.poster_conduct,
            verifier,
            ctx,
        );
        self.state.figures.verified_by_agents += u64::from(by.is_some());
        let event = TaskVerified {
            task: TaskNumber(id.0),
            worker: self.name(award.worker),
            approved: !upshot.is_rejected(),
            by: by.map(|by| self.name(by)),
        };
        ctx.emit("task_verified", &event);
        if upshot.is_rejected() {
            self.return_bounty(id, &award, &upshot, ctx);
        } else {
            self.pay(id, &award, &upshot, ctx);
        }
    }

    fn pay(&mut self, id: TaskId, award: &Award, upshot: &Upshot, ctx: &mut Ctx<'_, Self>) {
        let Some(task) = self.finish(id) else { return };
        let bounty = task.bounty();
        // The worker initiated, so a payment to it is a negative τ; the escrow pays in the poster's place.
        let settlement = Settlement {
            tau: -bounty,
            escrow: self.state.escrow,
            ..upshot.unpaid()
        };
        self.close_task(task.poster(), award, upshot, settlement, ctx);
        self.state.figures.paid += 1;
        // What is paid to somebody who left the hub passes on to the treasury.
        let to = if ctx.society().is_live(award.worker) {
            self.name(award.worker)
        } else {
            TREASURY
        };
        let event = TaskSettled {
            task: TaskNumber(id.0),
            to,
            amount: bounty,
        };
        ctx.emit("task_paid", &event);
    }

    /// Closes without payment; the bounty goes back.
    fn return_bounty(
        &mut self,
        id: TaskId,
        award: &Award,
        upshot: &Upshot,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(task) = self.finish(id) else { return };
        self.close_task(task.poster(), award, upshot, upshot.unpaid(), ctx);
        self.state.figures.refunded += 1;
        let to = self.refund(task.poster(), task.bounty(), ctx);
        let event = TaskSettled {
            task: TaskNumber(id.0),
            to,
            amount: task.bounty(),
        };
        ctx.emit("task_refunded", &event);
    }

    fn close_task(
        &mut self,
        poster: AgentId,
        award: &Award,
        upshot: &Upshot,
        mut settlement: Settlement,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let deal = Deal {
            id: award.interaction,
            key: award.key,
            kind: COLLABORATION,
            initiator: award.worker,
            counterparty: poster,
        };
        settlement.parents = [self.state.ties.last(award.worker, poster), None];
        self.close_accepted(deal, settlement, upshot.truth, ctx);
    }

    /// Takes a task off the books of world, poster and worker.
    fn finish(&mut self, id: TaskId) -> Option<Task> {
        self.release_reservation(id);
        let task = self.state.tasks.finish(id)?;
        self.work(task.poster()).open_tasks -= 1;
        if let Some(worker) = task.worker()
            && self.work(worker).award == Some(id)
        {
            self.work(worker).award = None;
        }
        Some(task)
    }

    /// Nobody was awarded it in time.
    fn expire(&mut self, id: TaskId, ctx: &mut Ctx<'_, Self>) {
        let Some(task) = self.finish(id) else { return };
        self.state.figures.expired += 1;
        let to = self.refund(task.poster(), task.bounty(), ctx);
        let event = TaskSettled {
            task: TaskNumber(id.0),
            to,
            amount: task.bounty(),
        };
        ctx.emit("task_expired", &event);
    }

    /// Awarded and not submitted: the interaction closes as one in which the worker did nothing.
    fn drop_task(&mut self, id: TaskId, ctx: &mut Ctx<'_, Self>) {
        let Some(award) = self.state.tasks.get(id).and_then(Task::award).copied() else {
            return;
        };
        let upshot = self.upshot(
            award.key,
            Conduct::default(),
            award.poster_conduct,
            Verifier::Standing,
            ctx,
        );
        self.state.figures.dropped += 1;
        let event = TaskDropped {
            task: TaskNumber(id.0),
            worker: self.name(award.worker),
            interaction: InteractionNumber(award.interaction),
        };
        ctx.emit("task_dropped", &event);
        self.return_bounty(id, &award, &upshot, ctx);
    }

    /// End of a step: submissions nobody verified go to the standing verifier, unclaimed tasks expire.
    pub(super) fn run_out_windows(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = self.state.step;
        let (verify, claim) = (
            self.config.tasks.verify_window_steps,
            self.config.tasks.claim_window_steps,
        );
        while let Some(id) = self.state.tasks.next_unverified(now, u64::from(verify)) {
            self.verify(id, None, Verifier::Standing, ctx);
        }
        while let Some(id) = self.state.tasks.next_unclaimed(now, u64::from(claim)) {
            self.expire(id, ctx);
        }
    }

    /// End of an epoch: tasks past their deadline expire or are dropped.
    pub(super) fn run_out_deadlines(&mut self, ctx: &mut Ctx<'_, Self>) {
        for id in self.state.tasks.overdue(ctx.now().epoch) {
            if self
                .state
                .tasks
                .get(id)
                .is_some_and(|t| t.award().is_some())
            {
                self.drop_task(id, ctx);
            } else {
                self.expire(id, ctx);
            }
        }
    }

    /// Takes back the tasks of a poster that nobody has yet, before it goes under another name.
    pub(super) fn withdraw_tasks(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        if self.state.records.work(who).open_tasks == 0 {
            return;
        }
        let mine: Vec<TaskId> = self
            .state
            .tasks
            .iter()
            .filter(|(_, t)| t.poster() == who && t.award().is_none())
            .map(|(id, _)| id)
            .collect();
        for id in mine {
            self.expire(id, ctx);
        }
    }

    /// Somebody left: its work is dropped, its reservation is free, its unclaimed tasks are withdrawn.
    pub(super) fn leave_work(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        if let Some(id) = self.state.records.work(who).award {
            self.drop_task(id, ctx);
        }
        if let Some(id) = self.state.records.work(who).reserved {
            self.release_reservation(id);
            self.state.tasks.reopen(id);
        }
        self.withdraw_tasks(who, ctx);
    }
}
