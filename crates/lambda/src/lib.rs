#![doc = include_str!("../README.md")]

mod destination;

pub use destination::{
    FailureCondition, FailureMessage, FailureMessageError, FailureMessageErrorKind, FailureNotice, FailureResponse,
    failure_notices,
};
