use super::queues::{Change, Queues};
use super::{DeadLetterStore, Discarded, Generation, Letter, NewLetter, Place};
use crate::{Clock, SinkError};
use async_trait::async_trait;
use dynacdc_record::ItemKey;
use std::sync::{Arc, Mutex, MutexGuard};

/// Dead letters in memory: for tests, examples, and programs that can lose them when they end.
///
/// Clones share the letters. Nothing is durable, so `Ok` lasts as long as the process: a driver that keeps its
/// checkpoint elsewhere passes a parked record for good.
#[derive(Debug, Clone, Default)]
pub struct MemoryDeadLetters {
    queues: Arc<Mutex<Queues>>,
    clock: Clock,
}

impl MemoryDeadLetters {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another clock, which tells the time of a discard.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    fn queues(&self) -> Result<MutexGuard<'_, Queues>, SinkError> {
        self.queues.lock().map_err(|_| SinkError::fatal("a panic left the dead letters half changed"))
    }

    fn change(&self, change: Change) -> Result<bool, SinkError> {
        let mut queues = self.queues()?;
        let (answer, event) = queues.decide(change);
        if let Some(event) = event {
            queues.apply(event);
        }
        Ok(answer)
    }
}

#[async_trait]
impl DeadLetterStore for MemoryDeadLetters {
    async fn generation(&self) -> Result<Generation, SinkError> {
        Ok(self.queues()?.generation())
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        self.change(Change::Park(letter)).map(|_| ())
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        self.change(Change::ParkBehind(letter))
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        Ok(self.queues()?.keys(after, limit))
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        Ok(self.queues()?.letters(key, after, limit))
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        self.change(Change::remove(letter))
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        self.change(Change::discard(letter, reason, self.clock.now()))
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        Ok(self.queues()?.discarded(limit))
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        self.change(Change::Unpark(key.clone()))
    }
}
