//! The stream of a table: enabled, disabled, changed, waited for.
//!
//! Each step looks at the table first and calls `UpdateTable` only where something has to change. The other way, to call it
//! and read from the error whether the stream was there already, was left aside: the service has given two codes for that
//! (`ValidationException` today, `ResourceInUseException` in older documentation and servers), the second of which also
//! stands for an update that is under way.

mod error;
mod goal;
mod run;
mod state;

pub use error::{Awaited, SetupError};
pub use state::{TableStream, ViewTypeChange};

use crate::{StreamStatus, StreamsApi, StreamsErrorKind};
use aws_sdk_dynamodb::{Client, config::retry::RetryConfig};
use dynacdc_record::{StreamArn, StreamViewType};
use goal::Goal;
use run::{Next, Run};
use state::TableState;
use std::{sync::Arc, time::Duration};

/// Sets up the stream of one table.
///
/// Every method may be called again after an error or a crash, and by several programs at once: what is as wanted is left
/// alone.
///
/// ```no_run
/// # async fn run(dynamodb: aws_sdk_dynamodb::Client, streams: dynacdc_source::SdkStreams) -> Result<(), dynacdc_source::SetupError> {
/// use dynacdc_record::StreamViewType;
/// use dynacdc_source::StreamSetup;
///
/// let setup = StreamSetup::new(&dynamodb, "Orders");
/// setup.enable(StreamViewType::NewAndOldImages).await?;
/// let stream = setup.wait_until_usable(&streams).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct StreamSetup {
    client: Client,
    table: Arc<str>,
    patience: Duration,
}

impl StreamSetup {
    /// The stream of this table. Waits last five minutes at most, in all that one method does.
    pub fn new(client: &Client, table: impl Into<Arc<str>>) -> Self {
        // Attempts on two levels would multiply, and only those here keep to the patience.
        let once = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(once), table: table.into(), patience: Duration::from_secs(300) }
    }

    /// How long one method waits in all. It is asked between calls: one that has no answer is cut off by the timeouts of
    /// the client alone.
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Enables the stream and gives its ARN, once the table is `ACTIVE` again. A stream that is enabled with this view type
    /// already is left as it is.
    ///
    /// A stream that was disabled before does not go on: the new one has a label, and so an ARN, of its own
    /// ([AWS: change data capture for DynamoDB Streams][streams]). It begins with the changes after it was enabled; those
    /// made while there was none are in no stream.
    ///
    /// An update of the table that is under way is waited for ([AWS: UpdateTable][update]: one at a time), and so is a turn
    /// where the account has too many table operations at once.
    ///
    /// [streams]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    /// [update]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    ///
    /// # Errors
    /// [`SetupError::OtherViewType`] if the stream is enabled with another view type; else see [`SetupError`].
    ///
    /// # Cancellation
    /// Dropping the future does not take back a request that was sent.
    pub async fn enable(&self, view_type: StreamViewType) -> Result<StreamArn, SetupError> {
        let table = self.reach(Goal::Enabled(view_type), &mut Run::new(self.patience)).await?;
        self.latest(table)
    }

    /// Disables the stream, and gives the ARN of the one that ended where the service still tells it. A table without an
    /// enabled stream is left as it is.
    ///
    /// All shards are closed, and what is in them can be read for another 24 hours ([AWS: change data capture for DynamoDB
    /// Streams][streams]). A poller drains such a stream and then ends.
    ///
    /// [streams]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    ///
    /// # Errors
    /// See [`SetupError`].
    ///
    /// # Cancellation
    /// Dropping the future does not take back a request that was sent.
    pub async fn disable(&self) -> Result<Option<StreamArn>, SetupError> {
        self.disable_within(&mut Run::new(self.patience)).await
    }

    /// Replaces the stream by a new one with this view type: disables it, waits, enables it. Where the view type is this
    /// one already, nothing is done; where no stream is enabled, as after a crash half-way, one is.
    ///
    /// A view type cannot be changed in place ([AWS: StreamSpecification][specification]). The price:
    /// - **Changes made between the two steps are in no stream.** That is seconds to minutes. Stop the writers meanwhile,
    ///   or read the table once afterwards.
    /// - The new stream has another ARN, and checkpoints do not carry over: it is read from its beginning.
    /// - The old one has records that nobody has read yet. It can be read for 24 hours; drain it before the new one is
    ///   read, so that the changes of an item come in order.
    /// - What is bound to the ARN (event source mappings of Lambda, policies) has to be bound to the new one.
    ///
    /// [specification]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html
    ///
    /// # Errors
    /// [`SetupError::LeftDisabled`] if the old stream is disabled and the new one could not be enabled; else see
    /// [`SetupError`].
    ///
    /// # Cancellation
    /// Dropping the future may leave the stream disabled; calling this again goes on from there.
    pub async fn change_view_type(&self, view_type: StreamViewType) -> Result<ViewTypeChange, SetupError> {
        let run = &mut Run::new(self.patience);
        let before = self.active(run).await?;
        if before.enabled == Some(view_type) {
            return Ok(ViewTypeChange { old: None, new: self.latest(before)? });
        }
        let change = match self.disable_within(run).await {
            Ok(old) => self.enable_after(old.as_ref(), view_type, run).await.map(|new| ViewTypeChange { old, new }),
            Err(error) if !run.has_asked => return Err(error),
            Err(error) => Err(error),
        };
        change.map_err(|error| match error {
            // Somebody else has enabled one meanwhile.
            SetupError::OtherViewType { .. } => error,
            error => SetupError::LeftDisabled { table: self.table(), view_type, source: Box::new(error) },
        })
    }

    /// Waits until the table is `ACTIVE`, its stream `ENABLED` and described with at least one shard, and gives the
    /// stream's ARN. From then on a poller can read it.
    ///
    /// # Errors
    /// [`SetupError::NotEnabled`] if the table is `ACTIVE` and no stream is enabled; [`SetupError::TimedOut`] tells what
    /// was waited for in vain; else see [`SetupError`]. A table that was created just now may not be known yet: see
    /// [`ensure_table`](dynacdc_dynamodb::ensure_table).
    pub async fn wait_until_usable(&self, streams: &(impl StreamsApi + ?Sized)) -> Result<StreamArn, SetupError> {
        let run = &mut Run::new(self.patience);
        let table = self.active(run).await?;
        if table.enabled.is_none() {
            return Err(SetupError::NotEnabled { table: self.table() });
        }
        let arn = self.latest(table)?;
        loop {
            match self.usable(streams, &arn).await? {
                Next::Done(()) => return Ok(arn),
                Next::Wait(awaited, cause) => run.wait(&self.table, awaited, cause).await?,
            }
        }
    }

    /// The latest stream of the table, also one that is disabled where the service still tells of it. None if there was
    /// never one, or it is forgotten.
    ///
    /// The status is told from that of the table: while another update of it is under way, a stream that is enabled
    /// counts as being enabled.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn current(&self) -> Result<Option<TableStream>, SetupError> {
        let run = &mut Run::new(self.patience);
        loop {
            match self.described().await? {
                Next::Done(table) => return Ok(table.stream()),
                Next::Wait(awaited, cause) => run.wait(&self.table, awaited, cause).await?,
            }
        }
    }

    /// The streams of the table that the service still has, the oldest first: by their labels, which are times. One that
    /// was disabled is among them for 24 hours.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn streams(&self, streams: &(impl StreamsApi + ?Sized)) -> Result<Vec<StreamArn>, SetupError> {
        let run = &mut Run::new(self.patience);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            match streams.streams(&self.table, after.as_ref()).await {
                Ok(page) => {
                    found.extend(page.streams);
                    // A cursor that leads to itself would never end.
                    if page.more_after.is_none() || page.more_after == after {
                        break;
                    }
                    after = page.more_after;
                }
                Err(error) if error.kind().is_transient() => {
                    let awaited = Awaited::Answer { operation: error.operation() };
                    run.wait(&self.table, awaited, Some(Arc::new(error))).await?;
                }
                Err(source) => return Err(SetupError::Streams { table: self.table(), source }),
            }
        }
        found.sort_by(|a: &StreamArn, b| a.label().cmp(b.label()));
        found.dedup();
        Ok(found)
    }

    /// Whether the stream takes on records and has a shard.
    async fn usable(&self, streams: &(impl StreamsApi + ?Sized), arn: &StreamArn) -> Result<Next<()>, SetupError> {
        let mut after = None;
        loop {
            let page = match streams.describe(arn, after.as_ref()).await {
                Ok(page) => page,
                Err(error) if error.kind().is_transient() => {
                    return Ok(Next::Wait(Awaited::Answer { operation: error.operation() }, Some(Arc::new(error))));
                }
                // The table tells of the stream before the other service knows it.
                Err(error) if error.kind() == StreamsErrorKind::NotFound => {
                    return Ok(Next::Wait(Awaited::StreamEnabled, Some(Arc::new(error))));
                }
                Err(source) => return Err(SetupError::Streams { table: self.table(), source }),
            };
            match page.status {
                StreamStatus::Enabled if !page.shards.is_empty() => return Ok(Next::Done(())),
                StreamStatus::Enabled if page.more_after.is_some() && page.more_after != after => {
                    after = page.more_after;
                }
                StreamStatus::Enabled => return Ok(Next::Wait(Awaited::Shard, None)),
                StreamStatus::Enabling => return Ok(Next::Wait(Awaited::StreamEnabled, None)),
                StreamStatus::Disabling | StreamStatus::Disabled => {
                    return Err(SetupError::NotEnabled { table: self.table() });
                }
            }
        }
    }

    async fn disable_within(&self, run: &mut Run) -> Result<Option<StreamArn>, SetupError> {
        // Not every server tells of the stream once it is disabled.
        let before = self.active(run).await?;
        let after = self.reach(Goal::Disabled, run).await?;
        Ok(after.latest.or(before.latest))
    }

    async fn enable_after(
        &self,
        old: Option<&StreamArn>,
        view_type: StreamViewType,
        run: &mut Run,
    ) -> Result<StreamArn, SetupError> {
        loop {
            match self.reach(Goal::Enabled(view_type), run).await {
                Ok(table) => return self.latest(table),
                // A description that is behind still shows the old one.
                Err(SetupError::OtherViewType { arn, .. }) if arn.is_some() && arn.as_ref() == old => {
                    run.wait(&self.table, Awaited::Description, None).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn latest(&self, table: TableState) -> Result<StreamArn, SetupError> {
        table.latest.ok_or_else(|| SetupError::NotEnabled { table: self.table() })
    }

    fn table(&self) -> Arc<str> {
        Arc::clone(&self.table)
    }
}
