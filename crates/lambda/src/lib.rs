#![doc = include_str!("../README.md")]

mod contained;
mod deliver;
mod destination;
mod emf;
mod error;
mod event;
mod function;
mod outline;
mod response;
mod runtime;
mod time;
mod window;

pub use destination::{
    FailureCondition, FailureMessage, FailureMessageError, FailureMessageErrorKind, FailureNotice, FailureResponse,
    failure_notices,
};
pub use emf::EmbeddedMetrics;
pub use error::FunctionError;
pub use function::{Function, run};
pub use response::Response;
pub use time::ends_at;
pub use window::{Window, WindowFunction, WindowResponse, window};
