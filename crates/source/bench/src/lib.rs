//! What the benchmark of `dynacdc-source` measures: a stream of orders on a server, read by the poller and by a plain loop
//! over the SDK.

mod front;
mod order;
mod plain;
mod polled;
mod rounds;
mod server;

pub use front::Front;
pub use order::{Address, Line, Order, OrderChange};
pub use plain::plain;
pub use polled::polled;
pub use rounds::Rounds;
pub use server::{Server, Stream};

/// Anything that went wrong.
pub type Fallible<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
