//! Where the engine differs from DynamoDB and its answers are put right. What they are then is in `tests/streams`.

use dynacdc_local::LocalDynamoDb;

use crate::scene::{n, put, thing, things, trim_horizon};

#[tokio::test]
async fn pages_move_on_over_hidden_records() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    for version in ["1", "1", "1", "2"] {
        put(&db, &thing("a", &[("v", n(version))])).await;
    }

    let mut iterator = trim_horizon(&db, &arn).await;
    let mut sizes = Vec::new();
    for _ in 0..5 {
        let page = db.streams().get_records().shard_iterator(iterator).limit(1).send().await;
        let page = page.unwrap();
        sizes.push(page.records().len());
        iterator = page.next_shard_iterator.unwrap();
    }

    assert_eq!(sizes, [1, 0, 0, 1, 0]);
}
