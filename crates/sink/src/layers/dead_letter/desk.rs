use super::layer::of_store;
use super::{DeadLetterStore, Letter, ParkedError};
use crate::SinkError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dynacdc_record::ItemKey;

/// Letters that are read at once.
const PAGE: usize = 100;

/// A parked key, for a person who decides what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParkedKey {
    /// The key.
    pub key: ItemKey,
    /// How many letters are in its queue. None for a moment, while its last one is taken away.
    pub letters: usize,
    /// The error of the first letter that has one: most often what the others wait for.
    pub error: Option<ParkedError>,
    /// The time of parking of the letter that was parked first.
    pub oldest: Option<DateTime<Utc>>,
}

/// What a person does at a store of dead letters, beside [redriving](crate::DeadLetter::redrive).
#[async_trait]
pub trait DeadLetterDesk: DeadLetterStore {
    /// Parked keys in the order of the store, those after `after`, at most `limit` of them (at least 1). None are left
    /// when the answer is empty. All letters of each key are read.
    ///
    /// # Errors
    /// Of the store.
    async fn list(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ParkedKey>, SinkError> {
        let mut listed = Vec::new();
        for key in self.keys(after, limit).await.map_err(of_store)? {
            let mut parked = ParkedKey { key, letters: 0, error: None, oldest: None };
            let mut last = None;
            loop {
                let page = self.letters(&parked.key, last.as_ref(), PAGE).await.map_err(of_store)?;
                let Some(end) = page.last() else { break };
                last = Some(end.place());
                parked.letters += page.len();
                for letter in page {
                    parked.oldest = Some(parked.oldest.map_or(letter.first_parked, |at| at.min(letter.first_parked)));
                    parked.error = parked.error.or(letter.error);
                }
            }
            listed.push(parked);
        }
        Ok(listed)
    }

    /// All letters of a key in the order in which a redrive takes them.
    ///
    /// # Errors
    /// Of the store.
    async fn show(&self, key: &ItemKey) -> Result<Vec<Letter>, SinkError> {
        let mut letters: Vec<Letter> = Vec::new();
        loop {
            let last = letters.last().map(Letter::place);
            let page = self.letters(key, last.as_ref(), PAGE).await.map_err(of_store)?;
            if page.is_empty() {
                return Ok(letters);
            }
            letters.extend(page);
        }
    }

    /// Throws a letter away if it is as it was read, and frees its key if it was the last one. Says whether it did.
    ///
    /// The change is lost for the sink: the item stays there as the change before left it, until the next one is
    /// redriven or delivered. For a sink that adds changes up, it stays wrong by this one for good.
    ///
    /// # Errors
    /// Of class Fatal if the reason is blank; otherwise of the store.
    async fn discard_letter(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        given(reason)?;
        let done = self.discard(letter, reason).await.map_err(of_store)?;
        if done {
            told(letter, reason);
            self.unpark(&letter.key()).await.map_err(of_store)?;
        }
        Ok(done)
    }

    /// Throws all letters of a key away, also those that come meanwhile, and frees it. Says how many there were.
    ///
    /// # Errors
    /// As [`discard_letter`](Self::discard_letter); what was thrown away before the error is.
    async fn discard_key(&self, key: &ItemKey, reason: &str) -> Result<usize, SinkError> {
        given(reason)?;
        let mut count = 0;
        loop {
            let page = self.letters(key, None, PAGE).await.map_err(of_store)?;
            if page.is_empty() && self.unpark(key).await.map_err(of_store)? {
                return Ok(count);
            }
            for letter in page {
                if self.discard(&letter, reason).await.map_err(of_store)? {
                    told(&letter, reason);
                    count += 1;
                }
            }
            // A store without awaits of its own must not keep others from running.
            tokio::task::yield_now().await;
        }
    }
}

impl<D: DeadLetterStore + ?Sized> DeadLetterDesk for D {}

fn given(reason: &str) -> Result<(), SinkError> {
    if reason.trim().is_empty() {
        return Err(SinkError::fatal("a letter is not discarded without a reason"));
    }
    Ok(())
}

fn told(letter: &Letter, reason: &str) {
    let sequence = letter.record.sequence_number();
    tracing::warn!(%sequence, lane = %letter.lane, reason, attempts = letter.attempts, "dead letter discarded");
}
