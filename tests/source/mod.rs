//! The poller through the SDK, against the embedded server or the one of `DYNAMODB_ENDPOINT`.
//!
//! What must arrive is folded from the writes and never read from the stream. Nothing waits for a time: a poller is
//! stopped by what its sink has seen.

mod clock;
mod ended;
mod many;
mod reading;
mod scene;
mod values;
