use crate::{Seen, Tested, numbers, records, with};
use dynacdc_record::{EventName, Item, item};
use dynacdc_sink::RecordPatterns;
use dynacdc_testkit::{EventSourceMapping, StreamSimulator};

#[tokio::test(start_paused = true)]
async fn records_that_no_filter_takes_count_as_done() -> Tested {
    let stream = with(10)?;
    let seen = Seen::default();
    let mut mapping = EventSourceMapping::new(&stream)
        .batch_size(2)
        .filter(|record| crate::name(record) == "3")
        .filter(|record| ["5", "7"].contains(&crate::name(record).as_str()));
    let handler = async |event| {
        seen.note(&records(event));
        Ok::<_, String>("")
    };

    let run = mapping.run(handler).await;

    assert_eq!(seen.all(), [vec!["3", "5"], vec!["7"]], "a batch is filled from behind what was left out");
    assert_eq!((run.settled().len(), run.filtered().len()), (3, 7));
    let mut all: Vec<_> = run.settled().iter().chain(run.filtered()).copied().collect();
    all.sort_unstable();
    assert_eq!(all, numbers(&stream));
    assert!(mapping.run(handler).await.filtered().is_empty(), "they are not looked at again");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_function_whose_filter_takes_nothing_is_never_called() -> Tested {
    let stream = with(10)?;

    let run = EventSourceMapping::new(&stream)
        .filter(|record| record.event_name() == EventName::Remove)
        .run(async |_| Err::<&str, _>("it was called"))
        .await;

    assert!(run.invocations().is_empty());
    assert_eq!(run.filtered().len(), 10);
    Ok(())
}

/// The names of the items whose records a pattern lets through, of inserts of these items and a change of the first.
async fn delivered(items: &[Item], pattern: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let stream = StreamSimulator::new("orders")?;
    items.iter().try_for_each(|item| stream.put(item.clone()).map(drop))?;
    if let Some(first) = items.first() {
        stream.put(
            first
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .chain([("more".to_owned(), 1.into())])
                .collect(),
        )?;
    }
    let seen = Seen::default();
    EventSourceMapping::new(&stream)
        .filter_patterns(RecordPatterns::parse([pattern])?)
        .run(async |event| {
            seen.note(&records(event));
            Ok::<_, String>("")
        })
        .await;
    Ok(seen.all().concat())
}

#[tokio::test(start_paused = true)]
async fn the_event_name_can_be_filtered_as_recorded() -> Tested {
    let items = [item! { "pk" => "a" }, item! { "pk" => "b" }];

    assert_eq!(delivered(&items, r#"{"eventName": ["INSERT"]}"#).await?, ["a", "b"]);
    assert_eq!(delivered(&items, r#"{"eventName": ["MODIFY"]}"#).await?, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn numeric_never_matches_a_number_of_an_item_as_recorded() -> Tested {
    let items = [item! { "pk" => "small", "n" => 42 }, item! { "pk" => "large", "n" => 101 }];
    let pattern =
        |rule: &str| format!(r#"{{"eventName": ["INSERT"], "dynamodb": {{"NewImage": {{"n": {{"N": {rule}}}}}}}}}"#);

    let rule = pattern(r#"[{"numeric": [">", 100]}, {"anything-but": "101"}]"#);
    assert_eq!(delivered(&items, &rule).await?, ["small"]);
    assert_eq!(delivered(&items, &pattern(r#"["101"]"#)).await?, ["large"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn exists_works_on_leaves_only_as_recorded() -> Tested {
    let items = [item! { "pk" => "with", "present" => "x" }, item! { "pk" => "without" }];
    let pattern =
        |rule: &str| format!(r#"{{"eventName": ["INSERT"], "dynamodb": {{"NewImage": {{"present": {rule}}}}}}}"#);

    assert_eq!(delivered(&items, &pattern(r#"[{"exists": false}]"#)).await?, ["with", "without"], "above the type");
    assert_eq!(delivered(&items, &pattern(r#"{"S": [{"exists": false}]}"#)).await?, ["without"]);
    Ok(())
}
