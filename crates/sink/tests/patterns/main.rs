//! Filter patterns: what AWS has been seen to do, the answers of Amazon's own engine, faults, and the layer.

mod answers;
mod arrays;
mod faults;
mod layer;
mod operators;
mod robust;

use dynacdc_record::{ChangeRecord, decode_record};
use dynacdc_sink::RecordPattern;
use std::error::Error;

type Fallible<T = ()> = Result<T, Box<dyn Error>>;

/// A record with this new image.
fn record(new_image: &str) -> Fallible<ChangeRecord> {
    let json = format!(
        r#"{{"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1",
            "dynamodb":{{"ApproximateCreationDateTime":1.480642020E9,"Keys":{{"pk":{{"S":"A"}}}},"NewImage":{new_image},
            "SequenceNumber":"100","SizeBytes":300,"StreamViewType":"NEW_AND_OLD_IMAGES"}}}}"#
    );
    Ok(decode_record(json.as_str())?)
}

/// Whether a pattern for the new image matches a record with this one.
fn matches(pattern: &str, new_image: &str) -> Fallible<bool> {
    let pattern = RecordPattern::parse(&format!(r#"{{"dynamodb":{{"NewImage":{pattern}}}}}"#))?;
    Ok(pattern.matches(&record(new_image)?))
}

/// The fixture is made by `tests/services/ruler.sh --keep`.
#[test]
fn amazons_engine_gives_the_same_answers() -> Fallible {
    let counts = answers::compare(include_str!("answers.jsonl"))?;

    // A fixture in which hardly anything matches would prove little.
    let pairs = counts.matched + counts.unmatched;
    assert!(pairs >= 3000 && counts.matched * 4 > pairs && counts.unmatched * 4 > pairs, "{counts}");
    assert!(counts.invalid >= 50 && counts.deviations >= 15, "{counts}");
    Ok(())
}
