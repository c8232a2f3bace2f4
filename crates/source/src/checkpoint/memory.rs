use super::{Checkpoint, CheckpointError, CheckpointStore};
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Checkpoints that end with the process. Clones share them, so that a poller can be started again in a test.
#[derive(Debug, Clone, Default)]
pub struct MemoryCheckpoints {
    saved: Arc<Mutex<BTreeMap<(StreamArn, ShardId), Checkpoint>>>,
}

impl MemoryCheckpoints {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl CheckpointStore for MemoryCheckpoints {
    async fn load(&self, stream: &StreamArn) -> Result<Vec<(ShardId, Checkpoint)>, CheckpointError> {
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let of_stream = saved.iter().filter(|((of, _), _)| of == stream);
        Ok(of_stream.map(|((_, shard), checkpoint)| (shard.clone(), checkpoint.clone())).collect())
    }

    async fn save(&self, stream: &StreamArn, shard: &ShardId, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        saved.insert((stream.clone(), shard.clone()), checkpoint.clone());
        Ok(())
    }
}
