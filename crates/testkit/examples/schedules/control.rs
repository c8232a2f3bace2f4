//! Wrong pollers: the right machine with one of its actions, or of what it is told, changed.

use crate::life::Reading;
use dynacdc_sink::{Class, ShardId};
use dynacdc_source::{
    Position, Progress, ShardHealth, Stored, StreamStatus, StreamsErrorKind,
    machine::{Action, Input, Machine, Now, Polled, Settings, Totals},
};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Control {
    ForgetsParents,
    FinishesBeforeSaved,
    StopsAtNullIterator,
    SavesWhatItRead,
    RestartsAtLatest,
    ExpiredAtLatest,
    ExpiredAtSettled,
    ForgetsPositions,
    ListsOnePage,
    EndsAfterOneListing,
    NoOwnerIsOld,
    IgnoresNewOwner,
    TrustsTheListing,
    TrustsClosed,
    EmptyPageIsTheEnd,
    DropsAfterFailure,
    DropsMalformed,
    SavesTheNewest,
    SavesNothingAtTheEnd,
    CountsFromOneAlways,
    GoesOverGaps,
    MoreBytes,
    OtherLanesAfterRestart,
    SaysUpToNow,
}

impl Control {
    pub(crate) const ALL: [Self; 24] = [
        Self::ForgetsParents,
        Self::FinishesBeforeSaved,
        Self::StopsAtNullIterator,
        Self::SavesWhatItRead,
        Self::RestartsAtLatest,
        Self::ExpiredAtLatest,
        Self::ExpiredAtSettled,
        Self::ForgetsPositions,
        Self::ListsOnePage,
        Self::EndsAfterOneListing,
        Self::NoOwnerIsOld,
        Self::IgnoresNewOwner,
        Self::TrustsTheListing,
        Self::TrustsClosed,
        Self::EmptyPageIsTheEnd,
        Self::DropsAfterFailure,
        Self::DropsMalformed,
        Self::SavesTheNewest,
        Self::SavesNothingAtTheEnd,
        Self::CountsFromOneAlways,
        Self::GoesOverGaps,
        Self::MoreBytes,
        Self::OtherLanesAfterRestart,
        Self::SaysUpToNow,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ForgetsParents => "starts children early: it does not look at parents",
            Self::FinishesBeforeSaved => "starts children early: before the end of their parent is saved",
            Self::StopsAtNullIterator => "stops at the null iterator: the last page is dropped",
            Self::SavesWhatItRead => "checkpoints what it read",
            Self::RestartsAtLatest => "restarts at LATEST",
            Self::ExpiredAtLatest => "goes on at LATEST after an expired iterator",
            Self::ExpiredAtSettled => "goes on behind the last settled record after an expired iterator",
            Self::ForgetsPositions => "takes over without the stored positions",
            Self::ListsOnePage => "takes one page of a listing for the whole",
            Self::EndsAfterOneListing => "ends with the first listing that says DISABLED and has nothing new",
            Self::NoOwnerIsOld => "its store takes saves of an old owner",
            Self::IgnoresNewOwner => "goes on when it is superseded",
            Self::TrustsTheListing => "takes a shard that a listing lacks for gone",
            Self::TrustsClosed => "takes the first page of a closed shard for its last",
            Self::EmptyPageIsTheEnd => "takes an empty page for the end of the shard",
            Self::DropsAfterFailure => "does not write again what a failed write left",
            Self::DropsMalformed => "passes over what cannot be decoded",
            Self::SavesTheNewest => "saves the newest settled record, whatever is unsettled before it",
            Self::SavesNothingAtTheEnd => "does not save after a stop",
            Self::CountsFromOneAlways => "stamps every save alike",
            Self::GoesOverGaps => "goes on at the oldest record where its position is trimmed",
            Self::MoreBytes => "reads more than the byte budget",
            Self::OtherLanesAfterRestart => "changes the number of sub-lanes of a shard that is begun",
            Self::SaysUpToNow => "saves positions as of now, whatever is unread",
        }
    }
}

/// A machine, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Rigged {
    pub(crate) control: Option<Control>,
    machine: Option<Machine>,
    is_first: bool,
    now: Option<Now>,
    is_stopping: bool,
    /// Shards whose iterator has expired, and for which none was asked since.
    expired: BTreeSet<ShardId>,
    /// Shards that are shown as closed, or at all.
    closed: BTreeSet<ShardId>,
    listed: BTreeSet<ShardId>,
    finished: BTreeSet<ShardId>,
    ends: bool,
}

impl Rigged {
    pub(crate) const fn new(control: Option<Control>) -> Self {
        Self {
            control,
            machine: None,
            is_first: true,
            now: None,
            is_stopping: false,
            expired: BTreeSet::new(),
            closed: BTreeSet::new(),
            listed: BTreeSet::new(),
            finished: BTreeSet::new(),
            ends: false,
        }
    }

    fn is(&self, control: Control) -> bool {
        self.control == Some(control)
    }

    pub(crate) fn begun(mut self, mut settings: Settings, mut stored: Stored, now: Now) -> Self {
        self.is_first = stored.tenure.term == 1;
        if self.is(Control::ForgetsPositions) {
            stored.checkpoints.clear();
        }
        if self.is(Control::MoreBytes) {
            settings = settings.with_byte_budget(usize::MAX / 2);
        }
        if self.is(Control::OtherLanesAfterRestart) {
            for (_, checkpoint) in &mut stored.checkpoints {
                checkpoint.sub_lanes = checkpoint.sub_lanes.saturating_add(1);
            }
        }
        let finished = stored.checkpoints.iter().filter(|(_, checkpoint)| checkpoint.progress.is_finished());
        self.finished = finished.map(|(shard, _)| shard.clone()).collect();
        self.machine = Some(Machine::new(settings, stored, now));
        self
    }

    pub(crate) fn wake_at(&self) -> Option<Instant> {
        self.machine.as_ref().and_then(Machine::wake_at)
    }

    pub(crate) fn totals(&self) -> Totals {
        self.machine.as_ref().map(Machine::totals).unwrap_or_default()
    }

    pub(crate) fn changed_health(&mut self) -> Vec<(ShardId, Option<ShardHealth>)> {
        self.machine.as_mut().map(Machine::take_changed_health).unwrap_or_default()
    }

    pub(crate) fn next(
        &mut self,
        now: Now,
        readings: &BTreeMap<ShardId, Reading>,
        history: &crate::history::History,
    ) -> Option<Action> {
        self.now = Some(now);
        if self.ends {
            let mut polled = Polled::default();
            polled.ended = true;
            return Some(Action::Done(Ok(polled)));
        }
        let mut action = self.machine.as_mut()?.next(now)?;
        match (&mut action, self.control) {
            (Action::Iterator { shard, position }, Some(control)) => {
                let has_expired = self.expired.remove(shard);
                let reading = readings.get(shard);
                match control {
                    Control::RestartsAtLatest if !self.is_first && matches!(position, Position::After(_)) => {
                        *position = Position::Latest;
                    }
                    Control::ExpiredAtLatest if has_expired => *position = Position::Latest,
                    Control::ExpiredAtSettled if has_expired => {
                        let last = reading.and_then(|reading| reading.settled.last());
                        let number = last.and_then(|at| history.entry(shard, *at)?.number);
                        *position = number.map_or(Position::TrimHorizon, Position::After);
                    }
                    _ => {}
                }
            }
            (Action::Save { shard, checkpoint, stamp }, Some(control)) => {
                let reading = readings.get(shard);
                let at = match control {
                    Control::SavesWhatItRead => reading.and_then(|reading| reading.last_read),
                    Control::SavesTheNewest => reading.and_then(|reading| reading.settled.last().copied()),
                    _ => None,
                };
                if let Progress::After(number) = &mut checkpoint.progress
                    && let Some(later) = at.and_then(|at| history.entry(shard, at)?.number)
                {
                    *number = later;
                }
                match control {
                    Control::CountsFromOneAlways => stamp.count = 1,
                    Control::SaysUpToNow => checkpoint.as_of = now.time,
                    _ => {}
                }
            }
            _ => {}
        }
        Some(action)
    }

    /// Whether an action is answered although it was not done, and how.
    pub(crate) fn answers_at_once(&self, action: &Action) -> Option<Input> {
        match (action, self.control?) {
            (Action::Save { shard, checkpoint, .. }, Control::FinishesBeforeSaved)
                if checkpoint.progress.is_finished() =>
            {
                Some(Input::Saved { shard: shard.clone(), result: Ok(()) })
            }
            (Action::Save { shard, .. }, Control::SavesNothingAtTheEnd) if self.is_stopping => {
                Some(Input::Saved { shard: shard.clone(), result: Ok(()) })
            }
            (Action::Iterator { shard, position: Position::TrimHorizon }, Control::TrustsTheListing)
                if !self.listed.contains(shard) =>
            {
                let error = dynacdc_source::StreamsError::new(StreamsErrorKind::NotFound, "GetShardIterator");
                Some(Input::Iterator { shard: shard.clone(), found: Err(error) })
            }
            _ => None,
        }
    }

    pub(crate) fn handle(&mut self, mut input: Input, now: Now) {
        self.is_stopping |= matches!(input, Input::Stop);
        match &mut input {
            Input::Listed(Ok(page)) => self.listed(page, true),
            Input::Children { found: Ok(page), .. } => self.listed(page, false),
            Input::Records { shard, page: Ok(page) } => {
                let is_last = match self.control {
                    Some(Control::TrustsClosed) => self.closed.contains(shard),
                    Some(Control::EmptyPageIsTheEnd) => page.records.is_empty(),
                    _ => false,
                };
                if is_last {
                    page.next = None;
                }
                if self.is(Control::StopsAtNullIterator) && page.next.is_none() {
                    page.records = dynacdc_record::Decoded::default();
                }
                if self.is(Control::DropsMalformed) && !page.records.malformed().is_empty() {
                    let texts: Vec<String> = page.records.records().iter().map(|record| record.to_json()).collect();
                    let event = format!(r#"{{"Records":[{}]}}"#, texts.join(","));
                    page.records = dynacdc_record::decode_event(event).unwrap_or_default();
                }
            }
            Input::Records { shard, page: Err(error) } if error.kind() == StreamsErrorKind::IteratorExpired => {
                self.expired.insert(shard.clone());
            }
            Input::Written { written, .. }
                if self.is(Control::DropsAfterFailure)
                    && written.settled > 0
                    && written.error.as_ref().is_some_and(|error| error.class() == Class::Transient) =>
            {
                written.settled += 1;
            }
            Input::Saved { result, .. } | Input::Forgotten { result, .. } if self.is(Control::IgnoresNewOwner) => {
                *result = Ok(());
            }
            _ => {}
        }
        if let Some(machine) = &mut self.machine {
            machine.handle(input, now);
        }
    }

    fn listed(&mut self, page: &mut dynacdc_source::ShardPage, is_whole: bool) {
        for shard in &mut page.shards {
            if self.control == Some(Control::ForgetsParents) {
                shard.parent = None;
            }
            if shard.closed {
                self.closed.insert(shard.id.clone());
            }
        }
        if self.control == Some(Control::EndsAfterOneListing) && is_whole && page.more_after.is_none() {
            let all_finished = self.listed.iter().chain(page.shards.iter().map(|shard| &shard.id));
            self.ends = page.status == StreamStatus::Disabled
                && !self.listed.is_empty()
                && all_finished.into_iter().all(|shard| self.finished.contains(shard));
        }
        self.listed.extend(page.shards.iter().map(|shard| shard.id.clone()));
        if self.control == Some(Control::ListsOnePage) && is_whole {
            page.more_after = None;
        }
    }

    /// The end of a shard is saved.
    pub(crate) fn has_finished(&mut self, shard: &ShardId) {
        self.finished.insert(shard.clone());
    }
}
