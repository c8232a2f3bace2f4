//! Conversions from and to the types of the official SDK.

mod attribute;
mod error;
mod raw;
mod records;
mod value;

pub use error::SdkValueError;
pub use records::decode_stream_records;
