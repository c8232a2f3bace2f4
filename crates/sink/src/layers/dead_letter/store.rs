use super::{Discarded, Letter, NewLetter, Place};
use crate::SinkError;
use async_trait::async_trait;
use dynacdc_record::ItemKey;
use std::{collections::HashSet, sync::Arc};

/// A count that rises whenever the set of parked keys changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// Which parking of a letter this is; another one each time, also after the letter was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// All parked keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParkedKeys {
    /// A generation that is no newer than the keys.
    pub generation: Generation,
    /// The keys.
    pub keys: HashSet<ItemKey>,
}

/// Keeps dead letters: one queue per item key, in the order of [`Place`].
///
/// A key is *parked* from the first [`park`](Self::park) to an [`unpark`](Self::unpark) that found its queue empty; a
/// parked key may have an empty queue for a while. A store belongs to one layer in one program, perhaps in several
/// processes at once: two branches with one store would take each other's letters for their own.
///
/// # Behavior
/// 1. What returned `Ok` is durable, and seen by every later read in any process.
/// 2. [`park`](Self::park) and [`park_behind`](Self::park_behind) are idempotent by key and [`Place`]: a letter that is
///    there already gets the new error (if there is one) and time, a new revision and one more attempt, and keeps the
///    lane and the time of its first parking.
/// 3. The generation rises with every change of the set of parked keys, in the same step as the change.
/// 4. [`remove`](Self::remove) and [`discard`](Self::discard) take nothing away but the revision that was read.
/// 5. [`unpark`](Self::unpark) and [`park_behind`](Self::park_behind) exclude each other: no letter is ever in the queue
///    of a key that is not parked.
/// 6. A call that fails has happened or has not, and nothing between.
#[async_trait]
pub trait DeadLetterStore: Send + Sync {
    /// The present generation, in one strongly consistent read: a layer asks once per batch.
    async fn generation(&self) -> Result<Generation, SinkError>;

    /// All parked keys.
    ///
    /// The generation is read before the keys, so that a change between the two is seen at the next batch.
    async fn parked(&self) -> Result<ParkedKeys, SinkError> {
        let mut parked = ParkedKeys { generation: self.generation().await?, keys: HashSet::new() };
        let mut after = None;
        loop {
            let page = self.keys(after.as_ref(), 1_000).await?;
            let Some(last) = page.last() else { return Ok(parked) };
            after = Some(last.clone());
            parked.keys.extend(page);
        }
    }

    /// Parks a record and with it its key.
    async fn park(&self, letter: NewLetter) -> Result<(), SinkError>;

    /// Parks a record if its key is parked, and says whether it is.
    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError>;

    /// Parked keys, each once, in an order that is the store's own and does not change: those after `after`, at most
    /// `limit` of them (at least 1). None are left when the answer is empty.
    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError>;

    /// Letters of a key in ascending order of their places, those after `after`, at most `limit` of them (at least 1).
    /// None are left when the answer is empty.
    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError>;

    /// Removes a letter that was redriven, if it is still at the revision that was read. Says whether it was.
    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError>;

    /// Throws a letter away, if it is still at the revision that was read, and keeps it among the
    /// [`discarded`](Self::discarded) ones with the reason. Says whether it was.
    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError>;

    /// The letters that were thrown away, the latest first, at most `limit` of them.
    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError>;

    /// Frees a key if its queue is empty. Says whether the key is free now.
    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError>;
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<D: DeadLetterStore + ?Sized> DeadLetterStore for $pointer {
            async fn generation(&self) -> Result<Generation, SinkError> {
                (**self).generation().await
            }

            async fn parked(&self) -> Result<ParkedKeys, SinkError> {
                (**self).parked().await
            }

            async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
                (**self).park(letter).await
            }

            async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
                (**self).park_behind(letter).await
            }

            async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
                (**self).keys(after, limit).await
            }

            async fn letters(
                &self,
                key: &ItemKey,
                after: Option<&Place>,
                limit: usize,
            ) -> Result<Vec<Letter>, SinkError> {
                (**self).letters(key, after, limit).await
            }

            async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
                (**self).remove(letter).await
            }

            async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
                (**self).discard(letter, reason).await
            }

            async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
                (**self).discarded(limit).await
            }

            async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
                (**self).unpark(key).await
            }
        }
    )*};
}

forward!(&D, Box<D>, Arc<D>);

const _: () = {
    const fn store<D: DeadLetterStore + ?Sized>() {}
    store::<dyn DeadLetterStore>();
};
