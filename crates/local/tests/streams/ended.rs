//! A stream that is switched off, and on again.

use aws_sdk_dynamodbstreams::types::StreamStatus;
use dynacdc_record::StreamViewType;

use crate::scene::{Things, event_names, sequence_number, thing};

#[tokio::test]
async fn a_stream_that_is_switched_off_can_be_read_to_its_end() {
    let db = Things::start().await;
    for id in ["a", "b"] {
        db.put(&thing(id, &[])).await;
    }
    let last = sequence_number(&db.records(2).await[1]);
    let (begin, shard) = (db.trim_horizon(&db.arn).await, db.only_shard(&db.arn).await);

    db.switch_stream(None).await;
    db.put(&thing("unseen", &[])).await;

    if !db.behavior().keeps_ended_streams {
        let described = db.streams().describe_stream().stream_arn(db.arn.as_str()).send().await;
        assert!(described.unwrap_err().into_service_error().is_resource_not_found_exception());
        return;
    }
    assert_eq!(db.describe(&db.arn).await.stream_status, Some(StreamStatus::Disabled));
    let closed = db.only_shard(&db.arn).await;
    assert_eq!(closed.shard_id, shard.shard_id);
    assert_eq!(closed.sequence_number_range.unwrap().ending_sequence_number, Some(last));
    for iterator in [begin, db.trim_horizon(&db.arn).await] {
        let page = db.page(&iterator).await;
        assert_eq!(event_names(page.records()), ["INSERT", "INSERT"]);
        assert_eq!(page.next_shard_iterator, None, "the last page has records, and no next one");
    }
}

#[tokio::test]
async fn a_stream_that_is_switched_on_again_is_another_one() {
    let db = Things::start().await;
    db.put(&thing("a", &[])).await;
    db.switch_stream(None).await;
    db.put(&thing("unseen", &[])).await;

    let new = db.switch_stream(Some(StreamViewType::KeysOnly)).await;
    db.put(&thing("b", &[])).await;

    assert_ne!(new, db.arn);
    assert!(new.label() > db.arn.label(), "{new} {}", db.arn);
    let ids = async |arn| {
        let page = db.page(&db.trim_horizon(arn).await).await;
        let ids = page.records.unwrap_or_default().into_iter().map(|record| record.dynamodb.unwrap().keys.unwrap());
        ids.map(|keys| keys["id"].as_s().unwrap().clone()).collect::<Vec<_>>()
    };
    if db.behavior().keeps_ended_streams {
        assert_eq!((ids(&db.arn).await, ids(&new).await), (vec!["a".to_owned()], vec!["b".to_owned()]));
    } else {
        let both = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!((ids(&db.arn).await, ids(&new).await), (both.clone(), both));
    }
    assert_eq!(db.describe(&new).await.stream_view_type.unwrap().as_str(), "KEYS_ONLY");
}
