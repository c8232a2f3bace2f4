use super::{Health, Poller, owner};
use crate::{CheckpointStore, GapPolicy, MemoryCheckpoints, OnMalformed, Start, StreamsApi, machine::Settings};
use dynacdc_record::StreamArn;
use dynacdc_sink::Clock;
use std::{fmt, num::NonZeroU16, sync::Arc, time::Duration};

/// Builds a [`Poller`]; made by [`Poller::builder`].
#[must_use]
pub struct PollerBuilder {
    api: Arc<dyn StreamsApi>,
    settings: Settings,
    checkpoints: Arc<dyn CheckpointStore>,
    owner: Option<Arc<str>>,
    start: Start,
    clock: Clock,
    discovery: Duration,
    sub_lanes: NonZeroU16,
    write_timeout: Option<Duration>,
    call_timeout: Duration,
    follows: bool,
    shard_metrics: bool,
}

impl PollerBuilder {
    pub(super) fn new(api: Arc<dyn StreamsApi>, stream: StreamArn) -> Self {
        Self {
            api,
            settings: Settings::new(stream),
            checkpoints: Arc::new(MemoryCheckpoints::new()),
            owner: None,
            start: Start::default(),
            clock: Clock::system(),
            discovery: Duration::from_secs(10),
            sub_lanes: NonZeroU16::MIN,
            write_timeout: None,
            call_timeout: Duration::from_secs(60),
            follows: false,
            shard_metrics: false,
        }
    }

    fn set(mut self, change: impl FnOnce(Settings) -> Settings) -> Self {
        self.settings = change(self.settings);
        self
    }

    /// Where positions are stored. Without it they end with the process, and the next one begins at the start.
    pub fn checkpoints(mut self, store: impl CheckpointStore + 'static) -> Self {
        self.checkpoints = Arc::new(store);
        self
    }

    /// The name under which the stream is taken over in the checkpoint store, for people to read; the name of the host and
    /// the id of the process unless set, where they can be told.
    pub fn owner(mut self, name: impl Into<Arc<str>>) -> Self {
        self.owner = Some(name.into());
        self
    }

    /// Where to begin when nothing is stored; at the oldest record unless set.
    pub const fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// What becomes of records that could not be decoded; reading stops there unless set.
    pub fn on_malformed(self, rule: OnMalformed) -> Self {
        self.set(|settings| settings.with_on_malformed(rule))
    }

    /// What becomes of changes that cannot be read any more; the poller ends with an error unless set.
    pub fn on_gap(self, policy: GapPolicy) -> Self {
        self.set(|settings| settings.with_on_gap(policy))
    }

    /// The most records in one page: 1 to 1,000. The service's limit unless set.
    pub fn page_size(self, records: u16) -> Self {
        self.set(|settings| settings.with_page_size(records))
    }

    /// The most records in one batch; 1,000 unless set. Pages are joined up to it.
    pub fn batch_records(self, records: usize) -> Self {
        self.set(|settings| settings.with_batch_records(records))
    }

    /// The most bytes in one batch, as DynamoDB counts them; 4 MiB unless set. A larger record is a batch of its own.
    pub fn batch_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.with_batch_bytes(bytes))
    }

    /// How long a batch that is not full waits for more records; not at all unless set.
    pub fn linger(self, wait: Duration) -> Self {
        self.set(|settings| settings.with_linger(wait))
    }

    /// How many bytes of records may be read and not settled, over all shards; 64 MiB unless set.
    ///
    /// One page of 1 MiB is set aside before each read. Each shard that is read has the same share, and at least one
    /// page: where there are more shards than pages in the budget, one page per shard is what counts.
    pub fn byte_budget(self, bytes: usize) -> Self {
        self.set(|settings| settings.with_byte_budget(bytes))
    }

    /// In how many lanes a shard is written at once, by item key; 1 unless set, and at least 1. A shard that was begun
    /// with another number keeps it.
    ///
    /// It is for sinks that handle one record after the other. The order per item stays; a sink of
    /// [`Order::Lane`](dynacdc_sink::Order::Lane) is refused when the poller starts.
    pub fn sub_lanes(mut self, lanes: u16) -> Self {
        self.sub_lanes = NonZeroU16::new(lanes).unwrap_or(NonZeroU16::MIN);
        let lanes = self.sub_lanes;
        self.set(|settings| settings.with_sub_lanes(lanes))
    }

    /// How long to wait after an empty page, at most; 250 ms unless set, which is how often Lambda looks.
    pub fn idle(self, wait: Duration) -> Self {
        self.set(|settings| settings.with_idle(wait))
    }

    /// How often to look for new shards; 10 s unless set. The end of a shard is looked at at once.
    pub fn discovery(mut self, interval: Duration) -> Self {
        self.discovery = interval.max(Duration::from_millis(1));
        self.set(|settings| settings.with_discovery(interval))
    }

    /// How long listings must show nothing new before a disabled stream counts as ended; 60 s unless set. The service
    /// tells of the children of a shard some time after its end, and what it has not told of by then is not read.
    pub fn quiet(self, wait: Duration) -> Self {
        self.set(|settings| settings.with_quiet(wait))
    }

    /// How long to wait between two saves of one shard's position; not at all unless set. It saves calls and has more
    /// records repeated after a crash.
    pub fn save_every(self, interval: Duration) -> Self {
        self.set(|settings| settings.with_save_every(interval))
    }

    /// How long writes in flight are waited for after a stop; 30 s unless set.
    pub fn drain(self, wait: Duration) -> Self {
        self.set(|settings| settings.with_drain(wait))
    }

    /// Gives each batch a deadline so long after it is handed in; none unless set. The sink keeps it (behavior 8 of
    /// [`Sink`](dynacdc_sink::Sink)): no write is given up from outside.
    pub const fn write_timeout(mut self, time: Duration) -> Self {
        self.write_timeout = Some(time);
        self
    }

    /// How long the Streams API and the checkpoint store are waited for, per call; 60 s unless set. A call that is not
    /// answered by then is made again. Taking a stream over may be many calls of a store: each try of it waits twice as
    /// long as the one before.
    ///
    /// It is for connections that were dropped without a word, so it belongs far above the timeouts of the clients. A
    /// sink and the [hook of a gap](crate::GapHook) are waited for as long as they take.
    pub fn call_timeout(mut self, time: Duration) -> Self {
        self.call_timeout = time.max(Duration::from_millis(1));
        self
    }

    /// Goes on with the next stream of the table when this one has ended: it was disabled, is read to its end, and the
    /// table has a stream again. Until there is one it is looked for at the interval of [`discovery`](Self::discovery),
    /// by [`StreamsApi::streams`].
    ///
    /// What was changed while the table had no stream is in none: that is a [`Gap`](crate::Gap) under the policy of
    /// [`on_gap`](Self::on_gap), which by default ends the poller. After a gap that was skipped or mended the next stream
    /// is read from its oldest record, whatever the [`start`](Self::start); that it is being read is stored, so the gap is
    /// met once. A poller that is built again for the first stream goes through those behind it to the one where it was.
    pub const fn follow_table(mut self) -> Self {
        self.follows = true;
        self
    }

    /// Also records [the age of records by shard](super::metric_names::SHARD_RECORD_AGE). Shards come and go, so series
    /// do too: six a day for each shard that is open.
    pub const fn shard_metrics(mut self) -> Self {
        self.shard_metrics = true;
        self
    }

    /// Where the time of day comes from, with which times of records and of checkpoints are compared; the system unless
    /// set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The poller.
    pub fn build(self) -> Poller {
        Poller {
            health: Health::new(self.settings.stream().clone(), self.clock.clone(), self.discovery),
            api: self.api,
            settings: self.settings,
            checkpoints: self.checkpoints,
            owner: self.owner.unwrap_or_else(owner::name),
            start: self.start,
            clock: self.clock,
            discovery: self.discovery,
            sub_lanes: self.sub_lanes,
            write_timeout: self.write_timeout,
            call_timeout: self.call_timeout,
            follows: self.follows,
            shard_metrics: self.shard_metrics,
        }
    }
}

impl fmt::Debug for PollerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollerBuilder")
            .field("settings", &self.settings)
            .field("start", &self.start)
            .field("follows", &self.follows)
            .finish_non_exhaustive()
    }
}
