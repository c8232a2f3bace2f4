use crate::Tested;
use dynacdc_record::{EventName, SequenceNumber, StreamViewType, item};
use dynacdc_testkit::{SimulatorError, StreamSimulator};

#[tokio::test(start_paused = true)]
async fn writes_become_the_records_that_dynamodb_makes() -> Tested {
    let stream = StreamSimulator::new("orders")?;

    let insert = stream.put(item! { "pk" => "A", "n" => 1 })?.ok_or("no record")?;
    let modify = stream.put(item! { "pk" => "A", "n" => 2 })?.ok_or("no record")?;
    let remove = stream.delete(item! { "pk" => "A" })?.ok_or("no record")?;

    let names = [&insert, &modify, &remove].map(|record| record.event_name());
    assert_eq!(names, [EventName::Insert, EventName::Modify, EventName::Remove]);
    assert!(insert.old_image().is_none() && insert.new_image().is_some());
    assert!(modify.old_image().is_some() && modify.new_image().is_some());
    assert!(remove.old_image().is_some() && remove.new_image().is_none());
    assert_eq!(insert.event_id().len(), 32);
    assert_eq!((insert.event_source(), insert.region()), (Some("aws:dynamodb"), Some("eu-west-1")));
    assert_eq!(insert.stream_arn(), Some(&stream.arn()));
    assert!(insert.size_bytes().is_some_and(|size| size > 0));
    assert_eq!(stream.written(), [insert, modify, remove]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_write_that_changes_nothing_makes_no_record() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    stream.put(item! { "pk" => "A", "n" => 1 })?;

    assert!(stream.put(item! { "pk" => "A", "n" => 1 })?.is_none());
    assert!(stream.delete(item! { "pk" => "B" })?.is_none());
    assert_eq!(stream.written().len(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn time_to_live_says_who_it_is() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    stream.put(item! { "pk" => "A" })?;

    assert!(stream.expire(item! { "pk" => "A" })?.is_some_and(|record| record.is_ttl_delete()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_view_type_says_which_images_there_are() -> Tested {
    for view_type in StreamViewType::ALL {
        let stream = StreamSimulator::builder("orders").view_type(view_type).build()?;
        stream.put(item! { "pk" => "A", "n" => 1 })?;
        let record = stream.put(item! { "pk" => "A", "n" => 2 })?.ok_or("no record")?;

        assert_eq!(record.new_image().is_some(), view_type.has_new_image(), "{view_type:?}");
        assert_eq!(record.old_image().is_some(), view_type.has_old_image(), "{view_type:?}");
        assert_eq!(record.view_type(), Some(view_type));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn sequence_numbers_have_up_to_40_digits() -> Tested {
    let near_the_end = SequenceNumber::parse(&format!("9{}", "0".repeat(39)))?;
    let stream = StreamSimulator::builder("orders").numbers_after(near_the_end).build()?;

    let record = stream.put(item! { "pk" => "A" })?.ok_or("no record")?;

    assert_eq!(record.sequence_number().as_str().len(), 40);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_item_without_its_key_is_refused() -> Tested {
    let stream = StreamSimulator::builder("orders").key(["pk", "sk"]).build()?;

    assert!(matches!(stream.put(item! { "pk" => "A" }), Err(SimulatorError::Item(_))));
    assert!(matches!(StreamSimulator::new("no table"), Err(SimulatorError::Table(_))));
    Ok(())
}
