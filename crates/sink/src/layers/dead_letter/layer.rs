//! Parks what cannot succeed, and everything of its item key behind it, until it is redriven.
//!
//! Its place is on a branch, outside all that tries to write: around `isolate`, `dedupe`, `retry` and `timeout`, and
//! inside `fan_out`, filters and routes. Around a fan-out it is wrong: one store would hold what a single branch could
//! not write, and a redrive would repeat it in the branches that had. Inside `retry` it is wrong too: parking is final,
//! so an error would be parked that the next attempt might have cured. And without `isolate` inside, a sink that fails
//! batches as a whole never parks anything, since nobody knows which record is at fault.
//!
//! A key is parked rather than a record. To park the record alone and go on would write later changes of the item before
//! it, and the redrive would then undo them. The queue of a key is ordered by version, not by arrival: a rewind brings
//! older changes later.

use super::parked::KnownKeys;
use super::redrive::Busy;
use super::{DeadLetterStore, NewLetter, ParkedError};
use crate::{Batch, Class, Clock, Cost, Order, Outcome, Part, Redelivery, Report, Sink, SinkError, Slots, TryLayer};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use dynacdc_record::{ChangeRecord, KeyRef};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::{collections::HashMap, fmt, num::NonZeroUsize, sync::Arc, time::Duration};

/// Makes [`DeadLetter`]s.
#[derive(Debug, Clone)]
#[must_use]
pub struct DeadLetterLayer<D> {
    store: D,
    settings: Settings,
}

type Epochs = dyn Fn(&ChangeRecord) -> u64 + Send + Sync;

#[derive(Clone)]
struct Settings {
    transient_after: Option<TimeDelta>,
    epochs: Option<Arc<Epochs>>,
    clock: Clock,
    concurrency: NonZeroUsize,
}

impl<D> DeadLetterLayer<D> {
    /// Parks Poison only, without epochs, on the clock of the system, up to 16 keys at once.
    pub fn new(store: D) -> Self {
        let concurrency = NonZeroUsize::MIN.saturating_add(15);
        let settings = Settings { transient_after: None, epochs: None, clock: Clock::system(), concurrency };
        Self { store, settings }
    }

    /// Parks also what fails with a Transient error once the record is older than `age`, by its creation time. One
    /// without a creation time is never too old.
    ///
    /// Without it an outage stalls the lane, and afterwards everything is delivered as if nothing had been. With it,
    /// whatever is older than `age` in an outage is parked, key by key: the lane goes on, the store fills at the rate of
    /// the stream, and none of it comes back without a redrive. It is for lanes where a late record is worth less than
    /// the ones behind it. Errors that are blamed on no record count here too, since that is how an outage looks. What
    /// was [not begun](SinkError::not_begun) has not failed: a lane that catches up after a stop parks none of it.
    pub fn with_park_transient_after(mut self, age: Duration) -> Self {
        self.settings.transient_after = Some(TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX));
        self
    }

    /// Orders the queue of a key by epoch before stream label and sequence number; see [`Place`](super::Place). Needed
    /// only where changes of one item come from streams whose labels do not rise, as after a fail-over to another Region.
    ///
    /// `epoch` must say the same of a record whenever it is asked.
    pub fn with_epochs(mut self, epoch: impl Fn(&ChangeRecord) -> u64 + Send + Sync + 'static) -> Self {
        self.settings.epochs = Some(Arc::new(epoch));
        self
    }

    /// With another clock, which tells the times of parking and the age of records.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// How many keys of a batch are parked at once; 0 counts as 1. Letters of one key go one after the other.
    pub fn with_concurrency(mut self, keys: usize) -> Self {
        self.settings.concurrency = NonZeroUsize::new(keys).unwrap_or(NonZeroUsize::MIN);
        self
    }
}

impl<S: Sink, D: DeadLetterStore> TryLayer<S> for DeadLetterLayer<D> {
    type Sink = DeadLetter<S, D>;

    /// # Errors
    /// Of class Fatal if the order of the sink's effects reaches over the whole lane: to leave out a record of one key
    /// and go on would lose it from the mark or the chain. Such a sink stops its lane at a poison record.
    fn try_layer(self, inner: S) -> Result<DeadLetter<S, D>, SinkError> {
        if inner.order() != Order::Key {
            let name = inner.name();
            return Err(SinkError::fatal(format!(
                "{name}: its order reaches over the lane, so no key of it can be parked while others go on"
            )));
        }
        let Self { store, settings } = self;
        Ok(DeadLetter { inner, store, settings, known: KnownKeys::default(), busy: Busy::default() })
    }
}

/// A sink that parks what cannot be written; made by [`DeadLetterLayer`].
///
/// Records of a parked key are queued behind its letters, without asking the inner sink. The rest goes to the inner sink
/// as one batch; of what it fails on, records that are to blame for a Poison error are parked, and what they blocked of
/// their own key is parked behind them. Nothing is parked behind a record that stays unsettled.
///
/// [`redrive`](Self::redrive) brings letters back. It sends them through this sink's inner sink, so it belongs to the
/// program that runs the sink, or to one that builds the same stack over the same store. [`DeadLetterDesk`] is for a
/// person: what is there, and what is to be thrown away.
///
/// # When to use it
///
/// Where one record that can never be written must not hold up all others of its lane: the usual case. Not where it is
/// better that everything stops until somebody has looked, and not for what only fails for a while: that is for retries
/// inside, and then for the lane to wait.
///
/// # What it promises
///
/// - A record is reported as `Parked` when its letter is in the store. The checkpoint may pass it.
/// - Per item key, records reach the inner sink in the order of their versions, however deliveries and redrives come
///   between, at the level of redelivery that the inner sink stands.
/// - After everything was redriven the inner sink is in the state of a delivery in order without any failure.
/// - A key that is not parked costs one read of the store per batch, and no more.
///
/// # What it cannot do
///
/// - Until it is redriven an item stays as the change before left it. A reader sees an old state, or none.
/// - A blocked record may have taken effect before it was parked, and takes effect again when it is redriven. Writes that
///   set a state end the same; a call to the outside is made twice unless `dedupe` is inside.
/// - A sink whose order reaches over the lane is refused: a poison record stops its lane.
/// - It blames nobody. A sink that fails batches as a whole needs `isolate` between, or poison stalls the lane.
/// - One store belongs to one branch of one program; two of them would redrive each other's letters.
///
/// ```
/// use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
/// use dynacdc_sink::{
///     Batch, DeadLetterDesk, DeadLetterLayer, Lane, MemoryDeadLetters, RedriveOptions, Sink, SinkError, SinkExt, sink_fn,
/// };
/// use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fixed = Arc::new(AtomicBool::new(false));
/// let is_fixed = Arc::clone(&fixed);
/// let handler = sink_fn("orders", move |_record| {
///     let is_fixed = is_fixed.load(Ordering::Relaxed);
///     async move { if is_fixed { Ok(()) } else { Err(SinkError::poison("no such product")) } }
/// });
/// let sink = handler.dead_letter(DeadLetterLayer::new(MemoryDeadLetters::new()))?;
///
/// let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "ORDER#1" }, SequenceNumber::parse("100")?);
/// let records = [record.new_image(item! { "pk" => "ORDER#1" }).build()?];
/// let report = sink.write(Batch::new(&Lane::ordered(None, "shardId-0001"), &records)).await?;
/// assert_eq!(report.counts().parked, 1);
///
/// let listed = sink.store().list(None, 10).await?;
/// assert_eq!(listed[0].error.as_ref().map(|error| error.message.as_str()), Some("no such product"));
///
/// fixed.store(true, Ordering::Relaxed);
/// let progress = sink.redrive(RedriveOptions::all().with_rate(100)).await?;
/// assert_eq!((progress.redriven, progress.keys_left), (1, 0));
/// # Ok(())
/// # }
/// ```
///
/// [`DeadLetterDesk`]: crate::DeadLetterDesk
#[must_use]
pub struct DeadLetter<S, D> {
    pub(super) inner: S,
    pub(super) store: D,
    settings: Settings,
    known: KnownKeys,
    pub(super) busy: Busy,
}

impl<S, D> DeadLetter<S, D> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without the layer.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// The store.
    pub const fn store(&self) -> &D {
        &self.store
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.settings.clock
    }
}

#[async_trait]
impl<S: Sink, D: DeadLetterStore> Sink for DeadLetter<S, D> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    /// Past the deadline nothing is begun, except that a record which failed in time is still parked: otherwise a batch
    /// that always takes all of its time would never get past it.
    ///
    /// # Errors
    /// Of the store, if it cannot say which keys are parked: then nothing is written. A letter that cannot be stored is
    /// no `Err` but the outcome of its record.
    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut slots = Slots::new(self.order(), batch);
        if batch.is_empty() {
            return slots.finish();
        }
        if batch.is_past_deadline() {
            return Ok(Report::all(batch, SinkError::not_begun().into()));
        }
        let (parked, calls) = self.known.now(&self.store).await.map_err(of_store)?;
        slots.add_cost(Cost { calls, ..Cost::default() });
        if !parked.keys.is_empty() {
            let at = (0..batch.len()).filter(|&at| parked.keys.contains(&batch.records()[at].item_key()));
            self.park(batch.with_half_the_time(), by_key(batch, at), &mut slots, Begin::Behind).await;
        }
        let part = batch.select(|at, _| slots.get(at).is_none());
        if !part.is_empty() {
            slots.place(&part, self.inner.write(part.batch()).await);
            self.park(batch, self.hopeless(batch, &part, &slots), &mut slots, Begin::Failed).await;
        }
        slots.finish()
    }
}

/// How the first letter of a queue gets there.
#[derive(Clone, Copy)]
enum Begin {
    /// The key is parked already, unless it was redriven meanwhile.
    Behind,
    /// The record failed, and parks its key.
    Failed,
}

impl<S: Sink, D: DeadLetterStore> DeadLetter<S, D> {
    /// The unsettled records of each key whose first one is to be parked.
    fn hopeless(&self, batch: Batch<'_>, part: &Part<'_>, slots: &Slots<'_>) -> Vec<Vec<usize>> {
        let unsettled = |at: &usize| slots.get(*at).is_some_and(|outcome| !outcome.is_settled());
        let mut keys = by_key(batch, part.positions().iter().copied().filter(unsettled));
        // One that is blocked by a record of another key waits for the sink to say what becomes of it.
        keys.retain(|key| {
            slots
                .get(key[0])
                .and_then(Outcome::error)
                .is_some_and(|error| self.is_parked(&batch.records()[key[0]], error))
        });
        keys
    }

    fn is_parked(&self, record: &ChangeRecord, error: &SinkError) -> bool {
        match error.class() {
            Class::Poison => !error.is_unattributed(),
            Class::Transient if !error.is_not_begun() => {
                self.settings.transient_after.is_some_and(|age| self.is_older(record, age))
            }
            Class::Transient | Class::Fatal => false,
        }
    }

    fn is_older(&self, record: &ChangeRecord, age: TimeDelta) -> bool {
        let created = record.created_epoch().and_then(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos));
        created.is_some_and(|created| self.settings.clock.now() - created > age)
    }

    /// Parks records, the keys side by side and the records of each in order.
    async fn park(&self, batch: Batch<'_>, keys: Vec<Vec<usize>>, slots: &mut Slots<'_>, begin: Begin) {
        let mut keys = keys.into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.settings.concurrency.get() {
                let Some(positions) = keys.next() else { break };
                let failed = match begin {
                    Begin::Behind => None,
                    Begin::Failed => slots.get(positions[0]).and_then(Outcome::error).cloned(),
                };
                running.push(self.park_key(batch, positions, failed));
            }
            let Some(fates) = running.next().await else { return };
            slots.add_cost(Cost {
                calls: fates.iter().filter(|(_, fate)| is_call(fate)).count() as u64,
                ..Cost::default()
            });
            for (at, fate) in fates {
                slots.reset(at, fate);
            }
        }
    }

    /// Parks records of one key. A position without a fate was redriven meanwhile, and may be written.
    async fn park_key(&self, batch: Batch<'_>, at: Vec<usize>, failed: Option<SinkError>) -> Vec<(usize, Outcome)> {
        let mut fates = Vec::with_capacity(at.len());
        let mut error = failed.as_ref();
        for (nth, &at_now) in at.iter().enumerate() {
            let record = &batch.records()[at_now];
            let stored = match error.take() {
                Some(error) => {
                    let letter = self.letter(batch, record, Some(error.into()));
                    self.store.park(letter).await.map(|()| self.note(record, error)).map(|()| true)
                }
                None if batch.is_past_deadline() => Err(SinkError::not_begun()),
                None => self.store.park_behind(self.letter(batch, record, None)).await,
            };
            let unsettled = match stored {
                Ok(true) => {
                    fates.push((at_now, Outcome::Parked));
                    continue;
                }
                Ok(false) if failed.is_none() => break,
                // It was blocked by a record that has been redriven since: the next delivery can write it.
                Ok(false) => SinkError::transient("its key was redriven meanwhile"),
                Err(error) => of_store(error),
            };
            fates.push((at_now, unsettled.into()));
            fates.extend(at[nth + 1..].iter().map(|&later| (later, Outcome::Blocked { by: at_now })));
            break;
        }
        fates
    }

    fn letter(&self, batch: Batch<'_>, record: &ChangeRecord, error: Option<ParkedError>) -> NewLetter {
        NewLetter {
            record: record.clone(),
            lane: batch.lane().first().clone(),
            epoch: self.settings.epochs.as_ref().map_or(0, |epoch| epoch(record)),
            error,
            at: self.settings.clock.now(),
        }
    }

    fn note(&self, record: &ChangeRecord, error: &SinkError) {
        let sequence = record.sequence_number();
        tracing::warn!(
            sink = self.name(),
            %sequence,
            class = error.class().as_str(),
            error = format_args!("{error:#}"),
            "record parked, and its key with it"
        );
    }
}

/// Positions by item key, the keys in the order of their first position.
fn by_key(batch: Batch<'_>, positions: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut keys: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<KeyRef<'_>, usize> = HashMap::new();
    for at in positions {
        let nth = *known.entry(batch.records()[at].key()).or_insert(keys.len());
        match keys.get_mut(nth) {
            Some(key) => key.push(at),
            None => keys.push(vec![at]),
        }
    }
    keys
}

/// Whether the store was asked for it.
const fn is_call(fate: &Outcome) -> bool {
    matches!(fate, Outcome::Parked | Outcome::Failed(_))
}

pub(super) fn of_store(error: SinkError) -> SinkError {
    error.within("dead letters")
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("transient_after", &self.transient_after)
            .field("epochs", &self.epochs.is_some())
            .field("clock", &self.clock)
            .field("concurrency", &self.concurrency)
            .finish()
    }
}

impl<S: fmt::Debug, D: fmt::Debug> fmt::Debug for DeadLetter<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("inner", &self.inner)
            .field("store", &self.store)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
