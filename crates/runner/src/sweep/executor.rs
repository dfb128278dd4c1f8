//! Who runs the cells.
//!
//! [`Executor`] is the seam for a queue engine: it takes jobs, which are data, and hands back outcomes, in any order and from
//! wherever they were made. What must hold: every job is answered at most once, by what `work` makes of it (or, elsewhere, what
//! [`super::cell::run`] makes of [`Job::from_json`](super::cell::Job::from_json)); a job that is not answered has not been run
//! and is run when the sweep is started again. Order, thread and machine change nothing that is written. [`Threads`] is the
//! executor of this machine.

use super::cell::{Job, Outcome};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

/// Makes outcomes of jobs.
pub trait Executor {
    /// Runs `work` on jobs and gives each outcome to `done`, on the thread that called.
    fn execute(
        &self,
        jobs: &[Job],
        work: &(dyn Fn(&Job) -> Outcome + Sync),
        done: &mut dyn FnMut(&Job, Outcome),
    );
}

/// So many threads, each with a cell at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(pub usize);

impl Threads {
    /// One a processor.
    pub fn all() -> Self {
        Self(std::thread::available_parallelism().map_or(1, usize::from))
    }
}

impl Executor for Threads {
    fn execute(
        &self,
        jobs: &[Job],
        work: &(dyn Fn(&Job) -> Outcome + Sync),
        done: &mut dyn FnMut(&Job, Outcome),
    ) {
        let next = AtomicUsize::new(0);
        // What is made and not yet kept is bounded: a worker waits rather than run far ahead of the disk.
        let (sender, receiver) = sync_channel(self.0);
        std::thread::scope(|scope| {
            for _ in 0..self.0.clamp(1, jobs.len().max(1)) {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    // A cell keeps to its thread, also where agents decide at once: other threads have cells of their own.
                    let pool = rayon::ThreadPoolBuilder::new()
                        .num_threads(1)
                        .use_current_thread()
                        .build();
                    if let Err(error) = &pool {
                        tracing::debug!(%error, "no thread pool of a worker's own");
                    }
                    while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let outcome = work(job);
                        let last = matches!(outcome, Outcome::Interrupted);
                        if sender.send((job, outcome)).is_err() || last {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            for (job, outcome) in receiver {
                done(job, outcome);
            }
        });
    }
}
