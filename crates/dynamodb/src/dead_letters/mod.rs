//! Dead letters in a table.
//!
//! A table of rows, not of one item per key, since a letter may fill an item by itself; and everything of one consumer
//! under its own partitions, so that no read of one branch meets rows of another.
//!
//! What every batch reads is one row, and it is written only when the set of parked keys changes. A row that every
//! parking touched would be the simpler layout, and lost: all letters of a consumer would queue up for that one row, and
//! every one of them would make all processes read the list of keys again.

mod layout;
mod letter;
mod parking;
mod pieces;
mod reading;
mod removal;

use crate::{
    CostMeter, Retries, Token, TransactionError, TransactionWriter,
    random::random_bits,
    rows::{self, Rows, number_of},
};
use async_trait::async_trait;
use aws_sdk_dynamodb::{Client, types::TransactWriteItem};
use dynacdc_record::ItemKey;
use dynacdc_sink::{
    Clock, Cost, DeadLetterStore, Discarded, Generation, Letter, NewLetter, Place, Revision, SinkError,
};
use layout::{GENERATION, Layout};
use std::{
    fmt,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

/// Dead letters in a DynamoDB table.
///
/// One table may serve many consumers, that is branches: each sees its own letters alone. Handles of one consumer, in one
/// process or in many, share theirs.
///
/// # Layout
/// The table has the partition key `pk` and the sort key `sk`, both strings. `c` is the consumer, with `|` and `%` escaped.
///
/// | row | `pk` | `sk` | attributes |
/// |---|---|---|---|
/// | the counter | `c\|meta` | `meta` | `generation` |
/// | a parked key | `c\|keys` | the key | `item_key`, `revision` |
/// | a letter | `c\|letters\|` and the key | its [`Place`] | `record_json`, `pieces`, `lane`, `epoch`, `parked_error`, `attempts`, `first_parked`, `last_parked`, `revision` |
/// | a discarded letter | `c\|discarded` | time, counted down | the same, `discarded_at`, `discard_reason` |
///
/// A record of more than 256 KB of JSON goes on in rows behind that of its letter, whose sort key has `/01` and so on at
/// its end. They are written in the transaction that writes the letter. A key whose text is too long for a key of the
/// table stands there with its beginning and a SHA-256; `item_key` has it whole.
///
/// Every change is one transaction. The first letter of a key adds the row of the key and raises the counter; those behind
/// it ask for the row of the key and give it another revision, and leave the counter alone; to free a key asks for the
/// revision that its row had before its queue was found empty. So a letter and the freeing of its key exclude each other.
///
/// # Order of keys
/// [`keys`](DeadLetterStore::keys) come in the order of their text, bytewise, with long ones shortened as above. That is
/// not the order of [`ItemKey`] where values are numbers or bytes, or hold characters that the text escapes.
///
/// # Limits
/// A record of more than 3.75 MB of JSON does not fit into a transaction: its parking fails with a Poison error. Of the
/// message of an error and of the reason of a discard the first 64 KB are kept.
///
/// # Cost
/// Of a letter of up to 1 KB, in calls and write units, without retries:
///
/// | operation | calls | write units |
/// |---|---|---|
/// | [`generation`](DeadLetterStore::generation) | 1 | 0 (1 read unit) |
/// | [`park`](DeadLetterStore::park) of a key that is free | 1 | 6 |
/// | `park` of a key that is parked | 2 | 10 |
/// | [`park_behind`](DeadLetterStore::park_behind) | 1 | 4 |
/// | [`remove`](DeadLetterStore::remove) | 1 | 2 |
/// | [`discard`](DeadLetterStore::discard) | 1 | 4 |
/// | [`unpark`](DeadLetterStore::unpark) | 3 | 4 |
///
/// A letter takes two write units for each KB; one in pieces takes one call more to remove or discard. Keys that are parked
/// or freed at once meet at the counter, and transactions that meet there are made again, so a consumer parks some tens of
/// keys a second. Letters behind them are not held up by that.
///
/// # Errors
/// Throttles, conflicts and lost answers are met with the same call again, under the same token, so that it is not done
/// twice; what stands longer than that is Transient.
///
/// Cancellation safety: a call that is dropped has happened or has not, and may still happen for as long as it travels.
#[derive(Clone)]
#[must_use]
pub struct DynamoDbDeadLetters {
    rows: Rows,
    writer: TransactionWriter,
    layout: Layout,
    clock: Clock,
    /// The time of the last discard of this handle and its clones, in nanoseconds.
    last_discard: Arc<AtomicI64>,
}

impl DynamoDbDeadLetters {
    /// The letters of `consumer` in a table of this layout. The retries of the SDK are switched off in the store's copy of
    /// the client.
    pub fn new(client: &Client, table: impl Into<Arc<str>>, consumer: &str) -> Self {
        let rows = Rows::new(client, table, Retries::default());
        let layout = Layout::new(Arc::clone(&rows.table), consumer);
        let last_discard = Arc::new(AtomicI64::new(i64::MIN));
        Self { writer: TransactionWriter::new(client), rows, layout, clock: Clock::system(), last_discard }
    }

    /// Creates the table if there is none of its name, paid by request, and waits until it can be used.
    ///
    /// # Errors
    /// Those of `CreateTable` and `DescribeTable`; of class Fatal if it is not active within `patience`, or the table that
    /// is there has another key.
    pub async fn create_table(client: &Client, table: &str, patience: Duration) -> Result<(), SinkError> {
        rows::create(client, table, &[rows::PK, rows::SK], patience).await
    }

    /// With another clock, which tells the time of a discard.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// With other retries.
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { writer: self.writer.with_retries(retries.clone()), rows: Rows { retries, ..self.rows }, ..self }
    }

    /// What the calls of this handle and its clones have cost so far.
    pub fn cost(&self) -> Cost {
        self.meter().cost()
    }

    fn meter(&self) -> &CostMeter {
        self.rows.meter()
    }

    /// All of it or nothing. The revision is the identity of what is done.
    async fn transact(&self, actions: &[TransactWriteItem], revision: Revision) -> Result<(), TransactionError> {
        let token = Token::of(revision.0.to_be_bytes(), actions);
        self.writer.write(actions, &token, None, self.meter()).await
    }
}

/// A revision that nothing had. A count would need a row to count in, or a read.
fn fresh() -> Revision {
    Revision(random_bits())
}

#[async_trait]
impl DeadLetterStore for DynamoDbDeadLetters {
    async fn generation(&self) -> Result<Generation, SinkError> {
        let row = self.rows.get(&self.layout.meta()).await?;
        let Some(row) = row else { return Ok(Generation::default()) };
        number_of(&row, GENERATION).map(Generation).ok_or_else(|| layout::damaged(GENERATION))
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        self.put(&letter, true).await.map(|_| ())
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        self.put(&letter, false).await
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        self.read_keys(after, limit).await
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        self.read_letters(key, after, limit).await
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        self.take(letter, None).await
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        self.take(letter, Some(reason)).await
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        self.read_discarded(limit).await
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        self.free(key).await
    }
}

impl fmt::Debug for DynamoDbDeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbDeadLetters")
            .field("table", &self.rows.table)
            .field("consumer", &self.layout.consumer())
            .field("cost", &self.cost())
            .finish_non_exhaustive()
    }
}
