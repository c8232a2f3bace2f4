//! What a test does to a stream by call.

use super::{SimulatorError, State, Stream, StreamSimulator, arn};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::StreamsErrorKind;

/// A call of the Streams API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// DescribeStream.
    Describe,
    /// DescribeStream for the children of one shard.
    Children,
    /// GetShardIterator.
    Iterator,
    /// GetRecords.
    Records,
    /// ListStreams.
    Streams,
}

impl Call {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Describe | Self::Children => "DescribeStream",
            Self::Iterator => "GetShardIterator",
            Self::Records => "GetRecords",
            Self::Streams => "ListStreams",
        }
    }
}

impl StreamSimulator {
    /// Closes a shard and gives it children, which share its keys.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`] and [`SimulatorError::Closed`].
    pub fn split(&self, shard: &ShardId, children: usize) -> Result<Vec<ShardId>, SimulatorError> {
        let now = self.clock().now();
        let mut state = self.state();
        let found = state.current().shard(shard).ok_or_else(|| SimulatorError::NoShard(shard.clone()))?;
        if found.closed.is_some() {
            return Err(SimulatorError::Closed(shard.clone()));
        }
        Ok(state.split(shard, children.max(1), now))
    }

    /// Disables the stream: its shards close, nobody takes their place, and what is there can be read for 24 hours.
    ///
    /// # Errors
    /// [`SimulatorError::Status`] if it is disabled.
    pub fn disable(&self) -> Result<(), SimulatorError> {
        let now = self.clock().now();
        let mut state = self.state();
        if state.current().disabled.is_some() {
            return Err(SimulatorError::Status { enabled: false });
        }
        let State { streams, names, settings, .. } = &mut *state;
        if let Some(stream) = streams.last_mut() {
            stream.disabled = Some(now);
            let open: Vec<ShardId> =
                stream.shards.iter().filter(|s| s.closed.is_none()).map(|s| s.id.clone()).collect();
            for shard in open {
                stream.close(&shard, 0, now, names, &settings.hardships);
            }
        }
        Ok(())
    }

    /// Enables the stream again: a new stream with a new ARN and new shards. The old one stays as it is.
    ///
    /// # Errors
    /// [`SimulatorError::Status`] if it is enabled, or was within this millisecond.
    pub fn enable(&self) -> Result<StreamArn, SimulatorError> {
        let now = self.clock().now();
        let mut state = self.state();
        let arn = arn(&state.settings.table, now)?;
        if state.current().disabled.is_none() || state.current().arn == arn {
            return Err(SimulatorError::Status { enabled: true });
        }
        let State { streams, names, settings, .. } = &mut *state;
        streams.push(Stream::new(arn.clone(), settings.shards, names, now));
        Ok(arn)
    }

    /// Trims the oldest records of a shard, before their 24 hours are over.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`].
    pub fn trim(&self, shard: &ShardId, records: usize) -> Result<(), SimulatorError> {
        self.with(shard, |shard| shard.trim(records))
    }

    /// Trims a whole shard: it is gone from the listing, and cannot be read.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`].
    pub fn trim_shard(&self, shard: &ShardId) -> Result<(), SimulatorError> {
        self.with(shard, |_| ())?;
        self.state().current_mut().shards.retain(|other| other.id != *shard);
        Ok(())
    }

    /// Every iterator that was given out for a shard has expired.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`].
    pub fn expire_iterators(&self, shard: &ShardId) -> Result<(), SimulatorError> {
        self.with(shard, |shard| shard.generation += 1)
    }

    /// Whether listings lack a shard. It can be read all the same, and its children are listed.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`].
    pub fn hide(&self, shard: &ShardId, hidden: bool) -> Result<(), SimulatorError> {
        self.with(shard, |shard| shard.listing.hidden = hidden)
    }

    /// Whether listings show a shard as open though it is closed.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`].
    pub fn show_open(&self, shard: &ShardId, open: bool) -> Result<(), SimulatorError> {
        self.with(shard, |shard| shard.listing.seems_open = open)
    }

    /// The next calls of this kind fail so, one after the other.
    pub fn fail_next(&self, call: Call, kinds: impl IntoIterator<Item = StreamsErrorKind>) {
        self.state().faults.entry(call).or_default().extend(kinds);
    }

    /// How many calls of this kind there were.
    pub fn calls(&self, call: Call) -> u64 {
        self.state().calls.iter().filter(|((kind, _), _)| *kind == call).map(|(_, count)| count).sum()
    }

    fn with<T>(
        &self,
        shard: &ShardId,
        change: impl FnOnce(&mut super::shard::Shard) -> T,
    ) -> Result<T, SimulatorError> {
        let mut state = self.state();
        let found = state.current_mut().shard_mut(shard).ok_or_else(|| SimulatorError::NoShard(shard.clone()))?;
        Ok(change(found))
    }
}
