//! Layers that change what a record is and where it goes.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod filter_items;
mod history;
mod map;
mod place;
mod replica;
mod route;
mod waves;
#[path = "../words/mod.rs"]
mod words;
mod wrong;
