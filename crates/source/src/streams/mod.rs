//! The port over the DynamoDB Streams API.

mod error;
#[cfg(feature = "aws-sdk")]
mod sdk;

pub use error::{StreamsError, StreamsErrorKind};
#[cfg(feature = "aws-sdk")]
pub use sdk::SdkStreams;

use async_trait::async_trait;
use dynacdc_record::{Decoded, SequenceNumber, StreamArn, StreamViewType};
use dynacdc_sink::ShardId;
use std::{fmt, sync::Arc};

/// What the poller needs of the DynamoDB Streams API: four calls, and a fifth to follow a table from one stream to the
/// next. Each is made once and not retried.
///
/// [`SdkStreams`] makes them through the official SDK. Another implementation can stand in front of it (a cache, a
/// limiter) or in its place (a simulator).
#[async_trait]
pub trait StreamsApi: Send + Sync {
    /// One page of the shards of a stream, those after `after` ([DescribeStream]).
    ///
    /// [DescribeStream]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError>;

    /// The children of one shard, as far as the description has them ([DescribeStream] with a [shard filter]). A service
    /// that knows no filter gives all shards; those that are no children are left out.
    ///
    /// [DescribeStream]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
    /// [shard filter]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ShardFilter.html
    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError>;

    /// An iterator at a position of a shard; it is good for 15 minutes ([GetShardIterator]).
    ///
    /// [GetShardIterator]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, StreamsError>;

    /// The records at an iterator, at most `limit` of them where it is given (1 to 1,000, or fewer by the size limit of
    /// 1 MB), and the iterator behind them ([GetRecords]). A page may be empty though more follows.
    ///
    /// [GetRecords]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError>;

    /// One page of the streams of a table that the service still has, those after `after` ([ListStreams]). A stream that
    /// was disabled is among them for 24 hours.
    ///
    /// Only who [follows a table](crate::PollerBuilder::follow_table) needs it. Unless it is implemented it is refused.
    ///
    /// [ListStreams]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
    async fn streams(&self, table: &str, after: Option<&StreamArn>) -> Result<StreamPage, StreamsError> {
        let _ = (table, after);
        Err(StreamsError::new(StreamsErrorKind::Refused, "ListStreams"))
    }
}

/// One page of the streams of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamPage {
    /// The streams of this page, in no order that is promised. Their [labels](StreamArn::label) tell which came first.
    pub streams: Vec<StreamArn>,
    /// The last stream of this page, where another page follows.
    pub more_after: Option<StreamArn>,
}

/// One page of a stream's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardPage {
    /// Whether the stream takes on records.
    pub status: StreamStatus,
    /// Which images its records carry; none where the answer does not say.
    pub view_type: Option<StreamViewType>,
    /// The shards of this page.
    pub shards: Vec<Shard>,
    /// The last shard of this page, where another page follows.
    pub more_after: Option<ShardId>,
}

/// Whether a stream takes on records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamStatus {
    /// It is being enabled.
    Enabling,
    /// Changes of the table become records.
    Enabled,
    /// It is being disabled.
    Disabling,
    /// No record will be added; what is there can be read for 24 hours.
    Disabled,
}

/// A shard of a stream, as the description has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its id.
    pub id: ShardId,
    /// The shard that it follows. It may be gone from the description.
    pub parent: Option<ShardId>,
    /// Whether it is closed: an ending sequence number is set, and no record will be added.
    ///
    /// It is only a hint. The end of a shard is an answer without a next iterator.
    pub closed: bool,
}

/// Where to start in a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// At the oldest record that is there.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// At the record with this number.
    At(SequenceNumber),
    /// Behind the record with this number.
    After(SequenceNumber),
}

/// A position in a shard that the service gave out. Opaque.
#[derive(Clone, PartialEq, Eq)]
pub struct ShardIterator(Arc<str>);

impl ShardIterator {
    /// An iterator of this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text that the service gave.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ShardIterator {
    /// Without the text, which is long and says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShardIterator")
    }
}

/// One page of records.
#[derive(Debug, Clone)]
pub struct RecordPage {
    /// The records in order, and the malformed ones among them.
    pub records: Decoded,
    /// Where to go on; none at the end of the shard. The last page may hold records.
    pub next: Option<ShardIterator>,
}

#[async_trait]
impl<A: StreamsApi + ?Sized> StreamsApi for Arc<A> {
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        (**self).describe(stream, after).await
    }

    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        (**self).children(stream, of).await
    }

    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        (**self).iterator(stream, shard, position).await
    }

    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        (**self).records(stream, iterator, limit).await
    }

    async fn streams(&self, table: &str, after: Option<&StreamArn>) -> Result<StreamPage, StreamsError> {
        (**self).streams(table, after).await
    }
}

const _: () = {
    const fn object_safe(_: Option<&dyn StreamsApi>) {}
    object_safe(None);
};
