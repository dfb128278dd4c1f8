//! What agents do in ACT: posts, votes, moderation, the steps of a task, leaving under a name. Steps of a bounty are
//! passed on to [`super::market`].

use super::{Commons, kept};
use crate::act::{Action, Content, PostId, TaskId};
use crate::events::{
    PostCreated, PostModerated, PostNumber, TaskNumber, TaskPlanned, TaskPosted, TaskSubmitted,
    VoteCast,
};
use crate::market::Bid;
use crate::settlement::Verifier;
use crate::tasks::{Claim, NewTask};
use das_core::detmath::{clamp, fmax};
use das_core::environment::Refusal;
use das_core::id::AgentId;
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;

/// Characters of a task's prompt at most.
const PROMPT_CHARS_MAX: usize = 10_000;
/// Outputs a task may require.
const OUTPUTS_MAX: usize = 16;
/// The heaviest vote there is, whatever standing and levers say.
const VOTE_WEIGHT_MAX: f64 = 1e6;

/// What is to be done and what is to come of it, of a task or bounty, within bounds.
pub(super) fn check_errand(prompt: &Content, outputs: &[Content]) -> Result<(), Refusal> {
    if prompt.chars().count() > PROMPT_CHARS_MAX {
        return Err(Refusal::new(
            "content_length",
            format!("a prompt has at most {PROMPT_CHARS_MAX} characters"),
        ));
    }
    if outputs.len() > OUTPUTS_MAX {
        return Err(Refusal::new(
            "outputs",
            format!("a task or bounty requires at most {OUTPUTS_MAX} outputs"),
        ));
    }
    Ok(())
}

impl Commons {
    pub(super) fn act(
        &mut self,
        who: AgentId,
        action: Action,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        match action {
            Action::Post { content } => self.publish(who, None, &content, ctx),
            Action::Reply { to, content } => self.publish(who, Some(to), &content, ctx),
            Action::Vote { post, up } => self.vote(who, post, up, ctx),
            Action::Hide { post } => self.hide(who, post, ctx),
            Action::Flag { post } => self.flag(who, post, ctx),
            Action::PostTask {
                prompt,
                required_outputs,
                budget,
                deadline_epochs,
            } => self.post_task(who, prompt, required_outputs, budget, deadline_epochs, ctx),
            Action::Plan { task, worker } => self.plan(who, task, worker, ctx),
            Action::Claim { task, conduct, tag } => {
                let claim = Claim {
                    task,
                    worker: who,
                    conduct: kept(conduct),
                    tag,
                };
                self.claim_task(claim)
            }
            Action::Submit { task, outputs } => self.submit(who, task, outputs.len(), ctx),
            Action::Verify { task, diligence } => {
                self.state.tasks.check_verifier(task, who)?;
                self.verify(
                    task,
                    Some(who),
                    Verifier::Agent {
                        diligence: clamp(diligence, 0.0, 1.0),
                    },
                    ctx,
                );
                Ok(())
            }
            Action::PostBounty {
                prompt,
                required_outputs,
                reserve,
            } => self.post_bounty(who, prompt, required_outputs, reserve, ctx),
            Action::Bid {
                bounty,
                price,
                conduct,
                tag,
            } => {
                let bid = Bid {
                    bidder: who,
                    price,
                    conduct: kept(conduct),
                    tag,
                    stands: true,
                };
                self.bid(bounty, bid, ctx)
            }
            Action::Award { bounty, bid } => self.book()?.choose(bounty, who, bid),
            Action::Deliver { bounty, outputs } => self.deliver(who, bounty, outputs.len(), ctx),
            Action::VerifyBounty { bounty, diligence } => {
                self.book()?.check_verifier(bounty, who)?;
                let diligence = clamp(diligence, 0.0, 1.0);
                self.judge(bounty, Some(who), Verifier::Agent { diligence }, ctx);
                Ok(())
            }
            Action::Dispute { bounty } => self.dispute(who, bounty, ctx),
            Action::Review { interaction } => ctx.report(who, interaction).map(|_| ()),
            Action::Rebrand => {
                self.withdraw_tasks(who, ctx);
                self.withdraw_bounties(who, ctx);
                ctx.respawn(who);
                Ok(())
            }
        }
    }

    fn publish(
        &mut self,
        who: AgentId,
        parent: Option<PostId>,
        content: &Content,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let parent_author = match parent {
            Some(parent) => Some(self.state.feed.visible(parent)?.author()),
            None => None,
        };
        let (step, origin) = (self.state.step, self.state.records.last_accepted(who));
        let post = self
            .state
            .feed
            .publish(self.weights, who, step, parent, origin, content)?;
        let event = PostCreated {
            post: PostNumber(post.0),
            author: self.name(who),
            content,
            parent: parent.map(|p| PostNumber(p.0)),
            parent_author: parent_author.map(|a| self.name(a)),
        };
        ctx.emit("post_created", &event);
        if let Some(author) = parent_author {
            ctx.influence(author, 1.0);
        }
        Ok(())
    }

    fn vote(
        &mut self,
        who: AgentId,
        post: PostId,
        up: bool,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let standing = self.signals.standing(ctx.society().reputation(who));
        let own = 1.0 + self.config.feed.vote_standing_weight * fmax(standing, 0.0);
        let weight = clamp(own * ctx.vote_weight(who), 0.0, VOTE_WEIGHT_MAX);
        let booked = self.state.feed.vote(self.weights, who, post, up, weight)?;
        let event = VoteCast {
            voter: self.name(who),
            post: PostNumber(post.0),
            author: self.name(booked.author),
            value: if up { 1 } else { -1 },
            weight: booked.weight,
            changed: booked.changed,
        };
        ctx.emit("vote_cast", &event);
        ctx.influence(booked.author, booked.weight);
        Ok(())
    }

    fn hide(&mut self, who: AgentId, post: PostId, ctx: &mut Ctx<'_, Self>) -> Result<(), Refusal> {
        let author = self.state.feed.hide(self.weights, post)?;
        self.state.figures.hidden += 1;
        let event = PostModerated {
            post: PostNumber(post.0),
            author: self.name(author),
            moderator: self.name(who),
        };
        ctx.emit("post_hidden", &event);
        Ok(())
    }

    fn flag(&mut self, who: AgentId, post: PostId, ctx: &mut Ctx<'_, Self>) -> Result<(), Refusal> {
        let author = self.state.feed.flag(self.weights, post)?;
        self.state.records.flag(author, ctx.now().epoch);
        self.state.figures.flagged += 1;
        let event = PostModerated {
            post: PostNumber(post.0),
            author: self.name(author),
            moderator: self.name(who),
        };
        ctx.emit("post_flagged", &event);
        Ok(())
    }

    fn post_task(
        &mut self,
        who: AgentId,
        prompt: Content,
        required_outputs: Vec<Content>,
        budget: MicroCredits,
        deadline_epochs: u32,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        if budget <= MicroCredits::ZERO {
            return Err(Refusal::new("bounty", "a bounty is more than nothing"));
        }
        check_errand(&prompt, &required_outputs)?;
        let Some(escrow) = self.state.escrow else {
            return Err(Refusal::new(
                "no_escrow",
                "there is no escrow account before the first agent",
            ));
        };
        let account = ctx.society().account(who);
        ctx.post(account, escrow, budget, Reason::EscrowIn)
            .map_err(|e| Refusal::new("balance", e.to_string()))?;
        let deadline_epoch = ctx.now().epoch.saturating_add(deadline_epochs);
        let outputs = required_outputs.len() as u32;
        let task = self.state.tasks.post(NewTask {
            poster: who,
            bounty: budget,
            prompt,
            required_outputs,
            step: self.state.step,
            deadline_epoch,
        });
        self.work(who).open_tasks += 1;
        self.state.figures.posted += 1;
        let event = TaskPosted {
            task: TaskNumber(task.0),
            poster: self.name(who),
            bounty: budget,
            deadline_epoch,
            prompt: self.state.tasks.get(task).map_or("", |t| t.prompt()),
            required_outputs: outputs,
        };
        ctx.emit("task_posted", &event);
        Ok(())
    }

    fn plan(
        &mut self,
        who: AgentId,
        task: TaskId,
        worker: AgentId,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let society = ctx.society();
        if worker.index() >= society.len() || !society.is_live(worker) || society.is_frozen(worker)
        {
            return Err(Refusal::new("no_such_worker", "the worker is not there"));
        }
        let record = self.work(worker);
        if record.award.is_some() || record.claim.is_some() || record.reserved.is_some() {
            return Err(Refusal::new("busy", "the worker has a task already"));
        }
        self.state.tasks.plan(task, worker)?;
        self.work(worker).reserved = Some(task);
        let event = TaskPlanned {
            task: TaskNumber(task.0),
            planner: self.name(who),
            worker: self.name(worker),
        };
        ctx.emit("task_planned", &event);
        Ok(())
    }

    fn claim_task(&mut self, claim: Claim) -> Result<(), Refusal> {
        let record = self.work(claim.worker);
        if let Some(task) = record.award.or(record.claim) {
            return Err(Refusal::new("busy", format!("task {} comes first", task.0)));
        }
        let exclusive = self.state.planners > 0;
        self.state.tasks.claim(claim, exclusive)?;
        self.work(claim.worker).claim = Some(claim.task);
        Ok(())
    }

    fn submit(
        &mut self,
        who: AgentId,
        task: TaskId,
        outputs: usize,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        self.state
            .tasks
            .submit(task, who, outputs, self.state.step)?;
        self.work(who).award = None;
        let event = TaskSubmitted {
            task: TaskNumber(task.0),
            worker: self.name(who),
        };
        ctx.emit("task_submitted", &event);
        Ok(())
    }
}
