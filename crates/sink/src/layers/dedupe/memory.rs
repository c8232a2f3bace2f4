use super::{Claim, DedupeStore, EffectId, Lease, Owner};
use crate::SinkError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::{
    collections::{
        HashMap,
        hash_map::Entry::{Occupied, Vacant},
    },
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Below this many entries nothing is looked through for expired ones.
const FEW: usize = 1_024;

/// Claims and completions that end with the process: for tests, and for effects that may happen once per process.
///
/// Clones share what they hold. What has expired goes when there is twice as much as was left the last time, so memory is
/// bounded by twice the effects of one retention.
#[derive(Clone, Default)]
pub struct MemoryDedupe(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    entries: HashMap<EffectId, Entry>,
    /// How many there were after the last look for expired ones.
    left: usize,
}

enum Entry {
    Claimed { owner: Owner, until: DateTime<Utc> },
    Done { result: Option<String>, keep_until: DateTime<Utc> },
}

impl MemoryDedupe {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Claimed { until, .. } => *until <= now,
            Self::Done { keep_until, .. } => *keep_until <= now,
        }
    }
}

impl Entries {
    /// Looks for what has expired, now and then.
    fn clean(&mut self, now: DateTime<Utc>) {
        if self.entries.len() > FEW.max(2 * self.left) {
            self.entries.retain(|_, entry| !entry.is_over(now));
            self.left = self.entries.len();
        }
    }
}

#[async_trait]
impl DedupeStore for MemoryDedupe {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        let mut entries = self.entries();
        let claimed = || Entry::Claimed { owner: lease.owner.clone(), until: lease.until };
        match entries.entries.entry(id.clone()) {
            Occupied(mut entry) => match entry.get() {
                Entry::Done { result, keep_until } if *keep_until > lease.now => {
                    return Ok(Claim::Done { result: result.clone() });
                }
                Entry::Claimed { owner, until } if *until > lease.now && *owner != lease.owner => {
                    return Ok(Claim::Busy { until: *until });
                }
                _ => drop(entry.insert(claimed())),
            },
            Vacant(entry) => drop(entry.insert(claimed())),
        }
        entries.clean(lease.now);
        Ok(Claim::Granted)
    }

    async fn complete(
        &self,
        id: &EffectId,
        _: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        let mut entries = self.entries();
        let done = || Entry::Done { result: result.map(str::to_owned), keep_until };
        match entries.entries.entry(id.clone()) {
            Occupied(entry) if matches!(entry.get(), Entry::Done { .. }) && !entry.get().is_over(now) => {}
            Occupied(mut entry) => drop(entry.insert(done())),
            Vacant(entry) => drop(entry.insert(done())),
        }
        entries.clean(now);
        Ok(())
    }

    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        let mut entries = self.entries();
        if matches!(entries.entries.get(id), Some(Entry::Claimed { owner: by, .. }) if by == owner) {
            entries.entries.remove(id);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryDedupe {
    /// How many there are: a result may hold values of an item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryDedupe").field("entries", &self.entries().entries.len()).finish()
    }
}
