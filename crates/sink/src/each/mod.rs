//! One record at a time: what a handler is, and the sink that it becomes.

mod handler;
mod run;
mod typed;

pub use handler::{FnSink, sink_fn};
pub use typed::{Typed, typed};

use crate::{Batch, Reason, Redelivery, Report, Sink, SinkError};
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

/// Handles one record at a time. [`Each`] makes a [`Sink`] of it.
#[async_trait]
pub trait RecordSink: Send + Sync {
    /// A short name, the same in every run: it stands in logs, metrics and errors.
    fn name(&self) -> &str;

    /// How much redelivery the handler stands; see [`Each`].
    fn redelivery(&self) -> Redelivery {
        Redelivery::Continued
    }

    /// Handles one record. `Ok` means that the effect is durable, or that there is none.
    ///
    /// Records of one item key come one after the other, and none after one that failed. Dropping the future leaves
    /// the fate of the record unknown; it will be delivered again.
    ///
    /// # Errors
    /// With the class that says what is to be done.
    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError>;
}

/// What a handler did. A handler that returns `()` applied the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The effect is durable.
    Applied,
    /// There was nothing to do.
    Skipped(Reason),
}

impl From<()> for Done {
    fn from((): ()) -> Self {
        Self::Applied
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<R: RecordSink + ?Sized> RecordSink for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn redelivery(&self) -> Redelivery {
                (**self).redelivery()
            }

            async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
                (**self).apply(record).await
            }
        }
    )*};
}

forward!(&R, Box<R>, Arc<R>);

const _: () = {
    const fn handler<R: RecordSink + ?Sized>() {}
    handler::<dyn RecordSink>();
};

/// A sink that hands each record to a [`RecordSink`].
///
/// Records begin in the order of the batch, those of one item key one after the other, those of different keys side by
/// side up to [`with_concurrency`](Self::with_concurrency). After a failure the later records of its key are not
/// handled. After a Fatal one, and past the deadline, none is begun any more; what is running is waited for.
///
/// # Redelivery
///
/// A handler is of level [`Redelivery::Continued`] until [`with_redelivery`](Self::with_redelivery) or
/// [`RecordSink::redelivery`] says otherwise, and then [`Lane::Unordered`](crate::Lane::Unordered), which is every
/// Lambda event, is refused. Nobody but the author can know whether an old record may be handled after a newer one, so
/// it is to be said, once.
#[must_use]
pub struct Each<R> {
    inner: R,
    concurrency: NonZeroUsize,
    redelivery: Redelivery,
    timeout: Option<Duration>,
    validation: Option<Box<Validation>>,
}

type Validation = dyn Fn(&ChangeRecord) -> Result<(), SinkError> + Send + Sync;

impl<R: RecordSink> Each<R> {
    /// One record after the other, without timeout or validation, at the handler's level of redelivery.
    pub fn new(inner: R) -> Self {
        let redelivery = inner.redelivery();
        Self { inner, concurrency: NonZeroUsize::MIN, redelivery, timeout: None, validation: None }
    }
}

impl<R> Each<R> {
    /// Up to so many records at once, never two of one item key. 0 counts as 1, which is the default.
    pub fn with_concurrency(self, records: usize) -> Self {
        Self { concurrency: NonZeroUsize::new(records).unwrap_or(NonZeroUsize::MIN), ..self }
    }

    /// At another level of redelivery. [`Redelivery::Any`] is a promise of the handler's author: every record may be
    /// handled again at any time, also after newer ones of its item, and the end is the same.
    pub fn with_redelivery(self, level: Redelivery) -> Self {
        Self { redelivery: level, ..self }
    }

    /// Gives up on a record after this time, with a Transient error. Needs tokio's timer.
    ///
    /// A call that was given up may land later, after newer changes of the item. So this needs [`Redelivery::Any`]; at
    /// the level below every batch is refused with a Fatal error.
    pub fn with_timeout(self, time: Duration) -> Self {
        Self { timeout: Some(time), ..self }
    }

    /// Looks at each record before it is handled. Its error is the record's, of the class that it has: a record that
    /// breaks a rule of the business is Poison.
    pub fn with_validation(
        self,
        valid: impl Fn(&ChangeRecord) -> Result<(), SinkError> + Send + Sync + 'static,
    ) -> Self {
        Self { validation: Some(Box::new(valid)), ..self }
    }

    /// The handler.
    pub const fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The handler, without the settings.
    pub fn into_inner(self) -> R {
        self.inner
    }

    fn map<T>(self, change: impl FnOnce(R) -> T) -> Each<T> {
        let Self { inner, concurrency, redelivery, timeout, validation } = self;
        Each { inner: change(inner), concurrency, redelivery, timeout, validation }
    }
}

#[async_trait]
impl<R: RecordSink> Sink for Each<R> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn redelivery(&self) -> Redelivery {
        self.redelivery
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.redelivery.admit(batch.lane())?;
        if self.timeout.is_some() && self.redelivery < Redelivery::Any {
            return Err(SinkError::fatal(
                "a record that is given up may still take effect later: a timeout needs `Redelivery::Any`",
            ));
        }
        self.run(batch).await
    }
}

impl<R: fmt::Debug> fmt::Debug for Each<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Each")
            .field("inner", &self.inner)
            .field("concurrency", &self.concurrency)
            .field("redelivery", &self.redelivery)
            .field("timeout", &self.timeout)
            .field("validated", &self.validation.is_some())
            .finish()
    }
}
