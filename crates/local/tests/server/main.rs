//! What the embedded server promises.

mod clock;
mod corrections;
mod endpoint;
mod images;
mod lifecycle;
mod scene;
mod table;
