//! Holds a run between two steps, for whoever looks at it on its page.
//!
//! The run asks [`HeldControl`] before each step, as it asks for Ctrl-C and the `STOP` file, and is not answered while it is held: so
//! the log knows nothing of it, and its bytes are those of a run nobody held. Both are looked at while it waits. Not here: who gives
//! orders ([`das_dashboard`]), and what ends a run ([`crate::signals`]).

use das_core::ports::{Control, Signal};
use das_dashboard::{Doing, Order, Standing};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a held run looks for Ctrl-C and the `STOP` file.
const LOOK: Duration = Duration::from_millis(100);

/// What the run may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leave {
    /// Go on.
    #[default]
    All,
    /// One step, and wait again.
    One,
    /// Wait.
    None,
}

/// What was ordered, and what came of it.
#[derive(Debug, Default)]
struct State {
    leave: Leave,
    /// The run waits for an answer.
    waiting: bool,
    /// The step behind the one that was begun last, from 0 over the whole history.
    next: u64,
    ended: bool,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    steps_per_epoch: u64,
    can_stop: bool,
}

/// The handle of a run that can be held.
#[derive(Clone, Debug)]
pub struct Hold(Arc<Inner>);

impl Hold {
    /// Of a run with epochs of so many steps; `held` says that it waits before its first one, `can_stop` that it has a kill switch.
    pub fn new(steps_per_epoch: u32, can_stop: bool, held: bool) -> Self {
        let leave = if held { Leave::None } else { Leave::All };
        let state = State {
            leave,
            ..State::default()
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            changed: Condvar::new(),
            steps_per_epoch: u64::from(steps_per_epoch.max(1)),
            can_stop,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing_in(&self, state: &State) -> Standing {
        let doing = match (state.leave, state.waiting) {
            _ if state.ended => Doing::Ended,
            (Leave::All, _) => Doing::Running,
            (Leave::None, true) => Doing::Paused,
            _ => Doing::Stepping,
        };
        let steps = self.0.steps_per_epoch;
        Standing {
            doing,
            epoch: (state.next / steps) as u32,
            step: (state.next % steps) as u32,
            steps: state.next,
            can_stop: self.0.can_stop,
        }
    }

    /// Where the run stands.
    pub fn standing(&self) -> Standing {
        self.standing_in(&self.state())
    }

    /// Tells the run what to do. A step is had of a run that waits, one at a time.
    pub fn order(&self, order: Order) -> Result<Standing, String> {
        let mut state = self.state();
        if state.ended {
            return Err("this run has ended".to_owned());
        }
        let doing = self.standing_in(&state).doing;
        state.leave = match (order, doing) {
            // A step that was given is made.
            (Order::Pause, _) if state.leave == Leave::One => Leave::One,
            (Order::Pause, _) => Leave::None,
            (Order::Go, _) => Leave::All,
            (Order::Step, Doing::Paused) => Leave::One,
            (Order::Step, _) => return Err("it is not paused yet: pause it first".to_owned()),
        };
        self.0.changed.notify_all();
        Ok(self.standing_in(&state))
    }

    /// No step will follow.
    pub fn end(&self) {
        self.state().ended = true;
    }

    /// Whether the run may execute step `next`; where it may not, after a while in which that did not change.
    fn may(&self, next: u64) -> bool {
        let mut state = self.state();
        state.next = next;
        if state.leave == Leave::None {
            state.waiting = true;
            let waited = self.0.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let may = state.leave != Leave::None;
        if may {
            (state.waiting, state.next) = (false, next + 1);
            if state.leave == Leave::One {
                state.leave = Leave::None;
            }
        }
        may
    }
}

/// Stands behind a run that can be held.
#[derive(Debug)]
pub struct HeldControl<C> {
    hold: Hold,
    live: C,
}

impl<C> HeldControl<C> {
    /// Obeys the holders of `hold`, and `live` before them.
    pub fn new(hold: Hold, live: C) -> Self {
        Self { hold, live }
    }
}

impl<C: Control> Control for HeldControl<C> {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        loop {
            if let Some(signal) = self.live.poll(step) {
                return Some(signal);
            }
            if self.hold.may(step) {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::ports::NoControl;
    use std::sync::mpsc;

    /// Waits until the run does this.
    fn until(hold: &Hold, doing: Doing) -> Standing {
        loop {
            let standing = hold.standing();
            if standing.doing == doing {
                return standing;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_held_run_makes_the_steps_it_is_given() {
        // Held from the start, three steps one by one: each order is exactly one step; a second step cannot be had while the first
        // is not executed; let go, the rest follows.
        let hold = Hold::new(2, true, true);
        let mut control = HeldControl::new(hold.clone(), NoControl);
        let (made, steps) = mpsc::channel();
        let run = std::thread::spawn(move || {
            for step in 0..7 {
                assert_eq!(control.poll(step), None);
                made.send(step).unwrap();
            }
            control.hold.end();
        });
        for step in 0..3_u64 {
            let at = until(&hold, Doing::Paused);
            assert_eq!(
                (at.steps, at.epoch, at.step),
                (step, (step / 2) as u32, (step % 2) as u32)
            );
            assert!(steps.try_recv().is_err());
            hold.order(Order::Step).unwrap();
            assert_eq!(steps.recv(), Ok(step));
        }
        until(&hold, Doing::Paused);
        assert!(steps.try_recv().is_err());
        assert_eq!(hold.order(Order::Go).unwrap().doing, Doing::Running);
        assert!(hold.order(Order::Step).is_err());
        run.join().unwrap();
        assert_eq!(steps.iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert!(hold.order(Order::Pause).is_err());
    }

    #[test]
    fn what_ends_a_run_ends_a_held_one() {
        // Ctrl-C or the STOP file while it waits: the step is not executed, whatever is ordered.
        struct Later(u32);
        impl Control for Later {
            fn poll(&mut self, _step: u64) -> Option<Signal> {
                self.0 += 1;
                (self.0 > 1).then_some(Signal::Stop)
            }
        }
        let hold = Hold::new(1, true, true);
        let mut control = HeldControl::new(hold.clone(), Later(0));
        assert_eq!(control.poll(5), Some(Signal::Stop));
        assert_eq!(hold.standing().steps, 5);
    }
}
