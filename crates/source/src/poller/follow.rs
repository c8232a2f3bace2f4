//! From one stream of a table to the next.
//!
//! Nothing but the changes themselves could tell whether any was made while the table had no stream, so there is always a
//! gap between two streams. Taking the next one over is what stores that the gap was dealt with: a crash before has it
//! dealt with again, and none is passed over.

use super::{Poller, drive::Stop, meter::Meter, patience::answer_within, takeover::until_reached};
use crate::{Gap, GapCause, GapHook, GapPolicy, PollError, StreamsError, StreamsErrorKind};
use dynacdc_record::StreamArn;
use dynacdc_sink::{Backoff, Class};
use std::time::Duration;

/// The stream to go on with.
pub(super) struct Next {
    pub(super) stream: StreamArn,
    /// Whether there was a gap before it, and it was dealt with.
    pub(super) gap: bool,
}

impl Poller {
    /// Waits for the next stream of the table and deals with the gap before it; none if it was stopped first.
    pub(super) async fn next_stream(
        &self,
        ended: &StreamArn,
        meter: &Meter,
        stop: &mut Stop<'_>,
    ) -> Result<Option<Next>, PollError> {
        self.health.between_streams();
        tracing::info!(stream = %ended, "the stream has ended; the table's next one is looked for");
        let Some(next) = stop.or(self.found(ended)).await else { return Ok(None) };
        let stream = next?;
        let load = || self.checkpoints.load(&stream);
        let reached = until_reached("loading positions", self.call_timeout, load);
        let Some(stored) = stop.or(reached).await else { return Ok(None) };
        if stored?.is_some() {
            return Ok(Some(Next { stream, gap: false }));
        }
        let gap = Gap { stream: stream.clone(), shard: None, position: None, as_of: None, cause: GapCause::Off };
        meter.gap();
        self.health.gap();
        match self.settings.on_gap() {
            GapPolicy::Skip => tracing::error!(%stream, "changes made while the table had no stream are skipped"),
            GapPolicy::Resnapshot(hook) => {
                self.health.mends();
                if stop.or(mend(&**hook, &gap)).await.transpose()?.is_none() {
                    return Ok(None);
                }
            }
            GapPolicy::Fail => return Err(PollError::Gap { gap: Box::new(gap), source: None }),
        }
        Ok(Some(Next { stream, gap: true }))
    }

    /// The first stream of the table that came after this one, as soon as there is one.
    async fn found(&self, ended: &StreamArn) -> Result<StreamArn, StreamsError> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
        loop {
            let wait = match self.after(ended).await {
                Ok(Some(next)) => return Ok(next),
                Ok(None) => {
                    backoff.reset();
                    self.health.listed();
                    self.discovery
                }
                Err(error) if error.kind().is_transient() => {
                    let wait = backoff.next_delay();
                    tracing::warn!(stream = %ended, ?wait, %error, "listing streams is tried again");
                    wait
                }
                // The last stream of a table is listed for a day, the table itself must be there to be enabled again.
                Err(error) if error.kind() == StreamsErrorKind::NotFound => self.discovery,
                Err(error) => return Err(error),
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Labels are times in one format, so their texts are in the order in which streams were enabled.
    async fn after(&self, ended: &StreamArn) -> Result<Option<StreamArn>, StreamsError> {
        let (mut cursor, mut first) = (None::<StreamArn>, None::<StreamArn>);
        loop {
            let page = self.api.streams(ended.table(), cursor.as_ref());
            let page = answer_within(self.call_timeout, "ListStreams", page).await?;
            let later = page
                .streams
                .into_iter()
                .filter(|one| one.table_arn() == ended.table_arn() && one.label() > ended.label());
            first = later.chain(first).min_by(|one, other| one.label().cmp(other.label()));
            match page.more_after {
                Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                _ => return Ok(first),
            }
        }
    }
}

/// Runs the hook until it does not fail with a Transient error.
async fn mend(hook: &dyn GapHook, gap: &Gap) -> Result<(), PollError> {
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(10));
    loop {
        match hook.mend(gap).await {
            Ok(()) => return Ok(()),
            Err(error) if error.class() == Class::Transient => {
                let wait = backoff.next_delay();
                tracing::warn!(stream = %gap.stream, ?wait, %error, "mending a gap is tried again");
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(PollError::Gap { gap: Box::new(gap.clone()), source: Some(error) }),
        }
    }
}
