//! A store that fails when it is told to, lets something happen before a call, and can wait within each.

use async_trait::async_trait;
use dynacdc_record::ItemKey;
use dynacdc_sink::{
    DeadLetterStore, Discarded, Generation, Letter, MemoryDeadLetters, NewLetter, ParkedKeys, Place, SinkError,
};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug, Clone, Default)]
pub(crate) struct Faulty {
    pub(crate) inner: MemoryDeadLetters,
    script: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    fails: HashSet<&'static str>,
    /// Happens once, before the next such call.
    before: HashMap<&'static str, Vec<Deed>>,
    takes: Duration,
    calls: Vec<&'static str>,
}

/// What somebody else does meanwhile.
#[derive(Debug)]
pub(crate) enum Deed {
    Park(NewLetter),
    /// All letters of the key are redriven and the key freed.
    Redrive(ItemKey),
}

impl Faulty {
    /// From now on calls of this name fail.
    pub(crate) fn fail(&self, call: &'static str) {
        self.script.lock().unwrap().fails.insert(call);
    }

    pub(crate) fn heal(&self) {
        self.script.lock().unwrap().fails.clear();
    }

    pub(crate) fn before(&self, call: &'static str, deed: Deed) {
        self.script.lock().unwrap().before.entry(call).or_default().push(deed);
    }

    pub(crate) fn takes(&self, time: Duration) {
        self.script.lock().unwrap().takes = time;
    }

    /// The names of all calls since this was asked last.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.script.lock().unwrap().calls)
    }

    async fn on(&self, call: &'static str) -> Result<(), SinkError> {
        let (takes, deeds, fails) = {
            let mut script = self.script.lock().unwrap();
            script.calls.push(call);
            (script.takes, script.before.remove(call).unwrap_or_default(), script.fails.contains(call))
        };
        for deed in deeds {
            match deed {
                Deed::Park(letter) => self.inner.park(letter).await?,
                Deed::Redrive(key) => {
                    for letter in self.inner.letters(&key, None, usize::MAX).await? {
                        self.inner.remove(&letter).await?;
                    }
                    self.inner.unpark(&key).await?;
                }
            }
        }
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        if fails { Err(SinkError::transient("the store is down")) } else { Ok(()) }
    }
}

#[async_trait]
impl DeadLetterStore for Faulty {
    async fn generation(&self) -> Result<Generation, SinkError> {
        self.on("generation").await?;
        self.inner.generation().await
    }

    async fn parked(&self) -> Result<ParkedKeys, SinkError> {
        self.on("parked").await?;
        self.inner.parked().await
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        self.on("park").await?;
        self.inner.park(letter).await
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        self.on("park_behind").await?;
        self.inner.park_behind(letter).await
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        self.on("keys").await?;
        self.inner.keys(after, limit).await
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        self.on("letters").await?;
        self.inner.letters(key, after, limit).await
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        self.on("remove").await?;
        self.inner.remove(letter).await
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        self.on("discard").await?;
        self.inner.discard(letter, reason).await
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        self.inner.discarded(limit).await
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        self.on("unpark").await?;
        self.inner.unpark(key).await
    }
}
