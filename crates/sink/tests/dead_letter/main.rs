//! Dead letters: the journal, the layer, and bringing letters back. What every store promises is tried by the conformance
//! suite of the test kit.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod faulty;
mod file;
mod json;
mod layer;
mod loose;
mod model;
mod redrive;
mod scene;
mod target;
#[path = "../words/mod.rs"]
mod words;
