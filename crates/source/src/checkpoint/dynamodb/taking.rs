//! Taking a stream over, and looking at it. The letters are those of the argument in `mod.rs`.

use super::{
    super::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, Stamp, Stored, Tenure},
    DynamoDbCheckpoints,
    calls::{Outcome, values},
    row::{self, AT, BY, COMPLETED, COUNT, FROM, KIND, Meta, NAME, Row, TERM, number, text, text_of},
};
use dynacdc_dynamodb::{CallError, Token};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use futures_util::future::{join_all, try_join_all};

/// How many rows are stamped or deleted at once.
const AT_ONCE: usize = 16;
/// How often a term is raised that somebody else has raised meanwhile. Each time somebody else succeeded.
const ROUNDS: usize = 64;

impl DynamoDbCheckpoints {
    pub(super) async fn take(
        &self,
        stream: &StreamArn,
        owner: &str,
        beginning: Beginning,
    ) -> Result<Stored, CheckpointError> {
        let meta = self.raise(stream, owner, beginning).await?;
        let (mut live, mut removed) = (Vec::new(), Vec::new());
        for row in self.read(stream).await? {
            let Some(shard) = self.shard_of(&row) else { continue };
            let stamp = row::stamp(&row).ok_or_else(|| self.corrupt(stream, Some(&shard), TERM))?;
            if stamp.term < meta.completed {
                removed.push((row, stamp));
            } else {
                live.push((shard, row));
            }
        }
        let mut checkpoints = Vec::new();
        for some in live.chunks(AT_ONCE) {
            let stamps: Vec<_> = some.iter().map(|(shard, row)| self.stamp(stream, shard, row, meta.term)).collect();
            for ((shard, _), row) in some.iter().zip(try_join_all(stamps).await?) {
                let Some(row) = row else { continue };
                match self.checkpoint(stream, shard, &row)? {
                    Some(checkpoint) => checkpoints.push((shard.clone(), checkpoint)),
                    None => removed.push((row, Stamp { term: meta.term, count: 0 })),
                }
            }
        }
        self.complete(stream, meta.term).await?;
        self.clear(stream, &removed).await;
        Ok(Stored {
            tenure: Tenure { owner: meta.owner.into(), term: meta.term },
            beginning: meta.beginning,
            checkpoints,
        })
    }

    /// Deletes rows that do not count. Each is left out whether it is there or not, and the next take-over deletes it too:
    /// so nobody waits for a table that does not take the calls.
    async fn clear(&self, stream: &StreamArn, removed: &[(Row, Stamp)]) {
        for some in removed.chunks(AT_ONCE) {
            let deletions = some.iter().map(|(row, seen)| self.remove(row, *seen));
            if let Some(error) = join_all(deletions).await.into_iter().find_map(Result::err) {
                tracing::debug!(%stream, %error, "rows that do not count were not deleted");
                return;
            }
        }
    }

    async fn remove(&self, row: &Row, seen: Stamp) -> Result<(), CallError> {
        let condition = format!("{TERM} = :term AND {COUNT} = :count");
        let is_tracked = row.contains_key(KIND);
        let condition = if is_tracked { condition } else { format!("{condition} AND attribute_not_exists({KIND})") };
        self.delete(row, seen, &condition).await
    }

    pub(super) async fn look(&self, stream: &StreamArn) -> Result<Option<Stored>, CheckpointError> {
        let rows = self.read(stream).await?;
        let Some(row) = rows.iter().find(|row| self.is_stream(row)) else { return Ok(None) };
        let meta = Meta::of(row).map_err(|attribute| self.corrupt(stream, None, attribute))?;
        let mut checkpoints = Vec::new();
        for row in &rows {
            let Some(shard) = self.shard_of(row) else { continue };
            let stamp = row::stamp(row).ok_or_else(|| self.corrupt(stream, Some(&shard), TERM))?;
            if stamp.term < meta.completed {
                continue;
            }
            if let Some(checkpoint) = self.checkpoint(stream, &shard, row)? {
                checkpoints.push((shard, checkpoint));
            }
        }
        let tenure = Tenure { owner: meta.owner.into(), term: meta.term };
        Ok(Some(Stored { tenure, beginning: meta.beginning, checkpoints }))
    }

    /// (a): the row of the stream as it is with the new term.
    async fn raise(&self, stream: &StreamArn, owner: &str, beginning: Beginning) -> Result<Meta, CheckpointError> {
        let key = self.key_of_stream(stream);
        let (from, at) = row::begun(beginning)?;
        let update = format!(
            "SET {NAME} = :owner, {TERM} = :next, {BY} = :by, {FROM} = if_not_exists({FROM}, :from), {AT} = if_not_exists({AT}, :at), \
             {COMPLETED} = if_not_exists({COMPLETED}, :zero)"
        );
        let by = Token::fresh();
        let mut seen = self.get(&key).await.map_err(|error| self.not_taken(error))?;
        for _ in 0..ROUNDS {
            let term = match &seen {
                Some(row) => Meta::of(row).map_err(|attribute| self.corrupt(stream, None, attribute))?.term,
                None => 0,
            };
            let next = term.checked_add(1).ok_or_else(|| self.corrupt(stream, None, TERM))?;
            let mut values = values([
                (":owner", text(owner)),
                (":next", number(next)),
                (":by", text(by.as_str())),
                (":from", from.clone()),
                (":at", at.clone()),
                (":zero", number(0)),
            ]);
            let condition = if seen.is_some() {
                values.insert(":term".to_owned(), number(term));
                format!("{TERM} = :term")
            } else {
                "attribute_not_exists(#pk)".to_owned()
            };
            let raised = self.update(&key, &update, &condition, values).await;
            let row = match raised.map_err(|error| self.not_taken(error))? {
                Outcome::Done(row) => row,
                // It was this call, whose answer was lost.
                Outcome::Refused(Some(there)) if text_of(&there, BY) == Some(by.as_str()) => there,
                Outcome::Refused(there) => {
                    seen = there;
                    continue;
                }
            };
            return Meta::of(&row).map_err(|attribute| self.corrupt(stream, None, attribute));
        }
        let told = format!("others keep taking the stream over in the table {}", self.table);
        Err(CheckpointError::new(CheckpointErrorKind::Unavailable, told))
    }

    /// (b), and all rows for one who looks.
    async fn read(&self, stream: &StreamArn) -> Result<Vec<Row>, CheckpointError> {
        self.rows(stream).await.map_err(|error| self.failed("reading positions", error))
    }

    /// (c): the row with this term, if it is still there.
    async fn stamp(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        row: &Row,
        term: u64,
    ) -> Result<Option<Row>, CheckpointError> {
        let update = format!("SET {TERM} = :term, {COUNT} = :zero");
        let values = values([(":term", number(term)), (":zero", number(0))]);
        let stamped = self.update(&self.key_in(row), &update, &format!("{TERM} < :term"), values).await;
        match stamped.map_err(|error| self.not_taken(error))? {
            Outcome::Done(row) => Ok(Some(row)),
            Outcome::Refused(None) => Ok(None),
            Outcome::Refused(Some(there)) => match row::stamp(&there) {
                // Stamped by this call, whose answer was lost.
                Some(stamp) if stamp.term == term => Ok(Some(there)),
                Some(_) => Err(overtaken(stream, term)),
                None => Err(self.corrupt(stream, Some(shard), TERM)),
            },
        }
    }

    /// (d)
    async fn complete(&self, stream: &StreamArn, term: u64) -> Result<(), CheckpointError> {
        let update = format!("SET {COMPLETED} = :term");
        let values = values([(":term", number(term))]);
        let completed = self.update(&self.key_of_stream(stream), &update, &format!("{TERM} = :term"), values).await;
        match completed.map_err(|error| self.not_taken(error))? {
            Outcome::Done(_) => Ok(()),
            Outcome::Refused(_) => Err(overtaken(stream, term)),
        }
    }

    fn checkpoint(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        row: &Row,
    ) -> Result<Option<Checkpoint>, CheckpointError> {
        row::checkpoint(row).map_err(|attribute| self.corrupt(stream, Some(shard), attribute))
    }

    fn not_taken(&self, error: CallError) -> CheckpointError {
        self.failed("taking a stream over", error)
    }
}

fn overtaken(stream: &StreamArn, term: u64) -> CheckpointError {
    let told = format!("{stream}: another take-over came after that of term {term}");
    CheckpointError::new(CheckpointErrorKind::Superseded, told)
}
