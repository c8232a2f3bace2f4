//! A table whose stream is disabled and enabled again: the poller goes on with the next stream, and tells the gap.

use crate::Tested;
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, StreamArn, item};
use dynacdc_sink::{Batch, Outcome, Report, Sink, SinkError};
use dynacdc_source::{
    Gap, GapCause, GapHook, GapPolicy, MemoryCheckpoints, Phase, PollError, Polled, Poller, PollerBuilder, Readiness,
    Start, StreamsErrorKind,
};
use dynacdc_testkit::{Call, Hardships, StreamSimulator};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinHandle};

const MINUTE: Duration = Duration::from_secs(60);

/// What a sink and a hook got, in one order.
#[derive(Clone, Default)]
struct Kept {
    lines: Arc<Mutex<Vec<String>>>,
    failures: Arc<Mutex<Vec<SinkError>>>,
}

impl Kept {
    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn fail(&self, errors: impl IntoIterator<Item = SinkError>) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
    }
}

fn line(record: &ChangeRecord) -> String {
    let name = record.keys().get("pk").and_then(|pk| pk.as_str().map(str::to_owned));
    format!("{} {}", record.event_name(), name.unwrap_or_default())
}

#[async_trait]
impl Sink for Kept {
    fn name(&self) -> &str {
        "kept"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        batch.records().iter().for_each(|record| self.add(line(record)));
        Ok(Report::all(batch, Outcome::Applied))
    }
}

#[async_trait]
impl GapHook for Kept {
    async fn mend(&self, gap: &Gap) -> Result<(), SinkError> {
        if let Some(error) = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Err(error);
        }
        assert_eq!((gap.shard.as_ref(), gap.cause), (None, GapCause::Off));
        self.add(format!("mended {}", gap.stream.label()));
        Ok(())
    }
}

struct Scene {
    stream: StreamSimulator,
    first: StreamArn,
    checkpoints: MemoryCheckpoints,
    kept: Kept,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Polled, PollError>>,
}

impl Running {
    async fn stop(self) -> Result<Polled, Box<dyn std::error::Error>> {
        self.stop.send(()).map_err(|()| "it has ended")?;
        Ok(self.task.await??)
    }
}

impl Scene {
    fn new(hardships: Hardships) -> Result<Self, Box<dyn std::error::Error>> {
        let stream = StreamSimulator::builder("orders").shards(2).listing_page(1).hardships(hardships).build()?;
        let (first, checkpoints, kept) = (stream.arn(), MemoryCheckpoints::new(), Kept::default());
        Ok(Self { stream, first, checkpoints, kept })
    }

    fn builder(&self) -> PollerBuilder {
        let builder = Poller::builder(self.stream.clone(), self.first.clone()).checkpoints(self.checkpoints.clone());
        builder.clock(self.stream.clock()).follow_table()
    }

    fn start(&self, builder: PollerBuilder) -> Running {
        let (stop, stopped) = oneshot::channel::<()>();
        let kept = self.kept.clone();
        Running { stop, task: tokio::spawn(builder.build().run(kept, async { drop(stopped.await) })) }
    }

    fn put(&self, name: &str) -> Tested {
        self.stream.put(item! { "pk" => name, "at" => self.stream.clock().now().timestamp() })?;
        Ok(())
    }

    /// One change, then a change that is in no stream, then one in the next stream.
    async fn off_and_on(&self) -> Result<StreamArn, Box<dyn std::error::Error>> {
        self.put("A")?;
        self.stream.disable()?;
        tokio::time::sleep(MINUTE).await;
        self.put("lost")?;
        let next = self.stream.enable()?;
        self.put("B")?;
        Ok(next)
    }
}

fn mended(stream: &StreamArn) -> String {
    format!("mended {}", stream.label())
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_while_the_stream_was_off_is_a_gap_that_ends_the_poller() -> Tested {
    let scene = Scene::new(Hardships::none(1))?;
    let next = scene.off_and_on().await?;

    let error = scene.start(scene.builder()).task.await?.map_err(|error| (error.to_string(), error));

    let Err((text, PollError::Gap { gap, source: None })) = error else { return Err(format!("{error:?}").into()) };
    assert_eq!(*gap, Gap { stream: next, shard: None, position: None, as_of: None, cause: GapCause::Off });
    assert!(text.ends_with("the table had no stream for a while before"), "{text}");
    assert_eq!(scene.kept.lines(), ["INSERT A"], "nothing of the next stream is delivered");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_is_skipped_is_met_once() -> Tested {
    let scene = Scene::new(Hardships::none(2))?;
    scene.off_and_on().await?;

    let running = scene.start(scene.builder().on_gap(GapPolicy::Skip).start(Start::TrimHorizon));
    tokio::time::sleep(2 * MINUTE).await;
    let polled = running.stop().await?;
    assert_eq!((polled.records, polled.gaps, polled.ended), (2, 1, false));
    assert_eq!(scene.kept.lines(), ["INSERT A", "INSERT B"]);

    // Built again for the first stream, it goes on in the second one.
    scene.put("C")?;
    let running = scene.start(scene.builder());
    tokio::time::sleep(2 * MINUTE).await;
    let polled = running.stop().await?;
    assert_eq!((polled.records, polled.gaps), (1, 0));
    assert_eq!(scene.kept.lines(), ["INSERT A", "INSERT B", "INSERT C"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_mended_before_the_next_stream_is_read() -> Tested {
    let scene = Scene::new(Hardships::none(3))?;
    let next = scene.off_and_on().await?;
    scene.kept.fail([SinkError::transient("scripted"), SinkError::transient("scripted")]);

    let running = scene.start(scene.builder().on_gap(GapPolicy::resnapshot(scene.kept.clone())));
    tokio::time::sleep(2 * MINUTE).await;

    assert_eq!(scene.kept.lines(), ["INSERT A", &mended(&next), "INSERT B"]);
    assert_eq!(running.stop().await?.gaps, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_cannot_be_mended_ends_the_poller_and_is_met_again() -> Tested {
    let scene = Scene::new(Hardships::none(4))?;
    let next = scene.off_and_on().await?;
    scene.kept.fail([SinkError::fatal("scripted")]);
    let builder = || scene.builder().on_gap(GapPolicy::resnapshot(scene.kept.clone()));

    let ended = scene.start(builder()).task.await?;
    assert!(matches!(ended, Err(PollError::Gap { source: Some(_), .. })), "{ended:?}");

    let running = scene.start(builder());
    tokio::time::sleep(2 * MINUTE).await;
    assert_eq!(scene.kept.lines(), ["INSERT A", &mended(&next), "INSERT B"]);
    running.stop().await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_next_stream_is_waited_for() -> Tested {
    let scene = Scene::new(Hardships::none(5))?;
    scene.put("A")?;
    scene.stream.disable()?;
    let poller = scene.builder().on_gap(GapPolicy::Skip).build();
    let health = poller.health();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(poller.run(scene.kept.clone(), async { drop(stopped.await) }));
    tokio::time::sleep(30 * MINUTE).await;
    assert_eq!((health.report().phase, health.readiness(MINUTE)), (Phase::Between, Readiness::Ready));

    scene.stream.fail_next(Call::Streams, [StreamsErrorKind::Throttled; 3]);
    let next = scene.stream.enable()?;
    scene.put("B")?;
    tokio::time::sleep(MINUTE).await;

    assert_eq!(scene.kept.lines(), ["INSERT A", "INSERT B"]);
    let report = health.report();
    assert_eq!(
        (&report.stream, report.phase, report.totals.records, report.totals.gaps),
        (&next, Phase::Reading, 2, 1)
    );
    stop.send(()).map_err(|()| "it has ended")?;
    assert_eq!(running.await??.records, 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_can_be_stopped_while_the_table_has_no_stream() -> Tested {
    let scene = Scene::new(Hardships::none(6))?;
    scene.put("A")?;
    scene.stream.disable()?;
    let running = scene.start(scene.builder());
    tokio::time::sleep(30 * MINUTE).await;

    let polled = running.stop().await?;

    assert_eq!((polled.records, polled.ended), (1, true));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn several_streams_are_gone_through_in_their_order() -> Tested {
    for seed in 0..3 {
        let scene = Scene::new(Hardships::rough(seed))?;
        let builder = || scene.builder().on_gap(GapPolicy::Skip).idle(Duration::from_secs(20));
        let mut expected = Vec::new();
        for nth in 0..5 {
            if nth > 0 {
                scene.stream.disable()?;
                tokio::time::sleep(MINUTE).await;
                scene.stream.enable()?;
            }
            scene.put(&format!("{nth}"))?;
            expected.push(format!("INSERT {nth}"));
        }
        let running = scene.start(builder());
        tokio::time::sleep(60 * MINUTE).await;
        assert_eq!(scene.kept.lines(), expected, "seed {seed}");
        assert_eq!(running.stop().await?.gaps, 4);

        // A day later all but the last one are gone, and where it was is known all the same.
        tokio::time::sleep(23 * 60 * MINUTE).await;
        scene.put("5")?;
        expected.push("INSERT 5".to_owned());
        let running = scene.start(builder());
        tokio::time::sleep(60 * MINUTE).await;
        assert_eq!(scene.kept.lines(), expected, "seed {seed}");
        running.stop().await?;
    }
    Ok(())
}
