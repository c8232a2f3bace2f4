//! The server that a test talks to: an embedded one of its own, or the one that `DYNAMODB_ENDPOINT` names.
//!
//! `make test-services` sets the variable to DynamoDB Local. All tests share that server, and it may hold what earlier
//! runs left: so every table has a name of its own, and is deleted when the [`Server`] is dropped.
//!
//! What the two do differently is data, [`Behavior`]. A test of a difference asserts what the data say, for both. A test of
//! what one of them lacks begins with [`Server::having`] or [`Server::embedded`], which print why it is skipped.

#![allow(dead_code, reason = "several test programs share this file, and each needs a part of it")]

use std::{
    collections::BTreeSet,
    env,
    hash::{BuildHasher, RandomState},
    ops::Deref,
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dynacdc_local::{Builder, ENDPOINT_VARIABLE, LocalDynamoDb, LocalError};

/// How a server behaves where the two differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Behavior {
    pub(crate) name: &'static str,
    /// What the creation time of a record is rounded down to.
    pub(crate) creation_times: Duration,
    /// Whether a write that changes nothing makes no record whatever the view type, as on AWS.
    pub(crate) hides_what_changes_nothing: bool,
    /// Whether a stream that is switched off can be read to its end, as on AWS; otherwise it cannot be described, and
    /// every ARN reads the records of all the streams of its table.
    pub(crate) keeps_ended_streams: bool,
    /// Whether a shard or a label that does not exist is refused, as on AWS.
    pub(crate) knows_its_shards: bool,
    /// Whether sequence numbers are padded with zeros, and another text is refused.
    pub(crate) pads_numbers: bool,
    /// Whether tens of thousands of records in one stream are no burden.
    pub(crate) holds_many_records: bool,
    /// Whether a `Limit` above 1,000 is refused, as on AWS; otherwise it is cut.
    pub(crate) refuses_large_pages: bool,
    /// Whether a read of a row that is not there costs as much as one of a small row, as on AWS.
    pub(crate) reading_nothing_costs: bool,
    /// What each transaction is said to cost whatever is in it; otherwise two units per KB of each action, as on AWS.
    pub(crate) units_of_a_transaction: Option<u64>,
    /// Whether the digits of a number are metered in pairs that begin at the point; otherwise at its first and last digit.
    pub(crate) pairs_begin_at_the_point: bool,
}

const EMBEDDED: Behavior = Behavior {
    name: "the embedded server",
    creation_times: Duration::from_secs(1),
    hides_what_changes_nothing: false,
    keeps_ended_streams: false,
    knows_its_shards: false,
    pads_numbers: false,
    holds_many_records: false,
    refuses_large_pages: false,
    reading_nothing_costs: true,
    units_of_a_transaction: None,
    pairs_begin_at_the_point: false,
};

const DYNAMODB_LOCAL: Behavior = Behavior {
    name: "DynamoDB Local",
    creation_times: Duration::from_secs(60),
    hides_what_changes_nothing: true,
    keeps_ended_streams: true,
    knows_its_shards: true,
    pads_numbers: true,
    holds_many_records: true,
    refuses_large_pages: true,
    reading_nothing_costs: false,
    units_of_a_transaction: Some(4),
    pairs_begin_at_the_point: true,
};

/// `.ci/sum-tests` counts these lines: a test that did not look at anything has not passed.
#[allow(clippy::print_stdout, reason = "it is the output of a test")]
fn skip(what: &str, behavior: &Behavior) {
    let thread = std::thread::current();
    println!("test skipped: {}: {} has not {what}", thread.name().unwrap_or_default(), behavior.name);
}

/// Clients of a server, and tables that nobody else uses.
#[derive(Debug)]
pub(crate) struct Server {
    db: LocalDynamoDb,
    mark: String,
    /// By the names that were asked for; whether each was made, only the server knows.
    tables: Mutex<BTreeSet<String>>,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, LocalError> {
        Ok(Self::around(LocalDynamoDb::start().await?))
    }

    fn around(db: LocalDynamoDb) -> Self {
        static RUN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(()));
        static SERVERS: AtomicUsize = AtomicUsize::new(0);
        let mark = format!("{:x}_{}", *RUN, SERVERS.fetch_add(1, Ordering::Relaxed));
        Self { db, mark, tables: Mutex::default() }
    }

    /// A server that behaves so. Otherwise nothing, and a line that says why the test is skipped.
    pub(crate) async fn having(is_so: impl Fn(&Behavior) -> bool, what: &str) -> Result<Option<Self>, LocalError> {
        let server = Self::start().await?;
        if is_so(server.behavior()) {
            return Ok(Some(server));
        }
        skip(what, server.behavior());
        Ok(None)
    }

    /// The embedded server of this builder. Nothing where the tests are to run on another one, and a line that says why
    /// the test is skipped.
    pub(crate) async fn embedded(builder: Builder, what: &str) -> Result<Option<Self>, LocalError> {
        if env::var_os(ENDPOINT_VARIABLE).is_some_and(|endpoint| !endpoint.is_empty()) {
            skip(what, &DYNAMODB_LOCAL);
            return Ok(None);
        }
        Ok(Some(Self::around(builder.start().await?)))
    }

    pub(crate) fn behavior(&self) -> &'static Behavior {
        if self.db.is_embedded() { &EMBEDDED } else { &DYNAMODB_LOCAL }
    }

    /// The name that this test uses for a table: the same one for the same word. It needs no quotes in PartiQL.
    pub(crate) fn table_name(&self, word: &str) -> String {
        let name = format!("{word}_{}", self.mark);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        name
    }
}

impl Deref for Server {
    type Target = LocalDynamoDb;

    fn deref(&self) -> &LocalDynamoDb {
        &self.db
    }
}

impl Drop for Server {
    /// On a thread and connections of its own: the runtime of the test is not to be waited for here.
    fn drop(&mut self) {
        if self.db.is_embedded() {
            return;
        }
        let tables = std::mem::take(self.tables.get_mut().unwrap_or_else(PoisonError::into_inner));
        let endpoint = self.db.endpoint().to_owned();
        let deleting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let db = LocalDynamoDb::builder().endpoint(endpoint).start().await.map_err(std::io::Error::other)?;
                for table in tables {
                    // Not every one was made.
                    _ = db.dynamodb().delete_table().table_name(table).send().await;
                }
                std::io::Result::Ok(())
            })
        });
        _ = deleting.join();
    }
}
