//! The task that finds shards and starts them.

use super::{PollError, Polled, Poller, Settings, Start, lineage::Lineage, shard};
use crate::{Checkpoint, Shard, StreamStatus, StreamsError, backoff::Backoff};
use dynacdc_sink::{ShardId, Sink};
use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{sync::watch, task::JoinSet, time::Instant};

pub(super) async fn run<S: Sink + 'static>(
    poller: Poller,
    sink: Arc<S>,
    stop: impl Future<Output = ()> + Send,
) -> Result<Polled, PollError> {
    let (stopping, stopped) = watch::channel(false);
    let mut run = Run {
        stored: poller.settings.checkpoints.load(&poller.settings.stream).await?.into_iter().collect(),
        settings: poller.settings,
        sink,
        stopped,
        at_latest: BTreeSet::new(),
        lineage: Lineage::default(),
        status: StreamStatus::Enabled,
        tasks: JoinSet::new(),
        polled: Polled::default(),
    };
    let listed = run.list().await?;
    if poller.start == Start::Latest && run.stored.is_empty() {
        run.begin_at_latest(&listed).await?;
    }
    let mut stop = pin!(stop);
    let mut next_listing = Instant::now() + poller.discovery;
    let outcome = loop {
        run.start_shards();
        if run.tasks.is_empty() && run.lineage.all_finished() && run.status == StreamStatus::Disabled {
            run.polled.ended = true;
            break Ok(());
        }
        let event = tokio::select! {
            biased;
            () = &mut stop => break Ok(()),
            Some(ended) = run.tasks.join_next() => run.shard_ended(ended),
            () = tokio::time::sleep_until(next_listing) => Ok(false),
        };
        // Where a shard ended, its children must be looked for at once.
        let listed = match event {
            Ok(true) => continue,
            Ok(false) => run.list().await,
            Err(error) => break Err(error),
        };
        if let Err(error) = listed {
            break Err(error.into());
        }
        next_listing = Instant::now() + poller.discovery;
    };
    stopping.send_replace(true);
    let rest = run.drain().await;
    outcome.and(rest).map(|()| run.polled)
}

struct Run<S> {
    settings: Arc<Settings>,
    sink: Arc<S>,
    stopped: watch::Receiver<bool>,
    stored: BTreeMap<ShardId, Checkpoint>,
    /// Shards that begin behind their latest record.
    at_latest: BTreeSet<ShardId>,
    lineage: Lineage,
    status: StreamStatus,
    tasks: JoinSet<(ShardId, Result<shard::Read, PollError>)>,
    polled: Polled,
}

impl<S: Sink + 'static> Run<S> {
    /// Lists all shards. What is transient is tried again; a partial listing is never used.
    async fn list(&mut self) -> Result<Vec<Shard>, StreamsError> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
        let (mut shards, mut after) = (Vec::new(), None);
        loop {
            match self.settings.api.describe(&self.settings.stream, after.as_ref()).await {
                Ok(page) => {
                    shards.extend(page.shards);
                    self.status = page.status;
                    if page.more_after.is_none() || page.more_after == after {
                        break;
                    }
                    after = page.more_after;
                }
                Err(error) if error.kind().is_transient() => {
                    let wait = backoff.next();
                    tracing::warn!(stream = %self.settings.stream, ?wait, %error, "listing shards is tried again");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = shard::until_stopped(&mut self.stopped) => return Ok(shards),
                    }
                }
                Err(error) => return Err(error),
            }
        }
        self.lineage.listed(&shards);
        self.lineage.restore(&self.stored);
        Ok(shards)
    }

    /// Stores that reading begins now: of closed shards nothing is to be read, of open ones what comes.
    async fn begin_at_latest(&mut self, listed: &[Shard]) -> Result<(), PollError> {
        let now = SystemTime::now();
        for shard in listed {
            let checkpoint = if shard.closed { Checkpoint::Finished } else { Checkpoint::Since(now) };
            self.settings.checkpoints.save(&self.settings.stream, &shard.id, &checkpoint).await?;
            self.stored.insert(shard.id.clone(), checkpoint);
            self.at_latest.insert(shard.id.clone());
        }
        self.lineage.restore(&self.stored);
        Ok(())
    }

    fn start_shards(&mut self) {
        for id in self.lineage.start() {
            let reader = shard::Reader::new(
                Arc::clone(&self.settings),
                Arc::clone(&self.sink),
                self.stopped.clone(),
                id.clone(),
                self.stored.get(&id).cloned(),
            );
            let reader = if self.at_latest.remove(&id) { reader.at_latest() } else { reader };
            self.tasks.spawn(async move { (id, reader.read().await) });
        }
    }

    /// True if the shard's task ended without the shard having come to its end.
    fn shard_ended(
        &mut self,
        ended: Result<(ShardId, Result<shard::Read, PollError>), tokio::task::JoinError>,
    ) -> Result<bool, PollError> {
        let (id, read) = ended.map_err(|_| PollError::Panicked)?;
        let read = read?;
        self.polled.records += read.records;
        if read.finished {
            self.polled.finished_shards += 1;
            self.lineage.finished(&id);
            self.stored.insert(id, Checkpoint::Finished);
        }
        Ok(!read.finished)
    }

    /// Waits for the tasks that are left; the first error counts.
    async fn drain(&mut self) -> Result<(), PollError> {
        let mut first = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let outcome = self.shard_ended(ended).map(drop);
            first = first.and(outcome);
        }
        first
    }
}
