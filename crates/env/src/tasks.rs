//! Tasks: posted → claimed → submitted → verified → paid | refunded | expired.
//!
//! Pure book-keeping: who may do what to which task, and which tasks are due. Money, questions and scores are the world's,
//! which moves them together with the state here, so that the sum of the bounties of live tasks is the balance of the escrow
//! account at all times.
//!
//! An *open* task is claimed by any worker; claims are decided at the end of the step. A *reserved* one can only be claimed by
//! the worker a planner chose. One task a worker at a time.

use crate::act::{Conduct, Content, TaskId};
use das_core::environment::Refusal;
use das_core::id::{AgentId, InteractionId};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Where a live task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Anybody may claim it.
    Open,
    /// A planner keeps it for somebody.
    Reserved,
    /// A worker has it; its interaction is open.
    Awarded,
    /// Submitted, waits for a verifier.
    Submitted,
}

/// The award of a task: the interaction that stays open until the work is verified.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Award {
    /// Who works on it.
    pub worker: AgentId,
    /// The open interaction.
    pub interaction: InteractionId,
    /// Key of its draws.
    pub key: u64,
    /// How the worker works.
    pub worker_conduct: Conduct,
    /// How the poster supports the work.
    pub poster_conduct: Conduct,
}

/// One live task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    poster: AgentId,
    bounty: MicroCredits,
    prompt: Content,
    required_outputs: Vec<Content>,
    posted_step: u64,
    deadline_epoch: u32,
    state: TaskState,
    /// Position in the list of its state.
    at: u32,
    /// Whether somebody claimed it this step.
    claimed: bool,
    reserved_for: Option<AgentId>,
    award: Option<Award>,
}

impl Task {
    /// Who posted it and pays.
    pub fn poster(&self) -> AgentId {
        self.poster
    }

    /// Its bounty, in escrow.
    pub fn bounty(&self) -> MicroCredits {
        self.bounty
    }

    /// What is to be done.
    pub fn prompt(&self) -> &Content {
        &self.prompt
    }

    /// Outputs that must be submitted.
    pub fn required_outputs(&self) -> &[Content] {
        &self.required_outputs
    }

    /// When it was posted, in steps since the start.
    pub fn posted_step(&self) -> u64 {
        self.posted_step
    }

    /// The last epoch in which it can be submitted.
    pub fn deadline_epoch(&self) -> u32 {
        self.deadline_epoch
    }

    /// Where it stands.
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// Who works on it.
    pub fn worker(&self) -> Option<AgentId> {
        self.award.map(|a| a.worker)
    }

    /// The award, once there is one.
    pub fn award(&self) -> Option<&Award> {
        self.award.as_ref()
    }

    /// For whom a planner keeps it.
    pub fn reserved_for(&self) -> Option<AgentId> {
        self.reserved_for
    }
}

/// A new task.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    /// Who posts it.
    pub poster: AgentId,
    /// Bounty, already in escrow.
    pub bounty: MicroCredits,
    /// What is to be done.
    pub prompt: Content,
    /// Outputs that must be submitted.
    pub required_outputs: Vec<Content>,
    /// Step, counted from the start.
    pub step: u64,
    /// The last epoch in which it can be submitted.
    pub deadline_epoch: u32,
}

/// A claim of this step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The task.
    pub task: TaskId,
    /// Who claims it.
    pub worker: AgentId,
    /// How it will be worked on.
    pub conduct: Conduct,
    /// The worker's own mark.
    pub tag: u64,
}

/// All live tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tasks {
    live: BTreeMap<TaskId, Task>,
    next: u64,
    open: Vec<TaskId>,
    /// Posters of `open`, place by place: most open tasks are of somebody the one who looks cannot see.
    #[serde(skip)]
    posters: Vec<AgentId>,
    submitted: Vec<TaskId>,
    /// Posted tasks with the step of posting, oldest first: their claim window runs out in this order.
    windows: VecDeque<(u64, TaskId)>,
    /// Submitted tasks with the step of submission, oldest first.
    verdicts: VecDeque<(u64, TaskId)>,
    /// Claims of this step, in order.
    claims: Vec<Claim>,
}

fn unknown(id: TaskId) -> Refusal {
    Refusal::new(
        "no_such_task",
        format!("task {} is settled or was never posted", id.0),
    )
}

fn stale(id: TaskId, state: TaskState) -> Refusal {
    Refusal::new("stale", format!("task {} is {state:?} by now", id.0))
}

impl Tasks {
    /// A live task.
    #[inline]
    pub fn get(&self, id: TaskId) -> Option<&Task> {
        self.live.get(&id)
    }

    /// All live tasks, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.live.iter().map(|(&id, task)| (id, task))
    }

    /// Sum of the bounties of live tasks: what the escrow account must hold.
    pub fn escrowed(&self) -> MicroCredits {
        self.live.values().map(|task| task.bounty).sum()
    }

    /// Tasks open to anybody.
    #[inline]
    pub fn open_count(&self) -> u32 {
        self.open.len() as u32
    }

    /// The `i`-th open task.
    #[inline]
    pub fn open_at(&self, i: u32) -> Option<(TaskId, &Task)> {
        let id = *self.open.get(i as usize)?;
        Some((id, self.live.get(&id)?))
    }

    /// Who posted the `i`-th open task.
    #[inline]
    pub fn open_poster(&self, i: u32) -> Option<AgentId> {
        self.posters.get(i as usize).copied()
    }

    /// Fills in what follows from the rest, after loading.
    pub fn rebuild(&mut self) {
        self.posters = self
            .open
            .iter()
            .filter_map(|id| Some(self.live.get(id)?.poster))
            .collect();
    }

    /// Tasks that wait for a verifier.
    #[inline]
    pub fn submitted_count(&self) -> u32 {
        self.submitted.len() as u32
    }

    /// The `i`-th task that waits for a verifier.
    #[inline]
    pub fn submitted_at(&self, i: u32) -> Option<(TaskId, &Task)> {
        let id = *self.submitted.get(i as usize)?;
        Some((id, self.live.get(&id)?))
    }

    /// Puts a task up.
    pub fn post(&mut self, new: NewTask) -> TaskId {
        let id = TaskId(self.next);
        self.next += 1;
        self.windows.push_back((new.step, id));
        self.live.insert(
            id,
            Task {
                poster: new.poster,
                bounty: new.bounty,
                prompt: new.prompt,
                required_outputs: new.required_outputs,
                posted_step: new.step,
                deadline_epoch: new.deadline_epoch,
                state: TaskState::Open,
                at: 0,
                claimed: false,
                reserved_for: None,
                award: None,
            },
        );
        self.enlist(id);
        id
    }

    /// Keeps an open, unclaimed task for a worker.
    pub fn plan(&mut self, id: TaskId, worker: AgentId) -> Result<(), Refusal> {
        let task = self.live.get(&id).ok_or_else(|| unknown(id))?;
        if task.state != TaskState::Open || task.claimed {
            return Err(Refusal::new(
                "stale",
                format!("task {} is claimed or reserved already", id.0),
            ));
        }
        if task.poster == worker {
            return Err(Refusal::new(
                "own_task",
                "nobody works on a task of its own",
            ));
        }
        self.delist(id);
        if let Some(task) = self.live.get_mut(&id) {
            task.state = TaskState::Reserved;
            task.reserved_for = Some(worker);
        }
        Ok(())
    }

    /// Notes a claim. With `exclusive` a second claim of the step is refused at once.
    pub fn claim(&mut self, claim: Claim, exclusive: bool) -> Result<(), Refusal> {
        let id = claim.task;
        let task = self.live.get_mut(&id).ok_or_else(|| unknown(id))?;
        match task.state {
            TaskState::Open => {}
            TaskState::Reserved if task.reserved_for == Some(claim.worker) => {}
            TaskState::Reserved => {
                return Err(Refusal::new(
                    "reserved",
                    format!("a planner keeps task {} for somebody else", id.0),
                ));
            }
            state @ (TaskState::Awarded | TaskState::Submitted) => return Err(stale(id, state)),
        }
        if task.poster == claim.worker {
            return Err(Refusal::new(
                "own_task",
                "nobody works on a task of its own",
            ));
        }
        if exclusive && task.claimed {
            return Err(Refusal::new(
                "claimed",
                format!("the planner's board shows task {} as claimed", id.0),
            ));
        }
        task.claimed = true;
        self.claims.push(claim);
        Ok(())
    }

    /// Takes the claims of the step, by task, earlier claims first.
    pub fn take_claims(&mut self) -> Vec<Claim> {
        let mut claims = std::mem::take(&mut self.claims);
        // Stable: claims of one task stay in the order they were made.
        claims.sort_by_key(|claim| claim.task);
        for claim in &claims {
            if let Some(task) = self.live.get_mut(&claim.task) {
                task.claimed = false;
            }
        }
        claims
    }

    /// Gives the task to a worker.
    pub fn award(&mut self, id: TaskId, award: Award) {
        self.delist(id);
        if let Some(task) = self.live.get_mut(&id) {
            task.state = TaskState::Awarded;
            task.award = Some(award);
        }
    }

    /// Opens a reserved task to anybody, when its worker was turned down or has left.
    pub fn reopen(&mut self, id: TaskId) {
        if let Some(task) = self.live.get_mut(&id)
            && task.state == TaskState::Reserved
        {
            task.state = TaskState::Open;
            task.reserved_for = None;
            self.enlist(id);
        }
    }

    /// Notes a submission by the task's worker.
    pub fn submit(
        &mut self,
        id: TaskId,
        worker: AgentId,
        outputs: usize,
        step: u64,
    ) -> Result<(), Refusal> {
        let task = self.live.get_mut(&id).ok_or_else(|| unknown(id))?;
        if task.state != TaskState::Awarded {
            return Err(stale(id, task.state));
        }
        if task.worker() != Some(worker) {
            return Err(Refusal::new(
                "not_yours",
                format!("task {} was awarded to somebody else", id.0),
            ));
        }
        let required = task.required_outputs.len();
        if outputs != required {
            return Err(Refusal::new(
                "outputs",
                format!(
                    "task {} requires {required} outputs, {outputs} were submitted",
                    id.0
                ),
            ));
        }
        task.state = TaskState::Submitted;
        self.verdicts.push_back((step, id));
        self.enlist(id);
        Ok(())
    }

    /// Whether somebody may verify the task: it is submitted, and neither posted nor done by the verifier.
    pub fn check_verifier(&self, id: TaskId, verifier: AgentId) -> Result<(), Refusal> {
        let task = self.live.get(&id).ok_or_else(|| unknown(id))?;
        if task.state != TaskState::Submitted {
            return Err(stale(id, task.state));
        }
        if task.poster == verifier || task.worker() == Some(verifier) {
            return Err(Refusal::new(
                "own_task",
                "nobody verifies a task it posted or did",
            ));
        }
        Ok(())
    }

    /// Takes a task off the books, with its bounty.
    pub fn finish(&mut self, id: TaskId) -> Option<Task> {
        self.delist(id);
        self.live.remove(&id)
    }

    /// The next task whose claim window of `window` steps is over and that nobody has: it must be finished by the caller.
    pub fn next_unclaimed(&mut self, now: u64, window: u64) -> Option<TaskId> {
        while let Some(&(posted, id)) = self.windows.front() {
            if posted + window > now {
                return None;
            }
            self.windows.pop_front();
            let waiting = |t: &Task| matches!(t.state, TaskState::Open | TaskState::Reserved);
            if self.live.get(&id).is_some_and(waiting) {
                return Some(id);
            }
        }
        None
    }

    /// The next submission no verifier took within `window` steps: it must be finished by the caller.
    pub fn next_unverified(&mut self, now: u64, window: u64) -> Option<TaskId> {
        while let Some(&(submitted, id)) = self.verdicts.front() {
            if submitted + window > now {
                return None;
            }
            self.verdicts.pop_front();
            if self
                .live
                .get(&id)
                .is_some_and(|t| t.state == TaskState::Submitted)
            {
                return Some(id);
            }
        }
        None
    }

    /// Tasks past their deadline that were not submitted, oldest first.
    pub fn overdue(&self, epoch: u32) -> Vec<TaskId> {
        self.live
            .iter()
            .filter(|(_, t)| t.deadline_epoch <= epoch && t.state != TaskState::Submitted)
            .map(|(&id, _)| id)
            .collect()
    }

    /// The list a task of this state is in.
    fn list(&mut self, state: TaskState) -> Option<&mut Vec<TaskId>> {
        match state {
            TaskState::Open => Some(&mut self.open),
            TaskState::Submitted => Some(&mut self.submitted),
            TaskState::Reserved | TaskState::Awarded => None,
        }
    }

    fn enlist(&mut self, id: TaskId) {
        let Some((state, poster)) = self.live.get(&id).map(|t| (t.state, t.poster)) else {
            return;
        };
        let Some(list) = self.list(state) else { return };
        let at = list.len() as u32;
        list.push(id);
        if state == TaskState::Open {
            self.posters.push(poster);
        }
        if let Some(task) = self.live.get_mut(&id) {
            task.at = at;
        }
    }

    fn delist(&mut self, id: TaskId) {
        let Some((state, at)) = self.live.get(&id).map(|t| (t.state, t.at)) else {
            return;
        };
        let Some(list) = self.list(state) else { return };
        list.swap_remove(at as usize);
        let moved = list.get(at as usize).copied();
        if state == TaskState::Open {
            self.posters.swap_remove(at as usize);
        }
        if let Some(task) = moved.and_then(|moved| self.live.get_mut(&moved)) {
            task.at = at;
        }
    }
}
