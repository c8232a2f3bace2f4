//! Deduplication: an effect is claimed, done, and noted as done.

mod claims;
mod effect;
mod layer;
mod memory;
mod once;
mod store;

pub use effect::EffectId;
pub use layer::{Dedupe, DedupeLayer};
pub use memory::MemoryDedupe;
pub use once::{Once, Ran};
pub use store::{Claim, DedupeStore, Lease, Owner};
