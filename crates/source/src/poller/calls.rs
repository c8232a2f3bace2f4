//! The calls in flight, each a task of its own.

use super::patience::answer_within;
use crate::{
    CheckpointStore, GapPolicy, OnMalformed, StreamsApi,
    machine::{Action, Call, Gap, Input, Written},
};
use dynacdc_record::{ChangeRecord, Malformed, StreamArn};
use dynacdc_sink::{Batch, Lane, Report, Sink, SinkError};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    task::{Id, JoinSet},
    time::Instant,
};

/// What a poller calls.
pub(super) struct Outside {
    pub(super) api: Arc<dyn StreamsApi>,
    pub(super) checkpoints: Arc<dyn CheckpointStore>,
    pub(super) sink: Arc<dyn Sink>,
    pub(super) stream: StreamArn,
    pub(super) on_malformed: OnMalformed,
    pub(super) on_gap: GapPolicy,
    pub(super) write_timeout: Option<Duration>,
    pub(super) call_timeout: Duration,
}

/// Dropping it aborts them.
pub(super) struct Calls {
    outside: Arc<Outside>,
    tasks: JoinSet<Input>,
    /// What each task is at, to tell which of them panicked.
    names: HashMap<Id, Call>,
}

impl Calls {
    pub(super) fn new(outside: Outside) -> Self {
        Self { outside: Arc::new(outside), tasks: JoinSet::new(), names: HashMap::new() }
    }

    pub(super) fn begin(&mut self, action: Action) {
        let Some(name) = action.call() else { return };
        let outside = Arc::clone(&self.outside);
        let task = self.tasks.spawn(async move { outside.answer(action).await });
        self.names.insert(task.id(), name);
    }

    pub(super) fn are_none(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The next answer; none if no call is in flight.
    pub(super) async fn next(&mut self) -> Option<Input> {
        loop {
            match self.tasks.join_next_with_id().await? {
                Ok((id, input)) => {
                    self.names.remove(&id);
                    return Some(input);
                }
                Err(error) => {
                    // Nobody aborts single tasks, so it has panicked.
                    if let Some(call) = self.names.remove(&error.id()) {
                        return Some(Input::Panicked { call });
                    }
                }
            }
        }
    }
}

impl Outside {
    async fn answer(&self, action: Action) -> Input {
        let Self { api, checkpoints, stream, .. } = self;
        let limit = self.call_timeout;
        match action {
            Action::List { after } => {
                Input::Listed(answer_within(limit, "DescribeStream", api.describe(stream, after.as_ref())).await)
            }
            Action::Children { of } => {
                let found = answer_within(limit, "DescribeStream", api.children(stream, &of)).await;
                Input::Children { of, found }
            }
            Action::Iterator { shard, position } => {
                let found = api.iterator(stream, &shard, &position);
                let found = answer_within(limit, "GetShardIterator", found).await;
                Input::Iterator { shard, found }
            }
            Action::Records { shard, iterator, limit: most } => {
                let page = api.records(stream, &iterator, most);
                let page = answer_within(limit, "GetRecords", page).await;
                Input::Records { shard, page }
            }
            Action::Write { lane, records } => {
                let written = self.write(&lane, &records).await;
                Input::Written { lane, written }
            }
            Action::Park { lane, record } => {
                let result = self.park(&lane, &record).await;
                Input::Parked { lane, result }
            }
            Action::Save { shard, checkpoint, stamp } => {
                let result = checkpoints.save(stream, &shard, &checkpoint, stamp);
                let result = answer_within(limit, "saving a position", result).await;
                Input::Saved { shard, result }
            }
            Action::Forget { shard, stamp } => {
                let result = checkpoints.forget(stream, &shard, stamp);
                let result = answer_within(limit, "forgetting a position", result).await;
                Input::Forgotten { shard, result }
            }
            Action::Mend { shard, gap } => {
                let result = self.mend(&gap).await;
                Input::Mended { shard, result }
            }
            // It ends the loop before it gets here.
            Action::Done(_) => Input::Stop,
        }
    }

    async fn write(&self, lane: &Lane, records: &[ChangeRecord]) -> Written {
        let deadline = self.write_timeout.and_then(|time| Instant::now().checked_add(time));
        let batch = Batch::new(lane, records).with_deadline(deadline);
        Written::from(&Report::settle(batch, self.sink.write(batch).await))
    }

    async fn park(&self, lane: &Lane, record: &Malformed) -> Result<(), SinkError> {
        match &self.on_malformed {
            OnMalformed::Park(store) => store.park(lane, record).await,
            OnMalformed::Stop => Err(SinkError::fatal("there is no store for malformed records")),
        }
    }

    async fn mend(&self, gap: &Gap) -> Result<(), SinkError> {
        match &self.on_gap {
            GapPolicy::Resnapshot(hook) => hook.mend(gap).await,
            _ => Err(SinkError::fatal("there is no hook for gaps")),
        }
    }
}
