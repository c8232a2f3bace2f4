//! Where nothing changed, nothing is allocated. The only test of its program: the counters are those of the process.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use dynacdc_record::{ChangeRecord, decode_event, diff};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const SAME: [&str; 8] = [
    r#""pk":{"S":"a"}"#,
    r#""total":{"N":"1.50"}"#,
    r#""exact":{"N":"12345678901234567890123456789012345678"}"#,
    r#""payload":{"B":"AQIDBA=="}"#,
    r#""flags":{"L":[{"BOOL":true},{"NULL":true},{"L":[]}]}"#,
    r#""tags":{"SS":["a","b\n","c"]}"#,
    r#""address":{"M":{"city":{"S":"Bern"},"geo":{"M":{"lat":{"N":"46.9"},"lon":{"N":"7.4"}}}}}"#,
    r#""codes":{"NS":["1","2","3"]}"#,
];
/// The same in other notations and orders.
const REWRITTEN: [&str; 3] = [
    r#""codes":{"NS":["3.0","2","1e0"]}"#,
    r#""address":{"M":{"geo":{"M":{"lon":{"N":"7.40"},"lat":{"N":"46.9"}}},"city":{"S":"B\u0065rn"}}}"#,
    r#""tags":{"SS":["c","a","b\u000a"]}"#,
];

fn modify(old: &[&str], new: &[&str]) -> ChangeRecord {
    let (old, new) = (old.join(","), new.join(","));
    let images = format!(r#""Keys":{{"pk":{{"S":"a"}}}},"OldImage":{{{old}}},"NewImage":{{{new}}}"#);
    let change = format!(r#"{{{images},"SequenceNumber":"1"}}"#);
    let event = format!(r#"{{"Records":[{{"eventID":"e","eventName":"MODIFY","dynamodb":{change}}}]}}"#);
    decode_event(event).unwrap().records()[0].clone()
}

/// Allocations while the diff is taken. The least of several runs: other threads of the test harness may allocate.
fn allocations(record: &ChangeRecord) -> u64 {
    let (old, new) = (record.old_image().unwrap(), record.new_image().unwrap());
    let run = |_| {
        let before = dhat::HeapStats::get().total_blocks;
        let diff = diff(old, new);
        let after = dhat::HeapStats::get().total_blocks;
        drop(diff);
        after - before
    };
    (0..10).map(run).min().unwrap()
}

#[test]
fn nothing_is_allocated_when_nothing_changed() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let shuffled: Vec<&str> = REWRITTEN.into_iter().chain(SAME[..5].iter().copied().rev()).collect();
    let many: Vec<String> = (0..255).map(|i| format!(r#""attribute_{i}":{{"N":"{i}"}}"#)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let reversed: Vec<&str> = many.iter().copied().rev().collect();

    assert_eq!(allocations(&modify(&SAME, &SAME)), 0);
    assert_eq!(allocations(&modify(&SAME, &shuffled)), 0);
    assert_eq!(allocations(&modify(&many, &reversed)), 0);
    // The counter counts: one difference at the top takes one allocation, one inside a map another for its place.
    assert_eq!(allocations(&modify(&SAME, &SAME[..7])), 1);
    let moved = [&SAME[..6], &[r#""address":{"M":{"city":{"S":"Biel"}}}"#], &SAME[7..]].concat();
    assert_eq!(allocations(&modify(&SAME, &moved)), 2);
}
