use crate::{list, read};
use dynacdc_record::{AttributeValue, ReadErrorKind, item, to_item};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum State {
    Open,
    Paid(u32),
    Moved(String, i8),
    Lost { at: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    state: State,
}

#[test]
fn a_variant_without_content_is_a_string_and_the_others_are_maps_of_one_attribute() {
    let written = |state| to_item(&Order { state }).unwrap();

    assert_eq!(written(State::Open), item! { "state" => "Open" });
    assert_eq!(written(State::Paid(5)), item! { "state" => item! { "Paid" => 5 } });
    assert_eq!(
        written(State::Moved("x".into(), 1)),
        item! { "state" => item! { "Moved" => list([AttributeValue::from("x"), 1.into()]) } }
    );
    assert_eq!(written(State::Lost { at: "x".into() }), item! { "state" => item! { "Lost" => item! { "at" => "x" } } });
}

#[test]
fn every_form_of_a_variant_reads_back() {
    for state in [State::Open, State::Paid(5), State::Moved("x".into(), -1), State::Lost { at: "y".into() }] {
        let order = Order { state };
        assert_eq!(read::<Order>(to_item(&order).unwrap()).unwrap(), order);
    }
    let null = AttributeValue::Null;
    assert_eq!(read::<Order>(item! { "state" => item! { "Open" => null } }).unwrap().state, State::Open);
}

#[test]
fn what_is_no_variant_is_refused_with_its_place() {
    for (state, path, message) in [
        (item! { "Paid" => "x" }, "state.Paid", "found S, expected u32"),
        (item! { "Open" => 1 }, "state.Open", "found N, expected NULL, since the variant has no content"),
        (item! { "Moved" => list(["x"]) }, "state.Moved", "the length is 1, expected tuple variant"),
        (item! { "Paid" => 1, "Lost" => 2 }, "state", "the length is 2, expected one attribute"),
        (item! {}, "state", "the length is 0, expected one attribute"),
        (item! { "Gone" => 1 }, "state", "the variant is not known, there are `Open`, `Paid`, `Moved`, `Lost`"),
    ] {
        let error = read::<Order>(item! { "state" => state }).unwrap_err();

        assert_eq!(error.path().to_string(), path, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    let error = read::<Order>(item! { "state" => "Paid" }).unwrap_err();
    assert!(matches!(error.kind(), ReadErrorKind::Type { .. }), "{error}");
}
