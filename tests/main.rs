//! Tests that cross crates.
//!
//! Most of them watch over the workspace itself: each rule is a function over plain data, and beside it
//! stands a wrong input that it must catch. `source` drives the poller over the SDK.

#[cfg(test)]
mod aws;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod features;
#[cfg(test)]
mod manifests;
#[cfg(test)]
#[path = "services/server.rs"]
mod server;
#[cfg(test)]
mod source;
#[cfg(test)]
mod sources;
#[cfg(all(test, unix))]
mod tooling;
#[cfg(test)]
mod torture;
#[cfg(test)]
mod workspace;
