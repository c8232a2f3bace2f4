//! Tests that cross crates.
//!
//! The first ones watch over the workspace itself. Each rule there is a function over plain data,
//! and beside it stands a wrong input that it must catch.

#[cfg(test)]
mod aws;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod features;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod sources;
#[cfg(all(test, unix))]
mod tooling;
#[cfg(test)]
mod workspace;
