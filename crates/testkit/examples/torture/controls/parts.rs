//! Filters, maps and routes that do not know what an item was before, or do both halves of a move at once.

use crate::target::moved;
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, Image, Item, Value};
use dynacdc_sink::{Batch, BoxSink, Order, Outcome, Part, Reason, Redelivery, Report, Sink, SinkError, Slots};
use dynacdc_testkit::LISTED;
use futures_util::future::join_all;

/// Asks about the new image only: the change with which an item leaves does not pass.
pub(crate) struct FilterByNew<S> {
    pub(crate) inner: S,
}

#[async_trait]
impl<S: Sink> Sink for FilterByNew<S> {
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
        let listed = |image: Image<'_>| image.get(LISTED) == Some(Value::Bool(true));
        let mut slots = Slots::new(self.order(), batch);
        let part = batch.select(|_, record| record.new_image().or(record.old_image()).is_some_and(listed));
        slots.place(&part, self.inner.write(part.batch()).await);
        for at in 0..batch.len() {
            if slots.get(at).is_none() {
                slots.put(at, Outcome::Skipped(Reason::Filtered));
            }
        }
        slots.finish()
    }
}

fn key(item: &Item) -> Item {
    let keys = item.iter().filter(|(name, _)| ["pk", "sk"].contains(&name.as_str()));
    keys.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn mapped(image: Option<Image<'_>>) -> Result<Option<Item>, SinkError> {
    image.map(|image| moved(image.to_item())).transpose()
}

fn derived(record: &ChangeRecord, old: Option<&Item>, new: Option<&Item>) -> Result<ChangeRecord, SinkError> {
    let place = new.or(old).map(key).unwrap_or_default();
    record.derive(&place, old, new).map_err(|error| SinkError::poison("no item").with_source(error))
}

/// Makes one record of one, under the key of the new image: a moved item stays at its old key.
pub(crate) struct MapOneToOne<S> {
    pub(crate) inner: S,
}

#[async_trait]
impl<S: Sink> Sink for MapOneToOne<S> {
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
        let mut part = Part::new(batch);
        for (at, record) in batch.records().iter().enumerate() {
            let (old, new) = (mapped(record.old_image())?, mapped(record.new_image())?);
            part.push(at, derived(record, old.as_ref(), new.as_ref())?);
        }
        let mut slots = Slots::new(self.order(), batch);
        slots.place(&part, self.inner.write(part.batch()).await);
        slots.finish()
    }
}

/// Sends both halves of a move at once: one may fail and the other not.
pub(crate) struct MapAtOnce<S> {
    pub(crate) inner: S,
}

#[async_trait]
impl<S: Sink> Sink for MapAtOnce<S> {
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
        let mut part = Part::new(batch);
        for (at, record) in batch.records().iter().enumerate() {
            let (old, new) = (mapped(record.old_image())?, mapped(record.new_image())?);
            match (&old, &new) {
                (Some(before), Some(after)) if key(before) != key(after) => {
                    part.push(at, derived(record, old.as_ref(), None)?.leaving());
                    part.push(at, derived(record, None, new.as_ref())?.entering().with_part(1));
                }
                _ => part.push(at, derived(record, old.as_ref(), new.as_ref())?),
            }
        }
        let mut slots = Slots::new(self.order(), batch);
        slots.place(&part, self.inner.write(part.batch()).await);
        slots.finish()
    }
}

/// Writes to all branches at once, also where an item leaves one for another.
pub(crate) struct RouteAtOnce {
    pub(crate) branches: Vec<(&'static str, BoxSink)>,
    pub(crate) rule: fn(Image<'_>) -> Option<&'static str>,
}

#[async_trait]
impl Sink for RouteAtOnce {
    fn name(&self) -> &str {
        "route at once"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let writes = self.branches.iter().map(async |(name, branch)| {
            let mut part = Part::new(batch);
            for (at, record) in batch.records().iter().enumerate() {
                let is_here = |image: Option<Image<'_>>| image.and_then(self.rule) == Some(*name);
                match (is_here(record.old_image()), is_here(record.new_image())) {
                    (true, true) => part.push(at, record.clone()),
                    (true, false) => part.push(at, record.leaving()),
                    (false, true) => part.push(at, record.entering()),
                    (false, false) => {}
                }
            }
            let result = branch.write(part.batch()).await;
            (part, result)
        });
        let mut slots = Slots::new(Order::Key, batch);
        for (part, result) in join_all(writes).await {
            slots.place(&part, result);
        }
        slots.finish()
    }
}
