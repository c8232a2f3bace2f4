use super::{Poller, Settings};
use crate::{CheckpointStore, MemoryCheckpoints, OnMalformed, StreamsApi};
use dynacdc_record::StreamArn;
use std::{fmt, sync::Arc, time::Duration};

/// Where to begin with a stream of which nothing is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Start {
    /// At the oldest record that the stream still has: 24 hours back.
    #[default]
    TrimHorizon,
    /// Behind the newest record of each shard that is there at the start. Shards that are found later are read from
    /// their beginning, so that no change made after the start is missed.
    ///
    /// A shard whose parent is still being read, and after a restart every shard of which nothing was settled, is read
    /// from its beginning too; records older than the start by more than a minute are dropped.
    Latest,
}

/// Builds a [`Poller`]; made by [`Poller::builder`].
#[must_use]
pub struct PollerBuilder {
    api: Arc<dyn StreamsApi>,
    stream: StreamArn,
    checkpoints: Arc<dyn CheckpointStore>,
    start: Start,
    on_malformed: OnMalformed,
    page_size: Option<u16>,
    idle: Duration,
    discovery: Duration,
}

impl PollerBuilder {
    pub(super) fn new(api: Arc<dyn StreamsApi>, stream: StreamArn) -> Self {
        Self {
            api,
            stream,
            checkpoints: Arc::new(MemoryCheckpoints::new()),
            start: Start::default(),
            on_malformed: OnMalformed::default(),
            page_size: None,
            idle: Duration::from_millis(250),
            discovery: Duration::from_secs(10),
        }
    }

    /// Where positions are stored. Without it they end with the process, and the next one begins at the start.
    pub fn checkpoints(mut self, store: impl CheckpointStore + 'static) -> Self {
        self.checkpoints = Arc::new(store);
        self
    }

    /// Where to begin when nothing is stored; at the oldest record unless set.
    pub const fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// What becomes of records that could not be decoded; reading stops there unless set.
    pub fn on_malformed(mut self, rule: OnMalformed) -> Self {
        self.on_malformed = rule;
        self
    }

    /// The most records in one page, and so in one batch: 1 to 1,000. The service's limit unless set.
    pub fn page_size(mut self, records: u16) -> Self {
        self.page_size = Some(records.clamp(1, 1000));
        self
    }

    /// How long to wait after an empty page; 250 ms unless set, which is how often Lambda looks.
    pub fn idle(mut self, wait: Duration) -> Self {
        self.idle = wait.max(Duration::from_millis(1));
        self
    }

    /// How often to look for new shards; 10 s unless set. The end of a shard is looked at at once.
    pub fn discovery(mut self, interval: Duration) -> Self {
        self.discovery = interval.max(Duration::from_millis(1));
        self
    }

    /// The poller.
    pub fn build(self) -> Poller {
        let settings = Settings {
            api: self.api,
            stream: self.stream,
            checkpoints: self.checkpoints,
            on_malformed: self.on_malformed,
            page_size: self.page_size,
            idle: self.idle,
        };
        Poller { settings: Arc::new(settings), start: self.start, discovery: self.discovery }
    }
}

impl fmt::Debug for PollerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollerBuilder")
            .field("stream", &self.stream)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
