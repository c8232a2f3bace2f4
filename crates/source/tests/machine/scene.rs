//! A machine that is told what happened by hand. Actions are texts, so that a test says what it expects in a line.

use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::{Decoded, SequenceNumber, StreamArn, decode_event};
use dynacdc_sink::{Class, Lane, ShardId, SinkError, SubLane};
use dynacdc_source::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, Position, Progress, RecordPage, Shard, ShardIterator,
    ShardPage, Start, Stored, StreamStatus, StreamsError, StreamsErrorKind, Tenure,
    machine::{Action, Input, Machine, Now, Settings, ShardHealth, Written},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU16,
    time::Duration,
};

pub(crate) const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000";

pub(crate) fn arn() -> StreamArn {
    ARN.parse().unwrap()
}

pub(crate) fn number(number: u64) -> SequenceNumber {
    number.to_string().parse().unwrap()
}

/// A page of records with these numbers, keys, creation times and sizes. A number of 0 cannot be decoded.
pub(crate) fn decoded(records: impl IntoIterator<Item = (u64, u64, DateTime<Utc>, usize)>) -> Decoded {
    let texts = records.into_iter().map(|(number, key, created, size)| {
        let keys = if number == 0 { r#"{"pk":{}}"#.to_owned() } else { format!(r#"{{"pk":{{"S":"{key}"}}}}"#) };
        let number = if number == 0 { String::new() } else { number.to_string() };
        format!(
            r#"{{"eventID":"{number}","eventName":"INSERT","dynamodb":{{"ApproximateCreationDateTime":{},"Keys":{keys},
                "SequenceNumber":"{number}","SizeBytes":{size}}}}}"#,
            created.timestamp()
        )
    });
    decode_event(format!(r#"{{"Records":[{}]}}"#, texts.collect::<Vec<_>>().join(","))).unwrap()
}

pub(crate) struct Scene {
    pub(crate) machine: Machine,
    pub(crate) now: Now,
    pub(crate) health: BTreeMap<String, ShardHealth>,
    /// Those whose first save is told: their start was stored before, or begins at the latest record.
    pub(crate) begun: BTreeSet<ShardId>,
    iterators: u64,
}

pub(crate) struct Given {
    pub(crate) settings: Settings,
    pub(crate) stored: Stored,
    pub(crate) now: Now,
}

impl Given {
    pub(crate) fn new() -> Self {
        let time = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let now = Now { instant: tokio::time::Instant::now(), time };
        let tenure = Tenure { owner: "test".into(), term: 1 };
        let beginning = Beginning { start: Start::TrimHorizon, at: time };
        let settings = Settings::new(arn()).with_idle(Duration::from_millis(800));
        Self { settings, stored: Stored { tenure, beginning, checkpoints: Vec::new() }, now }
    }

    pub(crate) fn settings(mut self, change: impl FnOnce(Settings) -> Settings) -> Self {
        self.settings = change(self.settings);
        self
    }

    pub(crate) fn latest(mut self) -> Self {
        self.stored.beginning.start = Start::Latest;
        self
    }

    /// A later run, in which this is stored of a shard as of so many seconds ago.
    pub(crate) fn stored(mut self, shard: &str, progress: Progress, seconds: i64) -> Self {
        self.stored.tenure.term = 2;
        let as_of = self.now.time - TimeDelta::seconds(seconds);
        let checkpoint = Checkpoint { progress, as_of, sub_lanes: NonZeroU16::MIN };
        self.stored.checkpoints.push((shard.into(), checkpoint));
        self
    }

    pub(crate) fn scene(self) -> Scene {
        let begun = self.stored.checkpoints.iter().map(|(id, _)| id.clone()).collect();
        let machine = Machine::new(self.settings, self.stored, self.now);
        Scene { machine, now: self.now, health: BTreeMap::new(), begun, iterators: 0 }
    }
}

pub(crate) fn shard(id: &str, parent: Option<&str>) -> Shard {
    Shard { id: id.into(), parent: parent.map(Into::into), closed: false }
}

pub(crate) fn page_of(status: StreamStatus, shards: &[(&str, Option<&str>)]) -> ShardPage {
    let shards = shards.iter().map(|(id, parent)| shard(id, *parent)).collect();
    ShardPage { status, view_type: None, shards, more_after: None }
}

impl Scene {
    pub(crate) fn new() -> Self {
        Given::new().scene()
    }

    /// All that the machine wants done now. That the start of a shard is stored is done and not told.
    pub(crate) fn acts(&mut self) -> Vec<String> {
        let mut actions = Vec::new();
        while let Some(action) = self.machine.next(self.now) {
            match &action {
                Action::Iterator { shard, position: Position::Latest } => _ = self.begun.insert(shard.clone()),
                Action::Save { shard, checkpoint, .. } if self.begun.insert(shard.clone()) => {
                    let is_whole = checkpoint.sub_lanes == NonZeroU16::MIN;
                    if matches!(checkpoint.progress, Progress::Begun { .. }) && is_whole {
                        let shard = shard.clone();
                        self.machine.handle(Input::Saved { shard, result: Ok(()) }, self.now);
                        continue;
                    }
                }
                _ => {}
            }
            actions.push(action);
        }
        for (id, health) in self.machine.take_changed_health() {
            match health {
                Some(health) => self.health.insert(id.to_string(), health),
                None => self.health.remove(id.as_str()),
            };
        }
        actions.iter().map(text).collect()
    }

    pub(crate) fn pass(&mut self, time: Duration) -> Vec<String> {
        self.now.instant += time;
        self.now.time += time;
        self.acts()
    }

    /// Lets time pass up to when the machine wants to be asked.
    pub(crate) fn wake(&mut self) -> Vec<String> {
        let at = self.machine.wake_at().expect("something to wait for");
        let time = at.saturating_duration_since(self.now.instant);
        self.pass(time)
    }

    pub(crate) fn tell(&mut self, input: Input) -> Vec<String> {
        self.machine.handle(input, self.now);
        self.acts()
    }

    pub(crate) fn listed(&mut self, shards: &[(&str, Option<&str>)]) -> Vec<String> {
        self.tell(Input::Listed(Ok(page_of(StreamStatus::Enabled, shards))))
    }

    pub(crate) fn listed_disabled(&mut self, shards: &[(&str, Option<&str>)]) -> Vec<String> {
        self.tell(Input::Listed(Ok(page_of(StreamStatus::Disabled, shards))))
    }

    pub(crate) fn listed_err(&mut self, kind: StreamsErrorKind) -> Vec<String> {
        self.tell(Input::Listed(Err(StreamsError::new(kind, "DescribeStream"))))
    }

    /// The first listing.
    pub(crate) fn begin(&mut self, shards: &[(&str, Option<&str>)]) -> Vec<String> {
        assert_eq!(self.acts(), ["list"]);
        self.listed(shards)
    }

    pub(crate) fn children(&mut self, of: &str, children: &[&str]) -> Vec<String> {
        let shards: Vec<_> = children.iter().map(|child| (*child, Some(of))).collect();
        self.tell(Input::Children { of: of.into(), found: Ok(page_of(StreamStatus::Enabled, &shards)) })
    }

    pub(crate) fn found(&mut self, id: &str) -> Vec<String> {
        let iterator = self.iterator();
        self.tell(Input::Iterator { shard: id.into(), found: Ok(iterator) })
    }

    fn iterator(&mut self) -> ShardIterator {
        self.iterators += 1;
        ShardIterator::new(self.iterators.to_string())
    }

    pub(crate) fn iterator_err(&mut self, id: &str, kind: StreamsErrorKind) -> Vec<String> {
        self.tell(Input::Iterator { shard: id.into(), found: Err(StreamsError::new(kind, "GetShardIterator")) })
    }

    /// A page of records that were just made, each of its own item.
    pub(crate) fn page(&mut self, id: &str, numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
        let now = self.now.time;
        let records = decoded(numbers.into_iter().map(|number| (number, number, now, 100)));
        self.page_with(id, records)
    }

    pub(crate) fn page_with(&mut self, id: &str, records: Decoded) -> Vec<String> {
        let next = Some(self.iterator());
        self.tell(Input::Records { shard: id.into(), page: Ok(RecordPage { records, next }) })
    }

    /// The last page of a shard.
    pub(crate) fn last_page(&mut self, id: &str, numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
        let now = self.now.time;
        let records = decoded(numbers.into_iter().map(|number| (number, number, now, 100)));
        self.tell(Input::Records { shard: id.into(), page: Ok(RecordPage { records, next: None }) })
    }

    pub(crate) fn records_err(&mut self, id: &str, kind: StreamsErrorKind) -> Vec<String> {
        self.tell(Input::Records { shard: id.into(), page: Err(StreamsError::new(kind, "GetRecords")) })
    }

    pub(crate) fn written(&mut self, id: &str, settled: usize) -> Vec<String> {
        self.part_written(id, 0, 1, settled)
    }

    pub(crate) fn part_written(&mut self, id: &str, part: u16, of: u16, settled: usize) -> Vec<String> {
        let lane = Lane::ordered_part(arn(), id, SubLane::new(part, of).unwrap());
        self.tell(Input::Written { lane, written: Written { settled, error: None } })
    }

    pub(crate) fn write_err(&mut self, id: &str, settled: usize, class: Class) -> Vec<String> {
        let error = Some(SinkError::new(class, "no"));
        self.tell(Input::Written { lane: Lane::ordered(arn(), id), written: Written { settled, error } })
    }

    pub(crate) fn parked(&mut self, id: &str, result: Result<(), SinkError>) -> Vec<String> {
        self.tell(Input::Parked { lane: Lane::ordered(arn(), id), result })
    }

    pub(crate) fn saved(&mut self, id: &str) -> Vec<String> {
        self.tell(Input::Saved { shard: id.into(), result: Ok(()) })
    }

    pub(crate) fn save_err(&mut self, id: &str, kind: CheckpointErrorKind) -> Vec<String> {
        self.tell(Input::Saved { shard: id.into(), result: Err(CheckpointError::new(kind, "saving")) })
    }

    /// An iterator and one page of a shard, all of it settled and saved.
    pub(crate) fn read(&mut self, id: &str, numbers: impl IntoIterator<Item = u64>) {
        let numbers: Vec<u64> = numbers.into_iter().collect();
        self.found(id);
        self.page(id, numbers.iter().copied());
        self.written(id, numbers.len());
        self.saved(id);
    }

    /// Ends a shard that has a call for records in flight and everything settled. Its end is saved.
    pub(crate) fn end(&mut self, id: &str, children: &[&str]) -> Vec<String> {
        let mut acts = self.last_page(id, []);
        acts.extend(self.children(id, children));
        acts.extend(self.saved(id));
        acts
    }

    /// Answers every search for children with none, and listings in between with these shards of a disabled stream.
    pub(crate) fn search_in_vain(&mut self, id: &str, shards: &[(&str, Option<&str>)]) -> Vec<String> {
        let again = format!("children {id}");
        for _ in 0..9 {
            assert!(self.children(id, &[]).is_empty());
            loop {
                let acts = self.wake();
                if acts.contains(&"list".to_owned()) {
                    assert!(self.listed_disabled(shards).is_empty());
                }
                if acts.contains(&again) {
                    break;
                }
            }
        }
        self.children(id, &[])
    }

    /// Tells in how many seconds the machine wants to be asked.
    pub(crate) fn wakes_in(&self) -> Option<f64> {
        Some(self.machine.wake_at()?.saturating_duration_since(self.now.instant).as_secs_f64())
    }
}

/// An action as text. Iterators are left out, times too.
pub(crate) fn text(action: &Action) -> String {
    match action {
        Action::List { after: None } => "list".to_owned(),
        Action::List { after: Some(after) } => format!("list after {after}"),
        Action::Children { of } => format!("children {of}"),
        Action::Iterator { shard, position } => format!("iterator {shard} {}", position_text(position)),
        Action::Records { shard, .. } => format!("records {shard}"),
        Action::Write { lane, records } => {
            let numbers: Vec<String> = records.iter().map(|record| record.sequence_number().to_string()).collect();
            format!("write {} {}", lane_text(lane), numbers.join(","))
        }
        Action::Park { lane, .. } => format!("park {}", lane_text(lane)),
        Action::Save { shard, checkpoint, .. } => format!("save {shard} {}", progress_text(&checkpoint.progress)),
        Action::Forget { shard, .. } => format!("forget {shard}"),
        Action::Mend { shard, .. } => format!("mend {shard}"),
        Action::Done(Ok(polled)) => format!("done {} ended={}", polled.records, polled.ended),
        Action::Done(Err(error)) => format!("failed {error}"),
    }
}

fn position_text(position: &Position) -> String {
    match position {
        Position::TrimHorizon => "horizon".to_owned(),
        Position::Latest => "latest".to_owned(),
        Position::At(number) => format!("at {number}"),
        Position::After(number) => format!("after {number}"),
    }
}

fn progress_text(progress: &Progress) -> String {
    match progress {
        Progress::Begun { since: None } => "begun".to_owned(),
        Progress::Begun { since: Some(since) } => format!("since {}", since.timestamp() - 1_800_000_000),
        Progress::After(number) => format!("{number}"),
        Progress::Finished { last: None } => "finished".to_owned(),
        Progress::Finished { last: Some(last) } => format!("finished {last}"),
    }
}

fn lane_text(lane: &Lane) -> String {
    match lane {
        Lane::Ordered { shard, part, .. } if part.is_whole() => shard.to_string(),
        Lane::Ordered { shard, part, .. } => format!("{shard}[{}/{}]", part.part(), part.of()),
        other => other.to_string(),
    }
}
