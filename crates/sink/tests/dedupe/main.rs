//! Deduplication: the layer, `Once` and the store in memory.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod exactly_once;
mod layer;
mod memory;
mod once;
mod outside;
mod stores;
#[path = "../words/mod.rs"]
mod words;
mod wrong;
