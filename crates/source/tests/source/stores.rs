//! A checkpoint store that tells what it does and fails as a test says.

use crate::journal::Journal;
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, MemoryCheckpoints, Progress, Stamp,
    Stored,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) saved: MemoryCheckpoints,
    take_over_fails: Arc<Mutex<VecDeque<CheckpointErrorKind>>>,
    save_fails: Arc<Mutex<VecDeque<CheckpointErrorKind>>>,
    take_overs_hang: Arc<AtomicUsize>,
    saves_hang: Arc<AtomicUsize>,
    /// How many positions can still be saved.
    saves_left: Arc<AtomicUsize>,
    journal: Journal,
}

impl Store {
    pub(crate) fn new(journal: Journal) -> Self {
        Self {
            saved: MemoryCheckpoints::new(),
            take_over_fails: Arc::default(),
            save_fails: Arc::default(),
            take_overs_hang: Arc::default(),
            saves_hang: Arc::default(),
            saves_left: Arc::new(AtomicUsize::new(usize::MAX)),
            journal,
        }
    }

    pub(crate) fn saves_left(&self, saves: usize) {
        self.saves_left.store(saves, Ordering::Relaxed);
    }

    /// So many of the next calls never return.
    pub(crate) fn hang_take_overs(&self, calls: usize) {
        self.take_overs_hang.store(calls, Ordering::Relaxed);
    }

    /// So many of the next calls never return.
    pub(crate) fn hang_saves(&self, calls: usize) {
        self.saves_hang.store(calls, Ordering::Relaxed);
    }

    pub(crate) fn fail_take_over(&self, kinds: impl IntoIterator<Item = CheckpointErrorKind>) {
        self.take_over_fails.lock().unwrap().extend(kinds);
    }

    pub(crate) fn fail_saves(&self, kinds: impl IntoIterator<Item = CheckpointErrorKind>) {
        self.save_fails.lock().unwrap().extend(kinds);
    }
}

fn next(faults: &Mutex<VecDeque<CheckpointErrorKind>>) -> Result<(), CheckpointError> {
    let fault = faults.lock().unwrap().pop_front();
    fault.map_or(Ok(()), |kind| Err(CheckpointError::new(kind, "scripted")))
}

async fn hang(calls: &AtomicUsize) {
    let take = |left: usize| left.checked_sub(1);
    if calls.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl CheckpointStore for Store {
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        hang(&self.take_overs_hang).await;
        next(&self.take_over_fails)?;
        self.saved.take_over(stream, owner, beginning).await
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        self.saved.load(stream).await
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        hang(&self.saves_hang).await;
        next(&self.save_fails)?;
        let take = |left: usize| left.checked_sub(1);
        if self.saves_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Err(CheckpointError::new(CheckpointErrorKind::Refused, "saving fails"));
        }
        self.saved.save(stream, shard, checkpoint, stamp).await?;
        self.journal.add(match &checkpoint.progress {
            Progress::After(sequence) => format!("saved {shard} {sequence}"),
            Progress::Finished { .. } => format!("saved {shard} finished"),
            Progress::Begun { since: Some(_) } => format!("saved {shard} since"),
            Progress::Begun { since: None } => format!("begun {shard}"),
        });
        Ok(())
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        self.journal.add(format!("forgotten {shard}"));
        self.saved.forget(stream, shard, stamp).await
    }
}
