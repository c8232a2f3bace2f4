//! Lines 1, 5, 7 and 8: one write, or two at once.

use super::{SETTLING, Scene, dealt_with, ordered, settled, write};
use crate::conformance::{
    SinkFixture,
    verdict::{Stopped, Tried, same},
};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, Lane, Outcome, Report, Sink};
use std::{future::Future, pin::pin, task::Poll};
use tokio::time::{Instant, sleep};

impl<M, F> Scene<'_, M, F>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    pub(super) async fn durable(&self) -> Tried {
        let (fixture, sink) = self.given().await?;
        settled("all at once", &write(&sink, &ordered(), &self.records).await)?;
        // As if the process ended now.
        drop(sink);
        self.ends_right("on return", &fixture).await?;
        sleep(SETTLING).await;
        self.ends_right("two seconds later", &fixture).await
    }

    pub(super) async fn bulk(&self) -> Tried {
        let lane = ordered();
        for length in [1, 2, self.records.len()] {
            let (fixture, sink) = self.given().await?;
            for records in self.records.chunks(length) {
                let report = sink.write(Batch::new(&lane, records)).await?;
                same("outcomes", report.outcomes().len(), records.len())?;
                settled("a batch", &report)?;
            }
            self.ends_right(&format!("in batches of {length}"), &fixture).await?;
        }
        Ok(())
    }

    pub(super) async fn empty(&self) -> Tried {
        let (fixture, sink) = self.given().await?;
        let before = fixture.state().await?;
        let lane = ordered();
        let report = sink.write(Batch::new(&lane, &[])).await?;
        same("outcomes of an empty batch", report.outcomes().len(), 0)?;
        same("calls for an empty batch", report.cost().calls, 0)?;
        same("the target after an empty batch", fixture.state().await?, before)?;
        if fixture.fail_next() {
            // A call would fail; and if it is made and hidden, the failure is used up.
            same("outcomes of an empty batch", sink.write(Batch::new(&lane, &[])).await?.outcomes().len(), 0)?;
            let report = write(&sink, &lane, &self.records[..1]).await;
            if report.is_settled() && !sink_retries(self, &lane).await? {
                return Err(Stopped::broken("an empty batch calls the target"));
            }
        }
        Ok(())
    }

    /// Each lane gets half of the items, and one waits in the middle of its write.
    pub(super) async fn lanes_at_once(&self) -> Tried {
        let (fixture, sink) = self.given().await?;
        let first_key = self.records[0].key();
        let (mine, others): (Vec<ChangeRecord>, Vec<ChangeRecord>) =
            self.records.iter().cloned().partition(|record| record.key() == first_key);
        if others.is_empty() {
            return Err(Stopped::idle("the history is about one item"));
        }
        let lanes = [ordered(), Lane::ordered(None, "shardId-00000001777000000000-00000002")];
        let mut waiting = pin!(write(&sink, &lanes[0], &mine));
        let begun = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context))).await;
        let other = write(&sink, &lanes[1], &others).await;
        settled("a lane beside one that stands still", &other)?;
        match begun {
            Poll::Ready(report) => settled("the first lane", &report)?,
            Poll::Pending => settled("the lane that stood still", &waiting.await)?,
        }
        self.ends_right("after two lanes", &fixture).await
    }

    pub(super) async fn blame(&self) -> Tried {
        let (fixture, sink) = self.given().await?;
        if !fixture.fail_next() {
            return Err(Stopped::idle("the fixture has no failing target"));
        }
        let report = write(&sink, &ordered(), &self.records).await;
        let poison = |error: &dynacdc_sink::SinkError| error.class() == Class::Poison && !error.is_unattributed();
        match report.outcomes().iter().filter_map(Outcome::error).find(|error| poison(error)) {
            None => Ok(()),
            Some(error) => Err(Stopped::broken(format!("a record is called poison: {error:#}"))),
        }
    }

    pub(super) async fn deadline(&self) -> Tried {
        let (fixture, sink) = self.given().await?;
        let before = fixture.state().await?;
        let lane = ordered();
        let batch = Batch::new(&lane, &self.records).with_deadline(Instant::now());
        let report = Report::settle(batch, sink.write(batch).await);
        same("settled past the deadline", dealt_with(&report), 0)?;
        same("calls past the deadline", report.cost().calls, 0)?;
        same("the target past the deadline", fixture.state().await?, before)?;
        super::deliver(&sink, &lane, &self.records[report.settled_prefix()..]).await?;
        self.ends_right("with time again", &fixture).await
    }
}

/// Whether the sink makes up for one failure by itself, so that none is seen.
async fn sink_retries<M, F>(scene: &Scene<'_, M, F>, lane: &Lane) -> Result<bool, Stopped>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    let (fixture, sink) = scene.given().await?;
    fixture.fail_next();
    Ok(write(&sink, lane, &scene.records[..1]).await.is_settled())
}
