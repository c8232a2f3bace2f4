//! A small store that can be wrong in one of the ways that lose changes. Each call waits now and then, so that
//! deliveries and redrives get between.

use async_trait::async_trait;
use dynacdc_record::ItemKey;
use dynacdc_sink::{DeadLetterStore, Discarded, Generation, Letter, NewLetter, Place, Revision, SinkError};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// A key is freed without a look at its queue.
    UnparksAlways,
    /// A letter is removed by its place, whatever has become of it.
    RemovesAnyRevision,
    /// The queue is in the order in which letters came.
    QueuesByArrival,
    /// The generation stays when a key is parked.
    KeepsTheGeneration,
}

#[derive(Debug, Clone)]
pub(crate) struct Loose {
    flaw: Flaw,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    dice: fastrand::Rng,
    generation: u64,
    revision: u64,
    parked: BTreeSet<ItemKey>,
    /// As they came.
    letters: Vec<Letter>,
}

impl Loose {
    pub(crate) fn new(flaw: Flaw, seed: u64) -> Self {
        let state = State { dice: fastrand::Rng::with_seed(seed), ..State::default() };
        Self { flaw, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Before and after each call somebody else may come.
    async fn wait(&self) {
        let waits = self.state().dice.u8(0..3);
        for _ in 0..waits {
            tokio::task::yield_now().await;
        }
    }
}

impl State {
    fn put(&mut self, new: NewLetter) {
        self.revision += 1;
        let NewLetter { record, lane, epoch, error, at } = new;
        let letter = Letter {
            record,
            lane,
            epoch,
            error,
            attempts: 1,
            first_parked: at,
            last_parked: at,
            revision: Revision(self.revision),
        };
        let is_same = |before: &&mut Letter| before.key() == letter.key() && before.place() == letter.place();
        match self.letters.iter_mut().find(is_same) {
            Some(before) => *before = letter,
            None => self.letters.push(letter),
        }
    }
}

#[async_trait]
impl DeadLetterStore for Loose {
    async fn generation(&self) -> Result<Generation, SinkError> {
        self.wait().await;
        Ok(Generation(self.state().generation))
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        self.wait().await;
        {
            let mut state = self.state();
            if state.parked.insert(letter.key()) && self.flaw != Flaw::KeepsTheGeneration {
                state.generation += 1;
            }
            state.put(letter);
        }
        self.wait().await;
        Ok(())
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        self.wait().await;
        let is_parked = {
            let mut state = self.state();
            let is_parked = state.parked.contains(&letter.key());
            if is_parked {
                state.put(letter);
            }
            is_parked
        };
        self.wait().await;
        Ok(is_parked)
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        self.wait().await;
        let state = self.state();
        Ok(state.parked.iter().filter(|key| after.is_none_or(|after| *key > after)).take(limit).cloned().collect())
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        let mut queue: Vec<Letter> = {
            let state = self.state();
            state.letters.iter().filter(|letter| letter.key() == *key).cloned().collect()
        };
        if self.flaw != Flaw::QueuesByArrival {
            queue.sort_by_key(Letter::place);
        }
        queue.retain(|letter| after.is_none_or(|after| letter.place() > *after));
        queue.truncate(limit);
        self.wait().await;
        Ok(queue)
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        self.wait().await;
        let removed = {
            let mut state = self.state();
            let before = state.letters.len();
            let any = self.flaw == Flaw::RemovesAnyRevision;
            state.letters.retain(|held| {
                held.key() != letter.key()
                    || held.place() != letter.place()
                    || (held.revision != letter.revision && !any)
            });
            state.letters.len() < before
        };
        self.wait().await;
        Ok(removed)
    }

    async fn discard(&self, letter: &Letter, _: &str) -> Result<bool, SinkError> {
        self.remove(letter).await
    }

    async fn discarded(&self, _: usize) -> Result<Vec<Discarded>, SinkError> {
        Ok(Vec::new())
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        self.wait().await;
        let mut state = self.state();
        let is_empty = !state.letters.iter().any(|letter| letter.key() == *key);
        if !is_empty && self.flaw != Flaw::UnparksAlways {
            return Ok(false);
        }
        if state.parked.remove(key) {
            state.generation += 1;
        }
        Ok(true)
    }
}
