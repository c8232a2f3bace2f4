//! The default order of the layers, as types: a stack in another order does not compile.
//!
//! A list of layers that is sorted and checked when the program starts was the alternative. It lost because an order that
//! is wrong would then be found by whoever starts the program, and because every layer would have to stand behind a
//! pointer. A plain function with one option per layer lost to the many combinations of stores and closures.

mod branch;
pub mod stage;
mod trunk;

pub use branch::Branch;
pub use trunk::Trunk;
