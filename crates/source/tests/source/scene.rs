//! A poller with everything around it.

use crate::{
    journal::Journal,
    script::{ARN, Script},
    stores::Store,
    target::Target,
};
use dynacdc_record::StreamArn;
use dynacdc_source::{CheckpointStore, PollError, Polled, Poller, PollerBuilder};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

pub(crate) struct Scene {
    pub(crate) journal: Journal,
    pub(crate) script: Script,
    pub(crate) store: Store,
    pub(crate) target: Target,
}

/// Virtual time: more than any wait of the poller, so that what has not come by then never comes.
const LONG: Duration = Duration::from_secs(3_600);

pub(crate) fn arn() -> StreamArn {
    StreamArn::parse(ARN).unwrap()
}

/// So many seconds after now, since 1970. The poller takes the time of a start from the system's clock.
pub(crate) fn seconds_from_now(seconds: i64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    now.checked_add_signed(seconds).unwrap()
}

impl Scene {
    pub(crate) fn new() -> Self {
        let journal = Journal::default();
        Self {
            script: Script::new(journal.clone()),
            store: Store::new(journal.clone()),
            target: Target::new(journal.clone()),
            journal,
        }
    }

    pub(crate) fn builder(&self) -> PollerBuilder {
        Poller::builder(self.script.clone(), arn()).checkpoints(self.store.clone()).page_size(3)
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
        Running { stop, task: tokio::spawn(builder.build().run(target, stopped)) }
    }

    /// The stored positions, as text.
    pub(crate) async fn stored(&self) -> BTreeMap<String, String> {
        let stored = self.store.saved.load(&arn()).await.unwrap();
        let text = |checkpoint| match checkpoint {
            dynacdc_source::Checkpoint::After(sequence) => sequence.to_string(),
            dynacdc_source::Checkpoint::Since(_) => "since".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        stored.into_iter().map(|(shard, checkpoint)| (shard.to_string(), text(checkpoint))).collect()
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
