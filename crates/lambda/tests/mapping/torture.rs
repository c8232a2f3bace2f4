//! Everything at once, from a seed: the copy ends equal to the table, whatever Lambda and the target do.

use crate::{Tested, deliver, table};
use async_trait::async_trait;
use dynacdc_lambda::{FailureMessage, Function};
use dynacdc_record::{Item, ItemKey, item};
use dynacdc_sink::{Backoff, Batch, Redelivery, Report, Sink, SinkError};
use dynacdc_source::refetch;
use dynacdc_testkit::{
    Backend, EventSourceMapping, Fault, FaultRates, Faults, MappingRun, POISON, Replica, StreamSimulator,
};
use std::{collections::BTreeMap, error::Error, time::Duration};

/// Says that it stands what Lambda does, and does not.
struct Boasting(Replica);

#[async_trait]
impl Sink for Boasting {
    fn name(&self) -> &str {
        "boasting"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let lane = dynacdc_sink::Lane::ordered(None, "whole");
        self.0.write(Batch::new(&lane, batch.records()).with_deadline(batch.deadline())).await
    }
}

struct Played {
    copy: BTreeMap<ItemKey, Item>,
    table: BTreeMap<ItemKey, Item>,
    run: MappingRun,
    faults: Faults,
}

async fn play<S: Sink>(seed: u64, sink: impl Fn(&Backend) -> S) -> Result<Played, Box<dyn Error>> {
    fastrand::seed(seed);
    let mut dice = fastrand::Rng::with_seed(seed);
    let stream = StreamSimulator::builder("orders").shards(dice.usize(1..3)).build()?;
    for n in 0..dice.u32(10..60) {
        let key = format!("{}", dice.u8(0..5));
        match dice.u8(0..10) {
            0 | 1 => stream.delete(item! { "pk" => key })?,
            2 if dice.u8(0..3) == 0 => stream.put(item! { "pk" => key, "n" => n, POISON => true })?,
            _ => stream.put(item! { "pk" => key, "n" => n })?,
        };
        if dice.u8(0..25) == 0 {
            let shard = stream.shards().last().ok_or("a shard")?.clone();
            stream.split(&shard, 2)?;
        }
        tokio::time::advance(Duration::from_millis(dice.u64(0..400))).await;
    }
    let rates = FaultRates::NONE.with(Fault::Reject, 80).with(Fault::LoseAnswer, 40).with(Fault::Hold, 40);
    let faults = Faults::new(seed, rates.with(Fault::Delay, 10));
    let backend = Backend::new(&faults);
    let timeout = Duration::from_secs(dice.u64(5..40));
    let mut mapping = EventSourceMapping::new(&stream)
        .report_batch_item_failures()
        .batch_size(dice.usize(1..20))
        .parallelization_factor(dice.u16(1..4))
        .maximum_retry_attempts(dice.u32(1..6))
        .function_timeout(timeout)
        .throttles(dice.f64() * 0.3)
        .redeliveries(dice.f64() * 0.5)
        .seed(seed);
    if dice.bool() {
        mapping = mapping.bisect_batch_on_function_error();
    }
    let function = Function::new(sink(&backend));
    let landing = async {
        loop {
            tokio::time::sleep(Duration::from_millis(400)).await;
            faults.land_one().await;
        }
    };
    let run = tokio::select! {
        run = deliver(&mut mapping, &function, timeout) => run,
        () = landing => return Err("it never ends".into()),
    };
    // What was given up is made up for, once the target takes it.
    faults.heal();
    for discarded in run.discarded() {
        let message = FailureMessage::parse(discarded.message())?;
        let found = refetch(&stream, message.stream(), message.shard(), message.range().ok_or("a range")?).await?;
        write_all(function.get_ref(), &message, &found).await?;
    }
    faults.land_all().await;
    Ok(Played { copy: backend.items("copy"), table: table(&stream.written()), run, faults })
}

async fn write_all(sink: &impl Sink, message: &FailureMessage, found: &dynacdc_source::Refetched) -> Tested {
    let (lane, mut left) = (message.lane(), found.records());
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
    while !left.is_empty() {
        let batch = Batch::new(&lane, left);
        let report = Report::settle(batch, sink.write(batch).await);
        let Some((at, _)) = report.first_unsettled() else { return Ok(()) };
        left = &left[at..];
        tokio::time::sleep(backoff.next_delay()).await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_fenced_copy_ends_equal_to_the_table() -> Tested {
    let (mut discarded, mut redelivered, mut throttled) = (0, 0, 0);
    let mut struck = [0; 4];
    for seed in 0..120 {
        let played = play(seed, |backend| Replica::fenced(backend, "copy")).await?;

        assert_eq!(played.copy, played.table, "seed {seed}");
        discarded += played.run.discarded().len();
        redelivered += played.run.redelivered();
        throttled += played.run.throttled();
        let counts = played.faults.counts();
        for (at, fault) in [Fault::Reject, Fault::LoseAnswer, Fault::Hold, Fault::Delay].into_iter().enumerate() {
            struck[at] += counts.of(fault);
        }
    }
    assert!(discarded > 20 && redelivered > 20 && throttled > 20, "{discarded} {redelivered} {throttled}");
    assert!(struck.iter().all(|times| *times > 10), "{struck:?}");
    Ok(())
}

/// The check has teeth: the same copy without a fence does not.
#[tokio::test(start_paused = true)]
async fn an_unfenced_copy_does_not() -> Tested {
    let mut diverged = 0;
    for seed in 0..40 {
        let played = play(seed, |backend| Boasting(Replica::unfenced(backend, "copy"))).await?;
        diverged += u32::from(played.copy != played.table);
    }
    assert!(diverged > 3, "{diverged} of 40");
    Ok(())
}
