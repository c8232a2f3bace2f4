//! Stacks of real layers that must stand everything, each followed by its controls: the same with something left out.

mod branches;
mod letters;
mod once;
mod parts;
mod plain;
mod totals;

use crate::{case::Case, target::Target};
use dynacdc_sink::{
    DeadLetter, DeadLetterLayer, DeadLetterStore, RedriveOptions, Retry, RetryLayer, Sink, SinkError, SinkExt, Timeout,
    TimeoutLayer, TryLayer,
};
use dynacdc_testkit::Running;
use std::{sync::Arc, time::Duration};

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    [plain::cases(), letters::cases(), parts::cases(), branches::cases(), totals::cases(), once::cases()]
        .into_iter()
        .flatten()
        .collect()
}

fn retries() -> RetryLayer {
    RetryLayer::new().with_attempts(3)
}

/// Retries around a timeout: for fenced sinks.
fn tried<S: Sink>(sink: S) -> Result<Retry<Timeout<S>>, SinkError> {
    Ok(TimeoutLayer::new(Duration::from_secs(5)).try_layer(sink)?.layer(retries()))
}

fn parking<S: Sink, D: DeadLetterStore>(
    sink: S,
    store: D,
    target: &Target,
) -> Result<Arc<DeadLetter<S, D>>, SinkError> {
    let layer = DeadLetterLayer::new(store).with_clock(target.clock.clone());
    Ok(Arc::new(layer.try_layer(sink)?))
}

/// A process of this sink that redrives these dead letters.
fn redriving<S: Sink + 'static, D: DeadLetterStore + 'static>(
    sink: impl Sink + 'static,
    letters: &Arc<DeadLetter<S, D>>,
) -> Running {
    let letters = Arc::clone(letters);
    Running::new(sink).with_redrive(move || redrive(Arc::clone(&letters)))
}

/// A process whose outermost layer are dead letters.
fn parked<S: Sink + 'static>(sink: S, target: &Target) -> Result<Running, SinkError> {
    let letters = parking(sink, target.letters.clone(), target)?;
    Ok(redriving(Arc::clone(&letters), &letters))
}

async fn redrive<S: Sink, D: DeadLetterStore>(letters: Arc<DeadLetter<S, D>>) -> Result<(), SinkError> {
    let progress = letters.redrive(RedriveOptions::all()).await?;
    if progress.keys_left > 0 {
        return Err(SinkError::transient(format!("{} keys are left parked", progress.keys_left)));
    }
    Ok(())
}
