use super::EventSourceMapping;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::RecordPatterns;
use std::{fmt, sync::Arc, time::Duration};

/// Where a mapping begins in the shards that are there when it first runs. Those that are found later are read from
/// their beginning. `AT_TIMESTAMP` is not for DynamoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartingPosition {
    /// At the oldest record.
    #[default]
    TrimHorizon,
    /// Behind the newest record.
    Latest,
}

/// The parameters of a mapping and of its function.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) batch_size: usize,
    pub(super) batching_window: Duration,
    pub(super) start: StartingPosition,
    pub(super) parts: u16,
    pub(super) retries: Option<u32>,
    pub(super) record_age: Option<Duration>,
    pub(super) bisect: bool,
    pub(super) report: bool,
    pub(super) filters: Vec<Filter>,
    pub(super) window: Option<Duration>,
    pub(super) timeout: Duration,
    pub(super) concurrency: Option<usize>,
    pub(super) throttles: f64,
    pub(super) redeliveries: f64,
    pub(super) seed: u64,
}

pub(super) type Filter = Arc<dyn Fn(&ChangeRecord) -> bool + Send + Sync>;

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: 100,
            batching_window: Duration::ZERO,
            start: StartingPosition::default(),
            parts: 1,
            retries: None,
            record_age: None,
            bisect: false,
            report: false,
            filters: Vec::new(),
            window: None,
            timeout: Duration::from_secs(900),
            concurrency: None,
            throttles: 0.0,
            redeliveries: 0.0,
            seed: 0,
        }
    }
}

impl Settings {
    /// Whether a record is delivered: one of the filters takes it, or there is none.
    pub(super) fn takes(&self, record: &ChangeRecord) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter(record))
    }
}

/// The parameters, by the names that Lambda gives them. A value outside of Lambda's bounds is taken for the nearest one.
impl EventSourceMapping {
    /// `BatchSize`: the most records of one invocation, 1 to 10,000; 100 unless set.
    #[must_use]
    pub fn batch_size(mut self, records: usize) -> Self {
        self.settings.batch_size = records.clamp(1, 10_000);
        self
    }

    /// `MaximumBatchingWindowInSeconds`: how long records are gathered for a batch that is not full, up to 300 s; no
    /// time unless set.
    #[must_use]
    pub fn batching_window(mut self, most: Duration) -> Self {
        self.settings.batching_window = most.min(Duration::from_secs(300));
        self
    }

    /// `StartingPosition`; the oldest record unless set.
    #[must_use]
    pub const fn starting_position(mut self, position: StartingPosition) -> Self {
        self.settings.start = position;
        self
    }

    /// `ParallelizationFactor`: how many batches of a shard run at once, 1 to 10; one unless set. Changes of one item
    /// stay in order. With a tumbling window it is one, since nobody says how the two go together.
    #[must_use]
    pub fn parallelization_factor(mut self, batches: u16) -> Self {
        self.settings.parts = batches.clamp(1, 10);
        self
    }

    /// `MaximumRetryAttempts`: how often a batch that the function failed is tried again, up to 10,000; until its
    /// records are too old unless set.
    #[must_use]
    pub fn maximum_retry_attempts(mut self, retries: u32) -> Self {
        self.settings.retries = Some(retries.min(10_000));
        self
    }

    /// `MaximumRecordAgeInSeconds`: how old a record may be when it is delivered, up to 604,800 s; unless set, the 24
    /// hours that the stream keeps it.
    #[must_use]
    pub fn maximum_record_age(mut self, age: Duration) -> Self {
        self.settings.record_age = Some(age.min(Duration::from_secs(604_800)));
        self
    }

    /// `BisectBatchOnFunctionError`: a batch at which the function threw is divided in two. Not done unless set.
    #[must_use]
    pub const fn bisect_batch_on_function_error(mut self) -> Self {
        self.settings.bisect = true;
        self
    }

    /// `FunctionResponseTypes: ["ReportBatchItemFailures"]`: the answer of the function counts. Unless set it does not,
    /// and every invocation that returns has settled its batch.
    #[must_use]
    pub const fn report_batch_item_failures(mut self) -> Self {
        self.settings.report = true;
        self
    }

    /// One more filter, by a function. A record is delivered if one of them takes it; the others count as done. What
    /// cannot be decoded is delivered.
    #[must_use]
    pub fn filter(mut self, takes: impl Fn(&ChangeRecord) -> bool + Send + Sync + 'static) -> Self {
        self.settings.filters.push(Arc::new(takes));
        self
    }

    /// `FilterCriteria` as Lambda has it: [patterns](RecordPatterns), of which a record has to match one.
    #[must_use]
    pub fn filter_patterns(self, patterns: impl Into<RecordPatterns>) -> Self {
        let patterns = patterns.into();
        self.filter(move |record| patterns.matches(record))
    }

    /// `TumblingWindowInSeconds`: windows of the records' creation times with a state of their own, 1 to 900 whole
    /// seconds; none unless set, nor below a second.
    #[must_use]
    pub fn tumbling_window(mut self, length: Duration) -> Self {
        let seconds = length.as_secs().min(900);
        self.settings.window = (seconds > 0).then(|| Duration::from_secs(seconds));
        self
    }

    /// The timeout of the function; 15 minutes unless set, the most that Lambda has.
    #[must_use]
    pub const fn function_timeout(mut self, most: Duration) -> Self {
        self.settings.timeout = most;
        self
    }

    /// The concurrency reserved for the function: an invocation beyond it is throttled. Unbounded unless set; at least 1.
    #[must_use]
    pub fn reserved_concurrency(mut self, invocations: usize) -> Self {
        self.settings.concurrency = Some(invocations.max(1));
        self
    }

    /// In so many of one tries the function is not reached at all, 0 to 0.95; never unless set.
    #[must_use]
    pub fn throttles(mut self, rate: f64) -> Self {
        self.settings.throttles = rate.clamp(0.0, 0.95);
        self
    }

    /// So many of one batches come again although they succeeded, 0 to 1; none unless set. Some come again at once, in
    /// other cuts, as after a checkpoint that was not stored; some later, behind records that follow them.
    #[must_use]
    pub fn redeliveries(mut self, rate: f64) -> Self {
        self.settings.redeliveries = rate.clamp(0.0, 1.0);
        self
    }

    /// The seed that decides throttles and redeliveries; 0 unless set.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("batch_size", &self.batch_size)
            .field("retries", &self.retries)
            .field("bisect", &self.bisect)
            .field("report", &self.report)
            .field("filters", &self.filters.len())
            .field("window", &self.window)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
