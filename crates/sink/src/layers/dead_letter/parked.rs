use super::{DeadLetterStore, ParkedKeys};
use crate::SinkError;
use std::sync::{Arc, Mutex, PoisonError};

/// The parked keys as they were read last.
///
/// Asking the store per key would cost one read per key and batch, for keys that are hardly ever parked. One consistent
/// read of the generation tells whether the list still holds, across processes.
#[derive(Debug, Default)]
pub(super) struct KnownKeys(Mutex<Option<Arc<ParkedKeys>>>);

impl KnownKeys {
    /// The keys that are parked now, and how many calls it took to know.
    ///
    /// Two lanes may read the list at once, and the older answer may be kept: then the next batch reads it again.
    pub(super) async fn now<D: DeadLetterStore>(&self, store: &D) -> Result<(Arc<ParkedKeys>, u64), SinkError> {
        let generation = store.generation().await?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.generation == generation) {
            return Ok((known, 1));
        }
        let parked = Arc::new(store.parked().await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&parked));
        Ok((parked, 2))
    }
}
