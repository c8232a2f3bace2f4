//! The suites that every store is held to, each trial on tables of its own.

use crate::scene::Stores;
use async_trait::async_trait;
use dynacdc_dynamodb::{DynamoDbDeadLetters, DynamoDbDedupe};
use dynacdc_testkit::conformance::{NotConforming, Opened, StoreFixture, dead_letter_store, dedupe_store};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A server, which starts when a handle is asked for.
#[derive(Default)]
struct Server(OnceCell<Stores>);

struct Letters(Server);

struct Claims(Server);

impl Server {
    async fn get(&self) -> Opened<&Stores> {
        let start = || async { Opened::Ok(Stores::start().await?) };
        self.0.get_or_try_init(start).await
    }
}

#[async_trait]
impl StoreFixture for Letters {
    type Store = DynamoDbDeadLetters;

    async fn open(&self) -> Opened<DynamoDbDeadLetters> {
        let db = self.0.get().await?;
        DynamoDbDeadLetters::create_table(db.dynamodb(), db.letters(), Duration::from_secs(5)).await?;
        Ok(DynamoDbDeadLetters::new(db.dynamodb(), db.letters(), "conformance"))
    }
}

#[async_trait]
impl StoreFixture for Claims {
    type Store = DynamoDbDedupe;

    async fn open(&self) -> Opened<DynamoDbDedupe> {
        let db = self.0.get().await?;
        DynamoDbDedupe::create_table(db.dynamodb(), db.claims(), Duration::from_secs(5)).await?;
        Ok(DynamoDbDedupe::new(db.dynamodb(), db.claims()))
    }
}

#[tokio::test]
async fn dead_letters_conform() -> Result<(), NotConforming> {
    dead_letter_store(|| Letters(Server::default())).await.into_result()
}

#[tokio::test]
async fn claims_conform() -> Result<(), NotConforming> {
    dedupe_store(|| Claims(Server::default())).await.into_result()
}
