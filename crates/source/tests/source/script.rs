//! A Streams API in memory that does what a test says.

use crate::journal::Journal;
use async_trait::async_trait;
use dynacdc_record::{Decoded, SequenceNumber, StreamArn, decode_event};
use dynacdc_sink::{Clock, ShardId};
use dynacdc_source::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamPage, StreamStatus, StreamsApi, StreamsError,
    StreamsErrorKind,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

pub(crate) const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000";

/// What stands in a shard.
#[derive(Clone, Copy)]
pub(crate) enum Entry {
    /// A record with this sequence number, created so many seconds since 1970.
    Record(u64, u64),
    /// One that cannot be decoded.
    Malformed(u64),
    /// One that cannot be decoded and has no number.
    Nameless,
    /// A page without records.
    Empty,
}

impl Entry {
    fn json(self) -> Option<String> {
        let (number, keys, created) = match self {
            Self::Empty => return None,
            Self::Record(number, at) => (format!("{number}"), format!(r#"{{"pk":{{"S":"{number}"}}}}"#), at),
            Self::Malformed(number) => (format!("{number}"), r#"{"pk":{}}"#.to_owned(), 0),
            Self::Nameless => (String::new(), r#"{"pk":{}}"#.to_owned(), 0),
        };
        Some(format!(
            r#"{{"eventID":"{number}","eventName":"INSERT","eventSourceARN":"{ARN}","dynamodb":{{
                "ApproximateCreationDateTime":{created},"Keys":{keys},"SequenceNumber":"{number}"}}}}"#
        ))
    }

    fn is_after(self, position: &SequenceNumber) -> bool {
        let number = match self {
            Self::Record(number, _) | Self::Malformed(number) => number.to_string(),
            Self::Nameless | Self::Empty => return false,
        };
        SequenceNumber::parse(&number).unwrap() > *position
    }
}

#[derive(Default)]
struct ShardState {
    parent: Option<String>,
    entries: Vec<Entry>,
    /// Whether no entry will be added: the last page has no next iterator.
    ended: bool,
    /// What the description says of it.
    closed: bool,
    hidden: bool,
    gone: bool,
    /// How many entries are trimmed.
    trimmed: usize,
    /// Whether a position right before the oldest record that is left is refused.
    strict: bool,
    /// Iterators of earlier generations have expired.
    generation: u32,
}

#[derive(Default)]
struct State {
    shards: BTreeMap<String, ShardState>,
    disabled: bool,
    /// The stream that the table has after this one.
    next_stream: Option<StreamArn>,
    describe_page: usize,
    last_cursor: Option<String>,
    faults: BTreeMap<String, VecDeque<StreamsErrorKind>>,
    always: BTreeMap<String, StreamsErrorKind>,
    slow: BTreeMap<String, Duration>,
}

impl State {
    const fn status(&self) -> StreamStatus {
        if self.disabled { StreamStatus::Disabled } else { StreamStatus::Enabled }
    }
}

#[derive(Clone)]
pub(crate) struct Script {
    state: Arc<Mutex<State>>,
    journal: Journal,
    clock: Clock,
}

impl Script {
    pub(crate) fn new(journal: Journal, clock: Clock) -> Self {
        let state = State { describe_page: 100, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), journal, clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn with(&self, shard: &str, change: impl FnOnce(&mut ShardState)) -> &Self {
        change(self.state().shards.get_mut(shard).unwrap());
        self
    }

    pub(crate) fn shard(&self, id: &str, parent: Option<&str>) -> &Self {
        let shard = ShardState { parent: parent.map(str::to_owned), ..ShardState::default() };
        self.state().shards.insert(id.to_owned(), shard);
        self
    }

    pub(crate) fn put(&self, shard: &str, entries: impl IntoIterator<Item = Entry>) -> &Self {
        self.with(shard, |shard| shard.entries.extend(entries))
    }

    /// Records that are made now.
    pub(crate) fn records(&self, shard: &str, numbers: impl IntoIterator<Item = u64>) -> &Self {
        let now = self.clock.now().timestamp().unsigned_abs();
        self.put(shard, numbers.into_iter().map(|number| Entry::Record(number, now)))
    }

    /// The shard gets no more records, and the description says so.
    pub(crate) fn end(&self, shard: &str) -> &Self {
        self.with(shard, |shard| (shard.ended, shard.closed) = (true, true))
    }

    /// The shard gets no more records, and the description does not know it yet.
    pub(crate) fn end_unnoticed(&self, shard: &str) -> &Self {
        self.with(shard, |shard| shard.ended = true)
    }

    /// The description says that the shard is closed. It is not.
    pub(crate) fn seem_closed(&self, shard: &str) -> &Self {
        self.with(shard, |shard| shard.closed = true)
    }

    /// The description lacks the shard; it can still be read.
    pub(crate) fn hide(&self, shard: &str) -> &Self {
        self.with(shard, |shard| shard.hidden = true)
    }

    /// The shard does not exist any more. The description may still have it.
    pub(crate) fn forget(&self, shard: &str) -> &Self {
        self.with(shard, |shard| shard.gone = true)
    }

    pub(crate) fn trim(&self, shard: &str, entries: usize) -> &Self {
        self.with(shard, |shard| shard.trimmed = entries)
    }

    /// Also positions right before the oldest record that is left are refused, as the service does it.
    pub(crate) fn trim_behind(&self, shard: &str, entries: usize) -> &Self {
        self.with(shard, |shard| (shard.trimmed, shard.strict) = (entries, true))
    }

    pub(crate) fn expire(&self, shard: &str) -> &Self {
        self.with(shard, |shard| shard.generation += 1)
    }

    pub(crate) fn disable(&self) -> &Self {
        self.state().disabled = true;
        self
    }

    /// The table has this stream too, with the same shards.
    pub(crate) fn next_stream(&self, stream: StreamArn) -> &Self {
        self.state().next_stream = Some(stream);
        self
    }

    pub(crate) fn describe_in_pages_of(&self, shards: usize) -> &Self {
        self.state().describe_page = shards;
        self
    }

    /// The last page of the description names this cursor, though nothing new follows.
    pub(crate) fn last_cursor(&self, cursor: &str) -> &Self {
        self.state().last_cursor = Some(cursor.to_owned());
        self
    }

    /// The next calls fail so. A call is `describe`, `children a`, `iterator a` or `records a` for a shard `a`.
    pub(crate) fn fail(&self, call: &str, kinds: impl IntoIterator<Item = StreamsErrorKind>) -> &Self {
        self.state().faults.entry(call.to_owned()).or_default().extend(kinds);
        self
    }

    pub(crate) fn fail_always(&self, call: &str, kind: StreamsErrorKind) -> &Self {
        self.state().always.insert(call.to_owned(), kind);
        self
    }

    /// How long this call takes.
    pub(crate) fn takes(&self, call: &str, time: Duration) -> &Self {
        self.state().slow.insert(call.to_owned(), time);
        self
    }

    /// This call never returns.
    pub(crate) fn hang(&self, call: &str) -> &Self {
        self.takes(call, Duration::MAX)
    }

    async fn call(&self, call: &str, detail: &str) -> Result<(), StreamsError> {
        self.journal.add(format!("{call} {detail}").trim());
        // Every call takes time, so that those of a loop without a pause can be counted.
        let takes = self.state().slow.get(call).copied();
        tokio::time::sleep(takes.unwrap_or(Duration::from_millis(1))).await;
        let mut state = self.state();
        let fault = state.faults.get_mut(call).and_then(VecDeque::pop_front);
        match fault.or_else(|| state.always.get(call).copied()) {
            Some(kind) => Err(StreamsError::new(kind, "Scripted")),
            None => Ok(()),
        }
    }
}

/// The entries of one page from `at`, as they decode, and where the next page begins.
fn page(entries: &[Entry], at: usize, limit: usize) -> (Decoded, usize) {
    let here = entries.get(at..).unwrap_or_default();
    let records: Vec<String> = here.iter().take(limit).map_while(|entry| entry.json()).collect();
    let next = at + if records.is_empty() { here.len().min(1) } else { records.len() };
    (decode_event(format!(r#"{{"Records":[{}]}}"#, records.join(","))).unwrap(), next)
}

#[async_trait]
impl StreamsApi for Script {
    async fn describe(&self, _: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        self.call("describe", after.map_or("", ShardId::as_str)).await?;
        let state = self.state();
        let listed = state.shards.iter().filter(|(_, shard)| !shard.hidden);
        let mut rest = listed.filter(|(id, _)| after.is_none_or(|after| id.as_str() > after.as_str())).peekable();
        let mut shards = Vec::new();
        while let Some((id, shard)) = rest.next_if(|_| shards.len() < state.describe_page) {
            let parent = shard.parent.as_deref().map(ShardId::from);
            shards.push(Shard { id: ShardId::from(id.as_str()), parent, closed: shard.closed });
        }
        let more = rest.peek().is_some();
        let more_after = if more { shards.last().map(|shard| shard.id.clone()) } else { None };
        Ok(ShardPage {
            status: state.status(),
            view_type: None,
            more_after: more_after.or_else(|| state.last_cursor.as_deref().map(ShardId::from)),
            shards,
        })
    }

    async fn streams(&self, _: &str, _: Option<&StreamArn>) -> Result<StreamPage, StreamsError> {
        self.call("streams", "").await?;
        Ok(StreamPage { streams: self.state().next_stream.iter().cloned().collect(), more_after: None })
    }

    async fn children(&self, _: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        self.call(&format!("children {of}"), "").await?;
        let state = self.state();
        let children =
            state.shards.iter().filter(|(_, shard)| !shard.hidden && shard.parent.as_deref() == Some(of.as_str()));
        let shards = children.map(|(id, shard)| Shard {
            id: ShardId::from(id.as_str()),
            parent: Some(of.clone()),
            closed: shard.closed,
        });
        Ok(ShardPage { status: state.status(), view_type: None, shards: shards.collect(), more_after: None })
    }

    async fn iterator(
        &self,
        _: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        let place = match position {
            Position::At(sequence) | Position::After(sequence) => format!("behind {sequence}"),
            other => format!("{other:?}"),
        };
        self.call(&format!("iterator {shard}"), &place).await?;
        let state = self.state();
        let not_found = || StreamsError::new(StreamsErrorKind::NotFound, "GetShardIterator");
        let known = state.shards.get(shard.as_str()).filter(|known| !known.gone).ok_or_else(not_found)?;
        let at = match position {
            Position::TrimHorizon => known.trimmed,
            Position::Latest => known.entries.len(),
            Position::At(sequence) | Position::After(sequence) => {
                let at = known.entries.iter().position(|entry| entry.is_after(sequence));
                at.unwrap_or(known.entries.len())
            }
        };
        let is_behind = matches!(position, Position::At(_) | Position::After(_));
        if at < known.trimmed || (known.strict && is_behind && at == known.trimmed) {
            return Err(StreamsError::new(StreamsErrorKind::Trimmed, "GetShardIterator"));
        }
        Ok(ShardIterator::new(format!("{shard} {at} {}", known.generation)))
    }

    async fn records(
        &self,
        _: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        let parts: Vec<&str> = iterator.as_str().split(' ').collect();
        let [shard, at, generation] = parts[..] else { panic!("{parts:?} is no iterator of this script") };
        self.call(&format!("records {shard}"), &format!("at {at}")).await?;
        let state = self.state();
        let known = &state.shards[shard];
        let at: usize = at.parse().unwrap();
        let error = |kind| Err(StreamsError::new(kind, "GetRecords"));
        if known.gone {
            return error(StreamsErrorKind::NotFound);
        }
        if generation != known.generation.to_string() {
            return error(StreamsErrorKind::IteratorExpired);
        }
        if at < known.trimmed {
            return error(StreamsErrorKind::Trimmed);
        }
        let (records, next) = page(&known.entries, at, limit.unwrap_or(1000).into());
        let is_last = known.ended && next == known.entries.len();
        let next = (!is_last).then(|| ShardIterator::new(format!("{shard} {next} {generation}")));
        Ok(RecordPage { records, next })
    }
}
