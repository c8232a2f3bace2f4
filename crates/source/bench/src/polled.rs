//! Ours: a poller with checkpoints and a typed handler.

use crate::{Fallible, Order, OrderChange, Stream};
use dynacdc_sink::{SinkError, typed};
use dynacdc_source::{CheckpointStore, Poller, SdkStreams};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// What the handler has got so far.
#[derive(Debug)]
struct Seen {
    orders: Mutex<Vec<OrderChange>>,
    wanted: usize,
    all: Notify,
}

impl Seen {
    fn take(&self, change: OrderChange) -> Result<(), SinkError> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.push(change);
        if orders.len() == self.wanted {
            self.all.notify_one();
        }
        Ok(())
    }
}

/// Reads so many records of the stream and stores every position, the last one before it returns.
///
/// # Errors
/// Those of the poller, or that more records came than were asked for.
pub async fn polled(
    stream: &Stream,
    records: usize,
    checkpoints: impl CheckpointStore + 'static,
) -> Fallible<Vec<OrderChange>> {
    let orders = Mutex::new(Vec::with_capacity(records));
    let seen = Arc::new(Seen { orders, wanted: records, all: Notify::new() });
    let (inserted, modified) = (Arc::clone(&seen), Arc::clone(&seen));
    let sink = typed::<Order>("orders")
        .on_insert(move |new, _record| std::future::ready(inserted.take(OrderChange { old: None, new })))
        .on_modify(move |old, new, _record| std::future::ready(modified.take(OrderChange { old: Some(old), new })));
    let api = SdkStreams::new(stream.client().clone());
    let poller = Poller::builder(api, stream.arn().clone()).checkpoints(checkpoints).build();
    let polled = poller.run(sink, seen.all.notified()).await?;
    let orders = std::mem::take(&mut *seen.orders.lock().unwrap_or_else(PoisonError::into_inner));
    if orders.len() != records || polled.records != records as u64 {
        return Err(format!("{} records came, {} are settled", orders.len(), polled.records).into());
    }
    Ok(orders)
}
