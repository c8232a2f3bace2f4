//! What the two functions of the benchmark share: how they tell what an invocation cost.
//!
//! Each function is a process that runs the real loop of `lambda_runtime` against a stub of the Runtime API in another
//! process, so what is counted is the CPU time of a process in which nothing else runs: fetching the event, decoding it,
//! handling it, answering.

mod costs;

pub use costs::{Costs, Invocation};
