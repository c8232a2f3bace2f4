//! The row of an effect. No name is a word that expressions reserve.

use crate::rows::{PK, Row, number, number_of, shortened, text, text_of};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use dynacdc_sink::{Claim, EffectId, Lease, Owner, SinkError};

pub(super) const HOLDER: &str = "holder";
pub(super) const ENDS: &str = "ends";
pub(super) const DONE: &str = "is_done";
const RESULT: &str = "effect_result";
pub(super) const EXPIRES: &str = "expires_at";

/// The longest text of an effect; the service takes 2,048 bytes.
const KEY: usize = 1_024;
/// How long behind the end of a row TTL may delete it, in seconds.
const MARGIN: i64 = 60 * 60;
const NANOS: i128 = 1_000_000_000;

pub(super) fn key(id: &EffectId) -> Row {
    Row::from([(PK.to_owned(), text(shortened(id.to_string(), KEY)))])
}

/// The row of a claim.
pub(super) fn claimed(id: &EffectId, lease: &Lease) -> Row {
    held(id, &lease.owner, lease.until)
}

/// The row of a completion.
pub(super) fn completed(id: &EffectId, owner: &Owner, result: Option<&str>, keep_until: DateTime<Utc>) -> Row {
    let mut row = held(id, owner, keep_until);
    row.insert(DONE.to_owned(), AttributeValue::Bool(true));
    row.extend(result.map(|result| (RESULT.to_owned(), text(result))));
    row
}

fn held(id: &EffectId, owner: &Owner, ends: DateTime<Utc>) -> Row {
    let mut row = key(id);
    row.insert(HOLDER.to_owned(), text(&*owner.0));
    row.insert(ENDS.to_owned(), nanos(ends));
    row.insert(EXPIRES.to_owned(), number(ends.timestamp().saturating_add(MARGIN)));
    row
}

/// A time as a number: exact, whatever the time, where milliseconds would let a lease end before its end.
pub(super) fn nanos(time: DateTime<Utc>) -> AttributeValue {
    number(i128::from(time.timestamp()) * NANOS + i128::from(time.timestamp_subsec_nanos()))
}

/// What a row answers to a claim that it refused.
pub(super) fn answer(row: &Row) -> Result<Claim, SinkError> {
    if row.contains_key(DONE) {
        return Ok(Claim::Done { result: text_of(row, RESULT).map(str::to_owned) });
    }
    let ends = number_of::<i128>(row, ENDS).and_then(time);
    let until = ends.ok_or_else(|| SinkError::fatal(format!("a row of the table does not read: `{ENDS}`")))?;
    Ok(Claim::Busy { until })
}

fn time(nanos: i128) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).ok()?;
    DateTime::from_timestamp(seconds, u32::try_from(nanos.rem_euclid(NANOS)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_time_reads_back_exactly() {
        let now = DateTime::from_timestamp(1_780_000_000, 123_456_789).unwrap();
        for at in
            [now, DateTime::UNIX_EPOCH - TimeDelta::nanoseconds(1), DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC]
        {
            let row = Row::from([(ENDS.to_owned(), nanos(at))]);
            assert_eq!(answer(&row).unwrap(), Claim::Busy { until: at });
        }
    }
}
