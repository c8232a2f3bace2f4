//! What becomes of records that could not be decoded.
//!
//! They never enter a batch. Going over them in silence would lose changes, and failing the whole page would stop its
//! neighbours for ever; so what stands before one is delivered, and then the rule that is set here decides. It stands
//! beside the contract, and not in a deliverer, so that all deliverers share the rule and its stores.

use crate::{Lane, SinkError};
use async_trait::async_trait;
use dynacdc_record::Malformed;
use std::{fmt, sync::Arc};

/// What becomes of a record that could not be decoded.
#[derive(Clone, Default)]
pub enum OnMalformed {
    /// Everything before it is delivered, then delivery stops there and says so.
    #[default]
    Stop,
    /// It is written to the store, and counts as settled once the store has it.
    Park(Arc<dyn MalformedStore>),
}

impl OnMalformed {
    /// Parks malformed records in this store.
    pub fn park(store: impl MalformedStore + 'static) -> Self {
        Self::Park(Arc::new(store))
    }
}

impl fmt::Debug for OnMalformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "Stop",
            Self::Park(_) => "Park",
        })
    }
}

/// Keeps records that could not be decoded, so that nothing is lost when delivery goes on.
///
/// # Behavior
/// 1. `Ok` means that the raw bytes are durable.
/// 2. The same record may come more than once: what is not settled is delivered again.
#[async_trait]
pub trait MalformedStore: Send + Sync {
    /// Keeps a record of a lane.
    ///
    /// # Errors
    /// A `Transient` error is tried again; any other stops the delivery.
    async fn park(&self, lane: &Lane, record: &Malformed) -> Result<(), SinkError>;
}

const _: () = {
    const fn object_safe(_: Option<&dyn MalformedStore>) {}
    object_safe(None);
};
