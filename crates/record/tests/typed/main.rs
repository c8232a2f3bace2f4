//! Items as the caller's own types.

#![cfg(feature = "rust_decimal")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

mod borrowed;
mod buffered;
mod change;
mod decimals;
mod enums;
mod formats;
mod keys;
mod read_refusals;
mod round_trip;
mod secrets;
mod sets;
mod write_refusals;

use dynacdc_record::{
    AttributeValue, ChangeRecord, EventName, Item, Number, ReadError, SequenceNumber, from_image, item,
};
use serde::de::DeserializeOwned;

fn record(new: Item) -> ChangeRecord {
    ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, SequenceNumber::parse("1").unwrap())
        .new_image(new)
        .build()
        .unwrap()
}

fn read<T: DeserializeOwned>(item: Item) -> Result<T, ReadError> {
    from_image(record(item).new_image().unwrap())
}

fn n(text: &str) -> AttributeValue {
    Number::parse(text).unwrap().into()
}

fn list<V: Into<AttributeValue>>(elements: impl IntoIterator<Item = V>) -> AttributeValue {
    AttributeValue::L(elements.into_iter().map(Into::into).collect())
}
