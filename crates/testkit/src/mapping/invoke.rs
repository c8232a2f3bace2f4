//! One call of the function.

use super::{
    Invocation, InvocationOutcome, Shared,
    answer::{self, Verdict},
    batch::Unit,
    window::Window,
};
use dynacdc_sink::ShardId;
use futures_util::FutureExt;
use serde_json::Value;
use std::{fmt::Display, panic::AssertUnwindSafe, sync::atomic::Ordering};

/// Which part of which shard is invoked for, and in which window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) shard: &'a ShardId,
    pub(super) part: u16,
    pub(super) window: Option<&'a Window>,
    pub(super) early: bool,
    /// Nobody looks at the answer.
    pub(super) stray: bool,
}

/// What came of a try.
#[derive(Debug)]
pub(super) enum Tried {
    /// The function was not reached.
    Throttled,
    Reached(InvocationOutcome, Value),
}

impl Shared<'_> {
    pub(super) fn event(&self, unit: &Unit, caller: &Caller<'_>) -> String {
        let further = caller.window.map(|window| window.members(self.arn, caller.shard, unit.last, caller.early));
        unit.event(&further.unwrap_or_default())
    }

    pub(super) async fn invoke<F, R, E>(
        &self,
        handler: &impl Fn(String) -> F,
        unit: &Unit,
        caller: Caller<'_>,
        throttled: bool,
    ) -> Tried
    where
        F: Future<Output = Result<R, E>>,
        R: AsRef<[u8]>,
        E: Display,
    {
        let full = self.settings.concurrency.is_some_and(|most| self.running.load(Ordering::Relaxed) >= most);
        if throttled || full {
            self.log().throttled += 1;
            return Tried::Throttled;
        }
        self.running.fetch_add(1, Ordering::Relaxed);
        let begun = self.now();
        let at = {
            let mut log = self.log();
            log.invocations.push(Invocation {
                shard: caller.shard.clone(),
                part: caller.part,
                records: unit.numbers(),
                attempt: unit.failures + 1,
                begun,
                ended: begun,
                // What it stays if the run is dropped.
                outcome: InvocationOutcome::TimedOut,
            });
            log.invocations.len() - 1
        };
        let event = self.event(unit, &caller);
        let call = AssertUnwindSafe(async { handler(event).await }).catch_unwind();
        let ended = tokio::time::timeout(self.settings.timeout, call).await;
        self.running.fetch_sub(1, Ordering::Relaxed);
        let (outcome, state) = match ended {
            Err(_) => (InvocationOutcome::TimedOut, Value::Null),
            Ok(Err(_) | Ok(Err(_))) => (InvocationOutcome::Threw, Value::Null),
            Ok(Ok(Ok(answer))) => self.judge(answer.as_ref(), unit),
        };
        let outcome = if caller.stray { InvocationOutcome::Stray } else { outcome };
        let now = self.now();
        let mut log = self.log();
        (log.invocations[at].ended, log.invocations[at].outcome) = (now, outcome);
        Tried::Reached(outcome, state)
    }

    /// What an answer means, and the state in it.
    fn judge(&self, answer: &[u8], unit: &Unit) -> (InvocationOutcome, Value) {
        let (verdict, json) = answer::read(answer, &unit.numbers());
        let verdict = if self.settings.report { verdict } else { Verdict::Success };
        let state = json.get("state").cloned();
        if self.settings.window.is_some() && state.is_none() {
            return (InvocationOutcome::FailedWhole, Value::Null);
        }
        let outcome = match verdict {
            Verdict::Success => InvocationOutcome::Succeeded,
            Verdict::From(at) => InvocationOutcome::FailedFrom(at),
            Verdict::Failure => InvocationOutcome::FailedWhole,
        };
        (outcome, state.unwrap_or_default())
    }
}
