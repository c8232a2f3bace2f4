use super::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind::Superseded, CheckpointStore, Stamp, Stored, Tenure,
};
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Checkpoints that end with the process. Clones share them, so that a poller can be started again in a test.
#[derive(Debug, Clone, Default)]
pub struct MemoryCheckpoints {
    streams: Arc<Mutex<BTreeMap<StreamArn, Positions>>>,
}

#[derive(Debug)]
struct Positions {
    tenure: Tenure,
    beginning: Beginning,
    /// With the stamp of the last write; a position that was removed leaves its stamp until the next take-over.
    shards: BTreeMap<ShardId, (Stamp, Option<Checkpoint>)>,
}

impl MemoryCheckpoints {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<StreamArn, Positions>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: Option<Checkpoint>,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        let mut streams = self.streams();
        let positions = streams.get_mut(stream).filter(|positions| positions.tenure.term == stamp.term);
        let positions = positions.ok_or_else(|| CheckpointError::new(Superseded, shard.as_str()))?;
        match positions.shards.get(shard) {
            Some((last, _)) if *last >= stamp => {}
            _ => {
                positions.shards.insert(shard.clone(), (stamp, checkpoint));
            }
        }
        Ok(())
    }
}

impl Positions {
    fn stored(&self) -> Stored {
        let kept = |(shard, (_, checkpoint)): (&ShardId, &(Stamp, Option<Checkpoint>))| {
            Some((shard.clone(), checkpoint.clone()?))
        };
        Stored {
            tenure: self.tenure.clone(),
            beginning: self.beginning,
            checkpoints: self.shards.iter().filter_map(kept).collect(),
        }
    }
}

#[async_trait]
impl CheckpointStore for MemoryCheckpoints {
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        let mut streams = self.streams();
        let tenure = |term| Tenure { owner: owner.into(), term };
        let positions = streams.entry(stream.clone()).or_insert_with(|| Positions {
            tenure: tenure(0),
            beginning,
            shards: BTreeMap::new(),
        });
        positions.tenure = tenure(positions.tenure.term + 1);
        // Stamps of removed positions were for late calls of earlier terms, which the term refuses from here on.
        positions.shards.retain(|_, (_, checkpoint)| checkpoint.is_some());
        Ok(positions.stored())
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        Ok(self.streams().get(stream).map(Positions::stored))
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        self.write(stream, shard, Some(checkpoint.clone()), stamp)
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        self.write(stream, shard, None, stamp)
    }
}
