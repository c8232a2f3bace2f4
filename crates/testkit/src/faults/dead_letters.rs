use super::Faults;
use async_trait::async_trait;
use dynacdc_record::ItemKey;
use dynacdc_sink::{DeadLetterStore, Discarded, Generation, Letter, NewLetter, ParkedKeys, Place, SinkError};
use std::sync::Arc;

/// A dead-letter store that is reached over an unreliable way. Each call has the name of its method with `letters.`
/// before it: `letters.park`.
#[derive(Debug)]
pub struct FaultyDeadLetters<D> {
    inner: Arc<D>,
    faults: Faults,
}

impl<D> Clone for FaultyDeadLetters<D> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), faults: self.faults.clone() }
    }
}

impl<D> FaultyDeadLetters<D> {
    /// Puts faults before a store.
    pub fn new(inner: D, faults: &Faults) -> Self {
        Self { inner: Arc::new(inner), faults: faults.clone() }
    }

    /// The faults.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The store behind the faults.
    pub fn get_ref(&self) -> &D {
        &self.inner
    }
}

/// One call: the arguments that it owns, and the method.
macro_rules! call {
    ($self:ident, $name:literal, $about:expr, |$inner:ident| $method:expr) => {{
        let $inner = Arc::clone(&$self.inner);
        $self.faults.call_of($name, $about, move || async move { $method.await }).await?
    }};
}

#[async_trait]
impl<D: DeadLetterStore + 'static> DeadLetterStore for FaultyDeadLetters<D> {
    async fn generation(&self) -> Result<Generation, SinkError> {
        call!(self, "letters.generation", String::new, |inner| inner.generation())
    }

    async fn parked(&self) -> Result<ParkedKeys, SinkError> {
        call!(self, "letters.parked", String::new, |inner| inner.parked())
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        let about = about(&letter);
        call!(self, "letters.park", || about.clone(), |inner| inner.park(letter))
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        let about = about(&letter);
        call!(self, "letters.park_behind", || about.clone(), |inner| inner.park_behind(letter))
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        let after = after.cloned();
        call!(self, "letters.keys", String::new, |inner| inner.keys(after.as_ref(), limit))
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        let (key, after) = (key.clone(), after.cloned());
        call!(self, "letters.letters", String::new, |inner| inner.letters(&key, after.as_ref(), limit))
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        let letter = letter.clone();
        let about = format!("{} {}", letter.key(), letter.record.sequence_number());
        call!(self, "letters.remove", || about.clone(), |inner| inner.remove(&letter))
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        let (letter, reason) = (letter.clone(), reason.to_owned());
        call!(self, "letters.discard", String::new, |inner| inner.discard(&letter, &reason))
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        call!(self, "letters.discarded", String::new, |inner| inner.discarded(limit))
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        let key = key.clone();
        let about = key.to_string();
        call!(self, "letters.unpark", || about.clone(), |inner| inner.unpark(&key))
    }
}

fn about(letter: &NewLetter) -> String {
    format!("{} {}", letter.key(), letter.record.sequence_number())
}
