use crate::{Batch, BoxSink, Order, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;
use futures_util::future::join_all;
use std::{borrow::Cow, fmt};

/// Writes every batch to all branches at once.
///
/// A record is settled when it is in every branch: of its fates the [worst](crate::Outcome::worst) counts. The costs add. The order
/// domain is the widest of the branches and the level of redelivery the least.
///
/// One slow or failing branch holds the lane up for all of them, and what failed in one is delivered again to all. So
/// each branch has its own retries, deduplication and dead letters *inside*, and none of them stands around the whole.
pub fn fan_out(branches: impl IntoIterator<Item = BoxSink>) -> FanOut {
    FanOut { name: Cow::Borrowed("fan_out"), branches: branches.into_iter().collect() }
}

/// Several sinks as one; made by [`fan_out`].
#[must_use]
pub struct FanOut {
    name: Cow<'static, str>,
    branches: Vec<BoxSink>,
}

impl FanOut {
    /// With another name than `fan_out`.
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The branches.
    pub fn branches(&self) -> impl Iterator<Item = &dyn Sink> {
        self.branches.iter().map(|branch| &**branch)
    }
}

#[async_trait]
impl Sink for FanOut {
    fn name(&self) -> &str {
        &self.name
    }

    fn order(&self) -> Order {
        self.branches().map(Sink::order).max().unwrap_or(Order::Key)
    }

    fn redelivery(&self) -> Redelivery {
        self.branches().map(Sink::redelivery).min().unwrap_or(Redelivery::Any)
    }

    /// # Errors
    /// Of class Fatal if there are no branches, since whoever builds them from a list would lose every record, or if one
    /// of them needs order and the lane has none. Errors of branches are outcomes, with the name of the branch before
    /// them.
    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        if self.branches.is_empty() {
            return Err(SinkError::fatal("there are no branches to write to"));
        }
        // Before any is written, or one would write what another refuses.
        for branch in self.branches() {
            branch.redelivery().admit(batch.lane()).map_err(|error| error.within(branch.name()))?;
        }
        let whole = batch.whole();
        let mut slots = Slots::new(self.order(), batch);
        let results = join_all(self.branches.iter().map(|branch| branch.write(batch))).await;
        for (branch, result) in self.branches.iter().zip(results) {
            let report = Report::settle(batch, result).map_errors(|error| error.within(branch.name()));
            slots.place(&whole, Ok(report));
        }
        slots.finish()
    }
}

impl fmt::Debug for FanOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.branches().map(Sink::name).collect();
        f.debug_struct("FanOut").field("name", &self.name).field("branches", &names).finish()
    }
}
