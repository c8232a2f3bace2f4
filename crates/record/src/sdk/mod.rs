//! Conversions from and to the types of the official SDK.

mod attribute;

pub use attribute::SdkValueError;
