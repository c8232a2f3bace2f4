//! What an answer of the function means where `ReportBatchItemFailures` is on.
//!
//! Recorded from AWS by LocalStack's validated tests, the surprises included: an object with another name in the place
//! of `batchItemFailures` settles the batch, and an identifier that is not in the batch fails all of it.

use dynacdc_record::SequenceNumber;
use serde_json::Value;

/// What becomes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Success,
    /// Settled up to this record, which is to be delivered again with all behind it.
    From(usize),
    Failure,
}

/// The verdict on a batch of records with these numbers, and the answer as JSON, null where it is none.
///
/// An answer that is no JSON, or a scalar that says something, fails the batch: that is not recorded from AWS.
pub(super) fn read(answer: &[u8], batch: &[Option<SequenceNumber>]) -> (Verdict, Value) {
    if answer.trim_ascii().is_empty() {
        return (Verdict::Success, Value::Null);
    }
    let Ok(json) = serde_json::from_slice::<Value>(answer) else { return (Verdict::Failure, Value::Null) };
    let verdict = match &json {
        Value::Null => Verdict::Success,
        Value::String(text) if text.is_empty() => Verdict::Success,
        Value::Array(list) if list.is_empty() => Verdict::Success,
        Value::Object(members) => match members.get("batchItemFailures") {
            None | Some(Value::Null) => Verdict::Success,
            Some(Value::Array(failures)) => of_failures(failures, batch),
            Some(_) => Verdict::Failure,
        },
        _ => Verdict::Failure,
    };
    (verdict, json)
}

/// The lowest number counts, as a number. One that is not there fails the whole batch.
fn of_failures(failures: &[Value], batch: &[Option<SequenceNumber>]) -> Verdict {
    let mut lowest: Option<(SequenceNumber, usize)> = None;
    for failure in failures {
        let identifier = failure.get("itemIdentifier").and_then(Value::as_str).unwrap_or_default();
        let is_it = |number: &Option<SequenceNumber>| number.is_some_and(|number| number.as_str() == identifier);
        let Some(at) = batch.iter().position(is_it) else { return Verdict::Failure };
        let Some(number) = batch[at] else { return Verdict::Failure };
        if lowest.is_none_or(|(low, _)| number < low) {
            lowest = Some((number, at));
        }
    }
    lowest.map_or(Verdict::Success, |(_, at)| Verdict::From(at))
}
