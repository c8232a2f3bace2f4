use crate::Bare;
use dynacdc_sink::{
    BoxSink, Branch, DeadLetterLayer, DedupeLayer, MemoryDeadLetters, MemoryDedupe, RetryLayer, SinkError, SinkExt,
    TimeoutLayer, Trunk,
};
use std::time::Duration;

/// Makes a sink to be measured.
pub type Make = fn() -> Result<BoxSink, SinkError>;

const TIMEOUT: Duration = Duration::from_secs(60);

/// The default stack, without deduplication, which is for effects outside only. The filter keeps every item.
///
/// # Errors
/// None: the bare sink is not refused.
pub fn whole() -> Result<BoxSink, SinkError> {
    let branch = Branch::new(Bare)
        .timeout(TimeoutLayer::new(TIMEOUT))?
        .retry(RetryLayer::new())
        .isolate()
        .dead_letter(DeadLetterLayer::new(MemoryDeadLetters::new()))?;
    Ok(Trunk::from(branch).filter_items(|image| image.get("pk").is_some()).meter().trace().build().boxed())
}

/// The default stack with deduplication in memory, that has seen nothing yet.
///
/// # Errors
/// None: the bare sink is not refused.
pub fn deduplicating() -> Result<BoxSink, SinkError> {
    let branch = Branch::new(Bare)
        .timeout(TimeoutLayer::new(TIMEOUT))?
        .retry(RetryLayer::new())
        .dedupe(DedupeLayer::new(MemoryDedupe::new(), "bare"))
        .isolate()
        .dead_letter(DeadLetterLayer::new(MemoryDeadLetters::new()))?;
    Ok(Trunk::from(branch).filter_items(|image| image.get("pk").is_some()).meter().trace().build().boxed())
}

/// Each layer alone.
pub const LAYERS: [(&str, Make); 8] = [
    ("timeout", || Ok(Bare.timeout(TimeoutLayer::new(TIMEOUT))?.boxed())),
    ("retry", || Ok(Bare.retry(RetryLayer::new()).boxed())),
    ("dedupe", || Ok(Bare.dedupe(DedupeLayer::new(MemoryDedupe::new(), "bare")).boxed())),
    ("isolate", || Ok(Bare.isolate().boxed())),
    ("dead_letter", || Ok(Bare.dead_letter(DeadLetterLayer::new(MemoryDeadLetters::new()))?.boxed())),
    ("filter_items", || Ok(Bare.filter_items(|image| image.get("pk").is_some()).boxed())),
    ("meter", || Ok(Bare.meter().boxed())),
    ("trace", || Ok(Bare.trace().boxed())),
];
