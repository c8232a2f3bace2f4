//! A store of dead letters with one thing wrong at a time, around the right one in memory.

use async_trait::async_trait;
use dynacdc_record::ItemKey;
use dynacdc_sink::{
    DeadLetterStore, Discarded, Generation, Letter, MemoryDeadLetters, NewLetter, ParkedKeys, Place, SinkError,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    ParksBehindNothing,
    DropsLane,
    OriginOnly,
    RefusesLarge,
    OwnMemory,
    LastTimesOnly,
    BehindIsOnlyFirst,
    LosesOneOfTwo,
    UnparkKeepsGeneration,
    RemovesAnything,
    RemoveUnparks,
    DiscardDrops,
    AttemptsAsRevision,
    UnparksAnything,
    LooksThenUnparks,
    ByArrival,
    WholePages,
    NothingIsNothing,
    BehindIsNoFailure,
}

pub(crate) struct Wrong {
    pub(crate) flaw: Flaw,
    pub(crate) store: MemoryDeadLetters,
    /// Generations that are not told.
    pub(crate) hidden: Arc<AtomicU64>,
}

impl Wrong {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn seen(&self, mut letter: Letter) -> Letter {
        if self.is(Flaw::AttemptsAsRevision) {
            letter.revision.0 = u64::from(letter.attempts);
        }
        if self.is(Flaw::LastTimesOnly) {
            letter.first_parked = letter.last_parked;
        }
        letter
    }

    fn flawed(&self, mut letter: NewLetter, is_behind: bool) -> Result<NewLetter, SinkError> {
        match self.flaw {
            Flaw::BehindIsNoFailure if is_behind => letter.error = None,
            Flaw::DropsLane => letter.lane = dynacdc_sink::Lane::unordered(None),
            Flaw::OriginOnly => letter.record = letter.record.origin(),
            Flaw::RefusesLarge => {
                let image = letter.record.new_image().and_then(|image| image.get("text")?.as_str().map(str::len));
                if image.is_some_and(|length| length > 300_000) {
                    return Err(SinkError::fatal("larger than an item of a table"));
                }
            }
            _ => {}
        }
        Ok(letter)
    }

    /// The letter as the inner store has it, whatever revision was read.
    async fn current(&self, letter: &Letter) -> Result<Option<Letter>, SinkError> {
        let letters = self.store.letters(&letter.key(), None, 100).await?;
        Ok(letters.into_iter().find(|other| other.place() == letter.place()))
    }

    async fn expected(&self, letter: &Letter) -> Result<Letter, SinkError> {
        let current = self.current(letter).await?;
        Ok(match (self.flaw, current) {
            (Flaw::RemovesAnything, Some(current)) => current,
            (Flaw::AttemptsAsRevision, Some(current)) if u64::from(current.attempts) == letter.revision.0 => current,
            _ => letter.clone(),
        })
    }
}

#[async_trait]
impl DeadLetterStore for Wrong {
    async fn generation(&self) -> Result<Generation, SinkError> {
        let generation = self.store.generation().await?;
        Ok(Generation(generation.0 - self.hidden.load(Relaxed)))
    }

    async fn parked(&self) -> Result<ParkedKeys, SinkError> {
        let parked = self.store.parked().await?;
        Ok(ParkedKeys { generation: Generation(parked.generation.0 - self.hidden.load(Relaxed)), ..parked })
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        if self.is(Flaw::LosesOneOfTwo) {
            let count = self.store.letters(&letter.key(), None, 100).await?.len();
            tokio::task::yield_now().await;
            if self.store.letters(&letter.key(), None, 100).await?.len() != count {
                return Ok(());
            }
        }
        self.store.park(self.flawed(letter, false)?).await
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        let letter = self.flawed(letter, true)?;
        if self.is(Flaw::BehindIsOnlyFirst) {
            let letters = self.store.letters(&letter.key(), None, 100).await?;
            if letters.iter().any(|there| there.place() == letter.place()) {
                return Ok(true);
            }
        }
        if self.is(Flaw::ParksBehindNothing) {
            self.store.park(letter).await?;
            return Ok(false);
        }
        self.store.park_behind(letter).await
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        if self.is(Flaw::NothingIsNothing) && limit == 0 {
            return Ok(Vec::new());
        }
        let limit = if self.is(Flaw::WholePages) { usize::MAX } else { limit };
        self.store.keys(after, limit).await
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        let mut letters = self.store.letters(key, after, limit).await?;
        if self.is(Flaw::ByArrival) {
            letters.sort_by_key(|letter| letter.revision);
        }
        Ok(letters.into_iter().map(|letter| self.seen(letter)).collect())
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        let removed = self.store.remove(&self.expected(letter).await?).await?;
        if self.is(Flaw::RemoveUnparks) {
            self.store.unpark(&letter.key()).await?;
        }
        Ok(removed)
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        let letter = self.expected(letter).await?;
        if self.is(Flaw::DiscardDrops) {
            self.store.remove(&letter).await
        } else {
            self.store.discard(&letter, reason).await
        }
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        self.store.discarded(limit).await
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        let before = self.store.generation().await?;
        if self.is(Flaw::LooksThenUnparks) {
            if !self.store.letters(key, None, 1).await?.is_empty() {
                return Ok(false);
            }
            tokio::task::yield_now().await;
        }
        if self.is(Flaw::UnparksAnything) || self.is(Flaw::LooksThenUnparks) {
            // What is in the queue is lost, as it is in a queue that nobody looks into.
            for letter in self.store.letters(key, None, 100).await? {
                self.store.remove(&letter).await?;
            }
        }
        let is_free = self.store.unpark(key).await?;
        if self.is(Flaw::UnparkKeepsGeneration) && self.store.generation().await? != before {
            self.hidden.fetch_add(1, Relaxed);
        }
        Ok(is_free)
    }
}
