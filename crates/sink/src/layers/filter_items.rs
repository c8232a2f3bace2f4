//! A part of the items.
//!
//! Place: outside of everything that knows a record again by what it saw of it before, such as dead letters and
//! deduplication, and inside of a meter. A map may stand on either side: outside of the filter, the predicate sees what
//! the map has made; inside, what came from the stream. A filter *inside* of dead letters or deduplication spends a
//! claim on records that nobody is concerned with, which costs calls and loses nothing.
//!
//! The predicate is over images and not over records, because a filter by the new image alone (or by the whole record,
//! as the filter of a Lambda function is) is wrong for whatever keeps a state: the change with which an item leaves is
//! not handed down, and the copy keeps it for ever.

use crate::{Batch, Layer, Order, OrderRule, Outcome, Part, Reason, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, Image, StreamViewType};
use std::fmt;

/// Hands down the changes of the items for which a predicate holds, as who knows only these items must see them.
///
/// The predicate is asked about images: what the item was and what it is. A `MODIFY` with which the item enters is handed
/// down as an `INSERT`, one with which it leaves as a `REMOVE`, so a copy behind the filter is what filtering the table
/// would give. What was and is outside is reported as skipped, [filtered](Reason::Filtered).
///
/// | record | before | after | handed down as |
/// |---|---|---|---|
/// | `INSERT` | | in | it is |
/// | `INSERT` | | out | nothing |
/// | `REMOVE` | in | | it is |
/// | `REMOVE` | out | | nothing |
/// | `MODIFY` | in | in | it is |
/// | `MODIFY` | out | in | `INSERT`, without the old image |
/// | `MODIFY` | in | out | `REMOVE`, without the new image |
/// | `MODIFY` | out | out | nothing |
///
/// Where the view type of the stream lacks an image, no change is lost, at the price of some that change nothing:
///
/// | view type | record | before | after | handed down as |
/// |---|---|---|---|---|
/// | `NEW_IMAGE` | `MODIFY` | ? | in | it is, since it may have entered |
/// | `NEW_IMAGE` | `MODIFY` | ? | out | `REMOVE`, since it may have left |
/// | `NEW_IMAGE` | `REMOVE` | ? | | it is, since it may have been inside |
/// | `OLD_IMAGE` | `INSERT` | | ? | it is |
/// | `OLD_IMAGE` | `MODIFY` | in or out | ? | it is |
/// | `KEYS_ONLY` | any | ? | ? | nothing: Fatal |
///
/// To remove twice, or what was never there, is harmless to a copy and wrong for a sum: what counts needs both images.
/// A record without any image on a stream whose view type is not known is Fatal as well, and one that lacks all that its
/// view type promises is Poison.
///
/// As long as every item is inside and stays there, the batch goes down as it came. No item is copied in any case.
///
/// # The trap
///
/// A predicate over the new image alone looks the same and is wrong:
///
/// ```
/// use async_trait::async_trait;
/// use dynacdc_record::{ChangeRecord, EventName, Image, SequenceNumber, item};
/// use dynacdc_sink::{Batch, Lane, Outcome, Reason, Report, Sink, SinkError, SinkExt, sink_fn};
///
/// fn is_open(order: Image<'_>) -> bool {
///     order.get("state").and_then(|state| state.as_str()) == Some("open")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let closed = ChangeRecord::builder(EventName::Modify, item! { "pk" => "A" }, SequenceNumber::parse("100")?)
///     .old_image(item! { "pk" => "A", "state" => "open" })
///     .new_image(item! { "pk" => "A", "state" => "closed" })
///     .build()?;
///
/// // By the new image only, the order is not open, so nobody hears of it: it stays among the open orders for ever.
/// assert!(!closed.new_image().is_some_and(is_open));
///
/// // The filter asks about both, and the sink removes the order.
/// let open_orders = sink_fn("open orders", |record| async move {
///     assert_eq!(record.event_name(), EventName::Remove);
///     Ok(())
/// })
/// .filter_items(is_open);
/// let lane = Lane::ordered(None, "shard-1");
/// let report = open_orders.write(Batch::new(&lane, &[closed])).await?;
/// assert!(matches!(report.outcomes(), [Outcome::Applied]));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct FilterItemsLayer<P> {
    keep: P,
}

impl<P> FilterItemsLayer<P>
where
    P: Fn(Image<'_>) -> bool + Send + Sync,
{
    /// A filter for the items for which `keep` holds. It must depend on the image alone: what it said of an image it must
    /// say of it again, on every delivery.
    pub const fn new(keep: P) -> Self {
        Self { keep }
    }
}

impl<S, P> Layer<S> for FilterItemsLayer<P>
where
    S: Sink,
    P: Fn(Image<'_>) -> bool + Send + Sync,
{
    type Sink = FilterItems<S, P>;

    fn layer(self, inner: S) -> FilterItems<S, P> {
        FilterItems { keep: self.keep, inner }
    }
}

/// A sink for a part of the items; made by [`FilterItemsLayer`].
pub struct FilterItems<S, P> {
    keep: P,
    inner: S,
}

impl<S, P> FilterItems<S, P> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without the filter.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

/// How who knows only the items inside must see a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    AsItIs,
    Entering,
    Leaving,
    Not,
}

impl<S: Sink, P: Fn(Image<'_>) -> bool> FilterItems<S, P> {
    fn seen(&self, record: &ChangeRecord) -> Result<Seen, SinkError> {
        let before = record.old_image().map(&self.keep);
        let after = record.new_image().map(&self.keep);
        Ok(match (record.event_name(), before, after) {
            (_, None, None) => return without_image(record),
            (EventName::Insert, _, Some(false)) | (EventName::Remove, Some(false), _) => Seen::Not,
            (EventName::Modify, Some(false), Some(false)) => Seen::Not,
            (EventName::Modify, Some(false), Some(true)) => Seen::Entering,
            (EventName::Modify, _, Some(false)) => Seen::Leaving,
            _ => Seen::AsItIs,
        })
    }

    /// The records as they are to be handed down, of which those before `first` are as they came. Those that are not to be
    /// get their outcome.
    fn part<'a>(&self, batch: Batch<'a>, first: usize, slots: &mut Slots<'a>) -> Part<'a> {
        let mut rule = OrderRule::new(self.inner.order(), batch);
        let mut seen = Vec::with_capacity(batch.len());
        seen.resize(first, Seen::AsItIs);
        for (at, record) in batch.records().iter().enumerate().skip(first) {
            let (view, outcome) = match (rule.blocker(at), self.seen(record)) {
                (Some(by), _) => (Seen::Not, Some(Outcome::Blocked { by })),
                (None, Err(error)) => (Seen::Not, Some(error.into())),
                (None, Ok(Seen::Not)) => (Seen::Not, Some(Outcome::Skipped(Reason::Filtered))),
                (None, Ok(view)) => (view, None),
            };
            if let Some(outcome) = outcome {
                if !outcome.is_settled() {
                    rule.unsettled(at);
                }
                slots.put(at, outcome);
            }
            seen.push(view);
        }
        if !seen.iter().any(|view| matches!(view, Seen::Entering | Seen::Leaving)) {
            return batch.select(|at, _| seen[at] == Seen::AsItIs);
        }
        let mut part = Part::new(batch);
        for (at, (record, view)) in batch.records().iter().zip(seen).enumerate() {
            match view {
                Seen::AsItIs => part.push(at, record.clone()),
                Seen::Entering => part.push(at, record.entering()),
                Seen::Leaving => part.push(at, record.leaving()),
                Seen::Not => {}
            }
        }
        part
    }
}

/// Where the view type has images and this event name has none of them, the record is handed down: what is removed in
/// vain is harmless, and who asks for the image of an insert gets the error. Where it has none at all, every record would
/// pass, and the filter would be none.
fn without_image(record: &ChangeRecord) -> Result<Seen, SinkError> {
    let missing = match (record.event_name(), record.view_type()) {
        (EventName::Insert, Some(StreamViewType::OldImage)) | (EventName::Remove, Some(StreamViewType::NewImage)) => {
            return Ok(Seen::AsItIs);
        }
        (EventName::Remove, _) => record.require_old_image(),
        (EventName::Insert | EventName::Modify, _) => record.require_new_image(),
    };
    missing.map(|_| Seen::AsItIs).map_err(SinkError::from)
}

#[async_trait]
impl<S, P> Sink for FilterItems<S, P>
where
    S: Sink,
    P: Fn(Image<'_>) -> bool + Send + Sync,
{
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        if batch.is_empty() {
            return Ok(Report::all(batch, Outcome::Skipped(Reason::Filtered)));
        }
        let Some(first) = batch.records().iter().position(|record| !matches!(self.seen(record), Ok(Seen::AsItIs)))
        else {
            return self.inner.write(batch).await;
        };
        let mut slots = Slots::new(self.order(), batch);
        let part = self.part(batch, first, &mut slots);
        if !part.is_empty() {
            slots.place(&part, self.inner.write(part.batch()).await);
        }
        slots.finish()
    }
}

impl<P> fmt::Debug for FilterItemsLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterItemsLayer").finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, P> fmt::Debug for FilterItems<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterItems").field("inner", &self.inner).finish_non_exhaustive()
    }
}
