//! The task that reads one shard.

use super::{PollError, Settings};
use crate::{
    Checkpoint, Position, RecordPage, ShardIterator, StreamsError, StreamsErrorKind,
    deliver::{Delivery, Step},
};
use dynacdc_record::Decoded;
use dynacdc_sink::{Backoff, Lane, ShardId, Sink};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::watch;

/// What became of a shard.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) records: u64,
    /// The shard was read to its end; otherwise the poller was stopped.
    pub(super) finished: bool,
}

pub(super) struct Reader<S> {
    settings: Arc<Settings>,
    sink: Arc<S>,
    stopped: watch::Receiver<bool>,
    shard: ShardId,
    lane: Lane,
    /// Where to go on when an iterator has expired.
    position: Position,
    /// Where to begin, once: behind the latest record. When that fails, `position` and `since` tell what it meant.
    first: Option<Position>,
    /// Records from before this time are not delivered.
    since: Option<SystemTime>,
    /// The iterator came from the latest record, so that nothing from before can come and no clock is to be believed.
    is_behind_latest: bool,
    /// Nothing is known of the shard and it begins at whatever is the oldest record.
    at_horizon: bool,
    records: u64,
}

/// How long a stream keeps its records
/// ([AWS: change data capture for DynamoDB Streams](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)).
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // The sender lives as long as the poller: an error means that it is gone.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

impl<S: Sink> Reader<S> {
    pub(super) fn new(
        settings: Arc<Settings>,
        sink: Arc<S>,
        stopped: watch::Receiver<bool>,
        shard: ShardId,
        stored: Option<Checkpoint>,
    ) -> Self {
        let (position, since) = match stored {
            Some(Checkpoint::After(sequence)) => (Position::After(sequence), None),
            Some(Checkpoint::Since(time)) => (Position::TrimHorizon, Some(time)),
            Some(Checkpoint::Finished) | None => (Position::TrimHorizon, None),
        };
        let lane = Lane::ordered(settings.stream.clone(), shard.clone());
        Self {
            settings,
            sink,
            stopped,
            shard,
            lane,
            position,
            first: None,
            since,
            is_behind_latest: false,
            at_horizon: false,
            records: 0,
        }
    }

    /// Begins behind the latest record instead of at what is stored.
    pub(super) fn at_latest(mut self) -> Self {
        self.first = Some(Position::Latest);
        self
    }

    /// Begins at the oldest record, where it does not matter which that is.
    pub(super) fn at_horizon(mut self) -> Self {
        self.at_horizon = true;
        self
    }

    pub(super) async fn read(mut self) -> Result<Read, PollError> {
        let mut iterator = None;
        loop {
            if *self.stopped.borrow() {
                return Ok(self.ended(false));
            }
            let Some(page) = self.page(&mut iterator).await? else { return Ok(self.ended(false)) };
            let empty = page.records.is_empty();
            if !self.deliver(&page.records).await? {
                return Ok(self.ended(false));
            }
            match page.next {
                None => {
                    self.save(&Checkpoint::Finished).await?;
                    return Ok(self.ended(true));
                }
                next => iterator = next,
            }
            if empty {
                self.wait(self.settings.idle).await;
            }
        }
    }

    const fn ended(&self, finished: bool) -> Read {
        Read { records: self.records, finished }
    }

    /// The next page. What is transient is tried again until the poller is stopped, which gives none.
    async fn page(&mut self, iterator: &mut Option<ShardIterator>) -> Result<Option<RecordPage>, PollError> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
        let stopped = self.stopped.clone();
        loop {
            let attempt = tokio::select! {
                biased;
                () = until_stopped(stopped.clone()) => return Ok(None),
                attempt = self.attempt(iterator) => attempt,
            };
            let error = match attempt {
                Ok(page) => return Ok(Some(page)),
                Err(error) => error,
            };
            match error.kind() {
                // Behind what was read, never at the latest record again: that would lose what came in between.
                StreamsErrorKind::IteratorExpired => *iterator = None,
                StreamsErrorKind::Trimmed if self.is_trimmed_unread() => {
                    self.position = Position::TrimHorizon;
                    *iterator = None;
                }
                // It was trimmed between the listing and now.
                StreamsErrorKind::NotFound if self.is_at_horizon() => {
                    return Ok(Some(RecordPage { records: Decoded::default(), next: None }));
                }
                StreamsErrorKind::Trimmed | StreamsErrorKind::NotFound => {
                    return Err(PollError::Gap { shard: self.shard.clone(), source: error });
                }
                kind if kind.is_transient() => {}
                _ => return Err(error.into()),
            }
            let wait = backoff.next_delay();
            tracing::warn!(shard = %self.shard, ?wait, %error, "reading a shard is tried again");
            self.wait(wait).await;
        }
    }

    const fn is_at_horizon(&self) -> bool {
        self.at_horizon && matches!(self.position, Position::TrimHorizon)
    }

    /// Whether nothing of what was trimmed was to be delivered.
    fn is_trimmed_unread(&self) -> bool {
        match self.since {
            Some(since) => since.elapsed().is_ok_and(|ago| ago < RETENTION),
            None => self.is_at_horizon(),
        }
    }

    async fn attempt(&mut self, iterator: &mut Option<ShardIterator>) -> Result<RecordPage, StreamsError> {
        let Settings { api, stream, page_size, .. } = &*self.settings;
        let at = match iterator {
            Some(at) => at,
            none => {
                let first = self.first.take();
                self.is_behind_latest = first.is_some();
                let position = first.unwrap_or_else(|| self.position.clone());
                none.insert(api.iterator(stream, &self.shard, &position).await?)
            }
        };
        api.records(stream, at, *page_size).await
    }

    /// Delivers a page and stores each position. False if the poller was stopped before all of it was settled.
    async fn deliver(&mut self, page: &Decoded) -> Result<bool, PollError> {
        let (settings, lane) = (Arc::clone(&self.settings), self.lane.clone());
        let mut delivery = Delivery::new(&lane, &settings.on_malformed, page);
        if let Some(since) = self.since.filter(|_| !self.is_behind_latest) {
            if let Some(skipped) = delivery.skip_before(since) {
                self.position = Position::After(skipped);
            }
            // Records of a shard come in the order of their times, so the first that is not older ends the search.
            self.since = self.since.filter(|_| !delivery.has_records());
        }
        loop {
            if *self.stopped.borrow() && !delivery.is_done() && !delivery.has_failed() {
                return Ok(false);
            }
            let step = delivery.step(&*self.sink).await;
            let failed = |source| PollError::Delivery { shard: self.shard.clone(), source };
            match step.map_err(failed)? {
                Step::Settled { records, up_to } => {
                    self.records += records as u64;
                    if let Some(sequence) = up_to {
                        self.position = Position::After(sequence);
                        self.since = self.since.filter(|_| !self.is_behind_latest);
                        self.save(&Checkpoint::After(sequence)).await?;
                    }
                }
                Step::Again(wait) => self.wait(wait).await,
                Step::Done => return Ok(true),
            }
        }
    }

    async fn save(&self, checkpoint: &Checkpoint) -> Result<(), PollError> {
        let Settings { checkpoints, stream, .. } = &*self.settings;
        Ok(checkpoints.save(stream, &self.shard, checkpoint).await?)
    }

    /// Waits, but not after the poller was stopped.
    async fn wait(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = until_stopped(self.stopped.clone()) => {}
        }
    }
}
