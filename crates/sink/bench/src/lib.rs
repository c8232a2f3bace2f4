//! What the benchmarks of `dynacdc-sink` measure: stacks of layers over a sink that does nothing.

mod bare;
mod stacks;

pub use bare::Bare;
pub use stacks::{LAYERS, Make, deduplicating, whole};
