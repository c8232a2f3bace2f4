//! A store of checkpoints that is wrong in one way.

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, Progress, Stamp, Start, Stored,
    Tenure,
};
use std::{
    collections::BTreeMap,
    num::NonZeroU16,
    sync::{Arc, Mutex},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    KnowsEveryStream,
    LosesSince,
    LosesLast,
    CanonicalNumbers,
    Microseconds,
    SubLanesInAByte,
    FirstStays,
    OwnMemory,
    WholeFile,
    OneCase,
    ByTable,
    LastBeginning,
    TermByOwner,
    TermReadBefore,
    LoadTakesOver,
    SaveUnfenced,
    FirstSaveUnfenced,
    ForgetUnfenced,
    RepetitionFirst,
    FinishedUnfenced,
    HigherTerms,
    FoundTooEarly,
    LastWriterWins,
    CountsAsTexts,
    LateForget,
    NoTrace,
    RepetitionRefused,
    ForgetsNothing,
    CountsGoOn,
    OnlyForward,
}

#[derive(Debug, Clone)]
struct Positions {
    tenure: Tenure,
    beginning: Beginning,
    shards: BTreeMap<ShardId, (Stamp, Option<Checkpoint>)>,
}

type Streams = BTreeMap<StreamArn, Positions>;

#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    flaw: Flaw,
    streams: Arc<Mutex<Streams>>,
}

fn superseded() -> CheckpointError {
    CheckpointError::new(CheckpointErrorKind::Superseded, "a test")
}

impl Positions {
    fn stored(&self) -> Stored {
        let kept = |(shard, (_, checkpoint)): (&ShardId, &(Stamp, Option<Checkpoint>))| {
            Some((shard.clone(), checkpoint.clone()?))
        };
        let checkpoints = self.shards.iter().filter_map(kept).collect();
        Stored { tenure: self.tenure.clone(), beginning: self.beginning, checkpoints }
    }
}

fn sequence(progress: &Progress) -> Option<SequenceNumber> {
    match progress {
        Progress::After(sequence) => Some(*sequence),
        _ => None,
    }
}

impl Wrong {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self { flaw, streams: Arc::default() }
    }

    /// Another handle.
    pub(crate) fn open(&self) -> Self {
        if self.flaw == Flaw::OwnMemory { Self::new(self.flaw) } else { self.clone() }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn stream(&self, stream: &StreamArn) -> StreamArn {
        let by_table = || StreamArn::parse(&format!("{}/stream/all", stream.table_arn())).unwrap();
        if self.is(Flaw::ByTable) { by_table() } else { stream.clone() }
    }

    /// What becomes of a checkpoint on its way.
    fn changed(&self, checkpoint: &Checkpoint) -> Checkpoint {
        let Checkpoint { progress, as_of, sub_lanes } = checkpoint.clone();
        let canonical = |sequence: SequenceNumber| SequenceNumber::parse(sequence.significant()).unwrap();
        let micros = |time: DateTime<Utc>| time.trunc_subsecs(6);
        match (self.flaw, progress) {
            (Flaw::LosesSince, Progress::Begun { .. }) => {
                Checkpoint { progress: Progress::Begun { since: None }, as_of, sub_lanes }
            }
            (Flaw::LosesLast, Progress::Finished { .. }) => {
                Checkpoint { progress: Progress::Finished { last: None }, as_of, sub_lanes }
            }
            (Flaw::CanonicalNumbers, Progress::After(sequence)) => {
                Checkpoint { progress: Progress::After(canonical(sequence)), as_of, sub_lanes }
            }
            (Flaw::Microseconds, progress) => Checkpoint { progress, as_of: micros(as_of), sub_lanes },
            (Flaw::SubLanesInAByte, progress) => {
                let sub_lanes = NonZeroU16::new(sub_lanes.get() % 256).unwrap_or(NonZeroU16::MIN);
                Checkpoint { progress, as_of, sub_lanes }
            }
            (_, progress) => Checkpoint { progress, as_of, sub_lanes },
        }
    }

    /// Whether the term lets it pass.
    fn is_due(&self, positions: &Positions, shard: &ShardId, is_forget: bool, stamp: Stamp) -> bool {
        let there = positions.shards.get(shard);
        let is_finished = there.is_some_and(|(_, there)| there.as_ref().is_some_and(|it| it.progress.is_finished()));
        match self.flaw {
            Flaw::SaveUnfenced if !is_forget && there.is_some() && !is_finished => stamp.count != 1,
            Flaw::FirstSaveUnfenced if !is_forget && there.is_none() => stamp.term > 0 && stamp.count == 1,
            Flaw::ForgetUnfenced if is_forget => true,
            Flaw::RepetitionFirst if there.is_some_and(|(last, _)| *last == stamp) => true,
            Flaw::FinishedUnfenced if !is_forget && is_finished => true,
            Flaw::HigherTerms => stamp.term >= positions.tenure.term,
            _ => stamp.term == positions.tenure.term,
        }
    }

    /// Whether it comes too late, or again.
    fn is_late(&self, last: Stamp, is_forget: bool, stamp: Stamp) -> bool {
        match self.flaw {
            Flaw::LastWriterWins if !is_forget => false,
            Flaw::LateForget if is_forget => false,
            Flaw::CountsAsTexts => last.term == stamp.term && last.count.to_string() >= stamp.count.to_string(),
            Flaw::CountsGoOn => last.count >= stamp.count,
            _ => last >= stamp,
        }
    }

    async fn write(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: Option<&Checkpoint>,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        let stream = self.stream(stream);
        let lower = || ShardId::from(shard.as_str().to_lowercase());
        let shard = if self.is(Flaw::OneCase) { lower() } else { shard.clone() };
        let checkpoint = checkpoint.map(|checkpoint| self.changed(checkpoint));
        let before = self.streams.lock().unwrap().clone();
        if self.is(Flaw::WholeFile) {
            tokio::task::yield_now().await;
        }
        let mut streams = self.streams.lock().unwrap();
        if self.is(Flaw::WholeFile) {
            // Reads the file, changes it, writes it back: what another did meanwhile is gone.
            *streams = before;
        }
        let positions = streams.get_mut(&stream).ok_or_else(superseded)?;
        if !self.is_due(positions, &shard, checkpoint.is_none(), stamp) {
            return Err(superseded());
        }
        if let Some((last, there)) = positions.shards.get(&shard) {
            if self.is(Flaw::RepetitionRefused) && *last == stamp {
                return Err(superseded());
            }
            if self.is_late(*last, checkpoint.is_none(), stamp) {
                return Ok(());
            }
            let behind = match (there, &checkpoint) {
                (Some(there), Some(next)) => sequence(&next.progress) < sequence(&there.progress),
                _ => false,
            };
            if behind && self.is(Flaw::OnlyForward) || self.is(Flaw::FirstStays) && stamp.term == last.term {
                return Ok(());
            }
        }
        match (self.flaw, &checkpoint) {
            (Flaw::ForgetsNothing, None) => {}
            (Flaw::NoTrace, None) => drop(positions.shards.remove(&shard)),
            _ => drop(positions.shards.insert(shard, (stamp, checkpoint))),
        }
        Ok(())
    }
}

#[async_trait]
impl CheckpointStore for Wrong {
    async fn take_over(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        let stream = self.stream(stream);
        let before = self.streams.lock().unwrap().get(&stream).cloned();
        if matches!(self.flaw, Flaw::TermReadBefore | Flaw::FoundTooEarly) {
            tokio::task::yield_now().await;
        }
        let mut streams = self.streams.lock().unwrap();
        let tenure = |term| Tenure { owner: owner.into(), term };
        let new = || Positions { tenure: tenure(0), beginning, shards: BTreeMap::new() };
        let positions = streams.entry(stream).or_insert_with(new);
        let last = match (&before, self.flaw) {
            (Some(before), Flaw::TermReadBefore) => before.tenure.term,
            (None, Flaw::TermReadBefore) => 0,
            _ => positions.tenure.term,
        };
        if !(self.is(Flaw::TermByOwner) && &*positions.tenure.owner == owner && last > 0) {
            positions.tenure = tenure(last + 1);
        }
        if self.is(Flaw::LastBeginning) {
            positions.beginning = beginning;
        }
        let found = positions.stored();
        match before {
            Some(before) if self.is(Flaw::FoundTooEarly) => {
                Ok(Stored { checkpoints: before.stored().checkpoints, ..found })
            }
            _ => Ok(found),
        }
    }

    async fn load(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        let mut streams = self.streams.lock().unwrap();
        let positions = streams.get_mut(&self.stream(stream));
        if let (Flaw::KnowsEveryStream, None) = (self.flaw, &positions) {
            let tenure = Tenure { owner: "".into(), term: 0 };
            let beginning = Beginning { start: Start::TrimHorizon, at: DateTime::UNIX_EPOCH };
            return Ok(Some(Stored { tenure, beginning, checkpoints: Vec::new() }));
        }
        let Some(positions) = positions else { return Ok(None) };
        if self.is(Flaw::LoadTakesOver) {
            positions.tenure.term += 1;
        }
        Ok(Some(positions.stored()))
    }

    async fn save(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        self.write(stream, shard, Some(checkpoint), stamp).await
    }

    async fn forget(&self, stream: &StreamArn, shard: &ShardId, stamp: Stamp) -> Result<(), CheckpointError> {
        self.write(stream, shard, None, stamp).await
    }
}
