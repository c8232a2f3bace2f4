//! Pages of records, and requests that the API does not allow.

use aws_sdk_dynamodbstreams::types::ShardIteratorType;

use crate::scene::{Things, n, s, thing};

#[tokio::test]
async fn a_page_has_as_many_records_as_asked_for_and_the_next_one_goes_on() {
    let db = Things::start().await;
    for id in 0..7 {
        db.put(&thing(&id.to_string(), &[])).await;
    }
    let mut iterator = db.trim_horizon(&db.arn).await;
    let mut sizes = Vec::new();
    for _ in 0..4 {
        let page = db.streams().get_records().shard_iterator(iterator).limit(3).send().await.unwrap();
        sizes.push(page.records().len());
        iterator = page.next_shard_iterator.unwrap();
    }
    assert_eq!(sizes, [3, 3, 1, 0]);
    let again = db.page(&iterator).await;
    assert!(again.records().is_empty() && again.next_shard_iterator.is_some(), "the shard is open");
}

/// 1,000 is the most, by the page of `GetRecords`.
#[tokio::test]
async fn more_records_than_a_page_has_are_refused_or_cut() {
    let db = Things::start().await;
    for batch in 0..41 {
        let puts = (0..25).map(|at| {
            let item = thing(&format!("{batch} {at}"), &[]);
            let put = aws_sdk_dynamodb::types::PutRequest::builder().set_item(Some(item)).build().unwrap();
            aws_sdk_dynamodb::types::WriteRequest::builder().put_request(put).build()
        });
        let write = db.dynamodb().batch_write_item().request_items(&db.table, puts.collect());
        assert!(write.send().await.unwrap().unprocessed_items.is_none_or(|left| left.is_empty()));
    }
    let iterator = db.trim_horizon(&db.arn).await;
    assert_eq!(db.page(&iterator).await.records().len(), 1_000);

    let asked = db.streams().get_records().shard_iterator(&iterator).limit(1_001).send().await;
    if db.behavior().refuses_large_pages {
        let error = asked.unwrap_err().into_service_error();
        assert_eq!(error.meta().code(), Some("ValidationException"));
    } else {
        assert_eq!(asked.unwrap().records().len(), 1_000);
    }
}

#[tokio::test]
async fn what_is_no_iterator_no_shard_and_no_stream_is_refused() {
    let db = Things::start().await;
    db.put(&thing("a", &[("x", n("1")), ("y", s("2"))])).await;
    let garbage = db.streams().get_records().shard_iterator("garbage").send().await.unwrap_err();
    assert_eq!(garbage.into_service_error().meta().code(), Some("ValidationException"));

    let nowhere = db.streams().get_shard_iterator().stream_arn(db.arn.as_str());
    let nowhere = nowhere.shard_id("shardId-00000000000000000000-00000000");
    let nowhere = nowhere.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await;
    let elsewhere = format!("{}0", db.arn);
    let elsewhere = db.streams().describe_stream().stream_arn(elsewhere).send().await;
    if db.behavior().knows_its_shards {
        assert!(nowhere.unwrap_err().into_service_error().is_resource_not_found_exception());
        assert!(elsewhere.unwrap_err().into_service_error().is_resource_not_found_exception());
    } else {
        assert!(nowhere.is_ok() && elsewhere.is_ok());
    }
}
