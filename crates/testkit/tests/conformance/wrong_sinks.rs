//! A sink that writes two records in a call behind a fence, with one thing wrong at a time.

use crate::target::{How, Target};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, SequenceNumber};
use dynacdc_sink::{Batch, Class, Cost, Order, OrderRule, Outcome, Reason, Redelivery, Report, Sink, SinkError, Slots};
use std::{collections::HashSet, sync::Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Nothing,
    /// Says that all is applied.
    DoesNothing,
    /// Says so when it has begun.
    Background,
    /// Reports on the first record alone.
    Short,
    /// Writes and reports in the order of the keys.
    Sorted,
    /// Looks whether the target is there before it looks whether there is work.
    Pinging,
    /// Moves its mark to the end of the batch, whatever failed on the way.
    Marked,
    /// Passes over what is poison as if it were applied.
    Swallows,
    /// Adds the new value, every time.
    Adding,
    /// Adds, unless the record is the one that it has added last.
    OnlyTheLast,
    /// Adds what it has not noted, and notes at the end of the batch.
    TwinBlind,
    /// Adds what it does not remember to have added.
    Remembers,
    /// Leaves what is below the highest number of all items.
    MarkOfLane,
    /// Needs order, and does not look at the lane.
    Trusting,
    /// Claims to stand anything, and lets the last to arrive win.
    LastArrival,
    /// Fences by the version in the row, which a delete takes away.
    ForgetsDeletes,
    /// Holds a lock over the call.
    OneAtATime,
    /// Notes what it is about to do as done.
    NotedFirst,
    /// Calls every failure the record's.
    Blaming,
    /// Has all the time in the world.
    Unhurried,
    /// Calls what it has no time for none of its business.
    SkipsLate,
}

pub(crate) struct Wrong {
    flaw: Flaw,
    target: Target,
    turn: futures_util::lock::Mutex<()>,
    remembered: Mutex<HashSet<SequenceNumber>>,
}

impl Wrong {
    pub(crate) fn new(flaw: Flaw, target: Target) -> Self {
        Self { flaw, target, turn: futures_util::lock::Mutex::new(()), remembered: Mutex::default() }
    }

    fn how(&self) -> How {
        match self.flaw {
            Flaw::Adding | Flaw::OnlyTheLast | Flaw::TwinBlind | Flaw::Remembers => How::Added,
            Flaw::Trusting | Flaw::LastArrival => How::Plain,
            Flaw::ForgetsDeletes => How::Forgetful,
            _ => How::Fenced,
        }
    }

    /// Whether the sink believes that the record is done.
    fn is_done(&self, record: &ChangeRecord) -> bool {
        let number = record.sequence_number();
        match self.flaw {
            Flaw::Marked | Flaw::MarkOfLane => self.target.state().mark.as_ref().is_some_and(|mark| *mark >= number),
            Flaw::OnlyTheLast => self.target.state().mark.as_ref() == Some(&number),
            Flaw::TwinBlind => self.target.state().noted.contains(&number),
            Flaw::Remembers => self.remembered.lock().unwrap().contains(&number),
            Flaw::NotedFirst => !self.remembered.lock().unwrap().insert(number),
            _ => false,
        }
    }

    fn note(&self, batch: Batch<'_>, report: &Report) {
        let settled = batch.records().iter().zip(report.outcomes()).filter(|(_, outcome)| outcome.is_settled());
        for (record, _) in settled {
            let number = record.sequence_number();
            self.remembered.lock().unwrap().insert(number);
            let mut state = self.target.state();
            state.noted.insert(number);
            if self.flaw == Flaw::OnlyTheLast || state.mark.as_ref().is_none_or(|mark| *mark < number) {
                state.mark = Some(number);
            }
        }
        if self.flaw == Flaw::Marked {
            self.target.state().mark = batch.records().last().map(ChangeRecord::sequence_number);
        }
    }

    async fn pairs(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut rule = OrderRule::new(Order::Key, batch);
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut calls = 0;
        for pair in batch.records().chunks(2) {
            let answers = if batch.is_past_deadline() {
                Err(SinkError::transient("no time left"))
            } else {
                calls += 1;
                self.target.call(pair, self.how()).await
            };
            let answers = match answers {
                Ok(answers) => answers.into_iter().map(Outcome::from).collect(),
                Err(_) if self.flaw == Flaw::Blaming => vec![SinkError::poison("refused").into(); pair.len()],
                Err(error) => vec![Outcome::Failed(error.unattributed()); pair.len()],
            };
            for outcome in answers {
                let at = outcomes.len();
                let outcome = match outcome {
                    Outcome::Failed(error) if self.flaw == Flaw::Swallows && error.class() == Class::Poison => {
                        Outcome::Applied
                    }
                    other => other,
                };
                outcomes.push(rule.blocker(at).map_or(outcome, |by| Outcome::Blocked { by }));
                if !outcomes[at].is_settled() {
                    rule.unsettled(at);
                }
            }
        }
        Report::new(Order::Key, batch, outcomes, Cost { calls, ..Cost::default() })
    }
}

#[async_trait]
impl Sink for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }

    fn redelivery(&self) -> Redelivery {
        let is_continued =
            matches!(self.flaw, Flaw::Trusting | Flaw::Marked | Flaw::MarkOfLane) || self.how() == How::Added;
        if is_continued { Redelivery::Continued } else { Redelivery::Any }
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        if self.flaw != Flaw::Trusting {
            self.redelivery().admit(batch.lane())?;
        }
        let mut batch = batch;
        match self.flaw {
            Flaw::DoesNothing => return Ok(Report::all(batch, Outcome::Applied)),
            Flaw::Background => {
                let (target, records) = (self.target.clone(), batch.records().to_vec());
                tokio::spawn(async move { target.call(&records, How::Fenced).await });
                return Ok(Report::all(batch, Outcome::Applied));
            }
            Flaw::Short => return self.pairs(batch.slice(0..1).batch()).await,
            Flaw::Sorted => {
                let mut records = batch.records().to_vec();
                records.sort_by_key(ChangeRecord::item_key);
                return self.pairs(Batch::new(batch.lane(), &records).with_deadline(batch.deadline())).await;
            }
            Flaw::SkipsLate if batch.is_past_deadline() => {
                return Ok(Report::all(batch, Outcome::Skipped(Reason::Filtered)));
            }
            Flaw::Pinging => drop(self.target.call(&[], How::Fenced).await?),
            Flaw::Unhurried => batch = batch.with_deadline(None),
            _ => {}
        }
        let _turn = if self.flaw == Flaw::OneAtATime { Some(self.turn.lock().await) } else { None };
        let part = batch.select(|_, record| !self.is_done(record));
        let mut slots = Slots::new(Order::Key, batch);
        let positions: HashSet<usize> = part.positions().iter().copied().collect();
        for at in (0..batch.len()).filter(|at| !positions.contains(at)) {
            slots.put(at, Outcome::Skipped(Reason::Duplicate));
        }
        if !part.is_empty() {
            slots.place(&part, self.pairs(part.batch()).await);
        }
        let report = slots.finish()?;
        self.note(batch, &report);
        Ok(report)
    }
}
