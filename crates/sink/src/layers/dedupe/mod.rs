//! Deduplication: an effect is claimed, done, and noted as done.

mod effect;
mod store;

pub use effect::EffectId;
pub use store::{Claim, DedupeStore, Lease, Owner};
