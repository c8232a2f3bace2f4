//! Types of the official SDK: attribute values both ways, and records of the Streams API.
#![cfg(feature = "aws-sdk")]
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod attributes;
mod page;
mod parity;
mod refusals;
#[path = "../strategies/mod.rs"]
mod strategies;

use aws_sdk_dynamodbstreams::{
    primitives::DateTime,
    types::{AttributeValue, Identity, OperationType, Record, StreamRecord, StreamViewType},
};
use dynacdc_record::{Item, StreamArn};
use std::collections::HashMap;
use strategies::Change;

type Attributes = HashMap<String, AttributeValue>;

fn arn() -> StreamArn {
    let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291";
    StreamArn::parse(arn).unwrap()
}

fn attributes(item: &Item) -> Attributes {
    item.clone().into()
}

/// The record as `GetRecords` would give it.
fn record(change: &Change) -> Record {
    let body = StreamRecord::builder()
        .set_approximate_creation_date_time(
            change.created.map(|(secs, nanos)| DateTime::from_secs_and_nanos(secs, nanos)),
        )
        .set_keys(Some(attributes(&change.keys)))
        .set_new_image(change.new_image.as_ref().map(attributes))
        .set_old_image(change.old_image.as_ref().map(attributes))
        .sequence_number(change.sequence.as_str())
        .set_size_bytes(change.size_bytes.map(|size| i64::try_from(size).unwrap()))
        .set_stream_view_type(change.view_type.map(|view_type| StreamViewType::from(view_type.as_str())))
        .build();
    let identity =
        |(kind, principal): &(String, String)| Identity::builder().r#type(kind).principal_id(principal).build();
    Record::builder()
        .event_id(&change.event_id)
        .event_name(OperationType::from(change.event_name.as_str()))
        .set_event_version(change.event_version.clone())
        .set_event_source(change.event_source.clone())
        .set_aws_region(change.region.clone())
        .set_user_identity(change.identity.as_ref().map(identity))
        .dynamodb(body)
        .build()
}
