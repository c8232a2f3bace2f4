use crate::{Batch, Order, Redelivery, Report, SinkError};
use async_trait::async_trait;
use std::sync::Arc;

/// Takes batches of records and says what became of each.
///
/// What delivers records (a poller of the stream, a Lambda function, a replay of recorded events) knows this trait and
/// nothing else of where they go. A sink for one record at a time is easier to write as a
/// [`RecordSink`](crate::RecordSink) or a [closure](crate::sink_fn).
///
/// # Behavior
///
/// 1. The report has one outcome per record of the batch, in its order. `Applied` means that the effect is durable when
///    `write` returns. An empty batch does nothing.
/// 2. *Order rule.* After a record that is not settled, no later record of its order domain is reported as settled, and
///    no mark passes it. Of one domain only the first unsettled record is `Failed`, the later ones are `Blocked`; the
///    constructors of [`Report`] see to that. A failed or blocked record may or may not have taken effect.
/// 3. *Redelivery*, at the level that [`redelivery`](Self::redelivery) names, ends in the state of one delivery in
///    order. At [`Redelivery::Continued`]: the same batch again, a rewind that goes on to the old position, other cuts,
///    a record twice in one batch; and an unordered lane is refused with a Fatal error. At [`Redelivery::Any`]: also any
///    single old record, a call that lands after it was given up, an owner that does not know it lost its lane, and
///    disorder between batches.
/// 4. At [`Redelivery::Any`] a stale write never wins: no older change replaces a newer one of its item, and no deleted
///    item comes back.
/// 5. One `write` per lane is in flight, and that is for the caller to keep. Writes of different lanes run at once: none
///    waits for another to end.
/// 6. Dropping the future of `write` leaves the fates of its records unknown, and calls that it made may still land.
///    The next delivery of the same records repairs it, so nothing may be noted as done before it is.
/// 7. `Err` is unattributed: it holds for the batch, and nobody knows which record is at fault, so nothing is parked for
///    it. A sink that knows reports `Failed` for that record.
/// 8. What cannot be begun before the deadline of the batch is not begun, and is reported as not settled, while what is
///    done stays settled: so every delivery makes progress.
#[async_trait]
pub trait Sink: Send + Sync {
    /// A short name, the same in every run: it stands in logs, metrics and errors.
    fn name(&self) -> &str;

    /// What the order of the effects reaches over. A layer forwards it; sinks that are written together take the widest.
    fn order(&self) -> Order {
        Order::Key
    }

    /// How much redelivery the sink stands. A layer forwards it; of sinks that are written together the least counts.
    ///
    /// The default is the weaker level: to claim [`Redelivery::Any`] is for whoever has built the fence. A sink of the
    /// weaker level calls [`Redelivery::admit`] before it writes.
    fn redelivery(&self) -> Redelivery {
        Redelivery::Continued
    }

    /// Writes the batch and reports on each record.
    ///
    /// # Errors
    /// An error that holds for the batch as a whole. The caller makes outcomes of it with [`Report::settle`].
    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError>;
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<S: Sink + ?Sized> Sink for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn order(&self) -> Order {
                (**self).order()
            }

            fn redelivery(&self) -> Redelivery {
                (**self).redelivery()
            }

            async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
                (**self).write(batch).await
            }
        }
    )*};
}

forward!(&S, Box<S>, Arc<S>);

const _: () = {
    const fn sink<S: Sink + ?Sized>() {}
    sink::<dyn Sink>();
    sink::<Arc<dyn Sink>>();
};
