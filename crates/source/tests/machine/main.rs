//! The poller's machine, told by hand what happened.

mod batches;
mod budget;
mod ending;
mod forgetting;
mod gaps;
mod health;
mod lineage;
mod positions;
mod random;
mod reading;
mod retrying;
mod saving;
mod scene;
mod stopping;
