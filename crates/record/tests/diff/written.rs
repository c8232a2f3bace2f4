//! Images that stand in an event almost alike: comparing goes by the JSON there where it can.

use crate::{changes, laws::of_model};
use dynacdc_record::{ChangeRecord, Item, decode_record};
use proptest::{collection::vec, prelude::*, sample::select};

/// Few, so that most maps name an attribute twice; two of them are one.
const NAMES: &[&str] = &["a", "b", r"\u0061", "", "names"];

const SCALARS: &[&str] = &[
    r#"{"S":"x"}"#,
    r#"{"S":"\u0078"}"#,
    r#"{ "S" : "x" }"#,
    r#"{"S":"x","S":"y"}"#,
    r#"{"S":"\"a\":{"}"#,
    r#"{"N":"0"}"#,
    r#"{"N":"-0"}"#,
    r#"{"N":"1"}"#,
    r#"{"N":"01"}"#,
    r#"{"N":"1."}"#,
    r#"{"N":"10e-1"}"#,
    r#"{"N":"\u0031"}"#,
    r#"{"B":"QQ=="}"#,
    r#"{"NS":["1","2"]}"#,
    r#"{"NS":["2","1.0","1"]}"#,
    r#"{"M":{}}"#,
    r#"{"L":[]}"#,
];

/// The same text before and after the change, or two.
type Pair = (String, String);

/// What stands between the brackets of a map or list. Of the parts, some are only there before or only after.
fn parts(inner: impl Strategy<Value = Pair>, named: bool) -> impl Strategy<Value = Pair> {
    vec((select(NAMES), inner, 0..20), 0..6).prop_map(move |parts| {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (name, (before, after), only) in parts {
            let part = |text| if named { format!(r#""{name}":{text}"#) } else { text };
            if only != 0 {
                old.push(part(before));
            }
            if only != 1 {
                new.push(part(after));
            }
        }
        (old.join(","), new.join(","))
    })
}

fn both(pair: Pair, write: impl Fn(String) -> String) -> Pair {
    (write(pair.0), write(pair.1))
}

fn value() -> impl Strategy<Value = Pair> {
    let scalar = select(SCALARS).prop_map(|text| (text.to_owned(), text.to_owned()));
    let change = (select(SCALARS), select(SCALARS)).prop_map(|(old, new)| (old.to_owned(), new.to_owned()));
    prop_oneof![8 => scalar, 1 => change].prop_recursive(4, 40, 5, |inner| {
        let map = parts(inner.clone(), true);
        let other = parts(inner.clone(), true).prop_map(|(old, _)| old);
        prop_oneof![
            3 => parts(inner.clone(), true).prop_map(|map| both(map, |map| format!(r#"{{"M":{{{map}}}}}"#))),
            3 => parts(inner, false).prop_map(|list| both(list, |list| format!(r#"{{"L":[{list}]}}"#))),
            1 => (map, other).prop_map(|(map, other)| both(map, |map| format!(r#"{{"M":{{{other}}},"M":{{{map}}}}}"#))),
        ]
    })
}

fn record(old: &str, new: &str, space: &str) -> ChangeRecord {
    let images = format!(r#""OldImage":{{{old}}},"NewImage":{{{new}}}"#);
    let change = format!(r#"{{"Keys":{{"pk":{{"S":"a"}}}},"SequenceNumber":"1",{images}}}"#);
    decode_record(format!(r#"{space}{{"eventID":"e","eventName":"MODIFY","dynamodb":{change}}}"#)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn what_is_written_alike_and_what_is_not((old, new) in parts(value(), true)) {
        let (here, there) = (record(&old, &new, ""), record(&old, &new, "   "));
        let [before, after] = [here.old_image(), here.new_image()].map(|image| image.unwrap());
        let expected = of_model(&Item::from(before), &Item::from(after));

        prop_assert_eq!(changes(&here.diff().unwrap()), expected.clone());
        prop_assert_eq!(changes(&here.detach().diff().unwrap()), expected.clone());
        prop_assert_eq!(before == after, expected.is_empty());
        // Across two buffers, of one text and of another.
        for there in [there.clone(), there.detach()] {
            prop_assert_eq!(changes(&dynacdc_record::diff(before, there.new_image().unwrap())), expected.clone());
            prop_assert_eq!(&here, &there);
        }
    }
}
