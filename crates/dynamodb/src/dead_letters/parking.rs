//! Parking a letter, and freeing a key.

use super::{
    DynamoDbDeadLetters, fresh,
    layout::{
        ATTEMPTS, Action, EPOCH, ERROR, FIRST_PARKED, GENERATION, ITEM_KEY, LANE, LAST_PARKED, PIECE, PIECES, RECORD,
        REVISION, Spot,
    },
    letter,
    pieces::cut,
};
use crate::{
    ActionFate,
    rows::{number, number_of, text},
};
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure as Returned, TransactWriteItem};
use dynacdc_record::ItemKey;
use dynacdc_sink::{NewLetter, Revision, SinkError};

/// How often a key may be parked or freed by others while a letter is on its way.
const TURNS: usize = 10;

impl DynamoDbDeadLetters {
    /// Puts a letter into its queue, and says whether the key is parked. It is parked with it if it may be.
    ///
    /// A key that is not parked is tried first where one may be parked: a layer knows the keys that are, and does not park
    /// them anew.
    pub(super) async fn put(&self, new: &NewLetter, may_begin: bool) -> Result<bool, SinkError> {
        let (key, json, revision) = (new.key(), new.record.to_json(), fresh());
        let pieces = cut(&json)?;
        let spot = Spot { partition: self.layout.queue(&key), sort: new.place().to_string() };
        let (mut begin, mut had) = (may_begin, None);
        for _ in 0..TURNS {
            let mut actions = if begin { self.begin(&key, revision)? } else { vec![self.behind(&key, revision)?] };
            let head = actions.len();
            actions.extend(self.letter(new, &spot, &pieces, had, revision)?);
            let error = match self.transact(&actions, revision).await {
                Ok(()) => return Ok(true),
                Err(error) if error.is_condition_failed() => error,
                Err(error) => return Err(error.into()),
            };
            if error.fates().first().is_some_and(ActionFate::is_condition_failed) {
                if !may_begin {
                    return Ok(false);
                }
                begin = !begin;
            }
            if let Some(ActionFate::ConditionFailed { item }) = error.fates().get(head) {
                had = item.as_ref().and_then(|head| number_of(head, PIECES));
            }
        }
        Err(SinkError::transient("the key was parked and freed again and again"))
    }

    /// Parks the key, if it is not.
    fn begin(&self, key: &ItemKey, revision: Revision) -> Result<Vec<TransactWriteItem>, SinkError> {
        let mut row = self.layout.key(key);
        row.insert(ITEM_KEY.to_owned(), text(key.to_string()));
        row.insert(REVISION.to_owned(), number(revision.0));
        let row = self.layout.put(row).condition_expression("attribute_not_exists(pk)").build().action()?;
        Ok(vec![row, self.raise()?])
    }

    /// Asks for the key to be parked, and tells who wants to free it that there is one more letter.
    fn behind(&self, key: &ItemKey, revision: Revision) -> Result<TransactWriteItem, SinkError> {
        self.layout
            .update(self.layout.key(key))
            .condition_expression("attribute_exists(pk)")
            .update_expression(format!("SET {REVISION} = :revision"))
            .expression_attribute_values(":revision", number(revision.0))
            .build()
            .action()
    }

    /// Counts a change of the set of keys.
    fn raise(&self) -> Result<TransactWriteItem, SinkError> {
        self.layout
            .update(self.layout.meta())
            .update_expression(format!("ADD {GENERATION} :one"))
            .expression_attribute_values(":one", number(1))
            .build()
            .action()
    }

    /// The rows of a letter, its own first. A letter of more pieces that it replaces has `had` so many: they would be
    /// left over.
    fn letter(
        &self,
        new: &NewLetter,
        spot: &Spot,
        pieces: &[&str],
        had: Option<usize>,
        revision: Revision,
    ) -> Result<Vec<TransactWriteItem>, SinkError> {
        let error = new.error.as_ref().map_or(String::new(), |_| format!(", {ERROR} = :error"));
        let condition = match had {
            Some(_) => format!("{PIECES} = :had"),
            None => format!("attribute_not_exists({PIECES}) OR {PIECES} <= :pieces"),
        };
        let head = self
            .layout
            .update(spot.head())
            .update_expression(format!(
                "SET {RECORD} = :record, {PIECES} = :pieces, {EPOCH} = :epoch, {LANE} = if_not_exists({LANE}, :lane), \
                 {FIRST_PARKED} = if_not_exists({FIRST_PARKED}, :at), {LAST_PARKED} = :at, {REVISION} = :revision{error} \
                 ADD {ATTEMPTS} :one"
            ))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(Returned::AllOld)
            .expression_attribute_values(":record", text(pieces.first().copied().unwrap_or_default()))
            .expression_attribute_values(":pieces", number(pieces.len()))
            .expression_attribute_values(":epoch", number(new.epoch))
            .expression_attribute_values(":lane", letter::lane(&new.lane))
            .expression_attribute_values(":at", letter::time(new.at))
            .expression_attribute_values(":revision", number(revision.0))
            .expression_attribute_values(":one", number(1));
        let head =
            new.error.iter().fold(head, |head, error| head.expression_attribute_values(":error", letter::error(error)));
        let head = had.into_iter().fold(head, |head, had| head.expression_attribute_values(":had", number(had)));
        let mut actions = vec![head.build().action()?];
        actions.extend(self.pieces(spot, pieces, revision)?);
        for nth in pieces.len()..had.unwrap_or_default() {
            actions.push(self.layout.delete(spot.piece(nth)).build().action()?);
        }
        Ok(actions)
    }

    /// The rows behind the first.
    pub(super) fn pieces(
        &self,
        spot: &Spot,
        pieces: &[&str],
        revision: Revision,
    ) -> Result<Vec<TransactWriteItem>, SinkError> {
        let further = pieces.iter().enumerate().skip(1);
        further
            .map(|(nth, piece)| {
                let mut row = spot.piece(nth);
                row.insert(PIECE.to_owned(), text(*piece));
                row.insert(REVISION.to_owned(), number(revision.0));
                self.layout.put(row).build().action()
            })
            .collect()
    }

    /// Frees a key if its queue is empty, and says whether it is free now.
    pub(super) async fn free(&self, key: &ItemKey) -> Result<bool, SinkError> {
        let Some(row) = self.rows.get(&self.layout.key(key)).await? else { return Ok(true) };
        let known = row.get(REVISION).cloned().ok_or_else(|| super::layout::damaged(REVISION))?;
        if !self.rows.query(&self.layout.queue(key), None, 1, None).await?.rows.is_empty() {
            return Ok(false);
        }
        let delete = self
            .layout
            .delete(self.layout.key(key))
            .condition_expression(format!("{REVISION} = :known"))
            .return_values_on_condition_check_failure(Returned::AllOld)
            .expression_attribute_values(":known", known);
        match self.transact(&[delete.build().action()?, self.raise()?], fresh()).await {
            Ok(()) => Ok(true),
            // Either a letter came behind, or somebody else has freed it.
            Err(error) if error.is_condition_failed() => {
                Ok(matches!(error.fates().first(), Some(ActionFate::ConditionFailed { item: None })))
            }
            Err(error) => Err(error.into()),
        }
    }
}
