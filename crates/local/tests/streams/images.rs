use std::collections::HashMap;

use aws_sdk_dynamodbstreams::types::{AttributeValue as Seen, Record};
use dynacdc_record::StreamViewType;

use crate::scene::{Things, n, thing};

type Image = HashMap<String, Seen>;

fn version(number: &str) -> Option<Image> {
    Some(Image::from([("id".to_owned(), Seen::S("a".to_owned())), ("v".to_owned(), Seen::N(number.to_owned()))]))
}

/// Old and new image of each record of an insert, a change and a delete of one item.
async fn images(view_type: StreamViewType) -> Vec<(Option<Image>, Option<Image>)> {
    let db = Things::with(|table| table.view_type(view_type)).await;
    db.put(&thing("a", &[("v", n("1"))])).await;
    db.put(&thing("a", &[("v", n("2"))])).await;
    db.delete("a").await;
    let key = Image::from([("id".to_owned(), Seen::S("a".to_owned()))]);
    let images = |record: Record| {
        let change = record.dynamodb.unwrap();
        assert_eq!(change.keys.as_ref(), Some(&key));
        assert_eq!(change.stream_view_type.unwrap().as_str(), view_type.as_str());
        (change.old_image, change.new_image)
    };
    db.records(3).await.into_iter().map(images).collect()
}

#[tokio::test]
async fn new_and_old_images() {
    assert_eq!(
        images(StreamViewType::NewAndOldImages).await,
        [(None, version("1")), (version("1"), version("2")), (version("2"), None)]
    );
}

#[tokio::test]
async fn new_image() {
    assert_eq!(images(StreamViewType::NewImage).await, [(None, version("1")), (None, version("2")), (None, None)]);
}

#[tokio::test]
async fn old_image() {
    assert_eq!(images(StreamViewType::OldImage).await, [(None, None), (version("1"), None), (version("2"), None)]);
}

#[tokio::test]
async fn keys_only() {
    assert_eq!(images(StreamViewType::KeysOnly).await, [(None, None), (None, None), (None, None)]);
}
