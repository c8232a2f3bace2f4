use super::GapPolicy;
use crate::OnMalformed;
use dynacdc_record::StreamArn;
use std::{num::NonZeroU16, sync::Arc, time::Duration};

/// One page of the Streams API.
pub(super) const PAGE: usize = 1 << 20;

/// Longer than any poller runs, and never too long to be added to a time: what cannot be added counted as no wait at all.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 10);

/// How a stream is read. Everything but the stream has a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct Settings {
    pub(super) stream: StreamArn,
    pub(super) sink: Arc<str>,
    pub(super) on_malformed: OnMalformed,
    pub(super) on_gap: GapPolicy,
    pub(super) page_size: Option<u16>,
    pub(super) idle: Duration,
    pub(super) discovery: Duration,
    pub(super) byte_budget: usize,
    pub(super) batch_records: usize,
    pub(super) batch_bytes: usize,
    pub(super) linger: Duration,
    pub(super) sub_lanes: NonZeroU16,
    pub(super) save_every: Duration,
    pub(super) drain: Duration,
    pub(super) quiet: Duration,
}

impl Settings {
    /// Of a reader of `stream`.
    pub fn new(stream: StreamArn) -> Self {
        Self {
            stream,
            sink: "sink".into(),
            on_malformed: OnMalformed::default(),
            on_gap: GapPolicy::default(),
            page_size: None,
            idle: Duration::from_millis(250),
            discovery: Duration::from_secs(10),
            byte_budget: 64 * PAGE,
            batch_records: 1000,
            batch_bytes: 4 * PAGE,
            linger: Duration::ZERO,
            sub_lanes: NonZeroU16::MIN,
            save_every: Duration::ZERO,
            drain: Duration::from_secs(30),
            quiet: Duration::from_secs(60),
        }
    }

    /// Of another stream, with all else as it is.
    pub fn with_stream(mut self, stream: StreamArn) -> Self {
        self.stream = stream;
        self
    }

    /// The name of the sink in errors.
    pub fn with_sink(mut self, name: impl Into<Arc<str>>) -> Self {
        self.sink = name.into();
        self
    }

    /// What becomes of records that could not be decoded; reading stops there unless set.
    pub fn with_on_malformed(mut self, rule: OnMalformed) -> Self {
        self.on_malformed = rule;
        self
    }

    /// What becomes of gaps; the poller fails unless set.
    pub fn with_on_gap(mut self, policy: GapPolicy) -> Self {
        self.on_gap = policy;
        self
    }

    /// The most records in one page: 1 to 1,000. The service's limit unless set.
    pub fn with_page_size(mut self, records: u16) -> Self {
        self.page_size = Some(records.clamp(1, 1000));
        self
    }

    /// How long to wait after an empty page, at most; 250 ms unless set, which is how often Lambda looks.
    pub fn with_idle(mut self, wait: Duration) -> Self {
        self.idle = wait.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// How often to look for new shards; 10 s unless set. The end of a shard is looked at at once.
    pub fn with_discovery(mut self, interval: Duration) -> Self {
        self.discovery = interval.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// How many bytes of records may be read and not settled; 64 MiB unless set.
    ///
    /// A page of 1 MiB is set aside before each read. Each shard has the same share, and at least one page: with more
    /// shards at once than pages in the budget, one page per shard is what counts. Shards that begin while others hold
    /// more than their new share get a page each on top of it, so that one that is stuck holds up no other.
    pub fn with_byte_budget(mut self, bytes: usize) -> Self {
        self.byte_budget = bytes;
        self
    }

    /// The most records in one batch; 1,000 unless set.
    pub fn with_batch_records(mut self, records: usize) -> Self {
        self.batch_records = records.max(1);
        self
    }

    /// The most bytes in one batch, as DynamoDB counts them; 4 MiB unless set. A larger record is a batch of its own.
    pub fn with_batch_bytes(mut self, bytes: usize) -> Self {
        self.batch_bytes = bytes.max(1);
        self
    }

    /// How long a batch that is not full waits for more records; not at all unless set.
    pub fn with_linger(mut self, wait: Duration) -> Self {
        self.linger = wait.min(LONGEST);
        self
    }

    /// In how many lanes a shard is written at once, by item key; 1 unless set. A shard that was begun with another
    /// number keeps it.
    pub fn with_sub_lanes(mut self, lanes: NonZeroU16) -> Self {
        self.sub_lanes = lanes;
        self
    }

    /// How long to wait between two saves of one shard's position; not at all unless set. What is saved last stays one
    /// save behind at most, and the ends of shards are saved at once.
    pub fn with_save_every(mut self, interval: Duration) -> Self {
        self.save_every = interval.min(LONGEST);
        self
    }

    /// How long writes in flight are waited for after a stop; 30 s unless set.
    pub fn with_drain(mut self, wait: Duration) -> Self {
        self.drain = wait.min(LONGEST);
        self
    }

    /// How long listings must show nothing new before a disabled stream counts as ended; 60 s unless set. The service
    /// tells of the children of a shard some time after its end, and what it has not told of by then is not read.
    pub fn with_quiet(mut self, wait: Duration) -> Self {
        self.quiet = wait.min(LONGEST);
        self
    }

    /// The stream.
    pub const fn stream(&self) -> &StreamArn {
        &self.stream
    }

    /// What becomes of records that could not be decoded.
    pub const fn on_malformed(&self) -> &OnMalformed {
        &self.on_malformed
    }

    /// What becomes of gaps.
    pub const fn on_gap(&self) -> &GapPolicy {
        &self.on_gap
    }
}
