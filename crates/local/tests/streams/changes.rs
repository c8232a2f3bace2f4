//! Which writes make a record.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dynacdc_record::StreamViewType;

use crate::scene::{Attributes, Things, event_names, n, s, thing};

fn everything(id: &str) -> Attributes {
    let set = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect();
    thing(
        id,
        &[
            ("n", n("1.50")),
            ("b", AttributeValue::B(Blob::new([0, 255]))),
            ("yes", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("ss", AttributeValue::Ss(set(&["x", "y", "z"]))),
            ("ns", AttributeValue::Ns(set(&["1", "2.0", "1E+3"]))),
            ("l", AttributeValue::L(vec![s("x"), n("0.10")])),
            ("m", AttributeValue::M(Attributes::from([("deep".to_owned(), n("100"))]))),
        ],
    )
}

/// The same item in other words: other spellings of numbers, another order in sets.
fn everything_again(id: &str) -> Attributes {
    let mut item = everything(id);
    let set = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect();
    item.insert("n".to_owned(), n("15E-1"));
    item.insert("ss".to_owned(), AttributeValue::Ss(set(&["z", "x", "y"])));
    item.insert("ns".to_owned(), AttributeValue::Ns(set(&["1000", "1.0", "2"])));
    item.insert("l".to_owned(), AttributeValue::L(vec![s("x"), n("0.1")]));
    item
}

#[tokio::test]
async fn a_write_that_changes_nothing_leaves_no_record() {
    let db = Things::start().await;
    db.put(&everything("a")).await;
    db.put(&everything("a")).await;
    db.put(&everything_again("a")).await;
    let update = db.dynamodb().update_item().table_name(&db.table).key("id", s("a"));
    let update = update.update_expression("SET yes = :yes");
    update.expression_attribute_values(":yes", AttributeValue::Bool(true)).send().await.unwrap();
    db.delete("missing").await;
    assert_eq!(event_names(&db.records(1).await), ["INSERT"]);

    let mut reordered = everything("a");
    reordered.insert("l".to_owned(), AttributeValue::L(vec![n("0.10"), s("x")]));
    db.put(&reordered).await;

    assert_eq!(event_names(&db.records(2).await), ["INSERT", "MODIFY"]);
}

#[tokio::test]
async fn under_the_other_view_types_it_is_hidden_where_the_server_knows_the_images() {
    for view_type in [StreamViewType::KeysOnly, StreamViewType::NewImage, StreamViewType::OldImage] {
        let db = Things::with(|table| table.view_type(view_type)).await;
        db.put(&thing("a", &[])).await;
        db.put(&thing("a", &[])).await;
        let expected = if db.behavior().hides_what_changes_nothing { 1 } else { 2 };
        let records = db.records(expected).await;
        assert_eq!(event_names(&records), ["INSERT", "MODIFY"][..expected], "{view_type}");
    }
}
