//! Sinks that break one line each, as it happens in practice.

use super::{
    right::Bulk,
    target::{How, Target},
};
use crate::scene::number;
use async_trait::async_trait;
use dynacdc_sink::{Batch, Cost, Order, Outcome, Redelivery, Report, Sink, SinkError};
use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// A sink of level `Any` that is called `wrong`.
macro_rules! wrong {
    ($name:ty, $self:ident, $batch:ident, $body:block) => {
        wrong!($name, Redelivery::Any, $self, $batch, $body);
    };
    ($name:ty, $level:expr, $self:ident, $batch:ident, $body:block) => {
        #[async_trait]
        impl Sink for $name {
            fn name(&self) -> &str {
                "wrong"
            }

            fn redelivery(&self) -> Redelivery {
                $level
            }

            async fn write(&$self, $batch: Batch<'_>) -> Result<Report, SinkError> $body
        }
    };
}

async fn bulk(target: &Target, batch: Batch<'_>, how: How) -> Result<Report, SinkError> {
    let answers = if batch.is_empty() { Vec::new() } else { target.call(batch.records(), how).await? };
    Report::from_each(Order::Key, batch, answers, Cost::default())
}

/// Reports on the first record alone.
pub(crate) struct Short(pub(crate) Bulk);
wrong!(Short, self, batch, { self.0.write(batch.slice(0..1).batch()).await });

/// Says that it is done when it has begun.
pub(crate) struct Background(pub(crate) Target);
wrong!(Background, self, batch, {
    let (target, records) = (self.0.clone(), batch.records().to_vec());
    tokio::spawn(async move { target.call(&records, How::Fenced).await });
    Ok(Report::all(batch, Outcome::Applied))
});

/// Sorts by key and forgets that the report is in the order of the batch.
pub(crate) struct Sorted(pub(crate) Bulk);
wrong!(Sorted, self, batch, {
    let mut records = batch.records().to_vec();
    records.sort_by_key(|record| record.item_key());
    self.0.write(Batch::new(batch.lane(), &records)).await
});

/// Looks whether the target is there before it looks whether there is work.
pub(crate) struct Pinging(pub(crate) Target);
wrong!(Pinging, self, batch, {
    self.0.call(&[], How::Fenced).await?;
    bulk(&self.0, batch, How::Fenced).await
});

/// Moves its mark to the end of the batch, whatever failed on the way.
pub(crate) struct Marked {
    target: Target,
    mark: AtomicU64,
}

impl Marked {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, mark: AtomicU64::new(0) }
    }
}

wrong!(Marked, Redelivery::Continued, self, batch, {
    let mark = self.mark.load(Ordering::Relaxed);
    let part = batch.select(|_, record| number(record) > mark);
    let mut slots = dynacdc_sink::Slots::new(Order::Lane, batch);
    batch.records().iter().enumerate().filter(|(_, record)| number(record) <= mark).for_each(|(at, _)| {
        slots.put(at, Outcome::Skipped(dynacdc_sink::Reason::Duplicate));
    });
    slots.place(&part, bulk(&self.target, part.batch(), How::Fenced).await);
    self.mark.store(batch.records().last().map_or(mark, number), Ordering::Relaxed);
    slots.finish()
});

/// Adds the new value to the sum, every time.
pub(crate) struct Adding(pub(crate) Target);
wrong!(Adding, Redelivery::Continued, self, batch, { bulk(&self.0, batch, How::Added).await });

/// Needs order, and does not look at the lane.
pub(crate) struct Trusting(pub(crate) Target);
wrong!(Trusting, Redelivery::Continued, self, batch, { bulk(&self.0, batch, How::Plain).await });

/// Claims to stand anything, and lets the last to arrive win.
pub(crate) struct LastArrival(pub(crate) Target);
wrong!(LastArrival, self, batch, { bulk(&self.0, batch, How::Plain).await });

/// Fences changes by the row's version, which a delete takes away.
pub(crate) struct ForgetsDeletes(pub(crate) Target);
wrong!(ForgetsDeletes, self, batch, { bulk(&self.0, batch, How::Forgetful).await });

/// Holds a lock over the call.
pub(crate) struct OneAtATime {
    turn: futures_util::lock::Mutex<()>,
    inner: Bulk,
}

impl OneAtATime {
    pub(crate) fn new(inner: Bulk) -> Self {
        Self { turn: futures_util::lock::Mutex::new(()), inner }
    }
}

wrong!(OneAtATime, self, batch, {
    let _turn = self.turn.lock().await;
    self.inner.write(batch).await
});

/// Notes what it is about to do as done.
pub(crate) struct NotedFirst {
    target: Target,
    done: Mutex<HashSet<u64>>,
}

impl NotedFirst {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, done: Mutex::default() }
    }
}

wrong!(NotedFirst, self, batch, {
    let fresh = batch.select(|_, record| self.done.lock().unwrap().insert(number(record)));
    let mut slots = dynacdc_sink::Slots::new(Order::Key, batch);
    (0..batch.len()).filter(|at| !fresh.positions().contains(at)).for_each(|at| {
        slots.put(at, Outcome::Skipped(dynacdc_sink::Reason::Duplicate));
    });
    slots.place(&fresh, Bulk(self.target.clone()).write(fresh.batch()).await);
    slots.finish()
});

/// Hands the error of a call to each of its records as if it were that record's.
pub(crate) struct BlamesAll(pub(crate) Bulk);
wrong!(BlamesAll, self, batch, {
    let report = self.0.write(batch).await?;
    let blamed = |outcome: &Outcome| match outcome {
        Outcome::Failed(error) => Outcome::Failed(SinkError::new(error.class(), error.context().to_owned())),
        other => other.clone(),
    };
    Report::new(Order::Key, batch, report.outcomes().iter().map(blamed).collect(), report.cost())
});

/// Has all the time in the world.
pub(crate) struct Unhurried(pub(crate) Bulk);
wrong!(Unhurried, self, batch, { self.0.write(batch.with_deadline(None)).await });
