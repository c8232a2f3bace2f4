//! At least once.

use crate::{Tested, numbers, outcomes, with};
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome, MappingRun};

async fn run(
    seed: u64,
    rate: f64,
) -> Result<(MappingRun, Vec<dynacdc_record::SequenceNumber>), Box<dyn std::error::Error>> {
    let stream = with(30)?;
    let mut mapping = EventSourceMapping::new(&stream).batch_size(4).redeliveries(rate).seed(seed);
    Ok((mapping.run(async |_| Ok::<_, String>("")).await, numbers(&stream)))
}

#[tokio::test(start_paused = true)]
async fn batches_come_again_although_they_succeeded() -> Tested {
    let (mut recut, mut stray) = (0, 0);
    for seed in 0..20 {
        let (run, all) = run(seed, 0.5).await?;

        assert_eq!(run.settled(), all, "seed {seed}: each once, in order");
        let twice = all.iter().filter(|number| run.deliveries(**number) > 1).count();
        assert!(twice > 0 && run.redelivered() > 0, "seed {seed}");
        assert!(all.iter().all(|number| run.deliveries(*number) <= 2), "seed {seed}");
        stray += outcomes(&run).iter().filter(|outcome| **outcome == InvocationOutcome::Stray).count();
        let first = |at: usize| run.invocations()[at].records();
        recut += (1..run.invocations().len())
            .filter(|at| first(*at).len() < first(at - 1).len() && first(at - 1).starts_with(first(*at)))
            .count();
    }
    assert!(stray > 10 && recut > 10, "late ones: {stray}, in other cuts: {recut}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stray_batch_comes_behind_records_that_follow_it() -> Tested {
    let (run, _) = run(1, 0.5).await?;

    let strays = run.invocations().iter().enumerate().filter(|(_, one)| one.outcome() == InvocationOutcome::Stray);
    let is_late = |at: usize| at > 0 && run.invocations()[at - 1].records()[0] > run.invocations()[at].records()[0];
    assert!(strays.into_iter().any(|(at, _)| is_late(at)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_seed_gives_the_same_run() -> Tested {
    let sizes = async |seed| run(seed, 0.5).await.map(|(run, _)| crate::sizes(&run));

    assert_eq!(sizes(1).await?, sizes(1).await?);
    assert_ne!(sizes(1).await?, sizes(2).await?);
    assert_eq!(run(1, 0.0).await?.0.redelivered(), 0);
    Ok(())
}
