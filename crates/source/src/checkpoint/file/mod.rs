//! Checkpoints in a folder.
//!
//! A file is written whole and put in the place of the one before, since a file that is changed in place can be found half
//! changed after a crash. A journal to which each position is appended would cost less per position and lost: it has to be
//! cut now and then, by exactly such a replacement, and nobody can read or repair it by hand. What makes replacing bearable
//! is that positions of many shards share one: while a file is written, what is to be written next gathers.

mod document;
mod folder;
mod queue;
mod time;

use super::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, Stamp, Stored};
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use folder::Place;
use queue::{Change, Queue};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::task::spawn_blocking;

/// Checkpoints in a folder, one file per stream.
///
/// For a process on one machine whose disk stays. Any number of handles and processes may use one folder: each change is
/// made under an exclusive lock of the operating system, so that they fence each other. The folder has to be on a file
/// system that keeps such locks; some network file systems do not.
///
/// # Files
/// Of each stream there are, beginning with the name of the table, the label and a hash of the ARN:
///
/// | file | |
/// |---|---|
/// | `….json` | the positions |
/// | `….json.lock` | empty; it is locked while the file is changed, and not to be deleted while a process runs |
/// | `….json.tmp` | what a crash has left of a change that did not come to its end; it is never read |
///
/// ```json
/// {
///   "format": "dynacdc checkpoints",
///   "version": 1,
///   "stream": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-05-01T12:00:00.000",
///   "owner": "host-1",
///   "term": 3,
///   "beginning": { "start": "trim_horizon", "at": "2026-05-01T12:00:05.250Z" },
///   "shards": {
///     "shardId-00000001777636800000-0a1b2c3d": {
///       "term": 3,
///       "count": 17,
///       "position": { "after": "820400000000000001192334" },
///       "as_of": "2026-05-01T14:10:00.123456789Z",
///       "sub_lanes": 1
///     }
///   },
///   "forgotten": {}
/// }
/// ```
///
/// A position is `{"begun": {"since": null}}` or with a time, `{"after": "…"}`, or `{"finished": {"last": null}}` or with a
/// number. Times are RFC 3339 in UTC, of the years 0 to 9999, to the millisecond, microsecond or nanosecond, as they have it.
/// `forgotten` has the stamps of positions that were removed, for a day or until the next take-over, so that a save that
/// lands late does not bring one back.
///
/// To set a position back by hand, stop the process, change `position`, and start it again.
///
/// # Errors
/// `Corrupt`, with the path and, where it is known, line and column, for a file that is cut off, of another program, of
/// another stream, or of a later version of the format; such a file is never overwritten. `Refused` where permissions or
/// the path are at fault, or a time does not fit the format. Anything else, a full disk too, is `Unavailable`.
///
/// # Cost
/// A change of any number of shards is one new file, with two flushes to the disk (the file, the folder) and one reading of
/// the file that is there. Changes that come while one is made are made together, by the next. What blocks runs on
/// tokio's pool for that.
#[derive(Debug, Clone)]
pub struct FileCheckpoints {
    folder: Arc<Path>,
    streams: Arc<Mutex<HashMap<StreamArn, Arc<Queue>>>>,
    writes: Arc<AtomicU64>,
}

impl FileCheckpoints {
    /// The checkpoints in a folder, which is created when the first stream is taken over.
    ///
    /// A path that is not absolute begins at the folder that the process is in now.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Self { folder: folder.into(), streams: Arc::default(), writes: Arc::default() }
    }

    /// The file of a stream. It is not said to be there.
    pub fn path(&self, stream: &StreamArn) -> PathBuf {
        Place::of(&self.folder, stream).file().to_owned()
    }

    /// How many files this handle and its clones have written: fewer than there were changes, where they came at once.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    async fn change(&self, stream: &StreamArn, change: Change) -> Result<Option<Stored>, CheckpointError> {
        let queue = {
            let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Queue::new(Place::of(&self.folder, stream), Arc::clone(&self.writes)));
            Arc::clone(streams.entry(stream.clone()).or_insert_with(new))
        };
        queue.change(change).await
    }
}

#[async_trait]
impl CheckpointStore for FileCheckpoints {
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        let stored = self.change(stream, Change::TakeOver { owner: owner.into(), beginning }).await?;
        stored.ok_or_else(|| CheckpointError::new(CheckpointErrorKind::Unavailable, "a take-over without an answer"))
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        // Without the lock: a file is replaced whole, and a tool may have no right to write.
        let place = Place::of(&self.folder, stream);
        let read = spawn_blocking(move || place.read()).await;
        let document = read.map_err(|error| queue::no_answer().with_source(error))??;
        Ok(document.map(|document| document.stored()))
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        let change = Change::Position { shard: shard.clone(), checkpoint: Some(checkpoint.clone()), stamp };
        self.change(stream, change).await.map(|_| ())
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        let change = Change::Position { shard: shard.clone(), checkpoint: None, stamp };
        self.change(stream, change).await.map(|_| ())
    }
}
