//! The records that are written where a suite is given none.

use crate::conformance::Opened;
use dynacdc_record::{ChangeRecord, EventName, Item, SequenceNumber, StreamArn, StreamViewType, item};

const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/conformance/stream/2026-05-01T12:00:00.000";

/// Four items: one that only changes, one that is deleted, one that comes back after it was deleted, and one that is
/// deleted and stays so. The digits of the sequence numbers become one more half-way, where comparing them as text fails.
pub(super) fn built_in() -> Opened<Vec<ChangeRecord>> {
    let changes: [(&str, Option<i32>, Option<i32>); 11] = [
        ("a", None, Some(1)),
        ("b", None, Some(10)),
        ("a", Some(1), Some(2)),
        ("c", None, Some(100)),
        ("d", None, Some(1_000)),
        ("b", Some(10), None),
        ("c", Some(100), None),
        ("a", Some(2), Some(3)),
        ("c", None, Some(200)),
        ("d", Some(1_000), Some(2_000)),
        ("d", Some(2_000), None),
    ];
    (99_999_999_999_999_999_994_u128..)
        .zip(changes)
        .map(|(number, (key, old, new))| record(number, key, old, new))
        .collect()
}

fn record(number: u128, key: &str, old: Option<i32>, new: Option<i32>) -> Opened<ChangeRecord> {
    let name = match (old, new) {
        (None, _) => EventName::Insert,
        (_, None) => EventName::Remove,
        _ => EventName::Modify,
    };
    let image = |value: i32| -> Item {
        item! { "pk" => key, "v" => value }
    };
    let mut record = ChangeRecord::builder(name, item! { "pk" => key }, SequenceNumber::parse(&number.to_string())?)
        .event_id(format!("{number:032x}"))
        .stream_arn(StreamArn::parse(ARN)?)
        .view_type(StreamViewType::NewAndOldImages)
        .created_epoch(1_777_000_000, 0);
    if let Some(old) = old {
        record = record.old_image(image(old));
    }
    if let Some(new) = new {
        record = record.new_image(image(new));
    }
    Ok(record.build()?)
}
