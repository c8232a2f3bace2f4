//! Records that are larger than a row may be, in pieces.

use super::layout::{PIECE, PIECES, RECORD, REVISION};
use crate::rows::{Row, number_of, text_of};
use dynacdc_sink::SinkError;

/// The most that one row holds of a record; the rest of its 400 KB is for the key, the error and the reason.
const LARGEST: usize = 256 * 1_024;
/// With this many a transaction of 4 MB is full.
const MOST: usize = 15;

/// Cuts the JSON of a record.
///
/// # Errors
/// Of class Poison if it does not fit into a transaction.
pub(super) fn cut(json: &str) -> Result<Vec<&str>, SinkError> {
    let mut pieces = Vec::new();
    let mut rest = json;
    loop {
        let (piece, more) = rest.split_at(rest.floor_char_boundary(LARGEST));
        pieces.push(piece);
        if more.is_empty() {
            break;
        }
        rest = more;
    }
    if pieces.len() > MOST {
        return Err(SinkError::poison("a record of more than 3.75 MB of JSON cannot be parked"));
    }
    Ok(pieces)
}

/// A letter whose rows are being read.
#[derive(Debug)]
pub(super) struct Whole {
    /// The row of the letter.
    pub(super) head: Row,
    /// The JSON of the record, as far as it was read.
    pub(super) json: String,
    revision: u64,
    missing: usize,
}

impl Whole {
    /// Begins with a row, if it is that of a letter.
    pub(super) fn begin(mut head: Row) -> Option<Self> {
        let (revision, pieces) = (number_of(&head, REVISION)?, number_of::<usize>(&head, PIECES)?);
        let json = match head.remove(RECORD)? {
            aws_sdk_dynamodb::types::AttributeValue::S(json) => json,
            _ => return None,
        };
        Some(Self { head, json, revision, missing: pieces.checked_sub(1)? })
    }

    /// Adds the next piece. Says whether the row is one of this letter, as it was when its own row was read.
    pub(super) fn add(&mut self, row: &Row) -> bool {
        match (text_of(row, PIECE), number_of::<u64>(row, REVISION)) {
            (Some(piece), Some(revision)) if revision == self.revision && self.missing > 0 => {
                self.json.push_str(piece);
                self.missing -= 1;
                true
            }
            _ => false,
        }
    }

    /// How many pieces are still to come.
    pub(super) const fn missing(&self) -> usize {
        self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_small_enough_and_come_to_the_whole() -> Result<(), SinkError> {
        for (length, count) in [(0, 1), (1, 1), (LARGEST, 1), (LARGEST + 1, 2), (3 * LARGEST, 3), (MOST * LARGEST, 15)]
        {
            let json = "x".repeat(length);
            let pieces = cut(&json)?;
            assert_eq!((pieces.len(), pieces.concat()), (count, json));
        }
        let json = "ä".repeat(LARGEST).split_off(2);
        let pieces = cut(&json)?;
        assert!(pieces.iter().all(|piece| piece.len() <= LARGEST));
        assert_eq!(pieces.concat(), json);
        assert!(cut(&"x".repeat(MOST * LARGEST + 1)).is_err());
        Ok(())
    }
}
