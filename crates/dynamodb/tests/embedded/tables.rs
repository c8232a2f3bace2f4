//! Tables are made once, waited for, and tell their key.

use crate::{
    faulty::{Fate, Faulty},
    scene::{Fallible, n, s, thing, things},
};
use aws_sdk_dynamodb::{
    Client,
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use dynacdc_dynamodb::{ErrorKind, TableKey, ensure_table, wait_until_active};
use dynacdc_sink::Class;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn letters(client: &Client, table: &str) -> Fallible<CreateTableFluentBuilder> {
    let attribute = |name, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    let key = |name, role| KeySchemaElement::builder().attribute_name(name).key_type(role).build();
    Ok(client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("at", ScalarAttributeType::N)?)
        .attribute_definitions(attribute("to", ScalarAttributeType::S)?)
        .key_schema(key("to", KeyType::Hash)?)
        .key_schema(key("at", KeyType::Range)?))
}

#[tokio::test(start_paused = true)]
async fn a_table_is_made_once_and_its_key_is_known() -> Fallible {
    let db = things().await?;

    let table = db.table_name("Letters");
    let made = ensure_table(db.dynamodb(), letters(db.dynamodb(), &table)?, SECOND).await?;
    let found = ensure_table(db.dynamodb(), letters(db.dynamodb(), &table)?, SECOND).await?;

    assert_eq!(made.table_id, found.table_id);
    let key = TableKey::describe(db.dynamodb(), &table).await?;
    assert_eq!(key, TableKey::of(&found));
    assert_eq!(key.names().collect::<Vec<_>>(), ["to", "at"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_there_yet_is_waited_for() -> Fallible {
    let db = things().await?;
    let plan =
        |fates: &'static [Fate]| move |seen: &crate::faulty::Seen| fates.get(seen.at).cloned().unwrap_or(Fate::Pass);
    let gone = Fate::Refuse { status: 400, code: "ResourceNotFoundException", message: "" };
    let creating = Fate::Answer { status: 200, body: r#"{"Table":{"TableStatus":"CREATING"}}"#.into() };
    let fates = Vec::leak(vec![gone.clone(), creating, Fate::THROTTLED, Fate::Unreachable]);
    let (faulty, client) = Faulty::around(db.dynamodb(), plan(fates))?;

    wait_until_active(&client, db.table(), Duration::MAX).await?;
    assert!(faulty.count("DescribeTable") >= 4);

    let (_, client) = Faulty::around(db.dynamodb(), move |_| gone.clone())?;
    let late = wait_until_active(&client, db.table(), SECOND).await.err().ok_or("it is there")?;
    assert_eq!((late.kind(), late.class()), (ErrorKind::NotFound, Class::Fatal));
    let denied = Fate::Refuse { status: 400, code: "AccessDeniedException", message: "" };
    let (faulty, client) = Faulty::around(db.dynamodb(), move |_| denied.clone())?;
    let denied = wait_until_active(&client, db.table(), SECOND).await.err().ok_or("it is there")?;
    assert_eq!((denied.kind(), faulty.count("DescribeTable")), (ErrorKind::Denied, 1));
    Ok(())
}

#[tokio::test]
async fn a_key_that_one_record_lacks_is_poison_before_the_call() -> Fallible {
    let db = things().await?;
    let key = TableKey::describe(db.dynamodb(), db.table()).await?;

    assert_eq!(key.of_item(&thing("a", &[("x", n(1))]))?, thing("a", &[]));
    for (item, fault) in [
        ([("x".to_owned(), s("a"))].into(), "the key attribute `id` is missing"),
        ([("id".to_owned(), n(7))].into(), "the key attribute `id` has another type than the table wants"),
        (thing("", &[]), "the key attribute `id` is empty"),
    ] {
        let error = key.check(&item).err().ok_or("it is a key")?;
        assert_eq!((error.class(), error.to_string().as_str()), (Class::Poison, fault));
    }
    Ok(())
}
