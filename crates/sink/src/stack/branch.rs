use super::{
    Trunk,
    stage::{Bare, Before, Deduped, Isolated, Open, Parking, Retried, Timed},
};
use crate::{
    BoxSink, DeadLetter, DeadLetterLayer, DeadLetterStore, Dedupe, DedupeLayer, DedupeStore, Isolate, Retry,
    RetryLayer, Sink, SinkError, SinkExt, Timeout, TimeoutLayer,
};
use std::{marker::PhantomData, sync::Arc};

/// One sink and what belongs around it alone: timeout, retries, deduplication, isolation, dead letters.
///
/// Each of them may be left out, and none may stand around a later one; see [`Trunk`] for an example and for what does
/// not compile.
#[derive(Debug)]
#[must_use]
pub struct Branch<S, Stage = Bare> {
    sink: S,
    stage: PhantomData<fn() -> Stage>,
}

impl<S: Sink> Branch<S> {
    /// A branch of this sink. That a sink is itself made of several, or has layers of its own, is not seen here: begin
    /// with the one that writes.
    pub fn new(sink: S) -> Self {
        Self::at(sink)
    }
}

impl<S: Sink, Stage> Branch<S, Stage> {
    fn at(sink: S) -> Self {
        Self { sink, stage: PhantomData }
    }

    /// Limits the time of one write.
    ///
    /// # Errors
    /// Of class Fatal if the sink is not of level [`Redelivery::Any`](crate::Redelivery::Any).
    pub fn timeout(self, layer: TimeoutLayer) -> Result<Branch<Timeout<S>, Timed>, SinkError>
    where
        Stage: Before<Timed>,
    {
        Ok(Branch::at(self.sink.timeout(layer)?))
    }

    /// Sends Transient failures again.
    pub fn retry(self, layer: RetryLayer) -> Branch<Retry<S>, Retried>
    where
        Stage: Before<Retried>,
    {
        Branch::at(self.sink.retry(layer))
    }

    /// Keeps effects from being repeated. The consumer's name in the layer is that of this branch alone.
    pub fn dedupe<D: DedupeStore>(self, layer: DedupeLayer<D>) -> Branch<Dedupe<S, D>, Deduped>
    where
        Stage: Before<Deduped>,
    {
        Branch::at(self.sink.layer(layer))
    }

    /// Takes a batch that was refused as a whole apart.
    pub fn isolate(self) -> Branch<Isolate<S>, Isolated>
    where
        Stage: Before<Isolated>,
    {
        Branch::at(self.sink.isolate())
    }

    /// Parks what can never be written. The store is that of this branch alone.
    ///
    /// # Errors
    /// Of class Fatal if the order of the sink reaches over the lane.
    pub fn dead_letter<D: DeadLetterStore>(
        self,
        layer: DeadLetterLayer<D>,
    ) -> Result<Branch<Arc<DeadLetter<S, D>>, Parking>, SinkError>
    where
        Stage: Before<Parking>,
    {
        Ok(Branch::at(Arc::new(self.sink.try_layer(layer)?)))
    }

    /// As a trunk of unnamed type: what [`Trunk::fan_out`] and [`Trunk::route`] take.
    pub fn boxed(self) -> Trunk<BoxSink, Open>
    where
        S: 'static,
    {
        Trunk::from(self).boxed()
    }

    pub(super) fn into_sink(self) -> S {
        self.sink
    }
}

impl<S: Sink, D: DeadLetterStore> Branch<Arc<DeadLetter<S, D>>, Parking> {
    /// A handle to the dead letters, for redriving while the stack is running.
    ///
    /// A redrive goes through the layers inside of the dead letters and through none outside, since a letter holds the
    /// record as it came through those. So what brings letters back is this very layer and not the finished stack, and
    /// the handle is taken before the branch goes into it.
    pub fn dead_letters(&self) -> Arc<DeadLetter<S, D>> {
        Arc::clone(&self.sink)
    }
}
