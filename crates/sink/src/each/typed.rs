use super::{Done, Each, RecordSink};
use crate::{Reason, SinkError};
use async_trait::async_trait;
use dynacdc_record::{Change, ChangeRecord, EventName};
use serde::de::DeserializeOwned;
use std::{borrow::Cow, fmt, future::Future, pin::Pin};

/// A sink of closures that take items as values of a type: one per kind of change, or [one](Each::on_change) for all.
///
/// What the closures get is read by the rules of [`dynacdc_record::from_image`]. An image that does not read is Poison, and
/// the error names the attribute. An image that the view type of the stream does not carry is Fatal. A change for which no
/// closure is set is skipped as [`Reason::Filtered`] and not read at all.
///
/// ```
/// use dynacdc_sink::{SinkError, typed};
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     pk: String,
///     total: u32,
/// }
///
/// # async fn greet(_: &str) -> Result<(), SinkError> { Ok(()) }
/// # async fn refund(_: &str, _: u32) -> Result<(), SinkError> { Ok(()) }
/// let orders = typed::<Order>("orders")
///     .on_insert(|new, _record| async move { greet(&new.pk).await })
///     .on_modify(|old, new, _record| async move {
///         match old.total.checked_sub(new.total) {
///             Some(less) if less > 0 => refund(&new.pk, less).await,
///             _ => Ok(()),
///         }
///     });
/// ```
pub fn typed<T: DeserializeOwned + 'static>(name: impl Into<Cow<'static, str>>) -> Each<Typed<T>> {
    Each::new(Typed { name: name.into(), insert: None, modify: None, remove: None, change: None })
}

type Handler<A> = Box<dyn Fn(A, ChangeRecord) -> Answer + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = Result<Done, SinkError>> + Send>>;

/// Closures that take items as values of `T`; made by [`typed`].
pub struct Typed<T> {
    name: Cow<'static, str>,
    insert: Option<Handler<T>>,
    modify: Option<Handler<(T, T)>>,
    remove: Option<Handler<T>>,
    change: Option<Handler<Change<T>>>,
}

impl<T: DeserializeOwned + 'static> Each<Typed<T>> {
    /// With a closure for items that were not there before. Needs new images.
    pub fn on_insert<F, Fut, D>(self, handler: F) -> Self
    where
        F: Fn(T, ChangeRecord) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, SinkError>> + Send + 'static,
        D: Into<Done>,
    {
        self.map(|typed| Typed { insert: Some(Box::new(move |new, record| answer(handler(new, record)))), ..typed })
    }

    /// With a closure for items that changed: the item before, then after. Needs both images.
    pub fn on_modify<F, Fut, D>(self, handler: F) -> Self
    where
        F: Fn(T, T, ChangeRecord) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, SinkError>> + Send + 'static,
        D: Into<Done>,
    {
        let modify: Handler<(T, T)> = Box::new(move |(old, new), record| answer(handler(old, new, record)));
        self.map(|typed| Typed { modify: Some(modify), ..typed })
    }

    /// With a closure for items that are gone. Needs old images.
    pub fn on_remove<F, Fut, D>(self, handler: F) -> Self
    where
        F: Fn(T, ChangeRecord) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, SinkError>> + Send + 'static,
        D: Into<Done>,
    {
        self.map(|typed| Typed { remove: Some(Box::new(move |old, record| answer(handler(old, record)))), ..typed })
    }

    /// With a closure for every change for which no other is set. Needs the images that the change has.
    pub fn on_change<F, Fut, D>(self, handler: F) -> Self
    where
        F: Fn(Change<T>, ChangeRecord) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, SinkError>> + Send + 'static,
        D: Into<Done>,
    {
        self.map(|typed| Typed { change: Some(Box::new(move |new, record| answer(handler(new, record)))), ..typed })
    }
}

fn answer<D: Into<Done>>(future: impl Future<Output = Result<D, SinkError>> + Send + 'static) -> Answer {
    Box::pin(async move { future.await.map(Into::into) })
}

impl<T: DeserializeOwned> Typed<T> {
    fn is_set(&self, event_name: EventName) -> bool {
        let own = match event_name {
            EventName::Insert => self.insert.is_some(),
            EventName::Modify => self.modify.is_some(),
            EventName::Remove => self.remove.is_some(),
        };
        own || self.change.is_some()
    }

    /// The future of the closure for the record; none where there is none.
    fn call(&self, record: &ChangeRecord) -> Result<Option<Answer>, SinkError> {
        if !self.is_set(record.event_name()) {
            return Ok(None);
        }
        let (change, record) = (record.change::<T>()?, record.clone());
        let answer = match (change, self) {
            (Change::Insert { new }, Self { insert: Some(handler), .. }) => handler(new, record),
            (Change::Modify { old, new }, Self { modify: Some(handler), .. }) => handler((old, new), record),
            (Change::Remove { old }, Self { remove: Some(handler), .. }) => handler(old, record),
            (change, Self { change: Some(handler), .. }) => handler(change, record),
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }
}

#[async_trait]
impl<T: DeserializeOwned + 'static> RecordSink for Typed<T> {
    fn name(&self) -> &str {
        &self.name
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        match self.call(record)? {
            Some(answer) => answer.await,
            None => Ok(Done::Skipped(Reason::Filtered)),
        }
    }
}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed")
            .field("name", &self.name)
            .field("insert", &self.insert.is_some())
            .field("modify", &self.modify.is_some())
            .field("remove", &self.remove.is_some())
            .field("change", &self.change.is_some())
            .finish()
    }
}
