//! From borrowed images to owned items.

use super::{AttributeValue, Item};
use crate::{Map, NumberRef, Value};

impl Map<'_> {
    /// An owned copy.
    pub fn to_item(&self) -> Item {
        self.iter().collect()
    }
}

impl From<Map<'_>> for Item {
    fn from(map: Map<'_>) -> Self {
        map.to_item()
    }
}

impl From<Value<'_>> for AttributeValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::S(text) => Self::S(text.to_owned()),
            Value::N(number) => Self::N(number.to_number()),
            Value::B(bytes) => Self::B(bytes.to_vec()),
            Value::Bool(value) => Self::Bool(value),
            Value::Null => Self::Null,
            Value::Ss(set) => Self::Ss(set.iter().map(str::to_owned).collect()),
            Value::Ns(set) => Self::Ns(set.iter().map(|number: NumberRef<'_>| number.to_number()).collect()),
            Value::Bs(set) => Self::Bs(set.iter().map(<[u8]>::to_vec).collect()),
            Value::L(list) => Self::L(list.iter().map(Self::from).collect()),
            Value::M(map) => Self::M(map.to_item()),
        }
    }
}
