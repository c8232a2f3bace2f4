use super::Faults;
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, Stamp, Stored};
use std::sync::Arc;

/// A checkpoint store that is reached over an unreliable way. The calls are named `checkpoints.take_over`,
/// `checkpoints.load`, `checkpoints.save` and `checkpoints.forget`.
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
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        let (inner, stream, owner) = (Arc::clone(&self.inner), stream.clone(), owner.to_owned());
        let take_over = move || async move { inner.take_over(&stream, &owner, beginning).await };
        self.faults.call("checkpoints.take_over", take_over).await.map_err(|error| failed("take over", error))?
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        let (inner, stream) = (Arc::clone(&self.inner), stream.clone());
        let load = move || async move { inner.load(&stream).await };
        self.faults.call("checkpoints.load", load).await.map_err(|error| failed("load", error))?
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        let (inner, stream, owned, checkpoint) =
            (Arc::clone(&self.inner), stream.clone(), shard.clone(), checkpoint.clone());
        let save = move || async move { inner.save(&stream, &owned, &checkpoint, stamp).await };
        let saved = self.faults.call_of("checkpoints.save", || shard.to_string(), save).await;
        saved.map_err(|error| failed("save", error))?
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        let (inner, stream, owned) = (Arc::clone(&self.inner), stream.clone(), shard.clone());
        let forget = move || async move { inner.forget(&stream, &owned, stamp).await };
        let forgot = self.faults.call_of("checkpoints.forget", || shard.to_string(), forget).await;
        forgot.map_err(|error| failed("forget", error))?
    }
}

/// A call over an unreliable way has no answer: it may be made again.
fn failed(what: &str, error: dynacdc_sink::SinkError) -> CheckpointError {
    CheckpointError::new(CheckpointErrorKind::Unavailable, what).with_source(error)
}
