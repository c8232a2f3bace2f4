//! A smoke test of the poller: under fifty seeds it delivers everything, in order per item.

use crate::Tested;
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, ItemKey, SequenceNumber, item};
use dynacdc_sink::{Batch, Order, Outcome, Redelivery, Report, Sink, SinkError};
use dynacdc_source::{PollError, Polled, Poller};
use dynacdc_testkit::{Fired, Hardship, Hardships, StreamSimulator};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<ChangeRecord>>>);

impl Collected {
    /// The numbers of each item, a repetition of what is there already left out.
    fn by_item(&self) -> BTreeMap<ItemKey, Vec<SequenceNumber>> {
        by_item(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn distinct(&self) -> usize {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().map(ChangeRecord::sequence_number).collect::<BTreeSet<_>>().len()
    }
}

fn by_item(records: &[ChangeRecord]) -> BTreeMap<ItemKey, Vec<SequenceNumber>> {
    let mut items = BTreeMap::<_, Vec<_>>::new();
    for record in records {
        let numbers = items.entry(record.item_key()).or_default();
        if !numbers.contains(&record.sequence_number()) {
            numbers.push(record.sequence_number());
        }
    }
    items
}

#[async_trait]
impl Sink for Collected {
    fn name(&self) -> &str {
        "collected"
    }

    fn order(&self) -> Order {
        Order::Key
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(batch.records());
        Ok(Report::all(batch, Outcome::Applied))
    }
}

/// A minute of writing to some items while the poller reads and shards split, and then as long as it takes.
async fn run(hardships: Hardships) -> Result<(Polled, Collected, StreamSimulator), Box<dyn Error>> {
    let seed = hardships.seed();
    fastrand::seed(seed);
    let mut dice = fastrand::Rng::with_seed(seed);
    let stream = StreamSimulator::builder("orders")
        .shards(dice.usize(1..=3))
        .close_after(Duration::from_secs(dice.u64(8..=30)))
        .listing_page(3)
        .hardships(hardships)
        .build()?;
    let collected = Collected::default();
    let builder = Poller::builder(stream.clone(), stream.arn()).clock(stream.clock());
    let poller = builder.page_size(20).idle(Duration::from_secs(1)).build();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let polling = tokio::spawn(poller.run(collected.clone(), async { drop(stopped.await) }));
    for n in 0..120 {
        stream.put(item! { "pk" => format!("{}", dice.u8(0..20)), "n" => n })?;
        tokio::time::sleep(Duration::from_millis(dice.u64(0..1000))).await;
    }
    for _ in 0..3600 {
        if polling.is_finished() || collected.distinct() == stream.written().len() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    stop.send(()).map_err(|()| "it has ended")?;
    let polled: Result<Polled, PollError> = polling.await?;
    Ok((polled?, collected, stream))
}

#[tokio::test(start_paused = true)]
async fn the_poller_delivers_everything_in_order_per_item() -> Tested {
    let (mut fired, mut shards) = (Fired::default(), 0);
    for seed in 0..50 {
        let (_, collected, stream) = run(Hardships::rough(seed).lag(Duration::from_secs(10)))
            .await
            .map_err(|error| format!("seed {seed}: {error}"))?;

        assert!(collected.by_item() == by_item(&stream.written()), "seed {seed}");
        fired.add(&stream.fired());
        shards += stream.shards().len();
    }
    println!("{shards} shards; {fired}");
    assert!(shards > 50 * 4, "shards must have split: {shards}");
    for hardship in Hardship::ALL.into_iter().filter(|hardship| *hardship != Hardship::MissingParent) {
        assert!(fired.of(hardship) > 0, "{hardship:?} never struck: {fired}");
    }
    Ok(())
}
