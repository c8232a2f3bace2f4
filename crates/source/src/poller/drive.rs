//! The loop: what the machine asks for is begun, what comes is handed to it.

use super::{Health, calls::Calls, meter::Meter};
use crate::{
    PollError, Polled,
    machine::{Action, Input, Machine, Now},
};
use dynacdc_sink::Clock;
use std::{future, pin::Pin};
use tokio::time::{Instant, sleep_until};

/// The present, by both clocks.
pub(super) fn now(clock: &Clock) -> Now {
    Now { instant: Instant::now(), time: clock.now() }
}

/// The wish to stop. It may be waited for again after it has come.
pub(super) struct Stop<'a> {
    asked: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
    has_come: bool,
}

impl<'a> Stop<'a> {
    pub(super) fn new(asked: Pin<&'a mut (dyn Future<Output = ()> + Send)>) -> Self {
        Self { asked, has_come: false }
    }

    pub(super) async fn wait(&mut self) {
        if !self.has_come {
            self.asked.as_mut().await;
            self.has_come = true;
        }
    }

    /// What `work` gives; none if the stop comes first.
    pub(super) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.wait() => None,
            done = work => Some(done),
        }
    }
}

pub(super) struct Driver<'a> {
    pub(super) machine: Machine,
    pub(super) calls: Calls,
    pub(super) clock: &'a Clock,
    pub(super) health: &'a Health,
    pub(super) meter: &'a mut Meter,
}

impl Driver<'_> {
    pub(super) async fn drive(mut self, stop: &mut Stop<'_>) -> Result<Polled, PollError> {
        let mut is_stopped = false;
        loop {
            while let Some(action) = self.machine.next(now(self.clock)) {
                match action {
                    Action::Done(outcome) => {
                        self.tell();
                        return outcome;
                    }
                    action => {
                        self.health.asked(&action);
                        self.calls.begin(action);
                    }
                }
            }
            self.tell();
            let wake_at = self.machine.wake_at();
            let wake = async {
                match wake_at {
                    Some(at) => sleep_until(at).await,
                    None => future::pending().await,
                }
            };
            let input = tokio::select! {
                biased;
                () = stop.wait(), if !is_stopped => {
                    is_stopped = true;
                    Input::Stop
                }
                Some(input) = self.calls.next(), if !self.calls.are_none() => input,
                () = wake => continue,
            };
            self.meter.answered(&input);
            self.health.answered(&input);
            self.machine.handle(input, now(self.clock));
        }
    }

    fn tell(&mut self) {
        let changed = self.machine.take_changed_health();
        let sums = self.health.update(changed, self.machine.totals());
        self.meter.told(sums, self.machine.totals(), self.health);
    }
}
