//! Recorded events into a sink.

use crate::{
    DeliveryError, OnMalformed,
    deliver::{Delivery, Step},
};
use dynacdc_record::{DecodeError, decode_event};
use dynacdc_sink::{Lane, Sink};
use std::io::{self, BufRead};

/// Replay cannot go on. Everything before the line was delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("line {line}: the recording cannot be read")]
    Read {
        /// Counted from 1.
        line: usize,
        /// What the system said.
        source: io::Error,
    },
    /// The line is no Lambda event.
    #[error("line {line} is no Lambda event")]
    Event {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A record could not be delivered.
    #[error("line {line}: delivery stopped")]
    Delivery {
        /// Counted from 1.
        line: usize,
        /// Why.
        source: Box<DeliveryError>,
    },
}

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Replayed {
    /// Lines that held an event.
    pub events: usize,
    /// Records that are settled, parked malformed ones counted.
    pub records: usize,
}

/// Delivers recorded Lambda events, one event per line, to a sink. Blank lines are passed over.
///
/// [`encode_event`](dynacdc_record::encode_event) writes such lines. Each event is one batch on `lane`, one after the
/// other; a record that fails with a `Transient` error is tried again until it succeeds.
///
/// # Errors
/// [`ReplayError`] names the line. Lines before it were delivered, and so were the settled records of the line itself:
/// replaying the file again is a redelivery, which a sink must stand.
///
/// # Cancellation
/// Dropping the future leaves the fate of the batch in flight unknown.
pub async fn replay<S: Sink + ?Sized>(
    recording: impl BufRead,
    lane: &Lane,
    rule: &OnMalformed,
    sink: &S,
) -> Result<Replayed, ReplayError> {
    let mut replayed = Replayed::default();
    for (line, text) in (1..).zip(recording.split(b'\n')) {
        let text = text.map_err(|source| ReplayError::Read { line, source })?;
        if text.trim_ascii().is_empty() {
            continue;
        }
        let event = decode_event(text).map_err(|source| ReplayError::Event { line, source })?;
        let mut delivery = Delivery::new(lane, rule, &event);
        loop {
            let step = delivery.step(sink).await;
            match step.map_err(|source| ReplayError::Delivery { line, source })? {
                Step::Settled { records } => replayed.records += records,
                Step::Again(wait) => tokio::time::sleep(wait).await,
                Step::Done => break,
            }
        }
        replayed.events += 1;
    }
    Ok(replayed)
}
