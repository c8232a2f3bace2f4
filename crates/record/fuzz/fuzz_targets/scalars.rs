#![no_main]

use dynacdc_record::{EventName, ItemKey, Number, NumberRef, Path, SequenceNumber, StreamArn, StreamViewType};
use libfuzzer_sys::fuzz_target;

// Two texts, so that there is something to compare.
fuzz_target!(|texts: (&str, &str)| {
    let (a, b) = texts;
    number(a);
    sequence(a);
    arn(a);
    if let Ok(key) = a.parse::<ItemKey>() {
        assert_eq!(key.to_string(), a);
        assert_eq!(ItemKey::try_from(&key.to_item()).as_ref(), Ok(&key));
    }
    if let Ok(path) = a.parse::<Path>() {
        assert_eq!(path.to_string().parse::<Path>(), Ok(path));
    }
    if let Ok(name) = a.parse::<EventName>() {
        assert_eq!(name.as_str(), a);
    }
    if let Ok(view_type) = a.parse::<StreamViewType>() {
        assert_eq!(view_type.as_str(), a);
    }
    if let (Ok(a), Ok(b)) = (Number::parse(a), Number::parse(b)) {
        two_numbers(&a, &b);
    }
    if let (Ok(a), Ok(b)) = (SequenceNumber::parse(a), SequenceNumber::parse(b)) {
        assert_eq!(a.cmp(&b), a.padded().cmp(&b.padded()));
        assert!(a > b || a.packed_version() <= b.packed_version());
    }
});

fn number(text: &str) {
    let number = Number::parse(text);
    let borrowed = NumberRef::parse(text);
    assert_eq!(number.is_ok(), borrowed.is_ok());
    let (Ok(number), Ok(borrowed)) = (number, borrowed) else { return };
    assert_eq!((number.as_str().as_ref(), borrowed.as_str()), (text, text));
    assert_eq!(borrowed, number);
    let canonical = number.canonical();
    assert_eq!(canonical, number);
    let back = Number::parse(&canonical.as_str()).expect("canonical text is a number");
    assert_eq!(back, number);
    assert_eq!(back.as_str(), canonical.as_str());
    assert!(serde_json::from_str::<serde_json::Value>(&canonical.as_str()).is_ok_and(|json| json.is_number()));
    assert_eq!(-&-&number, number);
    assert!(number.checked_sub(&number).is_ok_and(|zero| zero.is_zero()));
    if let Ok(integer) = i128::try_from(&number) {
        assert!(number.is_integer());
        assert_eq!(Number::try_from(integer).as_ref(), Ok(&number));
    }
}

fn two_numbers(a: &Number, b: &Number) {
    assert_eq!(a.cmp(b), b.cmp(a).reverse());
    assert_eq!(a.cmp(b), (-b).cmp(&-a));
    assert_eq!(a.checked_add(b), b.checked_add(a));
    if let Ok(sum) = a.checked_add(b) {
        assert_eq!(sum.checked_sub(b).as_ref(), Ok(a));
    }
    if let Ok(difference) = a.checked_sub(b) {
        assert_eq!(difference.is_negative(), a < b);
        assert_eq!(difference.is_zero(), a == b);
    }
}

fn sequence(text: &str) {
    let Ok(number) = SequenceNumber::parse(text) else { return };
    assert_eq!(number.as_str(), text);
    assert_eq!(SequenceNumber::parse(number.significant()), Ok(number));
    let padded = number.padded();
    assert_eq!(padded.len(), 40);
    assert_eq!(SequenceNumber::parse(&padded), Ok(number));
    assert!(number.packed_version() >= 0);
}

fn arn(text: &str) {
    let Ok(arn) = StreamArn::parse(text) else { return };
    let (partition, region, account) = (arn.partition(), arn.region(), arn.account());
    let table = format!("arn:{partition}:dynamodb:{region}:{account}:table/{}", arn.table());
    assert_eq!(arn.table_arn(), table);
    assert_eq!(format!("{table}/stream/{}", arn.label()), text);
    assert_eq!(arn.as_str(), text);
}
