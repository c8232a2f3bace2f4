//! A DynamoDB stream in memory.
//!
//! No server that stands in for DynamoDB splits a shard, trims, or lets an iterator expire, so none of them shows
//! whether a reader stands it. Time is that of tokio: a test with a paused clock goes through a day in no time. Shards
//! close and records are trimmed when somebody looks, not by a task of their own, so nothing has to be shut down.

mod api;
mod builder;
mod error;
mod hardships;
mod hash;
mod naming;
mod script;
mod shard;
mod size;
mod stream;
mod writing;

pub use builder::SimulatorBuilder;
pub use error::SimulatorError;
pub use hardships::{Fired, Hardship, Hardships};
pub use script::Call;

pub(crate) use hash::fnv;
pub(crate) use shard::Entry;

use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, Item, ItemKey, StreamArn};
use dynacdc_sink::{Clock, ShardId};
use dynacdc_source::StreamsErrorKind;
use naming::Names;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use stream::Stream;

/// From this many open shards on each has one child, so that a clock that jumps far does not double them without end.
const MOST_OPEN: usize = 16;

/// A table with a stream, in memory, that does what DynamoDB Streams does: shards close and split, records are trimmed
/// after 24 hours, iterators expire after 15 minutes, calls fail. Clones are the same stream.
///
/// It is a [`StreamsApi`](dynacdc_source::StreamsApi) for readers. [`Hardships`] say what goes wrong by itself;
/// everything can also be done by call. On a paused clock a run with one seed repeats itself.
///
/// ```
/// use dynacdc_record::item;
/// use dynacdc_source::{Position, StreamsApi};
/// use dynacdc_testkit::StreamSimulator;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stream = StreamSimulator::new("orders")?;
/// stream.put(item! { "pk" => "ORDER#1", "total" => 5 })?;
/// let first = stream.shards()[0].clone();
/// let children = stream.split(&first, 2)?;
/// stream.delete(item! { "pk" => "ORDER#1" })?;
///
/// let iterator = stream.iterator(&stream.arn(), &first, &Position::TrimHorizon).await?;
/// let page = stream.records(&stream.arn(), &iterator, None).await?;
/// assert_eq!(page.records.records().len(), 1);
/// assert!(page.next.is_none(), "the shard has ended, and its last page carries a record");
/// assert_eq!(children.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StreamSimulator {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

pub(crate) struct State {
    settings: SimulatorBuilder,
    names: Names,
    /// The streams that can still be read, the newest last.
    streams: Vec<Stream>,
    table: BTreeMap<ItemKey, Item>,
    written: Vec<ChangeRecord>,
    faults: BTreeMap<Call, VecDeque<StreamsErrorKind>>,
    /// How many calls there were, by kind and shard.
    calls: BTreeMap<(Call, String), u64>,
    fired: Fired,
    /// How many listings were begun, and when the last one was: what it lacks, it lacks on all its pages.
    listing: (u64, DateTime<Utc>),
    /// Up to when shards were closed and records trimmed.
    advanced: Option<DateTime<Utc>>,
}

impl StreamSimulator {
    /// Of a table with this name, with one shard and nothing that goes wrong.
    ///
    /// # Errors
    /// [`SimulatorError::Table`] if the table's name is none.
    pub fn new(table: &str) -> Result<Self, SimulatorError> {
        Self::builder(table).build()
    }

    /// Of a table with this name.
    pub fn builder(table: &str) -> SimulatorBuilder {
        SimulatorBuilder::new(table)
    }

    fn start(settings: SimulatorBuilder) -> Result<Self, SimulatorError> {
        let clock = Clock::from(settings.start);
        let now = clock.now();
        let mut names = Names::new(settings.hardships.seed(), settings.first_number);
        let first = Stream::new(arn(&settings.table, now)?, settings.shards, &mut names, now);
        let state = State {
            settings,
            names,
            streams: vec![first],
            table: BTreeMap::new(),
            written: Vec::new(),
            faults: BTreeMap::new(),
            calls: BTreeMap::new(),
            fired: Fired::default(),
            listing: (0, now),
            advanced: None,
        };
        Ok(Self { state: Arc::new(Mutex::new(state)), clock })
    }

    /// The stream that is enabled, or was last.
    pub fn arn(&self) -> StreamArn {
        self.state().current().arn.clone()
    }

    /// The shards of that stream, closed ones as well, parents before children.
    pub fn shards(&self) -> Vec<ShardId> {
        self.state().current().shards.iter().map(|shard| shard.id.clone()).collect()
    }

    /// Every record that was written to any stream of the table, in order: what a reader is to be compared with.
    /// Malformed ones are not among them.
    pub fn written(&self) -> Vec<ChangeRecord> {
        self.state().written.clone()
    }

    /// How often each hardship struck.
    pub fn fired(&self) -> Fired {
        self.state().fired.clone()
    }

    /// The clock of the stream: the time of day on tokio's clock.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The state as of now: shards whose time is over are closed, what is too old is gone.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(self.clock.now());
        state
    }
}

impl State {
    fn advance(&mut self, now: DateTime<Utc>) {
        // On a paused clock most calls come at a moment at which somebody has looked already.
        if self.advanced.replace(now) == Some(now) {
            return;
        }
        if let Some(age) = self.settings.close_after {
            while let Some((shard, at)) = self.current().overdue(age, now) {
                let open = self.current().shards.iter().filter(|shard| shard.closed.is_none()).count();
                let most = if open < MOST_OPEN { self.settings.children } else { 1 };
                let children = self.names.up_to(most);
                self.split(&shard, children, at);
            }
        }
        self.streams.iter_mut().for_each(|stream| stream.trim(now));
        let last = self.streams.len() - 1;
        let mut at = 0..;
        self.streams.retain(|stream| at.next() == Some(last) || !stream.is_gone(now));
    }

    pub(crate) fn current(&self) -> &Stream {
        // There is one from the start, and the newest is never dropped.
        &self.streams[self.streams.len() - 1]
    }

    pub(crate) fn stream_of(&self, arn: &StreamArn) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.arn == *arn)
    }

    fn current_mut(&mut self) -> &mut Stream {
        let last = self.streams.len() - 1;
        &mut self.streams[last]
    }

    fn split(&mut self, shard: &ShardId, children: usize, at: DateTime<Utc>) -> Vec<ShardId> {
        let last = self.streams.len() - 1;
        self.streams[last].close(shard, children, at, &mut self.names, &self.settings.hardships)
    }

    /// Whether a hardship strikes this call, and counts it.
    fn strikes(&mut self, hardship: Hardship, place: &str, nth: u64) -> bool {
        let struck = self.settings.hardships.strikes(hardship, place, nth);
        if struck {
            self.fired.count(hardship);
        }
        struck
    }
}

fn arn(table: &str, at: DateTime<Utc>) -> Result<StreamArn, SimulatorError> {
    let label = naming::label(at);
    Ok(StreamArn::parse(&format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/{label}"))?)
}

impl fmt::Debug for StreamSimulator {
    /// Without items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("StreamSimulator")
            .field("arn", &state.current().arn)
            .field("shards", &state.current().shards.len())
            .field("written", &state.written.len())
            .field("hardships", &state.settings.hardships)
            .finish_non_exhaustive()
    }
}
