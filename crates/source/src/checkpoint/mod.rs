//! Where to go on after a restart.
//!
//! A position is written by one owner at a time: whoever takes a stream over gets a term higher than all before, and what
//! comes from an earlier term is refused. Inside a term each position of a shard has a count, so that a call that lands
//! late never puts one back. Leases that expire lost: a poller is one process, and what matters is not who may read but
//! that a stored position is never behind or beside what its owner settled.

#[cfg(feature = "dynamodb")]
mod dynamodb;
mod error;
mod file;
mod memory;
mod progress;

#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoDbCheckpoints;
pub use error::{CheckpointError, CheckpointErrorKind};
pub use file::FileCheckpoints;
pub use memory::MemoryCheckpoints;
pub use progress::{Beginning, Checkpoint, Progress, Start};

use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use std::{fmt, sync::Arc};

/// The right to store the positions of a stream, until somebody else takes it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// Who has it, for people to read: a host, a task, a version.
    pub owner: Arc<str>,
    /// Higher than that of every owner before.
    pub term: u64,
}

/// Which of two writes of one position is the later one: by term, then by count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// The [term](Tenure::term) of its owner.
    pub term: u64,
    /// Raised with every write of this shard's position, from 1.
    pub count: u64,
}

/// What a store knows of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Who took the stream over last.
    pub tenure: Tenure,
    /// How and when reading began, by the first owner.
    pub beginning: Beginning,
    /// The positions of its shards.
    pub checkpoints: Vec<(ShardId, Checkpoint)>,
}

/// Keeps checkpoints by stream and shard.
///
/// # Behavior
/// 1. What [`save`](Self::save) returned `Ok` for is found by [`load`](Self::load) and [`take_over`](Self::take_over), in
///    this process and, for a durable store, after a crash. Times are kept to the nanosecond, and the texts of sequence
///    numbers and the names of shards as they are.
/// 2. Streams do not share positions, shards of one stream neither. A stream that was enabled again is another one.
/// 3. A call that fails leaves what was there or does all of what it was to do, nothing else. A take-over that fails may
///    have ended the tenure before it.
/// 4. Each take-over has a higher term than those before, also of two at once. What it finds is what it may go on from:
///    after it returned, no call of an earlier term changes anything, and each fails with
///    [`Superseded`](CheckpointErrorKind::Superseded). So does a call of a term that was never given, and a take-over
///    that another one overtakes.
/// 5. The beginning of the first take-over stays.
/// 6. Within a term a `save` or `forget` with a lower count than one that succeeded does nothing and is `Ok`: it is a
///    call that landed late. One with the same count is a repetition, and is `Ok` too. Counts begin anew with each term.
/// 7. Whether the progress of a later count is behind that of an earlier one is not looked at: a person may set a
///    position back by taking the stream over.
///
/// A call that is dropped before it has an answer happens or does not, and may happen later: its count tells.
///
/// # Which store
/// [`FileCheckpoints`](crate::FileCheckpoints) for a process on one machine with a disk that stays;
#[cfg_attr(feature = "dynamodb", doc = "[`DynamoDbCheckpoints`](crate::DynamoDbCheckpoints)")]
#[cfg_attr(not(feature = "dynamodb"), doc = "`DynamoDbCheckpoints` (feature `dynamodb`)")]
/// where the process moves between machines; [`MemoryCheckpoints`](crate::MemoryCheckpoints) for tests, and where reading
/// the whole stream again at each start is right. All of them keep every line above, by
/// `dynacdc_testkit::conformance::checkpoint_store`, which a store of your own can be held to as well.
#[async_trait]
pub trait CheckpointStore: Send + Sync {
    /// Makes `owner` the one whose positions count, and gives what is stored. `beginning` is stored if the stream is new.
    async fn take_over(&self, stream: &StreamArn, owner: &str, beginning: Beginning)
    -> Result<Stored, CheckpointError>;

    /// What is stored, for tools; none if nobody ever read the stream.
    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError>;

    /// Replaces the checkpoint of a shard.
    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError>;

    /// Removes the checkpoint of a shard that is gone from the stream. One that is not there is removed already.
    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError>;
}

impl Tenure {
    /// The stamp of a write with this count.
    pub const fn stamp(&self, count: u64) -> Stamp {
        Stamp { term: self.term, count }
    }
}

impl fmt::Display for Tenure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (term {})", self.owner, self.term)
    }
}

#[async_trait]
impl<C: CheckpointStore + ?Sized> CheckpointStore for Arc<C> {
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        (**self).take_over(stream, owner, beginning).await
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        (**self).load(stream).await
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        (**self).save(stream, shard, checkpoint, stamp).await
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        (**self).forget(stream, shard, stamp).await
    }
}

const _: () = {
    const fn object_safe(_: Option<&dyn CheckpointStore>) {}
    object_safe(None);
};
