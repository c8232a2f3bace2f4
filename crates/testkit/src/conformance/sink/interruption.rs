//! Lines 2 and 6: writes that fail or are dropped.

use super::{Scene, deliver, ordered, write};
use crate::conformance::{
    SinkFixture,
    verdict::{Stopped, Tried},
};
use dynacdc_sink::{Class, Outcome, Report};
use std::{future::Future, pin::pin, task::Poll};

/// So many times a write is polled before it is dropped, at most.
const POLLS: usize = 16;

impl<M, F> Scene<'_, M, F>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    /// One call to the target fails, before each of the records in turn.
    pub(super) async fn failure(&self) -> Tried {
        for begin in 0..self.records.len() {
            let (fixture, sink) = self.given().await?;
            let (before, rest) = self.records.split_at(begin);
            deliver(&sink, &ordered(), before).await?;
            if !fixture.fail_next() {
                return Err(Stopped::idle("the fixture has no failing target"));
            }
            deliver(&sink, &ordered(), rest).await?;
            self.ends_right(&format!("after a failure at record {begin}"), &fixture).await?;
        }
        Ok(())
    }

    pub(super) async fn poison(&self) -> Tried {
        for at in 0..=self.records.len() {
            let (fixture, sink) = self.given().await?;
            let Some(poison) = fixture.poison() else {
                return Err(Stopped::idle("the fixture has no poison record"));
            };
            let mut records = self.records.clone();
            records.insert(at, poison);
            let report = write(&sink, &ordered(), &records).await;
            blamed(&report, at)?;
            // A person has taken the record away, or it was parked; what is not settled comes again.
            records.remove(at);
            let settled = report.settled_prefix();
            let settled = if settled > at { settled - 1 } else { settled };
            deliver(&sink, &ordered(), &records[settled..]).await?;
            self.ends_right(&format!("after a poison record at {at}"), &fixture).await?;
        }
        Ok(())
    }

    /// Dropped after every number of polls, then delivered again to the same sink and to another one.
    pub(super) async fn dropped(&self) -> Tried {
        for polls in 1..=POLLS {
            for is_restarted in [false, true] {
                let (fixture, mut sink) = self.given().await?;
                let finished = {
                    let lane = ordered();
                    polled(write(&sink, &lane, &self.records), polls).await
                };
                if is_restarted {
                    sink = fixture.sink().await?;
                }
                let whose = if is_restarted { "another sink" } else { "the same sink" };
                deliver(&sink, &ordered(), &self.records).await?;
                self.ends_right(&format!("dropped after {polls} polls, then delivered to {whose}"), &fixture).await?;
                if finished && is_restarted {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// The poison record alone is at fault: it, or what happens to be in a call with it, is not settled, or it is parked.
fn blamed(report: &Report, at: usize) -> Tried {
    if report.outcomes().get(at).is_none_or(|outcome| outcome.is_settled() && !matches!(outcome, Outcome::Parked)) {
        return Err(Stopped::broken(format!("a poison record at {at} is settled")));
    }
    let foreign = report.outcomes().iter().enumerate().find_map(|(of, outcome)| {
        let error = outcome.error().filter(|error| of != at && error.class() == Class::Poison)?;
        (!error.is_unattributed()).then_some(of)
    });
    match foreign {
        None => Ok(()),
        Some(of) => Err(Stopped::broken(format!("record {of} is blamed for the poison record at {at}"))),
    }
}

/// Polls a future at most so many times, then drops it. Says whether it was through.
async fn polled(future: impl Future, times: usize) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
