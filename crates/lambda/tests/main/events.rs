//! Events as Lambda writes them, by hand, so that no code of this workspace is believed.

pub(crate) const STREAM: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291";

/// The number of the record at a place.
pub(crate) fn number(at: usize) -> String {
    format!("{}", 4_421_584_500_000_000_017_450_439_091_u128 + at as u128)
}

/// A record that inserts an item with this key.
pub(crate) fn record(at: usize, key: &str) -> String {
    let image = format!(r#"{{"pk":{{"S":"{key}"}},"total":{{"N":"5"}}}}"#);
    of(at, key, "NEW_AND_OLD_IMAGES", &format!(r#""NewImage":{image},"#))
}

/// A modification under each view type, with the images that it carries.
pub(crate) fn viewed(at: usize, view_type: &str) -> String {
    let image = |total: u8| format!(r#"{{"pk":{{"S":"viewed"}},"total":{{"N":"{total}"}}}}"#);
    let new = format!(r#""NewImage":{},"#, image(2));
    let old = format!(r#""OldImage":{},"#, image(1));
    let images = match view_type {
        "KEYS_ONLY" => String::new(),
        "NEW_IMAGE" => new,
        "OLD_IMAGE" => old,
        _ => format!("{new}{old}"),
    };
    of(at, "viewed", view_type, &images).replace("INSERT", "MODIFY")
}

fn of(at: usize, key: &str, view_type: &str, images: &str) -> String {
    format!(
        r#"{{"eventID":"{at:032x}","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",
        "awsRegion":"eu-west-1","dynamodb":{{"ApproximateCreationDateTime":1637948167,
        "Keys":{{"pk":{{"S":"{key}"}}}},{images}"SequenceNumber":"{}","SizeBytes":26,
        "StreamViewType":"{view_type}"}},"eventSourceARN":"{STREAM}"}}"#,
        number(at)
    )
}

/// A record whose key cannot be decoded; its sequence number can.
pub(crate) fn malformed(at: usize) -> String {
    record(at, "x").replace(r#""Keys":{"pk":{"S":"x"}}"#, r#""Keys":{"pk":{"X":"x"}}"#)
}

/// One without a sequence number besides.
pub(crate) fn nameless(at: usize) -> String {
    malformed(at).replace(&format!(r#""SequenceNumber":"{}","#, number(at)), "")
}

pub(crate) fn event(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// An event of records with these keys.
pub(crate) fn keys(keys: &[&str]) -> String {
    event(&keys.iter().enumerate().map(|(at, key)| record(at, key)).collect::<Vec<_>>())
}

/// An event of a tumbling window.
pub(crate) fn window(records: &[String], state: &str, is_final: bool) -> String {
    let records = records.join(",");
    format!(
        r#"{{"Records":[{records}],"window":{{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"}},
        "state":{state},"shardId":"shard123456789012345678901234567890","eventSourceARN":"{STREAM}",
        "isFinalInvokeForWindow":{is_final},"isWindowTerminatedEarly":false}}"#
    )
}

/// The answer that names a record; none for a settled batch.
pub(crate) fn answer(at: Option<usize>) -> String {
    let failure = at.map(|at| format!(r#"{{"itemIdentifier":"{}"}}"#, number(at)));
    format!(r#"{{"batchItemFailures":[{}]}}"#, failure.unwrap_or_default())
}
