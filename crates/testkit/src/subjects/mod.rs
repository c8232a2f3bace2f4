//! Small patterns over tables in memory: to learn from, and to put layers around.
//!
//! Each is the shortest honest form of its pattern: a replica with and without a fence, a replica that folds changes,
//! totals by mark and by contribution, and a mailer whose effects leave no trace of their own. Their calls go through
//! [`Faults`](crate::Faults), and what a call does happens in one step, as a conditional write or a transaction does.

mod backend;
mod change;
mod contributions;
mod mailer;
mod marks;
mod replica;

pub use backend::{Backend, Mail, Total};
pub use contributions::ContributedTotals;
pub use mailer::Mailer;
pub use marks::MarkedTotals;
pub use replica::Replica;

#[cfg(test)]
mod tests;
