//! For `#[serde(with = "dynacdc_record::lossy_f64")]`: an `f64` as `N`, for measures that never were exact.
//!
//! Reading gives the nearest `f64`, with 15 to 17 of up to 38 digits. Writing gives the shortest decimal that reads as the
//! same `f64`. A number that is read and written may so be another one: not for money, ids, or counts. In other formats
//! the number is a string.
//!
//! ```
//! use dynacdc_record::{Number, item, to_item};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Reading {
//!     #[serde(with = "dynacdc_record::lossy_f64")]
//!     celsius: f64,
//! }
//!
//! assert_eq!(to_item(&Reading { celsius: 21.5 })?, item! { "celsius" => Number::parse("21.5")? });
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Number, NumberError};

/// Writes the shortest decimal that reads as the same `f64`.
///
/// # Errors
/// For infinities, NaN, and magnitudes that are not zero and outside 1E-130 to 9.99E+125; or that of the serializer.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    to_number(*value).map_err(S::Error::custom)?.serialize(serializer)
}

/// Reads the nearest `f64`.
///
/// # Errors
/// Where there is no number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Number::deserialize(deserializer).map(|number| number.to_f64_lossy())
}

fn to_number(value: f64) -> Result<Number, NumberError> {
    // Without an exponent 1E-130 would be 132 characters; the text is dropped for the canonical one.
    Number::parse(&format!("{value:e}")).map(|number| number.canonical())
}

/// For `#[serde(with = "dynacdc_record::lossy_f64::option")]`: an optional `f64`, `NULL` where there is none.
///
/// Add `default` for an attribute that may be absent.
pub mod option {
    use serde::ser::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::to_number;
    use crate::Number;

    /// Writes the value as a number, or null.
    ///
    /// # Errors
    /// As [`lossy_f64::serialize`](super::serialize).
    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_some(&to_number(*value).map_err(S::Error::custom)?),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a number or null.
    ///
    /// # Errors
    /// As [`lossy_f64::deserialize`](super::deserialize).
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.to_f64_lossy()))
    }
}
