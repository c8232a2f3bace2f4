//! A poller falls behind, is killed, goes on and catches up.

use crate::{
    frame::{at, thousands},
    ledger::Ledger,
    lineage::Lineage,
    shop::Shop,
    verdict,
    watch::Watch,
};
use dynacdc_examples::{Failure, Scene, Verdict};
use dynacdc_local::workload::TABLE;
use dynacdc_source::{CheckpointStore, FileCheckpoints, Health, PollError, Polled, Poller, Progress, ShardState};
use dynacdc_testkit::StreamSimulator;
use serde::Serialize;
use std::{
    future::pending,
    io::{self, Write},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
    time::{sleep, sleep_until},
};

const KILLED: Duration = Duration::from_secs(9);
const RESUMED: Duration = Duration::from_secs(11);
/// When frames are shown where nothing is live.
const FRAMES: [&[u64]; 2] = [&[2, 5, 8], &[12, 16, 20]];
/// In one write. What is repeated after a crash is what was written since the last position, of each lane.
const BATCH: usize = 20;

pub(crate) struct Story {
    seed: u64,
    shop: Shop,
    ledger: Ledger,
    lineage: Lineage<StreamSimulator>,
    folder: TempDir,
}

/// A poller in a task.
struct Running {
    health: Health,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Polled, PollError>>,
}

impl Running {
    async fn stop(self) -> Result<Polled, Failure> {
        // One that has ended by itself has something to say, too.
        let _ = self.stop.send(());
        Ok(self.task.await.map_err(gone)??)
    }
}

impl Story {
    pub(crate) fn new(seed: u64) -> Result<Self, Failure> {
        let shop = Shop::open(seed)?;
        let lineage = Lineage::new(shop.stream().clone());
        Ok(Self { seed, shop, ledger: Ledger::default(), lineage, folder: TempDir::new()? })
    }

    pub(crate) fn lineage(&self) -> Lineage<StreamSimulator> {
        self.lineage.clone()
    }

    pub(crate) async fn tell(self, mut watch: Watch) -> Result<Verdict, Failure> {
        let about = format!("seed {}, simulated stream", self.seed);
        watch.print(|screen| {
            screen.title("dynacdc example 14: poller and lag", &about)?;
            Ok(screen.section(
                "1  A sink that is slower than the writes",
                &format!(
                    "The table {TABLE} is written to 160 times a second for 8 seconds, then 30 times. Its stream begins \
                     with two shards, A and B; they close after 8 seconds and others take their place. The sink takes 20 \
                     ms for a record, so one shard gets on with 50 in a second. Positions are kept in a file, every second."
                ),
            )?)
        })?;
        let writer = tokio::spawn(self.shop.clone().write());
        let first = self.start();
        self.frames(&mut watch, FRAMES[0], &first.health).await?;
        self.pass(&mut watch, KILLED, Some(&first.health)).await;
        self.kill(&mut watch, first).await?;
        let given = self.ledger.given();

        self.pass(&mut watch, RESUMED, None).await;
        watch.show_frame(&self.shop, &self.ledger, None)?;
        let second = self.resume(&mut watch).await?;
        self.frames(&mut watch, FRAMES[1], &second.health).await?;
        let health = second.health.clone();
        watch.until(self.caught_up(&second), &self.shop, &self.ledger, Some(&health)).await;
        writer.await.map_err(gone)??;
        let polled = second.stop().await?;
        self.end(watch, polled, given).await
    }

    /// When everything that was written has taken effect and every shard is finished, or the poller has ended by itself.
    async fn caught_up(&self, poller: &Running) {
        let is_behind = || {
            let shards = self.shop.stream().shards().len();
            let known = poller.health.report().shards;
            let finished = known.iter().filter(|shard| shard.health.state == ShardState::Finished).count();
            self.shop.is_open() || self.ledger.effects() < self.shop.written() || finished < shards
        };
        while is_behind() && !poller.task.is_finished() {
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn start(&self) -> Running {
        let stream = self.shop.stream();
        let poller = Poller::builder(self.lineage.clone(), stream.arn())
            .checkpoints(FileCheckpoints::new(self.folder.path()))
            .owner("example-14")
            .batch_records(BATCH)
            .save_every(Duration::from_secs(1))
            .discovery(Duration::from_secs(2))
            .shard_metrics()
            .clock(stream.clock())
            .build();
        let health = poller.health();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // The one that is killed drops its sender: that is no order to stop.
            if stopped.await.is_err() {
                pending::<()>().await;
            }
        };
        Running { health, stop, task: tokio::spawn(poller.run(self.ledger.clone(), stopped)) }
    }

    async fn pass(&self, watch: &mut Watch, until: Duration, poller: Option<&Health>) {
        watch.until(sleep_until(self.shop.begun() + until), &self.shop, &self.ledger, poller).await;
    }

    async fn frames(&self, watch: &mut Watch, seconds: &[u64], poller: &Health) -> Result<(), Failure> {
        for &second in seconds {
            self.pass(watch, Duration::from_secs(second), Some(poller)).await;
            if second != FRAMES[0][0] {
                watch.gap()?;
            }
            watch.show_frame(&self.shop, &self.ledger, Some(poller))?;
        }
        Ok(())
    }

    async fn kill(&self, watch: &mut Watch, poller: Running) -> Result<(), Failure> {
        let killed = Killed { at_ms: KILLED.as_millis(), writes_in_flight: self.ledger.in_flight() };
        poller.task.abort();
        // Only to see that it is gone.
        if !poller.task.await.is_err_and(|error| error.is_cancelled()) {
            return Err(Failure::Unexpected("the poller had ended before it was killed"));
        }
        watch.print(|screen| {
            Ok(screen.section(
                "2  The process is killed",
                "The poller's future is dropped where it is, as the end of the process does. What its sink has done since \
                 the last position in the file, nobody has written down. Writes to the table go on.",
            )?)
        })?;
        watch.show(&killed)
    }

    async fn resume(&self, watch: &mut Watch) -> Result<Running, Failure> {
        let resumed = Resumed::of(self.stored().await?.as_ref());
        watch.print(|screen| {
            Ok(screen.section(
                "3  Another one goes on from the file",
                "It reads each shard from behind its stored position, so records that took effect before the kill come \
                 again. The sink is fenced: each row keeps the number of the change it was written by, and an older or \
                 equal one is skipped.",
            )?)
        })?;
        watch.show(&resumed)?;
        Ok(self.start())
    }

    async fn stored(&self) -> Result<Option<dynacdc_source::Stored>, Failure> {
        let store = FileCheckpoints::new(self.folder.path());
        store.load(&self.shop.stream().arn()).await.map_err(|error| Failure::request("the checkpoints", error))
    }

    async fn end(self, mut watch: Watch, polled: Polled, given_before: u64) -> Result<Verdict, Failure> {
        let stored = self.stored().await?.ok_or(Failure::Unexpected("there are no checkpoints"))?;
        let verdict = Verdict::new(verdict::checks(&self.shop, &self.ledger, &stored, (polled.records, given_before))?);
        let (given, again) = (thousands(self.ledger.given()), thousands(self.ledger.given_again()));
        let end = at(self.shop.time());
        watch.end();
        watch.print(|screen| {
            Ok(screen.section(
                "4  Verdict",
                &format!(
                    "At {end} the poller has caught up: the stream was disabled, and every shard is read to its end. The sink \
                     was given {given} records, {again} of them once more than needed: a counter without a fence would be too \
                     high by that. Below, what the writes alone let expect, and what the records gave."
                ),
            )?)
        })?;
        watch.show(&verdict)?;
        Ok(verdict)
    }
}

fn gone(_: JoinError) -> Failure {
    Failure::PollerGone
}

/// What was in flight when the poller was killed.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "killed")]
struct Killed {
    at_ms: u128,
    writes_in_flight: usize,
}

impl Scene for Killed {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { at_ms, writes_in_flight } = self;
        let clock = crate::frame::clock(*at_ms);
        writeln!(out, "   {clock}  {writes_in_flight} writes were in flight, of up to {BATCH} records each")
    }
}

/// What the file says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "resumed")]
struct Resumed {
    at_ms: u128,
    term: u64,
    shards_begun: usize,
    shards_with_position: usize,
    shards_finished: usize,
}

impl Resumed {
    fn of(stored: Option<&dynacdc_source::Stored>) -> Self {
        let checkpoints = stored.map(|stored| &stored.checkpoints);
        let count = |is: fn(&Progress) -> bool| {
            checkpoints.into_iter().flatten().filter(|(_, checkpoint)| is(&checkpoint.progress)).count()
        };
        Self {
            at_ms: RESUMED.as_millis(),
            term: stored.map_or(0, |stored| stored.tenure.term),
            shards_begun: count(|progress| matches!(progress, Progress::Begun { .. })),
            shards_with_position: count(|progress| matches!(progress, Progress::After(_))),
            shards_finished: count(Progress::is_finished),
        }
    }
}

impl Scene for Resumed {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { at_ms, shards_begun, shards_with_position, shards_finished, .. } = self;
        writeln!(
            out,
            "   {}  shards in the file: {shards_with_position} with a position, {shards_begun} begun, {shards_finished} finished",
            crate::frame::clock(*at_ms),
        )
    }
}
