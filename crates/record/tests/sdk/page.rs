use crate::{arn, attributes, record, strategies};
use aws_sdk_dynamodbstreams::{
    primitives::DateTime,
    types::{Identity, OperationType, Record, StreamRecord},
};
use dynacdc_record::{EventName, decode_stream_records, item};
use proptest::{collection::vec, prelude::*};
use std::collections::HashMap;

fn body() -> aws_sdk_dynamodbstreams::types::builders::StreamRecordBuilder {
    StreamRecord::builder().set_keys(Some(attributes(&item! { "pk" => "k" }))).sequence_number("0100")
}

fn with(body: aws_sdk_dynamodbstreams::types::builders::StreamRecordBuilder) -> Record {
    Record::builder().event_id("e").event_name(OperationType::Remove).dynamodb(body.build()).build()
}

#[test]
fn an_empty_page_has_no_records() {
    assert!(decode_stream_records(Vec::new(), &arn()).is_empty());
}

#[test]
fn what_may_be_missing_is_none_and_the_stream_is_the_callers() {
    let decoded = decode_stream_records(vec![with(body())], &arn());

    let [record] = decoded.records() else { panic!("{decoded:?}") };
    assert_eq!(record.event_name(), EventName::Remove);
    assert_eq!(record.sequence_number().as_str(), "0100");
    assert_eq!(record.stream_arn(), Some(&arn()));
    assert_eq!(record.source_arn(), Some(arn().as_str()));
    assert_eq!(record.created_epoch(), None);
    assert_eq!(record.size_bytes(), None);
    assert_eq!(record.view_type(), None);
    assert_eq!(record.user_identity(), None);
    assert!(record.new_image().is_none() && record.old_image().is_none());
}

#[test]
fn an_empty_image_is_none() {
    let empty = body().set_new_image(Some(HashMap::new())).set_old_image(Some(HashMap::new()));

    let decoded = decode_stream_records(vec![with(empty)], &arn());

    assert_eq!(decoded, decode_stream_records(vec![with(body())], &arn()));
}

#[test]
fn deletes_by_time_to_live_are_known() {
    let mut record = with(body());
    let of = |identity| {
        record.user_identity = identity;
        let decoded = decode_stream_records(vec![record.clone()], &arn());
        (decoded.records()[0].user_identity().is_some(), decoded.records()[0].is_ttl_delete())
    };
    let mut of = of;

    let ttl = Identity::builder().r#type("Service").principal_id("dynamodb.amazonaws.com");
    assert_eq!(of(Some(ttl.build())), (true, true));
    assert_eq!(of(Some(Identity::builder().r#type("Service").build())), (true, false));
    // Some servers lose both members on the way.
    assert_eq!(of(Some(Identity::builder().build())), (false, false));
    assert_eq!(of(None), (false, false));
}

#[test]
fn creation_times_keep_their_fraction() {
    for (seconds, nanos) in [(1_428_537_600, 0), (-1, 500_000_000), (0, 1)] {
        let at = DateTime::from_secs_and_nanos(seconds, nanos);

        let decoded = decode_stream_records(vec![with(body().approximate_creation_date_time(at))], &arn());

        assert_eq!(decoded.records()[0].created_epoch(), Some((seconds, nanos)));
    }
}

#[test]
fn attributes_come_in_the_order_of_their_names() {
    let names: Vec<String> = (0..40).map(|i| format!("a{i:02}")).collect();
    let image = names.iter().rev().map(|name| (name.clone(), 1)).collect();

    let decoded = decode_stream_records(vec![with(body().set_old_image(Some(attributes(&image))))], &arn());

    let image = decoded.records()[0].old_image().unwrap();
    assert!(image.iter().map(|(name, _)| name).eq(names.iter().map(String::as_str)));
}

proptest! {
    #[test]
    fn the_records_of_a_page_stand_in_its_order(changes in vec(strategies::change(), 0..6)) {
        let records = changes.iter().map(|change| record(&crate::parity::of_the_streams_api(change))).collect();

        let decoded = decode_stream_records(records, &arn());

        prop_assert!(decoded.malformed().is_empty());
        let ids: Vec<_> = decoded.records().iter().map(|record| record.event_id()).collect();
        prop_assert_eq!(ids, changes.iter().map(|change| change.event_id.as_str()).collect::<Vec<_>>());
    }
}
