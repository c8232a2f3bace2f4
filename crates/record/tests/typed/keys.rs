use crate::{n, read};
use dynacdc_record::{Number, WriteErrorKind, item, to_item};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Size {
    Small,
    Large,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Keys {
    wide: BTreeMap<i128, u8>,
    narrow: BTreeMap<u8, u8>,
    flags: BTreeMap<bool, u8>,
    letters: BTreeMap<char, u8>,
    sizes: BTreeMap<Size, u8>,
    numbers: BTreeMap<Number, u8>,
}

#[test]
fn keys_are_written_as_their_text_and_read_back() {
    let keys = Keys {
        wide: [(i128::MIN, 1), (-1, 2), (i128::MAX, 3)].into(),
        narrow: [(0, 1), (255, 2)].into(),
        flags: [(true, 1), (false, 2)].into(),
        letters: [('é', 1)].into(),
        sizes: [(Size::Small, 1), (Size::Large, 2)].into(),
        numbers: [(Number::parse("1.50").unwrap(), 1)].into(),
    };

    let written = to_item(&keys).unwrap();

    assert_eq!(written.get("flags"), Some(&item! { "true" => 1, "false" => 2 }.into()));
    assert_eq!(written.get("numbers"), Some(&item! { "1.50" => 1 }.into()));
    assert_eq!(written.get("sizes"), Some(&item! { "Small" => 1, "Large" => 2 }.into()));
    assert_eq!(read::<Keys>(written).unwrap(), keys);
}

#[test]
fn a_name_that_writing_would_not_give_is_no_key() {
    for name in ["05", "+5", "-0", "256", "x", ""] {
        let error = read::<BTreeMap<u8, u8>>(item! { name => 1 }).unwrap_err();
        assert!(error.to_string().ends_with("the name is no u8"), "{name}: {error}");
    }
    let error = read::<BTreeMap<bool, u8>>(item! { "True" => 1 }).unwrap_err();
    assert_eq!(error.to_string(), "True: the name is neither `true` nor `false`");
    let error = read::<BTreeMap<Number, u8>>(item! { "1,5" => n("1") }).unwrap_err();
    assert_eq!(error.path().to_string(), r#""1,5""#);
}

#[test]
fn what_has_no_text_names_no_attribute() {
    let error = to_item(&BTreeMap::from([(vec![1u8], 1)])).unwrap_err();
    assert_eq!(*error.kind(), WriteErrorKind::Key { found: "a list" });
    let error = to_item(&BTreeMap::from([(None::<u8>, 1)])).unwrap_err();
    assert_eq!(*error.kind(), WriteErrorKind::Key { found: "null" });
}
