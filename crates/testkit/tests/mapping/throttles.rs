use crate::{Tested, with};
use dynacdc_testkit::{EventSourceMapping, StreamSimulator};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_function_that_is_not_reached_uses_no_attempt() -> Tested {
    let mut throttled = 0;
    for seed in 0..20 {
        let stream = with(20)?;
        let mut mapping =
            EventSourceMapping::new(&stream).batch_size(2).maximum_retry_attempts(0).throttles(0.7).seed(seed);

        let run = mapping.run(async |_| Ok::<_, String>("")).await;

        assert_eq!((run.settled().len(), run.invocations().len()), (20, 10), "seed {seed}");
        assert!(run.discarded().is_empty(), "seed {seed}");
        throttled += run.throttled();
    }
    assert!(throttled > 100, "{throttled}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn records_grow_old_while_the_function_is_not_reached() -> Tested {
    let stream = with(1)?;
    let mut mapping =
        EventSourceMapping::new(&stream).throttles(0.95).seed(3).maximum_record_age(Duration::from_millis(500));

    let run = mapping.run(async |_| Ok::<_, String>("")).await;

    assert_eq!((run.invocations().len(), run.discarded().len()), (0, 1));
    assert_eq!(run.discarded()[0].invocations(), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn invocations_beyond_the_reserved_concurrency_are_throttled() -> Tested {
    let stream = StreamSimulator::builder("orders").shards(6).build()?;
    crate::put(&stream, 0..60)?;
    let (now, most) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let mut mapping = EventSourceMapping::new(&stream).reserved_concurrency(2).maximum_retry_attempts(0);

    let run = mapping
        .run(async |_| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::time::sleep(Duration::from_millis(100)).await;
            now.set(now.get() - 1);
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(most.get(), 2);
    assert_eq!(run.settled().len(), 60);
    assert!(run.throttled() > 0);
    Ok(())
}
