//! Events as AWS's documentation and tools show them.

use dynacdc_record::{EventName, Number, StreamViewType, decode_event, item};

#[test]
fn the_sample_of_the_documentation() {
    let event = decode_event(include_str!("samples/documentation.json")).unwrap();

    let [insert, modify] = event.records() else { panic!("{} records", event.len()) };
    let (new, changed) =
        (item! { "Id" => 101, "Message" => "New item!" }, item! { "Id" => 101, "Message" => "This item has changed" });
    assert_eq!(insert.event_name(), EventName::Insert);
    assert_eq!(insert.event_id(), "1");
    assert_eq!(insert.new_image().unwrap().to_item(), new);
    assert!(insert.old_image().is_none());
    assert_eq!(insert.created_epoch(), None);
    assert_eq!(insert.size_bytes(), Some(26));
    assert_eq!(modify.event_name(), EventName::Modify);
    assert_eq!(modify.old_image().unwrap().to_item(), new);
    assert_eq!(modify.new_image().unwrap().to_item(), changed);
    assert_eq!(modify.sequence_number().as_str(), "222");
    assert_eq!(modify.view_type(), Some(StreamViewType::NewAndOldImages));
    assert_eq!(modify.item_key(), insert.item_key());
    assert_eq!(modify.key().to_string(), "Id:N:101");
}

#[test]
fn the_events_that_the_command_line_tool_generates() {
    let event = decode_event(include_str!("samples/generated.json")).unwrap();

    let [insert, remove] = event.records() else { panic!("{} records", event.len()) };
    assert_eq!(insert.created_epoch(), Some((1_428_537_600, 0)));
    assert_eq!(insert.event_version(), Some("1.1"));
    assert_eq!(insert.event_source(), Some("aws:dynamodb"));
    assert_eq!(insert.region(), Some("us-east-1"));
    assert_eq!(insert.stream_arn().unwrap().account(), "123456789012");
    assert_eq!(remove.event_name(), EventName::Remove);
    assert!(remove.new_image().is_none());
    assert_eq!(remove.old_image().unwrap().get("Id").unwrap().as_number().unwrap(), Number::from(101));
    assert_eq!(remove.sequence_number().as_str(), "111");
    // The tool leaves a placeholder where the account is.
    assert_eq!(remove.stream_arn().unwrap().account(), "account-id");
    assert!(!remove.is_ttl_delete());
}
