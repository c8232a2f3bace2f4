//! Pages of keys and letters.
//!
//! A query reads each row by itself, so the pieces of a letter that is parked again meanwhile may be those of two
//! parkings. They carry the revision of theirs, and what does not fit together is read again.

use super::{
    DynamoDbDeadLetters,
    layout::{ITEM_KEY, PIECE, behind, damaged, key_text},
    letter,
    pieces::Whole,
};
use crate::rows::text_of;
use dynacdc_record::ItemKey;
use dynacdc_sink::{Discarded, Letter, Place, SinkError};

/// How often it is read again; a letter of several pieces is not parked again so often.
const READS: usize = 5;

impl DynamoDbDeadLetters {
    pub(super) async fn read_keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        let (limit, after) = (limit.max(1), after.map(key_text));
        let mut keys = Vec::new();
        let mut start = None;
        loop {
            let left = limit - keys.len();
            let page = self.rows.query(&self.layout.keys(), after.as_deref(), left, start.as_ref()).await?;
            for row in &page.rows {
                let key = text_of(row, ITEM_KEY).and_then(|text| text.parse().ok());
                keys.push(key.ok_or_else(|| damaged(ITEM_KEY))?);
            }
            start = page.next;
            if start.is_none() || keys.len() >= limit {
                return Ok(keys);
            }
        }
    }

    pub(super) async fn read_letters(
        &self,
        key: &ItemKey,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Letter>, SinkError> {
        let after = after.map(|place| behind(&place.to_string()));
        let letters = self.wholes(&self.layout.queue(key), after.as_deref(), limit.max(1)).await?;
        letters.into_iter().map(letter::read).collect()
    }

    pub(super) async fn read_discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let letters = self.wholes(&self.layout.discarded(), None, limit).await?;
        letters.into_iter().map(letter::read_discarded).collect()
    }

    async fn wholes(&self, partition: &str, after: Option<&str>, limit: usize) -> Result<Vec<Whole>, SinkError> {
        for _ in 0..READS {
            if let Some(letters) = self.wholes_at_once(partition, after, limit).await? {
                return Ok(letters);
            }
        }
        Err(SinkError::transient("the letters change while they are read"))
    }

    /// None if rows do not fit together.
    async fn wholes_at_once(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Option<Vec<Whole>>, SinkError> {
        let mut letters: Vec<Whole> = Vec::new();
        let mut start = None;
        loop {
            let missing = letters.last().map_or(0, Whole::missing);
            let rows = limit - letters.len() + missing;
            if rows == 0 {
                return Ok(Some(letters));
            }
            let page = self.rows.query(partition, after, rows, start.as_ref()).await?;
            for row in page.rows {
                let is_open = letters.last().is_some_and(|last| last.missing() > 0);
                let fits = match letters.last_mut() {
                    Some(last) if is_open => last.add(&row),
                    _ if row.contains_key(PIECE) => false,
                    _ => {
                        letters.push(Whole::begin(row).ok_or_else(|| damaged("revision, pieces or record_json"))?);
                        true
                    }
                };
                if !fits {
                    return Ok(None);
                }
            }
            start = page.next;
            if start.is_none() {
                let is_whole = letters.last().is_none_or(|last| last.missing() == 0);
                return Ok(is_whole.then_some(letters));
            }
        }
    }
}
