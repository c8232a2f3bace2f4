use dynacdc_record::{
    WriteError, WriteErrorKind, as_number, item, lossy_f64, number_set, string_set, to_item, to_value,
};
use serde::Serialize;
use std::collections::BTreeMap;

fn under_a<T: Serialize>(value: T) -> WriteError {
    to_item(&BTreeMap::from([("a", vec![value])])).unwrap_err()
}

#[test]
fn floats_are_refused_and_the_lossy_module_is_named() {
    for error in [under_a(0.5f32), under_a(5.0f64)] {
        assert_eq!(error.path().to_string(), "a[0]");
        assert_eq!(*error.kind(), WriteErrorKind::Float);
        assert!(error.to_string().contains("`dynacdc_record::lossy_f64`"), "{error}");
    }
}

#[test]
fn integers_beyond_38_digits_are_refused() {
    for error in [under_a(i128::MIN), under_a(i128::MAX)] {
        assert_eq!(error.to_string(), "a[0]: the number needs more than 38 significant digits");
    }
    assert!(to_item(&BTreeMap::from([("a", u128::MAX / 10)])).is_ok());
}

#[test]
fn an_item_is_a_map() {
    assert_eq!(to_item("a").unwrap_err().to_string(), "an item is written from a struct or a map, not from S");
    assert_eq!(to_item(&[1, 2]).unwrap_err().to_string(), "an item is written from a struct or a map, not from L");
    assert_eq!(to_value("a"), Ok("a".into()));
}

#[test]
fn a_set_has_elements_of_its_type_each_once() {
    #[derive(Serialize)]
    struct Strings<T: Serialize> {
        #[serde(with = "string_set")]
        set: T,
    }
    #[derive(Serialize)]
    struct Numbers {
        #[serde(with = "number_set")]
        set: Vec<dynacdc_record::Number>,
    }
    let text = |error: WriteError| error.to_string();

    assert_eq!(
        text(to_item(&Strings { set: [""; 0] }).unwrap_err()),
        "set: a set is empty, which DynamoDB does not allow"
    );
    assert_eq!(
        text(to_item(&Strings { set: ["a", "b", "a"] }).unwrap_err()),
        "set[2]: an element stands twice in a set"
    );
    assert_eq!(text(to_item(&Strings { set: [1] }).unwrap_err()), "set[0]: found N, expected S");
    assert_eq!(text(to_item(&Strings { set: "a" }).unwrap_err()), "set: found S, expected SS");
    let set = ["1", "1.0"].map(|text| text.parse().unwrap()).into();
    assert_eq!(text(to_item(&Numbers { set }).unwrap_err()), "set[1]: an element stands twice in a set");
    assert_eq!(*to_item(&Numbers { set: vec![] }).unwrap_err().kind(), WriteErrorKind::EmptySet);
}

#[test]
fn an_attribute_is_written_once() {
    #[derive(Serialize)]
    struct Order {
        pk: u8,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, u8>,
    }

    let error = to_item(&Order { pk: 1, rest: [("pk", 2)].into() }).unwrap_err();

    assert_eq!(*error.kind(), WriteErrorKind::DuplicateAttribute { name: "pk".into() });
    assert_eq!(to_item(&Order { pk: 1, rest: [("x", 2)].into() }).unwrap(), item! { "pk" => 1, "x" => 2 });
}

#[test]
fn errors_inside_of_variants_name_the_variant() {
    #[derive(Serialize)]
    enum Shape {
        Circle(f64),
        Line(u8, f64),
        Square { side: f64 },
    }

    assert_eq!(under_a(Shape::Circle(1.0)).path().to_string(), "a[0].Circle");
    assert_eq!(under_a(Shape::Line(0, 1.0)).path().to_string(), "a[0].Line[1]");
    assert_eq!(under_a(Shape::Square { side: 1.0 }).path().to_string(), "a[0].Square.side");
}

#[test]
fn modules_refuse_what_dynamodb_does_not_hold() {
    #[derive(Serialize)]
    struct Fields {
        #[serde(with = "lossy_f64")]
        float: f64,
        #[serde(with = "as_number")]
        wide: u128,
    }

    for float in [f64::NAN, f64::INFINITY, 1e126, 1e-131] {
        assert_eq!(to_item(&Fields { float, wide: 0 }).unwrap_err().path().to_string(), "float");
    }
    let error = to_item(&Fields { float: 0.0, wide: u128::MAX }).unwrap_err();
    assert_eq!(error.to_string(), "wide: the number needs more than 38 significant digits");
}
