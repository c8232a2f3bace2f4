use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::SequenceNumber;

/// As a string, the text as it was received: no number type of any format holds 40 digits.
impl Serialize for SequenceNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// From a string.
impl<'de> Deserialize<'de> for SequenceNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = SequenceNumber;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence number of 1 to 40 digits as a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SequenceNumber, E> {
                SequenceNumber::parse(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}
