//! What the embedded server promises.

mod clock;
mod corrections;
mod endpoint;
mod images;
mod lifecycle;
mod numbers;
mod scene;
mod table;
mod workload;
