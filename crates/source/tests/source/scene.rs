//! A poller with everything around it.

use crate::{
    journal::Journal,
    script::{ARN, Script},
    stores::Store,
    target::Target,
};
use chrono::{DateTime, Utc};
use dynacdc_record::StreamArn;
use dynacdc_sink::Clock;
use dynacdc_source::{CheckpointStore, Health, PollError, Polled, Poller, PollerBuilder, Progress};
use std::{collections::BTreeMap, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

pub(crate) struct Scene {
    pub(crate) journal: Journal,
    pub(crate) script: Script,
    pub(crate) store: Store,
    pub(crate) target: Target,
    pub(crate) clock: Clock,
}

/// Virtual time: more than any wait of the poller, so that what has not come by then never comes.
const LONG: Duration = Duration::from_secs(3_600);

pub(crate) fn arn() -> StreamArn {
    StreamArn::parse(ARN).unwrap()
}

/// When every scene begins.
const BEGIN: DateTime<Utc> = DateTime::from_timestamp(1_767_225_600, 0).unwrap();

/// So many seconds after the beginning of the scene, since 1970.
pub(crate) fn seconds_from_begin(seconds: i64) -> u64 {
    BEGIN.timestamp().checked_add(seconds).unwrap().unsigned_abs()
}

impl Scene {
    pub(crate) fn new() -> Self {
        let (journal, clock) = (Journal::default(), Clock::from(BEGIN));
        Self {
            script: Script::new(journal.clone(), clock.clone()),
            store: Store::new(journal.clone()),
            target: Target::new(journal.clone()),
            journal,
            clock,
        }
    }

    /// Pages and batches of three.
    pub(crate) fn builder(&self) -> PollerBuilder {
        let builder = Poller::builder(self.script.clone(), arn()).checkpoints(self.store.clone());
        builder.clock(self.clock.clone()).page_size(3).batch_records(3)
    }

    pub(crate) fn start(&self) -> Running {
        self.start_as(self.builder())
    }

    pub(crate) fn start_as(&self, builder: PollerBuilder) -> Running {
        let (stop, stopped) = oneshot::channel::<()>();
        let target = self.target.clone();
        // Where the sender is dropped nobody will ever stop it.
        let stopped = async move {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let poller = builder.build();
        Running { stop, health: poller.health(), task: tokio::spawn(poller.run(target, stopped)) }
    }

    /// The stored positions, as text. That a shard is read from its oldest record is none.
    pub(crate) async fn stored(&self) -> BTreeMap<String, String> {
        let stored = self.store.saved.load(&arn()).await.unwrap();
        let text = |progress| match progress {
            Progress::After(sequence) => Some(sequence.to_string()),
            Progress::Begun { since } => since.map(|_| "since".to_owned()),
            Progress::Finished { .. } => Some("finished".to_owned()),
        };
        let stored = stored.into_iter().flat_map(|stored| stored.checkpoints);
        stored.filter_map(|(shard, checkpoint)| Some((shard.to_string(), text(checkpoint.progress)?))).collect()
    }

    pub(crate) async fn until_applied(&self, number: u64) {
        let applied = timeout(LONG, self.target.until_applied(number)).await;
        applied.unwrap_or_else(|_| panic!("{number} never came: {:#?}", self.journal.lines()));
    }

    /// What was applied of these numbers, in order.
    pub(crate) fn applied_of(&self, numbers: std::ops::RangeInclusive<u64>) -> Vec<u64> {
        self.target.applied().into_iter().filter(|number| numbers.contains(number)).collect()
    }
}

pub(crate) struct Running {
    pub(crate) health: Health,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Polled, PollError>>,
}

impl Running {
    pub(crate) async fn stop(self) -> Result<Polled, PollError> {
        self.stop.send(()).expect("it runs");
        timeout(LONG, self.task).await.expect("it stops").unwrap()
    }

    /// Asks it to stop and does not wait.
    pub(crate) fn ask_to_stop(self) -> JoinHandle<Result<Polled, PollError>> {
        self.stop.send(()).expect("it runs");
        self.task
    }

    /// Drops it wherever it is, as the end of the process does.
    pub(crate) async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()), "it had ended before");
    }

    /// Waits until it ends by itself.
    pub(crate) async fn end(self) -> Result<Polled, PollError> {
        timeout(LONG, self.task).await.expect("it ends").unwrap()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
}

pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}
