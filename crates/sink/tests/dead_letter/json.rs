//! Letters as JSON.

use crate::scene::{Fallible, LABELS, failed, put_of, same, stream};
use chrono::{DateTime, Utc};
use dynacdc_record::{AttributeValue, ChangeRecord, EventName, Item, SequenceNumber, item};
use dynacdc_sink::{Class, DeadLetterStore, Lane, Letter, MemoryDeadLetters, ParkedError, Revision, SubLane};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z\"\\\\\n\u{0}{}]{0,12}"]
}

fn value() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        text().prop_map(AttributeValue::S),
        any::<i64>().prop_map(AttributeValue::from),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        proptest::collection::vec(any::<u8>(), 0..8).prop_map(AttributeValue::B),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            proptest::collection::vec(("[a-z.]{1,4}", inner), 0..4)
                .prop_map(|entries| AttributeValue::M(entries.into_iter().collect::<Item>())),
        ]
    })
}

/// A record as received, or seen through a view.
fn record() -> impl Strategy<Value = ChangeRecord> {
    let images = (value(), value(), "[a-z\"]{1,5}", any::<u32>(), 0..5_u8, any::<bool>(), 0..3_u8);
    images.prop_map(|(old, new, pk, number, view, has_stream, part)| {
        let image = |value: AttributeValue| item! { "pk" => pk.as_str(), "v" => value };
        let sequence = SequenceNumber::parse(&number.to_string()).unwrap();
        let record = ChangeRecord::builder(EventName::Modify, item! { "pk" => pk.as_str() }, sequence)
            .event_id("e")
            .created_epoch(i64::from(number), 500_000_000)
            .old_image(image(old.clone()))
            .new_image(image(new));
        let record = if has_stream { record.stream_arn(stream(LABELS[0])) } else { record };
        let record = record.build().unwrap();
        let there = item! { "id" => number };
        let seen = match view {
            0 => record.entering(),
            1 => record.leaving(),
            2 => record.derive(&there, None, Some(&item! { "id" => number, "v" => old })).unwrap(),
            3 => record.derive(&there, Some(&there), None).unwrap().leaving(),
            _ => record,
        };
        seen.with_part(part)
    })
}

fn lane() -> impl Strategy<Value = Lane> {
    let stream = proptest::option::of(Just(stream(LABELS[1])));
    (stream, text(), 1..9_u16, any::<u16>()).prop_map(|(stream, shard, of, part)| match part % 3 {
        0 => Lane::unordered(stream),
        1 => Lane::ordered(stream, shard),
        _ => Lane::ordered_part(stream, shard, SubLane::new(part % of, of).unwrap()),
    })
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_000_000_000..250_000_000_000_i64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap())
}

prop_compose! {
    fn letter()(
        record in record(),
        lane in lane(),
        epoch in any::<u64>(),
        error in proptest::option::of((0..3_usize, text())),
        attempts in any::<u32>(),
        first_parked in time(),
        last_parked in time(),
        revision in any::<u64>(),
    ) -> Letter {
        let error = error.map(|(class, message)| {
            ParkedError { class: [Class::Transient, Class::Poison, Class::Fatal][class], message }
        });
        Letter { record, lane, epoch, error, attempts, first_parked, last_parked, revision: Revision(revision) }
    }
}

proptest! {
    #[test]
    fn every_letter_reads_back_as_it_was(letter in letter()) {
        let json = letter.to_json();
        prop_assert!(!json.contains('\n'), "{json}");

        let read = Letter::from_json(&json).map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?;

        prop_assert!(same(&read, &letter), "{read:?} of {json}");
        prop_assert_eq!(read.place(), letter.place());
        prop_assert_eq!(read.record.origin(), letter.record.origin());
    }

    /// Whatever is cut off, the text is refused and nothing panics.
    #[test]
    fn no_beginning_of_a_letter_is_one(letter in letter(), cut in any::<prop::sample::Index>()) {
        let json = letter.to_json();
        let end = (0..=cut.index(json.len())).rev().find(|end| json.is_char_boundary(*end)).unwrap_or(0);
        prop_assert!(Letter::from_json(&json[..end]).is_err());
    }
}

async fn one() -> Fallible<String> {
    let store = MemoryDeadLetters::new();
    store.park(failed(put_of(LABELS[0], "SECRET", 5), 1, "refused")).await?;
    let letter = store.letters(&crate::scene::key("SECRET"), None, 1).await?.pop().ok_or("no letter")?;
    Ok(letter.to_json())
}

#[tokio::test]
async fn the_record_is_an_object_and_times_are_text() -> Fallible {
    let json: serde_json::Value = serde_json::from_str(&one().await?)?;

    assert_eq!(json["record"]["dynamodb"]["Keys"]["pk"]["S"], "SECRET");
    assert_eq!(json["lane"], serde_json::json!({ "kind": "ordered", "shard": "shard-1", "part": 0, "of": 1 }));
    assert_eq!(json["error"], serde_json::json!({ "class": "poison", "message": "refused" }));
    assert_eq!(json["first_parked"], "2026-05-28T20:26:41Z");
    assert_eq!((&json["attempts"], &json["epoch"], &json["revision"]), (&1.into(), &0.into(), &1.into()));
    Ok(())
}

#[tokio::test]
async fn an_error_names_the_place_and_quotes_nothing() -> Fallible {
    let good = one().await?;
    let cases = [
        ("\"attempts\":1", "\"attempts\":\"SECRET\"", "`attempts` does not read"),
        ("\"attempts\":1", "\"attempts\":-1", "`attempts` does not read"),
        ("\"attempts\"", "\"attempt\"", "`attempts` is missing"),
        ("\"record\":", "\"records\":", "`record` is missing"),
        ("2026-05-28T20:26:41Z", "SECRET", "`first_parked` does not read"),
        ("\"poison\"", "\"SECRET\"", "`error.class` does not read"),
        ("\"ordered\"", "\"SECRET\"", "`lane.kind` does not read"),
        ("\"part\":0", "\"part\":1", "`lane.part` does not read"),
        ("\"shard\":\"shard-1\"", "\"stream\":\"SECRET\"", "`lane.stream` does not read"),
        ("{\"pk\":{\"S\":\"SECRET\"}", "{\"pk\":{\"X\":\"SECRET\"}", "`record` does not read: dynamodb.Keys.pk"),
        ("{\"class\"", "[\"SECRET\",{\"class\"", "it is no JSON object, at column"),
    ];
    for (from, to, expected) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from} is not there");
        let error = Letter::from_json(&bad).err().ok_or(format!("{bad} reads"))?;
        assert!(error.reason.starts_with(expected), "{error}");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
    // Members in another order, spaced, and with one that is not known.
    let mut json: serde_json::Value = serde_json::from_str(&good)?;
    json["later"] = serde_json::json!({ "a": [1] });
    let read = Letter::from_json(&serde_json::to_string_pretty(&json)?)?;
    assert!(same(&read, &Letter::from_json(&good)?));
    assert!(Letter::from_json("null").is_err() && Letter::from_json("").is_err());
    Ok(())
}
