//! What stands in for Lambda: its Runtime API on a port of this machine, and a process that runs a function.
//!
//! A runtime reads where the API is from the environment, which belongs to the whole process, so a function runs in a
//! process of its own: [`RuntimeApi::start`], then [`FunctionProcess::start`] with any command, then
//! [`RuntimeApi::invoke`] as often as you like.
//!
//! Of the API it plays `invocation/next`, `invocation/{id}/response`, `invocation/{id}/error` and `init/error`
//! ([AWS: custom runtimes][api]). It does not freeze the process between invocations, and does not kill one whose time is
//! over.
//!
//! [api]: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

mod api;
mod process;

pub use api::{Answer, Failure, RuntimeApi};
pub use process::FunctionProcess;
