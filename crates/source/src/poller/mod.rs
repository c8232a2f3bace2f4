//! The poller: the [state machine](crate::machine) on tokio, with the Streams API, a checkpoint store and a sink.
//!
//! One loop asks the machine what to do, and every call to the outside is a task: so where the runtime has a free worker, a
//! sink that blocks a thread does not stop the reading of other shards, pages are decoded side by side, and a panic ends
//! one call and not the loop. A task per shard lost: what is decided over all shards (lineage, bytes, the end) was spread
//! over them, and could be tested only by running them.

mod builder;
mod calls;
mod drive;
mod follow;
mod health;
mod meter;
mod owner;
mod patience;
mod takeover;

pub use builder::PollerBuilder;
pub use health::{Health, HealthReport, Phase, Readiness, ShardReport};
pub use meter::names as metric_names;

use crate::{
    CheckpointStore, PollError, Polled, Start, StreamsApi,
    machine::{Machine, Settings},
};
use drive::{Driver, Stop};
use dynacdc_record::StreamArn;
use dynacdc_sink::{Clock, Sink};
use meter::Meter;
use std::{fmt, num::NonZeroU16, pin::pin, sync::Arc, time::Duration};

/// Reads one stream from the Streams API and writes it to a sink.
///
/// # What it promises
/// - Each record is delivered at least once, and its position is stored only after it is settled.
/// - Records of one shard are delivered in order, one batch at a time, on a lane of their own, or on so many lanes as are
///   set, each with a share of the item keys. A shard starts only after the records of its parent are settled and that is
///   stored, so the changes of one item come in order.
/// - Another shard's trouble with the API or the sink does not hold a shard up, unless it stops the poller.
/// - A record that fails with a `Transient` error is tried again until it succeeds. `Fatal` and `Poison` stop the
///   poller with an error that names the record; a dead-letter layer in the sink turns poison into parked records.
///
/// One poller reads a stream, in one process. When a second one takes the stream over in the same checkpoint store, the
/// first one ends with [`PollError::Superseded`] when it stores its next position; where nothing is written to the table
/// that may be an hour later.
pub struct Poller {
    api: Arc<dyn StreamsApi>,
    settings: Settings,
    checkpoints: Arc<dyn CheckpointStore>,
    owner: Arc<str>,
    start: Start,
    clock: Clock,
    discovery: Duration,
    sub_lanes: NonZeroU16,
    write_timeout: Option<Duration>,
    call_timeout: Duration,
    follows: bool,
    shard_metrics: bool,
    health: Health,
}

impl Poller {
    /// A poller of `stream` that reads through `api`.
    pub fn builder(api: impl StreamsApi + 'static, stream: StreamArn) -> PollerBuilder {
        PollerBuilder::new(Arc::new(api), stream)
    }

    /// A handle on how it is doing, from before it runs until after it has ended.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Takes the stream over in the checkpoint store, then reads and delivers until `stop` resolves or the stream has
    /// ended.
    ///
    /// After `stop` nothing new is begun. Writes in flight are waited for as long as [drain] says, and the last positions
    /// are stored.
    ///
    /// # Errors
    /// [`PollError`] where it cannot go on. The other shards are stopped as by `stop` first, and the first error counts.
    ///
    /// # Cancellation
    /// Dropping the future aborts everything in flight: writes may land or not, and are delivered again. A sink that
    /// blocks its thread is not interrupted.
    ///
    /// [drain]: PollerBuilder::drain
    pub async fn run<S: Sink + 'static>(
        self,
        sink: S,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Polled, PollError> {
        // The futures of the whole way are large, and whoever spawns this one may hold many.
        Box::pin(self.read(Arc::new(sink), stop)).await
    }

    async fn read(self, sink: Arc<dyn Sink>, stop: impl Future<Output = ()> + Send) -> Result<Polled, PollError> {
        let stop = pin!(stop);
        let mut stop = Stop::new(stop);
        let _running = self.health.running();
        let mut meter = Meter::new(self.settings.stream().table(), self.shard_metrics);
        let mut polled = Polled::default();
        let (mut stream, mut start) = (self.settings.stream().clone(), self.start);
        loop {
            self.health.begin(&stream);
            meter.begin();
            let of_one = self.read_one(&stream, start, &sink, &mut meter, &mut stop).await?;
            polled.records += of_one.records;
            polled.finished_shards += of_one.finished_shards;
            polled.gaps += of_one.gaps;
            polled.ended = of_one.ended;
            if !(self.follows && polled.ended) {
                return Ok(polled);
            }
            let Some(next) = self.next_stream(&stream, &meter, &mut stop).await? else {
                // It was stopped while the table had no stream.
                return Ok(polled);
            };
            polled.gaps += u64::from(next.gap);
            (stream, start) = (next.stream, Start::TrimHorizon);
        }
    }

    async fn read_one(
        &self,
        stream: &StreamArn,
        start: Start,
        sink: &Arc<dyn Sink>,
        meter: &mut Meter,
        stop: &mut Stop<'_>,
    ) -> Result<Polled, PollError> {
        let Some(stored) = self.take_over(stream, start, &**sink, stop).await? else { return Ok(Polled::default()) };
        let settings = self.settings.clone().with_stream(stream.clone()).with_sink(sink.name());
        let calls = calls::Calls::new(calls::Outside {
            api: Arc::clone(&self.api),
            checkpoints: Arc::clone(&self.checkpoints),
            sink: Arc::clone(sink),
            stream: stream.clone(),
            on_malformed: settings.on_malformed().clone(),
            on_gap: settings.on_gap().clone(),
            write_timeout: self.write_timeout,
            call_timeout: self.call_timeout,
        });
        let machine = Machine::new(settings, stored, drive::now(&self.clock));
        Driver { machine, calls, clock: &self.clock, health: &self.health, meter }.drive(stop).await
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("settings", &self.settings)
            .field("owner", &self.owner)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Poller>();
    shared::<Health>();
};
