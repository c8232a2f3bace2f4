//! Reading a stream while the example goes on: a poller in the background, and the records one by one.

use async_trait::async_trait;
use dynacdc_examples::Failure;
use dynacdc_record::{ChangeRecord, StreamArn};
use dynacdc_sink::{Batch, Outcome, Report, ShardId, Sink, SinkError};
use dynacdc_source::{MemoryCheckpoints, PollError, Polled, Poller, SdkStreams};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// How long a record may take from its write. Generous: a busy machine must not change what is shown.
const PATIENCE: Duration = Duration::from_secs(20);
/// Much shorter than in a service, so that a write and its record stand side by side without a pause.
const IDLE: Duration = Duration::from_millis(2);

/// A record, and the shard it came from.
pub(crate) struct Arrival {
    pub(crate) shard: Option<ShardId>,
    pub(crate) record: ChangeRecord,
}

/// Hands each record to the screen. A sink of one's own is needed only for the shard: a batch knows its lane.
pub(crate) struct ToScreen {
    screen: mpsc::UnboundedSender<Arrival>,
}

#[async_trait]
impl Sink for ToScreen {
    fn name(&self) -> &str {
        "screen"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let shard = batch.lane().shard();
        for record in batch.records() {
            let arrival = Arrival { shard: shard.cloned(), record: record.clone() };
            self.screen.send(arrival).map_err(|_| SinkError::fatal("the screen is gone"))?;
        }
        Ok(Report::all(batch, Outcome::Applied))
    }
}

/// A poller at work.
pub(crate) struct Tail {
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    stop: oneshot::Sender<()>,
    poller: JoinHandle<Result<Polled, PollError>>,
    checkpoints: MemoryCheckpoints,
}

impl Tail {
    /// Reads the stream from its beginning and feeds the sink that `compose` makes of the screen's.
    pub(crate) fn start<S: Sink + 'static>(
        api: SdkStreams,
        stream: StreamArn,
        compose: impl FnOnce(ToScreen) -> S,
    ) -> Self {
        let checkpoints = MemoryCheckpoints::new();
        let poller = Poller::builder(api, stream).checkpoints(checkpoints.clone()).idle(IDLE).build();
        let (screen, arrivals) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let sink = compose(ToScreen { screen });
        let poller = tokio::spawn(async move {
            // An error means that the example has ended without a word: that is a stop too.
            poller.run(sink, async { stopped.await.unwrap_or(()) }).await
        });
        Self { arrivals, stop, poller, checkpoints }
    }

    /// The next record.
    pub(crate) async fn next(&mut self) -> Result<Arrival, Failure> {
        match timeout(PATIENCE, self.arrivals.recv()).await {
            Ok(Some(arrival)) => Ok(arrival),
            Ok(None) => match (&mut self.poller).await {
                Ok(Err(error)) => Err(error.into()),
                _ => Err(Failure::PollerGone),
            },
            Err(_) => Err(Failure::NoRecord { waited: PATIENCE }),
        }
    }

    /// Lets the poller finish what it is at. Gives what it did, and where it would go on.
    pub(crate) async fn stop(self) -> Result<(Polled, MemoryCheckpoints), Failure> {
        // A poller that ended by itself says why below.
        let _ = self.stop.send(());
        let polled = self.poller.await.map_err(|_| Failure::PollerGone)??;
        Ok((polled, self.checkpoints))
    }
}
