//! Checkpoints in a DynamoDB table.
//!
//! A position is one conditional put of its own row. One row for the whole stream lost: every position would write all of
//! them, and all shards would wait for one another. So the fence has to be in every row: each carries the term and count of
//! its last write, and a take-over *stamps* them with its own term. The row of the stream says which term was given last, and
//! which take-over was the last to *complete*, that is to stamp every row that it found.
//!
//! # Why an earlier owner changes nothing
//!
//! Let the earlier owner have term 5 and the later one 6. The take-over (a) raises the term in the row of the stream, on
//! condition that it is what was read, so that a request that lands late raises nothing and no two get one term (a random
//! id tells a call whose answer was lost that the term is its own); (b) reads
//! all rows, consistently; (c) stamps each, on condition that its term is below 6, and takes the position that *this* update
//! returns for what is stored; (d) notes in the row of the stream that it has completed, on condition that its term is
//! still 6. A save of term 5 can meet it so:
//!
//! 1. Its put arrives before the stamp of its row: it happens, and the stamp returns it. After the stamp: its condition
//!    (term is 5) does not hold, the answer brings the row along with term 6, and the caller is told.
//! 2. The shard has no row. The put does nothing, for its condition does not hold. The first save is then a transaction of
//!    the row and a check that the term of the stream is 5. It comes before (a), and (b) finds the row; or after (a), and is
//!    refused.
//! 3. The transaction comes before (a), but (b) does not see its row: reads of several rows are only isolated from
//!    transactions row by row. Then the row is a *stray*: its term stays below that of a take-over that completed, since
//!    nobody stamps it. Rows with a term below the one completed last are left out whenever rows are read, so puts of term 5
//!    to a stray are seen by nobody, though they are `Ok`: the owner lost nothing that it could not read again. A save of
//!    term 6 finds a row of a lower term, and replaces it by the transaction of 2.
//! 4. A `forget` is a write like others: it leaves a row without a position, so 1 to 3 hold, and a save of a lower count
//!    finds its count. The next take-over deletes such rows after it has stamped them, if they are still as it stamped them.
//!
//! And two take-overs, 6 and 7: 7 has raised the term after 6. A stamp of 6 that meets one of 7 does not hold, and 6 fails.
//! If 6 stamps all rows first, (d) fails, or has come before 7 raised the term; then 7 knows that 6 completed, and from that
//! time 6 is an earlier owner as above. If 6 stamps a row that 7 did not see (3.), the row has term 6 when 7 has completed:
//! a stray. If 6 dies before (d), rows that it did not stamp still count, as the take-over completed last was before them.
//!
//! Requests that land late: (a) and (d) do nothing, since the term is another one; a stamp does nothing to a row that has
//! this term or a higher one; a put or a transaction does nothing where count and term are not above those of the row; the
//! deletion of a row does nothing when anything about it has changed.

mod calls;
mod row;
mod taking;

use super::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, Stamp, Stored};
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use dynacdc_dynamodb::{CallError, CostMeter, ErrorKind, Retries, TableKey, TransactionWriter, ensure_table};
use dynacdc_record::StreamArn;
use dynacdc_sink::{Cost, ShardId};
use row::{Row, text};
use std::{fmt, sync::Arc, time::Duration};

/// Checkpoints in a DynamoDB table.
///
/// For a process that moves between machines. One table may serve any number of streams and processes, and a table that is
/// there already may be used, as long as its key is two strings: the rows have partitions of their own.
///
/// # Layout
/// The partition key (`pk`, unless it is called otherwise) is the ARN of the stream.
///
/// | row | sort key (`sk`) | attributes |
/// |---|---|---|
/// | the stream | `meta` | `owner_name`, `owner_term`, `take_over_id`, `completed_term`, `begin_from`, `begin_at` |
/// | a shard | `shard\|` and its id | `owner_term`, `save_count`, `progress_kind`, `sequence_number`, `since_time`, `as_of_time`, `sub_lanes` |
///
/// `progress_kind` is `begun` (with `since_time`, if there is one), `after` (with `sequence_number`) or `finished` (with
/// `sequence_number`, if it is known). Times are RFC 3339 in UTC, to the nanosecond. A shard that was forgotten keeps a row
/// without `progress_kind` until the next take-over, so that a save that lands late does not bring it back. The row of a
/// shard counts if its `owner_term` is not below the `completed_term` of the stream.
///
/// To set a position back by hand, stop the process, change the row of the shard, and start it again.
///
/// # Cost
/// In calls and write units, for rows of up to 1 KB, which they are unless names are very long, and without retries:
///
/// | operation | calls | write units |
/// |---|---|---|
/// | `save`, `forget` | 1 | 1 |
/// | the first `save` of a shard | 2 | 5 (one of them for the put that finds no row) |
/// | `take_over` of n shards | n + 4, and a page more per 1 MB | n + 2 |
/// | `load` | 1, and a page more per 1 MB | 0 |
///
/// n counts the rows that are there: shards that were read to their end until they are forgotten, and those forgotten since
/// the last take-over, which cost one unit more. Reading costs a read unit per 4 KB, some 15 rows.
///
/// # Errors
/// Throttles and lost answers are met with the same call again; what stands longer is `Unavailable`. `Refused`, with the name
/// of the table, for one that is missing or has another key, and for permissions; also for a shard id of more than 1,000
/// bytes and for a time before the year 0 or after 9999. `Corrupt`, with stream and shard, for a row that cannot be read.
///
/// Cancellation safety: a call that is dropped has happened or has not, and may still happen for as long as it travels.
#[derive(Clone)]
#[must_use]
pub struct DynamoDbCheckpoints {
    client: Client,
    table: Arc<str>,
    /// The names of the key attributes.
    partition: Arc<str>,
    sort: Arc<str>,
    retries: Retries,
    writer: TransactionWriter,
    meter: Arc<CostMeter>,
}

impl DynamoDbCheckpoints {
    /// The checkpoints in a table of this layout. The retries of the SDK are switched off in the store's copy of the client.
    pub fn new(client: &Client, table: impl Into<Arc<str>>) -> Self {
        Self {
            client: Retries::client(client),
            table: table.into(),
            partition: "pk".into(),
            sort: "sk".into(),
            retries: Retries::default(),
            writer: TransactionWriter::new(client),
            meter: Arc::default(),
        }
    }

    /// With other names of the partition key and the sort key. Both are strings.
    pub fn with_keys(self, partition: impl Into<Arc<str>>, sort: impl Into<Arc<str>>) -> Self {
        Self { partition: partition.into(), sort: sort.into(), ..self }
    }

    /// With other retries.
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { writer: self.writer.with_retries(retries.clone()), retries, ..self }
    }

    /// What the calls of this handle and its clones have cost so far.
    pub fn cost(&self) -> Cost {
        self.meter.cost()
    }

    /// Creates the table if there is none of its name, paid by request, and waits until it can be used.
    ///
    /// # Errors
    /// `Refused` if it is not active within `patience`, the table that is there has another key, or the calls
    /// `CreateTable` and `DescribeTable` are not permitted; `Unavailable` where they fail.
    pub async fn ensure_table(&self, patience: Duration) -> Result<(), CheckpointError> {
        let unsendable = |_| self.failed("creating", CallError::of_kind(ErrorKind::Unsendable, "CreateTable"));
        let mut create = self.client.create_table().table_name(&*self.table).billing_mode(BillingMode::PayPerRequest);
        for (name, role) in [(&self.partition, KeyType::Hash), (&self.sort, KeyType::Range)] {
            let attribute = AttributeDefinition::builder().attribute_name(&**name);
            let attribute = attribute.attribute_type(ScalarAttributeType::S).build().map_err(unsendable)?;
            let element = KeySchemaElement::builder().attribute_name(&**name).key_type(role);
            create = create.attribute_definitions(attribute).key_schema(element.build().map_err(unsendable)?);
        }
        let table = ensure_table(&self.client, create, patience).await;
        let key = TableKey::of(&table.map_err(|error| self.failed("creating", error))?);
        let names = [&*self.partition, &*self.sort];
        let sample: Row = names.map(|name| (name.to_owned(), text("a"))).into();
        if key.names().eq(names) && key.check(&sample).is_ok() {
            return Ok(());
        }
        let told = format!("the table {} is there, and has another key", self.table);
        Err(CheckpointError::new(CheckpointErrorKind::Refused, told))
    }
}

#[async_trait]
impl CheckpointStore for DynamoDbCheckpoints {
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        self.take(stream, owner, beginning).await
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        self.look(stream).await
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        self.write(stream, shard, Some(checkpoint), stamp).await
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        self.write(stream, shard, None, stamp).await
    }
}

impl fmt::Debug for DynamoDbCheckpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbCheckpoints")
            .field("table", &self.table)
            .field("cost", &self.cost())
            .finish_non_exhaustive()
    }
}
