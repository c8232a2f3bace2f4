//! The task that finds shards and starts them.

use super::{
    PollError, Polled, Poller, Settings, Start,
    lineage::Lineage,
    listing::{Listing, list},
    shard,
};
use crate::{Checkpoint, Shard, StreamStatus};
use dynacdc_sink::{ShardId, Sink};
use std::{
    collections::{BTreeMap, BTreeSet},
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

pub(super) async fn run<S: Sink + 'static>(
    poller: Poller,
    sink: Arc<S>,
    stop: impl Future<Output = ()> + Send,
) -> Result<Polled, PollError> {
    let (stopping, stopped) = watch::channel(false);
    let mut run = Run {
        settings: poller.settings,
        sink,
        stopped,
        stored: BTreeMap::new(),
        at_latest: BTreeSet::new(),
        at_horizon: false,
        lineage: Lineage::default(),
        tasks: JoinSet::new(),
        polled: Polled::default(),
    };
    let mut stop = pin!(stop);
    tokio::select! {
        biased;
        () = &mut stop => return Ok(run.polled),
        begun = run.begin(poller.start) => begun?,
    }
    let outcome = run.follow(stop, poller.discovery).await;
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
    /// Whether the shards that start next begin at the oldest record that there is, whichever that is.
    at_horizon: bool,
    lineage: Lineage,
    tasks: JoinSet<(ShardId, Result<shard::Read, PollError>)>,
    polled: Polled,
}

impl<S: Sink + 'static> Run<S> {
    async fn begin(&mut self, start: Start) -> Result<(), PollError> {
        let Settings { checkpoints, stream, .. } = &*self.settings;
        self.stored = checkpoints.load(stream).await?.into_iter().collect();
        let listing = list(Arc::clone(&self.settings), Duration::ZERO).await?;
        match start {
            Start::TrimHorizon => self.at_horizon = self.stored.is_empty(),
            Start::Latest => self.begin_at_latest(&listing.shards).await?,
        }
        self.listed(&listing);
        Ok(())
    }

    /// Stores that reading begins now. A beginning that was interrupted goes on, at the time when it began.
    async fn begin_at_latest(&mut self, listed: &[Shard]) -> Result<(), PollError> {
        let is_first = self.stored.is_empty();
        let Some(begun) = began(&self.stored) else { return Ok(()) };
        // That a shard is closed is only a hint, but one with a child gets no more records.
        let parents: BTreeSet<&ShardId> = listed.iter().filter_map(|shard| shard.parent.as_ref()).collect();
        let (over, open): (Vec<_>, Vec<_>) =
            listed.iter().partition(|shard| is_first && shard.closed && parents.contains(&shard.id));
        // Those with a time come first: by it an interrupted beginning is known.
        for shard in &open {
            if !self.stored.contains_key(&shard.id) {
                self.store(&shard.id, Checkpoint::Since(begun)).await?;
            }
        }
        for shard in over {
            self.store(&shard.id, Checkpoint::Finished).await?;
        }
        // A shard that has to wait for its parent would miss what comes until then.
        let waits = |shard: &Shard| open.iter().any(|other| Some(&other.id) == shard.parent.as_ref());
        if is_first {
            self.at_latest = open.iter().filter(|shard| !waits(shard)).map(|shard| shard.id.clone()).collect();
        }
        Ok(())
    }

    async fn store(&mut self, shard: &ShardId, checkpoint: Checkpoint) -> Result<(), PollError> {
        let Settings { checkpoints, stream, .. } = &*self.settings;
        checkpoints.save(stream, shard, &checkpoint).await?;
        self.stored.insert(shard.clone(), checkpoint);
        Ok(())
    }

    /// Finds and starts shards until `stop` resolves, the stream has ended or something cannot go on.
    ///
    /// A listing runs beside the shards, so that one that is throttled holds up neither their ends nor their errors.
    async fn follow(
        &mut self,
        mut stop: Pin<&mut (impl Future<Output = ()> + Send)>,
        discovery: Duration,
    ) -> Result<(), PollError> {
        let mut listing = Box::pin(list(Arc::clone(&self.settings), discovery));
        self.start_shards();
        while !self.polled.ended {
            let pause = tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                Some(ended) = self.tasks.join_next() => {
                    self.shard_ended(ended)?;
                    // Its children must be looked for at once; a listing that began before may lack them.
                    Duration::ZERO
                }
                listed = &mut listing => {
                    self.listed(&listed?);
                    discovery
                }
            };
            listing = Box::pin(list(Arc::clone(&self.settings), pause));
            self.start_shards();
        }
        Ok(())
    }

    fn listed(&mut self, listing: &Listing) {
        self.lineage.listed(&listing.shards);
        self.lineage.restore(&self.stored);
        // Only a listing can tell: one from before the last shard ended may lack its children.
        self.polled.ended = listing.status == StreamStatus::Disabled && self.lineage.all_finished();
    }

    fn start_shards(&mut self) {
        let at_horizon = std::mem::take(&mut self.at_horizon);
        for id in self.lineage.start() {
            let reader = shard::Reader::new(
                Arc::clone(&self.settings),
                Arc::clone(&self.sink),
                self.stopped.clone(),
                id.clone(),
                self.stored.get(&id).cloned(),
            );
            let reader = match at_horizon {
                true => reader.at_horizon(),
                false if self.at_latest.remove(&id) => reader.at_latest(),
                false => reader,
            };
            self.tasks.spawn(async move { (id, reader.read().await) });
        }
    }

    fn shard_ended(
        &mut self,
        ended: Result<(ShardId, Result<shard::Read, PollError>), JoinError>,
    ) -> Result<(), PollError> {
        let (id, read) = ended.map_err(|_| PollError::Panicked)?;
        let read = read?;
        self.polled.records += read.records;
        if read.finished {
            self.polled.finished_shards += 1;
            self.lineage.finished(&id);
            self.stored.insert(id, Checkpoint::Finished);
        }
        Ok(())
    }

    /// Waits for the tasks that are left; the first error counts.
    async fn drain(&mut self) -> Result<(), PollError> {
        let mut first = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let outcome = self.shard_ended(ended);
            first = first.and(outcome);
        }
        first
    }
}

/// When reading at the latest record begins or began; none if it has got beyond its beginning.
fn began(stored: &BTreeMap<ShardId, Checkpoint>) -> Option<SystemTime> {
    if stored.is_empty() {
        return Some(SystemTime::now());
    }
    if stored.values().any(|checkpoint| matches!(checkpoint, Checkpoint::After(_))) {
        return None;
    }
    stored.values().find_map(|checkpoint| match checkpoint {
        Checkpoint::Since(time) => Some(*time),
        _ => None,
    })
}
