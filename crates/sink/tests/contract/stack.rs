//! Stacks in the default order. What does not compile stands in the documentation of `Trunk`.

use crate::{
    scene::{lane, number, records, words},
    script::{Script, transient},
};
use dynacdc_sink::{
    Batch, Branch, Class, DeadLetterLayer, DedupeLayer, MemoryDeadLetters, MemoryDedupe, Order, Outcome, Redelivery,
    RedriveOptions, RetryLayer, Sink, SinkError, SinkExt, TimeoutLayer, Trunk,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Fails each first call, and refuses any call with record 2 in it as long as it is told to.
fn difficult(refuses: &Arc<AtomicBool>) -> Script {
    let refuses = Arc::clone(refuses);
    Script::new(move |call, records| {
        if call == 0 {
            return Err(SinkError::transient("away"));
        }
        if refuses.load(Ordering::Relaxed) && records.iter().any(|record| number(record) == 2) {
            return Err(SinkError::poison("refused"));
        }
        Ok(vec![Outcome::Applied; records.len()])
    })
}

#[tokio::test(start_paused = true)]
async fn all_layers_work_together_and_letters_are_redriven_while_the_stack_runs() {
    // given: a sink that is away for a moment and refuses whatever has record 2 in it, in a whole stack
    let refuses = Arc::new(AtomicBool::new(true));
    let script = difficult(&refuses);
    let branch = Branch::new(script.clone())
        .timeout(TimeoutLayer::new(seconds(10)))
        .unwrap()
        .retry(RetryLayer::new())
        .dedupe(DedupeLayer::new(MemoryDedupe::new(), "script"))
        .isolate()
        .dead_letter(DeadLetterLayer::new(MemoryDeadLetters::new()))
        .unwrap();
    let letters = branch.dead_letters();
    let sink = Trunk::from(branch).filter_items(|image| image.get("pk").is_some()).meter().trace().build();
    let (lane, records) = (lane(), records(["a", "b", "c", "b", "d"]));

    // when: a batch is written
    let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

    // then: the refused record is parked, with what is behind it, and everything else is done
    assert_eq!(words(report.outcomes()), ["applied", "parked", "applied", "parked", "applied"]);

    // when: the cause is gone, and the letters are redriven through the handle while the next batch is written
    refuses.store(false, Ordering::Relaxed);
    let next = [crate::scene::put("e", 6, 6)];
    let (redriven, report) = tokio::join!(letters.redrive(RedriveOptions::all()), sink.write(Batch::new(&lane, &next)));

    // then: both records are written, in their order, and the key is free
    redriven.unwrap();
    assert!(report.unwrap().is_settled());
    let sent: Vec<u64> = script.sent().into_iter().flatten().filter(|number| [2, 4].contains(number)).collect();
    assert_eq!(sent[sent.len() - 2..], [2, 4]);
    let report = sink.write(Batch::new(&lane, &[crate::scene::put("b", 7, 7)])).await.unwrap();
    assert_eq!(words(report.outcomes()), ["applied"]);
}

#[tokio::test(start_paused = true)]
async fn a_branch_of_a_fan_out_retries_for_itself_and_filters_for_itself() {
    let shaky = Script::each(|call, _| if call == 0 { transient() } else { Outcome::Applied });
    let steady = Script::each(|_, _| Outcome::Applied);
    let sink = Trunk::fan_out([
        Branch::new(shaky.clone()).retry(RetryLayer::new()).boxed(),
        Trunk::from(Branch::new(steady.clone())).filter_items(|image| image.get("v").is_none()).boxed(),
        Branch::new(steady.clone()).boxed(),
    ])
    .with_name("both")
    .build();
    let (lane, records) = (lane(), records(["a", "b"]));

    let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

    assert!(report.is_settled());
    assert_eq!((shaky.sent().len(), steady.sent()), (2, vec![vec![1, 2]]));
    assert_eq!(sink.name(), "both");
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_whole_fails_the_first_record_of_a_lane_only() {
    let mut script = Script::new(|_, _| Err(SinkError::transient("away")));
    script.order = Order::Lane;
    let retry = Trunk::from(Branch::new(script.clone()).retry(RetryLayer::new().with_attempts(1))).boxed();
    let isolate = Trunk::from(Branch::new(script.clone()).isolate()).boxed();
    let meter = Trunk::from(Branch::new(script.clone())).meter().build().boxed();
    let trace = Trunk::from(Branch::new(script)).trace().build().boxed();
    let (lane, records) = (lane(), records(["a", "b", "c"]));

    for sink in [retry.build(), isolate.build(), meter, trace] {
        let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

        assert_eq!(words(report.outcomes()), ["transient", "blocked by 0", "blocked by 0"]);
    }
}

#[test]
fn layers_refuse_in_a_branch_what_they_refuse_elsewhere() {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.order = Order::Lane;
    script.redelivery = Redelivery::Continued;

    let timeout = Branch::new(script.clone()).timeout(TimeoutLayer::new(seconds(1))).err();
    let parking = Branch::new(script).isolate().dead_letter(DeadLetterLayer::new(MemoryDeadLetters::new())).err();

    assert_eq!([timeout, parking].map(|error| error.map(|error| error.class())), [Some(Class::Fatal); 2]);
}
