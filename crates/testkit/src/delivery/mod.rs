//! Delivers a history as badly as the promises of its lanes allow.

mod cut;
mod driver;
mod plan;
mod rule;
mod simple;
mod subject;

pub(crate) use driver::Driver;
pub(crate) use plan::Pace;
pub use plan::Plan;
pub use simple::subject;
pub use subject::{Running, Subject};

#[cfg(test)]
mod tests;
