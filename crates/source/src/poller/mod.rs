//! Reading a stream and driving a sink with it.
//!
//! One task finds shards and starts them in the order of their lineage, one task per shard reads and delivers. A
//! single loop over all shards lost: a slow delivery of one shard would stall the others.

mod builder;
mod error;
mod lineage;
mod listing;
mod run;
mod shard;

pub use builder::{PollerBuilder, Start};
pub use error::PollError;

use crate::{CheckpointStore, OnMalformed, StreamsApi};
use dynacdc_record::StreamArn;
use dynacdc_sink::Sink;
use std::{sync::Arc, time::Duration};

/// Reads one stream from the Streams API and writes it to a sink.
///
/// # What it promises
/// - Each record is delivered at least once, and its position is stored only after it is settled.
/// - Records of one shard are delivered in order, one batch at a time, on a lane of their own. A shard starts only after
///   the records of its parent are settled, so the changes of one item come in order.
/// - Another shard's trouble with the API or the sink does not hold a shard up, unless it stops the poller.
/// - A record that fails with a `Transient` error is tried again until it succeeds. `Fatal` and `Poison` stop the
///   poller with an error that names the record; a dead-letter layer in the sink turns poison into parked records.
///
/// One poller reads a stream, in one process. Two of them on one checkpoint store deliver everything twice.
pub struct Poller {
    pub(crate) settings: Arc<Settings>,
    pub(crate) start: Start,
    pub(crate) discovery: Duration,
}

/// What every shard needs.
pub(crate) struct Settings {
    pub(crate) api: Arc<dyn StreamsApi>,
    pub(crate) stream: StreamArn,
    pub(crate) checkpoints: Arc<dyn CheckpointStore>,
    pub(crate) on_malformed: OnMalformed,
    pub(crate) page_size: Option<u16>,
    pub(crate) idle: Duration,
}

/// What a poller did until it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Polled {
    /// Records that are settled, parked malformed ones counted.
    pub records: u64,
    /// Shards that were read to their end.
    pub finished_shards: u64,
    /// Whether the stream has ended: it is disabled, and every shard was read to its end.
    pub ended: bool,
}

impl Poller {
    /// A poller of `stream` that reads through `api`.
    pub fn builder(api: impl StreamsApi + 'static, stream: StreamArn) -> PollerBuilder {
        PollerBuilder::new(Arc::new(api), stream)
    }

    /// Reads and delivers until `stop` resolves or the stream has ended.
    ///
    /// After `stop`, writes in flight are finished and their positions stored; nothing new is begun.
    ///
    /// # Errors
    /// [`PollError`] where it cannot go on. The other shards are stopped as by `stop` first.
    ///
    /// # Cancellation
    /// Dropping the future aborts the tasks of all shards: writes in flight may land or not, and are delivered again.
    pub async fn run<S: Sink + 'static>(
        self,
        sink: S,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Polled, PollError> {
        run::run(self, Arc::new(sink), stop).await
    }
}

impl std::fmt::Debug for Poller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poller")
            .field("stream", &self.settings.stream)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
