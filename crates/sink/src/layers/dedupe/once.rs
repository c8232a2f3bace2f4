use super::{
    DedupeStore, EffectId, Owner,
    claims::{Asked, Calls, Claims},
};
use crate::{Clock, SinkError};
use dynacdc_record::ChangeRecord;
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, sync::Arc, time::Duration};

/// The largest result that is kept, in bytes of its JSON: as much as [`DedupeStore::complete`] takes.
const LARGEST: usize = 300 * 1_024;

/// Does effects once, outside of a sink or as one step of a handler, and keeps their results.
///
/// It claims as [`DedupeLayer`](crate::DedupeLayer) does, so all that stands there of leases, of effects that need it and
/// of what cannot be promised holds here too. A handler with several effects gives each of them a consumer of its own.
///
/// Clones are one owner: they do not do the same effect at once.
///
/// ```
/// use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
/// use dynacdc_sink::{MemoryDedupe, Once, Ran, SinkError};
///
/// # async fn charge(_: &ChangeRecord) -> Result<u32, SinkError> { Ok(17) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "A" }, "100".parse()?).build()?;
/// let once = Once::new(MemoryDedupe::new(), "charges");
/// let first = once.run(&record, || charge(&record)).await?;
/// let again = once.run(&record, || charge(&record)).await?;
/// assert_eq!((first, again), (Ran::Now(17), Ran::Before(Some(17))));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Once<D> {
    claims: Claims<D>,
}

impl<D> Clone for Once<D> {
    fn clone(&self) -> Self {
        Self { claims: self.claims.clone() }
    }
}

/// Whether an effect was done now or before, with its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Ran<T> {
    /// It was done by this call.
    Now(T),
    /// It was done before. The result is none where it could not be kept, or cannot be read as the type that is asked for.
    Before(Option<T>),
}

impl<T> Ran<T> {
    /// The result, now or before.
    pub fn result(self) -> Option<T> {
        match self {
            Self::Now(result) => Some(result),
            Self::Before(result) => result,
        }
    }
}

impl<D> Once<D> {
    /// With a lease of 60 seconds, kept for 48 hours. `consumer` is a name that no other user of the store has.
    pub fn new(store: D, consumer: impl Into<Arc<str>>) -> Self {
        Self { claims: Claims::new(store, consumer) }
    }

    /// As [`DedupeLayer::with_lease`](crate::DedupeLayer::with_lease).
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { claims: Claims { lease, ..self.claims } }
    }

    /// As [`DedupeLayer::with_retention`](crate::DedupeLayer::with_retention).
    pub fn with_retention(self, retention: Duration) -> Self {
        Self { claims: Claims { retention, ..self.claims } }
    }

    /// As [`DedupeLayer::with_clock`](crate::DedupeLayer::with_clock).
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { claims: Claims { clock, ..self.claims } }
    }

    /// As [`DedupeLayer::with_owner`](crate::DedupeLayer::with_owner).
    pub fn with_owner(self, owner: Owner) -> Self {
        Self { claims: Claims { owner, ..self.claims } }
    }
}

impl<D: DedupeStore> Once<D> {
    /// Does the effect of a record, unless it was done before, and keeps its result.
    ///
    /// The result is kept as JSON, up to 300 KiB. One that is larger, or does not serialise, is given back and not kept:
    /// the effect has happened, so that is no error.
    ///
    /// Dropping the future leaves it unknown whether the effect happened. The next call of this owner does it again at once,
    /// that of another one after the lease.
    ///
    /// # Errors
    /// That of the effect, which is then free to be tried again. Transient if another call or another owner is at it, or the
    /// store does not answer. Fatal if the record has no event id.
    pub async fn run<T, F, Fut>(&self, record: &ChangeRecord, effect: F) -> Result<Ran<T>, SinkError>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, SinkError>>,
    {
        let calls = Calls::default();
        let claimed = match self.claims.claim(EffectId::of(&self.claims.consumer, record), &calls).await? {
            Asked::Granted(claimed) => claimed,
            Asked::Done { result } => return Ok(Ran::Before(self.read(result))),
        };
        match effect().await {
            Ok(result) => {
                self.claims.complete(claimed, self.kept(&result).as_deref(), &calls).await;
                Ok(Ran::Now(result))
            }
            Err(error) => {
                self.claims.release(claimed, &calls).await;
                Err(error)
            }
        }
    }

    fn kept<T: Serialize>(&self, result: &T) -> Option<String> {
        let why = match serde_json::to_string(result) {
            Ok(kept) if kept.len() <= LARGEST => return Some(kept),
            Ok(kept) => format!("it has {} bytes", kept.len()),
            // The text of the error may hold values of the result.
            Err(_) => "it does not serialise".to_owned(),
        };
        tracing::warn!(consumer = &*self.claims.consumer, why, "the result of an effect is not kept");
        None
    }

    fn read<T: DeserializeOwned>(&self, kept: Option<String>) -> Option<T> {
        let read = serde_json::from_str(&kept?);
        if read.is_err() {
            tracing::warn!(consumer = &*self.claims.consumer, "a kept result does not read as the asked type");
        }
        read.ok()
    }
}
