//! What a stack writes to: tables of an embedded server, new ones for each history.

use super::http::FaultyHttp;
use async_trait::async_trait;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use dynacdc_dynamodb::{CallError, DynamoDbDeadLetters, DynamoDbDedupe, Retries};
use dynacdc_local::{LocalDynamoDb, ScalarAttributeType, TableSpec};
use dynacdc_record::{Item, ItemKey};
use dynacdc_sink::{Redelivery, SinkError};
use dynacdc_testkit::{Backend, Faults, Running, Subject};
use futures_util::future::BoxFuture;
use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    fmt::Debug,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{runtime, sync::OnceCell};

pub(super) type Attributes = HashMap<String, AttributeValue>;
pub(super) type Items = BTreeMap<ItemKey, Item>;

/// Tables that all histories share: each has a consumer of its own there.
const LETTERS: &str = "letters";
const CLAIMS: &str = "claims";

/// Answers come within a millisecond.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(1);
pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(8);

/// A server for all histories of a stack.
pub(super) struct Server {
    db: LocalDynamoDb,
    histories: AtomicUsize,
}

impl Server {
    pub(super) fn start() -> Result<Self, Box<dyn Error>> {
        let db = runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let db = LocalDynamoDb::builder().start().await?;
            let patience = Duration::from_secs(10);
            DynamoDbDeadLetters::create_table(db.dynamodb(), LETTERS, patience).await?;
            DynamoDbDedupe::create_table(db.dynamodb(), CLAIMS, patience).await?;
            Ok::<_, Box<dyn Error>>(db)
        })?;
        Ok(Self { db, histories: AtomicUsize::new(0) })
    }
}

/// The target of one history. It outlives the processes.
pub(super) struct Target<'a> {
    server: &'a Server,
    http: FaultyHttp,
    /// A client whose calls meet the faults.
    pub(super) client: Client,
    /// The name of its table, and of its consumer.
    pub(super) name: String,
    is_made: OnceCell<()>,
    /// Effects that leave no mark.
    pub(super) backend: Backend,
}

impl<'a> Target<'a> {
    fn new(server: &'a Server, faults: &Faults) -> Result<Self, SinkError> {
        let (http, client) = FaultyHttp::around(server.db.dynamodb(), faults)?;
        let name = format!("history-{}", server.histories.fetch_add(1, Ordering::Relaxed));
        Ok(Self { server, http, client, name, is_made: OnceCell::new(), backend: Backend::new(faults) })
    }

    /// Dead letters of this history.
    pub(super) fn letters(&self) -> DynamoDbDeadLetters {
        DynamoDbDeadLetters::new(&self.client, LETTERS, &self.name).with_retries(retries())
    }

    /// Claims. Those of a history are told apart by its name as the consumer.
    pub(super) fn claims(&self) -> DynamoDbDedupe {
        DynamoDbDedupe::new(&self.client, CLAIMS).with_retries(retries())
    }

    /// All rows of its table, read past the faults.
    pub(super) async fn rows(&self) -> Result<Vec<Attributes>, SinkError> {
        let scan = self.server.db.dynamodb().scan().table_name(&self.name).consistent_read(true);
        let pages = scan.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        Ok(pages.map_err(|error| CallError::new("Scan", error))?)
    }

    /// The items in its table, without versions and tombstones.
    pub(super) async fn items(&self) -> Result<Items, SinkError> {
        let mut items = Items::new();
        for mut row in self.rows().await? {
            row.remove("_v");
            if !row.contains_key("_d") {
                let item = Item::try_from(row).map_err(|error| SinkError::fatal("a row").with_source(error))?;
                let is_key = |(name, _): &(&String, _)| ["pk", "sk"].contains(&name.as_str());
                let key: Item = item.iter().filter(is_key).map(|(name, value)| (name.clone(), value.clone())).collect();
                let key = ItemKey::try_from(&key).map_err(|error| SinkError::fatal("a key").with_source(error))?;
                items.insert(key, item);
            }
        }
        Ok(items)
    }

    async fn make(&self) -> Result<(), SinkError> {
        let table = TableSpec::new(&self.name, "pk", ScalarAttributeType::S).sort_key("sk", ScalarAttributeType::S);
        let made = self.server.db.create_table_without_stream(table).await;
        made.map_err(|error| SinkError::fatal("the table of the history").with_source(error))
    }
}

/// Three attempts with next to no waits.
pub(super) fn retries() -> Retries {
    Retries::new(3, FIRST_WAIT, LONGEST_WAIT)
}

pub(super) type Build = fn(&Target<'_>) -> Result<Running, SinkError>;
pub(super) type Read<T> = for<'a> fn(&'a Target<'_>) -> BoxFuture<'a, Result<T, SinkError>>;

/// A stack over a target.
pub(super) struct Stack<'a, T> {
    target: Result<Target<'a>, SinkError>,
    build: Build,
    read: Read<T>,
    level: Redelivery,
}

impl<'a, T> Stack<'a, T> {
    pub(super) fn new(server: &'a Server, faults: &Faults, level: Redelivery, build: Build, read: Read<T>) -> Self {
        Self { target: Target::new(server, faults), build, read, level }
    }

    fn target(&self) -> Result<&Target<'a>, SinkError> {
        self.target.as_ref().map_err(SinkError::clone)
    }
}

#[async_trait]
impl<T: PartialEq + Debug + Send> Subject for Stack<'_, T> {
    type State = T;

    async fn start(&self, _: u32) -> Result<Running, SinkError> {
        let target = self.target()?;
        target.is_made.get_or_try_init(|| target.make()).await?;
        // Of the weaker level an owner begins when nothing of the one before is under way.
        if self.level == Redelivery::Continued {
            target.http.quiet().await;
        }
        (self.build)(target)
    }

    async fn state(&self) -> Result<T, SinkError> {
        let target = self.target()?;
        target.http.quiet().await;
        (self.read)(target).await
    }

    fn tallies(&self) -> Vec<(&'static str, u64)> {
        let doubles = self.target.as_ref().map_or(0, |target| target.backend.doubles());
        vec![("doubles", doubles)]
    }
}
