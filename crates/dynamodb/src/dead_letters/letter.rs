//! A letter as attributes of its row.
//!
//! The record is the JSON that it came as, and the rest are attributes of their own: parking again changes these in
//! place, without reading the letter before, and a person reads them in the console.

use super::layout::{ATTEMPTS, DISCARDED_AT, EPOCH, ERROR, FIRST_PARKED, LANE, LAST_PARKED, REASON, REVISION, damaged};
use super::pieces::Whole;
use crate::rows::{Row, number, number_of, text, text_of};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, SecondsFormat, Utc};
use dynacdc_record::{StreamArn, decode_record};
use dynacdc_sink::{Class, Discarded, Lane, Letter, ParkedError, Revision, SinkError, SubLane};

/// The most that is kept of the message of an error, and of a reason: rows have an end.
const TEXT: usize = 64 * 1_024;

const STREAM: &str = "stream";
const SHARD: &str = "shard";
const PART: &str = "part";
const OF: &str = "of";
const CLASS: &str = "class";
const MESSAGE: &str = "message";

/// A time that reads back as exactly this one.
pub(super) fn time(time: DateTime<Utc>) -> AttributeValue {
    text(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// The lane of a first delivery. One that is no shard's has at most the stream.
pub(super) fn lane(lane: &Lane) -> AttributeValue {
    let lane = lane.first();
    let mut row = Row::new();
    if let Some(stream) = lane.stream() {
        row.insert(STREAM.to_owned(), text(stream.as_str()));
    }
    if let Lane::Ordered { shard, part, .. } = lane {
        row.insert(SHARD.to_owned(), text(shard.as_str()));
        row.insert(PART.to_owned(), number(part.part()));
        row.insert(OF.to_owned(), number(part.of()));
    }
    AttributeValue::M(row)
}

pub(super) fn error(error: &ParkedError) -> AttributeValue {
    AttributeValue::M(Row::from([
        (CLASS.to_owned(), text(error.class.as_str())),
        (MESSAGE.to_owned(), text(kept(&error.message))),
    ]))
}

/// What is kept of a text that a person or an error gives.
pub(super) fn kept(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT)]
}

/// All of a letter but its record.
pub(super) fn attributes(letter: &Letter) -> Row {
    let mut row = Row::from([
        (LANE.to_owned(), lane(&letter.lane)),
        (EPOCH.to_owned(), number(letter.epoch)),
        (ATTEMPTS.to_owned(), number(letter.attempts)),
        (FIRST_PARKED.to_owned(), time(letter.first_parked)),
        (LAST_PARKED.to_owned(), time(letter.last_parked)),
        (REVISION.to_owned(), number(letter.revision.0)),
    ]);
    row.extend(letter.error.as_ref().map(|known| (ERROR.to_owned(), error(known))));
    row
}

/// The letter that its rows make.
pub(super) fn read(whole: Whole) -> Result<Letter, SinkError> {
    let head = &whole.head;
    let record = decode_record(whole.json)
        .map_err(|error| SinkError::fatal("the record of a letter does not read").with_source(error))?;
    Ok(Letter {
        record,
        lane: read_lane(head).ok_or_else(|| damaged(LANE))?,
        epoch: number_of(head, EPOCH).ok_or_else(|| damaged(EPOCH))?,
        error: head.get(ERROR).map(|known| read_error(known).ok_or_else(|| damaged(ERROR))).transpose()?,
        attempts: number_of(head, ATTEMPTS).ok_or_else(|| damaged(ATTEMPTS))?,
        first_parked: read_time(head, FIRST_PARKED)?,
        last_parked: read_time(head, LAST_PARKED)?,
        revision: number_of(head, REVISION).map(Revision).ok_or_else(|| damaged(REVISION))?,
    })
}

pub(super) fn read_discarded(whole: Whole) -> Result<Discarded, SinkError> {
    let reason = text_of(&whole.head, REASON).ok_or_else(|| damaged(REASON))?.to_owned();
    let at = read_time(&whole.head, DISCARDED_AT)?;
    Ok(Discarded { letter: read(whole)?, reason, at })
}

fn read_time(row: &Row, name: &str) -> Result<DateTime<Utc>, SinkError> {
    let time = text_of(row, name).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    time.map(|time| time.to_utc()).ok_or_else(|| damaged(name))
}

fn read_lane(row: &Row) -> Option<Lane> {
    let lane = row.get(LANE)?.as_m().ok()?;
    let stream = match lane.get(STREAM) {
        Some(stream) => Some(StreamArn::parse(stream.as_s().ok()?).ok()?),
        None => None,
    };
    let Some(shard) = text_of(lane, SHARD) else { return Some(Lane::unordered(stream)) };
    let part = SubLane::new(number_of(lane, PART)?, number_of(lane, OF)?).ok()?;
    Some(Lane::ordered_part(stream, shard, part))
}

fn read_error(known: &AttributeValue) -> Option<ParkedError> {
    let known = known.as_m().ok()?;
    let class = [Class::Transient, Class::Poison, Class::Fatal];
    let class = class.into_iter().find(|class| Some(class.as_str()) == text_of(known, CLASS))?;
    Some(ParkedError { class, message: text_of(known, MESSAGE)?.to_owned() })
}
