use super::FencedWriter;
use crate::{Retries, retries::once};
use aws_sdk_dynamodb::Client;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Clock, SinkError};
use std::{fmt, sync::Arc, time::Duration};

/// What a delete leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletes {
    /// A row that holds the key, the version, a mark and a time to live. It refuses what is older than the delete, so no
    /// deleted item comes back. Readers of the table leave such rows out.
    Tombstone {
        /// The attribute that marks it, with the value `true`.
        mark: String,
        /// The TTL attribute of the table. Where items have it too, it is their time to live: DynamoDB deletes such a row with
        /// its version.
        ttl: String,
        /// How long it stays at least: longer than the longest redelivery, pause of an owner that lost its lane, and
        /// flight of a call. DynamoDB deletes it some time after, within days.
        keep: Duration,
    },
    /// Nothing. Then an older put that comes later finds no fence: only for lanes that are ordered and whose owners never
    /// overlap.
    Real,
}

impl Default for Deletes {
    /// Tombstones that are marked `_d` and stay for a week by the attribute `_ttl`: a stream keeps records for a day.
    fn default() -> Self {
        Self::Tombstone { mark: "_d".into(), ttl: "_ttl".into(), keep: Duration::from_secs(7 * 24 * 3_600) }
    }
}

type EpochOf = dyn Fn(&ChangeRecord) -> Result<u64, SinkError> + Send + Sync;

/// Which epoch a record has.
#[derive(Clone)]
pub(super) struct Epochs(pub(super) Arc<EpochOf>);

impl fmt::Debug for Epochs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Epochs")
    }
}

impl FencedWriter {
    /// A writer to a table: the version in `_v`, deletes by [`Deletes::default`], epoch 0 for every record, 32 calls in
    /// flight. The retries of the SDK are switched off in its copy of the client.
    pub fn new(client: &Client, table: impl Into<String>) -> Self {
        Self {
            client: once(client),
            table: table.into(),
            attribute: "_v".into(),
            deletes: Deletes::default(),
            in_flight: 32,
            retries: Retries::default(),
            clock: Clock::system(),
            epochs: Epochs(Arc::new(|_| Ok(0))),
            by_statements: false,
        }
    }

    /// With another attribute for the version. A short name costs less in every row.
    #[must_use]
    pub fn with_attribute(self, attribute: impl Into<String>) -> Self {
        Self { attribute: attribute.into(), ..self }
    }

    /// With deletes of another kind.
    #[must_use]
    pub fn with_deletes(self, deletes: Deletes) -> Self {
        Self { deletes, ..self }
    }

    /// With at most so many calls in flight, at least one.
    #[must_use]
    pub fn with_in_flight(self, in_flight: usize) -> Self {
        Self { in_flight: in_flight.max(1), ..self }
    }

    /// With other retries.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// With another clock for the time to live of tombstones.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// With PartiQL statements, 25 in a call, in place of a call for each change: off by default, since the rows must be read
    /// before. The outcomes are the same, but that the row of a [`Stale`](super::FencedOutcome::Stale) may be the one that was
    /// sent, with numbers in the notation that they had there. What is saved and what it costs is in the README.
    ///
    /// All that write the table must give each row another version whenever they change it, or take the version away. A row
    /// that is changed in place under its version, between the read and the write, keeps the attributes that were added
    /// then; a put would have taken them away, if it came second.
    ///
    /// The program needs leave for `BatchGetItem`, `PartiQLInsert`, `PartiQLUpdate` and, for [`Deletes::Real`],
    /// `PartiQLDelete` beside `PutItem` and `DeleteItem`.
    #[must_use]
    pub fn with_statements(self, by_statements: bool) -> Self {
        Self { by_statements, ..self }
    }

    /// With the epoch of each record. It must be a function of the record alone, or a record that comes again gets
    /// another version.
    #[must_use]
    pub fn with_epochs(self, epochs: impl Fn(&ChangeRecord) -> Result<u64, SinkError> + Send + Sync + 'static) -> Self {
        Self { epochs: Epochs(Arc::new(epochs)), ..self }
    }
}
