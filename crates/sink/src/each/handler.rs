use super::{Done, Each, RecordSink};
use crate::SinkError;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use std::{borrow::Cow, fmt, future::Future};

/// A sink of a closure that takes one record.
///
/// The closure gets the record by value, which counts a reference, so that its future borrows nothing. It returns
/// `Ok(())`, or a [`Done`] where it may have skipped the record.
///
/// ```
/// use dynacdc_sink::{Redelivery, Sink, sink_fn};
///
/// let log = sink_fn("log", |record| async move {
///     println!("{} {}", record.event_name(), record.sequence_number());
///     Ok(())
/// })
/// .with_redelivery(Redelivery::Any);
/// assert_eq!(log.name(), "log");
/// ```
pub fn sink_fn<F, Fut, D>(name: impl Into<Cow<'static, str>>, handler: F) -> Each<FnSink<F>>
where
    F: Fn(ChangeRecord) -> Fut + Send + Sync,
    Fut: Future<Output = Result<D, SinkError>> + Send,
    D: Into<Done>,
{
    Each::new(FnSink { name: name.into(), handler })
}

/// A closure as a [`RecordSink`]; made by [`sink_fn`].
#[derive(Clone)]
pub struct FnSink<F> {
    name: Cow<'static, str>,
    handler: F,
}

#[async_trait]
impl<F, Fut, D> RecordSink for FnSink<F>
where
    F: Fn(ChangeRecord) -> Fut + Send + Sync,
    Fut: Future<Output = Result<D, SinkError>> + Send,
    D: Into<Done>,
{
    fn name(&self) -> &str {
        &self.name
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        (self.handler)(record.clone()).await.map(Into::into)
    }
}

impl<F> fmt::Debug for FnSink<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnSink").field("name", &self.name).finish_non_exhaustive()
    }
}
