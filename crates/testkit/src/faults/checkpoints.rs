use super::Faults;
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::{Checkpoint, CheckpointError, CheckpointStore};
use std::sync::Arc;

/// A checkpoint store that is reached over an unreliable way. The calls are named `checkpoints.load` and
/// `checkpoints.save`.
#[derive(Debug)]
pub struct FaultyCheckpoints<C> {
    inner: Arc<C>,
    faults: Faults,
}

impl<C> Clone for FaultyCheckpoints<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), faults: self.faults.clone() }
    }
}

impl<C> FaultyCheckpoints<C> {
    /// Puts faults before a store.
    pub fn new(inner: C, faults: &Faults) -> Self {
        Self { inner: Arc::new(inner), faults: faults.clone() }
    }

    /// The store behind the faults.
    pub fn get_ref(&self) -> &C {
        &self.inner
    }
}

#[async_trait]
impl<C: CheckpointStore + 'static> CheckpointStore for FaultyCheckpoints<C> {
    async fn load(&self, stream: &StreamArn) -> Result<Vec<(ShardId, Checkpoint)>, CheckpointError> {
        let (inner, stream) = (Arc::clone(&self.inner), stream.clone());
        let load = move || async move { inner.load(&stream).await };
        self.faults.call("checkpoints.load", load).await.map_err(|error| failed("load", error))?
    }

    async fn save(&self, stream: &StreamArn, shard: &ShardId, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let (inner, stream, owned, checkpoint) =
            (Arc::clone(&self.inner), stream.clone(), shard.clone(), checkpoint.clone());
        let save = move || async move { inner.save(&stream, &owned, &checkpoint).await };
        let saved = self.faults.call_of("checkpoints.save", || shard.to_string(), save).await;
        saved.map_err(|error| failed("save", error))?
    }
}

fn failed(what: &str, error: dynacdc_sink::SinkError) -> CheckpointError {
    CheckpointError::new(what).with_source(error)
}
