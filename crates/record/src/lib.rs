#![doc = include_str!("../README.md")]

mod arn;
mod canonical;
mod decode;
mod diff;
mod encode;
mod event_name;
mod identity;
mod item;
mod key;
mod number;
mod path;
mod record;
#[cfg(feature = "aws-sdk")]
mod sdk;
mod sequence;
mod tape;
mod typed;
mod value;
mod view_type;

pub use arn::{ArnError, StreamArn};
pub use decode::{DecodeError, DecodeErrorKind, Decoded, Malformed, decode_event, decode_record};
pub use diff::{Diff, DiffIter, Difference, ValueChange, diff};
pub use encode::encode_event;
pub use event_name::{EventName, EventNameError};
pub use identity::UserIdentity;
pub use item::{AttributeValue, Item, ItemError};
pub use key::{ItemKey, ItemKeyError, KeyRef, KeyValue};
pub use number::{Number, NumberError, NumberRef};
pub use path::{Path, PathError, Segment};
pub use record::{ChangeRecord, MissingImage, RecordBuilder, Transition, Version};
#[cfg(feature = "aws-sdk")]
pub use sdk::{SdkValueError, decode_stream_records};
pub use sequence::{SequenceNumber, SequenceNumberError};
pub use typed::{
    Change, ChangeError, ReadError, ReadErrorKind, WriteError, WriteErrorKind, as_number, binary, binary_set,
    from_image, lossy_f64, number_set, string_set, to_item, to_value,
};
pub use value::{BinarySet, Image, List, ListIter, Map, MapIter, NumberSet, SetIter, StringSet, Value};
pub use view_type::{StreamViewType, StreamViewTypeError};
