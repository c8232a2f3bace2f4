use super::Faults;
use async_trait::async_trait;
use dynacdc_sink::{Batch, Order, Redelivery, Report, Sink, SinkError};
use std::sync::Arc;

/// A sink that is reached over an unreliable way. The calls are named `write`.
///
/// It stands for a sink whose every batch is one call. A sink that makes several puts [`Faults`] before each of them.
#[derive(Debug)]
pub struct FaultySink<S> {
    inner: Arc<S>,
    faults: Faults,
}

impl<S> Clone for FaultySink<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), faults: self.faults.clone() }
    }
}

impl<S> FaultySink<S> {
    /// Puts faults before a sink.
    pub fn new(inner: S, faults: &Faults) -> Self {
        Self { inner: Arc::new(inner), faults: faults.clone() }
    }

    /// The sink behind the faults.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

#[async_trait]
impl<S: Sink + 'static> Sink for FaultySink<S> {
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
            return self.inner.write(batch).await;
        }
        let inner = Arc::clone(&self.inner);
        let (lane, records, deadline) = (batch.lane().clone(), batch.records().to_vec(), batch.deadline());
        let about = || format!("of {} records", batch.len());
        let write = move || async move { inner.write(Batch::new(&lane, &records).with_deadline(deadline)).await };
        self.faults.call_of("write", about, write).await?
    }
}
