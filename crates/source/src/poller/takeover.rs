//! What comes before reading: the stream is taken over, and the sink must fit.

use super::{Poller, drive::Stop, patience::answer_within};
use crate::{Beginning, CheckpointError, PollError, Start, Stored};
use dynacdc_record::StreamArn;
use dynacdc_sink::{Backoff, Order, Sink};
use std::time::Duration;

impl Poller {
    /// Makes this poller the owner of the stream and gives what is stored; none if it was stopped first.
    pub(super) async fn take_over(
        &self,
        stream: &StreamArn,
        start: Start,
        sink: &dyn Sink,
        stop: &mut Stop<'_>,
    ) -> Result<Option<Stored>, PollError> {
        self.fits(sink, self.sub_lanes.get())?;
        let beginning = Beginning { start, at: self.clock.now() };
        let take_over = || self.checkpoints.take_over(stream, &self.owner, beginning);
        let reached = until_reached("taking the stream over", self.call_timeout, take_over);
        let Some(stored) = stop.or(reached).await else { return Ok(None) };
        let stored = stored?;
        tracing::info!(%stream, tenure = %stored.tenure, shards = stored.checkpoints.len(), "the stream is taken over");
        // A shard keeps the number of lanes that it was begun with.
        let begun = stored.checkpoints.iter().filter(|(_, checkpoint)| !checkpoint.progress.is_finished());
        self.fits(sink, begun.map(|(_, checkpoint)| checkpoint.sub_lanes.get()).max().unwrap_or(1))?;
        Ok(Some(stored))
    }

    fn fits(&self, sink: &dyn Sink, sub_lanes: u16) -> Result<(), PollError> {
        match sink.order() {
            Order::Lane if sub_lanes > 1 => Err(PollError::SubLanes { sink: sink.name().to_owned(), sub_lanes }),
            _ => Ok(()),
        }
    }
}

/// Tries until the store can be reached, and waits longer for each try: what takes a store long must come to its end
/// some time.
pub(super) async fn until_reached<T, F>(
    what: &'static str,
    mut limit: Duration,
    call: impl Fn() -> F,
) -> Result<T, CheckpointError>
where
    F: Future<Output = Result<T, CheckpointError>>,
{
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
    loop {
        let answer = answer_within(limit, what, call()).await;
        limit = limit.saturating_mul(2);
        match answer {
            Err(error) if error.kind().is_transient() => {
                let wait = backoff.next_delay();
                tracing::warn!(what, ?wait, %error, "a call of the checkpoint store is tried again");
                tokio::time::sleep(wait).await;
            }
            done => return done,
        }
    }
}
