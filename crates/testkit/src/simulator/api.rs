//! The five calls that a reader makes.

use super::{
    Call, Hardship, State, StreamSimulator,
    shard::{Entry, Shard},
    stream::Stream,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::{Decoded, StreamArn, decode_event};
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Position, RecordPage, ShardIterator, ShardPage, StreamPage, StreamsApi, StreamsError, StreamsErrorKind,
};

/// How long an iterator is good for.
const ITERATOR_AGE: TimeDelta = TimeDelta::minutes(15);
const MOST_RECORDS: usize = 1000;
const MOST_BYTES: usize = 1_048_576;
/// From here on calls for the children of a shard are counted, where whole listings are counted from 0.
const CHILDREN: u64 = 1 << 32;

/// Which call of its kind on its shard this is, by which hardships are decided.
struct Attempt {
    call: Call,
    place: String,
    nth: u64,
}

impl Attempt {
    fn error(&self, kind: StreamsErrorKind) -> StreamsError {
        StreamsError::new(kind, self.call.name())
    }
}

/// What an iterator says, as text: `shard index issued generation`.
struct Place {
    shard: ShardId,
    at: usize,
    issued: DateTime<Utc>,
    generation: u32,
}

impl Place {
    fn of(shard: &Shard, at: usize, now: DateTime<Utc>) -> ShardIterator {
        let Shard { id, generation, .. } = shard;
        ShardIterator::new(format!("{id} {at} {} {generation}", now.timestamp_millis()))
    }

    fn read(iterator: &ShardIterator) -> Option<Self> {
        let mut parts = iterator.as_str().split(' ');
        let shard = ShardId::new(parts.next()?);
        let at = parts.next()?.parse().ok()?;
        let issued = DateTime::from_timestamp_millis(parts.next()?.parse().ok()?)?;
        Some(Self { shard, at, issued, generation: parts.next()?.parse().ok()? })
    }
}

impl StreamSimulator {
    /// Takes the time that a call takes, and fails where that is its lot.
    async fn call(&self, call: Call, shard: Option<&ShardId>) -> Result<Attempt, StreamsError> {
        let place = format!("{} {}", call.name(), shard.map_or("", ShardId::as_str));
        let (attempt, takes) = {
            let mut state = self.state();
            let count = state.calls.entry((call, place.clone())).or_default();
            *count += 1;
            let nth = *count;
            let takes = state.settings.hardships.takes(&place, nth);
            (Attempt { call, place, nth }, takes)
        };
        tokio::time::sleep(takes).await;
        let mut state = self.state();
        if let Some(kind) = state.faults.get_mut(&call).and_then(std::collections::VecDeque::pop_front) {
            return Err(attempt.error(kind));
        }
        for (hardship, kind) in
            [(Hardship::Throttled, StreamsErrorKind::Throttled), (Hardship::Unavailable, StreamsErrorKind::Unavailable)]
        {
            if state.strikes(hardship, &attempt.place, attempt.nth) {
                return Err(attempt.error(kind));
            }
        }
        Ok(attempt)
    }
}

impl State {
    fn stream(&self, arn: &StreamArn, attempt: &Attempt) -> Result<&Stream, StreamsError> {
        self.stream_of(arn).ok_or_else(|| attempt.error(StreamsErrorKind::NotFound))
    }

    fn shard(&self, arn: &StreamArn, id: &ShardId, attempt: &Attempt) -> Result<&Shard, StreamsError> {
        self.stream(arn, attempt)?.shard(id).ok_or_else(|| attempt.error(StreamsErrorKind::NotFound))
    }

    /// How many records the page may have: as many as asked for, or fewer.
    fn most(&mut self, attempt: &Attempt, limit: Option<u16>) -> usize {
        let most = limit.map_or(MOST_RECORDS, usize::from);
        if self.strikes(Hardship::EmptyPage, &attempt.place, attempt.nth) {
            0
        } else if self.strikes(Hardship::ShortPage, &attempt.place, attempt.nth) {
            self.settings.hardships.short(&attempt.place, attempt.nth, most)
        } else {
            most
        }
    }
}

#[async_trait]
impl StreamsApi for StreamSimulator {
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        let attempt = self.call(Call::Describe, None).await?;
        let now = self.clock().now();
        let mut state = self.state();
        let repeats = state.settings.hardships.strikes(Hardship::RepeatedCursor, &attempt.place, attempt.nth);
        let mut struck = Vec::new();
        if after.is_none() {
            state.listing = (state.listing.0 + 1, now);
        }
        let (nth, begun) = state.listing;
        let found = state.stream(stream, &attempt)?;
        let listed = found.listed(begun, &state.settings.hardships, nth, |hardship| struck.push(hardship));
        let mut rest = listed.into_iter().filter(|shard| after.is_none_or(|after| shard.id > *after)).peekable();
        let mut shards = Vec::new();
        while let Some(shard) = rest.next_if(|_| shards.len() < state.settings.listing_page) {
            struck.extend(shard.is_late_to_close(now).then_some(Hardship::LateClosing));
            shards.push(shard.described(now));
        }
        let last = shards.last().map(|shard| shard.id.clone());
        let more_after = match rest.peek() {
            Some(_) => last,
            // Nothing follows; the cursor leads to an empty page and that one to itself.
            None if repeats => {
                let again = after.cloned().or(last);
                struck.extend(again.is_some().then_some(Hardship::RepeatedCursor));
                again
            }
            None => None,
        };
        let (status, view_type) = (found.status(), Some(state.settings.view_type));
        struck.into_iter().for_each(|hardship| state.fired.count(hardship));
        Ok(ShardPage { status, view_type, shards, more_after })
    }

    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        let attempt = self.call(Call::Children, Some(of)).await?;
        let now = self.clock().now();
        let mut state = self.state();
        let mut struck = Vec::new();
        let found = state.stream(stream, &attempt)?;
        // Counted apart from whole listings, so that what one of them lacks the other may have.
        let nth = attempt.nth + CHILDREN;
        let listed = found.listed(now, &state.settings.hardships, nth, |hardship| struck.push(hardship));
        let children = listed.into_iter().filter(|shard| shard.parent.as_ref() == Some(of));
        let shards = children.map(|shard| shard.described(now)).collect();
        let (status, view_type) = (found.status(), Some(state.settings.view_type));
        struck.into_iter().for_each(|hardship| state.fired.count(hardship));
        Ok(ShardPage { status, view_type, shards, more_after: None })
    }

    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        let attempt = self.call(Call::Iterator, Some(shard)).await?;
        let state = self.state();
        let shard = state.shard(stream, shard, &attempt)?;
        let at = match position {
            Position::TrimHorizon => Some(shard.horizon()),
            Position::Latest => Some(shard.end()),
            Position::At(number) => shard.at_or_after(*number, false),
            Position::After(number) => shard.at_or_after(*number, true),
        };
        let at = at.ok_or_else(|| attempt.error(StreamsErrorKind::Trimmed))?;
        Ok(Place::of(shard, at, self.clock().now()))
    }

    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        let refused = || StreamsError::new(StreamsErrorKind::Refused, Call::Records.name());
        let place = Place::read(iterator).ok_or_else(refused)?;
        if limit.is_some_and(|limit| limit == 0 || usize::from(limit) > MOST_RECORDS) {
            return Err(refused());
        }
        let attempt = self.call(Call::Records, Some(&place.shard)).await?;
        let now = self.clock().now();
        let mut state = self.state();
        let shard = state.shard(stream, &place.shard, &attempt)?;
        let (is_old, is_trimmed) = (shard.generation != place.generation, place.at < shard.horizon());
        if is_old || now - place.issued > ITERATOR_AGE {
            return Err(attempt.error(StreamsErrorKind::IteratorExpired));
        }
        if state.strikes(Hardship::ExpiredIterator, &attempt.place, attempt.nth) {
            return Err(attempt.error(StreamsErrorKind::IteratorExpired));
        }
        if is_trimmed {
            return Err(attempt.error(StreamsErrorKind::Trimmed));
        }
        let most = state.most(&attempt, limit);
        let separate = state.settings.hardships.strikes(Hardship::SeparateEnd, &attempt.place, attempt.nth);
        let shard = state.shard(stream, &place.shard, &attempt)?;
        let (records, next) = page(shard, place.at, most);
        let is_end = shard.closed.is_some() && next == shard.end();
        let waits = is_end && separate && !records.is_empty();
        let next = (!is_end || waits).then(|| Place::of(shard, next, now));
        if waits {
            state.fired.count(Hardship::SeparateEnd);
        }
        Ok(RecordPage { records, next })
    }

    async fn streams(&self, table: &str, after: Option<&StreamArn>) -> Result<StreamPage, StreamsError> {
        let attempt = self.call(Call::Streams, None).await?;
        let state = self.state();
        if table != state.settings.table {
            return Err(attempt.error(StreamsErrorKind::NotFound));
        }
        let behind = |stream: &&Stream| after.is_none_or(|after| stream.arn.label() > after.label());
        let mut rest = state.streams.iter().filter(behind).map(|stream| stream.arn.clone());
        let streams: Vec<StreamArn> = rest.by_ref().take(state.settings.listing_page).collect();
        let more_after = rest.next().and_then(|_| streams.last().cloned());
        Ok(StreamPage { streams, more_after })
    }
}

/// The records from `at`, up to the limits of a page, as they decode, and where the next page begins.
fn page(shard: &Shard, at: usize, most: usize) -> (Decoded, usize) {
    let mut bytes = 0;
    let fits = |(nth, entry): &(usize, &Entry)| {
        bytes += entry.size;
        *nth == 0 || bytes <= MOST_BYTES
    };
    let entries = shard.from(at).take(most).map(|(_, entry)| entry).enumerate().take_while(fits);
    let texts: Vec<&str> = entries.map(|(_, entry)| &*entry.json).collect();
    let next = at + texts.len();
    // Each text was one element of a list when it came in.
    let records = decode_event(format!(r#"{{"Records":[{}]}}"#, texts.join(","))).unwrap_or_default();
    (records, next)
}
