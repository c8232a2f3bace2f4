//! What a [`Sink`] promises.

mod history;
mod interruption;
mod redelivery;
mod writing;

use super::{
    SinkFixture, Verdict,
    verdict::{Stopped, Tried, same},
};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Lane, Outcome, Reason, Redelivery, Report, Sink};
use std::{fmt, time::Duration};

/// The suite of [`Sink`]; `make` makes an empty target for each trial.
///
/// Which trials are run follows from what the sink says of itself: its level of [`Redelivery`]. What it ends in is
/// compared with what one delivery in order leaves, record by record, without a fault.
///
/// ```
/// use dynacdc_record::ItemKey;
/// use dynacdc_sink::{BoxSink, SinkExt, sink_fn};
/// use dynacdc_testkit::conformance::{self, Opened, SinkFixture};
/// use std::{collections::BTreeSet, sync::{Arc, Mutex}};
///
/// /// The keys of all items that are there.
/// #[derive(Clone, Default)]
/// struct Keys(Arc<Mutex<BTreeSet<ItemKey>>>);
///
/// #[async_trait::async_trait]
/// impl SinkFixture for Keys {
///     type Sink = BoxSink;
///     type State = BTreeSet<ItemKey>;
///
///     async fn sink(&self) -> Opened<BoxSink> {
///         let keys = Arc::clone(&self.0);
///         Ok(sink_fn("keys", move |record| {
///             let mut keys = keys.lock().unwrap();
///             match record.new_image() {
///                 Some(_) => keys.insert(record.item_key()),
///                 None => keys.remove(&record.item_key()),
///             };
///             async { Ok(()) }
///         })
///         .boxed())
///     }
///
///     async fn state(&self) -> Opened<BTreeSet<ItemKey>> {
///         Ok(self.0.lock().unwrap().clone())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), conformance::NotConforming> {
/// conformance::sink(Keys::default).run().await.into_result()
/// # }
/// ```
pub const fn sink<M, F>(make: M) -> SinkSuite<M>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    SinkSuite { make, records: None }
}

/// The suite of a [`Sink`]; made by [`sink`].
#[must_use]
pub struct SinkSuite<M> {
    make: M,
    records: Option<Vec<ChangeRecord>>,
}

impl<M> SinkSuite<M> {
    /// With a history of one's own, for a sink that does not write any item: in the order of the stream, at least two
    /// records, of several items, some of which change more than once and one of which ends deleted.
    ///
    /// The built-in one has items of a key `pk` (a string) and `v` (a number), and both images.
    pub fn with_records(self, records: impl IntoIterator<Item = ChangeRecord>) -> Self {
        Self { records: Some(records.into_iter().collect()), ..self }
    }
}

impl<M, F> SinkSuite<M>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    /// Runs all trials.
    pub async fn run(self) -> Verdict {
        let mut verdict = Verdict::on("sink");
        let records = self.records.map_or_else(history::built_in, Ok);
        let mut scene = None;
        let first = "1. applied is durable on return";
        verdict
            .run("reference", first, async {
                scene = Some(Scene::of(&self.make, records?).await?);
                Ok(())
            })
            .await;
        let Some(scene) = scene else { return verdict };
        verdict.run("durable", first, scene.durable()).await;
        verdict.run("bulk", "1. one outcome per record, whatever the batch", scene.bulk()).await;
        verdict.run("empty", "1. an empty batch does nothing", scene.empty()).await;
        let order = "2. nothing is settled behind a failure, and no mark passes it";
        verdict.run("failure", order, scene.failure()).await;
        verdict.run("poison", order, scene.poison()).await;
        let continued = "3. continued redelivery ends in the same state";
        verdict.run("again", continued, scene.again()).await;
        verdict.run("rewind", continued, scene.rewind()).await;
        verdict.run("cuts", continued, scene.cuts()).await;
        verdict.run("twins", continued, scene.twins()).await;
        verdict.run("restart", continued, scene.restart()).await;
        verdict.run("redrive", continued, scene.redrive()).await;
        verdict.run("unordered", "3. a lane without order is refused, or stood", scene.unordered()).await;
        let stale = "4. a stale write never wins";
        verdict.run("old_record", stale, scene.old_record()).await;
        verdict.run("disorder", stale, scene.disorder()).await;
        verdict.run("lanes_at_once", "5. no lane waits for another", scene.lanes_at_once()).await;
        let dropped = "6. a write that was dropped is repaired by the next delivery";
        verdict.run("dropped", dropped, scene.dropped()).await;
        verdict.run("blame", "7. a target that fails is the fault of no record", scene.blame()).await;
        verdict.run("deadline", "8. nothing is begun past the deadline", scene.deadline()).await;
        verdict
    }
}

impl<M> fmt::Debug for SinkSuite<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkSuite").field("records", &self.records.as_ref().map(Vec::len)).finish_non_exhaustive()
    }
}

/// What the trials of a sink have in common.
struct Scene<'a, M, F: SinkFixture> {
    make: &'a M,
    records: Vec<ChangeRecord>,
    /// What one delivery in order leaves.
    expected: F::State,
    level: Redelivery,
}

impl<'a, M, F> Scene<'a, M, F>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    async fn of(make: &'a M, records: Vec<ChangeRecord>) -> Result<Self, Stopped> {
        if records.len() < 2 {
            return Err(Stopped::broken("the history has fewer than two records"));
        }
        let fixture = make();
        let before = fixture.state().await?;
        let sink = fixture.sink().await?;
        for record in &records {
            let report = write(&sink, &ordered(), std::slice::from_ref(record)).await;
            settled("one record after the other", &report)?;
        }
        // What the sink does behind its own back counts here, and is found out by the trial of durability.
        tokio::time::sleep(SETTLING).await;
        let expected = fixture.state().await?;
        if expected == before {
            return Err(Stopped::broken(
                "the whole history leaves nothing in the target, so there is nothing to compare",
            ));
        }
        Ok(Self { make, records, expected, level: sink.redelivery() })
    }

    async fn given(&self) -> Result<(F, F::Sink), Stopped> {
        let fixture = (self.make)();
        let sink = fixture.sink().await?;
        Ok((fixture, sink))
    }

    async fn ends_right(&self, what: &str, fixture: &F) -> Tried {
        let state = fixture.state().await?;
        if state == self.expected { Ok(()) } else { self.shown(what, &state) }
    }

    fn shown(&self, what: &str, state: &F::State) -> Tried {
        same(what, format!("{state:?}"), format!("{:?}", self.expected))?;
        Err(Stopped::broken(format!("{what}: another state, of the same Debug form")))
    }
}

/// For how long a sink may go on behind its own back without it being called its state.
const SETTLING: Duration = Duration::from_secs(2);

fn ordered() -> Lane {
    Lane::ordered(None, "shardId-00000001777000000000-00000001")
}

async fn write(sink: &dyn Sink, lane: &Lane, records: &[ChangeRecord]) -> Report {
    let batch = Batch::new(lane, records);
    Report::settle(batch, sink.write(batch).await)
}

fn settled(what: &str, report: &Report) -> Tried {
    match report.first_unsettled() {
        None => Ok(()),
        Some((at, error)) => Err(Stopped::broken(format!("{what}: record {at} is not settled: {error:#}"))),
    }
}

/// Records that the sink did something about, or found done: settled, and not because they are none of its business.
fn dealt_with(report: &Report) -> usize {
    let left_out = |outcome: &Outcome| matches!(outcome, Outcome::Skipped(Reason::Filtered));
    report.outcomes().iter().filter(|outcome| outcome.is_settled() && !left_out(outcome)).count()
}

/// Delivers from the first unsettled record on until all are settled, as a poller does: with pauses, which grow to a
/// second, where it does not get on.
async fn deliver(sink: &dyn Sink, lane: &Lane, mut records: &[ChangeRecord]) -> Tried {
    let mut pause = Duration::from_millis(10);
    for _ in 0..20 {
        let report = write(sink, lane, records).await;
        let settled = report.settled_prefix();
        records = &records[settled..];
        if records.is_empty() {
            return Ok(());
        }
        if settled == 0 {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
    Err(Stopped::broken(format!("after 20 deliveries {} records are not settled", records.len())))
}
