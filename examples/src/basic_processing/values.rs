//! What a change did to an item, as a short text and as JSON.

use dynacdc_examples::{Failure, fit};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY};
use dynacdc_record::{ChangeRecord, Diff, Difference, EventName, NumberRef, Path, Segment, Value};
use serde::Serialize;
use serde_json::Value as Json;

/// What a reader wants to see first; the rest follows in the order of the paths.
const FIRST: [&str; 10] =
    ["status", "total", "amount", "refund", "name", "points", "newsletter", "method", "reason", "email"];
/// The longest value in a line. Every amount of money fits.
const VALUE: usize = 20;

/// One difference, with its values in DynamoDB's JSON, which keeps all digits of a number.
#[derive(Debug, Serialize)]
pub(crate) struct FieldChange {
    path: String,
    old: Option<Json>,
    new: Option<Json>,
}

/// The differences without the keys, in an order of their own: that of a record's attributes is the server's and changes
/// from run to run.
fn differences<'a>(diff: &Diff<'a>) -> Vec<Difference<'a>> {
    let is_key = |difference: &Difference<'_>| matches!(difference.path().segments(), [Segment::Name(name)] if [PARTITION_KEY, SORT_KEY].contains(&&**name));
    let mut found: Vec<_> = diff.iter().filter(|difference| !is_key(difference)).collect();
    found.sort_by_cached_key(|difference| {
        let path = difference.path().clone();
        let text = path.to_string();
        (FIRST.iter().position(|first| *first == text).unwrap_or(FIRST.len()), path)
    });
    found
}

/// The change in at most so many characters; what does not fit is counted.
pub(crate) fn summary(record: &ChangeRecord, width: usize) -> Result<String, Failure> {
    let diff = record.diff().map_err(|_| Failure::Unexpected("a record lacks an image that its stream promises"))?;
    let mut pieces = Vec::new();
    if record.event_name() == EventName::Remove {
        pieces.push(if record.is_ttl_delete() { "by time to live".to_owned() } else { "by a user".to_owned() });
    }
    let whole = record.event_name() != EventName::Modify;
    pieces.extend(differences(&diff).iter().map(|difference| piece(difference, whole)));
    Ok(join(&pieces, width))
}

/// `whole`: the item came or went as a whole, which needs no sign at each attribute.
fn piece(difference: &Difference<'_>, whole: bool) -> String {
    let path = difference.path();
    match (difference.old_value(), difference.new_value()) {
        (Some(old), Some(new)) => format!("{path}: {} -> {}", text(old), text(new)),
        (None, Some(value)) | (Some(value), None) if whole => format!("{path}: {}", text(value)),
        (None, Some(new)) => format!("+{path}: {}", text(new)),
        (_, None) => format!("-{path}"),
    }
}

fn join(pieces: &[String], width: usize) -> String {
    let more = |left: usize| if left == 0 { String::new() } else { format!(", {left} more") };
    let shown = (1..=pieces.len()).rev().map(|shown| pieces[..shown].join(", ") + &more(pieces.len() - shown));
    let fitting = shown.into_iter().find(|line| line.chars().count() <= width);
    fitting.unwrap_or_else(|| {
        let rest = more(pieces.len().saturating_sub(1));
        let first = pieces.first().map(String::as_str).unwrap_or_default();
        fit(first, width.saturating_sub(rest.chars().count())) + &rest
    })
}

/// A value as people read it: numbers exactly as the record has them, what has parts by their number.
fn text(value: Value<'_>) -> String {
    let text = match value {
        Value::S(text) => text.to_owned(),
        Value::N(number) => number.as_str().to_owned(),
        Value::B(bytes) => format!("{} bytes", bytes.len()),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
        Value::Ss(set) => format!("{{{}}}", set.len()),
        Value::Ns(set) => format!("{{{}}}", set.len()),
        Value::Bs(set) => format!("{{{}}}", set.len()),
        Value::L(list) => format!("[{}]", list.len()),
        Value::M(map) => format!("{{{}}}", map.len()),
    };
    let width = text.chars().count().min(VALUE);
    fit(&text, width)
}

/// The number with the most digits that a record holds, with its attribute.
pub(crate) fn longest_number<'r>(records: &'r [ChangeRecord]) -> Option<(&'r ChangeRecord, &'r str, NumberRef<'r>)> {
    let numbers = records.iter().flat_map(|record| {
        let attributes = record.new_image().into_iter().flatten();
        attributes.filter_map(move |(name, value)| Some((record, name, value.as_number()?)))
    });
    // The text breaks ties: the order of attributes is the server's and changes from run to run.
    numbers.max_by_key(|(_, name, number)| (digits(*number), number.as_str(), *name))
}

/// Significant digits of a number.
pub(crate) fn digits(number: NumberRef<'_>) -> usize {
    let digits: String = number.as_str().chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

/// The differences as JSON.
pub(crate) fn changes(record: &ChangeRecord) -> Result<Vec<FieldChange>, Failure> {
    let diff = record.diff().map_err(|_| Failure::Unexpected("a record lacks an image that its stream promises"))?;
    // The crate writes values as DynamoDB does; looking them up there is less than writing them a second time.
    let json: Json = serde_json::from_str(&record.to_json())?;
    let at = |image: &str, path: &Path| at(json.get("dynamodb")?.get(image)?, path).cloned();
    let change = |difference: Difference<'_>| FieldChange {
        path: difference.path().to_string(),
        old: at("OldImage", difference.path()),
        new: at("NewImage", difference.path()),
    };
    Ok(differences(&diff).into_iter().map(change).collect())
}

/// The value at a path of an image. Around an attribute inside stands its type, around the image none.
fn at<'j>(image: &'j Json, path: &Path) -> Option<&'j Json> {
    let (first, rest) = path.segments().split_first()?;
    let Segment::Name(name) = first else { return None };
    rest.iter().try_fold(image.get(&**name)?, |value, segment| match segment {
        Segment::Name(name) => value.get("M")?.get(&**name),
        Segment::Index(index) => value.get("L")?.get(index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::{AttributeValue, Item, Number, SequenceNumber, item};

    fn modify(old: Item, new: Item) -> ChangeRecord {
        let key = item! { PARTITION_KEY => "a", SORT_KEY => "order#1" };
        let with_key = |mut item: Item| {
            item.extend(key.clone());
            item
        };
        ChangeRecord::builder(EventName::Modify, key.clone(), SequenceNumber::parse("100").unwrap())
            .old_image(with_key(old))
            .new_image(with_key(new))
            .build()
            .unwrap()
    }

    fn order(status: &str, total: &str) -> Item {
        item! { "status" => status, "total" => Number::parse(total).unwrap(), "lines" => vec![AttributeValue::Null, AttributeValue::Null] }
    }

    #[test]
    fn a_modification_shows_before_and_after() {
        let mut shipped = order("shipped", "12.5");
        shipped.remove("lines");
        let record = modify(order("pending", "12.50"), shipped);

        assert_eq!(summary(&record, 80).unwrap(), "status: pending -> shipped, -lines");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let record = modify(order("pending", "12.50"), order("shipped", "99.90"));

        assert_eq!(summary(&record, 50).unwrap(), "status: pending -> shipped, total: 12.50 -> 99.90");
        assert_eq!(summary(&record, 40).unwrap(), "status: pending -> shipped, 1 more");
        assert_eq!(summary(&record, 20).unwrap(), "status: pen…, 1 more");
    }

    #[test]
    fn a_money_value_keeps_its_digits_and_an_insert_has_no_signs() {
        let record = modify(item! {}, order("pending", "12345678901234567.25")).entering();

        assert_eq!(summary(&record, 80).unwrap(), "status: pending, total: 12345678901234567.25, lines: [2]");
    }

    #[test]
    fn the_longest_number_is_the_one_with_the_most_significant_digits() {
        let records =
            [modify(order("pending", "12345"), order("pending", "0.0012")), modify(item! {}, order("paid", "000.125"))];

        let (record, name, number) = longest_number(&records).unwrap();
        assert_eq!((record, name, number.as_str(), digits(number)), (&records[1], "total", "000.125", 3));
    }

    #[test]
    fn json_has_values_as_dynamodb_writes_them() {
        let record = modify(order("pending", "12.50"), order("pending", "99.90"));

        let changes = serde_json::to_value(changes(&record).unwrap()).unwrap();
        assert_eq!(changes, serde_json::json!([{ "path": "total", "old": { "N": "12.50" }, "new": { "N": "99.90" } }]));
    }
}
