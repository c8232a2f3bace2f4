//! Dead letters: the stores, the layer, and bringing letters back.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod behavior;
mod faulty;
mod file;
mod json;
mod layer;
mod loose;
mod model;
mod redrive;
mod scene;
mod target;
