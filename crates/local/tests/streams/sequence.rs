//! Sequence numbers, and the places in a stream that they name.

use aws_sdk_dynamodbstreams::types::ShardIteratorType::{AfterSequenceNumber, AtSequenceNumber, Latest};
use dynacdc_record::SequenceNumber;

use crate::scene::{Things, n, sequence_number, thing};

async fn three() -> (Things, Vec<String>) {
    let db = Things::start().await;
    for id in ["a", "b", "c"] {
        db.put(&thing(id, &[])).await;
    }
    let numbers = db.records(3).await.iter().map(sequence_number).collect();
    (db, numbers)
}

#[tokio::test]
async fn they_rise_by_value_and_have_the_digits_that_the_server_gives() {
    let (db, numbers) = three().await;

    let values: Vec<_> = numbers.iter().map(|number| SequenceNumber::parse(number).unwrap()).collect();
    assert!(values.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert!(numbers.iter().all(|number| number.len() == 21), "{numbers:?}");
    assert!(numbers.iter().all(|number| number.starts_with('0')) == db.behavior().pads_numbers, "{numbers:?}");
    let range = db.only_shard(&db.arn).await.sequence_number_range.unwrap();
    let starts = SequenceNumber::parse(&range.starting_sequence_number.unwrap()).unwrap();
    assert!(starts <= values[0] && range.ending_sequence_number.is_none(), "{starts:?} {numbers:?}");
}

/// The reader of streams sends them back as they came. A server that counts digits refuses any other text.
#[tokio::test]
async fn a_place_is_found_by_the_text_that_the_record_had() {
    let (db, numbers) = three().await;
    for (kind, rest) in [(AtSequenceNumber, &numbers[1..]), (AfterSequenceNumber, &numbers[2..])] {
        let iterator = db.iterator(&db.arn, kind.clone(), Some(&numbers[1])).await;
        let found: Vec<_> = db.page(&iterator).await.records().iter().map(sequence_number).collect();
        assert_eq!(found, rest, "{kind:?}");
    }
    let parsed = SequenceNumber::parse(&numbers[1]).unwrap();
    assert_eq!(parsed.as_str(), numbers[1], "it keeps its zeros");

    let bare = numbers[1].trim_start_matches('0');
    let shard = db.only_shard(&db.arn).await.shard_id;
    let asked = db.streams().get_shard_iterator().stream_arn(db.arn.as_str()).set_shard_id(shard);
    let asked = asked.shard_iterator_type(AtSequenceNumber).sequence_number(bare).send().await;
    assert_eq!(asked.is_err(), db.behavior().pads_numbers, "without its zeros");
}

#[tokio::test]
async fn from_the_latest_only_what_comes_later_is_read() {
    let (db, _) = three().await;
    let iterator = db.iterator(&db.arn, Latest, None).await;
    db.put(&thing("a", &[("v", n("1"))])).await;
    let (page, last) = (db.page(&iterator).await, db.records(4).await.pop().unwrap());
    assert_eq!(page.records().iter().map(sequence_number).collect::<Vec<_>>(), [sequence_number(&last)]);
}
