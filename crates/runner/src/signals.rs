//! What reaches a run from outside while it works: Ctrl-C, SIGTERM and the `STOP` file.
//!
//! A thread of its own waits for signals and sets a flag; the run asks once a step. The first signal ends the run after the
//! step in progress, the second ends the process at once. The `STOP` file is the kill switch: part of the run and recorded
//! there; a signal is not.

use crate::console::warn;
use das_core::ports::{Control, Signal};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// What was heard.
#[derive(Debug, Default)]
struct Heard {
    count: AtomicU32,
    /// Nothing is being done: a signal has nothing to finish.
    idle: AtomicBool,
    waiting: Mutex<()>,
    came: Condvar,
}

/// Signals counted since the program began to listen.
#[derive(Clone, Debug, Default)]
pub struct Interrupts(Arc<Heard>);

impl Interrupts {
    /// Listens for SIGINT and SIGTERM from now on. Without a listener (no more threads) the signals keep their own effect.
    pub fn listen() -> Self {
        let interrupts = Self::default();
        let heard = Arc::clone(&interrupts.0);
        let (ready, wait) = std::sync::mpsc::channel();
        let spawned = std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                if let Err(error) = listen(&heard, &ready) {
                    tracing::warn!(%error, "signals are not caught");
                }
            });
        match spawned {
            // From here on a signal is caught: the run may begin.
            Ok(_) => drop(wait.recv()),
            Err(error) => tracing::warn!(%error, "signals are not caught"),
        }
        interrupts
    }

    /// Whether one has come.
    #[inline]
    pub fn any(&self) -> bool {
        self.0.count.load(Ordering::Relaxed) > 0
    }

    /// Waits for one, with nothing left to do.
    pub fn wait(&self) {
        self.0.idle.store(true, Ordering::Relaxed);
        let waiting = &self.0.waiting;
        let held = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let none = |(): &mut ()| !self.any();
        drop(self.0.came.wait_while(held, none));
    }
}

fn listen(heard: &Heard, ready: &std::sync::mpsc::Sender<()>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // Nobody waits any more if the program is at its end already.
        let _ = ready.send(());
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            let earlier = {
                let _held = heard.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                heard.count.fetch_add(1, Ordering::Relaxed)
            };
            heard.came.notify_all();
            if heard.idle.load(Ordering::Relaxed) {
                continue;
            }
            if earlier > 0 {
                std::process::exit(i32::from(crate::failure::INTERRUPTED));
            }
            eprintln!("\ninterrupted: finishing the step (a second time ends at once)");
        }
    })
}

/// Stands behind a live run.
#[derive(Debug)]
pub struct LiveControl {
    interrupts: Interrupts,
    stop_file: PathBuf,
    /// Whether the scenario has a kill switch.
    enabled: bool,
    warned: bool,
}

impl LiveControl {
    /// Obeys `interrupts`, and the `STOP` file if the scenario has a kill switch.
    pub fn new(interrupts: Interrupts, stop_file: PathBuf, enabled: bool) -> Self {
        Self {
            interrupts,
            stop_file,
            enabled,
            warned: false,
        }
    }
}

impl Control for LiveControl {
    fn poll(&mut self, _step: u64) -> Option<Signal> {
        if self.interrupts.any() {
            return Some(Signal::Interrupt);
        }
        // One stat a step.
        if (self.warned && !self.enabled) || std::fs::symlink_metadata(&self.stop_file).is_err() {
            return None;
        }
        if self.enabled {
            return Some(Signal::Stop);
        }
        self.warned = true;
        warn(&format!(
            "warning: {} is ignored: safety.kill_switch_enabled is false",
            self.stop_file.display()
        ));
        None
    }
}

/// Stands behind a run that is executed again: stops where the recorded one was stopped, and obeys Ctrl-C.
#[derive(Debug)]
pub struct RecordedControl<C> {
    /// Step (from 0 over the run) before which the recorded run was stopped.
    stop_at: Option<u64>,
    /// Last step to execute before leaving, for a part of a log.
    until: Option<u64>,
    /// What holds where nothing is recorded.
    live: C,
}

impl<C> RecordedControl<C> {
    /// Stops before step `stop_at`, leaves before step `until`, else asks `live`.
    pub fn new(stop_at: Option<u64>, until: Option<u64>, live: C) -> Self {
        Self {
            stop_at,
            until,
            live,
        }
    }
}

impl<C: Control> Control for RecordedControl<C> {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        if self.stop_at == Some(step) {
            return Some(Signal::Stop);
        }
        if self.until.is_some_and(|until| step >= until) {
            return Some(Signal::Interrupt);
        }
        self.live.poll(step)
    }
}

/// Ctrl-C alone.
#[derive(Debug)]
pub struct InterruptControl(pub Interrupts);

impl Control for InterruptControl {
    fn poll(&mut self, _step: u64) -> Option<Signal> {
        self.0.any().then_some(Signal::Interrupt)
    }
}
