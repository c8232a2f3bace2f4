use crate::{dice::Dice, order};
use std::fmt::Write;

/// How large the items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// About 0.2 KB in each image, 1,000 records in an event.
    Small,
    /// About 1.4 KB in each image, 1,000 records in an event.
    Medium,
    /// About 20 KB in each image, 100 records in an event.
    Large,
}

impl Size {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The name of the size in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    const fn records(self) -> usize {
        match self {
            Self::Small | Self::Medium => 1_000,
            Self::Large => 100,
        }
    }
}

/// The JSON of an event as Lambda hands it to a function. Every record is a `MODIFY` with both images.
#[derive(Debug)]
pub struct Event {
    /// The JSON.
    pub json: Vec<u8>,
    /// How many records it holds.
    pub records: usize,
    /// The size of one image on average, as DynamoDB counts.
    pub item_bytes: usize,
}

/// In which order the attributes of a record's images stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// In one of their own for each image.
    OfImage,
    /// In one of their own for each record: both images have the same, as in the records of the Streams API.
    OfRecord,
}

impl Event {
    /// The same event on every call.
    pub fn of(size: Size, arrangement: Arrangement) -> Self {
        let mut dice = Dice::seeded(20 + size as u64);
        let mut json = String::from(r#"{"Records":["#);
        let mut item_bytes = 0;
        for number in 0..size.records() {
            if number > 0 {
                json.push(',');
            }
            item_bytes += record(size, arrangement, number, &mut dice, &mut json);
        }
        json.push_str("]}");
        Self { json: json.into_bytes(), records: size.records(), item_bytes: item_bytes / size.records() }
    }
}

/// Writes one record and returns the size of its old image.
fn record(size: Size, arrangement: Arrangement, number: usize, dice: &mut Dice, json: &mut String) -> usize {
    let old = order::old(size, number, dice);
    let new = order::changed(&old, dice);
    let keys = old.only(&order::KEY);
    json.extend([
        r#"{"eventID":""#,
        &dice.hex(32),
        r#"","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-central-1","#,
        // A whole number: with a fraction in it the peer refuses some records.
        r#""dynamodb":{"ApproximateCreationDateTime":17"#,
        &dice.digits(8),
        r#","Keys":"#,
    ]);
    let of_new = dice.shuffle();
    keys.write(of_new, json);
    json.push_str(r#","NewImage":"#);
    new.write(of_new, json);
    json.push_str(r#","OldImage":"#);
    let of_old = dice.shuffle();
    old.write(if arrangement == Arrangement::OfRecord { of_new } else { of_old }, json);
    let bytes = keys.size() + new.size() + old.size();
    // Writing to a string does not fail.
    let _ = write!(json, r#","SequenceNumber":"{}{number:010}","SizeBytes":{bytes},"#, dice.digits(18));
    json.push_str(r#""StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"#);
    json.push_str(r#""arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2024-05-01T00:00:00.000"}"#);
    old.size()
}
