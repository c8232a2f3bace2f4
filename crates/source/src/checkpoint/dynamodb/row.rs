//! The rows. No name is a word that expressions reserve.

use super::{
    super::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, Progress, Stamp, Start},
    DynamoDbCheckpoints,
};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use std::{collections::HashMap, num::NonZeroU16, str::FromStr};

/// An item, a key, or the values of an expression.
pub(super) type Row = HashMap<String, AttributeValue>;

pub(super) const NAME: &str = "owner_name";
pub(super) const TERM: &str = "owner_term";
/// Which call raised the term, so that one whose answer was lost knows its own.
pub(super) const BY: &str = "take_over_id";
pub(super) const COMPLETED: &str = "completed_term";
pub(super) const FROM: &str = "begin_from";
pub(super) const AT: &str = "begin_at";
pub(super) const COUNT: &str = "save_count";
pub(super) const KIND: &str = "progress_kind";
const SEQUENCE: &str = "sequence_number";
const SINCE: &str = "since_time";
const AS_OF: &str = "as_of_time";
const SUB_LANES: &str = "sub_lanes";

/// It comes before the shards, so that one who reads rows in order knows which of them count.
const META: &str = "meta";
const SHARD: &str = "shard|";
/// The longest id of a shard, in bytes; a sort key has up to 1,024.
const ID: usize = 1_000;

const BEGUN: &str = "begun";
const AFTER: &str = "after";
const FINISHED: &str = "finished";
const TRIM_HORIZON: &str = "trim_horizon";
const LATEST: &str = "latest";

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn text_of<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number_of<T: FromStr>(row: &Row, name: &str) -> Option<T> {
    row.get(name)?.as_n().ok()?.parse().ok()
}

fn time(time: DateTime<Utc>) -> Result<AttributeValue, CheckpointError> {
    if !(0..=9999).contains(&time.year()) {
        let told = "a time of a year that RFC 3339 does not have";
        return Err(CheckpointError::new(CheckpointErrorKind::Refused, told));
    }
    Ok(text(time.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
}

fn time_of(row: &Row, name: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text_of(row, name)?).ok()?.to_utc())
}

/// The attributes of a beginning.
pub(super) fn begun(beginning: Beginning) -> Result<(AttributeValue, AttributeValue), CheckpointError> {
    let from = match beginning.start {
        Start::TrimHorizon => TRIM_HORIZON,
        Start::Latest => LATEST,
    };
    Ok((text(from), time(beginning.at)?))
}

impl DynamoDbCheckpoints {
    pub(super) fn key_of_stream(&self, stream: &StreamArn) -> Row {
        self.key(stream, META.to_owned())
    }

    fn key(&self, stream: &StreamArn, sort: String) -> Row {
        [(self.partition.to_string(), text(stream.as_str())), (self.sort.to_string(), text(sort))].into()
    }

    /// The key attributes of a row.
    pub(super) fn key_in(&self, row: &Row) -> Row {
        let is_key = |name: &str| name == &*self.partition || name == &*self.sort;
        row.iter().filter(|(name, _)| is_key(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The shard that a row is of; none for other rows.
    pub(super) fn shard_of(&self, row: &Row) -> Option<ShardId> {
        text_of(row, &self.sort)?.strip_prefix(SHARD).map(ShardId::from)
    }

    pub(super) fn is_stream(&self, row: &Row) -> bool {
        text_of(row, &self.sort) == Some(META)
    }

    /// The row of a shard; without a position where it is forgotten.
    pub(super) fn row(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: Option<&Checkpoint>,
        stamp: Stamp,
    ) -> Result<Row, CheckpointError> {
        if shard.as_str().len() > ID {
            let told = format!("the id of a shard has {} bytes, and at most {ID} fit", shard.as_str().len());
            return Err(CheckpointError::new(CheckpointErrorKind::Refused, told));
        }
        let mut row = self.key(stream, format!("{SHARD}{shard}"));
        row.insert(TERM.to_owned(), number(stamp.term));
        row.insert(COUNT.to_owned(), number(stamp.count));
        let Some(Checkpoint { progress, as_of, sub_lanes }) = checkpoint else { return Ok(row) };
        let (kind, sequence, since) = match progress {
            Progress::Begun { since } => (BEGUN, None, *since),
            Progress::After(sequence) => (AFTER, Some(sequence), None),
            Progress::Finished { last } => (FINISHED, last.as_ref(), None),
        };
        row.insert(KIND.to_owned(), text(kind));
        row.insert(AS_OF.to_owned(), time(*as_of)?);
        row.insert(SUB_LANES.to_owned(), number(sub_lanes.get().into()));
        row.extend(sequence.map(|sequence| (SEQUENCE.to_owned(), text(sequence.as_str()))));
        if let Some(since) = since {
            row.insert(SINCE.to_owned(), time(since)?);
        }
        Ok(row)
    }
}

/// Which write of a shard's row was the last one.
pub(super) fn stamp(row: &Row) -> Option<Stamp> {
    Some(Stamp { term: number_of(row, TERM)?, count: number_of(row, COUNT)? })
}

/// What the row of a shard holds; nothing if it was forgotten.
///
/// # Errors
/// The attribute that cannot be read.
pub(super) fn checkpoint(row: &Row) -> Result<Option<Checkpoint>, &'static str> {
    if !row.contains_key(KIND) {
        return Ok(None);
    }
    let sequence = match row.get(SEQUENCE) {
        Some(_) => {
            let parsed = text_of(row, SEQUENCE).and_then(|text| SequenceNumber::parse(text).ok());
            Some(parsed.ok_or(SEQUENCE)?)
        }
        None => None,
    };
    let progress = match text_of(row, KIND).ok_or(KIND)? {
        BEGUN if row.contains_key(SINCE) => Progress::Begun { since: Some(time_of(row, SINCE).ok_or(SINCE)?) },
        BEGUN => Progress::Begun { since: None },
        AFTER => Progress::After(sequence.ok_or(SEQUENCE)?),
        FINISHED => Progress::Finished { last: sequence },
        _ => return Err(KIND),
    };
    let as_of = time_of(row, AS_OF).ok_or(AS_OF)?;
    let sub_lanes: NonZeroU16 = number_of(row, SUB_LANES).ok_or(SUB_LANES)?;
    Ok(Some(Checkpoint { progress, as_of, sub_lanes }))
}

/// What the row of a stream holds.
#[derive(Debug)]
pub(super) struct Meta {
    pub(super) owner: String,
    pub(super) term: u64,
    /// The last take-over that has stamped all rows.
    pub(super) completed: u64,
    pub(super) beginning: Beginning,
}

impl Meta {
    /// # Errors
    /// The attribute that cannot be read.
    pub(super) fn of(row: &Row) -> Result<Self, &'static str> {
        let start = match text_of(row, FROM) {
            Some(TRIM_HORIZON) => Start::TrimHorizon,
            Some(LATEST) => Start::Latest,
            _ => return Err(FROM),
        };
        Ok(Self {
            owner: text_of(row, NAME).ok_or(NAME)?.to_owned(),
            term: number_of(row, TERM).ok_or(TERM)?,
            completed: number_of(row, COMPLETED).ok_or(COMPLETED)?,
            beginning: Beginning { start, at: time_of(row, AT).ok_or(AT)? },
        })
    }
}
