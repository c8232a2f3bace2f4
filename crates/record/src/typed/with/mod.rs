//! Modules for `#[serde(with = "...")]`, where a Rust type does not say which attribute type is meant.

pub mod as_number;
pub mod binary;
pub mod binary_set;
pub mod lossy_f64;
pub mod number_set;
pub mod string_set;

mod set;
