//! What the service writes into a record comes through the SDK and the decoder as it is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY};
use dynacdc_record::{EventName, Item, Number};
use dynacdc_sink::ShardId;
use dynacdc_source::{Position, StreamsApi};

use super::scene::{Collected, Orders, api, poller, read, scan};
use crate::workspace::Fallible;

async fn put(db: &Orders, key: &str, attributes: impl IntoIterator<Item = (&str, AttributeValue)>) -> Fallible<Item> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let keys = [(PARTITION_KEY, text(key)), (SORT_KEY, text("it's"))];
    let item = keys.into_iter().chain(attributes).map(|(name, value)| (name.to_owned(), value)).collect();
    let item: std::collections::HashMap<_, _> = item;
    db.dynamodb().put_item().table_name(&db.table).set_item(Some(item.clone())).send().await?;
    Ok(Item::try_from(item)?)
}

#[tokio::test]
async fn every_type_and_all_digits_arrive() -> Fallible {
    let db = Orders::start().await?;
    let n = |number: &str| AttributeValue::N(number.to_owned());
    let numbers = ["12345678901234567890123456789012345678", "1E-130", "-9.9999999999999999999999999999999999999E+125"];
    let strings = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect();
    let values = [
        ("n", n(numbers[0])),
        ("small", n(numbers[1])),
        ("large", n(numbers[2])),
        ("s", AttributeValue::S(String::new())),
        ("b", AttributeValue::B(Blob::new([]))),
        ("yes", AttributeValue::Bool(true)),
        ("nothing", AttributeValue::Null(true)),
        ("ss", AttributeValue::Ss(strings(&["x", "", "ü"]))),
        ("ns", AttributeValue::Ns(strings(&numbers))),
        ("bs", AttributeValue::Bs(vec![Blob::new([0]), Blob::new([])])),
        ("l", AttributeValue::L(vec![AttributeValue::L(Vec::new()), n("1.50")])),
        ("m", AttributeValue::M([("m".to_owned(), AttributeValue::M(Default::default()))].into())),
    ];
    let item = put(&db, "a", values).await?;

    let seen = Collected::default();
    read(poller(&db), &seen, 1).await?;

    let new = seen.records()[0].require_new_image()?.to_item();
    assert_eq!(new, item);
    assert_eq!(scan(&db).await?, [item]);
    for (name, number) in ["n", "small", "large"].into_iter().zip(numbers) {
        let found = new.get(name).and_then(|value| value.as_number()).ok_or("no number")?;
        assert_eq!(*found, Number::parse(number)?, "{name}");
    }
    Ok(())
}

/// Zeros in front included: DynamoDB Local refuses a number that it did not write so.
#[tokio::test]
async fn reading_goes_on_from_the_number_of_any_record() -> Fallible {
    let db = Orders::start().await?;
    for key in ["a", "b", "c"] {
        put(&db, key, []).await?;
    }
    let seen = Collected::default();
    read(poller(&db), &seen, 3).await?;
    let numbers: Vec<_> = seen.records().iter().map(|record| record.sequence_number()).collect();
    assert!(numbers.iter().all(|number| number.as_str().starts_with('0') == db.behavior().pads_numbers));

    let api = api(&db);
    let shards = api.describe(&db.arn, None).await?.shards;
    let shard: &ShardId = &shards[0].id;
    for (nth, number) in numbers.iter().enumerate() {
        for (position, rest) in
            [(Position::At(*number), &numbers[nth..]), (Position::After(*number), &numbers[nth + 1..])]
        {
            let iterator = api.iterator(&db.arn, shard, &position).await?;
            let page = api.records(&db.arn, &iterator, None).await?;
            let found: Vec<_> = page.records.iter().flatten().map(|record| record.sequence_number()).collect();
            assert_eq!(found, rest, "{position:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn deletes_by_time_to_live_are_told_from_deletes_by_hand() -> Fallible {
    let db = Orders::with(|table| table.ttl_attribute("expires")).await?;
    let past = SystemTime::now().duration_since(UNIX_EPOCH)? - Duration::from_secs(60);
    for key in ["a", "b", "c"] {
        put(&db, key, [("expires", AttributeValue::N(past.as_secs().to_string()))]).await?;
    }
    put(&db, "by hand", []).await?;
    let delete = db.dynamodb().delete_item().table_name(&db.table);
    let delete = delete.key(PARTITION_KEY, AttributeValue::S("by hand".into()));
    delete.key(SORT_KEY, AttributeValue::S("it's".into())).send().await?;
    if db.is_embedded() {
        db.sweep_ttl().await?;
    }

    // The other server sweeps by itself, while it is read.
    let seen = Collected::default();
    read(poller(&db), &seen, 8).await?;

    let removed: Vec<_> =
        seen.records().into_iter().filter(|record| record.event_name() == EventName::Remove).collect();
    let by_service = removed.iter().filter(|record| record.is_ttl_delete()).count();
    assert_eq!((removed.len(), by_service), (4, 3));
    for record in &removed {
        assert_eq!(record.is_ttl_delete(), record.require_old_image()?.contains("expires"));
    }
    assert!(scan(&db).await?.is_empty());
    Ok(())
}
