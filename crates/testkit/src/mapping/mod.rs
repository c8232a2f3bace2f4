//! Lambda's event source mapping.
//!
//! It reads the simulated stream without the Streams API, since nobody sees how Lambda's pollers fare with it; what a
//! function sees is what comes of it: cuts, retries, repetitions, order. Handlers take text and give bytes, so that one
//! in any framework, or in none, can be tested.

mod answer;
mod batch;
mod destination;
mod invoke;
mod lane;
mod log;
mod read;
mod settings;
mod window;

pub use destination::{DiscardCondition, Discarded};
pub use log::{Invocation, InvocationOutcome, MappingRun};
pub use settings::StartingPosition;

use crate::StreamSimulator;
use chrono::{DateTime, Utc};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use futures_util::{StreamExt, stream::FuturesUnordered};
use lane::{End, Lane, Place};
use settings::Settings;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    pin::pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Plays the event source mapping through which Lambda gives the records of a DynamoDB stream to a function.
///
/// The function is any closure from the text of an event to the bytes of an answer, or an error; a panic counts as an
/// error. Everything runs in the task that calls [`run`](Self::run); with a paused clock it takes no time.
///
/// # What it plays
/// - A batch is of one shard; a shard begins after its parent is done; changes of one item are delivered in order, with
///   a parallelization factor too, but for what is redelivered.
/// - A batch at which the function fails comes again until its attempts or the age of its records are used up, and goes
///   to the on-failure destination then. The records behind it wait.
/// - With [`report_batch_item_failures`](Self::report_batch_item_failures) the answer decides: the lowest identifier is
///   where the batch begins again. A batch that has become smaller has all its attempts again.
/// - A function that cannot be reached (throttles) uses up no attempt.
///
/// # What AWS does not say, and is chosen here
/// - The waits between tries: 250 milliseconds that double up to a minute.
/// - An answer that is no JSON, or a text or number, fails the batch. A batch that an answer failed as a whole is tried
///   again as a whole, though bisecting is on.
/// - Without a bound of retries, records that are 24 hours old are given up as too old.
/// - The state in a partial answer of a window is kept for the records that it settled. A window ends with its last
///   records where later ones are there already, and in an invocation without records otherwise.
/// - What comes again after success comes once.
///
/// ```
/// use dynacdc_record::{decode_event, item};
/// use dynacdc_testkit::{EventSourceMapping, StreamSimulator};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stream = StreamSimulator::new("orders")?;
/// for n in 0..5 {
///     stream.put(item! { "pk" => format!("{n}") })?;
/// }
/// let poison = stream.written()[2].sequence_number();
///
/// let mut mapping = EventSourceMapping::new(&stream).maximum_retry_attempts(1).bisect_batch_on_function_error();
/// let run = mapping
///     .run(async |event| {
///         let event = decode_event(event).map_err(|_| "no event")?;
///         let found = event.records().iter().any(|record| record.sequence_number() == poison);
///         if found { Err("a record that cannot be handled") } else { Ok("") }
///     })
///     .await;
///
/// assert_eq!(run.settled().len(), 4);
/// assert_eq!(run.discarded()[0].records(), [Some(poison)]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EventSourceMapping {
    stream: StreamSimulator,
    arn: StreamArn,
    settings: Settings,
    /// How far each part of each shard is, kept between runs.
    places: BTreeMap<(ShardId, u16), Place>,
    begun: bool,
}

/// What the lanes of a run share.
pub(crate) struct Shared<'a> {
    stream: &'a StreamSimulator,
    arn: &'a StreamArn,
    settings: &'a Settings,
    log: Mutex<MappingRun>,
    running: AtomicUsize,
    stopped: AtomicBool,
    /// Whether a lane ends where nothing more stands.
    drain: bool,
}

impl Shared<'_> {
    fn log(&self) -> MutexGuard<'_, MappingRun> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn now(&self) -> DateTime<Utc> {
        self.stream.clock().now()
    }
}

impl EventSourceMapping {
    /// A mapping of the stream that is enabled now, with Lambda's defaults.
    pub fn new(stream: &StreamSimulator) -> Self {
        Self {
            stream: stream.clone(),
            arn: stream.arn(),
            settings: Settings::default(),
            places: BTreeMap::new(),
            begun: false,
        }
    }

    /// Delivers everything that stands in the stream, and ends when nothing is left. The next run goes on there.
    ///
    /// A function that fails for ever, without a bound of retries, is called until its records are 24 hours old.
    pub async fn run<F, R, E>(&mut self, handler: impl Fn(String) -> F) -> MappingRun
    where
        F: Future<Output = Result<R, E>>,
        R: AsRef<[u8]>,
        E: Display,
    {
        self.deliver(handler, std::future::pending(), true).await
    }

    /// Delivers what stands in the stream and what is added, until `stop` resolves: then invocations that run are waited
    /// for, and nothing new begins. The next run goes on there.
    pub async fn run_until<F, R, E>(
        &mut self,
        handler: impl Fn(String) -> F,
        stop: impl Future<Output = ()>,
    ) -> MappingRun
    where
        F: Future<Output = Result<R, E>>,
        R: AsRef<[u8]>,
        E: Display,
    {
        self.deliver(handler, stop, false).await
    }

    async fn deliver<F, R, E>(
        &mut self,
        handler: impl Fn(String) -> F,
        stop: impl Future<Output = ()>,
        drain: bool,
    ) -> MappingRun
    where
        F: Future<Output = Result<R, E>>,
        R: AsRef<[u8]>,
        E: Display,
    {
        self.begin();
        let Self { stream, arn, settings, places, .. } = self;
        let shared = Shared {
            stream,
            arn,
            settings,
            log: Mutex::default(),
            running: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            drain,
        };
        let (mut stop, mut lanes) = (pin!(stop), FuturesUnordered::new());
        // The parts that were begun in this run: each once.
        let mut seen = BTreeSet::new();
        loop {
            if !shared.is_stopped() {
                for (shard, part) in ready(&shared, places) {
                    if seen.insert((shard.clone(), part)) {
                        let stored = places.get(&(shard.clone(), part)).cloned();
                        let place =
                            stored.unwrap_or_else(|| Place { at: horizon(&shared, &shard), ..Place::default() });
                        let lane = Lane::new(&shared, &handler, shard, part, place);
                        lanes.push(Box::pin(lane.run()));
                    }
                }
            }
            if lanes.is_empty() && (drain || shared.is_stopped()) {
                break;
            }
            tokio::select! {
                biased;
                () = &mut stop, if !shared.is_stopped() => shared.stopped.store(true, Ordering::Relaxed),
                Some(End { shard, part, place }) = lanes.next(), if !lanes.is_empty() => {
                    places.insert((shard, part), place);
                }
                // Children are there when their parent's last part ends, so there is nothing to look for before.
                () = tokio::time::sleep(Duration::from_secs(1)), if lanes.is_empty() => {}
            }
        }
        drop(lanes);
        shared.log.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&mut self) {
        if std::mem::replace(&mut self.begun, true) || self.settings.start == StartingPosition::TrimHorizon {
            return;
        }
        let state = self.stream.state();
        let shards = state.stream_of(&self.arn).map(|stream| stream.shards.as_slice()).unwrap_or_default();
        for shard in shards {
            for part in 0..self.settings.parts() {
                let place = Place { at: shard.end(), done: shard.closed.is_some(), window: None };
                self.places.insert((shard.id.clone(), part), place);
            }
        }
    }
}

fn horizon(shared: &Shared<'_>, shard: &ShardId) -> usize {
    let state = shared.stream.state();
    state.stream_of(shared.arn).and_then(|stream| stream.shard(shard)).map_or(0, |shard| shard.horizon())
}

/// The parts of shards that are not done and whose parents are, or are gone.
fn ready(shared: &Shared<'_>, places: &BTreeMap<(ShardId, u16), Place>) -> Vec<(ShardId, u16)> {
    let state = shared.stream.state();
    let Some(stream) = state.stream_of(shared.arn) else { return Vec::new() };
    let parts = shared.settings.parts();
    let is_done = |shard: &ShardId, part| places.get(&(shard.clone(), part)).is_some_and(|place| place.done);
    let is_over = |shard: &ShardId| stream.shard(shard).is_none() || (0..parts).all(|part| is_done(shard, part));
    let open = stream.shards.iter().filter(|shard| shard.parent.as_ref().is_none_or(is_over));
    let parts = open.flat_map(|shard| (0..parts).map(|part| (shard.id.clone(), part)));
    parts.filter(|(shard, part)| !is_done(shard, *part)).collect()
}
