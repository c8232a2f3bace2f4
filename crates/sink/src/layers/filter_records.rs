//! Filter patterns of Lambda in front of a sink.
//!
//! Its place is outside, with the other filters: under `meter`, over `dead_letter` and all that is per branch. Inside
//! `retry` or `dedupe` it would be asked again for every attempt, and a claim would be made for records that are then
//! left out. Under a layer that changes records it sees the changed ones: under `map`, patterns written for the table
//! look at attributes that may be gone.

use crate::{Batch, Layer, Order, Outcome, Reason, RecordPatterns, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;

/// Passes on the records that match one of the patterns; the others are `Skipped` as [`Filtered`](Reason::Filtered).
///
/// # The trap
///
/// It decides record by record, as Lambda does, and knows nothing of what an item was before. An item that matched and
/// stops matching is **never removed downstream**: the record that changes it does not match, so nobody hears of it. With
/// `{"dynamodb": {"NewImage": {"state": {"S": ["open"]}}}}` a copy of the open orders keeps every order that was closed,
/// and since a `REMOVE` has no new image, every order that was deleted. Use it for events (tell me of each insert), for
/// records that concern a sink or do not whatever happens to the item (a key prefix), and to check how a filter of Lambda
/// behaves. To keep a *part of a table* elsewhere, `filter_items` is the layer: it hands a leaving item down as a `REMOVE`.
///
/// ```
/// use dynacdc_record::{ChangeRecord, EventName, item};
/// use dynacdc_sink::{Batch, Lane, RecordPattern, Sink, SinkExt, sink_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let welcome = sink_fn("welcome", |_new_customer| async { Ok(()) })
///     .filter_records(RecordPattern::parse(r#"{"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "customer#"}]}}}}"#)?);
///
/// let insert = |key: &str| ChangeRecord::builder(EventName::Insert, item! { "pk" => key }, "100".parse().unwrap()).build();
/// let records = [insert("customer#1")?, insert("order#1")?];
/// let lane = Lane::ordered(None, "shardId-0001");
///
/// let report = welcome.write(Batch::new(&lane, &records)).await?;
///
/// assert_eq!((report.counts().applied, report.cost().calls), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct FilterRecordsLayer {
    patterns: RecordPatterns,
}

impl FilterRecordsLayer {
    /// Of the patterns, a record has to match one.
    pub fn new(patterns: impl Into<RecordPatterns>) -> Self {
        Self { patterns: patterns.into() }
    }
}

impl<S: Sink> Layer<S> for FilterRecordsLayer {
    type Sink = FilterRecords<S>;

    fn layer(self, inner: S) -> FilterRecords<S> {
        FilterRecords { patterns: self.patterns, inner }
    }
}

/// A sink behind filter patterns; made by [`FilterRecordsLayer`].
#[derive(Debug, Clone)]
pub struct FilterRecords<S> {
    patterns: RecordPatterns,
    inner: S,
}

impl<S> FilterRecords<S> {
    /// The sink behind the filter.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The sink without the filter.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

#[async_trait]
impl<S: Sink> Sink for FilterRecords<S> {
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
        let part = batch.select(|_, record| self.patterns.matches(record));
        if part.len() == batch.len() && !batch.is_empty() {
            return self.inner.write(batch).await;
        }
        let mut slots = Slots::new(self.inner.order(), batch);
        let mut passed = part.positions().iter().copied().peekable();
        for at in 0..batch.len() {
            if passed.next_if_eq(&at).is_none() {
                slots.put(at, Outcome::Skipped(Reason::Filtered));
            }
        }
        if !part.is_empty() {
            slots.place(&part, self.inner.write(part.batch()).await);
        }
        slots.finish()
    }
}
