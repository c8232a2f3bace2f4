use super::{Running, Subject, rule};
use crate::{Faults, History, Plan, Scenario, delivery::Driver};
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Cost, Lane, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError};
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

type Fallible = Result<(), Box<dyn Error + Send + Sync>>;

type Delivered = (Lane, Vec<ChangeRecord>);

/// Remembers what it was given.
#[derive(Debug, Clone, Default)]
struct Witness {
    batches: Arc<Mutex<Vec<Delivered>>>,
    started: Arc<Mutex<u32>>,
}

#[async_trait]
impl Sink for Witness {
    fn name(&self) -> &str {
        "witness"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        batches.push((batch.lane().clone(), batch.records().to_vec()));
        Ok(Report::all(batch, Outcome::Applied))
    }
}

#[async_trait]
impl Subject for Witness {
    type State = ();

    async fn start(&self, incarnation: u32) -> Result<Running, SinkError> {
        *self.started.lock().unwrap_or_else(PoisonError::into_inner) = incarnation;
        Ok(Running::new(self.clone()))
    }

    async fn state(&self) -> Result<(), SinkError> {
        Ok(())
    }
}

async fn delivered(
    seed: u64,
    scenario: &Scenario,
    plan: &Plan,
) -> Result<(History, Witness), Box<dyn Error + Send + Sync>> {
    let history = History::new(seed, scenario)?;
    let witness = Witness::default();
    Driver::new(&witness, &history, plan, &Faults::none(), seed).await?.run().await?;
    Ok((history, witness))
}

/// What is bad about the delivery of a seed, counted.
#[derive(Debug, Default)]
struct Badness {
    twins: u32,
    rewinds: u32,
    strays: u32,
    takeovers: u32,
}

async fn badness(level: Redelivery) -> Result<Badness, Box<dyn Error + Send + Sync>> {
    let (scenario, plan) = (Scenario::new(), Plan::of(level));
    let mut badness = Badness::default();
    for seed in 0..200 {
        let (history, witness) = delivered(seed, &scenario, &plan).await?;
        badness.takeovers += *witness.started.lock().unwrap_or_else(PoisonError::into_inner) - 1;
        let batches = witness.batches.lock().unwrap_or_else(PoisonError::into_inner);
        for shard in history.shards() {
            let mut next = 0;
            for (_, records) in batches.iter().filter(|(lane, _)| lane == shard.lane()) {
                let at = |record: &ChangeRecord| {
                    shard.records().iter().position(|other| other.sequence_number() == record.sequence_number())
                };
                let positions: Vec<usize> = records.iter().filter_map(at).collect();
                badness.twins += u32::from(positions.windows(2).any(|pair| pair[1] <= pair[0]));
                let (first, last) = (positions.first().copied(), positions.last().copied());
                let (first, last) = first.zip(last).ok_or("a record of another shard")?;
                assert!(level == Redelivery::Any || first <= next, "seed {seed}: a gap before {first}");
                badness.rewinds += u32::from(first < next);
                badness.strays += u32::from(last < next && records.len() == 1);
                // A rewind goes on from where it went back to.
                next = if level == Redelivery::Continued { last + 1 } else { next.max(last + 1) };
            }
            assert_eq!(next, shard.records().len(), "seed {seed}: not everything was delivered");
        }
    }
    Ok(badness)
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_as_bad_as_its_level_and_no_worse() -> Fallible {
    let continued = badness(Redelivery::Continued).await?;
    assert!(continued.twins > 50 && continued.rewinds > 50 && continued.takeovers == 0, "{continued:?}");

    let any = badness(Redelivery::Any).await?;
    assert!(any.twins > 50 && any.rewinds > 50 && any.strays > 50 && any.takeovers > 5, "{any:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_child_waits_for_all_that_is_before_it() -> Fallible {
    let (scenario, plan) = (Scenario::new().with_splits(200), Plan::of(Redelivery::Any));
    let mut grandchildren = 0;
    for seed in 0..100 {
        let (history, witness) = delivered(seed, &scenario, &plan).await?;
        let mut first: HashMap<Lane, usize> = HashMap::new();
        let mut last: HashMap<Lane, usize> = HashMap::new();
        let batches = witness.batches.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, (lane, records)) in batches.iter().enumerate() {
            first.entry(lane.clone()).or_insert(at);
            let shard = history.shards().iter().find(|shard| shard.lane() == lane).ok_or("an unknown lane")?;
            let is_last = |record: &ChangeRecord| {
                shard.records().last().is_some_and(|last| last.sequence_number() == record.sequence_number())
            };
            if records.iter().any(is_last) {
                last.entry(lane.clone()).or_insert(at);
            }
        }
        for shard in history.shards() {
            let mut parent = shard.parent();
            let mut generation = 0;
            while let Some(at) = parent {
                let before = &history.shards()[at];
                if let (Some(begun), Some(ended)) = (first.get(shard.lane()), last.get(before.lane())) {
                    assert!(begun > ended, "seed {seed}: {} begins before {} is done", shard.lane(), before.lane());
                    grandchildren += u32::from(generation > 0);
                }
                parent = before.parent();
                generation += 1;
            }
        }
    }
    assert!(grandchildren > 20, "{grandchildren}");
    Ok(())
}

#[test]
fn what_is_settled_behind_a_failed_record_is_seen() -> Fallible {
    let history = History::new(1, &Scenario::new().with_keys(1..=1).with_splits(0).with_records(8..=8))?;
    let records: Vec<ChangeRecord> = history.records().take(3).cloned().collect();
    let lane = Lane::ordered(None, "shard-1");
    let batch = Batch::new(&lane, &records);
    let report = |outcomes: Vec<Outcome>| Report::new(Order::Key, batch, outcomes, Cost::default());

    let failed = || Outcome::Failed(SinkError::transient("throttled"));
    let kept = report(vec![Outcome::Applied, failed(), Outcome::Blocked { by: 1 }])?;
    assert_eq!(rule::check(Order::Key, &records, &kept), Ok(()));
    assert_eq!(rule::check(Order::Lane, &records, &kept), Ok(()));

    // A report by item of records of different items, under the name of a sink whose order is that of the lane.
    let history = History::new(1, &Scenario::new().with_keys(5..=5).with_splits(0).with_records(35..=35))?;
    let records: Vec<ChangeRecord> = history.records().cloned().collect();
    let other = records.iter().position(|record| record.key() != records[0].key()).ok_or("one item only")?;
    let records = vec![records[0].clone(), records[other].clone()];
    let batch = Batch::new(&lane, &records);
    let broken = Report::new(Order::Key, batch, vec![failed(), Outcome::Skipped(Reason::Filtered)], Cost::default())?;
    assert_eq!(rule::check(Order::Key, &records, &broken), Ok(()));
    assert!(rule::check(Order::Lane, &records, &broken).is_err());
    assert!(rule::check(Order::Key, &records[..1], &broken).is_err());
    Ok(())
}
