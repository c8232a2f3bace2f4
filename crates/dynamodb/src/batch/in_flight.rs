use dynacdc_record::ItemKey;
use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, futures::Notified};

/// The keys that are being written, by any `write` of one writer.
#[derive(Default)]
pub(super) struct InFlight {
    keys: Mutex<HashSet<ItemKey>>,
    freed: Notify,
}

/// A key that is being written. Dropped, the key is free.
pub(super) struct Held {
    key: ItemKey,
    all: Arc<InFlight>,
}

impl InFlight {
    /// Takes the key if it is free.
    pub(super) fn take(self: &Arc<Self>, key: &ItemKey) -> Option<Held> {
        let is_free = self.keys().insert(key.clone());
        is_free.then(|| Held { key: key.clone(), all: Arc::clone(self) })
    }

    /// Completes when a key is freed after this call.
    pub(super) fn freed(&self) -> Notified<'_> {
        self.freed.notified()
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<ItemKey>> {
        // Nothing panics while it is locked.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for InFlight {
    /// How many: keys are values of items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").field("keys", &self.keys().len()).finish_non_exhaustive()
    }
}

impl Held {
    pub(super) fn is_of(&self, key: &ItemKey) -> bool {
        self.key == *key
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.keys().remove(&self.key);
        self.all.freed.notify_waiters();
    }
}
