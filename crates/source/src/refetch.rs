//! Records that stand at a known place of a stream, read again.
//!
//! All of a range at once and not page by page: a range that is worth reading again is one batch that a function failed,
//! at most 6 MB, and whoever reads it wants to know first whether it is all there.

use crate::{Position, ShardIterator, StreamsApi, StreamsError, StreamsErrorKind as Kind};
use dynacdc_record::{ChangeRecord, Decoded, Malformed, SequenceNumber, StreamArn};
use dynacdc_sink::{Backoff, ShardId};
use std::{ops::RangeInclusive, time::Duration};
use tokio::time::Instant;

/// Empty pages for so long are taken for the end of an open shard.
const IDLE: Duration = Duration::from_secs(60);

/// What stands in a range of sequence numbers, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refetched {
    records: Vec<ChangeRecord>,
    malformed: Vec<Malformed>,
}

/// A range cannot be read, or not all of it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RefetchError {
    /// Some of the records, or all, are older than the 24 hours that a stream keeps them, and lost.
    ///
    /// Where the reader was held up in the middle it cannot always tell whether there was a record between what it had
    /// and what is left; it says this then as well.
    #[error("the stream no longer has all of the records, but {}", .left.len())]
    Trimmed {
        /// What is left of the range.
        left: Box<Refetched>,
    },
    /// The stream or the shard is not there. A shard is gone once its last record is.
    #[error("the stream or the shard is not there, or no longer; {} of the records were read", .left.len())]
    NotFound {
        /// What was read before it vanished.
        left: Box<Refetched>,
    },
    /// The shard ended, or stood still for a minute, before the last number came: the range is not one of this shard.
    #[error("the shard does not reach to the last number; {} records of the range are in it", .left.len())]
    Short {
        /// What stands in the shard.
        left: Box<Refetched>,
    },
    /// Credentials, permissions or the request itself are wrong.
    #[error("the service refused to give the records")]
    Refused(#[source] StreamsError),
}

impl Refetched {
    /// The records that could be decoded, in order.
    pub fn records(&self) -> &[ChangeRecord] {
        &self.records
    }

    /// The records that could not be decoded, in order. Their position counts in the page that they came on; their
    /// sequence number, where it could be read, tells where they stand among the others.
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// How many there are, malformed ones counted.
    pub const fn len(&self) -> usize {
        self.records.len() + self.malformed.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records and the malformed ones, owned.
    pub fn into_parts(self) -> (Vec<ChangeRecord>, Vec<Malformed>) {
        (self.records, self.malformed)
    }
}

/// Reads the records of a shard from the first number to the last one, both included: those that a message to an
/// on-failure destination tells of (`dynacdc_lambda::FailureMessage`).
///
/// Throttles and failures of the service are waited out, without a bound: put a timeout around it where there is a
/// deadline. It makes one `GetShardIterator` and a `GetRecords` per page of up to 1,000 records or 1 MB, and holds the
/// whole range in memory.
///
/// # Errors
/// [`RefetchError`] tells what is lost and gives what is left.
///
/// # Cancellation
/// Dropping the future loses nothing: it only reads.
pub async fn refetch(
    api: &dyn StreamsApi,
    stream: &StreamArn,
    shard: &ShardId,
    numbers: RangeInclusive<SequenceNumber>,
) -> Result<Refetched, RefetchError> {
    let (first, last) = numbers.into_inner();
    let mut reader = Reader {
        found: Refetched::default(),
        first,
        last,
        seen: None,
        unplaced: Vec::new(),
        held: Vec::new(),
        trimmed: false,
        trouble: Backoff::new(Duration::from_millis(100), Duration::from_secs(10)),
        idle: Backoff::new(Duration::from_millis(20), Duration::from_millis(250)),
        idle_since: None,
    };
    loop {
        let end = match api.iterator(stream, shard, &reader.position()).await {
            Ok(iterator) => reader.pages(api, stream, iterator).await,
            Err(error) => reader.failed(error).await,
        };
        match end {
            End::Again => reader.hold(),
            End::Passed if reader.trimmed => return Err(RefetchError::Trimmed { left: reader.found.into() }),
            End::Passed => return Ok(reader.found),
            // Of a range of which a part is known to be lost the end may be lost as well.
            End::Tip if reader.trimmed => return Err(RefetchError::Trimmed { left: reader.found.into() }),
            End::Tip => return Err(RefetchError::Short { left: reader.found.into() }),
            End::Gone => return Err(RefetchError::NotFound { left: reader.found.into() }),
            End::Refused(error) => return Err(RefetchError::Refused(error)),
        }
    }
}

struct Reader {
    found: Refetched,
    first: SequenceNumber,
    last: SequenceNumber,
    /// The number up to which everything was seen.
    seen: Option<SequenceNumber>,
    /// Malformed records without a number, of which the next number will tell whether they were read before.
    unplaced: Vec<Malformed>,
    /// Those that an iterator before this one gave behind the last number. They may come again or not.
    held: Vec<Malformed>,
    /// Something of the range is lost.
    trimmed: bool,
    trouble: Backoff,
    idle: Backoff,
    idle_since: Option<Instant>,
}

/// Why the reading from an iterator ended.
enum End {
    /// The last number was passed.
    Passed,
    /// A new iterator is needed.
    Again,
    /// Nothing follows in the shard.
    Tip,
    Gone,
    Refused(StreamsError),
}

impl Reader {
    fn position(&self) -> Position {
        match self.seen {
            _ if self.trimmed => Position::TrimHorizon,
            Some(seen) => Position::After(seen),
            None => Position::At(self.first),
        }
    }

    fn hold(&mut self) {
        for malformed in self.unplaced.drain(..) {
            if !self.held.iter().any(|held| held.raw() == malformed.raw()) {
                self.held.push(malformed);
            }
        }
    }

    async fn pages(&mut self, api: &dyn StreamsApi, stream: &StreamArn, mut iterator: ShardIterator) -> End {
        loop {
            let page = match api.records(stream, &iterator, None).await {
                Ok(page) => page,
                Err(error) if error.kind().is_transient() => {
                    // Time in which nothing was to be had says nothing about the shard.
                    self.idle_since = None;
                    tokio::time::sleep(self.trouble.next_delay()).await;
                    continue;
                }
                Err(error) => return self.failed(error).await,
            };
            self.trouble.reset();
            let is_empty = page.records.is_empty();
            if self.take(&page.records) {
                return End::Passed;
            }
            let Some(next) = page.next else { return End::Tip };
            iterator = next;
            if !is_empty {
                self.idle.reset();
                self.idle_since = None;
            } else if self.idle_since.get_or_insert_with(Instant::now).elapsed() >= IDLE {
                return End::Tip;
            } else {
                tokio::time::sleep(self.idle.next_delay()).await;
            }
        }
    }

    /// Takes what belongs to the range. True once its end is passed.
    fn take(&mut self, page: &Decoded) -> bool {
        for entry in page.iter() {
            let number = entry.map_or_else(Malformed::sequence_number, |record| Some(record.sequence_number()));
            let Some(number) = number else {
                self.unplaced.extend(entry.err().cloned());
                continue;
            };
            if number > self.last {
                return true;
            }
            let unplaced = std::mem::take(&mut self.unplaced);
            // From the horizon come records that stand before the range, or were read before.
            if number < self.first || self.seen.is_some_and(|seen| number <= seen) {
                continue;
            }
            self.seen = Some(number);
            self.unplaced = unplaced;
            self.hold();
            self.found.malformed.append(&mut self.held);
            match entry {
                Ok(record) => self.found.records.push(record.clone()),
                Err(malformed) => self.found.malformed.push(malformed.clone()),
            }
            if number == self.last {
                return true;
            }
        }
        false
    }

    async fn failed(&mut self, error: StreamsError) -> End {
        match error.kind() {
            Kind::NotFound => return End::Gone,
            Kind::Refused => return End::Refused(error),
            Kind::Trimmed => self.trimmed = true,
            Kind::IteratorExpired | Kind::Throttled | Kind::Unavailable => {}
        }
        self.idle_since = None;
        tokio::time::sleep(self.trouble.next_delay()).await;
        End::Again
    }
}
