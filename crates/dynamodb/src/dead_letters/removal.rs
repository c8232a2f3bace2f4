//! Taking a letter out of its queue.

use super::{
    DynamoDbDeadLetters, fresh,
    layout::{Action, DISCARDED_AT, PIECES, REASON, RECORD, REVISION, Spot},
    letter::{self, kept},
    pieces::cut,
};
use crate::{
    ActionFate,
    rows::{number, number_of, text},
};
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure as Returned, TransactWriteItem};
use chrono::{DateTime, Utc};
use dynacdc_sink::{Letter, SinkError};
use std::sync::atomic::Ordering::Relaxed;

/// The first time for a letter as small as most are, the second one with the pieces that it turned out to have.
const TURNS: usize = 2;

impl DynamoDbDeadLetters {
    /// Takes the letter away if it is at its revision, and says whether it was; with a reason it is kept among the
    /// discarded ones.
    pub(super) async fn take(&self, letter: &Letter, reason: Option<&str>) -> Result<bool, SinkError> {
        let spot = self.layout.letter(letter);
        let json = reason.map(|_| letter.record.to_json());
        let kept = match (reason, &json) {
            (Some(reason), Some(json)) => self.keep(letter, reason, json)?,
            _ => Vec::new(),
        };
        let (mut pieces, act) = (1, fresh());
        for _ in 0..TURNS {
            let mut actions = self.delete(&spot, letter, pieces)?;
            actions.extend(kept.iter().cloned());
            let error = match self.transact(&actions, act).await {
                Ok(()) => return Ok(true),
                Err(error) if error.is_condition_failed() => error,
                Err(error) => return Err(error.into()),
            };
            let Some(ActionFate::ConditionFailed { item: Some(there) }) = error.fates().first() else {
                return Ok(false);
            };
            if number_of(there, REVISION) != Some(letter.revision.0) {
                return Ok(false);
            }
            // A revision has its pieces once and for all.
            pieces = number_of(there, PIECES).unwrap_or(pieces);
        }
        Err(super::layout::damaged(PIECES))
    }

    fn delete(&self, spot: &Spot, letter: &Letter, pieces: usize) -> Result<Vec<TransactWriteItem>, SinkError> {
        let head = self
            .layout
            .delete(spot.head())
            .condition_expression(format!("{REVISION} = :revision AND {PIECES} = :pieces"))
            .return_values_on_condition_check_failure(Returned::AllOld)
            .expression_attribute_values(":revision", number(letter.revision.0))
            .expression_attribute_values(":pieces", number(pieces));
        let mut actions = vec![head.build().action()?];
        for nth in 1..pieces {
            actions.push(self.layout.delete(spot.piece(nth)).build().action()?);
        }
        Ok(actions)
    }

    /// The rows of a discarded letter.
    fn keep(&self, letter: &Letter, reason: &str, json: &str) -> Result<Vec<TransactWriteItem>, SinkError> {
        let at = self.clock.now();
        let pieces = cut(json)?;
        let sort = format!("{} {:016x}", self.latest_first(at), letter.revision.0);
        let spot = Spot { partition: self.layout.discarded(), sort };
        let mut row = spot.head();
        row.extend(letter::attributes(letter));
        row.insert(RECORD.to_owned(), text(pieces.first().copied().unwrap_or_default()));
        row.insert(PIECES.to_owned(), number(pieces.len()));
        row.insert(DISCARDED_AT.to_owned(), letter::time(at));
        row.insert(REASON.to_owned(), text(kept(reason)));
        let mut actions = vec![self.layout.put(row).build().action()?];
        actions.extend(self.pieces(&spot, &pieces, letter.revision)?);
        Ok(actions)
    }

    /// A text that is less the later the time is, so that a query from the front finds the latest. Two discards of one
    /// handle never have the same, whatever its clock.
    fn latest_first(&self, at: DateTime<Utc>) -> String {
        let at = at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 { i64::MIN } else { i64::MAX });
        let next = |last: i64| Some(at.max(last.saturating_add(1)));
        let last = self.last_discard.fetch_update(Relaxed, Relaxed, next).unwrap_or(i64::MIN);
        let at = at.max(last.saturating_add(1));
        format!("{:020}", i128::from(i64::MAX) - i128::from(at))
    }
}
