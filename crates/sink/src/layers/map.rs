//! Items under another key and with other attributes.
//!
//! Place: where a filter stands, outside of dead letters, deduplication and retries, which then know a record by its new
//! key and part. Outside of them is right and not only cheap: retries *around* a map write both halves of a move again
//! where one failed, and a claim around it covers both although one may be done and the other not.
//!
//! A change that gives an item another key is two changes for who is behind the map. One to one, as the change of the new
//! key alone, is wrong: the item stays at its old key for ever. Both at once is wrong as well: where the first fails and
//! the second does not, the item is in two places until the first is done.

use super::{
    change::{before_and_after, halves},
    waves::{Branch, Step, Waves},
};
use crate::{Batch, Layer, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;
use dynacdc_record::{AttributeValue, ChangeRecord, Image, Item, KeyRef};
use std::{borrow::Cow, fmt};

/// What an item becomes: the key under which it goes on, and its attributes.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Mapped {
    /// One or two attributes of type S, N or B.
    pub key: Item,
    /// All attributes. That those of the key are among them is usual and not asked for.
    pub item: Item,
}

impl Mapped {
    /// An item under the given key.
    pub const fn new(key: Item, item: Item) -> Self {
        Self { key, item }
    }

    /// An item whose key is those of its attributes that have the given names.
    ///
    /// # Errors
    /// Of class Poison, with the name, if there is no such attribute.
    pub fn keyed_by<'n>(names: impl IntoIterator<Item = &'n str>, item: Item) -> Result<Self, SinkError> {
        let attribute = |name: &'n str| -> Result<(&'n str, AttributeValue), SinkError> {
            let value = item.get(name).cloned();
            Ok((name, value.ok_or_else(|| SinkError::poison(format!("the mapped item has no `{name}` for its key")))?))
        };
        Ok(Self { key: names.into_iter().map(attribute).collect::<Result<_, _>>()?, item })
    }
}

impl fmt::Debug for Mapped {
    /// The number of attributes only: an item may hold what must not stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped").field("attributes", &self.item.len()).finish_non_exhaustive()
    }
}

/// Hands items down under another key and with other attributes.
///
/// The function is given an image, and the key of the item as the record shows it, and says what the item is to be. It is
/// called for the item before and after a change. Where both have the same key, one record goes on. Where the key differs,
/// the item *moves*, in two parts: a `REMOVE` under the old key with [part](ChangeRecord::part) 0, then, once that is settled, an
/// `INSERT` under the new key with part 1. Until then the item is nowhere; it is never in two places,
/// except that dead letters inside settle the `REMOVE` by parking it: then it is in both until that is redriven.
///
/// A batch without moves is one write of the inner sink. With moves it is as many as the longest chain of moves of one
/// item has parts, however many items move.
///
/// The stream must have both images: without the old one nobody knows where the item was. A `MODIFY` or `REMOVE` without
/// its old image, or a change without its new one, is Fatal where the view type lacks it and Poison otherwise. An error of
/// the function is the outcome of its record, in the class that the function gave it, and later records of the same item
/// are blocked. What is no key, or nothing that DynamoDB could hold, is Poison.
///
/// Different items should have different keys. Where two come to one key, their changes are written in the order of the
/// batch, and a failed one blocks those that follow it there; but sequence numbers of different items do not compare, so a
/// fence behind the map cannot tell which of two is newer. An item that is to be left out is for
/// [`FilterItemsLayer`](crate::FilterItemsLayer).
///
/// ```
/// use dynacdc_sink::{Mapped, SinkExt, sink_fn};
///
/// let customers = sink_fn("customers", |record| async move {
///     // `pk` and `sk` are gone; the key is `customer`, and there is no `password`.
///     let _ = record;
///     Ok(())
/// })
/// .map(|image, _key| {
///     let mut item = image.to_item();
///     item.rename("pk", "customer");
///     item.remove("sk");
///     item.remove("password");
///     Mapped::keyed_by(["customer"], item)
/// });
/// # let _ = customers;
/// ```
#[must_use]
pub struct MapLayer<F> {
    function: F,
}

impl<F> MapLayer<F>
where
    F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError> + Send + Sync,
{
    /// A map by this function. It must depend on the image and key alone: an item that it puts elsewhere on the next
    /// delivery is not found again.
    pub const fn new(function: F) -> Self {
        Self { function }
    }
}

impl<S, F> Layer<S> for MapLayer<F>
where
    S: Sink,
    F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError> + Send + Sync,
{
    type Sink = Map<S, F>;

    fn layer(self, inner: S) -> Map<S, F> {
        Map { function: self.function, inner }
    }
}

/// A sink of mapped items; made by [`MapLayer`].
pub struct Map<S, F> {
    function: F,
    inner: S,
}

impl<S, F> Map<S, F> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without the map.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError>> Map<S, F> {
    /// What becomes of a record: one or two others.
    fn mapped(&self, record: &ChangeRecord) -> Result<(ChangeRecord, Option<ChangeRecord>), SinkError> {
        let map = |image: Option<Image<'_>>| image.map(|image| (self.function)(image, record.key())).transpose();
        let (before, after) = before_and_after(record)?;
        let (old, new) = (map(before)?, map(after)?);
        let [first, second] = halves(record);
        let derive = |key: &Item, old: Option<&Item>, new: Option<&Item>| {
            let unfit = |error| SinkError::poison("the mapped item is none of DynamoDB").with_source(error);
            record.derive(key, old, new).map_err(unfit)
        };
        if let (Some(old), Some(new)) = (&old, &new)
            && old.key != new.key
        {
            let there = derive(&old.key, Some(&old.item), None)?.leaving();
            let here = derive(&new.key, None, Some(&new.item))?.entering();
            return Ok((there.with_part(first), Some(here.with_part(second))));
        }
        let Some(Mapped { key, .. }) = new.as_ref().or(old.as_ref()) else {
            return Err(SinkError::fatal("the record has no image to map"));
        };
        let whole = derive(key, old.as_ref().map(|old| &old.item), new.as_ref().map(|new| &new.item))?;
        Ok((whole.with_part(first), None))
    }
}

#[async_trait]
impl<S, F> Sink for Map<S, F>
where
    S: Sink,
    F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError> + Send + Sync,
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
        let mut slots = Slots::new(self.order(), batch);
        let mut steps = Vec::with_capacity(batch.len());
        for (at, record) in batch.records().iter().enumerate() {
            match self.mapped(record) {
                Ok((first, second)) => {
                    let parts = std::iter::once(first).chain(second);
                    steps.extend(parts.map(|record| Step { at, to: 0, record: Cow::Owned(record) }));
                }
                Err(error) => slots.put(at, error.into()),
            }
        }
        let inner = [Branch { name: None, sink: &self.inner }];
        Waves::new(batch, self.order(), &inner, &steps).write(&mut slots).await;
        slots.finish()
    }
}

impl<F> fmt::Debug for MapLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapLayer").finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, F> fmt::Debug for Map<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("inner", &self.inner).finish_non_exhaustive()
    }
}
