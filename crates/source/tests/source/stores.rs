//! A checkpoint store that tells what it does and fails as a test says.

use crate::journal::Journal;
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::{Checkpoint, CheckpointError, CheckpointStore, MemoryCheckpoints};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) saved: MemoryCheckpoints,
    pub(crate) load_fails: Arc<AtomicBool>,
    /// How many positions can still be saved.
    pub(crate) saves_left: Arc<AtomicUsize>,
    journal: Journal,
}

impl Store {
    pub(crate) fn new(journal: Journal) -> Self {
        let saves_left = Arc::new(AtomicUsize::new(usize::MAX));
        Self { saved: MemoryCheckpoints::new(), load_fails: Arc::default(), saves_left, journal }
    }

    pub(crate) fn saves_left(&self, saves: usize) {
        self.saves_left.store(saves, Ordering::Relaxed);
    }
}

#[async_trait]
impl CheckpointStore for Store {
    async fn load(&self, stream: &StreamArn) -> Result<Vec<(ShardId, Checkpoint)>, CheckpointError> {
        if self.load_fails.load(Ordering::Relaxed) {
            return Err(CheckpointError::new("loading fails"));
        }
        self.saved.load(stream).await
    }

    async fn save(&self, stream: &StreamArn, shard: &ShardId, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let take = |left: usize| left.checked_sub(1);
        if self.saves_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Err(CheckpointError::new("saving fails"));
        }
        self.journal.add(match checkpoint {
            Checkpoint::After(sequence) => format!("saved {shard} {sequence}"),
            Checkpoint::Finished => format!("saved {shard} finished"),
            Checkpoint::Since(_) => format!("saved {shard} since"),
            other => format!("saved {shard} {other:?}"),
        });
        self.saved.save(stream, shard, checkpoint).await
    }
}
