//! The file of a stream, as it is described at `FileCheckpoints`.
//!
//! What it has beyond that is refused: a program that wrote it back would lose it.

use super::{
    super::{
        Beginning, Checkpoint, CheckpointError,
        CheckpointErrorKind::{Corrupt, Superseded},
        Progress, Stamp, Start, Stored, Tenure,
    },
    time::Time,
};
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::{collections::BTreeMap, num::NonZeroU16};

const FORMAT: &str = "dynacdc checkpoints";
const VERSION: u32 = 1;
/// How long a stamp without a position is kept: no call travels so long.
const KEPT: TimeDelta = TimeDelta::days(1);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    // In this order, so that a file of a later version is told by that, and not by a field that it has.
    #[serde(deserialize_with = "format")]
    format: String,
    #[serde(deserialize_with = "version")]
    version: u32,
    stream: String,
    owner: String,
    term: u64,
    beginning: Began,
    shards: BTreeMap<String, Entry>,
    forgotten: BTreeMap<String, Mark>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Began {
    start: From,
    at: Time,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    TrimHorizon,
    Latest,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    term: u64,
    count: u64,
    position: Position,
    as_of: Time,
    sub_lanes: NonZeroU16,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Position {
    Begun { since: Option<Time> },
    After(SequenceNumber),
    Finished { last: Option<SequenceNumber> },
}

/// What is left of a position that was removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    term: u64,
    count: u64,
    at: Time,
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match String::deserialize(deserializer)? {
        format if format == FORMAT => Ok(format),
        _ => Err(D::Error::custom("not a file of checkpoints")),
    }
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format!("version {other} of the format, and this program reads {VERSION}"))),
    }
}

impl Document {
    /// Of a stream that nobody took over yet.
    pub(super) fn new(stream: &StreamArn, beginning: Beginning) -> Self {
        let start = match beginning.start {
            Start::TrimHorizon => From::TrimHorizon,
            Start::Latest => From::Latest,
        };
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            stream: stream.as_str().to_owned(),
            owner: String::new(),
            term: 0,
            beginning: Began { start, at: Time(beginning.at) },
            shards: BTreeMap::new(),
            forgotten: BTreeMap::new(),
        }
    }

    /// What a call gets that is about a stream which nobody took over.
    pub(super) fn unknown(shard: &ShardId) -> CheckpointError {
        CheckpointError::new(Superseded, format!("{shard}: nobody has taken the stream over"))
    }

    pub(super) fn is_of(&self, stream: &StreamArn) -> bool {
        self.stream == stream.as_str()
    }

    pub(super) fn take_over(&mut self, owner: &str) -> Result<(), CheckpointError> {
        let term = self.term.checked_add(1);
        self.term = term.ok_or_else(|| CheckpointError::new(Corrupt, "the term is the highest that there is"))?;
        owner.clone_into(&mut self.owner);
        // They were for late calls of earlier terms, which the term refuses from here on.
        self.forgotten.clear();
        Ok(())
    }

    /// Stores or removes a position. Says whether that changes anything.
    pub(super) fn write(
        &mut self,
        shard: &ShardId,
        checkpoint: Option<&Checkpoint>,
        stamp: Stamp,
        now: DateTime<Utc>,
    ) -> Result<bool, CheckpointError> {
        if stamp.term != self.term {
            let Self { owner, term, .. } = self;
            let told = format!("{shard}: {owner} has it, in term {term}; the call is of term {}", stamp.term);
            return Err(CheckpointError::new(Superseded, told));
        }
        let Stamp { term, count } = stamp;
        let name = shard.as_str();
        let kept = self.shards.get(name).map(|entry| (entry.term, entry.count));
        let forgotten = self.forgotten.get(name).map(|mark| (mark.term, mark.count));
        if kept.max(forgotten).is_some_and(|last| last >= (term, count)) {
            return Ok(false);
        }
        self.forgotten.retain(|_, mark| now - mark.at.0 < KEPT);
        if let Some(checkpoint) = checkpoint {
            self.forgotten.remove(name);
            self.shards.insert(name.to_owned(), Entry::of(checkpoint, stamp));
        } else {
            self.shards.remove(name);
            self.forgotten.insert(name.to_owned(), Mark { term, count, at: Time(now) });
        }
        Ok(true)
    }

    pub(super) fn stored(&self) -> Stored {
        let start = match self.beginning.start {
            From::TrimHorizon => Start::TrimHorizon,
            From::Latest => Start::Latest,
        };
        Stored {
            tenure: Tenure { owner: self.owner.as_str().into(), term: self.term },
            beginning: Beginning { start, at: self.beginning.at.0 },
            checkpoints: self.shards.iter().map(|(shard, entry)| (shard.as_str().into(), entry.checkpoint())).collect(),
        }
    }
}

impl Entry {
    fn of(checkpoint: &Checkpoint, Stamp { term, count }: Stamp) -> Self {
        let position = match checkpoint.progress {
            Progress::Begun { since } => Position::Begun { since: since.map(Time) },
            Progress::After(sequence) => Position::After(sequence),
            Progress::Finished { last } => Position::Finished { last },
        };
        Self { term, count, position, as_of: Time(checkpoint.as_of), sub_lanes: checkpoint.sub_lanes }
    }

    fn checkpoint(&self) -> Checkpoint {
        let progress = match self.position {
            Position::Begun { since } => Progress::Begun { since: since.map(|time| time.0) },
            Position::After(sequence) => Progress::After(sequence),
            Position::Finished { last } => Progress::Finished { last },
        };
        Checkpoint { progress, as_of: self.as_of.0, sub_lanes: self.sub_lanes }
    }
}
