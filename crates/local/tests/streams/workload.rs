//! The server makes of a workload what [`Write::apply_to`] says, and records it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::types::AttributeValue as Seen;
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, Workload, Write, apply};
use dynacdc_local::{ScalarAttributeType, TableSpec};
use dynacdc_record::Item;

use crate::scene::{Things, event_names};
use crate::server::Server;

/// Without time to live: what the workload lets expire has long done so for a server on the real clock.
fn orders(table: &str) -> TableSpec {
    TableSpec::new(table, PARTITION_KEY, ScalarAttributeType::S).sort_key(SORT_KEY, ScalarAttributeType::S)
}

fn seen(image: Option<HashMap<String, Seen>>) -> Option<Item> {
    image.map(|image| Item::try_from(image).unwrap())
}

#[tokio::test]
async fn table_and_stream_agree_with_the_model() {
    let mut workload = Workload::seeded(1);
    let db = Things::of(orders).await;
    let mut model = BTreeMap::<Item, Item>::new();
    let mut changes = Vec::new();
    for write in workload.by_ref().take(400) {
        apply(db.dynamodb(), &db.table, &write).await.unwrap();
        let key = write.key();
        let after = write.apply_to(model.get(&key));
        let before = match after.clone() {
            Some(item) => model.insert(key.clone(), item),
            None => model.remove(&key),
        };
        changes.push((key, before, after));
    }

    let records = db.records(changes.len()).await;
    let expected: Vec<_> = changes
        .iter()
        .map(|(_, before, after)| match (before, after) {
            (None, _) => "INSERT",
            (_, None) => "REMOVE",
            _ => "MODIFY",
        })
        .collect();
    assert_eq!(event_names(&records), expected);
    for (record, (key, before, after)) in records.into_iter().zip(changes) {
        let change = record.dynamodb.unwrap();
        assert_eq!(seen(change.keys), Some(key));
        assert_eq!(seen(change.old_image), before);
        assert_eq!(seen(change.new_image), after);
    }

    let scan = db.dynamodb().scan().table_name(&db.table).send().await.unwrap();
    assert_eq!(scan.last_evaluated_key, None);
    let mut items: Vec<_> = scan.items.unwrap().into_iter().map(|item| Item::try_from(item).unwrap()).collect();
    let mut expected: Vec<_> = model.into_values().collect();
    items.sort();
    expected.sort();
    assert_eq!(items, expected);
}

#[tokio::test]
async fn an_update_of_nothing_makes_the_bare_item() {
    let db = Things::of(orders).await;
    let key = Workload::seeded(1).next().unwrap().key();
    let write = Write::Update { key: key.clone(), set: Item::new(), remove: Vec::new() };

    apply(db.dynamodb(), &db.table, &write).await.unwrap();

    let stored = db.dynamodb().get_item().table_name(&db.table);
    let stored = stored.set_key(Some(HashMap::<String, AttributeValue>::from(key.clone())));
    let stored = stored.send().await.unwrap().item.unwrap();
    assert_eq!(Some(Item::try_from(stored).unwrap()), write.apply_to(None));
}

#[tokio::test]
async fn a_failed_write_names_its_operation() {
    let db = Server::start().await.unwrap();
    let put = Workload::seeded(1).next().unwrap();
    let error = apply(db.dynamodb(), "Missing", &put).await.unwrap_err();
    assert_eq!(error.to_string(), "PutItem failed");
}
